-- Chats that bot platforms hand to teams: what is due later, which teams work, and whose chats they are.

-- A JSON document; NULL while no hand-over is due.
ALTER TABLE conversations ADD COLUMN scheduled TEXT;

-- Every team that was there before works, as all did then.
ALTER TABLE teams ADD COLUMN state TEXT NOT NULL DEFAULT 'active';

-- A customer's conversations: of one hub, and whether there are any in the tenant at all.
CREATE INDEX conversations_customer ON conversations (tenant_no, binding, hub);
