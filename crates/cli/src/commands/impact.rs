//! `impact`.

use std::sync::Arc;

use app::{Risk, StopHandle};

use super::index::stop_on_signals;
use super::project_here;
use crate::args::GlobalArgs;
use crate::args::impact::{ImpactArgs, ReportFormat};
use crate::exit::Status;
use crate::render::{self, progress::Progress};

pub(super) fn impact(args: &ImpactArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let project = project_here(&global.overrides(), global)?;
    let stop = StopHandle::new();
    stop_on_signals(&stop, &Arc::new(Progress::new(global)))?;
    let options = args.options();
    let impact = project
        .reader()?
        .ask(args.repository.as_deref(), |snapshot| {
            snapshot.diff_impact(&options, &stop)
        })?;
    let since = options.since.as_deref();
    match (global.json, args.format) {
        (true, _) => println!("{}", render::json_text(&render::impact::json(&impact))),
        (_, ReportFormat::Text) => print!("{}", render::impact::text(&impact, since)),
        (_, ReportFormat::Markdown) => print!("{}", render::impact::markdown(&impact, since)),
        (_, ReportFormat::Tests) => print!("{}", render::impact::tests(&impact)),
    }
    // Markdown has it at its end, and a list of tests is for a program.
    if !global.quiet && !global.json && args.format == ReportFormat::Text {
        eprint!("{}", render::graph::coverage(&impact.dependents.coverage));
    }
    let is_too_risky = args
        .fail_on
        .is_some_and(|limit| impact.risk >= Risk::from(limit));
    Ok(match is_too_risky {
        true => Status::TooRisky,
        false => Status::Done,
    })
}
