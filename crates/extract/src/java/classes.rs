//! Classes, interfaces, enums, records and annotations, wherever they are declared.

use domain::facts::*;
use tree_sitter::Node;

use super::scopes::{ClassNames, Space};
use super::type_names::OBJECT;
use super::walk::{Walk, is_type_declaration};
use crate::draft::UNKNOWN_TYPE;
use crate::notes::{child_of_kind, children, field};

/// A class whose body is being walked.
#[derive(Clone, Copy)]
pub(super) struct Class {
    pub(super) shape: ShapeId,
    /// The type of its instances, as its own body names it.
    pub(super) r#type: TypeId,
    /// Methods without a body are what a lambda can stand for.
    pub(super) is_interface: bool,
}

impl<'a> Walk<'a> {
    /// A type that the file declared when it was announced, or that a block declares.
    pub(super) fn type_declaration(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let text = self.text_of(name);
        let known = self.scopes.own(Space::Type, text);
        let declaration = known.unwrap_or_else(|| {
            let declaration = self.draft.declaration();
            self.scopes.declare(Space::Type, text, declaration);
            declaration
        });
        self.declared_type(node, name, declaration);
    }

    /// A type inside of another.
    fn inner_type(&mut self, node: Node<'_>, outer: Class) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let declaration = self.draft.declaration();
        let member = Member {
            name: {
                let text = self.text_of(name);
                self.draft.name(text)
            },
            kind: MemberKind::Property,
            symbol: self.symbol_at(name),
            r#type: None,
            // As a member, so that it is found through whoever inherits it.
            value: Some(self.draft.value(Value::Declared(declaration))),
        };
        self.draft.shape_mut(outer.shape).statics.push(member);
        self.declared_type(node, name, declaration);
    }

