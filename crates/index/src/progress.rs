//! How far a run is: one value, kept by who produces it and stored about once a second, so that any door on any machine shows the same.

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::Problem;
use serde::{Deserialize, Serialize};

use crate::events::{Event, Phase};

/// A run says how far it is this often, at most.
const INTERVAL: Duration = Duration::from_secs(1);

/// Problems that are reported while a run is under way: all of them are on record.
const MAX_PROBLEMS: usize = 10;

/// Lanes that are reported, and letters of a path in them.
const MAX_LANES: usize = 64;
const MAX_PATH_LETTERS: usize = 300;

/// How far a run is.
///
/// Stored as JSON: fields are added and never renamed, and a reader takes those that it knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// `discover`, `process`, `graph` or `finish`.
    pub phase: String,
    /// When the run began, in milliseconds since 1970 by its machine's clock.
    pub began_ms: u64,
    /// When this was reported.
    pub told_ms: u64,
    /// Seconds since the run began.
    pub seconds: f64,
    /// Seconds for which files have been processed.
    pub process_seconds: f64,
    /// Files that have to be processed.
    pub files: u64,
    /// Those that are done, failed ones among them.
    pub files_done: u64,
    /// Those that failed.
    pub files_failed: u64,
    /// Files that are indexed already as they are.
    pub files_unchanged: u64,
    /// Bytes of the files that have to be processed.
    pub bytes: u64,
    /// Bytes of those that are done.
    pub bytes_done: u64,
    /// Chunks made.
    pub chunks: u64,
    /// Vectors that a model made in this run.
    pub vectors_computed: u64,
    /// Vectors that were there already.
    pub vectors_reused: u64,
    /// Tokens that went through a model.
    pub tokens: u64,
    /// Memory of the process and its workers (proportional set size), and the most that it was.
    pub memory_bytes: u64,
    /// The most that it was.
    pub peak_memory_bytes: u64,
    /// What the run keeps its memory under; 0 where that is not known.
    pub memory_budget_bytes: u64,
    /// Workers, by their place.
    pub workers: Vec<Lane>,
    /// Workers that had to be replaced.
    pub worker_restarts: u64,
    /// The latest problems, the newest last.
    pub problems: VecDeque<Problem>,
}

/// What one worker does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lane {
    /// The file that it took up last; empty while it has none.
    pub file: String,
    /// Seconds since the run began when it did.
    pub since_seconds: f64,
}

/// Keeps the progress of a run that is under way.
pub(crate) struct Keeper {
    pub(crate) progress: Progress,
    began: Instant,
    process_began: Option<Instant>,
    reported: Instant,
}

impl Keeper {
    pub(crate) fn new(memory_budget_bytes: u64) -> Keeper {
        let now = Instant::now();
        let progress = Progress {
            began_ms: now_ms(),
            memory_budget_bytes,
            ..Progress::default()
        };
        Keeper {
            progress,
            began: now,
            process_began: None,
            reported: now,
        }
    }

    /// Takes note of an event; returns the progress as JSON where it is due.
    pub(crate) fn take(&mut self, event: &Event) -> Option<String> {
        self.note(event);
        let is_new_phase = matches!(event, Event::PhaseStarted(Phase::Graph | Phase::Finish));
        let since = self.reported.elapsed();
        // A short run says nothing, and is over before anyone could look.
        let is_due = since >= INTERVAL || is_new_phase && self.began.elapsed() >= INTERVAL;
        is_due.then(|| self.report())
    }

    fn report(&mut self) -> String {
        self.reported = Instant::now();
        let progress = &mut self.progress;
        progress.told_ms = now_ms();
        progress.seconds = self.began.elapsed().as_secs_f64();
        if progress.phase == word(Phase::Process) {
            let began = self.process_began;
            progress.process_seconds = began.map_or(0.0, |began| began.elapsed().as_secs_f64());
        }
        serde_json::to_string(progress).expect("plain fields and names")
    }

