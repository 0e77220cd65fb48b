//! The API: the answers of the command line's `--json`, over HTTP.
//!
//! Its contract is [`wire`](crate::wire), and its description, made of the same types, is at `/openapi.json`.

mod parameters;

use app::{Ranking, StopHandle};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;

use crate::refusal::Refusal;
use crate::serve::{Params, Service, Shared};
use crate::wire;
use parameters::{Between, Cycling, Folding, Limited, Named, Of, Walking};
pub(crate) use parameters::{Changing, Evaluating, Searching};
use std::sync::Arc;

type Answer<T> = Result<Json<T>, Refusal>;

/// Paths of the API.
pub(crate) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/openapi.json", get(description))
        .route("/api/repositories", get(repositories))
        .route("/api/settings", get(settings))
        .route("/api/runs", get(runs))
        .route("/api/search", get(search))
        .route("/api/definitions", get(definitions))
        .route("/api/callers", get(callers))
        .route("/api/callees", get(callees))
        .route("/api/impact", get(impact))
        .route("/api/diff-impact", get(diff_impact))
        .route("/api/evaluation", get(evaluation))
        .route("/api/path", get(path))
        .route("/api/cycles", get(cycles))
        .route("/api/hotspots", get(hotspots))
        .route("/api/modules", get(modules))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "mnemo",
        description = "What is indexed of code: search, definitions and the graph between them.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        version = "1"
    ),
    paths(
        repositories,
        settings,
        search,
        definitions,
        callers,
        callees,
        impact,
        diff_impact,
        evaluation,
        path,
        cycles,
        hotspots,
        modules,
        runs,
        crate::serve::live::runs
    ),
    components(schemas(wire::Failure))
)]
struct Description;

/// Returns the description of the API, as OpenAPI.
pub fn openapi() -> String {
    let description = Description::openapi();
    let mut text = description
        .to_pretty_json()
        .expect("a description of types is JSON");
    text.push('\n');
    text
}

async fn description() -> Response {
    ([(CONTENT_TYPE, "application/json")], openapi()).into_response()
}

/// Which repositories are indexed, how much of each, and what is missing
#[utoipa::path(get, path = "/api/repositories", params(Of), responses(
    (status = 200, body = wire::Status),
    (status = "4XX", body = wire::Failure),
    (status = "5XX", body = wire::Failure),
))]
async fn repositories(State(service): Shared, Params(of): Params<Of>) -> Answer<wire::Status> {
    let status = service.ask_query_service(move |queries| {
        let status = queries.reader()?.status(of.repository.as_deref())?;
        Ok(wire::Status::new(queries.project().reclaimable()?, &status))
    });
    status.await.map(Json)
}

/// The settings in force, and where each comes from
#[utoipa::path(get, path = "/api/settings", responses(
    (status = 200, body = wire::SettingsInForce),
    (status = "4XX", body = wire::Failure),
    (status = "5XX", body = wire::Failure),
))]
async fn settings(State(service): Shared) -> Answer<wire::SettingsInForce> {
    let settings =
        service.ask_query_service(|queries| Ok(queries.project().settings().in_force().into()));
    settings.await.map(Json)
}

/// The latest run of every repository, from whatever door or machine, and how far it is
#[utoipa::path(get, path = "/api/runs", responses(
    (status = 200, body = wire::Runs),
    (status = "4XX", body = wire::Failure),
    (status = "5XX", body = wire::Failure),
))]
async fn runs(State(service): Shared) -> Answer<wire::Runs> {
    let runs =
        service.ask_query_service(|queries| Ok(wire::Runs::from(&queries.reader()?.runs()?[..])));
    runs.await.map(Json)
}

