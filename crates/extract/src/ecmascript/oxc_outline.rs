//! Outlines a file with the fast parser: symbols, references bound by scope, and the statements to cut.
//!
//! Recurses as deep as the source nests, so it refuses sources that nest too deep for its caller's stack. Gives nothing where
//! the parser gives up; the error-tolerant parser takes such files.

mod comments;
mod common_js;
mod depth;
mod facts;
mod flow;
mod items;
mod references;
mod symbols;
mod table;

#[cfg(test)]
mod tests;

use domain::{Language, Parser, RepoPath};
use oxc::allocator::Allocator;
use oxc::diagnostics::{OxcDiagnostic, Severity};
use oxc::parser::{ParseOptions, ParserReturn};
use oxc::semantic::SemanticBuilder;
use oxc::span::SourceType;

use crate::code_lines::CodeLines;
use crate::ecmascript::ECMASCRIPT;
use crate::ecmascript::branches::measure;
use crate::outline::Outline;
use crate::test_paths::is_test;
use crate::text::LineIndex;
use comments::Comments;
use references::Sharing;
use table::Table;

/// Deepest estimated nesting that is parsed. See the test that measures the stack.
const MAX_DEPTH: u32 = 4_000;

/// Returns the outline of a file, or nothing if the parser cannot read it.
///
/// Must run on a stack of at least 64 MB. The text is without byte order mark.
pub(crate) fn oxc_outline(
    path: &RepoPath,
    lines: &LineIndex,
    language: Language,
) -> Option<Outline> {
    if depth::may_nest_deeper(lines.text(), MAX_DEPTH) {
        return None;
    }
    let allocator = Allocator::default();
    let parsed = parse(&allocator, path, lines.text(), language)?;
    let program = &parsed.program;
    let scoping = SemanticBuilder::new()
        .with_build_nodes(false)
        .build(program)
        .semantic
        .into_scoping();
    let comments = Comments::new(lines, &program.comments);
    let module = symbols::Module {
        path: path.as_str(),
        is_test: is_test(path, Some(&ECMASCRIPT)),
    };
    let mut table = symbols::declare(Table::new(&scoping), &comments, lines, module, program);
    let sharing = match parsed.module_record.has_module_syntax || !may_be_script(path) {
        true => Sharing::Module,
        false if program.source_type.is_typescript_definition() => Sharing::Ambient,
        false => Sharing::Script,
    };
    let facts = references::collect(
        &table,
        lines,
        (language, sharing),
        (&allocator, &comments),
        program,
    );
    let items = items::items(&table, &comments, program);
    let code_lines = CodeLines::new(lines, comments.ranges());
    let mut symbols = std::mem::take(&mut table.symbols);
    measure(&mut symbols, &code_lines, program, |node| {
        table.owned_by(node)
    });
    let note = parsed
        .diagnostics
        .iter()
        .find(|diagnostic| diagnostic.severity == Severity::Error);
    Some(Outline {
        parser: Parser::Oxc,
        items,
        symbols,
        facts,
        note: note.map(|diagnostic| describe(diagnostic, lines)),
    })
}

/// Whether a file is no module if nothing in it says so: its ending does not.
fn may_be_script(path: &RepoPath) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    matches!(extension.as_str(), "js" | "jsx" | "ts" | "tsx")
}

/// Parses as the kind of source that reads best.
fn parse<'a>(
    allocator: &'a Allocator,
    path: &RepoPath,
    text: &'a str,
    language: Language,
) -> Option<ParserReturn<'a>> {
    let options = ParseOptions {
        allow_return_outside_function: true,
        ..ParseOptions::default()
    };
    let mut best: Option<ParserReturn> = None;
    for source_type in source_types(path, language) {
        let parsed = oxc::parser::Parser::new(allocator, text, source_type)
            .with_options(options)
            .parse();
        // One syntax error may leave an empty tree, with or without a panic.
        if !is_usable(&parsed, text) {
            continue;
        }
        if !parsed.diagnostics.has_errors() {
            return Some(parsed);
        }
        // The first, as the likeliest way to read it comes first.
        best.get_or_insert(parsed);
    }
    match language {
        // Only JavaScript may have types that its name does not promise.
        Language::JavaScript | Language::Jsx => typed(allocator, text, options).or(best),
        _ => best,
    }
}

/// Reads JavaScript that has types in it: TypeScript's, or Flow's.
fn typed<'a>(
    allocator: &'a Allocator,
    text: &'a str,
    options: ParseOptions,
) -> Option<ParserReturn<'a>> {
    let parsed = oxc::parser::Parser::new(allocator, text, SourceType::tsx())
        .with_options(options)
        .parse();
    match is_usable(&parsed, text) && !parsed.diagnostics.has_errors() {
        true => Some(parsed),
        false => flow::parse(allocator, text, options),
    }
}

/// The parser may give an empty program without having panicked.
fn is_usable(parsed: &ParserReturn, text: &str) -> bool {
    let program = &parsed.program;
    let is_empty = program.body.is_empty() && program.directives.is_empty();
    !parsed.panicked
        && !(is_empty && (parsed.diagnostics.has_errors() || !is_blank_but_comments(parsed, text)))
}

fn is_blank_but_comments(parsed: &ParserReturn, text: &str) -> bool {
    let mut from = parsed
        .program
        .hashbang
        .as_ref()
        .map_or(0, |hashbang| hashbang.span.end);
    let mut is_blank = true;
    for comment in &parsed.program.comments {
        is_blank &= text[from as usize..comment.span.start.max(from) as usize]
            .trim()
            .is_empty();
        from = comment.span.end;
    }
    is_blank && text[from as usize..].trim().is_empty()
}

/// The ways to read a file, the likeliest first.
fn source_types(path: &RepoPath, language: Language) -> Vec<SourceType> {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    let by_language = match language {
        Language::TypeScript => SourceType::ts(),
        Language::Tsx => SourceType::tsx(),
        _ => SourceType::jsx(),
    };
    let first = SourceType::from_path(path.as_str()).unwrap_or(by_language);
    // Much JavaScript holds JSX whatever its name.
    let first = if first.is_javascript() {
        first.with_jsx(true)
    } else {
        first
    };
    match extension.as_str() {
        // Node.js reads these as modules whatever is in them.
        "mjs" | "mts" => vec![first],
        // A script that returns at its top is a common CommonJS module.
        "cjs" | "cts" => vec![first, first.with_script(true)],
        _ => vec![first, first.with_script(true), first.with_module(true)],
    }
}

fn describe(diagnostic: &OxcDiagnostic, lines: &LineIndex) -> String {
    let offset = diagnostic.labels.first().map(|label| label.offset());
    match offset {
        Some(offset) => format!(
            "syntax error on line {}: {}",
            lines.line(offset),
            diagnostic.message
        ),
        None => format!("syntax error: {}", diagnostic.message),
    }
}
