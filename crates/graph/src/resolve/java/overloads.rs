//! Which of several methods or constructors a call means: by the number of its arguments, then by their types, then the most specific.

use std::rc::Rc;

use domain::Provenance;
use domain::facts::{ShapeId, Type, TypeId, Value, ValueId};

use super::hierarchy::{Method, Methods};
use super::subtypes::{Fit, Phase};
use crate::resolve::atoms::{Atom, Bound, CallSite, Env, FunctionAt, ShapeAt, Ty, only, unknown};
use crate::resolve::entities::Entity;
use crate::resolve::evaluator::Evaluator;

/// What a call means.
#[derive(Clone, Debug)]
pub(super) enum Called {
    Method(Method),
    Outside,
}

/// What is given to a call.
#[derive(Clone, Debug)]
pub(super) enum Given {
    Value(Ty),
    /// A lambda, whose types are what its place expects.
    Lambda(FunctionAt),
    /// A method that is named.
    MethodReference,
}

/// Something that can be called: its function, and what type parameters stand for.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) at: FunctionAt,
    pub(super) env: Env,
}

impl Evaluator<'_> {
    /// Returns the method that a call means.
    pub(super) fn called(&mut self, file: u32, call: ValueId, env: &Env) -> Option<Called> {
        self.step(|evaluator| evaluator.called_now(file, call, env))
    }

    fn called_now(&mut self, file: u32, call: ValueId, env: &Env) -> Option<Called> {
        let callee = self.call_at(file, call)?.callee;
        let methods = match &self.facts(file).values[callee.index()] {
            Value::Member(object, name) => {
                let ty = self.value_type(file, *object, env);
                let name = self.name(file, *name);
                self.methods(&ty, name)
            }
            Value::Scoped { shapes, name, .. } => {
                let name = self.name(file, *name);
                self.scoped_methods(file, shapes, name, env)
            }
            Value::Global(name) => {
                let name = self.name(file, *name);
                self.imported_methods(file, name)
            }
            _ => return None,
        };
        let arguments = self.call_at(file, call)?.arguments.clone();
        let given: Vec<Given> = arguments
            .into_iter()
            .map(|argument| self.given_value(file, argument, env))
            .collect();
        self.choose(methods, &given)
    }

    /// Returns the methods of the innermost class that has one of a name, else those that the file imports.
    fn scoped_methods(&mut self, file: u32, shapes: &[ShapeId], name: &str, env: &Env) -> Methods {
        let mut leads_outside = false;
        for shape in shapes {
            let at = ShapeAt {
                file,
                shape: *shape,
            };
            let methods = self.methods(&only(Atom::Instance(at, env.clone())), name);
            // The innermost class with a method of the name is the one to search, even if none of
            // its methods fits (JLS 15.12.1).
            if !methods.found.is_empty() {
                self.found_by(Provenance::This);
                return methods;
            }
            leads_outside |= methods.leads_outside;
        }
        let mut methods = self.imported_methods(file, name);
        methods.leads_outside |= leads_outside;
        methods
    }

    fn imported_methods(&mut self, file: u32, name: &str) -> Methods {
        let mut all = Methods::default();
        for class in self.statically_imported(file, name) {
            let methods = self.methods(&class, name);
            self.found_by(Provenance::Import);
            all.found.extend(methods.found);
            all.leads_outside |= methods.leads_outside;
        }
        all
    }

    pub(super) fn given_value(&mut self, file: u32, argument: ValueId, env: &Env) -> Given {
        match &self.facts(file).values[argument.index()] {
            Value::Function(function) => Given::Lambda(FunctionAt {
                file,
                function: *function,
            }),
            Value::MethodReference { .. } => Given::MethodReference,
            _ => Given::Value(self.value_type(file, argument, env)),
        }
    }

    fn choose(&mut self, methods: Methods, given: &[Given]) -> Option<Called> {
        let Methods {
            found,
            leads_outside,
        } = methods;
        let candidates: Vec<Candidate> = found
            .iter()
            .map(|method| Candidate {
                at: method.at,
                env: method.env.clone(),
            })
            .collect();
        match self.most_specific_of(&candidates, given, leads_outside) {
            Some(place) => Some(Called::Method(found[place].clone())),
            // If nothing known can be meant, something outside is. Otherwise it may be either.
            None if leads_outside && !self.may_fit(&candidates, given) => Some(Called::Outside),
            None => None,
        }
    }

    /// Whether any of several could be meant.
    fn may_fit(&mut self, candidates: &[Candidate], given: &[Given]) -> bool {
        candidates.iter().any(|candidate| {
            self.fits(candidate, given, Phase::Variable) != Fit::No
                || self.fits(candidate, given, Phase::Loose) != Fit::No
        })
    }

    /// Returns the place of the candidate that is meant.
    pub(super) fn most_specific_of(
        &mut self,
        candidates: &[Candidate],
        given: &[Given],
        leads_outside: bool,
    ) -> Option<usize> {
        // Programs compile: with one candidate, its types need not be known.
        if let ([one], false) = (candidates, leads_outside) {
            return self.takes_number(one, given.len()).then_some(0);
        }
        // The phases of JLS 15.12.2.2 to 15.12.2.4; each is tried only if those before it find
        // nothing.
        for phase in [Phase::Strict, Phase::Loose, Phase::Variable] {
            let mut fitting: Vec<(usize, Fit)> = Vec::new();
            for (place, candidate) in candidates.iter().enumerate() {
                match self.fits(candidate, given, phase) {
                    Fit::No => {}
                    fit => fitting.push((place, fit)),
                }
            }
            if let [(place, _)] = fitting[..] {
                return Some(place);
            }
            if !fitting.is_empty() {
                return self.most_specific(candidates, &fitting, given, phase);
            }
        }
        None
    }

    fn takes_number(&mut self, candidate: &Candidate, n: usize) -> bool {
        let parameters = &self.function(candidate.at).parameters;
        let is_variable = parameters.last().is_some_and(|last| last.is_rest);
        parameters.len() == n || is_variable && n + 1 >= parameters.len()
    }

    /// Whether what is given fits what a candidate takes.
    fn fits(&mut self, candidate: &Candidate, given: &[Given], phase: Phase) -> Fit {
        let parameters = &self.function(candidate.at).parameters;
        let is_variable = parameters.last().is_some_and(|last| last.is_rest);
        let is_right_number = match phase {
            Phase::Variable => is_variable && given.len() + 1 >= parameters.len(),
            _ => given.len() == parameters.len(),
        };
        if !is_right_number {
            return Fit::No;
        }
        let mut worst = Fit::Yes;
        for (place, given) in given.iter().enumerate() {
            let expected = self.expected_at(candidate, place, phase);
            worst = worst.min(self.fits_one(given, &expected, phase));
            if worst == Fit::No {
                break;
            }
        }
        worst
    }

    /// Returns what a candidate takes at a place.
    fn expected_at(&mut self, candidate: &Candidate, place: usize, phase: Phase) -> Ty {
        let parameters = &self.function(candidate.at).parameters;
        let last = parameters.len().saturating_sub(1);
        let Some(parameter) = parameters.get(place.min(last)) else {
            return unknown();
        };
        let Some(r#type) = parameter.r#type else {
            return unknown();
        };
        // In the third phase the last parameter is compared by its elements (JLS 15.12.2.4).
        let is_element = phase == Phase::Variable && place >= last;
        match self.facts(candidate.at.file).types[r#type.index()] {
            Type::Global { ref arguments, .. } if is_element && parameter.is_rest => {
                match arguments.first() {
                    Some(element) => self.written_type(candidate.at.file, *element, &candidate.env),
                    None => unknown(),
                }
            }
            _ => self.written_type(candidate.at.file, r#type, &candidate.env),
        }
    }

    fn fits_one(&mut self, given: &Given, expected: &Ty, phase: Phase) -> Fit {
        match given {
            Given::Value(ty) => self.is_given(ty, expected, phase),
            Given::Lambda(_) | Given::MethodReference => {
                let is_outside = |atom: &Atom| matches!(atom, Atom::Outside | Atom::Foreign(_));
                if expected.is_empty() || expected.iter().any(is_outside) {
                    return Fit::Maybe;
                }
                // Nothing else takes a lambda (JLS 15.27.3).
                let Some(method) = self.functional(expected) else {
                    return Fit::No;
                };
                match given {
                    Given::Lambda(lambda) => self.lambda_fits(*lambda, method.at),
                    // A method that is named has no say in which overloads apply, unless it is the
                    // only one of its name (JLS 15.12.2.2).
                    _ => Fit::Yes,
                }
            }
        }
    }

    fn most_specific(
        &mut self,
        candidates: &[Candidate],
        fitting: &[(usize, Fit)],
        given: &[Given],
        phase: Phase,
    ) -> Option<usize> {
        let is_sure = fitting.iter().all(|(_, fit)| *fit == Fit::Yes);
        for (place, fit) in fitting {
            // Of what may fit, only what surely does is worth comparing.
            if *fit != Fit::Yes && !is_sure {
                continue;
            }
            // More specific than every other, or the call is ambiguous (JLS 15.12.2.5).
            let is_best = fitting.iter().all(|(other, _)| {
                place == other
                    || self.is_more_specific(
                        (&candidates[*place], &candidates[*other]),
                        given,
                        phase,
                    )
            });
            if is_best {
                return Some(*place);
            }
        }
        None
    }

    fn is_more_specific(
        &mut self,
        (one, other): (&Candidate, &Candidate),
        given: &[Given],
        phase: Phase,
    ) -> bool {
        (0..given.len()).all(|place| {
            let first = self.expected_at(one, place, phase);
            let second = self.expected_at(other, place, phase);
            match &given[place] {
                Given::Value(_) => self.is_below(&first, &second),
                _ => self.is_below(&first, &second) || self.gives_more(&first, &second),
            }
        })
    }

    fn is_below(&mut self, one: &Ty, other: &Ty) -> bool {
        self.is_of_same_type(one, other) || self.is_given(one, other, Phase::Strict) == Fit::Yes
    }

    /// Of two functional interfaces, the one whose method gives something is the more specific.
    fn gives_more(&mut self, one: &Ty, other: &Ty) -> bool {
        let (Some(one), Some(other)) = (self.functional(one), self.functional(other)) else {
            return false;
        };
        match (
            self.function(one.at).returns,
            self.function(other.at).returns,
        ) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(first), Some(second)) => {
                let first = self.written_type(one.at.file, first, &one.env);
                let second = self.written_type(other.at.file, second, &other.env);
                self.is_below(&first, &second)
            }
        }
    }

    /// Returns the constructor that `new`, `this(…)` or `super(…)` means, of a class.
    pub(super) fn constructor(
        &mut self,
        file: u32,
        call: ValueId,
        env: &Env,
    ) -> Option<(ShapeAt, Option<Candidate>)> {
        let made = self.call_at(file, call)?;
        let (callee, arguments) = (made.callee, made.arguments.clone());
        let ty = self.value_type(file, callee, env);
        let Some(Atom::Instance(at, class_env)) = ty.first().cloned() else {
            return None;
        };
        let constructors = &self.shape(at).constructors;
        let candidates: Vec<Candidate> = constructors
            .iter()
            .map(|function| Candidate {
                at: FunctionAt {
                    file: at.file,
                    function: *function,
                },
                env: class_env.clone(),
            })
            .collect();
        if candidates.is_empty() {
            // The default constructor stands nowhere (JLS 8.8.9).
            return Some((at, None));
        }
        let given: Vec<Given> = arguments
            .into_iter()
            .map(|argument| self.given_value(file, argument, env))
            .collect();
        let place = self.most_specific_of(&candidates, &given, false)?;
        Some((at, candidates.get(place).cloned()))
    }

    /// Returns what `new` refers to: the class; `this(…)` and `super(…)` refer to constructors.
    pub(super) fn made_entity(
        &mut self,
        file: u32,
        (call, callee): (ValueId, ValueId),
        env: &Env,
    ) -> Option<Entity> {
        if let Value::Typed(r#type) = self.facts(file).values[callee.index()] {
            self.found_by(Provenance::Annotation);
            let ty = self.written_type(file, r#type, env);
            return match ty.first()? {
                Atom::Instance(at, env) => Some(Entity::Type(only(Atom::Static(*at, env.clone())))),
                Atom::Outside | Atom::Foreign(_) => Some(Entity::Outside),
                _ => None,
            };
        }
        let ty = self.value_type(file, callee, env);
        if let Some(Atom::Outside | Atom::Foreign(_)) = ty.first() {
            return Some(Entity::Outside);
        }
        let (at, constructor) = self.constructor(file, call, env)?;
        if self.files.is_library(at.file) {
            return Some(Entity::Outside);
        }
        Some(Entity::Type(only(match constructor {
            Some(constructor) => Atom::Function(constructor.at, constructor.env),
            // The one that every class has.
            None => Atom::Static(at, Env::default()),
        })))
    }

    /// Returns the instance that `new` makes; with `<>`, its type arguments are what the constructor is given.
    pub(in crate::resolve) fn java_made(&mut self, file: u32, call: ValueId, env: &Env) -> Ty {
        let Some(made) = self.call_at(file, call) else {
            return unknown();
        };
        // Java has no arguments by name, so that extraction marks `<>` there.
        let is_open = !made.keywords.is_empty();
        let callee = made.callee;
        let ty = self.value_type(file, callee, env);
        if !is_open {
            return ty;
        }
        let Some(Atom::Instance(at, outer)) = ty.first().cloned() else {
            return ty;
        };
        let Some((_, Some(constructor))) = self.constructor(file, call, env) else {
            return ty;
        };
        let site = Rc::new(CallSite {
            file,
            call,
            env: env.clone(),
        });
        let parameters = &self.shape(at).parameters;
        let env = parameters.iter().fold(outer, |env, parameter| {
            let bound = Bound::Inferred {
                site: site.clone(),
                function: constructor.at,
                env: constructor.env.clone(),
            };
            env.with_parameter(self.at(at.file, *parameter), bound)
        });
        only(Atom::Instance(at, env))
    }

    /// Returns the type of the last parameter that takes any number, as one argument has to fit it.
    pub(in crate::resolve) fn rest_type(
        &mut self,
        file: u32,
        r#type: TypeId,
        given: &Ty,
    ) -> TypeId {
        let is_array = given
            .iter()
            .any(|atom| self.is_library_type(atom, "java·array"));
        match &self.facts(file).types[r#type.index()] {
            Type::Global { arguments, .. } if !is_array => {
                arguments.first().copied().unwrap_or(r#type)
            }
            _ => r#type,
        }
    }
}
