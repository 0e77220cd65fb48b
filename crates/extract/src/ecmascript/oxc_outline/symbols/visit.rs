//! Which node declares what.

use super::*;

impl<'p> Visit<'p> for Declare<'p> {
    fn enter_node(&mut self, kind: AstKind<'p>) {
        if let Some(symbol) = self.table.owned_by(kind.node_id()) {
            self.parents.push(symbol);
        }
    }

    fn leave_node(&mut self, kind: AstKind<'p>) {
        if self.table.owned_by(kind.node_id()).is_some() {
            self.parents.pop();
        }
    }

    fn enter_scope(&mut self, _flags: ScopeFlags, _scope_id: &Cell<Option<ScopeId>>) {
        self.n_scopes += 1;
    }

    fn leave_scope(&mut self) {
        self.n_scopes -= 1;
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'p>) {
        // The leftmost name, so that `it.each(table)(name, body)` and `describe.only` count.
        let is_test_call =
            leftmost_name(&call.callee).is_some_and(|name| TEST_CALLS.contains(&name));
        self.n_test_calls += u32::from(is_test_call);
        walk::walk_call_expression(self, call);
        self.n_test_calls -= u32::from(is_test_call);
    }

    fn visit_export_declaration(&mut self, export: &ExportDeclaration<'p>) {
        self.outer = Some(Outer {
            span: export.span,
            is_exported: true,
        });
        walk::walk_export_declaration(self, export);
        self.outer = None;
    }

    fn visit_export_named_declaration(&mut self, export: &ExportNamedDeclaration<'p>) {
        for specifier in &export.specifiers {
            if let ModuleExportName::IdentifierReference(name) = &specifier.local {
                self.export_name(name);
            }
        }
    }

    fn visit_ts_export_assignment(&mut self, export: &TSExportAssignment<'p>) {
        self.export_value(&export.expression);
        walk::walk_ts_export_assignment(self, export);
    }

    fn visit_export_default_declaration(&mut self, export: &ExportDefaultDeclaration<'p>) {
        if let Some(expression) = export.declaration.as_expression() {
            match expression {
                Expression::Identifier(name) => self.export_name(name),
                _ => {
                    self.note_object(expression);
                    self.declare_default(export, expression);
                }
            }
        } else {
            self.outer = Some(Outer {
                span: export.span,
                is_exported: true,
            });
        }
        walk::walk_export_default_declaration(self, export);
        self.outer = None;
    }

    fn visit_variable_declaration(&mut self, declaration: &VariableDeclaration<'p>) {
        let outer = self.take_outer(declaration.span);
        for declarator in &declaration.declarations {
            // A lone declarator's chunk begins at `export const`; several in a statement would all
            // claim the same text.
            let span = if declaration.declarations.len() == 1 {
                outer.span
            } else {
                declarator.span
            };
            self.declare_variable(declarator, Outer { span, ..outer });
            self.visit_variable_declarator(declarator);
        }
    }

    fn visit_function(&mut self, function: &Function<'p>, flags: ScopeFlags) {
        let outer = self.take_outer(function.span);
        let head = Span::new(
            outer.span.start,
            body_start(function).unwrap_or(outer.span.end),
        );
        let definition = |name, name_at| Definition {
            kind: SymbolKind::Function,
            name,
            name_at,
            span: outer.span,
            head,
            node: function.node_id.get(),
            flags: Flags {
                is_exported: outer.is_exported,
                is_async: function.r#async,
                ..Flags::default()
            },
        };
        match &function.id {
            // Its place named it already.
            Some(_) if self.handled.contains(&function.node_id.get()) => {}
            Some(id) => {
                let meaning = if function.body.is_some() {
                    Meaning::Value
                } else {
                    // A declaration without a body must not take the name from the implementation
                    // that follows.
                    Meaning::Overload
                };
                self.declare_binding(id, definition(id.name.as_str(), id.span.start), meaning);
            }
            None if outer.is_exported => {
                self.declare(definition("default", outer.span.start));
            }
            None => {}
        }
        let is_method = std::mem::take(&mut self.is_method);
        if !is_method {
            self.begin_fields_of_maker(function);
        }
        walk::walk_function(self, function, flags);
        if !is_method {
            self.fields.pop();
        }
    }

    fn visit_class(&mut self, class: &Class<'p>) {
        let outer = self.take_outer(class.span);
        let start = head_start(&class.decorators, self.lines.text(), outer.span.start)
            .unwrap_or(outer.span.start);
        let definition = |name, name_at| Definition {
            kind: SymbolKind::Class,
            name,
            name_at,
            span: outer.span,
            head: Span::new(start, class.body.span.start),
            node: class.node_id.get(),
            flags: Flags {
                is_exported: outer.is_exported,
                ..Flags::default()
            },
        };
        match &class.id {
            Some(id) => {
                self.declare_binding(
                    id,
                    definition(id.name.as_str(), id.span.start),
                    Meaning::Both,
                );
            }
            None if outer.is_exported => {
                self.declare(definition("default", outer.span.start));
            }
            None => {}
        }
        self.begin_fields(class);
        walk::walk_class(self, class);
        self.fields.pop();
    }

    fn visit_method_definition(&mut self, method: &MethodDefinition<'p>) {
        let symbol = self.declare_member(Member {
            kind: match method.kind {
                MethodDefinitionKind::Constructor => SymbolKind::Constructor,
                MethodDefinitionKind::Method => SymbolKind::Method,
                MethodDefinitionKind::Get => SymbolKind::Getter,
                MethodDefinitionKind::Set => SymbolKind::Setter,
            },
            key: &method.key,
            span: method.span,
            head_start: head_start(&method.decorators, self.lines.text(), method.span.start),
            body_start: body_start(&method.value),
            node: method.node_id.get(),
            flags: Flags {
                is_static: method.r#static,
                is_async: method.value.r#async,
                ..Flags::default()
            },
        });
        if let Some(symbol) = symbol {
            self.table.set_callable(method.value.node_id.get(), symbol);
        }
        // In a static method `this` is the class, and what is assigned to it is no field of
        // instances.
        self.is_method = !method.r#static;
        walk::walk_method_definition(self, method);
    }

    fn visit_property_definition(&mut self, property: &PropertyDefinition<'p>) {
        let function = property.value.as_ref().and_then(callable);
        let symbol = self.declare_member(Member {
            kind: if function.is_some() {
                SymbolKind::Method
            } else {
                SymbolKind::Property
            },
            key: &property.key,
            span: property.span,
            head_start: head_start(&property.decorators, self.lines.text(), property.span.start),
            body_start: function.map(|function| function.body_start),
            node: property.node_id.get(),
            flags: Flags {
                is_static: property.r#static,
                is_async: function.is_some_and(|function| function.is_async),
                ..Flags::default()
            },
        });
        self.bind_callable(function, symbol);
        walk::walk_property_definition(self, property);
    }

    fn visit_accessor_property(&mut self, property: &AccessorProperty<'p>) {
        self.declare_member(Member {
            kind: SymbolKind::Property,
            key: &property.key,
            span: property.span,
            head_start: head_start(&property.decorators, self.lines.text(), property.span.start),
            body_start: None,
            node: property.node_id.get(),
            flags: Flags {
                is_static: property.r#static,
                ..Flags::default()
            },
        });
        walk::walk_accessor_property(self, property);
    }

    fn visit_formal_parameter(&mut self, parameter: &FormalParameter<'p>) {
        let is_property =
            parameter.accessibility.is_some() || parameter.readonly || parameter.r#override;
        if let (true, BindingPattern::BindingIdentifier(id)) = (is_property, &parameter.pattern) {
            // `constructor(private a: A)` declares a property of the class around the constructor.
            let constructor = self.parents.pop();
            self.declare(Definition {
                kind: SymbolKind::Property,
                name: id.name.as_str(),
                name_at: id.span.start,
                span: parameter.span,
                head: parameter.span,
                node: parameter.node_id.get(),
                flags: Flags::default(),
            });
            self.parents.extend(constructor);
        }
        walk::walk_formal_parameter(self, parameter);
    }

    fn visit_object_expression(&mut self, object: &ObjectExpression<'p>) {
        let is_held = self.objects.contains(&object.node_id.get());
        let outer = std::mem::replace(&mut self.is_in_object, is_held);
        walk::walk_object_expression(self, object);
        self.is_in_object = outer;
    }

    fn visit_object_property(&mut self, property: &ObjectProperty<'p>) {
        let function = callable(&property.value);
        let kind = match property.kind {
            PropertyKind::Get => Some(SymbolKind::Getter),
            PropertyKind::Set => Some(SymbolKind::Setter),
            PropertyKind::Init => function.map(|_| SymbolKind::Method),
        };
        if let Some(kind) = kind {
            let symbol = self.declare_member(Member {
                kind,
                key: &property.key,
                span: property.span,
                head_start: None,
                body_start: function.map(|function| function.body_start),
                node: property.node_id.get(),
                flags: Flags {
                    is_async: function.is_some_and(|function| function.is_async),
                    ..Flags::default()
                },
            });
            self.bind_callable(function, symbol);
        } else {
            self.declare_property(property);
        }
        walk::walk_object_property(self, property);
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'p>) {
        self.declare_assignment(assignment);
        self.declare_field(assignment);
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_ts_interface_declaration(&mut self, interface: &TSInterfaceDeclaration<'p>) {
        let body = interface.body.span.start;
        let node = interface.node_id.get();
        self.declare_type(
            &interface.id,
            SymbolKind::Interface,
            (interface.span, Some(body), node),
            Meaning::Type,
        );
        walk::walk_ts_interface_declaration(self, interface);
    }

    fn visit_ts_type_alias_declaration(&mut self, alias: &TSTypeAliasDeclaration<'p>) {
        self.declare_type(
            &alias.id,
            SymbolKind::Type,
            (alias.span, None, alias.node_id.get()),
            Meaning::Type,
        );
        walk::walk_ts_type_alias_declaration(self, alias);
    }

    fn visit_ts_enum_declaration(&mut self, declaration: &TSEnumDeclaration<'p>) {
        let body = declaration.body.span.start;
        let node = declaration.node_id.get();
        self.declare_type(
            &declaration.id,
            SymbolKind::Enum,
            (declaration.span, Some(body), node),
            Meaning::Both,
        );
        walk::walk_ts_enum_declaration(self, declaration);
    }

    fn visit_ts_namespace_declaration(&mut self, namespace: &TSNamespaceDeclaration<'p>) {
        let body = match &namespace.body {
            TSNamespaceDeclarationBody::TSModuleBlock(block) => Some(block.span.start),
            TSNamespaceDeclarationBody::TSNamespaceDeclaration(_) => None,
        };
        let node = namespace.node_id.get();
        self.declare_type(
            &namespace.id,
            SymbolKind::Namespace,
            (namespace.span, body, node),
            Meaning::Both,
        );
        self.n_namespaces += 1;
        walk::walk_ts_namespace_declaration(self, namespace);
        self.n_namespaces -= 1;
    }

    fn visit_ts_external_module_declaration(&mut self, module: &TSExternalModuleDeclaration<'p>) {
        let body = module.body.as_ref().map(|body| body.span.start);
        self.declare_ambient(
            module.id.value.as_str(),
            module.id.span.start,
            (module.span, body, module.node_id.get()),
        );
        self.n_namespaces += 1;
        walk::walk_ts_external_module_declaration(self, module);
        self.n_namespaces -= 1;
    }

    fn visit_ts_global_declaration(&mut self, global: &TSGlobalDeclaration<'p>) {
        let body = Some(global.body.span.start);
        self.declare_ambient(
            "global",
            global.global_span.start,
            (global.span, body, global.node_id.get()),
        );
        self.n_namespaces += 1;
        walk::walk_ts_global_declaration(self, global);
        self.n_namespaces -= 1;
    }

    fn visit_ts_enum_member(&mut self, member: &TSEnumMember<'p>) {
        let name = member.id.static_name();
        self.declare(Definition {
            kind: SymbolKind::EnumMember,
            name: name.as_str(),
            name_at: member.id.span().start,
            span: member.span,
            head: member.span,
            node: member.node_id.get(),
            flags: Flags::default(),
        });
        walk::walk_ts_enum_member(self, member);
    }

    fn visit_ts_property_signature(&mut self, property: &TSPropertySignature<'p>) {
        self.declare_signature(
            SymbolKind::Property,
            &property.key,
            property.span,
            property.node_id.get(),
        );
        walk::walk_ts_property_signature(self, property);
    }

    fn visit_ts_method_signature(&mut self, method: &TSMethodSignature<'p>) {
        let kind = match method.kind {
            TSMethodSignatureKind::Method => SymbolKind::Method,
            TSMethodSignatureKind::Get => SymbolKind::Getter,
            TSMethodSignatureKind::Set => SymbolKind::Setter,
        };
        self.declare_signature(kind, &method.key, method.span, method.node_id.get());
        walk::walk_ts_method_signature(self, method);
    }
}

