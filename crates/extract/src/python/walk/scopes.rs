//! Scopes and the names that are bound in them.

use domain::facts::{DeclarationId, TypeId, ValueId};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Comprehension, ExceptHandler, Expr, ExprContext, Pattern, Stmt, StmtFunctionDef,
};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Walk;
use crate::python::decorators;
use crate::python::flow::Place;

/// What binds a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BindingKind {
    /// A function.
    Function,
    /// A class.
    Class,
    /// An import.
    Import,
    /// An assignment of any kind, or a parameter.
    Variable,
}

/// A place where a name is bound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding<'a> {
    pub(super) name: &'a str,
    pub(super) range: TextRange,
    pub(super) kind: BindingKind,
    /// It goes on with a definition of the same name.
    pub(super) continues: bool,
}

/// What is known of a name in its scope.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    /// What the name is to whoever looks from elsewhere.
    pub(super) main: DeclarationId,
    /// The kind of that.
    pub(super) kind: BindingKind,
    /// How often it is bound.
    pub(super) n_bindings: u32,
    /// The annotation of a variable.
    pub(super) r#type: Option<TypeId>,
    /// The name of a module, or of a definition in one, that the library knows.
    pub(super) library: Option<Library>,
}

/// Something that the language brings along.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Library {
    Module(String),
    Name(String),
}

/// What a scope is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ScopeKind {
    Module,
    Class,
    Function,
}

/// A scope.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) kind: ScopeKind,
    pub(super) parent: Option<usize>,
    pub(super) names: FxHashMap<&'a str, Bound>,
    /// What names hold when the scope has run, where that is not their declaration.
    pub(super) end: FxHashMap<&'a str, ValueId>,
    /// Names that are bound more than once.
    pub(super) rebound: FxHashSet<Place>,
    /// Names that belong to the module.
    pub(super) globals: FxHashSet<&'a str>,
    /// Names that belong to a function around.
    pub(super) nonlocals: FxHashSet<&'a str>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(kind: ScopeKind, parent: Option<usize>) -> Scope<'a> {
        Scope {
            kind,
            parent,
            names: FxHashMap::default(),
            end: FxHashMap::default(),
            rebound: FxHashSet::default(),
            globals: FxHashSet::default(),
            nonlocals: FxHashSet::default(),
        }
    }
}

/// The names that statements bind in their own scope.
#[derive(Default)]
pub(super) struct Bindings<'a> {
    pub(super) found: Vec<Binding<'a>>,
    pub(super) globals: FxHashSet<&'a str>,
    pub(super) nonlocals: FxHashSet<&'a str>,
    pub(super) has_yield: bool,
    /// Attributes that are assigned, as written.
    pub(super) attributes: Vec<String>,
}

impl<'a> Bindings<'a> {
    /// Adds the names that a target binds.
    pub(super) fn add_target(&mut self, target: &'a Expr) {
        self.visit_expr(target);
    }

    pub(super) fn of(body: &'a [Stmt]) -> Bindings<'a> {
        let mut bindings = Bindings::default();
        bindings.visit_body(body);
        bindings
    }

    fn bind(&mut self, name: &'a str, range: TextRange, kind: BindingKind) {
        self.found.push(Binding {
            name,
            range,
            kind,
            continues: false,
        });
    }
}

impl<'a> Visitor<'a> for Bindings<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            // Its body is a scope of its own.
            Stmt::FunctionDef(function) => {
                self.found.push(Binding {
                    name: function.name.as_str(),
                    range: function.name.range,
                    kind: BindingKind::Function,
                    continues: continues_other(function),
                });
            }
            Stmt::ClassDef(class) => {
                self.bind(class.name.as_str(), class.name.range, BindingKind::Class);
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let first = alias.name.as_str().split('.').next().unwrap_or_default();
                    let (name, range) = match &alias.asname {
                        Some(name) => (name.as_str(), name.range),
                        None => (first, alias.name.range),
                    };
                    self.bind(name, range, BindingKind::Import);
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    if name.as_str() != "*" {
                        self.bind(name.as_str(), name.range, BindingKind::Import);
                    }
                }
            }
            Stmt::Global(global) => self.globals.extend(global.names.iter().map(|n| n.as_str())),
            Stmt::Nonlocal(nonlocal) => {
                let names = nonlocal.names.iter();
                self.nonlocals.extend(names.map(|name| name.as_str()));
            }
            Stmt::TypeAlias(alias) => {
                if let Expr::Name(name) = &*alias.name {
                    self.bind(name.id.as_str(), name.range, BindingKind::Variable);
                }
            }
            _ => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_annotation(&mut self, _: &'a Expr) {}

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) if name.ctx == ExprContext::Store => {
                self.bind(name.id.as_str(), name.range, BindingKind::Variable);
            }
            Expr::Attribute(attribute) if attribute.ctx == ExprContext::Store => {
                self.attributes.extend(Walk::place_text(expression));
                visitor::walk_expr(self, expression);
            }
            // Its parameters are its own; `:=` in it binds there, too.
            Expr::Lambda(_) => {}
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                self.has_yield = true;
                visitor::walk_expr(self, expression);
            }
            _ => visitor::walk_expr(self, expression),
        }
    }

    fn visit_comprehension(&mut self, comprehension: &'a Comprehension) {
        // Its target is not bound here, though `:=` in it is (PEP 572).
        self.visit_expr(&comprehension.iter);
        for condition in &comprehension.ifs {
            self.visit_expr(condition);
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.bind(name.as_str(), name.range, BindingKind::Variable);
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(inner) => inner.name.as_ref(),
            Pattern::MatchStar(inner) => inner.name.as_ref(),
            Pattern::MatchMapping(inner) => inner.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name.as_str(), name.range(), BindingKind::Variable);
        }
        visitor::walk_pattern(self, pattern);
    }
}

/// Whether a definition goes on with one of the same name before it, as overloads and the other accessors of a property do.
pub(super) fn continues_other(function: &StmtFunctionDef) -> bool {
    let mut names = function
        .decorator_list
        .iter()
        .filter_map(|decorator| decorators::last_name(&decorator.expression));
    names.any(|name| matches!(name, "overload" | "setter" | "deleter"))
}
