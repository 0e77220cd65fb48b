//! How far runs are: what `mnemo status --watch` and the page of runs show.

use app::{RunState, RunStatus};
use serde::Serialize;
use utoipa::ToSchema;

use super::FailedFile;

/// The latest run of every repository.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Runs {
    /// By repository.
    pub runs: Vec<Run>,
}

/// A run, from whatever door or machine.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Run {
    /// Name of the repository that it indexes.
    pub repository: String,
    /// Distinguishes it from other runs of this database.
    pub run: i64,
    /// Number of the generation that it writes, from 1.
    pub generation: u64,
    /// `under_way`, `ended`, or `silent`: not ended, but without a word for two minutes.
    pub state: &'static str,
    /// How far it is; nothing of a run that is over within a second.
    pub progress: Option<Progress>,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Progress {
    /// `discover`, `process`, `graph` or `finish`.
    pub phase: String,
    /// When the run began, in milliseconds since 1970.
    pub began_ms: u64,
    /// When it said this.
    pub told_ms: u64,
    /// Seconds since it began.
    pub seconds: f64,
    /// Seconds that the files which are left take; nothing before the first is done and after the last.
    pub seconds_left: Option<f64>,
    /// Share of the files' bytes that is done, from 0 to 1.
    pub share: f64,
    /// Files that have to be processed.
    pub files: u64,
    /// Those that are done, failed ones among them.
    pub files_done: u64,
    /// Those that failed.
    pub files_failed: u64,
    /// Files that are indexed already as they are.
    pub files_unchanged: u64,
    /// Bytes of the files that have to be processed.
    pub bytes: u64,
    /// Bytes of those that are done.
    pub bytes_done: u64,
    /// Chunks made.
    pub chunks: u64,
    /// Vectors that a model made in this run.
    pub vectors_computed: u64,
    /// Vectors that were there already.
    pub vectors_reused: u64,
    /// Tokens that went through a model.
    pub tokens: u64,
    /// Vectors computed in a second of processing.
    pub vectors_per_second: f64,
    /// Memory of the process and its workers.
    pub memory_bytes: u64,
    /// The most that it was.
    pub peak_memory_bytes: u64,
    /// What the run keeps its memory under; 0 where that is not known.
    pub memory_budget_bytes: u64,
    /// Workers, by their place.
    pub workers: Vec<Lane>,
    /// Workers that had to be replaced.
    pub worker_restarts: u64,
    /// The latest problems, the newest last.
    pub errors: Vec<FailedFile>,
}

/// What one worker does.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Lane {
    /// The file that it took up last; empty while it has none.
    pub file: String,
    /// Seconds that it has had it.
    pub seconds: f64,
}

impl From<&[RunStatus]> for Runs {
    fn from(runs: &[RunStatus]) -> Runs {
        Runs {
            runs: runs.iter().map(Run::from).collect(),
        }
    }
}

impl From<&RunStatus> for Run {
    fn from(run: &RunStatus) -> Run {
        Run {
            repository: run.repository.to_string(),
            run: run.run,
            generation: run.generation,
            state: match run.state {
                RunState::UnderWay => "under_way",
                RunState::Ended => "ended",
                RunState::Silent => "silent",
            },
            progress: run.progress.as_ref().map(Progress::from),
        }
    }
}

impl From<&app::Progress> for Progress {
    fn from(progress: &app::Progress) -> Progress {
        let lane = |lane: &app::Lane| Lane {
            file: lane.file.clone(),
            seconds: (progress.seconds - lane.since_seconds).max(0.0),
        };
        let rate = match progress.process_seconds > 0.0 {
            true => progress.vectors_computed as f64 / progress.process_seconds,
            false => 0.0,
        };
        Progress {
            phase: progress.phase.clone(),
            began_ms: progress.began_ms,
            told_ms: progress.told_ms,
            seconds: progress.seconds,
            seconds_left: progress.seconds_left(),
            share: progress.share(),
            files: progress.files,
            files_done: progress.files_done,
            files_failed: progress.files_failed,
            files_unchanged: progress.files_unchanged,
            bytes: progress.bytes,
            bytes_done: progress.bytes_done,
            chunks: progress.chunks,
            vectors_computed: progress.vectors_computed,
            vectors_reused: progress.vectors_reused,
            tokens: progress.tokens,
            vectors_per_second: rate,
            memory_bytes: progress.memory_bytes,
            peak_memory_bytes: progress.peak_memory_bytes,
            memory_budget_bytes: progress.memory_budget_bytes,
            workers: progress.workers.iter().map(lane).collect(),
            worker_restarts: progress.worker_restarts,
            errors: progress.problems.iter().map(FailedFile::from).collect(),
        }
    }
}
