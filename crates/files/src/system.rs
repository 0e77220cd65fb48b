//! How a name is opened beneath a folder: by one call where Linux has it, else step by step.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path};

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

/// Opens `relative` beneath `folder`. No step is a symbolic link, and none leads out of the folder.
pub(crate) fn open_beneath(
    folder: BorrowedFd<'_>,
    relative: &Path,
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd, Errno> {
    let is_plain = |step: Component<'_>| matches!(step, Component::Normal(_) | Component::CurDir);
    if !relative.components().all(is_plain) {
        return Err(Errno::XDEV);
    }
    // One that says how to make a file where none is to be made is refused as such.
    let mode = match flags.contains(OFlags::CREATE) {
        true => mode,
        false => Mode::empty(),
    };
    let flags = flags | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
    #[cfg(target_os = "linux")]
    if let Some(opened) = at_once(folder, relative, flags, mode) {
        return opened;
    }
    step_by_step(folder, relative, flags, mode)
}

/// Opens by one call; nothing where the kernel, or what confines this process, has no such call.
#[cfg(target_os = "linux")]
fn at_once(
    folder: BorrowedFd<'_>,
    relative: &Path,
    flags: OFlags,
    mode: Mode,
) -> Option<Result<OwnedFd, Errno>> {
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::fs::{ResolveFlags, openat2};

    /// Whether the call was refused as such once: then it always is.
    static IS_MISSING: AtomicBool = AtomicBool::new(false);
    if IS_MISSING.load(Ordering::Relaxed) {
        return None;
    }
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match openat2(folder, relative, flags, mode, resolve) {
        Err(Errno::NOSYS) => {
            IS_MISSING.store(true, Ordering::Relaxed);
            None
        }
        // What confines containers of old forbids what it does not know; a file that is not allowed fails again step by step.
        Err(Errno::PERM | Errno::AGAIN) => None,
        opened => Some(opened),
    }
}

/// Opens folder by folder, each through no link.
fn step_by_step(
    folder: BorrowedFd<'_>,
    relative: &Path,
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd, Errno> {
    let is_name = |step: &Component<'_>| matches!(step, Component::Normal(_));
    let steps: Vec<_> = relative.components().filter(is_name).collect();
    let Some((last, before)) = steps.split_last() else {
        return openat(folder, ".", flags, mode);
    };
    let mut inner: Option<OwnedFd> = None;
    for step in before {
        let at = inner.as_ref().map_or(folder, AsFd::as_fd);
        let through = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | SEARCH;
        inner = Some(openat(at, step.as_os_str(), through, Mode::empty())?);
    }
    let at = inner.as_ref().map_or(folder, AsFd::as_fd);
    openat(at, last.as_os_str(), flags, mode)
}

/// How a folder is opened that is only gone through, which takes no right to list it.
#[cfg(target_os = "linux")]
pub(crate) const SEARCH: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
pub(crate) const SEARCH: OFlags = OFlags::RDONLY;

#[cfg(test)]
mod tests {
    use super::*;
    use fs_err as fs;
    use std::os::unix::fs::symlink;

    /// Both ways must agree on every shape of name.
    #[test]
    fn at_once_and_step_by_step_open_the_same() {
        let home = tempfile::tempdir().unwrap();
        let tree = home.path().join("tree");
        fs::create_dir_all(tree.join("a/b")).unwrap();
        fs::write(tree.join("a/b/file"), "inside").unwrap();
        fs::write(home.path().join("outside"), "outside").unwrap();
        symlink("b", tree.join("a/link")).unwrap();
        symlink("file", tree.join("a/b/link")).unwrap();
        symlink("../outside", tree.join("out")).unwrap();
        let folder = fs::File::open(&tree).unwrap();
        let open = |relative: &str, open: fn(BorrowedFd<'_>, &Path) -> bool| {
            open(folder.file().as_fd(), Path::new(relative))
        };
        let whole = |at: BorrowedFd<'_>, path: &Path| {
            open_beneath(at, path, OFlags::RDONLY, Mode::empty()).is_ok()
        };
        let stepped = |at: BorrowedFd<'_>, path: &Path| {
            step_by_step(at, path, OFlags::RDONLY | OFlags::NOFOLLOW, Mode::empty()).is_ok()
        };
        for (relative, is_open) in [
            ("a/b/file", true),
            ("./a/./b/file", true),
            ("a/link/file", false),
            ("a/b/link", false),
            ("out", false),
            ("a/b/none", false),
        ] {
            assert_eq!(open(relative, whole), is_open, "{relative}");
            assert_eq!(open(relative, stepped), is_open, "{relative}");
        }
        for relative in ["../outside", "a/../../outside", "/etc/hosts", "a/.."] {
            assert!(!open(relative, whole), "{relative}");
        }
    }
}
