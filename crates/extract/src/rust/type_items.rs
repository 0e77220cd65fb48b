//! Types and traits that a file declares, and what is implemented for them.

use domain::facts::*;
use tree_sitter::Node;

use super::functions::parameter;
use super::scopes::Space;
use super::type_names::known;
use super::walk::{Own, Walk};
use crate::draft::UNKNOWN_TYPE;
use crate::notes::{child_of_kind, children};

impl<'a> Walk<'a> {
    /// `struct`, `union` and `enum`.
    pub(super) fn type_item(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let symbol = self.symbol_at(name);
        let declaration = self.declared_item(name);
        let outer = self.own;
        self.in_block(|walk| {
            walk.within(symbol, |walk| {
                let parameters = walk.type_parameters(node);
                let arguments = walk.own_arguments(&parameters);
                let shape = walk.draft.shape(Shape {
                    symbol,
                    parameters,
                    ..Shape::default()
                });
                let declared = walk.draft.declaration_mut(declaration);
                declared.value = DeclaredValue::Static(shape);
                declared.r#type = DeclaredType::Instance(vec![shape]);
                let r#type = walk.draft.r#type(Type::Declared {
                    declaration,
                    path: Vec::new(),
                    arguments,
                });
                let value = walk.draft.value(Value::Typed(r#type));
                walk.own = Some(Own { r#type, value });
                match node.child_by_field_name("body") {
                    Some(body) if body.kind() == "enum_variant_list" => {
                        for variant in children(body) {
                            walk.variant(variant, shape);
                        }
                    }
                    Some(body) => {
                        let fields = walk.fields(body, shape, "");
                        if body.kind() == "ordered_field_declaration_list" {
                            let constructor = walk.constructor(fields, symbol);
                            let shape = walk.draft.shape_mut(shape);
                            shape.constructors.push(constructor);
                        }
                    }
                    None => {}
                }
            });
        });
        self.own = outer;
    }

    fn own_arguments(&mut self, parameters: &[DeclarationId]) -> Vec<TypeId> {
        let mut arguments = Vec::new();
        for declaration in parameters {
            arguments.push(self.draft.r#type(Type::Declared {
                declaration: *declaration,
                path: Vec::new(),
                arguments: Vec::new(),
            }));
        }
        arguments
    }

