//! The plain data that crosses the [`Store`](crate::Store) trait.

use domain::{
    Chunk, Complexity, ContentHash, EdgeKind, Facts, FileRecord, FileStamp, Flags, Language,
    ModelId, NodeMetrics, Position, Profile, Provenance, ReferenceKind, RepoPath, RepositoryName,
    Resolution, Span, Symbol, SymbolKind, Vector, VectorKey, View,
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

/// Row id of a file: another one after every change of the file, and never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub i64);

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
    /// Its row.
    pub run: RunId,
    /// The generation it writes: the active one of this profile, an unfinished one of this profile, or a new one.
    pub generation: GenerationId,
    /// The generation's number within its repository, from 1.
    pub number: u64,
    /// Whether an earlier run of this generation stopped before its end.
    pub continues: bool,
}

/// What is sure after [`Store::settle`](crate::Store::settle).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Everything that was reported as written to any process is there and stays.
    Everything,
    /// What is there stays; something that was reported as written to a process may be lost.
    WhatIsThere,
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

/// The run of a repository that began last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatestRun {
    /// Its name in the database.
    pub repository: RepositoryName,
    /// Its row.
    pub run: RunId,
    /// Number of the generation that it writes, from 1.
    pub generation: u64,
    /// Whether it has ended and said so; one that was killed never does.
    pub has_ended: bool,
    /// What it last said of how far it is, if anything.
    pub progress: Option<String>,
}

/// What a database holds that nothing needs any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reclaimable {
    /// Vectors that no chunk has.
    pub n_vectors: u64,
    /// About how many bytes the database would shrink by.
    pub n_bytes: u64,
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
    /// The language that it was read as.
    pub language: Language,
    /// Version of the front end that read it.
    pub front_end: u32,
    /// Whether a program wrote it.
    pub is_generated: bool,
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
    /// What the file says there.
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
    /// Its references, in order, and what leads from them to definitions.
    pub facts: Facts,
    /// Vectors that its chunks need and the store lacked.
    pub new_vectors: Vec<NewVector>,
}

/// A file as the graph phase finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphFile {
    /// The file's row.
    pub id: FileId,
    /// The file.
    pub path: RepoPath,
    /// The language it was read as.
    pub language: Language,
    /// Whether its facts hold declarations that other files see without importing it.
    pub is_shared: bool,
    /// What resolution depended on when it last resolved this state of the file; `None` if it did not yet.
    pub resolved: Option<ResolvedFrom>,
}

/// What the resolution of a file depended on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedFrom {
    /// Hash over where the file's module specifiers led.
    pub modules: ContentHash,
    /// The files that were looked at, without the file itself.
    pub dependencies: Vec<FileId>,
    /// Those of them that stand for others: whatever concerns what they depend on concerns this file, too.
    pub behind: Vec<FileId>,
}

impl ResolvedFrom {
    /// Returns both lists as one, in which the number of a file that stands for others is negative.
    pub(crate) fn stored(&self) -> impl Iterator<Item = i64> {
        let behind = self.behind.iter().map(|id| id.0.wrapping_neg());
        self.dependencies.iter().map(|id| id.0).chain(behind)
    }

    /// Takes both lists as they are stored.
    pub(crate) fn from_stored(
        modules: ContentHash,
        ids: impl Iterator<Item = i64>,
    ) -> ResolvedFrom {
        let (behind, dependencies): (Vec<i64>, Vec<i64>) = ids.partition(|id| *id < 0);
        ResolvedFrom {
            modules,
            dependencies: dependencies.into_iter().map(FileId).collect(),
            behind: behind
                .into_iter()
                .map(|id| FileId(id.wrapping_neg()))
                .collect(),
        }
    }
}

/// The graph that a generation has, before a graph phase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphState {
    /// What the caller of [`replace_graph`](crate::Store::replace_graph) said of its basis.
    pub basis: Option<ContentHash>,
    /// Files in path order.
    pub files: Vec<GraphFile>,
}

/// A symbol by its file and its place among the file's symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SymbolId {
    /// The row of its file.
    pub file: FileId,
    /// Place among the file's symbols; 0 is the module.
    pub symbol: u32,
}

