//! Turns texts into vectors: one [`Embedder`] trait, behind it our own encoder, services and a mock, and the folder of models.
//!
//! Knows nothing of files to index, chunks or stores. Start at [`Embedder`] and at [`EmbedderSetup`], which is an embedder before it is
//! built; [`models`] says where weights come from, [`Encoder`] what is done with them, and [`remote`] how a service is asked.

mod encoder;
mod error;
mod limits;
mod mock;
pub mod models;
mod plan;
pub mod remote;
mod setup;
mod tokenizer;
mod view_embedders;

pub use encoder::{
    Cut, Embedded, Encoder, EncoderSettings, Identity, InstructionSet, Pooling, Precision,
};
pub use error::EmbedError;
pub use mock::MockEmbedder;
pub use setup::{EmbedderSetup, Needs};
pub use view_embedders::ViewEmbedders;

use domain::ModelId;

/// What an input is to a search; some models expect a prefix that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A text to be found.
    Document,
    /// A text to find with.
    Query,
    /// Either, with what the model expects in front of it already.
    Whole,
}

/// Vectors for a slice of inputs.
#[derive(Clone, Debug, Default)]
pub struct Embeddings {
    /// One vector an input, in order, of unit length.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens that went through the model, special tokens included.
    pub n_tokens: usize,
}

/// Inputs per call that cost about a quarter of a second of the default model's work: few enough that a run hears of progress often.
const INPUTS_PER_CALL: usize = 32;

/// Texts in, vectors out: the seam behind which our encoder, a mock and services stand.
///
/// A vector depends on its input and the model alone: never on the other inputs of a call, the order of calls or the process. A service's
/// may differ in its last bits from call to call ([`ModelId::is_of_service`]).
pub trait Embedder: Send {
    /// Names the model and everything else that decides a vector's bits on one instruction set.
    fn model(&self) -> &ModelId;

    /// Length of every vector.
    fn n_dimensions(&self) -> usize;

    /// Largest number of tokens of an input, special tokens and the document prefix not counted; what is longer is cut off.
    fn max_input_tokens(&self) -> usize;

    /// Returns the number of tokens of `text`, special tokens not counted.
    fn count_tokens(&self, text: &str) -> usize;

    /// Number of inputs to give in one call where there are many.
    fn inputs_per_call(&self) -> usize {
        INPUTS_PER_CALL
    }

    /// Embeds `inputs`.
    ///
    /// Fails with an error that says whether it is the input's ([`EmbedError::concerns_every_input`]).
    fn embed(&mut self, inputs: &[&str], role: Role) -> Result<Embeddings, EmbedError>;
}
