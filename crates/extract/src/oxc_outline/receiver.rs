//! Describes the expression before a dot, as far as it can be followed without knowing types.

use domain::{Binding, Receiver};
use oxc::ast::ast::*;

use super::table::{Table, loaded_module};

/// Long chains of calls would otherwise store every prefix at every link; nothing resolves that far.
const MAX_HOPS: u32 = 32;

/// Where `this` and `super` point.
#[derive(Clone, Copy, Default)]
pub(super) struct Instance {
    /// Symbol of the class, or of what holds the object literal.
    pub(super) this: Option<u32>,
    pub(super) class: Option<u32>,
}

pub(super) struct Receivers<'t, 'p> {
    pub(super) table: &'t Table<'p>,
    pub(super) instance: Instance,
}

impl Receivers<'_, '_> {
    pub(super) fn of(&self, expression: &Expression) -> Receiver {
        self.hop(expression, MAX_HOPS)
    }

    fn hop(&self, expression: &Expression, n_hops: u32) -> Receiver {
        let Some(n_hops) = n_hops.checked_sub(1) else {
            return Receiver::Other;
        };
        if let Some(specifier) = loaded_module(expression) {
            let binding = Binding::Import {
                specifier: specifier.to_owned(),
                name: "*".to_owned(),
            };
            return Receiver::Name {
                name: String::new(),
                binding,
            };
        }
        match expression {
            Expression::Identifier(name) => self.name(name),
            Expression::ThisExpression(_) => {
                self.instance.this.map_or(Receiver::Other, Receiver::This)
            }
            Expression::Super(_) => self.instance.class.map_or(Receiver::Other, Receiver::Super),
            Expression::StaticMemberExpression(member) => Receiver::Member(
                self.hop(&member.object, n_hops).into(),
                member.property.name.to_string(),
            ),
            Expression::PrivateFieldExpression(member) => Receiver::Member(
                self.hop(&member.object, n_hops).into(),
                format!("#{}", member.field.name),
            ),
            Expression::ComputedMemberExpression(member) => match &member.expression {
                Expression::StringLiteral(key) => Receiver::Member(
                    self.hop(&member.object, n_hops).into(),
                    key.value.to_string(),
                ),
                _ => Receiver::Other,
            },
            Expression::CallExpression(call) => {
                Receiver::Call(self.hop(&call.callee, n_hops).into())
            }
            Expression::NewExpression(new) => Receiver::New(self.hop(&new.callee, n_hops).into()),
            Expression::ParenthesizedExpression(inner) => self.hop(&inner.expression, n_hops),
            Expression::TSNonNullExpression(inner) => self.hop(&inner.expression, n_hops),
            Expression::TSSatisfiesExpression(inner) => self.hop(&inner.expression, n_hops),
            Expression::ChainExpression(chain) => match &chain.expression {
                ChainElement::CallExpression(call) => {
                    Receiver::Call(self.hop(&call.callee, n_hops).into())
                }
                ChainElement::StaticMemberExpression(member) => Receiver::Member(
                    self.hop(&member.object, n_hops).into(),
                    member.property.name.to_string(),
                ),
                ChainElement::TSNonNullExpression(inner) => self.hop(&inner.expression, n_hops),
                _ => Receiver::Other,
            },
            _ => Receiver::Other,
        }
    }

    fn name(&self, name: &IdentifierReference) -> Receiver {
        Receiver::Name {
            name: name.name.to_string(),
            binding: self.table.value_binding(name),
        }
    }

    pub(super) fn of_jsx(&self, object: &JSXMemberExpressionObject) -> Receiver {
        match object {
            JSXMemberExpressionObject::IdentifierReference(name) => self.name(name),
            JSXMemberExpressionObject::ThisExpression(_) => {
                self.instance.this.map_or(Receiver::Other, Receiver::This)
            }
            JSXMemberExpressionObject::MemberExpression(member) => Receiver::Member(
                self.of_jsx(&member.object).into(),
                member.property.name.to_string(),
            ),
        }
    }

    pub(super) fn of_type_name(&self, name: &TSTypeName) -> Receiver {
        match name {
            TSTypeName::IdentifierReference(name) => Receiver::Name {
                name: name.name.to_string(),
                binding: self.table.type_binding(name),
            },
            TSTypeName::QualifiedName(qualified) => Receiver::Member(
                self.of_type_name(&qualified.left).into(),
                qualified.right.name.to_string(),
            ),
            TSTypeName::ThisExpression(_) => {
                self.instance.this.map_or(Receiver::Other, Receiver::This)
            }
        }
    }
}
