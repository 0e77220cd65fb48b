//! The checksums of all that was written, as `sha256sum --check` reads them, and its sizes.

use std::path::Path;

use anyhow::Result;
use sha2::{Digest, Sha256};

use super::Release;

const FILE: &str = "SHA256SUMS";

/// Returns the checksum of a file.
pub(super) fn of(path: &Path) -> Result<String> {
    let digest = Sha256::digest(fs_err::read(path)?);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes the checksums, and prints the size of every file.
pub(super) fn write(release: &Release<'_>) -> Result<()> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(&release.out)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != FILE && entry.file_type()?.is_file() {
            names.push(name);
        }
    }
    names.sort();
    let mut sums = String::new();
    for name in names {
        let path = release.out.join(&name);
        let n_bytes = fs_err::metadata(&path)?.len();
        println!("{:>8.2} MB  {name}", n_bytes as f64 / 1e6);
        sums.push_str(&format!("{}  {name}\n", of(&path)?));
    }
    fs_err::write(release.out.join(FILE), sums)?;
    println!("written to {}", release.out.display());
    Ok(())
}
