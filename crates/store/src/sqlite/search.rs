//! Finds chunks by words and by vectors, exactly.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;

use domain::{ModelId, Vector, View};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Transaction, params};

use crate::dot::dot;
use crate::lexical::{self, FIELDS};
use crate::ranking::{Best, Ranked, in_order};
use crate::records::{ChunkId, GenerationId};
use crate::sqlite::failure::Failure;
use crate::sqlite::pack::{MIN_ROWS, Pack, PackKey, PackWriter};
use crate::sqlite::vectors;
use crate::{StoreError, ids};

/// Creates the full-text table of a generation.
///
/// Each generation has its own, so that numbers of chunks and mean lengths are its own and other repositories do not change a score.
/// It holds no text, only which word stands where; the tokenizer lets our words pass as they are.
pub(super) fn create_words(transaction: &Transaction<'_>, generation: i64) -> rusqlite::Result<()> {
    let fields = FIELDS.map(|field| field.name).join(", ");
    transaction.execute_batch(&format!(
        "CREATE VIRTUAL TABLE words_{generation} USING fts5 ({fields}, content = '', contentless_delete = 1,
             tokenize = \"ascii tokenchars '_$'\")"
    ))
}

pub(super) fn drop_words(transaction: &Transaction<'_>, generation: i64) -> rusqlite::Result<()> {
    transaction.execute_batch(&format!("DROP TABLE IF EXISTS words_{generation}"))
}

/// Deletes the words of a file's chunks.
pub(super) fn delete_words(
    transaction: &Transaction<'_>,
    generation: GenerationId,
    file: i64,
    n_chunks: usize,
) -> rusqlite::Result<()> {
    let mut delete = transaction.prepare_cached(&format!(
        "DELETE FROM words_{} WHERE rowid = ?1",
        generation.0
    ))?;
    for position in 0..n_chunks {
        delete.execute([ids::row_id(file, position)])?;
    }
    Ok(())
}

/// Inserts the words of chunks.
pub(super) struct WordsInsert<'a>(CachedStatement<'a>);

impl WordsInsert<'_> {
    pub(super) fn new<'a>(
        transaction: &'a Transaction<'_>,
        generation: GenerationId,
    ) -> rusqlite::Result<WordsInsert<'a>> {
        let fields = FIELDS.map(|field| field.name).join(", ");
        let sql = format!(
            "INSERT INTO words_{} (rowid, {fields}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            generation.0
        );
        transaction.prepare_cached(&sql).map(WordsInsert)
    }

    pub(super) fn insert(&mut self, chunk: i64, words: &[String; 6]) -> rusqlite::Result<()> {
        let [name, qualified_name, path, signature, doc, source] = words;
        self.0.execute(params![
            chunk,
            name,
            qualified_name,
            path,
            signature,
            doc,
            source
        ])?;
        Ok(())
    }
}

pub(super) fn lexical(
    connection: &Connection,
    generation: GenerationId,
    words: &[String],
    limit: usize,
) -> Result<Vec<(ChunkId, f32)>, Failure> {
    let words = lexical::query_words(words);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    // Words hold letters, digits, `_` and `$` only, so nothing in them can end the quotes.
    let query = words
        .iter()
        .map(|word| format!("\"{word}\""))
        .collect::<Vec<_>>()
        .join(" OR ");
    let weights = FIELDS.map(|field| field.weight.to_string()).join(", ");
    let table = format!("words_{}", generation.0);
    let mut statement = connection.prepare_cached(&format!(
        "SELECT rowid, -bm25({table}, {weights}) FROM {table} WHERE {table} MATCH ?1"
    ))?;
    let mut rows = statement.query([query])?;
    let mut best = Best::new(limit);
    while let Some(row) = rows.next()? {
        best.offer(row.get(0)?, row.get::<_, f64>(1)? as f32);
    }
    Ok(ranked(connection, best, limit)?)
}

/// A search through all vectors of one view.
pub(super) struct VectorScan<'a> {
    pub(super) generation: GenerationId,
    pub(super) model: &'a ModelId,
    pub(super) view: View,
    pub(super) query: &'a Vector,
}

/// What scans remember from one to the next.
#[derive(Default)]
pub(super) struct Packs {
    /// Copies of vectors that are open.
    open: RefCell<HashMap<PackKey, Arc<Pack>>>,
    files: RefCell<Option<KnownFiles>>,
}

/// The files of a generation, as long as nobody writes.
struct KnownFiles {
    generation: GenerationId,
    /// Counts the changes by others and by this connection.
    version: (i64, u64),
    files: Arc<[ScannedFile]>,
}

/// A file of a generation.
struct ScannedFile {
    id: i64,
    n_chunks: usize,
}

