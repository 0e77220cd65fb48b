//! What is missing from the index, and why.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::View;
use super::{count, counted, framed, shown};
use crate::refusal::Refusal;
use crate::serve::{Params, Shared};

/// Files shown for each reason; `mnemo status -v` and the API have all.
const MAX_ROWS: usize = 200;

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    repository: Option<String>,
}

pub(super) async fn page(State(service): Shared, Params(asked): Params<Asked>) -> Response {
    framed(
        &service,
        View::Problems,
        asked.repository,
        |queries, frame| {
            let repository = frame.repository.as_deref();
            let status = queries.ask(repository, |snapshot| Ok(snapshot.status()?))?;
            let mut skips: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
            for skip in &status.skipped {
                let row = (skip.path.as_str(), skip.detail.as_str());
                skips.entry(skip.reason.as_str()).or_default().push(row);
            }
            let mut skips: Vec<_> = skips.into_iter().collect();
            skips.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
            let problems = status.problems.iter();
            let problems: Vec<(&str, String)> = problems
                .map(|problem| {
                    (
                        problem.path.as_str(),
                        format!("{}: {}", problem.kind, problem.cause),
                    )
                })
                .collect();
            let problems: Vec<(&str, &str)> = problems
                .iter()
                .map(|(path, why)| (*path, why.as_str()))
                .collect();
            Ok::<Markup, Refusal>(html! {
                h1 { "What is missing from " (shown(status.name.as_str())) }
                section .panel {
                    h2 { (counted(problems.len() as u64, "file")) " failed" }
                    @if problems.is_empty() { p .quiet { "Every file that was to be indexed is." } }
                    @else {
                        p .quiet { "Each is tried again by the next run." }
                        (table("Why", &problems))
                    }
                }
                h2 .apart { (count(status.skipped.len() as u64)) " left out on purpose" }
                @if skips.is_empty() { p .quiet { "Nothing was left out." } }
                @for (reason, rows) in &skips {
                    details .panel {
                        summary { (reason) " " span .quiet { (count(rows.len() as u64)) } }
                        (table("Detail", rows))
                    }
                }
            })
        },
    )
    .await
}

fn table(title: &str, rows: &[(&str, &str)]) -> Markup {
    html! {
        div .scrolls tabindex="0" role="region" aria-label="Files" {
            table {
                thead { tr { th { "File" } th { (title) } } }
                tbody {
                    @for (path, why) in rows.iter().take(MAX_ROWS) { tr { td .path { (shown(path)) } td { (shown(why)) } } }
                }
            }
        }
        @if rows.len() > MAX_ROWS { p .quiet { "and " (count((rows.len() - MAX_ROWS) as u64)) " more" } }
    }
}
