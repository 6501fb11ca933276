-- The nodes of an edition are packed, some at a time: a large edition is a hundred times fewer rows, and a fraction of
-- the bytes that are written to the log, copied into the file and removed again.

-- `first` is the place of the first of `count` nodes in the order of their edition; `packed` has a line of JSON for
-- each, deflated.
CREATE TABLE faq_parts (
    edition BLOB NOT NULL,
    first   INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    packed  BLOB NOT NULL,
    PRIMARY KEY (edition, first)
) STRICT, WITHOUT ROWID;
