//! Whether a value of one type can be given where another is expected.

use domain::facts::{DeclaredType, ShapeId, TypeId};

use crate::resolve::atoms::{Atom, Bound, DeclarationAt, Env, ShapeAt, Ty, only, unknown};
use crate::resolve::evaluator::Evaluator;

/// Primitive types with the types that they are boxed in; each number is given where a later one is expected, but for `char`.
const PRIMITIVES: [(&str, &str); 8] = [
    ("java·boolean", "java.lang.Boolean"),
    ("java·byte", "java.lang.Byte"),
    ("java·short", "java.lang.Short"),
    ("java·char", "java.lang.Character"),
    ("java·int", "java.lang.Integer"),
    ("java·long", "java.lang.Long"),
    ("java·float", "java.lang.Float"),
    ("java·double", "java.lang.Double"),
];
const BOOLEAN: usize = 0;
const CHAR: usize = 3;
const INT: usize = 4;

/// Whether something fits, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    No,
    Maybe,
    Yes,
}

/// How far a value may be changed to fit: the compiler tries one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not at all.
    Strict,
    /// Boxed and unboxed.
    Loose,
    /// Boxed, and the last values put into an array.
    Variable,
}

/// The types of the library that the language itself knows.
#[derive(Clone, Copy, Debug)]
pub(in crate::resolve) struct Special {
    pub(super) object: Option<ShapeId>,
    string: Option<ShapeId>,
    null: Option<ShapeId>,
    array: Option<ShapeId>,
    primitives: [Option<ShapeId>; 8],
    boxes: [Option<ShapeId>; 8],
}

