-- What status pages say beyond an incident's state: the provider's own word for its weight, planned
-- work with its window, how a start is known and how times were written, when we first read it and
-- the event it is part of. Rows of before did not know.

ALTER TABLE status_incidents ADD COLUMN severity TEXT;
-- JSON: {"state", "starts_at", "ends_at"}; NULL for what is not planned.
ALTER TABLE status_incidents ADD COLUMN maintenance TEXT;
ALTER TABLE status_incidents ADD COLUMN start_basis TEXT NOT NULL DEFAULT 'oldest_update';
ALTER TABLE status_incidents ADD COLUMN first_read_at_ms INTEGER;
-- The first incident of the event.
ALTER TABLE status_incidents ADD COLUMN event_source TEXT;
ALTER TABLE status_incidents ADD COLUMN event_native TEXT;

-- JSON: {"text", "year_inferred", "zone_assumed"}
ALTER TABLE status_updates ADD COLUMN written TEXT;

ALTER TABLE status_sources ADD COLUMN network_down INTEGER NOT NULL DEFAULT 0 CHECK (network_down IN (0, 1));
ALTER TABLE status_sources ADD COLUMN platform TEXT NOT NULL DEFAULT '';
ALTER TABLE status_sources ADD COLUMN interval_ms INTEGER;
-- JSON: [{"id", "name", "state", "targets", "serves"}, ...]
ALTER TABLE status_sources ADD COLUMN components TEXT NOT NULL DEFAULT '[]';

-- What there was to tell of a page, in the order in which it was found.
CREATE TABLE status_transitions (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The same step of the same incident has the same id, however often it is found.
    id TEXT NOT NULL UNIQUE,
    at_ms INTEGER NOT NULL,
    source TEXT NOT NULL,
    native TEXT NOT NULL,
    -- JSON
    transition TEXT NOT NULL
) STRICT;
CREATE INDEX status_transitions_by_incident ON status_transitions (source, native);
