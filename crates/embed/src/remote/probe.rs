//! Finds out what answers at an address, before a run begins.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;

use super::client::Client;
use super::pace::{Attempt, Pace};
use super::{
    DEFAULT_INPUT_TOKENS, DEFAULT_INPUTS_PER_REQUEST, Protocol, RemoteError, RemoteRequest,
    RemoteSettings, ServiceAddress,
};
use crate::models::known_models;
use crate::{Embeddings, Role};

/// A service that restarts is waited for; one that is not there is reported soon.
const PROBE_PATIENCE: Duration = Duration::from_secs(10);

/// Addresses of a host that are tried; as many as the HTTP client takes.
const RESOLVED_MAX: usize = 16;

/// The service whose models take `input_type` in place of a prefix.
const HOST_WITH_INPUT_TYPE: &str = "api.voyageai.com";

/// What text-embeddings-inference says of itself.
#[derive(Deserialize)]
struct Info {
    model_id: String,
    model_sha: Option<String>,
    max_input_length: Option<usize>,
    max_client_batch_size: Option<usize>,
}

/// What OpenAI's `/v1/models` lists.
#[derive(Deserialize)]
struct Models {
    data: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
}

impl RemoteRequest {
    /// Asks the service who it is and has it embed two texts.
    ///
    /// Fails if the key could leak, nothing answers within some seconds, the answer is a refusal, or the vectors cannot be used.
    pub fn probe(&self) -> Result<RemoteSettings, RemoteError> {
        self.check_key()?;
        let mut settings = self.unprobed(self.resolve()?);
        let mut pace = Pace::new(self.address.clone(), PROBE_PATIENCE.min(self.patience));
        self.find_protocol(&mut settings, &mut pace)?;
        if settings.model.is_empty() {
            settings.model = self.only_model(&settings, &mut pace)?;
        }
        settings.set_prefixes();
        settings.n_dimensions = settings.measure(&mut pace)?;
        Ok(settings)
    }

    fn check_key(&self) -> Result<(), RemoteError> {
        let address = self.address.clone();
        match &self.key {
            Some(key) if !key.is_sendable() => Err(RemoteError::Key { address }),
            Some(_) if !address.is_private() => Err(RemoteError::Exposed { address }),
            _ => Ok(()),
        }
    }

    fn resolve(&self) -> Result<Vec<SocketAddr>, RemoteError> {
        let mut resolved = self.address.resolve().map_err(|source| RemoteError::Host {
            address: self.address.clone(),
            source,
        })?;
        resolved.truncate(RESOLVED_MAX);
        Ok(resolved)
    }

    /// Returns settings that hold until the service has said more.
    fn unprobed(&self, resolved: Vec<SocketAddr>) -> RemoteSettings {
        RemoteSettings {
            address: self.address.clone(),
            resolved,
            protocol: Protocol::OpenAi,
            model: self.model.clone().unwrap_or_default(),
            weights: None,
            key: self.key.clone(),
            requested_dimensions: self.n_dimensions,
            n_dimensions: 0,
            max_input_tokens: self.max_input_tokens.unwrap_or(DEFAULT_INPUT_TOKENS),
            inputs_per_request: DEFAULT_INPUTS_PER_REQUEST,
            document_prefix: String::new(),
            query_prefix: String::new(),
            sends_input_type: self.address.host() == HOST_WITH_INPUT_TYPE,
            patience: self.patience,
        }
    }

    /// Goes by the path: a whole one is taken as it is, a root may be either protocol's, anything else is the folder of `embeddings`.
    fn find_protocol(
        &self,
        settings: &mut RemoteSettings,
        pace: &mut Pace,
    ) -> Result<(), RemoteError> {
        let (address, path) = (&self.address, self.address.path());
        if let Some(root) = path.strip_suffix("/embed") {
            settings.protocol = Protocol::TextEmbeddingsInference;
            if let Some(info) = info(settings, &address.with_path(root), pace)? {
                settings.take(info);
            }
        } else if path.is_empty() {
            match info(settings, address, pace)? {
                Some(info) => {
                    settings.protocol = Protocol::TextEmbeddingsInference;
                    settings.take(info);
                    settings.address = address.with_path("/embed");
                }
                None => settings.address = address.with_path("/v1/embeddings"),
            }
        } else if !path.ends_with("/embeddings") {
            settings.address = address.with_path(&format!("{path}/embeddings"));
        }
        Ok(())
    }

