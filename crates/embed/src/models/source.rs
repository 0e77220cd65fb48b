//! Where models come from.

use std::fmt;

/// Where a model may come from, in the order of trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The folder that the user named.
    Folder,
    /// Our cache.
    Cache,
    /// A Hugging Face cache.
    HubCache,
    /// The model hub.
    Hub,
    /// The Python package.
    Pip,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Source::Folder => "model folder",
            Source::Cache => "cache",
            Source::HubCache => "hub cache",
            Source::Hub => "model hub",
            Source::Pip => "pip",
        })
    }
}
