//! Finds chunks by words and by vectors.
//!
//! The server finds candidates; scores and order are made here, by the functions that every backend uses.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;

use domain::{ModelId, Vector, View};

use crate::bm25::Bm25;
use crate::dot::dot;
use crate::postgres::failure::Failure;
use crate::postgres::nearness::{self, Scan};
use crate::postgres::rows::{self, Halves};
use crate::postgres::session::Session;
use crate::postgres::{read, vectors};
use crate::postings::UnreadablePostings;
use crate::ranking::{Best, Ranked, in_order};
use crate::records::{ChunkId, GenerationId};
use crate::{StoreError, ids, lexical, postings};

pub(super) fn lexical(
    session: &mut Session,
    generation: GenerationId,
    words: &[String],
    limit: usize,
) -> Result<Vec<(ChunkId, f32)>, Failure> {
    let words = lexical::query_words(words);
    let sizes = session.row(
        "SELECT coalesce(sum(n_chunks), 0)::bigint, coalesce(sum(n_words), 0)::bigint FROM mnemo.files WHERE generation = $1",
        &[&generation.0],
    )?;
    let mut by_word: HashMap<String, Vec<(i64, Vec<u8>)>> = HashMap::new();
    for row in session.rows(
        "SELECT word, file, postings FROM mnemo.words WHERE generation = $1 AND word = ANY ($2)",
        &[&generation.0, &words],
    )? {
        let of_word = by_word.entry(row.try_get(0)?).or_default();
        of_word.push((row.try_get(1)?, row.try_get(2)?));
    }
    let bm25 = Bm25::new(rows::number(&sizes, 0)?, rows::number(&sizes, 1)?);
    let mut scores: HashMap<i64, f64> = HashMap::new();
    for word in &words {
        let files = by_word.remove(word).unwrap_or_default();
        add_word(&files, &bm25, &mut scores).map_err(Failure::unreadable)?;
    }
    let mut best = Best::new(limit);
    for (chunk, score) in scores {
        best.offer(chunk, score as f32);
    }
    let candidates = best.into_candidates();
    let files: Vec<i64> = candidates
        .iter()
        .map(|(chunk, _)| ids::file_of(*chunk))
        .collect();
    let paths = session
        .rows(
            "SELECT id, path FROM mnemo.files WHERE id = ANY ($1)",
            &[&files],
        )?
        .iter()
        .map(|row| Ok((row.try_get(0)?, rows::text(row, 1)?)))
        .collect::<Result<HashMap<i64, String>, Failure>>()?;
    let ranked = candidates.into_iter().filter_map(|(chunk, score)| {
        Some(Ranked {
            chunk: ChunkId(chunk),
            score,
            path: paths.get(&ids::file_of(chunk))?.clone(),
        })
    });
    Ok(in_order(ranked.collect(), limit))
}

pub(super) fn knows_words(
    session: &mut Session,
    generation: GenerationId,
    words: &[String],
) -> Result<Vec<bool>, Failure> {
    let found = session.rows(
        "SELECT DISTINCT word FROM mnemo.words WHERE generation = $1 AND word = ANY ($2)",
        &[&generation.0, &words],
    )?;
    let known = found.iter().map(|row| row.try_get(0));
    let known = known.collect::<Result<HashSet<String>, _>>()?;
    Ok(words.iter().map(|word| known.contains(word)).collect())
}

pub(super) fn chunks_with(
    session: &mut Session,
    generation: GenerationId,
    words: &[String],
) -> Result<Vec<ChunkId>, Failure> {
    let found = session.rows(
        "SELECT file, postings FROM mnemo.words WHERE generation = $1 AND word = ANY ($2)",
        &[&generation.0, &words],
    )?;
    let mut chunks = BTreeSet::new();
    for row in &found {
        let (file, bytes): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
        for entry in postings::entries(&bytes) {
            let entry = entry.map_err(Failure::unreadable)?;
            chunks.insert(ids::row_id(file, entry.position as usize));
        }
    }
    Ok(chunks.into_iter().map(ChunkId).collect())
}

