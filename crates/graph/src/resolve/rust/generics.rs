//! Type parameters: what they stand for in what is implemented for a type, and what a given type says of them.

use domain::facts::{DeclaredType, Type, TypeId};

use super::crates::ImplAt;
use crate::resolve::atoms::{Atom, Bound, DeclarationAt, Env, ShapeAt, Ty, only};
use crate::resolve::evaluator::Evaluator;

/// What one thing leads to that leads to another, and so on.
const DEREFS_MAX: usize = 4;

impl Evaluator<'_> {
    /// Binds the type parameters of something implemented to what they are for a type.
    pub(super) fn env_of_impl(&mut self, implemented: ImplAt, this: &Atom) -> Env {
        let extension = self.implemented(implemented);
        let (Some(own), Atom::Instance(at, given)) = (extension.member.r#type, this) else {
            return Env::default();
        };
        let file = implemented.file;
        let mut env = Env::default();
        if extension.parameters.is_empty() {
            return env;
        }
        let arguments = match &self.facts(file).types[own.index()] {
            Type::Declared {
                declaration,
                arguments,
                ..
            } => {
                // For all types of a kind: the parameter is the type itself.
                let parameter = self.at(file, *declaration);
                if self.is_parameter(parameter) {
                    return env.with_parameter(parameter, Bound::Is(only(this.clone())));
                }
                arguments
            }
            Type::Global { arguments, .. } => arguments,
            _ => return env,
        };
        let parameters = &self.shape(*at).parameters;
        for (parameter, argument) in parameters.iter().zip(arguments) {
            let outer = self.at(at.file, *parameter);
            let Some(bound) = given.parameter(outer).cloned() else {
                continue;
            };
            match &self.facts(file).types[argument.index()] {
                Type::Declared {
                    declaration, path, ..
                } if path.is_empty() && self.is_parameter(self.at(file, *declaration)) => {
                    env = env.with_parameter(self.at(file, *declaration), bound);
                }
                _ => {
                    let inner = self.bound(outer, &bound);
                    for parameter in &extension.parameters {
                        let parameter = self.at(file, *parameter);
                        let found = self.unify(file, *argument, &Env::default(), parameter, &inner);
                        if let Some(found) = found {
                            env = env.with_parameter(parameter, Bound::Is(found));
                        }
                    }
                }
            }
        }
        env
    }

    /// Finds what a type parameter is where a named type is given another.
    pub(in crate::resolve) fn rust_unify(
        &mut self,
        file: u32,
        (at, arguments): (DeclarationAt, &[TypeId]),
        env: &Env,
        wanted: DeclarationAt,
        given: &Ty,
    ) -> Option<Ty> {
        let shape = match &self.declaration(at).r#type {
            DeclaredType::Instance(shapes) => ShapeAt {
                file: at.file,
                shape: *shapes.first()?,
            },
            // What a parameter is bound by says more of it.
            DeclaredType::Parameter {
                constraint: Some(constraint),
                ..
            } => {
                let constraint = *constraint;
                return self.unify(at.file, constraint, env, wanted, given);
            }
            _ => return None,
        };
        let is_trait = self.shape(shape).is_interface;
        for atom in given.iter() {
            let mut next = Some(atom.clone());
            for _ in 0..DEREFS_MAX {
                let Some(atom) = next else {
                    break;
                };
                if let Atom::Instance(found, found_env) = &atom
                    && *found == shape
                    && let Some(ty) =
                        self.unify_arguments(file, (shape, arguments), (env, found_env), wanted)
                {
                    return Some(ty);
                }
                if is_trait
                    && let Some(ty) = self.unify_given_types(file, arguments, env, (wanted, &atom))
                {
                    return Some(ty);
                }
                next = self.behind(&atom);
            }
        }
        None
    }

    fn unify_arguments(
        &mut self,
        file: u32,
        (shape, arguments): (ShapeAt, &[TypeId]),
        (env, given): (&Env, &Env),
        wanted: DeclarationAt,
    ) -> Option<Ty> {
        let parameters = &self.shape(shape).parameters;
        for (parameter, argument) in parameters.iter().zip(arguments) {
            let parameter = self.at(shape.file, *parameter);
            let Some(bound) = given.parameter(parameter).cloned() else {
                continue;
            };
            let inner = self.bound(parameter, &bound);
            if let Some(ty) = self.unify(file, *argument, env, wanted, &inner) {
                return Some(ty);
            }
        }
        None
    }

    /// `Iterator<Item = T>`: what the given type's `Item` is.
    fn unify_given_types(
        &mut self,
        file: u32,
        arguments: &[TypeId],
        env: &Env,
        (wanted, given): (DeclarationAt, &Atom),
    ) -> Option<Ty> {
        for argument in arguments {
            let Type::Named { name, r#type } = self.facts(file).types[argument.index()] else {
                continue;
            };
            let name = self.name(file, name);
            let inner = self.projected(&only(given.clone()), name);
            if let Some(ty) = self.unify(file, r#type, env, wanted, &inner) {
                return Some(ty);
            }
        }
        None
    }
}
