//! What a run says of its whole generation, which is counted only where something has changed since the last run said it.

use std::collections::BTreeMap;

use domain::{EdgeKind, Resolution, SymbolKind};
use serde_json::{Value, json};
use store::{Counts, GraphCounts};

use super::Run;
use crate::error::RunError;

/// Sizes, symbols by kind, edges by kind, and references by how they ended.
pub(super) struct Tally {
    pub(super) counts: Counts,
    pub(super) symbols_by_kind: BTreeMap<SymbolKind, u64>,
    pub(super) graph: GraphCounts,
}

impl Tally {
    /// Returns it as it stands in what a run says at its end.
    pub(super) fn to_json(&self, generation: u64) -> Value {
        json!({
            "generation": generation,
            "files": self.counts.n_files,
            "chunks": self.counts.n_chunks,
            "vectors": self.counts.n_vectors,
            "definitions": self.counts.n_symbols,
            "uses": self.counts.n_references,
            "symbols": by_word(&self.symbols_by_kind, SymbolKind::as_str),
            "edges": by_word(&self.graph.edges, EdgeKind::as_str),
            "references": by_word(&self.graph.references, Resolution::as_str),
        })
    }

    /// Returns what another run said of the same generation; nothing where it did not, or in words that are not known here.
    fn from_json(tally: &Value, generation: u64) -> Option<Tally> {
        let number = |name: &str| tally[name].as_u64();
        if number("generation")? != generation {
            return None;
        }
        Some(Tally {
            counts: Counts {
                n_files: number("files")?,
                n_chunks: number("chunks")?,
                n_vectors: number("vectors")?,
                n_symbols: number("definitions")?,
                n_references: number("uses")?,
                ..Counts::default()
            },
            symbols_by_kind: from_words(&tally["symbols"], SymbolKind::from_word)?,
            graph: GraphCounts {
                edges: from_words(&tally["edges"], EdgeKind::from_word)?,
                references: from_words(&tally["references"], Resolution::from_word)?,
            },
        })
    }
}

fn by_word<K: Copy>(counts: &BTreeMap<K, u64>, word: fn(K) -> &'static str) -> Value {
    let by_word = counts.iter().map(|(key, count)| (word(*key), *count));
    json!(by_word.collect::<BTreeMap<&str, u64>>())
}

fn from_words<K: Ord>(counts: &Value, known: fn(&str) -> Option<K>) -> Option<BTreeMap<K, u64>> {
    let counts = counts.as_object()?.iter();
    counts
        .map(|(word, count)| Some((known(word)?, count.as_u64()?)))
        .collect()
}

impl Run<'_> {
    /// Counts, unless neither this run nor one that was cut off has written anything since the last count. What was left out is on record by
    /// now, `n_skips` files and the run's problems.
    pub(super) fn tally(&self, n_skips: usize) -> Result<Tally, RunError> {
        if !self.has_written
            && !self.was_stopped
            && let Some(last) = self.last_run()?
            && let Some(mut tally) = Tally::from_json(&last["tally"], self.started.number)
        {
            tally.counts.n_skips = n_skips as u64;
            tally.counts.n_problems = self.problems.len() as u64;
            return Ok(tally);
        }
        let generation = self.generation();
        Ok(Tally {
            counts: self.store.counts(generation)?,
            symbols_by_kind: self.store.symbols_by_kind(generation)?,
            graph: self.store.graph_counts(generation)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tallies_are_of_one_generation_and_in_known_words() {
        let tally = Tally {
            counts: Counts {
                n_files: 5,
                n_chunks: 6,
                ..Counts::default()
            },
            symbols_by_kind: BTreeMap::from([(SymbolKind::Class, 2), (SymbolKind::Method, 3)]),
            graph: GraphCounts {
                edges: BTreeMap::from([(EdgeKind::Calls, 4)]),
                references: BTreeMap::new(),
            },
        };
        let mut json = tally.to_json(7);
        let read = Tally::from_json(&json, 7).unwrap();
        assert_eq!(read.symbols_by_kind, tally.symbols_by_kind);
        assert_eq!(read.graph, tally.graph);
        assert_eq!(read.counts, tally.counts);
        assert!(Tally::from_json(&json, 8).is_none());
        json["edges"]["leads somewhere"] = json!(1);
        assert!(Tally::from_json(&json, 7).is_none());
        assert!(Tally::from_json(&Value::Null, 7).is_none());
    }
}
