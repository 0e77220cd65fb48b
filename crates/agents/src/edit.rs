//! Puts our entry into a text and takes it out again.
//!
//! Each format splices text rather than writing a parsed document back, so that whatever else stands in the file stays as it is. What the
//! splice did is then read with a parser: if anything but our entry differs, the edit is refused.

mod json;
mod toml;
mod yaml;

use crate::entry::{Server, Shape};

/// How a file lists servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// JSON, perhaps with comments and trailing commas; the servers are members of the object under this key.
    Json(&'static str),
    /// TOML; each server is a table below the one of this name.
    Toml(&'static str),
    /// YAML; each server is a member of the mapping `extensions`.
    GooseYaml,
    /// A YAML file of its own for each server.
    OwnYaml,
}

/// Why a text cannot be edited.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// A parser rejects it.
    #[error("it is not valid {format}: {reason}")]
    Invalid {
        /// What it should be.
        format: &'static str,
        /// In the parser's words.
        reason: String,
    },
    /// What should list the servers is something else.
    #[error("`{0}` is not what lists servers there")]
    NotAList(String),
    /// Valid, but an edit would change more than our entry.
    #[error("its form is too unusual to edit")]
    Unusual,
    /// A file that should be ours alone has something else in it.
    #[error("it was changed by hand")]
    NotOurs,
}

/// What a text becomes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Edited {
    /// It says already what it should.
    Unchanged,
    Text(String),
    /// Nothing is left that anybody but us wrote: the file goes.
    Gone,
}

impl Format {
    /// Puts the entry in, in place of one of ours that is there; `text` is `None` where there is no file.
    pub(crate) fn insert(
        self,
        text: Option<&str>,
        server: &Server,
        shape: Shape,
    ) -> Result<Edited, EditError> {
        let fields = server.fields(shape);
        match self {
            Format::Json(key) => json::insert(text, key, &fields),
            Format::Toml(key) => toml::insert(text, key, &fields),
            Format::GooseYaml => yaml::insert_extension(text, server),
            Format::OwnYaml => Ok(yaml::own_file(text, server)),
        }
    }

    /// Takes the entry out.
    pub(crate) fn remove(self, text: &str) -> Result<Edited, EditError> {
        match self {
            Format::Json(key) => json::remove(text, key),
            Format::Toml(key) => toml::remove(text, key),
            Format::GooseYaml => Ok(yaml::remove_extension(text)),
            Format::OwnYaml => yaml::remove_own_file(text),
        }
    }
}

/// The line ending that a text uses.
fn newline(text: &str) -> &'static str {
    match text.contains("\r\n") {
        true => "\r\n",
        false => "\n",
    }
}

/// Replaces a range of a text.
fn spliced(text: &str, range: std::ops::Range<usize>, with: &str) -> String {
    [&text[..range.start], with, &text[range.end..]].concat()
}
