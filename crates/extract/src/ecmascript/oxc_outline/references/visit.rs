//! Which node uses what.

use super::*;

impl<'p> Visit<'p> for Collect<'_, 'p> {
    fn enter_node(&mut self, kind: AstKind<'p>) {
        if let Some(symbol) = self.draft.table.owned_by(kind.node_id()) {
            self.owners.push(symbol);
        }
    }

    fn leave_node(&mut self, kind: AstKind<'p>) {
        if self.draft.table.owned_by(kind.node_id()).is_some() {
            self.owners.pop();
        }
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'p>) {
        if let Some(specifier) = self.draft.table.required_by(call) {
            // A `require` whose names were bound by a declaration is written down there, under each
            // of its names.
            if !self.handled.contains(&call.node_id.get()) {
                let at = call.arguments[0].span().start;
                self.module(ReferenceKind::Require, "", at, specifier, "*");
            }
        } else {
            self.draft.call(call);
            self.value(ReferenceKind::Call, &call.callee);
            self.exporting_call(call);
            self.prototype_call(call);
            self.expect_member_call(&call.callee);
        }
        self.expect_arguments(&call.arguments);
        walk::walk_call_expression(self, call);
    }

    fn visit_if_statement(&mut self, statement: &IfStatement<'p>) {
        self.branch(statement);
    }

    fn visit_statements(&mut self, statements: &oxc::allocator::ArenaVec<'p, Statement<'p>>) {
        self.block(statements);
    }

    fn visit_switch_statement(&mut self, switch: &SwitchStatement<'p>) {
        self.switch(switch);
    }

    fn visit_conditional_expression(&mut self, choice: &ConditionalExpression<'p>) {
        self.visit_expression(&choice.test);
        self.visit_where(&choice.test, true, &choice.consequent);
        self.visit_where(&choice.test, false, &choice.alternate);
    }

    fn visit_logical_expression(&mut self, logical: &LogicalExpression<'p>) {
        self.visit_expression(&logical.left);
        match logical.operator {
            LogicalOperator::And => self.visit_where(&logical.left, true, &logical.right),
            LogicalOperator::Or => self.visit_where(&logical.left, false, &logical.right),
            // `??` asks about `null` only, which narrows no type that is kept here.
            LogicalOperator::Coalesce => self.visit_expression(&logical.right),
        }
    }

    fn visit_tagged_template_expression(&mut self, template: &TaggedTemplateExpression<'p>) {
        self.value(ReferenceKind::TaggedTemplate, &template.tag);
        walk::walk_tagged_template_expression(self, template);
    }

    fn visit_decorator(&mut self, decorator: &Decorator<'p>) {
        match &decorator.expression {
            // `@Injectable()`: what is applied is the factory's result, but whoever reads asks who
            // uses the factory. One reference, not a call and a decorator.
            Expression::CallExpression(call) => {
                self.draft.call(call);
                self.value(ReferenceKind::Decorator, &call.callee);
                self.expect_arguments(&call.arguments);
                walk::walk_call_expression(self, call);
            }
            expression => {
                self.value(ReferenceKind::Decorator, expression);
                walk::walk_decorator(self, decorator);
            }
        }
    }

    fn visit_new_expression(&mut self, new: &NewExpression<'p>) {
        self.draft.new_instance(new);
        self.value(ReferenceKind::New, &new.callee);
        self.expect_arguments(&new.arguments);
        walk::walk_new_expression(self, new);
    }

    fn visit_jsx_opening_element(&mut self, element: &JSXOpeningElement<'p>) {
        match &element.name {
            JSXElementName::IdentifierReference(name) => {
                let target = Target::Value(self.draft.identifier(name));
                self.push(
                    ReferenceKind::Jsx,
                    name.name.as_str(),
                    name.span.start,
                    target,
                );
            }
            JSXElementName::MemberExpression(member) => {
                let object = self.jsx_object(&member.object);
                let name = &member.property;
                let target = Target::Value(self.draft.member(object, name.name.as_str()));
                self.push(
                    ReferenceKind::Jsx,
                    name.name.as_str(),
                    name.span.start,
                    target,
                );
            }
            // `<div>` and `<svg:a>` name elements of the platform.
            _ => {}
        }
        walk::walk_jsx_opening_element(self, element);
    }