impl VectorScan<'_> {
    pub(super) fn run(
        &self,
        connection: &Connection,
        database: &Path,
        packs: &Packs,
        limit: usize,
    ) -> Result<Vec<(ChunkId, f32)>, Failure> {
        let Some(model) = vectors::model_id(connection, self.model)? else {
            return Ok(Vec::new());
        };
        let key = PackKey {
            generation: self.generation.0,
            model,
            link: link(self.view),
        };
        let files = self.files(connection, packs)?;
        let pack = match self.pack(database, packs, &key, &files) {
            Some(pack) => Some(pack),
            None => self.repack(connection, database, packs, &key, &files)?,
        };
        let query = self.query.to_f32();
        let mut best = Best::new(limit);
        let mut last_packed = i64::MIN;
        if let Some(pack) = pack {
            if pack.n_dimensions != query.len() {
                return Err(self.wrong_dimensions(pack.n_dimensions));
            }
            scan_pack(&pack, &files, &query, &mut best);
            last_packed = pack.last_file;
        }
        let missing = files.iter().filter(|file| file.id > last_packed);
        self.visit_rows(connection, &key, missing, |id, bytes| {
            if bytes.len() != 2 * query.len() {
                return Err(self.wrong_dimensions(bytes.len() / 2));
            }
            best.offer(id, dot(&query, bytes));
            Ok(())
        })?;
        Ok(ranked(connection, best, limit)?)
    }

    /// Returns the files of the generation in order of ids, read anew only after a change of the database.
    fn files(
        &self,
        connection: &Connection,
        packs: &Packs,
    ) -> rusqlite::Result<Arc<[ScannedFile]>> {
        let by_others = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        let version = (by_others, connection.total_changes());
        let mut known = packs.files.borrow_mut();
        let is_current =
            |known: &&KnownFiles| known.generation == self.generation && known.version == version;
        if let Some(known) = known.as_ref().filter(is_current) {
            return Ok(Arc::clone(&known.files));
        }
        let files: Arc<[ScannedFile]> = self.read_files(connection)?.into();
        *known = Some(KnownFiles {
            generation: self.generation,
            version,
            files: Arc::clone(&files),
        });
        Ok(files)
    }

    fn read_files(&self, connection: &Connection) -> rusqlite::Result<Vec<ScannedFile>> {
        let mut statement = connection
            .prepare_cached("SELECT id, n_chunks FROM files WHERE generation = ?1 ORDER BY id")?;
        let files = statement.query_map([self.generation.0], |row| {
            Ok(ScannedFile {
                id: row.get(0)?,
                n_chunks: row.get(1)?,
            })
        })?;
        files.collect()
    }

    /// Returns a copy that is not too far behind.
    fn pack(
        &self,
        database: &Path,
        packs: &Packs,
        key: &PackKey,
        files: &[ScannedFile],
    ) -> Option<Arc<Pack>> {
        let n_chunks = |from: i64| {
            files
                .iter()
                .filter(|file| file.id > from)
                .map(|file| file.n_chunks)
                .sum::<usize>()
        };
        let n_alive = n_chunks(i64::MIN);
        let is_good = |pack: &Arc<Pack>| !pack.is_out_of_date(n_chunks(pack.last_file), n_alive);
        if let Some(open) = packs.open.borrow().get(key).filter(|pack| is_good(pack)) {
            return Some(Arc::clone(open));
        }
        // Another process may have written a newer one.
        let pack = Arc::new(Pack::open(database, key)?);
        is_good(&pack).then(|| {
            packs
                .open
                .borrow_mut()
                .insert(key.clone(), Arc::clone(&pack));
            pack
        })
    }

    /// Writes a copy and returns it; nothing where there is too little to copy or it cannot be written.
    fn repack(
        &self,
        connection: &Connection,
        database: &Path,
        packs: &Packs,
        key: &PackKey,
        files: &[ScannedFile],
    ) -> Result<Option<Arc<Pack>>, Failure> {
        let n_chunks: usize = files.iter().map(|file| file.n_chunks).sum();
        let Some(last_file) = files.last().filter(|_| n_chunks >= MIN_ROWS) else {
            return Ok(None);
        };
        let mut generations =
            connection.prepare_cached("SELECT id FROM generations WHERE state <> 'replaced'")?;
        let alive = generations
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<HashSet<i64>>>()?;
        let Ok(mut writer) = PackWriter::new(database, key, &alive) else {
            return Ok(None);
        };
        let mut n_dimensions = None;
        let mut is_whole = true;
        self.visit_rows(connection, key, files.iter(), |id, bytes| {
            let is_alike = *n_dimensions.get_or_insert(bytes.len() / 2) == bytes.len() / 2;
            is_whole &= is_alike && writer.add(id, bytes).is_ok();
            Ok(())
        })?;
        let Some(n_dimensions) = n_dimensions.filter(|_| is_whole) else {
            return Ok(None);
        };
        if writer.finish(n_dimensions, last_file.id).is_err() {
            return Ok(None);
        }
        Ok(self.pack(database, packs, key, files))
    }

    /// Visits the vectors of files' chunks in the database.
    fn visit_rows<'f>(
        &self,
        connection: &Connection,
        key: &PackKey,
        files: impl Iterator<Item = &'f ScannedFile>,
        mut visit: impl FnMut(i64, &[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut statement = connection.prepare_cached(&format!(
            "SELECT c.id, v.vector FROM chunks c JOIN vectors v ON v.id = c.{}
             WHERE c.id BETWEEN ?1 AND ?2 AND v.model = ?3 ORDER BY c.id",
            key.link
        ))?;
        for file in files {
            let [first, last] = ids::row_ids(file.id);
            let mut rows = statement.query([first, last, key.model])?;
            while let Some(row) = rows.next()? {
                visit(
                    row.get(0)?,
                    row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?,
                )?;
            }
        }
        Ok(())
    }

    fn wrong_dimensions(&self, expected: usize) -> Failure {
        Failure::Refused(StoreError::Dimensions {
            model: self.model.clone(),
            expected,
            found: self.query.n_dimensions(),
        })
    }
}

