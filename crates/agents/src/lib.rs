//! The entry that a coding agent needs in its configuration to ask `mnemo` over the Model Context Protocol.
//!
//! Which agents there are, and how each is configured, is a table ([`AGENTS`]). An edit touches our own entry and nothing else: comments,
//! order and spacing of the user's file stay, and what [`Change::remove`] leaves after [`Change::install`] is what stood there before,
//! byte for byte. Start at [`Change`].

mod change;
mod edit;
mod entry;
mod instructions;
mod places;
mod table;

pub use change::{Change, Outcome};
pub use edit::EditError;
pub use entry::Server;
pub use places::Places;
pub use table::{AGENTS, Agent};

/// Why the configuration of an agent could not be read or changed; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The file could not be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The file is not text.
    #[error("{path} is not UTF-8 text")]
    NotText {
        /// The agent's file.
        path: String,
    },
    /// The file has a form in which no edit is safe.
    #[error(
        "{path}: {source}; nothing was changed: `mnemo install --print` shows the entry to add by hand"
    )]
    Edit {
        /// The agent's file.
        path: String,
        /// What stands in the way.
        source: EditError,
    },
    /// Neither the environment nor the system says where the user's files are.
    #[error("the home folder is not known: set HOME")]
    NoHome,
}
