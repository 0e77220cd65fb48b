//! The read road: from a question to ranked chunks.
//!
//! Takes the question apart, asks the store for candidates by words and by vectors, scores them with what the index knows, and folds
//! what belongs together. Knows no SQL, writes nothing, and builds neither store nor embedder. Start at [`search`];
//! `docs/search.md` explains the ranking, [`evaluation`] measures it.

mod baseline;
mod candidates;
pub mod evaluation;
mod exact;
mod message;
mod pattern;
mod place;
mod question;
mod score;
mod snippet;
mod typos;
mod weights;
mod whole;

use domain::{ChunkKind, Hit, Language, RepositoryName};
use embed::{EmbedError, ViewEmbedders};
use globset::GlobSet;
use store::{ChunkId, GenerationId, Store, StoreError, StoredChunk};
use thiserror::Error;

pub use baseline::search_baseline;
pub use exact::{Matched, search_pattern};
pub use pattern::{Pattern, PatternError};
pub use question::lack;
pub use snippet::{Marker, QuestionMarker, Snippet};
pub use typos::Correction;
pub use weights::{Feature, Weights};
pub use whole::definition_lines;

use crate::candidates::{Candidate, QueryVectors};
use crate::score::{Scorer, dependents_factor, total};

/// Candidates taken from each ranking at first: deeper changed no answer on the questions we measure by.
const MIN_CANDIDATES: usize = 100;

/// Candidates taken from each ranking for each hit asked for.
const CANDIDATES_PER_HIT: usize = 4;

/// Hits that are ranked at most, whatever page is asked for.
const HITS_MAX: usize = 1_000_000;

/// How much deeper to look when filters leave fewer hits than were asked for.
const DEEPER: usize = 10;

/// Best candidates whose dependents are looked up, for each hit asked for: the factor is small, so nobody comes from further behind.
const DEPENDENTS_PER_HIT: usize = 5;

/// What the ranking is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Words and vectors.
    Hybrid,
    /// Words alone.
    Lexical,
    /// Vectors alone.
    Semantic,
}

/// What becomes of tests among the hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TestHits {
    /// They come lower, unless the question speaks of tests.
    #[default]
    Lower,
    /// They are left out.
    Without,
    /// They are all there is.
    Only,
}

/// A question.
#[derive(Clone, Debug)]
pub struct Query {
    /// The words, a sentence, an identifier, an error message or a line of a stack trace.
    pub text: String,
    /// Largest number of hits.
    pub limit: usize,
    /// Hits left out before the first: a page starts where the last ended.
    pub offset: usize,
    /// What the ranking is made of.
    pub mode: Mode,
    /// Only chunks of files whose path matches.
    pub path: Option<GlobSet>,
    /// Only chunks of files in this language.
    pub language: Option<Language>,
    /// Only chunks of this kind.
    pub kind: Option<ChunkKind>,
    /// What becomes of tests.
    pub tests: TestHits,
    /// How to score.
    pub weights: Weights,
}

/// A repository's generation to search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Name that hits from it get.
    pub repository: RepositoryName,
    /// The generation that answers for it.
    pub generation: GenerationId,
}

/// Some hits.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Best first.
    pub hits: Vec<Hit>,
    /// Whether there are more after them.
    pub has_more: bool,
    /// The highest cosine of the question to any chunk; nothing without vectors, and where a hit is there for a name, a phrase or a line
    /// that the question gives.
    pub likeness: Option<f64>,
    /// Words of the question that occur nowhere, and what was looked for in their place.
    pub corrections: Vec<Correction>,
    /// What matches, where a pattern was looked for.
    pub matched: Option<Matched>,
}

