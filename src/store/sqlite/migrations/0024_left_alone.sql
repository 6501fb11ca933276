-- Endpoints that have asked to be left alone until a moment, which a restart is to honour as well.
CREATE TABLE endpoints_left_alone (
    endpoint  ANY NOT NULL PRIMARY KEY,
    tenant_no INTEGER NOT NULL,
    until     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
