//! What Rust adds to the rules: paths through modules and crates, and what is implemented for types anywhere in a crate.
//!
//! A method is looked up in what is implemented for the receiver's type, then for what that leads to; of a bound, in the trait.

mod crates;
mod generics;
mod methods;
mod names;
mod type_names;

use domain::facts::{DeclaredValue, NameId, Type, TypeId, Value, ValueId};
use domain::{EdgeKind, Provenance};
use rustc_hash::FxHashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::atoms::{Atom, DeclarationAt, Env, ShapeAt, Ty};
use super::entities::Entity;
use super::evaluator::Evaluator;
use super::outcome::{Outcome, Reason, SymbolAt};
use super::relations::Relation;
use super::{Module, exports::Exported};
pub(super) use crates::Crate;
use crates::ImplAt;
use methods::Pick;
use names::{Found, ModuleAt, Space};

/// A name in a module.
type Name = (ModuleAt, Rc<str>, Space);

/// What is remembered while one file is resolved.
#[derive(Default)]
pub(super) struct Known<'f> {
    /// By the first of their files.
    crates: FxHashMap<u32, Arc<Crate>>,
    /// The crates that the file's imports lead to.
    imported: Option<Rc<[Arc<Crate>]>>,
    paths: FxHashMap<(u32, &'f str, Space), Option<Found>>,
    names: FxHashMap<Name, Option<Found>>,
    heads: FxHashMap<ImplAt, Option<ShapeAt>>,
    picks: FxHashMap<(ShapeAt, Rc<str>), Option<Pick>>,
}

impl<'f> Evaluator<'f> {
    /// Returns what an expression leads to, if Rust has rules of its own for it.
    pub(super) fn rust_entity(
        &mut self,
        file: u32,
        value: ValueId,
        env: &Env,
    ) -> Option<Option<Entity>> {
        Some(match &self.facts(file).values[value.index()] {
            Value::Global(name) => {
                let text = self.name(file, *name);
                match self.rust_path(file, text, Space::Value) {
                    Some(found) => self.rust_found(&found),
                    None => None,
                }
            }
            Value::Declared(declaration) => {
                let at = self.at(file, *declaration);
                let DeclaredValue::Import { specifier, .. } = self.declaration(at).value else {
                    return None;
                };
                let text = self.name(file, specifier);
                let found = self
                    .rust_path(file, text, Space::Value)
                    .or_else(|| self.rust_path(file, text, Space::Type));
                match found {
                    Some(found) => self.rust_found(&found),
                    None => None,
                }
            }
            Value::Member(object, name) => {
                let object = self.value_type(file, *object, env);
                let name = self.name(file, *name);
                self.rust_member(&object, name)
            }
            // What is called depends on what it is given.
            Value::Call(call) => self.rust_callee(file, call.callee, &call.arguments, env),
            // What one of several ways gives is nobody's name, but for a part of what is matched.
            Value::OrElse(first, _) => match self.facts(file).values[first.index()] {
                Value::Member(..) => return None,
                _ => Some(Entity::Type(self.value_type(file, value, env))),
            },
            _ => return None,
        })
    }

    /// Returns what a path leads to as an expression.
    fn rust_found(&mut self, found: &Found) -> Option<Entity> {
        match found {
            Found::Module(module) => {
                self.found_by(Provenance::Namespace);
                match self.declaration_of_module(module) {
                    Some(at) => Some(Entity::Declaration(at)),
                    None => Some(Entity::Module(module.file)),
                }
            }
            Found::Declaration(at) => Some(Entity::Declaration(*at)),
            Found::Within(at, name) => {
                let class = self.class_of_declaration(*at);
                self.rust_member(&class, name)
            }
            Found::Outside(_) => Some(Entity::Outside),
        }
    }

    fn class_of_declaration(&mut self, at: DeclarationAt) -> Ty {
        let instances = self.instance_of(at, &[]);
        super::protocols::as_class(&instances)
    }

    /// Returns what a call calls; of several that differ by what they take, the one that takes what it is given.
    fn rust_callee(
        &mut self,
        file: u32,
        callee: ValueId,
        arguments: &[ValueId],
        env: &Env,
    ) -> Option<Entity> {
        let found = self.entity(file, callee, env)?;
        match found {
            Entity::Member { shape, .. } if !self.files.is_library(shape.file) => {
                self.chosen(file, found, arguments, env)
            }
            found => Some(found),
        }
    }

