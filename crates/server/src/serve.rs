//! The service: one process with the page, the API, the Model Context Protocol, embeddings and metrics; or with embeddings alone.
//!
//! [`routes`] is where its parts come together; whatever else is to be served joins them there.

mod answers;
pub(crate) mod live;
mod metrics;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::Snapshot;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use crate::embeddings::{self, Embeddings};
use crate::http::{self, Access, Stop};
use crate::mcp::Handler;
use crate::query_service::{QueryService, QueryServices};
use crate::refusal::Refusal;
use crate::{ServerError, ServerSettings, api, mcp, page, runtime};

pub(crate) use answers::Params;
use live::Live;
pub(crate) use metrics::Metrics;

/// A slow question holds up nobody else as long as there is a query service left; each has a connection to the database and a mapped model.
const N_QUERY_SERVICES: usize = 4;

/// A page or an answer of the API takes milliseconds; the first one of a large repository reads its graph.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// What `mnemo serve` needs to know.
pub struct ServeSettings {
    /// What it answers from.
    pub server: ServerSettings,
    /// Where it listens; port 0 takes any that is free.
    pub address: SocketAddr,
    /// Whom it lets in.
    pub access: Access,
    /// What it serves.
    pub parts: Parts,
}

/// What is served.
pub enum Parts {
    /// All there is. Models of embeddings are opened when somebody asks for vectors.
    All,
    /// Vectors by these models; neither repository nor database is needed.
    Embeddings(Vec<app::TextModel>),
}

/// What all that is served shares.
pub(crate) struct Service {
    pub(crate) query_services: QueryServices,
    pub(crate) metrics: Arc<Metrics>,
    embeddings: Arc<Embeddings>,
    pub(crate) settings: ServerSettings,
    pub(crate) live: Live,
}

/// How handlers get at it.
pub(crate) type Shared = State<Arc<Service>>;

/// Serves until the process is asked to end. `on_listening` is called with the address.
pub fn serve(
    settings: ServeSettings,
    on_listening: impl FnOnce(SocketAddr),
) -> Result<(), ServerError> {
    let ServeSettings {
        server,
        address,
        access,
        parts,
    } = settings;
    let routes = |stop: Stop| match parts {
        Parts::All => Ok(routes(Arc::new(Service::start(server, stop)?))),
        Parts::Embeddings(models) => {
            let embeddings = Embeddings::of(server.settings, models);
            let embeddings = embeddings.map_err(ServerError::Runtime)?;
            Ok(embeddings_alone(Arc::new(embeddings)))
        }
    };
    let runtime = runtime()?;
    runtime.block_on(http::serve(address, access, routes, on_listening))?;
    runtime.shutdown_background();
    Ok(())
}

/// Puts together what is served. A further part of the service is a router that is merged here: under [`answered`] if each of its answers
/// comes at once, beside it if it keeps streams open or has bounds of its own.
fn routes(service: Arc<Service>) -> Router {
    let handler = Handler::new(&service.settings, service.query_services.clone());
    let at_once = page::routes()
        .merge(api::routes())
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::answer));
    let streams = Router::new()
        .route("/api/runs/live", get(live::runs))
        .route("/runs/live", get(live::runs_for_pages));
    let metrics = Arc::clone(&service.metrics);
    let embeddings = Arc::clone(&service.embeddings);
    let all = answered(at_once, &service)
        .merge(streams)
        .with_state(service)
        .merge(timed(embeddings::routes(embeddings), &metrics))
        .nest("/mcp", mcp::http::routes(handler));
    guarded(all, metrics)
}

/// Puts together what a server has that only embeds.
fn embeddings_alone(embeddings: Arc<Embeddings>) -> Router {
    let metrics = Arc::new(Metrics::new(embeddings.measures()));
    let about = "mnemo embeds texts here: POST /v1/embeddings or /embed; GET /v1/models, /info and /metrics\n";
    let all = Router::new()
        .route("/", get(async move || about))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(async || "ready\n"))
        .route("/metrics", get(metrics::answer_without_index))
        .with_state(Arc::clone(&metrics))
        .merge(timed(embeddings::routes(embeddings), &metrics));
    guarded(all, metrics)
}

/// Measures how long answers take.
fn timed(router: Router, metrics: &Arc<Metrics>) -> Router {
    let metrics = Arc::clone(metrics);
    router.route_layer(middleware::from_fn_with_state(metrics, metrics::time))
}

/// Counts answers, and says what browsers may do with them.
fn guarded(router: Router, metrics: Arc<Metrics>) -> Router {
    router
        .layer(middleware::from_fn_with_state(metrics, metrics::count))
        .layer(middleware::map_response(answers::guarded))
}

/// Bounds the time of answers, gives each a tag by which a browser asks whether it is still the same, and compresses it.
fn answered(router: Router<Arc<Service>>, service: &Arc<Service>) -> Router<Arc<Service>> {
    router
        .fallback(page::nothing_here)
        .layer(middleware::from_fn(answers::tagged))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            ANSWER_TIME,
        ))
        .layer(CompressionLayer::new())
        .route_layer(middleware::from_fn_with_state(
            Arc::clone(&service.metrics),
            metrics::time,
        ))
}

/// Whether questions can be answered: the database is there and can be read.
async fn ready(State(service): Shared) -> Response {
    let asked = service.ask_query_service(|queries| Ok(queries.reader()?.repositories()?));
    match asked.await {
        Ok(_) => "ready\n".into_response(),
        // Who asks has shown no token, and learns no more.
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response(),
    }
}

impl Service {
    fn start(settings: ServerSettings, stop: Stop) -> Result<Service, ServerError> {
        let query_services = settings.query_services(N_QUERY_SERVICES)?;
        let embeddings = Embeddings::new(settings.settings.clone());
        Ok(Service {
            live: Live::start(query_services.clone(), stop),
            query_services,
            metrics: Arc::new(Metrics::new(embeddings.measures())),
            embeddings: Arc::new(embeddings),
            settings,
        })
    }

    /// Has a question answered from one state of the repository that is named, that the server was started in, or that is the only one.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        repository: Option<String>,
        mut question: impl FnMut(&mut Snapshot<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.ask_query_service(move |queries| queries.ask(repository.as_deref(), &mut question))
            .await
    }

    /// Has a question answered that is not of one repository.
    pub(crate) async fn ask_query_service<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut QueryService<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let answer = self.query_services.ask(question).await;
        answer.unwrap_or(Err(Refusal::Died))
    }
}
