//! Everything that a pool reports while it runs.

use std::fmt;
use std::time::Duration;

use crate::WorkerExit;

/// A job's place in the order in which the iterator gave the jobs, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// A worker process's place in the order in which a pool started them, from 0: unlike a process id it means the same on every machine
/// and never comes again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Serial(pub u64);

/// Everything that a pool reports while it runs.
///
/// `worker` is the worker's place in the pool, from 0; a replaced worker's successor has the same. Every job that a worker
/// was given ends in exactly one `JobDone` or `JobFailed`, or in [`PoolReport::abandoned`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolEvent {
    /// A process was started. Its handshake is still to come.
    WorkerStarted {
        /// Its place in the pool.
        worker: usize,
        /// Which process.
        serial: Serial,
        /// Its process id, where it runs on this machine.
        pid: Option<u32>,
    },
    /// A worker took up a job. It comes again when the job is tried again.
    JobStarted {
        /// Its number, in the order in which jobs were taken from the iterator.
        job: JobId,
        /// Its place in the pool.
        worker: usize,
    },
    /// A job has its reply.
    JobDone {
        /// Its number, in the order in which jobs were taken from the iterator.
        job: JobId,
        /// Its place in the pool.
        worker: usize,
        /// What the handler answered.
        reply: Vec<u8>,
    },
    /// A job will have no reply.
    JobFailed {
        /// Its number, in the order in which jobs were taken from the iterator.
        job: JobId,
        /// Why.
        failure: Failure,
    },
    /// A process has ended and is reaped.
    WorkerEnded {
        /// Its place in the pool.
        worker: usize,
        /// Which process.
        serial: Serial,
        /// How.
        exit: WorkerExit,
        /// Why.
        reason: EndReason,
        /// The last of what it wrote to standard error.
        stderr: String,
    },
    /// A worker holds too much memory and is being replaced; its end follows.
    Recycled {
        /// Its place in the pool.
        worker: usize,
        /// Which process.
        serial: Serial,
        /// How much memory of its own it held.
        n_bytes: u64,
    },
    /// A worker is not available; the pool goes on with those that are left.
    PoolShrunk {
        /// Its place in the pool.
        worker: usize,
        /// How many are left.
        n_left: usize,
        /// Why, as a lowercase fragment.
        cause: String,
    },
    /// Whoever starts the workers elsewhere has something to say.
    Remark {
        /// Its words.
        text: String,
    },
    /// About 100 ms have passed: time to draw.
    Tick {
        /// Memory of this process and its workers together (proportional set size), at most a few ticks old.
        n_memory_bytes: u64,
    },
}

/// Why a worker ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Nothing is left to do, or the run was stopped and it finished in time.
    Finished,
    /// It held too much memory, or a job that is tried again needed a fresh worker.
    Recycled,
    /// All processes together came close to the memory budget; the pool goes on with fewer workers.
    Relieved,
    /// It could not make its handler.
    Refused {
        /// Its own words.
        message: String,
    },
    /// It was not ready within the start timeout.
    StartTimedOut,
    /// It did not take up a job within the start timeout.
    Silent,
    /// Its job took longer than the job timeout.
    TimedOut {
        /// Its number, in the order in which jobs were taken from the iterator.
        job: JobId,
    },
    /// It sent what is no frame, or a frame that is not its turn.
    BadFrame {
        /// What was wrong with it.
        detail: String,
    },
    /// It closed its output.
    HungUp,
    /// What it ran on is gone: its machine, or what held it there.
    Lost,
    /// The run was stopped at once, or failed.
    Stopped,
    /// It died by itself.
    Died,
}

/// Why a job has no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It took too long; it is not tried again.
    TimedOut {
        /// The limit.
        after: Duration,
    },
    /// Its worker died, and so did the next one.
    ///
    /// [`WorkerExit::is_probably_out_of_memory`] recognises the kernel's out-of-memory killer.
    Died {
        /// How the last one ended.
        exit: WorkerExit,
        /// The last of what it wrote to standard error.
        stderr: String,
        /// How many workers tried.
        n_attempts: u32,
    },
    /// Its worker could not allocate memory, at the last attempt.
    OutOfMemory {
        /// How the last one ended.
        exit: WorkerExit,
        /// The last of what it wrote to standard error.
        stderr: String,
        /// How many workers tried.
        n_attempts: u32,
    },
    /// What answers jobs in this process panicked.
    Panicked,
    /// Its worker sent what is no frame, at the last attempt.
    Protocol {
        /// What was wrong.
        detail: String,
        /// The last of what it wrote to standard error.
        stderr: String,
        /// How many workers tried.
        n_attempts: u32,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::TimedOut { after } => write!(f, "timed out after {after:?}"),
            Failure::Died {
                exit, n_attempts, ..
            } => {
                write!(f, "worker died at each of {n_attempts} attempts: {exit}")?;
                if exit.is_probably_out_of_memory() {
                    f.write_str(", probably killed by the kernel because memory ran out")?;
                }
                Ok(())
            }
            Failure::OutOfMemory { n_attempts, .. } => {
                write!(f, "worker ran out of memory, after {n_attempts} attempts")
            }
            Failure::Panicked => f.write_str("a panic"),
            Failure::Protocol {
                detail, n_attempts, ..
            } => write!(f, "worker sent {detail}, after {n_attempts} attempts"),
        }
    }
}

/// What became of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolReport {
    /// How many workers there were side by side at most; 0 where none was needed or wanted.
    pub n_workers: usize,
    /// How many jobs have a reply.
    pub n_done: u64,
    /// How many jobs failed.
    pub n_failed: u64,
    /// How many processes were started in place of another.
    pub n_restarts: u32,
    /// Whether the run was stopped before every job had its turn.
    pub was_stopped: bool,
    /// Jobs that were taken from the iterator but neither done nor failed because the run was stopped, in order.
    pub abandoned: Vec<JobId>,
}