/// Rows that one thread scans in about a millisecond; fewer are not worth another.
const ROWS_A_THREAD: usize = 10_000;

/// More threads than these wait for memory, and for each other on machines that others use too.
const MAX_THREADS: usize = 4;

/// Offers the packed vectors of the files that are still there, on as many threads as are worth it.
fn scan_pack(pack: &Pack, files: &[ScannedFile], query: &[f32], best: &mut Best) {
    let n_cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let n_threads = (pack.n_rows() / ROWS_A_THREAD).clamp(1, n_cores.min(MAX_THREADS));
    let n_each = pack.n_rows().div_ceil(n_threads).max(1);
    let scan = |start: usize| {
        let mut found = Best::new(best.limit());
        let mut files = files.iter().map(|file| file.id).peekable();
        for (id, bytes) in pack.rows(start..(start + n_each).min(pack.n_rows())) {
            let file = ids::file_of(id);
            while files.next_if(|alive| *alive < file).is_some() {}
            if files.peek() == Some(&file) {
                found.offer(id, dot(query, bytes));
            }
        }
        found.into_candidates()
    };
    let starts: Vec<usize> = (0..pack.n_rows()).step_by(n_each).collect();
    let found: Vec<(i64, f32)> = std::thread::scope(|scope| {
        let (first, others) = starts
            .split_first()
            .map_or((0, &[][..]), |(first, others)| (*first, others));
        let threads: Vec<_> = others
            .iter()
            .map(|&start| {
                scope.spawn({
                    let scan = &scan;
                    move || scan(start)
                })
            })
            .collect();
        let mut found = scan(first);
        for thread in threads {
            let part = thread.join();
            found.extend(part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        found
    });
    found
        .into_iter()
        .for_each(|(id, score)| best.offer(id, score));
}

pub(super) fn similarities(
    connection: &Connection,
    model: &ModelId,
    view: View,
    query: &Vector,
    ids: &[ChunkId],
) -> Result<Vec<Option<f32>>, Failure> {
    let Some(model) = vectors::model_id(connection, model)? else {
        return Ok(vec![None; ids.len()]);
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT v.vector FROM chunks c JOIN vectors v ON v.id = c.{} WHERE c.id = ?1 AND v.model = ?2",
        link(view)
    ))?;
    let query = query.to_f32();
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let similarity = statement.query_row([id.0, model], |row| {
            let bytes = row.get_ref(0)?.as_blob()?;
            Ok((bytes.len() == 2 * query.len()).then(|| dot(&query, bytes)))
        });
        found.push(similarity.optional()?.flatten());
    }
    Ok(found)
}

/// Returns the column of a chunk that leads to its vector of `view`.
fn link(view: View) -> &'static str {
    match view {
        View::Code => "code_vector",
        View::Text => "text_vector",
    }
}

fn ranked(
    connection: &Connection,
    best: Best,
    limit: usize,
) -> rusqlite::Result<Vec<(ChunkId, f32)>> {
    let mut path = connection.prepare_cached("SELECT path FROM files WHERE id = ?1")?;
    let mut ranked = Vec::new();
    for (chunk, score) in best.into_candidates() {
        ranked.push(Ranked {
            chunk: ChunkId(chunk),
            score,
            path: path.query_row([ids::file_of(chunk)], |row| row.get(0))?,
        });
    }
    Ok(in_order(ranked, limit))
}
