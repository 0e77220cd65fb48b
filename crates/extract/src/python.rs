//! Python: one parser, which goes on after errors, and a walk along the flow of control.

mod builtins;
mod complexity;
mod decorators;
mod definitions;
mod depth;
mod doc;
mod flow;
mod library;
mod walk;

#[cfg(test)]
mod tests;

use domain::{Family, Language, Parser, RepoPath};
use ruff_python_ast::{Expr, PySourceType, Stmt};
use ruff_python_parser::parse_unchecked_source;
use ruff_text_size::Ranged;
use rustc_hash::FxHashSet;

use crate::code_lines::CodeLines;
use crate::front_end::{FrontEnd, Names, Reader};
use crate::outline::Outline;
use crate::text::LineIndex;

pub(crate) const PYTHON: FrontEnd = FrontEnd {
    family: Some(Family::Python),
    version: 3,
    languages: &[Names {
        language: Language::Python,
        extensions: &["py", "pyi", "pyw"],
        file_names: &[],
        programs: &["python", "pypy"],
    }],
    data_limit_bytes: None,
    is_test_name,
    library: Some(library::library),
    reader: &Python,
};

struct Python;

impl Reader for Python {
    fn outline(&self, path: &RepoPath, lines: &LineIndex<'_>, _: Language) -> Outline {
        outline(path, lines, Role::File)
    }
}

/// By pytest's and unittest's rules.
fn is_test_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    stem.starts_with("test_") || stem.ends_with("_test") || stem == "conftest" || name == "tests.py"
}

/// Deepest estimated nesting that is parsed; Python itself refuses 200 brackets and 100 blocks.
const MAX_DEPTH: u32 = 1_000;

/// What a source is read for.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    /// A file of a repository.
    File,
    /// What the language brings along.
    Library,
}

/// Returns the outline of a file.
fn outline(path: &RepoPath, lines: &LineIndex<'_>, role: Role) -> Outline {
    if depth::may_nest_deeper(lines.text(), MAX_DEPTH) {
        return Outline {
            note: Some("nests too deep to be parsed".to_owned()),
            ..Outline::blank(path, lines)
        };
    }
    let kind = match path.extension() {
        Some("pyi") => PySourceType::Stub,
        _ => PySourceType::Python,
    };
    let parsed = parse_unchecked_source(lines.text(), kind);
    let body = parsed.suite();
    let comments: Vec<(u32, u32)> = parsed
        .tokens()
        .iter()
        .filter(|token| token.kind().is_comment())
        .map(|token| (token.start().to_u32(), token.end().to_u32()))
        .collect();
    let mut definitions = definitions::define(path, lines, body, listed(body));
    complexity::measure(&mut definitions, &CodeLines::new(lines, &comments), body);
    let facts = walk::facts(path, lines, &definitions, body, role == Role::Library);
    let error = parsed.errors().first();
    Outline {
        parser: Parser::Ruff,
        items: definitions.items,
        symbols: definitions.symbols,
        facts,
        note: error.map(|error| {
            let line = lines.line(error.location.start().to_u32());
            format!("syntax error on line {line}: {}", error.error)
        }),
    }
}

/// Returns the names in `__all__`, if the module has one.
fn listed(body: &[Stmt]) -> Option<FxHashSet<&str>> {
    let mut listed = None;
    for statement in body {
        let (target, value) = match statement {
            Stmt::Assign(inner) => (inner.targets.first(), Some(&*inner.value)),
            Stmt::AnnAssign(inner) => (Some(&*inner.target), inner.value.as_deref()),
            Stmt::AugAssign(inner) => (Some(&*inner.target), Some(&*inner.value)),
            _ => continue,
        };
        let is_list = matches!(target, Some(Expr::Name(name)) if name.id.as_str() == "__all__");
        let elements = match value {
            Some(Expr::List(list)) if is_list => &list.elts[..],
            Some(Expr::Tuple(tuple)) if is_list => &tuple.elts[..],
            _ => continue,
        };
        let names = elements.iter().filter_map(|element| match element {
            Expr::StringLiteral(string) => Some(string.value.to_str()),
            _ => None,
        });
        listed.get_or_insert_with(FxHashSet::default).extend(names);
    }
    listed
}
