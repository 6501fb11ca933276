-- Who may read a conversation of a web chat.

-- A JSON list of the visitors' ids, at most a few dozen, which is always read and written whole with its
-- conversation. Conversations that were there before have none: visitors had no tokens.
ALTER TABLE conversations ADD COLUMN visitors TEXT NOT NULL DEFAULT '[]';
