//! `fleet`: many repositories, one after the other, by path or by address of git; what fails is a result.

mod checkout;
mod status;

use std::path::{Path, PathBuf};
use std::time::Instant;

use domain::{RepositoryName, one_line};
use index::RunSummary;
use workers::{StopHandle, StopLevel};

use crate::error::{AppError, FleetError};
use crate::index::IndexOptions;
use crate::project::{Project, named, open_to_write};
use checkout::Checkout;

pub use status::{FleetStatus, LastRun};

/// A list of repositories is written by people or scripts; a larger file is another.
const LIST_MAX_BYTES: u64 = 16 << 20;

/// One repository of a fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetEntry {
    /// Its name in the index.
    pub name: RepositoryName,
    /// Where it is.
    pub source: FleetSource,
}

/// Where a repository is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FleetSource {
    /// A directory of this machine.
    Directory(PathBuf),
    /// Where git fetches it from.
    Address(String),
}

impl std::fmt::Display for FleetSource {
    /// Leaves out the password of an address.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FleetSource::Directory(path) => path.display().fmt(f),
            FleetSource::Address(address) => f.write_str(&store::without_password(address)),
        }
    }
}

/// What became of one repository.
#[derive(Clone, Debug)]
pub struct FleetResult {
    /// Which.
    pub entry: FleetEntry,
    /// What became of it.
    pub outcome: FleetOutcome,
    /// Wall time.
    pub seconds: f64,
}

/// What became of a repository of a fleet.
#[derive(Clone, Debug)]
pub enum FleetOutcome {
    /// It was brought up to date, or was it already.
    Indexed(Box<RunSummary>),
    /// Its head is the one that is indexed, so it was not fetched.
    Unchanged {
        /// The commit.
        revision: String,
    },
    /// It could not be indexed, or not all of it.
    Failed {
        /// Why, in one line.
        cause: String,
    },
    /// The fleet was stopped before its turn, or in the middle of it.
    Interrupted,
}

/// Reads a list: a line for each repository, a path or an address and, behind white space, its name where it is not the last part of that.
/// Paths are relative to the folder of the list; what follows `#` at the begin of a line or behind white space is a remark.
pub fn read_fleet(list: &Path) -> Result<Vec<FleetEntry>, FleetError> {
    let bytes = files::read_named(list, LIST_MAX_BYTES).map_err(FleetError::File)?;
    let folder = list.parent().unwrap_or(Path::new(""));
    parse_fleet(&String::from_utf8_lossy(&bytes), folder)
}

fn parse_fleet(text: &str, folder: &Path) -> Result<Vec<FleetEntry>, FleetError> {
    let mut entries: Vec<FleetEntry> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let mut words = text
            .split_whitespace()
            .take_while(|word| !word.starts_with('#'));
        let Some(place) = words.next() else { continue };
        let fail = |cause: String| FleetError::Line { line, cause };
        let name = words.next();
        if let Some(word) = words.next() {
            return Err(fail(format!(
                "{word:?} is one word too many: a path or an address, and a name"
            )));
        }
        let source = source_of(place, folder).map_err(fail)?;
        let name = RepositoryName::new(name.unwrap_or_else(|| last_part(place)).to_owned())
            .map_err(|error| fail(one_line(&error)))?;
        if entries.iter().any(|entry| entry.name == name) {
            return Err(FleetError::SameName { line, name });
        }
        entries.push(FleetEntry { name, source });
    }
    Ok(entries)
}

/// Distinguishes an address from a path: by its scheme, or as ssh has it, by a colon before the first slash.
fn source_of(place: &str, folder: &Path) -> Result<FleetSource, String> {
    let head = place.split('/').next().unwrap_or_default();
    let is_address = place.contains("://") || (head.contains(':') && head.contains('@'));
    match is_address {
        // It stands where git also takes options, and `ext::` would name a program.
        true if place.starts_with('-') || place.contains("::") => {
            Err(format!("{place:?} is no address of a repository"))
        }
        true => Ok(FleetSource::Address(place.to_owned())),
        false => Ok(FleetSource::Directory(folder.join(place))),
    }
}

fn last_part(place: &str) -> &str {
    let place = place.trim_end_matches('/');
    let last = place.rsplit(['/', ':']).next().unwrap_or(place);
    last.strip_suffix(".git").unwrap_or(last)
}

