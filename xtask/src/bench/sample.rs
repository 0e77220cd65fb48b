//! Runs a command to its end and samples its memory meanwhile.
//!
//! Memory is the proportional set size of the process and all its descendants, summed: pages that several of them map, such as
//! the model's weights, count once. Read from `/proc`; where there is none, every sample is zero.

use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use fs_err as fs;

use crate::command::shown;

/// Often enough for a peak of a batch, seldom enough not to slow down what is measured.
const INTERVAL: Duration = Duration::from_millis(50);

/// The unit of processor times in `/proc`: `USER_HZ`, which Linux fixes for its users.
pub(super) const TICKS_PER_SECOND: f64 = 100.0;

/// What a run cost.
pub(super) struct Measurement {
    pub(super) wall_seconds: f64,
    /// Processor time of the process and of every descendant that was waited for, to 10 ms.
    pub(super) cpu_seconds: f64,
    pub(super) samples: Vec<Sample>,
    /// The standard output.
    pub(super) output: String,
}

/// Memory at one moment.
#[derive(Clone, Copy)]
pub(super) struct Sample {
    /// Since the start.
    pub(super) seconds: f64,
    pub(super) pss_bytes: u64,
    /// How many processes were summed.
    pub(super) n_processes: usize,
}

impl Measurement {
    /// Returns the largest sum of any sample.
    pub(super) fn peak_pss_bytes(&self) -> u64 {
        let sums = self.samples.iter().map(|sample| sample.pss_bytes);
        sums.max().unwrap_or(0)
    }
}

/// Runs a command to its end; an error with its last words unless it succeeds.
pub(super) fn measure(command: &mut Command) -> Result<Measurement> {
    // Files instead of pipes: nobody has to read along, and a full pipe cannot hold the child up.
    let folder = tempfile::tempdir()?;
    let (output, talk) = (folder.path().join("stdout"), folder.path().join("stderr"));
    command
        .stdout(fs::File::create(&output)?.into_file())
        .stderr(fs::File::create(&talk)?.into_file());
    let cpu_before = cpu_of_children();
    let start = Instant::now();
    let mut child = command
        .spawn()
        .with_context(|| format!("failed to start `{}`", shown(command)))?;
    let root = child.id();
    let (stop, stopped) = channel::<()>();
    let sampler = thread::spawn(move || sample_until(&stopped, start, root));
    let status = child.wait()?;
    let wall_seconds = start.elapsed().as_secs_f64();
    drop(stop);
    let samples = sampler.join().expect("the sampler only reads and adds");
    if !status.success() {
        let talk = fs::read_to_string(&talk)?;
        bail!("`{}` failed: {status}\n{}", shown(command), talk.trim_end());
    }
    Ok(Measurement {
        wall_seconds,
        cpu_seconds: cpu_of_children() - cpu_before,
        samples,
        output: fs::read_to_string(&output)?,
    })
}

fn sample_until(stopped: &Receiver<()>, start: Instant, root: u32) -> Vec<Sample> {
    let mut samples = Vec::new();
    loop {
        let processes = descendants(root, &parents());
        samples.push(Sample {
            seconds: start.elapsed().as_secs_f64(),
            pss_bytes: processes.iter().filter_map(|&process| pss(process)).sum(),
            n_processes: processes.len(),
        });
        if stopped.recv_timeout(INTERVAL) != Err(RecvTimeoutError::Timeout) {
            return samples;
        }
    }
}

/// Returns every process of the machine with its parent.
fn parents() -> Vec<(u32, u32)> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let process = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            Some((process, stat_field(&stat, 4)? as u32))
        })
        .collect()
}

/// Returns a numeric field of a `stat` file, counted from 1 as in proc(5).
fn stat_field(stat: &str, number: usize) -> Option<u64> {
    // The second field is the program's name, which may hold spaces and brackets.
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(number - 3)?.parse().ok()
}

/// Returns `root` and whatever descends from it.
fn descendants(root: u32, parents: &[(u32, u32)]) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        let children = parents.iter().filter(|(_, of)| *of == parent);
        found.extend(children.map(|(process, _)| process));
        next += 1;
    }
    found
}

/// Returns the proportional set size of a process; `None` when it has gone.
pub(super) fn pss(process: u32) -> Option<u64> {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    pss_of(&rollup)
}

fn pss_of(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Returns the processor time of all children that this process has waited for, and of theirs.
fn cpu_of_children() -> f64 {
    let ticks = fs::read_to_string("/proc/self/stat")
        .ok()
        .and_then(|stat| Some(stat_field(&stat, 16)? + stat_field(&stat, 17)?));
    ticks.unwrap_or(0) as f64 / TICKS_PER_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::command;

    #[test]
    fn memory_of_child_and_grandchildren_is_summed() {
        let script = "sleep 0.4 & sleep 0.4; wait; echo done";
        let measurement = measure(command("sh").args(["-c", script])).unwrap();
        assert_eq!(measurement.output, "done\n");
        assert!(measurement.wall_seconds >= 0.4);
        let peak = measurement.samples.iter().map(|sample| sample.n_processes);
        assert!(peak.max().unwrap() >= 3);
        assert!(measurement.peak_pss_bytes() > 0);
    }

    #[test]
    fn processor_time_of_children_is_counted() {
        let script = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        let measurement = measure(command("sh").args(["-c", script])).unwrap();
        assert!(measurement.cpu_seconds > 0.0);
    }

    #[test]
    fn descendants_are_found_in_any_order() {
        let parents = [(5, 4), (4, 2), (3, 2), (2, 1), (9, 1)];
        assert_eq!(descendants(2, &parents), [2, 4, 3, 5]);
    }

    #[test]
    fn proc_files_are_understood() {
        assert_eq!(stat_field("7 (a) b (c)) S 42 7 7", 4), Some(42));
        assert_eq!(stat_field("nonsense", 4), None);
        let rollup =
            "00-ff ---p [rollup]\nRss:  9 kB\nPss:                 294 kB\nPss_Dirty: 1 kB\n";
        assert_eq!(pss_of(rollup), Some(294 * 1024));
    }
}
