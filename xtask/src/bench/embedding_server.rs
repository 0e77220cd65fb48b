//! `cargo xtask bench embedding-server`: what a server of embeddings gives of its encoder, and how long a question waits beside bulk work.
//!
//! The encoder alone, our server and, where a Python has ONNX Runtime, a server of that take turns round by round. Every server is asked
//! by the same clients, who send the same requests over connections that they keep.

mod client;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::embed::{default_model, functions};
use super::engine::{Engine, Turn, build_ours};
use super::report::median;
use super::runner::build;
use crate::command::{command, run};
use crate::workspace::Workspace;
use client::{Connection, Server};

/// Texts of a request of bulk work.
const TEXTS_PER_REQUEST: usize = 8;

/// Clients of bulk work beside which questions are asked.
const BULK_CLIENTS: usize = 4;

/// Texts of their requests.
const BULK_TEXTS: usize = 64;

/// What somebody asks who waits for the answer.
const QUESTION: &str = "where are routes matched against a path?";

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(10);

/// What to embed, how many ask, how often.
#[derive(Args)]
pub(crate) struct EmbeddingServer {
    /// The tree whose functions are embedded.
    #[arg(long, value_name = "DIR", required_unless_present = "inputs")]
    tree: Option<PathBuf>,
    /// Texts in place of a tree: one JSON string a line.
    #[arg(long, value_name = "FILE", conflicts_with = "tree")]
    inputs: Option<PathBuf>,
    /// A Python with numpy, tokenizers, onnx and onnxruntime; without one only our own server runs.
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
    /// Threads of every engine [default: cores].
    #[arg(long)]
    threads: Option<usize>,
    /// Clients at a time.
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// Rounds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Questions beside bulk work.
    #[arg(long, default_value_t = 300)]
    questions: usize,
    /// A built `mnemo` in place of the release build; `--engine` has to be one of the same profile.
    #[arg(long, value_name = "PROGRAM", requires = "engine")]
    program: Option<PathBuf>,
    /// A built example `bench_engine` of `embed` in place of the release build.
    #[arg(long, value_name = "PROGRAM", requires = "program")]
    engine: Option<PathBuf>,
}

/// Who is measured, and what it did.
struct Contender {
    name: &'static str,
    kind: Kind,
    turns: Vec<Turn>,
}

enum Kind {
    Encoder(Engine),
    Server(Server),
}

/// Measures, prints and writes the results.
pub(super) fn measure(workspace: &Workspace, bench: &EmbeddingServer) -> Result<()> {
    let out = workspace.target.join("bench");
    fs_err::create_dir_all(&out)?;
    let mnemo = match &bench.program {
        Some(program) => program.clone(),
        None => build(workspace, &["-p", "mnemo"], "mnemo")?,
    };
    let inputs = match (&bench.inputs, &bench.tree) {
        (Some(inputs), _) => inputs.clone(),
        (None, Some(tree)) => functions(&mnemo, tree, &out)?,
        (None, None) => unreachable!("the command line asks for one of them"),
    };
    let n_threads = match bench.threads {
        Some(n_threads) => n_threads,
        None => thread::available_parallelism()?.get(),
    };
    let model = default_model(&mnemo)?;
    let engine = match &bench.engine {
        Some(engine) => engine.clone(),
        None => build_ours(workspace)?,
    };
    let mut all = vec![
        encoder(&engine, &model, &inputs, n_threads)?,
        ours(&mnemo, n_threads)?,
    ];
    if let Some(python) = &bench.python {
        all.push(theirs(workspace, python, &model, n_threads, &out)?);
    }
    let texts = fs_err::read_to_string(&inputs)?;
    let texts: Vec<Value> = texts
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let requests = requests(&texts, TEXTS_PER_REQUEST);
    for round in 1..=bench.repeat {
        eprintln!("round {round} of {}", bench.repeat);
        for contender in &mut all {
            let turn = contender.turn(&requests, bench.clients)?;
            contender.turns.push(turn);
        }
    }
    let Kind::Server(server) = &all[1].kind else {
        unreachable!("ours comes second");
    };
    let alone = ask(server, bench.questions)?;
    let beside = ask_beside_bulk(server, &texts, bench.questions)?;
    print(&all, &alone, &beside);
    let json = json!({
        "threads": n_threads,
        "clients": bench.clients,
        "contenders": all.iter().map(Contender::json).collect::<Vec<_>>(),
        "question_seconds_alone": alone,
        "question_seconds_beside_bulk": beside,
    });
    fs_err::write(out.join("embedding-server.json"), format!("{json:#}\n"))?;
    println!("{}", out.join("embedding-server.json").display());
    Ok(())
}