    fn visit_jsx_closing_element(&mut self, _: &JSXClosingElement<'p>) {}

    /// The element's own name was written down; what stands before a dot is used like any other value.
    fn visit_jsx_element_name(&mut self, name: &JSXElementName<'p>) {
        if let JSXElementName::MemberExpression(member) = name {
            walk::walk_jsx_member_expression(self, member);
        }
    }

    fn visit_jsx_attribute(&mut self, attribute: &JSXAttribute<'p>) {
        if let Some(JSXAttributeValue::ExpressionContainer(container)) = &attribute.value
            && let Some(expression) = container.expression.as_expression()
        {
            self.expect(expression, ReferenceKind::JsxAttribute);
        }
        walk::walk_jsx_attribute(self, attribute);
    }

    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'p>) {
        if let Some(kind) = self.use_of(name.node_id.get())
            && self.is_definition(name)
        {
            let target = Target::Value(self.draft.identifier(name));
            self.push(kind, name.name.as_str(), name.span.start, target);
        }
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'p>) {
        if let Some(kind) = self.use_of(member.node_id.get())
            && !self.is_of_platform(&member.object)
        {
            self.static_member(kind, member);
        }
        walk::walk_static_member_expression(self, member);
    }

    fn visit_private_field_expression(&mut self, member: &PrivateFieldExpression<'p>) {
        if let Some(kind) = self.use_of(member.node_id.get()) {
            self.private_member(kind, member);
        }
        walk::walk_private_field_expression(self, member);
    }

    fn visit_computed_member_expression(&mut self, member: &ComputedMemberExpression<'p>) {
        if let Some(kind) = self.use_of(member.node_id.get())
            && !self.is_of_platform(&member.object)
        {
            self.computed_member(kind, member);
        }
        walk::walk_computed_member_expression(self, member);
    }

    /// Names of types are written down by what holds them.
    fn visit_ts_type_name(&mut self, _: &TSTypeName<'p>) {}

    fn visit_array_expression(&mut self, array: &ArrayExpression<'p>) {
        let elements = array.elements.iter();
        for element in elements.filter_map(ArrayExpressionElement::as_expression) {
            self.expect(element, ReferenceKind::Element);
        }
        walk::walk_array_expression(self, array);
    }

    fn visit_object_property(&mut self, property: &ObjectProperty<'p>) {
        let kind = match property.shorthand {
            true => ReferenceKind::Shorthand,
            false => ReferenceKind::Assigned,
        };
        self.expect(&property.value, kind);
        walk::walk_object_property(self, property);
    }

    fn visit_formal_parameter(&mut self, parameter: &FormalParameter<'p>) {
        if let Some(default) = &parameter.initializer {
            self.expect(default, ReferenceKind::Default);
        }
        walk::walk_formal_parameter(self, parameter);
    }

    fn visit_assignment_pattern(&mut self, pattern: &AssignmentPattern<'p>) {
        self.expect(&pattern.right, ReferenceKind::Default);
        walk::walk_assignment_pattern(self, pattern);
    }

    fn visit_binding_property(&mut self, property: &BindingProperty<'p>) {
        self.destructured(property);
        walk::walk_binding_property(self, property);
    }

    fn visit_update_expression(&mut self, update: &UpdateExpression<'p>) {
        self.expect_written(&update.argument);
        walk::walk_update_expression(self, update);
    }

    fn visit_class(&mut self, class: &Class<'p>) {
        let shape = self.draft.class(class);
        let owner = self.draft.table.owned_by(class.node_id.get());
        if owner.is_none() {
            self.draft.shape_mut(shape).symbol = self.class_symbol(class);
        }
        // What a class extends and implements is said by the class itself, and `walk_class` enters
        // the node only afterwards.
        self.owners.extend(owner);
        if let Some(heritage) = &class.heritage {
            self.value(ReferenceKind::Extends, &heritage.expression);
        }
        for implemented in &class.implements {
            self.type_name(ReferenceKind::Implements, &implemented.expression);
        }
        if owner.is_some() {
            self.owners.pop();
        }
        self.within(Instance::of_class(shape, Side::Instance), |walk| {
            walk::walk_class(walk, class)
        });
    }

    fn visit_static_block(&mut self, block: &StaticBlock<'p>) {
        let instance = self.static_side();
        self.within(instance, |walk| walk::walk_static_block(walk, block));
    }

    fn visit_property_definition(&mut self, property: &PropertyDefinition<'p>) {
        let instance = match property.r#static {
            true => self.static_side(),
            false => self.draft.instance,
        };
        if let Some(value) = &property.value {
            self.expect(value, ReferenceKind::Assigned);
        }
        self.within(instance, |walk| {
            walk::walk_property_definition(walk, property)
        });
    }

