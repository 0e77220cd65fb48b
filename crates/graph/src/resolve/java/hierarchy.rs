//! Classes with what they inherit from: fields, types and methods by name, and what methods override.

use std::rc::Rc;

use domain::EdgeKind;
use domain::facts::{MemberKind, Type, TypeId, Value};

use crate::resolve::Relation;
use crate::resolve::atoms::{Atom, Env, FunctionAt, ShapeAt, Ty, only};
use crate::resolve::entities::{Entity, Side};
use crate::resolve::evaluator::Evaluator;
use crate::resolve::outcome::SymbolAt;

/// Classes further above lend nothing.
const ABOVE_MAX: usize = 128;

/// A method of a class, with what type parameters stand for.
#[derive(Clone, Debug)]
pub(super) struct Method {
    shape: ShapeAt,
    index: usize,
    pub(super) at: FunctionAt,
    pub(super) env: Env,
}

impl Method {
    pub(super) fn entity(&self) -> Entity {
        Entity::Member {
            shape: self.shape,
            side: Side::Instance,
            index: self.index,
            env: self.env.clone(),
        }
    }
}

/// Methods of one name, those of a class before those that it inherits.
#[derive(Default)]
pub(super) struct Methods {
    pub(super) found: Vec<Method>,
    /// There may be more that are outside.
    pub(super) leads_outside: bool,
}

