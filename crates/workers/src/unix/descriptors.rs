//! Closing what a process inherited by accident.
//!
//! Everything that Rust opens is closed in the programs that a process starts. What the process itself inherited from its shell, its editor or
//! its service manager is not: a lock, a log, a socket with rights. The `unsafe` of this crate is here: no safe function closes what nobody
//! owns.

use std::ffi::c_int;

use fs_err as fs;

/// The first that is not standard input, output or error.
const FIRST: c_int = 3;

/// Where the system lists the descriptors of the process that asks.
const OWN: &str = match cfg!(target_os = "linux") {
    true => "/proc/self/fd",
    false => "/dev/fd",
};

/// As far as descriptors are looked for where nothing lists them: the usual hard limit on how many there can be.
const LAST_WITHOUT_A_LIST: c_int = 1 << 20;

/// Closes all descriptors but standard input, output and error.
///
/// For the start of a program: whatever it has opened by then is closed, too.
pub(crate) fn close_inherited() {
    if close_range() {
        return;
    }
    for descriptor in listed().unwrap_or_else(|| (FIRST..LAST_WITHOUT_A_LIST).collect()) {
        // SAFETY: nothing of this process owns a descriptor yet, as the contract says; closing one that is not open is an error.
        unsafe { libc::close(descriptor) };
    }
}

/// Lets the kernel close them all; returns whether it can (Linux 5.9).
#[cfg(target_os = "linux")]
fn close_range() -> bool {
    // SAFETY: the call takes numbers alone, and nothing of this process owns a descriptor yet.
    unsafe { libc::syscall(libc::SYS_close_range, FIRST, c_int::MAX, 0) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn close_range() -> bool {
    false
}

/// Returns those that are open, and that of the list itself.
fn listed() -> Option<Vec<c_int>> {
    let numbers = fs::read_dir(OWN).ok()?.filter_map(|entry| {
        let number: c_int = entry.ok()?.file_name().to_str()?.parse().ok()?;
        (number >= FIRST).then_some(number)
    });
    Some(numbers.collect())
}
