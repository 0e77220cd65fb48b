//! Answers people and coding agents: a page, an API and the Model Context Protocol, over HTTP or standard input and output.
//!
//! It reads through the façade what is indexed and nothing else: no path that a client names is opened. Start at [`serve`], which has all of
//! it, and at [`serve_stdio`]; who is let in over HTTP is in `http`, what agents may ask in `mcp`, the contract of data in [`wire`].

mod api;
mod embeddings;
mod error;
mod fresh;
mod http;
mod mcp;
mod page;
mod query_service;
mod refusal;
mod serve;
pub mod wire;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use app::Settings;
use rmcp::ServiceExt;
use tokio::io::{AsyncRead, AsyncWrite};

pub use api::openapi;
pub use error::ServerError;
pub use http::{Access, InvalidToken, Token};
pub use page::report::{
    PictureArrow, PictureNode, hotspots_picture, picture, picture_page, report,
};
pub use serve::{Parts, ServeSettings, serve};

use fresh::Keeper;
use mcp::{Handler, Stdio};
use query_service::QueryServices;

/// Connections of clients at a time of a server that only agents ask.
const AGENTS_MAX: usize = 128;

/// What a server needs to know.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// The settings in force, which name the database and the model.
    pub settings: Settings,
    /// Where the client works: the repository that holds it is meant where a call names none.
    pub directory: PathBuf,
    /// Whether clients may have repositories indexed again.
    pub indexing: Indexing,
    /// Whether the index of the tree where the client works is kept fresh.
    pub keeping: Keeping,
}

/// Whether the index of the tree where the client works is kept fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// It stays as it is.
    Off,
    /// It is brought up to date at the start, made where there is none, and the tree is watched.
    Auto,
}

/// Whether clients may have repositories indexed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indexing {
    /// The tool is not there.
    Refused,
    /// A repository that is in the index may be brought up to date.
    Allowed,
}

impl ServerSettings {
    fn query_services(&self, n_services: usize) -> Result<QueryServices, ServerError> {
        QueryServices::start(&self.settings, self.directory.clone(), n_services)
    }

    /// Starts what keeps the index fresh, where it is to be.
    fn keeper(&self) -> Result<Option<Keeper>, ServerError> {
        match self.keeping {
            Keeping::Off => Ok(None),
            Keeping::Auto => Keeper::start(self).map(Some),
        }
    }
}

/// Answers one client on standard input and output until it hangs up.
pub fn serve_stdio(settings: &ServerSettings) -> Result<(), ServerError> {
    let runtime = runtime()?;
    runtime.block_on(serve_over(
        settings,
        tokio::io::stdin(),
        tokio::io::stdout(),
    ))?;
    // A pending read of standard input must not keep a process alive whose client is gone.
    runtime.shutdown_background();
    Ok(())
}

/// Answers one client that writes to `input` and reads from `output` until it hangs up.
pub async fn serve_over(
    settings: &ServerSettings,
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
) -> Result<(), ServerError> {
    let service = Handler::new(settings, settings.query_services(1)?)
        .kept_by(settings.keeper()?)
        .serve(Stdio::over(input, output))
        .await
        .map_err(Box::new)?;
    service.waiting().await.map_err(ServerError::Task)?;
    Ok(())
}

/// Answers agents that show `token` at `http://127.0.0.1:PORT/` until the process is asked to end; port 0 takes any that is free.
/// `on_listening` is called with the address.
pub fn serve_http(
    settings: &ServerSettings,
    port: u16,
    token: Token,
    on_listening: impl FnOnce(SocketAddr),
) -> Result<(), ServerError> {
    let access = Access {
        token: Some(token),
        hosts: Vec::new(),
        n_clients_max: AGENTS_MAX,
        for_browsers: false,
    };
    // All clients share one query service: one open store, one model.
    let handler = Handler::new(settings, settings.query_services(1)?).kept_by(settings.keeper()?);
    let routes = |_| Ok(mcp::http::routes(handler));
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let runtime = runtime()?;
    runtime.block_on(http::serve(address, access, routes, on_listening))?;
    runtime.shutdown_background();
    Ok(())
}

/// One thread carries messages; what answers has threads of its own.
fn runtime() -> Result<tokio::runtime::Runtime, ServerError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServerError::Runtime)
}
