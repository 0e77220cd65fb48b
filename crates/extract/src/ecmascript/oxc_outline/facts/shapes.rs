//! Classes, interfaces, enums, namespaces and literals as facts.

use super::signatures::Head;
use super::*;
use oxc::ast::ast;

impl<'p> Draft<'_, 'p> {
    pub(in crate::ecmascript::oxc_outline) fn class(&mut self, class: &Class<'p>) -> ShapeId {
        let node = class.node_id.get();
        if let Some(known) = self.shapes.get(&node) {
            return *known;
        }
        let symbol = self.table.owned_by(node);
        let id = self.push_shape(Shape {
            symbol,
            ..Shape::default()
        });
        // Known before its parts are turned into facts, as they may speak of it.
        self.shapes.insert(node, id);
        let parameters = self.type_parameters(class.type_parameters.as_deref());
        let heritage = class.heritage.as_ref();
        let base = heritage.map(|heritage| self.value(&heritage.expression));
        let base_types =
            self.type_arguments(heritage.and_then(|heritage| heritage.type_arguments.as_deref()));
        let implements = class.implements.iter().map(|implemented| {
            let arguments = self.type_arguments(implemented.type_arguments.as_deref());
            self.named_type(&implemented.expression, arguments)
        });
        let implements = implements.collect();
        let shape = self.shape_mut(id);
        shape.parameters = parameters;
        shape.base = base;
        shape.base_types = base_types;
        shape.implements = implements;
        for element in &class.body.body {
            self.class_element(id, element);
        }
        let shape = self.shape_mut(id);
        name_implementations(&mut shape.members);
        name_implementations(&mut shape.statics);
        if let Some(name) = class.id.as_ref().and_then(|name| name.symbol_id.get()) {
            let declaration = self.declaration_mut(name);
            declaration.value = DeclaredValue::Static(id);
            add_instance(&mut declaration.r#type, id);
        }
        id
    }

    fn class_element(&mut self, class: ShapeId, element: &ClassElement<'p>) {
        match element {
            ClassElement::MethodDefinition(method) => self.method(class, method),
            ClassElement::PropertyDefinition(property) => {
                let side = side_of(property.r#static);
                let Some(name) = self.key(&property.key) else {
                    return;
                };
                let r#type = self
                    .annotation(property.type_annotation.as_deref())
                    .or_else(|| self.documented_type(property.span.start));
                let value = property.value.as_ref().map(|value| {
                    self.within(Instance::of_class(class, side), |draft| match r#type {
                        Some(r#type) => draft.value_at(value, Context::Typed(r#type)),
                        None => draft.value(value),
                    })
                });
                let member = Member {
                    name,
                    kind: MemberKind::Property,
                    symbol: self.table.owned_by(property.node_id.get()),
                    r#type,
                    value,
                };
                self.push_member(class, side, member);
            }
            ClassElement::AccessorProperty(property) => {
                let Some(name) = self.key(&property.key) else {
                    return;
                };
                let member = Member {
                    name,
                    kind: MemberKind::Property,
                    symbol: self.table.owned_by(property.node_id.get()),
                    r#type: self.annotation(property.type_annotation.as_deref()),
                    value: None,
                };
                self.push_member(class, side_of(property.r#static), member);
            }
            ClassElement::TSIndexSignature(signature) => {
                let r#type = self.type_of(&signature.type_annotation.type_annotation);
                self.shape_mut(class).index = Some(r#type);
            }
            ClassElement::StaticBlock(_) => {}
        }
    }

    fn method(&mut self, class: ShapeId, method: &MethodDefinition<'p>) {
        let function = self.function(&method.value, None);
        if method.kind == MethodDefinitionKind::Constructor {
            self.shape_mut(class).constructors.push(function);
            return self.parameter_properties(class, &method.value);
        }
        let Some(name) = self.key(&method.key) else {
            return;
        };
        let member = Member {
            name,
            kind: match method.kind {
                MethodDefinitionKind::Get => MemberKind::Getter,
                MethodDefinitionKind::Set => MemberKind::Setter,
                _ => MemberKind::Method,
            },
            symbol: self.table.owned_by(method.node_id.get()),
            r#type: None,
            value: Some(self.share(Value::Function(function))),
        };
        self.push_member(class, side_of(method.r#static), member);
    }

    /// `constructor(private a: A)` declares a property.
    fn parameter_properties(&mut self, class: ShapeId, constructor: &ast::Function<'p>) {
        for parameter in &constructor.params.items {
            if let (Some(symbol), BindingPattern::BindingIdentifier(name)) = (
                self.table.owned_by(parameter.node_id.get()),
                &parameter.pattern,
            ) {
                let member = Member {
                    name: self.name(name.name.as_str()),
                    kind: MemberKind::Property,
                    symbol: Some(symbol),
                    r#type: None,
                    value: name
                        .symbol_id
                        .get()
                        .map(|name| self.share(Value::Declared(declaration_of(name)))),
                };
                self.push_member(class, Side::Instance, member);
            }
        }
    }

    pub(in crate::ecmascript::oxc_outline) fn push_member(
        &mut self,
        shape: ShapeId,
        side: Side,
        member: Member,
    ) {
        let shape = self.shape_mut(shape);
        match side {
            Side::Instance => shape.members.push(member),
            Side::Static => shape.statics.push(member),
        }
    }

    fn key(&mut self, key: &PropertyKey<'p>) -> Option<NameId> {
        match key {
            PropertyKey::PrivateIdentifier(private) => {
                Some(self.name(&format!("#{}", private.name)))
            }
            _ => key.static_name().map(|name| self.name(&name)),
        }
    }

    pub(super) fn object(
        &mut self,
        object: &ObjectExpression<'p>,
        context: Option<ContextId>,
    ) -> ShapeId {
        let node = object.node_id.get();
        if let Some(known) = self.shapes.get(&node) {
            return *known;
        }
        let id = self.push_shape(Shape::default());
        self.shapes.insert(node, id);
        self.object_properties(id, object, context);
        id
    }

    pub(super) fn object_properties(
        &mut self,
        shape: ShapeId,
        object: &ObjectExpression<'p>,
        context: Option<ContextId>,
    ) {
        for property in &object.properties {
            match property {
                ObjectPropertyKind::ObjectProperty(property) => {
                    self.object_property(shape, property, context)
                }
                ObjectPropertyKind::SpreadProperty(spread) => {
                    let value = self.value(&spread.argument);
                    self.shape_mut(shape).spreads.push(value);
                }
            }
        }
    }

    fn object_property(
        &mut self,
        object: ShapeId,
        property: &ObjectProperty<'p>,
        context: Option<ContextId>,
    ) {
        let Some(name) = self.key(&property.key) else {
            return;
        };
        let value = match context {
            Some(context) => self.value_at(&property.value, Context::Member(context, name)),
            None => self.value(&property.value),
        };
        let member = Member {
            name,
            kind: match property.kind {
                PropertyKind::Get => MemberKind::Getter,
                PropertyKind::Set => MemberKind::Setter,
                PropertyKind::Init if property.method => MemberKind::Method,
                PropertyKind::Init => MemberKind::Property,
            },
            // Nothing of what only stands for something else: see `Table::defined_by`.
            symbol: self.table.defined_by(property.node_id.get()),
            r#type: None,
            value: Some(value),
        };
        self.push_member(object, Side::Instance, member);
    }

    /// An object literal that no other fact needed: only what stands in it matters.
    pub(in crate::ecmascript::oxc_outline) fn object_in_passing(
        &mut self,
        object: &ObjectExpression<'p>,
    ) -> ShapeId {
        self.object(object, None)
    }

    pub(in crate::ecmascript::oxc_outline) fn function_value(
        &mut self,
        function: &ast::Function<'p>,
    ) -> ValueId {
        let function = self.function(function, None);
        self.share(Value::Function(function))
    }

    pub(in crate::ecmascript::oxc_outline) fn class_value(&mut self, class: &Class<'p>) -> ValueId {
        let shape = self.class(class);
        self.share(Value::Class(shape))
    }

    pub(in crate::ecmascript::oxc_outline) fn object_shape(
        &self,
        object: &ObjectExpression,
    ) -> Option<ShapeId> {
        self.shapes.get(&object.node_id.get()).copied()
    }

    pub(in crate::ecmascript::oxc_outline) fn interface(
        &mut self,
        interface: &TSInterfaceDeclaration<'p>,
    ) {
        let parameters = self.type_parameters(interface.type_parameters.as_deref());
        let extends = interface.extends.iter().map(|base| {
            let arguments = self.type_arguments(base.type_arguments.as_deref());
            self.named_type(&base.type_name, arguments)
        });
        let extends = extends.collect();
        let shape = Shape {
            symbol: self.table.owned_by(interface.node_id.get()),
            parameters,
            extends,
            ..Shape::default()
        };
        let id = self.signatures(&interface.body.body, shape);
        if let Some(name) = interface.id.symbol_id.get() {
            add_instance(&mut self.declaration_mut(name).r#type, id);
        }
    }

    pub(in crate::ecmascript::oxc_outline) fn alias(&mut self, alias: &TSTypeAliasDeclaration<'p>) {
        let parameters = self.type_parameters(alias.type_parameters.as_deref());
        let r#type = self.type_of(&alias.type_annotation);
        if let Some(name) = alias.id.symbol_id.get() {
            self.declaration_mut(name).r#type = DeclaredType::Alias { parameters, r#type };
        }
    }

    /// Adds signatures to a shape and writes it down.
    pub(super) fn signatures(
        &mut self,
        signatures: &[TSSignature<'p>],
        mut shape: Shape,
    ) -> ShapeId {
        for signature in signatures {
            match signature {
                TSSignature::TSPropertySignature(property) => {
                    if let Some(name) = self.key(&property.key) {
                        let r#type = self.annotation(property.type_annotation.as_deref());
                        shape.members.push(Member {
                            name,
                            kind: MemberKind::Property,
                            symbol: self.owned_by(property.node_id.get()),
                            r#type,
                            value: None,
                        });
                    }
                }
                TSSignature::TSMethodSignature(method) => {
                    shape.members.extend(self.method_signature(method));
                }
                TSSignature::TSCallSignatureDeclaration(call) => {
                    let head = Head {
                        type_parameters: call.type_parameters.as_deref(),
                        parameters: &call.params,
                        returns: call.return_type.as_deref(),
                    };
                    shape.calls.push(self.signature(None, head));
                }
                TSSignature::TSConstructSignatureDeclaration(constructor) => {
                    let head = Head {
                        type_parameters: constructor.type_parameters.as_deref(),
                        parameters: &constructor.params,
                        returns: constructor.return_type.as_deref(),
                    };
                    shape.constructors.push(self.signature(None, head));
                }
                TSSignature::TSIndexSignature(index) => {
                    shape.index = Some(self.type_of(&index.type_annotation.type_annotation));
                }
            }
        }
        self.push_shape(shape)
    }

    fn method_signature(&mut self, method: &TSMethodSignature<'p>) -> Option<Member> {
        let name = self.key(&method.key)?;
        let head = Head {
            type_parameters: method.type_parameters.as_deref(),
            parameters: &method.params,
            returns: method.return_type.as_deref(),
        };
        let function = self.signature(None, head);
        Some(Member {
            name,
            kind: match method.kind {
                TSMethodSignatureKind::Method => MemberKind::Method,
                TSMethodSignatureKind::Get => MemberKind::Getter,
                TSMethodSignatureKind::Set => MemberKind::Setter,
            },
            symbol: self.owned_by(method.node_id.get()),
            r#type: None,
            value: Some(self.share(Value::Function(function))),
        })
    }

    pub(in crate::ecmascript::oxc_outline) fn enumeration(
        &mut self,
        declaration: &TSEnumDeclaration<'p>,
    ) {
        let members = declaration.body.members.iter().map(|member| Member {
            name: self.name(member.id.static_name().as_str()),
            kind: MemberKind::Property,
            symbol: self.table.owned_by(member.node_id.get()),
            r#type: None,
            value: None,
        });
        let statics = members.collect();
        let id = self.push_shape(Shape {
            symbol: self.table.owned_by(declaration.node_id.get()),
            statics,
            ..Shape::default()
        });
        if let Some(name) = declaration.id.symbol_id.get() {
            let declaration = self.declaration_mut(name);
            declaration.value = DeclaredValue::Static(id);
            add_instance(&mut declaration.r#type, id);
        }
    }

    /// A namespace's exports are found among the members of what its name stands for.
    pub(in crate::ecmascript::oxc_outline) fn namespace(
        &mut self,
        namespace: &TSNamespaceDeclaration<'p>,
    ) {
        let is_ambient = namespace.declare || self.is_ambient;
        let mut names: Vec<(String, SymbolId)> = Vec::new();
        match &namespace.body {
            TSNamespaceDeclarationBody::TSModuleBlock(block) => {
                for statement in &block.body {
                    names.extend(exported_names(statement, is_ambient));
                }
            }
            TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => {
                names.extend(named(&inner.id));
            }
        }
        let members = names.into_iter().map(|(name, symbol)| Member {
            name: self.name(&name),
            kind: MemberKind::Property,
            symbol: None,
            r#type: None,
            value: Some(self.share(Value::Declared(declaration_of(symbol)))),
        });
        let statics: Vec<Member> = members.collect();
        let Some(name) = namespace.id.symbol_id.get() else {
            return;
        };
        match &self.declaration_mut(name).value {
            // Merged with a class, an enum or another part of the namespace.
            DeclaredValue::Static(shape) => {
                let shape = *shape;
                self.shape_mut(shape).statics.extend(statics);
            }
            DeclaredValue::None => {
                let symbol = self.table.owned_by(namespace.node_id.get());
                let id = self.push_shape(Shape {
                    symbol,
                    statics,
                    ..Shape::default()
                });
                self.declaration_mut(name).value = DeclaredValue::Static(id);
            }
            // Merged with a function: its exports are members of the function.
            _ => self.declaration_mut(name).assigned.extend(statics),
        }
    }
}

fn exported_names(statement: &Statement, is_ambient: bool) -> Vec<(String, SymbolId)> {
    let declaration = match statement {
        Statement::ExportDeclaration(export) => Some(&export.declaration),
        // Everything in an ambient namespace is exported.
        statement if is_ambient => statement.as_declaration(),
        _ => None,
    };
    declaration.map(declared_names).unwrap_or_default()
}

/// The names that a declaration declares.
pub(in crate::ecmascript::oxc_outline) fn declared_names(
    declaration: &ast::Declaration,
) -> Vec<(String, SymbolId)> {
    use oxc::ast::ast::Declaration as D;
    let id = match declaration {
        D::VariableDeclaration(variables) => {
            let declarators = variables.declarations.iter();
            return declarators
                .flat_map(|declarator| declarator.id.get_binding_identifiers())
                .filter_map(named)
                .collect();
        }
        D::FunctionDeclaration(function) => function.id.as_ref(),
        D::ClassDeclaration(class) => class.id.as_ref(),
        D::TSTypeAliasDeclaration(alias) => Some(&alias.id),
        D::TSInterfaceDeclaration(interface) => Some(&interface.id),
        D::TSEnumDeclaration(declaration) => Some(&declaration.id),
        D::TSNamespaceDeclaration(namespace) => Some(&namespace.id),
        D::TSImportEqualsDeclaration(import) => Some(&import.id),
        _ => None,
    };
    id.and_then(named).into_iter().collect()
}

fn named(id: &BindingIdentifier) -> Option<(String, SymbolId)> {
    Some((id.name.to_string(), id.symbol_id.get()?))
}

fn side_of(is_static: bool) -> Side {
    if is_static {
        Side::Static
    } else {
        Side::Instance
    }
}

/// Declarations of one name add up.
fn add_instance(declared: &mut DeclaredType, shape: ShapeId) {
    match declared {
        DeclaredType::Instance(shapes) => shapes.push(shape),
        _ => *declared = DeclaredType::Instance(vec![shape]),
    }
}

/// The overloads of a method lead to its implementation, which comes last.
fn name_implementations(members: &mut [Member]) {
    let mut later: FxHashMap<NameId, u32> = FxHashMap::default();
    for member in members.iter_mut().rev() {
        if let (MemberKind::Method, Some(symbol)) = (member.kind, member.symbol) {
            member.symbol = Some(*later.entry(member.name).or_insert(symbol));
        }
    }
}
