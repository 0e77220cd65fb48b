//! Which interfaces types satisfy without saying so: those of their own package and of packages that it imports.
//!
//! Interfaces of other packages are not looked at, so that what is said of a file depends on what its package sees. Of an interface that
//! embeds one from outside nothing is said.

use domain::EdgeKind;
use domain::facts::{DeclaredType, FunctionId, Member, MemberKind, Shape, Type, TypeId, Value};
use rustc_hash::FxHashSet;

use super::atoms::{Atom, Env, FunctionAt, ShapeAt};
use super::entities::{Entity, Side};
use super::evaluator::Evaluator;
use super::exports::Exported;
use super::outcome::{Outcome, SymbolAt};
use super::relations::Relation;

/// What a relation counts as of the parts that a file may go through: n types that each satisfy n interfaces have n² of them.
const PARTS_OF_RELATION: usize = 10;

/// A type as written in a file.
type TypeAt = (u32, TypeId);

/// What the name of a type stands for, to tell whether two are the same.
#[derive(PartialEq)]
enum Identity<'f> {
    Shape(ShapeAt),
    Outside(&'f str, Vec<&'f str>),
    /// Any value has it.
    Any,
}

/// A method that an interface asks for.
struct Wanted<'f> {
    name: &'f str,
    function: FunctionAt,
    /// Nothing of a method that the language itself declares.
    symbol: Option<SymbolAt>,
}

impl<'f> Evaluator<'f> {
    /// Adds what the types and methods of a file implement.
    pub(super) fn satisfied_interfaces(&mut self, file: u32, found: &mut Vec<Relation>) {
        let types = self.types_with_methods_in(file);
        if types.is_empty() {
            return;
        }
        let mut interfaces = Vec::new();
        for interface in self.visible_interfaces(file) {
            self.begin();
            let mut wanted = Vec::new();
            let mut names = FxHashSet::default();
            let is_known = self.wanted(interface, (&mut wanted, &mut names), 0);
            // Every type satisfies the empty interface, which says nothing.
            if is_known && !wanted.is_empty() {
                interfaces.push((interface, wanted));
            }
        }
        for at in types {
            for (interface, wanted) in &interfaces {
                self.begin();
                self.goes_through(1);
                if let Some(methods) = self.satisfies(at, wanted) {
                    self.goes_through(PARTS_OF_RELATION * (1 + methods.len()));
                    self.relate_to_interface(file, (at, *interface), wanted, &methods, found);
                }
            }
        }
    }