    fn visit_method_definition(&mut self, method: &MethodDefinition<'p>) {
        let instance = match method.r#static {
            true => self.static_side(),
            false => self.draft.instance,
        };
        self.within(instance, |walk| {
            // A method is a function expression below its key; only this function takes the class's
            // `this`, functions inside of it have their own.
            walk.next_this = Some(instance);
            walk::walk_method_definition(walk, method);
            walk.next_this = None;
        });
    }

    fn visit_object_expression(&mut self, object: &ObjectExpression<'p>) {
        // Also an object that nobody names has a shape: calls of its methods through `this` resolve
        // within it.
        if self.draft.object_shape(object).is_none() {
            let _shape = self.draft.object_in_passing(object);
        }
        let Some(shape) = self.draft.owner_of_this(object) else {
            return;
        };
        for property in &object.properties {
            match property {
                ObjectPropertyKind::ObjectProperty(property)
                    if matches!(property.value, Expression::FunctionExpression(_)) =>
                {
                    let this = Instance::outside_of_classes(This::Of(shape, Side::Instance));
                    self.within(this, |walk| {
                        walk.next_this = Some(this);
                        walk.visit_object_property(property);
                        walk.next_this = None;
                    });
                }
                property => self.visit_object_property_kind(property),
            }
        }
    }

    fn visit_function(&mut self, function: &Function<'p>, flags: ScopeFlags) {
        let fact = self.draft.function(function, None);
        if let Some(name) = function.id.as_ref().and_then(|id| id.symbol_id.get()) {
            self.draft.declare_function(name, fact);
        }
        let instance = self.next_this.take().unwrap_or_else(|| {
            let this = match self.is_javascript {
                // Before classes, JavaScript made instances by functions, and nothing marks such a
                // function; in TypeScript `this` would have to be declared.
                true => This::Made(fact),
                false => This::Unknown,
            };
            Instance::outside_of_classes(this)
        });
        self.within(instance, |walk| {
            walk.within_function(fact, |walk| walk::walk_function(walk, function, flags))
        });
    }

    fn visit_arrow_function_expression(&mut self, arrow: &ArrowFunctionExpression<'p>) {
        let fact = self.draft.arrow(arrow, None);
        self.within_function(fact, |walk| {
            if let Some(expression) = arrow.body.as_expression() {
                walk.expect(expression, ReferenceKind::Returned);
                walk.returned(expression);
            }
            walk::walk_arrow_function_expression(walk, arrow);
        });
    }

    fn visit_return_statement(&mut self, statement: &ReturnStatement<'p>) {
        if let Some(argument) = &statement.argument {
            self.expect(argument, ReferenceKind::Returned);
            self.returned(argument);
        }
        walk::walk_return_statement(self, statement);
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'p>) {
        self.draft.declare_variable(declarator);
        self.required_names(declarator);
        self.exported_variable(declarator);
        if let (Some(init), BindingPattern::BindingIdentifier(_)) =
            (&declarator.init, &declarator.id)
        {
            self.expect(init, ReferenceKind::Alias);
        }
        walk::walk_variable_declarator(self, declarator);
    }

    fn visit_for_of_statement(&mut self, statement: &ForOfStatement<'p>) {
        // `for (x of xs)` without a declaration assigns a name that has a type already.
        if let ForStatementLeft::VariableDeclaration(variables) = &statement.left {
            let iterated = self.draft.value(&statement.right);
            let element = self.draft.iterated(iterated);
            for declarator in &variables.declarations {
                self.draft.declare_pattern(&declarator.id, element);
            }
        }
        walk::walk_for_of_statement(self, statement);
    }

    fn visit_ts_interface_declaration(&mut self, interface: &TSInterfaceDeclaration<'p>) {
        self.draft.interface(interface);
        let symbol = self.draft.table.owned_by(interface.node_id.get());
        self.owners.extend(symbol);
        for base in &interface.extends {
            self.type_name(ReferenceKind::Extends, &base.type_name);
        }
        if symbol.is_some() {
            self.owners.pop();
        }
        walk::walk_ts_interface_declaration(self, interface);
    }

    fn visit_ts_type_alias_declaration(&mut self, alias: &TSTypeAliasDeclaration<'p>) {
        self.draft.alias(alias);
        walk::walk_ts_type_alias_declaration(self, alias);
    }

    fn visit_ts_enum_declaration(&mut self, declaration: &TSEnumDeclaration<'p>) {
        self.draft.enumeration(declaration);
        walk::walk_ts_enum_declaration(self, declaration);
    }

    fn visit_ts_namespace_declaration(&mut self, namespace: &TSNamespaceDeclaration<'p>) {
        self.draft.namespace(namespace);
        let outer = self.draft.enter_namespace(&namespace.id);
        let is_ambient = namespace.declare || self.draft.is_ambient;
        self.within_ambient(is_ambient, |walk| {
            walk::walk_ts_namespace_declaration(walk, namespace);
        });
        self.draft.leave_namespaces(outer);
    }

    fn visit_ts_global_declaration(&mut self, global: &TSGlobalDeclaration<'p>) {
        self.global(&global.body);
        // `declare global` may only augment: nothing in it has a body, whether or not `declare`
        // stands before it.
        self.within_ambient(true, |walk| {
            walk::walk_ts_global_declaration(walk, global);
        });
    }

    fn visit_ts_external_module_declaration(&mut self, module: &TSExternalModuleDeclaration<'p>) {
        if let Some(body) = &module.body {
            self.augment(module.id.value.as_str(), body);
        }
        self.within_ambient(true, |walk| {
            walk::walk_ts_external_module_declaration(walk, module);
        });
    }

    fn visit_ts_type_reference(&mut self, reference: &TSTypeReference<'p>) {
        self.type_name(ReferenceKind::Type, &reference.type_name);
        walk::walk_ts_type_reference(self, reference);
    }

    fn visit_ts_type_query(&mut self, query: &TSTypeQuery<'p>) {
        if let Some(name) = query.expr_name.as_ts_type_name() {
            let (text, at) = match name {
                TSTypeName::IdentifierReference(name) => (name.name.as_str(), name.span.start),
                TSTypeName::QualifiedName(name) => {
                    (name.right.name.as_str(), name.right.span.start)
                }
                TSTypeName::ThisExpression(_) => return,
            };
            let target = Target::Value(self.draft.type_name_as_value(name));
            self.push(ReferenceKind::Type, text, at, target);
        }
        walk::walk_ts_type_query(self, query);
    }

    fn visit_ts_import_type(&mut self, import: &TSImportType<'p>) {
        let names = import
            .qualifier
            .as_ref()
            .map(super::super::facts::qualifier_names)
            .unwrap_or_default();
        let specifier = import.source.value.as_str();
        let (first, at) = names
            .first()
            .copied()
            .unwrap_or(("*", import.source.span.start));
        // `import("a").B.C` imports `B`; that `C` is a member of it is known only once `B` is
        // resolved.
        self.module(ReferenceKind::ImportType, first, at, specifier, first);
        if let Some((last, at)) = names.get(1..).and_then(<[_]>::last) {
            let target = Target::Type(self.draft.import_type_id(import));
            self.push(ReferenceKind::Type, last, *at, target);
        }
        walk::walk_ts_import_type(self, import);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'p>) {
        if let Expression::StringLiteral(literal) = &import.source {
            let (at, specifier) = (literal.span.start, literal.value.as_str());
            self.module(ReferenceKind::DynamicImport, "", at, specifier, "*");
        }
        walk::walk_import_expression(self, import);
    }

    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'p>) {
        let specifier = import.source.value.as_str();
        let imported = import
            .specifiers
            .as_ref()
            .map_or(&[][..], |specifiers| specifiers.as_slice());
        // `import "a"` runs the module and takes no name, yet the file depends on it.
        if imported.is_empty() {
            let at = import.source.span.start;
            self.module(ReferenceKind::Import, "", at, specifier, "");
        }
        for imported in imported {
            let (local, exported, is_type) = match imported {
                ImportDeclarationSpecifier::ImportSpecifier(named) => (
                    &named.local,
                    named.imported.name().as_str(),
                    named.import_kind.is_type(),
                ),
                ImportDeclarationSpecifier::ImportDefaultSpecifier(default) => {
                    (&default.local, "default", false)
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(namespace) => {
                    (&namespace.local, "*", false)
                }
            };
            self.draft.declare_import(local, specifier, exported);
            // Compilers drop an import that only types use, with or without `type` before it, so
            // that the running program does not depend on it.
            let is_type =
                is_type || import.import_kind.is_type() || self.is_used_as_type_only(local);
            let kind = match is_type {
                true => ReferenceKind::TypeImport,
                false => ReferenceKind::Import,
            };
            let (name, at) = (local.name.as_str(), local.span.start);
            self.module(kind, name, at, specifier, exported);
        }
    }

    fn visit_ts_import_equals_declaration(&mut self, import: &TSImportEqualsDeclaration<'p>) {
        let local = &import.id;
        match &import.module_reference {
            TSModuleReference::ExternalModuleReference(module) => {
                let specifier = module.expression.value.as_str();
                self.draft.declare_import(local, specifier, "*");
                let (name, at) = (local.name.as_str(), local.span.start);
                self.module(ReferenceKind::Require, name, at, specifier, "*");
            }
            TSModuleReference::IdentifierReference(name) => {
                let value = self.draft.identifier(name);
                self.draft.declare_alias(local, value);
            }
            TSModuleReference::QualifiedName(name) => {
                let object = self.draft.type_name_as_value(&name.left);
                let value = self.draft.member(object, name.right.name.as_str());
                self.draft.declare_alias(local, value);
            }
        }
    }

    fn visit_export_from_declaration(&mut self, export: &ExportFromDeclaration<'p>) {
        let specifier = export.source.value.as_str();
        if export.specifiers.is_empty() {
            let at = export.source.span.start;
            self.module(ReferenceKind::Import, "", at, specifier, "");
        }
        for name in &export.specifiers {
            let (exported, local) = (name.exported.name(), name.local.name());
            let at = name.exported.span().start;
            let (exported, local) = (exported.as_str(), local.as_str());
            let is_type = export.export_kind.is_type() || name.export_kind.is_type();
            self.module(re_export(is_type), exported, at, specifier, local);
            // The definition itself is used as well: without this reference, what a barrel alone
            // exports would count as unused.
            if !is_type {
                let target = Target::Value(self.draft.module_member(specifier, local));
                let at = name.local.span().start;
                self.push(ReferenceKind::Exported, local, at, target);
            }
            let target = ExportTarget::Module {
                specifier: self.draft.name(specifier),
                name: self.draft.name(local),
            };
            self.draft.export(exported, target);
        }
    }

    fn visit_export_all_declaration(&mut self, export: &ExportAllDeclaration<'p>) {
        let specifier = export.source.value.as_str();
        let specifier_name = self.draft.name(specifier);
        // `export * as a` is one export with a name; `export *` passes on names that only the other
        // file knows.
        let (exported, at) = match &export.exported {
            Some(name) => {
                let target = ExportTarget::Module {
                    specifier: specifier_name,
                    name: self.draft.name("*"),
                };
                self.draft.export(name.name().as_str(), target);
                (name.name().to_string(), name.span().start)
            }
            None => {
                self.draft.facts.stars.push(specifier_name);
                ("*".to_owned(), export.source.span.start)
            }
        };
        let kind = re_export(export.export_kind.is_type());
        self.module(kind, &exported, at, specifier, "*");
    }

    fn visit_export_named_declaration(&mut self, export: &ExportNamedDeclaration<'p>) {
        for specifier in &export.specifiers {
            if let ModuleExportName::IdentifierReference(name) = &specifier.local {
                let exported = specifier.exported.name();
                let target = Target::Value(self.draft.identifier(name));
                let at = specifier.exported.span().start;
                self.push(ReferenceKind::ReExport, exported.as_str(), at, target);
                let local = self.draft.table.declared(name);
                self.draft.export_name(exported.as_str(), local);
            }
        }
    }

    fn visit_export_declaration(&mut self, export: &ExportDeclaration<'p>) {
        // Inside a namespace, `export` is the namespace's.
        if self.draft.table.is_module_level(&self.owners) {
            for (name, symbol) in declared_names(&export.declaration) {
                self.draft.export_name(&name, Some(symbol));
            }
        }
        walk::walk_export_declaration(self, export);
    }

    fn visit_export_default_declaration(&mut self, export: &ExportDefaultDeclaration<'p>) {
        use ExportDefaultDeclarationKind as Kind;
        let (id, node) = match &export.declaration {
            Kind::FunctionDeclaration(function) => (function.id.as_ref(), function.node_id.get()),
            Kind::ClassDeclaration(class) => (class.id.as_ref(), class.node_id.get()),
            Kind::TSInterfaceDeclaration(interface) => {
                (Some(&interface.id), interface.node_id.get())
            }
            declaration => {
                if let Some(expression) = declaration.as_expression() {
                    // The name was written down as an export; the walk over it would add a use of
                    // the same place.
                    if let Expression::Identifier(name) = expression {
                        self.take(name.node_id.get());
                    }
                    let owner = Some(export.node_id.get());
                    self.export("default", expression.span().start, expression, owner);
                }
                return walk::walk_export_default_declaration(self, export);
            }
        };
        match id.and_then(|id| Some((id, id.symbol_id.get()?))) {
            Some((id, symbol)) => {
                let target = self.draft.declared_value(declaration_of(symbol));
                let at = id.span.start;
                self.push(
                    ReferenceKind::ReExport,
                    "default",
                    at,
                    Target::Value(target),
                );
                self.draft.export_name("default", Some(symbol));
            }
            // Without a name of its own there is no binding that others in the file could use: the
            // export is the only way to it.
            None => {
                let symbol = self.draft.table.owned_by(node);
                let value = match &export.declaration {
                    Kind::FunctionDeclaration(function) => self.draft.function_value(function),
                    Kind::ClassDeclaration(class) => self.draft.class_value(class),
                    _ => UNKNOWN,
                };
                self.draft
                    .export("default", ExportTarget::Value { value, symbol });
            }
        }
        walk::walk_export_default_declaration(self, export);
    }

    fn visit_ts_export_assignment(&mut self, export: &TSExportAssignment<'p>) {
        if let Expression::Identifier(name) = &export.expression {
            self.take(name.node_id.get());
        }
        self.export_whole(export.expression.span().start, &export.expression, None);
        walk::walk_ts_export_assignment(self, export);
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'p>) {
        if let AssignmentTarget::AssignmentTargetIdentifier(name) = &assignment.left {
            self.draft.assign_variable(name, &assignment.right);
        }
        self.assigned(assignment);
        // `A.prototype.m = function`: the function's `this` is an instance of `A`, so it is set
        // before the function is walked.
        self.next_this = self.this_of_assigned(assignment);
        self.expect(&assignment.right, ReferenceKind::Assigned);
        match &assignment.left {
            // The definition itself.
            AssignmentTarget::StaticMemberExpression(target)
                if self
                    .draft
                    .table
                    .named_by(assignment.node_id.get())
                    .is_some() =>
            {
                self.take(target.node_id.get());
            }
            left => {
                if let Some(target) = left.as_simple_assignment_target() {
                    self.expect_written(target);
                }
            }
        }
        walk::walk_assignment_expression(self, assignment);
        self.next_this = None;
    }
}

impl<'p> Collect<'_, 'p> {
    fn jsx_object(&mut self, object: &JSXMemberExpressionObject<'p>) -> ValueId {
        match object {
            JSXMemberExpressionObject::IdentifierReference(name) => {
                self.take_namespace(name);
                self.draft.identifier(name)
            }
            JSXMemberExpressionObject::ThisExpression(_) => self.draft.this(),
            JSXMemberExpressionObject::MemberExpression(member) => {
                let object = self.jsx_object(&member.object);
                self.draft.member(object, member.property.name.as_str())
            }
        }
    }

    fn static_side(&self) -> Instance {
        match self.draft.instance.class {
            Some((shape, _)) => Instance::of_class(shape, Side::Static),
            None => self.draft.instance,
        }
    }
}

fn re_export(is_type: bool) -> ReferenceKind {
    match is_type {
        true => ReferenceKind::TypeReExport,
        false => ReferenceKind::ReExport,
    }
}
