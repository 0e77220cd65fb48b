//! Values that are used without being called: passed on, assigned, returned, read.
//!
//! Whoever holds a value knows how it is used, and is walked before it: it says so by [`Walk::expect`]. What nobody spoke of is
//! read.

use domain::facts::*;
use ruff_python_ast::{Expr, ExprAttribute, ExprContext, ExprName};
use ruff_text_size::TextRange;
use rustc_hash::FxHashMap;

use super::Walk;
use super::scopes::{BindingKind, ScopeKind};
use crate::python::builtins::is_builtin;

/// How names are used that the walk has yet to come to, by where they begin; nothing for those whose use is written down already.
pub(super) type Roles = FxHashMap<u32, Option<ReferenceKind>>;

impl<'a> Walk<'a> {
    /// Notes that the use of an expression's last name was written down.
    pub(super) fn take(&mut self, expression: &Expr) {
        self.set_role(expression, None);
    }

    /// Notes how the value of an expression is used, through what only passes it on.
    pub(super) fn expect(&mut self, expression: &Expr, kind: ReferenceKind) {
        match expression {
            Expr::If(choice) => {
                self.expect(&choice.body, kind);
                self.expect(&choice.orelse, kind);
            }
            Expr::BoolOp(choice) => self.expect_all(&choice.values, kind),
            Expr::Await(awaited) => self.expect(&awaited.value, kind),
            Expr::Named(named) => self.expect(&named.value, ReferenceKind::Alias),
            _ => self.set_role(expression, Some(kind)),
        }
    }

    pub(super) fn expect_all(&mut self, expressions: &[Expr], kind: ReferenceKind) {
        for expression in expressions {
            self.expect(expression, kind);
        }
    }

    /// A name of a variable is another name for what it is assigned.
    pub(super) fn expect_assigned(&mut self, targets: &[Expr], value: &Expr) {
        let is_name = targets.iter().all(Expr::is_name_expr);
        let kind = match is_name && self.scopes[self.scope()].kind != ScopeKind::Class {
            true => ReferenceKind::Alias,
            false => ReferenceKind::Assigned,
        };
        self.expect(value, kind);
    }

    fn set_role(&mut self, expression: &Expr, role: Option<ReferenceKind>) {
        let at = match expression {
            Expr::Name(name) => name.range,
            Expr::Attribute(attribute) => attribute.attr.range,
            _ => return,
        };
        self.roles.insert(at.start().to_u32(), role);
    }

    fn role(&self, at: TextRange) -> Option<ReferenceKind> {
        let role = self.roles.get(&at.start().to_u32());
        role.copied().unwrap_or(Some(ReferenceKind::Read))
    }

    /// Notes the use of a name: a local variable or a parameter is nobody's dependency.
    pub(super) fn name_used(&mut self, name: &'a ExprName) {
        let text = name.id.as_str();
        let Some(kind) = self
            .role(name.range)
            .filter(|_| name.ctx == ExprContext::Load)
        else {
            return;
        };
        if self.inner_names.contains(&text) {
            return;
        }
        let target = match self.definition(text) {
            Some(variable) => variable,
            None => match self.bound(text) {
                Some(bound) if bound.kind == BindingKind::Variable => return,
                // A use of what the language brings along leads nowhere in the repository.
                Some(bound) if bound.library.is_some() && bound.n_bindings == 1 => return,
                None if is_builtin(text) => return,
                _ => self.name_value(text),
            },
        };
        self.refer(kind, text, name.range, Target::Value(target));
    }

    /// Returns a variable of a module or class: what it holds may be anything, what is used is the variable.
    fn definition(&mut self, name: &str) -> Option<ValueId> {
        let scope = self.scope_of(name)?;
        let bound = &self.scopes[scope].names[name];
        let is_definition =
            bound.kind == BindingKind::Variable && self.scopes[scope].kind != ScopeKind::Function;
        let main = bound.main;
        is_definition.then(|| self.draft.value(Value::Declared(main)))
    }

    /// Notes the use of an attribute of what `object` is.
    pub(super) fn attribute_used(&mut self, attribute: &'a ExprAttribute, object: ValueId) {
        // Methods of texts and collections are the library's.
        let is_literal = matches!(
            self.draft.facts.values[object.index()],
            Value::Primitive(_) | Value::Holds(..)
        );
        if attribute.ctx != ExprContext::Load || is_literal {
            return;
        }
        if let Some(kind) = self.role(attribute.attr.range) {
            let name = attribute.attr.as_str();
            let member = self.draft.member(object, name);
            self.refer(kind, name, attribute.attr.range, Target::Value(member));
        }
    }

    /// `module.name` uses the name; the module is only where it is found.
    pub(super) fn take_module(&mut self, object: &Expr) {
        let Expr::Name(name) = object else {
            return;
        };
        let Some(main) = self.bound(name.id.as_str()).map(|bound| bound.main) else {
            return;
        };
        if let DeclaredValue::Import { name, .. } =
            self.draft.facts.declarations[main.index()].value
            && self.draft.facts.name(name) == "*"
        {
            self.take(object);
        }
    }

    /// Notes an assignment to a variable of a module or class that is defined elsewhere.
    pub(super) fn name_written(&mut self, name: &str, at: TextRange) {
        if self.definitions.at(at).is_none()
            && let Some(variable) = self.definition(name)
        {
            self.refer(ReferenceKind::Written, name, at, Target::Value(variable));
        }
    }

    /// Notes an assignment to an attribute that is defined elsewhere.
    pub(super) fn attribute_written(&mut self, attribute: &ExprAttribute, object: ValueId) {
        let at = attribute.attr.range;
        if self.definitions.at(at).is_none() {
            let name = attribute.attr.as_str();
            let member = self.draft.member(object, name);
            self.refer(ReferenceKind::Written, name, at, Target::Value(member));
        }
    }
}
