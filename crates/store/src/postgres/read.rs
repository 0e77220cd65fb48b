//! Reads files and what stands in them.

use std::collections::{BTreeMap, HashMap};

use domain::{ContentHash, Language, ModelId, RepoPath, SymbolKind, VectorKey, View};
use postgres::Row;

use crate::postgres::failure::Failure;
use crate::postgres::rows::{self, CHUNK_COLUMNS, FILE_COLUMNS, SYMBOL_COLUMNS};
use crate::postgres::session::Session;
use crate::postgres::texts;
use crate::records::{
    ChunkId, ChunkRow, Counts, Covered, FileIndex, GenerationId, KnownFile, StoredChunk, VectorRow,
};
use crate::{StoreError, ids};

/// Files are read in groups of at most this many chunks, so that neither round trips nor memory grow with the repository.
const CHUNKS_AT_ONCE: usize = 512;

pub(super) fn known_files(
    session: &mut Session,
    generation: GenerationId,
) -> Result<Vec<KnownFile>, Failure> {
    session
        .rows(
            "SELECT path, hash, n_bytes, modified_ns, language, front_end, is_generated,
                 EXISTS (SELECT 1 FROM mnemo.problems p WHERE p.generation = f.generation AND p.path = f.path)
             FROM mnemo.files f WHERE generation = $1 ORDER BY path",
            &[&generation.0],
        )?
        .iter()
        .map(|row| {
            Ok(KnownFile {
                path: rows::path(row, 0)?,
                hash: rows::hash(row, 1)?,
                stamp: rows::stamp(row, 2)?,
                language: rows::word(row, 4, Language::from_word)?,
                front_end: rows::number(row, 5)?,
                is_generated: row.try_get(6)?,
                has_problem: row.try_get(7)?,
            })
        })
        .collect()
}

pub(super) fn covered(session: &mut Session, generation: GenerationId) -> Result<Covered, Failure> {
    let row = session.row(
        "SELECT (SELECT count(*) FROM mnemo.files WHERE generation = $1),
             (SELECT count(*) FROM mnemo.problems WHERE generation = $1)",
        &[&generation.0],
    )?;
    Ok(Covered {
        n_files: rows::number(&row, 0)?,
        n_problems: rows::number(&row, 1)?,
    })
}

pub(super) fn counts(session: &mut Session, generation: GenerationId) -> Result<Counts, Failure> {
    let row = session.row(
        "SELECT count(*), coalesce(sum(n_chunks), 0)::bigint, coalesce(sum(n_symbols), 0)::bigint,
             coalesce(sum(n_references), 0)::bigint,
             (SELECT count(*) FROM
                 (SELECT code_vector FROM mnemo.chunks WHERE generation = $1 AND code_vector IS NOT NULL
                  UNION SELECT text_vector FROM mnemo.chunks WHERE generation = $1 AND text_vector IS NOT NULL) AS linked),
             (SELECT count(*) FROM mnemo.problems WHERE generation = $1),
             (SELECT count(*) FROM mnemo.skips WHERE generation = $1)
         FROM mnemo.files WHERE generation = $1",
        &[&generation.0],
    )?;
    Ok(Counts {
        n_files: rows::number(&row, 0)?,
        n_chunks: rows::number(&row, 1)?,
        n_symbols: rows::number(&row, 2)?,
        n_references: rows::number(&row, 3)?,
        n_vectors: rows::number(&row, 4)?,
        n_problems: rows::number(&row, 5)?,
        n_skips: rows::number(&row, 6)?,
    })
}

pub(super) fn symbols_by_kind(
    session: &mut Session,
    generation: GenerationId,
) -> Result<BTreeMap<SymbolKind, u64>, Failure> {
    session
        .rows(
            "SELECT kind, count(*) FROM mnemo.symbols WHERE file IN (SELECT id FROM mnemo.files WHERE generation = $1) GROUP BY kind",
            &[&generation.0],
        )?
        .iter()
        .map(|row| {
            Ok((
                rows::word(row, 0, SymbolKind::from_word)?,
                rows::number(row, 1)?,
            ))
        })
        .collect()
}

/// Returns the files of a generation in path order, in groups that are read at once.
fn groups(session: &mut Session, generation: GenerationId) -> Result<Vec<Vec<Row>>, Failure> {
    let files = session.rows(
        &format!("SELECT {FILE_COLUMNS} FROM mnemo.files WHERE generation = $1 ORDER BY path"),
        &[&generation.0],
    )?;
    let mut groups: Vec<Vec<Row>> = Vec::new();
    let mut n_chunks = CHUNKS_AT_ONCE;
    for file in files {
        let of_file: usize = rows::number(&file, 1)?;
        // A file without chunks may have symbols all the same.
        let of_file = of_file.max(1);
        if n_chunks + of_file > CHUNKS_AT_ONCE {
            groups.push(Vec::new());
            n_chunks = 0;
        }
        n_chunks += of_file;
        groups.last_mut().expect("one was just pushed").push(file);
    }
    Ok(groups)
}

