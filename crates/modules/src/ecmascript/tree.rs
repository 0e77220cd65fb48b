//! What the disk says about a path that is not the path of an indexed file.

use std::path::{Path, PathBuf};

use super::lexical;

/// The tree on the disk.
#[derive(Debug)]
pub(super) struct Tree {
    /// Without symbolic links, so that the real path of a file below it starts with it.
    root: PathBuf,
}

impl Tree {
    /// Looks below `root`, which may itself be a symbolic link.
    pub(super) fn new(root: &Path) -> Tree {
        Tree {
            root: fs_err::canonicalize(root).unwrap_or_else(|_| root.to_owned()),
        }
    }

    /// Whether a file is there that belongs to the repository.
    pub(super) fn is_file(&self, path: &str) -> bool {
        !lexical::is_vendored(path) && self.root.join(path).is_file()
    }

    /// Returns the path that `path` leads to through a symbolic link within the repository.
    ///
    /// The last component need not exist: an import usually leaves out its extension.
    pub(super) fn real_path(&self, path: &str) -> Option<String> {
        let real = self.canonical(path).or_else(|| {
            let folder = self.canonical(lexical::parent(path))?;
            lexical::join(&folder, lexical::name(path))
        })?;
        (real != path && !lexical::is_vendored(&real)).then_some(real)
    }

    fn canonical(&self, path: &str) -> Option<String> {
        let real = fs_err::canonicalize(self.root.join(path)).ok()?;
        let relative = real.strip_prefix(&self.root).ok()?;
        lexical::join("", relative.to_str()?)
    }
}
