//! Files of ours: locks, packed copies, caches.

use std::ffi::OsStr;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use fs_err::File;
use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, Stat, fchmod, fstat, mkdirat, renameat, unlinkat,
};
use rustix::io::Errno;

use crate::Folder;
use crate::error::{failed, refused};
use crate::system::open_beneath;

/// Rights of others to change something.
const OTHERS_WRITE: Mode = Mode::WGRP.union(Mode::WOTH);

/// A folder of ours, held by its descriptor: no link, owned by the user that this process is of, and closed to others.
///
/// Its files have plain names, are regular files of the same user under no second name, and are opened through no link.
#[derive(Debug)]
pub struct OwnFolder {
    folder: Folder,
}

impl OwnFolder {
    /// Opens the folder at `path`, which is made, with those around it, where there is none. Links before its own name are followed.
    pub fn make(path: &Path) -> io::Result<OwnFolder> {
        let (around, name) = split(path)?;
        make_folders(around)?;
        let around = Folder::open(around)?;
        match mkdirat(around.descriptor(), name, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(failed("create folder", path, error)),
        }
        open(&around, name, path)
    }

    /// Opens the folder at `path`; nothing where there is none.
    pub fn find(path: &Path) -> io::Result<Option<OwnFolder>> {
        let (around, name) = split(path)?;
        let opened = Folder::open(around).and_then(|around| open(&around, name, path));
        match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Opens a file for reading and writing, which is made, for its owner alone, where there is none.
    pub fn open_or_make(&self, name: &str) -> io::Result<File> {
        self.opened(name, OFlags::RDWR | OFlags::CREATE)
    }

    /// Opens a file for reading.
    pub fn open(&self, name: &str) -> io::Result<File> {
        self.opened(name, OFlags::RDONLY)
    }

    /// Makes a file that must not be there yet, for its owner alone, and opens it for reading and writing.
    pub fn make_new(&self, name: &str) -> io::Result<File> {
        self.opened(name, OFlags::RDWR | OFlags::CREATE | OFlags::EXCL)
    }

    /// Gives a file the name of another, whose place it takes.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let at = self.folder.descriptor();
        renameat(at, from, at, to).map_err(|error| failed("rename file", &self.path(from), error))
    }

    /// Deletes a file; what has its name and is a link is deleted as such.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        unlinkat(self.folder.descriptor(), name, AtFlags::empty())
            .map_err(|error| failed("remove file", &self.path(name), error))
    }

    /// Returns the names in the folder that are UTF-8; no others are ours.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let failed = |error: Errno| failed("read folder", self.folder.path(), error);
        let mut names = Vec::new();
        for entry in Dir::read_from(self.folder.descriptor()).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            names.extend(name.to_str().map(str::to_owned));
        }
        Ok(names)
    }

    /// Returns where a file of this folder is, for messages.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn opened(&self, name: &str, flags: OFlags) -> io::Result<File> {
        let path = self.path(name);
        if Path::new(name).components().count() != 1 {
            return Err(refused(&path, "it lies outside of its folder"));
        }
        let at = self.folder.descriptor().as_fd();
        let mode = Mode::RUSR | Mode::WUSR;
        let descriptor =
            open_beneath(at, Path::new(name), flags, mode).map_err(|error| match error {
                Errno::LOOP => refused(&path, "it is a symbolic link"),
                error => failed("open file", &path, error),
            })?;
        let stat = fstat(&descriptor).map_err(|error| failed("query metadata of", &path, error))?;
        require_own(&stat, FileType::RegularFile, &path)?;
        // A second name may be that of a file of the user's which somebody linked to here.
        if stat.st_nlink != 1 {
            return Err(refused(&path, "it has a second name elsewhere"));
        }
        Ok(File::from_parts(descriptor.into(), path))
    }
}

fn open(around: &Folder, name: &OsStr, path: &Path) -> io::Result<OwnFolder> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let at = around.descriptor().as_fd();
    let descriptor = open_beneath(at, Path::new(name), flags, Mode::empty());
    let descriptor = descriptor.map_err(|error| match error {
        Errno::LOOP | Errno::NOTDIR => {
            refused(path, "it is a link or a file, and should be a folder")
        }
        error => failed("open folder", path, error),
    })?;
    let stat = fstat(&descriptor).map_err(|error| failed("query metadata of", path, error))?;
    require_own(&stat, FileType::Directory, path)?;
    if Mode::from_raw_mode(stat.st_mode).intersects(OTHERS_WRITE) {
        fchmod(&descriptor, Mode::RWXU).map_err(|error| failed("change mode of", path, error))?;
    }
    Ok(OwnFolder {
        folder: Folder::of(descriptor, path.to_owned()),
    })
}

fn require_own(stat: &Stat, kind: FileType, path: &Path) -> io::Result<()> {
    if FileType::from_raw_mode(stat.st_mode) != kind {
        return Err(refused(
            path,
            "it is neither a regular file nor a folder of ours",
        ));
    }
    let user = rustix::process::geteuid().as_raw();
    if stat.st_uid != user {
        let why = format!(
            "it belongs to user {}, and this is user {user}",
            stat.st_uid
        );
        return Err(refused(path, &why));
    }
    Ok(())
}

/// Makes a folder with those around it, where missing, for their owner alone.
pub fn make_folders(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    let made = builder.recursive(true).mode(0o700).create(path);
    made.map_err(|error| failed("create folder", path, error))
}

/// Makes a file of ours closed to others where others may write it: it was made by carelessness, and what they write would be believed.
pub fn require_private(file: &File) -> io::Result<()> {
    let stat =
        fstat(file.file()).map_err(|error| failed("query metadata of", file.path(), error))?;
    let is_ours = stat.st_uid == rustix::process::geteuid().as_raw();
    if is_ours && Mode::from_raw_mode(stat.st_mode).intersects(OTHERS_WRITE) {
        fchmod(file.file(), Mode::RUSR | Mode::WUSR)
            .map_err(|error| failed("change mode of", file.path(), error))?;
    }
    Ok(())
}

/// Fails for what is there and is no regular file: opening it could wait for ever, or lead elsewhere.
pub fn require_regular_or_absent(path: &Path) -> io::Result<Option<std::fs::Metadata>> {
    match fs_err::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata)),
        Ok(metadata) if metadata.is_symlink() => Err(refused(path, "it is a symbolic link")),
        Ok(_) => Err(refused(path, "it is no regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn split(path: &Path) -> io::Result<(&Path, &OsStr)> {
    match (path.parent(), path.file_name()) {
        (Some(around), Some(name)) => Ok((around, name)),
        _ => Err(refused(path, "it is no folder of ours")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn what_was_made_can_be_opened_again() {
        let around = tempfile::tempdir().unwrap();
        let folder = OwnFolder::make(&around.path().join("own")).unwrap();
        folder.make_new("new").unwrap().write_all(b"new").unwrap();
        folder
            .open_or_make("either")
            .unwrap()
            .write_all(b"either")
            .unwrap();
        let found = OwnFolder::find(&around.path().join("own"))
            .unwrap()
            .unwrap();
        for name in ["new", "either"] {
            let mut text = String::new();
            found.open(name).unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, name);
            assert!(found.make_new(name).is_err());
        }
        found.rename("new", "renamed").unwrap();
        assert!(found.open("renamed").is_ok() && found.open("new").is_err());
    }
}