/// Returns the words of so many bytes, each with the bytes of its entries.
pub(super) fn words(
    session: &mut Session,
    generation: GenerationId,
    n_bytes: &RangeInclusive<usize>,
) -> Result<Vec<(String, u64)>, Failure> {
    let bound = |n_bytes: usize| i32::try_from(n_bytes).unwrap_or(i32::MAX);
    let (shortest, longest) = (bound(*n_bytes.start()), bound(*n_bytes.end()));
    let found = session.rows(
        "SELECT word, sum(octet_length(postings))::bigint FROM mnemo.words
         WHERE generation = $1 AND octet_length(word) BETWEEN $2 AND $3 GROUP BY word",
        &[&generation.0, &shortest, &longest],
    )?;
    let word = |row| Ok((rows::text(row, 0)?, rows::number(row, 1)?));
    found.iter().map(word).collect()
}

/// Adds what one word contributes, given each file that has it with its entries.
fn add_word(
    files: &[(i64, Vec<u8>)],
    bm25: &Bm25,
    scores: &mut HashMap<i64, f64>,
) -> Result<(), UnreadablePostings> {
    let mut found = Vec::new();
    for (file, bytes) in files {
        for entry in postings::entries(bytes) {
            found.push((*file, entry?));
        }
    }
    let weight = bm25.weight(found.len());
    for (file, entry) in found {
        *scores
            .entry(ids::row_id(file, entry.position as usize))
            .or_default() += bm25.score(weight, entry.frequency, entry.length);
    }
    Ok(())
}

/// A search through the vectors of one view.
pub(super) struct VectorSearch<'a> {
    pub(super) generation: GenerationId,
    pub(super) model: &'a ModelId,
    pub(super) view: View,
    pub(super) query: &'a Vector,
    /// See [`nearness::INDEX_FROM`].
    pub(super) index_from: i64,
}

/// The server's scores differ from ours in the last bits, so that some more vectors than asked for have to be looked at.
const MARGIN: usize = 32;

/// More than the server's and our score of one vector ever differ, as a share of the score.
const SCORE_TOLERANCE: f32 = 1e-4;