fn ids_of(files: &[Row]) -> Result<Vec<i64>, Failure> {
    files.iter().map(|file| Ok(file.try_get(0)?)).collect()
}

/// Reads the rows of several files, each by the file that its first column names, in order.
fn by_file<T>(
    session: &mut Session,
    sql: &str,
    files: &[i64],
    read: fn(&Row) -> Result<T, Failure>,
) -> Result<HashMap<i64, Vec<T>>, Failure> {
    let mut found: HashMap<i64, Vec<T>> = HashMap::new();
    for row in session.rows(sql, &[&files])? {
        found.entry(row.try_get(0)?).or_default().push(read(&row)?);
    }
    Ok(found)
}

pub(super) fn visit_files(
    session: &mut Session,
    generation: GenerationId,
    visit: &mut dyn FnMut(FileIndex) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let chunks = format!(
        "SELECT c.file, {}, cm.name, cv.input, tm.name, tv.input FROM mnemo.chunks c
         LEFT JOIN mnemo.vectors cv ON cv.id = c.code_vector LEFT JOIN mnemo.models cm ON cm.id = cv.model
         LEFT JOIN mnemo.vectors tv ON tv.id = c.text_vector LEFT JOIN mnemo.models tm ON tm.id = tv.model
         WHERE c.file = ANY ($1) ORDER BY c.file, c.position",
        rows::names("c", CHUNK_COLUMNS)
    );
    let symbols = format!(
        "SELECT s.file, {} FROM mnemo.symbols s WHERE s.file = ANY ($1) ORDER BY s.file, s.position",
        rows::names("s", SYMBOL_COLUMNS)
    );
    let facts = "SELECT file, bytes FROM mnemo.facts WHERE file = ANY ($1)";
    for group in groups(session, generation)? {
        let ids = ids_of(&group)?;
        let mut chunks = by_file(session, &chunks, &ids, chunk_row)?;
        let mut symbols = by_file(session, &symbols, &ids, |row| rows::symbol(row, 1))?;
        let mut facts = by_file(session, facts, &ids, |row| rows::facts(row, 1))?;
        for (file, id) in group.iter().zip(&ids) {
            let file = FileIndex {
                record: rows::file_record(file)?,
                chunks: chunks.remove(id).unwrap_or_default(),
                symbols: symbols.remove(id).unwrap_or_default(),
                facts: facts
                    .remove(id)
                    .and_then(|mut all| all.pop())
                    .unwrap_or_default(),
                new_vectors: Vec::new(),
            };
            visit(file).map_err(StoreError::Visit)?;
        }
    }
    Ok(())
}

fn chunk_row(row: &Row) -> Result<ChunkRow, Failure> {
    let keys_at = 1 + CHUNK_COLUMNS.len();
    Ok(ChunkRow {
        chunk: rows::chunk(row, 1)?,
        code: vector_key(row, keys_at)?,
        text: vector_key(row, keys_at + 2)?,
    })
}

fn vector_key(row: &Row, at: usize) -> Result<Option<VectorKey>, Failure> {
    let Some(model) = row.try_get::<_, Option<String>>(at)? else {
        return Ok(None);
    };
    Ok(Some(VectorKey {
        model: ModelId::new(model),
        input: rows::hash(row, at + 1)?,
    }))
}

pub(super) fn visit_vectors(
    session: &mut Session,
    generation: GenerationId,
    visit: &mut dyn FnMut(VectorRow) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let links = "SELECT c.file, c.position, 0 AS view, m.name, v.vector, v.input FROM mnemo.chunks c
             JOIN mnemo.vectors v ON v.id = c.code_vector JOIN mnemo.models m ON m.id = v.model WHERE c.file = ANY ($1)
         UNION ALL
         SELECT c.file, c.position, 1, m.name, v.vector, v.input FROM mnemo.chunks c
             JOIN mnemo.vectors v ON v.id = c.text_vector JOIN mnemo.models m ON m.id = v.model WHERE c.file = ANY ($1)
         ORDER BY 1, 2, 3";
    for group in groups(session, generation)? {
        let ids = ids_of(&group)?;
        let mut links = by_file(session, links, &ids, vector_row)?;
        for (file, id) in group.iter().zip(&ids) {
            let path = rows::path(file, 2)?;
            for mut row in links.remove(id).unwrap_or_default() {
                row.path = path.clone();
                visit(row).map_err(StoreError::Visit)?;
            }
        }
    }
    Ok(())
}