    /// Returns the model of a service that has one.
    fn only_model(
        &self,
        settings: &RemoteSettings,
        pace: &mut Pace,
    ) -> Result<String, RemoteError> {
        let path = settings.address.path();
        let folder = path.strip_suffix("/embeddings");
        let address = folder.map(|folder| settings.address.with_path(&format!("{folder}/models")));
        let listed = match address {
            Some(address) => get::<Models>(settings, &address, pace)?,
            None => None,
        };
        match listed.map(|models| models.data).as_deref() {
            Some([only]) => Ok(only.id.clone()),
            // TEI has one model whether it says so or not.
            _ if settings.protocol == Protocol::TextEmbeddingsInference => Ok("model".to_owned()),
            _ => Err(RemoteError::NoModel {
                address: self.address.clone(),
            }),
        }
    }
}

impl RemoteSettings {
    fn take(&mut self, info: Info) {
        /// What a tokenizer puts around every input.
        const SPECIAL_TOKENS: usize = 2;
        if self.model.is_empty() {
            self.model = info.model_id;
        }
        self.weights = info.model_sha;
        if let Some(length) = info.max_input_length {
            let room = length.saturating_sub(SPECIAL_TOKENS).max(1);
            self.max_input_tokens = self.max_input_tokens.min(room);
        }
        if let Some(size) = info.max_client_batch_size {
            self.inputs_per_request = size.clamp(1, DEFAULT_INPUTS_PER_REQUEST);
        }
    }

    /// Takes the prefixes of a model that we know by another road too: a service adds none.
    fn set_prefixes(&mut self) {
        let name = self.model.to_ascii_lowercase();
        let is_named = |known: &str| known.eq_ignore_ascii_case(&name);
        let known = known_models().iter().find(|known| {
            is_named(known.name)
                || is_named(known.repository)
                || known.aliases.iter().any(|alias| is_named(alias))
        });
        if let Some(known) = known {
            known.document_prefix.clone_into(&mut self.document_prefix);
            known.query_prefix.clone_into(&mut self.query_prefix);
        }
    }

    /// Returns the length of the service's vectors. Two texts that get the same vector are no embeddings.
    fn measure(&self, pace: &mut Pace) -> Result<usize, RemoteError> {
        let unusable = |cause: String| RemoteError::Unusable {
            address: self.address.clone(),
            cause,
        };
        let client = Client::new(self);
        let texts = [
            format!(
                "{}fn parse(text: &str) -> Option<u32>",
                self.document_prefix
            ),
            format!("{}A cloudy day at the sea.", self.document_prefix),
        ];
        let embeddings = match pace.run(|| client.embed(&texts, Role::Document, None)) {
            Attempt::Done(embeddings) => embeddings,
            Attempt::GaveUp(error) => return Err(error),
            Attempt::TooMuch(cause) => {
                let address = self.address.clone();
                return Err(RemoteError::Refused { address, cause });
            }
            Attempt::Suspicious(cause) => return Err(unusable(cause)),
        };
        let Embeddings { vectors, .. } = embeddings;
        let n_dimensions = vectors.first().map_or(0, Vec::len);
        match self.requested_dimensions {
            Some(wanted) if wanted != n_dimensions => Err(unusable(format!(
                "vectors of {n_dimensions} dimensions where {wanted} were asked for; leave --dimensions out"
            ))),
            _ if vectors.first() == vectors.last() => {
                Err(unusable("the same vector for different texts".to_owned()))
            }
            _ => Ok(n_dimensions),
        }
    }
}

fn info(
    settings: &RemoteSettings,
    root: &ServiceAddress,
    pace: &mut Pace,
) -> Result<Option<Info>, RemoteError> {
    get(
        settings,
        &root.with_path(&format!("{}/info", root.path())),
        pace,
    )
}

/// Returns what the service says at an address; nothing where that address is not one of its own.
fn get<T: serde::de::DeserializeOwned>(
    settings: &RemoteSettings,
    address: &ServiceAddress,
    pace: &mut Pace,
) -> Result<Option<T>, RemoteError> {
    let client = Client::new(settings);
    let mut found = None;
    let ended = pace.run(|| {
        found = client.get(address)?;
        Ok(Embeddings::default())
    });
    match ended {
        Attempt::GaveUp(error @ RemoteError::Unavailable { .. }) => Err(error),
        _ => Ok(found),
    }
}
