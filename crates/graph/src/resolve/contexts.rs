//! The types that places expect, and the parameters of functions that stand there.

use std::rc::Rc;

use domain::Provenance;
use domain::facts::{Context, ContextId, Value};

use super::atoms::{Atom, Bound, CallSite, Env, FunctionAt, Ty, unknown};
use super::calls::Signature;
use super::evaluator::Evaluator;

impl Evaluator<'_> {
    /// Returns the type of a function's parameter: as written, by its default, or as the function's place expects.
    pub(super) fn parameter_type(&mut self, at: FunctionAt, place: usize, env: &Env) -> Ty {
        let function = self.function(at);
        let Some(parameter) = function.parameters.get(place) else {
            return unknown();
        };
        if let Some(r#type) = parameter.r#type {
            self.found_by(Provenance::Annotation);
            return self.written_type(at.file, r#type, env);
        }
        // Before the default: the compiler looks at that only where the place expects nothing.
        if let Some(context) = function.context {
            let expected = self.expected(at.file, context, env);
            let ty = self.expected_parameter(&expected, place, parameter.is_rest);
            if !ty.is_empty() {
                self.found_by(Provenance::Context);
                return ty;
            }
        }
        match parameter.default {
            Some(default) => self.value_type(at.file, default, env),
            None => unknown(),
        }
    }

    fn expected_parameter(&mut self, expected: &Ty, place: usize, is_rest: bool) -> Ty {
        for signature in self.signatures(expected) {
            let ty = self.parameter_at(signature.at, &signature.env, place);
            if !ty.is_empty() {
                return match is_rest {
                    true => self.array_of(ty),
                    false => ty,
                };
            }
        }
        unknown()
    }

    /// Returns the type that a place expects.
    pub(super) fn expected(&mut self, file: u32, context: ContextId, env: &Env) -> Ty {
        self.step(|evaluator| Some(evaluator.expected_now(file, context, env)))
            .unwrap_or_else(unknown)
    }

    fn expected_now(&mut self, file: u32, context: ContextId, env: &Env) -> Ty {
        match self.facts(file).contexts[context.index()] {
            Context::Argument(call, place) => {
                let site = Rc::new(CallSite {
                    file,
                    call,
                    env: env.clone(),
                });
                self.expected_argument(&site, place as usize)
            }
            Context::Typed(r#type) => self.written_type(file, r#type, env),
            Context::Member(outer, name) => {
                let outer = self.expected(file, outer, env);
                let name = self.name(file, name);
                match self.member(&outer, name) {
                    Some(entity) => self.entity_type(&entity),
                    None => unknown(),
                }
            }
            Context::Element(outer, place) => {
                let outer = self.expected(file, outer, env);
                self.element(&outer, Some(place as usize))
            }
            // A function that returns a function gives it the types that its own place expects.
            Context::Returned(function) => {
                let at = FunctionAt { file, function };
                self.expected_result(at, env)
            }
            Context::Assigned(value) => self.value_type(file, value, env),
        }
    }

    fn expected_result(&mut self, at: FunctionAt, env: &Env) -> Ty {
        let function = self.function(at);
        let ty = match (function.returns, function.context) {
            (Some(returns), _) => self.written_type(at.file, returns, env),
            (None, Some(context)) => {
                let expected = self.expected(at.file, context, env);
                let results: Vec<Ty> = self
                    .signatures(&expected)
                    .into_iter()
                    .map(|signature| self.result(signature.at, &signature.env, None))
                    .collect();
                self.any_of(results.into_iter())
            }
            (None, None) => return unknown(),
        };
        // What stands after `return` is what the promise is of.
        match function.is_async {
            true => self.awaited(&ty),
            false => ty,
        }
    }

    /// Returns the type that an argument's place expects: of the first signature that says anything of it.
    fn expected_argument(&mut self, site: &Rc<CallSite>, place: usize) -> Ty {
        if self.is_java() {
            // Java chooses the overload by all arguments first and looks into lambdas afterwards
            // (JLS 15.12.2.2).
            return self.while_expecting((site.file, site.call), |evaluator| {
                evaluator.java_argument_type(site, place)
            });
        }
        let Some(callee) = self.call_at(site.file, site.call).map(|call| call.callee) else {
            return unknown();
        };
        let callee = self.value_type(site.file, callee, &site.env);
        // Marked as asking, so that inferring this call's type parameters leaves out the arguments
        // that wait for the answer.
        self.while_expecting((site.file, site.call), |evaluator| {
            evaluator.expected_by(&callee, site, place)
        })
    }

    fn expected_by(&mut self, callee: &Ty, site: &Rc<CallSite>, place: usize) -> Ty {
        let signatures = match self.facts(site.file).values[site.call.index()] {
            Value::New(_) => {
                let constructors = self.constructors(callee, site);
                match constructors.len() {
                    0 | 1 => constructors,
                    _ => self.select(constructors, site),
                }
            }
            // Calling a class makes an instance of it in Python.
            Value::Invoke(_) if matches!(callee[..], [Atom::Static(..)]) => {
                self.constructors(callee, site)
            }
            _ => self.fitting(callee, site),
        };
        for signature in signatures {
            let env = self.instantiate(&signature, site);
            let ty = self.argument_type(&signature, &env, site, place);
            if !ty.is_empty() {
                return ty;
            }
        }
        unknown()
    }

    fn constructors(&mut self, classes: &Ty, site: &Rc<CallSite>) -> Vec<Signature> {
        let types = self
            .call_at(site.file, site.call)
            .map_or_else(Vec::new, |call| call.types.clone());
        let mut found = Vec::new();
        for class in classes.iter() {
            let (at, env) = match class {
                Atom::Static(at, env) | Atom::Instance(at, env) => (*at, env),
                _ => continue,
            };
            let shape = self.shape(at);
            let pairs = shape.parameters.iter().zip(&types);
            let env = pairs.fold(env.clone(), |env, (parameter, r#type)| {
                let bound = Bound::Written {
                    file: site.file,
                    r#type: *r#type,
                    env: site.env.clone(),
                };
                env.with_parameter(self.variable(at.file, *parameter), bound)
            });
            found.extend(shape.constructors.iter().map(|function| Signature {
                at: FunctionAt {
                    file: at.file,
                    function: *function,
                },
                env: env.clone(),
            }));
            // A class without a constructor has that of its base.
            if shape.constructors.is_empty()
                && let Some(base) = shape.base
            {
                let bases = self.value_type(at.file, base, &env);
                let inherited = self.step(|evaluator| Some(evaluator.constructors(&bases, site)));
                found.extend(inherited.unwrap_or_default());
            }
        }
        found
    }
}
