//! Answers coding agents over the Model Context Protocol: standard input and output, or HTTP on this machine alone.
//!
//! Only this crate knows JSON-RPC. It reads through the façade what is indexed and nothing else: no path that a client names is opened.
//! Start at [`serve_stdio`]; what tools there are is in `tools`.

mod answer;
mod budget;
mod desk;
mod error;
mod handler;
mod http;
mod stdio;
mod tools;

use std::path::PathBuf;

use app::Settings;
use rmcp::ServiceExt;

pub use error::ServerError;
pub use http::{InvalidToken, Token, serve_http};

use handler::Handler;
use stdio::Stdio;

/// What a server needs to know.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// The settings in force, which name the database and the model.
    pub settings: Settings,
    /// Where the client works: the repository that holds it is meant where a call names none.
    pub directory: PathBuf,
    /// Whether clients may have repositories indexed again.
    pub indexing: Indexing,
}

/// Whether clients may have repositories indexed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indexing {
    /// The tool is not there.
    Refused,
    /// A repository that is in the index may be brought up to date.
    Allowed,
}

/// Answers one client on standard input and output until it hangs up.
pub fn serve_stdio(settings: &ServerSettings) -> Result<(), ServerError> {
    let runtime = runtime()?;
    runtime.block_on(async {
        let service = Handler::new(settings)?
            .serve(Stdio::open())
            .await
            .map_err(Box::new)?;
        service.waiting().await.map_err(ServerError::Task)?;
        Ok::<(), ServerError>(())
    })?;
    // A pending read of standard input must not keep a process alive whose client is gone.
    runtime.shutdown_background();
    Ok(())
}

/// One thread carries messages; what answers has a thread of its own.
fn runtime() -> Result<tokio::runtime::Runtime, ServerError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServerError::Runtime)
}
