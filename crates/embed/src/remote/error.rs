//! Why a service returned no vectors.

use std::io;
use std::time::Duration;

use thiserror::Error;

use super::ServiceAddress;

/// Why a service gave no vectors.
#[derive(Debug, Error)]
pub enum RemoteError {
    /// The host's name leads nowhere.
    #[error("cannot look up the host of {address}")]
    Host {
        /// The service.
        address: ServiceAddress,
        /// What the system said.
        source: io::Error,
    },
    /// The key would be readable on the way.
    #[error(
        "the key is not sent to {address}, where it could be read on the way; use https, or a service on this machine"
    )]
    Exposed {
        /// The service.
        address: ServiceAddress,
    },
    /// The key cannot be sent as it is.
    #[error("the key for {address} is empty or has characters other than visible ASCII")]
    Key {
        /// The service.
        address: ServiceAddress,
    },
    /// The service has several models, or does not list them, and none was named.
    #[error(
        "no model was named, and {address} does not name a single one of its own; use --embedder-model NAME"
    )]
    NoModel {
        /// The service.
        address: ServiceAddress,
    },
    /// The service will not, whatever it is asked: wrong key, wrong path, wrong model.
    #[error("{address} refuses: {cause}")]
    Refused {
        /// The service.
        address: ServiceAddress,
        /// Its status and what it said.
        cause: String,
    },
    /// No answer for as long as the run was ready to wait.
    #[error("{address} gave no vectors for {} s: {cause}", waited.as_secs())]
    Unavailable {
        /// The service.
        address: ServiceAddress,
        /// How long it was waited for.
        waited: Duration,
        /// What happened last.
        cause: String,
    },
    /// Something answers, but not with vectors that can be used.
    #[error("the answer of {address} cannot be used: {cause}")]
    Unusable {
        /// The service.
        address: ServiceAddress,
        /// What is wrong with it.
        cause: String,
    },
    /// The service embeds other inputs, but not this one.
    #[error("{address} does not embed this input: {cause}")]
    Input {
        /// The service.
        address: ServiceAddress,
        /// What it said.
        cause: String,
    },
}

impl RemoteError {
    /// Returns whether every other input would end the same way.
    pub fn concerns_every_input(&self) -> bool {
        !matches!(self, RemoteError::Input { .. })
    }
}
