//! Why a server stopped.

use std::net::SocketAddr;

use rmcp::service::ServerInitializeError;
use thiserror::Error;

/// Why a server stopped.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The runtime or a thread could not be started.
    #[error("cannot start the server")]
    Runtime(#[source] std::io::Error),
    /// The client hung up or spoke something else before the handshake was over.
    #[error("the handshake with the client failed")]
    Handshake(#[from] Box<ServerInitializeError>),
    /// The task that answers died.
    #[error("the server's task died")]
    Task(#[source] tokio::task::JoinError),
    /// The address is taken or not allowed.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where it should have listened.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}
