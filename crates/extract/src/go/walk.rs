//! The state of the walk over a file: scopes, what is written down, and how names are used.

use domain::facts::*;
use domain::{Facts, RepoPath, Symbol};
use rustc_hash::FxHashMap;
use tree_sitter::{Node, Tree};

use super::scopes::Scopes;
use crate::draft::Draft;
use crate::text::LineIndex;

/// Expressions and types nested deeper are not looked into.
const NESTING_MAX: u32 = 2_000;

/// What a source is read for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    /// A file of a repository.
    File,
    /// What the language brings along.
    Library,
}

/// Returns the facts of a file; `symbols` are its definitions.
pub(super) fn facts(
    path: &RepoPath,
    lines: &LineIndex<'_>,
    symbols: &[Symbol],
    tree: &Tree,
    role: Role,
) -> Facts {
    // The first is the module, whose name stands nowhere.
    let places = symbols.iter().enumerate().skip(1);
    let at = places.map(|(number, symbol)| {
        let position = symbol.position;
        ((position.line, position.column), number as u32)
    });
    let mut walk = Walk {
        text: lines.text(),
        lines,
        symbols: at.collect(),
        draft: Draft::new(),
        scopes: Scopes::default(),
        symbol: 0,
        roles: FxHashMap::default(),
        is_library: role == Role::Library,
        depth: 0,
    };
    walk.file(path, tree.root_node());
    let mut facts = walk.draft.facts;
    facts
        .references
        // The walk comes to a callee's name after its receiver's and to an assignment's right side
        // first; the order of the source is part of what a file's facts are.
        .sort_by_key(|reference| (reference.position.line, reference.position.column));
    facts
}

pub(super) struct Walk<'a> {
    pub(super) text: &'a str,
    lines: &'a LineIndex<'a>,
    /// Definitions by where their names stand.
    symbols: FxHashMap<(u32, u32), u32>,
    pub(super) draft: Draft,
    pub(super) scopes: Scopes<'a>,
    /// The innermost symbol around.
    pub(super) symbol: u32,
    /// How names are used that the walk has yet to come to, by where they begin; nothing for those whose use is written down already.
    roles: FxHashMap<usize, Option<ReferenceKind>>,
    pub(super) is_library: bool,
    depth: u32,
}

impl<'a> Walk<'a> {
    pub(super) fn text_of(&self, node: Node<'_>) -> &'a str {
        &self.text[node.byte_range()]
    }

    /// Returns the symbol whose name a node is.
    pub(super) fn symbol_at(&self, name: Node<'_>) -> Option<u32> {
        let position = self.lines.position(name.start_byte() as u32);
        self.symbols.get(&(position.line, position.column)).copied()
    }

    /// Walks something within a definition.
    pub(super) fn within<T>(
        &mut self,
        symbol: Option<u32>,
        walk: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = self.symbol;
        self.symbol = symbol.unwrap_or(outer);
        let result = walk(self);
        self.symbol = outer;
        result
    }

    /// Goes one level deeper, unless that is too deep.
    pub(super) fn deeper<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= NESTING_MAX {
            return None;
        }
        self.depth += 1;
        let result = walk(self);
        self.depth -= 1;
        Some(result)
    }

    /// Notes a use of a name.
    pub(super) fn refer(&mut self, kind: ReferenceKind, name: Node<'_>, target: Target) {
        self.refer_to(kind, self.text_of(name), name, target);
    }

    /// As [`Walk::refer`], of something called other than it is written there.
    pub(super) fn refer_to(
        &mut self,
        kind: ReferenceKind,
        text: &str,
        name: Node<'_>,
        target: Target,
    ) {
        if self.is_library {
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

    /// Notes that the use of an expression's last name was written down.
    pub(super) fn take(&mut self, expression: Node<'_>) {
        if let Some(name) = last_name(expression) {
            self.roles.insert(name.start_byte(), None);
        }
    }

    /// Notes how the value of an expression is used, through what only passes it on.
    pub(super) fn expect(&mut self, expression: Node<'_>, kind: ReferenceKind) {
        // By the name's place, since whoever holds a value is walked before it and the walk below
        // has no parent to ask.
        if let Some(name) = last_name(expression) {
            self.roles.insert(name.start_byte(), Some(kind));
        }
    }

    /// Returns how a name is used; nothing if that was written down already.
    pub(super) fn role(&self, name: Node<'_>) -> Option<ReferenceKind> {
        let role = self.roles.get(&name.start_byte());
        role.copied().unwrap_or(Some(ReferenceKind::Read))
    }
}

/// Returns the last name of an expression, through brackets and addresses.
pub(super) fn last_name(expression: Node<'_>) -> Option<Node<'_>> {
    let mut node = expression;
    loop {
        node = match node.kind() {
            "identifier" | "field_identifier" | "type_identifier" => return Some(node),
            "selector_expression" => return node.child_by_field_name("field"),
            "qualified_type" => return node.child_by_field_name("name"),
            "unary_expression" => node.child_by_field_name("operand")?,
            "generic_type" => node.child_by_field_name("type")?,
            "parenthesized_expression"
            | "variadic_argument"
            | "literal_element"
            | "parenthesized_type"
            | "pointer_type" => node.named_child(0)?,
            _ => return None,
        };
    }
}

/// Returns the named children of a node but for comments.
pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .filter(|child| !child.is_extra())
        .collect()
}

/// Returns the children of a node under the name of a field.
pub(super) fn field<'t>(node: Node<'t>, name: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children_by_field_name(name, &mut cursor)
        .filter(|child| child.is_named())
        .collect()
}
