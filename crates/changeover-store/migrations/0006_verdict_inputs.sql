-- What each change of a verdict was made from, so that it can be made again, and the episodes of
-- trouble. Rows of before have no inputs, and were said when they say.

ALTER TABLE verdict_changes ADD COLUMN said_ms INTEGER;

CREATE TABLE verdict_inputs (
    change INTEGER PRIMARY KEY NOT NULL REFERENCES verdict_changes (id) ON DELETE CASCADE,
    -- The whole of it as JSON.
    inputs TEXT NOT NULL
) STRICT;

CREATE TABLE verdict_episodes (
    id TEXT PRIMARY KEY NOT NULL,
    -- NULL: our own network's.
    provider TEXT,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    -- The whole episode as JSON, with its peak.
    episode TEXT NOT NULL
) STRICT;
CREATE INDEX verdict_episodes_by_start ON verdict_episodes (started_ms);
CREATE INDEX verdict_episodes_open ON verdict_episodes (ended_ms) WHERE ended_ms IS NULL;
