//! Why a run could not be carried to its end.

use std::path::PathBuf;

use store::StoreError;
use thiserror::Error;
use workers::PoolError;

use crate::filters::InvalidGlob;
use crate::revision::RevisionError;

/// A run that stopped. What was committed stays, and a later run continues from there.
#[derive(Debug, Error)]
pub enum RunError {
    /// The root is missing, or is no directory.
    #[error("{} is not a directory that can be read", root.display())]
    Root {
        /// The root as given.
        root: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Nothing below the root can be indexed, and nothing was before.
    #[error("{} holds no file that can be indexed{}", root.display(), skipped)]
    NoFiles {
        /// The root as given.
        root: PathBuf,
        /// What was there instead, in words that begin with a colon; empty for nothing.
        skipped: String,
    },
    /// A pattern of `--include` or `--exclude` is malformed.
    #[error(transparent)]
    Glob(#[from] InvalidGlob),
    /// Git cannot say what has changed since the revision of `--since`.
    #[error(transparent)]
    Revision(#[from] RevisionError),
    /// The store failed in this process.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store failed in a worker in a way that every other file would meet too.
    #[error("a worker had to stop: {message}")]
    Worker {
        /// The worker's words.
        message: String,
    },
    /// The workers could not be kept running.
    #[error("the workers could not be kept running")]
    Pool(#[from] PoolError),
}
