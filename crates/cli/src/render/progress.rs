//! Shows a run while it works: a bar on a terminal, plain lines in a pipe, nothing when asked for silence.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use app::{Event, Phase, PullEvent};
use indicatif::{
    HumanBytes, HumanCount, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle,
};

use crate::args::GlobalArgs;

/// In a pipe, a line is due this often.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// How a run is shown.
pub(crate) struct Progress {
    state: Mutex<State>,
}

struct State {
    display: Display,
    is_verbose: bool,
    n_done: u64,
    n_total: u64,
    n_bytes_done: u64,
    n_bytes_total: u64,
    n_failed: u64,
    n_chunks: u64,
    n_memory_bytes: u64,
    started: Instant,
    last_line: Instant,
}

enum Display {
    Silent,
    Lines,
    Bars {
        all: MultiProgress,
        files: ProgressBar,
        workers: BTreeMap<usize, ProgressBar>,
        download: ProgressBar,
    },
}

impl Progress {
    /// Chooses the display: silence for `--quiet`, bars on a terminal, else lines.
    pub(crate) fn new(global: &GlobalArgs) -> Progress {
        let display = if global.quiet {
            Display::Silent
        } else if std::io::stderr().is_terminal() {
            bars()
        } else {
            Display::Lines
        };
        let now = Instant::now();
        let state = State {
            display,
            is_verbose: global.verbose,
            n_done: 0,
            n_total: 0,
            n_bytes_done: 0,
            n_bytes_total: 0,
            n_failed: 0,
            n_chunks: 0,
            n_memory_bytes: 0,
            started: now,
            last_line: now,
        };
        Progress {
            state: Mutex::new(state),
        }
    }

    /// Shows an event of a run.
    pub(crate) fn run(&self, event: &Event) {
        self.with(|state| state.run(event));
    }

    /// Shows an event of fetching a model.
    pub(crate) fn pull(&self, event: &PullEvent<'_>) {
        self.with(|state| state.pull(event));
    }

    /// Says something in between, without disturbing the bars.
    pub(crate) fn say(&self, text: &str) {
        self.with(|state| state.say(text));
    }

    /// Takes the bars away, so that what follows stands alone.
    pub(crate) fn clear(&self) {
        self.with(|state| {
            if let Display::Bars {
                all,
                files,
                download,
                ..
            } = &state.display
            {
                files.finish_and_clear();
                download.finish_and_clear();
                all.clear().unwrap_or_default();
            }
        });
    }

    fn with(&self, show: impl FnOnce(&mut State)) {
        // A panic while drawing must not take the run with it.
        let mut guard = self
            .state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        show(&mut guard);
    }
}

fn bars() -> Display {
    // Smooth enough, and little to send over a slow connection.
    let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    // Drawn by nobody until it is added: a bar on its own would leave its first line behind.
    let files = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden())
        .with_style(style("{bar:30} {prefix} {msg}"));
    Display::Bars {
        all,
        files,
        workers: BTreeMap::new(),
        download: ProgressBar::hidden(),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("the templates in this file are well-formed")
        .progress_chars("━╸─")
}

impl State {
    fn run(&mut self, event: &Event) {
        match event {
            Event::Discovered {
                n_changed,
                n_bytes,
                n_unchanged,
                n_removed,
                n_skipped,
                continues,
            } => {
                self.n_total = *n_changed as u64;
                self.n_bytes_total = *n_bytes;
                // Rates are of the work, without the walk through the tree.
                self.started = Instant::now();
                let continuing = if *continues {
                    format!(
                        "continuing: {n_unchanged} of {} done; ",
                        n_unchanged + n_changed
                    )
                } else {
                    String::new()
                };
                self.say(&format!(
                    "{continuing}{} files to index, {} unchanged, {} deleted, {} skipped",
                    HumanCount(*n_changed as u64),
                    HumanCount(*n_unchanged as u64),
                    HumanCount(*n_removed as u64),
                    HumanCount(*n_skipped as u64)
                ));
                if let Display::Bars { all, files, .. } = &self.display
                    // A bar about nothing would flash up and go.
                    && *n_changed > 0
                {
                    files.set_length(*n_bytes);
                    all.add(files.clone());
                }
            }
            Event::FileIndexed {
                n_bytes, report, ..
            } => {
                self.n_chunks += report.n_chunks;
                self.advance(*n_bytes);
            }
            Event::FileFailed { n_bytes, problem } => {
                self.n_failed += 1;
                self.say(&format!("failed: {}: {}", problem.path, problem.cause));
                self.advance(*n_bytes);
            }
            Event::FileStarted { worker, path } if self.is_verbose => {
                self.show_worker(*worker, path.as_str())
            }
            Event::WorkerEnded { worker, reason } => {
                self.say(&format!("worker {worker}: {reason}; replaced"))
            }
            Event::Notice(text) => self.say(text),
            Event::Tick { n_memory_bytes, .. } => {
                self.n_memory_bytes = *n_memory_bytes;
                self.refresh();
            }
            Event::PhaseStarted(Phase::Finish) => {
                if let Display::Bars { files, .. } = &self.display {
                    files.set_message("finishing");
                }
            }
            Event::PhaseStarted(_) | Event::FileStarted { .. } | Event::WorkerStarted { .. } => {}
        }
    }

