//! Rust: outlined by the grammar, and a walk over the same tree that writes down what names mean.
//!
//! What a module declares is exported under its name with the modules of the file in front (`tests::helper`); a name that no block
//! around declares is a path, with the module of the file that it stands in before `>`. Methods and fields do not get into each other's way:
//! names of fields begin with a dot, those of a variant with its name (`.Some.0`); names of macros end in `!`.

mod calls;
mod conditions;
mod expressions;
mod functions;
mod items;
mod library;
mod macros;
mod patterns;
mod scopes;
mod statements;
mod type_items;
mod type_names;
mod use_trees;
mod walk;

#[cfg(test)]
mod tests;

use domain::{Family, Language, RepoPath};

use crate::front_end::{FrontEnd, Names, Reader};
use crate::notes::Role;
use crate::outline::Outline;
use crate::outlined::Grammar;
use crate::text::LineIndex;

pub(crate) const RUST: FrontEnd = FrontEnd {
    family: Some(Family::Rust),
    version: 2,
    languages: &[Names {
        language: Language::Rust,
        extensions: &["rs"],
        file_names: &[],
        programs: &["rust-script"],
    }],
    data_limit_bytes: None,
    is_test_name: |name| {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        stem == "tests" || stem.ends_with("_test")
    },
    library: Some(library::library),
    reader: &Rust,
};

const GRAMMAR: Grammar = Grammar {
    language: || tree_sitter_rust::LANGUAGE.into(),
    query: include_str!("../queries/rust.scm"),
    test_marks: &["#[test]", "#[cfg(test)]", "::test]", "#[bench]"],
    test_prefixes: &[],
};

struct Rust;

impl Reader for Rust {
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
