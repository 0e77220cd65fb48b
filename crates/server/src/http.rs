//! The streamable HTTP transport, on the loopback interface alone.
//!
//! Loopback is shared by all users of the machine, and by every page in a browser. So a client shows a [`Token`], and nothing that one does
//! before that, or does slowly, or does often, takes what others need: connections, their time, bodies and sessions have bounds, all of them
//! below. Start at [`serve_http`]; one request is in `Door::answer`.

mod connections;
mod patient;
mod sessions;
mod token;

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderValue, WWW_AUTHENTICATE};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::handler::Handler;
use crate::{ServerError, ServerSettings, runtime};

use connections::{Connections, Place};
use patient::Patient;
use sessions::Sessions;
pub use token::{InvalidToken, Token};

/// A client sends the head of a request within this time of the one before, or connects again.
const HEAD_TIME: Duration = Duration::from_secs(20);
/// And its body within this.
const BODY_TIME: Duration = Duration::from_secs(20);
/// Room for a head with all its fields.
const HEAD_BYTES_MAX: usize = 32 << 10;
/// A request is a tool's name and a few words.
const BODY_BYTES_MAX: usize = 256 << 10;
/// Before the next connection is tried after one could not be taken: what is short, such as descriptors, comes back when others end.
const PAUSE: Duration = Duration::from_millis(50);

/// Answers clients that show `token` at `http://127.0.0.1:PORT/` until the process ends; port 0 takes any that is free. `on_listening` is
/// given the address.
///
/// Requests that name another host are refused, and so are those of web pages: a page must not read code through a browser.
pub fn serve_http(
    settings: &ServerSettings,
    port: u16,
    token: Token,
    on_listening: impl FnOnce(SocketAddr),
) -> Result<(), ServerError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let refused = |source| ServerError::Listen { address, source };
    // All clients share one desk: one open store, one model.
    let handler = Handler::new(settings)?;
    runtime()?.block_on(async {
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        on_listening(listener.local_addr().map_err(refused)?);
        let sessions = Arc::new(Sessions::new());
        let config = StreamableHttpServerConfig::default().enforce_origin_validation();
        let kit =
            StreamableHttpService::new(move || Ok(handler.clone()), sessions.manager(), config);
        let door = Arc::new(Door {
            token,
            connections: Arc::new(Connections::default()),
            sessions,
            kit: TowerToHyperService::new(kit),
        });
        loop {
            match listener.accept().await {
                Ok((stream, _)) => door.open(stream),
                // A connection that ended before it was taken, or no descriptor for it: it waits in the system's queue.
                Err(_) => {
                    door.connections.end_oldest_stranger();
                    sleep(PAUSE).await;
                }
            }
        }
    })
}

type Kit = TowerToHyperService<StreamableHttpService<Handler, LocalSessionManager>>;
type Answer = Response<BoxBody<Bytes, Infallible>>;

/// What all connections share.
struct Door {
    token: Token,
    connections: Arc<Connections>,
    sessions: Arc<Sessions>,
    kit: Kit,
}

impl Door {
    /// Answers on a connection until it ends.
    fn open(self: &Arc<Door>, stream: TcpStream) {
        let door = Arc::clone(self);
        self.connections.admit(|place| async move {
            let place = Arc::new(place);
            let service = service_fn(move |request| {
                let (door, place) = (Arc::clone(&door), Arc::clone(&place));
                async move { Ok::<_, Infallible>(door.answer(request, &place).await) }
            });
            // A connection that breaks off is the client's affair.
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIME)
                .max_buf_size(HEAD_BYTES_MAX)
                .serve_connection(TokioIo::new(Patient::new(stream)), service)
                .await
                .ok();
        });
    }

    async fn answer(&self, request: Request<Incoming>, place: &Place) -> Answer {
        if !self.token.is_shown_in(request.headers()) {
            return refusal(
                StatusCode::UNAUTHORIZED,
                "expected the token that the server showed when it started: Authorization: Bearer TOKEN",
            );
        }
        if !place.is_clients() {
            return refusal(StatusCode::SERVICE_UNAVAILABLE, "too many connections");
        }
        let (head, body) = request.into_parts();
        let read = Limited::new(body, BODY_BYTES_MAX).collect();
        let body = match timeout(BODY_TIME, read).await {
            Ok(Ok(body)) => Full::new(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                return refusal(StatusCode::PAYLOAD_TOO_LARGE, "too long a request");
            }
            Ok(Err(_)) => return refusal(StatusCode::BAD_REQUEST, "an unreadable request"),
            Err(_) => return refusal(StatusCode::REQUEST_TIMEOUT, "too slow a request"),
        };
        self.sessions.make_room_for(&head.headers).await;
        let request = Request::from_parts(head, body);
        let Ok(answer) = self.kit.call(request).await;
        self.sessions.note(answer.headers());
        answer
    }
}

/// Says no, and hangs up: what else was sent is not read.
fn refusal(status: StatusCode, reason: &'static str) -> Answer {
    let mut answer = Response::new(BoxBody::new(Full::from(reason)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    answer
}
