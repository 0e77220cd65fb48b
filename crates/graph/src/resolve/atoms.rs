//! Types as the evaluator holds them.

use std::rc::Rc;

use domain::facts::{DeclarationId, FunctionId, ShapeId, TypeId, ValueId};

/// What a value can be: alternatives, the likeliest first. Empty when nothing is known.
pub(super) type Ty = Rc<[Atom]>;

/// One thing that a value can be.
#[derive(Clone, Debug)]
pub(super) enum Atom {
    /// An instance of a class or interface, or an object.
    Instance(ShapeAt, Env),
    /// A class, enum or namespace itself.
    Static(ShapeAt, Env),
    /// A module's namespace.
    Module(u32),
    /// A function or signature.
    Function(FunctionAt, Env),
    /// A constructor signature.
    Constructor(FunctionAt, Env),
    /// A declared function, with its overloads and what was assigned to its members.
    Declared(DeclarationAt),
    /// An array of known length.
    Tuple(Rc<[Ty]>),
    /// Something whose every member is of a type.
    EveryMember(Ty),
    /// An instance of a type of outside of the repository that is known by its name alone.
    Foreign(Rc<str>),
    /// Something of outside of the repository.
    Outside,
}

/// A shape and its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShapeAt {
    /// The file's number.
    pub file: u32,
    /// The shape in the file.
    pub shape: ShapeId,
}

/// A function and its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FunctionAt {
    pub(super) file: u32,
    pub(super) function: FunctionId,
}

/// A declaration and its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeclarationAt {
    /// The file's number.
    pub file: u32,
    /// The declaration in the file.
    pub declaration: DeclarationId,
}

/// What type parameters and `this` stand for at some place.
#[derive(Clone, Debug, Default)]
pub(super) struct Env(Option<Rc<Binding>>);

#[derive(Debug)]
struct Binding {
    key: Key,
    bound: Bound,
    outer: Env,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Key {
    This,
    Parameter(DeclarationAt),
}

/// What a type parameter is given.
#[derive(Clone, Debug)]
pub(super) enum Bound {
    /// A type.
    Is(Ty),
    /// A type as written at some place, evaluated when it is asked for.
    Written { file: u32, r#type: TypeId, env: Env },
    /// What the arguments of a call say, when it is asked for.
    Inferred {
        site: Rc<CallSite>,
        function: FunctionAt,
        env: Env,
    },
}

/// A call with the place it stands at.
#[derive(Debug)]
pub(super) struct CallSite {
    pub(super) file: u32,
    pub(super) call: ValueId,
    pub(super) env: Env,
}

impl Env {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn with(&self, key: Key, bound: Bound) -> Env {
        Env(Some(Rc::new(Binding {
            key,
            bound,
            outer: self.clone(),
        })))
    }

    pub(super) fn with_this(&self, this: Ty) -> Env {
        self.with(Key::This, Bound::Is(this))
    }

    pub(super) fn with_parameter(&self, parameter: DeclarationAt, bound: Bound) -> Env {
        self.with(Key::Parameter(parameter), bound)
    }

    pub(super) fn this(&self) -> Option<&Ty> {
        match self.find(Key::This)? {
            Bound::Is(this) => Some(this),
            _ => None,
        }
    }

    pub(super) fn parameter(&self, parameter: DeclarationAt) -> Option<&Bound> {
        self.find(Key::Parameter(parameter))
    }

    fn find(&self, key: Key) -> Option<&Bound> {
        let mut next = self.0.as_deref();
        // From the inside out: a binding hides one of the same key around it. Few are nested, so
        // that a map of each environment would cost more than the walk.
        while let Some(binding) = next {
            if binding.key == key {
                return Some(&binding.bound);
            }
            next = binding.outer.0.as_deref();
        }
        None
    }
}

/// Nothing is known.
pub(super) fn unknown() -> Ty {
    Rc::from([])
}

/// One alternative only.
pub(super) fn only(atom: Atom) -> Ty {
    Rc::from([atom])
}
