//! `cargo xtask bench`: measures `mnemo` from outside, as a user runs it.
//!
//! Every run has a fresh database and, with several cases, the cases take turns, so that a noisy machine is noisy for all of
//! them alike. What is compared is a ratio of medians from one such session, never a figure from another day.

mod alone;
mod embed;
mod embedding_server;
mod engine;
mod graph;
mod incremental;
mod latency;
mod messages;
mod plot;
mod precisions;
mod report;
mod road;
mod runner;
mod sample;
mod search;
mod server;

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use clap::{Args, Subcommand};
use tempfile::TempDir;

use crate::workspace::Workspace;
use engine::Engine;
use report::Series;
use runner::{Case, Mode, Runner};

/// What to measure.
#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Time, CPU, memory and throughput of `mnemo index` over numbers of workers.
    Index {
        /// The tree to index.
        #[arg(long, value_name = "DIR")]
        tree: PathBuf,
        /// Index so many copies of it side by side, as one tree.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        copies: u32,
        /// Numbers of workers to compare.
        #[arg(long, value_delimiter = ',', default_value = "1,2,4")]
        workers: Vec<u32>,
        /// After every run of one worker, embed the same inputs alone and compare.
        #[arg(long)]
        alone: bool,
        #[command(flatten)]
        measuring: Measuring,
        #[command(flatten)]
        setting: Setting,
    },
    /// Peak memory on a small and on a large tree: is it flat?
    Compare {
        /// The small tree.
        #[arg(long, value_name = "DIR")]
        small: PathBuf,
        /// The large tree.
        #[arg(long, value_name = "DIR")]
        large: PathBuf,
        /// Number of workers.
        #[arg(long, default_value_t = 4)]
        workers: u32,
        #[command(flatten)]
        measuring: Measuring,
        #[command(flatten)]
        setting: Setting,
    },
    /// Our encoder beside ONNX Runtime and PyTorch: throughput, memory, cosine.
    Embed(embed::Embed),
    /// Our embedding server beside the encoder alone and ONNX Runtime: tokens a second, and how long a question waits beside bulk work.
    EmbeddingServer(embedding_server::EmbeddingServer),
    /// One digest for 1, 2, 4 and 8 workers and for streaming, or an error.
    Digests {
        /// The tree to index.
        #[arg(long, value_name = "DIR")]
        tree: PathBuf,
        #[command(flatten)]
        setting: Setting,
    },
    /// Time of a run that finds nothing changed, and of one that finds one file changed.
    Incremental {
        /// The tree, of which a copy is indexed.
        #[arg(long, value_name = "DIR")]
        tree: PathBuf,
        /// Rounds of both.
        #[arg(long, default_value_t = 5)]
        repeat: u32,
        #[command(flatten)]
        setting: Setting,
    },
    /// Whether messages that a tree throws are found where they come from: the share that comes first, and among ten.
    Messages {
        #[command(flatten)]
        messages: messages::MessagesBench,
        #[command(flatten)]
        setting: Setting,
    },
    /// What each stage of a run without vectors costs, beside floors, whole runs and `ttscgraph`.
    Road {
        #[command(flatten)]
        road: road::Road,
    },
    /// How well search answers questions with known answers, with each feature of the ranking left out in turn.
    Search {
        #[command(flatten)]
        search: search::SearchBench,
        #[command(flatten)]
        setting: Setting,
    },
    /// Time of an answer of a large index, warm over the Model Context Protocol and cold from the command line.
    Latency {
        #[command(flatten)]
        latency: latency::LatencyBench,
        #[command(flatten)]
        setting: Setting,
    },
    /// Precision and recall of the code graph against the TypeScript compiler's truth.
    Graph {
        #[command(flatten)]
        truth: graph::Truth,
    },
}

/// How `mnemo` is run.
#[derive(Args)]
pub(crate) struct Setting {
    /// How chunks are embedded.
    #[arg(long, default_value = "real", value_parser = ["real", "mock", "none"])]
    embeddings: String,
    /// Memory for all processes of a run together, such as 400M [default: as without].
    #[arg(long, value_name = "SIZE")]
    memory: Option<String>,
    /// Folder for the temporary databases [default: the system's].
    #[arg(long, value_name = "DIR")]
    database_dir: Option<PathBuf>,
    /// Words to run in place of the release build of `mnemo`.
    #[arg(long, hide = true, value_delimiter = ' ')]
    program: Vec<String>,
}

