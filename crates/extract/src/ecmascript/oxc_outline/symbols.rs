//! The walk that finds definitions. What is done with one is here; which node is one, in `visit`.

mod fields;
mod visit;

use domain::{Complexity, Flags, Symbol, SymbolKind};
use oxc::ast::AstKind;
use oxc::ast::ast::*;
use oxc::ast_visit::{Visit, walk};
use oxc::semantic::{NodeId, ScopeFlags, ScopeId, SymbolId};
use oxc::span::{GetSpan, Span};
use rustc_hash::FxHashSet;
use std::cell::Cell;

use super::comments::Comments;
use super::common_js::{chain, is_nothing, last_name};
use super::table::{Meaning, Table};
use crate::names;
use crate::text::LineIndex;
use fields::Fields;

/// Functions whose callbacks hold tests.
const TEST_CALLS: [&str; 5] = ["describe", "it", "test", "suite", "bench"];

/// Finds the symbols of a program; the walk is in source order, so that parents stand before their children.
pub(super) fn declare<'p>(
    table: Table<'p>,
    comments: &'p Comments<'p>,
    lines: &'p LineIndex<'p>,
    module: Module<'_>,
    program: &'p Program<'p>,
) -> Table<'p> {
    let mut walk = Declare {
        table,
        comments,
        lines,
        parents: Vec::new(),
        outer: None,
        n_scopes: 0,
        n_namespaces: 0,
        n_test_calls: u32::from(module.is_test),
        declared: Vec::new(),
        exported: FxHashSet::default(),
        handled: FxHashSet::default(),
        objects: FxHashSet::default(),
        is_in_object: false,
        fields: Vec::new(),
        is_method: false,
        is_javascript: [".js", ".jsx", ".mjs", ".cjs"]
            .iter()
            .any(|ending| module.path.ends_with(ending)),
    };
    let end = lines.text().len() as u32;
    let module = walk.declare(Definition {
        kind: SymbolKind::Module,
        name: module.path,
        name_at: 0,
        span: Span::new(0, end),
        head: Span::new(0, 0),
        node: program.node_id.get(),
        flags: Flags::default(),
    });
    let module_symbol = &mut walk.table.symbols[module as usize];
    module_symbol.qualified_name = module_symbol.name.clone();
    module_symbol.doc = String::new();
    module_symbol.position = domain::Position { line: 1, column: 1 };
    walk.visit_program(program);
    walk.finish()
}

/// What is known about a file beside its text.
pub(super) struct Module<'m> {
    pub(super) path: &'m str,
    pub(super) is_test: bool,
}

struct Declare<'p> {
    table: Table<'p>,
    comments: &'p Comments<'p>,
    lines: &'p LineIndex<'p>,
    /// Symbols around the current node, innermost last.
    parents: Vec<u32>,
    /// The `export` statement or lone declarator's statement around the declaration that comes next.
    outer: Option<Outer>,
    n_scopes: u32,
    n_namespaces: u32,
    n_test_calls: u32,
    declared: Vec<(SymbolId, u32)>,
    /// Names that are exported other than by `export` before their declaration.
    exported: FxHashSet<SymbolId>,
    /// Assignments and functions that are a symbol by what stands around them.
    handled: FxHashSet<NodeId>,
    /// Objects whose properties are definitions.
    objects: FxHashSet<NodeId>,
    /// Whether the current node is a property of one.
    is_in_object: bool,
    /// What `this` is assigned, by the functions and classes around the current node.
    fields: Vec<Option<Fields>>,
    /// Whether the function that comes next has the `this` of what is around it.
    is_method: bool,
    /// Members are declared by being assigned.
    is_javascript: bool,
}

#[derive(Clone, Copy)]
struct Outer {
    span: Span,
    is_exported: bool,
}

struct Definition<'n> {
    kind: SymbolKind,
    name: &'n str,
    name_at: u32,
    span: Span,
    /// What the signature shows.
    head: Span,
    node: NodeId,
    flags: Flags,
}

impl<'p> Declare<'p> {
    /// Makes a symbol of a node, to which all that stands in the node belongs.
    fn declare(&mut self, definition: Definition) -> u32 {
        let node = definition.node;
        let index = self.define(definition);
        self.table.set_owner(node, index);
        index
    }

