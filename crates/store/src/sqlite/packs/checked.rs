//! The bytes of a copy, each checked against a sum before it is first used.
//!
//! What a disk damaged would answer wrongly for as long as the copy is there. To sum all of a copy whenever a process opens it would cost more than
//! most searches, which read a small part of the words; so a copy ends with a sum for each block, and a block is summed when it is first read.

use std::io::{self, Read, Write};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use fs_err as fs;
use memmap2::Mmap;

/// The largest block that is summed in about a microsecond, which is what looking up one word may take.
const BLOCK_BYTES: usize = 16 << 10;

const SUM_BYTES: usize = 4;

/// Ends a copy: the length of its content, and a sum over the sums and that length, eight bytes each.
const END_BYTES: usize = 16;

/// A copy that is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sqlite) struct Damaged;

/// The content of a copy.
pub(in crate::sqlite) struct Checked {
    mapping: Mmap,
    n_bytes: usize,
    /// A bit for every block that was found sound.
    sound: Box<[AtomicU64]>,
    is_damaged: AtomicBool,
}

impl Checked {
    /// Takes a copy that begins with `magic`; nothing where it begins with anything else, as those of other versions do.
    pub(super) fn new(mapping: Mmap, magic: &[u8]) -> Result<Option<Checked>, Damaged> {
        if !mapping.starts_with(magic) {
            return Ok(None);
        }
        let n_bytes = content_bytes(&mapping).ok_or(Damaged)?;
        let n_words = n_blocks(n_bytes).div_ceil(u64::BITS as usize);
        Ok(Some(Checked {
            mapping,
            n_bytes,
            sound: (0..n_words).map(|_| AtomicU64::new(0)).collect(),
            is_damaged: AtomicBool::new(false),
        }))
    }

    /// Returns the length of the content.
    pub(super) fn len(&self) -> usize {
        self.n_bytes
    }

    /// Returns some bytes; nothing where there are none, or where they are not those that were written.
    pub(super) fn get(&self, range: Range<usize>) -> Option<&[u8]> {
        let bytes = self.mapping[..self.n_bytes].get(range.clone())?;
        let blocks = range.start / BLOCK_BYTES..range.end.div_ceil(BLOCK_BYTES);
        let is_sound = bytes.is_empty() || blocks.into_iter().all(|block| self.is_sound(block));
        if !is_sound {
            self.give_up();
        }
        is_sound.then_some(bytes)
    }

    /// Returns the number of eight bytes at a place.
    pub(super) fn number(&self, at: usize) -> Option<u64> {
        let bytes = self.get(at..at.checked_add(8)?)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    }

    /// Whether something that was asked for is not as it was written.
    pub(super) fn is_damaged(&self) -> bool {
        self.is_damaged.load(Ordering::Relaxed)
    }

    /// Takes the copy for damaged, whatever its sums say.
    pub(super) fn give_up(&self) {
        self.is_damaged.store(true, Ordering::Relaxed);
    }

    fn is_sound(&self, block: usize) -> bool {
        let (word, bit) = (block / u64::BITS as usize, block % u64::BITS as usize);
        let mask = 1 << bit;
        if self.sound[word].load(Ordering::Relaxed) & mask != 0 {
            return true;
        }
        let content = &self.mapping[..self.n_bytes];
        let start = block * BLOCK_BYTES;
        let bytes = &content[start..content.len().min(start + BLOCK_BYTES)];
        let expected = self.n_bytes + block * SUM_BYTES;
        let expected = &self.mapping[expected..expected + SUM_BYTES];
        let is_sound = crc32fast::hash(bytes).to_le_bytes() == expected;
        if is_sound {
            self.sound[word].fetch_or(mask, Ordering::Relaxed);
        }
        is_sound
    }
}

fn n_blocks(n_bytes: usize) -> usize {
    n_bytes.div_ceil(BLOCK_BYTES)
}

/// Returns the length of the content of a whole copy whose sums are sound.
fn content_bytes(copy: &[u8]) -> Option<usize> {
    let end_at = copy.len().checked_sub(END_BYTES)?;
    let (length, sum) = copy[end_at..].split_at(8);
    let n_bytes = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
    let sum_bytes = n_blocks(n_bytes).checked_mul(SUM_BYTES)?;
    if n_bytes.checked_add(sum_bytes)? != end_at {
        return None;
    }
    let sums = &copy[n_bytes..end_at + 8];
    (u64::from(crc32fast::hash(sums)).to_le_bytes() == sum).then_some(n_bytes)
}

/// Ends a copy whose content stands in `file`, which is read from its beginning.
pub(super) fn finish(file: &mut fs::File) -> io::Result<()> {
    let mut block = vec![0; BLOCK_BYTES];
    let (mut n_bytes, mut sums) = (0_u64, Vec::new());
    loop {
        let n_read = read_block(file, &mut block)?;
        n_bytes += n_read as u64;
        if n_read > 0 {
            sums.extend(crc32fast::hash(&block[..n_read]).to_le_bytes());
        }
        if n_read < BLOCK_BYTES {
            break;
        }
    }
    sums.extend(n_bytes.to_le_bytes());
    let sum = u64::from(crc32fast::hash(&sums));
    file.write_all(&sums)?;
    file.write_all(&sum.to_le_bytes())
}

/// Reads until a block is full or the file ends.
fn read_block(file: &mut fs::File, block: &mut [u8]) -> io::Result<usize> {
    let mut n_read = 0;
    while n_read < block.len() {
        match file.read(&mut block[n_read..]) {
            Ok(0) => break,
            Ok(n) => n_read += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(n_read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Seek;

    fn written(content: &[u8]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy");
        let mut file = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .unwrap();
        file.write_all(content).unwrap();
        file.rewind().unwrap();
        finish(&mut file).unwrap();
        fs::read(path).unwrap()
    }

    fn mapped(bytes: &[u8]) -> Mmap {
        let mut map = memmap2::MmapMut::map_anon(bytes.len()).unwrap();
        map.copy_from_slice(bytes);
        map.make_read_only().unwrap()
    }

    #[test]
    fn every_changed_byte_and_every_other_length_is_noticed() {
        for n_bytes in [8, BLOCK_BYTES - 1, BLOCK_BYTES, 3 * BLOCK_BYTES + 5] {
            let content: Vec<u8> = (0..n_bytes).map(|n| (n % 251) as u8).collect();
            let copy = written(&content);
            let magic = &content[..4];
            let sound = Checked::new(mapped(&copy), magic).unwrap().unwrap();
            assert_eq!(sound.get(0..n_bytes), Some(&content[..]));
            assert!(sound.get(0..n_bytes + 1).is_none() && !sound.is_damaged());
            for at in (4..copy.len()).step_by(97).chain([n_bytes - 1, n_bytes]) {
                let mut changed = copy.clone();
                changed[at] ^= 0x10;
                let is_noticed = match Checked::new(mapped(&changed), magic) {
                    Ok(Some(copy)) => copy.get(0..n_bytes).is_none() && copy.is_damaged(),
                    Ok(None) => false,
                    Err(Damaged) => true,
                };
                assert!(is_noticed, "{at} of {n_bytes}");
            }
            for n_left in [n_bytes, copy.len() - 1] {
                assert!(Checked::new(mapped(&copy[..n_left]), magic).is_err());
            }
        }
    }
}
