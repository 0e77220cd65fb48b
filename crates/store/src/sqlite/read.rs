//! Reads files and what stands in them.

use std::collections::{BTreeMap, HashSet};

use domain::{Language, RepoPath, SymbolKind};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::records::{
    ChunkId, Counts, Covered, FileId, FileIndex, GenerationId, KnownFile, StoredChunk,
};
use crate::sqlite::failure::Failure;
use crate::sqlite::{graph, rows};
use crate::{StoreError, ids};

/// Says which files are meant, so that their rows are read as they lie: in the order of the index by path each would be a page by itself.
pub(super) const OF_GENERATION: &str = "id IN (SELECT id FROM files WHERE generation = ?1)";

pub(super) fn known_files(
    connection: &Connection,
    generation: GenerationId,
) -> Result<Vec<KnownFile>, Failure> {
    let problems: HashSet<String> = connection
        .prepare_cached("SELECT path FROM problems WHERE generation = ?1")?
        .query_map([generation.0], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT path, hash, n_bytes, modified_ns, language, front_end, is_generated FROM files WHERE {OF_GENERATION}",
    ))?;
    let files = statement.query_map([generation.0], |row| {
        let path = rows::path(row, 0)?;
        Ok(KnownFile {
            has_problem: problems.contains(path.as_str()),
            path,
            hash: rows::hash(row, 1)?,
            stamp: rows::stamp(row, 2)?,
            language: rows::word(row, 4, Language::from_word)?,
            front_end: row.get(5)?,
            is_generated: row.get(6)?,
        })
    })?;
    let mut files: Vec<KnownFile> = files.collect::<rusqlite::Result<_>>()?;
    files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

pub(super) fn covered(
    connection: &Connection,
    generation: GenerationId,
) -> Result<Covered, Failure> {
    let covered = connection
        .prepare_cached(
            "SELECT (SELECT count(*) FROM files WHERE generation = ?1),
                 (SELECT count(*) FROM problems WHERE generation = ?1)",
        )?
        .query_row([generation.0], |row| {
            Ok(Covered {
                n_files: row.get(0)?,
                n_problems: row.get(1)?,
            })
        })?;
    Ok(covered)
}

pub(super) fn counts(connection: &Connection, generation: GenerationId) -> Result<Counts, Failure> {
    let counts = connection
        .prepare_cached(&format!(
            "SELECT count(*), coalesce(sum(n_chunks), 0), coalesce(sum(n_symbols), 0), coalesce(sum(n_references), 0),
                 (SELECT count(*) FROM
                     (SELECT code_vector FROM chunks WHERE generation = ?1 AND code_vector IS NOT NULL
                      UNION SELECT text_vector FROM chunks WHERE generation = ?1 AND text_vector IS NOT NULL)),
                 (SELECT count(*) FROM problems WHERE generation = ?1),
                 (SELECT count(*) FROM skips WHERE generation = ?1)
             FROM files WHERE {OF_GENERATION}",
        ))?
        .query_row([generation.0], |row| {
            Ok(Counts {
                n_files: row.get(0)?,
                n_chunks: row.get(1)?,
                n_symbols: row.get(2)?,
                n_references: row.get(3)?,
                n_vectors: row.get(4)?,
                n_problems: row.get(5)?,
                n_skips: row.get(6)?,
            })
        })?;
    Ok(counts)
}

pub(super) fn symbols_by_kind(
    connection: &Connection,
    generation: GenerationId,
) -> Result<BTreeMap<SymbolKind, u64>, Failure> {
    let mut counts = BTreeMap::new();
    let mut kinds =
        connection.prepare_cached("SELECT kind FROM symbols WHERE id BETWEEN ?1 AND ?2")?;
    for file in files(connection, generation)? {
        let mut found = kinds.query(ids::row_ids(file))?;
        while let Some(row) = found.next()? {
            *counts
                .entry(rows::word(row, 0, SymbolKind::from_word)?)
                .or_default() += 1;
        }
    }
    Ok(counts)
}

pub(super) fn files(
    connection: &Connection,
    generation: GenerationId,
) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached("SELECT id FROM files WHERE generation = ?1 ORDER BY path")?
        .query_map([generation.0], |row| row.get(0))?
        .collect()
}

pub(super) fn visit_files(
    connection: &Connection,
    generation: GenerationId,
    visit: &mut dyn FnMut(FileIndex) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {} FROM files WHERE generation = ?1 ORDER BY path",
        rows::FILE_COLUMNS
    ))?;
    let mut files = statement.query([generation.0])?;
    while let Some(row) = files.next()? {
        visit(file_index(connection, row)?).map_err(StoreError::Visit)?;
    }
    Ok(())
}

