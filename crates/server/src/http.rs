//! The door to everything that is served over HTTP: who is let in, and what nobody can take from others.
//!
//! A listener may be asked by other users of the machine, and by every page in a browser. So a client is one of the same user or shows a
//! [`Token`], and nothing that anyone does before that, or does slowly, or does often, takes what others need: connections, their time and
//! bodies have bounds, all of them below. What lies behind the door is a router that need not care. Start at [`serve`]; one request is in
//! `Door::answer`.

mod connections;
mod guard;
mod patient;
mod peer;
mod token;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONNECTION, HeaderValue, RETRY_AFTER};
use axum::http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::ServerError;

use connections::{Connections, Place};
pub use guard::Access;
use guard::Guard;
use patient::Patient;
pub use token::{InvalidToken, Token};

/// A client sends the head of a request within this time of the one before, or connects again.
const HEAD_TIME: Duration = Duration::from_secs(20);
/// And its body within this.
const BODY_TIME: Duration = Duration::from_secs(20);
/// Room for a head with all its fields.
const HEAD_BYTES_MAX: usize = 32 << 10;
/// A question is a few words.
const BODY_BYTES_MAX: usize = 256 << 10;
/// Routes whose requests may be longer, by path: texts to embed come by the thousand.
const LONGER_BODIES: &[(&str, usize)] = &[("/v1/embeddings", 4 << 20), ("/embed", 4 << 20)];
/// Longer requests at a time, from the first byte to the answer; others wait at the door. This times their length is what clients can make us hold.
const LONGER_AT_ONCE: usize = 32;
/// Before the next connection is tried after one could not be taken: what is short, such as descriptors, comes back when others end.
const PAUSE: Duration = Duration::from_millis(50);
/// Answers in hand when the server is asked to stop may take this long.
const GRACE: Duration = Duration::from_secs(5);

/// Whether the server has been asked to stop; whoever keeps a stream open ends it then.
pub(crate) type Stop = watch::Receiver<bool>;

/// Answers by `routes` at `address` whoever `access` lets in, until the process is asked to end; port 0 takes any that is free.
/// `on_listening` is called with the address.
pub(crate) async fn serve(
    address: SocketAddr,
    access: Access,
    routes: impl FnOnce(Stop) -> Result<Router, ServerError>,
    on_listening: impl FnOnce(SocketAddr),
) -> Result<(), ServerError> {
    let refused = |source| ServerError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let (stop, stopped) = watch::channel(false);
    let door = Arc::new(Door {
        connections: Arc::new(Connections::new(access.n_clients_max)),
        guard: Guard::new(address, access),
        routes: TowerToHyperService::new(routes(stopped.clone())?),
        longer: Semaphore::new(LONGER_AT_ONCE),
        stopped,
    });
    let asked = asked_to_stop().map_err(ServerError::Runtime)?;
    on_listening(address);
    tokio::select! {
        () = door.keep_open(&listener) => {}
        () = asked => {}
    }
    drop(listener);
    // Nobody who listens is no failure.
    stop.send_replace(true);
    // Whoever has not finished by then is not waited for.
    timeout(GRACE, door.connections.all_ended()).await.ok();
    Ok(())
}

/// Returns what is over when the process is asked to end, by Ctrl-C or as service managers do.
#[cfg(unix)]
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// What all connections share.
struct Door {
    guard: Guard,
    connections: Arc<Connections>,
    routes: TowerToHyperService<Router>,
    /// Room for requests that are longer than most.
    longer: Semaphore,
    stopped: Stop,
}

impl Door {
    async fn keep_open(self: &Arc<Door>, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => self.open(stream),
                // A connection that ended before it was taken, or no descriptor for it: it waits in the system's queue.
                Err(_) => {
                    self.connections.end_oldest_stranger();
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Answers on a connection until it ends.
    fn open(self: &Arc<Door>, stream: TcpStream) {
        let door = Arc::clone(self);
        self.connections.admit(|place| async move {
            let is_own = door.guard.is_own(&stream).await;
            let place = Arc::new(place);
            let mut stopped = door.stopped.clone();
            let service = service_fn(move |request| {
                let (door, place) = (Arc::clone(&door), Arc::clone(&place));
                async move { Ok::<_, Infallible>(door.answer(request, is_own, &place).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIME)
                .max_buf_size(HEAD_BYTES_MAX)
                .serve_connection(TokioIo::new(Patient::new(stream)), service);
            let mut connection = std::pin::pin!(connection);
            tokio::select! {
                // A connection that breaks off is the client's affair.
                ended = connection.as_mut() => drop(ended),
                () = is_over(&mut stopped) => {
                    connection.as_mut().graceful_shutdown();
                    connection.await.ok();
                }
            }
        });
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        is_own: bool,
        place: &Place,
    ) -> Response<Body> {
        let (head, body) = request.into_parts();
        if let Err(refusal) = self.guard.admit(&head, is_own) {
            return *refusal;
        }
        let is_probe = Guard::is_probe(&head);
        if !is_probe && !place.is_clients() {
            return hang_up(StatusCode::SERVICE_UNAVAILABLE, "too many connections");
        }
        let n_bytes_max = bytes_max(head.uri.path());
        let is_long = body
            .size_hint()
            .upper()
            .is_none_or(|n| n > BODY_BYTES_MAX as u64);
        let _room = match is_long && n_bytes_max > BODY_BYTES_MAX {
            false => None,
            true => match timeout(BODY_TIME, self.longer.acquire()).await {
                Ok(room) => room.ok(),
                Err(_) => return come_later(),
            },
        };
        let read = Limited::new(body, n_bytes_max).collect();
        let body = match timeout(BODY_TIME, read).await {
            Ok(Ok(body)) => Full::new(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                return hang_up(StatusCode::PAYLOAD_TOO_LARGE, "too long a request");
            }
            Ok(Err(_)) => return hang_up(StatusCode::BAD_REQUEST, "an unreadable request"),
            Err(_) => return hang_up(StatusCode::REQUEST_TIMEOUT, "too slow a request"),
        };
        let Ok(answer) = self.routes.call(Request::from_parts(head, body)).await;
        answer
    }
}

/// Waits until the server is asked to stop.
pub(crate) async fn is_over(stop: &mut Stop) {
    // An error means that what could ask is gone.
    stop.wait_for(|stopped| *stopped).await.ok();
}

fn bytes_max(path: &str) -> usize {
    let longer = LONGER_BODIES.iter().find(|(longer, _)| path == *longer);
    longer.map_or(BODY_BYTES_MAX, |(_, n_bytes)| *n_bytes)
}

/// Says that there are enough long requests in hand.
fn come_later() -> Response<Body> {
    let mut answer = hang_up(StatusCode::TOO_MANY_REQUESTS, "too many long requests");
    let seconds = HeaderValue::from(BODY_TIME.as_secs());
    answer.headers_mut().insert(RETRY_AFTER, seconds);
    answer
}

/// Says no, and hangs up: what else was sent is not read.
fn hang_up(status: StatusCode, reason: &'static str) -> Response<Body> {
    let mut answer = Response::new(Body::from(reason));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}
