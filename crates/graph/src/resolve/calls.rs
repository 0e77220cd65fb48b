//! What calls and instantiations give.

use std::rc::Rc;

use domain::Provenance;
use domain::facts::{Call, DeclaredValue, Parameter, SAME_NAME_MAX, Type, TypeId, Value, ValueId};

use super::atoms::{
    Atom, Bound, CallSite, DeclarationAt, Env, FunctionAt, ShapeAt, Ty, only, unknown,
};
use super::evaluator::Evaluator;

/// A way to call something, with what its outer type parameters stand for.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    pub(super) at: FunctionAt,
    pub(super) env: Env,
}

impl Evaluator<'_> {
    pub(super) fn call_at(&mut self, file: u32, call: ValueId) -> Option<&Call> {
        match &self.facts(file).values[call.index()] {
            Value::Call(call) | Value::New(call) | Value::Invoke(call) => Some(call),
            _ => None,
        }
    }

    /// Returns what a call gives.
    pub(super) fn call_type(&mut self, file: u32, call: ValueId, env: &Env) -> Ty {
        let Some(callee) = self.call_at(file, call).map(|call| call.callee) else {
            return unknown();
        };
        let callee = self.value_type(file, callee, env);
        // What something outside returns is outside as well, and it has no signature to ask.
        if let [Atom::Outside, ..] = callee[..] {
            return only(Atom::Outside);
        }
        if let [Atom::Static(..), ..] = callee[..]
            && self.is_go()
        {
            // A conversion.
            let types = self
                .call_at(file, call)
                .map_or_else(Vec::new, |call| call.types.clone());
            return self.instances(&callee, file, &types, env);
        }
        let site = Rc::new(CallSite {
            file,
            call,
            env: env.clone(),
        });
        if let [Atom::Static(at, outer), ..] = &callee[..]
            && self.is_rust()
        {
            return self.rust_made(*at, outer, &site);
        }
        // The first that fits is the compiler's choice. A later one is asked only where nothing is
        // known of what that one returns.
        for signature in self.fitting(&callee, &site) {
            let ty = self.result(signature.at, &signature.env, Some(&site));
            if !ty.is_empty() {
                return ty;
            }
        }
        unknown()
    }

    /// Returns the signatures that fit the arguments of a call, in their order.
    pub(super) fn fitting(&mut self, callee: &Ty, site: &Rc<CallSite>) -> Vec<Signature> {
        let signatures = self.signatures(callee);
        // A single signature is what is called even where the arguments do not fit: code that is
        // half written still means it.
        if signatures.len() < 2 {
            return signatures;
        }
        self.select(signatures, site)
    }

    pub(super) fn select(
        &mut self,
        signatures: Vec<Signature>,
        site: &Rc<CallSite>,
    ) -> Vec<Signature> {
        // The number of arguments costs nothing to compare; types are asked for only if it leaves
        // several.
        let by_number: Vec<Signature> = signatures
            .iter()
            .filter(|signature| self.takes_as_many(signature, site))
            .cloned()
            .collect();
        let by_kind: Vec<Signature> = match by_number.len() {
            0 | 1 => Vec::new(),
            _ => by_number
                .iter()
                .filter(|signature| match self.is_python() {
                    // In Python only a lambda depends on where it is given, so that the types of
                    // other arguments may be asked for. In TypeScript literals do as well, and
                    // asking would make the choice depend on itself.
                    true => self.takes_types(signature, site),
                    false => self.takes_such(signature, site),
                })
                .cloned()
                .collect(),
        };
        // Where nothing fits, what was not understood is ignored rather than the call.
        [by_kind, by_number, signatures]
            .into_iter()
            .find(|signatures| !signatures.is_empty())
            .unwrap_or_default()
    }

    fn takes_as_many(&mut self, signature: &Signature, site: &CallSite) -> bool {
        let n_arguments = self
            .call_at(site.file, site.call)
            .map_or(0, |call| call.arguments.len());
        let parameters = &self.function(signature.at).parameters;
        let n_required = parameters
            .iter()
            .filter(|parameter| !parameter.is_optional)
            .count();
        let Some(rest) = parameters.iter().find(|parameter| parameter.is_rest) else {
            return (n_required..=parameters.len()).contains(&n_arguments);
        };
        match rest
            .r#type
            .map(|r#type| &self.facts(signature.at.file).types[r#type.index()])
        {
            // `...arguments: [A, B]` takes exactly as many.
            Some(Type::Tuple(elements)) => n_arguments == parameters.len() - 1 + elements.len(),
            _ => n_arguments >= n_required,
        }
    }

    /// Distinguishes signatures by what is plainly a string, a function or an object.
    fn takes_such(&mut self, signature: &Signature, site: &Rc<CallSite>) -> bool {
        let Some(call) = self.call_at(site.file, site.call) else {
            return false;
        };
        let arguments = call.arguments.clone();
        let env = self.instantiate(signature, site);
        (0..arguments.len()).all(|place| {
            if !self.takes_primitive(signature, &env, site, (place, arguments[place])) {
                return false;
            }
            let argument = &self.facts(site.file).values[arguments[place].index()];
            let given = match argument {
                Value::Primitive(_) | Value::Literal(_) => Plain::Primitive,
                Value::Function(_) => Plain::Function,
                Value::Object(_) => Plain::Object,
                Value::Array(_) => Plain::Array,
                // What is not plain fits everything: a wrong "no" would drop the right signature.
                _ => return true,
            };
            let expected = self.parameter_at(signature.at, &env, place);
            expected.is_empty()
                || expected
                    .iter()
                    .any(|atom| self.plain(atom).is_none_or(|plain| plain == given))
        })
    }

    /// Whether an argument that is plainly a primitive can be the parameter at its place.
    fn takes_primitive(
        &mut self,
        signature: &Signature,
        env: &Env,
        site: &CallSite,
        (place, argument): (usize, ValueId),
    ) -> bool {
        let parameter = parameter_for(&self.function(signature.at).parameters, place);
        let declared = parameter.filter(|(_, parameter)| !parameter.is_rest);
        let Some(r#type) = declared.and_then(|(_, parameter)| parameter.r#type) else {
            return true;
        };
        match self.primitive_value(site.file, argument) {
            Some(given) => self.admits(signature.at.file, r#type, env, given) != Some(false),
            None => true,
        }
    }

    fn plain(&mut self, atom: &Atom) -> Option<Plain> {
        match atom {
            Atom::Function(..) | Atom::Declared(_) => Some(Plain::Function),
            Atom::Tuple(_) => Some(Plain::Array),
            Atom::Instance(..) if self.is_library_type(atom, "Array") => Some(Plain::Array),
            Atom::Instance(at, _) if self.files.is_library(at.file) => {
                // Other types of the library say nothing: an `Iterable` takes arrays and objects
                // alike.
                let is_primitive = ["String", "Number", "Boolean"]
                    .iter()
                    .any(|name| self.is_library_type(atom, name));
                is_primitive.then_some(Plain::Primitive)
            }
            Atom::Instance(at, _) => match self.shape(*at).calls.is_empty() {
                true => Some(Plain::Object),
                false => Some(Plain::Function),
            },
            _ => None,
        }
    }

    /// Returns the ways to call something.
    pub(super) fn signatures(&mut self, callee: &Ty) -> Vec<Signature> {
        let mut found = Vec::new();
        for atom in callee.iter() {
            match atom {
                Atom::Function(at, env) => found.push(Signature {
                    at: *at,
                    env: env.clone(),
                }),
                Atom::Declared(at) => {
                    if let DeclaredValue::Functions(functions) = &self.declaration(*at).value {
                        let functions = functions.iter().take(SAME_NAME_MAX);
                        found.extend(functions.map(|function| Signature {
                            at: FunctionAt {
                                file: at.file,
                                function: *function,
                            },
                            env: Env::default(),
                        }));
                    }
                }
                Atom::Instance(at, env) => self.shape_signatures(*at, env, &mut found),
                Atom::Static(at, env) if self.is_rust() => {
                    let constructors = &self.shape(*at).constructors;
                    found.extend(constructors.iter().map(|function| Signature {
                        at: FunctionAt {
                            file: at.file,
                            function: *function,
                        },
                        env: env.clone(),
                    }));
                }
                _ => {}
            }
        }
        found
    }

    fn shape_signatures(&mut self, at: ShapeAt, env: &Env, found: &mut Vec<Signature>) {
        if self.is_go() {
            // `type Handler func(…)` can be called, though only what it is defined as has a
            // signature.
            let Some((at, env)) = self.callable_definition(at, env) else {
                return;
            };
            let calls = &self.shape(at).calls;
            found.extend(calls.iter().map(|function| Signature {
                at: FunctionAt {
                    file: at.file,
                    function: *function,
                },
                env: env.clone(),
            }));
            return;
        }
        if self.is_rust() {
            return self.rust_signatures(at, env, found);
        }
        let shape = self.shape(at);
        let calls = shape.calls.iter().take(SAME_NAME_MAX);
        found.extend(calls.map(|function| Signature {
            at: FunctionAt {
                file: at.file,
                function: *function,
            },
            env: env.clone(),
        }));
        if found.is_empty() {
            for base in &shape.extends {
                let bases = self.written_type(at.file, *base, env);
                for atom in bases.iter() {
                    if let Atom::Instance(base, env) = atom
                        && *base != at
                    {
                        self.step(|evaluator| {
                            evaluator.shape_signatures(*base, env, found);
                            Some(())
                        });
                    }
                }
            }
        }
    }

    /// Binds the type parameters of a signature to what a call gives them.
    pub(super) fn instantiate(&mut self, signature: &Signature, site: &Rc<CallSite>) -> Env {
        let written = self
            .call_at(site.file, site.call)
            .map_or_else(Vec::new, |call| call.types.clone());
        let parameters = &self.function(signature.at).type_parameters;
        let mut env = signature.env.clone();
        for (place, parameter) in parameters.iter().enumerate() {
            let at = self.variable(signature.at.file, *parameter);
            // Those of what is implemented are known where the type is.
            if self.is_rust() && env.parameter(at).is_some() {
                continue;
            }
            // Bound without being evaluated. Most parameters are never asked for, and inferring
            // each would evaluate every argument of every call.
            let bound = match written.get(place) {
                Some(r#type) => Bound::Written {
                    file: site.file,
                    r#type: *r#type,
                    env: site.env.clone(),
                },
                None => Bound::Inferred {
                    site: site.clone(),
                    function: signature.at,
                    env: signature.env.clone(),
                },
            };
            env = env.with_parameter(at, bound);
        }
        env
    }

    /// Returns what a function gives when it is called at a place, or anywhere.
    pub(super) fn result(&mut self, at: FunctionAt, env: &Env, site: Option<&Rc<CallSite>>) -> Ty {
        self.step(|evaluator| {
            let signature = Signature {
                at,
                env: env.clone(),
            };
            let env = match site {
                Some(site) => evaluator.instantiate(&signature, site),
                None => signature.env,
            };
            let function = evaluator.function(at);
            if let Some(returns) = function.returns {
                evaluator.found_by(Provenance::Annotation);
                return Some(evaluator.written_type(at.file, returns, &env));
            }
            // A call gives an iterator, of which only an annotation would tell; what is returned
            // ends it.
            if function.is_generator {
                return None;
            }
            evaluator.found_by(Provenance::Inference);
            let returned: Vec<Ty> = function
                .returned
                .iter()
                .map(|value| evaluator.value_type(at.file, *value, &env))
                .collect();
            let ty = evaluator.any_of(returned.into_iter());
            if !function.is_async || ty.is_empty() {
                return Some(ty);
            }
            // A promise that an async function returns is awaited by the call: there is no promise
            // of a promise.
            let awaited = evaluator.awaited(&ty);
            Some(evaluator.library_instance("Promise", &[Bound::Is(awaited)]))
        })
        .unwrap_or_else(unknown)
    }

    /// Returns the instances that `new` makes at a place.
    pub(super) fn new_instances(&mut self, classes: &Ty, file: u32, new: ValueId, env: &Env) -> Ty {
        let site = Rc::new(CallSite {
            file,
            call: new,
            env: env.clone(),
        });
        let types = self
            .call_at(file, new)
            .map_or_else(Vec::new, |call| call.types.clone());
        let mut found = Vec::new();
        for class in classes.iter() {
            found.push(match class {
                Atom::Static(at, outer) if types.is_empty() => {
                    only(Atom::Instance(*at, self.constructed(*at, outer, &site)))
                }
                _ => self.instances(&only(class.clone()), file, &types, env),
            });
        }
        self.any_of(found.into_iter())
    }

    /// Binds the type parameters of a class to what the constructor's arguments say.
    fn constructed(&mut self, at: ShapeAt, outer: &Env, site: &Rc<CallSite>) -> Env {
        let shape = self.shape(at);
        // The last of several is the implementation, whose parameters admit what every overload
        // takes.
        let Some(constructor) = shape.constructors.last() else {
            return outer.clone();
        };
        let function = FunctionAt {
            file: at.file,
            function: *constructor,
        };
        shape
            .parameters
            .iter()
            .fold(outer.clone(), |env, parameter| {
                let bound = Bound::Inferred {
                    site: site.clone(),
                    function,
                    env: outer.clone(),
                };
                env.with_parameter(self.variable(at.file, *parameter), bound)
            })
    }

    /// Returns the instances of classes, with type arguments written in a file.
    pub(super) fn instances(&mut self, classes: &Ty, file: u32, types: &[TypeId], env: &Env) -> Ty {
        let given: Vec<Bound> = types
            .iter()
            .map(|r#type| Bound::Written {
                file,
                r#type: *r#type,
                env: env.clone(),
            })
            .collect();
        let mut found = Vec::new();
        for class in classes.iter() {
            found.push(match class {
                Atom::Static(at, outer) => {
                    let parameters = &self.shape(*at).parameters;
                    let pairs = parameters.iter().zip(&given);
                    let env = pairs.fold(outer.clone(), |env, (parameter, bound)| {
                        env.with_parameter(self.variable(at.file, *parameter), bound.clone())
                    });
                    only(Atom::Instance(*at, env))
                }
                Atom::Constructor(at, env) => self.result(*at, env, None),
                Atom::Function(at, env) => self.made_by(*at, env),
                // A function that is used as a class; the last of several is the one with the body.
                Atom::Declared(at) => match &self.declaration(*at).value {
                    DeclaredValue::Functions(functions) => match functions.last() {
                        Some(function) => {
                            let (file, function) = (at.file, *function);
                            self.made_by(FunctionAt { file, function }, &Env::default())
                        }
                        None => unknown(),
                    },
                    _ => unknown(),
                },
                // An interface with a construct signature, such as `DateConstructor`.
                Atom::Instance(at, env) => match self.shape(*at).constructors.first() {
                    Some(constructor) => {
                        let at = FunctionAt {
                            file: at.file,
                            function: *constructor,
                        };
                        let parameters = &self.function(at).type_parameters;
                        let pairs = parameters.iter().zip(&given);
                        let env = pairs.fold(env.clone(), |env, (parameter, bound)| {
                            env.with_parameter(self.variable(at.file, *parameter), bound.clone())
                        });
                        self.result(at, &env, None)
                    }
                    None => unknown(),
                },
                Atom::Outside => only(Atom::Outside),
                _ => unknown(),
            });
        }
        self.any_of(found.into_iter())
    }

    /// Returns what `new` makes of a function: what it says of `this`, else what it returns.
    fn made_by(&mut self, at: FunctionAt, env: &Env) -> Ty {
        match self.function(at).instance {
            Some(shape) => {
                let file = at.file;
                only(Atom::Instance(ShapeAt { file, shape }, env.clone()))
            }
            None => self.result(at, env, None),
        }
    }

    /// Returns the type of what stands at a place among the arguments of a signature.
    pub(super) fn parameter_at(&mut self, at: FunctionAt, env: &Env, place: usize) -> Ty {
        let parameters = &self.function(at).parameters;
        let Some((index, parameter)) = parameter_for(parameters, place) else {
            return unknown();
        };
        if let Some(r#type) = parameter.r#type.filter(|_| parameter.is_rest)
            && let Type::Tuple(elements) = &self.facts(at.file).types[r#type.index()]
        {
            // Only the element that is asked for is worth evaluating.
            return match elements.get(place - index) {
                Some(element) => self.written_type(at.file, *element, env),
                None => unknown(),
            };
        }
        let ty = match parameter.r#type {
            Some(r#type) => self.written_type(at.file, r#type, env),
            None => self.parameter_type(at, index, env),
        };
        match parameter.is_rest {
            true => self.element(&ty, Some(place - index)),
            false => ty,
        }
    }

    /// Returns the parameter that takes the argument at a place of a call, by its place or by its name.
    pub(super) fn parameter_of(
        &mut self,
        at: FunctionAt,
        site: &CallSite,
        place: usize,
    ) -> Option<Parameter> {
        let parameters = &self.function(at).parameters;
        let call = self.call_at(site.file, site.call)?;
        let n_placed = call.arguments.len() - call.keywords.len();
        let Some(keyword) = place.checked_sub(n_placed) else {
            return parameter_for(parameters, place).map(|(_, parameter)| parameter);
        };
        let keyword = call.keywords[keyword];
        let keyword = self.name(site.file, keyword);
        let facts = self.facts(at.file);
        let named = |parameter: &&Parameter| {
            let name = parameter.name.map(|name| facts.name(name));
            name == Some(keyword)
        };
        parameters.iter().find(named).copied()
    }

    /// Returns the type that a signature expects of the argument at a place of a call.
    pub(super) fn argument_type(
        &mut self,
        signature: &Signature,
        env: &Env,
        site: &CallSite,
        place: usize,
    ) -> Ty {
        let is_named = self
            .call_at(site.file, site.call)
            .is_some_and(|call| place >= call.arguments.len() - call.keywords.len());
        if !is_named {
            return self.parameter_at(signature.at, env, place);
        }
        match self.parameter_of(signature.at, site, place) {
            Some(Parameter {
                r#type: Some(r#type),
                ..
            }) => self.written_type(signature.at.file, r#type, env),
            _ => unknown(),
        }
    }

    /// Whether an argument is a function whose parameters get their types from the call.
    fn waits_for_context(&mut self, file: u32, argument: ValueId) -> bool {
        match self.facts(file).values[argument.index()] {
            Value::Function(function) => {
                let parameters = &self.function(FunctionAt { file, function }).parameters;
                parameters
                    .iter()
                    .any(|parameter| parameter.r#type.is_none() && parameter.default.is_none())
            }
            _ => false,
        }
    }

    /// Returns what a type parameter of a call must be by its arguments.
    pub(super) fn inferred(
        &mut self,
        parameter: DeclarationAt,
        site: &Rc<CallSite>,
        function: FunctionAt,
        env: &Env,
    ) -> Ty {
        self.while_inferring((site.file, site.call, parameter), |evaluator| {
            let Some(call) = evaluator.call_at(site.file, site.call) else {
                return unknown();
            };
            let arguments = call.arguments.clone();
            evaluator.found_by(Provenance::Inference);
            let is_expecting = evaluator.is_expecting((site.file, site.call));
            for (place, argument) in arguments.iter().enumerate() {
                // It waits for the types that are being inferred here; the compiler puts such
                // arguments off as well ("context-sensitive").
                if is_expecting && evaluator.waits_for_context(site.file, *argument) {
                    continue;
                }
                let Some(declared) = evaluator.parameter_of(function, site, place) else {
                    continue;
                };
                let (Some(r#type), is_rest) = (declared.r#type, declared.is_rest) else {
                    continue;
                };
                let mut given = evaluator.value_type(site.file, *argument, &site.env);
                let mut r#type = r#type;
                if is_rest && evaluator.is_java() {
                    r#type = evaluator.rest_type(function.file, r#type, &given);
                } else if is_rest {
                    // The type of a rest parameter is that of the whole array, so that an argument
                    // is an array of one.
                    given = only(Atom::Tuple(Rc::from([given])));
                }
                // The first that says something decides. The compiler weighs all candidates, which
                // matters to whether the call is valid and hardly to which members its result has.
                if let Some(ty) = evaluator.unify(function.file, r#type, env, parameter, &given)
                    && !ty.is_empty()
                {
                    return ty;
                }
            }
            unknown()
        })
    }
}

/// Returns the parameter that takes the argument at a place, with its own place.
pub(super) fn parameter_for(parameters: &[Parameter], place: usize) -> Option<(usize, Parameter)> {
    let rest = parameters.iter().position(|parameter| parameter.is_rest);
    match rest.filter(|rest| place >= *rest) {
        Some(rest) => Some((rest, parameters[rest])),
        None => parameters.get(place).map(|parameter| (place, *parameter)),
    }
}

/// What an argument plainly is.
#[derive(Clone, Copy, PartialEq)]
enum Plain {
    Primitive,
    Function,
    Object,
    Array,
}