/// Find code by words and meaning
#[utoipa::path(get, path = "/api/search", params(Searching), responses(
    (status = 200, body = wire::SearchAnswer),
    (status = "4XX", body = wire::Failure),
    (status = "5XX", body = wire::Failure),
))]
async fn search(
    State(service): Shared,
    Params(asked): Params<Searching>,
) -> Answer<wire::SearchAnswer> {
    let options = asked.options()?;
    let repository = asked.repository.clone();
    let answer = service.ask(repository, move |snapshot| {
        let answer = snapshot.search(&asked.q, &options)?;
        Ok(wire::SearchAnswer::new(&asked.q, &answer))
    });
    answer.await.map(Json)
}

/// The definition that a name means, each of its declarations
#[utoipa::path(get, path = "/api/definitions", params(Named), responses(
    (status = 200, body = [wire::Symbol]),
    (status = "4XX", body = wire::Failure),
    (status = "5XX", body = wire::Failure),
))]
async fn definitions(
    State(service): Shared,
    Params(asked): Params<Named>,
) -> Answer<Vec<wire::Symbol>> {
    let answer = service.ask(asked.repository, move |snapshot| {
        let symbols = snapshot.find(&asked.symbol)?;
        Ok(symbols.iter().map(wire::Symbol::from).collect())
    });
    answer.await.map(Json)
}

/// Who calls, makes or renders a definition or anything in it, or uses it as a value
#[utoipa::path(get, path = "/api/callers", params(Walking), responses(
    (status = 200, body = wire::Walk),
    (status = "4XX", body = wire::Failure),
    (status = "5XX", body = wire::Failure),
))]
async fn callers(State(service): Shared, Params(asked): Params<Walking>) -> Answer<wire::Walk> {
    let options = asked.options(Some(1))?;
    let answer = service.ask(asked.repository, move |snapshot| {
        let answer = snapshot.callers(&[&asked.symbol], &options)?;
        Ok(wire::Walk::from(&answer))
    });
    answer.await.map(Json)
}

/// What a definition calls, makes or renders
#[utoipa::path(get, path = "/api/callees", params(Walking), responses(
    (status = 200, body = wire::Walk),
    (status = "4XX", body = wire::Failure),
    (status = "5XX", body = wire::Failure),
))]
async fn callees(State(service): Shared, Params(asked): Params<Walking>) -> Answer<wire::Walk> {
    let options = asked.options(Some(1))?;
    let answer = service.ask(asked.repository, move |snapshot| {
        let answer = snapshot.callees(&[&asked.symbol], &options)?;
        Ok(wire::Walk::from(&answer))
    });
    answer.await.map(Json)
}

/// What a change of a definition may break, directly or through others
#[utoipa::path(get, path = "/api/impact", params(Walking), responses(
    (status = 200, body = wire::Walk),
    (status = "4XX", body = wire::Failure),
    (status = "5XX", body = wire::Failure),
))]
async fn impact(State(service): Shared, Params(asked): Params<Walking>) -> Answer<wire::Walk> {
    let options = asked.options(None)?;
    let answer = service.ask(asked.repository, move |snapshot| {
        let answer = snapshot.impact(&[&asked.symbol], &options)?;
        Ok(wire::Walk::from(&answer))
    });
    answer.await.map(Json)
}

/// What the changes of the work tree, or what is staged, may break, and which tests to run
#[utoipa::path(get, path = "/api/diff-impact", params(Changing), responses(
    (status = 200, body = wire::DiffImpact),
    (status = "4XX", body = wire::Failure),
    (status = "5XX", body = wire::Failure),
))]
async fn diff_impact(
    State(service): Shared,
    Params(asked): Params<Changing>,
) -> Answer<wire::DiffImpact> {
    let options = asked.options()?;
    let answer = service.ask(asked.repository, move |snapshot| {
        let impact = snapshot.diff_impact(&options, &StopHandle::new())?;
        Ok(wire::DiffImpact::from(&impact))
    });
    answer.await.map(Json)
}

