//! A child that has a model loaded and texts read, and embeds them as often as it is asked to.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::runner::build;
use crate::command::{command, shown};
use crate::workspace::Workspace;

/// Builds our own engine.
pub(super) fn build_ours(workspace: &Workspace) -> Result<PathBuf> {
    build(
        workspace,
        &["-p", "embed", "--example", "bench_engine"],
        "examples/bench_engine",
    )
}

/// An engine that runs.
pub(super) struct Engine {
    /// What it says of itself.
    pub(super) plan: String,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    shown: String,
}

/// What it took to embed all texts once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Turn {
    pub(super) n_tokens: f64,
    pub(super) seconds: f64,
    pub(super) cpu_seconds: f64,
}

impl Engine {
    /// Starts an engine and waits until it is ready.
    pub(super) fn start(program: &Path, arguments: &[String]) -> Result<Engine> {
        let mut command = command(program);
        command.args(arguments);
        let shown = shown(&command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("failed to start `{shown}`"))?;
        let input = child.stdin.take().context("the child has no input")?;
        let output = child.stdout.take().context("the child has no output")?;
        let mut engine = Engine {
            plan: String::new(),
            child,
            input,
            output: BufReader::new(output),
            shown,
        };
        engine.plan = engine.answer()?["ready"].as_str().unwrap_or("").to_owned();
        Ok(engine)
    }

    /// Begins to embed all texts; [`Engine::end_turn`] waits for the end.
    pub(super) fn begin_turn(&mut self) -> Result<()> {
        self.ask("run")
    }

    pub(super) fn end_turn(&mut self) -> Result<Turn> {
        let answer = self.answer()?;
        let figure = |name: &str| answer[name].as_f64().context("a figure is missing");
        Ok(Turn {
            n_tokens: figure("tokens")?,
            seconds: figure("seconds")?,
            cpu_seconds: figure("cpu_seconds")?,
        })
    }

    /// Writes the vectors of all texts as little-endian 32-bit floats.
    pub(super) fn write_vectors(&mut self, path: &Path) -> Result<()> {
        self.ask(&format!("vectors {}", path.display()))?;
        self.answer()?;
        Ok(())
    }

    /// Returns the id of its process.
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    fn ask(&mut self, line: &str) -> Result<()> {
        writeln!(self.input, "{line}").with_context(|| format!("`{}` has gone", self.shown))
    }

    fn answer(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        serde_json::from_str(&line).with_context(|| format!("`{}` gave no answer", self.shown))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // An engine that is done or broken has nothing to save.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Turn {
    pub(super) fn json(&self) -> Value {
        json!({"tokens": self.n_tokens, "seconds": self.seconds, "cpu_seconds": self.cpu_seconds})
    }
}
