//! Members of types: fields, what is implemented for types, and what traits declare.

use std::rc::Rc;
use std::sync::Arc;

use domain::Provenance;
use domain::facts::{ReferenceKind, Target, ValueId};

use super::crates::{Crate, ImplAt, MemberAt};
use crate::resolve::Module;
use crate::resolve::atoms::{Atom, Env, ShapeAt, Ty, only, unknown};
use crate::resolve::entities::{Entity, Side};
use crate::resolve::evaluator::Evaluator;

/// What one thing leads to that leads to another, and so on.
const DEREFS_MAX: usize = 8;
/// Traits of a type that are asked for what they declare, and blocks of one type.
const IMPLS_MAX: usize = 256;
/// What everything has, by the name of a trait of the library that no program can write.
const EVERYTHING: &str = "prim·any";

/// Where a member of a type stands.
#[derive(Clone, Debug)]
pub(super) enum Pick {
    /// In what is implemented for the type.
    Own(MemberAt),
    /// In several blocks, for one trait with several type arguments.
    Several(Rc<[MemberAt]>),
    /// In a trait that is implemented, which gives it a body.
    OfTrait(ImplAt),
}

impl Evaluator<'_> {
    /// Returns the member of a value or type: names of fields begin with a dot.
    pub(in crate::resolve) fn rust_member(&mut self, ty: &Ty, name: &str) -> Option<Entity> {
        let mut leads_outside = false;
        for atom in ty.iter() {
            let found = match name.starts_with('.') {
                true => self.field_of(atom, name),
                false => self.member_of_atom(atom, name),
            };
            match found {
                Some(Entity::Outside) => leads_outside = true,
                Some(found) => return Some(found),
                None => {}
            }
        }
        leads_outside.then_some(Entity::Outside)
    }

    fn field_of(&mut self, atom: &Atom, name: &str) -> Option<Entity> {
        // `.Variant.field`, or a field of a struct of that name.
        let own = name.rfind('.').map_or(name, |dot| &name[dot..]);
        let mut atom = atom.clone();
        for _ in 0..DEREFS_MAX {
            match &atom {
                Atom::Instance(at, env) | Atom::Static(at, env) => {
                    for name in [name, own] {
                        if let Some(index) = self.position(*at, Side::Instance, name) {
                            return Some(Entity::Member {
                                shape: *at,
                                side: Side::Instance,
                                index,
                                env: env.clone(),
                            });
                        }
                    }
                }
                Atom::Tuple(elements) => {
                    let place: usize = own[1..].parse().ok()?;
                    return Some(Entity::Type(elements.get(place)?.clone()));
                }
                Atom::Outside | Atom::Foreign(_) => return Some(Entity::Outside),
                _ => return None,
            }
            atom = self.behind(&atom)?;
        }
        None
    }

    /// Returns what something leads to by `Deref`.
    pub(super) fn behind(&mut self, atom: &Atom) -> Option<Atom> {
        let Atom::Instance(at, _) = atom else {
            return None;
        };
        if self.shape(*at).is_interface {
            return None;
        }
        let target = self.projected(&only(atom.clone()), "Target");
        target.first().cloned()
    }

    fn member_of_atom(&mut self, atom: &Atom, name: &str) -> Option<Entity> {
        let mut next = Some(atom.clone());
        let is_type = name.starts_with("type ");
        let mut leads_outside = false;
        for _ in 0..DEREFS_MAX {
            let Some(atom) = next else {
                break;
            };
            match &atom {
                Atom::Instance(at, env) => {
                    if let Some(found) =
                        self.step(|evaluator| evaluator.member_of_type(*at, env, name, &atom))
                    {
                        return Some(found);
                    }
                    leads_outside |= !is_type;
                }
                Atom::Static(at, env) => {
                    let instance = Atom::Instance(*at, env.clone());
                    return self.static_of(*at, env, name).or_else(|| {
                        self.step(|evaluator| evaluator.member_of_type(*at, env, name, &instance))
                            .or_else(|| of_everything(self, name, &instance))
                            .or((!is_type).then_some(Entity::Outside))
                    });
                }
                Atom::Outside | Atom::Foreign(_) => return Some(Entity::Outside),
                _ => leads_outside |= !is_type,
            }
            next = match is_type {
                true => None,
                false => self.behind(&atom),
            };
        }
        let found = of_everything(self, name, atom);
        found.or_else(|| leads_outside.then_some(Entity::Outside))
    }

    /// A variant of an enum.
    fn static_of(&mut self, at: ShapeAt, env: &Env, name: &str) -> Option<Entity> {
        if self.shape(at).is_interface {
            return None;
        }
        let index = self.position(at, Side::Static, name)?;
        Some(Entity::Member {
            shape: at,
            side: Side::Static,
            index,
            env: env.clone(),
        })
    }

    /// Returns a member that is implemented for a type, or that a trait declares.
    pub(super) fn member_of_type(
        &mut self,
        at: ShapeAt,
        env: &Env,
        name: &str,
        this: &Atom,
    ) -> Option<Entity> {
        if self.shape(at).is_interface
            && let Some(found) = self.trait_member(at, env, name, this)
        {
            return Some(found);
        }
        match self.pick(at, name)? {
            Pick::Own(member) => Some(self.implemented_member(member, this)),
            Pick::Several(members) => {
                let first = *members.first()?;
                Some(self.implemented_member(first, this))
            }
            Pick::OfTrait(implemented) => self.inherited(implemented, name, this),
        }
    }

    fn implemented_member(&mut self, member: MemberAt, this: &Atom) -> Entity {
        let env = self.env_of_impl(member.of, this);
        Entity::Member {
            shape: member.shape,
            side: member.side,
            index: member.index,
            env: env.with_this(only(this.clone())),
        }
    }

    /// A member that a trait declares which is implemented.
    fn inherited(&mut self, implemented: ImplAt, name: &str, this: &Atom) -> Option<Entity> {
        let shape = self.shape_of_impl(implemented)?;
        let r#type = *self.shape(shape).implements.first()?;
        let env = self.env_of_impl(implemented, this);
        let traits = self.written_type(shape.file, r#type, &env);
        traits.iter().find_map(|of| match of {
            Atom::Instance(of, env) => self.trait_member(*of, env, name, this),
            _ => None,
        })
    }

    /// Returns a member of a trait, or of those that it extends.
    pub(super) fn trait_member(
        &mut self,
        at: ShapeAt,
        env: &Env,
        name: &str,
        this: &Atom,
    ) -> Option<Entity> {
        for side in [Side::Instance, Side::Static] {
            if let Some(index) = self.position(at, side, name) {
                return Some(Entity::Member {
                    shape: at,
                    side,
                    index,
                    env: env.with_this(only(this.clone())),
                });
            }
        }
        let extends = &self.shape(at).extends;
        self.goes_through(extends.len());
        for above in extends {
            let above = self.written_type(at.file, *above, env);
            for of in above.iter() {
                if let Atom::Instance(of, env) = of
                    && *of != at
                    && let Some(found) =
                        self.step(|evaluator| evaluator.trait_member(*of, env, name, this))
                {
                    return Some(found);
                }
            }
        }
        None
    }

    /// Finds out where a member of a type stands.
    fn pick(&mut self, at: ShapeAt, name: &str) -> Option<Pick> {
        let key = (at, Rc::from(name));
        if let Some(known) = self.rust.picks.get(&key) {
            return known.clone();
        }
        self.rust.picks.insert(key.clone(), None);
        let n_cuts = self.n_cuts;
        let found = self.step(|evaluator| evaluator.pick_now(at, name));
        match self.n_cuts == n_cuts {
            true => self.rust.picks.insert(key, found.clone()),
            false => self.rust.picks.remove(&key),
        };
        found
    }

    fn pick_now(&mut self, at: ShapeAt, name: &str) -> Option<Pick> {
        let crates = self.crates_for(at.file);
        let called = crates
            .iter()
            .find_map(|krate| krate.types.get(&at).cloned());
        let called = called.as_deref().unwrap_or("·");
        let mut of_traits: Vec<MemberAt> = Vec::new();
        for krate in crates.iter() {
            let members = krate
                .members
                .get(called)
                .and_then(|members| members.get(name));
            let members = members.map_or(&[][..], |members| members);
            self.goes_through(members.len());
            for member in members.iter().take(IMPLS_MAX) {
                if self.head(member.of) != Some(at) {
                    continue;
                }
                match member.is_of_trait {
                    false => return Some(Pick::Own(*member)),
                    true => of_traits.push(*member),
                }
            }
        }
        match of_traits[..] {
            [] => {}
            [one] => return Some(Pick::Own(one)),
            _ => return Some(Pick::Several(of_traits.into())),
        }
        // What something leads to is nobody's by default.
        if name == "type Target" {
            return None;
        }
        self.pick_of_traits(&crates, (at, called), name)
            .or_else(|| self.pick_for_all(&crates, at, name))
    }

    fn pick_of_traits(
        &mut self,
        crates: &[Arc<Crate>],
        (at, called): (ShapeAt, &str),
        name: &str,
    ) -> Option<Pick> {
        for krate in crates {
            let impls = krate.impls.get(called).map_or(&[][..], |impls| impls);
            self.goes_through(impls.len());
            for implemented in impls.iter().take(IMPLS_MAX) {
                if self.head(*implemented) == Some(at) && self.declares(*implemented, name) {
                    return Some(Pick::OfTrait(*implemented));
                }
            }
        }
        None
    }

    /// What is implemented for whatever implements something.
    fn pick_for_all(&mut self, crates: &[Arc<Crate>], at: ShapeAt, name: &str) -> Option<Pick> {
        if name.starts_with("type ") {
            return None;
        }
        for krate in crates {
            let members = krate.members.get("*").and_then(|members| members.get(name));
            for member in members
                .map_or(&[][..], |members| members)
                .iter()
                .take(IMPLS_MAX)
            {
                if self.is_for(member.of, at) {
                    return Some(Pick::Own(*member));
                }
            }
            let impls = krate.impls.get("*").map_or(&[][..], |impls| impls);
            self.goes_through(impls.len());
            for implemented in impls.iter().take(IMPLS_MAX) {
                if self.declares(*implemented, name) && self.is_for(*implemented, at) {
                    return Some(Pick::OfTrait(*implemented));
                }
            }
        }
        None
    }

    /// Whether the trait of something implemented declares a member.
    fn declares(&mut self, implemented: ImplAt, name: &str) -> bool {
        let Some(shape) = self.shape_of_impl(implemented) else {
            return false;
        };
        let Some(r#type) = self.shape(shape).implements.first().copied() else {
            return false;
        };
        let traits = self.written_type(shape.file, r#type, &Env::default());
        traits.iter().any(|of| match of {
            Atom::Instance(at, env) => self.trait_member(*at, env, name, of).is_some(),
            _ => false,
        })
    }

    /// Whether something that is implemented for all types with some bounds is so for a type.
    fn is_for(&mut self, implemented: ImplAt, at: ShapeAt) -> bool {
        let Some(own) = self.implemented(implemented).member.r#type else {
            return false;
        };
        let bounds = self.written_type(implemented.file, own, &Env::default());
        bounds.iter().all(|bound| match bound {
            Atom::Instance(of, _) => self.implements(at, *of),
            Atom::Function(..) => false,
            _ => true,
        })
    }

    /// Whether a trait is implemented for a type.
    fn implements(&mut self, at: ShapeAt, of: ShapeAt) -> bool {
        if at == of {
            return true;
        }
        if self.shape(at).is_interface {
            let extends = &self.shape(at).extends;
            return extends.iter().any(|above| {
                let above = self.written_type(at.file, *above, &Env::default());
                above.iter().any(|above| match above {
                    Atom::Instance(above, _) => {
                        self.step(|evaluator| Some(evaluator.implements(*above, of))) == Some(true)
                    }
                    _ => false,
                })
            });
        }
        let crates = self.crates_for(at.file);
        let called = crates
            .iter()
            .find_map(|krate| krate.types.get(&at).cloned());
        let called = called.as_deref().unwrap_or("·");
        for krate in crates.iter() {
            let impls = krate.impls.get(called).map_or(&[][..], |impls| impls);
            self.goes_through(impls.len());
            for implemented in impls.iter().take(IMPLS_MAX) {
                if self.head(*implemented) != Some(at) {
                    continue;
                }
                let Some(shape) = self.shape_of_impl(*implemented) else {
                    continue;
                };
                for r#type in &self.shape(shape).implements {
                    let traits = self.written_type(shape.file, *r#type, &Env::default());
                    if let Some(Atom::Instance(found, _)) = traits.first()
                        && *found == of
                    {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Returns the type that something is implemented for.
    fn head(&mut self, implemented: ImplAt) -> Option<ShapeAt> {
        if let Some(known) = self.rust.heads.get(&implemented) {
            return *known;
        }
        self.rust.heads.insert(implemented, None);
        let own = self.implemented(implemented).member.r#type;
        let ty = own.map(|own| self.written_type(implemented.file, own, &Env::default()));
        let head = ty.and_then(|ty| match ty.first() {
            Some(Atom::Instance(at, _)) => Some(*at),
            _ => None,
        });
        self.rust.heads.insert(implemented, head);
        head
    }

    /// Returns the crates in which something can be implemented for a type: its own, the file's, and those that the file imports from.
    fn crates_for(&mut self, file: u32) -> Rc<[Arc<Crate>]> {
        let of_type = self.crate_of(file);
        let own_file = self.own_file();
        let own = self.crate_of(own_file);
        let mut crates = vec![of_type, own];
        crates.extend(self.imported_crates().iter().cloned());
        let library = self.files.library(own_file);
        crates.push(self.crate_of(library));
        let mut found: Vec<Arc<Crate>> = Vec::new();
        for krate in crates {
            if !found.iter().any(|known| Arc::ptr_eq(known, &krate)) {
                found.push(krate);
            }
        }
        found.into()
    }

    fn imported_crates(&mut self) -> Rc<[Arc<Crate>]> {
        if let Some(known) = &self.rust.imported {
            return known.clone();
        }
        let file = self.own_file();
        let mut crates: Vec<Arc<Crate>> = Vec::new();
        for reference in &self.facts(file).references {
            let is_import = matches!(
                reference.kind,
                ReferenceKind::Import | ReferenceKind::ReExport
            );
            let Target::Module { specifier, .. } = reference.target else {
                continue;
            };
            if is_import && let Module::File(root) = self.files.module(file, specifier) {
                let krate = self.crate_of(root);
                if !crates.iter().any(|known| Arc::ptr_eq(known, &krate)) {
                    crates.push(krate);
                }
            }
        }
        let crates: Rc<[Arc<Crate>]> = crates.into();
        self.rust.imported = Some(crates.clone());
        crates
    }

    /// Of several members for one trait, the one that takes what is given; none if that cannot be told.
    pub(super) fn chosen(
        &mut self,
        file: u32,
        found: Entity,
        arguments: &[ValueId],
        env: &Env,
    ) -> Option<Entity> {
        let Entity::Member {
            shape,
            side,
            index,
            env: inner,
        } = &found
        else {
            return Some(found);
        };
        let Some(Atom::Instance(at, _)) = inner.this().and_then(|this| this.first()).cloned()
        else {
            return Some(found);
        };
        let name = self.member_fact(*shape, *side, *index).name;
        let name = self.name(shape.file, name);
        let Some(Pick::Several(members)) = self.pick(at, name) else {
            return Some(found);
        };
        if !members.iter().any(|member| member.shape == *shape) {
            return Some(found);
        }
        let this = Atom::Instance(at, inner.clone());
        let argument = arguments.first().copied()?;
        let given = self.value_type(file, argument, env);
        let mut fitting = Vec::new();
        for member in members.iter() {
            match self.takes(*member, &given) {
                Some(true) => return Some(self.implemented_member(*member, &this)),
                Some(false) => {}
                None => fitting.push(*member),
            }
        }
        match fitting[..] {
            [one] => Some(self.implemented_member(one, &this)),
            _ => None,
        }
    }

    /// Whether a function takes what is given as its first argument.
    fn takes(&mut self, member: MemberAt, given: &Ty) -> Option<bool> {
        let value = self
            .member_fact(member.shape, member.side, member.index)
            .value?;
        let file = member.shape.file;
        let domain::facts::Value::Function(function) = self.facts(file).values[value.index()]
        else {
            return None;
        };
        let function = self.function(crate::resolve::atoms::FunctionAt { file, function });
        let wanted = self.written_type(file, function.parameters.first()?.r#type?, &Env::default());
        match (wanted.first()?, given.first()?) {
            (Atom::Instance(wanted, _), Atom::Instance(given, _)) => Some(wanted == given),
            (Atom::Tuple(_), Atom::Tuple(_)) => Some(true),
            (Atom::Outside, Atom::Outside) => None,
            (Atom::Outside, _) | (_, Atom::Outside) => Some(false),
            _ => None,
        }
    }

    /// Returns a type that a value's type gives: its own, or that of a trait.
    pub(super) fn projected(&mut self, ty: &Ty, name: &str) -> Ty {
        let name = format!("type {name}");
        let Some(found) = self.rust_member(ty, &name) else {
            return unknown();
        };
        self.found_by(Provenance::Inference);
        self.step(|evaluator| Some(evaluator.entity_type(&found)))
            .unwrap_or_else(unknown)
    }
}

/// What every value has.
fn of_everything(evaluator: &mut Evaluator<'_>, name: &str, this: &Atom) -> Option<Entity> {
    if name.starts_with("type ") {
        return None;
    }
    let every = evaluator.library_instance(EVERYTHING, &[]);
    match every.first() {
        Some(Atom::Instance(at, env)) => evaluator.trait_member(*at, env, name, this),
        _ => None,
    }
}
