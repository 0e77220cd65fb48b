//! A definition as answers and errors name it.

use domain::{Flags, RepoPath, SymbolKind};

/// A definition as an answer names it.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphSymbol {
    /// The file.
    pub path: RepoPath,
    /// Line of its name.
    pub line: u32,
    /// Last line of the definition.
    pub end_line: u32,
    /// What it is.
    pub kind: SymbolKind,
    /// Names of the enclosing definitions and its own; the path for a module.
    pub qualified_name: String,
    /// What the source says about it in passing.
    pub flags: Flags,
}

impl GraphSymbol {
    /// Returns the name by which a question means this definition and no other of another file: `path#Qualified.name`.
    pub fn address(&self) -> String {
        match self.kind {
            SymbolKind::Module => self.path.as_str().to_owned(),
            _ => format!("{}#{}", self.path, self.qualified_name),
        }
    }
}
