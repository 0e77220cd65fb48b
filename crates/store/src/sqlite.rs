//! The embedded backend: one SQLite file in write-ahead-log mode, one connection per process.
//!
//! Durability: `synchronous = NORMAL`. The death of a process loses nothing that was committed. A power cut may lose the last
//! commits, never consistency: the write-ahead log is checksummed and synced before each checkpoint, so what is lost are whole files
//! from the end, which the next run indexes again. That is worth not paying for a disk sync per commit.
//!
//! Contention: every write begins as `BEGIN IMMEDIATE` and waits its turn in the busy handler, so a transaction never has to be
//! given up half-way for a lock. Start at [`SqliteStore`]; the schema is in `migrations/sqlite`.

mod failure;
mod generations;
mod graph;
mod house;
mod lock;
mod open;
mod packs;
mod problems;
mod read;
mod rows;
mod schema;
mod search;
#[cfg(test)]
mod tests;
mod trust;
mod vectors;
mod words;
mod write;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::{
    ContentHash, Facts, FileStamp, ModelId, Problem, Profile, RepoPath, RepositoryName, Skip,
    SymbolKind, Vector, View,
};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use crate::boundary::{self, Side};
use crate::records::{
    ChunkId, Counts, Covered, FileGraph, FileId, FileIndex, GenerationId, GraphCounts, GraphNode,
    GraphState, GraphUpdate, KnownFile, LatestRun, MetricsRow, NewVector, Reclaimable,
    RepositorySummary, RunEnd, RunId, RunSettings, StartedRun, StoredChunk, VectorRow,
};
use crate::sqlite::failure::Failure;
use crate::traits::write_operation;
use crate::{ReadingBounds, RepositoryLock, Store, StoreError, digest};

/// A database in one SQLite file.
pub struct SqliteStore {
    connection: Connection,
    path: PathBuf,
    packs: packs::Packs,
    /// What ends the reading that is under way.
    reading: RefCell<Option<ReadingBounds>>,
}

impl SqliteStore {
    /// Opens the database at `path` for reading and writing; creates it, with its folders, where it is missing.
    ///
    /// Brings an older schema up to date, safely against other processes that do the same.
    pub fn open(path: &Path) -> Result<SqliteStore, StoreError> {
        open::for_writing(path).map(SqliteStore::over)
    }

    /// Opens a database that another process has open, as a worker does: writes no file but the database and its log.
    pub fn open_again(path: &Path) -> Result<SqliteStore, StoreError> {
        let store = SqliteStore::open(path)?;
        // What a statement would need to be undone goes to a temporary file otherwise.
        let set = store.connection.pragma_update(None, "temp_store", "memory");
        set.map_err(|error| Failure::from(error).into_error("opening the database", path))?;
        Ok(store)
    }

    /// Opens the database at `path` for reading only. Takes no write lock and changes nothing in it, so that the methods that write fail
    /// with [`StoreError::ReadOnly`].
    ///
    /// A database in a folder that cannot be written is read as it stands, as long as no other process has it open for writing.
    pub fn open_read_only(path: &Path) -> Result<SqliteStore, StoreError> {
        open::for_reading(path).map(SqliteStore::over)
    }

    fn over((connection, path): (Connection, PathBuf)) -> SqliteStore {
        SqliteStore {
            connection,
            path,
            packs: packs::Packs::default(),
            reading: RefCell::new(None),
        }
    }

    /// Runs `read` on one state of the database: that of the reading under way, or that of now.
    fn read<T>(
        &self,
        operation: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let attempt = || {
            if let Some(bounds) = &*self.reading.borrow() {
                bounds.check()?;
                // The engine ends a transaction by itself when a disk fails under it.
                if self.connection.is_autocommit() {
                    return Err(StoreError::ReadingLost { operation }.into());
                }
                return read(&self.connection);
            }
            let transaction = self.connection.unchecked_transaction()?;
            let value = read(&self.connection)?;
            transaction.commit()?;
            Ok(value)
        };
        attempt().map_err(|failure: Failure| failure.into_error(operation, &self.path))
    }

