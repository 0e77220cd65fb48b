//! What became of a fleet, and how it is, for people and for programs.

mod status;

use app::{FleetOutcome, FleetResult};
use serde_json::{Value, json};

pub(crate) use status::{status, status_json};

/// Returns the word for what became of a repository: one that had nothing new is unchanged, whether or not it was looked at.
fn word(outcome: &FleetOutcome) -> &'static str {
    match outcome {
        FleetOutcome::Indexed(run) if run.n_unchanged == run.n_files && run.n_deleted == 0 => {
            "unchanged"
        }
        FleetOutcome::Indexed(_) => "indexed",
        FleetOutcome::Unchanged { .. } => "unchanged",
        FleetOutcome::Failed { .. } => "failed",
        FleetOutcome::Interrupted => "interrupted",
    }
}

/// Returns how many of the results have a word.
pub(crate) fn count(results: &[FleetResult], wanted: &str) -> usize {
    let words = results.iter().map(|result| word(&result.outcome));
    words.filter(|word| *word == wanted).count()
}

/// Returns a line about one repository.
pub(crate) fn row(result: &FleetResult) -> String {
    let name = domain::shown_in_line(result.entry.name.as_str());
    let details = match &result.outcome {
        FleetOutcome::Indexed(run) => format!(
            "{} files, {} chunks, {} failed",
            run.n_files,
            run.counts.n_chunks,
            run.problems.len()
        ),
        // What git names a commit by, which has 40 digits at least.
        FleetOutcome::Unchanged { revision } => format!("at {}", &revision[..12]),
        FleetOutcome::Failed { cause } => domain::shown_in_line(cause).into_owned(),
        FleetOutcome::Interrupted => String::new(),
    };
    let (word, seconds) = (word(&result.outcome), result.seconds);
    format!("{word:<11} {name:<30} {seconds:>7.1} s  {details}")
}

/// Returns what all of them come to.
pub(crate) fn summary(results: &[FleetResult]) -> String {
    let words = ["indexed", "unchanged", "failed", "interrupted"];
    let counts = words.map(|word| format!("{} {word}", count(results, word)));
    format!("{} repositories: {}\n", results.len(), counts.join(", "))
}

/// Returns everything as one object.
pub(crate) fn json(results: &[FleetResult]) -> Value {
    let one = |result: &FleetResult| {
        let mut row = json!({
            "repository": result.entry.name.as_str(),
            "source": result.entry.source.to_string(),
            "outcome": word(&result.outcome),
            "seconds": (result.seconds * 1e3).round() / 1e3,
        });
        match &result.outcome {
            FleetOutcome::Indexed(run) => row["run"] = super::json::summary(run),
            FleetOutcome::Unchanged { revision } => row["revision"] = json!(revision),
            FleetOutcome::Failed { cause } => row["error"] = json!(cause),
            FleetOutcome::Interrupted => {}
        }
        row
    };
    json!({
        "repositories": results.iter().map(one).collect::<Vec<Value>>(),
        "indexed": count(results, "indexed"),
        "unchanged": count(results, "unchanged"),
        "failed": count(results, "failed"),
        "interrupted": count(results, "interrupted"),
    })
}
