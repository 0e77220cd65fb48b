//! `mnemo index` and `mnemo plan`.

use std::sync::Arc;

use app::{IndexOptions, Overrides, StopHandle};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{project, tree};
use crate::args::{GlobalArgs, IndexArgs, PlanArgs};
use crate::exit::Status;
use crate::render::{self, progress::Progress};

pub(super) fn index(args: &IndexArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let tree = tree(&args.tree, global);
    let project = project(&overrides(args, global), &tree, global)?;
    let options = options(args);
    let stop = StopHandle::new();
    let progress = Arc::new(Progress::new(global));
    stop_on_signals(&stop, &progress)?;
    let summary = project.index(
        &tree,
        &options,
        &stop,
        &mut |event| progress.pull(&event),
        &mut |event| progress.run(&event),
    );
    // Also before an error, which bars would be drawn over.
    progress.clear();
    let summary = summary?;
    if global.json {
        println!("{}", render::json_text(&render::json::summary(&summary)));
    } else if !global.quiet {
        let text = render::text::summary(&summary, global.verbose);
        eprint!("{text}");
    }
    Ok(match (summary.is_finished, summary.is_complete) {
        (false, _) => Status::Interrupted,
        (true, false) => Status::FilesFailed,
        (true, true) if args.strict && !summary.problems.is_empty() => Status::FilesFailed,
        (true, true) => Status::Done,
    })
}

pub(super) fn overrides(args: &IndexArgs, global: &GlobalArgs) -> Overrides {
    let mut overrides = global.overrides();
    args.selection.apply(&mut overrides);
    args.embedding.apply(&mut overrides);
    args.resources.apply(&mut overrides);
    args.limits.apply(&mut overrides);
    args.engine.apply(&mut overrides);
    overrides
}

pub(super) fn options(args: &IndexArgs) -> IndexOptions {
    IndexOptions {
        repository: args.repository.clone(),
        is_streaming: args.streaming,
        from_scratch: args.full,
        since: args.since.clone(),
    }
}

/// The first Ctrl-C or SIGTERM lets files in flight finish, the second ends them at once.
pub(super) fn stop_on_signals(stop: &StopHandle, progress: &Arc<Progress>) -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let (stop, progress) = (stop.clone(), progress.clone());
    // In a thread, since a signal's handler may neither lock nor print.
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            // To the end of the program: a third Ctrl-C is the second one again.
            for (n_before, _) in signals.forever().enumerate() {
                if n_before == 0 {
                    progress.say("stopping after the files in flight; press again to stop at once");
                    stop.stop_gracefully();
                } else {
                    stop.stop_now();
                }
            }
        })?;
    Ok(())
}

pub(super) fn plan(args: &PlanArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let mut overrides = global.overrides();
    args.selection.apply(&mut overrides);
    args.embedding.apply(&mut overrides);
    args.resources.apply(&mut overrides);
    let tree = tree(&args.tree, global);
    let plan = project(&overrides, &tree, global)?.plan(&tree, args.repository.as_deref())?;
    if global.json {
        println!("{}", render::json_text(&render::json::plan(&plan)));
    } else {
        let text = render::text::plan(&plan, global.verbose);
        print!("{text}");
    }
    Ok(Status::Done)
}
