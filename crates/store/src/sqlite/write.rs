//! Writes files, each with all its rows.

use domain::{FileStamp, RepoPath, Symbol, VectorKey};
use rusqlite::{OptionalExtension, Transaction, params};

use crate::postings::FileWords;
use crate::records::{ChunkRow, FileIndex, GenerationId};
use crate::sqlite::failure::Failure;
use crate::sqlite::{problems, vectors, words};
use crate::{StoreError, ids};

/// A file with everything computed that need not be computed while other writers wait.
pub(super) struct PreparedFile<'a> {
    file: &'a FileIndex,
    n_words: u64,
    words: Vec<u8>,
    facts: Vec<u8>,
}

impl PreparedFile<'_> {
    pub(super) fn new(file: &FileIndex) -> Result<PreparedFile<'_>, StoreError> {
        for n_rows in [
            file.chunks.len(),
            file.symbols.len(),
            file.facts.references.len(),
        ] {
            ids::check_fits(&file.record.path, n_rows)?;
        }
        let chunks = file.chunks.iter().map(|row| &row.chunk);
        let words = FileWords::of(&file.record.path, chunks);
        Ok(PreparedFile {
            file,
            n_words: words.n_words,
            words: words.to_bytes(),
            facts: postcard::to_stdvec(&file.facts)
                .expect("lists of numbers and strings always serialize"),
        })
    }
}

pub(super) fn replace_file(
    transaction: &Transaction<'_>,
    generation: GenerationId,
    prepared: &PreparedFile<'_>,
) -> Result<(), Failure> {
    let file = prepared.file;
    remove_file(transaction, generation, &file.record.path)?;
    let id = insert_file(transaction, generation, prepared)?;
    words::insert(transaction, id, &prepared.words)?;
    vectors::insert(transaction, &file.new_vectors)?;
    insert_chunks(transaction, generation, id, prepared)?;
    insert_symbols(transaction, id, &file.symbols)?;
    transaction
        .prepare_cached("INSERT INTO facts (file, bytes) VALUES (?1, ?2)")?
        .execute(params![id, prepared.facts])?;
    Ok(())
}

pub(super) fn remove_files(
    transaction: &Transaction<'_>,
    generation: GenerationId,
    paths: &[RepoPath],
) -> Result<(), Failure> {
    paths
        .iter()
        .try_for_each(|path| remove_file(transaction, generation, path))
}

pub(super) fn restamp_files(
    transaction: &Transaction<'_>,
    generation: GenerationId,
    stamps: &[(RepoPath, FileStamp)],
) -> Result<(), Failure> {
    let mut update = transaction.prepare_cached(
        "UPDATE files SET n_bytes = ?3, modified_ns = ?4 WHERE generation = ?1 AND path = ?2",
    )?;
    for (path, stamp) in stamps {
        update.execute(params![
            generation.0,
            path.as_str(),
            stamp.n_bytes.cast_signed(),
            stamp.modified_ns
        ])?;
    }
    Ok(())
}

/// Deletes a file's rows.
pub(super) fn delete_file_rows(transaction: &Transaction<'_>, file: i64) -> rusqlite::Result<()> {
    for statement in [
        "DELETE FROM chunks WHERE id BETWEEN ?1 AND ?2",
        "DELETE FROM symbols WHERE id BETWEEN ?1 AND ?2",
        "DELETE FROM edges WHERE id BETWEEN ?1 AND ?2",
        "DELETE FROM metrics WHERE id BETWEEN ?1 AND ?2",
    ] {
        transaction
            .prepare_cached(statement)?
            .execute(ids::row_ids(file))?;
    }
    for statement in [
        "DELETE FROM words WHERE file = ?1",
        "DELETE FROM facts WHERE file = ?1",
        "DELETE FROM resolutions WHERE file = ?1",
        "DELETE FROM files WHERE id = ?1",
    ] {
        transaction.prepare_cached(statement)?.execute([file])?;
    }
    Ok(())
}

