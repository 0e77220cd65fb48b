//! `verify`: does the index say what the tree says?

use std::path::PathBuf;

use domain::{FileStamp, RepositoryName};
use index::{Event, discover};
use store::{FileDigest, KnownFile, RepositorySummary, Store, file_digests};
use workers::StopHandle;

use crate::error::AppError;
use crate::index::{IndexOptions, PATIENCE};
use crate::project::{Project, open_to_write};

/// What follows the repository's name in that of the rebuild, which is gone when `verify` ends.
const REBUILD_SUFFIX: &str = " (verify)";

/// How one file of the index differs from what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It is in the tree and not in the index.
    Missing,
    /// It is in the index and not in the tree.
    Gone,
    /// Its bytes are not those that were indexed.
    Edited,
    /// Its chunks, symbols or references are not what the same bytes turn into.
    Content,
    /// Its vectors are not those of its chunks.
    Vectors,
    /// Its edges are not where its references lead.
    Edges,
    /// The measures of its symbols are not those of the graph.
    Metrics,
}

impl Difference {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Difference::Missing => "not in the index",
            Difference::Gone => "not in the tree",
            Difference::Edited => "changed since it was indexed",
            Difference::Content => "other chunks, symbols or references than its text gives",
            Difference::Vectors => "other vectors than its chunks have",
            Difference::Edges => "other edges than its references give",
            Difference::Metrics => "other measures than the graph gives",
        }
    }
}

/// What `verify` found.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The repository.
    pub repository: RepositoryName,
    /// Files that were compared.
    pub n_files: u64,
    /// Damage to the database itself, in its engine's words.
    pub damage: Vec<String>,
    /// Files that differ, by path.
    pub differences: Vec<(String, Difference)>,
    /// Whether what differed was indexed again.
    pub is_repaired: bool,
}

impl Verification {
    /// Whether the index is as it should be, by now.
    pub fn is_good(&self) -> bool {
        self.damage.is_empty() && (self.differences.is_empty() || self.is_repaired)
    }
}

/// What becomes of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// They are told.
    Nothing,
    /// The files are indexed again.
    Differences,
}

