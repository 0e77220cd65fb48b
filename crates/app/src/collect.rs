//! `gc`: reclaims unused space.

use store::Reclaimable;

use crate::error::AppError;
use crate::index::PATIENCE;
use crate::project::{Project, is_left_over, open_to_write};
use crate::verify::verifying;

/// What `gc` reclaimed.
#[derive(Clone, Copy, Debug)]
pub struct Collected {
    /// Vectors that no chunk of any repository had.
    pub n_vectors: u64,
    /// Bytes that the database shrank by.
    pub n_bytes: u64,
}

impl Project {
    /// Returns about how much `gc` would reclaim.
    pub fn reclaimable(&self) -> Result<Reclaimable, AppError> {
        Ok(self.open_to_read()?.reclaimable()?)
    }

    /// Deletes vectors that no chunk has and what a killed `verify` left, and shrinks the database. Waits a little for a repository that is
    /// being indexed or verified, then fails with who holds it.
    ///
    /// Vectors are kept when their chunks go, so that a branch switched to and back computes nothing; this gives that up.
    pub fn collect_garbage(&self) -> Result<Collected, AppError> {
        drop(self.open_to_read()?);
        let mut store = open_to_write(&self.settings().database.value)?;
        let repositories = store.repositories()?;
        let mut locks = Vec::new();
        for summary in &repositories {
            locks.push(store.lock_repository(&summary.name, PATIENCE)?);
            // What a `verify` has made is its own until it ends.
            locks.push(store.lock_repository(&verifying(&summary.name)?, PATIENCE)?);
        }
        for summary in &repositories {
            if is_left_over(&summary.name, &repositories) {
                store.remove_repository(&summary.name)?;
            }
        }
        let n_vectors = store.sweep_vectors()?;
        let n_bytes = store.shrink()?;
        drop(locks);
        Ok(Collected { n_vectors, n_bytes })
    }
}
