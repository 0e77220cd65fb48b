//! The folder of pulled models: `models/<name>@<8 hex of the weights>/`, installed in one rename under a lock.

use std::io;
use std::path::{Path, PathBuf};

use fs_err::File;

use super::error::SourceError;
use super::known::KnownModel;
use super::local::LocalModel;
use super::staging::check_hash;
use super::verified;

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
        check_files(model, &directory, &directory.join("verified.json"))?;
        Ok(LocalModel::known(model, directory))
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
        Ok(LocalModel::known(model, directory))
    }
}

/// Checks sizes first, since they cost nothing, then hashes.
pub(crate) fn check_files(
    model: &KnownModel,
    directory: &Path,
    record: &Path,
) -> Result<(), SourceError> {
    for file in &model.files {
        let found = fs_err::metadata(directory.join(file.name))?.len();
        if found != file.n_bytes {
            return Err(SourceError::WrongSize {
                file: file.name.to_owned(),
                expected: file.n_bytes,
                found,
            });
        }
    }
    for file in &model.files {
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
    format!("{}@{}", model.name, &model.weights_sha256()[..8])
}
