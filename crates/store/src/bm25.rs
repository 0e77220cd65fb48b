//! The score of a chunk by words: Okapi BM25 over weighted fields (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009).
//!
//! Every backend that scores by itself does it here, adding the words of a query in one order, so that scores are equal to the last bit.

use crate::lexical::{COMMON_WORD_WEIGHT, LENGTH_CORRECTION, SATURATION};

/// The sizes of a generation that scores depend on.
#[derive(Clone, Copy)]
pub(crate) struct Bm25 {
    n_chunks: f64,
    mean_length: f64,
}

impl Bm25 {
    /// Begins with the number of chunks and of words in all of them.
    pub(crate) fn new(n_chunks: u64, n_words: u64) -> Bm25 {
        Bm25 {
            n_chunks: n_chunks as f64,
            mean_length: n_words as f64 / n_chunks as f64,
        }
    }

    /// Returns the weight of a word that `n_found` chunks have: the rarer, the more it says.
    pub(crate) fn weight(&self, n_found: usize) -> f64 {
        let n_found = n_found as f64;
        let weight = ((self.n_chunks - n_found + 0.5) / (n_found + 0.5)).ln();
        if weight <= 0.0 {
            COMMON_WORD_WEIGHT
        } else {
            weight
        }
    }

    /// Returns what a word of some weight adds to the score of a chunk of `length` words.
    pub(crate) fn score(&self, weight: f64, frequency: u64, length: u64) -> f64 {
        let frequency = frequency as f64;
        let norm = SATURATION
            * (1.0 - LENGTH_CORRECTION + LENGTH_CORRECTION * length as f64 / self.mean_length);
        weight * ((frequency * (SATURATION + 1.0)) / (frequency + norm))
    }
}