impl Project {
    /// Brings the index up to date with every repository of a fleet, one after the other, each with all workers. `on_result` hears of each.
    ///
    /// A repository at an address is fetched without its history into a temporary folder, unless the index holds its head already. Fails
    /// only where no repository could be indexed any more.
    pub fn index_fleet(
        &self,
        entries: &[FleetEntry],
        stop: &StopHandle,
        on_result: &mut dyn FnMut(&FleetResult),
    ) -> Result<Vec<FleetResult>, AppError> {
        // A database that cannot be opened fails every repository alike.
        drop(open_to_write(&self.settings.database.value)?);
        let mut results = Vec::with_capacity(entries.len());
        for entry in entries {
            let clock = Instant::now();
            let outcome = match stop.level() {
                StopLevel::Run => self.index_entry(entry, stop),
                _ => Ok(FleetOutcome::Interrupted),
            };
            let outcome = outcome.unwrap_or_else(|error| match error.is_interruption() {
                true => FleetOutcome::Interrupted,
                false => FleetOutcome::Failed {
                    cause: one_line(&error),
                },
            });
            let result = FleetResult {
                entry: entry.clone(),
                outcome,
                seconds: clock.elapsed().as_secs_f64(),
            };
            on_result(&result);
            results.push(result);
        }
        Ok(results)
    }

    fn index_entry(&self, entry: &FleetEntry, stop: &StopHandle) -> Result<FleetOutcome, AppError> {
        let address = match &entry.source {
            FleetSource::Directory(directory) => {
                return self.index_one(entry, directory, None, stop);
            }
            FleetSource::Address(address) => address,
        };
        let head = checkout::head_of(address, stop)?;
        if self.indexed_revision(&entry.name)?.as_ref() == Some(&head) {
            return Ok(FleetOutcome::Unchanged { revision: head });
        }
        let checkout = Checkout::fetch(address, stop)?;
        // It is of one commit, which the run notes.
        self.index_one(entry, checkout.folder(), Some("HEAD"), stop)
    }

    fn index_one(
        &self,
        entry: &FleetEntry,
        directory: &Path,
        since: Option<&str>,
        stop: &StopHandle,
    ) -> Result<FleetOutcome, AppError> {
        let options = IndexOptions {
            repository: Some(entry.name.as_str().to_owned()),
            since: since.map(str::to_owned),
            ..IndexOptions::default()
        };
        let summary = self.index(directory, &options, stop, &mut |_| {}, &mut |_| {})?;
        Ok(match (summary.is_finished, summary.is_complete) {
            (false, _) => FleetOutcome::Interrupted,
            (true, true) => FleetOutcome::Indexed(Box::new(summary)),
            (true, false) => FleetOutcome::Failed {
                cause: format!("{} files have no vectors", summary.problems.len()),
            },
        })
    }

    /// Returns the commit that the generation that answers is of, where its last run came to its end and knew.
    fn indexed_revision(&self, name: &RepositoryName) -> Result<Option<String>, AppError> {
        let store = open_to_write(&self.settings.database.value)?;
        let all = named(store.repositories()?);
        let last_run = all
            .into_iter()
            .find(|summary| summary.name == *name)
            .and_then(|summary| summary.last_run);
        let last: Option<serde_json::Value> =
            last_run.and_then(|text| serde_json::from_str(&text).ok());
        let revision = last.as_ref().and_then(|last| last["revision"].as_str());
        Ok(revision.map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_line_by_line() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let entries = parse_fleet(text, Path::new("/lists")).unwrap();
            let reported: Vec<(String, String)> = entries
                .into_iter()
                .map(|entry| match entry.source {
                    FleetSource::Directory(path) => {
                        (entry.name.to_string(), path.display().to_string())
                    }
                    FleetSource::Address(address) => (entry.name.to_string(), address),
                })
                .collect();
            let reported: Vec<(&str, &str)> = reported
                .iter()
                .map(|(name, place)| (&**name, &**place))
                .collect();
            assert_eq!(reported, expected, "{text}");
        };
        check("", &[]);
        check(
            "# all\n\n  a/b/  # this one\n/c/d other\n",
            &[("b", "/lists/a/b/"), ("other", "/c/d")],
        );
        check(
            "https://host/x/y.git\ngit@host:x/z.git",
            &[("y", "https://host/x/y.git"), ("z", "git@host:x/z.git")],
        );
        check("file:///srv/y.git", &[("y", "file:///srv/y.git")]);
    }

    #[test]
    fn lines_that_are_no_entries_are_named() {
        let check = |text: &str, expected: &str| {
            let error = parse_fleet(text, Path::new("")).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("a b c", "line 1");
        check("x/a\ny/a", "line 2");
        check("ext::sh://x", "no address");
        check("--upload-pack=x://y", "no address");
    }
}
