//! From definitions to symbols: names, heads, doc comments, and what is a test.

use domain::{Flags, RepoPath, Symbol};

use super::Grammar;
use super::definitions::Definition;
use super::survey::Survey;
use crate::names;
use crate::outline::module;
use crate::text::LineIndex;

const SIGNATURE_MAX_BYTES: usize = 240;

/// Words of a head, in front of the name, by which languages say who may use a definition.
const EXPORTS: &[&str] = &["pub", "public", "export", "open"];

/// Returns the file's own symbol and those of its definitions, by their numbers.
pub(super) fn symbols(
    grammar: &Grammar,
    path: &RepoPath,
    definitions: &[Definition],
    survey: &Survey<'_>,
    lines: &LineIndex<'_>,
) -> Vec<Symbol> {
    let code = survey.code_lines(lines);
    let mut symbols = vec![module(path, lines)];
    symbols[0].complexity.n_code_lines = code.count(1, lines.n_lines());
    let mut scopes: Vec<Scope> = Vec::new();
    for (place, definition) in definitions.iter().enumerate() {
        let scope = scope(definition, &scopes, lines.text());
        if let Some(defines) = definition.defines {
            let span = lines.span(definition.range.start as u32, definition.range.end as u32);
            let (start, doc) = survey.doc(definition.range.start, lines.text());
            let head = &lines.text()[start..definition.name.start];
            let name = name(definition, lines.text());
            let is_callable = defines.symbol.is_callable();
            symbols.push(Symbol {
                parent: Some(scope.parent),
                kind: defines.symbol,
                qualified_name: scope.name.clone(),
                position: lines.position(definition.name.start as u32),
                span,
                signature: signature(definition, survey, lines.text()),
                doc,
                flags: flags(grammar, head, &name, is_callable),
                complexity: survey.complexity(
                    place,
                    is_callable,
                    (span.start_line, span.end_line),
                    &code,
                ),
                name,
            });
        }
        scopes.push(scope);
    }
    mark_inside_tests(&mut symbols);
    symbols
}

/// What the definitions inside a definition or container are named after.
struct Scope {
    name: String,
    /// The symbol around the definition itself.
    parent: u32,
    /// The symbol around what is inside.
    symbol: u32,
}

fn scope(definition: &Definition, scopes: &[Scope], text: &str) -> Scope {
    let outer = definition.parent.map(|parent| &scopes[parent]);
    let parent = outer.map_or(0, |outer| outer.symbol);
    let scope = definition.scope.clone();
    let scope = scope.map(|scope| names::name(&text[scope]));
    let around = outer.map(|outer| outer.name.clone()).into_iter();
    let around = around.chain(scope);
    let around = around.reduce(|outer, inner| names::qualified(&outer, &inner));
    let name = name(definition, text);
    Scope {
        name: match around {
            Some(around) => names::qualified(&around, &name),
            None => name,
        },
        parent,
        symbol: definition.symbol.unwrap_or(parent),
    }
}

fn name(definition: &Definition, text: &str) -> String {
    let name = &text[definition.name.clone()];
    let quotes: &[char] = &['"', '\'', '`', ':', '$'];
    let bare = name.trim_matches(quotes);
    let one_line = if bare.is_empty() { name } else { bare };
    names::name(&one_line.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Returns the head of a definition on one line.
fn signature(definition: &Definition, survey: &Survey<'_>, text: &str) -> String {
    let whole = &text[definition.range.clone()];
    let head = match &definition.body {
        Some(body) if body.start > definition.range.start => {
            let head = definition.range.start..body.start;
            &text[head.start..survey.first_comment(head)]
        }
        _ => whole.lines().next().unwrap_or_default(),
    };
    // Twice, as blanks are taken out before the final cut.
    let head = &head[..head.floor_char_boundary(SIGNATURE_MAX_BYTES * 2)];
    let words: Vec<&str> = head.split_whitespace().collect();
    let mut signature = words.join(" ");
    signature.truncate(signature.floor_char_boundary(SIGNATURE_MAX_BYTES));
    let end = signature.trim_end_matches(['{', '=', ' ', ':', '\\']).len();
    signature.truncate(end);
    signature
}

fn flags(grammar: &Grammar, head: &str, name: &str, is_callable: bool) -> Flags {
    let has = |wanted: &[&str]| {
        // By whole words in the text before the name: each grammar has its own nodes for modifiers.
        head.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| wanted.contains(&word))
    };
    let is_named_test = is_callable
        && grammar
            .test_prefixes
            .iter()
            .any(|prefix| name.starts_with(prefix));
    Flags {
        is_exported: has(EXPORTS),
        is_async: has(&["async", "suspend"]),
        is_static: has(&["static"]),
        is_test: is_named_test || grammar.test_marks.iter().any(|mark| head.contains(mark)),
    }
}

/// What is inside a test is one.
fn mark_inside_tests(symbols: &mut [Symbol]) {
    // In order, as parents come first: the mark is handed down through all levels.
    for number in 1..symbols.len() {
        let parent = symbols[number].parent.unwrap_or(0) as usize;
        let is_inside = parent > 0 && parent < number && symbols[parent].flags.is_test;
        symbols[number].flags.is_test |= is_inside;
    }
}
