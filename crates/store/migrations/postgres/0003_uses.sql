-- How the reference that an edge comes from uses its target: a word of domain::ReferenceKind. Edges of older versions have none; the next
-- run resolves every file again.
ALTER TABLE mnemo.edges ADD COLUMN how text;

-- Dependents and dependencies that use a value without calling, making or rendering it.
ALTER TABLE mnemo.metrics ADD COLUMN use_fan_in bigint NOT NULL DEFAULT 0;
ALTER TABLE mnemo.metrics ADD COLUMN use_fan_out bigint NOT NULL DEFAULT 0;
