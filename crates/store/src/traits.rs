//! The seam between the program and its databases.

use std::collections::{BTreeMap, HashSet};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use domain::{
    ContentHash, Facts, FileStamp, ModelId, Problem, Profile, RepoPath, RepositoryName, Skip,
    SymbolKind, Vector, View,
};

use crate::records::{
    ChunkId, Counts, Covered, FileGraph, FileId, FileIndex, GenerationId, GraphCounts, GraphNode,
    GraphState, GraphUpdate, KnownFile, LatestRun, MetricsRow, NewVector, Reclaimable,
    RepositorySummary, RunEnd, RunId, RunSettings, Settled, StartedRun, StoredChunk, VectorRow,
};
use crate::{ReadingBounds, StoreError};

/// Proof that this process is the only one that indexes a repository; released on drop and, by the operating system, on death.
pub trait RepositoryLock: Send {}

/// A database of indexed repositories.
///
/// Several processes may hold a `Store` on the same database. Each method is one transaction: after it returns `Ok` the
/// change survives the death of the process ([`settle`](Store::settle) is about that of the machine), after `Err` nothing of it is visible. Readers never block writers. A backend
/// retries short contention itself and reports what outlasts its bound.
pub trait Store: Send {
    /// Begins to read one state: until [`end_reading`](Store::end_reading) all that reads sees the database as it is now. Fails once
    /// the `bounds` are met, and does not try again by itself: a lost state does not come back. Called by [`Reading`](crate::Reading).
    fn begin_reading(&self, bounds: &ReadingBounds) -> Result<(), StoreError>;

    /// Ends what [`begin_reading`](Store::begin_reading) has begun; nothing if that is over already.
    fn end_reading(&self);

    /// Names the last commit that reads see: equal names mean that nothing was committed in between, other names mean that something may
    /// have been.
    fn last_commit(&self) -> Result<String, StoreError>;

    /// Takes the right to index `repository`, waiting up to `patience` for another process that holds it.
    ///
    /// Fails with [`StoreError::Locked`], which names the holder.
    fn lock_repository(
        &self,
        repository: &RepositoryName,
        patience: Duration,
    ) -> Result<Box<dyn RepositoryLock>, StoreError>;

    /// Begins a run: creates the repository if needed and picks or creates the generation to write.
    ///
    /// The active generation is continued when its profile equals the run's; else an unfinished generation of that profile;
    /// else a new one is created. An unfinished generation of yet another profile is deleted.
    fn begin_run(&mut self, settings: &RunSettings) -> Result<StartedRun, StoreError>;

    /// Makes what all processes have written to a generation safe from a crash of the database's machine.
    ///
    /// A backend whose workers do not wait for the disk says that some of it may be gone already: the caller then has to look.
    fn settle(&mut self, _generation: GenerationId) -> Result<Settled, StoreError> {
        Ok(Settled::Everything)
    }

    /// Ends a run. When it is complete, its generation becomes the active one in the same transaction and every other
    /// generation of the repository is deleted; else everything stays as it is and a later run continues.
    fn finish_run(&mut self, run: RunId, end: &RunEnd) -> Result<(), StoreError>;

    /// Records how far a run is, in words of the caller's. Nothing for a run that is gone.
    fn record_progress(&mut self, run: RunId, progress: &str) -> Result<(), StoreError>;

    /// Returns the latest run of every repository that has one, by repository.
    fn latest_runs(&self) -> Result<Vec<LatestRun>, StoreError>;

    /// Returns what is known about every file of a generation, in path order; files that have only a problem are not listed.
    fn known_files(&self, generation: GenerationId) -> Result<Vec<KnownFile>, StoreError>;

    /// Replaces all rows of one file and clears its problem, in one transaction.
    fn replace_file(
        &mut self,
        generation: GenerationId,
        file: &FileIndex,
    ) -> Result<(), StoreError> {
        self.replace_files(generation, std::slice::from_ref(file))
    }

    /// Replaces several files, each as [`replace_file`](Store::replace_file) does, all of them in one transaction.
    fn replace_files(
        &mut self,
        generation: GenerationId,
        files: &[FileIndex],
    ) -> Result<(), StoreError>;

    /// Records new stamps of files whose bytes are unchanged.
    fn restamp_files(
        &mut self,
        generation: GenerationId,
        stamps: &[(RepoPath, FileStamp)],
    ) -> Result<(), StoreError>;

    /// Deletes files with their rows and problems. Unknown paths are ignored.
    fn remove_files(
        &mut self,
        generation: GenerationId,
        paths: &[RepoPath],
    ) -> Result<(), StoreError>;

    /// Replaces the generation's problems and skips by those of the run that ends.
    fn record_left_out(
        &mut self,
        generation: GenerationId,
        problems: &[Problem],
        skips: &[Skip],
    ) -> Result<(), StoreError>;

