//! What was done to the configuration of agents.

use std::fmt::Write;
use std::path::PathBuf;

use agents::{Agent, AgentError, Change, Outcome, Places};
use domain::shown_in_line;
use serde_json::{Value, json};

/// One file of one agent.
pub(crate) struct Report {
    agent: &'static Agent,
    file: Option<PathBuf>,
    state: Result<&'static str, String>,
    /// Lines that explain the state.
    lines: Vec<String>,
}

impl Report {
    /// Reports a change that was carried out, or would be.
    pub(crate) fn done(
        agent: &'static Agent,
        done: Result<(Change, Outcome), AgentError>,
        is_dry: bool,
    ) -> Report {
        let (file, lines, state) = match done {
            Ok((change, outcome)) => {
                let lines = if is_dry {
                    change.difference()
                } else {
                    Vec::new()
                };
                (Some(change.file.clone()), lines, Ok(words(outcome, is_dry)))
            }
            Err(error) => (None, Vec::new(), Err(error.to_string())),
        };
        Report {
            agent,
            file,
            state,
            lines,
        }
    }

    /// Reports whether an agent is here and has our entry.
    pub(crate) fn state(
        agent: &'static Agent,
        places: &Places,
        change: Result<Change, AgentError>,
    ) -> Report {
        // What installing would do shows what is there: our entry is present where nothing is left
        // to do.
        let state = match change.map(|change| change.outcome()) {
            Ok(Outcome::Unchanged) => Ok("installed"),
            Ok(_) if agent.is_here(places) => Ok("not installed"),
            Ok(_) => Ok("agent not found"),
            Err(error) => Err(error.to_string()),
        };
        let file = Some(agent.file(places));
        Report {
            agent,
            file,
            state,
            lines: Vec::new(),
        }
    }

    /// Reports an entry that somebody is to add by hand.
    pub(crate) fn plain(agent: &'static Agent, entry: String) -> Report {
        Report {
            agent,
            file: None,
            state: Ok("entry"),
            lines: entry.lines().map(str::to_owned).collect(),
        }
    }

    pub(crate) fn is_failure(&self) -> bool {
        self.state.is_err()
    }
}

fn words(outcome: Outcome, is_dry: bool) -> &'static str {
    match (outcome, is_dry) {
        (Outcome::Unchanged, _) => "unchanged",
        (Outcome::Created, false) => "created",
        (Outcome::Changed, false) => "changed",
        (Outcome::Deleted, false) => "deleted",
        (Outcome::Created, true) => "would be created",
        (Outcome::Changed, true) => "would be changed",
        (Outcome::Deleted, true) => "would be deleted",
    }
}

pub(crate) fn text(reports: &[Report], is_dry: bool) -> String {
    let mut out = String::new();
    let width = |of: fn(&Report) -> usize| reports.iter().map(of).max().unwrap_or(0);
    let names = width(|report| report.agent.name.len());
    let ids = width(|report| report.agent.id.len());
    // As wide as `failed`, which stands in the column, too.
    let states = width(|report| report.state.as_ref().map_or(6, |state| state.len()));
    for report in reports {
        let (name, id) = (report.agent.name, report.agent.id);
        let file = report.file.as_ref().map(|file| file.display().to_string());
        let file = shown_in_line(file.as_deref().unwrap_or(""));
        let line = match &report.state {
            Ok(state) => format!("{name:names$}  {id:ids$}  {state:states$}  {file}"),
            Err(error) => format!("{name:names$}  {id:ids$}  failed: {}", shown_in_line(error)),
        };
        let _ = writeln!(out, "{}", line.trim_end());
        for line in &report.lines {
            let _ = writeln!(out, "    {}", shown_in_line(line));
        }
    }
    if reports.is_empty() {
        out.push_str("no agent has mnemo in its configuration\n");
    // An agent that reads its configuration later needs no restart, but we cannot see which are
    // running.
    } else if !is_dry
        && reports
            .iter()
            .any(|report| report.state == Ok("created") || report.state == Ok("changed"))
    {
        out.push_str("Agents read their configuration when they start: restart those that run.\n");
    }
    out
}

pub(crate) fn json(reports: &[Report]) -> Value {
    let reports: Vec<Value> = reports
        .iter()
        .map(|report| {
            let mut row =
                json!({"agent": report.agent.id, "name": report.agent.name, "file": report.file});
            match &report.state {
                Ok(state) => row["state"] = json!(state),
                // A key of its own, so that a program need not know all words for states to see a
                // failure.
                Err(error) => row["error"] = json!(error),
            }
            if !report.lines.is_empty() {
                row["lines"] = json!(report.lines);
            }
            row
        })
        .collect();
    json!({"agents": reports})
}
