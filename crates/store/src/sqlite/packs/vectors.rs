//! Vectors of one view and model in eight bits a number: a quarter of the memory that single precision takes to go through.
//!
//! A scan by them misses the exact result by no more than [`VectorPack::error`], so that it finds all that can be among the best; their
//! exact likeness comes from the database.

use std::io::{self, BufWriter, Seek, Write};
use std::ops::Range;

use fs_err as fs;

use super::checked::{Checked, Damaged};
use super::place::{Aside, Place};
use super::{FILE_BYTES, Files, Pack};
use crate::quantized::Quantized;

/// Begins every file; another word with every change of the format.
pub(super) const MAGIC: [u8; 8] = *b"mnemovp5";

/// Magic, number of dimensions, highest file id, number of rows, largest error as a float of single precision, number of files: eight bytes
/// each. Then the numbers of all rows, then their scales, then their chunks' ids, then the files.
const HEADER_BYTES: usize = 48;

const SCALE_BYTES: usize = 4;
const ID_BYTES: usize = 8;

/// Packed vectors.
pub(in crate::sqlite) struct VectorPack {
    bytes: Checked,
    n_rows: usize,
    files_at: usize,
    last_file: i64,
    pub(in crate::sqlite) n_dimensions: usize,
    /// The largest distance between a vector and its row here.
    pub(in crate::sqlite) error: f32,
}

/// A row of a copy.
pub(in crate::sqlite) struct PackedRow<'a> {
    pub(in crate::sqlite) chunk: i64,
    pub(in crate::sqlite) scale: f32,
    /// Signed numbers.
    pub(in crate::sqlite) values: &'a [u8],
}

impl Pack for VectorPack {
    fn open(place: &Place) -> Result<Option<VectorPack>, Damaged> {
        let Some(bytes) = place.open(&MAGIC)? else {
            return Ok(None);
        };
        VectorPack::read(bytes).ok_or(Damaged).map(Some)
    }

    fn bytes(&self) -> &Checked {
        &self.bytes
    }

    fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn last_file(&self) -> i64 {
        self.last_file
    }

    fn files(&self) -> Option<&[u8]> {
        self.bytes.get(self.files_at..self.bytes.len())
    }
}

impl VectorPack {
    /// Nothing where the parts do not make up the whole.
    fn read(bytes: Checked) -> Option<VectorPack> {
        let n_dimensions = usize::try_from(bytes.number(8)?).ok()?;
        let last_file = bytes.number(16)?.cast_signed();
        let n_rows = usize::try_from(bytes.number(24)?).ok()?;
        let error = f32::from_bits(u32::try_from(bytes.number(32)?).ok()?);
        let file_bytes = usize::try_from(bytes.number(40)?)
            .ok()?
            .checked_mul(FILE_BYTES)?;
        let row_bytes = n_dimensions.checked_add(SCALE_BYTES + ID_BYTES)?;
        let files_at = n_rows.checked_mul(row_bytes)?.checked_add(HEADER_BYTES)?;
        let is_whole = files_at.checked_add(file_bytes) == Some(bytes.len());
        (n_dimensions > 0 && is_whole).then_some(VectorPack {
            bytes,
            n_rows,
            files_at,
            last_file,
            n_dimensions,
            error,
        })
    }

    /// Returns some rows, in order of their chunks' ids; nothing where they are damaged.
    pub(in crate::sqlite) fn rows(
        &self,
        range: Range<usize>,
    ) -> Option<impl Iterator<Item = PackedRow<'_>>> {
        let part = |start: usize, width: usize| {
            let range = start + width * range.start..start + width * range.end;
            self.bytes.get(range)
        };
        let scales_at = HEADER_BYTES + self.n_dimensions * self.n_rows;
        let values = part(HEADER_BYTES, self.n_dimensions)?;
        let scales = part(scales_at, SCALE_BYTES)?.as_chunks::<SCALE_BYTES>().0;
        let ids = part(scales_at + SCALE_BYTES * self.n_rows, ID_BYTES)?;
        let ids = ids.as_chunks::<ID_BYTES>().0;
        let rows = values.chunks_exact(self.n_dimensions).zip(scales).zip(ids);
        Some(rows.map(|((values, scale), id)| PackedRow {
            chunk: i64::from_le_bytes(*id),
            scale: f32::from_le_bytes(*scale),
            values,
        }))
    }
}

/// Writes a copy row by row.
pub(in crate::sqlite) struct VectorPackWriter {
    aside: Aside,
    file: BufWriter<fs::File>,
    scales: Vec<u8>,
    ids: Vec<u8>,
    error: f32,
}

impl VectorPackWriter {
    pub(in crate::sqlite) fn new(place: &Place) -> io::Result<VectorPackWriter> {
        let aside = Aside::new(place)?;
        let mut file = BufWriter::new(aside.file.try_clone()?);
        file.write_all(&[0; HEADER_BYTES])?;
        Ok(VectorPackWriter {
            aside,
            file,
            scales: Vec::new(),
            ids: Vec::new(),
            error: 0.0,
        })
    }

    /// Adds a chunk's vector of half-precision numbers; ids rise.
    pub(in crate::sqlite) fn add(&mut self, chunk: i64, halves: &[u8]) -> io::Result<()> {
        let row = Quantized::of_halves(halves);
        self.file.write_all(&row.values)?;
        self.scales.extend(row.scale.to_le_bytes());
        self.ids.extend(chunk.to_le_bytes());
        self.error = self.error.max(row.error);
        Ok(())
    }

    /// Ends the copy, which is of `files`, and puts it in its place.
    pub(in crate::sqlite) fn finish(
        mut self,
        n_dimensions: usize,
        files: &Files,
    ) -> io::Result<()> {
        let n_rows = self.ids.len() / ID_BYTES;
        self.file.write_all(&self.scales)?;
        self.file.write_all(&self.ids)?;
        files.write(&mut self.file)?;
        self.file.rewind()?;
        self.file.write_all(&MAGIC)?;
        for number in [
            n_dimensions as u64,
            files.last().cast_unsigned(),
            n_rows as u64,
            u64::from(self.error.to_bits()),
            files.all.len() as u64,
        ] {
            self.file.write_all(&number.to_le_bytes())?;
        }
        self.file.flush()?;
        self.aside.finish()
    }
}
