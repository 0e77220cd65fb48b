//! The walk that finds uses of names, and has the facts written down that lead from them to definitions.

mod exports;
mod flow;
mod prototypes;
mod shared;
mod uses;
mod visit;

use domain::facts::*;
use domain::{Language, ReferenceKind, SymbolKind};
use oxc::allocator::Allocator;
use oxc::ast::AstKind;
use oxc::ast::ast::*;
// This name is also a fact.
use oxc::ast::ast::Function;
use oxc::ast_visit::{Visit, walk};
use oxc::semantic::{NodeId, ScopeFlags};
use oxc::span::GetSpan;
use rustc_hash::{FxHashMap, FxHashSet};

use super::comments::Comments;
use super::common_js::{Chain, ExportingCall, chain, is_nothing};
use super::facts::{Docs, Draft, Instance, Side, This, UNKNOWN, declaration_of, declared_names};
use super::table::Table;
use crate::text::LineIndex;
pub(super) use shared::Sharing;
use uses::Role;

/// Finds the references of a program, in source order, and the facts behind them.
pub(super) fn collect<'p>(
    table: &Table<'p>,
    lines: &LineIndex,
    (language, sharing): (Language, Sharing),
    comments: (&'p Allocator, &Comments),
    program: &Program<'p>,
) -> Facts {
    let is_javascript = matches!(language, Language::JavaScript | Language::Jsx);
    let ranges = match is_javascript {
        true => comments.1.ranges(),
        false => &[],
    };
    let docs = Docs::new(comments.0, lines.text(), ranges);
    let mut walk = Collect {
        draft: Draft::new(table, docs),
        lines,
        owners: vec![0],
        functions: Vec::new(),
        next_this: None,
        is_javascript,
        handled: FxHashSet::default(),
        roles: FxHashMap::default(),
    };
    walk.draft.is_ambient = program.source_type.is_typescript_definition();
    // Before the walk: a type may be used above the comment that defines it.
    walk.draft.declare_typedefs();
    walk.visit_program(program);
    walk.import_in_comments();
    // After the walk, which finds out whether the file is a CommonJS module.
    walk.share(sharing, program);
    walk.draft.join_assigned();
    walk.draft.join_prototypes();
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
    /// What `this` is in the function that comes next, if its place says so.
    next_this: Option<Instance>,
    /// Functions may make instances.
    is_javascript: bool,
    /// Calls of `require` and assignments to exports that what stands around them took care of.
    handled: FxHashSet<NodeId>,
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
                // The walk comes to the name again, on its way through the expression.
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
            // `require("…")()`: what the module is as a whole.
            callee @ Expression::CallExpression(_)
                if self.draft.table.required(callee).is_some() =>
            {
                let target = Target::Value(self.draft.value(callee));
                self.push(kind, "require", callee.span().start, target);
            }
            _ => {}
        }
    }

    fn static_member(&mut self, kind: ReferenceKind, member: &StaticMemberExpression<'p>) {
        self.take(member.node_id.get());
        // `module.name` uses the name alone.
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

    /// Types that comments take from other modules.
    fn import_in_comments(&mut self) {
        for (specifier, name, at) in std::mem::take(&mut self.draft.doc_imports) {
            self.module(ReferenceKind::ImportType, &name, at, &specifier, &name);
        }
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

    fn class_symbol(&self, class: &Class) -> Option<u32> {
        let table = self.draft.table;
        let held = || {
            let owner = *self.owners.last()?;
            (table.symbols[owner as usize].kind == SymbolKind::Class).then_some(owner)
        };
        table.owned_by(class.node_id.get()).or_else(held)
    }
}
