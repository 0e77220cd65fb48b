//! `cargo xtask bench embed`: our encoder beside other engines, all in one session.
//!
//! Every engine is a child that has its model loaded and waits; they take turns round by round, so that a noisy machine is noisy for
//! all of them alike. Processor seconds count more than seconds where other programs run beside.

mod agreement;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value, json};

use agreement::Agreement;

use super::engine::{Engine, Turn, build_ours};
use super::report::median;
use super::runner::build;
use super::sample::pss;
use crate::command::{command, output, run};
use crate::workspace::Workspace;

/// Texts of a session, as many as a mid-sized repository has functions worth comparing.
const N_INPUTS: usize = 400;

/// The place of our f32 engine, whose vectors are what all others are compared with.
const REFERENCE: usize = 1;

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
    /// Numbers of processes to run side by side; beside several, our encoder also runs as so many threads of one.
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
    let mnemo = || build(workspace, &["-p", "mnemo"], "mnemo");
    let engine = build_ours(workspace)?;
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
    let mut sessions = Vec::new();
    for &n_processes in &embed.processes {
        sessions.push(session(&contenders(&specs, n_processes), embed.repeat)?);
    }
    print_table(&sessions);
    let ceiling = match &embed.python {
        Some(python) => Some(print_ceiling(workspace, python, &model, &sessions[0])?),
        None => None,
    };
    let series: Vec<Value> = sessions.iter().flatten().map(Series::json).collect();
    let json = json!({"series": series, "ceiling": ceiling});
    fs_err::write(out.join("embed.json"), format!("{json:#}\n"))?;
    println!("{}", out.join("embed.json").display());
    Ok(())
}

/// Writes functions and methods of a tree, evenly chosen, with their paths in front.
pub(super) fn functions(mnemo: &Path, tree: &Path, out: &Path) -> Result<PathBuf> {
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
            .arg(&database)
            .current_dir(tree),
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

pub(super) fn default_model(mnemo: &Path) -> Result<PathBuf> {
    run(command(mnemo).args(["model", "pull"]))?;
    let path = output(command(mnemo).args(["model", "path"]))?;
    Ok(PathBuf::from(path.trim()))
}

/// An engine and how to start it.
#[derive(Clone)]
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
    // The speed of all is compared with that of the first one.
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

/// Returns who runs in a session and in how many processes: all in as many as it is of, and our first with as many threads in one.
fn contenders(specs: &[Spec], n_processes: usize) -> Vec<(Spec, usize)> {
    let mut all: Vec<(Spec, usize)> = specs
        .iter()
        .map(|spec| (spec.clone(), n_processes))
        .collect();
    if n_processes > 1 {
        let mut threads = specs[0].clone();
        threads.name = format!("{}{n_processes} threads", threads.name);
        threads
            .arguments
            .extend(["fastest".to_owned(), n_processes.to_string()]);
        all.insert(REFERENCE + 1, (threads, 1));
    }
    all
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
    agreement: Agreement,
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
            "agreement": self.agreement.json(),
        })
    }

    fn per_cpu_second(&self) -> f64 {
        median(self.tokens_per_cpu_second.clone()).unwrap_or(0.0)
    }
}

/// Starts every engine in its number of processes and lets the engines take turns, all processes of one at a time.
fn session(contenders: &[(Spec, usize)], n_rounds: u32) -> Result<Vec<Series>> {
    let mut engines = Vec::new();
    for (spec, n_processes) in contenders {
        eprintln!("{n_processes} of {}", spec.name);
        let copies = (0..*n_processes).map(|_| Engine::start(&spec.program, &spec.arguments));
        engines.push(copies.collect::<Result<Vec<_>>>()?);
    }
    let mut turns = vec![Vec::new(); engines.len()];
    for round in 1..=n_rounds {
        eprintln!("round {round} of {n_rounds}");
        for (copies, turns) in engines.iter_mut().zip(&mut turns) {
            turns.push(turn(copies)?);
        }
    }
    let pss_bytes: Vec<u64> = engines.iter().map(|copies| memory(copies)).collect();
    let reference = vectors(&mut engines[REFERENCE][0])?;
    let squares = reference.iter().map(|value| value * value);
    let width = reference.len() / squares.sum::<f32>().round() as usize;
    let mut series = Vec::new();
    for (index, (spec, n_processes)) in contenders.iter().enumerate() {
        let engine = &mut engines[index][0];
        series.push(Series {
            name: spec.name.trim().to_owned(),
            plan: engine.plan.clone(),
            n_processes: *n_processes,
            tokens_per_second: rates(&turns[index], |turn| turn.seconds),
            tokens_per_cpu_second: rates(&turns[index], |turn| turn.cpu_seconds),
            pss_bytes: pss_bytes[index],
            agreement: Agreement::of(&vectors(engine)?, &reference, width),
        });
    }
    Ok(series)
}

