//! All repositories of a database, each in a line: what `mnemo status --fleet` prints.

use app::LastRun;
use serde::Serialize;
use utoipa::ToSchema;

/// The repositories of a database.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FleetStatus {
    /// By name.
    pub repositories: Vec<FleetRepository>,
}

/// A repository in a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FleetRepository {
    /// Its name.
    pub repository: String,
    /// Where its tree was when it was indexed.
    pub root: String,
    /// The commit that it is of, where its last finished run knew.
    pub revision: Option<String>,
    /// Files that were indexed.
    pub files: u64,
    /// Pieces of them that search finds.
    pub chunks: u64,
    /// Distinct vectors that the chunks share.
    pub vectors: u64,
    /// Bytes of the files.
    pub source_bytes: u64,
    /// Files that could not be indexed.
    pub failed_files: u64,
    /// Indexed files that are others by now, or gone; left out where the tree is not here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_files: Option<u64>,
    /// When its last finished run ended, in milliseconds since 1970.
    pub ended_ms: Option<u64>,
    /// How its last run ended: `complete`, `incomplete`, `under_way`, or `silent`: not ended, but without a word for two minutes.
    pub last_run: &'static str,
}

impl From<&[app::FleetStatus]> for FleetStatus {
    fn from(rows: &[app::FleetStatus]) -> FleetStatus {
        FleetStatus {
            repositories: rows.iter().map(FleetRepository::from).collect(),
        }
    }
}

impl From<&app::FleetStatus> for FleetRepository {
    fn from(row: &app::FleetStatus) -> FleetRepository {
        FleetRepository {
            repository: row.name.to_string(),
            root: row.root.to_string_lossy().into_owned(),
            revision: row.revision.clone(),
            files: row.n_files,
            chunks: row.n_chunks,
            vectors: row.n_vectors,
            source_bytes: row.n_bytes,
            failed_files: row.n_failed,
            changed_files: row.n_changed,
            ended_ms: row.ended_ms,
            last_run: match row.last_run {
                LastRun::Complete => "complete",
                LastRun::Incomplete => "incomplete",
                LastRun::UnderWay => "under_way",
                LastRun::Silent => "silent",
            },
        }
    }
}
