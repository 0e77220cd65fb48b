//! `diff_impact`: what the changes of the work tree may break, and which tests to run.

use std::fmt::Write;

use app::{ChangedDefinition, Compared, DiffImpact, DiffOptions, Snapshot, StopHandle};
use domain::{SymbolKind, shown_in_line};
use serde::Deserialize;
use serde_json::{Value, json};

use super::impact::dependent;
use super::{Description, limit, repository_property};
use crate::mcp::answer::{Answer, shortcomings};
use crate::refusal::Refusal;
use crate::wire;

/// Dependents listed by default, and at most.
const DEPENDENTS: usize = 20;
const MAX_DEPENDENTS: usize = 500;

/// Changed definitions and test files listed at most.
const MAX_LISTED: usize = 30;

pub(super) const DESCRIPTION: Description = Description {
    text: "What your uncommitted changes, or all since a revision, may break: the definitions they touch, everything that depends on those with the \
way it does, the tests to run, cycles of imports made, and the risk with its reasons. Ask before you finish a change or review one.",
    required: &[],
    returns: &[
        ("base", "string", "The commit that was compared with"),
        (
            "compared",
            "string",
            "What was compared with it: work_tree or staged",
        ),
        ("risk", "string", "low, medium or high"),
        ("reasons", "array", "Why: level, text"),
        ("files", "array", "Files that have changed"),
        ("changed", "array", "Definitions that have changed"),
        ("tests", "array", "Files with tests to run: file, depth"),
        ("cycles", "array", "Cycles of imports that were made"),
        (
            "dependents",
            "object",
            "What depends on what has changed: nodes and edges",
        ),
    ],
};

pub(super) fn properties() -> Value {
    json!({
        "since": {"type": "string", "description": "Revision of git to compare with, from where HEAD left it (default HEAD)"},
        "staged": {"type": "boolean", "description": "Compare what is staged instead of the files as they are"},
        "repository": repository_property(),
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_DEPENDENTS, "description": "Largest number of dependents (default 20)"},
        "max_depth": {"type": "integer", "minimum": 1, "description": "Largest number of steps from a changed definition"},
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {
    since: Option<String>,
    staged: Option<bool>,
    pub(super) repository: Option<String>,
    limit: Option<u32>,
    max_depth: Option<u32>,
}

pub(super) fn answer(
    snapshot: &mut Snapshot<'_>,
    arguments: &Arguments,
) -> Result<Answer, Refusal> {
    let options = DiffOptions {
        since: arguments.since.clone(),
        compared: match arguments.staged {
            Some(true) => Compared::Staged,
            _ => Compared::WorkTree,
        },
        max_depth: arguments.max_depth.map(|depth| depth.max(1)),
        limit: limit(arguments.limit, DEPENDENTS, MAX_DEPENDENTS),
    };
    let impact = snapshot.diff_impact(&options, &StopHandle::new())?;
    let data = serde_json::to_value(wire::DiffImpact::from(&impact)).expect("plain fields");
    let mut text = text(&impact);
    text.extend(shortcomings(&impact.dependents.coverage));
    Ok(Answer { text, data })
}

fn text(impact: &DiffImpact) -> String {
    let mut out = format!("risk: {}\n", impact.risk.as_str());
    for reason in &impact.reasons {
        line(
            &mut out,
            &format!("  {}: {reason}", reason.level().as_str()),
        );
    }
    let changed: Vec<&ChangedDefinition> = impact
        .changed
        .iter()
        .filter(|one| one.symbol.kind != SymbolKind::Module)
        .collect();
    let (n_files, n_changed) = (impact.files.len(), changed.len());
    line(
        &mut out,
        &format!("changed ({n_changed} definitions in {n_files} files)"),
    );
    let lines = changed.iter().map(|one| changed_line(one));
    list(&mut out, lines);
    let answer = &impact.dependents;
    let found: Vec<_> = answer.nodes.iter().filter(|node| node.depth > 0).collect();
    line(
        &mut out,
        &format!("may break ({})", found.len() + answer.n_cut),
    );
    for node in &found {
        line(&mut out, &format!("  {}", dependent(answer, node).0));
    }
    if answer.n_cut > 0 {
        line(
            &mut out,
            &format!("  … {} more, further away", answer.n_cut),
        );
    }
    line(&mut out, &format!("tests to run ({})", impact.tests.len()));
    list(
        &mut out,
        impact.tests.iter().map(|tests| tests.path.to_string()),
    );
    for cycle in &impact.cycles {
        let paths = cycle
            .way_round
            .iter()
            .map(|(symbol, ..)| symbol.path.as_str());
        let paths: Vec<&str> = paths.collect();
        line(
            &mut out,
            &format!("cycle of imports made: {}", paths.join(" → ")),
        );
    }
    out.push_str(&answer.unfollowed.to_string());
    out
}

fn changed_line(definition: &ChangedDefinition) -> String {
    let symbol = &definition.symbol;
    let public = if symbol.flags.is_exported {
        ", public"
    } else {
        ""
    };
    format!(
        "{}:{} {} {} ({}{public})",
        symbol.path,
        symbol.line,
        symbol.kind,
        symbol.qualified_name,
        wire::definition_change(definition.change),
    )
}

/// Lists the first of some lines, and how many more there are.
fn list(out: &mut String, lines: impl ExactSizeIterator<Item = String>) {
    let n_left = lines.len().saturating_sub(MAX_LISTED);
    for text in lines.take(MAX_LISTED) {
        line(out, &format!("  {text}"));
    }
    if n_left > 0 {
        line(out, &format!("  … {n_left} more"));
    }
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{}", shown_in_line(text)).expect("a String takes everything");
}
