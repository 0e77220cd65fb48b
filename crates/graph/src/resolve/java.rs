//! What Java adds to the rules: packages of many folders, names that classes inherit, and overloads chosen by types.
//!
//! Types that are not known make a choice uncertain, and an uncertain one is none.

mod functions;
mod hierarchy;
mod names;
mod overloads;
mod subtypes;

use std::rc::Rc;

use domain::facts::{Value, ValueId};
use rustc_hash::FxHashMap;

use super::atoms::{Atom, CallSite, DeclarationAt, Env, ShapeAt, Ty, only, unknown};
use super::entities::Entity;
use super::evaluator::Evaluator;
use super::exports::Exported;
use overloads::Called;
use subtypes::Special;

/// What is remembered while one file is resolved.
#[derive(Default)]
pub(super) struct Known<'f> {
    /// Types of the library by their full names.
    library: FxHashMap<&'f str, DeclarationAt>,
    special: Option<Special>,
    /// What names mean as types in a file that does not declare them.
    names: FxHashMap<(u32, &'f str), Option<Exported>>,
    /// Classes with all that they inherit from.
    above: FxHashMap<ShapeAt, Rc<[Atom]>>,
}

impl Evaluator<'_> {
    /// Returns what an expression leads to, if Java has rules of its own for it.
    pub(super) fn java_entity(
        &mut self,
        file: u32,
        value: ValueId,
        env: &Env,
    ) -> Option<Option<Entity>> {
        Some(match &self.facts(file).values[value.index()] {
            Value::Global(name) => {
                let name = self.name(file, *name);
                self.java_global(file, name)
            }
            Value::Scoped {
                shapes,
                name,
                otherwise,
            } => {
                let name = self.name(file, *name);
                self.scoped_member(file, (shapes, name, *otherwise), env)
            }
            Value::Member(object, name) => {
                let object = self.value_type(file, *object, env);
                let name = self.name(file, *name);
                self.member(&object, name)
            }
            // The target of a call is followed by the call: only its arguments say which overload
            // is meant.
            Value::Call(_) => match self.called(file, value, env)? {
                Called::Method(method) => Some(method.entity()),
                Called::Outside => Some(Entity::Outside),
            },
            Value::New(call) => self.made_entity(file, (value, call.callee), env),
            Value::MethodReference { .. } => self.referenced(file, value, env),
            Value::Module(specifier) => {
                let found = self.java_import(file, *specifier)?;
                self.entity_of(found, "")
            }
            Value::Super(_) => {
                let ty = self.value_type(file, value, env);
                (!ty.is_empty()).then_some(Entity::Type(ty))
            }
            _ => return None,
        })
    }

    /// Returns what a call gives.
    pub(super) fn java_call_type(&mut self, file: u32, call: ValueId, env: &Env) -> Ty {
        match self.called(file, call, env) {
            Some(Called::Method(method)) => {
                let site = Rc::new(CallSite {
                    file,
                    call,
                    env: env.clone(),
                });
                self.result(method.at, &method.env, Some(&site))
            }
            Some(Called::Outside) => only(Atom::Outside),
            None => unknown(),
        }
    }
}
