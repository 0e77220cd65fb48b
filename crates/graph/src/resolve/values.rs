//! The types of expressions.

use domain::Provenance;
use domain::facts::{DeclaredValue, Value, ValueId};

use super::Module;
use super::atoms::{Atom, Bound, Env, FunctionAt, ShapeAt, Ty, only, unknown};
use super::evaluator::Evaluator;
use super::protocols::{as_class, as_instance};

/// More alternatives than this say nothing.
const MAX_ALTERNATIVES: usize = 12;

impl Evaluator<'_> {
    /// Returns what an expression can be.
    pub(super) fn value_type(&mut self, file: u32, value: ValueId, env: &Env) -> Ty {
        let compute = |evaluator: &mut Self| {
            evaluator
                .step(|evaluator| Some(evaluator.value_type_now(file, value, env)))
                .unwrap_or_else(unknown)
        };
        // What hangs on bindings is another type for every binding.
        match env.is_empty() {
            true => self.remember((file, value), compute),
            false => compute(self),
        }
    }

    fn value_type_now(&mut self, file: u32, value: ValueId, env: &Env) -> Ty {
        match &self.facts(file).values[value.index()] {
            Value::Unknown => unknown(),
            Value::Declared(declaration) => {
                let at = self.at(file, *declaration);
                let is_import = matches!(self.declaration(at).value, DeclaredValue::Import { .. });
                match self.is_rust() && is_import {
                    true => self.entity_type_of(file, value, env),
                    false => self.declared_type(at, env),
                }
            }
            Value::Global(_) | Value::Member(..) | Value::Scoped { .. } => {
                self.entity_type_of(file, value, env)
            }
            Value::This(shape) => {
                self.found_by(Provenance::This);
                match env.this() {
                    Some(this) if self.is_python() => as_instance(this),
                    Some(this) => this.clone(),
                    None => only(Atom::Instance(at(file, *shape), env.clone())),
                }
            }
            Value::StaticThis(shape) => {
                self.found_by(Provenance::This);
                if let Some(this) = env.this().filter(|_| self.is_python()) {
                    return as_class(this);
                }
                only(Atom::Static(at(file, *shape), env.clone()))
            }
            Value::Super(shape) => {
                self.found_by(Provenance::This);
                self.base_instances(at(file, *shape), env)
            }
            Value::StaticSuper(shape) if self.is_python() => {
                let above = self.above(at(file, *shape), env);
                as_class(&above)
            }
            Value::StaticSuper(shape) => match self.shape(at(file, *shape)).base {
                Some(base) => self.value_type(file, base, env),
                None => unknown(),
            },
            Value::Element(array, place) => {
                let array = self.value_type(file, *array, env);
                if self.is_rust() {
                    return self.rust_element(&array, *place as usize);
                }
                self.element(&array, Some(*place as usize))
            }
            Value::AnyElement(array) => {
                let array = self.value_type(file, *array, env);
                if self.is_rust() {
                    return self.rust_indexed(&array);
                }
                self.element(&array, None)
            }
            Value::Iterated(iterable) => {
                let iterable = self.value_type(file, *iterable, env);
                if self.is_go() {
                    return self.ranged(&iterable);
                }
                if self.is_rust() {
                    return self.rust_iterated(&iterable);
                }
                self.element(&iterable, None)
            }
            Value::Call(_) if self.is_java() => self.java_call_type(file, value, env),
            Value::Call(_) => self.call_type(file, value, env),
            Value::New(_) if self.is_java() => self.java_made(file, value, env),
            Value::MethodReference { .. } => self.named_methods(file, value, env),
            Value::Sum(left, right) => {
                let left = self.value_type(file, *left, env);
                let right = self.value_type(file, *right, env);
                self.sum_of(left, right)
            }
            Value::New(call) => {
                self.found_by(Provenance::Annotation);
                let classes = self.value_type(file, call.callee, env);
                self.new_instances(&classes, file, value, env)
            }
            Value::Await(promise) => {
                let promise = self.value_type(file, *promise, env);
                self.awaited(&promise)
            }
            Value::Module(_) if self.is_java() => match self.entity(file, value, env) {
                Some(entity) => self.entity_type(&entity),
                None => unknown(),
            },
            Value::Module(specifier) => match self.module(file, *specifier) {
                Module::File(module) => self.module_type(module),
                Module::Outside => only(Atom::Outside),
                Module::Missing => unknown(),
            },
            Value::Exports => self.module_type(file),
            Value::ImportedModule(specifier) => {
                let module = match self.module(file, *specifier) {
                    Module::File(module) => self.module_type(module),
                    Module::Outside => only(Atom::Outside),
                    Module::Missing => return unknown(),
                };
                self.library_instance("Promise", &[Bound::Is(module)])
            }
            Value::Object(shape) => only(Atom::Instance(at(file, *shape), env.clone())),
            Value::Array(values) => {
                let elements = values
                    .iter()
                    .map(|value| self.value_type(file, *value, env));
                only(Atom::Tuple(elements.collect()))
            }
            Value::Function(function) => only(Atom::Function(
                FunctionAt {
                    file,
                    function: *function,
                },
                env.clone(),
            )),
            Value::Class(shape) => only(Atom::Static(at(file, *shape), env.clone())),
            Value::Typed(r#type) => {
                self.found_by(Provenance::Annotation);
                self.written_type(file, *r#type, env)
            }
            Value::Parameter(function, place) => {
                let function = FunctionAt {
                    file,
                    function: *function,
                };
                self.parameter_type(function, *place as usize, env)
            }
            Value::Either(values) => {
                let types: Vec<Ty> = values
                    .iter()
                    .map(|value| self.value_type(file, *value, env))
                    .collect();
                self.any_of(types.into_iter())
            }
            Value::Primitive(name) => {
                let name = self.name(file, *name);
                self.library_instance(name, &[])
            }
            Value::Invoke(_) => self.invoked(file, value, env),
            Value::Holds(class, arguments) => {
                let arguments = arguments.iter();
                let given: Vec<Bound> = arguments
                    .map(|argument| Bound::Is(self.value_type(file, *argument, env)))
                    .collect();
                let class = self.name(file, *class);
                self.library_instance(class, &given)
            }
            Value::Item { object, place, get } => self.item(file, (*object, *place, *get), env),
            Value::Merged(values) => self.merged(file, value, values, env),
            Value::OrElse(first, second) => {
                let ty = self.value_type(file, *first, env);
                match ty.is_empty() {
                    true => self.value_type(file, *second, env),
                    false => ty,
                }
            }
            Value::Narrowed(value, classes) => {
                let ty = self.value_type(file, *value, env);
                let wanted = self.instances_of_all(file, classes, env);
                self.narrowed(&ty, &wanted)
            }
            Value::Excluded(value, classes) => {
                let ty = self.value_type(file, *value, env);
                let unwanted = self.instances_of_all(file, classes, env);
                self.excluded(&ty, &unwanted)
            }
            Value::Literal(literal) => {
                let name = self.name(file, literal.of);
                self.library_instance(name, &[])
            }
            Value::Tested { value, test, holds } => self.tested(file, (*value, *test, *holds), env),
            Value::Within(value, r#type) => {
                let declared = self.written_type(file, *r#type, env);
                let ty = self.value_type(file, *value, env);
                self.within(&ty, &declared)
            }
        }
    }

    fn entity_type_of(&mut self, file: u32, value: ValueId, env: &Env) -> Ty {
        match self.entity(file, value, env) {
            Some(entity) => self.entity_type(&entity),
            None => unknown(),
        }
    }

    fn instances_of_all(&mut self, file: u32, classes: &[ValueId], env: &Env) -> Ty {
        let types: Vec<Ty> = classes
            .iter()
            .map(|class| {
                let class = self.value_type(file, *class, env);
                self.instances_of(&class)
            })
            .collect();
        self.any_of(types.into_iter())
    }

    /// Returns the alternatives of several types together.
    pub(super) fn any_of(&mut self, types: impl Iterator<Item = Ty>) -> Ty {
        let mut atoms: Vec<Atom> = Vec::new();
        for ty in types {
            for atom in ty.iter() {
                if atoms.len() < MAX_ALTERNATIVES && !atoms.iter().any(|known| is_same(known, atom))
                {
                    atoms.push(atom.clone());
                }
            }
        }
        atoms.into()
    }

    /// Returns what stands at a place of an array, or at any place.
    pub(super) fn element(&mut self, array: &Ty, place: Option<usize>) -> Ty {
        let mut types = Vec::new();
        for atom in array.iter() {
            types.push(match (atom, place) {
                (Atom::Tuple(elements), Some(place)) => {
                    elements.get(place).cloned().unwrap_or_else(unknown)
                }
                (Atom::Tuple(elements), None) => self.any_of(elements.iter().cloned()),
                (Atom::EveryMember(ty), _) => ty.clone(),
                (Atom::Outside | Atom::Foreign(_), _) => only(Atom::Outside),
                (Atom::Instance(shape, env), _) => match self.shape(*shape).index {
                    Some(index) => self.written_type(shape.file, index, env),
                    None => {
                        let element = self.hidden_member(atom, "__element");
                        match element.is_empty() && self.is_python() {
                            true => self.iterated(atom, place),
                            false => element,
                        }
                    }
                },
                (Atom::Static(..), None) if self.is_python() => self.iterated(atom, None),
                // `name[T]` is what the name is, with its type arguments.
                (Atom::Static(..) | Atom::Declared(_) | Atom::Function(..), None)
                    if self.is_go() =>
                {
                    only(atom.clone())
                }
                _ => unknown(),
            });
        }
        self.any_of(types.into_iter())
    }

    /// The library says by members of its own what iterating and awaiting give.
    pub(super) fn hidden_member(&mut self, atom: &Atom, name: &str) -> Ty {
        match self.member(&only(atom.clone()), name) {
            Some(entity) => self.entity_type(&entity),
            None => unknown(),
        }
    }

    /// Returns what awaiting gives; what is no promise stays as it is.
    pub(super) fn awaited(&mut self, promise: &Ty) -> Ty {
        let mut types = Vec::new();
        for atom in promise.iter() {
            let inner = match atom {
                Atom::Instance(..) => self.hidden_member(atom, "__awaited"),
                _ => unknown(),
            };
            types.push(match inner.is_empty() {
                // A promise of what is unknown does not give itself.
                true if self.is_library_type(atom, "Promise") => unknown(),
                true => only(atom.clone()),
                false => inner,
            });
        }
        self.any_of(types.into_iter())
    }

    pub(super) fn array_of(&mut self, element: Ty) -> Ty {
        let name = match (self.is_go(), self.is_java()) {
            (true, _) => "builtin·slice",
            (_, true) => "java·array",
            _ => "Array",
        };
        self.library_instance(name, &[Bound::Is(element)])
    }
}

fn at(file: u32, shape: domain::facts::ShapeId) -> ShapeAt {
    ShapeAt { file, shape }
}

fn is_same(one: &Atom, other: &Atom) -> bool {
    match (one, other) {
        // With bindings both are kept: comparing these may take as long as evaluating them.
        (Atom::Instance(a, x), Atom::Instance(b, y)) => a == b && x.is_empty() && y.is_empty(),
        (Atom::Static(a, x), Atom::Static(b, y)) => a == b && x.is_empty() && y.is_empty(),
        (Atom::Module(a), Atom::Module(b)) => a == b,
        (Atom::Declared(a), Atom::Declared(b)) => a == b,
        (Atom::Foreign(a), Atom::Foreign(b)) => a == b,
        (Atom::Outside, Atom::Outside) => true,
        _ => false,
    }
}
