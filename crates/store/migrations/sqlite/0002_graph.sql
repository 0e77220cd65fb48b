-- What resolution needs of a file replaces its references one by one: `bytes` is domain::Facts in the postcard format.
DROP TABLE refs;

CREATE TABLE facts (
    file INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

-- How a file's references ended, a byte each: the place of the word among domain::Resolution's. `dependencies` are the ids of the files
-- that were looked at, 8 bytes each, little-endian: an id that is gone means that the file has to be resolved again. `modules` is a hash
-- over where the file's specifiers lead.
CREATE TABLE resolutions (
    file INTEGER PRIMARY KEY,
    modules BLOB NOT NULL,
    dependencies BLOB NOT NULL,
    outcomes BLOB NOT NULL
) STRICT;

-- Edges of the file that their source is in; `source` is a place among its symbols, `target` a symbol's row id, `reference` the place
-- among the file's references that says so.
CREATE TABLE edges (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    reference INTEGER,
    line INTEGER NOT NULL,
    "column" INTEGER NOT NULL,
    provenance TEXT NOT NULL
) STRICT;
CREATE INDEX edges_by_target ON edges (target);

-- By symbol. `cycle` and `community` are the row ids of the symbols that stand for them.
CREATE TABLE metrics (
    id INTEGER PRIMARY KEY,
    fan_in INTEGER NOT NULL,
    fan_out INTEGER NOT NULL,
    afferent INTEGER NOT NULL,
    efferent INTEGER NOT NULL,
    instability REAL NOT NULL,
    page_rank REAL NOT NULL,
    betweenness REAL NOT NULL,
    cycle_size INTEGER NOT NULL,
    cycle INTEGER NOT NULL,
    community INTEGER NOT NULL
) STRICT;

-- What the graph of a generation was made from: a hash over everything that decides where specifiers lead, and over the resolver's version.
ALTER TABLE generations ADD COLUMN graph BLOB;
