//! The streamable HTTP transport of the protocol, behind the door that all of HTTP goes through.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::Handler;
use super::sessions::Sessions;

/// Returns what answers the protocol at every path that is left to it. Who may ask, and from where, the door has seen to: its list of hosts
/// takes the place of the kit's. The kit still refuses every web page.
pub(crate) fn routes(handler: Handler) -> Router {
    let sessions = Arc::new(Sessions::new());
    let config = StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .enforce_origin_validation();
    let make = move || Ok(handler.clone());
    let kit = StreamableHttpService::new(make, sessions.manager(), config);
    Router::new().fallback(move |request: Request| answer(request, kit, sessions))
}

async fn answer(
    request: Request,
    kit: StreamableHttpService<Handler, LocalSessionManager>,
    sessions: Arc<Sessions>,
) -> Response {
    sessions.make_room_for(request.headers()).await;
    let answer = kit.handle(request).await;
    sessions.note(answer.headers());
    answer.into_response()
}
