//! `verify`: does the index say what the tree says?

mod cosine;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::{FileStamp, RepositoryName};
use index::{Event, discover};
use store::{FileDigest, KnownFile, RepositoryLock, RepositorySummary, file_digests};
use tempfile::TempDir;
use workers::StopHandle;

use crate::error::AppError;
use crate::index::{IndexOptions, PATIENCE};
use crate::project::{Project, REBUILD_SUFFIX, open_to_write};
use crate::settings::DatabaseLocation;
use crate::snapshot::{Reader, Snapshot};
use cosine::Kept;

/// The same for the right to make that rebuild.
const LOCK_SUFFIX: &str = " (being verified)";

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
    /// Name of the repository that was verified.
    pub repository: RepositoryName,
    /// Files that were compared.
    pub n_files: u64,
    /// Damage to the database itself, in its engine's words.
    pub damage: Vec<String>,
    /// Copies of rows, beside the database, that are damaged.
    pub damaged_copies: Vec<PathBuf>,
    /// Files that differ, by path.
    pub differences: Vec<(String, Difference)>,
    /// Whether what differed was indexed again, and damaged copies were deleted.
    pub is_repaired: bool,
}

impl Verification {
    /// Whether the index is as it should be, by now.
    pub fn is_good(&self) -> bool {
        let differs = !self.differences.is_empty() || !self.damaged_copies.is_empty();
        self.damage.is_empty() && (!differs || self.is_repaired)
    }
}

/// What becomes of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// They are reported.
    Nothing,
    /// The files are indexed again.
    Differences,
}

/// How far the comparison of vectors goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorCheck {
    /// Whether each chunk has those of its inputs; nothing is embedded that has a vector.
    Links,
    /// Whether they are what the model gives, too: everything is embedded again.
    Values,
}

/// A fresh index of the tree, beside the one that is verified or apart from it. Deleted in the end; when that end does not come, by the
/// next `verify` or `gc`.
struct Rebuild {
    project: Project,
    name: RepositoryName,
    /// Held until the end, so that neither `gc` nor another `verify` takes it for what a killed one left.
    _lock: Box<dyn RepositoryLock>,
    /// `None`: it is in the same database, which lends it its vectors.
    _apart: Option<TempDir>,
}

impl Rebuild {
    fn new(
        project: &Project,
        of: &RepositoryName,
        vectors: VectorCheck,
    ) -> Result<Rebuild, AppError> {
        let name = RepositoryName::new(format!("{of}{REBUILD_SUFFIX}"))?;
        let mut settings = project.settings.clone();
        let apart = match vectors {
            VectorCheck::Links => None,
            VectorCheck::Values => Some(tempfile::tempdir().map_err(AppError::Output)?),
        };
        if let Some(folder) = &apart {
            settings.database.value = DatabaseLocation::Sqlite(folder.path().join("rebuild.db"));
        }
        let store = open_to_write(&settings.database.value)?;
        let rebuild = Rebuild {
            _lock: store.lock_repository(&verifying(of)?, PATIENCE)?,
            project: Project::new(settings),
            name,
            _apart: apart,
        };
        // What a killed one left would count as rows of this one.
        rebuild.remove()?;
        Ok(rebuild)
    }

    fn run(
        &self,
        root: &Path,
        stop: &StopHandle,
        on_event: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), AppError> {
        let options = IndexOptions {
            repository: Some(self.name.as_str().to_owned()),
            from_scratch: true,
            ..IndexOptions::default()
        };
        let rebuilt = self
            .project
            .index(root, &options, stop, &mut |_| {}, on_event)?;
        match rebuilt.is_finished {
            true => Ok(()),
            false => Err(AppError::Interrupted),
        }
    }

    /// Returns where an index says something else than this.
    fn compare(
        &self,
        index: &BTreeMap<String, FileDigest>,
    ) -> Result<Vec<(String, Difference)>, AppError> {
        let mut reader = self.project.reader()?;
        let fresh = reader.ask(Some(self.name.as_str()), |snapshot| snapshot.file_digests())?;
        Ok(compare_files(index, &fresh))
    }

    /// Returns where vectors of a service's model are others than those here, which the service gave just now. A digest says of such a model
    /// which texts have a vector, and not which.
    fn compare_service_vectors(
        &self,
        index: &mut Reader<'_>,
        of: &RepositoryName,
    ) -> Result<Vec<(String, Difference)>, AppError> {
        if self._apart.is_none() {
            return Ok(Vec::new());
        }
        let mut reader = self.project.reader()?;
        let mut kept = reader.ask(Some(self.name.as_str()), |snapshot| Kept::of(snapshot))?;
        let others = index.ask(Some(of.as_str()), |snapshot| kept.others_in(snapshot))?;
        let others = others.into_iter();
        Ok(others.map(|path| (path, Difference::Vectors)).collect())
    }

    fn remove(&self) -> Result<(), AppError> {
        let mut store = open_to_write(&self.project.settings.database.value)?;
        let lock = store.lock_repository(&self.name, PATIENCE)?;
        store.remove_repository(&self.name)?;
        drop(lock);
        Ok(())
    }
}

/// Returns the name of what a `verify` of a repository holds while it lasts.
pub(crate) fn verifying(of: &RepositoryName) -> Result<RepositoryName, AppError> {
    Ok(RepositoryName::new(format!("{of}{LOCK_SUFFIX}"))?)
}

/// What one state of an index says, to be compared with what comes later: the rebuild takes too long to keep the state itself.
struct Examined {
    summary: RepositorySummary,
    damage: Vec<String>,
    damaged_copies: Vec<PathBuf>,
    known: Vec<KnownFile>,
    digests: BTreeMap<String, FileDigest>,
}

