//! A database and what is in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::{ContentHash, Language, Problem, RepositoryName, Skip, SymbolKind};
use store::{
    Counts, GenerationState, GraphCounts, PostgresStore, Reading, RepositorySummary, SqliteStore,
    Store, StoreError,
};

use workers::Parent;

use crate::error::AppError;
use crate::known_graph::KnownGraph;
use crate::settings::{DatabaseLocation, Settings};

/// What follows the repository's name in that of the rebuild, which is gone when `verify` ends.
pub(crate) const REBUILD_SUFFIX: &str = " (verify)";

/// The settings in force and the database that they name.
pub struct Project {
    pub(crate) settings: Settings,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) graph: KnownGraph,
}

/// A repository as `status` shows it.
#[derive(Clone, Debug)]
pub struct RepositoryStatus {
    /// Its name, by which commands mean it.
    pub name: RepositoryName,
    /// Where its tree is.
    pub root: PathBuf,
    /// Number of the generation that answers, from 1.
    pub generation: u64,
    /// Whether that generation covers the whole tree as its last run saw it.
    pub is_complete: bool,
    /// A newer generation is under construction beside it.
    pub building: Option<u64>,
    /// Models of the views, the code view's first; empty without embeddings.
    pub models: Vec<String>,
    /// Sizes.
    pub counts: Counts,
    /// Files by language.
    pub languages: BTreeMap<Language, u64>,
    /// Symbols by kind.
    pub symbols: BTreeMap<SymbolKind, u64>,
    /// Edges by kind, and references by how they ended.
    pub graph: GraphCounts,
    /// Files that could not be indexed.
    pub problems: Vec<Problem>,
    /// Files left out on purpose.
    pub skipped: Vec<Skip>,
    /// The last finished run, as JSON.
    pub last_run: Option<String>,
    /// Indexed files that are others by now, or gone; nothing where nobody looked, or the tree is not here.
    pub n_changed: Option<u64>,
}

impl Project {
    /// Makes a project of settings; opens nothing yet.
    pub fn new(settings: Settings) -> Project {
        Project {
            settings,
            directory: None,
            graph: KnownGraph::default(),
        }
    }

    /// Says where the person or client works: the repository that holds it is meant where none is named.
    pub fn working_in(self, directory: PathBuf) -> Project {
        Project {
            directory: Some(directory),
            ..self
        }
    }

    /// Returns the settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns every repository, or the one named, and how many of its files have changed since.
    pub fn status(&self, repository: Option<&str>) -> Result<Vec<RepositoryStatus>, AppError> {
        self.reader()?.status_beside_trees(repository)
    }

    /// Returns the size of the database with its log; nothing for a server.
    pub fn database_bytes(&self) -> Option<u64> {
        disk_bytes(&self.settings.database.value)
    }

    /// Returns every repository, or the one named, as one state has them.
    pub(crate) fn status_in(
        &self,
        reading: &Reading<'_>,
        repository: Option<&str>,
    ) -> Result<Vec<RepositoryStatus>, AppError> {
        let summaries = match repository {
            Some(_) => vec![self.find(&**reading, repository)?],
            None => named(reading.repositories()?),
        };
        summaries
            .into_iter()
            .map(|summary| status_of(reading, summary))
            .collect()
    }

    /// Returns the hash over everything the index says about a repository.
    pub fn digest(
        &self,
        repository: Option<&str>,
    ) -> Result<(RepositoryName, ContentHash), AppError> {
        self.reader()?.ask(repository, |snapshot| {
            Ok((snapshot.repository.name.clone(), snapshot.digest()?))
        })
    }

    /// Deletes a repository from the index; its tree stays. Fails while it is being indexed.
    pub fn remove(&self, repository: &str) -> Result<RepositoryName, AppError> {
        // Opened to read first, so that a missing database is reported and not created.
        let known = self
            .find(self.open_to_read()?.as_ref(), Some(repository))?
            .name;
        let mut store = open_to_write(&self.settings.database.value)?;
        let lock = store.lock_repository(&known, std::time::Duration::ZERO)?;
        store.remove_repository(&known)?;
        store.sweep_vectors()?;
        drop(lock);
        Ok(known)
    }

    pub(crate) fn open_to_read(&self) -> Result<Box<dyn Store>, StoreError> {
        match &self.settings.database.value {
            DatabaseLocation::Sqlite(path) => Ok(Box::new(SqliteStore::open_read_only(path)?)),
            DatabaseLocation::Postgres(address) => {
                Ok(Box::new(PostgresStore::open_read_only(address)?))
            }
        }
    }

    /// Returns the repository of that name, else the innermost that holds the working directory, else the only one below it. Where no
    /// working directory is known, the only one.
    pub(crate) fn find(
        &self,
        store: &dyn Store,
        name: Option<&str>,
    ) -> Result<RepositorySummary, AppError> {
        let mut all = store.repositories()?;
        if let Some(name) = name {
            return match all.iter().position(|summary| summary.name.as_str() == name) {
                Some(index) => Ok(all.swap_remove(index)),
                None => Err(AppError::UnknownRepository {
                    name: name.to_owned(),
                    known: names(&all),
                }),
            };
        }
        let all = named(all);
        if all.is_empty() {
            return Err(AppError::Empty {
                database: self.settings.database.value.to_string(),
            });
        }
        let mut meant = self.holders(&all);
        if meant.is_empty() {
            meant = self.below(&all);
        }
        match meant.len() {
            0 => Err(AppError::NotIndexed {
                directory: self.directory.clone().unwrap_or_default(),
                known: names(&all),
            }),
            1 => Ok(meant.swap_remove(0)),
            _ => Err(AppError::AmbiguousRepository {
                known: names(&meant),
            }),
        }
    }

