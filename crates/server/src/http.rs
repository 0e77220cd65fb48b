//! The streamable HTTP transport, on the loopback interface alone.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;

use crate::handler::Handler;
use crate::{ServerError, ServerSettings, runtime};

/// Answers clients at `http://127.0.0.1:PORT/` until the process ends; port 0 takes any that is free. `on_listening` is told the address.
///
/// Requests that name another host are refused, and so are those of web pages: a page must not read code through a browser.
pub fn serve_http(
    settings: &ServerSettings,
    port: u16,
    on_listening: impl FnOnce(SocketAddr),
) -> Result<(), ServerError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let refused = |source| ServerError::Listen { address, source };
    // All clients share one desk: one open store, one model.
    let handler = Handler::new(settings)?;
    runtime()?.block_on(async {
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        on_listening(listener.local_addr().map_err(refused)?);
        let config = StreamableHttpServerConfig::default().enforce_origin_validation();
        let service = StreamableHttpService::new(
            move || Ok(handler.clone()),
            Arc::new(LocalSessionManager::default()),
            config,
        );
        loop {
            let (stream, _) = listener.accept().await.map_err(refused)?;
            let service = TowerToHyperService::new(service.clone());
            // A connection that breaks off is the client's affair.
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    })
}
