//! One state of the index, open for questions.
//!
//! A [`Reader`] is made once and keeps what is dear to load: the connection and the models; its [`Project`] keeps the graph that was asked for
//! last, for all readers. Each question
//! is asked of a [`Snapshot`]: one generation of one repository in one read transaction, so that whatever an answer is put together from, it
//! describes one state. Start at [`Reader::ask`].

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use embed::ViewEmbedders;
use files::Folder;
use store::{Canceller, Counts, KnownFile, Reading, ReadingBounds, RepositorySummary, Store};

use crate::coverage::Coverage;
use crate::error::AppError;
use crate::graph::{GraphView, HotspotsAnswer};
use crate::known_graph::GraphState;
use crate::project::{Project, RepositoryStatus, named};
use crate::runs::RunStatus;
use crate::settings::DatabaseLocation;
use crate::tree_file::is_stale;

/// How long one state is kept for a question: longer than any answer but the largest exports takes, and short enough that SQLite's log and
/// a server's dead rows stay within what a disk has room for.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(600);

/// How often a question is asked again whose state was lost: a server that goes away is waited for each time.
const MAX_LOST: u32 = 3;

/// Device and number of a file.
type FileIdentity = (u64, u64);

/// An index that is open for questions, with what answering the last of them has loaded.
pub struct Reader<'p> {
    pub(crate) project: &'p Project,
    /// Which file the database was when it was opened.
    file: Option<FileIdentity>,
    store: Box<dyn Store>,
    canceller: Canceller,
    embedders: Option<ViewEmbedders>,
}

impl Project {
    /// Opens the index for questions; loads nothing yet.
    pub fn reader(&self) -> Result<Reader<'_>, AppError> {
        Ok(Reader {
            project: self,
            file: self.database_file(),
            store: self.open_to_read()?,
            canceller: Canceller::default(),
            embedders: None,
        })
    }

    /// Reads the graph of a repository: the one named, else the one around the working directory or the only one below it.
    pub fn graph(&self, repository: Option<&str>) -> Result<Arc<GraphView>, AppError> {
        self.reader()?.ask(repository, |snapshot| snapshot.graph())
    }

    /// Returns which file the database is now; nothing for a server.
    fn database_file(&self) -> Option<FileIdentity> {
        let DatabaseLocation::Sqlite(path) = &self.settings.database.value else {
            return None;
        };
        let metadata = fs_err::metadata(path).ok()?;
        Some((metadata.dev(), metadata.ino()))
    }
}

impl Reader<'_> {
    /// Lets `canceller` end the questions that are asked from now on.
    pub fn cancelled_by(&mut self, canceller: &Canceller) {
        self.canceller = canceller.clone();
    }

    /// Asks a question of the state of now, and again where that state was lost on the way, as with the connection to a server.
    ///
    /// The repository is the one named, else the innermost that holds the working directory, else the only one below it.
    pub fn ask<T>(
        &mut self,
        repository: Option<&str>,
        mut question: impl FnMut(&mut Snapshot<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        self.again_if_lost(|reader| question(&mut reader.snapshot(repository)?))
    }

    /// Opens the state of now for questions about one repository, chosen as by [`Reader::ask`].
    pub fn snapshot(&mut self, repository: Option<&str>) -> Result<Snapshot<'_>, AppError> {
        self.renew()?;
        let reading = begin(self.store.as_mut(), &self.canceller)?;
        let repository = self.project.find(&*reading, repository)?;
        Ok(Snapshot {
            project: self.project,
            coverage: Coverage::read(&*reading, &repository)?,
            reading,
            repository,
            embedders: &mut self.embedders,
        })
    }

    /// Returns every repository, or the one named, as one state has them.
    pub fn status(&mut self, repository: Option<&str>) -> Result<Vec<RepositoryStatus>, AppError> {
        self.again_if_lost(|reader| {
            reader.renew()?;
            let reading = begin(reader.store.as_mut(), &reader.canceller)?;
            reader.project.status_in(&reading, repository)
        })
    }

    /// Returns what [`Reader::status`] does, with how many files of each have changed since they were indexed.
    pub(crate) fn status_beside_trees(
        &mut self,
        repository: Option<&str>,
    ) -> Result<Vec<RepositoryStatus>, AppError> {
        self.again_if_lost(|reader| {
            reader.renew()?;
            let reading = begin(reader.store.as_mut(), &reader.canceller)?;
            let mut all = reader.project.status_in(&reading, repository)?;
            for status in &mut all {
                let summary = reader.project.find(&*reading, Some(status.name.as_str()))?;
                let known = reading.known_files(summary.generation)?;
                status.n_changed = n_changed(&summary.root, &known);
            }
            Ok(all)
        })
    }

    /// Returns which repositories there are, by name: where each tree is, and what of it is covered.
    pub fn repositories(&mut self) -> Result<Vec<(String, Coverage)>, AppError> {
        self.of_all(|reading, summary| {
            let coverage = Coverage::read(&**reading, summary)?;
            Ok((summary.root.clone(), coverage))
        })
    }

    /// Returns how large every repository is.
    pub fn sizes(&mut self) -> Result<Vec<(Coverage, Counts)>, AppError> {
        self.of_all(|reading, summary| {
            let coverage = Coverage::read(&**reading, summary)?;
            Ok((coverage, reading.counts(summary.generation)?))
        })
    }

    /// Returns the latest run of every repository, with how far it is where it has said so.
    pub fn runs(&mut self) -> Result<Vec<RunStatus>, AppError> {
        self.in_one_state(|reading| {
            let runs = reading.latest_runs()?.into_iter();
            Ok(runs.map(RunStatus::from).collect())
        })
    }

    /// Asks the same of every repository, all in one state.
    fn of_all<T>(
        &mut self,
        ask: impl Fn(&Reading<'_>, &RepositorySummary) -> Result<T, AppError>,
    ) -> Result<Vec<T>, AppError> {
        self.in_one_state(|reading| {
            let all = named(reading.repositories()?);
            all.iter().map(|summary| ask(reading, summary)).collect()
        })
    }

    /// Asks the state of now, again where it is lost.
    pub(crate) fn in_one_state<T>(
        &mut self,
        ask: impl Fn(&Reading<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        self.again_if_lost(|reader| {
            reader.renew()?;
            ask(&begin(reader.store.as_mut(), &reader.canceller)?)
        })
    }

    fn again_if_lost<T>(
        &mut self,
        mut ask: impl FnMut(&mut Self) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let mut n_lost = 0;
        loop {
            match ask(self) {
                Err(error) if error.is_of_lost_state() && n_lost < MAX_LOST => n_lost += 1,
                answer => return answer,
            }
        }
    }

    /// Opens the database anew where another file has come in its place.
    fn renew(&mut self) -> Result<(), AppError> {
        let file = self.project.database_file();
        if self.file != file {
            self.store = self.project.open_to_read()?;
            self.file = file;
            // Another database gives its ids to other states.
            self.project.graph.forget();
        }
        Ok(())
    }
}

/// Returns how many indexed files are others by now, or gone; nothing where the tree is not here.
pub(crate) fn n_changed(root: &str, known: &[KnownFile]) -> Option<u64> {
    let tree = Folder::open(Path::new(root)).ok()?;
    let is_changed = |file: &&KnownFile| {
        let opened = tree.file(file.path.as_str());
        let Ok(metadata) = opened.and_then(|opened| opened.metadata()) else {
            return true;
        };
        let stamp = index::stamp_of(&metadata);
        // The stamp is a hint, the hash the truth.
        let is_surely_same = stamp == file.stamp && stamp.modified_ns.is_some();
        !is_surely_same
            && (stamp.n_bytes != file.stamp.n_bytes || is_stale(root, &file.path, file.hash))
    };
    Some(known.iter().filter(is_changed).count() as u64)
}

/// Begins to read one state of a store.
pub(crate) fn begin<'s>(
    store: &'s mut (dyn Store + 'static),
    canceller: &Canceller,
) -> Result<Reading<'s>, AppError> {
    let bounds = ReadingBounds::new(MAX_AGE, canceller);
    Ok(Reading::begin(store, &bounds)?)
}

