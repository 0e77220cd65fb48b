//! What the changes of the work tree may break.

use app::{
    ChangedDefinition, ChangedFile, Compared, CycleAnswer, DiffImpact, IndexedState, Risk,
    StopHandle,
};
use axum::extract::State;
use axum::response::Response;
use domain::SymbolKind;
use maud::{Markup, html};

use super::definition::{list, neighbours};
use super::layout::{Frame, View};
use super::{count, counted, framed, shown};
use crate::api::Changing;
use crate::serve::{Params, Shared};
use crate::wire;

/// Rows of a table or list; the API has all of them.
const MAX_ROWS: usize = 200;

pub(super) async fn page(State(service): Shared, Params(asked): Params<Changing>) -> Response {
    let repository = asked.repository.clone();
    framed(
        &service,
        View::Changes,
        repository,
        move |queries, frame| {
            let options = asked.options()?;
            let repository = frame.repository.as_deref();
            let impact = queries.ask(repository, |snapshot| {
                Ok(snapshot.diff_impact(&options, &StopHandle::new())?)
            })?;
            Ok(html! {
                (form(frame, options.since.as_deref(), options.compared))
                (answer(frame, &impact))
            })
        },
    )
    .await
}

fn form(frame: &Frame, since: Option<&str>, compared: Compared) -> Markup {
    let is_staged = compared == Compared::Staged;
    html! {
        h1 { "What may these changes break?" }
        form .filters action="/changes" {
            @if let Some(repository) = &frame.repository { input type="hidden" name="repository" value=(repository); }
            label { "Compare" select name="compared" {
                option value="work_tree" selected[!is_staged] { "files as they are" }
                option value="staged" selected[is_staged] { "what is staged" }
            } }
            label .wide { "with" input name="since" value=[since] maxlength="200" placeholder="the last commit; or a branch such as main"; }
            button type="submit" { "Compare" }
        }
    }
}

fn answer(frame: &Frame, impact: &DiffImpact) -> Markup {
    let dependents = neighbours(&impact.dependents, |_| true);
    let n_dependents = dependents.len() + impact.dependents.n_cut;
    html! {
        @if impact.files.is_empty() {
            section .notice { h2 { "No changes" } p { "The tree is as it was at commit " code { (short(&impact.base)) } "." } }
        } @else {
            (risk(impact))
            h2 .apart { "Changed definitions" }
            (changed(frame, impact))
            div .panels {
                section .panel {
                    h2 { "May break " span .quiet { (count(n_dependents as u64)) } }
                    @if dependents.is_empty() { p .quiet { "Nothing that could be followed depends on what has changed." } }
                    (list(frame, &dependents))
                    @if impact.dependents.n_cut > 0 { p .quiet { "and " (count(impact.dependents.n_cut as u64)) " more, further away" } }
                }
                (tests(frame, impact))
                (cycles(frame, &impact.cycles))
                (files(&impact.files))
            }
            @let n_unfollowed = impact.dependents.unfollowed.n_references();
            @if n_unfollowed > 0 {
                p .remark { (counted(n_unfollowed as u64, "use")) " of the same names could not be followed, so more may depend on them than is listed." }
            }
        }
    }
}

/// Returns the part of a commit's name by which people know it.
fn short(commit: &str) -> String {
    commit.chars().take(10).collect()
}

/// The risk, with its reasons.
fn risk(impact: &DiffImpact) -> Markup {
    let class = match impact.risk {
        Risk::Low => "good",
        Risk::Medium => "warn",
        Risk::High => "bad",
    };
    html! {
        section .panel {
            h2 { "Risk: " span class=(format!("badge {class}")) { (impact.risk.as_str()) } }
            @if impact.reasons.is_empty() { p .quiet { "No reason for more care than usual was found." } }
            ul .list {
                @for reason in &impact.reasons { li { span .quiet { (reason.level().as_str()) ": " } (shown(&reason.to_string())) } }
            }
            p .quiet {
                (counted(impact.files.len() as u64, "file")) " changed since commit " code { (short(&impact.base)) }
                @match impact.public().count() { 0 => {}, n => { ", " (counted(n as u64, "public definition")) } }
            }
        }
    }
}