impl<'p> Declare<'p> {
    fn declare_default(
        &mut self,
        export: &ExportDefaultDeclaration<'p>,
        expression: &Expression<'p>,
    ) {
        let function = callable(expression);
        let class = anonymous_class(expression);
        let body_start = function
            .map(|function| function.body_start)
            .or(class.map(|class| class.body.span.start));
        let symbol = self.declare(Definition {
            kind: match (function, class) {
                (Some(_), _) => SymbolKind::Function,
                (None, Some(_)) => SymbolKind::Class,
                (None, None) => SymbolKind::Variable,
            },
            name: "default",
            name_at: export.span.start,
            span: export.span,
            head: Span::new(export.span.start, body_start.unwrap_or(export.span.end)),
            node: export.node_id.get(),
            flags: Flags {
                is_exported: true,
                is_async: function.is_some_and(|function| function.is_async),
                ..Flags::default()
            },
        });
        self.bind_callable(function, Some(symbol));
    }

    fn declare_type(
        &mut self,
        id: &BindingIdentifier<'p>,
        kind: SymbolKind,
        (span, body_start, node): (Span, Option<u32>, NodeId),
        meaning: Meaning,
    ) {
        let outer = self.take_outer(span);
        let definition = Definition {
            kind,
            name: id.name.as_str(),
            name_at: id.span.start,
            span: outer.span,
            head: Span::new(outer.span.start, body_start.unwrap_or(outer.span.end)),
            node,
            flags: Flags {
                is_exported: outer.is_exported,
                ..Flags::default()
            },
        };
        self.declare_binding(id, definition, meaning);
    }

    fn declare_ambient(
        &mut self,
        name: &str,
        name_at: u32,
        (span, body_start, node): (Span, Option<u32>, NodeId),
    ) {
        let outer = self.take_outer(span);
        self.declare(Definition {
            kind: SymbolKind::Namespace,
            name,
            name_at,
            span: outer.span,
            head: Span::new(outer.span.start, body_start.unwrap_or(outer.span.end)),
            node,
            flags: Flags::default(),
        });
    }

    fn declare_signature(
        &mut self,
        kind: SymbolKind,
        key: &PropertyKey<'p>,
        span: Span,
        node: NodeId,
    ) {
        self.declare_member(Member {
            kind,
            key,
            span,
            head_start: None,
            body_start: None,
            node,
            flags: Flags::default(),
        });
    }
}
