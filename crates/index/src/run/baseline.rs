//! What `--since` saves a run from reading.
//!
//! A file is trusted to be as the index has it when git says that it is as it was at the revision asked for **and** at the commit that the
//! last run indexed. The first alone would be the caller's word: an index made on another branch would stay wrong.

use std::collections::HashSet;
use std::path::Path;

use domain::RepoPath;
use store::KnownFile;
use workers::StopHandle;

use super::Run;
use crate::error::RunError;
use crate::events::Event;
use crate::revision::{Commit, RevisionError, WorkTree};

/// The revision that a run compares with, and where the work tree stood when it began.
pub(super) struct Baseline {
    tree: WorkTree,
    since: Commit,
    /// `None`: tracked files differed from every commit.
    head: Option<Commit>,
}

impl Baseline {
    /// Looks up what the user calls `revision`.
    pub(super) fn take(
        root: &Path,
        revision: &str,
        stop: &StopHandle,
    ) -> Result<Baseline, RevisionError> {
        let tree = WorkTree::open(root, stop)?;
        let since = tree.commit(revision)?;
        let head = tree.clean_head()?;
        Ok(Baseline { tree, since, head })
    }
}

impl Run<'_> {
    /// Returns the files that need not be read, none without `--since`.
    pub(super) fn trusted_files(
        &mut self,
        known: &[KnownFile],
    ) -> Result<HashSet<RepoPath>, RunError> {
        let Some(baseline) = &self.baseline else {
            return Ok(HashSet::new());
        };
        let indexed = match self.revision_of_last_run()? {
            Some(revision) => baseline.tree.known_commit(&revision)?,
            None => None,
        };
        let remark = match indexed {
            Some(indexed) => {
                let commits = [indexed, baseline.since.clone()];
                return Ok(baseline.tree.unchanged_since(&commits)?);
            }
            None if known.is_empty() => "there is no index yet that --since could build on",
            None => "the index does not say which commit it is of, as one made by --since does",
        };
        self.emit(Event::Notice(format!("{remark}: every file is checked")));
        Ok(HashSet::new())
    }

    /// Returns the commit that this generation holds, if its last run came to its end and knew.
    fn revision_of_last_run(&self) -> Result<Option<String>, RunError> {
        let last = self.last_run()?;
        let revision = last.as_ref().and_then(|last| last["revision"].as_str());
        Ok(revision.map(str::to_owned))
    }

    /// Returns the commit that this run indexed: the one at which the work tree stood at its begin and stands at its end.
    pub(super) fn revision_of_end(&self, is_complete: bool) -> Result<Option<String>, RunError> {
        let Some(baseline) = self.baseline.as_ref().filter(|_| is_complete) else {
            return Ok(None);
        };
        let head = baseline.tree.clean_head()?;
        let is_still = head.is_some() && head == baseline.head;
        Ok(head.filter(|_| is_still).map(|commit| commit.0))
    }
}