    /// Runs `read` on one state of a generation that still answers.
    fn read_generation<T>(
        &self,
        operation: &'static str,
        generation: GenerationId,
        read: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.read(operation, |connection| {
            require_generation(connection, generation)?;
            read(connection)
        })
    }

    /// Runs `write` as one transaction that holds the right to write from its beginning.
    fn write<T>(
        &mut self,
        operation: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let connection = &mut self.connection;
        let attempt = || {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = write(&transaction)?;
            boundary::reach(operation, Side::Before);
            transaction.commit()?;
            boundary::reach(operation, Side::After);
            Ok(value)
        };
        attempt().map_err(|failure: Failure| failure.into_error(operation, &self.path))
    }

    /// Runs `write` as one transaction on a generation that still answers.
    fn write_generation<T>(
        &mut self,
        operation: &'static str,
        generation: GenerationId,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.write(operation, |transaction| {
            require_generation(transaction, generation)?;
            write(transaction)
        })
    }
}

fn require_generation(connection: &Connection, generation: GenerationId) -> Result<(), Failure> {
    connection
        .prepare_cached("SELECT 1 FROM generations WHERE id = ?1 AND state <> 'replaced'")?
        .query_row([generation.0], |_| Ok(()))
        .optional()?
        .ok_or(Failure::Refused(StoreError::NoGeneration { generation }))
}

impl Store for SqliteStore {
    fn begin_reading(&self, bounds: &ReadingBounds) -> Result<(), StoreError> {
        // A transaction has a state from its first read on.
        let begin = "BEGIN; SELECT 1 FROM generations LIMIT 1";
        self.end_reading();
        self.connection.execute_batch(begin).map_err(|error| {
            self.end_reading();
            Failure::from(error).into_error("beginning to read", &self.path)
        })?;
        *self.reading.borrow_mut() = Some(bounds.clone());
        Ok(())
    }

    fn end_reading(&self) {
        *self.reading.borrow_mut() = None;
        if !self.connection.is_autocommit() {
            // Nothing was written, so that how the transaction ends does not matter.
            self.connection.execute_batch("ROLLBACK").ok();
        }
    }

    fn last_commit(&self) -> Result<String, StoreError> {
        self.read("looking for commits", |connection| {
            let (by_others, by_us) = packs::version(connection)?;
            Ok(format!("{by_others} {by_us}"))
        })
    }

    fn lock_repository(
        &self,
        repository: &RepositoryName,
        patience: Duration,
    ) -> Result<Box<dyn RepositoryLock>, StoreError> {
        lock::lock_repository(&self.path, repository, patience)
    }

    fn begin_run(&mut self, settings: &RunSettings) -> Result<StartedRun, StoreError> {
        let run = self.write("beginning a run", |transaction| {
            generations::begin_run(transaction, settings)
        })?;
        self.delete_replaced();
        Ok(run)
    }

    fn finish_run(&mut self, run: RunId, end: &RunEnd) -> Result<(), StoreError> {
        self.write("finishing a run", |transaction| {
            generations::finish_run(transaction, run, end)
        })?;
        self.delete_replaced();
        Ok(())
    }

    fn record_progress(&mut self, run: RunId, progress: &str) -> Result<(), StoreError> {
        self.write("recording progress", |transaction| {
            generations::record_progress(transaction, run, progress)
        })
    }

    fn latest_runs(&self) -> Result<Vec<LatestRun>, StoreError> {
        self.read("looking for runs", generations::latest_runs)
    }

    fn known_files(&self, generation: GenerationId) -> Result<Vec<KnownFile>, StoreError> {
        self.read_generation("listing files", generation, |connection| {
            read::known_files(connection, generation)
        })
    }

