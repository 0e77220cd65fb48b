//! The walk that finds uses of names, and has the facts written down that lead from them to definitions.

mod uses;
mod visit;

use domain::facts::*;
use domain::{ReferenceKind, SymbolKind};
use oxc::ast::AstKind;
use oxc::ast::ast::*;
// This name is also a fact.
use oxc::ast::ast::Function;
use oxc::ast_visit::{Visit, walk};
use oxc::semantic::{NodeId, ScopeFlags};
use oxc::span::GetSpan;
use rustc_hash::FxHashMap;

use super::facts::{Draft, Instance, Side, UNKNOWN, declaration_of, declared_names};
use super::symbols::{CommonJsExport, common_js_export};
use super::table::{Table, required};
use crate::text::LineIndex;
use uses::Role;

/// Finds the references of a program, in source order, and the facts behind them.
pub(super) fn collect<'p>(table: &Table<'p>, lines: &LineIndex, program: &Program<'p>) -> Facts {
    let mut walk = Collect {
        draft: Draft::new(table),
        lines,
        owners: vec![0],
        functions: Vec::new(),
        keeps_this: false,
        roles: FxHashMap::default(),
    };
    walk.visit_program(program);
    let mut facts = walk.draft.facts;
    facts.references.sort_by_key(|reference| reference.position);
    facts
}

struct Collect<'t, 'p> {
    draft: Draft<'t, 'p>,
    lines: &'t LineIndex<'t>,
    owners: Vec<u32>,
    /// Functions around the current node, innermost last.
    functions: Vec<FunctionId>,
    /// The function that comes next is a method: `this` is the object around it.
    keeps_this: bool,
    /// By node that is still to come: how its value is used.
    roles: FxHashMap<NodeId, Role>,
}

