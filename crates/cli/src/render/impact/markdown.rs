//! The same as Markdown, as the services that host git show it.

use std::fmt::Write;

use app::{ChangedDefinition, DiffImpact};
use domain::{SymbolKind, shown_in_line};
use server::wire;

use super::{counted, n_without_definitions, title, way, way_round};

/// Rows of a table; a comment has room for 65,536 letters on the strictest of the services.
const MAX_ROWS: usize = 40;

pub(crate) fn markdown(impact: &DiffImpact, since: Option<&str>) -> String {
    let mut out = String::new();
    write_line(
        &mut out,
        &format!("### Impact: {} risk", impact.risk.as_str()),
    );
    write_line(&mut out, "");
    write_line(&mut out, &plain(&title(impact, since)));
    write_line(&mut out, "");
    for reason in &impact.reasons {
        let level = reason.level().as_str();
        write_line(
            &mut out,
            &format!("- **{level}**: {}", plain(&reason.to_string())),
        );
    }
    cycles(&mut out, impact);
    changed(&mut out, impact);
    dependents(&mut out, impact);
    tests(&mut out, impact);
    let coverage = &impact.dependents.coverage;
    let about = format!(
        "mnemo, {} generation {}",
        coverage.repository, coverage.generation
    );
    write_line(&mut out, &format!("<sub>{}</sub>", plain(&about)));
    out
}

fn cycles(out: &mut String, impact: &DiffImpact) {
    for cycle in &impact.cycles {
        write_line(
            out,
            &format!("- cycle of imports: {}", code(&way_round(cycle))),
        );
    }
    write_line(out, "");
}

fn changed(out: &mut String, impact: &DiffImpact) {
    let shown: Vec<&ChangedDefinition> = impact
        .changed
        .iter()
        // Whoever reviews asks first what may break: changed tests break nothing, and a module is
        // what lies around its definitions.
        .filter(|one| one.symbol.kind != SymbolKind::Module && !one.symbol.flags.is_test)
        .collect();
    if !shown.is_empty() {
        write_line(out, "| changed | where | what | dependents | tests |");
        write_line(out, "| --- | --- | --- | ---: | ---: |");
    }
    for definition in shown.iter().take(MAX_ROWS) {
        write_line(out, &row(definition));
    }
    if shown.len() > MAX_ROWS {
        write_line(
            out,
            &format!("| … {} more | | | | |", shown.len() - MAX_ROWS),
        );
    }
    write_line(out, "");
    let n_other = n_without_definitions(impact);
    if n_other > 0 {
        let files = counted(n_other, "changed file");
        write_line(out, &format!("{files} without definitions in the index."));
        write_line(out, "");
    }
}

fn row(definition: &ChangedDefinition) -> String {
    let symbol = &definition.symbol;
    let public = if symbol.flags.is_exported {
        ", public"
    } else {
        ""
    };
    let [n_dependents, n_tests] = match definition.reach {
        Some(reach) => [reach.n_dependents, reach.n_tests].map(|n| n.to_string()),
        None => ["", ""].map(str::to_owned),
    };
    format!(
        "| {} | {} | {}{public} | {n_dependents} | {n_tests} |",
        code(&symbol.qualified_name),
        code(&format!("{}:{}", symbol.path, symbol.line)),
        wire::definition_change(definition.change),
    )
}

fn dependents(out: &mut String, impact: &DiffImpact) {
    let answer = &impact.dependents;
    let found: Vec<_> = answer.nodes.iter().filter(|node| node.depth > 0).collect();
    if found.is_empty() {
        return;
    }
    let n_found = found.len() + answer.n_cut;
    let depend = if n_found == 1 { "depends" } else { "depend" };
    folded(
        out,
        &format!("{} {depend} on it", counted(n_found, "definition")),
    );
    for node in found.iter().take(MAX_ROWS) {
        let line = format!("{}{}", super::name(&node.symbol), way(answer, node));
        write_line(out, &format!("- {} {}", node.depth, code(&line)));
    }
    let n_left = n_found - found.len().min(MAX_ROWS);
    if n_left > 0 {
        write_line(out, &format!("- … {n_left} more"));
    }
    write_line(out, "\n</details>\n");
}

fn tests(out: &mut String, impact: &DiffImpact) {
    if impact.tests.is_empty() {
        write_line(out, "No tests reach it.\n");
        return;
    }
    folded(
        out,
        &format!("{} to run", counted(impact.tests.len(), "test file")),
    );
    for tests in impact.tests.iter().take(MAX_ROWS) {
        write_line(out, &format!("- {}", code(tests.path.as_str())));
    }
    if impact.tests.len() > MAX_ROWS {
        write_line(out, &format!("- … {} more", impact.tests.len() - MAX_ROWS));
    }
    write_line(out, "\n</details>\n");
}

/// Begins a part that a reader opens.
fn folded(out: &mut String, summary: &str) {
    // The blank line behind the summary makes Markdown of what follows.
    write_line(out, &format!("<details><summary>{summary}</summary>\n"));
}

fn write_line(out: &mut String, line: &str) {
    writeln!(out, "{line}").expect("a String takes everything");
}

/// Returns a text as a piece of code that nothing in it can end, in a table too.
fn code(text: &str) -> String {
    // A cell of a table ends at `|` even inside of code (GFM, "Tables").
    let text = shown_in_line(text).replace('|', "\\|");
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    // Longer than any run of backquotes in it (CommonMark 6.1).
    let fence = "`".repeat(longest + 1);
    match longest {
        0 => format!("{fence}{text}{fence}"),
        // One blank on each side is taken off again; without them, a backquote at the edge would
        // join the fence.
        _ => format!("{fence} {text} {fence}"),
    }
}

/// Returns a text of ours in which names of others stand: nothing in it is markup.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in shown_in_line(text).chars() {
        if matches!(
            c,
            // `@name` would notify somebody.
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '@' | '!' | '&'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod cases {
    use super::*;

    #[test]
    fn names_of_others_are_no_markup() {
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a`b``c"), "``` a`b``c ```");
        assert_eq!(code("x\n# y"), "`x\\n# y`");
        assert_eq!(plain("<b>@all [x](y)"), "\\<b\\>\\@all \\[x\\](y)");
    }
}