fn remove_file(
    transaction: &Transaction<'_>,
    generation: GenerationId,
    path: &RepoPath,
) -> Result<(), Failure> {
    problems::clear(transaction, generation, path.as_str())?;
    let found: Option<i64> = transaction
        .prepare_cached("SELECT id FROM files WHERE generation = ?1 AND path = ?2")?
        .query_row(params![generation.0, path.as_str()], |row| row.get(0))
        .optional()?;
    if let Some(file) = found {
        delete_file_rows(transaction, file)?;
    }
    Ok(())
}

fn insert_file(
    transaction: &Transaction<'_>,
    generation: GenerationId,
    prepared: &PreparedFile<'_>,
) -> rusqlite::Result<i64> {
    let file = prepared.file;
    let record = &file.record;
    transaction
        .prepare_cached(
            "INSERT INTO files (generation, path, hash, n_bytes, modified_ns, language, parser, is_test, n_lines, note,
                 n_chunks, n_symbols, n_references, n_words, front_end, is_shared, is_generated)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )?
        .insert(params![
            generation.0,
            record.path.as_str(),
            record.hash.as_bytes(),
            record.stamp.n_bytes.cast_signed(),
            record.stamp.modified_ns,
            record.language.as_str(),
            record.parser.as_str(),
            record.is_test,
            record.n_lines,
            record.note,
            file.chunks.len(),
            file.symbols.len(),
            file.facts.references.len(),
            prepared.n_words.cast_signed(),
            record.front_end,
            file.facts.is_shared(),
            record.is_generated,
        ])
}

fn insert_chunks(
    transaction: &Transaction<'_>,
    generation: GenerationId,
    file: i64,
    prepared: &PreparedFile<'_>,
) -> Result<(), Failure> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO chunks (id, generation, code_vector, text_vector, kind, part, start_byte, end_byte, start_line,
             end_line, is_exported, is_async, is_static, is_test, cyclomatic, cognitive, n_code_lines, name,
             qualified_name, signature, doc, source)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
    )?;
    let link = |key: &Option<VectorKey>| match key {
        Some(key) => vectors::find(transaction, key)?.map(Some).ok_or_else(|| {
            StoreError::MissingVector {
                path: prepared.file.record.path.clone(),
            }
            .into()
        }),
        None => Ok::<Option<i64>, Failure>(None),
    };
    for (position, row) in prepared.file.chunks.iter().enumerate() {
        let ChunkRow { chunk, code, text } = row;
        let id = ids::row_id(file, position);
        insert.execute(params![
            id,
            generation.0,
            link(code)?,
            link(text)?,
            chunk.kind.as_str(),
            chunk.part,
            chunk.span.start_byte,
            chunk.span.end_byte,
            chunk.span.start_line,
            chunk.span.end_line,
            chunk.flags.is_exported,
            chunk.flags.is_async,
            chunk.flags.is_static,
            chunk.flags.is_test,
            chunk.complexity.cyclomatic,
            chunk.complexity.cognitive,
            chunk.complexity.n_code_lines,
            chunk.name,
            chunk.qualified_name,
            chunk.signature,
            chunk.doc,
            chunk.source,
        ])?;
    }
    Ok(())
}

fn insert_symbols(
    transaction: &Transaction<'_>,
    file: i64,
    symbols: &[Symbol],
) -> Result<(), Failure> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO symbols (id, parent, kind, line, \"column\", start_byte, end_byte, start_line, end_line,
             is_exported, is_async, is_static, is_test, cyclomatic, cognitive, n_code_lines, name, qualified_name,
             signature, doc)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
    )?;
    for (position, symbol) in symbols.iter().enumerate() {
        insert.execute(params![
            ids::row_id(file, position),
            symbol.parent,
            symbol.kind.as_str(),
            symbol.position.line,
            symbol.position.column,
            symbol.span.start_byte,
            symbol.span.end_byte,
            symbol.span.start_line,
            symbol.span.end_line,
            symbol.flags.is_exported,
            symbol.flags.is_async,
            symbol.flags.is_static,
            symbol.flags.is_test,
            symbol.complexity.cyclomatic,
            symbol.complexity.cognitive,
            symbol.complexity.n_code_lines,
            symbol.name,
            symbol.qualified_name,
            symbol.signature,
            symbol.doc,
        ])?;
    }
    Ok(())
}