fn encoder(engine: &Path, model: &Path, inputs: &Path, n_threads: usize) -> Result<Contender> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let arguments = [
        text(model),
        text(inputs),
        "int8".to_owned(),
        "fastest".to_owned(),
        n_threads.to_string(),
    ];
    let engine = Engine::start(engine, &arguments)?;
    Ok(Contender::new("the encoder alone", Kind::Encoder(engine)))
}

fn ours(mnemo: &Path, n_threads: usize) -> Result<Contender> {
    let mut command = command(mnemo);
    command.args(["serve", "--embeddings-only", "--listen", "127.0.0.1:0"]);
    command.args(["--threads", &n_threads.to_string()]);
    let server = Server::start(&mut command)?;
    Ok(Contender::new("mnemo serve", Kind::Server(server)))
}

fn theirs(
    workspace: &Workspace,
    python: &Path,
    model: &Path,
    n_threads: usize,
    out: &Path,
) -> Result<Contender> {
    let scripts = workspace.root.join("scripts");
    run(command(python)
        .arg(scripts.join("onnx_export.py"))
        .arg(model)
        .arg(out))?;
    let mut command = command(python);
    command.arg(scripts.join("onnx_server.py")).arg(model);
    command
        .arg(out.join("int8.onnx"))
        .arg(n_threads.to_string());
    let server = Server::start(&mut command)?;
    Ok(Contender::new("ONNX Runtime int8", Kind::Server(server)))
}

/// Writes requests for the vectors of texts.
fn requests(texts: &[Value], n_texts: usize) -> Vec<String> {
    let request = |texts: &[Value]| json!({"input": texts, "encoding_format": "base64"});
    let requests = texts.chunks(n_texts).map(request);
    requests.map(|request| request.to_string()).collect()
}

impl Contender {
    fn new(name: &'static str, kind: Kind) -> Contender {
        Contender {
            name,
            kind,
            turns: Vec::new(),
        }
    }

    /// Has all texts embedded once.
    fn turn(&mut self, requests: &[String], n_clients: usize) -> Result<Turn> {
        match &mut self.kind {
            Kind::Encoder(engine) => {
                engine.begin_turn()?;
                engine.end_turn()
            }
            Kind::Server(server) => turn_of_server(server, requests, n_clients),
        }
    }

    fn rate(&self, seconds: impl Fn(&Turn) -> f64) -> f64 {
        let rates = self.turns.iter().map(|turn| turn.n_tokens / seconds(turn));
        median(rates.collect()).unwrap_or(0.0)
    }

    fn json(&self) -> Value {
        let turns: Vec<Value> = self.turns.iter().map(Turn::json).collect();
        json!({"name": self.name, "turns": turns})
    }
}

/// Clients take the next request as they are done with one.
fn turn_of_server(server: &Server, requests: &[String], n_clients: usize) -> Result<Turn> {
    let (next, n_tokens) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let cpu = server.cpu_seconds()?;
    let start = Instant::now();
    let client = || -> Result<()> {
        let mut connection = server.connect()?;
        while let Some(request) = requests.get(next.fetch_add(1, Relaxed)) {
            n_tokens.fetch_add(tokens(&mut connection, request)?, Relaxed);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let clients: Vec<_> = (0..n_clients).map(|_| scope.spawn(client)).collect();
        let mut ended = clients.into_iter().map(|client| client.join());
        ended.try_for_each(|ended| ended.expect("a client does not panic"))
    })?;
    Ok(Turn {
        n_tokens: n_tokens.into_inner() as f64,
        seconds: start.elapsed().as_secs_f64(),
        cpu_seconds: server.cpu_seconds()? - cpu,
    })
}

