//! Writes files, each with all its rows, in a few statements that carry columns as arrays.

use domain::{Chunk, Complexity, FileStamp, Flags, RepoPath, Span, Symbol, VectorKey};
use postgres::types::ToSql;

use crate::postgres::failure::Failure;
use crate::postgres::rows::{CHUNK_COLUMNS, SYMBOL_COLUMNS};
use crate::postgres::session::Session;
use crate::postgres::{problems, texts, vectors};
use crate::postings::FileWords;
use crate::records::{ChunkRow, FileIndex, GenerationId};
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

/// Replaces a file in as few statements as there can be: each is a round trip.
pub(super) fn replace_file(
    session: &mut Session,
    generation: GenerationId,
    prepared: &PreparedFile<'_>,
) -> Result<(), Failure> {
    let file = prepared.file;
    let path = texts::stored(file.record.path.as_str());
    let old = session.optional_row(
        "WITH cleared AS (DELETE FROM mnemo.problems WHERE generation = $1 AND path = $2)
         SELECT (SELECT id FROM mnemo.files WHERE generation = $1 AND path = $2)
         FROM mnemo.generations WHERE id = $1 AND state <> 'replaced' FOR SHARE",
        &[&generation.0, &path],
    )?;
    let old = old.ok_or(StoreError::NoGeneration { generation })?;
    if let Some(old) = old.try_get::<_, Option<i64>>(0)? {
        delete_files(session, &[old])?;
    }
    vectors::insert(session, &file.new_vectors)?;
    let mut insertion = Insertion::default();
    insertion.file(generation, prepared);
    if !file.chunks.is_empty() {
        let (code, text) = links(session, file)?;
        insertion.chunks(generation, file, code, text);
    }
    if !file.symbols.is_empty() {
        insertion.symbols(&file.symbols);
    }
    if prepared.words.iter().next().is_some() {
        insertion.words(generation, &prepared.words);
    }
    insertion.execute(session)
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
            "SELECT id FROM mnemo.files WHERE generation = $1 AND path = ANY ($2)",
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
            &format!("DELETE FROM mnemo.{table} WHERE file = ANY ($1)"),
            &[&files],
        )?;
    }
    session.execute("DELETE FROM mnemo.files WHERE id = ANY ($1)", &[&files])?;
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
        "UPDATE mnemo.files SET n_bytes = new.n_bytes, modified_ns = new.modified_ns
         FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS new (path, n_bytes, modified_ns)
         WHERE generation = $1 AND files.path = new.path",
        &[&generation.0, &paths, &sizes, &times],
    )?;
    Ok(())
}

/// The row ids of vectors, by chunk.
type Links = Vec<Option<i64>>;

/// Returns the vectors that the chunks' code and text views link to.
fn links(session: &mut Session, file: &FileIndex) -> Result<(Links, Links), Failure> {
    let keys = file.chunks.iter().flat_map(|row| [&row.code, &row.text]);
    let known = vectors::links(session, keys.flatten())?;
    let missing = || StoreError::MissingVector {
        path: file.record.path.clone(),
    };
    let link = |key: &Option<VectorKey>| match key {
        Some(key) => known.get(key).copied().map(Some).ok_or_else(missing),
        None => Ok(None),
    };
    let of_view = |view: fn(&ChunkRow) -> &Option<VectorKey>| {
        let keys = file.chunks.iter().map(view);
        keys.map(link).collect::<Result<Links, StoreError>>()
    };
    Ok((of_view(|row| &row.code)?, of_view(|row| &row.text)?))
}

/// One statement that inserts rows of several tables, with columns of many rows as arrays.
#[derive(Default)]
struct Insertion<'a> {
    parts: Vec<String>,
    values: Vec<Box<dyn ToSql + Sync + 'a>>,
}

impl<'a> Insertion<'a> {
    /// Adds a value and returns what stands for it in the statement.
    fn value(&mut self, value: impl ToSql + Sync + 'a) -> String {
        self.values.push(Box::new(value));
        format!("${}", self.values.len())
    }

