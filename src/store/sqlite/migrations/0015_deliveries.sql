-- What is on its way to webhooks, and what was.

-- `no` is the order in which deliveries were kept, over all tenants. `endpoint` is a blob when it is an integration, and
-- a text when it is a client: the two never meet in an index.
CREATE TABLE deliveries (
    no           INTEGER PRIMARY KEY,
    id           BLOB NOT NULL,
    tenant_no    INTEGER NOT NULL,
    endpoint     ANY NOT NULL,
    conversation BLOB NOT NULL,
    created      INTEGER NOT NULL,
    status       INTEGER NOT NULL,
    tries        INTEGER NOT NULL,
    next_attempt INTEGER,
    attempts     TEXT NOT NULL
) STRICT;

-- What is delivered stands apart: it is written once, while its delivery changes with each attempt, and lists do not
-- show it. The checksum is taken over what never changes of both.
CREATE TABLE delivery_bodies (
    no       INTEGER PRIMARY KEY,
    hub      BLOB NOT NULL,
    form     INTEGER NOT NULL,
    envelope TEXT NOT NULL,
    item     TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX deliveries_id ON deliveries (id);

-- Lists of an endpoint, which are counted without a look at the rows; every entry ends in the number.
CREATE INDEX deliveries_endpoint ON deliveries (endpoint, tenant_no);

-- What is to be sent, read from the front, of an endpoint or of one conversation to it, and what was given up: few among
-- many that were delivered.
CREATE INDEX deliveries_pending ON deliveries (endpoint, tenant_no) WHERE status = 0;
CREATE INDEX deliveries_of_line ON deliveries (endpoint, conversation) WHERE status = 0;
CREATE INDEX deliveries_dead ON deliveries (endpoint, tenant_no) WHERE status = 2;

-- Retention asks for the oldest of those that are settled.
CREATE INDEX deliveries_settled ON deliveries (created) WHERE status <> 0;

-- Endpoints that have said that nothing is to be sent to them any more, as they were set to at that moment.
CREATE TABLE stopped_endpoints (
    endpoint   ANY NOT NULL PRIMARY KEY,
    tenant_no  INTEGER NOT NULL,
    configured INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