    /// Returns the repositories whose trees lie below the working directory; all where none is known.
    fn below(&self, all: &[RepositorySummary]) -> Vec<RepositorySummary> {
        let is_below = |summary: &&RepositorySummary| {
            let directory = self.directory.as_ref();
            directory.is_none_or(|directory| Path::new(&summary.root).starts_with(directory))
        };
        all.iter().filter(is_below).cloned().collect()
    }

    /// Returns the repositories of the innermost tree that holds the working directory; one tree may be indexed under several names.
    fn holders(&self, all: &[RepositorySummary]) -> Vec<RepositorySummary> {
        let holds = |summary: &&RepositorySummary| {
            let directory = self.directory.as_ref();
            directory.is_some_and(|directory| directory.starts_with(&summary.root))
        };
        let innermost = all.iter().filter(holds).map(|one| one.root.len()).max();
        all.iter()
            .filter(holds)
            .filter(|summary| Some(summary.root.len()) == innermost)
            .cloned()
            .collect()
    }
}

/// Leaves out what a user never named.
pub(crate) fn named(all: Vec<RepositorySummary>) -> Vec<RepositorySummary> {
    let is_left_over = |summary: &RepositorySummary| is_left_over(&summary.name, &all);
    let left_over: Vec<bool> = all.iter().map(is_left_over).collect();
    let pairs = all.into_iter().zip(left_over);
    let named = pairs.filter(|(_, is_left_over)| !is_left_over);
    named.map(|(summary, _)| summary).collect()
}

/// Whether a repository is what a `verify` left that was killed.
pub(crate) fn is_left_over(name: &RepositoryName, all: &[RepositorySummary]) -> bool {
    let of = name.as_str().strip_suffix(REBUILD_SUFFIX);
    of.is_some_and(|of| all.iter().any(|summary| summary.name.as_str() == of))
}

fn names(summaries: &[RepositorySummary]) -> Vec<RepositoryName> {
    summaries
        .iter()
        .map(|summary| summary.name.clone())
        .collect()
}

/// Returns the size of the database with its log; `None` where it is no file.
pub(crate) fn disk_bytes(database: &DatabaseLocation) -> Option<u64> {
    let DatabaseLocation::Sqlite(path) = database else {
        return None;
    };
    let mut log = path.clone().into_os_string();
    log.push("-wal");
    let log = fs_err::metadata(PathBuf::from(log)).map_or(0, |metadata| metadata.len());
    Some(fs_err::metadata(path).ok()?.len() + log)
}

pub(crate) fn open_to_write(database: &DatabaseLocation) -> Result<Box<dyn Store>, StoreError> {
    match database {
        DatabaseLocation::Sqlite(path) => Ok(Box::new(SqliteStore::open(path)?)),
        DatabaseLocation::Postgres(address) => Ok(Box::new(PostgresStore::open(address)?)),
    }
}

/// Opens a database that the parent of this process has open, over connections of its making where it makes them.
pub(crate) fn open_in_worker(
    database: &DatabaseLocation,
    parent: Option<Parent>,
) -> Result<Box<dyn Store>, StoreError> {
    let address = match database {
        DatabaseLocation::Sqlite(path) => return Ok(Box::new(SqliteStore::open_again(path)?)),
        DatabaseLocation::Postgres(address) => address,
    };
    let Some(parent) = parent else {
        return Ok(Box::new(PostgresStore::open_again(address)?));
    };
    let dial = move || {
        let connected = parent.connect()?;
        Ok((connected.descriptor, connected.note))
    };
    Ok(Box::new(PostgresStore::open_over(address, dial)?))
}

pub(crate) fn status_of(
    reading: &Reading<'_>,
    summary: RepositorySummary,
) -> Result<RepositoryStatus, AppError> {
    let generation = summary.generation;
    let profile = summary.profile;
    let mut models: Vec<String> = profile
        .code_model
        .into_iter()
        .chain(profile.text_model)
        .map(|model| model.to_string())
        .collect();
    models.dedup();
    let mut languages = BTreeMap::new();
    for file in reading.known_files(generation)? {
        *languages.entry(file.language).or_default() += 1;
    }
    Ok(RepositoryStatus {
        name: summary.name,
        root: PathBuf::from(summary.root),
        generation: summary.number,
        is_complete: summary.is_complete && summary.state == GenerationState::Active,
        building: summary.building,
        models,
        counts: reading.counts(generation)?,
        languages,
        symbols: reading.symbols_by_kind(generation)?,
        graph: reading.graph_counts(generation)?,
        problems: reading.problems(generation)?,
        skipped: reading.skips(generation)?,
        last_run: summary.last_run,
        n_changed: None,
    })
}
