//! Looks members up in types.

use domain::Provenance;

use super::Module;
use super::atoms::{Atom, DeclarationAt, Env, ShapeAt, Ty, only, unknown};
use super::entities::{Entity, Side};
use super::evaluator::Evaluator;

impl Evaluator<'_> {
    /// Returns the member of that name of the first alternative that has one.
    pub(super) fn member(&mut self, ty: &Ty, name: &str) -> Option<Entity> {
        if self.is_rust() {
            return self.rust_member(ty, name);
        }
        if self.is_python() && ty.len() > 1 {
            // What is outside may have any member; what is inside is known.
            let is_inside = |atom: &&Atom| match atom {
                Atom::Instance(at, _) | Atom::Static(at, _) => !self.files.is_library(at.file),
                Atom::Outside | Atom::Tuple(_) => false,
                _ => true,
            };
            let (inside, outside): (Vec<&Atom>, Vec<&Atom>) = ty.iter().partition(is_inside);
            let mut found = None;
            for atom in inside.into_iter().chain(outside) {
                match self.member_of(atom, name, &only(atom.clone())) {
                    Some(Entity::Outside) => found = Some(Entity::Outside),
                    Some(entity) => return Some(entity),
                    None => {}
                }
            }
            return found;
        }
        ty.iter()
            .find_map(|atom| self.member_of(atom, name, &only(atom.clone())))
            // `call`, `apply` and `bind`, if nothing else is called so.
            .or_else(|| match ty.iter().any(is_function) {
                true => self.library_member("Function", name),
                false => None,
            })
    }

    fn member_of(&mut self, atom: &Atom, name: &str, this: &Ty) -> Option<Entity> {
        self.step(|evaluator| match atom {
            Atom::Static(..) | Atom::Declared(_) | Atom::Function(..) if name == "prototype" => {
                let ty = only(atom.clone());
                let instances = evaluator.instances(&ty, 0, &[], &Env::default());
                Some(Entity::Type(instances))
            }
            Atom::Instance(at, env) => evaluator.instance_member(*at, env, name, this),
            Atom::Static(at, env) => evaluator.static_member(*at, env, name, this),
            Atom::Module(module) => {
                evaluator.found_by(Provenance::Namespace);
                match evaluator.exported(*module, name) {
                    Some(exported) => evaluator.entity_of(exported, name),
                    None => match evaluator.files.inner_module(*module, None, name) {
                        Module::File(inner) => Some(Entity::Module(inner)),
                        Module::Outside => Some(Entity::Outside),
                        Module::Missing => None,
                    },
                }
            }
            Atom::Declared(at) => {
                let found = evaluator.assigned_position(*at, name);
                found.map(|index| Entity::Assigned { of: *at, index })
            }
            Atom::Function(..) | Atom::Constructor(..) => None,
            Atom::Tuple(elements) => {
                let elements = evaluator.any_of(elements.iter().cloned());
                let array = evaluator.array_of(elements);
                evaluator.member(&array, name)
            }
            Atom::EveryMember(ty) => Some(Entity::Type(ty.clone())),
            Atom::Outside | Atom::Foreign(_) => Some(Entity::Outside),
        })
    }

    fn library_member(&mut self, r#type: &str, name: &str) -> Option<Entity> {
        let ty = self.library_instance(r#type, &[]);
        match &ty[..] {
            [Atom::Instance(at, env)] => self.instance_member(*at, env, name, &ty),
            _ => None,
        }
    }

    fn instance_member(&mut self, at: ShapeAt, env: &Env, name: &str, this: &Ty) -> Option<Entity> {
        if self.is_python() {
            let line = self.linearised(at, env);
            return self.inherited_member(&line, Side::Instance, name, this);
        }
        if self.is_go() {
            return self.promoted_member(at, env, name);
        }
        if self.is_java() {
            return self.field_or_type(at, env, name);
        }
        let shape = self.shape(at);
        if let Some(index) = self.position(at, Side::Instance, name) {
            return Some(Entity::Member {
                shape: at,
                side: Side::Instance,
                index,
                env: env.with_this(this.clone()),
            });
        }
        if let Some(found) = self.member_of_parts(at, Side::Instance, env, name, Some(this)) {
            return Some(found);
        }
        // Mostly none of the one and one of the other.
        self.goes_through((shape.spreads.len() + shape.extends.len()).saturating_sub(1));
        for value in &shape.spreads {
            let spread = self.value_type(at.file, *value, env);
            if let Some(found) = self.member(&spread, name) {
                return Some(found);
            }
        }
        if shape.base.is_some() {
            let bases = self.base_instances(at, env);
            if let Some(found) = self.member_in(&bases, name, this) {
                return Some(found);
            }
        }
        for base in &shape.extends {
            let bases = self.written_type(at.file, *base, env);
            if let Some(found) = self.member_in(&bases, name, this) {
                return Some(found);
            }
        }
        match shape.index {
            // Last, since an index signature has every name.
            Some(index) => {
                let index = self.written_type(at.file, index, env);
                Some(Entity::Type(index))
            }
            // The library has only what leads back to a program's own definitions.
            None if self.files.is_library(at.file) && !name.starts_with("__") => {
                Some(Entity::Outside)
            }
            None => None,
        }
    }

    /// Members of bases keep the `this` of what extends them.
    pub(super) fn member_in(&mut self, bases: &Ty, name: &str, this: &Ty) -> Option<Entity> {
        bases
            .iter()
            .find_map(|base| self.member_of(base, name, this))
    }

    fn static_member(&mut self, at: ShapeAt, env: &Env, name: &str, this: &Ty) -> Option<Entity> {
        if self.is_python() {
            let line = self.linearised(at, env);
            return self.inherited_member(&line, Side::Static, name, this);
        }
        if self.is_go() {
            return self.promoted_member(at, env, name);
        }
        if self.is_java() {
            return self.field_or_type(at, env, name);
        }
        let shape = self.shape(at);
        if let Some(index) = self.position(at, Side::Static, name) {
            return Some(Entity::Member {
                shape: at,
                side: Side::Static,
                index,
                env: env.with_this(this.clone()),
            });
        }
        if let Some(found) = self.member_of_parts(at, Side::Static, env, name, Some(this)) {
            return Some(found);
        }
        let bases = self.value_type(at.file, shape.base?, env);
        self.member_in(&bases, name, this)
    }

    /// Returns the place of a shape's own member of a name.
    pub(super) fn position(&mut self, at: ShapeAt, side: Side, name: &str) -> Option<usize> {
        let facts = self.facts(at.file);
        let lookup = self.files.lookup(at.file);
        lookup.member(facts, (at.shape, side), name)
    }

    /// Returns the place of what was assigned to a member of a declared name.
    pub(super) fn assigned_position(&mut self, at: DeclarationAt, name: &str) -> Option<usize> {
        let facts = self.facts(at.file);
        self.files
            .lookup(at.file)
            .assigned(facts, at.declaration, name)
    }

    /// Returns the instances of what a class extends.
    pub(super) fn base_instances(&mut self, at: ShapeAt, env: &Env) -> Ty {
        if self.is_python() {
            return self.above(at, env);
        }
        if self.is_java() {
            return self.superclass(at, env);
        }
        let shape = self.shape(at);
        let Some(base) = shape.base else {
            return unknown();
        };
        let classes = self.value_type(at.file, base, env);
        self.instances(&classes, at.file, &shape.base_types, env)
    }
}

/// Whether it has what every function has.
fn is_function(atom: &Atom) -> bool {
    matches!(
        atom,
        Atom::Static(..) | Atom::Declared(_) | Atom::Function(..) | Atom::Constructor(..)
    )
}