impl Setting {
    fn without_vectors() -> Setting {
        Setting {
            embeddings: "none".to_owned(),
            memory: None,
            database_dir: None,
            program: Vec::new(),
        }
    }
}

/// How often to measure, and where results go.
#[derive(Args)]
pub(crate) struct Measuring {
    /// Runs of each case.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Folder for the JSON and the plot [default: bench in cargo's target folder].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Measures, prints and writes the results.
pub(crate) fn bench(workspace: &Workspace, bench: &Bench) -> Result<()> {
    match bench {
        Bench::Index {
            tree,
            copies,
            workers,
            alone,
            measuring,
            setting,
        } => {
            ensure!(
                !alone || workers.contains(&1),
                "`--alone` compares a run of one worker: name it among `--workers`"
            );
            let copied = copies_of(tree, *copies)?;
            let tree = copied.as_ref().map_or(tree.as_path(), TempDir::path);
            let cases: Vec<Case> = workers
                .iter()
                .map(|&n_workers| Case::new(tree, Mode::Workers(n_workers)))
                .collect();
            let mut runner = Runner::new(workspace, setting)?;
            runner.warm_up()?;
            let mut engine = match alone {
                true => Some(alone::start(workspace, &mut runner, tree)?),
                false => None,
            };
            let series = measure(&runner, &cases, engine.as_mut(), measuring.repeat)?;
            report(workspace, "index", &series, measuring, setting)?;
            for series in &series {
                if let Some(line) = alone::comparison(&series.runs, &series.alone) {
                    println!("{line}");
                }
            }
            Ok(())
        }
        Bench::Compare {
            small,
            large,
            workers,
            measuring,
            setting,
        } => {
            let cases = [small, large].map(|tree| Case::new(tree, Mode::Workers(*workers)));
            let runner = Runner::new(workspace, setting)?;
            runner.warm_up()?;
            let series = measure(&runner, &cases, None, measuring.repeat)?;
            report(workspace, "compare", &series, measuring, setting)?;
            println!("{}", report::flatness(&series[0], &series[1]));
            Ok(())
        }
        Bench::Embed(options) => embed::embed(workspace, options),
        Bench::EmbeddingServer(options) => embedding_server::measure(workspace, options),
        Bench::Incremental {
            tree,
            repeat,
            setting,
        } => {
            let runner = Runner::new(workspace, setting)?;
            runner.warm_up()?;
            incremental::measure(&runner, tree, *repeat)
        }
        Bench::Digests { tree, setting } => digests(workspace, tree, setting),
        Bench::Latency { latency, setting } => latency::latency(workspace, latency, setting),
        Bench::Messages { messages, setting } => messages::messages(workspace, messages, setting),
        Bench::Search { search, setting } => search::search(workspace, search, setting),
        Bench::Road { road } => {
            let setting = Setting::without_vectors();
            road::road(workspace, &Runner::new(workspace, &setting)?, road)
        }
        Bench::Graph { truth } => {
            let setting = Setting::without_vectors();
            graph::score(workspace, &Runner::new(workspace, &setting)?, truth)
        }
    }
}

/// Returns a folder with copies of a tree; nothing where one is enough.
fn copies_of(tree: &std::path::Path, n_copies: u32) -> Result<Option<TempDir>> {
    if n_copies == 1 {
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    for copy in 0..n_copies {
        incremental::copy_tree(tree, &folder.path().join(format!("copy{copy}")))?;
    }
    Ok(Some(folder))
}

/// Lets the cases take turns; `engine` has one after each run of one worker.
fn measure(
    runner: &Runner<'_>,
    cases: &[Case],
    mut engine: Option<&mut Engine>,
    n_rounds: u32,
) -> Result<Vec<Series>> {
    let mut series: Vec<Series> = cases.iter().map(Series::new).collect();
    for round in 1..=n_rounds {
        for (case, series) in cases.iter().zip(&mut series) {
            eprintln!("round {round} of {n_rounds}: {}", series.label);
            let run = runner.index_afresh(case)?;
            if let (Some(engine), Mode::Workers(1)) = (&mut engine, case.mode) {
                series.alone.push(alone::turn(engine, &run)?);
            }
            series.runs.push(run);
        }
    }
    Ok(series)
}

/// Prints medians and writes everything.
fn report(
    workspace: &Workspace,
    name: &str,
    series: &[Series],
    measuring: &Measuring,
    setting: &Setting,
) -> Result<()> {
    let out = measuring
        .out
        .clone()
        .unwrap_or_else(|| workspace.target.join("bench"));
    fs_err::create_dir_all(&out)?;
    let json = report::json(name, &setting.embeddings, series);
    fs_err::write(out.join(format!("{name}.json")), format!("{json:#}\n"))?;
    fs_err::write(out.join(format!("{name}.svg")), plot::memory(series))?;
    println!("{}", report::table(series));
    println!("{}", out.join(name).with_extension("{json,svg}").display());
    Ok(())
}

fn digests(workspace: &Workspace, tree: &std::path::Path, setting: &Setting) -> Result<()> {
    let runner = Runner::new(workspace, setting)?;
    let modes = [1, 2, 4, 8].map(Mode::Workers);
    let mut digests = Vec::new();
    for mode in modes.into_iter().chain([Mode::Streaming]) {
        let case = Case::new(tree, mode);
        let digest = runner.digest_afresh(&case)?;
        println!("{digest}  {}", case.label);
        digests.push(digest);
    }
    digests.dedup();
    if digests.len() > 1 {
        bail!("the digests differ");
    }
    println!("all equal");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAND_IN: &str = r#"
case "$1" in
  index) echo '{"success_files":3,"total_chunks":9,"vectors_computed":18,"tokens_embedded":500,"seconds":{"process":0.5,"total":0.6}}' ;;
  digest) echo "${DIGEST:-abc}" ;;
esac
"#;

