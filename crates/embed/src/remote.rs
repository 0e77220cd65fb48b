//! Vectors from a service: OpenAI's `/v1/embeddings`, which many servers speak, and `/embed` of Hugging Face's text-embeddings-inference.
//!
//! A run goes through two stages. [`RemoteRequest::probe`], in the parent and before anything is written, finds out what answers at the
//! address and returns [`RemoteSettings`]; these cross the pipe to the workers, whose [`RemoteEmbedder`] needs no name service, no file and
//! no address but the one that was probed.

mod address;
mod body;
mod client;
mod error;
mod pace;
mod probe;
mod secret;

use std::net::SocketAddr;
use std::time::Duration;

use domain::ModelId;
use serde::{Deserialize, Serialize};

pub use address::{InvalidServiceAddress, ServiceAddress};
pub use error::RemoteError;
pub use secret::Secret;

use crate::{EmbedError, Embedder, Embeddings, Role};
use client::Client;
use pace::{Attempt, Pace};

/// Inputs per request where the server does not say how many it takes: enough that the round trip does not matter, few enough that an
/// answer of 3,072 dimensions stays near a megabyte.
const DEFAULT_INPUTS_PER_REQUEST: usize = 32;

/// Tokens of an input where nobody says otherwise: chunks as long as the default model's, which search is tuned for.
const DEFAULT_INPUT_TOKENS: usize = 254;

/// What a user asks for: a service and a model of it.
#[derive(Clone, Debug)]
pub struct RemoteRequest {
    /// Where the service is.
    pub address: ServiceAddress,
    /// The model's name as the service knows it; may be missing where the service has one model and names it.
    pub model: Option<String>,
    /// Sent as a bearer token.
    pub key: Option<Secret>,
    /// Asks for vectors of this length, where the service can shorten them.
    pub n_dimensions: Option<usize>,
    /// Tokens of an input at most; the service's own limit where it is lower.
    pub max_input_tokens: Option<usize>,
    /// How long an outage may last before the run gives up.
    pub patience: Duration,
}

/// How the service is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// `POST …/embeddings` with `{"model", "input", "encoding_format"}`.
    OpenAi,
    /// `POST …/embed` with `{"inputs", "truncate"}`.
    TextEmbeddingsInference,
}

/// A service that was found to answer, with all that a worker needs to use it. Holds the key: it is meant for a pipe, never for a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoteSettings {
    address: ServiceAddress,
    /// What the address's host resolved to, so that a confined worker needs no name service.
    resolved: Vec<SocketAddr>,
    protocol: Protocol,
    model: String,
    /// What the service says of the weights: a revision or a hash.
    weights: Option<String>,
    key: Option<Secret>,
    /// Asked for in each request; `None` leaves the length to the model.
    requested_dimensions: Option<usize>,
    n_dimensions: usize,
    max_input_tokens: usize,
    inputs_per_request: usize,
    /// Put before a document, as the model's card wants it.
    document_prefix: String,
    /// Put before a question.
    query_prefix: String,
    /// The service takes `input_type`, as Voyage's does.
    sends_input_type: bool,
    patience: Duration,
}

impl RemoteSettings {
    /// Returns the identity of the model: independent of the address, so that a service may move.
    pub fn model_id(&self) -> ModelId {
        ModelId::of_service(&self.model, self.weights.as_deref(), self.n_dimensions)
    }

    /// Returns the TCP port that the service answers at.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns how long an outage may last.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// Returns the address, for messages.
    pub fn address(&self) -> &ServiceAddress {
        &self.address
    }
}

/// Embeds by requests to a service. One request is in flight at a time; a run has many of these.
pub struct RemoteEmbedder {
    settings: RemoteSettings,
    model: ModelId,
    client: Client,
    pace: Pace,
}

impl RemoteEmbedder {
    /// Makes one; connects at the first request.
    pub fn open(settings: &RemoteSettings) -> RemoteEmbedder {
        RemoteEmbedder {
            model: settings.model_id(),
            client: Client::new(settings),
            pace: Pace::new(settings.address.clone(), settings.patience),
            settings: settings.clone(),
        }
    }

    /// Embeds what fits a request, halving it as long as the service finds it too much or fails at it.
    fn embed_batch(&mut self, inputs: &[String], role: Role) -> Result<Embeddings, RemoteError> {
        let (client, n_dimensions) = (&self.client, Some(self.settings.n_dimensions));
        let cause = match self.pace.run(|| client.embed(inputs, role, n_dimensions)) {
            Attempt::Done(embeddings) => return Ok(embeddings),
            Attempt::GaveUp(error) => return Err(error),
            Attempt::TooMuch(cause) => cause,
            Attempt::Suspicious(cause) => {
                self.await_service()?;
                cause
            }
        };
        match inputs {
            [] => Ok(Embeddings::default()),
            [input] => match shorter(input) {
                Some(shorter) => self.embed_batch(&[shorter], role),
                None => {
                    self.await_service()?;
                    let address = self.settings.address.clone();
                    Err(RemoteError::Input { address, cause })
                }
            },
            _ => {
                let (first, second) = inputs.split_at(inputs.len() / 2);
                let mut embeddings = self.embed_batch(first, role)?;
                let rest = self.embed_batch(second, role)?;
                embeddings.vectors.extend(rest.vectors);
                embeddings.n_tokens += rest.n_tokens;
                Ok(embeddings)
            }
        }
    }

    /// Waits until the service embeds a text that every service embeds, so that an outage is not taken for a fault of an input.
    fn await_service(&mut self) -> Result<(), RemoteError> {
        let (client, n_dimensions) = (&self.client, Some(self.settings.n_dimensions));
        let sound = ["mnemo".to_owned()];
        self.pace
            .await_service(|| client.embed(&sound, Role::Document, n_dimensions))
    }
}

/// Returns the first half of a text that a service found too long; nothing of one so short that its length cannot be the reason.
fn shorter(text: &str) -> Option<String> {
    const LENGTH_IS_NO_REASON: usize = 256;
    let half = text.floor_char_boundary(text.len() / 2);
    (text.len() > LENGTH_IS_NO_REASON).then(|| text[..half].to_owned())
}

impl Embedder for RemoteEmbedder {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn n_dimensions(&self) -> usize {
        self.settings.n_dimensions
    }

    fn max_input_tokens(&self) -> usize {
        self.settings.max_input_tokens
    }

    /// Counts roughly, since the service's tokenizer is not here; an input that turns out too long is cut when the service says so.
    fn count_tokens(&self, text: &str) -> usize {
        crate::mock::approximate_tokens(text)
    }

    fn inputs_per_call(&self) -> usize {
        self.settings.inputs_per_request
    }

    fn embed(&mut self, inputs: &[&str], role: Role) -> Result<Embeddings, EmbedError> {
        let prefix = match role {
            Role::Document => &self.settings.document_prefix,
            Role::Query => &self.settings.query_prefix,
            Role::Whole => "",
        };
        let inputs: Vec<String> = inputs
            .iter()
            .map(|input| format!("{prefix}{input}"))
            .collect();
        let mut all = Embeddings::default();
        for batch in inputs.chunks(self.settings.inputs_per_request) {
            let embeddings = self.embed_batch(batch, role)?;
            all.vectors.extend(embeddings.vectors);
            all.n_tokens += embeddings.n_tokens;
        }
        Ok(all)
    }
}
