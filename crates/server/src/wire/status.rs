//! What a database holds, what failed in it, and the settings in force.

use std::collections::BTreeMap;

use app::{InForce, Reclaimable, RepositoryStatus};
use domain::{Problem, Skip};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What a database holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Status {
    /// About how many bytes `mnemo gc` would reclaim.
    pub reclaimable_bytes: u64,
    /// Vectors that nothing needs any more.
    pub reclaimable_vectors: u64,
    /// By name.
    pub repositories: Vec<Repository>,
}

/// A repository with its sizes and what is missing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Repository {
    /// Its name.
    pub repository: String,
    /// Where its tree is.
    pub root: String,
    /// Number of the generation that answers, from 1.
    pub generation: u64,
    /// Whether that generation covers the whole tree as its last run saw it.
    pub complete: bool,
    /// Number of a newer generation that is under construction beside it.
    pub building: Option<u64>,
    /// Models of the views, the code view's first; empty without embeddings.
    pub models: Vec<String>,
    /// Files that were indexed.
    pub files: u64,
    /// Pieces of them that search finds.
    pub chunks: u64,
    /// Distinct vectors that the chunks share.
    pub vectors: u64,
    /// Definitions.
    pub symbols: u64,
    /// Uses of names.
    pub references: u64,
    /// How many files are in which language.
    pub files_by_language: BTreeMap<String, u64>,
    /// Definitions by kind.
    pub nodes_by_kind: BTreeMap<String, u64>,
    /// Relations by kind.
    pub edges_by_kind: BTreeMap<String, u64>,
    /// References by how far they could be followed.
    pub references_by_outcome: BTreeMap<String, u64>,
    /// Files that could not be indexed.
    pub errors: Vec<FailedFile>,
    /// Files left out on purpose.
    pub skipped: Vec<SkippedFile>,
    /// The summary of the last finished run, as `mnemo index --json` printed it.
    #[schema(value_type = Option<Object>)]
    pub last_run: Option<Value>,
    /// Indexed files that are others by now, or gone; left out where nobody looked, or the tree is not here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_files: Option<u64>,
}

/// A file that could not be indexed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FailedFile {
    /// Its path within the repository.
    pub file: String,
    /// Why, in a word.
    pub kind: &'static str,
    /// Why, in a sentence.
    pub error: String,
}

/// A file left out on purpose.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SkippedFile {
    /// The file or folder.
    pub file: String,
    /// Why, in a word.
    pub reason: &'static str,
    /// What says so; empty where the reason says all.
    pub detail: String,
}

/// The settings in force.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SettingsInForce {
    /// By name.
    pub settings: BTreeMap<&'static str, Setting>,
}

/// A setting in force.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Setting {
    /// Its value, in words; nothing where it has none.
    pub value: Option<String>,
    /// Where it comes from.
    pub from: String,
}

impl Status {
    /// Returns what a database holds.
    pub fn new(reclaimable: Reclaimable, repositories: &[RepositoryStatus]) -> Status {
        Status {
            reclaimable_bytes: reclaimable.n_bytes,
            reclaimable_vectors: reclaimable.n_vectors,
            repositories: repositories.iter().map(Repository::from).collect(),
        }
    }
}

impl From<&RepositoryStatus> for Repository {
    fn from(status: &RepositoryStatus) -> Repository {
        let last_run = status.last_run.as_deref();
        Repository {
            repository: status.name.to_string(),
            root: status.root.to_string_lossy().into_owned(),
            generation: status.generation,
            complete: status.is_complete,
            building: status.building,
            models: status.models.clone(),
            files: status.counts.n_files,
            chunks: status.counts.n_chunks,
            vectors: status.counts.n_vectors,
            symbols: status.counts.n_symbols,
            references: status.counts.n_references,
            files_by_language: counted(&status.languages),
            nodes_by_kind: counted(&status.symbols),
            edges_by_kind: counted(&status.graph.edges),
            references_by_outcome: counted(&status.graph.references),
            errors: status.problems.iter().map(FailedFile::from).collect(),
            skipped: status.skipped.iter().map(SkippedFile::from).collect(),
            last_run: last_run.and_then(last_run_of),
            changed_files: status.n_changed,
        }
    }
}

/// Returns what a run said at its end, without the counts that it left to the next one: those of now stand beside it.
fn last_run_of(text: &str) -> Option<Value> {
    let mut said: Value = serde_json::from_str(text).ok()?;
    if let Some(said) = said.as_object_mut() {
        said.remove("tally");
    }
    Some(said)
}

fn counted<K: ToString>(counts: &BTreeMap<K, u64>) -> BTreeMap<String, u64> {
    let counts = counts.iter();
    counts.map(|(word, n)| (word.to_string(), *n)).collect()
}

impl From<&Problem> for FailedFile {
    fn from(problem: &Problem) -> FailedFile {
        FailedFile {
            file: problem.path.clone(),
            kind: problem.kind.as_str(),
            error: problem.cause.clone(),
        }
    }
}

impl From<&Skip> for SkippedFile {
    fn from(skip: &Skip) -> SkippedFile {
        SkippedFile {
            file: skip.path.to_string(),
            reason: skip.reason.as_str(),
            detail: skip.detail.clone(),
        }
    }
}

impl From<Vec<InForce>> for SettingsInForce {
    fn from(settings: Vec<InForce>) -> SettingsInForce {
        let settings = settings.into_iter().map(|setting| {
            let InForce {
                name,
                value,
                provenance,
            } = setting;
            let value = Some(value).filter(|value| !value.is_empty());
            let from = provenance.to_string();
            (name, Setting { value, from })
        });
        SettingsInForce {
            settings: settings.collect(),
        }
    }
}
