//! How long does an answer take? Asks a large index over the Model Context Protocol, as an agent does, and by starting the program anew.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Setting;
use super::incremental::copy_tree;
use super::runner::Runner;
use super::server::Server;
use crate::workspace::Workspace;

/// Times that the program is started for one question.
const COLD_STARTS: usize = 30;

/// Rounds over all questions; the first warms up and is not counted.
const ROUNDS: usize = 4;

/// The name of the repository in the database.
const REPOSITORY: &str = "latency";

/// What to ask of.
#[derive(clap::Args)]
pub(crate) struct LatencyBench {
    /// The tree to index.
    #[arg(long, value_name = "DIR")]
    tree: PathBuf,
    /// Index so many copies of it side by side.
    #[arg(long, default_value_t = 1)]
    copies: u32,
    /// Folder with a folder of questions for each repository [default: shared/bench/search, beside the checkout].
    #[arg(long, value_name = "DIR")]
    questions: Option<PathBuf>,
    /// Index and ask in this database, which is kept, so that a second measurement embeds nothing.
    #[arg(long, value_name = "PATH")]
    database: Option<PathBuf>,
}

/// Indexes, asks and prints.
pub(super) fn latency(
    workspace: &Workspace,
    bench: &LatencyBench,
    setting: &Setting,
) -> Result<()> {
    let beside = workspace.root.join("../shared/bench/search");
    let questions = questions(bench.questions.as_ref().unwrap_or(&beside))?;
    let runner = Runner::new(workspace, setting)?;
    let folder = tempfile::tempdir()?;
    let tree = folder.path().join("tree");
    for copy in 0..bench.copies {
        copy_tree(&bench.tree, &tree.join(format!("copy{copy}")))?;
    }
    let database = bench
        .database
        .clone()
        .unwrap_or_else(|| folder.path().join("bench.db"));
    runner.index_named(&tree, REPOSITORY, &database)?;
    let status: Value = serde_json::from_str(&runner.output("status", |status| {
        status.arg("--json").arg("--database").arg(&database);
    })?)?;
    let of_ours = |repository: &&Value| repository["repository"] == REPOSITORY;
    let ours = status["repositories"].as_array().into_iter().flatten();
    let ours = ours
        .clone()
        .find(of_ours)
        .context("status names the index")?;
    println!("{} chunks, {} questions", ours["chunks"], questions.len());
    print_times("warm, over MCP", warm(&runner, &database, &questions)?);
    print_times(
        "cold, `mnemo search`",
        cold(&runner, &database, &questions)?,
    );
    Ok(())
}

/// Returns the questions that were written by hand.
fn questions(folder: &Path) -> Result<Vec<String>> {
    let mut questions = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path().join("hand.jsonl");
        if !path.exists() {
            continue;
        }
        for line in fs_err::read_to_string(path)?.lines() {
            let question: Value = serde_json::from_str(line)?;
            let query = question["query"].as_str();
            questions.push(query.context("a question has a query")?.to_owned());
        }
    }
    ensure!(
        !questions.is_empty(),
        "no questions in {}",
        folder.display()
    );
    questions.sort();
    Ok(questions)
}

fn warm(runner: &Runner<'_>, database: &Path, questions: &[String]) -> Result<Vec<f64>> {
    let mut server = Server::start(runner, database)?;
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        for question in questions {
            let start = Instant::now();
            server.search(REPOSITORY, question, None)?;
            if round > 0 {
                times.push(start.elapsed().as_secs_f64() * 1000.0);
            }
        }
    }
    server.end()?;
    Ok(times)
}

fn cold(runner: &Runner<'_>, database: &Path, questions: &[String]) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    for question in questions.iter().cycle().take(COLD_STARTS) {
        let start = Instant::now();
        runner.output("search", |search| {
            search
                .args([question, "--json", "--repository", REPOSITORY, "--database"])
                .arg(database);
        })?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(times)
}

fn print_times(label: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    println!(
        "{label:<24}p50 {:.1} ms, p95 {:.1} ms, least {:.1} ms ({} answers)",
        at(0.5),
        at(0.95),
        at(0.0),
        times.len()
    );
}
