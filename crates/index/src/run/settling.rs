//! What workers wrote is made safe before anything is built on it.
//!
//! Workers of a server do not wait for its disk at every file. A crash of the server then takes back the last files that were reported as
//! done; here it is noticed, and they are done again.

use std::collections::HashSet;

use domain::RepoPath;
use store::Settled;

use super::Run;
use crate::discover::FileChange;
use crate::error::RunError;
use crate::events::Event;

impl Run<'_> {
    /// Settles what was written and returns those of `jobs` that were reported as done and are not there.
    pub(super) fn settle<'c>(
        &mut self,
        jobs: &[&'c FileChange],
    ) -> Result<Vec<&'c FileChange>, RunError> {
        let written = std::mem::take(&mut self.written);
        // A run that was stopped is finished by another, which compares the tree with what is there.
        if self.was_stopped || written.is_empty() {
            return Ok(Vec::new());
        }
        let generation = self.generation();
        if self.store.settle(generation)? == Settled::Everything {
            return Ok(Vec::new());
        }
        let known = self.store.known_files(generation)?;
        let is_there = known
            .iter()
            .filter(|file| !file.has_problem && written.get(&file.path) == Some(&file.hash));
        let there: HashSet<&RepoPath> = is_there.map(|file| &file.path).collect();
        let is_lost = |change: &&&FileChange| {
            written.contains_key(&change.path) && !there.contains(&change.path)
        };
        let lost: Vec<&FileChange> = jobs.iter().filter(is_lost).copied().collect();
        if !lost.is_empty() {
            self.n_indexed -= lost.len() as u64;
            self.emit(Event::Notice(format!(
                "{} files were lost by a crash of the database and are indexed again",
                lost.len()
            )));
        }
        Ok(lost)
    }
}