    fn replace_files(
        &mut self,
        generation: GenerationId,
        files: &[FileIndex],
    ) -> Result<(), StoreError> {
        let prepared = files.iter().map(write::PreparedFile::new);
        let prepared = prepared.collect::<Result<Vec<_>, _>>()?;
        self.write_generation(write_operation(files), generation, |transaction| {
            let mut prepared = prepared.iter();
            prepared.try_for_each(|file| write::replace_file(transaction, generation, file))
        })
    }

    fn restamp_files(
        &mut self,
        generation: GenerationId,
        stamps: &[(RepoPath, FileStamp)],
    ) -> Result<(), StoreError> {
        self.write_generation("recording stamps", generation, |transaction| {
            write::restamp_files(transaction, generation, stamps)
        })
    }

    fn remove_files(
        &mut self,
        generation: GenerationId,
        paths: &[RepoPath],
    ) -> Result<(), StoreError> {
        self.write_generation("removing files", generation, |transaction| {
            write::remove_files(transaction, generation, paths)
        })
    }

    fn record_left_out(
        &mut self,
        generation: GenerationId,
        problems: &[Problem],
        skips: &[Skip],
    ) -> Result<(), StoreError> {
        self.write_generation("recording problems", generation, |transaction| {
            problems::replace(transaction, generation, problems, skips)
        })
    }

    fn record_problem(
        &mut self,
        generation: GenerationId,
        problem: &Problem,
    ) -> Result<(), StoreError> {
        self.write_generation("recording a problem", generation, |transaction| {
            problems::record(transaction, generation, problem)
        })
    }

    fn existing_vectors(
        &self,
        model: &ModelId,
        inputs: &[ContentHash],
    ) -> Result<HashSet<ContentHash>, StoreError> {
        self.read("looking up vectors", |connection| {
            vectors::existing(connection, model, inputs)
        })
    }

    fn add_vectors(&mut self, new_vectors: &[NewVector]) -> Result<(), StoreError> {
        self.write("storing vectors", |transaction| {
            vectors::insert(transaction, new_vectors)
        })
    }

    fn sweep_vectors(&mut self) -> Result<u64, StoreError> {
        self.write("sweeping vectors", |transaction| {
            vectors::sweep(transaction)
        })
    }

    fn dropped_copies(&self) -> Vec<PathBuf> {
        self.packs.dropped()
    }

    fn damaged_copies(&self) -> Vec<PathBuf> {
        packs::damaged(&self.path)
    }

    fn drop_copies(&mut self) {
        self.packs = packs::Packs::default();
        packs::forget(&self.path);
    }

    fn reclaimable(&self) -> Result<Reclaimable, StoreError> {
        self.read("measuring free space", house::reclaimable)
    }

    fn shrink(&mut self) -> Result<u64, StoreError> {
        let shrunk = house::shrink(&self.connection, &self.path);
        shrunk.map_err(|failure| failure.into_error("shrinking the database", &self.path))
    }

    fn check_integrity(&self) -> Result<Vec<String>, StoreError> {
        self.read("checking the database", house::check_integrity)
    }

    fn repositories(&self) -> Result<Vec<RepositorySummary>, StoreError> {
        self.read("listing repositories", generations::repositories)
    }

    fn remove_repository(&mut self, repository: &RepositoryName) -> Result<bool, StoreError> {
        let existed = self.write("removing a repository", |transaction| {
            generations::remove_repository(transaction, repository)
        })?;
        self.delete_replaced();
        Ok(existed)
    }

    fn covered(&self, generation: GenerationId) -> Result<Covered, StoreError> {
        self.read_generation("counting files", generation, |connection| {
            read::covered(connection, generation)
        })
    }

    fn counts(&self, generation: GenerationId) -> Result<Counts, StoreError> {
        self.read_generation("counting", generation, |connection| {
            read::counts(connection, generation)
        })
    }

