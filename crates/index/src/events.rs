//! What a run reports while it works; doors render it.

use std::time::Duration;

use domain::{Problem, RepoPath};

use crate::job::FileReport;

/// The steps of a run, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Walk, hash, compare with the store.
    Discover,
    /// Files go to workers.
    Process,
    /// What spans files is brought up to date.
    Graph,
    /// The generation is swapped and what it replaced is deleted.
    Finish,
}

/// Something that happened in a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// A step begins.
    PhaseStarted(Phase),
    /// The comparison with the store is done.
    Discovered {
        /// Files that go to workers.
        n_changed: usize,
        /// Their bytes.
        n_bytes: u64,
        /// Files that are already indexed as they are.
        n_unchanged: usize,
        /// Files that the store forgets.
        n_removed: usize,
        /// Files left out on purpose.
        n_skipped: usize,
        /// An earlier run of this generation stopped half-way; this one goes on from there.
        continues: bool,
    },
    /// A worker is ready.
    WorkerStarted {
        /// Its place in the pool.
        worker: usize,
    },
    /// A worker is gone and will be replaced.
    WorkerEnded {
        /// Its place in the pool.
        worker: usize,
        /// Why, in words.
        reason: String,
    },
    /// A worker took up a file.
    FileStarted {
        /// Its place in the pool.
        worker: usize,
        /// The file.
        path: RepoPath,
    },
    /// A file is in the store.
    FileIndexed {
        /// The file.
        path: RepoPath,
        /// Its size.
        n_bytes: u64,
        /// What it turned into.
        report: FileReport,
    },
    /// A file could not be indexed.
    FileFailed {
        /// Its size.
        n_bytes: u64,
        /// Which and why.
        problem: Problem,
    },
    /// Time passes; sent a few times a second while workers are busy.
    Tick {
        /// Memory of this process and its workers (proportional set size).
        n_memory_bytes: u64,
        /// Since the run began.
        elapsed: Duration,
    },
    /// Something a person should know that is no failure.
    Notice(String),
}
