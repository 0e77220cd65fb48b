//! Keeps what a repository turned into: one [`Store`] trait in plain data types, and the backends behind it.
//!
//! The trait speaks of repositories, generations, files, chunks and vectors; only the backends know SQL. Nothing here walks
//! a tree, parses a file or ranks an answer. Start at [`Store`]; [`conformance`] says as tests what every backend must do.

mod bm25;
mod boundary;
pub mod conformance;
mod digest;
mod dot;
mod error;
mod ids;
mod lexical;
mod pack;
mod postgres;
mod postings;
mod quantized;
mod ranking;
mod reading;
mod records;
mod sqlite;
mod traits;

pub use boundary::{Side, Watcher, watch_commits};
pub use digest::{FileDigest, file_digests};
pub use error::StoreError;
pub use lexical::{WORDS_VERSION, code_words, composed, written};
pub use pack::{Manifest, PACK_FORMAT, Pack, PackError, Packing, VectorsOf, write_pack};
pub use postgres::{
    InvalidAddress, PostgresAddress, PostgresStore, is_keywords, is_postgres_scheme,
    without_password,
};
pub use postings::words_of_file;
pub use reading::{Canceller, Reading, ReadingBounds};
pub use records::{
    ChunkId, ChunkRow, Counts, Covered, Edge, FileGraph, FileId, FileIndex, FileOutcome,
    GenerationId, GenerationState, GraphCounts, GraphFile, GraphNode, GraphState, GraphUpdate,
    KnownFile, LatestRun, MetricsRow, NewVector, Reclaimable, RepositorySummary, ResolvedFrom,
    RunEnd, RunId, RunSettings, Settled, StartedRun, StoredChunk, SymbolId, VectorRow,
};
pub use sqlite::SqliteStore;
pub use traits::{RepositoryLock, Store};
