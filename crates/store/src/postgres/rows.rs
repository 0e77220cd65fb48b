//! Turns rows into the domain's types, and values into parameters.

use std::error::Error;

use bytes::BytesMut;
use domain::{
    Chunk, ChunkKind, Complexity, ContentHash, Facts, FileRecord, FileStamp, Flags, Language,
    Parser, Position, RepoPath, Span, Symbol, SymbolKind, Vector,
};
use postgres::Row;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use thiserror::Error;

use crate::postgres::failure::Failure;
use crate::postgres::texts;

/// Columns of a chunk beside where it stands and its vectors, with their types, in the order of [`chunk`].
pub(super) const CHUNK_COLUMNS: &[(&str, &str)] = &[
    ("kind", "text"),
    ("part", "bigint"),
    ("name", "text"),
    ("qualified_name", "text"),
    ("signature", "text"),
    ("doc", "text"),
    ("source", "text"),
    ("start_byte", "bigint"),
    ("end_byte", "bigint"),
    ("start_line", "bigint"),
    ("end_line", "bigint"),
    ("is_exported", "boolean"),
    ("is_async", "boolean"),
    ("is_static", "boolean"),
    ("is_test", "boolean"),
    ("cyclomatic", "bigint"),
    ("cognitive", "bigint"),
    ("n_code_lines", "bigint"),
];

/// Columns of a symbol beside where it stands, in the order of [`symbol`].
pub(super) const SYMBOL_COLUMNS: &[(&str, &str)] = &[
    ("parent", "bigint"),
    ("kind", "text"),
    ("name", "text"),
    ("qualified_name", "text"),
    ("signature", "text"),
    ("doc", "text"),
    ("line", "bigint"),
    ("\"column\"", "bigint"),
    ("start_byte", "bigint"),
    ("end_byte", "bigint"),
    ("start_line", "bigint"),
    ("end_line", "bigint"),
    ("is_exported", "boolean"),
    ("is_async", "boolean"),
    ("is_static", "boolean"),
    ("is_test", "boolean"),
    ("cyclomatic", "bigint"),
    ("cognitive", "bigint"),
    ("n_code_lines", "bigint"),
];

pub(super) const FILE_COLUMNS: &str = "id, n_chunks, path, hash, n_bytes, modified_ns, language, parser, is_test, n_lines, note, front_end, is_generated";

/// Returns the names of `columns` of the table called `table`.
pub(super) fn names(table: &str, columns: &[(&str, &str)]) -> String {
    let names: Vec<String> = columns
        .iter()
        .map(|(name, _)| format!("{table}.{name}"))
        .collect();
    names.join(", ")
}

/// A value that no version of this program wrote.
#[derive(Debug, Error)]
#[error("column {column} holds an impossible value: {what}")]
pub(super) struct ImpossibleValue {
    column: usize,
    what: String,
}

fn impossible(column: usize, what: impl ToString) -> Failure {
    Failure::unreadable(ImpossibleValue {
        column,
        what: what.to_string(),
    })
}

pub(super) fn file_record(row: &Row) -> Result<FileRecord, Failure> {
    Ok(FileRecord {
        path: path(row, 2)?,
        hash: hash(row, 3)?,
        stamp: stamp(row, 4)?,
        language: word(row, 6, Language::from_word)?,
        front_end: number(row, 11)?,
        parser: word(row, 7, Parser::from_word)?,
        is_test: row.try_get(8)?,
        is_generated: row.try_get(12)?,
        n_lines: number(row, 9)?,
        note: row.try_get::<_, Option<&str>>(10)?.map(texts::original),
    })
}

pub(super) fn chunk(row: &Row, at: usize) -> Result<Chunk, Failure> {
    Ok(Chunk {
        kind: word(row, at, ChunkKind::from_word)?,
        part: number(row, at + 1)?,
        name: text(row, at + 2)?,
        qualified_name: text(row, at + 3)?,
        signature: text(row, at + 4)?,
        doc: text(row, at + 5)?,
        source: text(row, at + 6)?,
        span: span(row, at + 7)?,
        flags: flags(row, at + 11)?,
        complexity: complexity(row, at + 15)?,
    })
}

pub(super) fn symbol(row: &Row, at: usize) -> Result<Symbol, Failure> {
    Ok(Symbol {
        parent: optional_number(row, at)?,
        kind: word(row, at + 1, SymbolKind::from_word)?,
        name: text(row, at + 2)?,
        qualified_name: text(row, at + 3)?,
        signature: text(row, at + 4)?,
        doc: text(row, at + 5)?,
        position: position(row, at + 6)?,
        span: span(row, at + 8)?,
        flags: flags(row, at + 12)?,
        complexity: complexity(row, at + 16)?,
    })
}

pub(super) fn stamp(row: &Row, at: usize) -> Result<FileStamp, Failure> {
    Ok(FileStamp {
        n_bytes: row.try_get::<_, i64>(at)?.cast_unsigned(),
        modified_ns: row.try_get(at + 1)?,
    })
}

