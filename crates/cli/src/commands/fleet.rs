//! `mnemo fleet` and `mnemo status --fleet`.

use std::sync::Arc;
use std::time::SystemTime;

use app::{FleetResult, Project, StopHandle, read_fleet};

use super::index::stop_on_signals;
use super::project_here;
use crate::args::{FleetCommand, FleetIndexArgs, GlobalArgs};
use crate::exit::Status;
use crate::render::{self, progress::Progress};

pub(super) fn fleet(command: &FleetCommand, global: &GlobalArgs) -> anyhow::Result<Status> {
    match command {
        FleetCommand::Index(args) => index(args, global),
    }
}

fn index(args: &FleetIndexArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let mut overrides = global.overrides();
    args.selection.apply(&mut overrides);
    args.embedding.apply(&mut overrides);
    args.resources.apply(&mut overrides);
    args.engine.apply(&mut overrides);
    // Before anything is opened: a mistake in the list is reported without indexing what stands
    // above it.
    let entries = read_fleet(&args.list).map_err(app::AppError::from)?;
    let project = project_here(&overrides, global)?;
    let stop = StopHandle::new();
    stop_on_signals(&stop, &Arc::new(Progress::new(global)))?;
    let is_shown = !global.quiet && !global.json;
    let mut n_done = 0;
    let results = project.index_fleet(&entries, &stop, &mut |result| {
        n_done += 1;
        // One by one, as a fleet takes hours.
        if is_shown {
            let row = render::fleet::row(result);
            eprintln!("{n_done}/{} {row}", entries.len());
        }
    })?;
    if global.json {
        println!("{}", render::json_text(&render::fleet::json(&results)));
    } else if is_shown {
        eprint!("{}", render::fleet::summary(&results));
    }
    Ok(exit_status(&results))
}

/// Shows every repository of the database in a line.
pub(super) fn status(project: &Project, global: &GlobalArgs) -> anyhow::Result<Status> {
    let rows = project.fleet_status()?;
    if global.json {
        println!("{}", render::json_text(&render::fleet::status_json(&rows)));
    } else {
        let database = project.settings().database.value.to_string();
        print!(
            "{}",
            render::fleet::status(&database, &rows, SystemTime::now())
        );
    }
    Ok(Status::Done)
}

/// Returns the exit status of the command.
fn exit_status(results: &[FleetResult]) -> Status {
    match (
        render::fleet::count(results, "interrupted"),
        render::fleet::count(results, "failed"),
    ) {
        (0, 0) => Status::Done,
        (0, _) => Status::FilesFailed,
        // Says more than a failure: what follows in the list was not tried.
        _ => Status::Interrupted,
    }
}
