-- Streaming sessions that require acknowledgement, the events kept for them, and answers kept for repetition.

-- The small number stands in acknowledgements, of which there are many per session.
CREATE TABLE sessions (
    no                 INTEGER PRIMARY KEY,
    id                 BLOB NOT NULL UNIQUE,
    tenant_no          INTEGER NOT NULL,
    user               TEXT NOT NULL,
    version            INTEGER NOT NULL,
    inactivity_seconds INTEGER NOT NULL,
    created            INTEGER NOT NULL,
    after_ms           INTEGER NOT NULL,
    after_n            INTEGER NOT NULL
) STRICT;

CREATE TABLE acknowledgements (
    session_no INTEGER NOT NULL,
    ms         INTEGER NOT NULL,
    n          INTEGER NOT NULL,
    PRIMARY KEY (session_no, ms, n)
) STRICT, WITHOUT ROWID;

-- `audience` is a JSON list of user ids; NULL is everybody in the organization. Bodies are too large for a
-- WITHOUT ROWID table, hence a key of its own beside them.
CREATE TABLE events (
    no        INTEGER PRIMARY KEY,
    tenant_no INTEGER NOT NULL,
    ms        INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    audience  TEXT,
    body      TEXT NOT NULL,
    checksum  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_order ON events (tenant_no, ms, n);

CREATE TABLE idempotent_answers (
    tenant_no   INTEGER NOT NULL,
    client      TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    answer      TEXT NOT NULL,
    created     INTEGER NOT NULL,
    PRIMARY KEY (tenant_no, client, key)
) STRICT;

-- Retention removes them by age.
CREATE INDEX idempotent_answers_created ON idempotent_answers (created);
