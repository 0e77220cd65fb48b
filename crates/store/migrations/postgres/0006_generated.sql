-- Whether a program wrote the file. No file of an older version is one: they were left out.
ALTER TABLE mnemo.files ADD COLUMN is_generated boolean NOT NULL DEFAULT false;
