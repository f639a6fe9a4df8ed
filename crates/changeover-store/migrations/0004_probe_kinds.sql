-- What a probe asked, how its connection came about, and whether it is evidence at all. Rows of
-- before were streamed completions.

ALTER TABLE probe_samples ADD COLUMN kind TEXT NOT NULL DEFAULT 'streaming_completion';
ALTER TABLE probe_samples ADD COLUMN validity TEXT NOT NULL DEFAULT 'valid';
ALTER TABLE probe_samples ADD COLUMN whose TEXT;
ALTER TABLE probe_samples ADD COLUMN resolve_ms INTEGER;
ALTER TABLE probe_samples ADD COLUMN connect_ms INTEGER;
ALTER TABLE probe_samples ADD COLUMN tls_ms INTEGER;
ALTER TABLE probe_samples ADD COLUMN connection_reused INTEGER CHECK (connection_reused IN (0, 1));
ALTER TABLE probe_samples ADD COLUMN gap_p50_ms INTEGER;
ALTER TABLE probe_samples ADD COLUMN fingerprint TEXT;
-- JSON: {"requests": {...}, "tokens": {...}}
ALTER TABLE probe_samples ADD COLUMN limits_left TEXT;
-- The console that probed, where it was another one.
ALTER TABLE probe_samples ADD COLUMN probed_by TEXT;