    fn symbols_by_kind(
        &self,
        generation: GenerationId,
    ) -> Result<BTreeMap<SymbolKind, u64>, StoreError> {
        self.read_generation("counting symbols", generation, |connection| {
            read::symbols_by_kind(connection, generation)
        })
    }

    fn problems(&self, generation: GenerationId) -> Result<Vec<Problem>, StoreError> {
        self.read_generation("listing problems", generation, |connection| {
            problems::problems(connection, generation)
        })
    }

    fn skips(&self, generation: GenerationId) -> Result<Vec<Skip>, StoreError> {
        self.read_generation("listing skips", generation, |connection| {
            problems::skips(connection, generation)
        })
    }

    fn digest(&self, generation: GenerationId) -> Result<ContentHash, StoreError> {
        if self.reading.borrow().is_some() {
            return digest::digest(self, generation);
        }
        self.begin_reading(&ReadingBounds::none())?;
        let digest = digest::digest(self, generation);
        self.end_reading();
        digest
    }

    fn visit_files(
        &self,
        generation: GenerationId,
        visit: &mut dyn FnMut(FileIndex) -> std::io::Result<()>,
    ) -> Result<(), StoreError> {
        self.read_generation("reading files", generation, |connection| {
            read::visit_files(connection, generation, visit)
        })
    }

    fn visit_vectors(
        &self,
        generation: GenerationId,
        visit: &mut dyn FnMut(VectorRow) -> std::io::Result<()>,
    ) -> Result<(), StoreError> {
        self.read_generation("reading vectors", generation, |connection| {
            vectors::visit(connection, generation, visit)
        })
    }

    fn graph_basis(&self, generation: GenerationId) -> Result<Option<ContentHash>, StoreError> {
        self.read_generation("reading the graph's basis", generation, |connection| {
            graph::basis(connection, generation)
        })
    }

    fn graph_state(&self, generation: GenerationId) -> Result<GraphState, StoreError> {
        self.read_generation("reading the graph's state", generation, |connection| {
            graph::state(connection, generation)
        })
    }

    fn facts_of(&self, files: &[FileId]) -> Result<Vec<Facts>, StoreError> {
        self.read("reading facts", |connection| {
            let facts = files.iter().map(|file| graph::facts(connection, *file));
            facts.collect()
        })
    }

    fn files_naming(
        &self,
        generation: GenerationId,
        name: &str,
    ) -> Result<Vec<FileId>, StoreError> {
        self.read("looking for a name", |connection| {
            graph::files_naming(connection, generation, name)
        })
    }

    fn replace_graph(
        &mut self,
        generation: GenerationId,
        update: &GraphUpdate,
    ) -> Result<(), StoreError> {
        self.write_generation("writing the graph", generation, |transaction| {
            graph::replace(transaction, generation, update)
        })
    }

    fn graph_nodes(&self, generation: GenerationId) -> Result<Vec<GraphNode>, StoreError> {
        self.read_generation("reading nodes", generation, |connection| {
            let files = read::files(connection, generation)?;
            graph::nodes(connection, files.into_iter())
        })
    }

    fn graph_nodes_of(&self, files: &[FileId]) -> Result<Vec<GraphNode>, StoreError> {
        self.read("reading nodes", |connection| {
            graph::nodes(connection, files.iter().map(|file| file.0))
        })
    }

    fn file_graphs_of(&self, files: &[FileId]) -> Result<Vec<FileGraph>, StoreError> {
        self.read("reading edges", |connection| {
            graph::file_graphs(connection, files.iter().map(|file| file.0))
        })
    }

    fn file_graphs(&self, generation: GenerationId) -> Result<Vec<FileGraph>, StoreError> {
        self.read_generation("reading edges", generation, |connection| {
            let files = read::files(connection, generation)?;
            graph::file_graphs(connection, files.into_iter())
        })
    }

