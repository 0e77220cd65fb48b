//! `mnemo verify` and `mnemo gc`.

use std::sync::Arc;

use app::{Repair, StopHandle, VectorCheck};

use super::index::stop_on_signals;
use super::project_here;
use crate::args::{GlobalArgs, VerifyArgs};
use crate::exit::Status;
use crate::render::{self, progress::Progress};

pub(super) fn verify(args: &VerifyArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let mut overrides = global.overrides();
    args.selection.apply(&mut overrides);
    args.embedding.apply(&mut overrides);
    let project = project_here(&overrides, global)?;
    let stop = StopHandle::new();
    let progress = Arc::new(Progress::new(global));
    stop_on_signals(&stop, &progress)?;
    let repair = match args.repair {
        true => Repair::Differences,
        false => Repair::Nothing,
    };
    let vectors = match args.recompute {
        true => VectorCheck::Values,
        false => VectorCheck::Links,
    };
    let repository = args.repository.as_deref();
    let verification = project.verify(repository, repair, vectors, &stop, &mut |event| {
        progress.run(&event);
    });
    // Also before an error, which bars would be drawn over.
    progress.clear();
    let verification = verification?;
    if global.json {
        let verification = render::json::verification(&verification);
        println!("{}", render::json_text(&verification));
    } else {
        let text = render::text::verification(&verification);
        print!("{text}");
    }
    Ok(match verification.is_good() {
        true => Status::Done,
        false => Status::Differs,
    })
}

pub(super) fn gc(global: &GlobalArgs) -> anyhow::Result<Status> {
    let collected = project_here(&global.overrides(), global)?.collect_garbage()?;
    if global.json {
        let (vectors, bytes) = (collected.n_vectors, collected.n_bytes);
        println!(
            "{}",
            serde_json::json!({"vectors": vectors, "bytes": bytes})
        );
    } else if !global.quiet {
        eprint!("{}", render::text::collected(&collected));
    }
    Ok(Status::Done)
}
