//! An embedder for tests, which computes vectors from a hash and needs no model.

use domain::ModelId;

use crate::{EmbedError, Embedder, Embeddings, Role};

const N_DIMENSIONS: usize = 384;
const MAX_INPUT_TOKENS: usize = 254;
const N_SPECIAL_TOKENS: usize = 2;

/// Letters that one token of the approximation covers; word pieces of code are about that long.
const TOKEN_N_CHARS: usize = 4;

/// Vectors from the hash of the input: for tests and for trying the pipeline without a model. Near inputs are not near vectors.
#[derive(Clone, Debug)]
pub struct MockEmbedder {
    model: ModelId,
}

impl MockEmbedder {
    /// The identity of the mock model.
    pub const MODEL: &str = "mock";

    /// Makes one; all are alike.
    pub fn new() -> MockEmbedder {
        MockEmbedder {
            model: ModelId::new(MockEmbedder::MODEL),
        }
    }
}

impl Default for MockEmbedder {
    fn default() -> MockEmbedder {
        MockEmbedder::new()
    }
}

impl Embedder for MockEmbedder {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn n_dimensions(&self) -> usize {
        N_DIMENSIONS
    }

    fn max_input_tokens(&self) -> usize {
        MAX_INPUT_TOKENS
    }

    fn count_tokens(&self, text: &str) -> usize {
        approximate_tokens(text)
    }

    fn embed(&mut self, inputs: &[&str], _role: Role) -> Result<Embeddings, EmbedError> {
        Ok(Embeddings {
            vectors: inputs.iter().map(|input| vector(input)).collect(),
            n_tokens: inputs
                .iter()
                .map(|input| self.count_tokens(input).min(MAX_INPUT_TOKENS) + N_SPECIAL_TOKENS)
                .sum(),
        })
    }
}

/// Counts one token for every four characters of a word and one for every character of punctuation: a function of the text alone that
/// grows with it, as a tokenizer's count does.
pub(crate) fn approximate_tokens(text: &str) -> usize {
    let words = text.split(|c: char| !is_word(c));
    let n_in_words: usize = words
        .map(|word| word.chars().count().div_ceil(TOKEN_N_CHARS))
        .sum();
    let marks = text.chars().filter(|&c| !is_word(c) && !c.is_whitespace());
    n_in_words + marks.count()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns a vector of unit length whose components are the bytes of the extended hash, as signed numbers.
fn vector(input: &str) -> Vec<f32> {
    let mut bytes = [0; N_DIMENSIONS];
    blake3::Hasher::new()
        .update(input.as_bytes())
        .finalize_xof()
        .fill(&mut bytes);
    // The half keeps every component, and so the length, away from zero.
    let values = bytes.map(|byte| f32::from(byte.cast_signed()) + 0.5);
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.iter().map(|value| value / length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vector_depends_on_its_input_alone() {
        let mut mock = MockEmbedder::new();
        let together = mock.embed(&["a", "", "b"], Role::Document).unwrap();
        let alone = mock.embed(&["b"], Role::Query).unwrap();
        assert_eq!(together.vectors[2], alone.vectors[0]);
        assert_ne!(together.vectors[0], together.vectors[1]);
        for vector in together.vectors {
            let length: f32 = vector.iter().map(|value| value * value).sum();
            assert!((length - 1.0).abs() < 1e-5, "{length}");
        }
    }

    #[test]
    fn tokens_are_words_in_fours_and_punctuation() {
        let mock = MockEmbedder::new();
        for (text, expected) in [("", 0), (" \n", 0), ("const x = 10;", 6), ("é", 1)] {
            assert_eq!(mock.count_tokens(text), expected, "{text:?}");
        }
    }
}
