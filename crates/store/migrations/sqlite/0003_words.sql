-- The words of a file in one row replace the full-text tables: see postings.rs. What scores need of a whole generation is a sum over its
-- files. The code drops the tables; the new words of an older generation come with the next run, which builds a new one.
CREATE TABLE words (
    file INTEGER PRIMARY KEY,
    postings BLOB NOT NULL
) STRICT;
ALTER TABLE files ADD COLUMN n_words INTEGER NOT NULL DEFAULT 0;
