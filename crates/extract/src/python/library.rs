//! What the language itself declares.

use std::sync::OnceLock;

use domain::{Facts, RepoPath};

use crate::text::LineIndex;

const SOURCE: &str = include_str!("../../library/python.pyi");

/// Returns the facts of what the language brings along: containers, iterators, context managers.
///
/// Needs as much stack as [`extract`](crate::extract()).
pub(super) fn library() -> &'static Facts {
    static LIBRARY: OnceLock<Facts> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let path = RepoPath::new("library.pyi").expect("a plain name is a valid path");
        let lines = LineIndex::new(SOURCE);
        super::outline(&path, &lines, super::Role::Library).facts
    })
}
