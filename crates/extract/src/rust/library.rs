//! What Rust's standard library declares, as far as it leads back to a program's own definitions.

use std::sync::OnceLock;

use domain::{Facts, RepoPath};

use super::GRAMMAR;
use super::walk;
use crate::notes::Role;
use crate::text::LineIndex;

/// Values and collections, then what holds values and what modules have.
pub(super) const SOURCE: &str = concat!(
    include_str!("../../library/rust.rs"),
    include_str!("../../library/rust_holders.rs")
);

/// Returns the facts of the library: types and functions by their names, what they implement, and what their methods give.
pub(super) fn library() -> &'static Facts {
    static LIBRARY: OnceLock<Facts> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let path = RepoPath::new("library.rs").expect("a plain name is a valid path");
        let lines = LineIndex::new(SOURCE);
        match GRAMMAR.read(&path, &lines, domain::Language::Rust) {
            Some((outline, tree)) => walk::facts(&lines, &outline.symbols, &tree, Role::Library),
            None => Facts::default(),
        }
    })
}
