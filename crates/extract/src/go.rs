//! Go: outlined by the grammar, and a walk over the same tree that writes down what names mean.

mod build;
mod declarations;
mod expressions;
mod functions;
mod library;
mod literals;
mod names;
mod scopes;
mod statements;
mod type_names;
mod walk;

#[cfg(test)]
mod tests;

use domain::{Family, Language, RepoPath};

use crate::front_end::{FrontEnd, Names, Reader};
use crate::outline::Outline;
use crate::outlined::Grammar;
use crate::text::LineIndex;

pub(crate) const GO: FrontEnd = FrontEnd {
    family: Some(Family::Go),
    version: 3,
    languages: &[Names {
        language: Language::Go,
        extensions: &["go"],
        file_names: &[],
        programs: &[],
    }],
    data_limit_bytes: None,
    is_test_name: |name| name.ends_with("_test.go"),
    library: Some(library::library),
    reader: &Go,
};

const GRAMMAR: Grammar = Grammar {
    language: || tree_sitter_go::LANGUAGE.into(),
    query: include_str!("../queries/go.scm"),
    test_marks: &[],
    test_prefixes: &["Test", "Benchmark", "Fuzz", "Example"],
};

struct Go;

impl Reader for Go {
    fn outline(&self, path: &RepoPath, lines: &LineIndex<'_>, language: Language) -> Outline {
        match GRAMMAR.read(path, lines, language) {
            Some((outline, tree)) => Outline {
                facts: walk::facts(path, lines, &outline.symbols, &tree, walk::Role::File),
                ..outline
            },
            None => Outline::blank(path, lines),
        }
    }
}
