//! `cargo xtask bench embed`: our encoder beside other engines, all in one session.
//!
//! Every engine is a child that has its model loaded and waits; they take turns round by round, so that a noisy machine is noisy for
//! all of them alike. Processor seconds count more than seconds where other programs run beside.

mod agreement;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};

use agreement::Agreement;

use super::report::median;
use super::sample::pss;
use crate::command::{command, output, run, shown};
use crate::workspace::Workspace;

/// Texts of a session, as many as a mid-sized repository has functions worth comparing.
const N_INPUTS: usize = 400;

/// What to embed, with what, how often.
#[derive(Args)]
pub(crate) struct Embed {
    /// The tree whose functions are embedded.
    #[arg(long, value_name = "DIR", required_unless_present = "inputs")]
    tree: Option<PathBuf>,
    /// Texts in place of a tree: one JSON string a line.
    #[arg(long, value_name = "FILE", conflicts_with = "tree")]
    inputs: Option<PathBuf>,
    /// The model's folder [default: that of the default model].
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// A Python with numpy, tokenizers, onnx and onnxruntime (and torch, where it is to be compared); without one only our own
    /// engines run.
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
    /// Numbers of processes to run side by side.
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    processes: Vec<usize>,
    /// Rounds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Our instruction sets beside the fastest, by name.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    sets: Vec<String>,
    /// Compare PyTorch as well.
    #[arg(long)]
    torch: bool,
}

/// Measures, prints and writes the results.
pub(super) fn embed(workspace: &Workspace, embed: &Embed) -> Result<()> {
    let out = workspace.target.join("bench");
    fs_err::create_dir_all(&out)?;
    let mnemo = || build(workspace, &["-p", "cli"], "mnemo");
    let engine = build(
        workspace,
        &["-p", "embed", "--example", "bench_engine"],
        "examples/bench_engine",
    )?;
    let inputs = match (&embed.inputs, &embed.tree) {
        (Some(inputs), _) => inputs.clone(),
        (None, Some(tree)) => functions(&mnemo()?, tree, &out)?,
        (None, None) => bail!("name a tree or a file of inputs"),
    };
    let model = match &embed.model {
        Some(model) => model.clone(),
        None => default_model(&mnemo()?)?,
    };
    let specs = specs(workspace, embed, &engine, &model, &inputs, &out)?;
    let mut results = Vec::new();
    for &n_processes in &embed.processes {
        results.extend(session(&specs, n_processes, embed.repeat, &out)?);
    }
    let agreements = agreements(&specs, &out)?;
    print_table(&results, &agreements);
    let ceiling = match &embed.python {
        Some(python) => Some(print_ceiling(workspace, python, &model, &results)?),
        None => None,
    };
    let series: Vec<Value> = results.iter().map(Series::json).collect();
    let agreements: Vec<Value> = agreements.iter().map(Agreement::json).collect();
    let json = json!({"series": series, "agreements": agreements, "ceiling": ceiling});
    fs_err::write(out.join("embed.json"), format!("{json:#}\n"))?;
    println!("{}", out.join("embed.json").display());
    Ok(())
}

fn build(workspace: &Workspace, arguments: &[&str], program: &str) -> Result<PathBuf> {
    run(command("cargo")
        .current_dir(&workspace.root)
        .args(["build", "--release"])
        .args(arguments))?;
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace.target.join("release").join(name))
}

/// Writes functions and methods of a tree, evenly chosen, with their paths in front.
fn functions(mnemo: &Path, tree: &Path, out: &Path) -> Result<PathBuf> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("bench.db");
    output(
        command(mnemo)
            .args(["index", "--embeddings", "none", "--quiet", "--database"])
            .arg(&database)
            .arg(tree),
    )?;
    let chunks = output(
        command(mnemo)
            .args(["export", "--what", "chunks", "--database"])
            .arg(&database),
    )?;
    let mut texts = Vec::new();
    for line in chunks.lines() {
        let chunk: Value = serde_json::from_str(line)?;
        let text = |field: &str| chunk[field].as_str().unwrap_or_default().to_owned();
        if matches!(text("kind").as_str(), "function" | "method") {
            texts.push(format!("{}\n{}", text("file"), text("source")));
        }
    }
    let n_inputs = texts.len().min(N_INPUTS);
    let chosen = (0..n_inputs).map(|index| json!(texts[index * texts.len() / n_inputs]));
    let lines: Vec<String> = chosen.map(|text| format!("{text}\n")).collect();
    let path = out.join("embed-inputs.jsonl");
    fs_err::write(&path, lines.concat())?;
    Ok(path)
}

fn default_model(mnemo: &Path) -> Result<PathBuf> {
    run(command(mnemo).args(["model", "pull"]))?;
    let path = output(command(mnemo).args(["model", "path"]))?;
    Ok(PathBuf::from(path.trim()))
}

/// An engine and how to start it.
struct Spec {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
}

