//! Classes that inherit from several others: the order in which they are looked through, and what follows from it.

use std::rc::Rc;

use domain::facts::{MemberKind, ShapeId};

use super::atoms::{Atom, Env, ShapeAt, Ty, only, unknown};
use super::entities::{Entity, Side};
use super::evaluator::Evaluator;

/// What every object has, whatever its class says.
const OF_EVERY_OBJECT: &[&str] = &[
    "__class__",
    "__delattr__",
    "__dict__",
    "__dir__",
    "__doc__",
    "__eq__",
    "__format__",
    "__getattribute__",
    "__hash__",
    "__init__",
    "__init_subclass__",
    "__module__",
    "__mro__",
    "__name__",
    "__ne__",
    "__new__",
    "__qualname__",
    "__reduce__",
    "__reduce_ex__",
    "__repr__",
    "__setattr__",
    "__setstate__",
    "__sizeof__",
    "__str__",
    "__subclasses__",
    "__subclasshook__",
    "mro",
];

/// Classes that one inherits from, directly and through others, that are looked through.
const LINE_MAX: usize = 256;

/// Classes in the orders of all bases that are merged; of more, those of the first base are taken.
const MERGED_MAX: usize = 1024;

/// Pairs of them that are compared in the time of a step.
const PAIRS_PER_PART: usize = 64;

