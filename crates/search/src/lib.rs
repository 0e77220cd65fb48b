//! The read road: from a question to ranked chunks.
//!
//! Asks the store for candidates by words and by vectors, and fuses the rankings. Knows no SQL, writes nothing, and builds neither
//! store nor embedder. Start at [`search`].

mod fuse;

use domain::{ChunkKind, Hit, Language, Vector, View};
use embed::{EmbedError, Role, ViewEmbedders};
use globset::GlobMatcher;
use store::{ChunkId, GenerationId, Store, StoreError, StoredChunk};
use thiserror::Error;

use crate::fuse::{Ranking, fuse};

/// Candidates taken from each ranking for each hit asked for: filters and folding leave fewer.
const CANDIDATES_A_HIT: usize = 10;

/// Candidates taken from each ranking however few hits are asked for.
const MIN_CANDIDATES: usize = 100;

/// What the rankings are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Words and vectors.
    Hybrid,
    /// Words alone.
    Lexical,
    /// Vectors alone.
    Semantic,
}

/// A question.
#[derive(Clone, Debug)]
pub struct Query {
    /// The words, a sentence or an identifier.
    pub text: String,
    /// Largest number of hits.
    pub limit: usize,
    /// What the rankings are made of.
    pub mode: Mode,
    /// Only chunks of files whose path matches.
    pub path: Option<GlobMatcher>,
    /// Only chunks of files in this language.
    pub language: Option<Language>,
    /// Only chunks of this kind.
    pub kind: Option<ChunkKind>,
}

/// Why a question has no answer.
#[derive(Debug, Error)]
pub enum SearchError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The query could not be embedded.
    #[error(transparent)]
    Embed(#[from] EmbedError),
}

/// Returns the best chunks of a generation for `query`, best first.
///
/// Without `embedders` only words count, whatever the mode. Parts of one long definition are folded into the best of them.
pub fn search(
    store: &dyn Store,
    generation: GenerationId,
    embedders: Option<&mut ViewEmbedders>,
    query: &Query,
) -> Result<Vec<Hit>, SearchError> {
    let n_candidates = (query.limit * CANDIDATES_A_HIT).max(MIN_CANDIDATES);
    let mut rankings = Vec::new();
    if query.mode != Mode::Semantic || embedders.is_none() {
        let words: Vec<String> = query.text.split_whitespace().map(str::to_owned).collect();
        rankings.push(Ranking::lexical(store.lexical_search(
            generation,
            &words,
            n_candidates,
        )?));
    }
    if query.mode != Mode::Lexical
        && let Some(embedders) = embedders
    {
        for (view, vector) in query_vectors(embedders, &query.text)? {
            let model = embedders.of(view).model();
            rankings.push(Ranking::semantic(store.vector_search(
                generation,
                model,
                view,
                &vector,
                n_candidates,
            )?));
        }
    }
    let fused = fuse(&rankings);
    let ids: Vec<ChunkId> = fused.iter().map(|(id, _)| *id).collect();
    let scores: std::collections::HashMap<ChunkId, f64> = fused.into_iter().collect();
    let mut hits = Vec::new();
    for stored in store.chunks(&ids)? {
        if matches(query, &stored) && !hits.iter().any(|hit| is_same_definition(hit, &stored)) {
            let score = scores.get(&stored.id).copied().unwrap_or_default();
            hits.push(hit(stored, score));
        }
        if hits.len() == query.limit {
            break;
        }
    }
    Ok(hits)
}

/// Embeds the query once for each model.
fn query_vectors(
    embedders: &mut ViewEmbedders,
    text: &str,
) -> Result<Vec<(View, Vector)>, EmbedError> {
    let mut by_model = Vec::new();
    for embedder in embedders.all_mut() {
        let embedded = embedder.embed(&[text], Role::Query)?;
        by_model.push(Vector::from_f32(
            embedded
                .vectors
                .first()
                .map_or(&[], |vector| vector.as_slice()),
        ));
    }
    Ok(View::ALL
        .iter()
        .map(|&view| (view, by_model[embedders.index_of(view)].clone()))
        .collect())
}

fn matches(query: &Query, stored: &StoredChunk) -> bool {
    query
        .path
        .as_ref()
        .is_none_or(|glob| glob.is_match(stored.path.as_str()))
        && query
            .language
            .is_none_or(|language| language == stored.language)
        && query.kind.is_none_or(|kind| kind == stored.chunk.kind)
}

fn is_same_definition(hit: &Hit, stored: &StoredChunk) -> bool {
    let chunk = &stored.chunk;
    !chunk.qualified_name.is_empty()
        && hit.path == stored.path
        && hit.kind == chunk.kind
        && hit.qualified_name == chunk.qualified_name
}

fn hit(stored: StoredChunk, score: f64) -> Hit {
    let StoredChunk {
        path,
        language,
        chunk,
        ..
    } = stored;
    Hit {
        path,
        language,
        start_line: chunk.span.start_line,
        end_line: chunk.span.end_line,
        kind: chunk.kind,
        name: chunk.name,
        qualified_name: chunk.qualified_name,
        score,
        source: chunk.source,
    }
}