fn changed(frame: &Frame, impact: &DiffImpact) -> Markup {
    let changed = impact.changed.iter();
    let rows: Vec<&ChangedDefinition> = changed
        .filter(|one| one.symbol.kind != SymbolKind::Module)
        .collect();
    let reach = |n: Option<usize>| n.map_or_else(|| "–".to_owned(), |n| count(n as u64));
    html! {
        @if rows.is_empty() { p .quiet { "The changed lines are of no definition in the index." } }
        @else {
            div .scrolls tabindex="0" role="region" aria-label="Changed definitions" {
                table {
                    thead { tr { th { "Definition" } th { "File" } th { "Change" } th .number { "Dependents" } th .number { "Tests" } } }
                    tbody {
                        @for one in rows.iter().take(MAX_ROWS) {
                            @let symbol = &one.symbol;
                            tr {
                                td {
                                    a href=[frame.to("/definition", &[("symbol", Some(&symbol.address()))])] { (shown(&symbol.qualified_name)) }
                                    " " span .kind { (symbol.kind.as_str()) }
                                    @if symbol.flags.is_exported { " " span .kind { "public" } }
                                }
                                td .path .quiet { (shown(symbol.path.as_str())) ":" (symbol.line) }
                                td { (wire::definition_change(one.change)) }
                                td .number { (reach(one.reach.map(|reach| reach.n_dependents))) }
                                td .number { (reach(one.reach.map(|reach| reach.n_tests))) }
                            }
                        }
                    }
                }
            }
            @if rows.len() > MAX_ROWS { p .quiet { "and " (count((rows.len() - MAX_ROWS) as u64)) " more" } }
        }
    }
}

fn tests(frame: &Frame, impact: &DiffImpact) -> Markup {
    html! {
        section .panel {
            h2 { "Tests to run " span .quiet { (count(impact.tests.len() as u64)) } }
            @if impact.tests.is_empty() { p .quiet { "No test reaches what has changed." } }
            ul .neighbours {
                @for tests in impact.tests.iter().take(MAX_ROWS) {
                    li {
                        a .path href=[frame.to("/file", &[("path", Some(tests.path.as_str()))])] { (shown(tests.path.as_str())) }
                        span .quiet { @match tests.depth { 0 => "changed itself", 1 => "uses it directly", depth => { (depth) " steps away" } } }
                    }
                }
            }
        }
    }
}

fn cycles(frame: &Frame, cycles: &[CycleAnswer]) -> Markup {
    html! {
        @if !cycles.is_empty() {
            section .panel {
                h2 { "Cycles of imports made " span .quiet { (cycles.len()) } }
                @for cycle in cycles {
                    ul .neighbours {
                        @for (symbol, _, line) in &cycle.way_round {
                            li {
                                a .path href=[frame.to("/definition", &[("symbol", Some(symbol.path.as_str()))])] { (shown(symbol.path.as_str())) }
                                span .quiet { "line " (line) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn files(files: &[ChangedFile]) -> Markup {
    html! {
        section .panel {
            h2 { "Files " span .quiet { (count(files.len() as u64)) } }
            ul .neighbours {
                @for file in files.iter().take(MAX_ROWS) {
                    li {
                        span .path { (shown(file.path.as_str())) }
                        span .quiet {
                            (wire::file_change(file.kind))
                            @if let Some(n) = file.n_added { ", +" (count(n)) }
                            @if file.n_removed > 0 { ", −" (count(file.n_removed)) }
                            @if file.indexed == IndexedState::Missing { ", not in the index" }
                        }
                    }
                }
            }
        }
    }
}
