-- The queue: since when a conversation waits for an agent, and which agents are wanted in it (a JSON document).

-- NULL while it does not wait.
ALTER TABLE conversations ADD COLUMN queued INTEGER;

-- NULL while a bot may answer as well.
ALTER TABLE conversations ADD COLUMN wanted TEXT;

-- Whoever said something and has nobody to answer has been waiting since.
UPDATE conversations SET queued = said WHERE closed IS NULL AND destination IS NULL AND said IS NOT NULL;
