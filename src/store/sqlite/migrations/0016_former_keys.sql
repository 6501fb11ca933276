-- Key pairs of integrations from before a new one was made, which sign beside it for a while; the newest first. There
-- are few, and they are read only at start-up.
CREATE TABLE former_keys (
    integration BLOB NOT NULL,
    place       INTEGER NOT NULL,
    ends        INTEGER NOT NULL,
    sealed      BLOB NOT NULL,
    PRIMARY KEY (integration, place)
) STRICT, WITHOUT ROWID;
