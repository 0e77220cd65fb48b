//! What a tool answers with: a text to read and the same as data.

use std::fmt::Write;

use app::{AppError, Coverage, Snapshot, Unfollowed};
use domain::{shown, shown_in_line};
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Value, json};

use crate::refusal::Refusal;

/// A text to read and the same as data.
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) data: Value,
}

impl Answer {
    pub(crate) fn into_result(self) -> CallToolResult {
        // Each line was made safe as a line; what a text holds besides are lines of source.
        let text = shown(&self.text).into_owned();
        let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
        result.structured_content = Some(self.data);
        result
    }
}

/// Says to a model why it gets no answer.
pub(crate) fn refused(refusal: &Refusal) -> CallToolResult {
    let mut text = match refusal {
        Refusal::Arguments(text) => shown(text).into_owned(),
        other => shown_in_line(&other.text()).into_owned(),
    };
    let mut data = json!({ "error": text });
    if let Refusal::App(error) = refusal {
        let candidates = refusal.candidates();
        for candidate in &candidates {
            write_line(&mut text, &format!("  {}", shown_in_line(candidate)));
        }
        data["candidates"] = json!(candidates);
        match (error.as_ref(), refusal.advice()) {
            (AppError::NotIndexed { .. }, _) => write_line(
                &mut text,
                "run `mnemo index` in that directory, or ask another repository by the argument `repository`",
            ),
            (_, Some(advice)) => write_line(&mut text, advice),
            (_, None) => {}
        }
    }
    let mut result = CallToolResult::error(vec![ContentBlock::text(text)]);
    result.structured_content = Some(data);
    result
}

fn write_line(text: &mut String, line: &str) {
    write!(text, "\n{line}").expect("a String takes everything");
}

/// Says where a repository's paths begin if the client works elsewhere.
pub(crate) fn place_of(snapshot: &Snapshot<'_>) -> Option<String> {
    let root = snapshot.root_elsewhere()?;
    let root = shown_in_line(root);
    Some(format!("note: paths are relative to {root}\n"))
}

/// Says what an answer covers, where that is not simply everything.
pub(crate) fn shortcomings(coverage: &Coverage) -> Option<String> {
    let mut notes = Vec::new();
    if !coverage.is_complete {
        notes.push("an index run is under way or was interrupted".to_owned());
    }
    if coverage.n_failed > 0 {
        notes.push(format!(
            "{} files failed and are missing",
            coverage.n_failed
        ));
    }
    (!notes.is_empty()).then(|| format!("note: {}: {}", coverage.repository, notes.join("; ")))
}

/// References of the same name that lead nowhere known: what an answer does not cover, either.
pub(crate) fn unfollowed(unfollowed: &Unfollowed) -> Value {
    let nearest = unfollowed.nearest.iter().map(|place| {
        json!({
            "file": place.path,
            "line": place.line,
            "kind": place.kind,
            "reason": place.reason,
        })
    });
    json!({
        "total": unfollowed.n_references(),
        "nearest": nearest.collect::<Vec<_>>(),
    })
}

pub(crate) fn coverage(coverage: &Coverage) -> Value {
    json!({
        "repository": coverage.repository,
        "generation": coverage.generation,
        "complete": coverage.is_complete,
        "files": coverage.n_files,
        "failed_files": coverage.n_failed,
    })
}
