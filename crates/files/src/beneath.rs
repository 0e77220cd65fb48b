//! Files of others, beneath a folder.

use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use fs_err::File;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;

use crate::error::{failed, refused};
use crate::system::{SEARCH, open_beneath};

/// A folder, held by its descriptor: whatever happens to its path, what is opened lies beneath the folder that was meant.
#[derive(Debug)]
pub struct Folder {
    descriptor: OwnedFd,
    path: PathBuf,
}

impl Folder {
    /// Opens a folder that the user named. Links in `path` are followed.
    pub fn open(path: &Path) -> io::Result<Folder> {
        Folder::opened_as(path, OFlags::RDONLY)
    }

    fn passed_through(path: &Path) -> io::Result<Folder> {
        Folder::opened_as(path, SEARCH)
    }

    fn opened_as(path: &Path, how: OFlags) -> io::Result<Folder> {
        let flags = how | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let descriptor =
            open(path, flags, Mode::empty()).map_err(|error| failed("open folder", path, error))?;
        Ok(Folder {
            descriptor,
            path: path.to_owned(),
        })
    }

    /// Returns the path that the folder was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the folder `relative` beneath this one.
    pub fn folder(&self, relative: impl AsRef<Path>) -> io::Result<Folder> {
        let path = self.path.join(&relative);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        let descriptor = self.opened(relative.as_ref(), &path, flags)?;
        Ok(Folder { descriptor, path })
    }

    /// Opens the regular file `relative` beneath this folder for reading.
    ///
    /// Fails for what is behind a symbolic link, for whatever is no regular file, and for names that lead out of the folder. Never waits
    /// for the other end of a pipe.
    pub fn file(&self, relative: impl AsRef<Path>) -> io::Result<File> {
        let path = self.path.join(&relative);
        let descriptor = self.opened(relative.as_ref(), &path, OFlags::RDONLY)?;
        let file = std::fs::File::from(descriptor);
        if !file.metadata()?.is_file() {
            return Err(refused(&path, "it is no regular file"));
        }
        Ok(File::from_parts(file, path))
    }

    /// Reads a whole file as [`Folder::file`] opens it. One that is larger than `max_bytes` fails with [`io::ErrorKind::FileTooLarge`].
    pub fn read(&self, relative: impl AsRef<Path>, max_bytes: u64) -> io::Result<Vec<u8>> {
        read_whole(&self.file(relative)?, max_bytes)
    }

    /// Reads a whole file as [`Folder::read`] does, which must be UTF-8.
    pub fn read_text(&self, relative: impl AsRef<Path>, max_bytes: u64) -> io::Result<String> {
        let path = self.path.join(&relative);
        let bytes = self.read(relative, max_bytes)?;
        String::from_utf8(bytes).map_err(|_| {
            let source = io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8");
            failed("read from file", &path, source)
        })
    }

    fn opened(&self, relative: &Path, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        open_beneath(self.descriptor.as_fd(), relative, flags, Mode::empty()).map_err(|error| {
            match error {
                Errno::LOOP => refused(path, "it is, or lies behind, a symbolic link"),
                Errno::XDEV => refused(path, "it lies outside of its folder"),
                // A socket.
                Errno::NXIO => refused(path, "it is no regular file"),
                error => failed("open file", path, error),
            }
        })
    }

    pub(crate) fn of(descriptor: OwnedFd, path: PathBuf) -> Folder {
        Folder { descriptor, path }
    }

    pub(crate) fn descriptor(&self) -> &OwnedFd {
        &self.descriptor
    }
}

/// Reads what is left of a file. More than `max_bytes` fail with [`io::ErrorKind::FileTooLarge`].
pub fn read_whole(file: &File, max_bytes: u64) -> io::Result<Vec<u8>> {
    let size = file.metadata()?.len();
    let mut bytes = Vec::new();
    if size <= max_bytes {
        // It may grow meanwhile.
        let mut source = file.take(max_bytes.saturating_add(1));
        bytes.reserve(usize::try_from(size).unwrap_or(0));
        source.read_to_end(&mut bytes)?;
    }
    if size.max(bytes.len() as u64) > max_bytes {
        return Err(too_large(file.path(), max_bytes));
    }
    Ok(bytes)
}

/// Opens a regular file that the user named, of at most `max_bytes`. Links in `path` are followed.
///
/// Needs no right to list the folder that the file is in.
pub fn open_named(path: &Path, max_bytes: u64) -> io::Result<File> {
    let real = fs_err::canonicalize(path)?;
    let (Some(around), Some(name)) = (real.parent(), real.file_name()) else {
        return Err(refused(path, "it is no regular file"));
    };
    let file = Folder::passed_through(around)?.file(name)?;
    match file.metadata()?.len() <= max_bytes {
        true => Ok(file),
        false => Err(too_large(path, max_bytes)),
    }
}

/// Reads a whole regular file as [`open_named`] opens it.
pub fn read_named(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    read_whole(&open_named(path, max_bytes)?, max_bytes)
}

fn too_large(path: &Path, max_bytes: u64) -> io::Error {
    let why = format!("it is larger than {max_bytes} bytes");
    let source = io::Error::new(io::ErrorKind::FileTooLarge, why);
    failed("read from file", path, source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs_err as fs;
    use rustix::fs::{CWD, FileType, mknodat};

    #[test]
    fn only_regular_files_are_opened_and_nobody_waits() {
        let tree = tempfile::tempdir().unwrap();
        let at = |name: &str| tree.path().join(name);
        fs::write(at("file"), "text").unwrap();
        fs::create_dir(at("folder")).unwrap();
        mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        std::os::unix::fs::symlink("/dev/zero", at("zero")).unwrap();
        std::os::unix::fs::symlink("file", at("link")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        let folder = Folder::open(tree.path()).unwrap();
        assert_eq!(folder.read_text("file", 4).unwrap(), "text");
        for (name, why) in [
            ("folder", "no regular file"),
            ("pipe", "no regular file"),
            ("socket", "no regular file"),
            ("zero", "symbolic link"),
            ("link", "symbolic link"),
            ("../x", "outside"),
        ] {
            let error = folder.file(name).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains(name), "{error}");
        }
    }

    #[test]
    fn what_is_read_is_bounded_by_what_is_asked_for() {
        let tree = tempfile::tempdir().unwrap();
        let sparse = fs::File::create(tree.path().join("sparse")).unwrap();
        sparse.set_len(1 << 40).unwrap();
        fs::write(tree.path().join("five"), "12345").unwrap();
        let folder = Folder::open(tree.path()).unwrap();
        for (name, max_bytes) in [("sparse", 1 << 20), ("five", 4)] {
            let error = folder.read(name, max_bytes).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::FileTooLarge, "{error}");
        }
        assert_eq!(folder.read("five", 5).unwrap(), b"12345");
    }
}