    fn declared_type(&mut self, node: Node<'_>, name: Node<'_>, declaration: DeclarationId) {
        let symbol = self.symbol_at(name);
        let text = self.text_of(name);
        self.scopes.open();
        self.within(symbol, |walk| {
            walk.annotations(node);
            let parameters = walk.type_parameters(node);
            let mut arguments = Vec::new();
            for parameter in &parameters {
                arguments.push(walk.draft.r#type(Type::Declared {
                    declaration: *parameter,
                    path: Vec::new(),
                    arguments: Vec::new(),
                }));
            }
            let is_interface = matches!(
                node.kind(),
                "interface_declaration" | "annotation_type_declaration"
            );
            let shape = walk.draft.shape(Shape {
                symbol,
                parameters,
                is_interface,
                ..Shape::default()
            });
            let declared = walk.draft.declaration_mut(declaration);
            declared.symbol = symbol;
            declared.value = DeclaredValue::Static(shape);
            declared.r#type = DeclaredType::Instance(vec![shape]);
            let class = Class {
                shape,
                r#type: walk.draft.r#type(Type::Declared {
                    declaration,
                    path: Vec::new(),
                    arguments,
                }),
                is_interface,
            };
            walk.heads(node, class);
            // After its head: `class A extends A.B` does not yet see itself.
            let before = walk.shapes.insert(text, shape);
            walk.body_of(node, class);
            match before {
                // A class may be called as one around it in a file that is not finished.
                Some(before) => walk.shapes.insert(text, before),
                None => walk.shapes.remove(text),
            };
        });
        self.scopes.close();
    }

    /// Notes what a type extends and implements.
    fn heads(&mut self, node: Node<'_>, class: Class) {
        let mut cursor = node.walk();
        for child in node.children(&mut cursor).collect::<Vec<_>>() {
            let kind = match child.kind() {
                "superclass" | "extends_interfaces" => ReferenceKind::Extends,
                "super_interfaces" => ReferenceKind::Implements,
                "permits" => ReferenceKind::Type,
                _ => continue,
            };
            let types = match child_of_kind(child, "type_list") {
                Some(list) => children(list),
                None => children(child),
            };
            for r#type in types {
                let r#type = self.type_as(r#type, kind);
                let shape = self.draft.shape_mut(class.shape);
                match kind {
                    ReferenceKind::Extends => shape.extends.push(r#type),
                    ReferenceKind::Implements => shape.implements.push(r#type),
                    _ => {}
                }
            }
        }
        // The superclass that the language gives (JLS 8.9, 8.10, 9.6).
        let implied = match node.kind() {
            "enum_declaration" => self.draft.global_type("java.lang.Enum", vec![class.r#type]),
            "record_declaration" => self.draft.global_type("java.lang.Record", Vec::new()),
            "annotation_type_declaration" => self
                .draft
                .global_type("java.lang.annotation.Annotation", Vec::new()),
            _ => return,
        };
        self.draft.shape_mut(class.shape).extends.push(implied);
    }

    fn body_of(&mut self, node: Node<'_>, class: Class) {
        let body = node.child_by_field_name("body");
        let mut names = ClassNames::default();
        let shape = &self.draft.facts.shapes[class.shape.index()];
        names.inherits = !shape.extends.is_empty() || !shape.implements.is_empty();
        if let Some(body) = body {
            // All names before any member is walked: they may be used before they are declared.
            self.collect(body, &mut names);
        }
        let components = field(node, "parameters");
        for component in components.iter().flat_map(|list| children(*list)) {
            for name in field(component, "name") {
                let text = self.text_of(name);
                names.names.insert((Space::Value, text));
                // Each component is a field and a method of its name (JLS 8.10.3).
                names.names.insert((Space::Method, text));
            }
        }
        self.scopes.open_class(class.shape, names);
        if let Some(body) = body {
            self.members(body, class);
        }
        for list in components {
            self.components(list, class);
        }
        self.scopes.close();
    }

    /// The body of `new T() { … }` or of an enum's constant.
    pub(super) fn anonymous(&mut self, body: Node<'_>, base: TypeId) -> ShapeId {
        let shape = self.draft.shape(Shape::default());
        let base = match base {
            UNKNOWN_TYPE => self.draft.global_type(OBJECT, Vec::new()),
            base => base,
        };
        self.draft.shape_mut(shape).extends.push(base);
        let class = Class {
            shape,
            r#type: self.draft.r#type(Type::Shape(shape)),
            is_interface: false,
        };
        let mut names = ClassNames {
            inherits: true,
            ..ClassNames::default()
        };
        self.collect(body, &mut names);
        self.scopes.open_class(shape, names);
        // A `return` inside of the class is none of the functions around it.
        let functions = std::mem::take(&mut self.functions);
        self.members(body, class);
        self.functions = functions;
        self.scopes.close();
        shape
    }

    /// Collects what a class body declares.
    fn collect(&self, body: Node<'_>, names: &mut ClassNames<'a>) {
        for member in children(body) {
            match member.kind() {
                "enum_body_declarations" => self.collect(member, names),
                "enum_constant" => self.collect_name(member, Space::Value, names),
                "method_declaration" | "annotation_type_element_declaration" => {
                    self.collect_name(member, Space::Method, names);
                }
                "field_declaration" | "constant_declaration" => {
                    for declarator in field(member, "declarator") {
                        self.collect_name(declarator, Space::Value, names);
                    }
                }
                kind if is_type_declaration(kind) => {
                    self.collect_name(member, Space::Type, names);
                }
                _ => {}
            }
        }
    }

    fn collect_name(&self, node: Node<'_>, space: Space, names: &mut ClassNames<'a>) {
        if let Some(name) = node.child_by_field_name("name") {
            names.names.insert((space, self.text_of(name)));
        }
    }

    fn members(&mut self, body: Node<'_>, class: Class) {
        for member in children(body) {
            match member.kind() {
                "enum_body_declarations" => self.members(member, class),
                kind if is_type_declaration(kind) => {
                    self.deeper(|walk| walk.inner_type(member, class));
                }
                _ => {
                    self.deeper(|walk| walk.member(member, class));
                }
            }
        }
    }
}
