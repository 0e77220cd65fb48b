//! Calls of macros: an edge to the macro, and what it is given, read as expressions where it reads as such.
//!
//! What a macro is given is parsed by itself, at its place in the file. Where that is no list of expressions, nothing is known of it.

use domain::facts::*;
use tree_sitter::{Node, Range, Tree};

use super::walk::Walk;
use crate::draft::UNKNOWN;
use crate::notes::{child_of_kind, children};

/// Macros inside of macros are read to this depth: each is parsed with everything in it.
const MACROS_AROUND_MAX: u32 = 8;

/// How far behind a macro a semicolon is looked for.
const SEMICOLON_MAX_BYTES: usize = 16 << 10;

impl<'a> Walk<'a> {
    pub(super) fn macro_call(&mut self, node: Node<'_>) -> ValueId {
        let Some(path) = node.child_by_field_name("macro") else {
            return UNKNOWN;
        };
        let name = path.child_by_field_name("name").unwrap_or(path);
        self.macro_use(path, name, ReferenceKind::Call);
        let Some(given) = child_of_kind(node, "token_tree") else {
            return UNKNOWN;
        };
        let text = self.bare(name);
        let values = self.macro_arguments(given, text);
        match text {
            "vec" => {
                let held = values.into_iter().find(|value| *value != UNKNOWN);
                self.draft.holds("Vec", vec![held.unwrap_or(UNKNOWN)])
            }
            "format" => self.draft.primitive("String"),
            "matches" | "cfg" => self.draft.primitive("prim·bool"),
            "concat" | "env" | "file" | "include_str" | "stringify" => {
                self.draft.primitive("prim·str")
            }
            "dbg" => values.first().copied().unwrap_or(UNKNOWN),
            "try" | "ready" => {
                let value = values.first().copied().unwrap_or(UNKNOWN);
                self.tried(value)
            }
            _ => UNKNOWN,
        }
    }

    /// Walks what a macro is given; returns what each part can be.
    fn macro_arguments(&mut self, given: Node<'_>, name: &str) -> Vec<ValueId> {
        if self.n_macros_around >= MACROS_AROUND_MAX {
            return Vec::new();
        }
        let first_only = matches!(name, "matches" | "assert_matches" | "debug_assert_matches");
        let Some(tree) = self.parsed(given, first_only) else {
            return Vec::new();
        };
        let statement = children(tree.root_node()).first().copied();
        let whole = statement.and_then(|statement| match statement.kind() {
            "expression_statement" => statement.named_child(0),
            _ => Some(statement),
        });
        let Some(whole) = whole.filter(|whole| !whole.has_error()) else {
            return Vec::new();
        };
        self.n_macros_around += 1;
        let mut values = Vec::new();
        match whole.kind() {
            "tuple_expression" | "array_expression" | "parenthesized_expression" => {
                for argument in children(whole) {
                    values.push(self.macro_argument(argument));
                }
            }
            "block" => values.push(self.block(whole)),
            _ => {}
        }
        self.n_macros_around -= 1;
        values
    }

    fn macro_argument(&mut self, node: Node<'_>) -> ValueId {
        // `name = value` names an argument.
        if node.kind() == "assignment_expression" {
            return match node.child_by_field_name("right") {
                Some(value) => self.expression(value),
                None => UNKNOWN,
            };
        }
        self.use_as(node, ReferenceKind::Argument);
        self.expression(node)
    }

    fn parsed(&mut self, given: Node<'_>, first_only: bool) -> Option<Tree> {
        let end = given.end_byte();
        let mut ranges = vec![given.range()];
        if first_only {
            ranges = first_and_end(given)?;
        }
        // A statement ends with a semicolon, whichever comes next.
        let behind = self.text.as_bytes()[end..].iter().take(SEMICOLON_MAX_BYTES);
        if let Some(distance) = behind.copied().position(|byte| byte == b';') {
            let mut first = given.end_position();
            first.column += distance;
            let mut last = first;
            last.column += 1;
            ranges.push(Range {
                start_byte: end + distance,
                end_byte: end + distance + 1,
                start_point: first,
                end_point: last,
            });
        }
        self.parser.set_included_ranges(&ranges).ok()?;
        let text = self.text;
        self.parser.parse(text, None)
    }
}

/// Returns the ranges of the first argument with the comma behind it, and of the bracket at the end.
fn first_and_end(given: Node<'_>) -> Option<Vec<Range>> {
    let mut cursor = given.walk();
    let parts: Vec<Node<'_>> = given.children(&mut cursor).collect();
    let comma = parts.iter().find(|part| part.kind().starts_with(','))?;
    let end = parts.last()?;
    let (mut first, comma) = (given.range(), comma.range());
    first.end_byte = comma.start_byte + 1;
    first.end_point = comma.start_point;
    first.end_point.column += 1;
    Some(vec![first, end.range()])
}
