//! What Java's standard library declares, as far as it leads back to a program's own definitions.

use std::sync::OnceLock;

use domain::{Facts, RepoPath};

use super::GRAMMAR;
use super::walk;
use crate::notes::Role;
use crate::text::LineIndex;

const SOURCE: &str = include_str!("../../library/java.java");

/// Returns the facts of the library: types by their full names, what they inherit from, and what their methods take and give.
pub(super) fn library() -> &'static Facts {
    static LIBRARY: OnceLock<Facts> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let path = RepoPath::new("library.java").expect("a plain name is a valid path");
        let lines = LineIndex::new(SOURCE);
        // By the same walk as any file, so that library and program cannot disagree on what facts
        // mean.
        match GRAMMAR.read(&path, &lines, domain::Language::Java) {
            Some((outline, tree)) => walk::facts(&lines, &outline.symbols, &tree, Role::Library),
            None => Facts::default(),
        }
    })
}