/// How well search finds what the repository's own commits changed, asked by their subjects
#[utoipa::path(get, path = "/api/evaluation", params(Evaluating), responses(
    (status = 200, body = wire::Evaluation),
    (status = "4XX", body = wire::Failure),
    (status = "5XX", body = wire::Failure),
))]
async fn evaluation(
    State(service): Shared,
    Params(asked): Params<Evaluating>,
) -> Answer<wire::Evaluation> {
    let answer = service.ask_query_service(move |queries| {
        let (repository, from) = (asked.repository.as_deref(), asked.source());
        let evaluation =
            queries
                .reader()?
                .evaluate(repository, &from, &[Ranking::Full], &StopHandle::new())?;
        Ok(wire::Evaluation::from(&evaluation))
    });
    answer.await.map(Json)
}

/// A shortest way of dependencies from one definition to another; no nodes where there is none
#[utoipa::path(get, path = "/api/path", params(Between), responses(
    (status = 200, body = wire::Walk),
    (status = "4XX", body = wire::Failure),
    (status = "5XX", body = wire::Failure),
))]
async fn path(State(service): Shared, Params(asked): Params<Between>) -> Answer<wire::Walk> {
    let answer = service.ask(asked.repository, move |snapshot| {
        let answer = snapshot.path(&asked.from, &asked.to)?;
        Ok(answer
            .as_ref()
            .map_or_else(|| wire::Walk::no_way(snapshot.coverage()), wire::Walk::from))
    });
    answer.await.map(Json)
}

/// Modules that import each other, or definitions that call each other
#[utoipa::path(get, path = "/api/cycles", params(Cycling), responses(
    (status = 200, body = wire::Cycles),
    (status = "4XX", body = wire::Failure),
    (status = "5XX", body = wire::Failure),
))]
async fn cycles(State(service): Shared, Params(asked): Params<Cycling>) -> Answer<wire::Cycles> {
    let (level, limit) = (asked.level()?, asked.limit());
    let answer = service.ask(asked.repository, move |snapshot| {
        let answer = snapshot.graph()?.cycles(level, limit);
        Ok(wire::Cycles::from(&answer))
    });
    answer.await.map(Json)
}

/// Definitions that are hard to change and much depended on
#[utoipa::path(get, path = "/api/hotspots", params(Limited), responses(
    (status = 200, body = wire::Hotspots),
    (status = "4XX", body = wire::Failure),
    (status = "5XX", body = wire::Failure),
))]
async fn hotspots(
    State(service): Shared,
    Params(asked): Params<Limited>,
) -> Answer<wire::Hotspots> {
    let limit = asked.limit();
    let answer = service.ask(asked.repository, move |snapshot| {
        Ok(wire::Hotspots::from(&snapshot.hotspots(limit)?))
    });
    answer.await.map(Json)
}

/// Which folders or files depend on which
#[utoipa::path(get, path = "/api/modules", params(Folding), responses(
    (status = 200, body = wire::Modules),
    (status = "4XX", body = wire::Failure),
    (status = "5XX", body = wire::Failure),
))]
async fn modules(State(service): Shared, Params(asked): Params<Folding>) -> Answer<wire::Modules> {
    let fold = asked.fold();
    let answer = service.ask(asked.repository, move |snapshot| {
        Ok(wire::Modules::from(&snapshot.graph()?.modules(fold)))
    });
    answer.await.map(Json)
}

impl Refusal {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Refusal::Arguments(_) => StatusCode::BAD_REQUEST,
            Refusal::Died => StatusCode::INTERNAL_SERVER_ERROR,
            Refusal::App(error)
                if error.is_of_something_missing() || error.is_of_missing_history() =>
            {
                StatusCode::NOT_FOUND
            }
            Refusal::App(error) if error.is_ambiguous() => StatusCode::CONFLICT,
            Refusal::App(error) if error.is_busy() || error.is_interruption() => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Refusal::App(error) if error.is_usage() => StatusCode::BAD_REQUEST,
            Refusal::App(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let failure = wire::Failure {
            error: self.text(),
            advice: self.advice(),
            candidates: self.candidates(),
        };
        (self.status(), Json(failure)).into_response()
    }
}
