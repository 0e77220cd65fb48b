//! `impact`: what a change of a definition may break, and which tests to run.

use std::collections::BTreeSet;

use app::{AnswerNode, GraphAnswer, Snapshot, Tests, WalkOptions};
use domain::shown_in_line;
use serde::Deserialize;
use serde_json::{Value, json};

use super::search::stale_mark;
use super::{Description, limit, repository_property};
use crate::mcp::answer::{Answer, coverage, place_of, shortcomings, unfollowed};
use crate::refusal::Refusal;

/// Dependents listed by default, and at most.
const DEPENDENTS: usize = 30;
const MAX_DEPENDENTS: usize = 500;

/// Test files listed at most.
const MAX_TEST_FILES: usize = 30;

/// Dependents looked at to find the tests.
const MAX_TESTS: usize = 10_000;

pub(super) const DESCRIPTION: Description = Description {
    text: "What may break if a definition changes: everything that depends on it, directly or through others, nearest first, with the way \
it does, and the test files that reach it. Name it as in context.",
    required: &["symbol"],
    returns: &[
        ("symbols", "array", "The definitions that are meant"),
        (
            "affected",
            "array",
            "What depends on them, nearest first: file, line, kind, name, depth, stale, way",
        ),
        (
            "affected_cut",
            "integer",
            "How many more there are, further away",
        ),
        ("test_files", "array", "Files with tests that reach them"),
        (
            "test_files_total",
            "integer",
            "How many such files there are",
        ),
        (
            "unfollowed",
            "object",
            "Uses of the same name that could not be followed: total, and the nearest",
        ),
        (
            "coverage",
            "object",
            "Which index answered, and how much of the tree it knows",
        ),
    ],
};

pub(super) fn properties() -> Value {
    json!({
        "symbol": {"type": "string", "description": "Name of a definition"},
        "repository": repository_property(),
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_DEPENDENTS, "description": "Largest number of dependents (default 30)"},
        "max_depth": {"type": "integer", "minimum": 1, "description": "Largest number of steps from the definition"},
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {
    symbol: String,
    pub(super) repository: Option<String>,
    limit: Option<u32>,
    max_depth: Option<u32>,
}

pub(super) fn answer(
    snapshot: &mut Snapshot<'_>,
    arguments: &Arguments,
) -> Result<Answer, Refusal> {
    let place = place_of(snapshot);
    let options = WalkOptions {
        max_depth: arguments.max_depth.map(|depth| depth.max(1)),
        limit: limit(arguments.limit, DEPENDENTS, MAX_DEPENDENTS),
        tests: Tests::Without,
    };
    let names = [arguments.symbol.as_str()];
    let code = snapshot.impact(&names, &options)?;
    let with_tests = WalkOptions {
        limit: MAX_TESTS,
        tests: Tests::Only,
        ..options
    };
    let tests = snapshot.impact(&names, &with_tests)?;
    let files: BTreeSet<&str> = tests
        .nodes
        .iter()
        .filter(|node| node.depth > 0 && node.symbol.flags.is_test)
        .map(|node| node.symbol.path.as_str())
        .collect();
    let affected: Vec<(String, Value)> = code
        .nodes
        .iter()
        .filter(|node| node.depth > 0)
        .map(|node| dependent(&code, node))
        .collect();

    let starts: Vec<String> = code
        .nodes
        .iter()
        .filter(|node| node.depth == 0)
        .map(|node| node.symbol.address())
        .collect();
    let mut text = format!(
        "a change of {} may break {} definitions\n",
        shown_in_line(&starts.join(", ")),
        affected.len() + code.n_cut
    );
    affected
        .iter()
        .for_each(|(line, _)| text.push_str(&format!("  {line}\n")));
    if code.n_cut > 0 {
        text.push_str(&format!("  … {} more, further away\n", code.n_cut));
    }
    text.push_str(&format!("tests to run ({})\n", files.len()));
    files
        .iter()
        .take(MAX_TEST_FILES)
        .for_each(|file| text.push_str(&format!("  {}\n", shown_in_line(file))));
    if files.len() > MAX_TEST_FILES {
        text.push_str(&format!("  … {} more\n", files.len() - MAX_TEST_FILES));
    }
    text.push_str(&code.unfollowed.to_string());
    text.extend(place.into_iter().chain(shortcomings(&code.coverage)));
    Ok(Answer {
        data: json!({
            "symbols": starts,
            "affected": affected.into_iter().map(|(_, data)| data).collect::<Vec<_>>(),
            "affected_cut": code.n_cut,
            "test_files": files.iter().take(MAX_TEST_FILES).collect::<Vec<_>>(),
            "test_files_total": files.len(),
            "unfollowed": unfollowed(&code.unfollowed),
            "coverage": coverage(&code.coverage),
        }),
        text,
    })
}

/// Says where a dependent is and how it depends: through whom, by what, at which line.
pub(super) fn dependent(answer: &GraphAnswer, node: &AnswerNode) -> (String, Value) {
    let symbol = &node.symbol;
    let arrival = node.arrival.and_then(|arrival| {
        Some((
            answer.nodes.get(arrival.parent)?,
            answer.edges.get(arrival.edge)?,
        ))
    });
    let way = arrival.map(|(parent, edge)| {
        format!(
            "{} {} at line {}",
            edge.kind, parent.symbol.qualified_name, edge.line
        )
    });
    let line = format!(
        "{}:{} {} {}{}{}",
        symbol.path,
        symbol.line,
        symbol.kind,
        symbol.qualified_name,
        way.as_ref()
            .map(|way| format!(" ({way})"))
            .unwrap_or_default(),
        stale_mark(node.is_stale)
    );
    let line = shown_in_line(&line).into_owned();
    let data = json!({
        "file": symbol.path,
        "line": symbol.line,
        "kind": symbol.kind,
        "name": symbol.qualified_name,
        "depth": node.depth,
        "stale": node.is_stale,
        "way": way,
    });
    (line, data)
}
