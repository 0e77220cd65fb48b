//! Writes files, each with all its rows, in a few statements that carry columns as arrays.

use domain::{Chunk, Complexity, FileStamp, Flags, RepoPath, Span, Symbol, VectorKey};
use postgres::types::ToSql;

use crate::postgres::failure::Failure;
use crate::postgres::rows::{CHUNK_COLUMNS, SYMBOL_COLUMNS};
use crate::postgres::session::{Session, Values};
use crate::postgres::{problems, texts, vectors};
use crate::postings::FileWords;
use crate::records::{FileIndex, GenerationId};
use crate::{StoreError, ids};

/// Tables whose rows belong to files.
const TABLES_OF_FILES: [&str; 7] = [
    "chunks",
    "words",
    "symbols",
    "facts",
    "resolutions",
    "edges",
    "metrics",
];

/// A file with everything computed that need not be computed within the transaction.
pub(super) struct PreparedFile<'a> {
    file: &'a FileIndex,
    words: FileWords,
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
        Ok(PreparedFile {
            file,
            words: FileWords::of(&file.record.path, chunks),
            facts: postcard::to_stdvec(&file.facts)
                .expect("lists of numbers and strings always serialize"),
        })
    }
}

pub(super) fn replace_file(
    session: &mut Session,
    generation: GenerationId,
    prepared: &PreparedFile<'_>,
) -> Result<(), Failure> {
    let file = prepared.file;
    remove_files(session, generation, std::slice::from_ref(&file.record.path))?;
    let id = insert_file(session, generation, prepared)?;
    vectors::insert(session, &file.new_vectors)?;
    insert_chunks(session, generation, id, file)?;
    insert_symbols(session, id, &file.symbols)?;
    insert_words(session, generation, id, &prepared.words)
}

pub(super) fn remove_files(
    session: &mut Session,
    generation: GenerationId,
    paths: &[RepoPath],
) -> Result<(), Failure> {
    let paths: Vec<&str> = paths.iter().map(RepoPath::as_str).collect();
    problems::clear(session, generation, &paths)?;
    let paths: Vec<_> = paths.into_iter().map(texts::stored).collect();
    let files: Vec<i64> = session
        .rows(
            "SELECT id FROM files WHERE generation = $1 AND path = ANY ($2)",
            &[&generation.0, &paths],
        )?
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    match files.is_empty() {
        true => Ok(()),
        false => delete_files(session, &files),
    }
}

/// Deletes files with all their rows.
pub(super) fn delete_files(session: &mut Session, files: &[i64]) -> Result<(), Failure> {
    for table in TABLES_OF_FILES {
        session.execute(
            &format!("DELETE FROM {table} WHERE file = ANY ($1)"),
            &[&files],
        )?;
    }
    session.execute("DELETE FROM files WHERE id = ANY ($1)", &[&files])?;
    Ok(())
}

pub(super) fn restamp_files(
    session: &mut Session,
    generation: GenerationId,
    stamps: &[(RepoPath, FileStamp)],
) -> Result<(), Failure> {
    let paths: Vec<_> = stamps
        .iter()
        .map(|(path, _)| texts::stored(path.as_str()))
        .collect();
    let sizes: Vec<i64> = stamps
        .iter()
        .map(|(_, stamp)| stamp.n_bytes.cast_signed())
        .collect();
    let times: Vec<Option<i64>> = stamps.iter().map(|(_, stamp)| stamp.modified_ns).collect();
    session.execute(
        "UPDATE files SET n_bytes = new.n_bytes, modified_ns = new.modified_ns
         FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS new (path, n_bytes, modified_ns)
         WHERE generation = $1 AND files.path = new.path",
        &[&generation.0, &paths, &sizes, &times],
    )?;
    Ok(())
}

