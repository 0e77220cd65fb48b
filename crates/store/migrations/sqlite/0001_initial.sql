-- Rows of a file carry the ids `file << 24 | position`: clustered by file and in order without a second index. See sqlite/ids.rs.
-- Words (kinds, languages, states) are the fixed words of the domain's enums.
-- Each generation has a full-text table of its own, words_<generation>, made by the code that makes the generation.

CREATE TABLE repositories (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    root TEXT NOT NULL,
    last_number INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A replaced generation answers nothing any more; its rows are deleted piece by piece.
CREATE TABLE generations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repository INTEGER NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('building', 'active', 'replaced')),
    profile_hash BLOB NOT NULL,
    profile TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX generations_by_repository ON generations (repository, state) WHERE state <> 'replaced';

CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    generation INTEGER NOT NULL,
    is_complete INTEGER NOT NULL DEFAULT 0,
    summary TEXT
) STRICT;
CREATE INDEX runs_by_generation ON runs (generation);

CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE vectors (
    id INTEGER PRIMARY KEY,
    model INTEGER NOT NULL,
    input BLOB NOT NULL,
    vector BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX vectors_by_input ON vectors (model, input);

-- Ids are never given twice, so that the chunk ids of a replaced file are gone and not another chunk's.
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    generation INTEGER NOT NULL,
    path TEXT NOT NULL,
    hash BLOB NOT NULL,
    n_bytes INTEGER NOT NULL,
    modified_ns INTEGER,
    language TEXT NOT NULL,
    parser TEXT NOT NULL,
    is_test INTEGER NOT NULL,
    n_lines INTEGER NOT NULL,
    note TEXT,
    n_chunks INTEGER NOT NULL,
    n_symbols INTEGER NOT NULL,
    n_references INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX files_by_path ON files (generation, path);

CREATE TABLE chunks (
    id INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL,
    code_vector INTEGER,
    text_vector INTEGER,
    kind TEXT NOT NULL,
    part INTEGER NOT NULL,
    start_byte INTEGER NOT NULL,
    end_byte INTEGER NOT NULL,
    start_line INTEGER NOT NULL,
    end_line INTEGER NOT NULL,
    is_exported INTEGER NOT NULL,
    is_async INTEGER NOT NULL,
    is_static INTEGER NOT NULL,
    is_test INTEGER NOT NULL,
    cyclomatic INTEGER NOT NULL,
    cognitive INTEGER NOT NULL,
    n_code_lines INTEGER NOT NULL,
    name TEXT NOT NULL,
    qualified_name TEXT NOT NULL,
    signature TEXT NOT NULL,
    doc TEXT NOT NULL,
    source TEXT NOT NULL
) STRICT;
CREATE INDEX chunks_by_code_vector ON chunks (generation, code_vector) WHERE code_vector IS NOT NULL;
CREATE INDEX chunks_by_text_vector ON chunks (generation, text_vector) WHERE text_vector IS NOT NULL;

CREATE TABLE symbols (
    id INTEGER PRIMARY KEY,
    parent INTEGER,
    kind TEXT NOT NULL,
    line INTEGER NOT NULL,
    "column" INTEGER NOT NULL,
    start_byte INTEGER NOT NULL,
    end_byte INTEGER NOT NULL,
    start_line INTEGER NOT NULL,
    end_line INTEGER NOT NULL,
    is_exported INTEGER NOT NULL,
    is_async INTEGER NOT NULL,
    is_static INTEGER NOT NULL,
    is_test INTEGER NOT NULL,
    cyclomatic INTEGER NOT NULL,
    cognitive INTEGER NOT NULL,
    n_code_lines INTEGER NOT NULL,
    name TEXT NOT NULL,
    qualified_name TEXT NOT NULL,
    signature TEXT NOT NULL,
    doc TEXT NOT NULL
) STRICT;

-- `symbol`, `specifier` and `imported` belong to the bindings that have them; `receiver` is JSON.
CREATE TABLE refs (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    "from" INTEGER NOT NULL,
    name TEXT NOT NULL,
    line INTEGER NOT NULL,
    "column" INTEGER NOT NULL,
    binding TEXT NOT NULL,
    symbol INTEGER,
    specifier TEXT,
    imported TEXT,
    receiver TEXT
) STRICT;

CREATE TABLE problems (
    id INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL,
    path TEXT NOT NULL,
    kind TEXT NOT NULL,
    cause TEXT NOT NULL
) STRICT;
CREATE INDEX problems_by_path ON problems (generation, path);

CREATE TABLE skips (
    id INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL,
    path TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX skips_by_path ON skips (generation, path);
