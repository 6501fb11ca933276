-- Conversations and what was said in them: the rows that are written all day.

CREATE TABLE conversations (
    id            BLOB NOT NULL PRIMARY KEY,
    tenant_no     INTEGER NOT NULL,
    hub           BLOB NOT NULL,
    integration   BLOB NOT NULL,
    binding       TEXT NOT NULL,
    token         TEXT NOT NULL,
    properties    TEXT NOT NULL,
    opened        INTEGER NOT NULL,
    closed        INTEGER,
    destination   BLOB,
    agent         INTEGER NOT NULL,
    number        INTEGER,
    seen_customer INTEGER NOT NULL,
    seen_business INTEGER NOT NULL
) STRICT;

-- Start-up asks for the open ones among all that ever were.
CREATE INDEX conversations_open ON conversations (tenant_no) WHERE closed IS NULL;

-- The agents' number is unique in the organization, and the highest one is asked for at start-up.
CREATE UNIQUE INDEX conversations_number ON conversations (tenant_no, number) WHERE number IS NOT NULL;

-- `place` is (tenant_no << 40) | position. As one integer it is the rowid: a tenant's activities lie together
-- in position order, new ones are appended, and every index entry ends in it, so that each index also answers
-- "after this position". A WITHOUT ROWID table on (tenant_no, position) would hold whole bodies in its inner
-- pages and be several times deeper.
-- `checksum` is taken over the whole row: pages of the database file itself carry none.
CREATE TABLE activities (
    place          INTEGER PRIMARY KEY,
    conversation   BLOB NOT NULL,
    event_id       INTEGER NOT NULL,
    sender         BLOB NOT NULL,
    sender_kind    INTEGER NOT NULL,
    recipient      BLOB,
    recipient_kind INTEGER,
    echo           BLOB,
    taken          INTEGER NOT NULL,
    body           TEXT NOT NULL,
    checksum       INTEGER NOT NULL
) STRICT;

-- History of a conversation, and the place of an event id in it.
CREATE UNIQUE INDEX activities_conversation ON activities (conversation, event_id);

-- What a resuming integration missed. Partial: most activities are heard by nobody as an echo.
CREATE INDEX activities_recipient ON activities (recipient) WHERE recipient IS NOT NULL;
CREATE INDEX activities_echo ON activities (echo) WHERE echo IS NOT NULL;
