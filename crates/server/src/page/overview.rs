//! What is indexed, and how much of it.

use std::collections::BTreeMap;

use app::RepositoryStatus;
use axum::extract::State;
use axum::response::Response;
use domain::{Language, Resolution};
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::{Frame, View};
use super::{count, counted, framed, links, shown};
use crate::query_service::QueryService;
use crate::refusal::Refusal;
use crate::serve::{Params, Shared};

/// Languages named beside the bar; the rest stand together.
const SHOWN_LANGUAGES: usize = 6;

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    repository: Option<String>,
}

pub(super) async fn page(State(service): Shared, Params(asked): Params<Asked>) -> Response {
    framed(
        &service,
        View::Overview,
        asked.repository,
        |queries, frame| body(queries, frame),
    )
    .await
}

fn body(queries: &mut QueryService<'_>, frame: &Frame) -> Result<Markup, Refusal> {
    let status = queries
        .reader()
        .and_then(|reader| reader.status(frame.repository.as_deref()));
    let all = match status {
        Err(error) if frame.repository.is_none() && error.is_of_something_missing() => Vec::new(),
        status => status?,
    };
    if all.is_empty() {
        return Ok(empty());
    }
    Ok(html! {
        h1 { (counted(all.len() as u64, "repository")) " in the index" }
        div .cards { @for status in &all { (card(status)) } }
    })
}

fn empty() -> Markup {
    html! {
        section .notice {
            h1 { "Nothing is indexed yet" }
            p { "Index a directory, and it appears here: " code { "mnemo index DIR" } }
        }
    }
}

fn card(status: &RepositoryStatus) -> Markup {
    let name = status.name.as_str();
    let to = |path: &str| links::to(path, &[("repository", Some(name))]);
    let counts = &status.counts;
    html! {
        article .card {
            h2 { a href=(to("/")) { (shown(name)) } }
            p .quiet .path { (shown(&status.root.to_string_lossy())) }
            (summary(status))
            p .actions {
                a .button .first href=(to("/search")) { "Search" }
                a .button href=(to("/map")) { "Map" }
                a .button href=(to("/hotspots")) { "Hotspots" }
                @if counts.n_problems + counts.n_skips > 0 { a .button href=(to("/problems")) { "What is missing" } }
            }
        }
    }
}

/// What is known of a repository; also part of reports.
pub(super) fn summary(status: &RepositoryStatus) -> Markup {
    let counts = &status.counts;
    html! {
        (state(status))
        dl .figures {
            (figure("files", counts.n_files))
            (figure("definitions", counts.n_symbols))
            (figure("chunks", counts.n_chunks))
            (figure("vectors", counts.n_vectors))
            (figure("relations", status.graph.edges.values().sum()))
        }
        (languages(&status.languages))
        p .quiet { (resolved(status)) }
    }
}

fn figure(noun: &str, n: u64) -> Markup {
    html! { div { dt { (noun) } dd { (count(n)) } } }
}

/// Says whether the index can be relied on, in words and not by colour alone.
fn state(status: &RepositoryStatus) -> Markup {
    let counts = &status.counts;
    html! {
        ul .badges {
            @if status.is_complete { li .good { "complete" } } @else { li .warn { "incomplete: a run is under way or was interrupted" } }
            @if counts.n_problems > 0 { li .bad { (counted(counts.n_problems, "file")) " failed" } }
            @if counts.n_skips > 0 { li { (count(counts.n_skips)) " skipped" } }
            li { "generation " (status.generation) }
            @if let Some(number) = status.building { li .warn { "generation " (number) " is being built" } }
            @for model in &status.models { li { (shown(model)) } }
            @if status.models.is_empty() { li { "no vectors" } }
        }
    }
}

/// Says how many references of the code could be followed.
fn resolved(status: &RepositoryStatus) -> String {
    let all: u64 = status.graph.references.values().sum();
    let of = |outcome| status.graph.references.get(&outcome).copied().unwrap_or(0);
    let within = of(Resolution::Resolved);
    let outside = of(Resolution::External) + of(Resolution::Dynamic);
    format!(
        "{} uses of names: {} lead to definitions here, {} out of the repository or to whatever is passed in, {} could not be followed",
        count(all),
        count(within),
        count(outside),
        count(all - within - outside),
    )
}

/// A bar of languages by their share of files, and the same in words.
fn languages(languages: &BTreeMap<Language, u64>) -> Markup {
    let mut rows: Vec<(&str, u64)> = languages
        .iter()
        .map(|(language, n)| (language.as_str(), *n))
        .collect();
    rows.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let rest: u64 = rows.iter().skip(SHOWN_LANGUAGES).map(|(_, n)| n).sum();
    rows.truncate(SHOWN_LANGUAGES);
    if rest > 0 {
        rows.push(("other", rest));
    }
    let all: u64 = rows.iter().map(|(_, n)| n).sum();
    let mut x = 0.0;
    let parts = rows.iter().enumerate().map(|(place, (name, n))| {
        let width = *n as f64 / all.max(1) as f64 * 1000.0;
        x += width;
        (place, *name, *n, x - width, width)
    });
    let parts: Vec<_> = parts.collect();
    html! {
        svg .languages viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
            @for (place, _, _, x, width) in &parts {
                rect class=(format!("hue-{place}")) x=(format!("{x:.1}")) y="0" width=(format!("{width:.1}")) height="10" {}
            }
        }
        ul .legend {
            @for (place, name, n, ..) in &parts {
                li { span class=(format!("dot hue-{place}")) aria-hidden="true" {} (name) " " span .quiet { (count(*n)) } }
            }
        }
    }
}