    fn metrics(&self, generation: GenerationId) -> Result<Vec<MetricsRow>, StoreError> {
        self.read_generation("reading metrics", generation, |connection| {
            graph::metrics(connection, generation)
        })
    }

    fn graph_counts(&self, generation: GenerationId) -> Result<GraphCounts, StoreError> {
        self.read_generation("counting edges", generation, |connection| {
            graph::counts(connection, generation)
        })
    }

    fn prepare_search(
        &self,
        generation: GenerationId,
        profile: &Profile,
    ) -> Result<(), StoreError> {
        self.read_generation("preparing searches", generation, |connection| {
            let files = self.packs.files(connection, generation)?;
            words::pack(connection, &self.path, &self.packs, generation, &files)?;
            let models = [
                (View::Code, &profile.code_model),
                (View::Text, &profile.text_model),
            ];
            for (view, model) in models {
                let Some(model) = model else { continue };
                if let Some(model) = vectors::model_id(connection, model)? {
                    let link = search::Link { model, view };
                    link.pack(connection, &self.path, &self.packs, generation, &files)?;
                }
            }
            Ok(())
        })
    }

    fn lexical_search(
        &self,
        generation: GenerationId,
        words: &[String],
        limit: usize,
    ) -> Result<Vec<(ChunkId, f32)>, StoreError> {
        self.read_generation("searching words", generation, |connection| {
            words::search(
                connection,
                &self.path,
                &self.packs,
                generation,
                words,
                limit,
            )
        })
    }

    fn knows_words(
        &self,
        generation: GenerationId,
        words: &[String],
    ) -> Result<Vec<bool>, StoreError> {
        self.read_generation("looking for words", generation, |connection| {
            words::known(connection, &self.path, &self.packs, generation, words)
        })
    }

    fn chunks_with(
        &self,
        generation: GenerationId,
        words: &[String],
    ) -> Result<Vec<ChunkId>, StoreError> {
        self.read_generation("looking for words", generation, |connection| {
            words::chunks_with(connection, &self.path, &self.packs, generation, words)
        })
    }

    fn visit_words(
        &self,
        generation: GenerationId,
        n_bytes: RangeInclusive<usize>,
        visit: &mut dyn FnMut(&str, u64),
    ) -> Result<(), StoreError> {
        let mut visit = |word: &str, weight: u64| {
            if n_bytes.contains(&word.len()) {
                visit(word, weight);
            }
        };
        self.read_generation("reading words", generation, |connection| {
            words::visit(connection, &self.path, &self.packs, generation, &mut visit)
        })
    }

    fn vector_search(
        &self,
        generation: GenerationId,
        model: &ModelId,
        view: View,
        query: &Vector,
        limit: usize,
    ) -> Result<Vec<(ChunkId, f32)>, StoreError> {
        let scan = search::VectorScan {
            generation,
            model,
            view,
            query,
        };
        self.read_generation("searching vectors", generation, |connection| {
            scan.run(connection, &self.path, &self.packs, limit)
        })
    }

    fn similarities(
        &self,
        model: &ModelId,
        view: View,
        query: &Vector,
        ids: &[ChunkId],
    ) -> Result<Vec<Option<f32>>, StoreError> {
        self.read("comparing vectors", |connection| {
            search::similarities(connection, model, view, query, ids)
        })
    }

    fn dependents(&self, ids: &[ChunkId]) -> Result<Vec<u32>, StoreError> {
        self.read("counting dependents", |connection| {
            read::dependents(connection, ids)
        })
    }

    fn chunks_of(
        &self,
        generation: GenerationId,
        path: &RepoPath,
    ) -> Result<Vec<StoredChunk>, StoreError> {
        self.read_generation("reading a file's chunks", generation, |connection| {
            read::chunks_of(connection, generation, path)
        })
    }

    fn chunks(&self, ids: &[ChunkId]) -> Result<Vec<StoredChunk>, StoreError> {
        self.read("reading chunks", |connection| read::chunks(connection, ids))
    }
}
