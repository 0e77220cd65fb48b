//! Types that are written down, and what elements, iterating and calling give.

use std::rc::Rc;

use domain::facts::{DeclarationId, DeclaredType, NameId, Type, TypeId};

use super::names::Found;
use crate::resolve::atoms::{
    Atom, Bound, CallSite, DeclarationAt, Env, FunctionAt, ShapeAt, Ty, only, unknown,
};
use crate::resolve::calls::Signature;
use crate::resolve::entities::Side;
use crate::resolve::evaluator::Evaluator;

/// What one thing leads to that leads to another, and so on.
const DEREFS_MAX: usize = 8;

impl Evaluator<'_> {
    /// Returns a type by its name.
    pub(in crate::resolve) fn rust_named_instance(
        &mut self,
        file: u32,
        (r#type, arguments): (TypeId, &[TypeId]),
        env: &Env,
    ) -> Ty {
        match self.rust_named(file, r#type) {
            Some(Found::Declaration(at)) => self.declared_instance(at, file, arguments, env),
            Some(Found::Within(at, name)) => {
                let instances = self.declared_instance(at, file, arguments, env);
                let is_variant = instances.iter().any(|atom| match atom {
                    Atom::Instance(at, _) => self.position(*at, Side::Static, &name).is_some(),
                    _ => false,
                });
                match is_variant {
                    true => instances,
                    false => self.projected(&instances, &name),
                }
            }
            Some(Found::Outside(_)) | None => only(Atom::Outside),
            Some(Found::Module(_)) => unknown(),
        }
    }

    fn declared_instance(
        &mut self,
        at: DeclarationAt,
        file: u32,
        arguments: &[TypeId],
        env: &Env,
    ) -> Ty {
        let (shape, parameters) = match &self.declaration(at).r#type {
            DeclaredType::Instance(shapes) => {
                let Some(shape) = shapes.first() else {
                    return unknown();
                };
                let shape = ShapeAt {
                    file: at.file,
                    shape: *shape,
                };
                (Some(shape), &self.shape(shape).parameters)
            }
            DeclaredType::Alias { parameters, .. } => (None, parameters),
            _ => return self.instance_of(at, &[]),
        };
        let inner = self.bound_arguments((at.file, parameters), shape, (file, arguments), env);
        match (shape, &self.declaration(at).r#type) {
            (Some(shape), _) => only(Atom::Instance(shape, inner)),
            (None, DeclaredType::Alias { r#type, .. }) => {
                self.written_type(at.file, *r#type, &inner)
            }
            _ => unknown(),
        }
    }

    /// Binds type parameters to arguments by place and by name; of those without one, nothing is said.
    fn bound_arguments(
        &mut self,
        (of, parameters): (u32, &[DeclarationId]),
        shape: Option<ShapeAt>,
        (file, arguments): (u32, &[TypeId]),
        env: &Env,
    ) -> Env {
        let mut inner = Env::default();
        let mut parameters = parameters.iter();
        for argument in arguments {
            let written = |r#type: TypeId| Bound::Written {
                file,
                r#type,
                env: env.clone(),
            };
            match self.facts(file).types[argument.index()] {
                Type::Named { name, r#type } => {
                    let parameter = shape.and_then(|shape| self.given_parameter(shape, file, name));
                    if let Some(parameter) = parameter {
                        inner = inner.with_parameter(parameter, written(r#type));
                    }
                }
                // `_`: whatever else says what it is.
                Type::Unknown => {
                    parameters.next();
                }
                _ => {
                    if let Some(parameter) = parameters.next() {
                        let parameter = self.at(of, *parameter);
                        inner = inner.with_parameter(parameter, written(*argument));
                    }
                }
            }
        }
        inner
    }

    /// Returns the parameter of a trait that stands for a type which it lets others give.
    fn given_parameter(&mut self, at: ShapeAt, file: u32, name: NameId) -> Option<DeclarationAt> {
        let name = format!("type {}", self.name(file, name));
        let index = self.position(at, Side::Static, &name)?;
        let r#type = self.shape(at).statics[index].r#type?;
        match &self.facts(at.file).types[r#type.index()] {
            Type::Declared { declaration, .. } => Some(self.at(at.file, *declaration)),
            _ => None,
        }
    }

    /// `T::Item`.
    pub(in crate::resolve) fn rust_projected(
        &mut self,
        file: u32,
        (object, name): (TypeId, NameId),
        env: &Env,
    ) -> Ty {
        let object = self.written_type(file, object, env);
        let name = self.name(file, name);
        self.projected_somewhere(&object, name)
    }

    /// Returns what iterating over something gives.
    pub(in crate::resolve) fn rust_iterated(&mut self, ty: &Ty) -> Ty {
        let item = self.projected_somewhere(ty, "Item");
        match item.is_empty() {
            true => unknown(),
            false => item,
        }
    }

    /// Returns what indexing something gives.
    pub(in crate::resolve) fn rust_indexed(&mut self, ty: &Ty) -> Ty {
        self.projected_somewhere(ty, "Output")
    }

    /// Returns a type that a value's type gives, or one that it leads to.
    fn projected_somewhere(&mut self, ty: &Ty, name: &str) -> Ty {
        for atom in ty.iter() {
            let mut next = Some(atom.clone());
            for _ in 0..DEREFS_MAX {
                let Some(atom) = next else {
                    break;
                };
                let found = self.projected(&only(atom.clone()), name);
                if !matches!(found.first(), None | Some(Atom::Outside)) {
                    return found;
                }
                next = self.behind(&atom);
            }
        }
        match ty.first() {
            Some(Atom::Outside) => only(Atom::Outside),
            _ => unknown(),
        }
    }

    /// Returns an element of a tuple.
    pub(in crate::resolve) fn rust_element(&mut self, ty: &Ty, place: usize) -> Ty {
        for atom in ty.iter() {
            match atom {
                Atom::Tuple(elements) => {
                    return elements.get(place).cloned().unwrap_or_else(unknown);
                }
                Atom::Outside => return only(Atom::Outside),
                Atom::Instance(..) => {
                    if let Some(behind) = self.behind(atom) {
                        return self
                            .step(|evaluator| Some(evaluator.rust_element(&only(behind), place)))
                            .unwrap_or_else(unknown);
                    }
                }
                _ => {}
            }
        }
        unknown()
    }

    /// Adds the ways to call what something leads to: a function in a box.
    pub(in crate::resolve) fn rust_signatures(
        &mut self,
        at: ShapeAt,
        env: &Env,
        found: &mut Vec<Signature>,
    ) {
        if let Some(behind) = self.behind(&Atom::Instance(at, env.clone())) {
            let signatures = self.step(|evaluator| Some(evaluator.signatures(&only(behind))));
            found.extend(signatures.unwrap_or_default());
        }
    }

    /// Returns what a tuple struct makes of its fields.
    pub(in crate::resolve) fn rust_made(
        &mut self,
        at: ShapeAt,
        env: &Env,
        site: &Rc<CallSite>,
    ) -> Ty {
        let Some(constructor) = self.shape(at).constructors.last().copied() else {
            return only(Atom::Instance(at, env.clone()));
        };
        let constructor = FunctionAt {
            file: at.file,
            function: constructor,
        };
        self.result(constructor, env, Some(site))
    }
}
