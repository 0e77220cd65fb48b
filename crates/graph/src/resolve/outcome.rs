//! What resolution says of a reference.

use domain::Provenance;
use serde::{Deserialize, Serialize};

use super::Relation;

/// A symbol by its file and its place among the file's symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SymbolAt {
    /// The file's number.
    pub file: u32,
    /// The symbol's place among the file's symbols; 0 is the module.
    pub symbol: u32,
}

/// Where a reference leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// To a definition.
    Found {
        /// Which.
        target: SymbolAt,
        /// How it was found.
        provenance: Provenance,
    },
    /// Out of the repository: a package, or something that the language or the platform brings along.
    External,
    /// To a parameter or a variable that holds whatever it was given: no definition can be named.
    Dynamic,
    /// It is unknown.
    Unresolved(Reason),
}

/// Why it is unknown where a reference leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// The specifier leads nowhere.
    MissingModule,
    /// The module does not export the name.
    NoSuchExport,
    /// What stands before the dot is of no type that could be followed.
    UnknownReceiver,
    /// The receiver's type has no such member.
    NoSuchMember,
    /// The file has a syntax error, so its scopes are unknown.
    NotRead,
    /// Following it took too long.
    TooDeep,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Reason; 6] = [
        Reason::MissingModule,
        Reason::NoSuchExport,
        Reason::UnknownReceiver,
        Reason::NoSuchMember,
        Reason::NotRead,
        Reason::TooDeep,
    ];

    /// Returns the fixed word of the reason.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::MissingModule => "missing_module",
            Reason::NoSuchExport => "no_such_export",
            Reason::UnknownReceiver => "unknown_receiver",
            Reason::NoSuchMember => "no_such_member",
            Reason::NotRead => "not_read",
            Reason::TooDeep => "too_deep",
        }
    }
}

/// What resolution says of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Where its references lead, in their order.
    pub outcomes: Vec<Outcome>,
    /// Where references lead as well, by their places: a member of each of several alternatives.
    pub others: Vec<(u32, SymbolAt)>,
    /// What its definitions are to others without a reference saying so.
    pub relations: Vec<Relation>,
    /// Numbers of the files that were looked at, in order, without the file itself.
    pub dependencies: Vec<u32>,
    /// Numbers of those of them that give on by `export *` what others export, which was looked at, too: whatever changes what one of
    /// them depends on, or what stands behind one that it gives on, can change what was found.
    pub behind: Vec<u32>,
    /// The file went through as much as a file may, so that more could have been found.
    pub is_cut: bool,
}
