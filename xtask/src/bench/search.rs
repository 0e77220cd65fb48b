//! Does search find what is known to be right? Indexes the trees that questions were written for and asks them all, under the ranking as
//! it is, without each feature, and under the baseline.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Setting;
use super::precisions::{self, Answers};
use super::runner::Runner;
use super::server::Server;
use crate::command::{command, output};
use crate::workspace::Workspace;

/// Files of questions with the ending of the tree they ask about.
const QUESTIONS: &[(&str, &str)] = &[
    ("commit2files", ""),
    ("doc2code", "-stripped"),
    ("hand", ""),
];

/// Hits asked for where files are counted: among so many are ten files.
const EVALUATED_HITS: u32 = 50;

/// Half the width of a 95 % confidence interval in standard errors.
const CONFIDENCE: f64 = 1.96;

/// Folders of questions and trees.
#[derive(clap::Args)]
pub(crate) struct SearchBench {
    /// Folder with a folder of questions for each repository [default: shared/bench/search, beside the checkout].
    #[arg(long, value_name = "DIR")]
    questions: Option<PathBuf>,
    /// Folder with the unpacked trees [default: trees in cargo's target folder].
    #[arg(long, value_name = "DIR")]
    trees: Option<PathBuf>,
    /// Index and ask in this database, which is kept, so that a second measurement embeds nothing.
    #[arg(long, value_name = "PATH")]
    database: Option<PathBuf>,
    /// The encoder's arithmetic; of two, the first is compared with the second.
    #[arg(long, value_delimiter = ',', default_value = "int8", value_parser = ["int8", "f32"], value_name = "NAMES")]
    precision: Vec<String>,
}

/// Scores of every question under every ranking.
#[derive(Default)]
struct Pool {
    rankings: Vec<String>,
    /// By question: by ranking, by file.
    files: Vec<Vec<f64>>,
    /// By question with lines: by ranking, by definition.
    definitions: Vec<Vec<f64>>,
}

/// Indexes, asks and prints, in one precision after the other.
pub(super) fn search(workspace: &Workspace, bench: &SearchBench, setting: &Setting) -> Result<()> {
    let beside = workspace.root.join("../shared/bench/search");
    let trees = workspace.target.join("trees");
    let folder = tempfile::tempdir()?;
    let inside = folder.path().join("bench.db");
    let places = Places {
        questions: bench.questions.as_ref().unwrap_or(&beside),
        trees: bench.trees.as_ref().unwrap_or(&trees),
        database: bench.database.as_ref().unwrap_or(&inside),
    };
    let mut runner = Runner::new(workspace, setting)?;
    let mut answers = Vec::new();
    for precision in &bench.precision {
        println!("{precision}");
        runner.set_precision(precision);
        answers.push((precision.as_str(), ask_all(&runner, &places)?));
    }
    if let [(name, answers), (reference_name, reference)] = &answers[..] {
        let sides = [(*name, answers), (*reference_name, reference)];
        println!("{}", precisions::comparison(sides));
    }
    Ok(())
}

/// Where everything lies.
struct Places<'a> {
    questions: &'a Path,
    trees: &'a Path,
    database: &'a Path,
}

/// Asks every question and prints all scores.
fn ask_all(runner: &Runner<'_>, places: &Places<'_>) -> Result<Answers> {
    let (mut pool, mut answers) = (Pool::default(), Answers::default());
    println!(
        "{:<12}{:<14}{:<20}{:<12}{:>5}{:>9}{:>8}{:>8}{:>8}{:>9}",
        "repository", "kind", "ranking", "level", "n", "MRR@10", "R@1", "R@5", "R@10", "NDCG@10"
    );
    for repository in repositories(places.questions)? {
        for (kind, ending) in QUESTIONS {
            let questions = places.questions.join(&repository);
            let file = questions.join(format!("{kind}.jsonl"));
            let tree = places.trees.join(format!("{repository}{ending}"));
            if file.exists() {
                let found = ask(runner, places.database, &tree, &file)?;
                print_rows(&repository, &found);
                pool.add(&found)?;
                answers.add(&repository, &found)?;
            }
        }
    }
    pool.print();
    evaluate(runner, places.database, places.questions)?;
    Ok(answers)
}

/// Asks the server and prints what the questions' own evaluator says of its answers, where there is one.
fn evaluate(runner: &Runner<'_>, database: &Path, questions: &Path) -> Result<()> {
    let evaluator = questions.join("evaluate.py");
    if !evaluator.exists() {
        return Ok(());
    }
    let mut server = Server::start(runner, database)?;
    for repository in repositories(questions)? {
        let mut results = tempfile::NamedTempFile::new()?;
        let mut python = command("python3");
        python.arg(&evaluator);
        for (kind, ending) in QUESTIONS {
            let file = questions.join(&repository).join(format!("{kind}.jsonl"));
            if !file.exists() {
                continue;
            }
            for line in fs_err::read_to_string(&file)?.lines() {
                let question: Value = serde_json::from_str(line)?;
                let query = question["query"].as_str();
                let query = query.context("a question has a query")?;
                let tree = format!("{repository}{ending}");
                let found = server.search(&tree, query, Some(EVALUATED_HITS))?;
                let answer = json!({"query_id": question["query_id"], "results": found["results"]});
                writeln!(results, "{answer}")?;
            }
            python.arg(file);
        }
        results.flush()?;
        println!("\n{repository}, as {} counts", evaluator.display());
        println!("{}", output(python.arg("--results").arg(results.path()))?);
    }
    server.end()
}

