//! One function per command: options in, façade called, answer rendered.

mod agents;
mod eval;
mod fleet;
mod graph;
mod impact;
mod index;
mod manual;
mod mcp;
mod model;
mod pack;
mod query;
mod runs;
mod serve;
mod upkeep;
mod watch;

use std::path::{Path, PathBuf};

use app::{Overrides, Project, Settings};

use crate::args::{Cli, Command, GlobalArgs, TreeArgs, command};
use crate::exit::Status;

/// Carries out a command line.
pub(crate) fn run(cli: Cli) -> anyhow::Result<Status> {
    let global = cli.global;
    // Before anything is printed, errors included.
    global.color.apply();
    match cli.command {
        Command::Index(args) => index::index(&args, &global),
        Command::Plan(args) => index::plan(&args, &global),
        Command::Watch(args) => watch::watch(&args, &global),
        Command::Fleet(command) => fleet::fleet(&command, &global),
        Command::Verify(args) => upkeep::verify(&args, &global),
        Command::Gc => upkeep::gc(&global),
        Command::Search(args) => query::search(&args, &global),
        Command::Eval(args) => eval::eval(&args, &global),
        Command::Graph(args) => graph::graph(&args, &global),
        Command::Impact(args) => impact::impact(&args, &global),
        Command::Status(args) => query::status(&args, &global),
        Command::Digest(args) => query::digest(&args, &global),
        Command::Export(args) => query::export(&args, &global),
        Command::Remove(args) => query::remove(&args, &global),
        Command::Pack(args) => pack::pack(&args, &global),
        Command::Unpack(args) => pack::unpack(&args, &global),
        Command::Model(args) => model::model(&args, &global),
        Command::Doctor(args) => model::doctor(&args, &global),
        Command::Mcp(args) => mcp::mcp(&args, &global),
        Command::Install(args) => agents::install(&args, &global),
        Command::Uninstall(args) => agents::uninstall(&args, &global),
        Command::Report(args) => serve::report(&args, &global),
        Command::Serve(args) => serve::serve(&args, &global),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut command(), "mnemo", &mut std::io::stdout());
            Ok(Status::Done)
        }
        Command::Man { command, to: None } => manual::manual(&command),
        Command::Man { to: Some(to), .. } => manual::manuals(&to),
        Command::Worker => {
            app::serve_worker(|_| {})?;
            Ok(Status::Done)
        }
        Command::Node => {
            app::serve_node()?;
            Ok(Status::Done)
        }
    }
}

/// Returns the tree that is meant; says so where it is not what the person named or stands in.
fn tree(args: &TreeArgs, global: &GlobalArgs) -> PathBuf {
    let here = PathBuf::from(".");
    let around = match &args.directory {
        Some(directory) => return directory.clone(),
        None if args.here => return here,
        None => app::repository_around(&here),
    };
    let Some(around) = around else { return here };
    // Said aloud, since much more may be indexed than the folder that the person stands in.
    if !global.quiet {
        let root = domain::shown_in_line(&around.to_string_lossy()).into_owned();
        eprintln!("note: this is {root}, the repository around; --here takes this folder alone");
    }
    around
}

/// Opens the project that the flags and the tree around a directory describe; says what of the tree's wishes is ignored.
fn project(
    overrides: &Overrides,
    directory: &Path,
    global: &GlobalArgs,
) -> Result<Project, app::AppError> {
    // The file at the root of the tree counts, in whichever of its folders the command is given.
    let tree = app::tree_around(directory);
    let settings = Settings::resolve(overrides, Some(&tree))?;
    if let Some(remark) = settings.remark.as_ref().filter(|_| !global.quiet) {
        eprintln!("note: {}", domain::shown_in_line(&remark.to_string()));
    }
    Ok(Project::new(settings))
}

/// Opens the project of a command that is given no tree: the one that the person stands in is meant.
fn project_here(overrides: &Overrides, global: &GlobalArgs) -> Result<Project, app::AppError> {
    match std::env::current_dir() {
        Ok(here) => Ok(project(overrides, &here, global)?.working_in(here)),
        // Deleted under the person's feet.
        Err(_) => Ok(Project::new(Settings::resolve(overrides, None)?)),
    }
}