    fn relate_to_interface(
        &mut self,
        file: u32,
        (at, interface): (ShapeAt, ShapeAt),
        wanted: &[Wanted<'_>],
        methods: &[SymbolAt],
        found: &mut Vec<Relation>,
    ) {
        let kind = EdgeKind::Implements;
        if let (true, Some(from), Some(symbol)) = (
            at.file == file,
            self.shape(at).symbol,
            self.shape(interface).symbol,
        ) {
            let target = SymbolAt {
                file: interface.file,
                symbol,
            };
            found.push(Relation { from, kind, target });
        }
        for (method, wanted) in methods.iter().zip(wanted) {
            if let Some(target) = wanted.symbol.filter(|_| method.file == file) {
                let from = method.symbol;
                found.push(Relation { from, kind, target });
            }
        }
    }

    /// Returns the plain types that a file declares, or declares methods of.
    fn types_with_methods_in(&mut self, file: u32) -> Vec<ShapeAt> {
        let facts = self.facts(file);
        let Some(package) = self.package_of(file) else {
            return Vec::new();
        };
        let extensions = facts.extensions.iter();
        let receivers = extensions.map(|extension| facts.name(extension.of));
        let declared = facts.exports.iter().map(|export| facts.name(export.name));
        let mut types = Vec::new();
        let mut seen = FxHashSet::default();
        for name in declared.chain(receivers) {
            if let Some(at) = package.shape_of(name, self)
                && seen.insert(at)
                && !is_interface(self.shape(at))
                // A generic type satisfies an interface for some arguments only, and none are given
                // here.
                && self.shape(at).parameters.is_empty()
            {
                types.push(at);
            }
        }
        types
    }

    fn visible_interfaces(&mut self, file: u32) -> Vec<ShapeAt> {
        let Some(package) = self.package_of(file) else {
            return Vec::new();
        };
        let mut found = package.interfaces.clone();
        for module in &package.imports {
            if let Some(imported) = self.package_imported_from(*module) {
                found.extend(&imported.interfaces);
            }
        }
        found
    }

    /// Adds the methods that an interface asks for; returns false where some cannot be known.
    fn wanted(
        &mut self,
        at: ShapeAt,
        (wanted, names): (&mut Vec<Wanted<'f>>, &mut FxHashSet<&'f str>),
        depth: u32,
    ) -> bool {
        let shape = self.shape(at);
        let is_library = self.files.is_library(at.file);
        for member in &shape.members {
            let Some(function) = self.function_of_method(at, member.value) else {
                return false;
            };
            let name = self.name(at.file, member.name);
            if !names.insert(name) {
                continue;
            }
            wanted.push(Wanted {
                name,
                function,
                symbol: member
                    .symbol
                    .filter(|_| !is_library)
                    .map(|symbol| SymbolAt {
                        file: at.file,
                        symbol,
                    }),
            });
        }
        for embedded in &shape.extends {
            let ty = self.written_type(at.file, *embedded, &Env::default());
            match &ty[..] {
                // Interfaces that embed each other are an error in Go, but may stand in a file.
                [Atom::Instance(inner, _)] if depth < 8 && is_interface(self.shape(*inner)) => {
                    if !self.wanted(*inner, (&mut *wanted, &mut *names), depth + 1) {
                        return false;
                    }
                }
                _ => return false,
            }
        }
        true
    }

    fn function_of_method(
        &mut self,
        at: ShapeAt,
        value: Option<domain::facts::ValueId>,
    ) -> Option<FunctionAt> {
        match self.facts(at.file).values[value?.index()] {
            Value::Function(function) => Some(FunctionAt {
                file: at.file,
                function,
            }),
            _ => None,
        }
    }

    /// Returns the methods of a type that are those of an interface, in their order, if it has them all.
    fn satisfies(&mut self, at: ShapeAt, wanted: &[Wanted<'_>]) -> Option<Vec<SymbolAt>> {
        let mut methods = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            // Methods of what a type embeds count as its own (Go specification, "Struct types").
            let entity = self.promoted_member(at, &Env::default(), wanted.name)?;
            // A field that holds a function can be called, and is no method.
            let is_method = match &entity {
                Entity::Extended { .. } => true,
                Entity::Member {
                    shape, side, index, ..
                } => {
                    self.member_fact(*shape, Side::Instance, *index).kind == MemberKind::Method
                        && *side == Side::Instance
                }
                _ => false,
            };
            let ty = self.entity_type(&entity);
            let signature = self.signatures(&ty).into_iter().next()?;
            let Outcome::Found { target, .. } = self.outcome_of(&entity) else {
                return None;
            };
            if !is_method || !self.is_same_signature(signature.at, wanted.function) {
                return None;
            }
            methods.push(target);
        }
        Some(methods)
    }

    fn is_same_signature(&mut self, one: FunctionAt, other: FunctionAt) -> bool {
        let (a, b) = (self.function(one), self.function(other));
        // Go asks for identical signatures, not for assignable ones.
        let same_parameters = a.parameters.len() == b.parameters.len()
            && a.parameters.iter().zip(&b.parameters).all(|(a, b)| {
                a.is_rest == b.is_rest
                    && match (a.r#type, b.r#type) {
                        (Some(a), Some(b)) => self.is_same_type((one.file, a), (other.file, b)),
                        _ => false,
                    }
            });
        same_parameters
            && match (a.returns, b.returns) {
                (Some(a), Some(b)) => self.is_same_type((one.file, a), (other.file, b)),
                (None, None) => true,
                _ => false,
            }
    }

    fn is_same_type(&mut self, one: TypeAt, other: TypeAt) -> bool {
        self.step(|evaluator| Some(evaluator.is_same_type_now(one, other)))
            .unwrap_or(false)
    }

    fn is_same_type_now(&mut self, one: TypeAt, other: TypeAt) -> bool {
        let (a, b) = (self.written(one), self.written(other));
        match (a, b) {
            (Type::Function(a), Type::Function(b)) => {
                let at = |file: u32, function: FunctionId| FunctionAt { file, function };
                self.is_same_signature(at(one.0, *a), at(other.0, *b))
            }
            (Type::Tuple(a), Type::Tuple(b)) => self.are_same_types((one.0, a), (other.0, b)),
            _ => {
                let identities = (self.identity(one), self.identity(other));
                matches!(identities, (Some(a), Some(b)) if a == b)
                    && self.are_same_types((one.0, arguments(a)), (other.0, arguments(b)))
            }
        }
    }

    fn are_same_types(&mut self, (one, a): (u32, &[TypeId]), (other, b): (u32, &[TypeId])) -> bool {
        a.len() == b.len()
            && a.iter()
                .zip(b)
                .all(|(a, b)| self.is_same_type((one, *a), (other, *b)))
    }

    fn written(&mut self, (file, r#type): TypeAt) -> &'f Type {
        &self.facts(file).types[r#type.index()]
    }

    /// Returns what a type is by its name, through aliases; nothing of what has none but for the empty interface.
    fn identity(&mut self, at: TypeAt) -> Option<Identity<'f>> {
        let (file, r#type) = at;
        match self.written(at) {
            Type::Shape(shape) => {
                let shape = self.shape(ShapeAt {
                    file,
                    shape: *shape,
                });
                // Of types without a name only `interface{}` is common in signatures; it is another
                // spelling of `any`.
                let is_empty = shape.members.is_empty() && shape.extends.is_empty();
                return is_empty.then_some(Identity::Any);
            }
            Type::Declared { .. } | Type::Global { .. } => {}
            _ => return None,
        }
        match self.named_type(file, r#type)? {
            Exported::Declaration(found) => match &self.declaration(found).r#type {
                DeclaredType::Instance(shapes) => {
                    let (file, shape) = (found.file, *shapes.first()?);
                    let at = ShapeAt { file, shape };
                    let any = self.library_shape("any");
                    Some(match any == Some(at) {
                        true => Identity::Any,
                        false => Identity::Shape(self.usual_name(at)),
                    })
                }
                DeclaredType::Alias { r#type, .. } => {
                    let aliased = (found.file, *r#type);
                    self.step(|evaluator| evaluator.identity(aliased))
                }
                _ => None,
            },
            Exported::Outside => self.outside_identity(at),
            _ => None,
        }
    }

    /// `byte` and `rune` are other names of numbers.
    fn usual_name(&mut self, at: ShapeAt) -> ShapeAt {
        for (alias, name) in [("byte", "uint8"), ("rune", "int32")] {
            if self.library_shape(alias) == Some(at) {
                return self.library_shape(name).unwrap_or(at);
            }
        }
        at
    }

    fn outside_identity(&mut self, (file, r#type): TypeAt) -> Option<Identity<'f>> {
        let facts = self.facts(file);
        let Type::Declared {
            declaration, path, ..
        } = &facts.types[r#type.index()]
        else {
            return None;
        };
        match facts.declarations[declaration.index()].value {
            domain::facts::DeclaredValue::Import { specifier, .. } => Some(Identity::Outside(
                facts.name(specifier),
                path.iter().map(|name| facts.name(*name)).collect(),
            )),
            _ => None,
        }
    }
}

/// Whether a type is made of methods and other interfaces.
pub(super) fn is_interface(shape: &Shape) -> bool {
    let is_method = |member: &Member| member.kind == MemberKind::Method;
    shape.base_types.is_empty()
        && shape.calls.is_empty()
        && (!shape.members.is_empty() || !shape.extends.is_empty())
        && shape.members.iter().all(is_method)
}

fn arguments(r#type: &Type) -> &[TypeId] {
    match r#type {
        Type::Declared { arguments, .. } | Type::Global { arguments, .. } => arguments,
        _ => &[],
    }
}