/// Reads a vector whose path is yet to be set.
fn vector_row(row: &Row) -> Result<VectorRow, Failure> {
    Ok(VectorRow {
        path: RepoPath::new("-").map_err(Failure::unreadable)?,
        chunk_index: rows::place(row, 1)?,
        view: match row.try_get::<_, i32>(2)? {
            0 => View::Code,
            _ => View::Text,
        },
        model: ModelId::new(row.try_get::<_, String>(3)?),
        input: rows::hash(row, 5)?,
        vector: rows::vector(row, 4)?,
    })
}

pub(super) fn chunks(
    session: &mut Session,
    wanted: &[ChunkId],
) -> Result<Vec<StoredChunk>, Failure> {
    let (files, places) = files_and_places(wanted);
    let found = session.rows(
        &format!(
            "SELECT c.file, c.position, {}, f.path, f.language, f.is_test, f.hash, f.is_generated
             FROM unnest($1::bigint[], $2::integer[]) WITH ORDINALITY AS wanted (file, position, rank)
             JOIN mnemo.chunks c ON c.file = wanted.file AND c.position = wanted.position JOIN mnemo.files f ON f.id = c.file
             JOIN mnemo.generations g ON g.id = f.generation AND g.state <> 'replaced' ORDER BY wanted.rank",
            rows::names("c", CHUNK_COLUMNS)
        ),
        &[&files, &places],
    )?;
    found.iter().map(stored_chunk).collect()
}

/// Returns the files and the positions in them that chunks' ids stand for.
pub(super) fn files_and_places(wanted: &[ChunkId]) -> (Vec<i64>, Vec<i32>) {
    let files = wanted.iter().map(|id| ids::file_of(id.0)).collect();
    let places = wanted.iter().map(|id| ids::position_of(id.0).cast_signed());
    (files, places.collect())
}

pub(super) fn chunks_of(
    session: &mut Session,
    generation: GenerationId,
    path: &RepoPath,
) -> Result<Vec<StoredChunk>, Failure> {
    let found = session.rows(
        &format!(
            "SELECT c.file, c.position, {}, f.path, f.language, f.is_test, f.hash, f.is_generated
             FROM mnemo.files f JOIN mnemo.chunks c ON c.file = f.id WHERE f.generation = $1 AND f.path = $2 ORDER BY c.position",
            rows::names("c", CHUNK_COLUMNS)
        ),
        &[&generation.0, &texts::stored(path.as_str())],
    )?;
    found.iter().map(stored_chunk).collect()
}

pub(super) fn dependents(session: &mut Session, wanted: &[ChunkId]) -> Result<Vec<u32>, Failure> {
    let (files, places) = files_and_places(wanted);
    // The module, at position 0, begins with the file and so does its first chunk; a definition that begins there too is meant.
    let found = session.rows(
        "SELECT wanted.rank, max(m.fan_in)
         FROM unnest($1::bigint[], $2::integer[]) WITH ORDINALITY AS wanted (file, position, rank)
         JOIN mnemo.chunks c ON c.file = wanted.file AND c.position = wanted.position
         JOIN mnemo.symbols s ON s.file = c.file AND s.position > 0 AND s.start_byte = c.start_byte
         JOIN mnemo.metrics m ON m.file = s.file AND m.symbol = s.position GROUP BY wanted.rank",
        &[&files, &places],
    )?;
    let mut counts = vec![0; wanted.len()];
    for row in &found {
        let rank: i64 = row.try_get(0)?;
        counts[rank as usize - 1] = rows::number(row, 1)?;
    }
    Ok(counts)
}

fn stored_chunk(row: &Row) -> Result<StoredChunk, Failure> {
    let file_at = 2 + CHUNK_COLUMNS.len();
    Ok(StoredChunk {
        id: chunk_id(row, 0)?,
        chunk: rows::chunk(row, 2)?,
        path: rows::path(row, file_at)?,
        language: rows::word(row, file_at + 1, Language::from_word)?,
        is_test: row.try_get(file_at + 2)?,
        hash: rows::hash(row, file_at + 3)?,
        is_generated: row.try_get(file_at + 4)?,
    })
}

/// Reads a chunk's file and position as the id that stands for both outside.
pub(super) fn chunk_id(row: &Row, at: usize) -> Result<ChunkId, Failure> {
    let position = rows::place(row, at + 1)? as usize;
    Ok(ChunkId(ids::row_id(row.try_get(at)?, position)))
}

/// Returns the hash that a generation's graph was made from.
pub(super) fn graph_basis(
    session: &mut Session,
    generation: GenerationId,
) -> Result<Option<ContentHash>, Failure> {
    let row = session.row(
        "SELECT graph IS NOT NULL, graph FROM mnemo.generations WHERE id = $1",
        &[&generation.0],
    )?;
    match row.try_get(0)? {
        true => rows::hash(&row, 1).map(Some),
        false => Ok(None),
    }
}