/// A resolved relation from a symbol of a file to any symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// What the edge says.
    pub kind: EdgeKind,
    /// Place of the source among the file's symbols.
    pub source: u32,
    /// Where it leads.
    pub target: SymbolId,
    /// Place among the file's references of the one that says so, if one does.
    pub reference: Option<u32>,
    /// How that reference uses its target.
    pub how: Option<ReferenceKind>,
    /// Where the source says so.
    pub position: Position,
    /// How it was found.
    pub provenance: Provenance,
}

/// How the references of one file were resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileGraph {
    /// The row of the file whose references they are.
    pub file: FileId,
    /// What it depended on.
    pub from: ResolvedFrom,
    /// How each reference ended, in order.
    pub outcomes: Vec<Resolution>,
    /// Edges whose source is in the file, in order of their references.
    pub edges: Vec<Edge>,
}

/// What a graph phase found; the rest of the graph stays as it is.
#[derive(Clone, Debug, Default)]
pub struct GraphUpdate {
    /// Hash over what the graph was made from beside the files.
    pub basis: Option<ContentHash>,
    /// Files that were resolved.
    pub files: Vec<FileGraph>,
    /// The measures of every symbol of the files that they name, which replace the old ones.
    pub metrics: Vec<MetricsRow>,
}

/// A symbol as a node of the graph.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphNode {
    /// Which symbol.
    pub id: SymbolId,
    /// Its parent among the file's symbols; `None` for the module.
    pub parent: Option<u32>,
    /// What it is.
    pub kind: SymbolKind,
    /// Its name alone, without those around it.
    pub name: String,
    /// Names of the enclosing definitions and its own.
    pub qualified_name: String,
    /// Where its name stands.
    pub position: Position,
    /// The whole definition.
    pub span: Span,
    /// What the source says about it in passing.
    pub flags: Flags,
    /// Size and branching.
    pub complexity: Complexity,
}

/// The measures of a symbol.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricsRow {
    /// Which symbol.
    pub id: SymbolId,
    /// Its measures; `cycle` and `community` are given by the symbols beside them.
    pub metrics: NodeMetrics,
    /// The symbol that stands for its strongly connected component.
    pub cycle: SymbolId,
    /// The symbol that stands for its community.
    pub community: SymbolId,
}

/// How many references ended how, and how many edges say what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphCounts {
    /// Edges by kind, without containment, which the symbols' parents say.
    pub edges: std::collections::BTreeMap<EdgeKind, u64>,
    /// References by how they ended; those of files that are not resolved yet are not counted.
    pub references: std::collections::BTreeMap<Resolution, u64>,
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
    /// Whether a program wrote the file.
    pub is_generated: bool,
    /// Hash of the file's bytes that were indexed.
    pub hash: ContentHash,
    /// The chunk as it was indexed, whatever the file holds by now.
    pub chunk: Chunk,
}

/// A vector as `export` prints it.
#[derive(Clone, Debug)]
pub struct VectorRow {
    /// The file.
    pub path: RepoPath,
    /// Index of the chunk within its file.
    pub chunk_index: u32,
    /// Whether of the code or of the words.
    pub view: View,
    /// The identity of the model that made it.
    pub model: ModelId,
    /// Hash of the text that it embeds.
    pub input: ContentHash,
    /// The embedding.
    pub vector: Vector,
}

/// How much of its tree a generation covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    /// Files with rows.
    pub n_files: u64,
    /// Problems on record.
    pub n_problems: u64,
}

/// Sizes of one generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files with rows.
    pub n_files: u64,
    /// Chunks of those files.
    pub n_chunks: u64,
    /// Distinct vectors that the chunks link to.
    pub n_vectors: u64,
    /// Definitions in them, their modules among them.
    pub n_symbols: u64,
    /// Uses of names in them, however they were resolved.
    pub n_references: u64,
    /// Problems on record.
    pub n_problems: u64,
    /// Skips on record.
    pub n_skips: u64,
}

/// A repository as `status` shows it.
#[derive(Clone, Debug)]
pub struct RepositorySummary {
    /// Its name, which no other repository of the database has.
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
    /// The generation's latest run, whether it has ended or not.
    pub run: Option<RunId>,
    /// Summary of the last finished run, as JSON.
    pub last_run: Option<String>,
}