/// One generation of one repository in one state of the database.
///
/// Keeps a read transaction: ask, then drop. After ten minutes it fails.
pub struct Snapshot<'r> {
    pub(crate) project: &'r Project,
    pub(crate) reading: Reading<'r>,
    pub(crate) repository: RepositorySummary,
    coverage: Coverage,
    pub(crate) embedders: &'r mut Option<ViewEmbedders>,
}

impl Snapshot<'_> {
    /// Returns the repository's name.
    pub fn repository(&self) -> &str {
        self.repository.name.as_str()
    }

    /// Returns which generation answers, and how much of the tree it knows.
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Returns where the tree of the repository is.
    pub fn root(&self) -> &str {
        &self.repository.root
    }

    /// Returns where the tree of the repository is unless the working directory lies in it.
    pub fn root_elsewhere(&self) -> Option<&str> {
        let directory = self.project.directory.as_ref();
        let is_inside = directory.is_some_and(|directory| directory.starts_with(self.root()));
        (!is_inside).then_some(self.root())
    }

    /// Returns the code graph; the one in memory where it is of this state. One graph is kept at a time.
    pub fn graph(&mut self) -> Result<Arc<GraphView>, AppError> {
        let state = self.graph_state()?;
        let read = || GraphView::read(&self.reading, &self.repository, &self.coverage);
        self.project.graph.of(state, read)
    }

    fn graph_state(&self) -> Result<GraphState, AppError> {
        let summary = &self.repository;
        Ok(GraphState {
            generation: summary.generation,
            run: summary.run,
            n_files: self.coverage.n_files,
            commit_under_way: match summary.is_complete {
                true => None,
                false => Some(self.reading.last_commit()?),
            },
        })
    }

    /// Returns the definitions that most deserve care, at most `limit`.
    pub fn hotspots(&mut self, limit: usize) -> Result<HotspotsAnswer, AppError> {
        let metrics = self.reading.metrics(self.repository.generation)?;
        self.graph()?.hotspots(&metrics, limit)
    }

    /// Returns the hash over everything the index says about the repository.
    pub fn digest(&self) -> Result<domain::ContentHash, AppError> {
        Ok(self.reading.digest(self.repository.generation)?)
    }

    /// Returns the repository as `status` shows it.
    pub fn status(&self) -> Result<RepositoryStatus, AppError> {
        crate::project::status_of(&self.reading, self.repository.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_go_from_thread_to_thread() {
        fn is_send<T: Send>() {}
        is_send::<Reader<'_>>();
        is_send::<Snapshot<'_>>();
    }
}
