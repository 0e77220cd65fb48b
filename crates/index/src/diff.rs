//! What git says has changed since a revision: which files, and which lines of each.
//!
//! Asks in the way of [`Git`](crate::Git). Knows no definitions: what lines mean, who asks finds out. Start at [`Comparison::make`].

mod patch;

use std::io::ErrorKind;
use std::path::Path;

use domain::{ContentHash, RepoPath};
use files::Folder;
use workers::StopHandle;

use crate::revision::{Commit, RevisionError, WorkTree};

/// A file of more bytes is not compared; none so large is indexed by default.
const COMPARED_MAX_BYTES: u64 = 64 << 20;

/// What is compared with a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compared {
    /// The files as they lie there, also those that git does not know yet.
    #[default]
    WorkTree,
    /// What the next commit would hold.
    Staged,
}

/// How a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Deleted,
    /// Some of its lines are others.
    Modified,
    /// It has another path, and some of its lines may be others.
    Renamed,
}

/// Lines of a file, from 1; none if `n_lines` is 0: then what has changed is between `start` and the line after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRange {
    /// The first line.
    pub start: u32,
    /// How many.
    pub n_lines: u32,
}

/// Lines in place of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// Lines of the file as it was.
    pub old: LineRange,
    /// Lines of the file as it is.
    pub new: LineRange,
}

/// A file that has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDiff {
    /// Its path; the one that it had, if it is gone.
    pub path: RepoPath,
    /// The path that it had, if it had another.
    pub old_path: Option<RepoPath>,
    /// How it has changed.
    pub kind: FileChangeKind,
    /// Which lines, from the first on; empty where git takes the file for binary.
    pub hunks: Vec<Hunk>,
    /// The lines that are no longer there.
    pub removed: Vec<String>,
}

impl FileDiff {
    /// Returns the path that the file had before.
    pub fn path_before(&self) -> &RepoPath {
        self.old_path.as_ref().unwrap_or(&self.path)
    }

    /// Returns how many lines came; nothing for a file that git does not know, whose lines nobody counted.
    pub fn n_added(&self) -> Option<u64> {
        let counts = self.hunks.iter().map(|hunk| hunk.new.n_lines);
        counts
            .map(|n| (n != patch::UNCOUNTED).then_some(u64::from(n)))
            .sum()
    }

    /// Returns how many lines went.
    pub fn n_removed(&self) -> u64 {
        let counts = self.hunks.iter().map(|hunk| u64::from(hunk.old.n_lines));
        counts.sum()
    }
}

/// A work tree beside one of its commits.
pub struct Comparison {
    tree: WorkTree,
    folder: Folder,
    base: Commit,
    compared: Compared,
    /// Files in path order.
    pub files: Vec<FileDiff>,
}

impl Comparison {
    /// Compares the tree at `root` with the commit at which `HEAD` left `since`, or with `HEAD` itself where nothing is named.
    ///
    /// The root may be a folder of a work tree; paths are relative to it, and changes outside of it are none.
    pub fn make(
        root: &Path,
        since: Option<&str>,
        compared: Compared,
        stop: &StopHandle,
    ) -> Result<Comparison, RevisionError> {
        let tree = WorkTree::open(root, stop)?;
        let folder = Folder::open(root).map_err(RevisionError::Git)?;
        let base = tree.left_at(since.unwrap_or("HEAD"))?;
        let mut files = Vec::new();
        // First, so that of a file that git was made to forget the one counts that is there.
        if compared == Compared::WorkTree {
            files.extend(tree.untracked()?.into_iter().map(patch::whole));
        }
        files.extend(patch::parse(&tree.patch(&base, compared)?));
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files.dedup_by(|one, other| one.path == other.path);
        Ok(Comparison {
            tree,
            folder,
            base,
            compared,
            files,
        })
    }

    /// Returns the full name of the commit that the tree is compared with.
    pub fn base(&self) -> &str {
        &self.base.0
    }

    /// Returns the hash of a file as it is; nothing if it cannot be read.
    pub fn hash_after(&self, file: &FileDiff) -> Result<Option<ContentHash>, RevisionError> {
        match self.compared {
            Compared::Staged => self.blob(&format!(":./{}", file.path)),
            Compared::WorkTree => {
                let read = self.folder.read(file.path.as_str(), COMPARED_MAX_BYTES);
                match read {
                    Ok(bytes) => Ok(Some(ContentHash::of(&bytes))),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {
                        Err(RevisionError::Interrupted)
                    }
                    Err(_) => Ok(None),
                }
            }
        }
    }

    /// Returns the hash of a file as it was; nothing if the commit has none.
    pub fn hash_before(&self, file: &FileDiff) -> Result<Option<ContentHash>, RevisionError> {
        self.blob(&format!("{}:./{}", self.base.0, file.path_before()))
    }

    fn blob(&self, name: &str) -> Result<Option<ContentHash>, RevisionError> {
        let printed = self.tree.git(&["cat-file", "blob", name])?;
        Ok(printed.ok().map(|bytes| ContentHash::of(&bytes)))
    }
}

impl WorkTree {
    /// Returns the commit at which `HEAD` left a revision; the revision's own where they have none in common.
    fn left_at(&self, revision: &str) -> Result<Commit, RevisionError> {
        let commit = self.commit(revision)?;
        let said = self.git(&["merge-base", &commit.0, "HEAD"])?;
        let text = said.map(|said| String::from_utf8_lossy(&said).trim().to_owned());
        Ok(match text {
            Ok(text) if !text.is_empty() => Commit(text),
            _ => commit,
        })
    }

    fn patch(&self, base: &Commit, compared: Compared) -> Result<Vec<u8>, RevisionError> {
        let mut arguments = vec![
            "diff",
            "--unified=0",
            "--inter-hunk-context=0",
            "--find-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            "--ignore-submodules=all",
            "--relative",
            "--src-prefix=a/",
            "--dst-prefix=b/",
        ];
        if compared == Compared::Staged {
            arguments.push("--cached");
        }
        arguments.extend([base.0.as_str(), "--"]);
        self.succeed(&arguments)
    }

    /// Returns the files that git does not know and does not ignore.
    fn untracked(&self) -> Result<Vec<RepoPath>, RevisionError> {
        let listed = self.succeed(&["ls-files", "--others", "--exclude-standard", "-z"])?;
        let names = crate::revision::names(&listed);
        Ok(names.filter_map(|path| RepoPath::new(path).ok()).collect())
    }
}
