-- Whether the file's facts hold declarations that other files see without importing it: those are read before any file is resolved. Files
-- of older versions are read again for the new extractor anyhow.
ALTER TABLE mnemo.files ADD COLUMN is_shared boolean NOT NULL DEFAULT false;
