//! The walk that finds uses of names.

use domain::{Binding, Receiver, Reference, ReferenceKind, SymbolKind};
use oxc::ast::AstKind;
use oxc::ast::ast::*;
use oxc::ast_visit::{Visit, walk};
use oxc::semantic::ScopeFlags;
use oxc::span::GetSpan;

use super::receiver::{Instance, Receivers};
use super::symbols::{CommonJsExport, common_js_export};
use super::table::{Table, required};
use crate::text::LineIndex;

/// Finds the references of a program, in source order.
pub(super) fn collect<'p>(
    table: &Table<'p>,
    lines: &LineIndex,
    program: &Program<'p>,
) -> Vec<Reference> {
    let mut walk = Collect {
        receivers: Receivers {
            table,
            instance: Instance::default(),
        },
        lines,
        references: Vec::new(),
        owners: vec![0],
        keeps_this: false,
    };
    walk.visit_program(program);
    let mut references = walk.references;
    references.sort_by_key(|reference| reference.position);
    references
}

struct Collect<'t, 'p> {
    receivers: Receivers<'t, 'p>,
    lines: &'t LineIndex<'t>,
    references: Vec<Reference>,
    owners: Vec<u32>,
    /// The function that comes next is a method: `this` is the object around it.
    keeps_this: bool,
}

impl<'p> Collect<'_, 'p> {
    fn push(&mut self, kind: ReferenceKind, name: impl Into<String>, at: u32, binding: Binding) {
        self.push_member(kind, name, at, binding, None);
    }

    fn push_member(
        &mut self,
        kind: ReferenceKind,
        name: impl Into<String>,
        at: u32,
        binding: Binding,
        receiver: Option<Receiver>,
    ) {
        self.references.push(Reference {
            kind,
            from: self.owners.last().copied().unwrap_or(0),
            name: name.into(),
            position: self.lines.position(at),
            binding,
            receiver,
        });
    }

    /// A use of a value: a name, or a member of something.
    fn value(&mut self, kind: ReferenceKind, expression: &Expression) {
        let table = self.receivers.table;
        let (name, at, object) = match expression.get_inner_expression() {
            Expression::Identifier(name) => {
                return self.push(
                    kind,
                    name.name.as_str(),
                    name.span.start,
                    table.value_binding(name),
                );
            }
            Expression::Super(token) => {
                let receiver = self
                    .receivers
                    .instance
                    .class
                    .map_or(Receiver::Other, Receiver::Super);
                return self.push_member(
                    kind,
                    "super",
                    token.span.start,
                    Binding::Member,
                    Some(receiver),
                );
            }
            Expression::StaticMemberExpression(member) => (
                member.property.name.to_string(),
                member.property.span.start,
                &member.object,
            ),
            Expression::PrivateFieldExpression(member) => (
                format!("#{}", member.field.name),
                member.field.span.start,
                &member.object,
            ),
            Expression::ComputedMemberExpression(member) => match &member.expression {
                Expression::StringLiteral(key) => {
                    (key.value.to_string(), key.span.start, &member.object)
                }
                _ => return,
            },
            Expression::ChainExpression(chain) => match &chain.expression {
                ChainElement::StaticMemberExpression(member) => (
                    member.property.name.to_string(),
                    member.property.span.start,
                    &member.object,
                ),
                _ => return,
            },
            _ => return,
        };
        let receiver = self.receivers.of(object);
        self.push_member(kind, name, at, Binding::Member, Some(receiver));
    }

    fn type_name(&mut self, kind: ReferenceKind, name: &TSTypeName) {
        match name {
            TSTypeName::IdentifierReference(name) => {
                let binding = self.receivers.table.type_binding(name);
                // A type parameter has no definition to go to.
                if kind != ReferenceKind::Type || binding != Binding::Local {
                    self.push(kind, name.name.as_str(), name.span.start, binding);
                }
            }
            TSTypeName::QualifiedName(qualified) => {
                let receiver = self.receivers.of_type_name(&qualified.left);
                let name = &qualified.right;
                self.push_member(
                    kind,
                    name.name.as_str(),
                    name.span.start,
                    Binding::Member,
                    Some(receiver),
                );
            }
            TSTypeName::ThisExpression(_) => {}
        }
    }

    fn module(
        &mut self,
        kind: ReferenceKind,
        local: &str,
        at: u32,
        specifier: &str,
        exported: &str,
    ) {
        let binding = Binding::Import {
            specifier: specifier.to_owned(),
            name: exported.to_owned(),
        };
        self.push(kind, local, at, binding);
    }

    /// A name of this file that is exported under `exported`; anything but a name exports a symbol of its own.
    fn export(&mut self, exported: &str, at: u32, value: &Expression) {
        if let Expression::Identifier(name) = value {
            let binding = self.receivers.table.value_binding(name);
            self.push(ReferenceKind::ReExport, exported, at, binding);
        }
    }

    fn export_whole(&mut self, at: u32, value: &Expression) {
        if let Some(specifier) = required(value) {
            return self.module(ReferenceKind::ReExport, "*", at, specifier, "*");
        }
        self.export("default", at, value);
        if let Expression::ObjectExpression(object) = value {
            for property in &object.properties {
                if let ObjectPropertyKind::ObjectProperty(property) = property
                    && let Some(name) = property.key.static_name()
                {
                    self.export(&name, property.key.span().start, &property.value);
                }
            }
        }
    }

    fn arguments_of_decorator(&mut self, call: &CallExpression<'p>) {
        walk::walk_call_expression(self, call);
    }

    /// Walks with another `this`.
    fn within(&mut self, instance: Instance, walk: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.receivers.instance, instance);
        walk(self);
        self.receivers.instance = outer;
    }

    /// Returns the symbol that stands for the class or object whose member `kind` is being walked.
    fn class_symbol(&self, class: &Class) -> Option<u32> {
        let table = self.receivers.table;
        let held = || {
            let owner = *self.owners.last()?;
            (table.symbols[owner as usize].kind == SymbolKind::Class).then_some(owner)
        };
        table.owned_by(class.node_id.get()).or_else(held)
    }
}

