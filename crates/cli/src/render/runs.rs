//! Runs as they go: a bar each on a terminal, else a line each whenever something is new.

use std::collections::BTreeMap;

use app::{Progress, RunState, RunStatus};
use domain::shown_in_line;
use indicatif::{HumanBytes, HumanCount, MultiProgress, ProgressBar, ProgressStyle};

/// Steps of a bar.
const STEPS: u64 = 1000;

/// What is on display.
pub(crate) struct Runs {
    bars: Option<MultiProgress>,
    shown: BTreeMap<(String, i64), ProgressBar>,
    lines: BTreeMap<String, String>,
}

impl Runs {
    pub(crate) fn new(is_terminal: bool) -> Runs {
        Runs {
            bars: is_terminal.then(MultiProgress::new),
            shown: BTreeMap::new(),
            lines: BTreeMap::new(),
        }
    }

    /// Shows the runs that are under way, and the end of those that were.
    pub(crate) fn show(&mut self, runs: &[RunStatus]) {
        for run in runs {
            let name = shown_in_line(run.repository.as_str()).into_owned();
            let text = match (&run.progress, run.state) {
                (Some(progress), RunState::UnderWay) => line(progress),
                // What ended before anybody looked is no news.
                _ if !self.lines.contains_key(&name) => continue,
                (_, RunState::Ended) => "ended".to_owned(),
                _ => "silent".to_owned(),
            };
            let text = shown_in_line(&text).into_owned();
            // In a pipe, only what is new is worth a line.
            if self.lines.get(&name) != Some(&text) {
                self.lines.insert(name.clone(), text.clone());
                self.draw(name, run, text);
            }
        }
    }

    fn draw(&mut self, name: String, run: &RunStatus, text: String) {
        let Some(bars) = &self.bars else {
            println!("{name}: {text}");
            return;
        };
        let bar = self
            .shown
            .entry((name.clone(), run.run))
            .or_insert_with(|| {
                let style = ProgressStyle::with_template("{prefix} {bar:24} {msg}");
                let style = style.expect("a template of ours").progress_chars("━╸─");
                bars.add(ProgressBar::new(STEPS).with_style(style).with_prefix(name))
            });
        let share = run.progress.as_ref().map_or(0.0, Progress::share);
        bar.set_position((share * STEPS as f64) as u64);
        match run.state {
            RunState::Ended => bar.finish_with_message(text),
            _ => bar.set_message(text),
        }
    }
}

fn line(progress: &Progress) -> String {
    let left = progress.seconds_left();
    let left = left.map_or_else(String::new, |left| format!(", about {left:.0} s left"));
    let failed = match progress.files_failed {
        0 => String::new(),
        n => format!(", {n} failed"),
    };
    format!(
        "{}: {} of {} files, {} chunks, {} vectors, {}{failed}{left}",
        progress.phase,
        HumanCount(progress.files_done),
        HumanCount(progress.files),
        HumanCount(progress.chunks),
        HumanCount(progress.vectors_computed + progress.vectors_reused),
        HumanBytes(progress.memory_bytes),
    )
}
