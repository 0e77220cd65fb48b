//! Frames: compressed pieces of bounded length, behind each other, and the checksum at the end.

use std::io::{ErrorKind, Read, Write};

use blake3::Hasher;
use ruzstd::decoding::FrameDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::{PACK_FORMAT, PackError, damaged};

/// What a pack begins with: no text, so that nothing takes it for one.
const MAGIC: [u8; 8] = *b"\x89mnemo\r\n";

/// Records are put together up to this: long enough to compress well.
const FRAME_BYTES: usize = 1 << 20;

/// The longest record; what the largest file that is indexed turns into stays far below.
pub(super) const RECORD_MAX_BYTES: usize = 256 << 20;

/// How much longer than what is in the file a frame may become, so that a small file cannot fill a disk. What would compress better is not
/// compressed.
const RATIO_MAX: usize = 200;

/// Writes frames.
pub(super) struct FrameWriter<W> {
    output: W,
    hasher: Hasher,
    waiting: Vec<u8>,
}

impl<W: Write> FrameWriter<W> {
    /// Begins a pack.
    pub(super) fn new(output: W) -> Result<FrameWriter<W>, PackError> {
        let mut writer = FrameWriter {
            output,
            hasher: Hasher::new(),
            waiting: Vec::new(),
        };
        writer.put(&MAGIC)?;
        writer.put(&PACK_FORMAT.to_le_bytes())?;
        Ok(writer)
    }

    /// Takes a record.
    pub(super) fn record(&mut self, record: &[u8]) -> Result<(), PackError> {
        let n_bytes = record.len();
        if n_bytes > RECORD_MAX_BYTES {
            return Err(PackError::TooLarge { n_bytes });
        }
        self.waiting.extend((n_bytes as u32).to_le_bytes());
        self.waiting.extend(record);
        match self.waiting.len() < FRAME_BYTES {
            true => Ok(()),
            false => self.flush(),
        }
    }

    /// Writes what waits as a frame.
    pub(super) fn flush(&mut self) -> Result<(), PackError> {
        let records = std::mem::take(&mut self.waiting);
        match records.is_empty() {
            true => Ok(()),
            false => self.frame(&records),
        }
    }

    /// Writes records as a frame.
    pub(super) fn frame(&mut self, records: &[u8]) -> Result<(), PackError> {
        let mut packed = compress_to_vec(records, CompressionLevel::Fastest);
        if records.len() / RATIO_MAX >= packed.len() || packed.len() > records.len() {
            packed = compress_to_vec(records, CompressionLevel::Uncompressed);
        }
        self.put(&(records.len() as u32).to_le_bytes())?;
        self.put(&(packed.len() as u32).to_le_bytes())?;
        self.put(&packed)
    }

    /// Ends the pack with its checksum.
    pub(super) fn finish(mut self) -> Result<W, PackError> {
        self.flush()?;
        self.put(&[0; 8])?;
        let checksum = *self.hasher.finalize().as_bytes();
        self.output.write_all(&checksum)?;
        self.output.flush()?;
        Ok(self.output)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        self.hasher.update(bytes);
        Ok(self.output.write_all(bytes)?)
    }
}

/// Reads frames; every length is checked before anything of that length is made.
pub(super) struct FrameReader<R> {
    input: R,
    hasher: Hasher,
    has_ended: bool,
}

impl<R: Read> FrameReader<R> {
    /// Reads what a pack begins with.
    pub(super) fn new(input: R) -> Result<FrameReader<R>, PackError> {
        let mut reader = FrameReader {
            input,
            hasher: Hasher::new(),
            has_ended: false,
        };
        let magic = reader.array::<8>().map_err(|error| match error {
            PackError::Damaged { .. } => PackError::NotAPack,
            error => error,
        })?;
        if magic != MAGIC {
            return Err(PackError::NotAPack);
        }
        match u32::from_le_bytes(reader.array()?) {
            PACK_FORMAT => Ok(reader),
            found => Err(PackError::OtherFormat { found }),
        }
    }