/// Inserts the file itself and what its names mean; returns its id.
fn insert_file(
    session: &mut Session,
    generation: GenerationId,
    prepared: &PreparedFile<'_>,
) -> Result<i64, Failure> {
    let file = prepared.file;
    let record = &file.record;
    let row = session.row(
        "WITH file AS (
             INSERT INTO files (generation, path, hash, n_bytes, modified_ns, language, parser, is_test, n_lines, note,
                 n_chunks, n_symbols, n_references, n_words)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id)
         INSERT INTO facts (file, bytes) SELECT id, $15 FROM file RETURNING file",
        &[
            &generation.0,
            &texts::stored(record.path.as_str()),
            &record.hash.as_bytes().as_slice(),
            &record.stamp.n_bytes.cast_signed(),
            &record.stamp.modified_ns,
            &record.language.as_str(),
            &record.parser.as_str(),
            &record.is_test,
            &i64::from(record.n_lines),
            &record.note.as_deref().map(texts::stored),
            &(file.chunks.len() as i64),
            &(file.symbols.len() as i64),
            &(file.facts.references.len() as i64),
            &prepared.words.n_words.cast_signed(),
            &prepared.facts,
        ],
    )?;
    Ok(row.try_get(0)?)
}

/// Returns a statement that inserts rows of a file in order, given the values of `fixed` and then an array for each of `columns`.
pub(super) fn insertion(
    table: &str,
    fixed: &[&str],
    columns: impl Iterator<Item = (&'static str, &'static str)>,
) -> String {
    let (names, arrays): (Vec<_>, Vec<_>) = columns
        .enumerate()
        .map(|(at, (name, r#type))| (name, format!("${}::{type}[]", at + fixed.len() + 1)))
        .unzip();
    let values: Vec<String> = (1..=fixed.len()).map(|at| format!("${at}")).collect();
    let (fixed, names) = (fixed.join(", "), names.join(", "));
    format!(
        "INSERT INTO {table} ({fixed}, position, {names}) SELECT {}, place - 1, {names}
         FROM unnest({}) WITH ORDINALITY AS new ({names}, place)",
        values.join(", "),
        arrays.join(", "),
    )
}

/// Columns of many rows, one array each.
#[derive(Default)]
pub(super) struct Columns<'a>(Vec<Box<dyn ToSql + Sync + 'a>>);

impl<'a> Columns<'a> {
    pub(super) fn with<T: ToSql + Sync + 'a>(mut self, values: impl Iterator<Item = T>) -> Self {
        self.0.push(Box::new(values.collect::<Vec<T>>()));
        self
    }

    fn numbers(self, values: impl Iterator<Item = u32>) -> Self {
        self.with(values.map(i64::from))
    }

    fn texts(self, values: impl Iterator<Item = &'a str>) -> Self {
        self.with(values.map(texts::stored))
    }

    fn spans(self, spans: impl Iterator<Item = Span> + Clone) -> Self {
        self.numbers(spans.clone().map(|span| span.start_byte))
            .numbers(spans.clone().map(|span| span.end_byte))
            .numbers(spans.clone().map(|span| span.start_line))
            .numbers(spans.map(|span| span.end_line))
    }

    fn flags(self, flags: impl Iterator<Item = Flags> + Clone) -> Self {
        self.with(flags.clone().map(|flags| flags.is_exported))
            .with(flags.clone().map(|flags| flags.is_async))
            .with(flags.clone().map(|flags| flags.is_static))
            .with(flags.map(|flags| flags.is_test))
    }

    fn complexities(self, all: impl Iterator<Item = Complexity> + Clone) -> Self {
        self.numbers(all.clone().map(|one| one.cyclomatic))
            .numbers(all.clone().map(|one| one.cognitive))
            .numbers(all.map(|one| one.n_code_lines))
    }

    /// Runs a statement with `fixed` values and then the columns.
    pub(super) fn execute(
        &self,
        session: &mut Session,
        sql: &str,
        fixed: Values<'_>,
    ) -> Result<(), Failure> {
        let columns = self.0.iter().map(|column| &**column as &(dyn ToSql + Sync));
        let values: Vec<&(dyn ToSql + Sync)> = fixed.iter().copied().chain(columns).collect();
        session.execute(sql, &values)?;
        Ok(())
    }
}

fn insert_chunks(
    session: &mut Session,
    generation: GenerationId,
    id: i64,
    file: &FileIndex,
) -> Result<(), Failure> {
    if file.chunks.is_empty() {
        return Ok(());
    }
    let keys = file.chunks.iter().flat_map(|row| [&row.code, &row.text]);
    let links = vectors::links(session, keys.flatten())?;
    let link = |key: &Option<VectorKey>| match key {
        Some(key) => links
            .get(key)
            .copied()
            .map(Some)
            .ok_or_else(|| StoreError::MissingVector {
                path: file.record.path.clone(),
            }),
        None => Ok(None),
    };
    let code: Vec<Option<i64>> = file
        .chunks
        .iter()
        .map(|row| link(&row.code))
        .collect::<Result<_, _>>()?;
    let text: Vec<Option<i64>> = file
        .chunks
        .iter()
        .map(|row| link(&row.text))
        .collect::<Result<_, _>>()?;
    let chunks = file.chunks.iter().map(|row| &row.chunk);
    let texts = |of: fn(&Chunk) -> &str| chunks.clone().map(of);
    let columns = Columns::default()
        .with(code.into_iter())
        .with(text.into_iter())
        .texts(texts(|chunk| chunk.kind.as_str()))
        .numbers(chunks.clone().map(|chunk| chunk.part))
        .texts(texts(|chunk| &chunk.name))
        .texts(texts(|chunk| &chunk.qualified_name))
        .texts(texts(|chunk| &chunk.signature))
        .texts(texts(|chunk| &chunk.doc))
        .texts(texts(|chunk| &chunk.source))
        .spans(chunks.clone().map(|chunk| chunk.span))
        .flags(chunks.clone().map(|chunk| chunk.flags))
        .complexities(chunks.clone().map(|chunk| chunk.complexity));
    let links = [("code_vector", "bigint"), ("text_vector", "bigint")];
    let sql = insertion(
        "chunks",
        &["file", "generation"],
        links.into_iter().chain(CHUNK_COLUMNS.iter().copied()),
    );
    columns.execute(session, &sql, &[&id, &generation.0])
}

fn insert_symbols(session: &mut Session, id: i64, symbols: &[Symbol]) -> Result<(), Failure> {
    if symbols.is_empty() {
        return Ok(());
    }
    let symbols = symbols.iter();
    let texts = |of: fn(&Symbol) -> &str| symbols.clone().map(of);
    let columns = Columns::default()
        .with(symbols.clone().map(|symbol| symbol.parent.map(i64::from)))
        .texts(texts(|symbol| symbol.kind.as_str()))
        .texts(texts(|symbol| &symbol.name))
        .texts(texts(|symbol| &symbol.qualified_name))
        .texts(texts(|symbol| &symbol.signature))
        .texts(texts(|symbol| &symbol.doc))
        .numbers(symbols.clone().map(|symbol| symbol.position.line))
        .numbers(symbols.clone().map(|symbol| symbol.position.column))
        .spans(symbols.clone().map(|symbol| symbol.span))
        .flags(symbols.clone().map(|symbol| symbol.flags))
        .complexities(symbols.clone().map(|symbol| symbol.complexity));
    let sql = insertion("symbols", &["file"], SYMBOL_COLUMNS.iter().copied());
    columns.execute(session, &sql, &[&id])
}

fn insert_words(
    session: &mut Session,
    generation: GenerationId,
    id: i64,
    words: &FileWords,
) -> Result<(), Failure> {
    if words.postings.is_empty() {
        return Ok(());
    }
    let (words, postings): (Vec<&str>, Vec<&[u8]>) = words
        .postings
        .iter()
        .map(|(word, postings)| (word.as_str(), postings.as_slice()))
        .unzip();
    session.execute(
        "INSERT INTO words (generation, file, word, postings) SELECT $1, $2, * FROM unnest($3::text[], $4::bytea[])",
        &[&generation.0, &id, &words, &postings],
    )?;
    Ok(())
}
