//! How much longer does a whole `mnemo index` take than to embed the same inputs alone?

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::engine::{Engine, Turn, build_ours};
use super::report::median;
use super::runner::{Run, Runner};
use crate::workspace::Workspace;

/// The precision of both sides.
const PRECISION: &str = "int8";

/// The longest that is good enough, in times of embedding alone.
const LIMIT: f64 = 1.15;

/// Starts an engine with the inputs that `mnemo index` embeds in a tree, each once.
pub(super) fn start(workspace: &Workspace, runner: &mut Runner<'_>, tree: &Path) -> Result<Engine> {
    runner.set_precision(PRECISION);
    let rows = runner.export_afresh(tree, &["inputs"])?;
    let folder = tempfile::tempdir()?;
    let inputs = folder.path().join("inputs.jsonl");
    fs_err::write(&inputs, distinct(&rows)?)?;
    let model = runner.output("model", |model| {
        model.arg("path");
    })?;
    let inputs = inputs.to_str().context("the path is not UTF-8")?;
    let arguments = [model.trim(), inputs, PRECISION].map(str::to_owned);
    Engine::start(&build_ours(workspace)?, &arguments)
}

/// Returns each input of exported rows once, as a line, in order.
fn distinct(rows: &str) -> Result<String> {
    let mut seen = HashSet::new();
    let mut lines = String::new();
    for row in rows.lines() {
        let row: Value = serde_json::from_str(row)?;
        let line = format!("{}\n", row["input"]);
        if seen.insert(line.clone()) {
            lines.push_str(&line);
        }
    }
    Ok(lines)
}

/// Embeds the inputs that a run just embedded; an error if they are others.
pub(super) fn turn(engine: &mut Engine, run: &Run) -> Result<Turn> {
    engine.begin_turn()?;
    let turn = engine.end_turn()?;
    let n_tokens = run.summary["tokens_embedded"].as_f64();
    ensure!(
        n_tokens == Some(turn.n_tokens),
        "not the same inputs: `mnemo index` embedded {n_tokens:?} tokens, the engine {}",
        turn.n_tokens
    );
    Ok(turn)
}

/// Returns one line that compares the medians of runs and of turns, and says whether it is good enough.
pub(super) fn comparison(runs: &[Run], turns: &[Turn]) -> Option<String> {
    let wall = median(
        runs.iter()
            .map(|run| run.measurement.wall_seconds)
            .collect(),
    )?;
    let cpu = median(runs.iter().map(|run| run.measurement.cpu_seconds).collect())?;
    let wall_alone = median(turns.iter().map(|turn| turn.seconds).collect())?;
    let cpu_alone = median(turns.iter().map(|turn| turn.cpu_seconds).collect())?;
    let ratio = wall / wall_alone;
    let verdict = if ratio <= LIMIT {
        "holds"
    } else {
        "does not hold"
    };
    Some(format!(
        "one worker against embedding the same {:.0} tokens alone: wall {wall:.2} s / {wall_alone:.2} s = {ratio:.3}, \
         cpu {cpu:.2} s / {cpu_alone:.2} s = {:.3}; at most {LIMIT} in wall time {verdict}",
        turns[0].n_tokens,
        cpu / cpu_alone
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::sample::Measurement;
    use serde_json::json;

    fn run(wall_seconds: f64, n_tokens: u64) -> Run {
        let measurement = Measurement {
            wall_seconds,
            cpu_seconds: 1.0,
            samples: Vec::new(),
            output: String::new(),
        };
        Run {
            measurement,
            summary: json!({"tokens_embedded": n_tokens}),
        }
    }

    #[test]
    fn inputs_are_taken_once_and_in_order() {
        let rows = "{\"input\":\"b\\n1\"}\n{\"input\":\"a\"}\n{\"input\":\"b\\n1\"}\n";
        assert_eq!(distinct(rows).unwrap(), "\"b\\n1\"\n\"a\"\n");
    }

    #[test]
    fn other_inputs_are_an_error() {
        let script = r#"echo '{"ready":""}'; while read -r _; do echo '{"seconds":1,"cpu_seconds":1,"tokens":9}'; done"#;
        let arguments = ["-c", script].map(str::to_owned);
        let mut engine = Engine::start(Path::new("sh"), &arguments).unwrap();
        assert_eq!(turn(&mut engine, &run(1.0, 9)).unwrap().n_tokens, 9.0);
        assert!(turn(&mut engine, &run(1.0, 8)).is_err());
    }

    #[test]
    fn medians_are_held_against_the_limit() {
        let alone = Turn {
            n_tokens: 9.0,
            seconds: 1.0,
            cpu_seconds: 0.5,
        };
        let says =
            |walls: [f64; 3]| comparison(&walls.map(|wall| run(wall, 9)), &[alone; 3]).unwrap();
        assert!(says([1.1, 9.0, 1.0]).ends_with("wall time holds"));
        assert!(says([1.1, 9.0, 1.2]).ends_with("does not hold"));
        assert!(says([1.0; 3]).contains("cpu 1.00 s / 0.50 s = 2.000"));
        assert_eq!(comparison(&[], &[]), None);
    }
}
