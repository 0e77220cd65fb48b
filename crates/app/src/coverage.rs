//! What an answer covers.

use domain::RepositoryName;
use store::{GenerationState, RepositorySummary, Store, StoreError};

/// Which index answered, and how much of the tree it knows.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// The repository asked.
    pub repository: RepositoryName,
    /// Number of the generation that answered.
    pub generation: u64,
    /// Whether that generation covers the whole tree as its last run saw it.
    pub is_complete: bool,
    /// Files it covers.
    pub n_files: u64,
    /// Files that could not be indexed and are missing.
    pub n_failed: u64,
}

impl Coverage {
    pub(crate) fn read(
        store: &dyn Store,
        summary: &RepositorySummary,
    ) -> Result<Coverage, StoreError> {
        let covered = store.covered(summary.generation)?;
        Ok(Coverage {
            repository: summary.name.clone(),
            generation: summary.number,
            is_complete: summary.is_complete && summary.state == GenerationState::Active,
            n_files: covered.n_files,
            n_failed: covered.n_problems,
        })
    }
}
