//! `mnemo watch`.

use std::sync::Arc;

use app::{Event, StopHandle, WatchEvent, WatchMode};

use super::index::{options, overrides, stop_on_signals};
use super::{project, tree};
use crate::args::{GlobalArgs, IndexArgs};
use crate::exit::Status;
use crate::render::{self, progress::Progress};

pub(super) fn watch(args: &IndexArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let tree = tree(&args.tree, global);
    let project = project(&overrides(args, global), &tree, global)?;
    let stop = StopHandle::new();
    let progress = Arc::new(Progress::new(global));
    stop_on_signals(&stop, &progress)?;
    let mut is_first = true;
    let (is_json, is_quiet) = (global.json, global.quiet);
    project.watch(
        &tree,
        &options(args),
        &stop,
        &mut |event| progress.pull(&event),
        &mut |event| match event {
            WatchEvent::Watching(WatchMode::Notified) => {}
            WatchEvent::Watching(WatchMode::Polling { reason }) => {
                progress.say(&format!("checking the tree every 2 s: {reason}"));
            }
            // Later runs are short, and many.
            WatchEvent::Run(event) if is_first || matters_always(&event) => progress.run(&event),
            WatchEvent::Run(_) => {}
            WatchEvent::Indexed(summary) => {
                progress.clear();
                if is_json {
                    println!("{}", render::json_text(&render::json::summary(&summary)));
                } else if is_first && !is_quiet {
                    eprint!("{}", render::text::summary(&summary, false));
                    eprintln!("watching; Ctrl-C ends it");
                } else if !is_quiet {
                    eprint!("{}", render::text::update(&summary));
                }
                is_first = false;
            }
            // Watching goes on: the next change may be what was missing.
            WatchEvent::Failed(error) => {
                progress.say(&format!(
                    "failed, will be tried again: {}",
                    domain::one_line(&error)
                ));
            }
        },
    )?;
    Ok(Status::Done)
}

fn matters_always(event: &Event) -> bool {
    matches!(event, Event::FileFailed { .. } | Event::Notice(_))
}
