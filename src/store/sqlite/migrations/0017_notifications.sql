-- What operators were told about webhooks, in the order in which they were told. `endpoint` stands as it does in
-- `deliveries`; `deliveries` and `last` are JSON, since nobody asks for what is in them.
CREATE TABLE notifications (
    no           INTEGER PRIMARY KEY,
    id           BLOB NOT NULL,
    tenant_no    INTEGER NOT NULL,
    endpoint     ANY NOT NULL,
    conversation BLOB NOT NULL,
    deliveries   TEXT NOT NULL,
    count        INTEGER NOT NULL,
    reason       TEXT NOT NULL,
    last         TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT;

-- Lists of a tenant, and of one endpoint; every entry ends in the number.
CREATE INDEX notifications_tenant ON notifications (tenant_no);
CREATE INDEX notifications_endpoint ON notifications (tenant_no, endpoint);

-- Retention asks for the oldest.
CREATE INDEX notifications_at ON notifications (at);