impl Evaluator<'_> {
    /// Returns a class and all that it inherits from, as instances, in the order in which members are looked up (C3).
    pub(super) fn linearised(&mut self, at: ShapeAt, env: &Env) -> Rc<[Atom]> {
        // Only without bindings, which are no part of the key.
        if let Some(known) = self.linearised.get(&at).filter(|_| env.is_empty()) {
            return known.clone();
        }
        let itself = Atom::Instance(at, env.clone());
        let bases = &self.shape(at).bases;
        if bases.is_empty() {
            return only(itself);
        }
        let n_cuts = self.n_cuts;
        let line = self
            .step(|evaluator| {
                let mut lines: Vec<Vec<Atom>> = Vec::new();
                let mut direct: Vec<Atom> = Vec::new();
                for base in bases.iter().take(LINE_MAX) {
                    let classes = evaluator.value_type(at.file, base.class, &Env::default());
                    // Of a base that can be several, the first will do.
                    let instances = evaluator.instances(&classes, at.file, &base.types, env);
                    match instances.first() {
                        Some(Atom::Instance(above, above_env)) if *above != at => {
                            lines.push(evaluator.linearised(*above, above_env).to_vec());
                            direct.push(instances[0].clone());
                        }
                        // What is not known may have any member.
                        _ => lines.push(vec![Atom::Outside]),
                    }
                }
                lines.push(direct);
                let mut line = vec![itself.clone()];
                let n_atoms: usize = lines.iter().map(Vec::len).sum();
                // The merge compares each class with all others.
                evaluator.goes_through(n_atoms * n_atoms / PAIRS_PER_PART);
                line.extend(match bases.len() {
                    // Merged with nothing, the order of a single base stays as it is.
                    1 => lines.swap_remove(0),
                    _ if n_atoms > MERGED_MAX => lines.swap_remove(0),
                    _ => merge(lines),
                });
                line.truncate(LINE_MAX);
                Some(Rc::from(line))
            })
            .unwrap_or_else(|| only(itself.clone()));
        if env.is_empty() && self.n_cuts == n_cuts {
            self.linearised.insert(at, line.clone());
        }
        line
    }

    /// Looks a member up in a class and all that it inherits from.
    pub(super) fn inherited_member(
        &mut self,
        line: &[Atom],
        side: Side,
        name: &str,
        this: &Ty,
    ) -> Option<Entity> {
        let mut leads_outside = OF_EVERY_OBJECT.binary_search(&name).is_ok();
        for atom in line {
            let Atom::Instance(at, env) = atom else {
                leads_outside = true;
                continue;
            };
            leads_outside |= self.files.is_library(at.file);
            if let Some(index) = self.position(*at, side, name) {
                return Some(Entity::Member {
                    shape: *at,
                    side,
                    index,
                    env: env.with_this(this.clone()),
                });
            }
        }
        // A class that was cut off may have it, and hide what is outside.
        if line.len() == LINE_MAX {
            self.give_up();
            return None;
        }
        // What is outside may have any member. To assume these of it would make each unknown object
        // iterable, awaitable, callable and a descriptor.
        let is_hidden = matches!(
            name,
            "__element" | "__awaited" | "__call__" | "__get__" | "__iter__"
        );
        (leads_outside && !is_hidden).then_some(Entity::Outside)
    }

    /// Returns everything above a class, as instances.
    pub(super) fn above(&mut self, at: ShapeAt, env: &Env) -> Ty {
        let line = self.linearised(at, env);
        line[1..].iter().cloned().collect()
    }

    /// Whether an alternative is an instance of a class, or of one that inherits from it.
    pub(super) fn derives(&mut self, atom: &Atom, from: ShapeAt) -> bool {
        let Atom::Instance(at, env) = atom else {
            return false;
        };
        let line = self.linearised(*at, env);
        line.iter()
            .any(|above| matches!(above, Atom::Instance(above, _) if *above == from))
    }

    fn derives_any(&mut self, atom: &Atom, from: &Ty) -> bool {
        from.iter().any(|wanted| match wanted {
            Atom::Instance(wanted, _) => self.derives(atom, *wanted),
            _ => false,
        })
    }

    /// Returns the instances of classes, which may stand in tuples.
    pub(super) fn instances_of(&mut self, classes: &Ty) -> Ty {
        let mut found = Vec::new();
        for atom in classes.iter() {
            found.push(match atom {
                Atom::Tuple(elements) => {
                    let elements = self.any_of(elements.iter().cloned());
                    self.step(|evaluator| Some(evaluator.instances_of(&elements)))
                        .unwrap_or_else(unknown)
                }
                Atom::Static(..) | Atom::Outside => {
                    self.instances(&only(atom.clone()), self.own_file(), &[], &Env::default())
                }
                _ => unknown(),
            });
        }
        self.any_of(found.into_iter())
    }

    /// Returns the alternatives that are left when a value is found to be one of some instances.
    pub(super) fn narrowed(&mut self, ty: &Ty, wanted: &Ty) -> Ty {
        let mut left: Vec<Ty> = Vec::new();
        for atom in ty.iter() {
            if self.derives_any(atom, wanted) {
                left.push(only(atom.clone()));
                continue;
            }
            let Atom::Instance(at, _) = atom else {
                continue;
            };
            let below: Vec<Atom> = wanted
                .iter()
                .filter(|wanted| self.derives(wanted, *at))
                .cloned()
                .collect();
            // The test may name something more special than what was known: an animal that is a
            // dog.
            left.push(below.into());
        }
        let left = self.any_of(left.into_iter());
        match left.is_empty() {
            // The two have nothing in common that is known of; the test was run, and is believed.
            true => wanted.clone(),
            false => left,
        }
    }

    /// Returns the alternatives that are left when a value is found to be none of some instances.
    pub(super) fn excluded(&mut self, ty: &Ty, unwanted: &Ty) -> Ty {
        let left = ty.iter().filter(|atom| !self.derives_any(atom, unwanted));
        left.cloned().collect()
    }

    /// Returns what a value is that was assigned where a type is declared: the value's own type where that is one below.
    pub(super) fn within(&mut self, ty: &Ty, declared: &Ty) -> Ty {
        // What is declared an animal and was assigned a dog is a dog until the next assignment, as
        // type checkers have it.
        let is_below = !ty.is_empty()
            && ty.iter().all(|atom| self.derives_any(atom, declared))
            && ty.iter().any(|atom| match atom {
                Atom::Instance(at, _) => !declared
                    .iter()
                    .any(|wanted| matches!(wanted, Atom::Instance(wanted, _) if wanted == at)),
                _ => false,
            });
        match is_below || declared.is_empty() || self.is_one_of_several(ty, declared) {
            true => ty.clone(),
            false => declared.clone(),
        }
    }

    /// Of a union, the alternative that was assigned is the one that is held.
    fn is_one_of_several(&mut self, ty: &Ty, declared: &Ty) -> bool {
        declared.len() > 1
            && !ty.is_empty()
            && ty.iter().all(|atom| self.derives_any(atom, declared))
    }

    /// Returns the type of a named tuple's field by its place.
    pub(super) fn field(&mut self, at: ShapeAt, env: &Env, place: usize) -> Option<Ty> {
        let line = self.linearised(at, env);
        let tuple = self.library_shape("NamedTuple")?;
        let has_fields = line
            .iter()
            .position(|above| matches!(above, Atom::Instance(above, _) if *above == tuple))?;
        // The class right below `NamedTuple` has the fields; those further below add none.
        let Some(Atom::Instance(owner, owner_env)) = has_fields.checked_sub(1).map(|at| &line[at])
        else {
            return None;
        };
        let mut fields = Vec::new();
        for (index, member) in self.shape(*owner).statics.iter().enumerate() {
            if member.kind == MemberKind::Property {
                fields.push(index);
            }
        }
        let index = *fields.get(place)?;
        Some(self.member_type(*owner, Side::Static, index, owner_env))
    }

    pub(super) fn library_shape(&mut self, name: &str) -> Option<ShapeAt> {
        let ty = self.library_instance(name, &[]);
        match &ty[..] {
            [Atom::Instance(at, _)] => Some(*at),
            _ => None,
        }
    }

    /// Whether a class is an enumeration, so that iterating over it gives its members.
    pub(super) fn is_enumeration(&mut self, file: u32, shape: ShapeId) -> bool {
        let class = Atom::Instance(ShapeAt { file, shape }, Env::default());
        match self.library_shape("Enum") {
            Some(base) => self.derives(&class, base),
            None => false,
        }
    }
}

/// Merges the orders of bases, as far as they are looked through, so that a class stands before what it inherits from, and bases stand as they are written.
fn merge(mut lines: Vec<Vec<Atom>>) -> Vec<Atom> {
    let mut merged = Vec::new();
    loop {
        lines.retain(|line| !line.is_empty());
        if lines.is_empty() || merged.len() == LINE_MAX {
            return merged;
        }
        let is_in_tail = |head: &Atom| {
            lines
                .iter()
                .any(|line| line[1..].iter().any(|other| is_same_class(head, other)))
        };
        // Where no order is right, the class cannot exist; any will do.
        let head = lines
            .iter()
            .map(|line| &line[0])
            .find(|head| !is_in_tail(head))
            .unwrap_or(&lines[0][0])
            .clone();
        for line in &mut lines {
            line.retain(|other| !is_same_class(&head, other));
        }
        merged.push(head);
    }
}

fn is_same_class(one: &Atom, other: &Atom) -> bool {
    match (one, other) {
        (Atom::Instance(one, _), Atom::Instance(other, _)) => one == other,
        (Atom::Outside, Atom::Outside) => true,
        _ => false,
    }
}
