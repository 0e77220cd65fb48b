-- Whether the file's facts hold declarations that other files see without importing it: those are read before any file is resolved. Files
-- of older versions are read again for the new extractor anyhow.
ALTER TABLE files ADD COLUMN is_shared INTEGER NOT NULL DEFAULT 0;
