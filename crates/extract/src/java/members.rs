//! Members of types: fields, methods, constructors, initialisers, constants of enums, components of records.

use domain::facts::*;
use tree_sitter::Node;

use super::classes::Class;
use super::scopes::Space;
use super::type_names::n_dimensions;
use super::walk::Walk;
use crate::draft::UNKNOWN_TYPE;
use crate::notes::{child_of_kind, children, field};

/// What every object has: an interface that declares it asks for nothing.
const OF_OBJECT: &[&str] = &["equals", "hashCode", "toString"];

impl<'a> Walk<'a> {
    pub(super) fn member(&mut self, node: Node<'_>, class: Class) {
        match node.kind() {
            "field_declaration" | "constant_declaration" => self.fields(node, class),
            "method_declaration" | "annotation_type_element_declaration" => {
                self.method(node, class);
            }
            "constructor_declaration" | "compact_constructor_declaration" => {
                self.constructor(node, class);
            }
            "enum_constant" => self.constant(node, class),
            "block" => self.block(node),
            "static_initializer" => {
                for block in children(node) {
                    self.block(block);
                }
            }
            _ => self.statement(node),
        }
    }

    fn fields(&mut self, node: Node<'_>, class: Class) {
        let mut declarators = Vec::new();
        for declarator in field(node, "declarator") {
            let name = declarator.child_by_field_name("name");
            declarators.extend(name.map(|name| (declarator, name)));
        }
        let symbol = declarators
            .first()
            .and_then(|(_, name)| self.symbol_at(*name));
        let written = self.within(symbol, |walk| {
            walk.annotations(node);
            let written = node.child_by_field_name("type");
            written.map_or(UNKNOWN_TYPE, |written| walk.r#type(written))
        });
        for (declarator, name) in declarators {
            let dimensions = declarator.child_by_field_name("dimensions");
            // `int a, b[]`
            let r#type = self.array_of(written, n_dimensions(dimensions));
            let symbol = self.symbol_at(name);
            let text = self.text_of(name);
            let member = Member {
                name: self.draft.name(text),
                kind: MemberKind::Property,
                symbol,
                r#type: known(r#type),
                value: None,
            };
            self.draft.shape_mut(class.shape).members.push(member);
            if let Some(value) = declarator.child_by_field_name("value") {
                self.within(symbol, |walk| {
                    walk.use_as(value, ReferenceKind::Alias);
                    walk.typed_place(value, r#type);
                });
            }
        }
    }

    fn method(&mut self, node: Node<'_>, class: Class) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let symbol = self.symbol_at(name);
        let text = self.text_of(name);
        self.scopes.open();
        self.within(symbol, |walk| {
            walk.annotations(node);
            let type_parameters = walk.type_parameters(node);
            let written = node.child_by_field_name("type");
            let returns = written.map_or(UNKNOWN_TYPE, |written| walk.r#type(written));
            let dimensions = n_dimensions(node.child_by_field_name("dimensions"));
            let returns = walk.array_of(returns, dimensions);
            let parameters = walk.parameters(node);
            walk.thrown(node);
            let function = walk.draft.function(Function {
                symbol,
                type_parameters,
                parameters,
                returns: known(returns),
                // Private and static methods neither override nor are overridden (JLS 8.4.8).
                is_own: has_modifier(node, &["private", "static"]),
                ..Function::default()
            });
            let member = Member {
                name: walk.draft.name(text),
                kind: MemberKind::Method,
                symbol,
                r#type: None,
                value: Some(walk.draft.value(Value::Function(function))),
            };
            let body = node.child_by_field_name("body");
            let shape = walk.draft.shape_mut(class.shape);
            shape.members.push(member);
            // What a lambda can stand for; methods of `Object` do not count (JLS 9.8).
            if class.is_interface && body.is_none() && !OF_OBJECT.contains(&text) {
                shape.calls.push(function);
            }
            if let Some(body) = body {
                walk.function_body(function, body);
            }
            if let Some(value) = node.child_by_field_name("value") {
                walk.typed_place(value, returns);
            }
        });
        self.scopes.close();
    }

    fn constructor(&mut self, node: Node<'_>, class: Class) {
        let symbol = node
            .child_by_field_name("name")
            .and_then(|name| self.symbol_at(name));
        self.scopes.open();
        self.within(symbol, |walk| {
            walk.annotations(node);
            let type_parameters = walk.type_parameters(node);
            let record = match node.kind() {
                // A compact constructor has the parameters of its record (JLS 8.10.4.2).
                "compact_constructor_declaration" => enclosing_record(node),
                _ => None,
            };
            let parameters = walk.parameters(record.unwrap_or(node));
            walk.thrown(node);
            let function = walk.draft.function(Function {
                symbol,
                type_parameters,
                parameters,
                returns: Some(class.r#type),
                ..Function::default()
            });
            walk.draft
                .shape_mut(class.shape)
                .constructors
                .push(function);
            if let Some(body) = node.child_by_field_name("body") {
                walk.function_body(function, body);
            }
        });
        self.scopes.close();
    }

    fn function_body(&mut self, function: FunctionId, body: Node<'_>) {
        // A method begins anew: no function around it has a part in its `return`.
        let functions = std::mem::replace(&mut self.functions, vec![function]);
        self.block(body);
        self.functions = functions;
    }

    fn thrown(&mut self, node: Node<'_>) {
        if let Some(list) = child_of_kind(node, "throws") {
            for r#type in children(list) {
                self.r#type(r#type);
            }
        }
    }

    /// Writes down the parameters of a method or constructor, and declares their names.
    pub(super) fn parameters(&mut self, node: Node<'_>) -> Vec<Parameter> {
        let Some(list) = node.child_by_field_name("parameters") else {
            return Vec::new();
        };
        let mut parameters = Vec::new();
        for node in children(list) {
            if let Some((parameter, name)) = self.parameter(node) {
                parameters.push(parameter);
                if let Some(name) = name {
                    self.local(self.text_of(name), parameter.r#type, None);
                }
            }
        }
        parameters
    }

    /// Returns a parameter and its name; nothing for `this` of a method.
    pub(super) fn parameter<'t>(
        &mut self,
        node: Node<'t>,
    ) -> Option<(Parameter, Option<Node<'t>>)> {
        let is_rest = node.kind() == "spread_parameter";
        let (written, name) = match node.kind() {
            "formal_parameter" => (
                node.child_by_field_name("type"),
                node.child_by_field_name("name"),
            ),
            "spread_parameter" => {
                let parts = children(node);
                let is_type = |child: &&Node<'t>| {
                    !matches!(child.kind(), "modifiers" | "variable_declarator")
                        && !child.kind().ends_with("annotation")
                };
                let declarator = child_of_kind(node, "variable_declarator");
                (
                    parts.iter().find(is_type).copied(),
                    declarator.and_then(|declarator| declarator.child_by_field_name("name")),
                )
            }
            _ => return None,
        };
        self.annotations(node);
        let mut r#type = UNKNOWN_TYPE;
        if let Some(written) = written.filter(|written| self.text_of(*written) != "var") {
            r#type = self.r#type(written);
        }
        let dimensions = n_dimensions(node.child_by_field_name("dimensions"));
        // `T...` is an array inside of the method (JLS 8.4.1).
        r#type = self.array_of(r#type, dimensions + usize::from(is_rest));
        let parameter = Parameter {
            r#type: known(r#type),
            default: None,
            is_optional: is_rest,
            is_rest,
            name: None,
        };
        Some((parameter, name))
    }

    /// Declares a variable that only a method sees.
    pub(super) fn local(&mut self, name: &'a str, r#type: Option<TypeId>, value: Option<ValueId>) {
        let declaration = self.draft.declaration();
        self.draft.declaration_mut(declaration).value = DeclaredValue::Variable {
            r#type,
            value,
            is_destructured: false,
        };
        self.scopes.declare(Space::Value, name, declaration);
    }

    /// A constant of an enum, which may have a class of its own.
    fn constant(&mut self, node: Node<'_>, class: Class) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let symbol = self.symbol_at(name);
        let text = self.text_of(name);
        let member = Member {
            name: self.draft.name(text),
            kind: MemberKind::Property,
            symbol,
            r#type: Some(class.r#type),
            value: None,
        };
        self.draft.shape_mut(class.shape).members.push(member);
        self.within(symbol, |walk| {
            walk.annotations(node);
            if let Some(list) = node.child_by_field_name("arguments") {
                let made = walk.draft.value(Value::Typed(class.r#type));
                let call = walk.draft.own_value(Value::Unknown);
                let arguments = walk.arguments(list, call);
                walk.draft.facts.values[call.index()] = Value::New(Box::new(Call {
                    callee: made,
                    arguments,
                    types: Vec::new(),
                    keywords: Vec::new(),
                }));
            }
            if let Some(body) = node.child_by_field_name("body") {
                walk.anonymous(body, class.r#type);
            }
        });
    }

    /// The components of a record: fields, methods of the same names, and a constructor.
    pub(super) fn components(&mut self, list: Node<'_>, class: Class) {
        let mut parameters = Vec::new();
        for node in children(list) {
            let Some((parameter, Some(name))) = self.parameter(node) else {
                continue;
            };
            parameters.push(parameter);
            let symbol = self.symbol_at(name);
            let text = self.text_of(name);
            let function = self.draft.function(Function {
                symbol,
                returns: parameter.r#type,
                ..Function::default()
            });
            let accessor = self.draft.value(Value::Function(function));
            let name = self.draft.name(text);
            let member = |kind, r#type, value| Member {
                name,
                kind,
                symbol,
                r#type,
                value,
            };
            // Both have the symbol of the component: there is no other place to lead to.
            let field = member(MemberKind::Property, parameter.r#type, None);
            let accessor = member(MemberKind::Method, None, Some(accessor));
            let shape = self.draft.shape_mut(class.shape);
            shape.members.extend([field, accessor]);
        }
        let symbol = self.draft.facts.shapes[class.shape.index()].symbol;
        // The canonical constructor stands nowhere and leads to the record. It comes after those
        // that are written, so that an explicit one of the same parameters is found first.
        let function = self.draft.function(Function {
            symbol,
            parameters,
            returns: Some(class.r#type),
            ..Function::default()
        });
        self.draft
            .shape_mut(class.shape)
            .constructors
            .push(function);
    }
}

fn enclosing_record(node: Node<'_>) -> Option<Node<'_>> {
    let body = node.parent()?;
    body.parent()
}

pub(super) fn known(r#type: TypeId) -> Option<TypeId> {
    Some(r#type).filter(|r#type| *r#type != UNKNOWN_TYPE)
}

fn has_modifier(node: Node<'_>, wanted: &[&str]) -> bool {
    child_of_kind(node, "modifiers").is_some_and(|modifiers| {
        let mut cursor = modifiers.walk();
        modifiers
            .children(&mut cursor)
            .any(|modifier| wanted.contains(&modifier.kind()))
    })
}