    /// Records one problem at once, so that a run that is killed does not forget it.
    fn record_problem(
        &mut self,
        generation: GenerationId,
        problem: &Problem,
    ) -> Result<(), StoreError>;

    /// Returns which of `inputs` already have a vector under `model`.
    fn existing_vectors(
        &self,
        model: &ModelId,
        inputs: &[ContentHash],
    ) -> Result<HashSet<ContentHash>, StoreError>;

    /// Stores vectors ahead of the file that needs them, so that an attempt that dies leaves its work to the next one.
    fn add_vectors(&mut self, vectors: &[NewVector]) -> Result<(), StoreError>;

    /// Deletes vectors that no chunk of any generation links to; returns how many.
    fn sweep_vectors(&mut self) -> Result<u64, StoreError>;

    /// Returns the copies of rows, beside the database, that answers found damaged since this was last asked. They were deleted, and made anew
    /// where that was possible. A backend without copies has none.
    fn dropped_copies(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Reads every copy of rows that answers may be read from to its end; returns those that are damaged, which stay.
    fn damaged_copies(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Deletes every copy of rows; whoever asks next makes them anew.
    fn drop_copies(&mut self) {}

    /// Returns what [`Store::sweep_vectors`] and [`Store::shrink`] would reclaim. A backend that keeps house by itself has nothing.
    fn reclaimable(&self) -> Result<Reclaimable, StoreError> {
        Ok(Reclaimable::default())
    }

    /// Gives free space back to the system; returns how many bytes.
    fn shrink(&mut self) -> Result<u64, StoreError> {
        Ok(0)
    }

    /// Returns what is damaged in the database itself, in its engine's words; nothing where the engine sees to it by itself.
    fn check_integrity(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    /// Returns every repository, by name.
    fn repositories(&self) -> Result<Vec<RepositorySummary>, StoreError>;

    /// Deletes a repository with everything it has, shared vectors excepted; returns whether it existed.
    fn remove_repository(&mut self, repository: &RepositoryName) -> Result<bool, StoreError>;

    /// Returns how many files of a generation have rows, and how many have problems: what every answer says, at a small part of
    /// the cost of [`counts`](Store::counts).
    fn covered(&self, generation: GenerationId) -> Result<Covered, StoreError>;

    /// Returns the sizes of a generation.
    fn counts(&self, generation: GenerationId) -> Result<Counts, StoreError>;

    /// Returns how many symbols of each kind a generation has.
    fn symbols_by_kind(
        &self,
        generation: GenerationId,
    ) -> Result<BTreeMap<SymbolKind, u64>, StoreError>;

    /// Returns the problems on record, in path order.
    fn problems(&self, generation: GenerationId) -> Result<Vec<Problem>, StoreError>;

    /// Returns the skips on record, in path order.
    fn skips(&self, generation: GenerationId) -> Result<Vec<Skip>, StoreError>;

    /// Returns the hash over everything the generation says, independent of row ids, row order, backend and history.
    fn digest(&self, generation: GenerationId) -> Result<ContentHash, StoreError>;

    /// Calls `visit` for every file with its whole content but vectors, in path order.
    ///
    /// Holds one file in memory at a time. An error of `visit` ends the visit and is returned as is.
    fn visit_files(
        &self,
        generation: GenerationId,
        visit: &mut dyn FnMut(FileIndex) -> std::io::Result<()>,
    ) -> Result<(), StoreError>;

    /// Calls `visit` for every vector link, by path, chunk and view.
    fn visit_vectors(
        &self,
        generation: GenerationId,
        visit: &mut dyn FnMut(VectorRow) -> std::io::Result<()>,
    ) -> Result<(), StoreError>;

    /// Returns what the caller of [`replace_graph`](Store::replace_graph) said of the basis of a generation's graph; nothing while that is
    /// unfinished.
    fn graph_basis(&self, generation: GenerationId) -> Result<Option<ContentHash>, StoreError>;

    /// Returns the files of a generation and what their resolution depended on, in path order.
    fn graph_state(&self, generation: GenerationId) -> Result<GraphState, StoreError>;

    /// Returns what a file says about its names.
    fn facts(&self, file: FileId) -> Result<Facts, StoreError> {
        let facts = self.facts_of(&[file])?;
        Ok(facts.into_iter().next().unwrap_or_default())
    }

    /// Returns what each of some files says about its names, in their order.
    fn facts_of(&self, files: &[FileId]) -> Result<Vec<Facts>, StoreError>;

    /// Returns the files whose facts have this name in them, in path order. A longer name that holds it counts as well, so that a file
    /// may be among them which does not have it; none that has it is missing.
    fn files_naming(&self, generation: GenerationId, name: &str)
    -> Result<Vec<FileId>, StoreError>;

    /// Replaces the edges of the files in `update`, the measures of the files that it measures, and the basis, in one transaction.
    ///
    /// A large graph is written piece by piece, the basis with the last: a generation without one is unfinished.
    /// Edges that lead to a file which was replaced or removed in the meantime are the caller's to resolve again.
    fn replace_graph(
        &mut self,
        generation: GenerationId,
        update: &GraphUpdate,
    ) -> Result<(), StoreError>;

    /// Returns the symbols of a generation as nodes, by path and place.
    fn graph_nodes(&self, generation: GenerationId) -> Result<Vec<GraphNode>, StoreError>;

    /// Returns the symbols of some files of a generation as nodes, in the order of the files and by place.
    fn graph_nodes_of(&self, files: &[FileId]) -> Result<Vec<GraphNode>, StoreError>;

    /// Returns the edges of some files of a generation, in the order of the files, as [`Store::file_graphs`] does.
    fn file_graphs_of(&self, files: &[FileId]) -> Result<Vec<FileGraph>, StoreError>;

    /// Returns the edges of a generation by file, in path order, with how the file's references ended. Containment is not among them:
    /// the symbols' parents say it.
    fn file_graphs(&self, generation: GenerationId) -> Result<Vec<FileGraph>, StoreError>;

    /// Returns the measures of a generation's symbols, by path and place.
    fn metrics(&self, generation: GenerationId) -> Result<Vec<MetricsRow>, StoreError>;

    /// Returns how many references ended how, and how many edges say what.
    fn graph_counts(&self, generation: GenerationId) -> Result<GraphCounts, StoreError>;

    /// Makes ready what searches of a generation under `profile` would otherwise make first. A backend that needs nothing does nothing.
    fn prepare_search(&self, _: GenerationId, _: &Profile) -> Result<(), StoreError> {
        Ok(())
    }

    /// Returns the best `limit` chunks for `words` by BM25 over name, qualified name, path, signature, doc and source, best
    /// first, with a score of which larger is better. Words are alternatives: a chunk need not have all of them.
    fn lexical_search(
        &self,
        generation: GenerationId,
        words: &[String],
        limit: usize,
    ) -> Result<Vec<(ChunkId, f32)>, StoreError>;

    /// Returns for each of `words`, as [`code_words`](crate::code_words) gives them, whether a chunk of a generation has it.
    fn knows_words(
        &self,
        generation: GenerationId,
        words: &[String],
    ) -> Result<Vec<bool>, StoreError>;

    /// Returns the chunks of a generation that have one of `words`, as [`code_words`](crate::code_words) gives them, in order of ids.
    fn chunks_with(
        &self,
        generation: GenerationId,
        words: &[String],
    ) -> Result<Vec<ChunkId>, StoreError>;

    /// Visits the words of so many bytes that the chunks of a generation have, in no order and some more than once, each with a number
    /// that grows with the chunks that have it.
    fn visit_words(
        &self,
        generation: GenerationId,
        n_bytes: RangeInclusive<usize>,
        visit: &mut dyn FnMut(&str, u64),
    ) -> Result<(), StoreError>;

    /// Returns the best `limit` chunks by the dot product of `query` and their vectors of `view` under `model`, best first; exact,
    /// except where a backend has an index of many vectors: there at least 98 of 100 are among the exact answer's.
    fn vector_search(
        &self,
        generation: GenerationId,
        model: &ModelId,
        view: View,
        query: &Vector,
        limit: usize,
    ) -> Result<Vec<(ChunkId, f32)>, StoreError>;

    /// Returns the dot product of `query` and the vector of each chunk, in the order of `ids`; nothing for a chunk that is gone or has
    /// no such vector. The same numbers that [`vector_search`](Store::vector_search) ranks by.
    fn similarities(
        &self,
        model: &ModelId,
        view: View,
        query: &Vector,
        ids: &[ChunkId],
    ) -> Result<Vec<Option<f32>>, StoreError>;

    /// Returns how many other definitions depend on the one that begins where each chunk does, in the order of `ids`; 0 where none
    /// begins there, and before the graph is resolved.
    fn dependents(&self, ids: &[ChunkId]) -> Result<Vec<u32>, StoreError>;

    /// Returns the chunks of one file, in order; none for a file that the generation does not have.
    fn chunks_of(
        &self,
        generation: GenerationId,
        path: &RepoPath,
    ) -> Result<Vec<StoredChunk>, StoreError>;

    /// Returns chunks by id, in the order of `ids`; ids that are gone are left out.
    fn chunks(&self, ids: &[ChunkId]) -> Result<Vec<StoredChunk>, StoreError>;
}

/// Returns what the writing of files is called in errors, and by those who watch commits.
pub(crate) fn write_operation(files: &[FileIndex]) -> &'static str {
    match files {
        [_] => "writing a file",
        _ => "writing files",
    }
}