    fn define(&mut self, definition: Definition) -> u32 {
        let index = self.table.symbols.len() as u32;
        let parent = self.parents.last().copied();
        let name = match parent {
            Some(_) => names::name(definition.name),
            // The module's is its path.
            None => definition.name.to_owned(),
        };
        let qualified_name = match parent {
            // The first symbol is the module: names within a file do not repeat its path.
            Some(parent) if parent > 0 => {
                names::qualified(&self.table.symbols[parent as usize].qualified_name, &name)
            }
            _ => name.clone(),
        };
        let Span { start, end, .. } = definition.span;
        self.table.symbols.push(Symbol {
            parent,
            kind: definition.kind,
            name,
            qualified_name,
            position: self.lines.position(definition.name_at),
            span: self.lines.span(start, end),
            signature: self
                .comments
                .one_line(definition.head.start, definition.head.end),
            doc: self.comments.doc(start),
            flags: Flags {
                is_test: self.n_test_calls > 0,
                ..definition.flags
            },
            complexity: Complexity::default(),
        });
        index
    }

    /// Declares and binds a name of the file's scopes.
    fn declare_binding(
        &mut self,
        id: &BindingIdentifier,
        definition: Definition,
        meaning: Meaning,
    ) -> u32 {
        let index = self.declare(definition);
        if let Some(name) = id.symbol_id.get() {
            self.table.bind(name, index, meaning);
            self.declared.push((name, index));
        }
        index
    }

