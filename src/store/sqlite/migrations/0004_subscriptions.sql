-- What sessions that require acknowledgement have subscribed to.

-- A row is a version: from one put to the next, or to the end. One that has ended (`until_ms` is not NULL) stays for
-- as long as an event is kept that it may have let through, since it decides who holds that event after a restart.
-- `no` tells the order in which versions were put; `filter` is a JSON document.
CREATE TABLE subscriptions (
    no          INTEGER PRIMARY KEY,
    session_no  INTEGER NOT NULL,
    id          TEXT NOT NULL,
    description TEXT NOT NULL,
    filter      TEXT NOT NULL,
    created     INTEGER NOT NULL,
    modified    INTEGER NOT NULL,
    after_ms    INTEGER NOT NULL,
    after_n     INTEGER NOT NULL,
    until_ms    INTEGER,
    until_n     INTEGER
) STRICT;
CREATE INDEX subscriptions_of_session ON subscriptions (session_no, id);

-- `events.audience` may now also be a JSON object: what the event is to those who watch for it.
