//! How much memory processes hold.
//!
//! Two measures: the proportional set size, which shares a mapped file out among those who map it, so that it can be summed;
//! and the private memory, which is what a process would free by ending. Linux only; elsewhere nothing is known.

use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use fs_err as fs;

use crate::unix::page_bytes;

/// Returns the proportional set size of a process in bytes; its resident size where the kernel does not tell.
///
/// `None` when it is gone.
pub fn pss_of(pid: u32) -> Option<u64> {
    let rollup = fs::read_to_string(file_of(pid, "smaps_rollup")).unwrap_or_default();
    pss_in(&rollup).or_else(|| Some(statm_of(pid)?.n_resident_bytes))
}

/// How much memory this process holds, read as often as wanted without a file being opened.
pub(crate) struct OwnMemory {
    statm: Option<fs::File>,
}

impl OwnMemory {
    pub(crate) fn open() -> OwnMemory {
        OwnMemory {
            statm: fs::File::open("/proc/self/statm").ok(),
        }
    }

    /// Returns the bytes that no file stands behind and nobody shares; nothing where the kernel does not tell.
    pub(crate) fn private_bytes(&self) -> Option<u64> {
        let mut bytes = [0; 256];
        let n_bytes = self.statm.as_ref()?.file().read_at(&mut bytes, 0).ok()?;
        let statm = statm_in(std::str::from_utf8(&bytes[..n_bytes]).ok()?)?;
        Some(statm.n_resident_bytes.saturating_sub(statm.n_file_bytes))
    }
}

/// Returns the summed proportional set size of processes in bytes; those that are gone count nothing.
pub fn summed_pss(pids: impl IntoIterator<Item = u32>) -> u64 {
    pids.into_iter().filter_map(pss_of).sum()
}

struct Statm {
    n_resident_bytes: u64,
    n_file_bytes: u64,
}

fn statm_of(pid: u32) -> Option<Statm> {
    statm_in(&fs::read_to_string(file_of(pid, "statm")).ok()?)
}

fn file_of(pid: u32, name: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/{name}"))
}

fn pss_in(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let n_kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(n_kib * 1024)
}

fn statm_in(text: &str) -> Option<Statm> {
    let mut pages = text.split_whitespace().map(str::parse::<u64>).skip(1);
    Some(Statm {
        n_resident_bytes: pages.next()?.ok()? * page_bytes(),
        n_file_bytes: pages.next()?.ok()? * page_bytes(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_texts_are_read() {
        let rollup = "56-7f ---p 0 [rollup]\nRss: 1712 kB\nPss:      374 kB\nPss_Dirty: 112 kB\n";
        assert_eq!(pss_in(rollup), Some(374 * 1024));
        assert_eq!(pss_in(""), None);
        let statm = statm_in("765 441 412 5 0 123 0\n").unwrap();
        assert_eq!(statm.n_resident_bytes, 441 * page_bytes());
        assert_eq!(statm.n_file_bytes, 412 * page_bytes());
        assert!(statm_in("765").is_none());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn own_memory_grows_with_what_is_held() {
        let own = OwnMemory::open();
        let before = own.private_bytes().unwrap();
        let held = std::hint::black_box(vec![1_u8; 64 << 20]);
        let after = own.private_bytes().unwrap();
        assert!(after >= before + (60 << 20), "{before} {after}");
        assert!(pss_of(std::process::id()).unwrap() >= 60 << 20);
        drop(held);
    }

    #[test]
    fn a_process_that_is_gone_counts_nothing() {
        assert_eq!(summed_pss([u32::MAX]), 0);
    }
}