/// Lets all processes of one engine embed at once: their tokens, the time of the slowest, their processor time.
fn turn(copies: &mut [Engine]) -> Result<Turn> {
    for engine in copies.iter_mut() {
        engine.begin_turn()?;
    }
    let mut sum = copies[0].end_turn()?;
    for engine in &mut copies[1..] {
        let turn = engine.end_turn()?;
        sum.n_tokens += turn.n_tokens;
        sum.seconds = sum.seconds.max(turn.seconds);
        sum.cpu_seconds += turn.cpu_seconds;
    }
    Ok(sum)
}

fn rates(turns: &[Turn], seconds: impl Fn(&Turn) -> f64) -> Vec<f64> {
    let rates = turns.iter().map(|turn| turn.n_tokens / seconds(turn));
    rates.collect()
}

fn memory(copies: &[Engine]) -> u64 {
    let processes = copies.iter().map(Engine::process);
    processes.filter_map(pss).sum()
}

fn vectors(engine: &mut Engine) -> Result<Vec<f32>> {
    let file = tempfile::NamedTempFile::new()?;
    engine.write_vectors(file.path())?;
    let bytes = fs_err::read(file.path())?;
    let values = bytes.as_chunks().0.iter();
    Ok(values.map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn print_table(sessions: &[Vec<Series>]) {
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
    let rows = sessions
        .iter()
        .flat_map(|session| session.iter().map(|series| (&session[0], series)));
    for (ours, series) in rows {
        println!(
            "{:<26} {:>9} {:>11.0} {:>15.0} {:>8.2} {:>9.1} {:>7.4} {:>7.4} {:>10.3}  {}",
            series.name,
            series.n_processes,
            median(series.tokens_per_second.clone()).unwrap_or(0.0),
            series.per_cpu_second(),
            ours.per_cpu_second() / series.per_cpu_second(),
            series.pss_bytes as f64 / 1e6,
            series.agreement.lowest,
            series.agreement.mean,
            series.agreement.overlap,
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
        vec![spec("ours int8 "), spec("ours f32 ")]
    }

    #[test]
    fn engines_take_turns_at_toy_size() {
        let folder = tempfile::tempdir().unwrap();
        let specs = stand_ins(folder.path(), STAND_IN);
        let results = session(&contenders(&specs, 2), 3).unwrap();
        let rows = results
            .iter()
            .map(|row| (row.name.as_str(), row.n_processes));
        let expected = [
            ("ours int8", 2),
            ("ours f32", 2),
            ("ours int8 2 threads", 1),
        ];
        assert_eq!(rows.collect::<Vec<_>>(), expected);
        assert_eq!(results[1].plan, "one at a time");
        assert_eq!(results[1].tokens_per_second, [100.0; 3]);
        assert_eq!(results[2].tokens_per_second, [50.0; 3]);
        assert_eq!(results[1].per_cpu_second(), 100.0);
        let same = Agreement {
            lowest: 1.0,
            mean: 1.0,
            overlap: 1.0,
        };
        assert!(results.iter().all(|row| row.agreement == same));
        print_table(&[results]);
    }

    #[test]
    fn engine_that_ends_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let specs = stand_ins(folder.path(), "exit 1");
        let error = session(&contenders(&specs, 1), 1).err().unwrap();
        assert!(format!("{error:#}").contains("engine.sh"), "{error:#}");
    }
}
