-- Uploads of what bots answer from, and what became of them. `state` is 0 while one is in progress, 1 when it succeeded,
-- 2 when it failed. The counts are nodes and mean something in state 1 only, `error` in state 2 only.
CREATE TABLE faq_uploads (
    id          BLOB NOT NULL PRIMARY KEY,
    tenant_no   INTEGER NOT NULL,
    integration BLOB NOT NULL,
    taken       INTEGER NOT NULL,
    state       INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    unchanged   INTEGER NOT NULL,
    removed     INTEGER NOT NULL,
    error       TEXT NOT NULL
) STRICT;
-- The newest of a tenant are those with the last ids: an id begins with the time at which it was made.
CREATE INDEX faq_uploads_newest ON faq_uploads (tenant_no, id);
CREATE INDEX faq_uploads_by_age ON faq_uploads (taken);
