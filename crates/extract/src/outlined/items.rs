//! From a tree to the items that are cut: definitions with what is in them, imports, and other statements.

use std::ops::Range;

use domain::ChunkKind;
use tree_sitter::Node;

use super::definitions::{self, Definition, Found};
use super::survey::Survey;
use crate::outline::Item;

/// Nodes nested deeper are not looked into.
const NESTING_MAX: usize = 48;

/// Shorter statements are never cut.
const LONG_MIN_BYTES: usize = 400;

/// Returns the items of a file.
pub(super) fn items(root: Node<'_>, found: &Found, survey: &Survey<'_>, text: &str) -> Vec<Item> {
    let builder = Builder {
        found,
        survey,
        text,
    };
    let mut items = Vec::new();
    builder.collect(root, 0, &mut items);
    items
}

struct Builder<'a> {
    found: &'a Found,
    survey: &'a Survey<'a>,
    text: &'a str,
}

impl Builder<'_> {
    /// Appends the items in a node; a node around definitions is passed through, so that a guard around a whole file does not matter.
    fn collect(&self, node: Node<'_>, depth: usize, items: &mut Vec<Item>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            let range = child.byte_range();
            // A missing token has no text; a comment belongs to what follows.
            if range.is_empty() || self.survey.is_leading(child) {
                continue;
            }
            if let Some(definition) = self.found.of_node(child) {
                self.define(child, definition, depth, items);
            } else if self.found.is_import(child) {
                items.push(item(ChunkKind::Module, range, Vec::new()));
            } else if depth < NESTING_MAX && self.found.holds_any(&range) {
                self.collect(child, depth + 1, items);
            } else {
                self.state(child, depth, items);
            }
        }
    }

    fn define(&self, node: Node<'_>, definition: &Definition, depth: usize, items: &mut Vec<Item>) {
        // A further clause of the same.
        if let Some(before) = items.last_mut()
            && before.symbol.is_some()
            && before.symbol == definition.symbol
        {
            before.children.extend(self.inside(node, depth + 1));
            return;
        }
        let kind = definition
            .defines
            .map_or(ChunkKind::Class, |defines| defines.chunk);
        let is_named = kind != ChunkKind::Module;
        // With its comments and attributes, so that a chunk shows them.
        let (start, _) = self.survey.doc(definition.range.start, self.text);
        items.push(Item {
            title: None,
            kind,
            symbol: definition.symbol.filter(|_| is_named),
            start_byte: start as u32,
            end_byte: definition.range.end as u32,
            children: self.inside(node, depth + 1),
            body: definition
                .body
                .as_ref()
                .map(|body| (body.start as u32, body.end as u32)),
        });
    }

    fn inside(&self, node: Node<'_>, depth: usize) -> Vec<Item> {
        let within = node.start_byte() + 1..node.end_byte();
        let is_short = node.end_byte() - node.start_byte() < LONG_MIN_BYTES;
        let mut items = Vec::new();
        // A short definition without others in it is never cut, so nobody asks where it could be.
        if depth < NESTING_MAX && (!is_short || self.found.holds_any(&within)) {
            let inner = definitions::body(node).unwrap_or(node);
            self.collect(inner, depth, &mut items);
        }
        // What stands on the first line is the head.
        let head_end = line_end(self.text, node.start_byte());
        items.retain(|item| item.symbol.is_some() || item.start_byte as usize >= head_end);
        items
    }

    /// Appends a statement, or joins it to what ends on its line.
    fn state(&self, node: Node<'_>, depth: usize, items: &mut Vec<Item>) {
        let range = node.byte_range();
        if let Some(before) = items.last_mut() {
            let between = &self.text[(before.end_byte as usize).min(range.start)..range.start];
            if !between.contains('\n') {
                if before.end_byte < range.end as u32 {
                    before.end_byte = range.end as u32;
                }
                return;
            }
        }
        let children = match range.len() >= LONG_MIN_BYTES && depth < NESTING_MAX {
            true => self.parts(node, depth + 1),
            false => Vec::new(),
        };
        items.push(item(ChunkKind::Statements, range, children));
    }

    /// Returns the places where a long statement may be cut.
    fn parts(&self, node: Node<'_>, depth: usize) -> Vec<Item> {
        let mut items = Vec::new();
        let mut node = node;
        for _ in depth..NESTING_MAX {
            let mut cursor = node.walk();
            // A statement that is nearly all one expression is cut inside of that.
            let most = node.byte_range().len() * 4 / 5;
            let main = node
                .named_children(&mut cursor)
                .find(|child| child.byte_range().len() > most);
            match main {
                Some(main) => node = main,
                None => break,
            }
        }
        let mut cursor = node.walk();
        let head_end = line_end(self.text, node.start_byte());
        for child in node.named_children(&mut cursor) {
            if child.start_byte() >= head_end && !child.byte_range().is_empty() {
                self.state(child, depth, &mut items);
            }
        }
        items
    }
}

fn item(kind: ChunkKind, range: Range<usize>, children: Vec<Item>) -> Item {
    Item {
        title: None,
        kind,
        symbol: None,
        start_byte: range.start as u32,
        end_byte: range.end as u32,
        children,
        body: None,
    }
}

fn line_end(text: &str, offset: usize) -> usize {
    text[offset..]
        .find('\n')
        .map_or(text.len(), |end| offset + end)
}
