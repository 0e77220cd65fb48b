//! Remembers the hashes of files, so that 90 MB are not hashed at every start.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::staging::hash_stream;
use crate::limits::WEIGHTS_MAX_BYTES;

/// What a file looked like when it was hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Verified {
    n_bytes: u64,
    modified_ns: u64,
    sha256: String,
}

/// Returns the SHA-256 of `path`, from the record at `record` if size and time are as they were, else by reading it.
///
/// A record that cannot be read counts as none, and one that cannot be written only costs time at the next start.
pub(crate) fn sha256(path: &Path, record: &Path) -> io::Result<String> {
    let mut file = files::open_named(path, WEIGHTS_MAX_BYTES)?;
    let metadata = file.metadata()?;
    let modified_ns = metadata
        .modified()?
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| u64::try_from(age.as_nanos()).unwrap_or(u64::MAX));
    let mut records: BTreeMap<String, Verified> = fs_err::read(record)
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or_default();
    let key = path.to_string_lossy().into_owned();
    if let Some(known) = records.get(&key)
        && known.n_bytes == metadata.len()
        && known.modified_ns == modified_ns
    {
        return Ok(known.sha256.clone());
    }
    let (n_bytes, sha256) = hash_stream(&mut file, &mut io::sink(), &mut |_| ())?;
    let verified = Verified {
        n_bytes,
        modified_ns,
        sha256: sha256.clone(),
    };
    records.insert(key, verified);
    write(record, &records).ok();
    Ok(sha256)
}

/// Replaces the record in one step: two processes may check one model at once.
fn write(record: &Path, records: &BTreeMap<String, Verified>) -> io::Result<()> {
    if let Some(parent) = record.parent() {
        fs_err::create_dir_all(parent)?;
    }
    let temporary = record.with_extension(format!("{}.tmp", std::process::id()));
    fs_err::write(&temporary, serde_json::to_vec(records)?)?;
    fs_err::rename(&temporary, record)
}
