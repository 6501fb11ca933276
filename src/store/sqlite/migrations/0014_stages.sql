-- The stages of hubs, and what waits for one of them.

-- `stages` is a JSON document, always read and written whole; what is secret of it is sealed apart from it.
CREATE TABLE pipelines (
    hub         BLOB NOT NULL PRIMARY KEY,
    tenant_no   INTEGER NOT NULL,
    stages      TEXT NOT NULL,
    sealed_keys BLOB,
    modified    INTEGER NOT NULL
) STRICT;

-- Activities that were answered and are not said yet, in the order of their numbers within a conversation. They stay
-- for moments, so that there are few: they have no index of their own.
CREATE TABLE held (
    conversation BLOB NOT NULL,
    number       INTEGER NOT NULL,
    tenant_no    INTEGER NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (conversation, number)
) STRICT, WITHOUT ROWID;

-- Until when the customer knows that nobody is there; NULL where it was never told.
ALTER TABLE conversations ADD COLUMN told_closed INTEGER;