fn specs(
    workspace: &Workspace,
    embed: &Embed,
    engine: &Path,
    model: &Path,
    inputs: &Path,
    out: &Path,
) -> Result<Vec<Spec>> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let ours = |precision: &str, set: Option<&String>| Spec {
        name: format!("mnemo {precision} {}", set.map_or("", String::as_str)),
        program: engine.to_owned(),
        arguments: [text(model), text(inputs), precision.to_owned()]
            .into_iter()
            .chain(set.cloned())
            .collect(),
    };
    // The first one is what all others are compared with.
    let mut specs = vec![ours("int8", None), ours("f32", None)];
    specs.extend(embed.sets.iter().map(|set| ours("int8", Some(set))));
    let Some(python) = &embed.python else {
        return Ok(specs);
    };
    let scripts = workspace.root.join("scripts");
    run(command(python)
        .arg(scripts.join("onnx_export.py"))
        .arg(model)
        .arg(out))?;
    let mut theirs = |name: &str, engine: &str, graph: Option<&str>| {
        let script = scripts.join("bench_engine.py");
        let mut arguments = vec![text(&script), engine.to_owned(), text(model), text(inputs)];
        if let Some(graph) = graph {
            arguments.extend(["--graph".to_owned(), text(&out.join(graph))]);
        }
        specs.push(Spec {
            name: name.to_owned(),
            program: python.clone(),
            arguments,
        });
    };
    theirs("ONNX Runtime int8", "onnx", Some("int8.onnx"));
    theirs("ONNX Runtime f32", "onnx", Some("f32.onnx"));
    if embed.torch {
        theirs("PyTorch f32", "torch", None);
    }
    Ok(specs)
}

/// An engine that runs.
struct Engine {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    shown: String,
}

