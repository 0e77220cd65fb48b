//! Collects the chunks that can be among the best, with everything that is measured of them.

use std::collections::HashMap;

use domain::{RepositoryName, Vector, View};
use embed::{EmbedError, Role, ViewEmbedders};
use store::{ChunkId, Store, StoreError, StoredChunk};

use crate::question::Question;
use crate::score::Measures;
use crate::{Mode, Source};

/// Files that one path may mean: `index.ts` alone means nothing.
const MAX_FILES_OF_PLACE: usize = 20;

/// A question's vector for each view.
pub(crate) struct QueryVectors {
    views: Vec<(View, domain::ModelId, Vector)>,
}

impl QueryVectors {
    /// Embeds a question once for each model.
    pub(crate) fn embed(
        embedders: &mut ViewEmbedders,
        text: &str,
    ) -> Result<QueryVectors, EmbedError> {
        let mut by_model = Vec::new();
        // Once for each model, not for each view: both views mostly share one.
        for embedder in embedders.all_mut() {
            let embedded = embedder.embed(&[text], Role::Query)?;
            let values = embedded.vectors.first().map_or(&[][..], Vec::as_slice);
            by_model.push((embedder.model().clone(), Vector::from_f32(values)));
        }
        let of = |&view: &View| {
            let (model, vector) = by_model[embedders.index_of(view)].clone();
            (view, model, vector)
        };
        Ok(QueryVectors {
            views: View::ALL.iter().map(of).collect(),
        })
    }
}

/// A chunk that can be among the best.
pub(crate) struct Candidate {
    pub(crate) repository: RepositoryName,
    pub(crate) stored: StoredChunk,
    pub(crate) measures: Measures,
}

/// Returns the best `depth` chunks of every source by each measure, all measured by every measure.
pub(crate) fn collect(
    store: &dyn Store,
    sources: &[Source],
    question: &Question,
    vectors: Option<&QueryVectors>,
    mode: Mode,
    depth: usize,
) -> Result<Vec<Candidate>, StoreError> {
    let mut candidates = Vec::new();
    for source in sources {
        let mut measured: HashMap<ChunkId, Measures> = HashMap::new();
        if mode != Mode::Semantic || vectors.is_none() {
            for (id, score) in store.lexical_search(source.generation, &question.words, depth)? {
                measured.entry(id).or_default().words = f64::from(score);
            }
        }
        if let Some(vectors) = vectors {
            measure_likeness(store, source, vectors, depth, &mut measured)?;
        }
        add_places(store, source, question, &mut measured)?;
        // In order of ids, whatever the map's: rows that lie together are read together, and
        // nothing depends on a hasher.
        let mut ids: Vec<ChunkId> = measured.keys().copied().collect();
        ids.sort_unstable();
        let found = store.chunks(&ids)?.into_iter();
        candidates.extend(found.filter_map(|stored| {
            Some(Candidate {
                repository: source.repository.clone(),
                measures: *measured.get(&stored.id)?,
                stored,
            })
        }));
    }
    share_of_best(&mut candidates);
    Ok(candidates)
}

fn measure_likeness(
    store: &dyn Store,
    source: &Source,
    vectors: &QueryVectors,
    depth: usize,
    measured: &mut HashMap<ChunkId, Measures>,
) -> Result<(), StoreError> {
    let mut found = Vec::new();
    for (view, model, vector) in &vectors.views {
        let nearest = store.vector_search(source.generation, model, *view, vector, depth)?;
        // Candidates of all views first: only then is it known what each view has still to measure.
        nearest.iter().for_each(|(id, _)| {
            measured.entry(*id).or_default();
        });
        found.push(nearest);
    }
    for ((view, model, vector), nearest) in vectors.views.iter().zip(found) {
        let mut known: HashMap<ChunkId, f32> = nearest.into_iter().collect();
        let unknown: Vec<ChunkId> = measured
            .keys()
            .filter(|id| !known.contains_key(id))
            .copied()
            .collect();
        let similarities = store.similarities(model, *view, vector, &unknown)?;
        known.extend(
            unknown
                .into_iter()
                .zip(similarities)
                .filter_map(|(id, found)| Some((id, found?))),
        );
        for (id, measures) in measured.iter_mut() {
            // A chunk without a vector is like nothing; it can be found by its words all the same.
            let likeness = known.get(id).copied().map_or(0.0, f64::from);
            match view {
                View::Code => measures.code = likeness,
                View::Text => measures.text = likeness,
            }
        }
    }
    Ok(())
}

/// Adds the innermost chunk around each line that the question names, in the files that fit its path best.
fn add_places(
    store: &dyn Store,
    source: &Source,
    question: &Question,
    measured: &mut HashMap<ChunkId, Measures>,
) -> Result<(), StoreError> {
    if question.places.is_empty() {
        return Ok(());
    }
    let files = store.known_files(source.generation)?;
    for (rank, place) in question.places.iter().enumerate() {
        let fits = files.iter().map(|file| place.fit(file.path.as_str()));
        let best = fits.clone().max().unwrap_or(0);
        // Equal fits are all meant: `index.ts:3` of a trace says no more than that.
        let meant = files.iter().zip(fits).filter(|(_, fit)| *fit == best);
        for (file, _) in meant.take(if best == 0 { 0 } else { MAX_FILES_OF_PLACE }) {
            let chunks = store.chunks_of(source.generation, &file.path)?;
            let around = chunks.iter().filter(|stored| {
                let span = &stored.chunk.span;
                (span.start_line..=span.end_line).contains(&place.line)
            });
            let innermost = around
                .min_by_key(|stored| stored.chunk.span.end_line - stored.chunk.span.start_line);
            if let Some(innermost) = innermost {
                let measures = measured.entry(innermost.id).or_default();
                measures.place.get_or_insert(rank);
            }
        }
    }
    Ok(())
}

/// Makes scores by words comparable with cosines, and repositories with each other: shares of the best of all.
fn share_of_best(candidates: &mut [Candidate]) {
    // Of all sources together: shares within each would make the best of a poor repository equal to
    // the best of a good one.
    let best = candidates
        .iter()
        .map(|found| found.measures.words)
        .fold(0.0, f64::max);
    if best > 0.0 {
        candidates
            .iter_mut()
            .for_each(|found| found.measures.words /= best);
    }
}
