//! What is left of a type where a test turned out one way.

use domain::facts::{Literal, MemberKind, NameId, Test, Type, ValueId};

use super::atoms::{Atom, Env, Ty, only};
use super::entities::Side;
use super::evaluator::Evaluator;

impl Evaluator<'_> {
    /// Returns the alternatives of a value that are left by a test. Where none would be, the test was not understood, and all are.
    pub(super) fn tested(
        &mut self,
        file: u32,
        (value, test, holds): (ValueId, Test, bool),
        env: &Env,
    ) -> Ty {
        let ty = self.value_type(file, value, env);
        let left = match test {
            Test::InstanceOf(class) => {
                let classes = self.value_type(file, class, env);
                let wanted = self.instances(&classes, file, &[], env);
                self.left_of(&ty, &wanted, holds)
            }
            Test::TypeOf(kind) => {
                let kind = self.name(file, kind);
                self.left_by_typeof(&ty, kind, holds)
            }
            Test::Has(name) => {
                let name = self.name(file, name);
                self.filtered(&ty, |evaluator, atom| {
                    let found = evaluator.member(&only(atom.clone()), name);
                    found.is_some() == holds
                })
            }
            Test::MemberIs(name, literal) => self.left_by_member(file, &ty, (name, literal), holds),
            Test::Guard(function, place) => match self.guarded(file, (function, place), env) {
                Some(wanted) => self.left_of(&ty, &wanted, holds),
                None => return ty,
            },
        };
        match left.is_empty() {
            true => ty,
            false => left,
        }
    }

    fn filtered(&mut self, ty: &Ty, mut keeps: impl FnMut(&mut Self, &Atom) -> bool) -> Ty {
        let mut left = Vec::new();
        for atom in ty.iter() {
            if keeps(self, atom) {
                left.push(atom.clone());
            }
        }
        left.into()
    }

    /// Returns what is left of a type that was found to be, or not to be, one of some instances.
    fn left_of(&mut self, ty: &Ty, wanted: &Ty, holds: bool) -> Ty {
        if wanted
            .iter()
            .any(|atom| !matches!(atom, Atom::Instance(..)))
        {
            // Of what is outside, nothing says which alternatives it is.
            return match holds && ty.is_empty() {
                true => wanted.clone(),
                false => ty.clone(),
            };
        }
        if !holds {
            return self.filtered(ty, |evaluator, atom| !evaluator.extends_any(atom, wanted));
        }
        let below = self.filtered(ty, |evaluator, atom| evaluator.extends_any(atom, wanted));
        if !below.is_empty() {
            return below;
        }
        let is_below = self.filtered(wanted, |evaluator, atom| evaluator.extends_any(atom, ty));
        match is_below.len() == wanted.len() {
            true => wanted.clone(),
            // Both at once.
            false => self.any_of([ty.clone(), wanted.clone()].into_iter()),
        }
    }

    /// Whether an alternative is, extends or implements one of some instances.
    fn extends_any(&mut self, atom: &Atom, wanted: &Ty) -> bool {
        let Atom::Instance(at, env) = atom else {
            return false;
        };
        let is_wanted = wanted
            .iter()
            .any(|wanted| matches!(wanted, Atom::Instance(wanted, _) if wanted == at));
        // Types of the library extend none of the repository's.
        if is_wanted || self.files.is_library(at.file) {
            return is_wanted;
        }
        self.step(|evaluator| {
            let shape = evaluator.shape(*at);
            let mut above = vec![evaluator.base_instances(*at, env)];
            for base in shape.extends.iter().chain(&shape.implements) {
                above.push(evaluator.written_type(at.file, *base, env));
            }
            let above = evaluator.any_of(above.into_iter());
            let mut above = above.iter();
            Some(above.any(|atom| evaluator.extends_any(atom, wanted)))
        })
        .unwrap_or(false)
    }

    fn left_by_typeof(&mut self, ty: &Ty, kind: &str, holds: bool) -> Ty {
        let primitive = match kind {
            "string" => "String",
            "number" => "Number",
            "boolean" => "Boolean",
            "function" | "object" => "",
            _ => return ty.clone(),
        };
        let left = self.filtered(ty, |evaluator, atom| {
            let found = evaluator.kind_of(atom);
            found.is_none_or(|found| (found == kind) == holds)
        });
        // Nothing was known before, and the test says what it is.
        match left.is_empty() && holds && !primitive.is_empty() {
            true => self.library_instance(primitive, &[]),
            false => left,
        }
    }

    /// Returns what `typeof` says of an alternative, if that is known.
    fn kind_of(&mut self, atom: &Atom) -> Option<&'static str> {
        match atom {
            Atom::Function(..) | Atom::Constructor(..) | Atom::Declared(_) => Some("function"),
            Atom::Tuple(_) | Atom::Module(_) => Some("object"),
            // Namespaces and enums are objects and have no instances, but neither may a class.
            Atom::Static(at, _) => match self.shape(*at).members.is_empty() {
                true => None,
                false => Some("function"),
            },
            Atom::Instance(at, _) if self.files.is_library(at.file) => {
                let primitives = [
                    ("String", "string"),
                    ("Number", "number"),
                    ("Boolean", "boolean"),
                ];
                let found = primitives
                    .iter()
                    .find(|(name, _)| self.is_library_type(atom, name));
                match found {
                    Some((_, kind)) => Some(kind),
                    None if self.is_library_type(atom, "Function") => Some("function"),
                    None => Some("object"),
                }
            }
            Atom::Instance(at, _) => {
                let shape = self.shape(*at);
                match (shape.calls.is_empty(), shape.statics.is_empty()) {
                    (false, _) => Some("function"),
                    // Members of enums are no objects; interfaces may extend functions.
                    (true, true) if shape.extends.is_empty() && !shape.members.is_empty() => {
                        Some("object")
                    }
                    _ => None,
                }
            }
            Atom::EveryMember(_) | Atom::Outside | Atom::Foreign(_) => None,
        }
    }

    /// Returns what is left of a type of whose alternatives one member says which it is.
    fn left_by_member(
        &mut self,
        file: u32,
        ty: &Ty,
        (name, literal): (NameId, Literal),
        holds: bool,
    ) -> Ty {
        let name = self.name(file, name);
        let given = self.literal(file, literal);
        self.filtered(ty, |evaluator, atom| {
            let Atom::Instance(at, env) = atom else {
                return true;
            };
            let Some(index) = evaluator.position(*at, Side::Instance, name) else {
                return true;
            };
            let members = &evaluator.shape(*at).members;
            let (MemberKind::Property, Some(r#type)) = (members[index].kind, members[index].r#type)
            else {
                return true;
            };
            match holds {
                true => evaluator.admits(at.file, r#type, env, given) != Some(false),
                // Excluded only where the literal is all that the member can be.
                false => evaluator
                    .literal_of(at.file, r#type, env)
                    .is_none_or(|only| only != given),
            }
        })
    }

    /// Returns what a function says that its parameter at a place is, if it says that at all.
    fn guarded(&mut self, file: u32, (function, place): (ValueId, u32), env: &Env) -> Option<Ty> {
        let callee = self.value_type(file, function, env);
        for signature in self.signatures(&callee) {
            let returns = self.function(signature.at).returns?;
            if let Type::Predicate(of, r#type) =
                self.facts(signature.at.file).types[returns.index()]
                && of == place
            {
                let wanted = self.written_type(signature.at.file, r#type, &signature.env);
                return (!wanted.is_empty()).then_some(wanted);
            }
        }
        None
    }
}
