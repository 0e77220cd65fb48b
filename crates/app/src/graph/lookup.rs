//! From what a person types to definitions: names, qualified names, paths, lines.
//!
//! Fails closed: a name that several definitions have is answered with all of them, ranked, and never guessed.

use domain::{RepoPath, SymbolKind};
use store::GraphNode;

use super::{CodeGraph, GraphSymbol};
use crate::error::AppError;

/// Candidates listed for a name that is ambiguous or unknown.
const MAX_CANDIDATES: usize = 10;

/// What was asked for, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address<'t> {
    /// Path of the file or the end of it, if one was given.
    path: Option<&'t str>,
    /// Name, the end of a qualified name, or a module's path or the end of it; nothing beside a line.
    pub(crate) name: Option<&'t str>,
    /// Line, if one was given.
    line: Option<u32>,
}

impl<'t> Address<'t> {
    /// Reads `name`, `Outer.name`, `path`, `path:line`, `path#name` and `path:name`.
    pub(crate) fn parse(text: &'t str) -> Address<'t> {
        let split = text.split_once('#').or_else(|| text.rsplit_once(':'));
        match split {
            // A private member, `#field` or `Class.#field`, is a name.
            Some((path, rest)) if !path.is_empty() && !path.ends_with('.') => {
                let line = rest.parse().ok();
                Address {
                    path: Some(path),
                    name: line.is_none().then_some(rest),
                    line,
                }
            }
            _ => Address {
                path: None,
                name: Some(text),
                line: None,
            },
        }
    }
}

impl Address<'_> {
    /// Returns whether a path is the one that was given; any is where none was.
    pub(crate) fn is_in(&self, path: &RepoPath) -> bool {
        self.path
            .is_none_or(|wanted| path_matches(path, wanted, Tier::Ending))
    }
}

/// Returns the definitions that `text` means: all declarations of one definition, never those of two.
pub(crate) fn find(
    graph: &CodeGraph,
    text: &str,
    n_dependents: &[u32],
) -> Result<Vec<u32>, AppError> {
    let written = as_indexed(text);
    let address = Address::parse(&written);
    // Every name ends with nothing.
    if written.is_empty() {
        return Err(AppError::UnknownSymbol {
            name: text.to_owned(),
            similar: Vec::new(),
        });
    }
    for tier in [Tier::Qualified, Tier::Ending, Tier::AnyCase] {
        let groups = rank(graph, &matches(graph, &address, tier), n_dependents);
        if let Some(group) = decide(graph, &groups) {
            return Ok(group);
        }
        if !groups.is_empty() {
            // What is called so inside of something else may be meant as well.
            let wider = rank(graph, &matches(graph, &address, Tier::Ending), n_dependents);
            let others = wider.into_iter().filter(|group| !groups.contains(group));
            let mut candidates: Vec<Vec<u32>> = groups.iter().cloned().chain(others).collect();
            candidates.sort_by_key(|group| is_test(graph, group));
            return Err(AppError::AmbiguousSymbol {
                name: text.to_owned(),
                candidates: shown(graph, &candidates),
            });
        }
    }
    let mut similar = rank(
        graph,
        &matches(graph, &address, Tier::Similar),
        n_dependents,
    );
    if similar.is_empty() {
        similar = rank(graph, &misspelled(graph, &address), n_dependents);
    }
    Err(AppError::UnknownSymbol {
        name: text.to_owned(),
        similar: shown(graph, &similar),
    })
}

/// Returns a name as the index has names: `Outer::name()` and `Outer#name`, as people and documentation write them, are `Outer.name`.
pub(crate) fn as_indexed(text: &str) -> String {
    let text = text.trim().trim_start_matches("./");
    let text = text.strip_suffix("()").unwrap_or(text).replace("::", ".");
    match text.split_once('#') {
        // Every path has an ending.
        Some((outer, name)) if !outer.is_empty() && !outer.contains(['/', '.']) => {
            format!("{outer}.{name}")
        }
        _ => text,
    }
}

