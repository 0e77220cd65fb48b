//! The plain data that crosses the [`Store`](crate::Store) trait.

use domain::{
    Chunk, ContentHash, FileRecord, FileStamp, Language, ModelId, Profile, Reference, RepoPath,
    RepositoryName, Symbol, Vector, VectorKey, View,
};

/// Row id of a generation; meaningful only to the store that gave it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct GenerationId(pub i64);

/// Row id of a run.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct RunId(pub i64);

/// Row id of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChunkId(pub i64);

/// What a run is about to do.
#[derive(Clone, Debug)]
pub struct RunSettings {
    /// The repository; created when unknown.
    pub repository: RepositoryName,
    /// Absolute path of its root, for people and for `watch`.
    pub root: String,
    /// What files turn into.
    pub profile: Profile,
    /// Build a new generation even where one of this profile exists (`--full`).
    pub from_scratch: bool,
}

/// A run that has begun.
#[derive(Clone, Copy, Debug)]
pub struct StartedRun {
    /// The run.
    pub run: RunId,
    /// The generation it writes: the active one of this profile, an unfinished one of this profile, or a new one.
    pub generation: GenerationId,
    /// The generation's number within its repository, from 1.
    pub number: u64,
    /// Whether an earlier run of this generation stopped before its end.
    pub continues: bool,
}

/// Where a generation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GenerationState {
    /// Being built for the first time; answers only while its repository has no active generation.
    Building,
    /// The one that answers.
    Active,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct RunEnd {
    /// Every file was indexed, skipped or reported: the generation becomes the active one and replaces others.
    pub complete: bool,
    /// The run's summary as JSON, for `status`.
    pub summary: String,
}

/// What the store knows about a file before a run.
#[derive(Clone, Debug)]
pub struct KnownFile {
    /// The file.
    pub path: RepoPath,
    /// Hash of the bytes that were indexed.
    pub hash: ContentHash,
    /// Their size and time.
    pub stamp: FileStamp,
    /// Whether a problem is recorded for it, so that it must be tried again.
    pub has_problem: bool,
}

/// How one file ended, for a caller that only counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOutcome {
    /// Its rows were replaced.
    Replaced,
    /// It was new.
    Added,
}

/// A vector computed for this file that the store did not have.
#[derive(Clone, Debug)]
pub struct NewVector {
    /// What it embeds, under which model.
    pub key: VectorKey,
    /// The embedding.
    pub vector: Vector,
}

/// A chunk with the keys of its views' vectors.
#[derive(Clone, Debug)]
pub struct ChunkRow {
    /// The chunk.
    pub chunk: Chunk,
    /// Key of the code view's vector; `None` without embeddings.
    pub code: Option<VectorKey>,
    /// Key of the text view's vector; `None` without embeddings.
    pub text: Option<VectorKey>,
}

/// Everything one file turned into; written in one transaction.
#[derive(Clone, Debug)]
pub struct FileIndex {
    /// The file.
    pub record: FileRecord,
    /// Its chunks, in order.
    pub chunks: Vec<ChunkRow>,
    /// Its symbols; their order is what [`Symbol::parent`] and references count by.
    pub symbols: Vec<Symbol>,
    /// Its references, in order.
    pub references: Vec<Reference>,
    /// Vectors that its chunks need and the store lacked.
    pub new_vectors: Vec<NewVector>,
}

/// A chunk as a search answers with it.
#[derive(Clone, Debug)]
pub struct StoredChunk {
    /// Its row.
    pub id: ChunkId,
    /// The file.
    pub path: RepoPath,
    /// The file's language.
    pub language: Language,
    /// Whether the file is a test.
    pub is_test: bool,
    /// The chunk.
    pub chunk: Chunk,
}

/// A vector as `export` prints it.
#[derive(Clone, Debug)]
pub struct VectorRow {
    /// The file.
    pub path: RepoPath,
    /// Index of the chunk within its file.
    pub chunk_index: u32,
    /// Which view.
    pub view: View,
    /// The model.
    pub model: ModelId,
    /// The embedding.
    pub vector: Vector,
}

/// Sizes of one generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files with rows.
    pub n_files: u64,
    /// Chunks.
    pub n_chunks: u64,
    /// Distinct vectors that the chunks link to.
    pub n_vectors: u64,
    /// Symbols.
    pub n_symbols: u64,
    /// References.
    pub n_references: u64,
    /// Problems on record.
    pub n_problems: u64,
    /// Skips on record.
    pub n_skips: u64,
}

/// A repository as `status` shows it.
#[derive(Clone, Debug)]
pub struct RepositorySummary {
    /// Its name.
    pub name: RepositoryName,
    /// Absolute path of its root when it was last indexed.
    pub root: String,
    /// The generation that answers: the active one, else the one being built.
    pub generation: GenerationId,
    /// That generation's number, from 1.
    pub number: u64,
    /// Where it stands.
    pub state: GenerationState,
    /// Whether its last run reached its end.
    pub is_complete: bool,
    /// What its files turned into.
    pub profile: Profile,
    /// Number of a newer generation under construction beside it.
    pub building: Option<u64>,
    /// Summary of the last finished run, as JSON.
    pub last_run: Option<String>,
}
