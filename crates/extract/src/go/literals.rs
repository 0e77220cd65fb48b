//! Composite literals: what they make, and the fields that they set.

use domain::facts::*;
use tree_sitter::Node;

use super::walk::{Walk, children};
use crate::draft::UNKNOWN;

impl<'a> Walk<'a> {
    /// `T{…}`
    pub(super) fn composite(&mut self, node: Node<'_>) -> ValueId {
        let Some(written) = node.child_by_field_name("type") else {
            return UNKNOWN;
        };
        let r#type = self.type_as(written, ReferenceKind::New);
        let value = self.draft.value(Value::Typed(r#type));
        if let Some(body) = node.child_by_field_name("body") {
            // Only of these is it plain that keys are expressions; a name may stand for a map as
            // well as for a struct.
            let is_collection = matches!(
                written.kind(),
                "map_type" | "slice_type" | "array_type" | "implicit_length_array_type"
            );
            self.deeper(|walk| walk.elements(body, value, is_collection));
        }
        value
    }

    /// The elements of a literal of a type; in a collection the types of further literals may be left out.
    fn elements(&mut self, body: Node<'_>, whole: ValueId, is_collection: bool) {
        for element in children(body) {
            let (key, value) = match element.kind() {
                "keyed_element" => (
                    element.child_by_field_name("key"),
                    element.child_by_field_name("value"),
                ),
                _ => (None, Some(element)),
            };
            if let Some(key) = key {
                self.key(key, whole, is_collection);
            }
            if let Some(value) = value {
                let kind = match is_collection {
                    true => ReferenceKind::Element,
                    false => ReferenceKind::Assigned,
                };
                self.element(value, whole, kind);
            }
        }
    }

    fn element(&mut self, element: Node<'_>, whole: ValueId, kind: ReferenceKind) {
        let inner = match element.kind() {
            "literal_element" => element.named_child(0),
            _ => Some(element),
        };
        let Some(inner) = inner else {
            return;
        };
        // `[]T{{…}}`: the type of the inner literal is left out.
        if inner.kind() != "literal_value" {
            self.expect(inner, kind);
            self.expression(inner);
            return;
        }
        let r#type = match whole {
            UNKNOWN => UNKNOWN,
            whole => self.draft.value(Value::AnyElement(whole)),
        };
        self.deeper(|walk| walk.elements(inner, r#type, false));
    }

    /// The name of a field, or an expression where the type turns out to be a collection.
    fn key(&mut self, key: Node<'_>, whole: ValueId, is_collection: bool) {
        let name = key
            .named_child(0)
            .filter(|name| name.kind() == "identifier" && !is_collection);
        let Some(name) = name else {
            let inner = key.named_child(0);
            if let Some(inner) = inner.filter(|inner| inner.kind() == "literal_value") {
                // The literal of a key has the type that ranging over the whole gives first.
                let pair = self.draft.value(Value::Iterated(whole));
                let r#type = self.draft.value(Value::Element(pair, 0));
                self.deeper(|walk| walk.elements(inner, r#type, false));
                return;
            }
            return self.element(key, whole, ReferenceKind::Element);
        };
        let text = self.text_of(name);
        let field = self.draft.member(whole, text);
        // If the type turns out to be a map, no field of the name is found and the use stays
        // unresolved.
        if field != UNKNOWN {
            self.refer(ReferenceKind::Written, name, Target::Value(field));
        }
    }
}
