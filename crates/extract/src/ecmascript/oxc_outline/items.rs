//! The tree of statements and members that the chunker cuts.

use domain::{ChunkKind, SymbolKind};
use oxc::ast::ast::*;
use oxc::semantic::NodeId;
use oxc::span::{GetSpan, Span};

use super::comments::Comments;
use super::table::Table;
use crate::outline::Item;

/// What is shorter than this is never cut, so its parts are not looked for.
const MIN_DESCEND_BYTES: u32 = 400;

/// Returns the items of a program.
pub(super) fn items<'p>(
    table: &Table<'p>,
    comments: &Comments<'p>,
    program: &Program<'p>,
) -> Vec<Item> {
    let build = Build { table, comments };
    let directives = program
        .directives
        .iter()
        .map(|directive| build.leaf(ChunkKind::Module, directive.span));
    build.merge_heads(directives.chain(build.statements(&program.body)).collect())
}

struct Build<'t, 'p> {
    table: &'t Table<'p>,
    comments: &'t Comments<'p>,
}

impl<'p> Build<'_, 'p> {
    fn leaf(&self, kind: ChunkKind, span: Span) -> Item {
        Item {
            kind,
            symbol: None,
            title: None,
            start_byte: self.comments.leading_start(span.start),
            end_byte: span.end,
            children: Vec::new(),
            body: None,
        }
    }

    fn node(&self, span: Span, kind: ChunkKind, children: impl FnOnce() -> Vec<Item>) -> Item {
        let mut item = self.leaf(kind, span);
        // Most statements are shorter, and their parts are not even built.
        if span.end - span.start > MIN_DESCEND_BYTES {
            item.children = children();
        }
        item
    }

    /// An item for a node that may define a symbol.
    fn definition(
        &self,
        span: Span,
        node: NodeId,
        fallback: ChunkKind,
        children: impl FnOnce() -> Vec<Item>,
    ) -> Item {
        let symbol = self.table.owned_by(node);
        let kind = symbol.map_or(fallback, |symbol| {
            chunk_kind(self.table.symbols[symbol as usize].kind)
        });
        Item {
            symbol,
            ..self.node(span, kind, children)
        }
    }

    fn statements(&self, statements: &[Statement<'p>]) -> Vec<Item> {
        statements
            .iter()
            .map(|statement| self.statement(statement))
            .collect()
    }

    /// Imports and directives that follow each other become one item.
    fn merge_heads(&self, items: Vec<Item>) -> Vec<Item> {
        let mut merged: Vec<Item> = Vec::with_capacity(items.len());
        for item in items {
            match merged.last_mut() {
                Some(last) if item.kind == ChunkKind::Module && last.kind == ChunkKind::Module => {
                    if last.children.is_empty() {
                        let first = Item {
                            title: None,
                            children: Vec::new(),
                            ..*last
                        };
                        last.children.push(first);
                    }
                    last.end_byte = item.end_byte;
                    last.children.push(item);
                }
                _ => merged.push(item),
            }
        }
        merged
    }

    fn statement(&self, statement: &Statement<'p>) -> Item {
        let span = statement.span();
        match statement {
            Statement::ImportDeclaration(_) | Statement::TSImportEqualsDeclaration(_) => {
                self.leaf(ChunkKind::Module, span)
            }
            Statement::ExportAllDeclaration(_) | Statement::ExportFromDeclaration(_) => {
                self.leaf(ChunkKind::Barrel, span)
            }
            Statement::ExportDeclaration(export) => self.declaration(&export.declaration, span),
            Statement::ExportDefaultDeclaration(export) => self.export_default(export),
            Statement::ExpressionStatement(statement) => {
                self.expression_statement(&statement.expression, span)
            }
            _ => match statement.as_declaration() {
                Some(declaration) => self.declaration(declaration, span),
                None => self.node(span, ChunkKind::Statements, || {
                    self.parts_of_statement(statement)
                }),
            },
        }
    }

    fn declaration(&self, declaration: &Declaration<'p>, span: Span) -> Item {
        match declaration {
            Declaration::VariableDeclaration(variables) => self.variables(variables, span),
            Declaration::FunctionDeclaration(function) => {
                self.definition(span, function.node_id.get(), ChunkKind::Function, || {
                    self.function_body(function)
                })
            }
            Declaration::ClassDeclaration(class) => self.class(class, class.node_id.get(), span),
            Declaration::TSTypeAliasDeclaration(alias) => {
                let members = || match &alias.type_annotation {
                    TSType::TSTypeLiteral(literal) => self.signatures(&literal.members),
                    _ => Vec::new(),
                };
                self.definition(span, alias.node_id.get(), ChunkKind::Type, members)
            }
            Declaration::TSInterfaceDeclaration(interface) => {
                let members = || self.signatures(&interface.body.body);
                self.definition(span, interface.node_id.get(), ChunkKind::Interface, members)
            }
            Declaration::TSEnumDeclaration(declaration) => {
                let members = || {
                    let members = declaration.body.members.iter();
                    members
                        .map(|member| self.member(member.span, member.node_id.get(), Vec::new))
                        .collect()
                };
                self.definition(span, declaration.node_id.get(), ChunkKind::Enum, members)
            }
            Declaration::TSNamespaceDeclaration(namespace) => self.namespace(namespace, span),
            Declaration::TSExternalModuleDeclaration(module) => {
                let body = || {
                    module
                        .body
                        .as_ref()
                        .map_or_else(Vec::new, |body| self.statements(&body.body))
                };
                self.definition(span, module.node_id.get(), ChunkKind::Namespace, body)
            }
            Declaration::TSGlobalDeclaration(global) => {
                let body = || self.statements(&global.body.body);
                self.definition(span, global.node_id.get(), ChunkKind::Namespace, body)
            }
            Declaration::TSImportEqualsDeclaration(_) => self.leaf(ChunkKind::Module, span),
        }
    }

    fn namespace(&self, namespace: &TSNamespaceDeclaration<'p>, span: Span) -> Item {
        let body = || match &namespace.body {
            TSNamespaceDeclarationBody::TSModuleBlock(block) => self.statements(&block.body),
            TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => {
                vec![self.namespace(inner, inner.span)]
            }
        };
        self.definition(span, namespace.node_id.get(), ChunkKind::Namespace, body)
    }

    fn variables(&self, variables: &VariableDeclaration<'p>, span: Span) -> Item {
        let declarator = |declarator: &VariableDeclarator<'p>, span| {
            let init = declarator.init.as_ref();
            if let Some(class) = init.and_then(as_class)
                && let Some(symbol) = self.table.owned_by(declarator.node_id.get())
                && self.table.symbols[symbol as usize].kind == SymbolKind::Class
            {
                return self.class(class, declarator.node_id.get(), span);
            }
            let parts = || init.map_or_else(Vec::new, |init| self.parts_of(init));
            self.definition(span, declarator.node_id.get(), ChunkKind::Statements, parts)
        };
        let mut declarators = variables.declarations.iter();
        // `const a = require("a")` is an import under another name.
        if declarators.all(|one| self.table.required_names(one).is_some()) {
            return self.leaf(ChunkKind::Module, span);
        }
        match variables.declarations.as_slice() {
            [only] => {
                let item = declarator(only, span);
                // A pattern declares several symbols, so its item has none.
                match item.kind {
                    ChunkKind::Statements if self.is_variable(only) => Item {
                        kind: ChunkKind::Variable,
                        ..item
                    },
                    _ => item,
                }
            }
            several => self.node(span, ChunkKind::Statements, || {
                several
                    .iter()
                    .map(|one| declarator(one, one.span))
                    .collect()
            }),
        }
    }

    fn is_variable(&self, declarator: &VariableDeclarator<'p>) -> bool {
        let names = declarator.id.get_binding_identifiers();
        names
            .first()
            .is_some_and(|name| self.table.owned_by(name.node_id.get()).is_some())
    }

    fn export_default(&self, export: &ExportDefaultDeclaration<'p>) -> Item {
        let span = export.span;
        match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                self.definition(span, function.node_id.get(), ChunkKind::Function, || {
                    self.function_body(function)
                })
            }
            ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                self.class(class, class.node_id.get(), span)
            }
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(interface) => {
                let members = || self.signatures(&interface.body.body);
                self.definition(span, interface.node_id.get(), ChunkKind::Interface, members)
            }
            declaration => {
                let expression = declaration.as_expression();
                if let Some(class) = expression.and_then(as_class) {
                    return self.class(class, export.node_id.get(), span);
                }
                let parts =
                    || expression.map_or_else(Vec::new, |expression| self.parts_of(expression));
                self.definition(span, export.node_id.get(), ChunkKind::Statements, parts)
            }
        }
    }

    fn expression_statement(&self, expression: &Expression<'p>, span: Span) -> Item {
        match expression {
            Expression::AssignmentExpression(assignment) => {
                if let Some(class) = as_class(&assignment.right) {
                    return self.class(class, assignment.node_id.get(), span);
                }
                let parts = || self.parts_of(&assignment.right);
                self.definition(span, assignment.node_id.get(), ChunkKind::Statements, parts)
            }
            _ => self.node(span, ChunkKind::Statements, || self.parts_of(expression)),
        }
    }

    /// A class gives its members however short it is: each method is a chunk.
    fn class(&self, class: &Class<'p>, node: NodeId, span: Span) -> Item {
        let item = self.definition(span, node, ChunkKind::Class, Vec::new);
        let symbol = item
            .symbol
            .or_else(|| self.table.owned_by(class.node_id.get()));
        Item {
            kind: ChunkKind::Class,
            symbol,
            children: self.class_members(class),
            ..item
        }
    }

    fn class_members(&self, class: &Class<'p>) -> Vec<Item> {
        let members = class.body.body.iter();
        members.map(|member| self.class_member(member)).collect()
    }

    fn class_member(&self, member: &ClassElement<'p>) -> Item {
        match member {
            ClassElement::MethodDefinition(method) => {
                let item = self.member(method.span, method.node_id.get(), || {
                    self.function_body(&method.value)
                });
                Item {
                    kind: ChunkKind::Method,
                    ..item
                }
            }
            ClassElement::PropertyDefinition(property) => {
                self.member(property.span, property.node_id.get(), || {
                    property
                        .value
                        .as_ref()
                        .map_or_else(Vec::new, |value| self.parts_of(value))
                })
            }
            ClassElement::StaticBlock(block) => {
                self.node(block.span, ChunkKind::Statements, || {
                    self.statements(&block.body)
                })
            }
            ClassElement::AccessorProperty(property) => {
                self.member(property.span, property.node_id.get(), Vec::new)
            }
            ClassElement::TSIndexSignature(signature) => {
                self.leaf(ChunkKind::Statements, signature.span)
            }
        }
    }

    fn member(&self, span: Span, node: NodeId, children: impl FnOnce() -> Vec<Item>) -> Item {
        self.definition(span, node, ChunkKind::Statements, children)
    }

    fn signatures(&self, signatures: &[TSSignature<'p>]) -> Vec<Item> {
        let item = |signature: &TSSignature<'p>| match signature {
            TSSignature::TSPropertySignature(property) => {
                self.member(property.span, property.node_id.get(), Vec::new)
            }
            TSSignature::TSMethodSignature(method) => {
                self.member(method.span, method.node_id.get(), Vec::new)
            }
            other => self.leaf(ChunkKind::Statements, other.span()),
        };
        // Signatures are lines of one declaration: none stands as a method of its own.
        let items = signatures.iter().map(item);
        items
            .map(|item| Item {
                kind: ChunkKind::Statements,
                ..item
            })
            .collect()
    }

    fn function_body(&self, function: &Function<'p>) -> Vec<Item> {
        function
            .body
            .as_ref()
            .map_or_else(Vec::new, |body| self.statements(&body.statements))
    }

    /// Where a statement that declares nothing may be cut.
    fn parts_of_statement(&self, statement: &Statement<'p>) -> Vec<Item> {
        match statement {
            Statement::BlockStatement(block) => self.statements(&block.body),
            Statement::IfStatement(branch) => {
                let mut items = self.body(&branch.consequent);
                if let Some(alternate) = &branch.alternate {
                    items.extend(match alternate {
                        Statement::BlockStatement(block) => self.statements(&block.body),
                        other => vec![self.statement(other)],
                    });
                }
                items
            }
            Statement::ForStatement(statement) => self.body(&statement.body),
            Statement::ForInStatement(statement) => self.body(&statement.body),
            Statement::ForOfStatement(statement) => self.body(&statement.body),
            Statement::WhileStatement(statement) => self.body(&statement.body),
            Statement::DoWhileStatement(statement) => self.body(&statement.body),
            Statement::WithStatement(statement) => self.body(&statement.body),
            Statement::LabeledStatement(statement) => self.body(&statement.body),
            Statement::SwitchStatement(switch) => {
                let case = |case: &SwitchCase<'p>| {
                    self.node(case.span, ChunkKind::Statements, || {
                        self.statements(&case.consequent)
                    })
                };
                switch.cases.iter().map(case).collect()
            }
            Statement::TryStatement(statement) => {
                let handler = statement.handler.iter().map(|handler| &handler.body);
                let blocks = std::iter::once(&statement.block)
                    .chain(handler)
                    .chain(&statement.finalizer);
                blocks
                    .flat_map(|block| self.statements(&block.body))
                    .collect()
            }
            Statement::ReturnStatement(statement) => statement
                .argument
                .as_ref()
                .map_or_else(Vec::new, |argument| self.parts_of(argument)),
            Statement::ThrowStatement(statement) => self.parts_of(&statement.argument),
            Statement::TSExportAssignment(export) => self.parts_of(&export.expression),
            _ => Vec::new(),
        }
    }

    fn body(&self, body: &Statement<'p>) -> Vec<Item> {
        match body {
            Statement::BlockStatement(block) => self.statements(&block.body),
            other => vec![self.statement(other)],
        }
    }

    /// Where an expression may be cut.
    fn parts_of(&self, expression: &Expression<'p>) -> Vec<Item> {
        match expression.get_inner_expression() {
            Expression::ArrowFunctionExpression(arrow) => match &arrow.body {
                ArrowFunctionBody::FunctionBody(body) => self.statements(&body.statements),
                body => body
                    .as_expression()
                    .map_or_else(Vec::new, |expression| self.parts_of(expression)),
            },
            Expression::FunctionExpression(function) => self.function_body(function),
            Expression::ClassExpression(class) => self.class_members(class),
            Expression::ObjectExpression(object) => self.properties(object),
            Expression::ArrayExpression(array) => {
                let element = |element: &ArrayExpressionElement<'p>| match element.as_expression() {
                    Some(expression) => self.part(expression),
                    None => self.leaf(ChunkKind::Statements, element.span()),
                };
                let elements = array.elements.iter();
                elements
                    .filter(|element| !matches!(element, ArrayExpressionElement::Elision(_)))
                    .map(element)
                    .collect()
            }
            Expression::CallExpression(call) => self.call(call),
            Expression::NewExpression(new) => self.arguments(&new.arguments),
            Expression::ChainExpression(chain) => match &chain.expression {
                ChainElement::CallExpression(call) => self.call(call),
                _ => Vec::new(),
            },
            Expression::StaticMemberExpression(member) => self.parts_of(&member.object),
            Expression::AwaitExpression(awaited) => self.parts_of(&awaited.argument),
            Expression::AssignmentExpression(assignment) => self.parts_of(&assignment.right),
            Expression::SequenceExpression(sequence) => sequence
                .expressions
                .iter()
                .map(|expression| self.part(expression))
                .collect(),
            Expression::ConditionalExpression(conditional) => {
                vec![
                    self.part(&conditional.consequent),
                    self.part(&conditional.alternate),
                ]
            }
            Expression::JSXElement(element) => self.jsx(&element.children),
            Expression::JSXFragment(fragment) => self.jsx(&fragment.children),
            _ => Vec::new(),
        }
    }

    fn part(&self, expression: &Expression<'p>) -> Item {
        self.node(expression.span(), ChunkKind::Statements, || {
            self.parts_of(expression)
        })
    }

    fn call(&self, call: &CallExpression<'p>) -> Vec<Item> {
        let mut items = self.parts_of(&call.callee);
        items.extend(self.arguments(&call.arguments));
        items
    }

    fn arguments(&self, arguments: &[Argument<'p>]) -> Vec<Item> {
        let long = arguments.iter().filter_map(Argument::as_expression);
        // What is long in a call is mostly a callback or an object; short arguments are not worth a
        // cut.
        let long = long.filter(|argument| argument.span().size() > MIN_DESCEND_BYTES / 4);
        long.flat_map(|argument| self.parts_of(argument)).collect()
    }

    fn properties(&self, object: &ObjectExpression<'p>) -> Vec<Item> {
        let property = |property: &ObjectPropertyKind<'p>| match property {
            ObjectPropertyKind::ObjectProperty(property) => {
                self.member(property.span, property.node_id.get(), || {
                    self.parts_of(&property.value)
                })
            }
            ObjectPropertyKind::SpreadProperty(spread) => {
                self.leaf(ChunkKind::Statements, spread.span)
            }
        };
        object.properties.iter().map(property).collect()
    }

    fn jsx(&self, children: &[JSXChild<'p>]) -> Vec<Item> {
        let child = |child: &JSXChild<'p>| match child {
            JSXChild::Text(_) => None,
            JSXChild::Element(element) => {
                Some(self.node(element.span, ChunkKind::Statements, || {
                    self.jsx(&element.children)
                }))
            }
            JSXChild::Fragment(fragment) => {
                Some(self.node(fragment.span, ChunkKind::Statements, || {
                    self.jsx(&fragment.children)
                }))
            }
            JSXChild::ExpressionContainer(container) => {
                Some(self.node(container.span, ChunkKind::Statements, || {
                    container
                        .expression
                        .as_expression()
                        .map_or_else(Vec::new, |expression| self.parts_of(expression))
                }))
            }
            JSXChild::Spread(spread) => Some(self.leaf(ChunkKind::Statements, spread.span)),
        };
        children.iter().filter_map(child).collect()
    }
}

fn as_class<'e, 'a>(expression: &'e Expression<'a>) -> Option<&'e Class<'a>> {
    match expression.get_inner_expression() {
        Expression::ClassExpression(class) => Some(class),
        _ => None,
    }
}

fn chunk_kind(kind: SymbolKind) -> ChunkKind {
    match kind {
        SymbolKind::Module => ChunkKind::Module,
        SymbolKind::Class => ChunkKind::Class,
        SymbolKind::Interface => ChunkKind::Interface,
        SymbolKind::Type => ChunkKind::Type,
        SymbolKind::Enum => ChunkKind::Enum,
        SymbolKind::Namespace => ChunkKind::Namespace,
        SymbolKind::Function => ChunkKind::Function,
        SymbolKind::Method | SymbolKind::Constructor | SymbolKind::Getter | SymbolKind::Setter => {
            ChunkKind::Method
        }
        SymbolKind::Variable => ChunkKind::Variable,
        SymbolKind::EnumMember | SymbolKind::Property => ChunkKind::Statements,
    }
}