    /// Exports spoken of after the declarations.
    fn finish(mut self) -> Table<'p> {
        // `export { a }` may stand before or after `a`, so it is known only once all declarations
        // are.
        for (name, symbol) in &self.declared {
            if self.exported.contains(name) {
                self.table.symbols[*symbol as usize].flags.is_exported = true;
            }
        }
        self.table
    }

    fn take_outer(&mut self, span: Span) -> Outer {
        self.outer.take().map_or(
            Outer {
                span,
                is_exported: false,
            },
            |outer| Outer {
                // Decorators may stand before `export`.
                span: Span::new(outer.span.start.min(span.start), outer.span.end),
                ..outer
            },
        )
    }

    fn is_top_level(&self) -> bool {
        self.n_scopes == 1 + self.n_namespaces
    }

    fn export_name(&mut self, name: &IdentifierReference) {
        if let Some(declared) = self.table.declared(name) {
            self.exported.insert(declared);
        }
    }

    /// `module.exports = a` and `module.exports = { a, b: c }`.
    fn export_value(&mut self, value: &Expression) {
        match value {
            Expression::Identifier(name) => self.export_name(name),
            Expression::ObjectExpression(object) => {
                for property in &object.properties {
                    if let ObjectPropertyKind::ObjectProperty(property) = property
                        && let Expression::Identifier(name) = &property.value
                    {
                        self.export_name(name);
                    }
                }
            }
            _ => {}
        }
    }

    fn declare_member(&mut self, member: Member) -> Option<u32> {
        let name = key_name(member.key, self.lines.text())?;
        let start = member.head_start.unwrap_or(member.span.start);
        Some(self.declare(Definition {
            kind: member.kind,
            name: &name,
            name_at: member.key.span().start,
            span: member.span,
            head: Span::new(start, member.body_start.unwrap_or(member.span.end)),
            node: member.node,
            flags: member.flags,
        }))
    }

    /// A function is the symbol that its place declares; a name of its own means the same inside of it.
    fn bind_callable(&mut self, function: Option<Callable<'_, 'p>>, symbol: Option<u32>) {
        if let (Some(function), Some(symbol)) = (function, symbol) {
            self.table.set_callable(function.node, symbol);
            if let Some(name) = function.id.and_then(|id| id.symbol_id.get()) {
                self.handled.insert(function.node);
                self.table.bind(name, symbol, Meaning::Value);
            }
        }
    }

    fn exports_on_the_way(&mut self, members: &[&AssignmentExpression<'p>]) -> bool {
        let mut is_any = false;
        for assignment in members {
            if self.table.common_js_export(&assignment.left).is_some() {
                self.handled.insert(assignment.node_id.get());
                is_any = true;
            }
        }
        is_any
    }

    fn declare_variable(&mut self, declarator: &VariableDeclarator<'p>, outer: Outer) {
        self.note_require(declarator);
        if self.table.required_names(declarator).is_some() {
            // Imports: the names are defined where they come from.
            return;
        }
        let mut init = declarator.init.as_ref();
        let mut is_exported = outer.is_exported;
        // `const a = exports.a = function`: one definition with two ways to it.
        if let Some(way) = init.map(chain)
            && declarator.id.is_binding_identifier()
            && self.exports_on_the_way(&way.members)
        {
            is_exported = true;
            init = Some(way.value);
        }
        if let Some(init) = init.filter(|_| self.is_top_level()) {
            self.note_object(init);
        }
        let function = init.and_then(callable);
        let class = init.and_then(anonymous_class);
        let flags = Flags {
            is_exported,
            is_async: function.is_some_and(|function| function.is_async),
            ..Flags::default()
        };
        let definition = |kind, body_start: Option<u32>| Definition {
            kind,
            name: "",
            name_at: 0,
            span: outer.span,
            head: Span::new(outer.span.start, body_start.unwrap_or(outer.span.end)),
            node: declarator.node_id.get(),
            flags,
        };
        match &declarator.id {
            BindingPattern::BindingIdentifier(id) => {
                let named = |definition: Definition<'static>| Definition {
                    name: id.name.as_str(),
                    name_at: id.span.start,
                    ..definition
                };
                // A function or class in a variable is a definition at any depth; other variables
                // only at the top, since locals are nobody else's business.
                if let Some(function) = function {
                    let definition =
                        named(definition(SymbolKind::Function, Some(function.body_start)));
                    let symbol = self.declare_binding(id, definition, Meaning::Value);
                    self.bind_callable(Some(function), Some(symbol));
                } else if let Some(class) = class {
                    let definition =
                        named(definition(SymbolKind::Class, Some(class.body.span.start)));
                    self.declare_binding(id, definition, Meaning::Both);
                } else if self.is_top_level() {
                    self.declare_binding(
                        id,
                        named(definition(SymbolKind::Variable, None)),
                        Meaning::Value,
                    );
                }
            }
            pattern if self.is_top_level() => {
                for id in pattern.get_binding_identifiers() {
                    let definition = Definition {
                        name: id.name.as_str(),
                        name_at: id.span.start,
                        ..definition(SymbolKind::Variable, None)
                    };
                    self.declare_binding(
                        id,
                        Definition {
                            node: id.node_id.get(),
                            ..definition
                        },
                        Meaning::Value,
                    );
                }
            }
            _ => {}
        }
    }

    /// `const require = createRequire(…)`.
    fn note_require(&mut self, declarator: &VariableDeclarator<'p>) {
        if let (BindingPattern::BindingIdentifier(id), Some(Expression::CallExpression(call))) =
            (&declarator.id, &declarator.init)
            && let Some(name) = id.symbol_id.get()
            && last_name(&call.callee) == Some("createRequire")
        {
            self.table.set_requires(name);
        }
    }

    /// `a.b = function`, `exports.a = …`, `module.exports = …`.
    fn declare_assignment(&mut self, assignment: &AssignmentExpression<'p>) {
        let export = self.table.common_js_export(&assignment.left);
        let way = chain(&assignment.right);
        if export.is_some() {
            self.export_value(way.value);
            self.note_object(way.value);
        }
        let Some(target) = assigned_name(&assignment.left) else {
            return;
        };
        let is_second_name = !way.members.is_empty();
        let is_plain = assignment.operator == AssignmentOperator::Assign;
        // `exports.a = exports.b = function` is walked from the outside in; the innermost
        // assignment makes the definition.
        if is_second_name || !is_plain || self.handled.contains(&assignment.node_id.get()) {
            return;
        }
        let (function, class) = (callable(way.value), anonymous_class(way.value));
        let is_symbol = function.is_some() || (export.is_some() && self.is_new(way.value));
        if !is_symbol {
            return;
        }
        let own_name = function.and_then(|function| function.id);
        // `module.exports = function f` is known as `f`; without a name of its own it is what an
        // import calls `default`.
        let (name, name_at) = match (export, own_name) {
            (Some(export), Some(id)) if export.name.is_none() => (id.name.as_str(), id.span.start),
            (Some(export), None) if export.name.is_none() => ("default", export.at),
            _ => target,
        };
        let body_start = function
            .map(|function| function.body_start)
            .or(class.map(|class| class.body.span.start));
        let index = self.declare(Definition {
            kind: match (function, class) {
                (Some(_), _) => SymbolKind::Function,
                (None, Some(_)) => SymbolKind::Class,
                (None, None) => SymbolKind::Variable,
            },
            name,
            name_at,
            span: assignment.span,
            head: Span::new(
                assignment.span.start,
                body_start.unwrap_or(assignment.span.end),
            ),
            node: assignment.node_id.get(),
            flags: Flags {
                is_exported: export.is_some(),
                is_async: function.is_some_and(|function| function.is_async),
                ..Flags::default()
            },
        });
        self.bind_callable(function, Some(index));
        // `a.b.c = function` is called by that path wherever it is used, while the walk only knows
        // what stands around it.
        if export.is_none()
            && let AssignmentTarget::StaticMemberExpression(target) = &assignment.left
            && let Some(object) = object_path(&target.object)
        {
            let symbol = &mut self.table.symbols[index as usize];
            let outer = symbol.qualified_name.strip_suffix(&symbol.name);
            let outer = format!("{}{object}", outer.unwrap_or_default());
            symbol.qualified_name = names::qualified(&outer, &symbol.name);
        }
    }

    /// Whether what is exported has no other definition.
    fn is_new(&self, value: &Expression<'p>) -> bool {
        // A class with a name declares itself when the walk comes to it.
        let is_named_class = matches!(value.get_inner_expression(), Expression::ClassExpression(class) if class.id.is_some());
        let is_other_export = matches!(value, Expression::StaticMemberExpression(member) if self.table.is_exports(&member.object));
        !is_named_class
            && !is_other_export
            && !is_name(value)
            && !is_nothing(value)
            && self.table.required_part(value).is_none()
    }
}