    /// Adds an array.
    fn column<T: ToSql + Sync + 'a>(&mut self, values: impl Iterator<Item = T>) {
        self.value(values.collect::<Vec<T>>());
    }

    /// Adds rows whose `columns` are the arrays added last, beside the expressions in `fixed`.
    fn rows(
        &mut self,
        table: &str,
        fixed: &[(&str, &str)],
        columns: impl Iterator<Item = (&'static str, &'static str)>,
    ) {
        let columns: Vec<_> = columns.collect();
        let first = self.values.len() - columns.len() + 1;
        let arrays = (first..).zip(&columns);
        let arrays: Vec<String> = arrays
            .map(|(at, (_, r#type))| format!("${at}::{type}[]"))
            .collect();
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let names = names.join(", ");
        let (fixed_names, fixed_values): (Vec<&str>, Vec<&str>) = fixed.iter().copied().unzip();
        let (fixed_names, fixed_values) = (fixed_names.join(", "), fixed_values.join(", "));
        self.parts.push(format!(
            "{table}_in AS (INSERT INTO mnemo.{table} ({fixed_names}, {names}) SELECT {fixed_values}, {names}
             FROM file, unnest({}) WITH ORDINALITY AS new ({names}, place))",
            arrays.join(", ")
        ));
    }

    /// Adds the file itself, which the other parts name by `file.id`, and what its names mean.
    fn file(&mut self, generation: GenerationId, prepared: &'a PreparedFile<'_>) {
        let file = prepared.file;
        let record = &file.record;
        let values = [
            self.value(generation.0),
            self.value(texts::stored(record.path.as_str())),
            self.value(record.hash.as_bytes().as_slice()),
            self.value(record.stamp.n_bytes.cast_signed()),
            self.value(record.stamp.modified_ns),
            self.value(record.language.as_str()),
            self.value(record.parser.as_str()),
            self.value(record.is_test),
            self.value(i64::from(record.n_lines)),
            self.value(record.note.as_deref().map(texts::stored)),
            self.value(file.chunks.len() as i64),
            self.value(file.symbols.len() as i64),
            self.value(file.facts.references.len() as i64),
            self.value(prepared.words.n_words.cast_signed()),
            self.value(i64::from(record.front_end)),
            self.value(file.facts.is_shared()),
            self.value(record.is_generated),
        ];
        self.parts.push(format!(
            "file AS (INSERT INTO mnemo.files (generation, path, hash, n_bytes, modified_ns, language, parser, is_test, n_lines, note,
                 n_chunks, n_symbols, n_references, n_words, front_end, is_shared, is_generated) VALUES ({}) RETURNING id)",
            values.join(", ")
        ));
        let facts = self.value(prepared.facts.as_slice());
        self.parts.push(format!(
            "facts_in AS (INSERT INTO mnemo.facts (file, bytes) SELECT id, {facts} FROM file)"
        ));
    }

    fn chunks(&mut self, generation: GenerationId, file: &'a FileIndex, code: Links, text: Links) {
        let generation = self.value(generation.0);
        let chunks = file.chunks.iter().map(|row| &row.chunk);
        let texts = |of: fn(&Chunk) -> &str| chunks.clone().map(of);
        self.column(code.into_iter());
        self.column(text.into_iter());
        self.texts(texts(|chunk| chunk.kind.as_str()));
        self.numbers(chunks.clone().map(|chunk| chunk.part));
        self.texts(texts(|chunk| &chunk.name));
        self.texts(texts(|chunk| &chunk.qualified_name));
        self.texts(texts(|chunk| &chunk.signature));
        self.texts(texts(|chunk| &chunk.doc));
        self.texts(texts(|chunk| &chunk.source));
        self.spans(chunks.clone().map(|chunk| chunk.span));
        self.flags(chunks.clone().map(|chunk| chunk.flags));
        self.complexities(chunks.clone().map(|chunk| chunk.complexity));
        let links = [("code_vector", "bigint"), ("text_vector", "bigint")];
        let fixed = [IN_FILE, AT_PLACE, ("generation", &generation)];
        self.rows(
            "chunks",
            &fixed,
            links.into_iter().chain(CHUNK_COLUMNS.iter().copied()),
        );
    }

    fn symbols(&mut self, symbols: &'a [Symbol]) {
        let symbols = symbols.iter();
        let texts = |of: fn(&Symbol) -> &str| symbols.clone().map(of);
        self.column(symbols.clone().map(|symbol| symbol.parent.map(i64::from)));
        self.texts(texts(|symbol| symbol.kind.as_str()));
        self.texts(texts(|symbol| &symbol.name));
        self.texts(texts(|symbol| &symbol.qualified_name));
        self.texts(texts(|symbol| &symbol.signature));
        self.texts(texts(|symbol| &symbol.doc));
        self.numbers(symbols.clone().map(|symbol| symbol.position.line));
        self.numbers(symbols.clone().map(|symbol| symbol.position.column));
        self.spans(symbols.clone().map(|symbol| symbol.span));
        self.flags(symbols.clone().map(|symbol| symbol.flags));
        self.complexities(symbols.clone().map(|symbol| symbol.complexity));
        self.rows(
            "symbols",
            &[IN_FILE, AT_PLACE],
            SYMBOL_COLUMNS.iter().copied(),
        );
    }

    fn words(&mut self, generation: GenerationId, words: &'a FileWords) {
        let generation = self.value(generation.0);
        self.column(words.iter().map(|(word, _)| word));
        self.column(words.iter().map(|(_, entries)| entries));
        let columns = [("word", "text"), ("postings", "bytea")];
        self.rows(
            "words",
            &[IN_FILE, ("generation", &generation)],
            columns.into_iter(),
        );
    }

    fn numbers(&mut self, values: impl Iterator<Item = u32>) {
        self.column(values.map(i64::from));
    }

    fn texts(&mut self, values: impl Iterator<Item = &'a str>) {
        self.column(values.map(texts::stored));
    }

    fn spans(&mut self, spans: impl Iterator<Item = Span> + Clone) {
        self.numbers(spans.clone().map(|span| span.start_byte));
        self.numbers(spans.clone().map(|span| span.end_byte));
        self.numbers(spans.clone().map(|span| span.start_line));
        self.numbers(spans.map(|span| span.end_line));
    }

    fn flags(&mut self, flags: impl Iterator<Item = Flags> + Clone) {
        self.column(flags.clone().map(|flags| flags.is_exported));
        self.column(flags.clone().map(|flags| flags.is_async));
        self.column(flags.clone().map(|flags| flags.is_static));
        self.column(flags.map(|flags| flags.is_test));
    }

    fn complexities(&mut self, all: impl Iterator<Item = Complexity> + Clone) {
        self.numbers(all.clone().map(|one| one.cyclomatic));
        self.numbers(all.clone().map(|one| one.cognitive));
        self.numbers(all.map(|one| one.n_code_lines));
    }

    fn execute(&self, session: &mut Session) -> Result<(), Failure> {
        let values: Vec<&(dyn ToSql + Sync)> = self
            .values
            .iter()
            .map(|value| &**value as &(dyn ToSql + Sync))
            .collect();
        session.execute(&format!("WITH {} SELECT 1", self.parts.join(", ")), &values)?;
        Ok(())
    }
}

/// The file that rows belong to, and their place in it.
const IN_FILE: (&str, &str) = ("file", "file.id");
const AT_PLACE: (&str, &str) = ("position", "place - 1");
