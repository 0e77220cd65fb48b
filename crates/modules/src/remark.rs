//! What a person should know about the configuration of a tree.

use std::io;

use thiserror::Error;

/// A configuration file that could not be used as it was meant. Resolution goes on without it.
#[derive(Debug, Error)]
pub enum ConfigRemark {
    /// It is there and cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The file, relative to the repository's root.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It is not JSON, not even with comments.
    #[error("{path} is not valid JSON")]
    Malformed {
        /// The file, relative to the repository's root.
        path: String,
        /// Where the parser stopped.
        #[source]
        source: serde_json::Error,
    },
    /// A file of the repository that it extends is not there, often because a tool has yet to write it.
    #[error("{path} extends {base:?}, which does not exist")]
    MissingBase {
        /// The file, relative to the repository's root.
        path: String,
        /// What it extends, as written.
        base: String,
    },
    /// It has more patterns that begin alike, or more places for one name, than are tried.
    #[error(
        "{path} has more than 64 patterns that begin alike, or places for one name; the first ones are tried"
    )]
    TooManyPatterns {
        /// The file, relative to the repository's root.
        path: String,
    },
    /// It extends itself, directly or through others.
    #[error("{path} extends itself through {base:?}")]
    CircularBase {
        /// The file, relative to the repository's root.
        path: String,
        /// The step that closes the circle, as written.
        base: String,
    },
}