impl Evaluator<'_> {
    pub(super) fn special(&mut self) -> Special {
        if let Some(known) = self.java.special {
            return known;
        }
        let mut shape = |name: &str| {
            let at = self.java_library(name)?;
            match &self.declaration(at).r#type {
                DeclaredType::Instance(shapes) => shapes.first().copied(),
                _ => None,
            }
        };
        let special = Special {
            object: shape("java.lang.Object"),
            string: shape("java.lang.String"),
            null: shape("java·null"),
            array: shape("java·array"),
            primitives: PRIMITIVES.map(|(name, _)| shape(name)),
            boxes: PRIMITIVES.map(|(_, name)| shape(name)),
        };
        self.java.special = Some(special);
        special
    }

    fn library_place(&mut self, at: ShapeAt, among: &[Option<ShapeId>]) -> Option<usize> {
        match self.files.is_library(at.file) {
            true => among.iter().position(|shape| *shape == Some(at.shape)),
            false => None,
        }
    }

    pub(super) fn is_object(&mut self, at: ShapeAt) -> bool {
        let object = self.special().object;
        self.files.is_library(at.file) && object == Some(at.shape)
    }

    fn primitive_of(&mut self, at: ShapeAt) -> Option<usize> {
        let primitives = self.special().primitives;
        self.library_place(at, &primitives)
    }

    pub(super) fn is_null(&mut self, ty: &Ty) -> bool {
        let null = self.special().null;
        matches!(ty[..], [Atom::Instance(at, _)] if self.files.is_library(at.file) && null == Some(at.shape))
    }

    /// Returns what is held where a value must be an object; nothing for `null`, which says nothing.
    pub(in crate::resolve) fn boxed(&mut self, ty: &Ty) -> Option<Ty> {
        if self.is_null(ty) {
            return None;
        }
        if let [Atom::Instance(at, _)] = ty[..]
            && let Some(place) = self.primitive_of(at)
        {
            return Some(self.library_instance(PRIMITIVES[place].1, &[]));
        }
        Some(ty.clone())
    }

    /// Returns what adding gives.
    pub(in crate::resolve) fn sum_of(&mut self, left: Ty, right: Ty) -> Ty {
        let special = self.special();
        let is_text = |evaluator: &Self, ty: &Ty| matches!(ty[..], [Atom::Instance(at, _)] if evaluator.files.is_library(at.file) && special.string == Some(at.shape));
        // A text on either side makes the sum a text (JLS 15.18.1).
        if is_text(self, &left) {
            return left;
        }
        if is_text(self, &right) {
            return right;
        }
        let number = |evaluator: &mut Self, ty: &Ty| match ty[..] {
            [Atom::Instance(at, _)] => evaluator
                .primitive_of(at)
                .or_else(|| evaluator.library_place(at, &special.boxes)),
            _ => None,
        };
        match (number(self, &left), number(self, &right)) {
            (Some(BOOLEAN), Some(BOOLEAN)) => left,
            (Some(one), Some(other)) => {
                // Binary numeric promotion (JLS 5.6): `PRIMITIVES` are in the order of their width.
                let wider = one.max(other).max(INT);
                self.library_instance(PRIMITIVES[wider].0, &[])
            }
            _ => unknown(),
        }
    }

    /// Whether a value can be given where a type is expected: one of what it can be to one of what that can be.
    pub(super) fn is_given(&mut self, given: &Ty, expected: &Ty, phase: Phase) -> Fit {
        if given.is_empty() || expected.is_empty() {
            return Fit::Maybe;
        }
        let mut best = Fit::No;
        // Of `x ? null : y` the other branch says what it is.
        let is_alone = given.len() == 1;
        for given in given.iter() {
            if !is_alone && self.is_null(&only(given.clone())) {
                continue;
            }
            for expected in expected.iter() {
                best = best.max(self.is_assignable(given, expected, phase));
            }
        }
        best
    }

    fn is_assignable(&mut self, given: &Atom, expected: &Atom, phase: Phase) -> Fit {
        match (given, expected) {
            (Atom::Instance(one, one_env), Atom::Instance(other, other_env)) => {
                self.is_instance((*one, one_env), (*other, other_env), phase)
            }
            (Atom::Outside | Atom::Foreign(_), Atom::Instance(other, _)) => {
                self.is_from_outside(given, *other)
            }
            (Atom::Foreign(one), Atom::Foreign(other)) if one == other => Fit::Yes,
            (Atom::Instance(one, env), Atom::Outside | Atom::Foreign(_)) => {
                self.is_outside((*one, env), expected, phase)
            }
            (Atom::Function(..), Atom::Instance(other, _)) if self.is_object(*other) => Fit::No,
            _ => Fit::Maybe,
        }
    }

    /// Whether something of outside is an instance of a class.
    fn is_from_outside(&mut self, given: &Atom, class: ShapeAt) -> Fit {
        let special = self.special();
        let finals = [&special.boxes[..], &[special.string]].concat();
        match given {
            _ if self.is_object(class) => Fit::Yes,
            // What a call of something outside gives may be anything.
            Atom::Outside => Fit::Maybe,
            _ if self.primitive_of(class).is_some() => Fit::No,
            _ if self.library_place(class, &finals).is_some() => Fit::No,
            // What is outside knows nothing of the repository.
            _ if !self.files.is_library(class.file) => Fit::No,
            _ => Fit::Maybe,
        }
    }

    /// Whether an instance of a class is one of a type of outside.
    fn is_outside(&mut self, (one, env): (ShapeAt, &Env), expected: &Atom, phase: Phase) -> Fit {
        if self.primitive_of(one).is_some() {
            return match phase {
                Phase::Strict => Fit::No,
                _ => Fit::Maybe,
            };
        }
        let null = self.special().null;
        // `null` is of every reference type (JLS 4.1).
        if self.files.is_library(one.file) && null == Some(one.shape) {
            return Fit::Yes;
        }
        let mut best = Fit::No;
        for atom in self.above_java(one, env).iter() {
            best = best.max(match (atom, expected) {
                (Atom::Foreign(base), Atom::Foreign(expected)) if base == expected => Fit::Yes,
                (Atom::Foreign(_) | Atom::Outside, _) => Fit::Maybe,
                _ => Fit::No,
            });
        }
        best
    }

    fn is_instance(
        &mut self,
        (one, one_env): (ShapeAt, &Env),
        (other, other_env): (ShapeAt, &Env),
        phase: Phase,
    ) -> Fit {
        let yes = |is: bool| if is { Fit::Yes } else { Fit::No };
        let special = self.special();
        let (from, to) = (self.primitive_of(one), self.primitive_of(other));
        if self.files.is_library(one.file) && special.null == Some(one.shape) {
            return yes(to.is_none());
        }
        match (from, to) {
            (Some(from), Some(to)) => return yes(is_widened(from, to)),
            (Some(_), None) if phase == Phase::Strict => return Fit::No,
            (None, Some(_)) if phase == Phase::Strict => return Fit::No,
            // Boxed, then any type above the box (JLS 5.3).
            (Some(from), None) => {
                let boxed = self.library_instance(PRIMITIVES[from].1, &[]);
                let expected: Ty = [Atom::Instance(other, other_env.clone())].into();
                return self.is_given(&boxed, &expected, Phase::Strict);
            }
            // Unboxed, then any wider number (JLS 5.3).
            (None, Some(to)) => {
                let from = self.library_place(one, &special.boxes);
                return yes(from.is_some_and(|from| is_widened(from, to)));
            }
            (None, None) => {}
        }
        let is_array = |at: ShapeAt| special.array == Some(at.shape);
        if self.files.is_library(one.file)
            && self.files.is_library(other.file)
            && is_array(one)
            && is_array(other)
        {
            let one = self.element_of(one, one_env);
            let other = self.element_of(other, other_env);
            // Arrays go by their elements, of which none is boxed: `int[]` is no `Integer[]` (JLS
            // 4.10.3).
            return self.is_given(&one, &other, Phase::Strict);
        }
        if self.is_object(other) {
            return Fit::Yes;
        }
        let above = self.above_java(one, one_env);
        let mut leads_outside = false;
        for atom in above.iter() {
            match atom {
                Atom::Instance(at, _) if *at == other => return Fit::Yes,
                Atom::Instance(..) => {}
                _ => leads_outside = true,
            }
        }
        // What is outside knows nothing of the repository.
        match leads_outside && self.files.is_library(other.file) {
            true => Fit::Maybe,
            false => Fit::No,
        }
    }

    fn element_of(&mut self, at: ShapeAt, env: &Env) -> Ty {
        let Some(parameter) = self.shape(at).parameters.first().copied() else {
            return unknown();
        };
        let at = self.at(at.file, parameter);
        match env.parameter(at).cloned() {
            Some(bound) => self.bound(at, &bound),
            None => unknown(),
        }
    }

    pub(super) fn is_of_same_type(&mut self, one: &Ty, other: &Ty) -> bool {
        match (&one[..], &other[..]) {
            ([Atom::Instance(one, one_env)], [Atom::Instance(other, other_env)]) => {
                let special = self.special();
                let is_array = self.files.is_library(one.file) && special.array == Some(one.shape);
                if one != other || !is_array {
                    return one == other;
                }
                let inner = self.element_of(*one, one_env);
                let other_inner = self.element_of(*other, other_env);
                self.is_of_same_type(&inner, &other_inner)
            }
            ([Atom::Foreign(one)], [Atom::Foreign(other)]) => one == other,
            ([Atom::Outside, ..], [Atom::Outside, ..]) => true,
            (one, other) => {
                let shape = |atom: &Atom| match atom {
                    Atom::Instance(at, _) => Some(*at),
                    _ => None,
                };
                !one.is_empty()
                    && one.len() == other.len()
                    && one.iter().map(shape).eq(other.iter().map(shape))
            }
        }
    }

    /// Returns what `wanted` must be for a class with type arguments to be one that a given value is of.
    pub(in crate::resolve) fn unify_class(
        &mut self,
        file: u32,
        (class, arguments): (ShapeAt, &[TypeId]),
        env: &Env,
        wanted: DeclarationAt,
        given: &Ty,
    ) -> Option<Ty> {
        for atom in given.iter() {
            match atom {
                Atom::Instance(at, given_env) => {
                    let above = self.above_java(*at, given_env);
                    // By the class as the given one inherits it: only there do its arguments stand
                    // for what they are wanted for.
                    let found = above.iter().find_map(|atom| match atom {
                        Atom::Instance(at, env) if *at == class => Some(env.clone()),
                        _ => None,
                    });
                    let Some(found) = found else {
                        continue;
                    };
                    let parameters = &self.shape(class).parameters;
                    for (parameter, argument) in parameters.iter().zip(arguments) {
                        let parameter = self.at(class.file, *parameter);
                        let Some(bound) = found.parameter(parameter).cloned() else {
                            continue;
                        };
                        let inner = self.bound(parameter, &bound);
                        if let Some(ty) = self.unify(file, *argument, env, wanted, &inner) {
                            return Some(ty);
                        }
                    }
                }
                Atom::Function(..) => {
                    if let Some(ty) = self.unify_lambda(file, (class, arguments), env, wanted, atom)
                    {
                        return Some(ty);
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn unify_lambda(
        &mut self,
        file: u32,
        (class, arguments): (ShapeAt, &[TypeId]),
        env: &Env,
        wanted: DeclarationAt,
        given: &Atom,
    ) -> Option<Ty> {
        let expected: Ty = [Atom::Instance(class, Env::default())].into();
        let method = self.functional(&expected)?;
        let given: Ty = [given.clone()].into();
        let parameters = &self.shape(class).parameters;
        for (parameter, argument) in parameters.iter().zip(arguments) {
            let parameter = self.at(class.file, *parameter);
            // The method may be one that the interface inherits: then its parameters are bound to those of the interface.
            let function = method.at;
            let inner = match method.env.is_empty() {
                true => self.unify_function(function, &Env::default(), parameter, &given),
                false => self.unify_inherited(&method, parameter, &given),
            };
            if let Some(inner) = inner
                && let Some(ty) = self.unify(file, *argument, env, wanted, &inner)
            {
                return Some(ty);
            }
        }
        None
    }

    /// Of an interface such as `UnaryOperator<T> extends Function<T, T>`, by what its parameter is bound to.
    fn unify_inherited(
        &mut self,
        method: &crate::resolve::calls::Signature,
        parameter: DeclarationAt,
        given: &Ty,
    ) -> Option<Ty> {
        let returns = self.function(method.at).returns?;
        let signature = self.signatures(given).into_iter().next()?;
        let result = self.result(signature.at, &signature.env, None);
        let domain::facts::Type::Declared { declaration, .. } =
            self.facts(method.at.file).types[returns.index()]
        else {
            return None;
        };
        let at = self.at(method.at.file, declaration);
        match method.env.parameter(at)? {
            Bound::Written { file, r#type, .. } => {
                let (file, r#type) = (*file, *r#type);
                self.unify(file, r#type, &Env::default(), parameter, &result)
            }
            _ => None,
        }
    }
}

/// Whether a number is given where a wider one is expected.
fn is_widened(from: usize, to: usize) -> bool {
    from == to
        || match (from, to) {
            (BOOLEAN, _) | (_, BOOLEAN) | (_, CHAR) => false,
            (CHAR, to) => to >= INT,
            (from, to) => from < to,
        }
}