/// Returns the definitions whose names are nearest to a name in letters, if any is near.
fn misspelled(graph: &CodeGraph, address: &Address<'_>) -> Vec<u32> {
    let Some(name) = address.name else {
        return Vec::new();
    };
    let last = name
        .rsplit(['/', '.'])
        .next()
        .unwrap_or(name)
        .to_lowercase();
    // One letter in four may be wrong, as in a name that was typed from memory.
    let n_wrong_max = (last.chars().count() / 4).max(1);
    let mut nearest = n_wrong_max;
    let mut found = Vec::new();
    for (number, node) in (0..).zip(&graph.nodes) {
        if node.kind == SymbolKind::Module {
            continue;
        }
        match n_wrong(&last, &node.name.to_lowercase(), nearest) {
            Some(n) if n < nearest => {
                nearest = n;
                found = vec![number];
            }
            Some(_) => found.push(number),
            None => {}
        }
    }
    found
}

/// Returns how many letters have to be put in, left out, replaced or swapped with their neighbour to make one word of the other, if
/// that is no more than `max` (optimal string alignment).
fn n_wrong(one: &str, other: &str, max: usize) -> Option<usize> {
    let [one, other] = [one, other].map(|word| word.chars().collect::<Vec<char>>());
    // Nearly every name of a repository ends here, before a table is made for it.
    if one.len().abs_diff(other.len()) > max {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut n = (row[j] + usize::from(a != b))
                .min(row[j + 1] + 1)
                .min(next[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                n = n.min(before[j - 1] + 1);
            }
            next.push(n);
        }
        before = std::mem::replace(&mut row, next);
    }
    Some(row[other.len()]).filter(|n| *n <= max)
}

/// How well a definition fits a name; the best tier that has any decides.
#[derive(Clone, Copy, PartialEq)]
enum Tier {
    /// The qualified name is the one asked for.
    Qualified,
    /// The qualified name ends with it.
    Ending,
    /// The same with capitals and small letters as one.
    AnyCase,
    /// It has the name in it. Good for a proposal only.
    Similar,
}

fn matches(graph: &CodeGraph, address: &Address<'_>, tier: Tier) -> Vec<u32> {
    let mut found = Vec::new();
    let mut innermost: Option<(u32, u32)> = None;
    for (number, node) in (0..).zip(&graph.nodes) {
        let Some(path) = graph.path(node.id.file) else {
            continue;
        };
        if !address
            .path
            .is_none_or(|wanted| path_matches(path, wanted, tier))
        {
            continue;
        }
        match (address.name, address.line) {
            (Some(name), _) if name_matches(node, name, tier) => found.push(number),
            (None, Some(line)) => {
                let n_lines = node.span.end_line - node.span.start_line;
                let holds = (node.span.start_line..=node.span.end_line).contains(&line);
                // Of two that are as long the later, since what is inside comes behind what is
                // around it.
                if holds && innermost.is_none_or(|(_, before)| n_lines <= before) {
                    innermost = Some((number, n_lines));
                }
            }
            _ => {}
        }
    }
    found.extend(innermost.map(|(number, _)| number));
    found
}

/// Whether a path is the wanted one or, but for the strictest tier, ends with it at a separator.
fn path_matches(path: &RepoPath, wanted: &str, tier: Tier) -> bool {
    let path = path.as_str();
    match tier {
        Tier::Qualified => path == wanted,
        Tier::Ending | Tier::AnyCase => ends_at(path, wanted, '/'),
        Tier::Similar => path.contains(wanted),
    }
}

