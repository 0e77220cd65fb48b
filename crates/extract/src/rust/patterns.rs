//! Patterns: names for parts of what is matched.

use domain::facts::*;
use tree_sitter::Node;

use super::scopes::Space;
use super::type_names::is_capitalised;
use super::walk::Walk;
use crate::draft::{UNKNOWN, UNKNOWN_TYPE};
use crate::notes::children;

impl<'a> Walk<'a> {
    /// Declares the names of a pattern that a value is matched with; returns the declaration of one that is a name alone.
    pub(super) fn pattern(&mut self, node: Node<'_>, value: ValueId) -> Option<DeclarationId> {
        self.deeper(|walk| walk.pattern_now(node, value)).flatten()
    }

    fn pattern_now(&mut self, node: Node<'_>, value: ValueId) -> Option<DeclarationId> {
        match node.kind() {
            "identifier" | "shorthand_field_identifier" if !self.is_constant(node) => {
                return Some(self.local(node, None, Some(value)));
            }
            "identifier" | "scoped_identifier" => self.constant_pattern(node),
            "mut_pattern" | "ref_pattern" | "reference_pattern" | "match_pattern" => {
                let mut inner = children(node).into_iter();
                let inner = inner.find(|inner| inner.kind() != "mutable_specifier");
                return inner.and_then(|inner| self.pattern(inner, value));
            }
            "captured_pattern" => {
                let parts = children(node);
                if let Some(name) = parts.first() {
                    self.local(*name, None, Some(value));
                }
                for inner in parts.into_iter().skip(1) {
                    self.pattern(inner, value);
                }
            }
            "or_pattern" => {
                for inner in children(node) {
                    self.pattern(inner, value);
                }
            }
            "tuple_pattern" => {
                self.parts(&placed(node), |walk, place| walk.element(value, place));
            }
            "slice_pattern" => {
                let any = match value {
                    UNKNOWN => UNKNOWN,
                    value => self.draft.value(Value::AnyElement(value)),
                };
                for inner in children(node) {
                    let is_rest = self.text_of(inner).ends_with("..");
                    self.pattern(inner, if is_rest { value } else { any });
                }
            }
            "tuple_struct_pattern" => self.tuple_struct_pattern(node, value),
            "struct_pattern" => self.struct_pattern(node, value),
            "const_block" | "closure_expression" | "macro_invocation" => {
                self.expression(node);
            }
            _ => {}
        }
        None
    }

    /// Walks parts that stand at places; behind `..` the places are not known.
    fn parts(&mut self, parts: &[(u32, Node<'_>)], value: impl Fn(&mut Self, u32) -> ValueId) {
        let mut is_known = true;
        for (place, part) in parts {
            is_known &= part.kind() != "remaining_field_pattern";
            let value = match is_known {
                true => value(self, *place),
                false => UNKNOWN,
            };
            self.pattern(*part, value);
        }
    }

    fn element(&mut self, value: ValueId, place: u32) -> ValueId {
        match value {
            UNKNOWN => UNKNOWN,
            value => self.draft.value(Value::Element(value, place)),
        }
    }

    fn tuple_struct_pattern(&mut self, node: Node<'_>, value: ValueId) {
        let Some(path) = node.child_by_field_name("type") else {
            return;
        };
        let of = self.matched(path);
        let mut parts = placed(node);
        parts.retain(|(_, part)| part.id() != path.id());
        self.parts(&parts, |walk, place| {
            walk.part(value, &of, &place.to_string())
        });
    }

    fn struct_pattern(&mut self, node: Node<'_>, value: ValueId) {
        let Some(path) = node.child_by_field_name("type") else {
            return;
        };
        let of = self.matched(path);
        for field in children(node) {
            if field.kind() != "field_pattern" {
                continue;
            }
            let Some(name) = field.child_by_field_name("name") else {
                continue;
            };
            let part = self.part(value, &of, self.bare(name));
            self.refer(ReferenceKind::Read, name, Target::Value(part));
            match field.child_by_field_name("pattern") {
                Some(pattern) => {
                    self.pattern(pattern, part);
                }
                None => {
                    self.local(name, None, Some(part));
                }
            }
        }
    }

    /// Notes the use of what a pattern names; returns its last name and its type.
    fn matched(&mut self, path: Node<'_>) -> (&'a str, TypeId) {
        let name = match path.kind() {
            "generic_type" => path.child_by_field_name("type").unwrap_or(path),
            _ => path,
        };
        let last = name.child_by_field_name("name").unwrap_or(name);
        let text = self.bare(last);
        if matches!(text, "Some" | "Ok" | "Err") {
            return (text, UNKNOWN_TYPE);
        }
        self.constant_pattern(name);
        let r#type = match self.own {
            Some(own) if text == "Self" => own.r#type,
            _ => {
                let Some(parts) = self.path(name) else {
                    return (text, UNKNOWN_TYPE);
                };
                match parts.base {
                    Some(base) => base,
                    None => self.path_type(&parts.names.join("::"), Vec::new()),
                }
            }
        };
        (text, r#type)
    }

    /// A part of a value by its name: of a variant, or of a struct.
    fn part(&mut self, value: ValueId, (of, r#type): &(&str, TypeId), name: &str) -> ValueId {
        let name = format!(".{of}.{name}");
        let part = self.draft.member(value, &name);
        if *r#type == UNKNOWN_TYPE {
            return part;
        }
        let typed = self.draft.value(Value::Typed(*r#type));
        let by_type = self.draft.member(typed, &name);
        match part {
            UNKNOWN => by_type,
            part => self.draft.value(Value::OrElse(part, by_type)),
        }
    }

    /// A constant, a unit struct or a variant.
    fn constant_pattern(&mut self, node: Node<'_>) {
        let last = node.child_by_field_name("name").unwrap_or(node);
        if self.text_of(last) == "Self" {
            return;
        }
        let value = self.path_expression(node);
        self.refer(ReferenceKind::Read, last, Target::Value(value));
    }

    /// A name in a pattern that begins with a capital letter is a constant, a unit struct or a variant.
    pub(super) fn is_constant(&self, node: Node<'_>) -> bool {
        node.kind() == "identifier" && is_capitalised(self.bare(node))
    }

    /// Declares a local variable.
    pub(super) fn local(
        &mut self,
        name: Node<'_>,
        r#type: Option<TypeId>,
        value: Option<ValueId>,
    ) -> DeclarationId {
        let declaration = self.draft.declaration();
        self.draft.declaration_mut(declaration).value = DeclaredValue::Variable {
            r#type,
            value: value.filter(|value| *value != UNKNOWN),
            is_destructured: false,
        };
        self.scopes
            .declare(Space::Value, self.bare(name), declaration);
        declaration
    }
}

/// Returns the parts of a list with their places; `_` takes one and is none.
pub(super) fn placed(node: Node<'_>) -> Vec<(u32, Node<'_>)> {
    let mut found = Vec::new();
    let mut place = 0;
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        match child.kind() {
            "," => place += 1,
            _ if child.is_named() && !child.is_extra() => found.push((place, child)),
            _ => {}
        }
    }
    found
}
