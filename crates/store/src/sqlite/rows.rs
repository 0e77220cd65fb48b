//! Turns rows into the domain's types.

use domain::{
    Chunk, ChunkKind, Complexity, ContentHash, Facts, FileRecord, FileStamp, Flags, Language,
    ModelId, Parser, Position, RepoPath, Span, Symbol, SymbolKind, VectorKey,
};
use rusqlite::types::{FromSqlError, Type, ValueRef};
use rusqlite::{Error, Result, Row};

use crate::ChunkRow;

/// Columns that [`chunk`] reads, after an id.
pub(super) const CHUNK_COLUMNS: &str = "c.kind, c.part, c.name, c.qualified_name, c.signature, c.doc, c.source, \
     c.start_byte, c.end_byte, c.start_line, c.end_line, c.is_exported, c.is_async, c.is_static, c.is_test, \
     c.cyclomatic, c.cognitive, c.n_code_lines";
/// Where the columns after [`CHUNK_COLUMNS`] and the id begin.
pub(super) const AFTER_CHUNK: usize = 19;

pub(super) const FILE_COLUMNS: &str = "id, path, hash, n_bytes, modified_ns, language, parser, is_test, n_lines, note, front_end, is_generated";

pub(super) const SYMBOL_COLUMNS: &str = "parent, kind, name, qualified_name, signature, doc, line, \"column\", \
     start_byte, end_byte, start_line, end_line, is_exported, is_async, is_static, is_test, \
     cyclomatic, cognitive, n_code_lines";

pub(super) fn file_record(row: &Row<'_>) -> Result<FileRecord> {
    Ok(FileRecord {
        path: path(row, 1)?,
        hash: hash(row, 2)?,
        stamp: stamp(row, 3)?,
        language: word(row, 5, Language::from_word)?,
        front_end: row.get(10)?,
        parser: word(row, 6, Parser::from_word)?,
        is_test: row.get(7)?,
        is_generated: row.get(11)?,
        n_lines: row.get(8)?,
        note: row.get(9)?,
    })
}

pub(super) fn chunk(row: &Row<'_>) -> Result<Chunk> {
    Ok(Chunk {
        kind: word(row, 1, ChunkKind::from_word)?,
        part: row.get(2)?,
        name: row.get(3)?,
        qualified_name: row.get(4)?,
        signature: row.get(5)?,
        doc: row.get(6)?,
        source: row.get(7)?,
        span: span(row, 8)?,
        flags: flags(row, 12)?,
        complexity: complexity(row, 16)?,
    })
}

/// Reads a chunk that is followed by its code and its text vector's model and input.
pub(super) fn chunk_row(row: &Row<'_>) -> Result<ChunkRow> {
    Ok(ChunkRow {
        chunk: chunk(row)?,
        code: vector_key(row, AFTER_CHUNK)?,
        text: vector_key(row, AFTER_CHUNK + 2)?,
    })
}

fn vector_key(row: &Row<'_>, at: usize) -> Result<Option<VectorKey>> {
    let Some(model) = row.get::<_, Option<String>>(at)? else {
        return Ok(None);
    };
    Ok(Some(VectorKey {
        model: ModelId::new(model),
        input: hash(row, at + 1)?,
    }))
}

pub(super) fn symbol(row: &Row<'_>) -> Result<Symbol> {
    Ok(Symbol {
        parent: row.get(0)?,
        kind: word(row, 1, SymbolKind::from_word)?,
        name: row.get(2)?,
        qualified_name: row.get(3)?,
        signature: row.get(4)?,
        doc: row.get(5)?,
        position: Position {
            line: row.get(6)?,
            column: row.get(7)?,
        },
        span: span(row, 8)?,
        flags: flags(row, 12)?,
        complexity: complexity(row, 16)?,
    })
}

pub(super) fn stamp(row: &Row<'_>, at: usize) -> Result<FileStamp> {
    Ok(FileStamp {
        n_bytes: row.get::<_, i64>(at)?.cast_unsigned(),
        modified_ns: row.get(at + 1)?,
    })
}

pub(super) fn span(row: &Row<'_>, at: usize) -> Result<Span> {
    let span = Span {
        start_byte: row.get(at)?,
        end_byte: row.get(at + 1)?,
        start_line: row.get(at + 2)?,
        end_line: row.get(at + 3)?,
    };
    match span.is_possible() {
        true => Ok(span),
        false => Err(Error::IntegralValueOutOfRange(
            at,
            i64::from(span.start_line),
        )),
    }
}

pub(super) fn flags(row: &Row<'_>, at: usize) -> Result<Flags> {
    Ok(Flags {
        is_exported: row.get(at)?,
        is_async: row.get(at + 1)?,
        is_static: row.get(at + 2)?,
        is_test: row.get(at + 3)?,
    })
}

pub(super) fn complexity(row: &Row<'_>, at: usize) -> Result<Complexity> {
    Ok(Complexity {
        cyclomatic: row.get(at)?,
        cognitive: row.get(at + 1)?,
        n_code_lines: row.get(at + 2)?,
    })
}

pub(super) fn path(row: &Row<'_>, at: usize) -> Result<RepoPath> {
    RepoPath::new(row.get::<_, String>(at)?).map_err(|error| unreadable(at, error))
}

pub(super) fn hash(row: &Row<'_>, at: usize) -> Result<ContentHash> {
    row.get(at).map(ContentHash::from_bytes)
}

pub(super) fn word<T>(row: &Row<'_>, at: usize, from_word: fn(&str) -> Option<T>) -> Result<T> {
    from_word(row.get_ref(at)?.as_str()?).ok_or_else(|| unreadable(at, FromSqlError::InvalidType))
}

pub(super) fn optional_word<T>(
    row: &Row<'_>,
    at: usize,
    from_word: fn(&str) -> Option<T>,
) -> Result<Option<T>> {
    match row.get_ref(at)? {
        ValueRef::Null => Ok(None),
        _ => word(row, at, from_word).map(Some),
    }
}

/// Returns the error for a value that no version of this program wrote.
pub(super) fn unreadable(
    at: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::FromSqlConversionFailure(at, Type::Text, Box::new(error))
}

/// Returns facts from their stored bytes.
pub(super) fn facts(bytes: &[u8], at: usize) -> Result<Facts> {
    let facts: Facts = postcard::from_bytes(bytes).map_err(|error| unreadable(at, error))?;
    facts.check().map_err(|error| unreadable(at, error))?;
    Ok(facts)
}