fn file_index(connection: &Connection, row: &Row<'_>) -> Result<FileIndex, Failure> {
    let id = row.get(0)?;
    let chunks = format!(
        "SELECT c.id, {}, cm.name, cv.input, tm.name, tv.input FROM chunks c
         LEFT JOIN vectors cv ON cv.id = c.code_vector LEFT JOIN models cm ON cm.id = cv.model
         LEFT JOIN vectors tv ON tv.id = c.text_vector LEFT JOIN models tm ON tm.id = tv.model
         WHERE c.id BETWEEN ?1 AND ?2 ORDER BY c.id",
        rows::CHUNK_COLUMNS
    );
    let symbols = format!(
        "SELECT {} FROM symbols WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        rows::SYMBOL_COLUMNS
    );
    Ok(FileIndex {
        record: rows::file_record(row)?,
        chunks: rows_of(connection, &chunks, id, rows::chunk_row)?,
        symbols: rows_of(connection, &symbols, id, rows::symbol)?,
        facts: graph::facts(connection, FileId(id))?,
        new_vectors: Vec::new(),
    })
}

fn rows_of<T>(
    connection: &Connection,
    sql: &str,
    file: i64,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection
        .prepare_cached(sql)?
        .query_map(ids::row_ids(file), read)?
        .collect()
}

pub(super) fn chunks(
    connection: &Connection,
    ids: &[ChunkId],
) -> Result<Vec<StoredChunk>, Failure> {
    let mut chunk = connection.prepare_cached(&format!(
        "SELECT c.id, {}, f.path, f.language, f.is_test, f.hash, f.is_generated FROM chunks c JOIN files f ON f.id = ?2
         JOIN generations g ON g.id = f.generation AND g.state <> 'replaced' WHERE c.id = ?1",
        rows::CHUNK_COLUMNS
    ))?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(
            chunk
                .query_row([id.0, ids::file_of(id.0)], stored_chunk)
                .optional()?,
        );
    }
    Ok(found)
}

pub(super) fn dependents(connection: &Connection, ids: &[ChunkId]) -> Result<Vec<u32>, Failure> {
    // The module begins with the file and so does its first chunk; a definition that begins there too is meant.
    let mut fan_in = connection.prepare_cached(
        "SELECT max(m.fan_in) FROM symbols s JOIN metrics m ON m.id = s.id
         WHERE s.id BETWEEN ?1 + 1 AND ?2 AND s.start_byte = (SELECT start_byte FROM chunks WHERE id = ?3)",
    )?;
    let mut counts = Vec::with_capacity(ids.len());
    for id in ids {
        let [first, last] = ids::row_ids(ids::file_of(id.0));
        let found = fan_in.query_row([first, last, id.0], |row| row.get::<_, Option<u32>>(0))?;
        counts.push(found.unwrap_or(0));
    }
    Ok(counts)
}

pub(super) fn chunks_of(
    connection: &Connection,
    generation: GenerationId,
    path: &RepoPath,
) -> Result<Vec<StoredChunk>, Failure> {
    let file: Option<i64> = connection
        .prepare_cached("SELECT id FROM files WHERE generation = ?1 AND path = ?2")?
        .query_row(params![generation.0, path.as_str()], |row| row.get(0))
        .optional()?;
    let Some(file) = file else {
        return Ok(Vec::new());
    };
    let [first, last] = ids::row_ids(file);
    let chunks = connection
        .prepare_cached(&format!(
            "SELECT c.id, {}, f.path, f.language, f.is_test, f.hash, f.is_generated FROM chunks c JOIN files f ON f.id = ?1
             WHERE c.id BETWEEN ?2 AND ?3 ORDER BY c.id",
            rows::CHUNK_COLUMNS
        ))?
        .query_map([file, first, last], stored_chunk)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(chunks)
}

fn stored_chunk(row: &Row<'_>) -> rusqlite::Result<StoredChunk> {
    Ok(StoredChunk {
        id: ChunkId(row.get(0)?),
        chunk: rows::chunk(row)?,
        path: rows::path(row, rows::AFTER_CHUNK)?,
        language: rows::word(row, rows::AFTER_CHUNK + 1, Language::from_word)?,
        is_test: row.get(rows::AFTER_CHUNK + 2)?,
        hash: rows::hash(row, rows::AFTER_CHUNK + 3)?,
        is_generated: row.get(rows::AFTER_CHUNK + 4)?,
    })
}
