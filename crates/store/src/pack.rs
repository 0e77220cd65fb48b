//! An index as one file: everything that a generation says, whatever store, machine or rows it is kept in.
//!
//! [`write_pack`] writes one from any store. [`Pack`] reads one that a stranger may have made: first the whole file is held against its
//! checksum, then it is read again, a bounded piece at a time, into a new generation of any store, and the caller makes that generation answer only if
//! the digest is the one that the file names. Nothing in a pack is a path that is opened or a command that is run.
//!
//! Layout: eight bytes that say what it is, four with the version of the format, frames, an empty frame, and the BLAKE3 hash of
//! all before it. A frame is the length of its records, its own length, and a zstd frame of records. Another version is refused: a pack is made again in
//! minutes, and a reader of old ones would be code that strangers reach.

mod frames;
mod records;
mod restoring;
mod writing;

use std::io::{BufReader, Read, Seek, SeekFrom};

use domain::{ContentHash, Profile, RepositoryName};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::StoreError;
use frames::FrameReader;
use records::Record;

pub use writing::{Packing, VectorsOf, write_pack};

/// Version of the format, which rises with every change of what a record holds, facts and profiles included.
pub const PACK_FORMAT: u32 = 1;

/// What a pack says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the program that wrote it, for people.
    pub program: String,
    /// What the repository was called.
    pub repository: RepositoryName,
    /// What its files turned into.
    pub profile: Profile,
    /// Files that it holds.
    pub n_files: u64,
    /// What `mnemo digest` says of it; nothing where vectors were left out.
    pub digest: Option<ContentHash>,
    /// Summary of the last run, as JSON.
    pub last_run: Option<String>,
}

/// Why a pack cannot be written or read.
#[derive(Debug, Error)]
pub enum PackError {
    /// The file is something else.
    #[error("it is no pack of mnemo")]
    NotAPack,
    /// Another version of the program wrote it.
    #[error("it has version {found} of the format, and this program reads version {PACK_FORMAT}")]
    OtherFormat {
        /// The version that it has.
        found: u32,
    },
    /// It is not what was written.
    #[error("it is damaged: {what}")]
    Damaged {
        /// What was found.
        what: &'static str,
    },
    /// A file turned into more than a record holds.
    #[error("a record of {n_bytes} bytes is larger than a pack holds")]
    TooLarge {
        /// Its size.
        n_bytes: usize,
    },
    /// The file could not be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for PackError {
    fn from(error: StoreError) -> PackError {
        match error {
            StoreError::Visit(error) => PackError::Io(error),
            error => PackError::Store(error),
        }
    }
}

const fn damaged(what: &'static str) -> PackError {
    PackError::Damaged { what }
}

/// A pack whose bytes are those that were written.
pub struct Pack<R> {
    input: R,
    manifest: Manifest,
    checksum: [u8; 32],
}

impl<R: Read + Seek> Pack<R> {
    /// Holds a whole file against its checksum and reads what it says of itself.
    pub fn open(mut input: R) -> Result<Pack<R>, PackError> {
        let mut frames = FrameReader::new(BufReader::new(&mut input))?;
        let first = frames.next()?.ok_or(damaged("it holds nothing"))?;
        while frames.skip()? {}
        let checksum = frames.finish()?;
        // After the checksum: nobody but who wrote the file has a say before that.
        let manifest = match records::all(&first).next() {
            Some(Ok(Record::Manifest(manifest))) => manifest,
            _ => return Err(damaged("it does not begin with what it is")),
        };
        Ok(Pack {
            input,
            manifest,
            checksum,
        })
    }

    /// Returns what it says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns its frames from the first.
    fn frames(&mut self) -> Result<FrameReader<impl Read + '_>, PackError> {
        self.input.seek(SeekFrom::Start(0))?;
        FrameReader::new(BufReader::new(&mut self.input))
    }
}
