//! Reads configuration files, and remembers each with its hash, so that a later run can tell whether resolution may differ.
//!
//! The only part of resolution that reads files. A file that cannot be used becomes a [`ConfigRemark`] and counts as absent.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use domain::ContentHash;
use files::Folder;

use super::json::Json;
use super::lexical;
use crate::ConfigRemark;

/// The longest that people write have some hundred kilobytes.
const MAX_BYTES: u64 = 1 << 20;

/// The configuration files under a root, as far as they were asked for.
#[derive(Debug)]
pub(crate) struct ConfigFiles {
    /// Without symbolic links.
    root: PathBuf,
    folder: Option<Folder>,
    /// By path; `None` for a file that another one names and that is not there: its arrival would change answers.
    hashes: BTreeMap<String, Option<ContentHash>>,
    remarks: Vec<ConfigRemark>,
}

impl ConfigFiles {
    /// Starts with nothing read of what is below `root`, which may itself be a symbolic link.
    pub(crate) fn new(root: &Path) -> ConfigFiles {
        let root = fs_err::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        ConfigFiles {
            folder: Folder::open(&root).ok(),
            root,
            hashes: BTreeMap::new(),
            remarks: Vec::new(),
        }
    }

    /// Returns the content of a JSON file that may or may not be there.
    pub(super) fn json(&mut self, path: &str) -> Option<Json> {
        let bytes = self.bytes(path)?;
        match Json::parse(bytes) {
            Ok(json) => Some(json),
            Err(source) => {
                let path = path.to_owned();
                self.remark(ConfigRemark::Malformed { path, source });
                None
            }
        }
    }

    /// Returns the content of a text file that may or may not be there.
    pub(crate) fn text(&mut self, path: &str) -> Option<String> {
        let bytes = self.bytes(path)?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Whether a file that another one names is there; if not, its absence enters the fingerprint.
    pub(super) fn expect(&mut self, path: &str) -> bool {
        let exists = self.is_file(path);
        if !exists {
            self.hashes.insert(path.to_owned(), None);
        }
        exists
    }

    /// Returns the folders directly in `folder`, in order, as far as they can hold packages of this repository.
    pub(super) fn subfolders(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs_err::read_dir(self.root.join(folder)) else {
            return Vec::new();
        };
        let mut folders: Vec<String> = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .filter_map(|entry| lexical::join(folder, entry.file_name().to_str()?))
            .filter(|path| !lexical::is_vendored(path))
            .collect();
        folders.sort();
        folders
    }

    /// Adds a remark.
    pub(super) fn remark(&mut self, remark: ConfigRemark) {
        self.remarks.push(remark);
    }

    /// Returns the hash over all that was read, and the remarks.
    pub(crate) fn finish(self) -> (ContentHash, Vec<ConfigRemark>) {
        let mut listing = Vec::new();
        for (path, hash) in &self.hashes {
            listing.extend_from_slice(path.as_bytes());
            listing.push(0);
            listing.push(u8::from(hash.is_some()));
            if let Some(hash) = hash {
                listing.extend_from_slice(hash.as_bytes());
            }
        }
        (ContentHash::of(&listing), self.remarks)
    }

    fn bytes(&mut self, path: &str) -> Option<Vec<u8>> {
        if !self.is_file(path) {
            return None;
        }
        match self.read(path) {
            Ok(bytes) => {
                self.hashes
                    .insert(path.to_owned(), Some(ContentHash::of(&bytes)));
                Some(bytes)
            }
            Err(source) => {
                let path = path.to_owned();
                self.remark(ConfigRemark::Unreadable { path, source });
                None
            }
        }
    }

    /// Reads a file, at the end of links where they lead to one beneath the root.
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let folder = self.folder.as_ref().ok_or(io::ErrorKind::NotFound)?;
        folder.read(path, MAX_BYTES).or_else(|error| {
            let real = fs_err::canonicalize(self.root.join(path))?;
            match real.strip_prefix(&self.root) {
                Ok(real) if real != Path::new(path) => folder.read(real, MAX_BYTES),
                _ => Err(error),
            }
        })
    }

    fn is_file(&self, path: &str) -> bool {
        self.root.join(path).is_file()
    }
}