    fn advance(&mut self, n_bytes: u64) {
        self.n_done += 1;
        self.n_bytes_done += n_bytes;
        if let Display::Bars { files, .. } = &self.display {
            files.inc(n_bytes);
        }
        self.refresh();
    }

    fn refresh(&mut self) {
        let text = self.status_line();
        match &self.display {
            Display::Silent => {}
            Display::Lines => {
                if self.last_line.elapsed() >= LINE_INTERVAL && self.n_total > 0 {
                    self.last_line = Instant::now();
                    eprintln!("{}/{} files, {text}", self.n_done, self.n_total);
                }
            }
            Display::Bars { files, .. } => {
                files.set_prefix(format!("{}/{} files", self.n_done, self.n_total));
                files.set_message(text);
            }
        }
    }

    fn status_line(&self) -> String {
        let elapsed = self.started.elapsed().as_secs_f64();
        let rate = if elapsed > 0.0 {
            self.n_chunks as f64 / elapsed
        } else {
            0.0
        };
        let remaining = match &self.display {
            // By bytes, which is what work is proportional to; of sources, then of tests, the largest files come first.
            Display::Bars { files, .. } if self.n_done > 0 => {
                format!(", {:.0} s left", files.eta().as_secs_f64().ceil())
            }
            _ if self.n_bytes_done > 0 => {
                let n_bytes_left = self.n_bytes_total.saturating_sub(self.n_bytes_done);
                let left = elapsed / self.n_bytes_done as f64 * n_bytes_left as f64;
                format!(", about {left:.0} s left")
            }
            _ => String::new(),
        };
        let failed = if self.n_failed > 0 {
            format!(", {} failed", self.n_failed)
        } else {
            String::new()
        };
        format!(
            "{rate:.0} chunks/s, {}{failed}{remaining}",
            HumanBytes(self.n_memory_bytes)
        )
    }

    fn show_worker(&mut self, worker: usize, path: &str) {
        if let Display::Bars { all, workers, .. } = &mut self.display {
            let bar = workers.entry(worker).or_insert_with(|| {
                all.add(ProgressBar::new_spinner().with_style(style("  worker {prefix}  {msg}")))
            });
            bar.set_prefix(worker.to_string());
            bar.set_message(domain::shown_in_line(path).into_owned());
        }
    }

    fn say(&self, text: &str) {
        let text = domain::shown_in_line(text);
        let text = text.as_ref();
        match &self.display {
            Display::Silent => {}
            Display::Lines => eprintln!("{text}"),
            // A terminal that has gone away must not end the run.
            Display::Bars { all, .. } => all.println(text).unwrap_or_default(),
        }
    }

    fn pull(&mut self, event: &PullEvent<'_>) {
        match event {
            PullEvent::Started { source, what } => {
                self.say(&format!("fetching {what} from {source}"))
            }
            PullEvent::SourceFailed { source, error } => {
                self.say(&format!("{source}: {}", domain::one_line(error)))
            }
            PullEvent::Progress { n_bytes, total, .. } => self.show_download(*n_bytes, *total),
            PullEvent::Waiting => {
                self.say("waiting for another process that is fetching the same model")
            }
            PullEvent::Verified { .. } | PullEvent::Done { .. } => {
                if let Display::Bars { download, .. } = &self.display {
                    download.finish_and_clear();
                }
            }
        }
    }

    fn show_download(&mut self, n_bytes: u64, total: Option<u64>) {
        if let Display::Bars { all, download, .. } = &mut self.display {
            // Made when the first bytes come: only then is it known whether there is a total.
            if download.is_hidden() {
                let template = if total.is_some() {
                    "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left"
                } else {
                    "{spinner} {bytes}, {bytes_per_sec}"
                };
                *download =
                    all.add(ProgressBar::new(total.unwrap_or(0)).with_style(style(template)));
            }
            download.set_position(n_bytes);
        }
    }
}
