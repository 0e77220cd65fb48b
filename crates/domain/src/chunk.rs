//! Chunks: the pieces of a file that stand for something.

use serde::{Deserialize, Serialize};

use crate::{Complexity, Flags, Span, words};

words! {
    /// What a chunk stands for.
    ChunkKind {
        /// A function declaration, or a variable that holds a function.
        Function = "function",
        /// A method, accessor, constructor or function-valued member.
        Method = "method",
        /// A class: its head, fields and whatever its method chunks leave.
        Class = "class",
        /// An interface.
        Interface = "interface",
        /// A type alias.
        Type = "type",
        /// An enum.
        Enum = "enum",
        /// A namespace or ambient module: its head and whatever its members leave.
        Namespace = "namespace",
        /// A top-level variable that holds no function.
        Variable = "variable",
        /// A module's head: imports, directives, licence.
        Module = "module",
        /// Re-exports only.
        Barrel = "barrel",
        /// Other statements that stand together.
        Statements = "statements",
        /// Lines of a file without a known grammar.
        Block = "block",
        /// A part of a document or a configuration: what stands under a heading or a key, a block or a statement.
        Section = "section",
    }
}

words! {
    /// What of a chunk is embedded.
    View {
        /// Path, enclosing scope and source.
        Code = "code",
        /// Words of path and names, doc comment and signature.
        Text = "text",
    }
}

/// A piece of a file that stands for something; what is embedded, searched and shown.
///
/// The chunks of a file are in order of their first byte and together hold every non-blank line. Only the skeleton of a class or
/// namespace overlaps others: its members' chunks lie inside its span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// What it stands for.
    pub kind: ChunkKind,
    /// Name of the definition; empty where there is none.
    pub name: String,
    /// Names of the enclosing definitions and its own, joined by `.`; empty where there is none.
    pub qualified_name: String,
    /// First of several parts of one long definition is 0; so is the only part.
    pub part: u32,
    /// The definition's head on one line, without its body; the first code line of what defines nothing.
    pub signature: String,
    /// Doc comment without its markers, cut to what the text view has room for; empty on later parts.
    pub doc: String,
    /// Where it is.
    pub span: Span,
    /// What the source says about it in passing.
    pub flags: Flags,
    /// Size and branching; of the whole definition on its first part, zero on later parts.
    pub complexity: Complexity,
    /// The exact text of `span`; in a class or namespace with members, `…` stands for their bodies and doc comments.
    pub source: String,
}
