//! The project's automation: `cargo xtask check`, `tidy`, `measure`, `readme`, `pictures`, `cross`, `bench`, `dist` and `trees`.
//!
//! Starts cargo, git and `mnemo` as child processes and prints what they did. It links none of the project's crates, so it
//! builds in seconds and measures `mnemo` from outside, as a user runs it.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal, whose results are lines"
)]

mod bench;
mod check;
mod command;
mod cross;
mod dist;
mod measure;
mod pictures;
mod readme;
mod tidy;
mod trees;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use workspace::Workspace;

/// The project's automation.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything that main always passes: format, lints, documentation, dependencies, tidy, tests.
    Check {
        /// Leave out the tests.
        #[arg(long)]
        fast: bool,
    },
    /// The rules that no compiler knows: arrows between crates, paths named in documents, sizes, names.
    Tidy,
    /// The figures of the source tree: sizes, comments, circles, dependencies.
    Measure(measure::Measure),
    /// The encoder's loops on emulated Arm processors, one for every instruction set.
    Cross,
    /// Makes the packages of a release: archives, wheels, npm packages, a container's folder, a formula, a bill of materials.
    Dist(dist::Dist),
    /// Measures `mnemo` as it runs.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Runs the transcripts of the README again; an error where they are no longer true.
    Readme(readme::Readme),
    /// Takes the pictures of the README again.
    Pictures(pictures::Pictures),
    /// Unpacks the trees that benchmarks run on.
    Trees(trees::Trees),
}

fn main() -> ExitCode {
    let task = Arguments::parse().task;
    let done = Workspace::load().and_then(|workspace| match task {
        Task::Check { fast: false } => check::check(&workspace, check::Scope::Everything),
        Task::Check { fast: true } => check::check(&workspace, check::Scope::WithoutTests),
        Task::Tidy => tidy::tidy(&workspace),
        Task::Measure(options) => measure::measure(&workspace, &options),
        Task::Cross => cross::cross(&workspace),
        Task::Dist(options) => dist::dist(&workspace, &options),
        Task::Bench(bench) => bench::bench(&workspace, &bench),
        Task::Readme(options) => readme::readme(&workspace, &options),
        Task::Pictures(options) => pictures::pictures(&workspace, &options),
        Task::Trees(trees) => trees::unpack_all(&workspace, &trees),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
