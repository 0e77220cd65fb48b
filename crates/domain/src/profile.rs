//! Everything that changes what a file turns into.

use serde::{Deserialize, Serialize};

use crate::{ContentHash, ModelId};

/// Everything that changes what a file turns into. Another profile means another generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Version of the extractor's output.
    pub extractor: u32,
    /// Version of the words that lexical search stores.
    #[serde(default)]
    pub words: u32,
    /// Largest number of tokens of one chunk's input.
    pub max_chunk_tokens: u32,
    /// What counts the tokens, such as the model's tokenizer.
    pub token_counter: String,
    /// Model of the code view; `None` without embeddings.
    pub code_model: Option<ModelId>,
    /// Model of the text view; `None` without embeddings.
    pub text_model: Option<ModelId>,
}

impl Profile {
    /// Returns a hash that two profiles share exactly when they are equal.
    pub fn hash(&self) -> ContentHash {
        let json =
            serde_json::to_vec(self).expect("a struct of strings and numbers always serializes");
        ContentHash::of(&json)
    }
}
