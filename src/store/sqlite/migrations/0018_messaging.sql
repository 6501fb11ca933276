-- What back ends message by, what is known of customers, and what back ends have told of them.

-- Variables, templates and apps: documents, always read and written whole; what is secret is sealed apart from them.
CREATE TABLE messaging (
    id        BLOB NOT NULL PRIMARY KEY,
    tenant_no INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    document  TEXT NOT NULL,
    sealed    BLOB
) STRICT;

-- Found by the integration and the binding key, as the conversations of a customer are.
CREATE TABLE customers (
    integration BLOB NOT NULL,
    binding     TEXT NOT NULL,
    tenant_no   INTEGER NOT NULL,
    lang        TEXT NOT NULL,
    opted_out   INTEGER NOT NULL,
    PRIMARY KEY (integration, binding)
) STRICT, WITHOUT ROWID;

CREATE TABLE pushes (
    no        INTEGER PRIMARY KEY,
    tenant_no INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    name      TEXT NOT NULL,
    id        TEXT NOT NULL,
    data      TEXT NOT NULL,
    links     TEXT NOT NULL,
    at        INTEGER NOT NULL,
    UNIQUE (tenant_no, kind, name, id)
) STRICT;

-- Events go by their age.
CREATE INDEX pushes_by_age ON pushes (kind, at);

-- Whose a push is: a key of a customer as text, as it also stands in `links`. The moment stands here as well, so that
-- the newest of a customer are found without a look at the others.
CREATE TABLE push_links (
    tenant_no INTEGER NOT NULL,
    key       TEXT NOT NULL,
    kind      INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    push      INTEGER NOT NULL,
    PRIMARY KEY (tenant_no, key, kind, at, push)
) STRICT, WITHOUT ROWID;

CREATE INDEX push_links_by_push ON push_links (push);

-- Since when a conversation is resolved; NULL while it is not.
ALTER TABLE conversations ADD COLUMN resolved INTEGER;
