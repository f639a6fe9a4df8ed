-- What was begun of a message to a sink that cannot tell a repetition, and not known to be done: after a
-- kill in the middle nobody knows whether it arrived.
ALTER TABLE outgoing ADD COLUMN begun_at_ms INTEGER;

-- What has not arrived is counted, and what is long over let go, without reading all there is.
CREATE INDEX outgoing_of_sink ON outgoing (sink, state, done_at_ms);
CREATE INDEX outgoing_done ON outgoing (done_at_ms) WHERE state <> 'queued';
