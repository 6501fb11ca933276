-- What the directory tells of users beyond their names, and the order of teams.

-- `skills` is a JSON list of texts: a user is always read and written whole. Whoever was there before is available,
-- as everybody was then.
ALTER TABLE users ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN skills TEXT NOT NULL DEFAULT '[]';
ALTER TABLE users ADD COLUMN state TEXT NOT NULL DEFAULT 'available';

-- Teams are numbered as users are, in the order in which they were first made.
ALTER TABLE teams ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
UPDATE teams SET number = (
    SELECT count(*) FROM teams AS earlier WHERE earlier.tenant_no = teams.tenant_no AND earlier.rowid <= teams.rowid
);
