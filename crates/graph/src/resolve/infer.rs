//! Finds what a type parameter must be for a type to fit a given one.

use domain::facts::{DeclaredType, Type, TypeId};

use super::atoms::{Atom, DeclarationAt, Env, FunctionAt, ShapeAt, Ty};
use super::evaluator::Evaluator;
use super::exports::Exported;

impl Evaluator<'_> {
    /// Returns what `wanted` must be for the type as written to fit `given`.
    pub(super) fn unify(
        &mut self,
        file: u32,
        r#type: TypeId,
        env: &Env,
        wanted: DeclarationAt,
        given: &Ty,
    ) -> Option<Ty> {
        if given.is_empty() {
            return None;
        }
        self.step(|evaluator| evaluator.unify_now(file, r#type, env, wanted, given))
    }

    fn unify_now(
        &mut self,
        file: u32,
        r#type: TypeId,
        env: &Env,
        wanted: DeclarationAt,
        given: &Ty,
    ) -> Option<Ty> {
        match &self.facts(file).types[r#type.index()] {
            Type::Declared {
                declaration, path, ..
            } if path.is_empty() && self.variable(file, *declaration) == wanted => {
                match self.is_java() {
                    // A type argument is never primitive: an `int` makes it `Integer` (JLS 18.2.2).
                    true => self.boxed(given),
                    false => Some(given.clone()),
                }
            }
            Type::Infer(declaration) if self.at(file, *declaration) == wanted => {
                Some(given.clone())
            }
            Type::Declared { arguments, .. }
            | Type::Global { arguments, .. }
            | Type::Import { arguments, .. }
            | Type::Scoped { arguments, .. } => {
                let Exported::Declaration(at) = self.named_type(file, r#type)? else {
                    return None;
                };
                let is_alias = matches!(self.declaration(at).r#type, DeclaredType::Alias { .. });
                if self.is_rust() && !is_alias {
                    return self.rust_unify(file, (at, arguments), env, wanted, given);
                }
                self.unify_named(file, (at, arguments), env, wanted, given)
            }
            Type::Array(element) => {
                let element_given = self.element(given, None);
                self.unify(file, *element, env, wanted, &element_given)
            }
            Type::Tuple(elements) => elements.iter().enumerate().find_map(|(place, element)| {
                let element_given = self.element(given, Some(place));
                self.unify(file, *element, env, wanted, &element_given)
            }),
            Type::Union(types) | Type::Intersection(types) => {
                // `A | Promise<A>`: what has a form of its own says more.
                let is_bare = |evaluator: &mut Self, r#type: &TypeId| {
                    matches!(&evaluator.facts(file).types[r#type.index()],
                        Type::Declared { declaration, .. } if evaluator.variable(file, *declaration) == wanted)
                };
                let (bare, formed): (Vec<TypeId>, Vec<TypeId>) =
                    types.iter().partition(|r#type| is_bare(self, r#type));
                formed
                    .into_iter()
                    .chain(bare)
                    .find_map(|r#type| self.unify(file, r#type, env, wanted, given))
            }
            Type::Function(function) => {
                let at = FunctionAt {
                    file,
                    function: *function,
                };
                self.unify_function(at, env, wanted, given)
            }
            Type::Constructor(function) => {
                // A class is given; what `new` makes of it is what the signature returns.
                let made = self.instances(given, file, &[], env);
                let returns = self.facts(file).functions[function.index()].returns?;
                self.unify(file, returns, env, wanted, &made)
            }
            Type::Shape(shape) => {
                let at = ShapeAt {
                    file,
                    shape: *shape,
                };
                self.unify_members(at, env, wanted, given)
            }
            Type::ClassOf(r#type) => {
                let instances = self.instances_of(given);
                self.unify(file, *r#type, env, wanted, &instances)
            }
            Type::Mapped { of: Some(of), .. } => self.unify(file, *of, env, wanted, given),
            _ => None,
        }
    }

    fn unify_named(
        &mut self,
        file: u32,
        (at, arguments): (DeclarationAt, &[TypeId]),
        env: &Env,
        wanted: DeclarationAt,
        given: &Ty,
    ) -> Option<Ty> {
        match &self.declaration(at).r#type {
            DeclaredType::Instance(shapes) if self.is_java() => {
                let shape = *shapes.first()?;
                let at = ShapeAt {
                    file: at.file,
                    shape,
                };
                self.unify_class(file, (at, arguments), env, wanted, given)
            }
            DeclaredType::Instance(shapes) => {
                for atom in given.iter() {
                    let Atom::Instance(found, found_env) = atom else {
                        continue;
                    };
                    let is_such = found.file == at.file && shapes.contains(&found.shape);
                    if !is_such {
                        continue;
                    }
                    let parameters = &self.shape(*found).parameters;
                    for (parameter, argument) in parameters.iter().zip(arguments) {
                        let parameter = self.variable(found.file, *parameter);
                        let Some(bound) = found_env.parameter(parameter) else {
                            continue;
                        };
                        let inner = self.bound(parameter, bound);
                        if let Some(ty) = self.unify(file, *argument, env, wanted, &inner) {
                            return Some(ty);
                        }
                    }
                }
                // Another type of the same form, such as an array for an iterable.
                self.unify_form(file, (at, arguments), env, wanted, given)
            }
            DeclaredType::Alias { parameters, r#type } => {
                for (parameter, argument) in parameters.iter().zip(arguments) {
                    let parameter = self.variable(at.file, *parameter);
                    // In two steps: what the alias's parameter must be for its body to fit, then
                    // what that says of what is wanted.
                    let inner = self.unify(at.file, *r#type, &Env::default(), parameter, given);
                    if let Some(inner) = inner
                        && let Some(ty) = self.unify(file, *argument, env, wanted, &inner)
                    {
                        return Some(ty);
                    }
                }
                None
            }
            _ => None,
        }
    }

    fn unify_form(
        &mut self,
        file: u32,
        (at, arguments): (DeclarationAt, &[TypeId]),
        env: &Env,
        wanted: DeclarationAt,
        given: &Ty,
    ) -> Option<Ty> {
        let DeclaredType::Instance(shapes) = &self.declaration(at).r#type else {
            return None;
        };
        for shape in shapes {
            let shape = ShapeAt {
                file: at.file,
                shape: *shape,
            };
            let parameters = &self.shape(shape).parameters;
            for (parameter, argument) in parameters.iter().zip(arguments) {
                let parameter = self.variable(at.file, *parameter);
                let inner = self.unify_members(shape, &Env::default(), parameter, given);
                if let Some(inner) = inner
                    && let Some(ty) = self.unify(file, *argument, env, wanted, &inner)
                {
                    return Some(ty);
                }
            }
        }
        None
    }

    /// Compares properties; methods say too little for what they cost.
    fn unify_members(
        &mut self,
        at: ShapeAt,
        env: &Env,
        wanted: DeclarationAt,
        given: &Ty,
    ) -> Option<Ty> {
        let shape = self.shape(at);
        let from_calls = shape.calls.iter().find_map(|function| {
            let at = FunctionAt {
                file: at.file,
                function: *function,
            };
            self.unify_function(at, env, wanted, given)
        });
        from_calls.or_else(|| {
            shape.members.iter().find_map(|member| {
                let name = self.name(at.file, member.name);
                let ty = match self.member(given, name) {
                    Some(entity) => self.entity_type(&entity),
                    // Protocols are kept by whoever has the methods (PEP 544), and iterating may be
                    // one of several.
                    None if name == "__element" && self.is_python() => self.element(given, None),
                    None => return None,
                };
                match (member.r#type, member.value) {
                    (Some(r#type), _) => self.unify(at.file, r#type, env, wanted, &ty),
                    _ => None,
                }
            })
        })
    }

    pub(super) fn unify_function(
        &mut self,
        at: FunctionAt,
        env: &Env,
        wanted: DeclarationAt,
        given: &Ty,
    ) -> Option<Ty> {
        let function = self.function(at);
        let signature = self.signatures(given).into_iter().next()?;
        // What a callback returns comes first: its parameters mostly have their types from this
        // very call.
        if let Some(returns) = function.returns {
            let result = self.result(signature.at, &signature.env, None);
            if let Some(ty) = self.unify(at.file, returns, env, wanted, &result) {
                return Some(ty);
            }
        }
        function
            .parameters
            .iter()
            .enumerate()
            .find_map(|(place, parameter)| {
                // Only as written, for the same reason.
                let given = self.function(signature.at).parameters.get(place)?.r#type?;
                let given = self.written_type(signature.at.file, given, &signature.env);
                self.unify(at.file, parameter.r#type?, env, wanted, &given)
            })
    }
}
