//! Runs as they go.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::View;
use super::{count, counted, framed, links, shown};
use crate::refusal::Refusal;
use crate::serve::{Params, Shared};
use crate::wire;

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    repository: Option<String>,
}

pub(super) async fn page(State(service): Shared, Params(asked): Params<Asked>) -> Response {
    framed(&service, View::Runs, asked.repository, |queries, _| {
        let runs = queries.reader()?.runs()?;
        Ok::<Markup, Refusal>(html! {
            h1 { "Runs" }
            p .quiet { "Of every repository in this database the latest, from whatever terminal, editor or machine it was started." }
            div data-live="/runs/live" aria-live="off" { (list(&wire::Runs::from(&runs[..]))) }
        })
    })
    .await
}

/// What changes while runs go on.
pub(super) fn list(runs: &wire::Runs) -> Markup {
    html! {
        @if runs.runs.is_empty() { section .notice { h2 { "No run yet" } p { "Start one: " code { "mnemo index DIR" } } } }
        @for run in &runs.runs { (one(run)) }
    }
}

fn one(run: &wire::Run) -> Markup {
    html! {
        article .panel .run data-state=(run.state) {
            h2 {
                a href=(links::to("/", &[("repository", Some(&run.repository))])) { (shown(&run.repository)) }
                " " (state(run))
                " " span .quiet { "generation " (run.generation) }
            }
            @match &run.progress {
                Some(progress) => (far(run, progress)),
                None if run.state == "ended" => p .quiet { "It was over before there was anything to report." },
                None => p .quiet { "It has said nothing yet." }
            }
        }
    }
}

fn state(run: &wire::Run) -> Markup {
    match run.state {
        "under_way" => html! { span .badge .good { "under way" } },
        "ended" => html! { span .badge { "ended" } },
        _ => html! { span .badge .warn { "silent: killed, or just begun" } },
    }
}

fn far(run: &wire::Run, progress: &wire::Progress) -> Markup {
    let is_under_way = run.state == "under_way";
    let percent = match progress.phase.as_str() {
        "discover" => 0.0,
        "process" => progress.share * 100.0,
        _ => 100.0,
    };
    let phase = match progress.phase.as_str() {
        _ if run.state == "ended" => "done",
        "discover" => "looking for changes",
        "process" => "files",
        "graph" => "references",
        _ => "finishing",
    };
    html! {
        p .phases {
            (phase) ": " (count(progress.files_done)) " of " (counted(progress.files, "file")) ", " (format!("{percent:.0}")) " %"
            @if let Some(left) = progress.seconds_left.filter(|_| is_under_way) { ", about " (seconds(left)) " left" }
        }
        progress max="100" value=(format!("{percent:.1}")) aria-label="Share that is done" {}
        dl .figures {
            (figure("chunks", count(progress.chunks)))
            (figure("vectors computed", count(progress.vectors_computed)))
            (figure("vectors per second", format!("{:.0}", progress.vectors_per_second)))
            (figure("reused", count(progress.vectors_reused)))
            (figure("unchanged files", count(progress.files_unchanged)))
            (figure("failed", count(progress.files_failed)))
            (figure("time", seconds(progress.seconds)))
        }
        (memory(progress))
        @if is_under_way && !progress.workers.is_empty() { (lanes(progress)) }
        @if !progress.errors.is_empty() {
            h3 { "Latest problems" }
            ul .list { @for error in &progress.errors { li { span .path { (shown(&error.file)) } ": " (shown(&error.error)) } } }
        }
    }
}

fn figure(noun: &str, text: String) -> Markup {
    html! { div { dt { (noun) } dd { (text) } } }
}

/// Memory under its ceiling.
fn memory(progress: &wire::Progress) -> Markup {
    let mib = |n_bytes: u64| format!("{} MiB", count(n_bytes >> 20));
    html! {
        @if progress.peak_memory_bytes > 0 {
            p .phases {
                "memory " (mib(progress.memory_bytes)) ", at most " (mib(progress.peak_memory_bytes))
                @if progress.memory_budget_bytes > 0 { " of " (mib(progress.memory_budget_bytes)) }
            }
            @if progress.memory_budget_bytes > 0 {
                meter min="0" max=(progress.memory_budget_bytes) value=(progress.memory_bytes.min(progress.memory_budget_bytes))
                    aria-label="Memory in use" {}
            }
        }
    }
}

/// What each worker is at.
fn lanes(progress: &wire::Progress) -> Markup {
    html! {
        h3 { "Workers" @if progress.worker_restarts > 0 { " " span .quiet { (count(progress.worker_restarts)) " replaced" } } }
        ol .lanes {
            @for lane in &progress.workers {
                li {
                    @if lane.file.is_empty() { span .quiet { "idle" } }
                    @else { span .path { (shown(&lane.file)) } " " span .quiet { (format!("{:.1} s", lane.seconds)) } }
                }
            }
        }
    }
}

/// Writes a time as people say it.
fn seconds(n: f64) -> String {
    let n = n.ceil() as u64;
    match n {
        0..60 => format!("{n} s"),
        60..3600 => format!("{} min {:02} s", n / 60, n % 60),
        _ => format!("{} h {:02} min", n / 3600, n / 60 % 60),
    }
}