fn name_matches(node: &GraphNode, wanted: &str, tier: Tier) -> bool {
    let name = &node.qualified_name;
    let separator = match node.kind {
        SymbolKind::Module => '/',
        _ => '.',
    };
    match tier {
        Tier::Qualified => name == wanted,
        Tier::Ending => ends_at(name, wanted, separator),
        Tier::AnyCase => ends_at(&name.to_lowercase(), &wanted.to_lowercase(), separator),
        Tier::Similar => {
            // Of `Outer.name` and `src/name.ts` the name; shorter pieces are in half of all names.
            let mut pieces = wanted.rsplit(['/', '.']);
            let last = pieces.find(|piece| piece.len() > 2).unwrap_or(wanted);
            node.name.to_lowercase().contains(&last.to_lowercase())
        }
    }
}

fn ends_at(text: &str, end: &str, separator: char) -> bool {
    text.strip_suffix(end)
        .is_some_and(|before| before.is_empty() || before.ends_with(separator))
}

/// Returns the matches as groups of declarations of one definition, the likeliest group first: what is no test, what is
/// exported, what most depends on.
fn rank(graph: &CodeGraph, found: &[u32], n_dependents: &[u32]) -> Vec<Vec<u32>> {
    let node = |number: u32| &graph.nodes[number as usize];
    let mut groups: Vec<Vec<u32>> = Vec::new();
    for &number in found {
        let is_same = |group: &&mut Vec<u32>| {
            let first = node(group[0]);
            first.id.file == node(number).id.file
                && first.qualified_name == node(number).qualified_name
        };
        // Declarations of one definition are seldom far apart, but a file may hold many matches.
        match groups.iter_mut().rev().find(is_same) {
            Some(group) => group.push(number),
            None => groups.push(vec![number]),
        }
    }
    groups.sort_by_key(|group| {
        let flags = node(group[0]).flags;
        let dependents: u32 = group.iter().map(|&at| n_dependents[at as usize]).sum();
        (
            flags.is_test,
            !flags.is_exported,
            std::cmp::Reverse(dependents),
        )
    });
    groups
}

/// Returns the group that is meant: the only one, or the only one outside of tests.
fn decide(graph: &CodeGraph, groups: &[Vec<u32>]) -> Option<Vec<u32>> {
    match groups {
        [only] => Some(only.clone()),
        [first, second, ..] if !is_test(graph, first) && is_test(graph, second) => {
            Some(first.clone())
        }
        _ => None,
    }
}

fn is_test(graph: &CodeGraph, group: &[u32]) -> bool {
    graph.nodes[group[0] as usize].flags.is_test
}

fn shown(graph: &CodeGraph, groups: &[Vec<u32>]) -> Vec<GraphSymbol> {
    let first = groups.iter().take(MAX_CANDIDATES);
    first.filter_map(|group| graph.symbol(group[0])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_people_write_them() {
        for text in ["App.run", "App#run", "App::run", " App.run() "] {
            assert_eq!(as_indexed(text), "App.run", "{text}");
        }
        for text in ["App.#run", "#run", "src/app.ts#App.run", "src/app.ts:12"] {
            assert_eq!(as_indexed(text), text);
        }
    }

    #[test]
    fn letters_that_are_wrong_are_counted() {
        let check = |one, other, expected| assert_eq!(n_wrong(one, other, 3), expected, "{one}");
        check("handlerequest", "handlerequest", Some(0));
        check("handelrequest", "handlerequest", Some(1));
        check("handrequest", "handlerequest", Some(2));
        check("", "abc", Some(3));
        check("abcdefg", "", None);
        check("kitten", "sitting", Some(3));
        check("abcd", "wxyz", None);
    }

    #[test]
    fn addresses_are_taken_apart() {
        let check = |text, path, name, line| {
            assert_eq!(Address::parse(text), Address { path, name, line }, "{text}");
        };
        check("run", None, Some("run"), None);
        check("App.run", None, Some("App.run"), None);
        check("App.#run", None, Some("App.#run"), None);
        check("src/app.ts", None, Some("src/app.ts"), None);
        check("src/app.ts:12", Some("src/app.ts"), None, Some(12));
        check("app.ts:run", Some("app.ts"), Some("run"), None);
        check(
            "src/app.ts#App.run",
            Some("src/app.ts"),
            Some("App.run"),
            None,
        );
    }
}