    /// Returns where an import or a module's declaration leads.
    pub(super) fn rust_module_outcome(&mut self, name: NameId) -> Outcome {
        let file = self.own_file();
        let text = self.name(file, name);
        self.found_by(Provenance::Import);
        if text.starts_with("mod ") || text.starts_with("path ") {
            return match self.files.inner_module(file, None, text) {
                Module::File(module) => self.found(module, 0),
                _ => Outcome::Unresolved(Reason::MissingModule),
            };
        }
        let found = self
            .rust_path(file, text, Space::Type)
            .or_else(|| self.rust_path(file, text, Space::Value));
        let found = found.or_else(|| {
            let path = text.rsplit('>').next().unwrap_or(text);
            let is_macro = !path.contains('!');
            is_macro.then(|| self.rust_macro(file, text)).flatten()
        });
        match found {
            Some(Found::Module(module)) if self.files.is_library(module.file) => Outcome::External,
            Some(Found::Module(module)) => self.found(module.file, 0),
            Some(Found::Declaration(at) | Found::Within(at, _)) => {
                match self.files.is_library(at.file) {
                    true => Outcome::External,
                    false => self.found(at.file, 0),
                }
            }
            Some(Found::Outside(_)) => Outcome::External,
            None => Outcome::Unresolved(Reason::NoSuchExport),
        }
    }

    /// Returns the declaration that a type's name leads to.
    pub(super) fn rust_named_type(&mut self, file: u32, r#type: TypeId) -> Option<Exported> {
        match self.rust_named(file, r#type)? {
            Found::Module(module) => match self.declaration_of_module(&module) {
                Some(at) => Some(Exported::Declaration(at)),
                None => Some(Exported::Module(module.file)),
            },
            Found::Declaration(at) => Some(Exported::Declaration(at)),
            Found::Within(at, name) => {
                let class = self.class_of_declaration(at);
                let found = self.rust_member(&class, &name)?;
                match self.outcome_of(&found) {
                    Outcome::Found { target, .. } => Some(Exported::Symbol {
                        file: target.file,
                        symbol: target.symbol,
                    }),
                    _ => Some(Exported::Outside),
                }
            }
            Found::Outside(_) => Some(Exported::Outside),
        }
    }

    fn rust_named(&mut self, file: u32, r#type: TypeId) -> Option<Found> {
        match &self.facts(file).types[r#type.index()] {
            Type::Declared { declaration, .. } => {
                let at = self.at(file, *declaration);
                match self.declaration(at).value {
                    DeclaredValue::Import { specifier, .. } => {
                        let text = self.name(file, specifier);
                        self.found_by(Provenance::Import);
                        self.rust_path(file, text, Space::Type)
                    }
                    _ => Some(Found::Declaration(at)),
                }
            }
            Type::Global { path, .. } => {
                let text = self.name(file, path[0]);
                self.rust_path(file, text, Space::Type)
            }
            _ => None,
        }
    }

    /// Adds what the members of something implemented are to those of the trait.
    pub(super) fn rust_relate(&mut self, at: ShapeAt, found: &mut Vec<Relation>) {
        let shape = self.shape(at);
        let Some(implemented) = shape.implements.first().copied() else {
            return;
        };
        self.begin();
        let traits = self.written_type(at.file, implemented, &Env::default());
        let Some(Atom::Instance(of, _)) = traits.first() else {
            return;
        };
        if self.files.is_library(of.file) {
            return;
        }
        let of = *of;
        for side in [
            super::entities::Side::Instance,
            super::entities::Side::Static,
        ] {
            for member in side.members(self.shape(at)) {
                let name = self.name(at.file, member.name);
                let declared = self.position(of, side, name);
                let declared =
                    declared.and_then(|index| side.members(self.shape(of))[index].symbol);
                if let (Some(from), Some(symbol)) = (member.symbol, declared) {
                    found.push(Relation {
                        from,
                        kind: EdgeKind::Implements,
                        target: SymbolAt {
                            file: of.file,
                            symbol,
                        },
                    });
                }
            }
        }
    }
}