/// Has one request answered, and returns how many tokens it had.
fn tokens(connection: &mut Connection, request: &str) -> Result<usize> {
    let (status, body) = connection.post("/v1/embeddings", request)?;
    let answer: Value = serde_json::from_slice(&body)?;
    ensure!(status == 200, "{status}: {answer}");
    let n_tokens = answer["usage"]["total_tokens"].as_u64();
    Ok(usize::try_from(
        n_tokens.context("no tokens are reported")?,
    )?)
}

/// Asks one question after the other, and returns the seconds of each, sorted.
fn ask(server: &Server, n_questions: usize) -> Result<Vec<f64>> {
    let mut connection = server.connect()?;
    let request = json!({"input": QUESTION, "encoding_format": "base64"}).to_string();
    let mut seconds = Vec::with_capacity(n_questions);
    for _ in 0..n_questions {
        thread::sleep(PAUSE);
        let start = Instant::now();
        tokens(&mut connection, &request)?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds)
}

fn ask_beside_bulk(server: &Server, texts: &[Value], n_questions: usize) -> Result<Vec<f64>> {
    let (is_over, n_answers) = (AtomicBool::new(false), AtomicUsize::new(0));
    let requests = requests(texts, BULK_TEXTS);
    let bulk = || -> Result<()> {
        let mut connection = server.connect()?;
        let mut requests = requests.iter().cycle();
        while !is_over.load(Relaxed) {
            tokens(&mut connection, requests.next().context("there are texts")?)?;
            n_answers.fetch_add(1, Relaxed);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let clients: Vec<_> = (0..BULK_CLIENTS).map(|_| scope.spawn(bulk)).collect();
        let seconds = ask(server, n_questions);
        is_over.store(true, Relaxed);
        for client in clients {
            client.join().expect("a client does not panic")?;
        }
        eprintln!(
            "{} requests of bulk work meanwhile",
            n_answers.load(Relaxed)
        );
        seconds
    })
}

fn print(all: &[Contender], alone: &[f64], beside: &[f64]) {
    println!(
        "{:<20} {:>10} {:>13} {:>10} {:>12}",
        "", "tokens/s", "tokens/cpu s", "of encoder", "(by cpu s)"
    );
    let rates = |contender: &Contender| {
        (
            contender.rate(|turn| turn.seconds),
            contender.rate(|turn| turn.cpu_seconds),
        )
    };
    let (by_time, by_cpu) = rates(&all[0]);
    for contender in all {
        let (of_time, of_cpu) = rates(contender);
        println!(
            "{:<20} {of_time:>10.0} {of_cpu:>13.0} {:>10.3} {:>12.3}",
            contender.name,
            of_time / by_time,
            of_cpu / by_cpu
        );
    }
    for (name, seconds) in [("alone", alone), ("beside bulk work", beside)] {
        println!(
            "a question {name}: median {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
            1e3 * share(seconds, 0.5),
            1e3 * share(seconds, 0.99),
            1e3 * share(seconds, 1.0)
        );
    }
}

/// Returns what this share of sorted values does not exceed.
fn share(sorted: &[f64], share: f64) -> f64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_values_themselves() {
        let sorted: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!(share(&sorted, 0.5), 100.0);
        assert_eq!(share(&sorted, 0.99), 198.0);
        assert_eq!(share(&sorted, 1.0), 200.0);
        assert!(share(&[], 0.5).is_nan());
    }

    #[test]
    fn every_text_is_in_one_request() {
        let texts: Vec<Value> = (0..20).map(|number| json!(number.to_string())).collect();
        let requests = requests(&texts, 8);
        let lengths = requests.iter().map(|request| {
            let request: Value = serde_json::from_str(request).unwrap();
            request["input"].as_array().unwrap().len()
        });
        assert_eq!(lengths.collect::<Vec<_>>(), [8, 8, 4]);
    }
}
