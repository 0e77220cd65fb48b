//! What a change of the tree may break.

use app::{
    ChangedDefinition, ChangedFile, Compared, DefinitionChange, FileChangeKind, IndexedState,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Cycle, Symbol, Walk};

/// What a change of the tree may break.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DiffImpact {
    /// Full name of the commit that was compared with.
    pub base: String,
    /// What was compared with it: `work_tree` or `staged`.
    pub compared: &'static str,
    /// How much care the change deserves: `low`, `medium` or `high`.
    pub risk: &'static str,
    /// Why, the weightiest first.
    pub reasons: Vec<Reason>,
    /// The files that have changed, by path.
    pub files: Vec<FileOfDiff>,
    /// The definitions that have changed, by path and line.
    pub changed: Vec<DefinitionOfDiff>,
    /// Files with tests to run, the nearest first.
    pub tests: Vec<TestsToRun>,
    /// Circles of imports that go through a line that came.
    pub cycles: Vec<Cycle>,
    /// What depends on what has changed, tests left out; the starts are what has changed.
    pub dependents: Walk,
}

/// Why a change deserves care.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reason {
    /// How much care it asks for.
    pub level: &'static str,
    /// In words.
    pub text: String,
}

/// A file that has changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FileOfDiff {
    /// Its path; the one that it had, if it is gone.
    pub file: String,
    /// The path that it had, if it had another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_file: Option<String>,
    /// `added`, `deleted`, `modified` or `renamed`.
    pub change: &'static str,
    /// Lines that came; nothing for a file that git does not know.
    pub lines_added: Option<u64>,
    /// Lines that went.
    pub lines_removed: u64,
    /// Which state of it the index has: that `before` the change, that `after` it, an `other` one, or none (`missing`).
    pub indexed: &'static str,
}

/// A definition that has changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DefinitionOfDiff {
    /// The definition, with the lines that the index knows.
    #[serde(flatten)]
    pub symbol: Symbol,
    /// `added`, `removed`, or where it has changed: `declaration` or `body`.
    pub change: &'static str,
    /// Definitions that depend on it, without tests; nothing where too many have changed to count for each.
    pub dependents: Option<usize>,
    /// Those that use it directly from files that have not changed.
    pub unchanged_users: Option<usize>,
    /// Tests that reach it.
    pub tests: Option<usize>,
}

/// A file with tests to run.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TestsToRun {
    /// Its path within the repository.
    pub file: String,
    /// Edges from it to what has changed; 0 where it has changed itself.
    pub depth: u32,
}

impl From<&app::DiffImpact> for DiffImpact {
    fn from(impact: &app::DiffImpact) -> DiffImpact {
        let tests = impact.tests.iter().map(|tests| TestsToRun {
            file: tests.path.to_string(),
            depth: tests.depth,
        });
        let reasons = impact.reasons.iter().map(|reason| Reason {
            level: reason.level().as_str(),
            text: reason.to_string(),
        });
        DiffImpact {
            base: impact.base.clone(),
            compared: match impact.compared {
                Compared::WorkTree => "work_tree",
                Compared::Staged => "staged",
            },
            risk: impact.risk.as_str(),
            reasons: reasons.collect(),
            files: impact.files.iter().map(FileOfDiff::from).collect(),
            changed: impact.changed.iter().map(DefinitionOfDiff::from).collect(),
            tests: tests.collect(),
            cycles: impact.cycles.iter().map(Cycle::from).collect(),
            dependents: Walk::from(&impact.dependents),
        }
    }
}

impl From<&ChangedFile> for FileOfDiff {
    fn from(file: &ChangedFile) -> FileOfDiff {
        FileOfDiff {
            file: file.path.to_string(),
            old_file: file.old_path.as_ref().map(ToString::to_string),
            change: file_change(file.kind),
            lines_added: file.n_added,
            lines_removed: file.n_removed,
            indexed: match file.indexed {
                IndexedState::Before => "before",
                IndexedState::After => "after",
                IndexedState::Other => "other",
                IndexedState::Missing => "missing",
            },
        }
    }
}

impl From<&ChangedDefinition> for DefinitionOfDiff {
    fn from(definition: &ChangedDefinition) -> DefinitionOfDiff {
        let reach = definition.reach;
        DefinitionOfDiff {
            symbol: Symbol::from(&definition.symbol),
            change: definition_change(definition.change),
            dependents: reach.map(|reach| reach.n_dependents),
            unchanged_users: reach.map(|reach| reach.n_unchanged_users),
            tests: reach.map(|reach| reach.n_tests),
        }
    }
}

/// Returns the word for how much of a definition has changed.
pub fn definition_change(change: DefinitionChange) -> &'static str {
    match change {
        DefinitionChange::Added => "added",
        DefinitionChange::Removed => "removed",
        DefinitionChange::Declaration => "declaration",
        DefinitionChange::Body => "body",
    }
}

/// Returns the word for what became of a file.
pub fn file_change(change: FileChangeKind) -> &'static str {
    match change {
        FileChangeKind::Added => "added",
        FileChangeKind::Deleted => "deleted",
        FileChangeKind::Modified => "modified",
        FileChangeKind::Renamed => "renamed",
    }
}
