//! What a parser makes of a file before it is cut into chunks: the one form that both parsers give.

use domain::{ChunkKind, Complexity, Facts, Flags, Parser, RepoPath, Symbol, SymbolKind};

use crate::text::LineIndex;

/// A parsed file.
#[derive(Debug)]
pub(crate) struct Outline {
    /// Which parser read it.
    pub(crate) parser: Parser,
    /// Top-level statements in source order; they do not overlap. Text between them belongs to whichever follows.
    pub(crate) items: Vec<Item>,
    /// Definitions; the first is the module itself, and a symbol's parent stands before it.
    pub(crate) symbols: Vec<Symbol>,
    /// Uses of names, in source order, and what leads from them to definitions.
    pub(crate) facts: Facts,
    /// Something a person should know, such as "syntax error on line 3".
    pub(crate) note: Option<String>,
}

/// How a language writes comments and bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// Comments by slashes, bodies in braces.
    Braces,
    /// Comments behind `#`, bodies by indentation.
    Indented,
}

impl Syntax {
    /// Returns how the languages of a parser are written.
    pub(crate) fn of(parser: Parser) -> Syntax {
        match parser {
            Parser::Ruff => Syntax::Indented,
            Parser::Oxc | Parser::TreeSitter | Parser::Lines => Syntax::Braces,
        }
    }
}

impl Outline {
    /// Returns the outline of a file of which nothing is known but its lines.
    pub(crate) fn blank(path: &RepoPath, lines: &LineIndex<'_>) -> Outline {
        Outline {
            parser: Parser::Lines,
            items: Vec::new(),
            symbols: vec![module(path, lines)],
            facts: Facts::default(),
            note: None,
        }
    }
}

/// Returns the symbol of the file itself.
pub(crate) fn module(path: &RepoPath, lines: &LineIndex<'_>) -> Symbol {
    Symbol {
        parent: None,
        kind: SymbolKind::Module,
        name: path.to_string(),
        qualified_name: path.to_string(),
        position: lines.position(0),
        span: lines.span(0, lines.text().len() as u32),
        signature: String::new(),
        doc: String::new(),
        flags: Flags::default(),
        complexity: Complexity::default(),
    }
}

/// A statement, declaration or member, and the places where it may be cut.
#[derive(Debug)]
pub(crate) struct Item {
    /// What a chunk of it stands for.
    pub(crate) kind: ChunkKind,
    /// Index of the symbol it defines; name, signature, doc, flags and complexity of its chunk come from there.
    pub(crate) symbol: Option<u32>,
    /// What it is called where it defines nothing, such as a heading.
    pub(crate) title: Option<String>,
    /// First byte, with its doc comment, decorators and `export`.
    pub(crate) start_byte: u32,
    /// After the last byte.
    pub(crate) end_byte: u32,
    /// Members of a class, namespace, object or interface, or statements of a body (also of callbacks in the arguments of a
    /// call), in source order and inside this item; they do not overlap.
    pub(crate) children: Vec<Item>,
    /// The inside, where the parser knows it; else braces do.
    pub(crate) body: Option<(u32, u32)>,
}
