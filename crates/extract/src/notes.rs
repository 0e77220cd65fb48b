//! What a walk over a grammar's tree writes down: facts, and uses of names at their positions.

use domain::Symbol;
use domain::facts::*;
use rustc_hash::FxHashMap;
use tree_sitter::Node;

use crate::draft::Draft;
use crate::text::LineIndex;

/// Expressions and types nested deeper are not looked into.
const NESTING_MAX: u32 = 2_000;

/// What a source is read for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    /// A file of a repository.
    File,
    /// What the language brings along, which uses no names.
    Library,
}

pub(crate) struct Notes<'a> {
    pub(crate) text: &'a str,
    lines: &'a LineIndex<'a>,
    /// Definitions by where their names stand.
    symbols: FxHashMap<(u32, u32), u32>,
    pub(crate) draft: Draft,
    /// The innermost symbol around.
    pub(crate) symbol: u32,
    /// How names are used that the walk has yet to come to, by where they begin; nothing for those whose use is written down already.
    roles: FxHashMap<usize, Option<ReferenceKind>>,
    pub(crate) role_of_source: Role,
    depth: u32,
}

impl<'a> Notes<'a> {
    /// Begins the notes of a file whose definitions are `symbols`.
    pub(crate) fn new(lines: &'a LineIndex<'a>, symbols: &[Symbol], role: Role) -> Notes<'a> {
        // The first is the module, whose name stands nowhere.
        let places = symbols.iter().enumerate().skip(1);
        let at = places.map(|(number, symbol)| {
            let position = symbol.position;
            ((position.line, position.column), number as u32)
        });
        Notes {
            text: lines.text(),
            lines,
            symbols: at.collect(),
            draft: Draft::new(),
            symbol: 0,
            roles: FxHashMap::default(),
            role_of_source: role,
            depth: 0,
        }
    }

    /// Returns what was written down.
    pub(crate) fn into_facts(self) -> domain::Facts {
        let mut facts = self.draft.facts;
        facts
            .references
            // The walk does not go through a file from left to right; the order of the source is
            // part of what its facts are.
            .sort_by_key(|reference| (reference.position.line, reference.position.column));
        facts
    }

    pub(crate) fn text_of(&self, node: Node<'_>) -> &'a str {
        &self.text[node.byte_range()]
    }

    /// Returns the symbol whose name a node is.
    pub(crate) fn symbol_at(&self, name: Node<'_>) -> Option<u32> {
        let position = self.lines.position(name.start_byte() as u32);
        self.symbols.get(&(position.line, position.column)).copied()
    }

    /// Goes one level deeper; whether it may.
    pub(crate) fn enter(&mut self) -> bool {
        let is_allowed = self.depth < NESTING_MAX;
        self.depth += u32::from(is_allowed);
        is_allowed
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Notes a use of a name.
    pub(crate) fn refer(&mut self, kind: ReferenceKind, name: Node<'_>, target: Target) {
        self.refer_to(kind, self.text_of(name), name, target);
    }

    /// As [`Notes::refer`], of something called other than it is written there.
    pub(crate) fn refer_to(
        &mut self,
        kind: ReferenceKind,
        text: &str,
        name: Node<'_>,
        target: Target,
    ) {
        if self.role_of_source == Role::Library {
            return;
        }
        let reference = Reference {
            kind,
            from: self.symbol,
            name: self.draft.name(text),
            position: self.lines.position(name.start_byte() as u32),
            target,
        };
        self.draft.facts.references.push(reference);
    }

    /// Notes how a name is used that the walk has yet to come to; nothing if that is written down otherwise.
    pub(crate) fn expect(&mut self, name: Node<'_>, kind: Option<ReferenceKind>) {
        // By place: whoever holds an expression is walked before it, and the walk below has no
        // parent to ask.
        self.roles.insert(name.start_byte(), kind);
    }

    /// Returns how a name is used; nothing if that was written down already.
    pub(crate) fn role(&self, name: Node<'_>) -> Option<ReferenceKind> {
        let role = self.roles.get(&name.start_byte());
        role.copied().unwrap_or(Some(ReferenceKind::Read))
    }
}

/// Returns the named children of a node but for comments.
pub(crate) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .filter(|child| !child.is_extra())
        .collect()
}

/// Returns the children of a node under the name of a field.
pub(crate) fn field<'t>(node: Node<'t>, name: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children_by_field_name(name, &mut cursor)
        .filter(|child| child.is_named())
        .collect()
}

/// Returns the first child of a kind.
pub(crate) fn child_of_kind<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.children(&mut cursor)
        .find(|child| child.kind() == kind)
}
