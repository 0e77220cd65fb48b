//! `status`.

use std::fmt::Write;

use domain::shown_in_line;
use serde::Deserialize;
use serde_json::json;

use super::Description;
use crate::mcp::answer::Answer;
use crate::query_service::QueryService;
use crate::refusal::Refusal;

/// Failed files named for each repository.
const MAX_PROBLEMS: usize = 10;

pub(super) const DESCRIPTION: Description = Description {
    text: "Which repositories are indexed, how much of each, whether the index is complete, and which files failed.",
    required: &[],
    returns: &[(
        "repositories",
        "array",
        "Each repository: name, root, generation, complete, numbers of files, chunks and definitions, errors",
    )],
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {}

pub(super) fn answer(
    queries: &mut QueryService<'_>,
    Arguments {}: Arguments,
) -> Result<Answer, Refusal> {
    let mut text = String::new();
    let mut repositories = Vec::new();
    for status in queries.reader()?.status(None)? {
        let counts = &status.counts;
        let complete = if status.is_complete {
            "complete"
        } else {
            "incomplete"
        };
        writeln!(
            text,
            "{} ({}): generation {} {complete}, {} files, {} chunks, {} definitions, {} failed, {} skipped",
            status.name, shown_in_line(&status.root.display().to_string()), status.generation, counts.n_files, counts.n_chunks, counts.n_symbols, counts.n_problems, counts.n_skips
        )
        .expect("a String takes everything");
        let languages: Vec<String> = status
            .languages
            .iter()
            .map(|(language, count)| format!("{language} {count}"))
            .collect();
        writeln!(text, "  languages: {}", languages.join(", ")).expect("a String takes everything");
        let problems: Vec<_> = status.problems.iter().take(MAX_PROBLEMS).collect();
        for problem in &problems {
            writeln!(
                text,
                "  failed: {} ({}: {})",
                shown_in_line(&problem.path),
                problem.kind,
                shown_in_line(&problem.cause)
            )
            .expect("a String takes everything");
        }
        repositories.push(json!({
            "repository": status.name,
            "root": status.root,
            "generation": status.generation,
            "complete": status.is_complete,
            "building": status.building,
            "files": counts.n_files,
            "files_by_language": status.languages.iter().map(|(language, count)| (language.as_str(), *count)).collect::<std::collections::BTreeMap<_, _>>(),
            "chunks": counts.n_chunks,
            "definitions": counts.n_symbols,
            "failed_files": counts.n_problems,
            "skipped_files": counts.n_skips,
            "models": status.models,
            "errors": problems.iter().map(|problem| json!({"file": problem.path, "kind": problem.kind, "error": problem.cause})).collect::<Vec<_>>(),
        }));
    }
    if repositories.is_empty() {
        text.push_str("nothing is indexed yet: mnemo index DIR\n");
    }
    Ok(Answer {
        text,
        data: json!({ "repositories": repositories }),
    })
}
