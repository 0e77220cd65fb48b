//! Calls of functions, methods, and of what makes a value of its fields.

use domain::facts::*;
use tree_sitter::Node;

use super::statements::has_hole;
use super::type_names::is_capitalised;
use super::walk::Walk;
use crate::draft::UNKNOWN;
use crate::notes::{child_of_kind, children};

impl<'a> Walk<'a> {
    pub(super) fn call(&mut self, node: Node<'_>) -> ValueId {
        let Some(function) = node.child_by_field_name("function") else {
            return UNKNOWN;
        };
        let (named, generic) = match function.kind() {
            "generic_function" => (
                function.child_by_field_name("function").unwrap_or(function),
                Some(function),
            ),
            _ => (function, None),
        };
        match named.kind() {
            "field_expression" => self.call_of_method(node, named, generic),
            "identifier" | "scoped_identifier" => self.call_of_path(node, named, generic),
            _ => {
                let callee = self.expression(named);
                self.call_value(callee, Vec::new(), node).0
            }
        }
    }

    fn call_of_path(
        &mut self,
        node: Node<'_>,
        named: Node<'_>,
        generic: Option<Node<'_>>,
    ) -> ValueId {
        let callee = self.path_expression(named);
        self.refer_to_prefix(named);
        let types = generic.map_or_else(Vec::new, |generic| self.type_arguments(generic));
        let (value, _) = self.call_value(callee, types, node);
        let last = named.child_by_field_name("name").unwrap_or(named);
        let kind = match is_capitalised(self.bare(last)) {
            true => ReferenceKind::New,
            false => ReferenceKind::Call,
        };
        let target = match value {
            UNKNOWN => callee,
            value => value,
        };
        self.refer(kind, last, Target::Value(target));
        value
    }

    fn call_of_method(
        &mut self,
        node: Node<'_>,
        named: Node<'_>,
        generic: Option<Node<'_>>,
    ) -> ValueId {
        let (Some(object), Some(name)) = (
            named.child_by_field_name("value"),
            named.child_by_field_name("field"),
        ) else {
            return UNKNOWN;
        };
        let object = self.expression(object);
        let text = self.bare(name);
        if text == "collect" {
            self.collected = Some(object);
        }
        let listed = generic.and_then(|generic| child_of_kind(generic, "type_arguments"));
        let types = match (listed, generic) {
            (Some(listed), _) if has_hole(self.text_of(listed)) => {
                let mut types = Vec::new();
                for written in children(listed) {
                    types.push(self.type_with_holes(written, Some(object)));
                }
                types
            }
            (Some(_), Some(generic)) => self.type_arguments(generic),
            _ => Vec::new(),
        };
        let callee = self.draft.member(object, text);
        let (value, arguments) = self.call_value(callee, types, node);
        self.grows(object, text, &arguments);
        let target = match (value, callee) {
            (UNKNOWN, callee) => callee,
            (value, _) => value,
        };
        self.refer(ReferenceKind::Call, name, Target::Value(target));
        value
    }

    /// Returns what a call gives, and what it is given.
    fn call_value(
        &mut self,
        callee: ValueId,
        types: Vec<TypeId>,
        node: Node<'_>,
    ) -> (ValueId, Vec<ValueId>) {
        let listed = node.child_by_field_name("arguments");
        let nodes = listed.map_or_else(Vec::new, children);
        // Known before what is in it speaks of it.
        let call = match callee {
            UNKNOWN => UNKNOWN,
            _ => self.draft.own_value(Value::Unknown),
        };
        let mut arguments = Vec::new();
        for node in nodes {
            if node.kind() == "attribute_item" {
                self.attribute(node);
                continue;
            }
            self.use_as(node, ReferenceKind::Argument);
            let place = arguments.len() as u32;
            arguments.push(match call {
                UNKNOWN => self.expression(node),
                call => self.expression_in(node, Context::Argument(call, place)),
            });
        }
        if call != UNKNOWN {
            self.draft.facts.values[call.index()] = Value::Call(Box::new(Call {
                callee,
                arguments: arguments.clone(),
                types,
                keywords: Vec::new(),
            }));
        }
        (call, arguments)
    }
}