impl Engine {
    fn start(spec: &Spec) -> Result<Engine> {
        let mut command: Command = command(&spec.program);
        command.args(&spec.arguments);
        let shown = shown(&command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("failed to start `{shown}`"))?;
        let input = child.stdin.take().context("the child has no input")?;
        let output = child.stdout.take().context("the child has no output")?;
        Ok(Engine {
            child,
            input,
            output: BufReader::new(output),
            shown,
        })
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

/// What one engine did in one session.
struct Series {
    name: String,
    plan: String,
    n_processes: usize,
    /// All processes together.
    tokens_per_second: Vec<f64>,
    /// On average over the processes.
    tokens_per_cpu_second: Vec<f64>,
    pss_bytes: u64,
}

impl Series {
    fn json(&self) -> Value {
        json!({
            "engine": self.name,
            "plan": self.plan,
            "processes": self.n_processes,
            "tokens_per_second": self.tokens_per_second,
            "tokens_per_cpu_second": self.tokens_per_cpu_second,
            "pss_bytes": self.pss_bytes,
        })
    }

    fn per_cpu_second(&self) -> f64 {
        median(self.tokens_per_cpu_second.clone()).unwrap_or(0.0)
    }
}

/// Starts every engine in `n_processes` copies and lets the engines take turns, all copies of one at a time.
fn session(specs: &[Spec], n_processes: usize, n_rounds: u32, out: &Path) -> Result<Vec<Series>> {
    let mut engines = Vec::new();
    for spec in specs {
        eprintln!("{n_processes} of {}", spec.name);
        let mut copies = Vec::new();
        let mut plan = String::new();
        for _ in 0..n_processes {
            let mut engine = Engine::start(spec)?;
            plan = engine.answer()?["ready"].as_str().unwrap_or("").to_owned();
            copies.push(engine);
        }
        let series = Series {
            name: spec.name.trim().to_owned(),
            plan,
            n_processes,
            tokens_per_second: Vec::new(),
            tokens_per_cpu_second: Vec::new(),
            pss_bytes: 0,
        };
        engines.push((copies, series));
    }
    for round in 1..=n_rounds {
        eprintln!("round {round} of {n_rounds}");
        for (copies, series) in &mut engines {
            turn(copies, series)?;
        }
    }
    for (index, (copies, series)) in engines.iter_mut().enumerate() {
        let processes = copies.iter().map(|engine| engine.child.id());
        series.pss_bytes = processes.filter_map(pss).sum();
        let path = vectors_path(out, index);
        copies[0].ask(&format!("vectors {}", path.display()))?;
        copies[0].answer()?;
    }
    Ok(engines.into_iter().map(|(_, series)| series).collect())
}

fn turn(copies: &mut [Engine], series: &mut Series) -> Result<()> {
    for engine in copies.iter_mut() {
        engine.ask("run")?;
    }
    let (mut n_tokens, mut seconds, mut cpu_seconds) = (0.0, 0.0_f64, 0.0);
    for engine in copies.iter_mut() {
        let answer = engine.answer()?;
        let figure = |name: &str| answer[name].as_f64().context("a figure is missing");
        n_tokens += figure("tokens")?;
        seconds = seconds.max(figure("seconds")?);
        cpu_seconds += figure("cpu_seconds")?;
    }
    series.tokens_per_second.push(n_tokens / seconds);
    series.tokens_per_cpu_second.push(n_tokens / cpu_seconds);
    Ok(())
}

fn vectors_path(out: &Path, index: usize) -> PathBuf {
    out.join(format!("embed-vectors-{index}.f32"))
}

/// Returns how far every engine's vectors are those of our f32 engine.
fn agreements(specs: &[Spec], out: &Path) -> Result<Vec<Agreement>> {
    let all: Vec<Vec<f32>> = (0..specs.len())
        .map(|index| {
            let bytes = fs_err::read(vectors_path(out, index))?;
            let values = bytes.as_chunks().0.iter();
            Ok(values.map(|bytes| f32::from_le_bytes(*bytes)).collect())
        })
        .collect::<Result<_>>()?;
    let reference = &all[1];
    let squares = reference.iter().map(|value| value * value);
    let n_inputs = squares.sum::<f32>().round();
    let width = reference.len() / n_inputs as usize;
    let of = |vectors: &Vec<f32>| Agreement::of(vectors, reference, width);
    Ok(all.iter().map(of).collect())
}

fn print_table(results: &[Series], agreements: &[Agreement]) {
    println!(
        "{:<26} {:>9} {:>11} {:>15} {:>8} {:>9} {:>15} {:>10}  plan",
        "engine",
        "processes",
        "tokens/s",
        "tokens/cpu s",
        "ours x",
        "PSS MB",
        "cosine min/mean",
        "overlap@10"
    );
    for (index, series) in results.iter().enumerate() {
        let ours = &results[index / agreements.len() * agreements.len()];
        let agreement = agreements[index % agreements.len()];
        println!(
            "{:<26} {:>9} {:>11.0} {:>15.0} {:>8.2} {:>9.1} {:>7.4} {:>7.4} {:>10.3}  {}",
            series.name,
            series.n_processes,
            median(series.tokens_per_second.clone()).unwrap_or(0.0),
            series.per_cpu_second(),
            ours.per_cpu_second() / series.per_cpu_second(),
            series.pss_bytes as f64 / 1e6,
            agreement.lowest,
            agreement.mean,
            agreement.overlap,
            series.plan,
        );
    }
}

/// Prints which share of the machine's own matrix products our engines reach, counting the linear layers alone.
fn print_ceiling(
    workspace: &Workspace,
    python: &Path,
    model: &Path,
    results: &[Series],
) -> Result<Value> {
    let text = output(
        command(python)
            .arg(workspace.root.join("scripts/bench_engine.py"))
            .arg("ceiling")
            .arg(model),
    )?;
    let ceiling: Value = serde_json::from_str(&text)?;
    for (index, precision) in ["int8", "f32"].into_iter().enumerate() {
        let peak = ceiling[precision].as_f64().unwrap_or(f64::NAN);
        let n_products = ceiling["products_per_token"].as_f64().unwrap_or(0.0);
        let reached = results[index].per_cpu_second() * n_products;
        println!(
            "{precision}: {:.0} of {:.0} billion multiplications a second that a large product reaches, {:.0} %",
            reached / 1e9,
            peak / 1e9,
            100.0 * reached / peak
        );
    }
    Ok(ceiling)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two vectors, (1, 0) and (0, 1), by any engine.
    const STAND_IN: &str = r#"
echo '{"ready":"one at a time"}'
while read -r word path; do
  case "$word" in
    run) echo '{"seconds":2,"cpu_seconds":1,"tokens":100}' ;;
    vectors) printf '\0\0\200\077\0\0\0\0\0\0\0\0\0\0\200\077' > "$path"; echo '{}' ;;
  esac
done
"#;

    fn stand_ins(folder: &Path, script: &str) -> Vec<Spec> {
        let path = folder.join("engine.sh");
        fs_err::write(&path, script).unwrap();
        let spec = |name: &str| Spec {
            name: name.to_owned(),
            program: PathBuf::from("sh"),
            arguments: vec![path.to_str().unwrap().to_owned()],
        };
        vec![spec("ours int8"), spec("ours f32")]
    }

    #[test]
    fn engines_take_turns_at_toy_size() {
        let folder = tempfile::tempdir().unwrap();
        let specs = stand_ins(folder.path(), STAND_IN);
        let results = session(&specs, 2, 3, folder.path()).unwrap();
        assert_eq!(results.len(), 2);
        assert_eq!(results[1].plan, "one at a time");
        assert_eq!(results[1].tokens_per_second, [100.0; 3]);
        assert_eq!(results[1].per_cpu_second(), 100.0);
        let agreements = agreements(&specs, folder.path()).unwrap();
        let same = Agreement {
            lowest: 1.0,
            mean: 1.0,
            overlap: 1.0,
        };
        assert_eq!(agreements, [same; 2]);
        print_table(&results, &agreements);
    }

    #[test]
    fn engine_that_ends_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let specs = stand_ins(folder.path(), "exit 1");
        let error = session(&specs, 1, 1, folder.path()).err().unwrap();
        assert!(format!("{error:#}").contains("engine.sh"), "{error:#}");
    }
}
