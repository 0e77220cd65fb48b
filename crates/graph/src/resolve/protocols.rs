//! What objects give by the methods that the language calls: when they are called, subscripted, iterated over.

use std::rc::Rc;

use domain::Provenance;
use domain::facts::{Value, ValueId};

use super::atoms::{Atom, CallSite, Env, ShapeAt, Ty, only, unknown};
use super::calls::Signature;
use super::entities::Entity;
use super::evaluator::Evaluator;

impl Evaluator<'_> {
    /// Returns what calling gives where calling a class makes an instance.
    pub(super) fn invoked(&mut self, file: u32, call: ValueId, env: &Env) -> Ty {
        let Some(callee) = self.call_at(file, call).map(|call| call.callee) else {
            return unknown();
        };
        let callee = self.value_type(file, callee, env);
        let site = Rc::new(CallSite {
            file,
            call,
            env: env.clone(),
        });
        let mut found = Vec::new();
        let mut functions: Vec<Atom> = Vec::new();
        for atom in callee.iter() {
            match atom {
                Atom::Outside => found.push(only(Atom::Outside)),
                Atom::Static(..) => {
                    self.found_by(Provenance::Annotation);
                    found.push(self.new_instances(&only(atom.clone()), file, call, env));
                }
                Atom::Instance(..) => {
                    if let Some(method) = self.member(&only(atom.clone()), "__call__") {
                        functions.extend(self.entity_type(&method).iter().cloned());
                    }
                }
                _ => functions.push(atom.clone()),
            }
        }
        let functions: Ty = functions.into();
        for signature in self.fitting(&functions, &site) {
            let ty = self.result(signature.at, &signature.env, Some(&site));
            if !ty.is_empty() {
                found.push(ty);
                break;
            }
        }
        self.any_of(found.into_iter())
    }

    /// What a class holds may be an object that decides by itself what its owner is seen to hold.
    pub(super) fn described(&mut self, ty: Ty, owner: &Env) -> Ty {
        if !self.is_python() || owner.this().is_none() {
            return ty;
        }
        let mut found = Vec::new();
        for atom in ty.iter() {
            let seen = match atom {
                Atom::Instance(at, _) if !self.files.is_library(at.file) => {
                    self.called_method(atom, "__get__")
                }
                _ => unknown(),
            };
            found.push(match seen.is_empty() {
                true => only(atom.clone()),
                false => seen,
            });
        }
        self.any_of(found.into_iter())
    }

    /// Returns what a subscript gives.
    pub(super) fn item(
        &mut self,
        file: u32,
        (object, place, get): (ValueId, Option<i32>, ValueId),
        env: &Env,
    ) -> Ty {
        let object = self.value_type(file, object, env);
        let mut found = Vec::new();
        let mut asks = false;
        for atom in object.iter() {
            match (atom, place) {
                (Atom::Tuple(elements), Some(place)) => {
                    let place = match place {
                        0.. => place as usize,
                        // Further back than the tuple is long wraps to a place that none has.
                        _ => (elements.len() as i32 + place) as usize,
                    };
                    found.push(elements.get(place).cloned().unwrap_or_else(unknown));
                }
                (Atom::Instance(at, inner), Some(place @ 0..)) => {
                    match self.field(*at, inner, place as usize) {
                        Some(ty) => found.push(ty),
                        None => asks = true,
                    }
                }
                // `Class[int]` is the class.
                (Atom::Static(..), _) => found.push(only(atom.clone())),
                (Atom::Outside, _) => found.push(only(Atom::Outside)),
                _ => asks = true,
            }
        }
        if asks {
            found.push(self.value_type(file, get, env));
        }
        self.any_of(found.into_iter())
    }

    /// Returns what iterating over an alternative gives, by the methods that iteration calls.
    pub(super) fn iterated(&mut self, atom: &Atom, place: Option<usize>) -> Ty {
        self.step(|evaluator| Some(evaluator.iterated_now(atom, place)))
            .unwrap_or_else(unknown)
    }

    fn iterated_now(&mut self, atom: &Atom, place: Option<usize>) -> Ty {
        match atom {
            Atom::Static(at, _) if self.is_enumeration(at.file, at.shape) => {
                only(Atom::Instance(*at, Env::default()))
            }
            Atom::Instance(at, env) => {
                if let Some(ty) = place.and_then(|place| self.field(*at, env, place)) {
                    return ty;
                }
                for method in ["__iter__", "__aiter__"] {
                    let iterator = self.called_method(atom, method);
                    if !iterator.is_empty() {
                        return self.advanced(&iterator, atom);
                    }
                }
                // The older protocol, which Python falls back to.
                self.called_method(atom, "__getitem__")
            }
            _ => unknown(),
        }
    }

    /// What the next step of an iterator gives.
    fn advanced(&mut self, iterator: &Ty, iterable: &Atom) -> Ty {
        let mut found = Vec::new();
        for atom in iterator.iter() {
            // An iterator gives itself when it is iterated over; asking for its elements again
            // would not end.
            let itself =
                matches!((atom, iterable), (Atom::Instance(a, _), Atom::Instance(b, _)) if a == b);
            let next = self.called_method(atom, "__next__");
            found.push(match next.is_empty() {
                false => next,
                true if itself => {
                    let promised = self.called_method(atom, "__anext__");
                    self.awaited(&promised)
                }
                true => self.element(&only(atom.clone()), None),
            });
        }
        self.any_of(found.into_iter())
    }

    /// Returns what a method gives that the language calls.
    fn called_method(&mut self, atom: &Atom, name: &str) -> Ty {
        let Some(entity) = self.member(&only(atom.clone()), name) else {
            return unknown();
        };
        if let Entity::Outside = entity {
            return unknown();
        }
        let method = self.entity_type(&entity);
        let results: Vec<Ty> = self
            .signatures(&method)
            .into_iter()
            .map(|Signature { at, env }| self.result(at, &env, None))
            .collect();
        self.any_of(results.into_iter())
    }

    /// One of several values that may lead back to themselves.
    pub(super) fn merged(
        &mut self,
        file: u32,
        value: ValueId,
        values: &[ValueId],
        env: &Env,
    ) -> Ty {
        if self.merging.contains(&(file, value)) {
            return unknown();
        }
        self.merging.push((file, value));
        let types: Vec<Ty> = values
            .iter()
            .map(|value| self.value_type(file, *value, env))
            .collect();
        self.merging.pop();
        self.any_of(types.into_iter())
    }

    /// Whether the arguments of a call can be what a signature expects.
    pub(super) fn takes_types(&mut self, signature: &Signature, site: &Rc<CallSite>) -> bool {
        let Some(call) = self.call_at(site.file, site.call) else {
            return false;
        };
        let arguments = call.arguments.clone();
        let n_placed = arguments.len() - call.keywords.len();
        let parameters = &self.function(signature.at).parameters;
        let takes_any_name = parameters.last().is_some_and(|last| last.is_rest);
        let env = self.instantiate(signature, site);
        (0..arguments.len()).all(|place| {
            let is_named = place >= n_placed;
            if is_named && !takes_any_name && self.parameter_of(signature.at, site, place).is_none()
            {
                return false;
            }
            if let Value::Function(_) = self.facts(site.file).values[arguments[place].index()] {
                return true;
            }
            let given = self.value_type(site.file, arguments[place], &site.env);
            let expected = self.argument_type(signature, &env, site, place);
            given.is_empty()
                || expected.is_empty()
                || expected.iter().any(|expected| {
                    given.iter().any(|given| match (given, expected) {
                        (Atom::Instance(..), Atom::Instance(wanted, _)) => {
                            self.derives(given, *wanted) || self.is_structural(*wanted)
                        }
                        (Atom::Tuple(_), Atom::Instance(..)) => true,
                        (Atom::Static(..), Atom::Instance(..)) => false,
                        _ => true,
                    })
                })
        })
    }

    /// A type of the library that is known by what it can do fits what has no such base.
    fn is_structural(&mut self, at: ShapeAt) -> bool {
        self.files.is_library(at.file)
            && ![
                "int", "str", "bytes", "slice", "float", "bool", "list", "dict", "tuple", "set",
            ]
            .iter()
            .any(|name| self.library_shape(name) == Some(at))
    }
}

/// An alternative as an instance: `this` where a class was named may be the class.
pub(super) fn as_instance(ty: &Ty) -> Ty {
    ty.iter()
        .map(|atom| match atom {
            Atom::Static(at, env) => Atom::Instance(*at, env.clone()),
            other => other.clone(),
        })
        .collect()
}

/// An alternative as a class.
pub(super) fn as_class(ty: &Ty) -> Ty {
    ty.iter()
        .filter_map(|atom| match atom {
            Atom::Instance(at, env) => Some(Atom::Static(*at, env.clone())),
            Atom::Static(..) | Atom::Outside => Some(atom.clone()),
            _ => None,
        })
        .collect()
}