impl VectorSearch<'_> {
    pub(super) fn run(
        &self,
        session: &mut Session,
        limit: usize,
    ) -> Result<Vec<(ChunkId, f32)>, Failure> {
        let Some(model) = vectors::model_id(session, self.model)? else {
            return Ok(Vec::new());
        };
        let Some(n_dimensions) = self.n_dimensions(session, model)? else {
            return Ok(Vec::new());
        };
        let scan = nearness::scan(session, self.generation, model, self.index_from)?;
        let near = self.nearest(session, model, n_dimensions, scan, limit)?;
        self.chunks_of(session, &near, limit)
    }

    /// Returns the length of the model's vectors, which must be the query's; `None` when there are none.
    fn n_dimensions(&self, session: &mut Session, model: i64) -> Result<Option<usize>, Failure> {
        let sql = format!(
            "SELECT {}.vector_dims(vector) FROM mnemo.vectors WHERE model = $1 LIMIT 1",
            session.extension()?
        );
        let found = session.optional_row(&sql, &[&model])?;
        let Some(row) = found else { return Ok(None) };
        let expected = rows::place(&row, 0)? as usize;
        if expected != self.query.n_dimensions() {
            return Err(Failure::Refused(StoreError::Dimensions {
                model: self.model.clone(),
                expected,
                found: self.query.n_dimensions(),
            }));
        }
        Ok(Some(expected))
    }

    /// Returns the vectors of the best `limit` chunks with their scores, and all that tie with the last.
    fn nearest(
        &self,
        session: &mut Session,
        model: i64,
        n_dimensions: usize,
        scan: Scan,
        limit: usize,
    ) -> Result<HashMap<i64, f32>, Failure> {
        if limit == 0 {
            return Ok(HashMap::new());
        }
        let sql = nearness::sql(
            session.extension()?,
            scan,
            link(self.view),
            model,
            n_dimensions,
        );
        nearness::prepare_scan(session, scan, limit)?;
        let query = self.query.to_f32();
        let mut n_wanted = limit.saturating_add(MARGIN);
        loop {
            let limit_of_rows = i64::try_from(n_wanted).unwrap_or(i64::MAX);
            let values = Halves::from(self.query);
            let found = session.rows(&sql, &[&self.generation.0, &values, &limit_of_rows])?;
            let scored = found
                .iter()
                .map(|row| {
                    let halves: Halves = row.try_get(1)?;
                    Ok((row.try_get(0)?, dot(&query, &halves.0)))
                })
                .collect::<Result<Vec<(i64, f32)>, Failure>>()?;
            let mut scores: Vec<f32> = scored.iter().map(|(_, score)| *score).collect();
            scores.sort_by(|a, b| b.total_cmp(a));
            let floor = match scores.get(limit - 1) {
                Some(floor) => *floor,
                None => f32::NEG_INFINITY,
            };
            let last = scored.last().map_or(f32::NEG_INFINITY, |(_, score)| *score);
            let may_miss =
                found.len() == n_wanted && last >= floor - SCORE_TOLERANCE * floor.abs().max(1.0);
            if !may_miss {
                return Ok(scored
                    .into_iter()
                    .filter(|(_, score)| *score >= floor)
                    .collect());
            }
            n_wanted *= 2;
        }
    }

    fn chunks_of(
        &self,
        session: &mut Session,
        near: &HashMap<i64, f32>,
        limit: usize,
    ) -> Result<Vec<(ChunkId, f32)>, Failure> {
        let ids: Vec<i64> = near.keys().copied().collect();
        let link = link(self.view);
        let found = session.rows(
            &format!(
                "SELECT c.file, c.position, c.{link}, f.path FROM mnemo.chunks c JOIN mnemo.files f ON f.id = c.file
                 WHERE c.generation = $1 AND c.{link} = ANY ($2)"
            ),
            &[&self.generation.0, &ids],
        )?;
        let ranked = found
            .iter()
            .map(|row| {
                let vector: i64 = row.try_get(2)?;
                let Some(score) = near.get(&vector) else {
                    return Ok(None);
                };
                Ok(Some(Ranked {
                    chunk: read::chunk_id(row, 0)?,
                    score: *score,
                    path: rows::text(row, 3)?,
                }))
            })
            .filter_map(Result::transpose)
            .collect::<Result<Vec<_>, Failure>>()?;
        Ok(in_order(ranked, limit))
    }
}

pub(super) fn similarities(
    session: &mut Session,
    model: &ModelId,
    view: View,
    query: &Vector,
    wanted: &[ChunkId],
) -> Result<Vec<Option<f32>>, Failure> {
    let Some(model) = vectors::model_id(session, model)? else {
        return Ok(vec![None; wanted.len()]);
    };
    let (files, places) = read::files_and_places(wanted);
    let found = session.rows(
        &format!(
            "SELECT wanted.rank, v.vector FROM unnest($1::bigint[], $2::integer[]) WITH ORDINALITY AS wanted (file, position, rank)
             JOIN mnemo.chunks c ON c.file = wanted.file AND c.position = wanted.position
             JOIN mnemo.vectors v ON v.id = c.{} AND v.model = $3",
            link(view)
        ),
        &[&files, &places, &model],
    )?;
    let query = query.to_f32();
    let mut similarities = vec![None; wanted.len()];
    for row in &found {
        let halves: Halves = row.try_get(1)?;
        let rank: i64 = row.try_get(0)?;
        if halves.0.len() == 2 * query.len() {
            similarities[rank as usize - 1] = Some(dot(&query, &halves.0));
        }
    }
    Ok(similarities)
}

/// Returns the column of a chunk that leads to its vector.
fn link(view: View) -> &'static str {
    match view {
        View::Code => "code_vector",
        View::Text => "text_vector",
    }
}
