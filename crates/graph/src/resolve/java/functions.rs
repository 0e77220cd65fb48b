//! Lambdas and methods that are named: what the interface at their place says of them.

use std::rc::Rc;

use domain::facts::{ContextId, NameId, Value, ValueId};

use super::overloads::{Called, Candidate, Given};
use super::subtypes::Fit;
use crate::resolve::atoms::{Atom, CallSite, Env, FunctionAt, Ty, only, unknown};
use crate::resolve::calls::Signature;
use crate::resolve::entities::Entity;
use crate::resolve::evaluator::Evaluator;

impl Evaluator<'_> {
    /// Returns the one method that a functional interface asks for.
    pub(super) fn functional(&mut self, ty: &Ty) -> Option<Signature> {
        let Some(Atom::Instance(at, env)) = ty.first() else {
            return None;
        };
        if !self.shape(*at).is_interface {
            return None;
        }
        let above = self.above_java(*at, env);
        let mut found: Option<Signature> = None;
        for atom in above.iter() {
            let Atom::Instance(at, env) = atom else {
                // There may be more of them.
                return None;
            };
            // A second abstract method makes the interface no functional one (JLS 9.8).
            for function in &self.shape(*at).calls {
                let method = FunctionAt {
                    file: at.file,
                    function: *function,
                };
                match &found {
                    None => {
                        found = Some(Signature {
                            at: method,
                            env: env.clone(),
                        });
                    }
                    // One that is declared again.
                    Some(known)
                        if known.at.file == method.file && self.is_again(known.at, method) => {}
                    Some(_) => return None,
                }
            }
        }
        found
    }

    fn is_again(&mut self, one: FunctionAt, other: FunctionAt) -> bool {
        let name = |evaluator: &mut Self, at: FunctionAt| evaluator.function(at).symbol;
        let (one, other) = (
            (name(self, one), self.function(one).parameters.len()),
            (name(self, other), self.function(other).parameters.len()),
        );
        one == other
    }

    /// Whether a lambda can be a method, by what it takes and whether it gives something.
    pub(super) fn lambda_fits(&mut self, lambda: FunctionAt, method: FunctionAt) -> Fit {
        let function = self.function(lambda);
        if function.parameters.len() != self.function(method).parameters.len() {
            return Fit::No;
        }
        let gives = self.function(method).returns.is_some();
        match (gives, &function.returned[..]) {
            // A body that only throws or never ends gives whatever is asked of it (JLS 15.27.2).
            (true, []) => Fit::Maybe,
            (true, _) | (false, []) => Fit::Yes,
            // A call may be made for what it does.
            (false, [value]) => match self.facts(lambda.file).values[value.index()] {
                Value::Call(_) | Value::New(_) | Value::Unknown => Fit::Yes,
                _ => Fit::No,
            },
            (false, _) => Fit::No,
        }
    }

    /// Returns the type that the parameter at a place of a call expects.
    pub(in crate::resolve) fn java_argument_type(
        &mut self,
        site: &Rc<CallSite>,
        place: usize,
    ) -> Ty {
        let signature = match self.facts(site.file).values[site.call.index()] {
            Value::New(_) => match self.constructor(site.file, site.call, &site.env) {
                Some((_, Some(constructor))) => Signature {
                    at: constructor.at,
                    env: constructor.env,
                },
                _ => return unknown(),
            },
            _ => match self.called(site.file, site.call, &site.env) {
                Some(Called::Method(method)) => Signature {
                    at: method.at,
                    env: method.env,
                },
                _ => return unknown(),
            },
        };
        let env = self.instantiate(&signature, site);
        self.parameter_at(signature.at, &env, place)
    }

    /// Returns the methods that a reference can name, as functions.
    pub(in crate::resolve) fn named_methods(&mut self, file: u32, value: ValueId, env: &Env) -> Ty {
        let Value::MethodReference { object, name, .. } = self.facts(file).values[value.index()]
        else {
            return unknown();
        };
        let ty = self.value_type(file, object, env);
        if self.name(file, name) == "new" {
            let mut found = Vec::new();
            for atom in ty.iter() {
                if let Atom::Instance(at, env) | Atom::Static(at, env) = atom {
                    for function in &self.shape(*at).constructors {
                        let file = at.file;
                        let function = *function;
                        found.push(Atom::Function(FunctionAt { file, function }, env.clone()));
                    }
                }
            }
            return found.into();
        }
        let name = self.name(file, name);
        let methods = self.methods(&ty, name).found.into_iter();
        methods
            .map(|method| Atom::Function(method.at, method.env))
            .collect()
    }

    /// Returns the method that is named, as its place expects it.
    pub(super) fn referenced(&mut self, file: u32, value: ValueId, env: &Env) -> Option<Entity> {
        let Value::MethodReference {
            object,
            name,
            context,
        } = self.facts(file).values[value.index()]
        else {
            return None;
        };
        let ty = self.value_type(file, object, env);
        if self.name(file, name) == "new" {
            return match ty.first()? {
                Atom::Instance(at, env) | Atom::Static(at, env) => {
                    let class = Atom::Static(*at, env.clone());
                    match self.files.is_library(at.file) {
                        true => Some(Entity::Outside),
                        false => Some(Entity::Type(only(class))),
                    }
                }
                Atom::Outside | Atom::Foreign(_) => Some(Entity::Outside),
                _ => None,
            };
        }
        self.referenced_method(file, (&ty, name, context), env)
    }

    fn referenced_method(
        &mut self,
        file: u32,
        (ty, name, context): (&Ty, NameId, Option<ContextId>),
        env: &Env,
    ) -> Option<Entity> {
        let name = self.name(file, name);
        let methods = self.methods(ty, name);
        match &methods.found[..] {
            [] => return methods.leads_outside.then_some(Entity::Outside),
            // Nothing else can be meant, whatever the place expects.
            [one] => return Some(one.entity()),
            _ => {}
        }
        let expected = self.expected(file, context?, env);
        let method = self.functional(&expected)?;
        let n = self.function(method.at).parameters.len();
        let mut given = Vec::new();
        for place in 0..n {
            let ty = self.parameter_at(method.at, &method.env, place);
            given.push(Given::Value(ty));
        }
        let candidates: Vec<Candidate> = methods
            .found
            .iter()
            .map(|method| Candidate {
                at: method.at,
                env: method.env.clone(),
            })
            .collect();
        let place = self
            .most_specific_of(&candidates, &given, methods.leads_outside)
            .or_else(|| {
                // The first of what the interface gives is what the method is called on.
                let rest = given.get(1..)?;
                self.most_specific_of(&candidates, rest, methods.leads_outside)
            })?;
        Some(methods.found[place].entity())
    }
}
