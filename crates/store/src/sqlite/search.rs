//! Finds chunks by words and by vectors, exactly.

use domain::{ModelId, Vector, View};
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Transaction, params};

use crate::StoreError;
use crate::lexical::{self, FIELDS};
use crate::ranking::Best;
use crate::records::{ChunkId, GenerationId};
use crate::sqlite::failure::Failure;
use crate::sqlite::{ids, vectors};

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
    Ok(in_order(connection, best, limit)?)
}

/// A search through all vectors of one view.
pub(super) struct VectorScan<'a> {
    pub(super) generation: GenerationId,
    pub(super) model: &'a ModelId,
    pub(super) view: View,
    pub(super) query: &'a Vector,
}

impl VectorScan<'_> {
    pub(super) fn run(
        &self,
        connection: &Connection,
        limit: usize,
    ) -> Result<Vec<(ChunkId, f32)>, Failure> {
        let Some(model) = vectors::model_id(connection, self.model)? else {
            return Ok(Vec::new());
        };
        let link = link(self.view);
        // In the order of the vectors' ids, so that each lies beside the one before it.
        let mut statement = connection.prepare_cached(&format!(
            "SELECT c.id, v.vector FROM chunks c INDEXED BY chunks_by_{link} CROSS JOIN vectors v ON v.id = c.{link}
             WHERE c.generation = ?1 AND c.{link} IS NOT NULL AND v.model = ?2 ORDER BY c.{link}"
        ))?;
        let mut rows = statement.query(params![self.generation.0, model])?;
        let query = self.query.to_f32();
        let mut scratch = Scratch::default();
        let mut best = Best::new(limit);
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            if bytes.len() != 2 * query.len() {
                return Err(self.wrong_dimensions(bytes.len() / 2));
            }
            best.offer(row.get(0)?, scratch.dot(&query, bytes));
        }
        Ok(in_order(connection, best, limit)?)
    }

    fn wrong_dimensions(&self, expected: usize) -> Failure {
        Failure::Refused(StoreError::Dimensions {
            model: self.model.clone(),
            expected,
            found: self.query.n_dimensions(),
        })
    }
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
    let mut scratch = Scratch::default();
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let similarity = statement.query_row([id.0, model], |row| {
            let bytes = row.get_ref(0)?.as_blob()?;
            Ok((bytes.len() == 2 * query.len()).then(|| scratch.dot(&query, bytes)))
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

/// Sums kept side by side, so that the order of additions is fixed and the compiler can use vector instructions.
const LANES: usize = 16;

#[derive(Default)]
struct Scratch {
    halves: Vec<u16>,
    values: Vec<f32>,
}

impl Scratch {
    fn dot(&mut self, query: &[f32], bytes: &[u8]) -> f32 {
        self.halves.clear();
        self.halves.extend(
            bytes
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]])),
        );
        self.values.resize(self.halves.len(), 0.0);
        let halves: &[half::f16] = self.halves.reinterpret_cast();
        halves.convert_to_f32_slice(&mut self.values);
        dot(query, &self.values)
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// Returns the best `limit` candidates, best first; of equals the first by path and position.
fn in_order(
    connection: &Connection,
    best: Best,
    limit: usize,
) -> rusqlite::Result<Vec<(ChunkId, f32)>> {
    let mut path = connection.prepare_cached("SELECT path FROM files WHERE id = ?1")?;
    let mut ranked = Vec::new();
    for (chunk, score) in best.into_candidates() {
        let path: String = path.query_row([ids::file_of(chunk)], |row| row.get(0))?;
        ranked.push((score, path, chunk));
    }
    ranked.sort_by(|a, b| {
        b.0.total_cmp(&a.0)
            .then_with(|| a.1.cmp(&b.1))
            .then_with(|| a.2.cmp(&b.2))
    });
    ranked.truncate(limit);
    Ok(ranked
        .into_iter()
        .map(|(score, _, chunk)| (ChunkId(chunk), score))
        .collect())
}
