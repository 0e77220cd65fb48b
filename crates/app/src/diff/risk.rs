//! How much care a change deserves, and why.
//!
//! No score: every reason has a level of its own, and the highest counts, so that whoever doubts it can look at the reason.

use std::fmt;

use super::{ChangedDefinition, DefinitionChange, DiffImpact};

/// So many dependents no reviewer looks at one by one.
const MANY_DEPENDENTS: usize = 50;

/// So many dependents are more than a change's author has in mind.
const SOME_DEPENDENTS: usize = 10;

/// The cognitive complexity from which SonarSource's analysers ask for a function to be taken apart.
const COMPLEX: u32 = 15;

/// How much care a change deserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// What it may break is little and tested.
    Low,
    /// Worth a second look.
    Medium,
    /// Worth a plan: for those who use it, or for taking it back.
    High,
}

impl Risk {
    /// Returns its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Risk::Low => "low",
            Risk::Medium => "medium",
            Risk::High => "high",
        }
    }
}

/// Why a change deserves care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Imports came that close circles.
    CyclesMade {
        /// How many.
        n_cycles: usize,
    },
    /// Definitions are gone that files use which have not changed.
    RemovedInUse {
        /// How many.
        n_definitions: usize,
        /// Users in unchanged files.
        n_users: usize,
    },
    /// Declarations are others, and files that have not changed use them.
    DeclarationsInUse {
        /// How many.
        n_definitions: usize,
        /// Users in unchanged files.
        n_users: usize,
    },
    /// Much depends on what has changed.
    ManyDependents {
        /// How many definitions.
        n_dependents: usize,
    },
    /// Code has changed that no test reaches.
    Untested {
        /// How many functions.
        n_definitions: usize,
    },
    /// Code has changed that is hard to follow.
    Complex {
        /// How many functions.
        n_definitions: usize,
    },
    /// References by the names of public definitions that have changed lead nowhere known.
    Unfollowed {
        /// How many.
        n_references: usize,
    },
    /// The index has another state of files that have changed.
    OutOfDate {
        /// How many.
        n_files: usize,
    },
}

impl Reason {
    /// Returns how much care it asks for.
    pub fn level(&self) -> Risk {
        match self {
            Reason::CyclesMade { .. }
            | Reason::RemovedInUse { .. }
            | Reason::DeclarationsInUse { .. } => Risk::High,
            Reason::ManyDependents { n_dependents } if *n_dependents >= MANY_DEPENDENTS => {
                Risk::High
            }
            Reason::ManyDependents { .. }
            | Reason::Untested { .. }
            | Reason::Complex { .. }
            | Reason::OutOfDate { .. } => Risk::Medium,
            Reason::Unfollowed { .. } => Risk::Low,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Reason::CyclesMade { n_cycles } => {
                write!(f, "it makes {} of imports", counted(n_cycles, "cycle"))
            }
            Reason::RemovedInUse {
                n_definitions,
                n_users,
            } => write!(
                f,
                "{} in use {} gone: {} in unchanged files",
                counted(n_definitions, "definition"),
                if n_definitions == 1 { "is" } else { "are" },
                counted(n_users, "user")
            ),
            Reason::DeclarationsInUse {
                n_definitions,
                n_users,
            } => write!(
                f,
                "{} changed in use: {} in unchanged files",
                counted(n_definitions, "declaration"),
                counted(n_users, "user")
            ),
            Reason::ManyDependents { n_dependents } => {
                let depend = if n_dependents == 1 {
                    "depends"
                } else {
                    "depend"
                };
                write!(f, "{} {depend} on it", counted(n_dependents, "definition"))
            }
            Reason::Untested { n_definitions } => write!(
                f,
                "no test reaches {} of it",
                counted(n_definitions, "function")
            ),
            Reason::Complex { n_definitions } => write!(
                f,
                "{} of it {} hard to follow (cognitive complexity of {COMPLEX} or more)",
                counted(n_definitions, "function"),
                if n_definitions == 1 { "is" } else { "are" }
            ),
            Reason::Unfollowed { n_references } => write!(
                f,
                "{} of the names of its public definitions could not be followed",
                counted(n_references, "reference")
            ),
            Reason::OutOfDate { n_files } => write!(
                f,
                "the index has another state of {}: index again for exact answers",
                counted(n_files, "changed file")
            ),
        }
    }
}

fn counted(n: usize, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

/// Returns how much care a change deserves, and why, the weightiest reason first.
pub(super) fn of(impact: &DiffImpact) -> (Risk, Vec<Reason>) {
    let code: Vec<&ChangedDefinition> = impact
        .changed
        .iter()
        .filter(|one| !one.symbol.flags.is_test)
        .collect();
    let mut reasons = Vec::new();
    if !impact.cycles.is_empty() {
        let n_cycles = impact.cycles.len();
        reasons.push(Reason::CyclesMade { n_cycles });
    }
    let (n_definitions, n_users) = in_use(&code, DefinitionChange::Removed);
    if n_users > 0 {
        reasons.push(Reason::RemovedInUse {
            n_definitions,
            n_users,
        });
    }
    let (n_definitions, n_users) = in_use(&code, DefinitionChange::Declaration);
    if n_users > 0 {
        reasons.push(Reason::DeclarationsInUse {
            n_definitions,
            n_users,
        });
    }
    let nodes = impact.dependents.nodes.iter();
    let n_dependents = nodes.filter(|node| node.depth > 0).count() + impact.dependents.n_cut;
    if n_dependents >= SOME_DEPENDENTS {
        reasons.push(Reason::ManyDependents { n_dependents });
    }
    let functions = code
        .iter()
        .filter(|one| one.symbol.kind.is_callable() && one.change != DefinitionChange::Removed);
    let is_untested = |one: &&&ChangedDefinition| one.reach.is_some_and(|reach| reach.n_tests == 0);
    let n_untested = functions.clone().filter(is_untested).count();
    if n_untested > 0 {
        reasons.push(Reason::Untested {
            n_definitions: n_untested,
        });
    }
    let n_complex = functions
        .filter(|one| one.complexity.cognitive >= COMPLEX)
        .count();
    if n_complex > 0 {
        reasons.push(Reason::Complex {
            n_definitions: n_complex,
        });
    }
    let n_files = impact.n_out_of_date();
    if n_files > 0 {
        reasons.push(Reason::OutOfDate { n_files });
    }
    let n_references = impact.dependents.unfollowed.n_references();
    if n_references > 0 {
        reasons.push(Reason::Unfollowed { n_references });
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.level()));
    let risk = reasons.first().map_or(Risk::Low, Reason::level);
    (risk, reasons)
}

/// Returns how many definitions have changed so that unchanged files use, and how many users those have.
fn in_use(code: &[&ChangedDefinition], change: DefinitionChange) -> (usize, usize) {
    let users = code
        .iter()
        .filter(|one| one.change == change)
        .filter_map(|one| one.reach)
        .map(|reach| reach.n_unchanged_users)
        .filter(|n_users| *n_users > 0);
    (users.clone().count(), users.sum())
}