impl Page {
    /// Returns the question that was answered: `text` with its corrected words.
    pub fn asked(&self, text: &str) -> String {
        typos::corrected(text, &self.corrections)
    }
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

/// Returns the best chunks of some generations for `query`, best first; equal scores in the order of repository, path and place.
///
/// Without `embedders` only words count, whatever the mode. Parts of one long definition are folded into one hit that is all of it.
pub fn search(
    store: &dyn Store,
    sources: &[Source],
    embedders: Option<&mut ViewEmbedders>,
    query: &Query,
) -> Result<Page, SearchError> {
    let text = store::composed(&query.text);
    let mut question = question::read(&text);
    // Before the embedding, so that the vector is of the corrected question as well.
    let corrections = typos::corrections(store, sources, &question)?;
    if !corrections.is_empty() {
        question = question::read(&typos::corrected(&text, &corrections));
    }
    let vectors = match embedders {
        Some(embedders) if query.mode != Mode::Lexical => {
            Some(QueryVectors::embed(embedders, &question.meaning)?)
        }
        _ => None,
    };
    let wants_tests = query.tests == TestHits::Only || speaks_of_tests(&question.words);
    let scorer = Scorer::new(&question, &query.weights, wants_tests);
    // An offset comes from a client and may be any number.
    let n_wanted = query
        .offset
        .saturating_add(query.limit)
        .saturating_add(1)
        .min(HITS_MAX);
    let mut depth = (n_wanted * CANDIDATES_PER_HIT).max(MIN_CANDIDATES);
    let mut n_before = None;
    let mut likeness: f64 = 0.0;
    let hits = loop {
        let candidates = candidates::collect(
            store,
            sources,
            &question,
            vectors.as_ref(),
            query.mode,
            depth,
        )?;
        let n_candidates = candidates.len();
        let measures = candidates.iter().map(|found| &found.measures);
        // Kept over the rounds: a deeper one has all that the one before had.
        likeness = measures.fold(likeness, |best, one| best.max(one.code).max(one.text));
        let hits = rank(store, candidates, &scorer, query, n_wanted)?;
        // Filters and folding may leave too few. Deeper until there are enough, until going deeper
        // found nothing new, or until the index has no more.
        if hits.len() >= n_wanted || n_before == Some(n_candidates) || n_candidates < depth {
            break hits;
        }
        n_before = Some(n_candidates);
        depth *= DEEPER;
    };
    // One more than asked for was looked for, to know this without a count of everything.
    let has_more = hits.len() >= n_wanted;
    let hits = hits.into_iter().skip(query.offset).take(query.limit);
    let mut hits: Vec<Hit> = hits.collect();
    whole::complete(store, sources, &mut hits)?;
    // A name or phrase that was found answers whatever its cosine says, which was measured for
    // sentences.
    let is_meant = |hit: &Hit| hit.reasons.named > 0.0 || hit.reasons.exact > 0.0;
    let is_by_likeness = vectors.is_some() && !hits.iter().any(is_meant);
    Ok(Page {
        hits,
        has_more,
        likeness: is_by_likeness.then_some(likeness),
        corrections,
        matched: None,
    })
}

fn speaks_of_tests(words: &[String]) -> bool {
    let is_test = |word: &String| {
        matches!(
            word.to_lowercase().as_str(),
            "test" | "tests" | "spec" | "testing"
        )
    };
    words.iter().any(is_test)
}

/// Scores, orders, filters and folds candidates; returns at most `n_wanted` hits.
fn rank(
    store: &dyn Store,
    candidates: Vec<Candidate>,
    scorer: &Scorer<'_>,
    query: &Query,
    n_wanted: usize,
) -> Result<Vec<Hit>, StoreError> {
    let kept = candidates
        .into_iter()
        .filter(|found| passes(query, &found.stored) && !scorer.is_excluded(&found.stored));
    let mut hits: Vec<(ChunkId, Hit)> = kept
        .map(|found| {
            let reasons = scorer.reasons(&found.stored, &found.measures);
            (
                found.stored.id,
                hit(found.repository, found.stored, reasons),
            )
        })
        .collect();
    order(&mut hits);
    if query.weights.dependents > 0.0 {
        hits.truncate((n_wanted * DEPENDENTS_PER_HIT).max(MIN_CANDIDATES));
        let ids: Vec<ChunkId> = hits.iter().map(|(id, _)| *id).collect();
        for ((_, hit), n_dependents) in hits.iter_mut().zip(store.dependents(&ids)?) {
            hit.reasons.dependents = dependents_factor(&query.weights, n_dependents);
            hit.score = total(&hit.reasons);
        }
        order(&mut hits);
    }
    Ok(fold(hits, n_wanted))
}

fn order(hits: &mut [(ChunkId, Hit)]) {
    hits.sort_by(|(_, a), (_, b)| {
        let place = |hit: &Hit| (hit.start_line, hit.end_line);
        // A total order of things that both backends have: an order of rows would differ from one
        // database to the next.
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.repository.cmp(&b.repository))
            .then_with(|| a.path.cmp(&b.path))
            .then_with(|| place(a).cmp(&place(b)))
    });
}

/// Keeps the best part of each definition.
fn fold(hits: Vec<(ChunkId, Hit)>, n_wanted: usize) -> Vec<Hit> {
    let mut kept: Vec<Hit> = Vec::new();
    for (_, hit) in hits {
        if kept.len() == n_wanted {
            break;
        }
        if !kept.iter().any(|before| is_same_definition(before, &hit)) {
            kept.push(hit);
        }
    }
    kept
}

fn passes(query: &Query, stored: &StoredChunk) -> bool {
    let is_test = stored.is_test || stored.chunk.flags.is_test;
    let has_tests = match query.tests {
        TestHits::Lower => true,
        TestHits::Without => !is_test,
        TestHits::Only => is_test,
    };
    has_tests
        && query
            .path
            .as_ref()
            .is_none_or(|glob| glob.is_match(stored.path.as_str()))
        && query
            .language
            .is_none_or(|language| language == stored.language)
        && query.kind.is_none_or(|kind| kind == stored.chunk.kind)
}

fn is_same_definition(before: &Hit, hit: &Hit) -> bool {
    // What has no name is a piece of its own: loose statements would all be one definition.
    !hit.qualified_name.is_empty()
        && before.repository == hit.repository
        && before.path == hit.path
        && before.kind == hit.kind
        && before.qualified_name == hit.qualified_name
}

fn hit(repository: RepositoryName, stored: StoredChunk, reasons: domain::Reasons) -> Hit {
    let StoredChunk {
        path,
        language,
        hash,
        chunk,
        ..
    } = stored;
    Hit {
        repository,
        path,
        hash,
        language,
        start_line: chunk.span.start_line,
        end_line: chunk.span.end_line,
        kind: chunk.kind,
        name: chunk.name,
        qualified_name: chunk.qualified_name,
        signature: chunk.signature,
        score: total(&reasons),
        reasons,
        source: chunk.source,
    }
}
