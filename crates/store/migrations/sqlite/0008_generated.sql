-- Whether a program wrote the file. No file of an older version is one: they were left out.
ALTER TABLE files ADD COLUMN is_generated INTEGER NOT NULL DEFAULT 0;
