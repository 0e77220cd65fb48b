//! What may be wrong with a list of repositories.

use domain::RepositoryName;
use thiserror::Error;

/// A list that cannot be used.
#[derive(Debug, Error)]
pub enum FleetError {
    /// The file cannot be read.
    #[error("cannot read the list of repositories")]
    File(#[source] std::io::Error),
    /// A line is no entry.
    #[error("line {line} of the list: {cause}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        cause: String,
    },
    /// Two lines have one name.
    #[error(
        "line {line} of the list: {name} is the name of an earlier one; put another name behind the address"
    )]
    SameName {
        /// The line, from 1.
        line: usize,
        /// The name.
        name: RepositoryName,
    },
}
