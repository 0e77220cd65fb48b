//! The files of a tree beside what is indexed of them.

use std::path::Path;

use domain::{ContentHash, RepoPath};
use files::Folder;

/// Larger than a file that is indexed where nothing else is set; one that is larger counts as changed.
const COMPARED_MAX_BYTES: u64 = 64 << 20;

/// Whether a file no longer holds what was indexed; where the tree is not here at all, nobody can tell.
pub(crate) fn is_stale(root: &str, path: &RepoPath, hash: ContentHash) -> bool {
    let Ok(tree) = Folder::open(Path::new(root)) else {
        return false;
    };
    match tree.read(path.as_str(), COMPARED_MAX_BYTES) {
        Ok(bytes) => ContentHash::of(&bytes) != hash,
        Err(_) => true,
    }
}

/// Returns what stands after the root of a tree in a text that begins with it, else the text: who works in a tree often has absolute paths.
pub(crate) fn within<'t>(root: &str, text: &'t str) -> &'t str {
    match text.strip_prefix(root) {
        Some("") => "",
        Some(rest) => rest.strip_prefix('/').unwrap_or(text),
        None => text,
    }
}