impl Evaluator<'_> {
    /// Returns a class and all that it inherits from, as instances: first superclasses, then interfaces, last what every object has.
    pub(in crate::resolve) fn above_java(&mut self, at: ShapeAt, env: &Env) -> Rc<[Atom]> {
        if let Some(known) = self.java.above.get(&at).filter(|_| env.is_empty()) {
            return known.clone();
        }
        if env.is_empty() {
            // Of a class that inherits from itself, nothing is inherited.
            self.java
                .above
                .insert(at, only(Atom::Instance(at, env.clone())));
        }
        let n_cuts = self.n_cuts;
        let mut found: Vec<Atom> = Vec::new();
        let mut next = vec![Atom::Instance(at, env.clone())];
        while let Some(atom) = next.pop() {
            let Atom::Instance(at, env) = &atom else {
                found.push(atom);
                continue;
            };
            let is_known = |known: &Atom| matches!(known, Atom::Instance(known, _) if known == at);
            if found.len() >= ABOVE_MAX || found.iter().any(is_known) {
                continue;
            }
            let mut direct = self.directly_above(*at, env);
            // Taken from the end, so that the superclass, which is written first, comes first.
            direct.reverse();
            next.extend(direct);
            found.push(atom);
        }
        // What every object has is looked at last.
        let is_object = |evaluator: &mut Self, atom: &Atom| matches!(atom, Atom::Instance(at, _) if evaluator.is_object(*at));
        if !is_object(self, &found[0]) {
            found.retain(|atom| !is_object(self, atom));
            let object = self.library_instance("java.lang.Object", &[]);
            found.extend(object.iter().cloned());
        }
        let found: Rc<[Atom]> = found.into();
        if env.is_empty() {
            // A list that was cut short is not kept, and neither is the stand-in from above.
            match self.n_cuts == n_cuts {
                true => self.java.above.insert(at, found.clone()),
                false => self.java.above.remove(&at),
            };
        }
        found
    }

    fn directly_above(&mut self, at: ShapeAt, env: &Env) -> Vec<Atom> {
        let shape = self.shape(at);
        let mut found = Vec::new();
        for r#type in shape.extends.iter().chain(&shape.implements) {
            let ty = self.written_type(at.file, *r#type, env);
            match ty.first() {
                Some(atom @ (Atom::Instance(..) | Atom::Foreign(_))) => found.push(atom.clone()),
                // What is not known may have any member.
                _ => found.push(Atom::Outside),
            }
        }
        found
    }

    /// Returns the instances of what a class extends.
    pub(in crate::resolve) fn superclass(&mut self, at: ShapeAt, env: &Env) -> Ty {
        match self.shape(at).extends.first().copied() {
            Some(base) => self.written_type(at.file, base, env),
            None => self.library_instance("java.lang.Object", &[]),
        }
    }

    /// Returns a field of a class or of what it inherits, else a type inside of one of them.
    pub(in crate::resolve) fn field_or_type(
        &mut self,
        at: ShapeAt,
        env: &Env,
        name: &str,
    ) -> Option<Entity> {
        let above = self.above_java(at, env);
        let mut leads_outside = false;
        for (place, atom) in above.iter().enumerate() {
            let Atom::Instance(at, env) = atom else {
                leads_outside = true;
                continue;
            };
            // The library has not every field.
            let is_last = place > 0 && place + 1 == above.len();
            leads_outside |= self.files.is_library(at.file) && !is_last;
            let shape = self.shape(*at);
            let facts = self.facts(at.file);
            let field = shape.members.iter().position(|member| {
                member.kind == MemberKind::Property && facts.name(member.name) == name
            });
            let field = field.map(|index| (Side::Instance, index));
            let found = field.or_else(|| {
                let inner = self.position(*at, Side::Static, name);
                inner.map(|index| (Side::Static, index))
            });
            // A field hides those above of its name, whatever their types (JLS 8.3).
            if let Some((side, index)) = found {
                return Some(Entity::Member {
                    shape: *at,
                    side,
                    index,
                    env: env.clone(),
                });
            }
        }
        // The library's hidden members are its own: nothing outside has them.
        (leads_outside && !name.starts_with("__")).then_some(Entity::Outside)
    }

    /// Returns the methods of a name that a value has.
    pub(super) fn methods(&mut self, ty: &Ty, name: &str) -> Methods {
        let mut methods = Methods::default();
        for atom in ty.iter() {
            match atom {
                Atom::Instance(at, env) | Atom::Static(at, env) => {
                    let above = self.above_java(*at, env);
                    for atom in above.iter() {
                        match atom {
                            Atom::Instance(at, env) => {
                                self.own_methods(*at, env, name, &mut methods.found);
                            }
                            _ => methods.leads_outside = true,
                        }
                    }
                    let is_library = |evaluator: &Self, atom: &Atom| matches!(atom, Atom::Instance(at, _) if evaluator.files.is_library(at.file));
                    // Without `Object`, which comes last and is complete: other classes of the
                    // library have only some of their methods.
                    let n_above = above.len().saturating_sub(1);
                    methods.leads_outside |= methods.found.is_empty()
                        && above[..n_above.max(1)]
                            .iter()
                            .any(|atom| is_library(self, atom));
                }
                Atom::Outside | Atom::Foreign(_) => methods.leads_outside = true,
                _ => {}
            }
        }
        methods
    }

    fn own_methods(&mut self, at: ShapeAt, env: &Env, name: &str, found: &mut Vec<Method>) {
        let shape = self.shape(at);
        let facts = self.facts(at.file);
        for (index, member) in shape.members.iter().enumerate() {
            if member.kind != MemberKind::Method || facts.name(member.name) != name {
                continue;
            }
            if let Some(value) = member.value
                && let Value::Function(function) = facts.values[value.index()]
            {
                found.push(Method {
                    shape: at,
                    index,
                    at: FunctionAt {
                        file: at.file,
                        function,
                    },
                    env: env.clone(),
                });
            }
        }
    }

    /// Adds what the methods of a class override and implement: of each class and interface above, the first that has such a method.
    pub(in crate::resolve) fn overridden(&mut self, at: ShapeAt, found: &mut Vec<Relation>) {
        let shape = self.shape(at);
        if shape.extends.is_empty() && shape.implements.is_empty() {
            return;
        }
        self.begin();
        let above = self.above_java(at, &Env::default());
        for index in 0..shape.members.len() {
            let member = &shape.members[index];
            let (MemberKind::Method, Some(from), Some(value)) =
                (member.kind, member.symbol, member.value)
            else {
                continue;
            };
            let Value::Function(function) = self.facts(at.file).values[value.index()] else {
                continue;
            };
            let own = FunctionAt {
                file: at.file,
                function,
            };
            if self.function(own).is_own {
                continue;
            }
            let name = self.name(at.file, member.name);
            self.begin();
            let (mut has_class, mut has_interface) = (false, false);
            for atom in &above[1..] {
                let Atom::Instance(base, env) = atom else {
                    continue;
                };
                let is_interface = self.shape(*base).is_interface;
                let is_done = if is_interface {
                    has_interface
                } else {
                    has_class
                };
                if is_done || self.files.is_library(base.file) {
                    continue;
                }
                let mut methods = Vec::new();
                self.own_methods(*base, env, name, &mut methods);
                let Some(method) = methods
                    .into_iter()
                    .find(|method| self.takes_the_same(own, method))
                else {
                    continue;
                };
                if let Some(symbol) = self.function(method.at).symbol {
                    match is_interface {
                        true => has_interface = true,
                        false => has_class = true,
                    }
                    let file = base.file;
                    found.push(Relation {
                        from,
                        kind: match is_interface && !shape.is_interface {
                            true => EdgeKind::Implements,
                            false => EdgeKind::Overrides,
                        },
                        target: SymbolAt { file, symbol },
                    });
                }
            }
        }
    }

    /// Whether a method takes what another takes, so that it overrides it.
    fn takes_the_same(&mut self, own: FunctionAt, method: &Method) -> bool {
        if self.function(method.at).is_own {
            return false;
        }
        // Overriding takes the same parameter types; another list of them is an overload (JLS
        // 8.4.2).
        let types = |evaluator: &mut Self, at: FunctionAt| -> Vec<Option<TypeId>> {
            let parameters = evaluator.function(at).parameters.iter();
            parameters.map(|parameter| parameter.r#type).collect()
        };
        let (one, other) = (types(self, own), types(self, method.at));
        one.len() == other.len()
            && one.into_iter().zip(other).all(|pair| match pair {
                (Some(_), Some(other)) if self.is_left_open(method, other) => true,
                (Some(one), Some(other)) => {
                    let one = self.written_type(own.file, one, &Env::default());
                    let other = self.written_type(method.at.file, other, &method.env);
                    self.is_of_same_type(&one, &other)
                }
                _ => false,
            })
    }

    /// Whether a type is a parameter of its class that nothing says more of, as in `new Base<>() { … }`.
    fn is_left_open(&mut self, method: &Method, r#type: TypeId) -> bool {
        let Type::Declared {
            declaration, path, ..
        } = &self.facts(method.at.file).types[r#type.index()]
        else {
            return false;
        };
        let at = self.at(method.at.file, *declaration);
        path.is_empty()
            && self.shape(method.shape).parameters.contains(declaration)
            && method.env.parameter(at).is_none()
    }
}
