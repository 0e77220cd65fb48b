//! The folder of pulled models: `models/<name>@<8 hex of the weights>/`, or `models/<name>/` where the weights are known by name only;
//! installed in one rename under a lock.

use std::io;
use std::path::{Path, PathBuf};

use fs_err::File;

use super::error::SourceError;
use super::known::KnownModel;
use super::local::LocalModel;
use super::staging::{check_hash, check_size};
use super::{WEIGHTS_FILE, verified};

/// Remembers the hashes of a folder's files.
const RECORD_FILE: &str = "verified.json";

pub(crate) struct Cache {
    /// The folder `models`.
    pub(crate) directory: PathBuf,
}

impl Cache {
    pub(crate) fn folder(&self, model: &KnownModel) -> PathBuf {
        self.directory.join(folder_name(model))
    }

    /// Returns the model if its files are there, of the right size and hash.
    pub(crate) fn find(&self, model: &KnownModel) -> Result<LocalModel, SourceError> {
        let directory = self.folder(model);
        if !directory.exists() {
            return Err(SourceError::Absent);
        }
        check_files(model, &directory, &directory.join(RECORD_FILE))?;
        Ok(local(model, directory)?)
    }

    /// Takes the lock of one model; the operating system drops it with the file, also after a crash.
    pub(crate) fn lock(&self, model: &KnownModel, on_wait: impl FnOnce()) -> io::Result<File> {
        fs_err::create_dir_all(&self.directory)?;
        let path = self.directory.join(format!("{}.lock", folder_name(model)));
        let file = File::create(path)?;
        if file.try_lock().is_err() {
            on_wait();
            file.lock()?;
        }
        Ok(file)
    }

    /// Returns an empty folder beside the model's, for whoever holds its lock.
    pub(crate) fn staging(&self, model: &KnownModel) -> io::Result<PathBuf> {
        let directory = self
            .directory
            .join(format!("{}.partial", folder_name(model)));
        remove(&directory)?;
        fs_err::create_dir_all(&directory)?;
        Ok(directory)
    }

    /// Moves complete, checked and synced files from `staging` to the model's place.
    pub(crate) fn install(&self, model: &KnownModel, staging: &Path) -> io::Result<LocalModel> {
        let directory = self.folder(model);
        sync_directory(staging)?;
        remove(&directory)?;
        fs_err::rename(staging, &directory)?;
        sync_directory(&self.directory)?;
        local(model, directory)
    }
}

fn local(model: &KnownModel, directory: PathBuf) -> io::Result<LocalModel> {
    let weights = directory.join(WEIGHTS_FILE);
    let weights_sha256 = verified::sha256(&weights, &directory.join(RECORD_FILE))?;
    Ok(LocalModel::known(model, directory, weights_sha256))
}

/// Checks sizes first, since they cost nothing, then hashes.
pub(crate) fn check_files(
    model: &KnownModel,
    directory: &Path,
    record: &Path,
) -> Result<(), SourceError> {
    for file in &model.files {
        let found = fs_err::metadata(directory.join(file.name))?.len();
        let expected = file.content.map_or(found, |content| content.n_bytes);
        check_size(file, expected, found)?;
    }
    for file in model.files.iter().filter(|file| file.content.is_some()) {
        check_hash(file, verified::sha256(&directory.join(file.name), record)?)?;
    }
    Ok(())
}

pub(crate) fn remove(directory: &Path) -> io::Result<()> {
    match fs_err::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

fn folder_name(model: &KnownModel) -> String {
    match model.weights_sha256() {
        Some(sha256) => format!("{}@{}", model.name, &sha256[..8]),
        None => model.name.to_owned(),
    }
}
