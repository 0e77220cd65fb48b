//! Runs, from whatever door or machine: how far each is.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::RepositoryName;
use index::Progress;
use store::LatestRun;

/// A run that has said nothing for this long may be gone: it says how far it is about once a second while it has files to process, and
/// resolving the references of a large repository takes longer.
const SILENCE_MAX: Duration = Duration::from_secs(120);

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It does.
    UnderWay,
    /// It is over: complete or interrupted.
    Ended,
    /// It has not ended and has said nothing for two minutes, or never said anything: killed, or just begun.
    Silent,
}

/// The latest run of a repository.
#[derive(Clone, Debug)]
pub struct RunStatus {
    /// Name of the repository that it indexes.
    pub repository: RepositoryName,
    /// Distinguishes it from other runs of this database.
    pub run: i64,
    /// Number of the generation that it writes, from 1.
    pub generation: u64,
    /// Whether it goes on.
    pub state: RunState,
    /// What it last said of how far it is; one that is over before it could say anything has said nothing.
    pub progress: Option<Progress>,
}

impl From<LatestRun> for RunStatus {
    fn from(run: LatestRun) -> RunStatus {
        // What no version of ours wrote is as good as nothing.
        let progress = run.progress.as_deref();
        let progress: Option<Progress> = progress.and_then(|text| serde_json::from_str(text).ok());
        RunStatus {
            repository: run.repository,
            run: run.run.0,
            generation: run.generation,
            state: match (run.has_ended, &progress) {
                (true, _) => RunState::Ended,
                (false, Some(progress)) if silence(progress) < SILENCE_MAX => RunState::UnderWay,
                (false, _) => RunState::Silent,
            },
            progress,
        }
    }
}

/// Returns since when a run has said nothing. Clocks of two machines may differ: what was said in the future is of now.
fn silence(progress: &Progress) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let reported = Duration::from_millis(progress.told_ms);
    now.unwrap_or_default().saturating_sub(reported)
}
