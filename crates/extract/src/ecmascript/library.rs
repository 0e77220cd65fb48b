//! What the language itself declares.

use std::sync::OnceLock;

use domain::{Facts, Language, RepoPath};

use super::oxc_outline::oxc_outline;
use crate::text::LineIndex;

const SOURCE: &str = include_str!("../../library/ecmascript.d.ts");

/// Returns the facts of what the language brings along: containers, promises, utility types.
///
/// Needs as much stack as [`extract`](crate::extract()).
pub(super) fn library() -> &'static Facts {
    static LIBRARY: OnceLock<Facts> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let path = RepoPath::new("library.d.ts").expect("a plain name is a valid path");
        let lines = LineIndex::new(SOURCE);
        oxc_outline(&path, &lines, Language::TypeScript)
            .expect("the library's source is part of the program and parses")
            .facts
    })
}
