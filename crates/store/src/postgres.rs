//! The backend for teams and several machines: a PostgreSQL server with pgvector, one connection per process and one more for a lock.
//!
//! Transactions: every method is one, at READ COMMITTED where it writes and on one snapshot where it only reads. A writer holds its
//! generation's row, so that a generation is never replaced under it. Commits wait for the server's disk, but for those of workers: the
//! parent commits once with waiting, after which everything before it in the server's log is safe too.
//!
//! Failures: what a while can cure (a lost connection, a restart, a deadlock, a timeout) is tried again within a bound, each time as a
//! whole; each transaction can therefore be repeated even if the answer to its commit was lost. Start at [`PostgresStore`]; the schema
//! is in `migrations/postgres`.

mod address;
mod client;
mod dial;
mod failure;
mod generations;
mod graph;
mod handed;
mod house;
mod lock;
mod nearness;
mod open;
mod problems;
mod read;
mod retry;
mod rows;
mod schema;
mod search;
mod session;
mod texts;
mod tls;
mod vectors;
mod write;

use std::cell::{RefCell, RefMut};
use std::collections::{BTreeMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::{
    ContentHash, Facts, FileStamp, ModelId, Problem, RepoPath, RepositoryName, Skip, SymbolKind,
    Vector, View,
};

use crate::records::{
    ChunkId, Counts, Covered, FileGraph, FileId, FileIndex, GenerationId, GraphCounts, GraphNode,
    GraphState, GraphUpdate, KnownFile, LatestRun, MetricsRow, NewVector, Reclaimable,
    RepositorySummary, RunEnd, RunId, RunSettings, Settled, StartedRun, StoredChunk, VectorRow,
};
use crate::traits::write_operation;
use crate::{ReadingBounds, RepositoryLock, Store, StoreError, digest};

pub use address::{
    InvalidAddress, PostgresAddress, is_keywords, is_postgres_scheme, without_password,
};
use dial::Dial;
use failure::Failure;
use retry::Backoff;
use session::trust::Survey;
use session::{Access, Session};

/// How long a server may be away, or others in the way, before it is reported: shorter than the time that a file may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Begins what only reads: on one state of the database.
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// A database on a PostgreSQL server.
pub struct PostgresStore {
    address: PostgresAddress,
    access: Access,
    /// Makes the connections, where this process must not.
    dial: Option<Dial>,
    session: RefCell<Option<Session>>,
    /// What the last session saw that looked.
    survey: RefCell<Option<Survey>>,
    index_from: i64,
    /// What ends the reading that is under way.
    reading: RefCell<Option<ReadingBounds>>,
    /// The repository that this store holds the lock of, and whether the lock was lost.
    lock: RefCell<Option<(RepositoryName, Arc<AtomicBool>)>>,
}

impl PostgresStore {
    fn error(&self, failure: Failure, operation: &'static str) -> StoreError {
        failure.into_error(operation, &self.address)
    }

    /// Returns the session, over a new connection where the old one is gone; what is there is looked at again then.
    fn session(&self) -> Result<RefMut<'_, Session>, Failure> {
        let is_gone = |session: &Session| session.is_closed();
        if self.session.borrow().as_ref().is_none_or(is_gone) {
            let entered = self.enter();
            if let Err(failure) = entered {
                // A session that knows nothing of what is there is not for use.
                *self.session.borrow_mut() = None;
                return Err(failure);
            }
        }
        self.connected()
    }

    fn enter(&self) -> Result<(), Failure> {
        let mut session = self.connected()?;
        if let Some(survey) = &*self.survey.borrow()
            && session.enter_again(survey)
        {
            return Ok(());
        }
        let survey = session.enter(&self.address, self.access)?;
        *self.survey.borrow_mut() = Some(survey);
        Ok(())
    }

    /// As [`PostgresStore::session`], before anything is known of what is there.
    fn connected(&self) -> Result<RefMut<'_, Session>, Failure> {
        let mut session = self.session.borrow_mut();
        if session.as_ref().is_none_or(Session::is_closed) {
            *session = None;
            *session = Some(Session::connect(
                &self.address,
                self.access,
                self.dial.as_ref(),
            )?);
        }
        Ok(RefMut::map(session, |session| {
            session.as_mut().expect("a session was just made")
        }))
    }

    /// Tries until it succeeds, fails for good, or [`PATIENCE`] is over.
    fn persist<T>(
        &self,
        operation: &'static str,
        attempt: impl Fn() -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let mut backoff = Backoff::new(PATIENCE);
        loop {
            match attempt() {
                Ok(value) => return Ok(value),
                Err(failure) if failure.is_transient() && backoff.wait() => {}
                Err(failure) => return Err(self.error(failure, operation)),
            }
        }
    }

    /// Runs `work` between `begin` and a commit.
    fn transact<T>(
        &self,
        begin: &str,
        work: impl FnOnce(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let session = &mut *self.session()?;
        session.batch(begin)?;
        let outcome = work(session).and_then(|value| {
            session.batch("COMMIT")?;
            Ok(value)
        });
        if outcome.is_err() {
            // Fails on a lost connection, whose transaction is gone with it.
            session.batch("ROLLBACK").ok();
        }
        outcome
    }

    /// Runs `read` on one state of the database.
    fn read<T>(
        &self,
        operation: &'static str,
        read: impl Fn(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        match self.in_reading(operation, &read) {
            Some(found) => found,
            None => self.persist(operation, || self.transact(BEGIN_READING, &read)),
        }
    }

    /// Runs `read`, which is a single statement, or several that need not see one state.
    fn look_up<T>(
        &self,
        operation: &'static str,
        read: impl Fn(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        match self.in_reading(operation, &read) {
            Some(found) => found,
            None => self.persist(operation, || read(&mut *self.session()?)),
        }
    }

    /// Runs `read` on the state of the reading that is under way, if one is.
    ///
    /// A connection that is lost takes the state with it, and another one would have another. After any failure the server answers
    /// nothing more in the same transaction.
    fn in_reading<T>(
        &self,
        operation: &'static str,
        read: impl FnOnce(&mut Session) -> Result<T, Failure>,
    ) -> Option<Result<T, StoreError>> {
        let bounds = self.reading.borrow().clone()?;
        let attempt = || {
            bounds.check()?;
            match &mut *self.session.borrow_mut() {
                Some(session) if !session.is_closed() => read(session),
                _ => Err(StoreError::ReadingLost { operation }.into()),
            }
        };
        Some(attempt().map_err(|failure| match failure.is_transient() {
            true => StoreError::ReadingLost { operation },
            false => self.error(failure, operation),
        }))
    }

    /// Runs `read` on one state of a generation that still answers.
    fn read_generation<T>(
        &self,
        operation: &'static str,
        generation: GenerationId,
        read: impl Fn(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.read(operation, |session| {
            generations::require_generation(session, generation)?;
            read(session)
        })
    }

    /// Begins a transaction whose state is that of now, and which the server ends when nobody asks it anything for too long.
    fn try_reading(&self, bounds: &ReadingBounds) -> Result<(), Failure> {
        self.end_reading();
        let milliseconds = i32::try_from(bounds.limit().as_millis()).unwrap_or(0);
        let session = &mut *self.session()?;
        let begun = session.batch(&format!(
            "{BEGIN_READING}; SET LOCAL idle_in_transaction_session_timeout = {milliseconds};
             SELECT 1 FROM mnemo.generations LIMIT 1"
        ));
        match &begun {
            Ok(()) => *self.reading.borrow_mut() = Some(bounds.clone()),
            // Fails on a lost connection, whose transaction is gone with it.
            Err(_) => drop(session.batch("ROLLBACK")),
        }
        begun
    }

    /// Runs `visit` once on one state of a generation that still answers; what a visitor has seen cannot be taken back.
    fn visit_generation(
        &self,
        operation: &'static str,
        generation: GenerationId,
        visit: impl FnOnce(&mut Session) -> Result<(), Failure>,
    ) -> Result<(), StoreError> {
        let visit = |session: &mut Session| {
            generations::require_generation(session, generation)?;
            visit(session)
        };
        if self.reading.borrow().is_some() {
            return self.in_reading(operation, visit).unwrap_or(Ok(()));
        }
        // A connection that the server ended while nobody used it is made again before there is something to see.
        self.persist(operation, || self.session()?.batch(""))?;
        let outcome = self.transact(BEGIN_READING, visit);
        outcome.map_err(|failure| self.error(failure, operation))
    }

    /// Runs `write` as one transaction.
    fn write<T>(
        &self,
        operation: &'static str,
        write: impl Fn(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.persist(operation, || {
            self.require_lock()?;
            self.transact("BEGIN", &write)
        })
    }

    /// Runs `write` as one transaction on a generation that is not replaced before its end.
    fn write_generation<T>(
        &self,
        operation: &'static str,
        generation: GenerationId,
        write: impl Fn(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.write(operation, |session| {
            generations::hold_generation(session, generation)?;
            write(session)
        })
    }

    /// Fails when a lock that this store once held is another's.
    fn require_lock(&self) -> Result<(), Failure> {
        match &*self.lock.borrow() {
            Some((repository, is_lost)) if is_lost.load(Ordering::Acquire) => {
                Err(Failure::Refused(StoreError::Locked {
                    repository: repository.clone(),
                    holder: "another process since the connection was lost".to_owned(),
                }))
            }
            _ => Ok(()),
        }
    }

    /// Does what a change left to do. The change is committed and holds already, so a failure here is not the caller's: the next run
    /// goes on with it.
    fn clean_up(&self) {
        while let Ok(true) = self.write("deleting a replaced generation", generations::delete_piece)
        {
        }
    }
}

/// Returns bytes that no other run has.
fn new_token() -> [u8; 32] {
    static N_TOKENS: AtomicU64 = AtomicU64::new(0);
    let n = N_TOKENS.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| age.as_nanos());
    let host = rustix::system::uname();
    let text = format!("{n} {now} {} {:?}", std::process::id(), host.nodename());
    *ContentHash::of(text.as_bytes()).as_bytes()
}

impl Store for PostgresStore {
    fn begin_reading(&self, bounds: &ReadingBounds) -> Result<(), StoreError> {
        self.persist("beginning to read", || self.try_reading(bounds))
    }

    fn end_reading(&self) {
        if self.reading.take().is_some()
            && let Some(session) = &mut *self.session.borrow_mut()
        {
            // Nothing was written, so that how the transaction ends does not matter.
            session.batch("ROLLBACK").ok();
        }
    }

    fn last_commit(&self) -> Result<String, StoreError> {
        // Which transactions are seen; where nobody writes it stays the same.
        self.look_up("looking for commits", |session| {
            let row = session.row("SELECT txid_current_snapshot()::text", &[])?;
            Ok(row.try_get(0)?)
        })
    }

    fn lock_repository(
        &self,
        repository: &RepositoryName,
        patience: Duration,
    ) -> Result<Box<dyn RepositoryLock>, StoreError> {
        let held = self.persist("locking a repository", || {
            lock::lock_repository(&self.address, repository, patience, &mut *self.session()?)
        })?;
        *self.lock.borrow_mut() = Some((repository.clone(), held.is_lost));
        Ok(Box::new(held.lock))
    }

    fn begin_run(&mut self, settings: &RunSettings) -> Result<StartedRun, StoreError> {
        let token = new_token();
        let run = self.write("beginning a run", |session| {
            generations::begin_run(session, settings, &token)
        })?;
        self.clean_up();
        Ok(run)
    }

    fn finish_run(&mut self, run: RunId, end: &RunEnd) -> Result<(), StoreError> {
        self.write("finishing a run", |session| {
            generations::wait_for_disk(session)?;
            generations::finish_run(session, run, end)
        })?;
        self.clean_up();
        // Not the caller's failure either: an exact search answers until a later run has built the index.
        self.session()
            .and_then(|mut session| nearness::build_missing_indexes(&mut session, self.index_from))
            .ok();
        Ok(())
    }

    fn settle(&mut self, generation: GenerationId) -> Result<Settled, StoreError> {
        self.write_generation("settling what was written", generation, |session| {
            generations::wait_for_disk(session)?;
            generations::touch(session, generation)
        })?;
        Ok(Settled::WhatIsThere)
    }

    fn record_progress(&mut self, run: RunId, progress: &str) -> Result<(), StoreError> {
        self.write("recording progress", |session| {
            generations::record_progress(session, run, progress)
        })
    }

    fn latest_runs(&self) -> Result<Vec<LatestRun>, StoreError> {
        self.look_up("looking for runs", generations::latest_runs)
    }

    fn known_files(&self, generation: GenerationId) -> Result<Vec<KnownFile>, StoreError> {
        self.read_generation("listing files", generation, |session| {
            read::known_files(session, generation)
        })
    }

    fn replace_files(
        &mut self,
        generation: GenerationId,
        files: &[FileIndex],
    ) -> Result<(), StoreError> {
        let prepared = files.iter().map(write::PreparedFile::new);
        let prepared = prepared.collect::<Result<Vec<_>, _>>()?;
        self.write(write_operation(files), |session| {
            write::replace_files(session, generation, &prepared)
        })
    }

    fn restamp_files(
        &mut self,
        generation: GenerationId,
        stamps: &[(RepoPath, FileStamp)],
    ) -> Result<(), StoreError> {
        self.write_generation("recording stamps", generation, |session| {
            write::restamp_files(session, generation, stamps)
        })
    }

    fn remove_files(
        &mut self,
        generation: GenerationId,
        paths: &[RepoPath],
    ) -> Result<(), StoreError> {
        self.write_generation("removing files", generation, |session| {
            write::remove_files(session, generation, paths)
        })
    }

    fn record_left_out(
        &mut self,
        generation: GenerationId,
        problems: &[Problem],
        skips: &[Skip],
    ) -> Result<(), StoreError> {
        self.write_generation("recording problems", generation, |session| {
            problems::replace(session, generation, problems, skips)
        })
    }

    fn record_problem(
        &mut self,
        generation: GenerationId,
        problem: &Problem,
    ) -> Result<(), StoreError> {
        self.write_generation("recording a problem", generation, |session| {
            problems::record(session, generation, problem)
        })
    }

    fn existing_vectors(
        &self,
        model: &ModelId,
        inputs: &[ContentHash],
    ) -> Result<HashSet<ContentHash>, StoreError> {
        self.look_up("looking up vectors", |session| {
            vectors::existing(session, model, inputs)
        })
    }

    fn add_vectors(&mut self, new_vectors: &[NewVector]) -> Result<(), StoreError> {
        self.write("storing vectors", |session| {
            vectors::insert(session, new_vectors)
        })
    }

    fn sweep_vectors(&mut self) -> Result<u64, StoreError> {
        let pieces = self.look_up("looking for vectors", vectors::pieces)?;
        let mut n_swept = 0;
        for piece in pieces {
            n_swept += self.write("sweeping vectors", |session| {
                vectors::sweep(session, &piece)
            })?;
        }
        Ok(n_swept)
    }

    fn reclaimable(&self) -> Result<Reclaimable, StoreError> {
        self.read("looking for free space", house::reclaimable)
    }

    fn shrink(&mut self) -> Result<u64, StoreError> {
        self.look_up("shrinking the database", house::shrink)
    }

    fn check_integrity(&self) -> Result<Vec<String>, StoreError> {
        self.read("checking the database", house::check_integrity)
    }

    fn repositories(&self) -> Result<Vec<RepositorySummary>, StoreError> {
        self.look_up("listing repositories", generations::repositories)
    }

    fn remove_repository(&mut self, repository: &RepositoryName) -> Result<bool, StoreError> {
        let remove = || {
            self.write("removing a repository", |session| {
                generations::remove_repository(session, repository)
            })
        };
        let existed = match remove() {
            // Even to mark a row takes a place for its new state, and the dead rows' places are the ones that are left.
            Err(StoreError::DiskFull { .. }) => {
                self.look_up("making room", house::vacuum)?;
                remove()?
            }
            removed => removed?,
        };
        self.clean_up();
        Ok(existed)
    }

    fn covered(&self, generation: GenerationId) -> Result<Covered, StoreError> {
        self.read_generation("counting files", generation, |session| {
            read::covered(session, generation)
        })
    }

    fn counts(&self, generation: GenerationId) -> Result<Counts, StoreError> {
        self.read_generation("counting", generation, |session| {
            read::counts(session, generation)
        })
    }

    fn symbols_by_kind(
        &self,
        generation: GenerationId,
    ) -> Result<BTreeMap<SymbolKind, u64>, StoreError> {
        self.read_generation("counting symbols", generation, |session| {
            read::symbols_by_kind(session, generation)
        })
    }

    fn problems(&self, generation: GenerationId) -> Result<Vec<Problem>, StoreError> {
        self.read_generation("listing problems", generation, |session| {
            problems::problems(session, generation)
        })
    }

    fn skips(&self, generation: GenerationId) -> Result<Vec<Skip>, StoreError> {
        self.read_generation("listing skips", generation, |session| {
            problems::skips(session, generation)
        })
    }

    fn digest(&self, generation: GenerationId) -> Result<ContentHash, StoreError> {
        self.persist("computing the digest", || {
            if self.reading.borrow().is_some() {
                return Ok(digest::digest(self, generation)?);
            }
            self.try_reading(&ReadingBounds::none())?;
            let digest = digest::digest(self, generation);
            self.end_reading();
            Ok(digest?)
        })
    }

    fn visit_files(
        &self,
        generation: GenerationId,
        visit: &mut dyn FnMut(FileIndex) -> std::io::Result<()>,
    ) -> Result<(), StoreError> {
        self.visit_generation("reading files", generation, |session| {
            read::visit_files(session, generation, visit)
        })
    }

    fn visit_vectors(
        &self,
        generation: GenerationId,
        visit: &mut dyn FnMut(VectorRow) -> std::io::Result<()>,
    ) -> Result<(), StoreError> {
        self.visit_generation("reading vectors", generation, |session| {
            read::visit_vectors(session, generation, visit)
        })
    }

    fn graph_basis(&self, generation: GenerationId) -> Result<Option<ContentHash>, StoreError> {
        self.read_generation("reading the graph's basis", generation, |session| {
            read::graph_basis(session, generation)
        })
    }

    fn graph_state(&self, generation: GenerationId) -> Result<GraphState, StoreError> {
        self.read_generation("reading the graph's state", generation, |session| {
            graph::state(session, generation)
        })
    }

    fn facts_of(&self, files: &[FileId]) -> Result<Vec<Facts>, StoreError> {
        self.look_up("reading facts", |session| graph::facts(session, files))
    }

    fn files_naming(
        &self,
        generation: GenerationId,
        name: &str,
    ) -> Result<Vec<FileId>, StoreError> {
        self.look_up("looking for a name", |session| {
            graph::files_naming(session, generation, name)
        })
    }

    fn replace_graph(
        &mut self,
        generation: GenerationId,
        update: &GraphUpdate,
    ) -> Result<(), StoreError> {
        self.write_generation("writing the graph", generation, |session| {
            graph::replace(session, generation, update)
        })
    }

    fn graph_nodes(&self, generation: GenerationId) -> Result<Vec<GraphNode>, StoreError> {
        self.read_generation("reading nodes", generation, |session| {
            let files = graph::files(session, generation)?;
            graph::nodes(session, &files)
        })
    }

    fn graph_nodes_of(&self, files: &[FileId]) -> Result<Vec<GraphNode>, StoreError> {
        self.look_up("reading nodes", |session| graph::nodes(session, files))
    }

    fn file_graphs_of(&self, files: &[FileId]) -> Result<Vec<FileGraph>, StoreError> {
        self.look_up("reading edges", |session| {
            graph::file_graphs(session, files)
        })
    }

    fn file_graphs(&self, generation: GenerationId) -> Result<Vec<FileGraph>, StoreError> {
        self.read_generation("reading edges", generation, |session| {
            let files = graph::files(session, generation)?;
            graph::file_graphs(session, &files)
        })
    }

    fn metrics(&self, generation: GenerationId) -> Result<Vec<MetricsRow>, StoreError> {
        self.read_generation("reading metrics", generation, |session| {
            graph::metrics(session, generation)
        })
    }

    fn graph_counts(&self, generation: GenerationId) -> Result<GraphCounts, StoreError> {
        self.read_generation("counting edges", generation, |session| {
            graph::counts(session, generation)
        })
    }

    fn lexical_search(
        &self,
        generation: GenerationId,
        words: &[String],
        limit: usize,
    ) -> Result<Vec<(ChunkId, f32)>, StoreError> {
        self.read_generation("searching words", generation, |session| {
            search::lexical(session, generation, words, limit)
        })
    }

    fn knows_words(
        &self,
        generation: GenerationId,
        words: &[String],
    ) -> Result<Vec<bool>, StoreError> {
        self.read_generation("looking for words", generation, |session| {
            search::knows_words(session, generation, words)
        })
    }

    fn chunks_with(
        &self,
        generation: GenerationId,
        words: &[String],
    ) -> Result<Vec<ChunkId>, StoreError> {
        self.read_generation("looking for words", generation, |session| {
            search::chunks_with(session, generation, words)
        })
    }

    fn visit_words(
        &self,
        generation: GenerationId,
        n_bytes: RangeInclusive<usize>,
        visit: &mut dyn FnMut(&str, u64),
    ) -> Result<(), StoreError> {
        let words = self.read_generation("reading words", generation, |session| {
            search::words(session, generation, &n_bytes)
        })?;
        words.iter().for_each(|(word, weight)| visit(word, *weight));
        Ok(())
    }

    fn vector_search(
        &self,
        generation: GenerationId,
        model: &ModelId,
        view: View,
        query: &Vector,
        limit: usize,
    ) -> Result<Vec<(ChunkId, f32)>, StoreError> {
        let search = search::VectorSearch {
            generation,
            model,
            view,
            query,
            index_from: self.index_from,
        };
        self.read_generation("searching vectors", generation, |session| {
            search.run(session, limit)
        })
    }

    fn similarities(
        &self,
        model: &ModelId,
        view: View,
        query: &Vector,
        ids: &[ChunkId],
    ) -> Result<Vec<Option<f32>>, StoreError> {
        self.look_up("comparing vectors", |session| {
            search::similarities(session, model, view, query, ids)
        })
    }

    fn dependents(&self, ids: &[ChunkId]) -> Result<Vec<u32>, StoreError> {
        self.look_up("counting dependents", |session| {
            read::dependents(session, ids)
        })
    }

    fn chunks_of(
        &self,
        generation: GenerationId,
        path: &RepoPath,
    ) -> Result<Vec<StoredChunk>, StoreError> {
        self.read_generation("reading a file's chunks", generation, |session| {
            read::chunks_of(session, generation, path)
        })
    }

    fn chunks(&self, ids: &[ChunkId]) -> Result<Vec<StoredChunk>, StoreError> {
        self.look_up("reading chunks", |session| read::chunks(session, ids))
    }
}
