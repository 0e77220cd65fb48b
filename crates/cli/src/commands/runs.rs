//! `status --watch`: runs as they go, from whatever door or machine.

use std::io::{self, IsTerminal};
use std::time::Duration;

use app::{Project, RunState, RunStatus};
use server::wire;

use crate::args::GlobalArgs;
use crate::exit::Status;
use crate::render::{json_text, runs::Runs};

/// Runs say how far they are about once a second.
const INTERVAL: Duration = Duration::from_secs(1);

/// A run that has just begun has said nothing yet: it is looked for so often before it counts as none.
const LOOKS_MIN: u32 = 3;

/// Shows runs until none is under way.
pub(super) fn watch(
    project: &Project,
    repository: Option<&str>,
    global: &GlobalArgs,
) -> anyhow::Result<Status> {
    let mut reader = project.reader()?;
    let mut shown = Runs::new(io::stdout().is_terminal());
    let mut n_idle = 0;
    let mut has_seen = false;
    loop {
        let is_meant =
            |run: &RunStatus| repository.is_none_or(|name| run.repository.as_str() == name);
        let mut runs = reader.runs()?;
        runs.retain(is_meant);
        let is_under_way = |run: &RunStatus| run.state == RunState::UnderWay;
        // It stands in the database and has said nothing: it began a moment ago, or died.
        let may_begin = |run: &RunStatus| run.state == RunState::Silent && run.progress.is_none();
        n_idle = match runs.iter().any(is_under_way) {
            true => 0,
            false => n_idle + 1,
        };
        // Somebody who watched a run knows that it is over.
        has_seen |= n_idle == 0;
        match global.json {
            true => println!(
                "{}",
                json_text(&crate::render::json::runs(&wire::Runs::from(&runs[..])))
            ),
            false => shown.show(&runs),
        }
        let is_over = match runs.iter().any(may_begin) {
            true => n_idle >= LOOKS_MIN,
            false => n_idle > 0,
        };
        if is_over {
            break;
        }
        std::thread::sleep(INTERVAL);
    }
    if !has_seen && !global.quiet && !global.json {
        eprintln!("no run is under way");
    }
    Ok(Status::Done)
}
