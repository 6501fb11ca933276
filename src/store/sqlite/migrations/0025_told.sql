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
