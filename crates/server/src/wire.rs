//! The one contract of answers as data: what `--json` prints, what agents get beside the text, and what the API serves.
//!
//! Names are part of the contract: fields are added and never renamed. Each type here is the twin of one of the façade's, by [`From`]; none
//! decides anything.

mod diff;
mod evaluation;
mod fleet;
mod graph;
mod run;
mod search;
mod status;

use app::Coverage as Covered;
use serde::Serialize;
use utoipa::ToSchema;

pub use diff::{
    DefinitionOfDiff, DiffImpact, FileOfDiff, Reason, TestsToRun, definition_change, file_change,
};
pub use evaluation::{
    Evaluation, KindMeans, Milliseconds, QuestionScores, RankingMeans, Scores, ranking_name,
};
pub use fleet::{FleetRepository, FleetStatus};
pub use graph::{
    Complexity, Cycle, CycleStep, Cycles, Edge, Hotspot, Hotspots, Measures, Module, ModuleLink,
    Modules, Node, Symbol, Unfollowed, UnfollowedCount, UnfollowedPlace, Walk,
};
pub use run::{Lane, Progress, Run, Runs};
pub use search::{Hit, Reasons, SearchAnswer};
pub use status::{FailedFile, Repository, Setting, SettingsInForce, SkippedFile, Status};

/// Which index answered, and how much of the tree it knows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Coverage {
    /// The repository asked.
    pub repository: String,
    /// Number of the generation that answered, from 1.
    pub generation: u64,
    /// Whether that generation covers the whole tree as its last run saw it.
    pub complete: bool,
    /// Files it covers.
    pub files: u64,
    /// Files that could not be indexed and are missing.
    pub failed_files: u64,
}

impl From<&Covered> for Coverage {
    fn from(coverage: &Covered) -> Coverage {
        Coverage {
            repository: coverage.repository.to_string(),
            generation: coverage.generation,
            complete: coverage.is_complete,
            files: coverage.n_files,
            failed_files: coverage.n_failed,
        }
    }
}

/// Why a question has no answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Failure {
    /// The error, with what led to it.
    pub error: String,
    /// A way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<&'static str>,
    /// Definitions that a name could have meant, the likeliest first, by addresses that mean no other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
}