impl Snapshot<'_> {
    /// Reads what is compared; of a damaged database the damage alone.
    fn examine(&self) -> Result<Examined, AppError> {
        let generation = self.repository.generation;
        let damage = self.reading.check_integrity()?;
        let (known, digests) = match damage.is_empty() {
            true => (self.reading.known_files(generation)?, self.file_digests()?),
            false => Default::default(),
        };
        Ok(Examined {
            summary: self.repository.clone(),
            damage,
            damaged_copies: self.reading.damaged_copies(),
            known,
            digests,
        })
    }

    fn file_digests(&self) -> Result<BTreeMap<String, FileDigest>, AppError> {
        Ok(file_digests(&*self.reading, self.repository.generation)?)
    }
}

impl Project {
    /// Compares the index of a repository with its tree, and with what a fresh index of the tree would say.
    ///
    /// The rebuild goes through the same workers, beside the index and into the same database, which lends it its vectors, unless
    /// their values are to be compared. It is deleted afterwards.
    pub fn verify(
        &self,
        repository: Option<&str>,
        repair: Repair,
        vectors: VectorCheck,
        stop: &StopHandle,
        on_event: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Verification, AppError> {
        let mut reader = self.reader()?;
        let Examined {
            summary,
            damage,
            damaged_copies,
            known,
            digests,
        } = reader.ask(repository, |snapshot| snapshot.examine())?;
        let mut verification = Verification {
            repository: summary.name.clone(),
            n_files: known.len() as u64,
            damage,
            damaged_copies,
            differences: Vec::new(),
            is_repaired: false,
        };
        // What a damaged database says is worth no comparison.
        if !verification.damage.is_empty() {
            return Ok(verification);
        }
        let root = PathBuf::from(&summary.root);
        let of_tree = self.compare_with_tree(&root, &known)?;
        // Under other settings every file would differ, and mean nothing.
        self.require_profile_of(&summary)?;
        let rebuild = Rebuild::new(self, &summary.name, vectors)?;
        let of_rebuild = rebuild
            .run(&root, stop, on_event)
            .and_then(|()| rebuild.compare(&digests))
            .and_then(|differences| {
                let of_service = rebuild.compare_service_vectors(&mut reader, &summary.name)?;
                // What differs in its content has other vectors for that reason.
                let is_new = |(path, _): &(String, Difference)| {
                    !differences.iter().any(|(known, _)| known == path)
                };
                let new: Vec<_> = of_service.into_iter().filter(is_new).collect();
                Ok(differences.into_iter().chain(new).collect())
            });
        let repaired = match of_rebuild {
            Ok(of_rebuild) => {
                verification.differences = merge(of_tree, of_rebuild);
                let is_wanted = repair == Repair::Differences;
                if is_wanted && !verification.damaged_copies.is_empty() {
                    open_to_write(&self.settings.database.value)?.drop_copies();
                    verification.is_repaired = true;
                }
                if is_wanted && !verification.differences.is_empty() {
                    self.repair(&summary, &verification.differences, stop, on_event)
                        .and_then(|()| {
                            let name = Some(summary.name.as_str());
                            reader.ask(name, |snapshot| snapshot.file_digests())
                        })
                        .and_then(|repaired| rebuild.compare(&repaired))
                        .map(Some)
                } else {
                    Ok(None)
                }
            }
            Err(error) => Err(error),
        };
        rebuild.remove()?;
        if let Some(left) = repaired? {
            // A wrong vector that another repository has too is not this one's to delete.
            verification.is_repaired = left
                .iter()
                .all(|(_, difference)| *difference != Difference::Vectors);
        }
        Ok(verification)
    }

    /// By hash, whatever the stamps say.
    fn compare_with_tree(
        &self,
        root: &Path,
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
        let found = discover(root, &unstamped, &self.rules(root))?;
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
        let is_of_vectors =
            |(_, difference): &(String, Difference)| *difference == Difference::Vectors;
        if differences.iter().any(is_of_vectors) {
            // A vector that stands is never written again.
            store.sweep_vectors()?;
        }
        drop(lock);
        let options = IndexOptions {
            repository: Some(summary.name.as_str().to_owned()),
            ..IndexOptions::default()
        };
        let root = PathBuf::from(&summary.root);
        let repaired = self.index(&root, &options, stop, &mut |_| {}, on_event)?;
        match repaired.is_finished {
            true => Ok(()),
            false => Err(AppError::Interrupted),
        }
    }
}

fn compare_files(
    ours: &BTreeMap<String, FileDigest>,
    theirs: &BTreeMap<String, FileDigest>,
) -> Vec<(String, Difference)> {
    let both = ours.iter().filter_map(|(path, ours)| {
        let theirs = theirs.get(path)?;
        Some((path.clone(), ours, theirs))
    });
    let differing = both.filter_map(|(path, ours, theirs)| Some((path, differ(ours, theirs)?)));
    let missing = theirs.keys().filter(|path| !ours.contains_key(*path));
    let missing = missing.map(|path| (path.clone(), Difference::Missing));
    differing.chain(missing).collect()
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

/// One difference per file, the one nearest to the cause. Measures are reported only where nothing else is: they follow from the rest.
fn merge(
    of_tree: Vec<(String, Difference)>,
    of_rebuild: Vec<(String, Difference)>,
) -> Vec<(String, Difference)> {
    let has_cause = !of_tree.is_empty()
        || of_rebuild
            .iter()
            .any(|(_, difference)| *difference != Difference::Metrics);
    let mut all: BTreeMap<String, Difference> = of_rebuild
        .into_iter()
        .filter(|(_, difference)| !has_cause || *difference != Difference::Metrics)
        .collect();
    all.extend(of_tree);
    all.into_iter().collect()
}