    /// Adds fields, whose names begin with what they are fields of; returns the types of those without names.
    fn fields(&mut self, body: Node<'_>, shape: ShapeId, of: &str) -> Vec<TypeId> {
        let mut types = Vec::new();
        for child in children(body) {
            let (name, symbol, written) = match child.kind() {
                "field_declaration" => {
                    let name = child.child_by_field_name("name");
                    let symbol = name.and_then(|name| self.symbol_at(name));
                    let text = name.map_or("", |name| self.bare(name));
                    let written = child.child_by_field_name("type");
                    (text.to_owned(), symbol, written)
                }
                "attribute_item" => {
                    self.attribute(child);
                    continue;
                }
                "visibility_modifier" => continue,
                _ => (types.len().to_string(), None, Some(child)),
            };
            let r#type = written.map_or(UNKNOWN_TYPE, |written| self.r#type(written));
            types.push(r#type);
            let member = Member {
                name: self.draft.name(&format!(".{of}{name}")),
                kind: MemberKind::Property,
                symbol,
                r#type: known(r#type),
                value: None,
            };
            self.draft.shape_mut(shape).members.push(member);
        }
        types
    }

    /// What makes a tuple struct or a variant of its fields.
    fn constructor(&mut self, fields: Vec<TypeId>, symbol: Option<u32>) -> FunctionId {
        let own = self.own.map_or(UNKNOWN_TYPE, |own| own.r#type);
        let parameters = self.parameters_of(own);
        self.draft.function(Function {
            symbol,
            type_parameters: parameters,
            parameters: fields
                .into_iter()
                .map(|field| parameter(known(field)))
                .collect(),
            returns: known(own),
            ..Function::default()
        })
    }

    fn parameters_of(&self, own: TypeId) -> Vec<DeclarationId> {
        let Type::Declared { declaration, .. } = &self.draft.facts.types[own.index()] else {
            return Vec::new();
        };
        match self.draft.facts.declarations[declaration.index()].value {
            DeclaredValue::Static(shape) => {
                self.draft.facts.shapes[shape.index()].parameters.clone()
            }
            _ => Vec::new(),
        }
    }

    fn variant(&mut self, node: Node<'_>, shape: ShapeId) {
        if node.kind() == "attribute_item" {
            return self.attribute(node);
        }
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let symbol = self.symbol_at(name);
        let text = self.bare(name);
        let own = self.own.map_or(UNKNOWN_TYPE, |own| own.r#type);
        let mut member = Member {
            name: self.draft.name(text),
            kind: MemberKind::Property,
            symbol,
            r#type: known(own),
            value: None,
        };
        self.within(symbol, |walk| {
            if let Some(body) = node.child_by_field_name("body") {
                let fields = walk.fields(body, shape, &format!("{text}."));
                if body.kind() == "ordered_field_declaration_list" {
                    let constructor = walk.constructor(fields, symbol);
                    member.kind = MemberKind::Method;
                    member.r#type = None;
                    member.value = Some(walk.draft.value(Value::Function(constructor)));
                }
            }
            if let Some(value) = node.child_by_field_name("value") {
                walk.expression(value);
            }
        });
        self.draft.shape_mut(shape).statics.push(member);
    }

    pub(super) fn alias(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let symbol = self.symbol_at(name);
        let declaration = self.declared_item(name);
        self.in_block(|walk| {
            walk.within(symbol, |walk| {
                let parameters = walk.type_parameters(node);
                let written = node.child_by_field_name("type");
                let r#type = written.map_or(UNKNOWN_TYPE, |written| walk.r#type(written));
                let declared = walk.draft.declaration_mut(declaration);
                declared.r#type = DeclaredType::Alias { parameters, r#type };
            });
        });
    }

    pub(super) fn trait_item(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let symbol = self.symbol_at(name);
        let declaration = self.declared_item(name);
        let outer = self.own;
        self.in_block(|walk| {
            walk.within(symbol, |walk| {
                let parameters = walk.type_parameters(node);
                let shape = walk.draft.shape(Shape {
                    symbol,
                    parameters,
                    is_interface: true,
                    ..Shape::default()
                });
                let declared = walk.draft.declaration_mut(declaration);
                declared.value = DeclaredValue::Static(shape);
                declared.r#type = DeclaredType::Instance(vec![shape]);
                let value = walk.draft.value(Value::This(shape));
                let r#type = walk.draft.r#type(Type::Query(value));
                walk.own = Some(Own { r#type, value });
                let mut extends = Vec::new();
                if let Some(bounds) = node.child_by_field_name("bounds") {
                    walk.bounds(bounds, &mut extends, ReferenceKind::Extends);
                }
                walk.draft.shape_mut(shape).extends = extends;
                if let Some(body) = node.child_by_field_name("body") {
                    walk.members(body, shape, &[]);
                }
            });
        });
        self.own = outer;
    }

    /// What is implemented for a type may stand in any file of the crate.
    pub(super) fn impl_item(&mut self, node: Node<'_>) {
        let Some(written) = node.child_by_field_name("type") else {
            return;
        };
        let of = self.index_name(written);
        let symbol = self.types.get(&*of).copied();
        let outer = self.own;
        self.in_block(|walk| {
            let parameters = walk.type_parameters(node);
            let r#type = walk.within(symbol, |walk| walk.r#type(written));
            let value = walk.draft.value(Value::Typed(r#type));
            walk.own = Some(Own { r#type, value });
            let named = node.child_by_field_name("trait");
            // What is implemented for types of elsewhere is no edge of a definition of this file.
            let kind = match symbol {
                Some(_) => ReferenceKind::Implements,
                None => ReferenceKind::Type,
            };
            let implements =
                named.map(|named| walk.within(symbol, |walk| walk.type_as(named, kind)));
            let shape = walk.draft.shape(Shape {
                parameters: parameters.clone(),
                implements: implements.into_iter().collect(),
                ..Shape::default()
            });
            let is_parameter = walk.is_own_parameter(r#type);
            let of = if is_parameter { "*" } else { &of };
            let member = Member {
                name: match named {
                    Some(named) => {
                        let name = walk.index_name(named);
                        walk.draft.name(&name)
                    }
                    None => walk.draft.name(""),
                },
                kind: MemberKind::Property,
                symbol: None,
                r#type: Some(r#type),
                value: Some(walk.draft.value(Value::Class(shape))),
            };
            let extension = Extension {
                of: walk.draft.name(of),
                parameters: parameters.clone(),
                member,
            };
            walk.draft.facts.extensions.push(extension);
            if let Some(body) = node.child_by_field_name("body") {
                walk.members(body, shape, &parameters);
            }
        });
        self.own = outer;
    }

    fn is_own_parameter(&self, r#type: TypeId) -> bool {
        match &self.draft.facts.types[r#type.index()] {
            Type::Declared { declaration, .. } => {
                let declared = &self.draft.facts.declarations[declaration.index()];
                matches!(declared.r#type, DeclaredType::Parameter { .. })
            }
            _ => false,
        }
    }

    /// Returns the name by which what is implemented for a type is found.
    fn index_name(&self, written: Node<'_>) -> String {
        let mut node = written;
        loop {
            let inner = match node.kind() {
                "generic_type" | "reference_type" | "pointer_type" => {
                    node.child_by_field_name("type")
                }
                "dynamic_type" | "abstract_type" => node.child_by_field_name("trait"),
                "bounded_type" => children(node).first().copied(),
                "scoped_type_identifier" => node.child_by_field_name("name"),
                "array_type" => return super::type_names::SLICE.to_owned(),
                "primitive_type" => return format!("prim·{}", self.text_of(node)),
                "type_identifier" => return self.bare(node).to_owned(),
                _ => None,
            };
            match inner {
                Some(inner) => node = inner,
                None => return format!("·{}", node.kind()),
            }
        }
    }

    /// Walks the body of a trait, or of what is implemented for a type with parameters.
    fn members(&mut self, body: Node<'_>, shape: ShapeId, parameters: &[DeclarationId]) {
        let members = self.usual_first(body);
        // Types of members are known before the members that speak of them.
        for node in &members {
            let node = *node;
            match node.kind() {
                "associated_type" => self.associated_type(node, shape),
                "type_item" => self.given_type(node, shape),
                _ => {}
            }
        }
        for node in members {
            match node.kind() {
                "function_item" | "function_signature_item" => {
                    self.method(node, shape, parameters);
                }
                "const_item" => self.associated_constant(node, shape),
                "associated_type" | "type_item" => {}
                _ => self.item(node),
            }
        }
    }

    /// A type that whoever implements a trait gives: another parameter of the trait.
    fn associated_type(&mut self, node: Node<'_>, shape: ShapeId) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let mut bounds = Vec::new();
        if let Some(listed) = node.child_by_field_name("bounds") {
            self.bounds(listed, &mut bounds, ReferenceKind::Type);
        }
        let constraint = self.together(bounds);
        let declaration = self.draft.declaration();
        let declared = self.draft.declaration_mut(declaration);
        declared.r#type = DeclaredType::Parameter {
            constraint: known(constraint),
            default: None,
        };
        let r#type = self.draft.r#type(Type::Declared {
            declaration,
            path: Vec::new(),
            arguments: Vec::new(),
        });
        self.draft.shape_mut(shape).parameters.push(declaration);
        self.type_member(name, shape, r#type);
    }

    fn given_type(&mut self, node: Node<'_>, shape: ShapeId) {
        let (Some(name), Some(written)) = (
            node.child_by_field_name("name"),
            node.child_by_field_name("type"),
        ) else {
            return;
        };
        let symbol = self.symbol_at(name);
        let r#type = self.in_block(|walk| {
            walk.type_parameters(node);
            walk.within(symbol, |walk| walk.r#type(written))
        });
        self.type_member(name, shape, r#type);
    }

    fn type_member(&mut self, name: Node<'_>, shape: ShapeId, r#type: TypeId) {
        let member = Member {
            // Beside a constant of the same name.
            name: {
                let name = format!("type {}", self.bare(name));
                self.draft.name(&name)
            },
            kind: MemberKind::Property,
            symbol: self.symbol_at(name),
            r#type: known(r#type),
            value: None,
        };
        self.draft.shape_mut(shape).statics.push(member);
    }

    fn associated_constant(&mut self, node: Node<'_>, shape: ShapeId) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let symbol = self.symbol_at(name);
        let r#type = self.constant_value(node, symbol);
        let member = Member {
            name: self.name_of(name),
            kind: MemberKind::Property,
            symbol,
            r#type: known(r#type),
            value: None,
        };
        self.draft.shape_mut(shape).statics.push(member);
    }

    /// Declares the type parameters of an item in the block around it.
    pub(super) fn type_parameters(&mut self, node: Node<'_>) -> Vec<DeclarationId> {
        let listed = node.child_by_field_name("type_parameters");
        let mut declared = Vec::new();
        for parameter in listed.map_or_else(Vec::new, children) {
            if parameter.kind() != "type_parameter" {
                continue;
            }
            if let Some(name) = parameter.child_by_field_name("name") {
                let declaration = self.draft.declaration();
                // A parameter before its bounds speak of it.
                self.draft.declaration_mut(declaration).r#type = DeclaredType::Parameter {
                    constraint: None,
                    default: None,
                };
                self.scopes
                    .declare(Space::Type, self.bare(name), declaration);
                declared.push((declaration, parameter));
            }
        }
        for (declaration, parameter) in &declared {
            let mut bounds = Vec::new();
            if let Some(listed) = parameter.child_by_field_name("bounds") {
                self.bounds(listed, &mut bounds, ReferenceKind::Type);
            }
            let default = parameter.child_by_field_name("default_type");
            let default = default.map(|default| self.r#type(default));
            let constraint = self.together(bounds);
            self.draft.declaration_mut(*declaration).r#type = DeclaredType::Parameter {
                constraint: known(constraint),
                default,
            };
        }
        if let Some(clause) = child_of_kind(node, "where_clause") {
            for predicate in children(clause) {
                self.where_predicate(predicate);
            }
        }
        declared
            .into_iter()
            .map(|(declaration, _)| declaration)
            .collect()
    }

    fn where_predicate(&mut self, node: Node<'_>) {
        let (Some(left), Some(listed)) = (
            node.child_by_field_name("left"),
            node.child_by_field_name("bounds"),
        ) else {
            return;
        };
        let r#type = match left.kind() {
            "lifetime" | "higher_ranked_trait_bound" => UNKNOWN_TYPE,
            _ => self.r#type(left),
        };
        let mut bounds = Vec::new();
        self.bounds(listed, &mut bounds, ReferenceKind::Type);
        let Type::Declared { declaration, .. } = &self.draft.facts.types[r#type.index()] else {
            return;
        };
        let declaration = *declaration;
        let declared = &self.draft.facts.declarations[declaration.index()];
        let DeclaredType::Parameter {
            constraint,
            default,
        } = declared.r#type
        else {
            return;
        };
        let all: Vec<TypeId> = constraint.into_iter().chain(bounds).collect();
        let constraint = self.together(all);
        self.draft.declaration_mut(declaration).r#type = DeclaredType::Parameter {
            constraint: known(constraint),
            default,
        };
    }
}
