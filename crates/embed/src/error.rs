//! Errors of embedding.

use std::io;
use std::path::PathBuf;

use safetensors::SafeTensorError;
use thiserror::Error;

use crate::remote::RemoteError;

/// Why a model could not be opened or a text not be embedded.
#[derive(Debug, Error)]
pub enum EmbedError {
    /// A file could not be read, written or locked; the source names it.
    #[error("cannot use the model's files")]
    File(#[source] io::Error),

    /// The model's `config.json` is not what an encoder needs.
    #[error("{path} does not describe a model; pull the model again")]
    Config {
        /// The file.
        path: PathBuf,
        /// What the parser found.
        #[source]
        source: serde_json::Error,
    },

    /// The model is sound, but not of a kind this encoder computes.
    #[error("{path} has {field} = {value}, and the encoder needs {needs}; choose another model")]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// The field of the configuration.
        field: &'static str,
        /// Its value.
        value: String,
        /// What it would have to be.
        needs: &'static str,
    },

    /// The model's `tokenizer.json` cannot be used.
    #[error("{path} is not a tokenizer that can be used; pull the model again")]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// What the tokenizer said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The tokenizer gave a token that the model has no embedding of.
    #[error(
        "token {token} is beyond the model's vocabulary of {n_words}; its files do not belong together, pull it again"
    )]
    UnknownToken {
        /// The token.
        token: u32,
        /// The model's vocabulary.
        n_words: usize,
    },

    /// The weights cannot be read.
    #[error("{path} is damaged; remove it and pull the model again")]
    Weights {
        /// The file.
        path: PathBuf,
        /// What the parser found.
        #[source]
        source: SafeTensorError,
    },

    /// The weights are not the ones the model is known by.
    #[error(
        "{path} has the hash {found} instead of {expected}; remove it and pull the model again"
    )]
    WrongWeights {
        /// The file.
        path: PathBuf,
        /// SHA-256 it should have.
        expected: String,
        /// SHA-256 it has.
        found: String,
    },

    /// A tensor is missing, or of another type or shape than the configuration says.
    #[error("{path} holds no tensor {name} of floats and shape {shape:?}; choose another model")]
    Tensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// The shape that the configuration asks for.
        shape: Vec<usize>,
    },

    /// A tensor holds a number that is infinite or none.
    #[error(
        "{path} holds numbers in {name} that are not finite; remove it and pull the model again"
    )]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },

    /// The model computed a vector that is infinite or no number.
    #[error(
        "{path} gives vectors that are not finite; remove it, and if that does not help, the model cannot be used"
    )]
    Numbers {
        /// The packed weights.
        path: PathBuf,
    },

    /// The window leaves no room for text, or the model has no positions for it.
    #[error(
        "a window of {window} tokens does not work with {n_reserved} reserved tokens and {n_positions} positions; set another"
    )]
    Window {
        /// The window.
        window: usize,
        /// Special tokens and tokens of the prefix.
        n_reserved: usize,
        /// Positions of the model.
        n_positions: usize,
    },

    /// More dimensions are asked for than a vector has, or none.
    #[error("vectors of {width} dimensions cannot be cut to {n_dimensions}; ask for fewer")]
    Cut {
        /// Dimensions asked for.
        n_dimensions: usize,
        /// Dimensions of the model.
        width: usize,
    },

    /// The instruction set that was asked for is not one of this processor.
    #[error("this processor cannot run {name}; leave the instruction set to the program")]
    InstructionSet {
        /// Its name.
        name: &'static str,
    },

    /// A service gave no vectors.
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

impl EmbedError {
    /// Returns whether every other input would end the same way: the model is at fault or its service, not the input.
    pub fn concerns_every_input(&self) -> bool {
        match self {
            EmbedError::UnknownToken { .. } | EmbedError::Numbers { .. } => false,
            EmbedError::Remote(error) => error.concerns_every_input(),
            _ => true,
        }
    }
}

impl From<io::Error> for EmbedError {
    fn from(source: io::Error) -> EmbedError {
        EmbedError::File(source)
    }
}
