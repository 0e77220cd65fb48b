//! What a pool needs to know about its workers.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::{Confinement, Connector, EngineSettings};

/// What a pool needs to know about its workers.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// The program that a worker runs; it must end up in [`serve_stdio`](crate::serve_stdio).
    pub program: PathBuf,
    /// What it is started with, which makes it a worker.
    pub arguments: Vec<OsString>,
    /// All of its environment: it inherits nothing of this process's.
    pub environment: Vec<(OsString, OsString)>,
    /// Makes the connections that workers ask for; they get none where there is none.
    pub connector: Option<Connector>,
    /// Starts the workers on other machines; on this one when `None`.
    pub engine: Option<EngineSettings>,
    /// How many workers to run side by side; 0 counts as 1. Fewer are started when there are fewer jobs.
    pub n_workers: usize,
    /// How many jobs may wait in a worker behind the one in hand. One hides the way there and back through a pipe; an engine's way is longer.
    pub n_ahead: usize,
    /// Sent to every worker before its first job; its `make_handler` gets these bytes. With an engine it is sent to the machine that a worker
    /// is started on, and [`serve_node`](crate::serve_node) makes the worker's of it.
    pub setup: Vec<u8>,
    /// How long a worker may take from spawn to ready, and to take up a job that it was given.
    pub start_timeout: Duration,
    /// How long one job may take, from the moment the worker takes it up or last reported progress; ten times as long in all.
    pub job_timeout: Duration,
    /// How long a worker that was asked to end may take before it is killed.
    pub grace: Duration,
    /// A worker whose own memory (private, so without mapped files) is above this after a job is replaced by a fresh one.
    pub recycle_above_bytes: Option<u64>,
    /// Cap on the memory that a worker may allocate beyond what it has when it starts (`RLIMIT_DATA`: mapped files do not
    /// count). At the cap its allocation fails, which ends it.
    pub data_limit_bytes: Option<u64>,
    /// What a worker may touch of the machine from before its handler is made; everything when `None`.
    pub confinement: Option<Confinement>,
    /// Memory that this process and its workers may hold together (summed proportional set size, sampled). Close to it the pool
    /// goes on with fewer workers: one leaves after its job, or at once where that is too late, which costs its job nothing.
    pub budget_bytes: Option<u64>,
    /// The circuit breaker: so many workers may die with a job in hand, one after the other and no job done in between.
    ///
    /// A job is given to two workers before it fails, so 100 lets through fifty bad jobs in a row.
    pub max_deaths_in_a_row: u32,
}
