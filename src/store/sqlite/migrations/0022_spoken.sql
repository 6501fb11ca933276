-- Whether the customer has said anything that is kept in a conversation, which its activities do not tell any more
-- once they are gone for their age.
ALTER TABLE conversations ADD COLUMN spoken INTEGER NOT NULL DEFAULT 0;

-- Where all that was said is gone nobody can tell, and it counts as if.
UPDATE conversations
SET spoken = 1
WHERE EXISTS (SELECT 1 FROM activities a WHERE a.conversation = conversations.id AND a.sender_kind = 2)
   OR (said IS NOT NULL AND NOT EXISTS (SELECT 1 FROM activities a WHERE a.conversation = conversations.id));
