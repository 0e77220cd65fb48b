//! What the machine grants: cores and memory, the control group before the machine.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Part of the granted memory that a run may take when nobody says otherwise; the rest is for the caller's editor and browser.
const AUTO_SHARE_PERCENT: u64 = 60;

/// What the parent process needs for itself while workers run: 8 to 18 MiB for trees of 500 to 7,000 files.
const PARENT_BYTES: u64 = 24 << 20;

/// What it really holds, most of the time.
pub(crate) const PARENT_WORKING_BYTES: u64 = 8 << 20;

/// What a worker holds before it has anything to do: the program's own pages and its stack.
const WORKER_START_BYTES: u64 = 4 << 20;

/// What one worker needs at work, beside what all of them share: the default model's tokenizer and activations (22 MiB), the parser's
/// arena, the store's cache, and room for a file of a megabyte. Workers that would get less are not started.
const WORKER_BYTES: u64 = 40 << 20;

/// What each further thread of a worker needs: the rows of its own pass through a model of 768 dimensions.
const THREAD_BYTES: u64 = 8 << 20;

/// Memory that parent and workers together may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBudget {
    /// The sum over all processes.
    pub n_bytes: u64,
}

/// How a budget is shared out among the processes of a run, so that their sum cannot exceed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryShares {
    /// Workers that fit, at most as many as wanted, at least one.
    pub n_workers: usize,
    /// What each of them may allocate.
    pub worker_limit_bytes: u64,
    /// What a worker may allocate that has no other beside it.
    pub alone_limit_bytes: u64,
}

impl MemoryBudget {
    /// Returns the share of what is granted that a run takes by default.
    pub fn auto() -> MemoryBudget {
        MemoryBudget {
            n_bytes: granted_memory_bytes() / 100 * AUTO_SHARE_PERCENT,
        }
    }

    /// Shares the budget out among `n_wanted` workers of `n_threads` each, which map `n_shared_bytes` together; fewer, where they would get
    /// too little each.
    pub fn share_out(
        self,
        n_wanted: usize,
        n_threads: NonZeroUsize,
        n_shared_bytes: u64,
    ) -> MemoryShares {
        let least = worker_bytes(n_threads);
        let room = self.n_bytes.saturating_sub(PARENT_BYTES + n_shared_bytes);
        let n_fitting = usize::try_from(room / least).unwrap_or(usize::MAX);
        let n_workers = n_wanted.min(n_fitting).max(1);
        let limit = |n_workers: u64| (room / n_workers).max(least) - WORKER_START_BYTES;
        MemoryShares {
            n_workers,
            worker_limit_bytes: limit(n_workers as u64),
            alone_limit_bytes: limit(1),
        }
    }

    /// Returns the least budget that can be kept with one worker.
    pub fn least_bytes(n_threads: NonZeroUsize, n_shared_bytes: u64) -> u64 {
        PARENT_BYTES + n_shared_bytes + worker_bytes(n_threads)
    }
}

fn worker_bytes(n_threads: NonZeroUsize) -> u64 {
    WORKER_BYTES + (n_threads.get() as u64 - 1) * THREAD_BYTES
}

/// Returns the number of cores that this process may use: affinity and control groups (v1 and v2) considered.
pub fn granted_cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Returns the memory that this process may use: the least of the machine's and the limits of its control groups.
pub fn granted_memory_bytes() -> u64 {
    let machine = fs_err::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| parse_meminfo(&text));
    let groups = fs_err::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limits = limit_files(&groups)
        .into_iter()
        .filter_map(|file| read_limit(&file));
    // Where nothing can be read, a small machine is the safe guess.
    limits.chain(machine).min().unwrap_or(2 << 30)
}

fn parse_meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// Returns the limit files that apply to the process whose `/proc/self/cgroup` is given: those of its group and every ancestor.
fn limit_files(groups: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(group)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let (mount, name) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            list if list.split(',').any(|controller| controller == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => continue,
        };
        for ancestor in Path::new(group).ancestors() {
            let relative = ancestor.strip_prefix("/").unwrap_or(ancestor);
            files.push(Path::new(mount).join(relative).join(name));
        }
    }
    files
}

fn read_limit(file: &Path) -> Option<u64> {
    // "max" (v2) is no number and thereby no limit; v1 writes a number near 2^63, which the machine's own size undercuts.
    fs_err::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_a_group_and_its_ancestors_apply() {
        let files = limit_files("0::/user.slice/a\n7:cpu,memory:/docker/b\n3:freezer:/x\n");
        let files: Vec<_> = files.iter().map(|file| file.to_str().unwrap()).collect();
        assert_eq!(
            files,
            [
                "/sys/fs/cgroup/user.slice/a/memory.max",
                "/sys/fs/cgroup/user.slice/memory.max",
                "/sys/fs/cgroup/memory.max",
                "/sys/fs/cgroup/memory/docker/b/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/docker/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            ]
        );
    }

    #[test]
    fn shares_add_up_to_the_budget_and_workers_yield_to_it() {
        // Budget, workers wanted, shared; workers had.
        for (n_mib, n_wanted, n_shared_mib, n_had) in [
            (300, 4, 36, 4),
            (150, 4, 36, 2),
            (150, 4, 0, 3),
            (1024, 2, 36, 2),
            (50, 4, 36, 1),
        ] {
            let n_shared_bytes = n_shared_mib << 20;
            let budget = MemoryBudget {
                n_bytes: n_mib << 20,
            };
            let shares = budget.share_out(n_wanted, NonZeroUsize::MIN, n_shared_bytes);
            assert_eq!(shares.n_workers, n_had, "{n_mib} MiB");
            let sum = |n_workers: u64, limit: u64| {
                PARENT_BYTES + n_shared_bytes + n_workers * (limit + WORKER_START_BYTES)
            };
            let ceiling = budget
                .n_bytes
                .max(MemoryBudget::least_bytes(NonZeroUsize::MIN, n_shared_bytes));
            assert!(sum(n_had as u64, shares.worker_limit_bytes) <= ceiling);
            assert!(sum(1, shares.alone_limit_bytes) <= ceiling);
        }
    }

    #[test]
    fn meminfo_is_in_kibibytes() {
        assert_eq!(
            parse_meminfo("MemTotal:       16 kB\nMemFree: 3 kB\n"),
            Some(16384)
        );
        assert!(granted_memory_bytes() > 0);
        assert!(granted_cores() > 0);
    }
}
