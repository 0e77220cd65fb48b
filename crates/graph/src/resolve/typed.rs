//! The types that are written down.

use domain::facts::{DeclarationId, DeclaredType, SAME_NAME_MAX, Type, TypeId};

use super::atoms::{Atom, Bound, DeclarationAt, Env, FunctionAt, ShapeAt, Ty, only, unknown};
use super::evaluator::Evaluator;
use super::exports::Exported;
use super::protocols::{as_class, as_instance};

impl Evaluator<'_> {
    /// Returns what a type stands for.
    pub(super) fn written_type(&mut self, file: u32, r#type: TypeId, env: &Env) -> Ty {
        self.step(|evaluator| Some(evaluator.written_type_now(file, r#type, env)))
            .unwrap_or_else(unknown)
    }

    fn written_type_now(&mut self, file: u32, r#type: TypeId, env: &Env) -> Ty {
        match &self.facts(file).types[r#type.index()] {
            Type::Unknown => unknown(),
            Type::Declared {
                declaration,
                path,
                arguments,
            } => {
                if path.is_empty() {
                    let at = self.variable(file, *declaration);
                    if self.is_parameter(at) {
                        return self.type_parameter(at, env);
                    }
                }
                self.named(file, r#type, arguments, env)
            }
            Type::Global { arguments, .. }
            | Type::Import { arguments, .. }
            | Type::Scoped { arguments, .. } => self.named(file, r#type, arguments, env),
            Type::Shape(shape) => {
                let shape = ShapeAt {
                    file,
                    shape: *shape,
                };
                only(Atom::Instance(shape, env.clone()))
            }
            Type::Function(function) => {
                let function = FunctionAt {
                    file,
                    function: *function,
                };
                only(Atom::Function(function, env.clone()))
            }
            Type::Constructor(function) => {
                let function = FunctionAt {
                    file,
                    function: *function,
                };
                only(Atom::Constructor(function, env.clone()))
            }
            Type::This => match env.this() {
                Some(this) if self.is_python() => as_instance(this),
                Some(this) => this.clone(),
                None => unknown(),
            },
            Type::ClassOf(r#type) => {
                let instances = self.written_type(file, *r#type, env);
                as_class(&instances)
            }
            // Members are looked up in one alternative after the other, which is exact for an
            // intersection and what can be said of a union.
            Type::Union(types) | Type::Intersection(types) => {
                let types: Vec<Ty> = types
                    .iter()
                    .map(|r#type| self.written_type(file, *r#type, env))
                    .collect();
                self.any_of(types.into_iter())
            }
            Type::Array(element) => self.library_instance(
                "Array",
                &[Bound::Written {
                    file,
                    r#type: *element,
                    env: env.clone(),
                }],
            ),
            Type::Tuple(elements) => {
                let elements = elements
                    .iter()
                    .map(|element| self.written_type(file, *element, env));
                only(Atom::Tuple(elements.collect()))
            }
            Type::Query(value) => self.value_type(file, *value, env),
            Type::Indexed(object, name) if self.is_rust() => {
                self.rust_projected(file, (*object, *name), env)
            }
            Type::Named { r#type, .. } => self.written_type(file, *r#type, env),
            Type::Indexed(object, name) => {
                let object = self.written_type(file, *object, env);
                let name = self.name(file, *name);
                match self.member(&object, name) {
                    Some(entity) => self.entity_type(&entity),
                    None => unknown(),
                }
            }
            Type::AnyIndexed(object) => {
                let object = self.written_type(file, *object, env);
                self.element(&object, None)
            }
            Type::Conditional {
                check,
                extends,
                yes,
                no,
            } => self.conditional(file, [*check, *extends, *yes, *no], env),
            Type::Mapped { of, value } => match (of, value) {
                // `{ [K in keyof A]: A[K] }` has the members of `A`, whose definitions are meant.
                (Some(of), None) => self.written_type(file, *of, env),
                (_, Some(value)) => {
                    let every = self.written_type(file, *value, env);
                    only(Atom::EveryMember(every))
                }
                (None, None) => unknown(),
            },
            Type::Literal(literal) => {
                let name = self.name(file, literal.of);
                self.library_instance(name, &[])
            }
            // To whoever calls it, a guard gives a truth value.
            Type::Predicate(..) => self.library_instance("Boolean", &[]),
            Type::Infer(declaration) => self.type_parameter(self.at(file, *declaration), env),
        }
    }

    /// A condition holds if what it infers can be found; else both ends are possible.
    fn conditional(&mut self, file: u32, types: [TypeId; 4], env: &Env) -> Ty {
        let [check, extends, yes, no] = types;
        let mut inferred = Vec::new();
        self.collect_inferred(file, extends, &mut inferred);
        if !inferred.is_empty() {
            let checked = self.written_type(file, check, env);
            let mut inner = env.clone();
            let mut is_found = false;
            for declaration in inferred {
                let at = self.at(file, declaration);
                if let Some(ty) = self.unify(file, extends, env, at, &checked) {
                    inner = inner.with_parameter(at, Bound::Is(ty));
                    is_found = true;
                }
            }
            let end = if is_found { yes } else { no };
            return self.written_type(file, end, &inner);
        }
        // A literal can be tested without knowing what is assignable to what.
        if let Some(given) = self.literal_of(file, check, env)
            && let Some(holds) = self.admits(file, extends, env, given)
        {
            let end = if holds { yes } else { no };
            return self.written_type(file, end, env);
        }
        let types = [
            self.written_type(file, yes, env),
            self.written_type(file, no, env),
        ];
        self.any_of(types.into_iter())
    }

    fn collect_inferred(&mut self, file: u32, r#type: TypeId, found: &mut Vec<DeclarationId>) {
        let facts = self.facts(file);
        match &facts.types[r#type.index()] {
            Type::Infer(declaration) => found.push(*declaration),
            Type::Declared { arguments, .. }
            | Type::Global { arguments, .. }
            | Type::Import { arguments, .. }
            | Type::Tuple(arguments)
            | Type::Union(arguments)
            | Type::Intersection(arguments) => {
                for argument in arguments {
                    self.collect_inferred(file, *argument, found);
                }
            }
            Type::Array(element) => self.collect_inferred(file, *element, found),
            Type::Function(function) | Type::Constructor(function) => {
                let function = &facts.functions[function.index()];
                let parameters = function.parameters.iter();
                let types = parameters.filter_map(|parameter| parameter.r#type);
                for r#type in types.chain(function.returns) {
                    self.collect_inferred(file, r#type, found);
                }
            }
            Type::Shape(shape) => {
                let members = facts.shapes[shape.index()].members.iter();
                for r#type in members.filter_map(|member| member.r#type) {
                    self.collect_inferred(file, r#type, found);
                }
            }
            _ => {}
        }
    }

    /// Returns what a type parameter stands for: what it is given, else what it extends or is by default.
    fn type_parameter(&mut self, at: DeclarationAt, env: &Env) -> Ty {
        if let Some(bound) = env.parameter(at) {
            let ty = self.bound(at, bound);
            // Java knows what a parameter extends where it is declared, and nothing of one that a call leaves open.
            if !ty.is_empty() || self.is_java() {
                return ty;
            }
        }
        match self.declaration(at).r#type {
            // What stands for it where nothing is given, in the compiler's order.
            DeclaredType::Parameter {
                constraint,
                default,
            } => match default.or(constraint) {
                Some(r#type) => self.written_type(at.file, r#type, env),
                None if self.is_java() => self.library_instance("java.lang.Object", &[]),
                None => unknown(),
            },
            _ => unknown(),
        }
    }

    pub(super) fn bound(&mut self, at: DeclarationAt, bound: &Bound) -> Ty {
        match bound {
            Bound::Is(ty) => ty.clone(),
            Bound::Written { file, r#type, env } => self.written_type(*file, *r#type, env),
            Bound::Inferred {
                site,
                function,
                env,
            } => self.inferred(at, site, *function, env),
        }
    }

    /// A type by its name.
    fn named(&mut self, file: u32, r#type: TypeId, arguments: &[TypeId], env: &Env) -> Ty {
        if self.is_rust() {
            return self.rust_named_instance(file, (r#type, arguments), env);
        }
        let given: Vec<Bound> = arguments
            .iter()
            .map(|argument| Bound::Written {
                file,
                r#type: *argument,
                env: env.clone(),
            })
            .collect();
        match self.named_type(file, r#type) {
            Some(Exported::Declaration(at)) => {
                let ty = self.instance_of(at, &given);
                let is_global =
                    matches!(self.facts(file).types[r#type.index()], Type::Global { .. });
                let is_open = matches!(self.declaration(at).r#type, DeclaredType::Instance(_));
                match is_global
                    && !self.is_go()
                    && !self.is_java()
                    && is_open
                    && !self.files.is_library(at.file)
                {
                    // The platform may declare more of it.
                    true => ty.iter().cloned().chain([Atom::Outside]).collect(),
                    false => ty,
                }
            }
            Some(Exported::Module(module)) => self.module_type(module),
            Some(Exported::Outside) if self.is_java() => self.foreign(file, r#type),
            Some(Exported::Outside) => only(Atom::Outside),
            Some(Exported::Value { file, value, .. }) => {
                let classes = self.value_type(file, value, &Env::default());
                self.instances(&classes, file, &[], &Env::default())
            }
            Some(Exported::Member { .. } | Exported::Symbol { .. }) => unknown(),
            None => match self.facts(file).types[r#type.index()] {
                // A name of the platform that the library does not have.
                Type::Global { .. } | Type::Scoped { .. } => only(Atom::Outside),
                _ => unknown(),
            },
        }
    }

    /// Returns the type that a declaration declares, with type arguments.
    pub(super) fn instance_of(&mut self, at: DeclarationAt, given: &[Bound]) -> Ty {
        match &self.declaration(at).r#type {
            DeclaredType::Instance(shapes) => shapes
                .iter()
                .take(SAME_NAME_MAX)
                .map(|shape| {
                    let shape = ShapeAt {
                        file: at.file,
                        shape: *shape,
                    };
                    let parameters = &self.shape(shape).parameters;
                    Atom::Instance(shape, self.given(at.file, parameters, given))
                })
                .collect(),
            DeclaredType::Alias { parameters, r#type } => {
                let env = self.given(at.file, parameters, given);
                self.written_type(at.file, *r#type, &env)
            }
            DeclaredType::Parameter { .. } => self.type_parameter(at, &Env::default()),
            DeclaredType::None | DeclaredType::Import => unknown(),
        }
    }

    /// Binds type parameters to what they are given, in order.
    pub(super) fn given(
        &mut self,
        file: u32,
        parameters: &[DeclarationId],
        given: &[Bound],
    ) -> Env {
        let pairs = parameters.iter().zip(given);
        pairs.fold(Env::default(), |env, (parameter, bound)| {
            env.with_parameter(self.variable(file, *parameter), bound.clone())
        })
    }

    /// Returns an instance of a type of the library.
    pub(super) fn library_instance(&mut self, name: &str, given: &[Bound]) -> Ty {
        match self.library(name) {
            Some(at) => self.instance_of(at, given),
            None => unknown(),
        }
    }

    pub(super) fn is_library_type(&mut self, atom: &Atom, name: &str) -> bool {
        let Atom::Instance(shape, _) = atom else {
            return false;
        };
        self.files.is_library(shape.file)
            && matches!(&self.library_instance(name, &[])[..], [Atom::Instance(known, _)] if known == shape)
    }
}
