//! `search`.

use std::fmt::Write;

use app::{AnswerHit, Form, Mode, SearchOptions, Snapshot, TestHits};
use domain::{ChunkKind, shown_in_line};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Description, limit, offset, repository_property};
use crate::mcp::answer::{Answer, coverage, place_of, shortcomings};
use crate::refusal::Refusal;

/// Hits of an answer unless asked otherwise, and at most.
const HITS: usize = 8;
const MAX_HITS: usize = 50;

/// Lines shown on either side of the one that answers best.
const CONTEXT: usize = 2;

/// Longer lines are cut.
const MAX_COLUMNS: usize = 160;

pub(super) const DESCRIPTION: Description = Description {
    text: "Find code by words and meaning: a question in a sentence, a name, an error message, or a line of a stack trace. \
Returns ranked definitions with file, lines and the lines that match. \"A phrase\" in double quotes comes first; -word leaves hits out. \
form regex finds every line that matches, form word every line with that exact text.",
    required: &["query"],
    returns: &[
        (
            "results",
            "array",
            "Hits, the best first: file, start_line, end_line, kind, name, score, stale, snippet, matching_lines",
        ),
        ("has_more", "boolean", "Whether there are more"),
        ("next_cursor", "string?", "What to give as cursor for them"),
        (
            "coverage",
            "object",
            "Which index answered, and how much of the tree it knows",
        ),
        (
            "remark",
            "string?",
            "What made the answer poorer than it could be",
        ),
        (
            "matched_lines",
            "integer?",
            "Lines that match, for forms word and regex",
        ),
    ],
};

pub(super) fn properties() -> Value {
    let kinds: Vec<&str> = ChunkKind::ALL.iter().map(|kind| kind.as_str()).collect();
    json!({
        "query": {"type": "string", "description": "What to look for"},
        "form": {"type": "string", "enum": ["question", "word", "regex"], "description": "How query is meant (default question): in words, as an exact word, as a regular expression for lines"},
        "repository": repository_property(),
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_HITS, "description": "Largest number of hits (default 8)"},
        "cursor": {"type": "string", "description": "next_cursor of the previous answer, for more hits"},
        "path": {"type": "string", "description": "Only files that match this glob, or in folders that do: src/router, src/**/*.ts"},
        "kind": {"type": "string", "enum": kinds, "description": "Only definitions of this kind"},
        "tests": {"type": "string", "enum": ["lower", "without", "only"], "description": "How to treat tests (default lower)"},
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {
    query: String,
    form: Option<String>,
    pub(super) repository: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
    path: Option<String>,
    kind: Option<String>,
    tests: Option<String>,
}

pub(super) fn answer(
    snapshot: &mut Snapshot<'_>,
    arguments: &Arguments,
) -> Result<Answer, Refusal> {
    let offset = offset(arguments.cursor.as_deref())?;
    let limit = limit(arguments.limit, HITS, MAX_HITS);
    let options = SearchOptions {
        form: form(arguments.form.as_deref())?,
        repositories: Vec::new(),
        limit,
        offset,
        mode: Mode::Hybrid,
        path: arguments.path.clone(),
        language: None,
        kind: arguments.kind.as_deref().map(kind).transpose()?,
        tests: tests(arguments.tests.as_deref())?,
    };
    let answer = snapshot.search(&arguments.query, &options)?;
    let mut text = String::new();
    let mut results = Vec::new();
    for (rank, found) in (offset + 1..).zip(&answer.hits) {
        let snippet = snippet(found);
        write!(text, "{rank}. {}\n{snippet}", head(found)).expect("a String takes everything");
        results.push(result(found, &snippet));
    }
    if answer.hits.is_empty() {
        text.push_str("nothing found\n");
    }
    let next_cursor = answer.has_more.then(|| (offset + limit).to_string());
    if let Some(cursor) = &next_cursor {
        text.push_str(&format!("more with cursor \"{cursor}\"\n"));
    }
    if let Some(matched) = &answer.matched {
        writeln!(text, "{matched}").expect("a String takes everything");
    }
    for note in answer
        .coverages
        .iter()
        .filter_map(shortcomings)
        .chain(answer.remark.clone())
    {
        text.push_str(&shown_in_line(&note));
        text.push('\n');
    }
    text.extend(place_of(snapshot));
    Ok(Answer {
        text,
        data: json!({
            "results": results,
            "has_more": answer.has_more,
            "next_cursor": next_cursor,
            "coverage": coverage(&answer.coverages[0]),
            "remark": answer.remark,
            "matched_lines": answer.matched.as_ref().map(|matched| matched.n_lines),
        }),
    })
}

/// One line that says where a hit is and what.
pub(super) fn head(found: &AnswerHit) -> String {
    let hit = &found.hit;
    let name = if hit.qualified_name.is_empty() {
        &hit.signature
    } else {
        &hit.qualified_name
    };
    let stale = stale_mark(found.is_stale);
    let head = format!(
        "{}:{}-{} {} {name}{stale}",
        hit.path, hit.start_line, hit.end_line, hit.kind
    );
    shown_in_line(&head).into_owned()
}

/// Marks what may have moved since it was indexed.
pub(super) fn stale_mark(is_stale: bool) -> &'static str {
    match is_stale {
        true => " (file changed since it was indexed)",
        false => "",
    }
}

fn snippet(found: &AnswerHit) -> String {
    let mut text = String::new();
    for (number, line) in found.snippet(CONTEXT).lines {
        let cut = match line.char_indices().nth(MAX_COLUMNS) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line.to_owned(),
        };
        writeln!(text, "{number:>5} {}", shown_in_line(&cut)).expect("a String takes everything");
    }
    text
}

fn result(found: &AnswerHit, snippet: &str) -> Value {
    let hit = &found.hit;
    json!({
        "file": hit.path,
        "start_line": hit.start_line,
        "end_line": hit.end_line,
        "kind": hit.kind,
        "name": hit.qualified_name,
        "score": (hit.score * 1000.0).round() / 1000.0,
        "stale": found.is_stale,
        "snippet": snippet,
        "matching_lines": found.snippet(CONTEXT).matching,
    })
}

fn form(word: Option<&str>) -> Result<Form, Refusal> {
    match word {
        None | Some("question") => Ok(Form::Question),
        Some("word") => Ok(Form::Word),
        Some("regex") => Ok(Form::Regex),
        Some(other) => Err(Refusal::Arguments(format!(
            "wrong form {other:?}: give one of question, word, regex"
        ))),
    }
}

fn kind(word: &str) -> Result<ChunkKind, Refusal> {
    let known: Vec<&str> = ChunkKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let wrong = || {
        Refusal::Arguments(format!(
            "wrong kind {word:?}: give one of {}",
            known.join(", ")
        ))
    };
    ChunkKind::from_word(word).ok_or_else(wrong)
}

fn tests(word: Option<&str>) -> Result<TestHits, Refusal> {
    match word {
        None | Some("lower") => Ok(TestHits::Lower),
        Some("without") => Ok(TestHits::Without),
        Some("only") => Ok(TestHits::Only),
        Some(other) => Err(Refusal::Arguments(format!(
            "wrong tests {other:?}: give lower, without or only"
        ))),
    }
}
