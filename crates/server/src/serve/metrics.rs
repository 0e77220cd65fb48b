//! What the service counts, for Prometheus.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use app::{Counts, Coverage};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Shared;
use crate::embeddings::Measures;
use crate::refusal::Refusal;

/// What Prometheus expects of this format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper ends of the buckets, in seconds: from a page that is known to a first one that reads a large graph.
const BUCKETS: [f64; 10] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Status {
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Repository {
    repository: String,
}

type Latency = Family<Route, Histogram, fn() -> Histogram>;
type Sizes = Family<Repository, Gauge>;
type Shares = Family<Repository, Gauge<f64, AtomicU64>>;

/// What is counted as it happens, and what is looked up when it is asked for.
pub(crate) struct Metrics {
    registry: Registry,
    answers: Family<Status, Counter>,
    seconds: Latency,
    memory: Gauge,
    waiting: Gauge,
    files: Sizes,
    failed: Sizes,
    chunks: Sizes,
    vectors: Sizes,
    complete: Shares,
}

impl Metrics {
    pub(crate) fn new(of_embeddings: &Measures) -> Metrics {
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        let mut metrics = Metrics {
            registry: Registry::with_prefix("mnemo"),
            answers: Family::default(),
            seconds: Family::new_with_constructor(histogram),
            memory: Gauge::default(),
            waiting: Gauge::default(),
            files: Sizes::default(),
            failed: Sizes::default(),
            chunks: Sizes::default(),
            vectors: Sizes::default(),
            complete: Shares::default(),
        };
        metrics.register();
        of_embeddings.register(&mut metrics.registry);
        metrics
    }

    fn register(&mut self) {
        let to = &mut self.registry;
        to.register(
            "http_answers",
            "Answers by HTTP status",
            self.answers.clone(),
        );
        let help = "Seconds from a request to its answer, by route";
        to.register("http_answer_seconds", help, self.seconds.clone());
        let help = "Bytes of memory that the process has resident";
        to.register("resident_bytes", help, self.memory.clone());
        let help = "Questions that wait for a thread to answer them";
        to.register("questions_waiting", help, self.waiting.clone());
        to.register("files", "Files in the index", self.files.clone());
        let help = "Files that could not be indexed";
        to.register("failed_files", help, self.failed.clone());
        to.register("chunks", "Chunks in the index", self.chunks.clone());
        to.register("vectors", "Vectors that chunks have", self.vectors.clone());
        let help = "1 where the index covers the whole tree as its last run saw it";
        to.register("complete", help, self.complete.clone());
    }

    fn shown(&self) -> Response {
        self.memory.set(resident_bytes());
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a String takes everything");
        ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response()
    }

    fn look_up(&self, sizes: &[(Coverage, Counts)]) {
        for (coverage, counts) in sizes {
            let of = Repository {
                repository: coverage.repository.to_string(),
            };
            let set = |family: &Sizes, n: u64| {
                let n = i64::try_from(n).unwrap_or(i64::MAX);
                family.get_or_create(&of).set(n);
            };
            set(&self.files, counts.n_files);
            set(&self.failed, counts.n_problems);
            set(&self.chunks, counts.n_chunks);
            set(&self.vectors, counts.n_vectors);
            let complete = f64::from(u8::from(coverage.is_complete));
            self.complete.get_or_create(&of).set(complete);
        }
    }
}

/// Counts answers.
pub(super) async fn count(
    State(metrics): State<Arc<Metrics>>,
    request: Request,
    next: Next,
) -> Response {
    let answer = next.run(request).await;
    let status = answer.status().as_u16();
    let answers = &metrics.answers;
    answers.get_or_create(&Status { status }).inc();
    answer
}

/// Measures how long answers take.
pub(super) async fn time(
    State(metrics): State<Arc<Metrics>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let route = path.map_or_else(String::new, |path| path.as_str().to_owned());
    let began = Instant::now();
    let answer = next.run(request).await;
    let seconds = began.elapsed().as_secs_f64();
    let all = &metrics.seconds;
    all.get_or_create(&Route { route }).observe(seconds);
    answer
}

/// Answers Prometheus.
pub(super) async fn answer(State(service): Shared) -> Result<Response, Refusal> {
    let sizes = service
        .ask_query_service(|queries| Ok(queries.reader()?.sizes()?))
        .await;
    let metrics = &service.metrics;
    // A database that is not there yet has no sizes; the rest is reported all the same.
    metrics.look_up(&sizes.unwrap_or_default());
    let waiting = i64::try_from(service.query_services.n_waiting()).unwrap_or(i64::MAX);
    metrics.waiting.set(waiting);
    Ok(metrics.shown())
}

/// Answers Prometheus where there is no index.
pub(super) async fn answer_without_index(State(metrics): State<Arc<Metrics>>) -> Response {
    metrics.shown()
}

/// Returns how much memory the process has resident; 0 where the system does not say.
fn resident_bytes() -> i64 {
    let sizes = fs_err::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = sizes.split(' ').nth(1).and_then(|text| text.parse().ok());
    let page_bytes = i64::try_from(rustix::param::page_size()).unwrap_or(0);
    pages.unwrap_or(0_i64) * page_bytes
}
