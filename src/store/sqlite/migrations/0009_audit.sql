-- Who changed what, and how many secrets each client has had.

-- Numbers of secrets are not given twice, so the highest that was given outlives its secret.
ALTER TABLE clients ADD COLUMN secrets_made INTEGER NOT NULL DEFAULT 0;
UPDATE clients SET secrets_made = (SELECT coalesce(max(number), 0) FROM secrets WHERE client = clients.id);

-- Entries are in the order of their rowids. `client` is NULL where the operator made the change; `changed` is a JSON
-- list of names. `id` is a text, because kinds differ in theirs.
CREATE TABLE audit (
    no        INTEGER PRIMARY KEY,
    tenant_no INTEGER NOT NULL,
    client    TEXT,
    secret    INTEGER,
    address   TEXT,
    at        INTEGER NOT NULL,
    action    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    id        TEXT NOT NULL,
    name      TEXT NOT NULL,
    changed   TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_tenant ON audit (tenant_no);
CREATE INDEX audit_by_age ON audit (at);
