//! Symbols: the definitions of a file, which are the nodes of the graph.

use serde::{Deserialize, Serialize};

use crate::{Complexity, Flags, Position, Span, words};

words! {
    /// What a symbol is.
    SymbolKind {
        /// The file itself; always the first symbol of a file.
        Module = "module",
        /// A class.
        Class = "class",
        /// An interface.
        Interface = "interface",
        /// A type alias.
        Type = "type",
        /// An enum.
        Enum = "enum",
        /// A member of an enum.
        EnumMember = "enum_member",
        /// A namespace or ambient module.
        Namespace = "namespace",
        /// A function, or a variable that holds one.
        Function = "function",
        /// A method of a class, interface or object literal.
        Method = "method",
        /// A constructor.
        Constructor = "constructor",
        /// A `get` accessor.
        Getter = "getter",
        /// A `set` accessor.
        Setter = "setter",
        /// A property of a class, interface or object literal.
        Property = "property",
        /// A variable that holds no function.
        Variable = "variable",
    }
}

impl SymbolKind {
    /// Returns whether a symbol of this kind has a body that runs, and so a complexity of its own.
    pub fn is_callable(self) -> bool {
        matches!(
            self,
            SymbolKind::Function
                | SymbolKind::Method
                | SymbolKind::Constructor
                | SymbolKind::Getter
                | SymbolKind::Setter
        )
    }
}

/// A definition in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbol {
    /// Index of the enclosing symbol among the file's symbols; `None` only for the module.
    pub parent: Option<u32>,
    /// What it is.
    pub kind: SymbolKind,
    /// Its name; the file's path for the module, `default` for an anonymous default export.
    pub name: String,
    /// Names of the enclosing definitions and its own, joined by `.`.
    pub qualified_name: String,
    /// Where its name stands (where the definition begins, if it has none).
    pub position: Position,
    /// The whole definition.
    pub span: Span,
    /// The definition's head on one line, without its body.
    pub signature: String,
    /// Doc comment without its markers.
    pub doc: String,
    /// What the source says about it in passing.
    pub flags: Flags,
    /// Size and branching.
    pub complexity: Complexity,
}
