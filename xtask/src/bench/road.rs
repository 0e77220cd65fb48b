//! What each stage of a run without vectors costs, beside floors and beside whole runs, and beside another program that makes a graph.
//!
//! Stages are those of `crates/testkit/examples/road.rs`: each alone over the whole tree, in one thread. Whole runs have a line of their own,
//! for what no stage has: starting processes, talking between them, and the graph, whose parts a run measures itself.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::Value;

use super::report::median;
use super::runner::{Case, Mode, Runner, build};
use super::sample::{Measurement, measure};
use crate::command::{command, output};
use crate::workspace::Workspace;

/// What to compare.
#[derive(Args)]
pub(crate) struct Road {
    /// The tree to index.
    #[arg(long, value_name = "DIR")]
    tree: PathBuf,
    /// Number of workers of whole runs.
    #[arg(long, default_value_t = 2)]
    workers: u32,
    /// Rounds, in which the programs take turns.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// `ttscgraph` of the npm package `@ttsc/graph`, to dump the graph of the same tree [default: not compared].
    #[arg(long, value_name = "PROGRAM")]
    ttscgraph: Option<PathBuf>,
    /// A tsconfig of that tree which includes everything.
    #[arg(long, value_name = "FILE", requires = "ttscgraph")]
    tsconfig: Option<PathBuf>,
}

/// Prints a table of stages and one of whole runs.
pub(super) fn road(workspace: &Workspace, runner: &Runner<'_>, road: &Road) -> Result<()> {
    let example = ["-p", "testkit", "--example", "road"];
    let stages = build(workspace, &example, "examples/road")?;
    let mut rounds = Vec::new();
    let case = Case::new(&road.tree, Mode::Workers(road.workers));
    let (mut ours, mut theirs, mut graphs) = (Vec::new(), Vec::new(), Vec::new());
    runner.warm_up()?;
    for _ in 0..road.repeat {
        let printed = output(command(&stages).arg(&road.tree))?;
        rounds.push(serde_json::from_str::<Vec<Value>>(&printed)?);
        let run = runner.index_afresh(&case)?;
        graphs.push(run.summary["seconds"].clone());
        ours.push(run.measurement);
        if let Some(program) = &road.ttscgraph {
            theirs.push(dump(program, road)?);
        }
    }
    println!("{}", stage_table(&rounds)?);
    println!("{}", graph_table(&graphs));
    println!("{}", run_row("mnemo index", &ours));
    if !theirs.is_empty() {
        println!("{}", run_row("ttscgraph dump", &theirs));
    }
    Ok(())
}

fn dump(program: &Path, road: &Road) -> Result<Measurement> {
    let mut dump = command(program);
    dump.arg("dump").current_dir(&road.tree);
    if let Some(tsconfig) = &road.tsconfig {
        dump.arg("--tsconfig").arg(tsconfig);
    }
    measure(&mut dump)
}

/// Medians by stage, in milliseconds of processor time, and megabytes.
fn stage_table(rounds: &[Vec<Value>]) -> Result<String> {
    let first = rounds.first().context("no round")?;
    let mut table = "| stage | processor time, ms | MB |\n| --- | ---: | ---: |\n".to_owned();
    for (at, stage) in first.iter().enumerate() {
        let seconds = rounds.iter().map(|round| number(&round[at]["cpu_seconds"]));
        table += &format!(
            "| {} | {:.0} | {:.1} |\n",
            stage["stage"].as_str().context("a stage without a name")?,
            median(seconds.collect()).unwrap_or(0.0) * 1e3,
            number(&stage["bytes"]) / 1e6,
        );
    }
    Ok(table)
}

/// Medians of what whole runs say of their phases, in milliseconds of wall time.
fn graph_table(seconds: &[Value]) -> String {
    let mut table = "| phase of whole runs | wall time, ms |\n| --- | ---: |\n".to_owned();
    let names = seconds.first().and_then(Value::as_object).into_iter();
    for name in names.flat_map(|object| object.keys()) {
        let all = seconds.iter().map(|seconds| number(&seconds[name]));
        table += &format!(
            "| {name} | {:.0} |\n",
            median(all.collect()).unwrap_or(0.0) * 1e3
        );
    }
    table
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(0.0)
}

fn run_row(name: &str, runs: &[Measurement]) -> String {
    let of =
        |figure: fn(&Measurement) -> f64| median(runs.iter().map(figure).collect()).unwrap_or(0.0);
    format!(
        "{name}: {:.2} s wall, {:.2} s of processor time, {:.0} MB at most (medians of {})",
        of(|run| run.wall_seconds),
        of(|run| run.cpu_seconds),
        of(|run| run.peak_pss_bytes() as f64) / 1e6,
        runs.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn medians_stand_in_the_table() {
        let round = |seconds: f64| {
            vec![json!({"stage": "read", "cpu_seconds": seconds, "bytes": 2_000_000})]
        };
        let table = stage_table(&[round(0.3), round(0.1), round(0.2)]).unwrap();
        assert!(table.ends_with("| read | 200 | 2.0 |\n"), "{table}");
        let phases = [
            json!({"graph": 0.1}),
            json!({"graph": 0.3}),
            json!({"graph": 0.2}),
        ];
        assert!(graph_table(&phases).ends_with("| graph | 200 |\n"));
    }
}