    fn toy(script: &str) -> (tempfile::TempDir, Workspace, Setting) {
        let folder = tempfile::tempdir().unwrap();
        let stand_in = folder.path().join("stand-in.sh");
        fs_err::write(&stand_in, script).unwrap();
        let workspace = Workspace {
            root: folder.path().to_owned(),
            target: folder.path().join("target"),
            version: String::new(),
            crates: Vec::new(),
        };
        let setting = Setting {
            embeddings: "mock".to_owned(),
            memory: None,
            database_dir: None,
            program: vec!["sh".to_owned(), stand_in.to_str().unwrap().to_owned()],
        };
        (folder, workspace, setting)
    }

    #[test]
    fn index_bench_runs_at_toy_size() {
        let (folder, workspace, setting) = toy(STAND_IN);
        let measuring = Measuring {
            repeat: 2,
            out: None,
        };
        let index = Bench::Index {
            tree: folder.path().to_owned(),
            copies: 1,
            workers: vec![1, 2],
            alone: false,
            measuring,
            setting,
        };
        bench(&workspace, &index).unwrap();
        let json = fs_err::read_to_string(workspace.target.join("bench/index.json")).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["series"][1]["median"]["chunks"], 9.0);
        assert_eq!(json["series"][1]["runs"].as_array().unwrap().len(), 2);
        assert!(workspace.target.join("bench/index.svg").exists());
    }

    #[test]
    fn differing_digests_are_an_error() {
        let (folder, workspace, setting) = toy(STAND_IN);
        digests(&workspace, folder.path(), &setting).unwrap();
        let each_its_own = STAND_IN.replace("${DIGEST:-abc}", "$$");
        let (folder, workspace, setting) = toy(&each_its_own);
        assert!(digests(&workspace, folder.path(), &setting).is_err());
    }

    #[test]
    fn failing_program_is_an_error_with_its_words() {
        let (folder, workspace, setting) = toy("echo no space left >&2; exit 3");
        let error = digests(&workspace, folder.path(), &setting).unwrap_err();
        assert!(format!("{error:#}").contains("no space left"), "{error:#}");
    }
}
