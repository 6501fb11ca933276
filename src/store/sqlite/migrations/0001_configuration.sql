-- What the control plane writes. It is served from memory and read only at start-up, so nothing here needs
-- an index beyond its keys. Rowid tables keep the order in which things were first made.

-- Facts about the store itself. The identity tells cursors of this store from those of another.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta (key, value) VALUES ('identity', random() & 4294967295);

-- A tenant's small number stands in every other row in place of its 16 bytes.
-- `pruned` and `pruned_event_id` say what retention has removed: no row is left that could tell.
CREATE TABLE tenants (
    no              INTEGER PRIMARY KEY,
    id              BLOB NOT NULL UNIQUE,
    org             TEXT NOT NULL UNIQUE, -- two processes may create tenants; only the store sees both
    name            TEXT NOT NULL,
    created         INTEGER NOT NULL,
    pruned          INTEGER NOT NULL DEFAULT 0,
    pruned_event_id INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE clients (
    id        TEXT NOT NULL PRIMARY KEY,
    tenant_no INTEGER NOT NULL,
    api       TEXT NOT NULL,
    name      TEXT NOT NULL,
    scopes    TEXT NOT NULL
) STRICT;

-- `place` keeps the order of a client's secrets.
CREATE TABLE secrets (
    client  TEXT NOT NULL,
    place   INTEGER NOT NULL,
    id      BLOB NOT NULL,
    number  INTEGER NOT NULL,
    name    TEXT NOT NULL,
    hash    BLOB NOT NULL,
    hint    TEXT NOT NULL,
    expires INTEGER,
    PRIMARY KEY (client, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    hash      BLOB NOT NULL PRIMARY KEY,
    tenant_no INTEGER NOT NULL,
    hint      TEXT NOT NULL
) STRICT;

CREATE TABLE signing_keys (
    kid     TEXT NOT NULL PRIMARY KEY,
    sealed  BLOB NOT NULL,
    created INTEGER NOT NULL,
    retired INTEGER
) STRICT;

CREATE TABLE hubs (
    id                 BLOB NOT NULL PRIMARY KEY,
    tenant_no          INTEGER NOT NULL,
    number             INTEGER NOT NULL,
    name               TEXT NOT NULL,
    description        TEXT NOT NULL,
    close_dormant_days INTEGER NOT NULL,
    status             INTEGER NOT NULL,
    created            INTEGER NOT NULL,
    modified           INTEGER NOT NULL
) STRICT;

CREATE TABLE integrations (
    id            BLOB NOT NULL PRIMARY KEY,
    tenant_no     INTEGER NOT NULL,
    hub           BLOB NOT NULL,
    name          TEXT NOT NULL,
    kind          INTEGER NOT NULL,
    status        INTEGER NOT NULL,
    configuration TEXT NOT NULL,
    sealed_key    BLOB,
    created       INTEGER NOT NULL,
    modified      INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    tenant_no INTEGER NOT NULL,
    id        TEXT NOT NULL,
    number    INTEGER NOT NULL,
    name      TEXT NOT NULL,
    PRIMARY KEY (tenant_no, id)
) STRICT;

-- `members` is a JSON list of user ids: a team is always read and written whole.
CREATE TABLE teams (
    tenant_no INTEGER NOT NULL,
    id        TEXT NOT NULL,
    name      TEXT NOT NULL,
    members   TEXT NOT NULL,
    PRIMARY KEY (tenant_no, id)
) STRICT;
