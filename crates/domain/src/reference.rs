use serde::{Deserialize, Serialize};

use crate::{Position, words};

words! {
    /// How a name is used.
    ReferenceKind {
        /// Called; the position is that of the callee's name.
        Call = "call",
        /// Called as the tag of a template.
        TaggedTemplate = "tagged_template",
        /// Applied as a decorator.
        Decorator = "decorator",
        /// Instantiated with `new`.
        New = "new",
        /// Rendered as a JSX element.
        Jsx = "jsx",
        /// The base of a class or interface.
        Extends = "extends",
        /// An interface that a class implements.
        Implements = "implements",
        /// Used as a type.
        Type = "type",
        /// A module imported by specifier: one reference for each imported name, or one with an empty name for side effects.
        Import = "import",
        /// A name, or `*`, exported again from another module.
        ReExport = "re_export",
        /// `import("…")` with a literal specifier.
        DynamicImport = "dynamic_import",
        /// `require("…")` with a literal specifier.
        Require = "require",
        /// `import("…")` in a type.
        ImportType = "import_type",
    }
}

/// What the file alone tells about where a name comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// A symbol of the same file, by its index.
    Symbol(u32),
    /// A name imported from another module.
    Import {
        /// The module specifier as written.
        specifier: String,
        /// The name over there: `default`, `*` for the namespace, or the exported name.
        name: String,
    },
    /// A parameter or local variable without a symbol of its own.
    Local,
    /// Declared nowhere in the file.
    Global,
    /// A member of something: see [`Reference::receiver`].
    Member,
}

/// The expression before the dot of a member use, as far as it can be followed without knowing types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receiver {
    /// `this` inside the symbol (class or object literal) of this index.
    This(u32),
    /// `super` inside the class of this index.
    Super(u32),
    /// A plain name.
    Name {
        /// The name as written.
        name: String,
        /// Where it comes from.
        binding: Binding,
    },
    /// A member of another receiver.
    Member(Box<Receiver>, String),
    /// The result of calling another receiver.
    Call(Box<Receiver>),
    /// An instance made by `new`.
    New(Box<Receiver>),
    /// Anything else.
    Other,
}

/// A use of a name at a position, not yet resolved to its definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// How the name is used.
    pub kind: ReferenceKind,
    /// Index of the innermost enclosing symbol among the file's symbols.
    pub from: u32,
    /// The name as used here; the local name for imports.
    pub name: String,
    /// Where the name stands.
    pub position: Position,
    /// Where the name comes from, as far as the file tells.
    pub binding: Binding,
    /// What stands before the dot, for [`Binding::Member`].
    pub receiver: Option<Receiver>,
}
