//! Writes a file while hashing it, and keeps it only if it is the known one, where one is known.

use std::io::{self, Read, Write};
use std::path::Path;

use fs_err::File;
use sha2::{Digest, Sha256};

use super::error::SourceError;
use super::known::KnownFile;

const BLOCK_NUM_BYTES: usize = 128 * 1024;

/// Size of a file of which nothing is known; several times that of the largest encoder. It keeps a broken source from filling the disk.
const UNKNOWN_MAX_N_BYTES: u64 = 8 << 30;

/// Copies `reader` to `directory/file.name`, reporting the bytes so far; a file of another size or hash is deleted and refused.
pub(crate) fn stage(
    reader: &mut dyn Read,
    file: &KnownFile,
    directory: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<(), SourceError> {
    let path = directory.join(file.name);
    let staged = copy_checked(reader, file, &path, progress);
    if staged.is_err() {
        // The staging folder is cleared by the next pull in any case.
        fs_err::remove_file(&path).ok();
    }
    staged
}

fn copy_checked(
    reader: &mut dyn Read,
    file: &KnownFile,
    path: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<(), SourceError> {
    let mut output = File::create(path)?;
    let expected = file.content.map(|content| content.n_bytes);
    let limit = expected.unwrap_or(UNKNOWN_MAX_N_BYTES);
    // One byte more than expected reveals a longer file without reading all of it.
    let (n_bytes, found) = hash_stream(&mut reader.take(limit + 1), &mut output, progress)?;
    check_size(file, expected.unwrap_or(n_bytes.min(limit)), n_bytes)?;
    check_hash(file, found)?;
    output.sync_all()?;
    Ok(())
}

pub(crate) fn check_size(file: &KnownFile, expected: u64, found: u64) -> Result<(), SourceError> {
    match expected == found {
        true => Ok(()),
        false => Err(SourceError::WrongSize {
            file: file.name.to_owned(),
            expected,
            found,
        }),
    }
}

/// Accepts any hash of a file of which none is known.
pub(crate) fn check_hash(file: &KnownFile, found: String) -> Result<(), SourceError> {
    match file.content {
        Some(content) if content.sha256 != found => Err(SourceError::WrongHash {
            file: file.name.to_owned(),
            expected: content.sha256.to_owned(),
            found,
        }),
        _ => Ok(()),
    }
}

/// Copies `reader` to `output`; returns the number of bytes and their SHA-256.
pub(crate) fn hash_stream(
    reader: &mut dyn Read,
    output: &mut dyn Write,
    progress: &mut dyn FnMut(u64),
) -> io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut block = vec![0; BLOCK_NUM_BYTES];
    let mut n_bytes = 0;
    loop {
        let n = match reader.read(&mut block) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&block[..n]);
        output.write_all(&block[..n])?;
        n_bytes += n as u64;
        progress(n_bytes);
    }
    let hash = hasher.finalize();
    let hexadecimal = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((n_bytes, hexadecimal))
}