pub(super) fn position(row: &Row, at: usize) -> Result<Position, Failure> {
    Ok(Position {
        line: number(row, at)?,
        column: number(row, at + 1)?,
    })
}

pub(super) fn span(row: &Row, at: usize) -> Result<Span, Failure> {
    let span = Span {
        start_byte: number(row, at)?,
        end_byte: number(row, at + 1)?,
        start_line: number(row, at + 2)?,
        end_line: number(row, at + 3)?,
    };
    match span.is_possible() {
        true => Ok(span),
        false => Err(impossible(at, span.start_line)),
    }
}

pub(super) fn flags(row: &Row, at: usize) -> Result<Flags, Failure> {
    Ok(Flags {
        is_exported: row.try_get(at)?,
        is_async: row.try_get(at + 1)?,
        is_static: row.try_get(at + 2)?,
        is_test: row.try_get(at + 3)?,
    })
}

pub(super) fn complexity(row: &Row, at: usize) -> Result<Complexity, Failure> {
    Ok(Complexity {
        cyclomatic: number(row, at)?,
        cognitive: number(row, at + 1)?,
        n_code_lines: number(row, at + 2)?,
    })
}

/// Reads an unsigned number, which the server keeps as a larger signed one.
pub(super) fn number<T: TryFrom<i64>>(row: &Row, at: usize) -> Result<T, Failure> {
    let number: i64 = row.try_get(at)?;
    T::try_from(number).map_err(|_| impossible(at, number))
}

pub(super) fn optional_number(row: &Row, at: usize) -> Result<Option<u32>, Failure> {
    match row.try_get::<_, Option<i64>>(at)? {
        Some(_) => number(row, at).map(Some),
        None => Ok(None),
    }
}

/// Reads a row's place within its file.
pub(super) fn place(row: &Row, at: usize) -> Result<u32, Failure> {
    let place: i32 = row.try_get(at)?;
    u32::try_from(place).map_err(|_| impossible(at, place))
}

/// Reads facts from their bytes.
pub(super) fn facts(row: &Row, at: usize) -> Result<Facts, Failure> {
    let facts: Facts = postcard::from_bytes(row.try_get(at)?).map_err(Failure::unreadable)?;
    facts.check().map_err(Failure::unreadable)?;
    Ok(facts)
}

pub(super) fn text(row: &Row, at: usize) -> Result<String, Failure> {
    Ok(texts::original(row.try_get(at)?))
}

pub(super) fn path(row: &Row, at: usize) -> Result<RepoPath, Failure> {
    RepoPath::new(text(row, at)?).map_err(|error| impossible(at, error))
}

pub(super) fn hash(row: &Row, at: usize) -> Result<ContentHash, Failure> {
    let bytes: &[u8] = row.try_get(at)?;
    let bytes = bytes.try_into().map_err(|_| impossible(at, "no hash"))?;
    Ok(ContentHash::from_bytes(bytes))
}

pub(super) fn word<T>(
    row: &Row,
    at: usize,
    from_word: fn(&str) -> Option<T>,
) -> Result<T, Failure> {
    let word: &str = row.try_get(at)?;
    from_word(word).ok_or_else(|| impossible(at, word))
}

pub(super) fn optional_word<T>(
    row: &Row,
    at: usize,
    from_word: fn(&str) -> Option<T>,
) -> Result<Option<T>, Failure> {
    match row.try_get::<_, Option<&str>>(at)? {
        Some(_) => word(row, at, from_word).map(Some),
        None => Ok(None),
    }
}

pub(super) fn vector(row: &Row, at: usize) -> Result<Vector, Failure> {
    let halves: Halves = row.try_get(at)?;
    Vector::from_bytes(&halves.0).ok_or_else(|| impossible(at, "no vector"))
}

/// The components of a vector, two little-endian bytes each, as `halfvec` takes and gives them.
#[derive(Debug)]
pub(super) struct Halves(pub(super) Vec<u8>);

impl From<&Vector> for Halves {
    fn from(vector: &Vector) -> Halves {
        Halves(vector.to_bytes())
    }
}

/// Bytes before the components: their number and two that mean nothing.
const HEADER_BYTES: usize = 4;

impl ToSql for Halves {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let n_dimensions = u16::try_from(self.0.len() / 2)?;
        out.extend_from_slice(&n_dimensions.to_be_bytes());
        out.extend_from_slice(&[0, 0]);
        for half in self.0.as_chunks::<2>().0 {
            out.extend_from_slice(&[half[1], half[0]]);
        }
        Ok(IsNull::No)
    }

    fn accepts(r#type: &Type) -> bool {
        r#type.name() == "halfvec"
    }

    to_sql_checked!();
}

impl FromSql<'_> for Halves {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Halves, Box<dyn Error + Sync + Send>> {
        let components = raw.get(HEADER_BYTES..).ok_or("a vector without a header")?;
        Ok(Halves(
            components
                .as_chunks::<2>()
                .0
                .iter()
                .flat_map(|half| [half[1], half[0]])
                .collect(),
        ))
    }

    fn accepts(r#type: &Type) -> bool {
        <Halves as ToSql>::accepts(r#type)
    }
}