    fn note(&mut self, event: &Event) {
        let seconds = self.began.elapsed().as_secs_f64();
        let progress = &mut self.progress;
        match event {
            Event::PhaseStarted(phase) => {
                progress.phase = word(*phase).to_owned();
                if *phase == Phase::Process {
                    self.process_began = Some(Instant::now());
                } else {
                    progress.workers.clear();
                }
            }
            Event::Discovered {
                n_changed,
                n_bytes,
                n_unchanged,
                ..
            } => {
                progress.files = *n_changed as u64;
                progress.bytes = *n_bytes;
                progress.files_unchanged = *n_unchanged as u64;
            }
            Event::WorkerStarted { worker } => {
                if let Some(lane) = lane(&mut progress.workers, *worker) {
                    *lane = Lane::default();
                }
            }
            Event::WorkerEnded { worker, .. } => {
                progress.worker_restarts += 1;
                if let Some(lane) = lane(&mut progress.workers, *worker) {
                    *lane = Lane::default();
                }
            }
            Event::FileStarted { worker, path } => {
                if let Some(lane) = lane(&mut progress.workers, *worker) {
                    lane.file = path.as_str().chars().take(MAX_PATH_LETTERS).collect();
                    lane.since_seconds = seconds;
                }
            }
            Event::FileIndexed {
                n_bytes, report, ..
            } => {
                progress.files_done += 1;
                progress.bytes_done += n_bytes;
                progress.chunks += report.n_chunks;
                progress.vectors_computed += report.n_vectors_computed;
                progress.vectors_reused += report.n_vectors_reused;
                progress.tokens += report.n_tokens;
            }
            Event::FileFailed { n_bytes, problem } => {
                progress.files_done += 1;
                progress.files_failed += 1;
                progress.bytes_done += n_bytes;
                progress.problems.push_back(problem.clone());
                if progress.problems.len() > MAX_PROBLEMS {
                    progress.problems.pop_front();
                }
            }
            Event::Tick { n_memory_bytes, .. } => {
                progress.memory_bytes = *n_memory_bytes;
                progress.peak_memory_bytes = progress.peak_memory_bytes.max(*n_memory_bytes);
            }
            Event::Notice(_) => {}
        }
    }
}

impl Progress {
    /// Returns the share of the work of files that is done, by bytes, which is what it is proportional to: from 0 to 1.
    pub fn share(&self) -> f64 {
        match self.bytes {
            0 => 0.0,
            bytes => (self.bytes_done as f64 / bytes as f64).min(1.0),
        }
    }

    /// Returns about how many seconds the files that are left take; nothing before the first is done.
    pub fn seconds_left(&self) -> Option<f64> {
        let is_known = self.phase == word(Phase::Process) && self.bytes_done > 0;
        let left = self.bytes.saturating_sub(self.bytes_done) as f64;
        is_known.then(|| self.process_seconds / self.bytes_done as f64 * left)
    }
}

fn lane(lanes: &mut Vec<Lane>, worker: usize) -> Option<&mut Lane> {
    if worker >= MAX_LANES {
        return None;
    }
    if lanes.len() <= worker {
        lanes.resize(worker + 1, Lane::default());
    }
    lanes.get_mut(worker)
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Discover => "discover",
        Phase::Process => "process",
        Phase::Graph => "graph",
        Phase::Finish => "finish",
    }
}

pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::FileReport;

    #[test]
    fn events_add_up() {
        let mut keeper = Keeper::new(1 << 30);
        let path = domain::RepoPath::new("a.ts").unwrap();
        let report = FileReport {
            n_chunks: 3,
            n_vectors_computed: 2,
            ..FileReport::default()
        };
        for event in [
            Event::PhaseStarted(Phase::Discover),
            Event::Discovered {
                n_changed: 2,
                n_bytes: 400,
                n_unchanged: 5,
                n_removed: 0,
                n_skipped: 0,
                continues: false,
            },
            Event::PhaseStarted(Phase::Process),
            Event::WorkerStarted { worker: 1 },
            Event::FileStarted {
                worker: 1,
                path: path.clone(),
            },
            Event::FileIndexed {
                path,
                n_bytes: 100,
                report,
            },
        ] {
            assert_eq!(
                keeper.take(&event),
                None,
                "nothing is due in the first second"
            );
        }
        let text = keeper.report();
        let reported: Progress = serde_json::from_str(&text).unwrap();
        assert_eq!(reported, keeper.progress);
        assert_eq!(
            (reported.files, reported.files_done, reported.chunks),
            (2, 1, 3)
        );
        assert_eq!(reported.workers[1].file, "a.ts");
        assert!((reported.share() - 0.25).abs() < 1e-9 && reported.seconds_left().is_some());
        assert_eq!(
            serde_json::from_str::<Progress>("{\"later\":1}").unwrap(),
            Progress::default()
        );
    }
}
