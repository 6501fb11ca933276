-- Since when nobody said anything in a conversation, which its activities do not tell any more once they are gone for
-- their age.

-- Behind what is said by an hour at most: it is written with the head, not with each message. NULL while nothing was
-- said.
ALTER TABLE conversations ADD COLUMN said INTEGER;

-- An `eventId` is a moment in milliseconds.
UPDATE conversations
SET said = (SELECT max(event_id) FROM activities a WHERE a.conversation = conversations.id)
WHERE closed IS NULL;
