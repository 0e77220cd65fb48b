//! `mnemo model` and `mnemo doctor`.

use std::path::PathBuf;

use app::{Finding, Project};

use super::project_here;
use crate::args::{EmbeddingFlags, GlobalArgs, ModelArgs, ModelCommand};
use crate::exit::Status;
use crate::render::{self, progress::Progress};

pub(super) fn model(args: &ModelArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    match &args.command {
        ModelCommand::List => list(&project_here(&global.overrides(), global)?, global),
        ModelCommand::Pull { name, folder } => {
            let mut overrides = global.overrides();
            folder.apply(&mut overrides);
            pull(&project_here(&overrides, global)?, name.as_deref(), global)
        }
        ModelCommand::Path { name } => path(
            &project_here(&global.overrides(), global)?,
            name.as_deref(),
            global,
        ),
    }
}

fn list(project: &Project, global: &GlobalArgs) -> anyhow::Result<Status> {
    let models = app::models(project.settings());
    if global.json {
        println!("{}", render::json_text(&render::json::models(&models)));
    } else {
        print!("{}", render::text::models(&models));
    }
    Ok(Status::Done)
}

fn pull(project: &Project, name: Option<&str>, global: &GlobalArgs) -> anyhow::Result<Status> {
    let name = name.unwrap_or(&project.settings().models.value);
    let progress = Progress::new(global);
    let directories =
        app::pull_models(project.settings(), name, &mut |event| progress.pull(&event));
    // Before the result is looked at, since an error would be written between the bars.
    progress.clear();
    print_directories(&directories?, global);
    Ok(Status::Done)
}

fn path(project: &Project, name: Option<&str>, global: &GlobalArgs) -> anyhow::Result<Status> {
    let name = name.unwrap_or(&project.settings().models.value);
    let directories = app::model_paths(project.settings(), name)?;
    // All or none: one of a pair embeds nothing.
    let directories: Option<Vec<PathBuf>> = directories.into_iter().collect();
    match directories {
        Some(directories) => print_directories(&directories, global),
        None => anyhow::bail!("the model {name} is not here; fetch it by: mnemo model pull {name}"),
    }
    Ok(Status::Done)
}

fn print_directories(directories: &[PathBuf], global: &GlobalArgs) {
    if !global.json {
        for directory in directories {
            println!("{}", directory.display());
        }
    } else if let [directory] = directories {
        println!("{}", serde_json::json!({"directory": directory}));
    } else {
        println!("{}", serde_json::json!({"directories": directories}));
    }
}

pub(super) fn doctor(args: &EmbeddingFlags, global: &GlobalArgs) -> anyhow::Result<Status> {
    let mut overrides = global.overrides();
    args.apply(&mut overrides);
    let project = project_here(&overrides, global)?;
    let checks = project.examine();
    let settings = project.settings().in_force();
    if global.json {
        println!(
            "{}",
            render::json_text(&render::json::doctor(&settings, &checks))
        );
    } else {
        print!("{}", render::text::doctor(&settings, &checks));
    }
    // A remark fails nothing: a script asks whether mnemo can work here.
    let is_well = checks.iter().all(|check| check.finding != Finding::Bad);
    Ok(if is_well {
        Status::Done
    } else {
        Status::CouldNotRun
    })
}