impl<'p> Collect<'_, 'p> {
    fn push(&mut self, kind: ReferenceKind, name: &str, at: u32, target: Target) {
        let reference = Reference {
            kind,
            from: self.owners.last().copied().unwrap_or(0),
            name: self.draft.name(name),
            position: self.lines.position(at),
            target,
        };
        self.draft.facts.references.push(reference);
    }

    /// A use of a value: a name, or a member of something.
    fn value(&mut self, kind: ReferenceKind, expression: &Expression<'p>) {
        match expression.get_inner_expression() {
            Expression::Identifier(name) => {
                self.take(name.node_id.get());
                let target = Target::Value(self.draft.identifier(name));
                self.push(kind, name.name.as_str(), name.span.start, target);
            }
            Expression::Super(token) => {
                let target = Target::Value(self.draft.super_class());
                self.push(kind, "super", token.span.start, target);
            }
            Expression::StaticMemberExpression(member) => self.static_member(kind, member),
            Expression::PrivateFieldExpression(member) => self.private_member(kind, member),
            Expression::ComputedMemberExpression(member) => self.computed_member(kind, member),
            Expression::ChainExpression(chain) => match &chain.expression {
                ChainElement::StaticMemberExpression(member) => self.static_member(kind, member),
                ChainElement::PrivateFieldExpression(member) => self.private_member(kind, member),
                ChainElement::ComputedMemberExpression(member) => {
                    self.computed_member(kind, member)
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn static_member(&mut self, kind: ReferenceKind, member: &StaticMemberExpression<'p>) {
        self.take(member.node_id.get());
        if let Expression::Identifier(name) = &member.object {
            self.take_namespace(name);
        }
        let target = Target::Value(self.draft.static_member(member));
        let name = &member.property;
        self.push(kind, name.name.as_str(), name.span.start, target);
    }

    fn private_member(&mut self, kind: ReferenceKind, member: &PrivateFieldExpression<'p>) {
        self.take(member.node_id.get());
        let target = Target::Value(self.draft.private_member(member));
        let name = format!("#{}", member.field.name);
        self.push(kind, &name, member.field.span.start, target);
    }

    fn computed_member(&mut self, kind: ReferenceKind, member: &ComputedMemberExpression<'p>) {
        if let Expression::StringLiteral(key) = &member.expression {
            self.take(member.node_id.get());
            let target = Target::Value(self.draft.computed_member(member));
            self.push(kind, key.value.as_str(), key.span.start, target);
        }
    }

    fn type_name(&mut self, kind: ReferenceKind, name: &TSTypeName<'p>) {
        let (text, at) = match name {
            TSTypeName::IdentifierReference(name) => {
                // A type parameter has no definition to go to.
                let declared = self.draft.table.declared(name);
                if declared.is_some_and(|name| self.draft.table.is_type_parameter(name)) {
                    return;
                }
                (name.name.as_str(), name.span.start)
            }
            TSTypeName::QualifiedName(qualified) => {
                (qualified.right.name.as_str(), qualified.right.span.start)
            }
            TSTypeName::ThisExpression(_) => return,
        };
        let target = Target::Type(self.draft.named_type(name, Vec::new()));
        self.push(kind, text, at, target);
    }

    fn module(&mut self, kind: ReferenceKind, local: &str, at: u32, specifier: &str, name: &str) {
        let target = Target::Module {
            specifier: self.draft.name(specifier),
            name: self.draft.name(name),
        };
        self.push(kind, local, at, target);
    }

    /// A value that is exported under `exported` other than by its declaration.
    fn export(&mut self, exported: &str, at: u32, value: &Expression<'p>, owner: Option<NodeId>) {
        if let Expression::Identifier(name) = value {
            let target = Target::Value(self.draft.identifier(name));
            self.push(ReferenceKind::ReExport, exported, at, target);
            let local = self.draft.table.declared(name);
            return self.draft.export_name(exported, local);
        }
        let symbol = owner.and_then(|node| self.draft.table.owned_by(node));
        let value = self.draft.value(value);
        self.draft
            .export(exported, ExportTarget::Value { value, symbol });
    }

    /// `module.exports = …` and `export = …`.
    fn export_whole(&mut self, at: u32, value: &Expression<'p>) {
        if let Some(specifier) = required(value) {
            self.module(ReferenceKind::ReExport, "*", at, specifier, "*");
        }
        if let Expression::ObjectExpression(object) = value {
            for property in &object.properties {
                if let ObjectPropertyKind::ObjectProperty(property) = property
                    && let Some(name) = property.key.static_name()
                {
                    let owner = Some(property.node_id.get());
                    self.export(&name, property.key.span().start, &property.value, owner);
                }
            }
        } else if let Expression::Identifier(name) = value {
            let target = Target::Value(self.draft.identifier(name));
            self.push(ReferenceKind::ReExport, "default", at, target);
        }
        let value = self.draft.value(value);
        self.draft.facts.whole_export = Some(value);
    }

    /// Walks with another `this`.
    fn within(&mut self, instance: Instance, walk: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.draft.instance, instance);
        walk(self);
        self.draft.instance = outer;
    }

    fn within_function(&mut self, function: FunctionId, walk: impl FnOnce(&mut Self)) {
        self.functions.push(function);
        walk(self);
        self.functions.pop();
    }

    /// Returns the value of a function's last or only expression.
    fn returned(&mut self, expression: &Expression<'p>) {
        if let Some(function) = self.functions.last().copied() {
            let value = self.draft.value_at(expression, Context::Returned(function));
            self.draft.function_mut(function).returned.push(value);
        }
    }

    /// `name.member = …` and, in a constructor, `this.member = …`.
    fn assigned_member(
        &mut self,
        target: &StaticMemberExpression<'p>,
        assignment: &AssignmentExpression<'p>,
    ) {
        let symbol = self.draft.table.owned_by(assignment.node_id.get());
        let left = self.draft.static_member(target);
        let value = self
            .draft
            .value_at(&assignment.right, Context::Assigned(left));
        let member = Member {
            name: self.draft.name(target.property.name.as_str()),
            kind: MemberKind::Property,
            symbol,
            r#type: None,
            value: Some(value),
        };
        match &target.object {
            Expression::Identifier(name) => {
                if let Some(declared) = self.draft.table.declared(name)
                    && symbol.is_some()
                {
                    self.draft.declaration_mut(declared).assigned.push(member);
                }
            }
            Expression::ThisExpression(_) => {
                if let Some((shape, side)) = self.draft.instance.this {
                    self.add_missing_member(shape, side, member);
                }
            }
            _ => {}
        }
    }

    /// JavaScript declares the members of a class by assigning them.
    fn add_missing_member(&mut self, shape: ShapeId, side: Side, member: Member) {
        let fact = self.draft.shape_mut(shape);
        let members = match side {
            Side::Instance => &fact.members,
            Side::Static => &fact.statics,
        };
        if !members.iter().any(|known| known.name == member.name) {
            self.draft.push_member(shape, side, member);
        }
    }

    fn class_symbol(&self, class: &Class) -> Option<u32> {
        let table = self.draft.table;
        let held = || {
            let owner = *self.owners.last()?;
            (table.symbols[owner as usize].kind == SymbolKind::Class).then_some(owner)
        };
        table.owned_by(class.node_id.get()).or_else(held)
    }
}
