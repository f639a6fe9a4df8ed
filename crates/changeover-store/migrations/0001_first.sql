-- The first shape of changeover.db. Never edited: what comes later goes into a file of its own.
--
-- Times are integer milliseconds since 1970 UTC, money is integer nanodollars, words are those of
-- changeover-domain. A missing figure is NULL, never 0.

-- "CHGO": tells our file from any other SQLite database.
PRAGMA application_id = 1128810319;

-- Probes -----------------------------------------------------------------------------------------

CREATE TABLE probe_samples (
    id INTEGER PRIMARY KEY NOT NULL,
    target TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    lateness_ms INTEGER NOT NULL,
    first_byte_ms INTEGER,
    first_token_ms INTEGER,
    longest_gap_ms INTEGER,
    total_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    http_status INTEGER,
    tokens_per_second REAL,
    -- All three or none: the vendor gave usage or did not.
    input_tokens INTEGER,
    cached_input_tokens INTEGER,
    output_tokens INTEGER,
    cost_nanodollars INTEGER,
    answered_model TEXT,
    vendor_request_id TEXT,
    detail TEXT,
    CHECK ((input_tokens IS NULL) = (output_tokens IS NULL)
        AND (input_tokens IS NULL) = (cached_input_tokens IS NULL))
) STRICT;
CREATE INDEX probe_samples_by_target ON probe_samples (target, at_ms);

-- Status pages -----------------------------------------------------------------------------------

CREATE TABLE status_sources (
    id TEXT PRIMARY KEY NOT NULL,
    provider TEXT NOT NULL,
    url TEXT NOT NULL,
    page TEXT NOT NULL,
    last_good_at_ms INTEGER,
    last_tried_at_ms INTEGER,
    failures INTEGER NOT NULL,
    unreadable INTEGER NOT NULL CHECK (unreadable IN (0, 1)),
    problem TEXT
) STRICT;

CREATE TABLE status_incidents (
    source TEXT NOT NULL,
    -- The page's own id: any text, never interpreted.
    native TEXT NOT NULL,
    provider TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    impact TEXT NOT NULL,
    started_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    -- JSON: [["component", "state"], ...]
    components TEXT NOT NULL,
    -- JSON: ["target", ...]
    targets TEXT NOT NULL,
    url TEXT,
    PRIMARY KEY (source, native)
) STRICT, WITHOUT ROWID;
CREATE INDEX status_incidents_by_start ON status_incidents (started_at_ms);

CREATE TABLE status_updates (
    source TEXT NOT NULL,
    incident TEXT NOT NULL,
    native TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    state TEXT,
    text TEXT NOT NULL,
    PRIMARY KEY (source, incident, native),
    FOREIGN KEY (source, incident) REFERENCES status_incidents (source, native) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Gateways ---------------------------------------------------------------------------------------

CREATE TABLE gateway_traffic (
    minute_ms INTEGER NOT NULL,
    gateway TEXT NOT NULL,
    route TEXT NOT NULL,
    -- '' where no provider was asked: a part of the key cannot be NULL.
    target TEXT NOT NULL,
    mode TEXT NOT NULL,
    outcome TEXT NOT NULL,
    generation INTEGER NOT NULL,
    effective_since_ms INTEGER NOT NULL,
    fallback INTEGER NOT NULL CHECK (fallback IN (0, 1)),
    epoch_ms INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    retries INTEGER NOT NULL,
    cache_hits INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    cached_input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_nanodollars INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    -- JSON: [{"target", "class", "count"}, ...]
    failed_attempts TEXT NOT NULL,
    -- Mergeable sketches, in the encoding of changeover-domain.
    latency BLOB NOT NULL,
    time_to_first_token BLOB NOT NULL,
    PRIMARY KEY (minute_ms, gateway, route, target, mode, outcome, generation, effective_since_ms,
        fallback, epoch_ms)
) STRICT;
CREATE INDEX gateway_traffic_by_route ON gateway_traffic (route, minute_ms);
CREATE INDEX gateway_traffic_by_target ON gateway_traffic (target, minute_ms);
CREATE INDEX gateway_traffic_of_fallback ON gateway_traffic (route, effective_since_ms)
    WHERE fallback = 1;

CREATE TABLE gateway_traffic_cursors (
    gateway TEXT PRIMARY KEY NOT NULL,
    cursor TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Copies of the gateways' own chains. A gateway that lost its disk begins a new chain.
CREATE TABLE gateway_changes (
    gateway TEXT NOT NULL,
    chain INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    details TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (gateway, chain, sequence)
) STRICT;
CREATE INDEX gateway_changes_by_time ON gateway_changes (at_ms);

-- Judgement --------------------------------------------------------------------------------------

CREATE TABLE verdict_changes (
    id INTEGER PRIMARY KEY NOT NULL,
    target TEXT NOT NULL,
    kind TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    sentence TEXT NOT NULL,
    -- The whole verdict as JSON, with its evidence.
    verdict TEXT NOT NULL
) STRICT;
CREATE INDEX verdict_changes_by_target ON verdict_changes (target, since_ms, id);

-- The ledger -------------------------------------------------------------------------------------

CREATE TABLE fallback_periods (
    id TEXT PRIMARY KEY NOT NULL,
    route TEXT NOT NULL,
    primary_target TEXT NOT NULL,
    served_by TEXT,
    mode TEXT NOT NULL,
    cause TEXT NOT NULL,
    holder TEXT,
    reason TEXT,
    started_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    requests INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    cached_input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    actual_nanodollars INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    on_primary_nanodollars INTEGER,
    premium_nanodollars INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX fallback_periods_by_start ON fallback_periods (started_at_ms);
-- A route is away from its primary once at a time.
CREATE UNIQUE INDEX fallback_periods_open ON fallback_periods (route) WHERE ended_at_ms IS NULL;

-- Levers -----------------------------------------------------------------------------------------

CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY NOT NULL,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    details TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'an audit entry is never changed'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'an audit entry is never deleted'); END;

-- What an operator wanted of a route, by revision. The highest generation is what is wanted now.
CREATE TABLE intents (
    route TEXT NOT NULL,
    generation INTEGER NOT NULL,
    -- The override as JSON; NULL where the route was cleared: back to auto.
    override TEXT,
    -- JSON: ["interlock", ...]
    break_interlocks TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    audit_sequence INTEGER NOT NULL REFERENCES audit (sequence),
    PRIMARY KEY (route, generation)
) STRICT, WITHOUT ROWID;

CREATE TABLE convergences (
    route TEXT NOT NULL,
    gateway TEXT NOT NULL,
    wanted INTEGER NOT NULL,
    observed INTEGER,
    step TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    push_ms INTEGER,
    read_back_at_ms INTEGER,
    detail TEXT,
    PRIMARY KEY (route, gateway)
) STRICT, WITHOUT ROWID;