impl Project {
    /// Compares the index of a repository with its tree, and with what a fresh index of the tree would say.
    ///
    /// The rebuild goes through the same workers, beside the index and into the same database, which lends it its vectors: nothing
    /// is embedded that has a vector. It is deleted afterwards.
    pub fn verify(
        &self,
        repository: Option<&str>,
        repair: Repair,
        stop: &StopHandle,
        on_event: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Verification, AppError> {
        let store = self.open_to_read()?;
        let summary = self.find(store.as_ref(), repository)?;
        let mut verification = Verification {
            repository: summary.name.clone(),
            n_files: 0,
            damage: store.check_integrity()?,
            differences: Vec::new(),
            is_repaired: false,
        };
        if !verification.damage.is_empty() {
            return Ok(verification);
        }
        let root = PathBuf::from(&summary.root);
        let known = store.known_files(summary.generation)?;
        verification.n_files = known.len() as u64;
        let of_tree = self.compare_with_tree(&root, &known)?;
        let rebuild = RepositoryName::new(format!("{}{REBUILD_SUFFIX}", summary.name))?;
        let options = IndexOptions {
            repository: Some(rebuild.as_str().to_owned()),
            from_scratch: true,
            ..IndexOptions::default()
        };
        self.require_profile_of(&summary)?;
        let rebuilt = self.index(&root, &options, stop, &mut |_| {}, on_event);
        let of_rebuild = rebuilt.and_then(|rebuilt| match rebuilt.is_complete {
            true => Ok(compare_with_rebuild(store.as_ref(), &summary, &rebuild)?),
            false => Err(AppError::Interrupted),
        });
        open_to_write(&self.settings().database.value)?.remove_repository(&rebuild)?;
        verification.differences = merge(of_tree, of_rebuild?);
        if repair == Repair::Differences && !verification.differences.is_empty() {
            self.repair(&summary, &verification.differences, stop, on_event)?;
            verification.is_repaired = true;
        }
        Ok(verification)
    }

    /// By hash, whatever the stamps say.
    fn compare_with_tree(
        &self,
        root: &std::path::Path,
        known: &[KnownFile],
    ) -> Result<Vec<(String, Difference)>, AppError> {
        let unstamped: Vec<KnownFile> = known
            .iter()
            .map(|file| KnownFile {
                stamp: FileStamp {
                    modified_ns: None,
                    ..file.stamp
                },
                has_problem: false,
                ..file.clone()
            })
            .collect();
        let found = discover(root, &unstamped, &self.rules())?;
        let is_known = |path: &domain::RepoPath| known.iter().any(|file| file.path == *path);
        let changed = found.changed.into_iter().map(|change| {
            let difference = match is_known(&change.path) {
                true => Difference::Edited,
                false => Difference::Missing,
            };
            (change.path.as_str().to_owned(), difference)
        });
        let gone = found.removed.into_iter();
        let gone = gone.map(|path| (path.as_str().to_owned(), Difference::Gone));
        Ok(changed.chain(gone).collect())
    }

    /// Deletes what the index says about the files and indexes them again.
    fn repair(
        &self,
        summary: &RepositorySummary,
        differences: &[(String, Difference)],
        stop: &StopHandle,
        on_event: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), AppError> {
        let mut store = open_to_write(&self.settings().database.value)?;
        let lock = store.lock_repository(&summary.name, PATIENCE)?;
        let paths: Vec<domain::RepoPath> = differences
            .iter()
            .filter_map(|(path, _)| domain::RepoPath::new(path.clone()).ok())
            .collect();
        store.remove_files(summary.generation, &paths)?;
        drop(lock);
        let options = IndexOptions {
            repository: Some(summary.name.as_str().to_owned()),
            ..IndexOptions::default()
        };
        let root = PathBuf::from(&summary.root);
        let repaired = self.index(&root, &options, stop, &mut |_| {}, on_event)?;
        match repaired.is_complete {
            true => Ok(()),
            false => Err(AppError::Interrupted),
        }
    }
}

fn compare_with_rebuild(
    store: &dyn Store,
    summary: &RepositorySummary,
    rebuild: &RepositoryName,
) -> Result<Vec<(String, Difference)>, AppError> {
    let repositories = store.repositories()?;
    let Some(fresh) = repositories.iter().find(|other| other.name == *rebuild) else {
        return Err(AppError::Interrupted);
    };
    let ours = file_digests(store, summary.generation)?;
    let theirs = file_digests(store, fresh.generation)?;
    let both = ours.iter().filter_map(|(path, ours)| {
        let theirs = theirs.get(path)?;
        Some((path.clone(), ours, theirs))
    });
    let differing = both.filter_map(|(path, ours, theirs)| Some((path, differ(ours, theirs)?)));
    let missing = theirs.keys().filter(|path| !ours.contains_key(*path));
    let missing = missing.map(|path| (path.clone(), Difference::Missing));
    Ok(differing.chain(missing).collect())
}

fn differ(ours: &FileDigest, theirs: &FileDigest) -> Option<Difference> {
    if ours.content != theirs.content {
        Some(Difference::Content)
    } else if ours.vectors != theirs.vectors {
        Some(Difference::Vectors)
    } else if ours.edges != theirs.edges {
        Some(Difference::Edges)
    } else if ours.metrics != theirs.metrics {
        Some(Difference::Metrics)
    } else {
        None
    }
}

/// One difference a file, the one nearest to the cause. Measures are told only where nothing else is: they follow from the rest.
fn merge(
    of_tree: Vec<(String, Difference)>,
    of_rebuild: Vec<(String, Difference)>,
) -> Vec<(String, Difference)> {
    let has_cause = !of_tree.is_empty()
        || of_rebuild
            .iter()
            .any(|(_, difference)| *difference != Difference::Metrics);
    let mut all: std::collections::BTreeMap<String, Difference> = of_rebuild
        .into_iter()
        .filter(|(_, difference)| !has_cause || *difference != Difference::Metrics)
        .collect();
    all.extend(of_tree);
    all.into_iter().collect()
}
