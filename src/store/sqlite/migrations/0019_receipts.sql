-- What the business's own software has sent in a conversation and waits to hear the fate of: a document, read and written
-- with the head. NULL where there is nothing, as nearly everywhere.
ALTER TABLE conversations ADD COLUMN receipts TEXT;