    /// Returns the records of the next frame; nothing behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, PackError> {
        let Some((n_records, packed)) = self.packed()? else {
            return Ok(None);
        };
        let mut records = vec![0; n_records];
        let decoded = FrameDecoder::new().decode_all(&packed, &mut records);
        match decoded {
            Ok(n_bytes) if n_bytes == n_records => Ok(Some(records)),
            _ => Err(damaged("a frame is not as long as it says")),
        }
    }

    /// Passes over the next frame; returns whether there was one.
    pub(super) fn skip(&mut self) -> Result<bool, PackError> {
        Ok(self.packed()?.is_some())
    }

    /// Compares the checksum, behind the last frame; returns it.
    pub(super) fn finish(mut self) -> Result<[u8; 32], PackError> {
        while !self.has_ended {
            self.skip()?;
        }
        let computed = *self.hasher.finalize().as_bytes();
        if self.array::<32>()? != computed {
            return Err(damaged("its checksum is another"));
        }
        match self.input.read(&mut [0])? {
            0 => Ok(computed),
            _ => Err(damaged("something stands behind its end")),
        }
    }

    /// Returns the length of the records of the next frame, and the frame.
    fn packed(&mut self) -> Result<Option<(usize, Vec<u8>)>, PackError> {
        if self.has_ended {
            return Ok(None);
        }
        let n_records = u32::from_le_bytes(self.array()?) as usize;
        let n_packed = u32::from_le_bytes(self.array()?) as usize;
        if n_records == 0 && n_packed == 0 {
            self.has_ended = true;
            return Ok(None);
        }
        let longest = RECORD_MAX_BYTES + FRAME_BYTES + 4;
        // What is not compressed has a few bytes per block around it.
        if n_records > longest || n_packed > longest + (longest >> 6) {
            return Err(damaged("a frame is longer than any can be"));
        }
        if n_records / RATIO_MAX > n_packed {
            return Err(damaged("a frame would become much longer than it is"));
        }
        let mut packed = Vec::new();
        // Grows with what comes, so that a length alone takes no memory.
        let n_read = self
            .input
            .by_ref()
            .take(n_packed as u64)
            .read_to_end(&mut packed)?;
        if n_read < n_packed {
            return Err(damaged("it is cut off"));
        }
        self.hasher.update(&packed);
        Ok(Some((n_records, packed)))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], PackError> {
        let mut bytes = [0; N];
        self.input
            .read_exact(&mut bytes)
            .map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof => damaged("it is cut off"),
                _ => PackError::Io(error),
            })?;
        self.hasher.update(&bytes);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(records: &[&[u8]]) -> Vec<u8> {
        let mut writer = FrameWriter::new(Vec::new()).unwrap();
        for record in records {
            writer.record(record).unwrap();
        }
        writer.finish().unwrap()
    }

    fn read(pack: &[u8]) -> Result<Vec<u8>, PackError> {
        let mut reader = FrameReader::new(pack)?;
        let mut all = Vec::new();
        while let Some(records) = reader.next()? {
            all.extend(records);
        }
        reader.finish()?;
        Ok(all)
    }

    #[test]
    fn frames_are_read_as_they_were_written() {
        let long: Vec<u8> = (0..3_000_000u32)
            .flat_map(|n| (n / 7).to_le_bytes())
            .collect();
        let even = vec![0; 5 << 20];
        for records in [vec![], vec![&b"a"[..], b"", &long, b"z"], vec![&even[..]]] {
            let expected: Vec<u8> = records
                .iter()
                .flat_map(|record| [&(record.len() as u32).to_le_bytes()[..], record].concat())
                .collect();
            assert!(read(&packed(&records)).unwrap() == expected);
        }
    }

    #[test]
    fn damage_and_cuts_at_every_byte_are_refused() {
        let whole = packed(&[b"one record", b"and another", &[7; 500]]);
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            assert!(read(&damaged).is_err(), "byte {at}");
            assert!(read(&whole[..at]).is_err(), "cut at {at}");
        }
        assert!(read(&[&whole[..], b"x"].concat()).is_err());
    }

    #[test]
    fn lengths_that_promise_too_much_are_refused_before_they_cost_anything() {
        let head = [&MAGIC[..], &PACK_FORMAT.to_le_bytes()].concat();
        let check = |n_records: u32, n_packed: u32, expected: &str| {
            let frame = [n_records.to_le_bytes(), n_packed.to_le_bytes()].concat();
            let error = read(&[&head[..], &frame].concat()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(u32::MAX, 100, "longer than any");
        check(100, u32::MAX, "longer than any");
        check(100 << 20, 1 << 10, "much longer than it is");
        check(200 << 20, 200 << 20, "cut off");
        let newer = [&MAGIC[..], &9u32.to_le_bytes()].concat();
        assert!(matches!(
            read(&newer),
            Err(PackError::OtherFormat { found: 9 })
        ));
        assert!(matches!(
            read(b"SQLite format 3\0"),
            Err(PackError::NotAPack)
        ));
        assert!(matches!(read(b""), Err(PackError::NotAPack)));
    }
}
