//! The repositories of a database as one list: how large each is, of which commit, how fresh, and how its last run ended.

use std::collections::BTreeMap;
use std::path::PathBuf;

use domain::RepositoryName;
use serde_json::Value;
use store::{GenerationState, Reading, RepositorySummary};

use crate::error::AppError;
use crate::project::{Project, named};
use crate::runs::{RunState, RunStatus};
use crate::snapshot::{Reader, n_changed};

/// A repository in a line.
#[derive(Clone, Debug)]
pub struct FleetStatus {
    /// Its name.
    pub name: RepositoryName,
    /// Where its tree was when it was indexed; a fleet's own folder, gone by now, where git fetched it.
    pub root: PathBuf,
    /// The commit that it is of, where its last finished run knew.
    pub revision: Option<String>,
    /// Indexed files.
    pub n_files: u64,
    /// Chunks of them.
    pub n_chunks: u64,
    /// Distinct vectors of those.
    pub n_vectors: u64,
    /// Bytes of the files.
    pub n_bytes: u64,
    /// Files that could not be indexed.
    pub n_failed: u64,
    /// Indexed files that are others by now, or gone; nothing where the tree is not here.
    pub n_changed: Option<u64>,
    /// When its last run came to its end, in milliseconds since 1970.
    pub ended_ms: Option<u64>,
    /// How its last run ended, if it did.
    pub last_run: LastRun,
}

/// How the last run of a repository ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastRun {
    /// All of the tree is indexed, failed files excepted.
    Complete,
    /// It was interrupted, or files wait for their vectors: the same command continues it.
    Incomplete,
    /// It goes on.
    UnderWay,
    /// It has not ended and says nothing any more: killed, or just begun.
    Silent,
}

impl Project {
    /// Returns every repository of the database in a line, by name.
    pub fn fleet_status(&self) -> Result<Vec<FleetStatus>, AppError> {
        self.reader()?.fleet_status()
    }
}

impl Reader<'_> {
    fn fleet_status(&mut self) -> Result<Vec<FleetStatus>, AppError> {
        self.in_one_state(|reading| {
            let runs = reading.latest_runs()?.into_iter().map(RunStatus::from);
            let states: BTreeMap<RepositoryName, RunState> =
                runs.map(|run| (run.repository, run.state)).collect();
            let all = named(reading.repositories()?).into_iter();
            all.map(|summary| {
                let state = states.get(&summary.name).copied();
                row(reading, summary, state)
            })
            .collect()
        })
    }
}

fn row(
    reading: &Reading<'_>,
    summary: RepositorySummary,
    state: Option<RunState>,
) -> Result<FleetStatus, AppError> {
    let counts = reading.counts(summary.generation)?;
    let files = reading.known_files(summary.generation)?;
    let said = summary.last_run.as_deref();
    // Another version may have written it: each field is there or not.
    let said: Value = said.map_or(Value::Null, |text| {
        serde_json::from_str(text).unwrap_or_default()
    });
    Ok(FleetStatus {
        last_run: last_run(&summary, state),
        revision: said["revision"].as_str().map(str::to_owned),
        n_files: counts.n_files,
        n_chunks: counts.n_chunks,
        n_vectors: counts.n_vectors,
        n_bytes: files.iter().map(|file| file.stamp.n_bytes).sum(),
        n_failed: counts.n_problems,
        n_changed: n_changed(&summary.root, &files),
        ended_ms: said["ended_ms"].as_u64(),
        name: summary.name,
        root: PathBuf::from(summary.root),
    })
}

/// A run may write the generation that answers or one beside it; an index out of a file has had no run here.
fn last_run(summary: &RepositorySummary, state: Option<RunState>) -> LastRun {
    let is_whole = summary.is_complete && summary.state == GenerationState::Active;
    match state {
        Some(RunState::UnderWay) => LastRun::UnderWay,
        Some(RunState::Silent) => LastRun::Silent,
        Some(RunState::Ended) | None if is_whole && summary.building.is_none() => LastRun::Complete,
        Some(RunState::Ended) | None => LastRun::Incomplete,
    }
}

#[cfg(test)]
mod tests {
    use domain::Profile;
    use store::GenerationId;

    use super::*;

    fn summary(is_complete: bool, building: Option<u64>) -> RepositorySummary {
        RepositorySummary {
            name: RepositoryName::new("r".to_owned()).unwrap(),
            root: "/r".to_owned(),
            generation: GenerationId(1),
            number: 1,
            state: GenerationState::Active,
            is_complete,
            profile: Profile {
                extractor: 1,
                words: 1,
                max_chunk_tokens: 1,
                token_counter: String::new(),
                code_model: None,
                text_model: None,
            },
            building,
            run: None,
            last_run: None,
        }
    }

    #[test]
    fn last_runs_are_of_what_they_wrote() {
        let check = |is_complete, building, state, expected| {
            assert_eq!(last_run(&summary(is_complete, building), state), expected);
        };
        check(true, None, Some(RunState::Ended), LastRun::Complete);
        check(true, None, None, LastRun::Complete);
        check(false, None, Some(RunState::Ended), LastRun::Incomplete);
        // What answers is whole, and the run was to replace it.
        check(true, Some(2), Some(RunState::Ended), LastRun::Incomplete);
        check(true, Some(2), Some(RunState::UnderWay), LastRun::UnderWay);
        check(false, None, Some(RunState::Silent), LastRun::Silent);
    }
}
