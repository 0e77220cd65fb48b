//! Java: outlined by the grammar, and a walk over the same tree that writes down what names mean.

mod calls;
mod classes;
mod expressions;
mod lambdas;
mod library;
mod members;
mod scopes;
mod statements;
mod type_names;
mod walk;

#[cfg(test)]
mod tests;

use domain::{Family, Language, RepoPath};

use crate::front_end::{FrontEnd, Names, Reader};
use crate::notes::Role;
use crate::outline::Outline;
use crate::outlined::Grammar;
use crate::text::LineIndex;

pub(crate) const JAVA: FrontEnd = FrontEnd {
    family: Some(Family::Java),
    version: 2,
    languages: &[Names {
        language: Language::Java,
        extensions: &["java"],
        file_names: &[],
        programs: &[],
    }],
    data_limit_bytes: None,
    is_test_name: |name| {
        let stem = name.split('.').next().unwrap_or_default();
        let ends = ["Test", "Tests", "IT", "Spec", "TestCase"];
        ends.iter().any(|end| stem.ends_with(end))
    },
    library: Some(library::library),
    reader: &Java,
};

const GRAMMAR: Grammar = Grammar {
    language: || tree_sitter_java::LANGUAGE.into(),
    query: include_str!("../queries/java.scm"),
    test_marks: &["@Test", "@ParameterizedTest", "@RepeatedTest"],
    test_prefixes: &[],
};

struct Java;

impl Reader for Java {
    fn outline(&self, path: &RepoPath, lines: &LineIndex<'_>, language: Language) -> Outline {
        match GRAMMAR.read(path, lines, language) {
            Some((outline, tree)) => Outline {
                facts: walk::facts(lines, &outline.symbols, &tree, Role::File),
                ..outline
            },
            None => Outline::blank(path, lines),
        }
    }
}
