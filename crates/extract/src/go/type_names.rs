//! Types as they are written.

use domain::facts::*;
use tree_sitter::Node;

use super::walk::{Walk, children, field};
use crate::draft::{UNKNOWN, UNKNOWN_TYPE};

impl<'a> Walk<'a> {
    /// Returns a type, and notes the uses of names in it.
    pub(super) fn r#type(&mut self, node: Node<'_>) -> TypeId {
        self.type_as(node, ReferenceKind::Type)
    }

    /// As [`Walk::type`], with how the outermost name is used.
    pub(super) fn type_as(&mut self, node: Node<'_>, kind: ReferenceKind) -> TypeId {
        self.deeper(|walk| walk.type_now(node, kind))
            .unwrap_or(UNKNOWN_TYPE)
    }

    fn type_now(&mut self, node: Node<'_>, kind: ReferenceKind) -> TypeId {
        match node.kind() {
            "type_identifier" | "identifier" | "qualified_type" => {
                self.named_type(node, Vec::new(), kind)
            }
            "generic_type" => {
                let mut arguments = Vec::new();
                if let Some(list) = node.child_by_field_name("type_arguments") {
                    for argument in children(list) {
                        arguments.push(self.r#type(argument));
                    }
                }
                match node.child_by_field_name("type") {
                    Some(name) => self.named_type(name, arguments, kind),
                    None => UNKNOWN_TYPE,
                }
            }
            // What a pointer leads to is reached as if it were there.
            "pointer_type" | "parenthesized_type" | "negated_type" => match node.named_child(0) {
                Some(inner) => self.type_as(inner, kind),
                None => UNKNOWN_TYPE,
            },
            // Of several, none in particular is meant: methods of a type set are those of all its
            // types.
            "type_elem" | "type_constraint" => match &children(node)[..] {
                [one] => self.type_as(*one, kind),
                several => {
                    for one in several {
                        self.r#type(*one);
                    }
                    UNKNOWN_TYPE
                }
            },
            "slice_type" | "array_type" | "implicit_length_array_type" => {
                if let Some(length) = node.child_by_field_name("length") {
                    self.expression(length);
                }
                self.container("builtin·slice", node, &["element"])
            }
            "map_type" => self.container("builtin·map", node, &["key", "value"]),
            "channel_type" => self.container("builtin·chan", node, &["value"]),
            "function_type" => {
                let function = self.signature(node, None);
                self.draft.r#type(Type::Function(function))
            }
            "struct_type" | "interface_type" => {
                let shape = self.draft.shape(Shape::default());
                self.shape_of(shape, node);
                self.draft.r#type(Type::Shape(shape))
            }
            // `f[T]` where only the meaning of the name separates an index from an instance.
            "index_expression" | "type_instantiation_expression" | "selector_expression" => {
                self.expression(node);
                UNKNOWN_TYPE
            }
            _ => UNKNOWN_TYPE,
        }
    }

    fn container(&mut self, name: &str, node: Node<'_>, fields: &[&str]) -> TypeId {
        let mut arguments = Vec::new();
        for field in fields {
            let argument = node.child_by_field_name(field);
            arguments.push(argument.map_or(UNKNOWN_TYPE, |argument| self.r#type(argument)));
        }
        self.draft.global_type(name, arguments)
    }

    fn named_type(
        &mut self,
        node: Node<'_>,
        arguments: Vec<TypeId>,
        kind: ReferenceKind,
    ) -> TypeId {
        let (name, r#type) = match (
            node.child_by_field_name("package"),
            node.child_by_field_name("name"),
        ) {
            (Some(package), Some(name)) => {
                let path = vec![self.draft.name(self.text_of(name))];
                let package = self.text_of(package);
                (name, self.name_type(package, path, arguments))
            }
            _ => (
                node,
                self.name_type(self.text_of(node), Vec::new(), arguments),
            ),
        };
        // `name == node` says that no package stands in front.
        if !self.is_nobodys(self.text_of(name), name == node) {
            self.refer(kind, name, Target::Type(r#type));
        }
        r#type
    }

    /// Whether a name is a type parameter or one of the language's.
    fn is_nobodys(&self, name: &str, is_plain: bool) -> bool {
        is_plain
            && match self.scopes.find(name) {
                Some(declaration) => {
                    let declared = &self.draft.facts.declarations[declaration.index()];
                    matches!(declared.r#type, DeclaredType::Parameter { .. })
                }
                None => super::names::is_predeclared(name),
            }
    }

    /// Returns what the name of a type is as a value.
    pub(super) fn type_value(&mut self, node: Node<'_>) -> ValueId {
        match node.kind() {
            "type_identifier" => self.name_value(self.text_of(node)),
            "qualified_type" => match (
                node.child_by_field_name("package"),
                node.child_by_field_name("name"),
            ) {
                (Some(package), Some(name)) => {
                    let package = self.name_value(self.text_of(package));
                    self.draft.member(package, self.text_of(name))
                }
                _ => UNKNOWN,
            },
            "pointer_type" | "parenthesized_type" => match node.named_child(0) {
                Some(inner) => self.type_value(inner),
                None => UNKNOWN,
            },
            "generic_type" => match node.child_by_field_name("type") {
                Some(inner) => self.type_value(inner),
                None => UNKNOWN,
            },
            _ => UNKNOWN,
        }
    }

    /// Writes down what a type is made of that is defined by `type`: fields, methods of an interface, or another type.
    pub(super) fn shape_of(&mut self, shape: ShapeId, node: Node<'_>) {
        match node.kind() {
            "struct_type" => {
                for list in children(node) {
                    for declaration in children(list) {
                        self.fields(shape, declaration);
                    }
                }
            }
            "interface_type" => {
                for element in children(node) {
                    self.interface_element(shape, element);
                }
            }
            "function_type" => {
                let function = self.signature(node, None);
                self.draft.shape_mut(shape).calls.push(function);
            }
            _ => {
                // `type A B`: fields of `B` and none of its methods, which the evaluator knows from
                // `base_types`.
                let r#type = self.r#type(node);
                self.draft.shape_mut(shape).base_types = vec![r#type];
            }
        }
    }

    fn fields(&mut self, shape: ShapeId, declaration: Node<'_>) {
        let Some(written) = declaration.child_by_field_name("type") else {
            return;
        };
        let names = field(declaration, "name");
        let is_embedded = names.is_empty();
        // An embedded type is a field called by the last name of its type.
        let names = match (is_embedded, super::walk::last_name(written)) {
            (true, Some(name)) => vec![name],
            _ => names,
        };
        let symbol = names.first().and_then(|name| self.symbol_at(*name));
        // Embedding is what Go has for inheritance, and is noted as such.
        let r#type = match is_embedded {
            true => self.type_as(written, ReferenceKind::Extends),
            false => self.within(symbol, |walk| walk.r#type(written)),
        };
        if is_embedded {
            self.draft.shape_mut(shape).extends.push(r#type);
        }
        for name in names {
            let member = Member {
                name: self.draft.name(self.text_of(name)),
                kind: MemberKind::Property,
                symbol: self.symbol_at(name),
                r#type: Some(r#type),
                value: None,
            };
            self.draft.shape_mut(shape).members.push(member);
        }
    }

    fn interface_element(&mut self, shape: ShapeId, element: Node<'_>) {
        match (element.kind(), element.child_by_field_name("name")) {
            ("method_elem", Some(name)) => {
                let symbol = self.symbol_at(name);
                let function = self.within(symbol, |walk| walk.signature(element, symbol));
                let member = Member {
                    name: self.draft.name(self.text_of(name)),
                    kind: MemberKind::Method,
                    symbol,
                    r#type: None,
                    value: Some(self.draft.value(Value::Function(function))),
                };
                self.draft.shape_mut(shape).members.push(member);
            }
            ("type_elem", _) => match &children(element)[..] {
                [one] => {
                    let r#type = self.type_as(*one, ReferenceKind::Extends);
                    self.draft.shape_mut(shape).extends.push(r#type);
                }
                several => {
                    for one in several {
                        self.r#type(*one);
                    }
                }
            },
            _ => {}
        }
    }
}
