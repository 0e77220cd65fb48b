//! What git says about a tree: which of its files are as they were at a revision.
//!
//! Asks the program `git`, which whoever has a work tree has too, in the way of [`Git`]. Reads, writes nothing, not even git's own index. Everything here is
//! a reason not to read a file; whatever git does not vouch for is read.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use domain::RepoPath;
use thiserror::Error;
use workers::StopHandle;

use crate::git::Git;

/// What `ls-files -v` puts before a file that is tracked and not exempt from comparison by a flag of the user's.
const TRACKED: char = 'H';

/// Why git cannot say what has changed.
#[derive(Debug, Error)]
pub enum RevisionError {
    /// The program `git` could not be run.
    #[error("cannot run git")]
    Git(#[source] io::Error),
    /// The run was stopped while git was at work.
    #[error("interrupted")]
    Interrupted,
    /// The tree is no work tree of git, or git will not look at it.
    #[error("no git work tree in {}: {cause}", root.display())]
    NoWorkTree {
        /// The tree.
        root: PathBuf,
        /// What git said.
        cause: String,
    },
    /// No commit is called so.
    #[error("git knows no revision {revision:?} in {}", root.display())]
    Unknown {
        /// What was asked for.
        revision: String,
        /// The tree.
        root: PathBuf,
    },
    /// No commit is called so, which may be for lack of history.
    #[error("git knows no revision {revision:?} in {}, a shallow clone", root.display())]
    Shallow {
        /// What was asked for.
        revision: String,
        /// The tree.
        root: PathBuf,
    },
    /// Git failed.
    #[error("git failed in {}: {cause}", root.display())]
    Failed {
        /// The tree.
        root: PathBuf,
        /// What git said.
        cause: String,
    },
}

/// The full name of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit(pub(crate) String);

/// A work tree of git, or a folder of one.
pub(crate) struct WorkTree {
    root: PathBuf,
    git: Git,
}

impl WorkTree {
    /// Opens the work tree that `root` is, or lies in.
    pub(crate) fn open(root: &Path, stop: &StopHandle) -> Result<WorkTree, RevisionError> {
        let tree = WorkTree {
            root: root.to_owned(),
            git: Git::at(root, stop).map_err(failed)?,
        };
        let no_work_tree = |cause: String| RevisionError::NoWorkTree {
            root: root.to_owned(),
            cause,
        };
        match tree.git(&["rev-parse", "--is-inside-work-tree"])? {
            Ok(said) if said.starts_with(b"true") => Ok(tree),
            Ok(_) => Err(no_work_tree("a repository without one".to_owned())),
            Err(cause) => Err(no_work_tree(cause)),
        }
    }

    /// Returns the commit that a user means by `revision`.
    pub(crate) fn commit(&self, revision: &str) -> Result<Commit, RevisionError> {
        if let Some(commit) = self.known_commit(revision)? {
            return Ok(commit);
        }
        let (revision, root) = (revision.to_owned(), self.root.clone());
        match self.git(&["rev-parse", "--is-shallow-repository"])? {
            Ok(said) if said.starts_with(b"true") => Err(RevisionError::Shallow { revision, root }),
            _ => Err(RevisionError::Unknown { revision, root }),
        }
    }

    /// Returns the commit of that name; nothing when this clone does not have it.
    pub(crate) fn known_commit(&self, revision: &str) -> Result<Option<Commit>, RevisionError> {
        // What looks like an option is none of git's names.
        if revision.starts_with('-') {
            return Ok(None);
        }
        let name = format!("{revision}^{{commit}}");
        let said = self.git(&["rev-parse", "--verify", "--quiet", &name])?;
        let text = said.map(|said| String::from_utf8_lossy(&said).trim().to_owned());
        Ok(text.ok().filter(|text| !text.is_empty()).map(Commit))
    }

    /// Returns the commit that the work tree is checked out at, unless one of its tracked files under the root differs from it.
    pub(crate) fn clean_head(&self) -> Result<Option<Commit>, RevisionError> {
        let Some(head) = self.known_commit("HEAD")? else {
            return Ok(None);
        };
        let is_clean = self.changed_since(&head)?.is_empty();
        Ok(is_clean.then_some(head))
    }

    /// Returns the tracked files under the root that are, byte for byte as git stores them, what they were at each of `commits`.
    ///
    /// Not among them: files of submodules, and files that a flag of the user's exempts from comparison.
    pub(crate) fn unchanged_since(
        &self,
        commits: &[Commit],
    ) -> Result<HashSet<RepoPath>, RevisionError> {
        let listed = self.succeed(&["ls-files", "-z", "-v"])?;
        let mut files: HashSet<RepoPath> = names(&listed)
            .filter_map(|line| RepoPath::new(line.strip_prefix(TRACKED)?.strip_prefix(' ')?).ok())
            .collect();
        for commit in commits {
            for path in self.changed_since(commit)? {
                files.remove(&path);
            }
        }
        Ok(files)
    }

    fn changed_since(&self, commit: &Commit) -> Result<Vec<RepoPath>, RevisionError> {
        let printed = self.succeed(&[
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules=all",
            "--relative",
            &commit.0,
            "--",
        ])?;
        Ok(names(&printed)
            .filter_map(|path| RepoPath::new(path).ok())
            .collect())
    }

    pub(crate) fn succeed(&self, arguments: &[&str]) -> Result<Vec<u8>, RevisionError> {
        self.git(arguments)?.map_err(|cause| RevisionError::Failed {
            root: self.root.clone(),
            cause,
        })
    }

    /// Returns what git printed, or what it said when it failed.
    pub(crate) fn git(&self, arguments: &[&str]) -> Result<Result<Vec<u8>, String>, RevisionError> {
        let output = self.git.run(arguments).map_err(failed)?;
        if output.status.success() {
            return Ok(Ok(output.stdout));
        }
        let words = String::from_utf8_lossy(&output.stderr);
        let line = words.lines().find(|line| !line.trim().is_empty());
        let line = line.unwrap_or("it did not say why");
        Ok(Err(line.trim_start_matches("fatal: ").to_owned()))
    }
}

fn failed(error: io::Error) -> RevisionError {
    match error.kind() {
        io::ErrorKind::Interrupted => RevisionError::Interrupted,
        _ => RevisionError::Git(error),
    }
}

/// Returns the names in a list that git ends each of with NUL; a name that is not UTF-8 is none of a repository's files.
pub(crate) fn names(printed: &[u8]) -> impl Iterator<Item = &str> {
    let names = printed.split(|byte| *byte == 0);
    names.filter_map(|name| std::str::from_utf8(name).ok())
}
