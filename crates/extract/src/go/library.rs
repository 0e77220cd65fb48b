//! What the language itself declares.

use std::sync::OnceLock;

use domain::{Facts, RepoPath};

use super::GRAMMAR;
use super::walk::{self, Role};
use crate::text::LineIndex;

const SOURCE: &str = include_str!("../../library/go.go");

/// Returns the facts of the universe: predeclared types and functions, and what slices, maps and channels hold.
pub(super) fn library() -> &'static Facts {
    static LIBRARY: OnceLock<Facts> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let path = RepoPath::new("library.go").expect("a plain name is a valid path");
        let lines = LineIndex::new(SOURCE);
        match GRAMMAR.read(&path, &lines, domain::Language::Go) {
            Some((outline, tree)) => {
                walk::facts(&path, &lines, &outline.symbols, &tree, Role::Library)
            }
            None => Facts::default(),
        }
    })
}
