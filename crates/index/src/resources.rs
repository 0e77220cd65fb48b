//! What the machine grants: cores and memory, the control group before the machine.

use std::path::{Path, PathBuf};

/// Part of the granted memory that a run may take when nobody says otherwise; the rest is for the caller's editor and browser.
const AUTO_SHARE_PERCENT: u64 = 60;

/// What the parent process needs for itself.
const PARENT_BYTES: u64 = 48 << 20;

/// Memory that parent and workers together may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBudget {
    /// The sum over all processes.
    pub n_bytes: u64,
}

impl MemoryBudget {
    /// Returns the share of what is granted that a run takes by default.
    pub fn auto() -> MemoryBudget {
        MemoryBudget {
            n_bytes: granted_memory_bytes() / 100 * AUTO_SHARE_PERCENT,
        }
    }

    /// Returns the number of workers of `worker_bytes` each that fit, at least one.
    pub fn n_workers(self, worker_bytes: u64) -> usize {
        let room = self.n_bytes.saturating_sub(PARENT_BYTES);
        usize::try_from(room / worker_bytes.max(1))
            .unwrap_or(usize::MAX)
            .max(1)
    }

    /// Returns each worker's share when there are `n_workers`.
    pub fn worker_share_bytes(self, n_workers: usize) -> u64 {
        self.n_bytes.saturating_sub(PARENT_BYTES) / n_workers.max(1) as u64
    }
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
    fn budget_gives_at_least_one_worker() {
        assert_eq!(MemoryBudget { n_bytes: 1 << 20 }.n_workers(64 << 20), 1);
        assert_eq!(
            MemoryBudget {
                n_bytes: (48 + 4 * 64) << 20
            }
            .n_workers(64 << 20),
            4
        );
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
