-- How far the customer's own sockets and polls have taken what was said, as a position of the organization.

-- It is written when the last of them goes, and with whatever else is kept of the head.
ALTER TABLE conversations ADD COLUMN taken INTEGER NOT NULL DEFAULT 0;

-- Nobody noted until now what customers took: nothing of it comes again. A position is the low 40 bits of a place.
UPDATE conversations
SET taken = coalesce(
    (SELECT max(place) & ((1 << 40) - 1) FROM activities a WHERE a.conversation = conversations.id), 0)
WHERE closed IS NULL;
