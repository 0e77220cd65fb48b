//! What stands in frames: twins of the store's records in which files are counted instead of named by rows.

use domain::{
    Chunk, ContentHash, EdgeKind, Facts, FileRecord, ModelId, NodeMetrics, Position, Problem,
    Provenance, ReferenceKind, Resolution, Skip, Symbol, VectorKey,
};
use serde::{Deserialize, Serialize};

use super::{Manifest, PackError, damaged};

/// A record, in the order in which they stand in a pack.
#[derive(Serialize, Deserialize)]
pub(super) enum Record {
    /// What the pack says of itself.
    Manifest(Manifest),
    /// A vector, before any file that needs it.
    Vector {
        /// What it embeds.
        key: Key,
        /// Two little-endian bytes per number.
        bytes: Vec<u8>,
    },
    /// A file, by path. Later records count files in this order.
    File(Box<PackedFile>),
    /// What was left out.
    LeftOut {
        problems: Vec<Problem>,
        skips: Vec<Skip>,
    },
    /// How the references of one file were resolved.
    Graph(PackedGraph),
    /// The measures of the symbols of one file.
    Metrics { file: u32, rows: Vec<PackedMetrics> },
    /// Nothing is missing.
    End { basis: Option<ContentHash> },
}

#[derive(Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) model: ModelId,
    pub(super) input: ContentHash,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PackedFile {
    pub(super) record: FileRecord,
    pub(super) chunks: Vec<PackedChunk>,
    pub(super) symbols: Vec<Symbol>,
    pub(super) facts: Facts,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PackedChunk {
    pub(super) chunk: Chunk,
    pub(super) code: Option<Key>,
    pub(super) text: Option<Key>,
}

/// A symbol by the number of its file and its place there.
pub(super) type Place = (u32, u32);

#[derive(Serialize, Deserialize)]
pub(super) struct PackedGraph {
    pub(super) file: u32,
    pub(super) modules: ContentHash,
    pub(super) dependencies: Vec<u32>,
    pub(super) behind: Vec<u32>,
    pub(super) outcomes: Vec<Resolution>,
    pub(super) edges: Vec<PackedEdge>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PackedEdge {
    pub(super) kind: EdgeKind,
    pub(super) source: u32,
    pub(super) target: Place,
    pub(super) reference: Option<u32>,
    pub(super) how: Option<ReferenceKind>,
    pub(super) position: Position,
    pub(super) provenance: Provenance,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PackedMetrics {
    pub(super) symbol: u32,
    pub(super) metrics: NodeMetrics,
    pub(super) cycle: Place,
    pub(super) community: Place,
}

impl From<VectorKey> for Key {
    fn from(VectorKey { model, input }: VectorKey) -> Key {
        Key { model, input }
    }
}

impl From<Key> for VectorKey {
    fn from(Key { model, input }: Key) -> VectorKey {
        VectorKey { model, input }
    }
}

/// Returns a record as bytes.
pub(super) fn bytes(record: &Record) -> Vec<u8> {
    postcard::to_stdvec(record).expect("lists, numbers and strings always serialize")
}

/// Returns the records of a frame one after the other; ends with the first that cannot be read.
pub(super) fn all(frame: &[u8]) -> impl Iterator<Item = Result<Record, PackError>> + '_ {
    let mut rest = frame;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let record = split(&mut rest);
        if record.is_err() {
            rest = &[];
        }
        Some(record)
    })
}

fn split(rest: &mut &[u8]) -> Result<Record, PackError> {
    const UNREADABLE: PackError = damaged("a record cannot be read");
    let (length, behind) = rest.split_first_chunk().ok_or(UNREADABLE)?;
    let length = u32::from_le_bytes(*length) as usize;
    let (record, behind) = behind.split_at_checked(length).ok_or(UNREADABLE)?;
    *rest = behind;
    match postcard::take_from_bytes(record) {
        Ok((record, [])) => Ok(record),
        _ => Err(UNREADABLE),
    }
}
