-- How the reference that an edge comes from uses its target: a word of domain::ReferenceKind. Edges of older versions have none; the next
-- run resolves every file again.
ALTER TABLE edges ADD COLUMN how TEXT;

-- Dependents and dependencies that use a value without calling, making or rendering it.
ALTER TABLE metrics ADD COLUMN use_fan_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE metrics ADD COLUMN use_fan_out INTEGER NOT NULL DEFAULT 0;
