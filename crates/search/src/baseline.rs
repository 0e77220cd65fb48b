//! What most tools do, to measure by: BM25 over functions and vectors of code, fused by reciprocal ranks.

use std::collections::HashMap;

use domain::{ChunkKind, Reasons, View};
use embed::{Role, ViewEmbedders};
use store::{ChunkId, Store};

use crate::{Page, Query, SearchError, Source, hit};

/// Reciprocal-rank fusion's constant, from Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and
/// individual Rank Learning Methods" (SIGIR 2009).
const RANK_OFFSET: f64 = 60.0;

/// Chunks taken from each ranking; functions among them are counted.
const DEPTH: usize = 1000;

/// Answers a question from one generation as the baseline does; filters are ignored.
pub fn search_baseline(
    store: &dyn Store,
    source: &Source,
    embedders: &mut ViewEmbedders,
    query: &Query,
) -> Result<Page, SearchError> {
    let words: Vec<String> = query.text.split_whitespace().map(str::to_owned).collect();
    let by_words = store.lexical_search(source.generation, &words, DEPTH)?;
    let embedder = &mut embedders.all_mut()[0];
    let embedded = embedder.embed(&[&query.text], Role::Query)?;
    let vector = domain::Vector::from_f32(&embedded.vectors[0]);
    let model = embedder.model().clone();
    let by_meaning = store.vector_search(source.generation, &model, View::Code, &vector, DEPTH)?;
    let mut scores: HashMap<ChunkId, f64> = HashMap::new();
    let mut functions = HashMap::new();
    for ranking in [by_words, by_meaning] {
        let ids: Vec<ChunkId> = ranking.into_iter().map(|(id, _)| id).collect();
        let chunks = store.chunks(&ids)?.into_iter();
        let found = chunks
            .filter(|stored| matches!(stored.chunk.kind, ChunkKind::Function | ChunkKind::Method));
        for (rank, stored) in (1_u32..).zip(found) {
            *scores.entry(stored.id).or_default() += 1.0 / (RANK_OFFSET + f64::from(rank));
            functions.insert(stored.id, stored);
        }
    }
    let mut ranked: Vec<(ChunkId, f64)> = scores.into_iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let hits = ranked
        .into_iter()
        .take(query.limit)
        .filter_map(|(id, score)| {
            let mut hit = hit(
                source.repository.clone(),
                functions.remove(&id)?,
                Reasons::default(),
            );
            hit.score = score;
            Some(hit)
        });
    Ok(Page {
        hits: hits.collect(),
        ..Page::default()
    })
}
