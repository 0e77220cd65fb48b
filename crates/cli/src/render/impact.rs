//! What a change of the tree may break: as text, and as Markdown for a comment on a pull request.

mod markdown;

use app::{AnswerNode, ChangedDefinition, Compared, CycleAnswer, DiffImpact, GraphAnswer};
use domain::{RepoPath, SymbolKind};
use serde_json::Value;
use server::wire;

pub(crate) use markdown::markdown;

/// Test files that a text lists; `--format tests` has all.
const MAX_TEST_FILES: usize = 30;

/// Changed definitions that a text lists.
const MAX_CHANGED: usize = 60;

pub(crate) fn json(impact: &DiffImpact) -> Value {
    super::json::value(&wire::DiffImpact::from(impact))
}

/// One path per line, and nothing else.
pub(crate) fn tests(impact: &DiffImpact) -> String {
    let mut out = String::new();
    for tests in &impact.tests {
        line!(out, "{}", tests.path);
    }
    out
}

pub(crate) fn text(impact: &DiffImpact, since: Option<&str>) -> String {
    let mut out = String::new();
    line!(out, "{}", title(impact, since));
    changed(&mut out, impact);
    dependents(&mut out, &impact.dependents);
    tests_to_run(&mut out, impact);
    if !impact.cycles.is_empty() {
        line!(out, "");
        line!(
            out,
            "{}",
            counted(impact.cycles.len(), "cycle of imports made")
        );
        for cycle in &impact.cycles {
            line!(out, "  {}", way_round(cycle));
        }
    }
    line!(out, "");
    line!(out, "risk: {}", impact.risk.as_str());
    for reason in &impact.reasons {
        line!(out, "  {:<6} {reason}", reason.level().as_str());
    }
    out.push_str(&impact.dependents.unfollowed.to_string());
    out
}

/// Says what was compared with what, and how much has changed.
fn title(impact: &DiffImpact, since: Option<&str>) -> String {
    // Forty bits, in which a million objects still rarely meet.
    let base: String = impact.base.chars().take(10).collect();
    let compared = match impact.compared {
        Compared::WorkTree => "the work tree",
        Compared::Staged => "what is staged",
    };
    let since = match since {
        Some(revision) if revision != "HEAD" => format!("{base}, where it left {revision}"),
        _ => format!("{base}, the last commit"),
    };
    let public = match impact.public().count() {
        0 => String::new(),
        n => format!(", {n} of them public"),
    };
    format!(
        "{compared} since {since}: {}, {}{public}",
        counted(impact.files.len(), "changed file"),
        counted(impact.changed.len(), "changed definition"),
    )
}

fn changed(out: &mut String, impact: &DiffImpact) {
    for definition in impact.changed.iter().take(MAX_CHANGED) {
        line!(*out, "  {}", changed_line(definition));
    }
    if impact.changed.len() > MAX_CHANGED {
        let n = impact.changed.len() - MAX_CHANGED;
        line!(*out, "  … {n} more (--json has all)");
    }
    let n_other = n_without_definitions(impact);
    if n_other > 0 {
        let files = counted(n_other, "changed file");
        line!(*out, "  {files} without definitions in the index");
    }
}

/// Returns how many changed files none of the changed definitions is of.
fn n_without_definitions(impact: &DiffImpact) -> usize {
    let has_one = |path: &RepoPath| impact.changed.iter().any(|one| one.symbol.path == *path);
    let files = impact.files.iter();
    // A file that was moved may be in the index under its old path.
    let without =
        files.filter(|file| !has_one(&file.path) && !file.old_path.as_ref().is_some_and(has_one));
    without.count()
}

fn changed_line(definition: &ChangedDefinition) -> String {
    let symbol = &definition.symbol;
    let mut remarks = vec![wire::definition_change(definition.change).to_owned()];
    if symbol.kind == SymbolKind::Module {
        remarks = vec!["outside of its definitions".to_owned()];
    } else if symbol.flags.is_exported {
        remarks.push("public".to_owned());
    }
    match definition.reach {
        _ if symbol.kind == SymbolKind::Module => {}
        Some(reach) => {
            remarks.push(counted(reach.n_dependents, "dependent"));
            remarks.push(counted(reach.n_tests, "test"));
        }
        None => {}
    }
    format!("{}  [{}]", name(symbol), remarks.join(", "))
}

fn name(symbol: &app::GraphSymbol) -> String {
    super::graph::definition(symbol)
}

fn dependents(out: &mut String, answer: &GraphAnswer) {
    // What changed itself is at depth 0, and was listed before.
    let found: Vec<&AnswerNode> = answer.nodes.iter().filter(|node| node.depth > 0).collect();
    if found.is_empty() {
        line!(*out, "");
        line!(*out, "nothing else depends on it");
        return;
    }
    // With those left out: the number says how far the change reaches, not how much of it is shown.
    let n_found = found.len() + answer.n_cut;
    let depend = if n_found == 1 { "depends" } else { "depend" };
    line!(*out, "");
    line!(*out, "{} {depend} on it", counted(n_found, "definition"));
    let mut depth = 0;
    for node in found {
        if node.depth != depth {
            depth = node.depth;
            line!(*out, "  {} away", counted(depth as usize, "step"));
        }
        line!(*out, "    {}{}", name(&node.symbol), way(answer, node));
    }
    if answer.n_cut > 0 {
        line!(*out, "  … {} more, further away (--limit)", answer.n_cut);
    }
}

/// Says how a dependent depends: on whom, by what, at which line.
fn way(answer: &GraphAnswer, node: &AnswerNode) -> String {
    let Some((parent, edge)) = node.arrival.and_then(|arrival| {
        Some((
            answer.nodes.get(arrival.parent)?,
            answer.edges.get(arrival.edge)?,
        ))
    }) else {
        return String::new();
    };
    let verb = super::graph::verb_of(edge);
    format!(
        "  [{verb} {} at line {}]",
        parent.symbol.qualified_name, edge.line
    )
}

fn tests_to_run(out: &mut String, impact: &DiffImpact) {
    line!(*out, "");
    if impact.tests.is_empty() {
        line!(*out, "no tests reach it");
        return;
    }
    line!(*out, "{} to run", counted(impact.tests.len(), "test file"));
    for tests in impact.tests.iter().take(MAX_TEST_FILES) {
        let how = match tests.depth {
            0 => "changed itself".to_owned(),
            depth => format!("{} away", counted(depth as usize, "step")),
        };
        line!(*out, "  {}  [{how}]", tests.path);
    }
    if impact.tests.len() > MAX_TEST_FILES {
        let n = impact.tests.len() - MAX_TEST_FILES;
        line!(*out, "  … {n} more (--format tests)");
    }
}

fn way_round(cycle: &CycleAnswer) -> String {
    let steps = cycle.way_round.iter();
    let mut names: Vec<String> = steps
        .map(|(symbol, _, line)| format!("{}:{line}", symbol.path))
        .collect();
    // Back at the first, so that it reads as a circle.
    names.extend(
        cycle
            .way_round
            .first()
            .map(|(symbol, ..)| symbol.path.to_string()),
    );
    names.join(" → ")
}

fn counted(n: usize, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        n => match noun.split_once(' ') {
            // The noun comes first: "cycles of imports made".
            Some((noun, rest)) if rest.starts_with("of ") => format!("{n} {noun}s {rest}"),
            _ => format!("{n} {noun}s"),
        },
    }
}
