-- Version of the front end that read the file. Every front end began with 1, and files of before were read by the first.
ALTER TABLE mnemo.files ADD COLUMN front_end bigint NOT NULL DEFAULT 1;