fn repositories(questions: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(questions)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir()
            && QUESTIONS
                .iter()
                .any(|(kind, _)| path.join(format!("{kind}.jsonl")).exists())
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn ask(runner: &Runner<'_>, database: &Path, tree: &Path, questions: &Path) -> Result<Value> {
    let name = tree
        .file_name()
        .and_then(|name| name.to_str())
        .context("a tree has a name")?;
    runner.index_named(tree, name, database)?;
    let printed = runner.output("eval", |eval| {
        eval.args(["--ablation", "--json", "--repository", name, "--questions"])
            .arg(questions);
        eval.arg("--database").arg(database);
    })?;
    serde_json::from_str(&printed).context("`mnemo eval` printed no JSON")
}

fn print_rows(repository: &str, found: &Value) {
    for ranking in found["rankings"].as_array().into_iter().flatten() {
        for kind in ranking["kinds"].as_array().into_iter().flatten() {
            for level in ["file", "definition"] {
                let scores = &kind[level];
                if scores.is_null() {
                    continue;
                }
                let score = |name: &str| scores[name].as_f64().unwrap_or_default();
                println!(
                    "{repository:<12}{:<14}{:<20}{level:<12}{:>5}{:>9.4}{:>8.4}{:>8.4}{:>8.4}{:>9.4}",
                    kind["kind"].as_str().unwrap_or_default(),
                    ranking["ranking"].as_str().unwrap_or_default(),
                    kind["questions"],
                    score("mrr_at_10"),
                    score("recall_at_1"),
                    score("recall_at_5"),
                    score("recall_at_10"),
                    score("ndcg_at_10")
                );
            }
        }
    }
}

impl Pool {
    fn add(&mut self, found: &Value) -> Result<()> {
        let rankings = found["rankings"]
            .as_array()
            .context("an evaluation has rankings")?;
        self.rankings = rankings
            .iter()
            .filter_map(|ranking| ranking["ranking"].as_str())
            .map(str::to_owned)
            .collect();
        for question in found["questions"]
            .as_array()
            .context("an evaluation has questions")?
        {
            for (level, scores) in [
                ("file", &mut self.files),
                ("definition", &mut self.definitions),
            ] {
                let row: Option<Vec<f64>> = question[level]
                    .as_array()
                    .and_then(|row| row.iter().map(Value::as_f64).collect());
                scores.extend(row);
            }
        }
        Ok(())
    }

    /// Prints what each ranking loses or gains against the first over all questions, with the confidence interval of paired differences.
    fn print(&self) {
        println!(
            "\nall questions, NDCG@10 against the first ranking (mean of paired differences ± 95 % confidence)"
        );
        let levels = BTreeMap::from([("definition", &self.definitions), ("file", &self.files)]);
        for (place, ranking) in self.rankings.iter().enumerate() {
            let mut line = format!("{ranking:<20}");
            for (level, scores) in &levels {
                let mean = mean(scores.iter().map(|row| row[place]));
                line.push_str(&format!("  {level} {mean:.4}"));
                if place > 0 {
                    let differences: Vec<f64> =
                        scores.iter().map(|row| row[place] - row[0]).collect();
                    let (mean, half_width) = interval(&differences);
                    line.push_str(&format!(" {mean:+.4} ± {half_width:.4}"));
                }
            }
            println!("{line}");
        }
    }
}

pub(super) fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n_values = values.len().max(1) as f64;
    values.sum::<f64>() / n_values
}

/// Returns the mean and half the width of its confidence interval.
pub(super) fn interval(values: &[f64]) -> (f64, f64) {
    let centre = mean(values.iter().copied());
    let variance = mean(values.iter().map(|value| (value - centre).powi(2)));
    (
        centre,
        CONFIDENCE * (variance / values.len().max(1) as f64).sqrt(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interval_narrows_with_numbers() {
        let few: Vec<f64> = (0..10).map(|n| f64::from(n % 2)).collect();
        let many: Vec<f64> = (0..1000).map(|n| f64::from(n % 2)).collect();
        assert_eq!(interval(&few).0, 0.5);
        assert!(interval(&many).1 < interval(&few).1 / 9.0);
    }

    #[test]
    fn questions_without_lines_count_by_file_alone() {
        let mut pool = Pool::default();
        let found = serde_json::json!({
            "rankings": [{"ranking": "full"}, {"ranking": "baseline"}],
            "questions": [
                {"file": [1.0, 0.5], "definition": [null, null]},
                {"file": [1.0, 0.0], "definition": [0.5, 0.0]},
            ],
        });
        pool.add(&found).unwrap();
        assert_eq!((pool.files.len(), pool.definitions.len()), (2, 1));
    }
}
