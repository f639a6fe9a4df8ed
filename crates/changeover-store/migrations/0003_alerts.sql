-- Alerts, what withholds their notices, and what travels to sinks.

CREATE TABLE alerts (
    -- The dedup key: rule and subject.
    key TEXT PRIMARY KEY NOT NULL,
    rule TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    -- The whole memory of it as JSON.
    memory TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Our own windows. One that was ended early has its end moved; one that never began is deleted.
CREATE TABLE maintenance_windows (
    id TEXT PRIMARY KEY NOT NULL,
    subject TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    put_by TEXT NOT NULL,
    audit_sequence INTEGER NOT NULL REFERENCES audit (sequence)
) STRICT, WITHOUT ROWID;

-- The outbox: written in one transaction with what it tells.
CREATE TABLE outgoing (
    -- The order in which things were told.
    sequence INTEGER PRIMARY KEY NOT NULL,
    id TEXT NOT NULL UNIQUE,
    sink TEXT NOT NULL,
    dedup_key TEXT NOT NULL,
    -- The notice as JSON.
    notice TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'delivered', 'given_up')),
    attempts INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    next_try_at_ms INTEGER CHECK ((next_try_at_ms IS NOT NULL) = (state = 'queued')),
    last_tried_at_ms INTEGER,
    done_at_ms INTEGER CHECK ((done_at_ms IS NULL) = (state = 'queued')),
    problem TEXT
) STRICT;
CREATE INDEX outgoing_queued ON outgoing (sink, dedup_key, sequence) WHERE state = 'queued';
CREATE INDEX outgoing_undelivered ON outgoing (sequence) WHERE state <> 'delivered';
CREATE INDEX outgoing_of_alert ON outgoing (sink, dedup_key, sequence);
