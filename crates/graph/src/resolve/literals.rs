//! Whether a literal can be what a type says, as far as it is plain.

use std::rc::Rc;

use domain::facts::{
    DeclarationId, DeclaredType, DeclaredValue, Literal, Type, TypeId, Value, ValueId,
};

use super::atoms::{Bound, CallSite, Env, FunctionAt};
use super::evaluator::Evaluator;
use super::exports::Exported;

/// A primitive value as far as it is written down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Given<'f> {
    /// The global interface that it is an instance of.
    pub(super) of: &'f str,
    /// What is written; nothing where only the kind is known.
    pub(super) text: Option<&'f str>,
}

impl<'f> Evaluator<'f> {
    pub(super) fn literal(&mut self, file: u32, literal: Literal) -> Given<'f> {
        Given {
            of: self.name(file, literal.of),
            text: Some(self.name(file, literal.text)),
        }
    }

    /// Returns the primitive that an expression is: written there, or of a declared name that is annotated with its kind.
    pub(super) fn primitive_value(&mut self, file: u32, value: ValueId) -> Option<Given<'f>> {
        match &self.facts(file).values[value.index()] {
            Value::Literal(literal) => Some(self.literal(file, *literal)),
            Value::Primitive(of) => Some(Given {
                of: self.name(file, *of),
                text: None,
            }),
            Value::Typed(r#type) => self.primitive(file, *r#type),
            Value::Declared(declaration) => {
                let declaration = &self.facts(file).declarations[declaration.index()];
                match declaration.value {
                    DeclaredValue::Variable {
                        r#type: Some(r#type),
                        ..
                    } => self.primitive(file, r#type),
                    // Not through calls and members: no overload is chosen by what has to be
                    // evaluated.
                    DeclaredValue::Variable {
                        value: Some(inner), ..
                    } if matches!(
                        self.facts(file).values[inner.index()],
                        Value::Typed(_) | Value::Literal(_) | Value::Primitive(_)
                    ) =>
                    {
                        self.primitive_value(file, inner)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Returns the primitive that a type is, as it is written.
    fn primitive(&mut self, file: u32, r#type: TypeId) -> Option<Given<'f>> {
        match &self.facts(file).types[r#type.index()] {
            Type::Literal(literal) => Some(self.literal(file, *literal)),
            Type::Global { path, arguments } if arguments.is_empty() && path.len() == 1 => {
                let of = self.name(file, path[0]);
                is_primitive(of).then_some(Given { of, text: None })
            }
            _ => None,
        }
    }

    /// Returns whether a type takes a primitive; nothing where that is unknown.
    pub(super) fn admits(
        &mut self,
        file: u32,
        r#type: TypeId,
        env: &Env,
        given: Given<'_>,
    ) -> Option<bool> {
        self.step(|evaluator| evaluator.admits_now(file, r#type, env, given))
    }

    fn admits_now(
        &mut self,
        file: u32,
        r#type: TypeId,
        env: &Env,
        given: Given<'_>,
    ) -> Option<bool> {
        match &self.facts(file).types[r#type.index()] {
            Type::Literal(literal) => {
                let literal = self.literal(file, *literal);
                match given.text {
                    _ if literal.of != given.of => Some(false),
                    Some(text) => Some(literal.text == Some(text)),
                    // A string of which nothing is known may be this one.
                    None => None,
                }
            }
            Type::Union(types) => {
                let mut is_known = true;
                for r#type in types {
                    match self.admits(file, *r#type, env, given) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => is_known = false,
                    }
                }
                is_known.then_some(false)
            }
            Type::Global { path, .. } if path.len() == 1 => {
                let name = self.name(file, path[0]);
                match name {
                    _ if is_primitive(name) => Some(name == given.of),
                    // Surely objects. `Object`, `Iterable` and the like take primitives, too.
                    "Array" | "Map" | "Set" | "Promise" | "RegExp" | "Date" => Some(false),
                    _ => None,
                }
            }
            Type::Function(_) | Type::Constructor(_) | Type::Array(_) | Type::Tuple(_) => {
                Some(false)
            }
            Type::Declared {
                declaration, path, ..
            } if path.is_empty() => {
                let at = self.at(file, *declaration);
                if let DeclaredType::Parameter { constraint, .. } = self.declaration(at).r#type {
                    if let Some(Bound::Written { file, r#type, env }) = env.parameter(at) {
                        let (file, r#type, env) = (*file, *r#type, env.clone());
                        return self.admits(file, r#type, &env, given);
                    }
                    return self.admits(at.file, constraint?, env, given);
                }
                self.admits_named(file, r#type, given)
            }
            Type::Declared { .. } | Type::Import { .. } => self.admits_named(file, r#type, given),
            _ => None,
        }
    }

    fn admits_named(&mut self, file: u32, r#type: TypeId, given: Given<'_>) -> Option<bool> {
        let Exported::Declaration(at) = self.named_type(file, r#type)? else {
            return None;
        };
        match &self.declaration(at).r#type {
            DeclaredType::Alias { r#type, .. } => {
                self.admits(at.file, *r#type, &Env::default(), given)
            }
            // An enum's members are primitives.
            DeclaredType::Instance(shapes) => {
                let shapes = &shapes[..];
                let facts = self.facts(at.file);
                let is_object = shapes.iter().all(|shape| {
                    let shape = &facts.shapes[shape.index()];
                    !shape.members.is_empty() && shape.extends.is_empty()
                });
                is_object.then_some(false)
            }
            _ => None,
        }
    }

    /// Returns the literal that a type is at some place, through type parameters that a call gave a literal.
    pub(super) fn literal_of(&mut self, file: u32, r#type: TypeId, env: &Env) -> Option<Given<'f>> {
        self.step(
            |evaluator| match &evaluator.facts(file).types[r#type.index()] {
                Type::Literal(literal) => Some(evaluator.literal(file, *literal)),
                Type::Declared {
                    declaration, path, ..
                } if path.is_empty() => {
                    let at = evaluator.at(file, *declaration);
                    match env.parameter(at)? {
                        Bound::Written { file, r#type, env } => {
                            let (file, r#type, env) = (*file, *r#type, env.clone());
                            evaluator.literal_of(file, r#type, &env)
                        }
                        Bound::Inferred { site, function, .. } => {
                            let (site, function) = (site.clone(), *function);
                            evaluator.literal_given(at.declaration, &site, function)
                        }
                        Bound::Is(_) => None,
                    }
                }
                _ => None,
            },
        )
    }

    /// Returns the literal that a call gives a type parameter: an argument whose parameter is of that very type.
    fn literal_given(
        &mut self,
        wanted: DeclarationId,
        site: &Rc<CallSite>,
        function: FunctionAt,
    ) -> Option<Given<'f>> {
        let parameters = &self.function(function).parameters;
        let types = &self.facts(function.file).types;
        // Only `value: T` keeps a literal: in any other place the compiler widens it.
        let place = parameters.iter().position(|parameter| {
            parameter.r#type.is_some_and(|r#type| {
                matches!(&types[r#type.index()],
                    Type::Declared { declaration, path, .. } if path.is_empty() && *declaration == wanted)
            })
        })?;
        let argument = *self.call_at(site.file, site.call)?.arguments.get(place)?;
        self.primitive_value(site.file, argument)
            .filter(|given| given.text.is_some())
    }
}

fn is_primitive(name: &str) -> bool {
    matches!(name, "String" | "Number" | "Boolean" | "BigInt" | "Symbol")
}
