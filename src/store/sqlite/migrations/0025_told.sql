-- Which activity a delivery carries, where it goes to the one that the activity was said to: what became of it is what
-- became of the message. What is on its way when the schema changes is among them.
ALTER TABLE deliveries ADD COLUMN event_id INTEGER;

UPDATE deliveries SET event_id = (
    SELECT CASE WHEN json_valid(b.item) AND json_type(b.item, '$.eventId') = 'integer'
                     AND json_extract(b.item, '$.isEcho') IS NOT 1
                THEN json_extract(b.item, '$.eventId') END
    FROM delivery_bodies b WHERE b.no = deliveries.no AND b.form = 1);

-- Asked by conversation and stretch of it.
CREATE INDEX deliveries_told ON deliveries (endpoint, conversation, event_id) WHERE event_id IS NOT NULL;

-- How many customers (kind 0) and how much that was told of them (the kinds of pushes) a tenant has. Whoever may have
-- more is asked with every new one, so nothing is counted then.
CREATE TABLE told_counts (
    tenant_no INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    PRIMARY KEY (tenant_no, kind)
) STRICT, WITHOUT ROWID;

INSERT INTO told_counts SELECT tenant_no, 0, count(*) FROM customers GROUP BY tenant_no;
INSERT INTO told_counts SELECT tenant_no, kind, count(*) FROM pushes GROUP BY tenant_no, kind;

CREATE TRIGGER customer_came AFTER INSERT ON customers BEGIN
    INSERT INTO told_counts VALUES (new.tenant_no, 0, 1) ON CONFLICT (tenant_no, kind) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER customer_went AFTER DELETE ON customers BEGIN
    UPDATE told_counts SET count = count - 1 WHERE tenant_no = old.tenant_no AND kind = 0;
END;
CREATE TRIGGER push_came AFTER INSERT ON pushes BEGIN
    INSERT INTO told_counts VALUES (new.tenant_no, new.kind, 1)
    ON CONFLICT (tenant_no, kind) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER push_went AFTER DELETE ON pushes BEGIN
    UPDATE told_counts SET count = count - 1 WHERE tenant_no = old.tenant_no AND kind = old.kind;
END;
