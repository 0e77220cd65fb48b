//! Paths relative to a repository's root; no other spelling of a path can be one.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A file's path relative to its repository's root: `/` between components, no `.`, `..` or empty component, valid UTF-8.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepoPath(String);

/// A text that cannot be a [`RepoPath`].
#[derive(Debug, Error)]
#[error("{path:?} is not a path relative to the repository's root")]
pub struct InvalidPath {
    path: String,
}

impl RepoPath {
    /// Checks and wraps a path.
    pub fn new(path: impl Into<String>) -> Result<RepoPath, InvalidPath> {
        let path = path.into();
        if path
            .split('/')
            .any(|component| matches!(component, "" | "." | ".."))
        {
            return Err(InvalidPath { path });
        }
        Ok(RepoPath(path))
    }

    /// Returns the path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the last component.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Returns what follows the last dot of the file name; nothing for `Makefile` and `.env`.
    pub fn extension(&self) -> Option<&str> {
        match self.file_name().rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => Some(extension),
            _ => None,
        }
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<String> for RepoPath {
    type Error = InvalidPath;

    fn try_from(path: String) -> Result<RepoPath, InvalidPath> {
        RepoPath::new(path)
    }
}

impl From<RepoPath> for String {
    fn from(path: RepoPath) -> String {
        path.0
    }
}

/// The name of a repository in the store: not empty, no control characters, at most 255 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepositoryName(String);

/// A text that cannot be a [`RepositoryName`].
#[derive(Debug, Error)]
#[error("{name:?} cannot name a repository: give 1 to 255 bytes without control characters")]
pub struct InvalidRepositoryName {
    name: String,
}

impl RepositoryName {
    /// Checks and wraps a name.
    pub fn new(name: impl Into<String>) -> Result<RepositoryName, InvalidRepositoryName> {
        let name = name.into();
        if name.is_empty() || name.len() > 255 || name.chars().any(char::is_control) {
            return Err(InvalidRepositoryName { name });
        }
        Ok(RepositoryName(name))
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for RepositoryName {
    type Error = InvalidRepositoryName;

    fn try_from(name: String) -> Result<RepositoryName, InvalidRepositoryName> {
        RepositoryName::new(name)
    }
}

impl From<RepositoryName> for String {
    fn from(name: RepositoryName) -> String {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clean_relative_paths_are_accepted() {
        for good in ["a.ts", "src/a b.ts", "src/line\nbreak.ts", ".env"] {
            assert!(RepoPath::new(good).is_ok(), "{good:?}");
        }
        for bad in ["", "/a.ts", "a//b.ts", "./a.ts", "a/../b.ts", "a/"] {
            assert!(RepoPath::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn extension_is_what_follows_the_last_dot() {
        let extension = |path: &str| RepoPath::new(path).unwrap().extension().map(str::to_owned);
        assert_eq!(extension("src/a.test.ts").as_deref(), Some("ts"));
        assert_eq!(extension("src.d/Makefile"), None);
        assert_eq!(extension(".gitignore"), None);
    }

    #[test]
    fn repository_names_are_printable_and_short() {
        assert!(RepositoryName::new("hono").is_ok());
        assert!(RepositoryName::new("").is_err());
        assert!(RepositoryName::new("a\nb").is_err());
        assert!(RepositoryName::new("x".repeat(256)).is_err());
    }
}
