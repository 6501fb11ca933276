-- Commands of hubs. As all that the control plane writes, they are served from memory and read only at start-up.

-- `effect` is a JSON document, since each kind of command has properties of its own and is always read and written
-- whole.
CREATE TABLE commands (
    id          BLOB NOT NULL PRIMARY KEY,
    tenant_no   INTEGER NOT NULL,
    hub         BLOB NOT NULL,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    effect      TEXT NOT NULL,
    created     INTEGER NOT NULL,
    modified    INTEGER NOT NULL
) STRICT;
