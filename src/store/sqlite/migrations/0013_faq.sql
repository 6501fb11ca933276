-- What bots answer from. A bot's nodes are written as an edition that is not in force yet, in as many commits as it
-- takes, and put in force in one: nobody waits for a large edition, and none is ever seen in part.

-- `state` is 0 while the edition is being written, 1 while it is in force, 2 once another was put in its place. The
-- index finds the one in force, and keeps every bot to one.
CREATE TABLE faq_editions (
    id          BLOB NOT NULL PRIMARY KEY,
    tenant_no   INTEGER NOT NULL,
    integration BLOB NOT NULL,
    begun       INTEGER NOT NULL,
    state       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX faq_editions_in_force ON faq_editions (integration) WHERE state = 1;

-- `place` is the order of an edition's nodes; `questions` and `answers` are JSON lists of texts, always read whole.
CREATE TABLE faq_nodes (
    edition   BLOB NOT NULL,
    place     INTEGER NOT NULL,
    name      TEXT NOT NULL,
    questions TEXT NOT NULL,
    answers   TEXT NOT NULL,
    PRIMARY KEY (edition, place)
) STRICT, WITHOUT ROWID;