impl<'p> Visit<'p> for Collect<'_, 'p> {
    fn enter_node(&mut self, kind: AstKind<'p>) {
        if let Some(symbol) = self.receivers.table.owned_by(kind.node_id()) {
            self.owners.push(symbol);
        }
    }

    fn leave_node(&mut self, kind: AstKind<'p>) {
        if self.receivers.table.owned_by(kind.node_id()).is_some() {
            self.owners.pop();
        }
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'p>) {
        if let [argument] = call.arguments.as_slice()
            && let Some(Expression::StringLiteral(literal)) = argument.as_expression()
            && let Expression::Identifier(name) = &call.callee
            && name.name == "require"
            && self.receivers.table.declared(name).is_none()
        {
            self.module(
                ReferenceKind::Require,
                "",
                literal.span.start,
                literal.value.as_str(),
                "*",
            );
        } else {
            self.value(ReferenceKind::Call, &call.callee);
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_tagged_template_expression(&mut self, template: &TaggedTemplateExpression<'p>) {
        self.value(ReferenceKind::TaggedTemplate, &template.tag);
        walk::walk_tagged_template_expression(self, template);
    }

    fn visit_decorator(&mut self, decorator: &Decorator<'p>) {
        match &decorator.expression {
            Expression::CallExpression(call) => {
                self.value(ReferenceKind::Decorator, &call.callee);
                self.arguments_of_decorator(call);
            }
            expression => {
                self.value(ReferenceKind::Decorator, expression);
                walk::walk_decorator(self, decorator);
            }
        }
    }

    fn visit_new_expression(&mut self, new: &NewExpression<'p>) {
        self.value(ReferenceKind::New, &new.callee);
        walk::walk_new_expression(self, new);
    }

    fn visit_jsx_opening_element(&mut self, element: &JSXOpeningElement<'p>) {
        match &element.name {
            JSXElementName::IdentifierReference(name) => {
                let binding = self.receivers.table.value_binding(name);
                self.push(
                    ReferenceKind::Jsx,
                    name.name.as_str(),
                    name.span.start,
                    binding,
                );
            }
            JSXElementName::MemberExpression(member) => {
                let receiver = self.receivers.of_jsx(&member.object);
                let name = &member.property;
                self.push_member(
                    ReferenceKind::Jsx,
                    name.name.as_str(),
                    name.span.start,
                    Binding::Member,
                    Some(receiver),
                );
            }
            _ => {}
        }
        walk::walk_jsx_opening_element(self, element);
    }

    fn visit_class(&mut self, class: &Class<'p>) {
        let symbol = self.class_symbol(class);
        let owner = self.receivers.table.owned_by(class.node_id.get());
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
        self.within(
            Instance {
                this: symbol,
                class: symbol,
            },
            |walk| walk::walk_class(walk, class),
        );
    }

    fn visit_method_definition(&mut self, method: &MethodDefinition<'p>) {
        self.keeps_this = true;
        walk::walk_method_definition(self, method);
        self.keeps_this = false;
    }

    fn visit_object_property(&mut self, property: &ObjectProperty<'p>) {
        let is_method = matches!(property.value, Expression::FunctionExpression(_));
        if !is_method {
            return walk::walk_object_property(self, property);
        }
        // The literal's members are children of the symbol around it.
        let this = self.owners.last().copied();
        self.within(Instance { this, class: None }, |walk| {
            walk.keeps_this = true;
            walk::walk_object_property(walk, property);
            walk.keeps_this = false;
        });
    }

    fn visit_function(&mut self, function: &Function<'p>, flags: ScopeFlags) {
        if std::mem::take(&mut self.keeps_this) {
            walk::walk_function(self, function, flags);
        } else {
            self.within(Instance::default(), |walk| {
                walk::walk_function(walk, function, flags)
            });
        }
    }

    fn visit_ts_interface_declaration(&mut self, interface: &TSInterfaceDeclaration<'p>) {
        let symbol = self.receivers.table.owned_by(interface.node_id.get());
        self.owners.extend(symbol);
        for base in &interface.extends {
            self.type_name(ReferenceKind::Extends, &base.type_name);
        }
        if symbol.is_some() {
            self.owners.pop();
        }
        walk::walk_ts_interface_declaration(self, interface);
    }

    fn visit_ts_type_reference(&mut self, reference: &TSTypeReference<'p>) {
        self.type_name(ReferenceKind::Type, &reference.type_name);
        walk::walk_ts_type_reference(self, reference);
    }

    fn visit_ts_type_query(&mut self, query: &TSTypeQuery<'p>) {
        match &query.expr_name {
            TSTypeQueryExprName::IdentifierReference(name) => {
                let binding = self.receivers.table.value_binding(name);
                if binding != Binding::Local {
                    self.push(
                        ReferenceKind::Type,
                        name.name.as_str(),
                        name.span.start,
                        binding,
                    );
                }
            }
            name => {
                if let Some(name) = name.as_ts_type_name() {
                    self.type_name(ReferenceKind::Type, name);
                }
            }
        }
        walk::walk_ts_type_query(self, query);
    }

    fn visit_ts_import_type(&mut self, import: &TSImportType<'p>) {
        let names = import
            .qualifier
            .as_ref()
            .map(qualifier_names)
            .unwrap_or_default();
        let specifier = import.source.value.as_str();
        let (first, at) = names
            .first()
            .copied()
            .unwrap_or(("*", import.source.span.start));
        self.module(ReferenceKind::ImportType, first, at, specifier, first);
        if let Some((last, at)) = names.get(1..).and_then(<[_]>::last) {
            let binding = Binding::Import {
                specifier: specifier.to_owned(),
                name: first.to_owned(),
            };
            let namespace = Receiver::Name {
                name: first.to_owned(),
                binding,
            };
            let receiver = names[1..names.len() - 1]
                .iter()
                .fold(namespace, |receiver, (name, _)| {
                    Receiver::Member(receiver.into(), (*name).to_owned())
                });
            self.push_member(
                ReferenceKind::Type,
                *last,
                *at,
                Binding::Member,
                Some(receiver),
            );
        }
        walk::walk_ts_import_type(self, import);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'p>) {
        if let Expression::StringLiteral(literal) = &import.source {
            self.module(
                ReferenceKind::DynamicImport,
                "",
                literal.span.start,
                literal.value.as_str(),
                "*",
            );
        }
        walk::walk_import_expression(self, import);
    }

    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'p>) {
        let specifier = import.source.value.as_str();
        let imported = import
            .specifiers
            .as_ref()
            .map_or(&[][..], |specifiers| specifiers.as_slice());
        if imported.is_empty() {
            self.module(
                ReferenceKind::Import,
                "",
                import.source.span.start,
                specifier,
                "",
            );
        }
        for imported in imported {
            let (local, exported) = match imported {
                ImportDeclarationSpecifier::ImportSpecifier(named) => {
                    (&named.local, named.imported.name().as_str())
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(default) => {
                    (&default.local, "default")
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(namespace) => {
                    (&namespace.local, "*")
                }
            };
            self.module(
                ReferenceKind::Import,
                local.name.as_str(),
                local.span.start,
                specifier,
                exported,
            );
        }
    }

    fn visit_ts_import_equals_declaration(&mut self, import: &TSImportEqualsDeclaration<'p>) {
        if let TSModuleReference::ExternalModuleReference(module) = &import.module_reference {
            let local = &import.id;
            let specifier = module.expression.value.as_str();
            self.module(
                ReferenceKind::Require,
                local.name.as_str(),
                local.span.start,
                specifier,
                "*",
            );
        }
    }

    fn visit_export_from_declaration(&mut self, export: &ExportFromDeclaration<'p>) {
        let specifier = export.source.value.as_str();
        if export.specifiers.is_empty() {
            self.module(
                ReferenceKind::Import,
                "",
                export.source.span.start,
                specifier,
                "",
            );
        }
        for name in &export.specifiers {
            let (exported, local) = (name.exported.name(), name.local.name());
            let at = name.exported.span().start;
            self.module(
                ReferenceKind::ReExport,
                exported.as_str(),
                at,
                specifier,
                local.as_str(),
            );
        }
    }

    fn visit_export_all_declaration(&mut self, export: &ExportAllDeclaration<'p>) {
        let specifier = export.source.value.as_str();
        let (exported, at) = match &export.exported {
            Some(name) => (name.name().to_string(), name.span().start),
            None => ("*".to_owned(), export.source.span.start),
        };
        self.module(ReferenceKind::ReExport, &exported, at, specifier, "*");
    }

    fn visit_export_named_declaration(&mut self, export: &ExportNamedDeclaration<'p>) {
        for specifier in &export.specifiers {
            if let ModuleExportName::IdentifierReference(name) = &specifier.local {
                let table = self.receivers.table;
                let binding = match export.export_kind {
                    ImportOrExportKind::Type => table.type_binding(name),
                    ImportOrExportKind::Value => table.value_binding(name),
                };
                let exported = &specifier.exported;
                self.push(
                    ReferenceKind::ReExport,
                    exported.name().as_str(),
                    exported.span().start,
                    binding,
                );
            }
        }
    }

    fn visit_export_default_declaration(&mut self, export: &ExportDefaultDeclaration<'p>) {
        let named = match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                function.id.as_ref().map(|id| (id, function.node_id.get()))
            }
            ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                class.id.as_ref().map(|id| (id, class.node_id.get()))
            }
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(interface) => {
                Some((&interface.id, interface.node_id.get()))
            }
            _ => None,
        };
        if let Some((id, node)) = named
            && let Some(symbol) = self.receivers.table.owned_by(node)
        {
            self.push(
                ReferenceKind::ReExport,
                "default",
                id.span.start,
                Binding::Symbol(symbol),
            );
        } else if let Some(expression) = export.declaration.as_expression() {
            self.export("default", expression.span().start, expression);
        }
        walk::walk_export_default_declaration(self, export);
    }

    fn visit_ts_export_assignment(&mut self, export: &TSExportAssignment<'p>) {
        self.export_whole(export.expression.span().start, &export.expression);
        walk::walk_ts_export_assignment(self, export);
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'p>) {
        if let AssignmentTarget::StaticMemberExpression(target) = &assignment.left {
            let at = target.property.span.start;
            match common_js_export(target) {
                Some(CommonJsExport::Whole) => self.export_whole(at, &assignment.right),
                Some(CommonJsExport::Member) => {
                    self.export(target.property.name.as_str(), at, &assignment.right)
                }
                None => {}
            }
        }
        walk::walk_assignment_expression(self, assignment);
    }
}

/// The names of `a.b.c` with where they stand.
fn qualifier_names<'q>(qualifier: &'q TSImportTypeQualifier) -> Vec<(&'q str, u32)> {
    match qualifier {
        TSImportTypeQualifier::Identifier(name) => vec![(name.name.as_str(), name.span.start)],
        TSImportTypeQualifier::QualifiedName(qualified) => {
            let mut names = qualifier_names(&qualified.left);
            names.push((qualified.right.name.as_str(), qualified.right.span.start));
            names
        }
    }
}
