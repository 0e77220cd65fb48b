//! Writes files, each with all its rows, in a few statements that carry columns as arrays.

use std::collections::HashMap;

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

/// Replaces files in as few statements as there can be: each is a round trip.
pub(super) fn replace_files(
    session: &mut Session,
    generation: GenerationId,
    prepared: &[PreparedFile<'_>],
) -> Result<(), Failure> {
    let records = prepared.iter().map(|of| &of.file.record);
    let paths: Vec<_> = records
        .map(|record| texts::stored(record.path.as_str()))
        .collect();
    let old = session.optional_row(
        "WITH cleared AS (DELETE FROM mnemo.problems WHERE generation = $1 AND path = ANY ($2))
         SELECT (SELECT array_agg(id) FROM mnemo.files WHERE generation = $1 AND path = ANY ($2))
         FROM mnemo.generations WHERE id = $1 AND state <> 'replaced' FOR SHARE",
        &[&generation.0, &paths],
    )?;
    let old = old.ok_or(StoreError::NoGeneration { generation })?;
    if let Some(old) = old.try_get::<_, Option<Vec<i64>>>(0)? {
        delete_files(session, &old)?;
    }
    for of in prepared {
        vectors::insert(session, &of.file.new_vectors)?;
    }
    let ids = insert_files(session, generation, prepared)?;
    let mut insertion = Insertion::default();
    insertion.facts(&ids, prepared);
    insertion.chunks(session, generation, &ids, prepared)?;
    insertion.symbols(&ids, prepared);
    insertion.words(generation, &ids, prepared);
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

/// Inserts the rows of the files themselves; returns their ids, in order.
fn insert_files(
    session: &mut Session,
    generation: GenerationId,
    prepared: &[PreparedFile<'_>],
) -> Result<Vec<i64>, Failure> {
    let mut columns = Insertion::default();
    let files = prepared.iter().map(|of| of.file);
    let records = files.clone().map(|file| &file.record);
    columns.texts(records.clone().map(|record| record.path.as_str()));
    columns.column(records.clone().map(|record| &record.hash.as_bytes()[..]));
    columns.column(records.clone().map(|of| of.stamp.n_bytes.cast_signed()));
    columns.column(records.clone().map(|record| record.stamp.modified_ns));
    columns.texts(records.clone().map(|record| record.language.as_str()));
    columns.texts(records.clone().map(|record| record.parser.as_str()));
    columns.column(records.clone().map(|record| record.is_test));
    columns.numbers(records.clone().map(|record| record.n_lines));
    let notes = records.clone().map(|record| record.note.as_deref());
    columns.column(notes.map(|note| note.map(texts::stored)));
    columns.column(files.clone().map(|file| file.chunks.len() as i64));
    columns.column(files.clone().map(|file| file.symbols.len() as i64));
    columns.column(files.clone().map(|file| file.facts.references.len() as i64));
    columns.column(prepared.iter().map(|of| of.words.n_words.cast_signed()));
    columns.numbers(records.clone().map(|record| record.front_end));
    columns.column(files.map(|file| file.facts.is_shared()));
    columns.column(records.map(|record| record.is_generated));
    let (names, arrays) = columns.named(FILE_COLUMNS.iter().copied());
    let generation = columns.value(generation.0);
    let sql = format!(
        "INSERT INTO mnemo.files (generation, {names}) SELECT {generation}, {names} FROM unnest({arrays}) AS new ({names})
         RETURNING id, path"
    );
    let rows = session.rows(&sql, &columns.values())?;
    let mut ids = HashMap::with_capacity(rows.len());
    for row in &rows {
        ids.insert(row.try_get::<_, String>(1)?, row.try_get::<_, i64>(0)?);
    }
    let id_of = |of: &PreparedFile<'_>| {
        let path = texts::stored(of.file.record.path.as_str());
        // What was inserted comes back.
        ids.get(path.as_ref()).copied().unwrap_or_default()
    };
    Ok(prepared.iter().map(id_of).collect())
}

/// What is said of a file, and its type.
const FILE_COLUMNS: [(&str, &str); 16] = [
    ("path", "text"),
    ("hash", "bytea"),
    ("n_bytes", "bigint"),
    ("modified_ns", "bigint"),
    ("language", "text"),
    ("parser", "text"),
    ("is_test", "boolean"),
    ("n_lines", "bigint"),
    ("note", "text"),
    ("n_chunks", "bigint"),
    ("n_symbols", "bigint"),
    ("n_references", "bigint"),
    ("n_words", "bigint"),
    ("front_end", "bigint"),
    ("is_shared", "boolean"),
    ("is_generated", "boolean"),
];

/// The row ids of vectors, by chunk.
type Links = Vec<Option<i64>>;

/// Returns the vectors that the chunks' code and text views link to.
fn links(session: &mut Session, file: &FileIndex) -> Result<(Links, Links), Failure> {
    let keys = file.chunks.iter().flat_map(|row| [&row.code, &row.text]);
    if keys.clone().all(Option::is_none) {
        let none = vec![None; file.chunks.len()];
        return Ok((none.clone(), none));
    }
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

    /// Returns the names of the columns whose arrays were added last, and those arrays with their types.
    fn named(
        &self,
        columns: impl Iterator<Item = (&'static str, &'static str)>,
    ) -> (String, String) {
        let (names, types): (Vec<_>, Vec<_>) = columns.unzip();
        let first = self.values.len() - names.len() + 1;
        let arrays = (first..).zip(types);
        let arrays: Vec<String> = arrays
            .map(|(at, r#type)| format!("${at}::{type}[]"))
            .collect();
        (names.join(", "), arrays.join(", "))
    }

    /// Adds rows whose `columns` are the arrays added last.
    fn rows(&mut self, table: &str, columns: impl Iterator<Item = (&'static str, &'static str)>) {
        let (names, arrays) = self.named(columns);
        self.parts.push(format!(
            "{table}_in AS (INSERT INTO mnemo.{table} ({names}) SELECT {names} FROM unnest({arrays}) AS new ({names}))"
        ));
    }

    /// Adds the columns that say whose rows these are: file and place in it.
    fn places(&mut self, ids: &[i64], n_rows: impl Iterator<Item = usize> + Clone) {
        let of_files = ids.iter().zip(n_rows.clone());
        self.column(of_files.flat_map(|(id, n_rows)| std::iter::repeat_n(*id, n_rows)));
        // `check_fits` has let their number pass.
        self.column(n_rows.flat_map(|n_rows| 0..n_rows as i32));
    }

    fn facts(&mut self, ids: &[i64], prepared: &'a [PreparedFile<'_>]) {
        self.column(ids.iter().copied());
        self.column(prepared.iter().map(|of| of.facts.as_slice()));
        self.rows(
            "facts",
            [("file", "bigint"), ("bytes", "bytea")].into_iter(),
        );
    }

    fn chunks(
        &mut self,
        session: &mut Session,
        generation: GenerationId,
        ids: &[i64],
        prepared: &'a [PreparedFile<'_>],
    ) -> Result<(), Failure> {
        let (mut code, mut text) = (Links::new(), Links::new());
        for of in prepared {
            let (of_code, of_text) = links(session, of.file)?;
            code.extend(of_code);
            text.extend(of_text);
        }
        if code.is_empty() {
            return Ok(());
        }
        let chunks = prepared.iter().flat_map(|of| &of.file.chunks);
        let chunks = chunks.map(|row| &row.chunk);
        let texts = |of: fn(&Chunk) -> &str| chunks.clone().map(of);
        self.places(ids, prepared.iter().map(|of| of.file.chunks.len()));
        self.column(code.iter().map(|_| generation.0));
        self.column(code.iter().copied());
        self.column(text.iter().copied());
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
        let of_chunks = [
            ("generation", "bigint"),
            ("code_vector", "bigint"),
            ("text_vector", "bigint"),
        ];
        let columns = PLACE_COLUMNS.into_iter().chain(of_chunks);
        self.rows("chunks", columns.chain(CHUNK_COLUMNS.iter().copied()));
        Ok(())
    }

    fn symbols(&mut self, ids: &[i64], prepared: &'a [PreparedFile<'_>]) {
        let symbols = prepared.iter().flat_map(|of| &of.file.symbols);
        if symbols.clone().next().is_none() {
            return;
        }
        let texts = |of: fn(&Symbol) -> &str| symbols.clone().map(of);
        self.places(ids, prepared.iter().map(|of| of.file.symbols.len()));
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
        let columns = PLACE_COLUMNS.into_iter();
        self.rows("symbols", columns.chain(SYMBOL_COLUMNS.iter().copied()));
    }

    fn words(&mut self, generation: GenerationId, ids: &[i64], prepared: &'a [PreparedFile<'_>]) {
        let words = || {
            let of_files = ids.iter().zip(prepared);
            of_files.flat_map(|(id, of)| of.words.iter().map(move |word| (*id, word)))
        };
        if words().next().is_none() {
            return;
        }
        self.column(words().map(|_| generation.0));
        self.column(words().map(|(id, _)| id));
        self.column(
            prepared
                .iter()
                .flat_map(|of| of.words.iter().map(|(word, _)| word)),
        );
        self.column(
            prepared
                .iter()
                .flat_map(|of| of.words.iter().map(|(_, entries)| entries)),
        );
        let columns = [
            ("generation", "bigint"),
            ("file", "bigint"),
            ("word", "text"),
            ("postings", "bytea"),
        ];
        self.rows("words", columns.into_iter());
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

    fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        let values = self.values.iter();
        values
            .map(|value| &**value as &(dyn ToSql + Sync))
            .collect()
    }

    fn execute(&self, session: &mut Session) -> Result<(), Failure> {
        let sql = format!("WITH {} SELECT 1", self.parts.join(", "));
        session.execute(&sql, &self.values())?;
        Ok(())
    }
}

/// Whose row it is, and its place in the file.
const PLACE_COLUMNS: [(&str, &str); 2] = [("file", "bigint"), ("position", "integer")];
