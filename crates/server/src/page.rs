//! The page: made here, in HTML, for a browser that need not run a script.
//!
//! Every view has an address of its own. Scripts and styles are ours, stand in `assets`, and only add comfort: search as one types, keys, a
//! live run. What is not ours goes into a page through the template, which escapes it, and through [`shown`], which keeps what would turn
//! the direction of a line from doing so.

mod changes;
mod code;
mod definition;
mod drawing;
mod evaluation;
mod failure;
mod hotspots;
mod layout;
mod links;
mod map;
mod overview;
mod path;
mod problems;
pub(crate) mod report;
mod runs;
mod search;
mod settings;

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{DOCTYPE, Markup};

use crate::query_service::QueryService;
use crate::refusal::Refusal;
use crate::serve::Service;

pub(crate) use failure::nothing_here;
use layout::{Frame, View};

/// Addresses of the page.
pub(crate) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/", get(overview::page))
        .route("/search", get(search::page))
        .route("/search/results", get(search::results))
        .route("/definition", get(definition::page))
        .route("/file", get(definition::file))
        .route("/map", get(map::page))
        .route("/hotspots", get(hotspots::page))
        .route("/path", get(path::page))
        .route("/changes", get(changes::page))
        .route("/evaluation", get(evaluation::page))
        .route("/problems", get(problems::page))
        .route("/runs", get(runs::page))
        .route("/settings", get(settings::page))
        .route("/assets/{name}", get(asset))
}

/// What stands in the page's own files.
const ASSETS: &[(&str, &str, &str)] = &[
    (
        "page.css",
        "text/css; charset=utf-8",
        include_str!("assets/page.css"),
    ),
    (
        "page.js",
        "text/javascript; charset=utf-8",
        include_str!("assets/page.js"),
    ),
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
];

async fn asset(Path(name): Path<String>, uri: Uri) -> Response {
    match ASSETS.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, text)) => {
            // Named with its hash by our pages, so that it can be kept.
            let keep = match uri.query() {
                Some(_) => "private, max-age=31536000, immutable",
                None => "private, no-cache",
            };
            ([(CONTENT_TYPE, *kind), (CACHE_CONTROL, keep)], *text).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Makes a page of what a query service finds, with the frame around it.
async fn framed(
    service: &Service,
    view: View,
    repository: Option<String>,
    body: impl FnOnce(&mut QueryService<'_>, &mut Frame) -> Result<Markup, Refusal> + Send + 'static,
) -> Response {
    let made = service.ask_query_service(move |queries| {
        let mut frame = Frame::read(queries, view, repository);
        let (status, body) = match body(queries, &mut frame) {
            Ok(body) => (StatusCode::OK, body),
            Err(refusal) => (refusal.status(), failure::body(&frame, &refusal)),
        };
        Ok((status, frame.around(&body)))
    });
    match made.await {
        Ok((status, page)) => (status, html(&page)).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

fn html(markup: &Markup) -> Response {
    let text = format!("{}{}", DOCTYPE.0, markup.0);
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
}

/// Returns the runs of a page of runs, for those who watch.
pub(crate) fn runs_as_part(runs: &crate::wire::Runs) -> String {
    runs::list(runs).0
}

/// Returns a part of a page, for a script that puts it into its place.
fn part(markup: Markup) -> Response {
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], markup.0).into_response()
}

/// Returns a text that is not ours as a page shows it: in its line, with what would be obeyed written out.
fn shown(text: &str) -> Cow<'_, str> {
    domain::shown_in_line(text)
}

/// Returns a number as people read it.
fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns a count with its noun.
fn counted(n: u64, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        n if noun.ends_with('y') => format!("{} {}ies", count(n), &noun[..noun.len() - 1]),
        n => format!("{} {noun}s", count(n)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        let written = [0, 999, 1000, 1_234_567].map(count);
        assert_eq!(written, ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "repository"), "1 repository");
        assert_eq!(counted(2000, "repository"), "2,000 repositories");
    }
}