/// The name that an assignment to a member gives, with its place.
fn assigned_name<'e>(target: &'e AssignmentTarget) -> Option<(&'e str, u32)> {
    match target {
        AssignmentTarget::StaticMemberExpression(member) => {
            let name = &member.property;
            Some((name.name.as_str(), name.span.start))
        }
        AssignmentTarget::ComputedMemberExpression(member) => match &member.expression {
            Expression::StringLiteral(key) => Some((key.value.as_str(), key.span.start)),
            _ => None,
        },
        _ => None,
    }
}

/// A class, object or interface member that is about to be declared.
struct Member<'m, 'p> {
    kind: SymbolKind,
    key: &'m PropertyKey<'p>,
    span: Span,
    head_start: Option<u32>,
    body_start: Option<u32>,
    node: NodeId,
    flags: Flags,
}

/// What matters of a function expression.
#[derive(Clone, Copy)]
struct Callable<'e, 'p> {
    node: NodeId,
    id: Option<&'e BindingIdentifier<'p>>,
    body_start: u32,
    is_async: bool,
}

fn callable<'e, 'p>(expression: &'e Expression<'p>) -> Option<Callable<'e, 'p>> {
    match expression.get_inner_expression() {
        Expression::ArrowFunctionExpression(arrow) => Some(Callable {
            node: arrow.node_id.get(),
            id: None,
            body_start: arrow.body.span().start,
            is_async: arrow.r#async,
        }),
        Expression::FunctionExpression(function) => Some(Callable {
            node: function.node_id.get(),
            id: function.id.as_ref(),
            body_start: body_start(function)?,
            is_async: function.r#async,
        }),
        _ => None,
    }
}

fn body_start(function: &Function) -> Option<u32> {
    function.body.as_ref().map(|body| body.span.start)
}

fn anonymous_class<'e, 'a>(expression: &'e Expression<'a>) -> Option<&'e Class<'a>> {
    match expression.get_inner_expression() {
        Expression::ClassExpression(class) if class.id.is_none() => Some(class),
        _ => None,
    }
}

fn is_name(expression: &Expression) -> bool {
    matches!(expression, Expression::Identifier(_))
}

/// `a.b` as text, without `prototype`; nothing for `this` and computed paths.
fn object_path(expression: &Expression) -> Option<String> {
    match expression {
        Expression::Identifier(name) => Some(name.name.to_string()),
        Expression::StaticMemberExpression(member) if member.property.name == "prototype" => {
            object_path(&member.object)
        }
        Expression::StaticMemberExpression(member) => Some(format!(
            "{}.{}",
            object_path(&member.object)?,
            member.property.name
        )),
        _ => None,
    }
}

/// The name of a key as it is written in a qualified name: `a`, `#a`, `[Symbol.iterator]`.
fn key_name(key: &PropertyKey, text: &str) -> Option<String> {
    match key {
        PropertyKey::PrivateIdentifier(private) => Some(format!("#{}", private.name)),
        PropertyKey::StaticMemberExpression(member) => Some(format!(
            "[{}]",
            &text[member.span.start as usize..member.span.end as usize]
        )),
        _ => key.static_name().map(|name| name.into_owned()),
    }
}

fn head_start(decorators: &[Decorator], text: &str, start: u32) -> Option<u32> {
    let after = decorators.last()?.span.end.max(start);
    let n_space = text[after as usize..]
        .bytes()
        .take_while(u8::is_ascii_whitespace)
        .count();
    Some(after + n_space as u32)
}

/// The name that a chain of members and calls begins with.
fn leftmost_name<'e>(expression: &'e Expression) -> Option<&'e str> {
    match expression {
        Expression::Identifier(name) => Some(name.name.as_str()),
        Expression::StaticMemberExpression(member) => leftmost_name(&member.object),
        Expression::CallExpression(call) => leftmost_name(&call.callee),
        Expression::TaggedTemplateExpression(template) => leftmost_name(&template.tag),
        _ => None,
    }
}
