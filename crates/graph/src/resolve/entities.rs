//! The places that expressions lead to, and where references end.

use domain::facts::{
    DeclaredType, DeclaredValue, Member, MemberKind, NameId, Reference, Shape, Target, Type,
    TypeId, Value, ValueId,
};
use domain::{Provenance, ReferenceKind};

use super::Module;
use super::atoms::{Atom, DeclarationAt, Env, FunctionAt, ShapeAt, Ty, only, unknown};
use super::evaluator::Evaluator;
use super::exports::Exported;
use super::globals::Global;
use super::outcome::{Outcome, Reason, SymbolAt};
use super::packages::ExtensionAt;

/// What an expression leads to.
#[derive(Clone, Debug)]
pub(super) enum Entity {
    /// A declared name.
    Declaration(DeclarationAt),
    /// A member of a shape, with what its type parameters stand for.
    Member {
        shape: ShapeAt,
        side: Side,
        index: usize,
        env: Env,
    },
    /// A member that stands outside of its type, with what type parameters stand for.
    Extended { at: ExtensionAt, env: Env },
    /// A member that was assigned to a declared name.
    Assigned { of: DeclarationAt, index: usize },
    /// An exported expression.
    Value {
        file: u32,
        value: ValueId,
        symbol: Option<u32>,
    },
    /// A module.
    Module(u32),
    /// Nothing that has a place; only its type is known.
    Type(Ty),
    /// Something outside of the repository.
    Outside,
}

/// Whether some alternative can be called or instantiated.
fn is_callable(ty: &Ty) -> bool {
    ty.iter().any(|atom| {
        matches!(
            atom,
            Atom::Function(..) | Atom::Declared(_) | Atom::Static(..) | Atom::Outside
        )
    })
}

/// Which members of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Instance,
    Static,
}

impl Side {
    pub(super) fn members(self, shape: &Shape) -> &[Member] {
        match self {
            Side::Instance => &shape.members,
            Side::Static => &shape.statics,
        }
    }
}

impl<'f> Evaluator<'f> {
    /// Returns where a reference leads.
    pub(super) fn outcome(&mut self, reference: &Reference) -> Outcome {
        self.begin();
        let file = self.own_file();
        let outcome = match reference.target {
            Target::Unknown => Outcome::Unresolved(Reason::NotRead),
            Target::Module { specifier, .. } if self.is_java() => {
                self.java_module_outcome(reference.kind, specifier)
            }
            Target::Module { name, .. } if self.is_rust() => self.rust_module_outcome(name),
            Target::Module { specifier, name } => self.module_outcome(specifier, name),
            Target::Value(value) => match self.entity(file, value, &Env::default()) {
                Some(entity) if reference.kind == ReferenceKind::Written => {
                    self.outcome_of_written(&entity)
                }
                // `module.name` uses the name; the module is only where it is found.
                Some(Entity::Module(_))
                    if reference.kind == ReferenceKind::Read && self.is_python() =>
                {
                    Outcome::Dynamic
                }
                Some(entity) => self.outcome_of(&entity),
                None => Outcome::Unresolved(self.reason(value)),
            },
            Target::Type(r#type) => self.type_outcome(r#type),
        };
        match outcome {
            // Any other reason would claim to know something that was not looked at.
            Outcome::Unresolved(_) if self.is_exhausted() => Outcome::Unresolved(Reason::TooDeep),
            outcome => outcome,
        }
    }

    fn module_outcome(&mut self, specifier: NameId, name: NameId) -> Outcome {
        let file = self.own_file();
        let text = self.name(file, name);
        // `from package import name` may name a module of the package. What the package itself
        // defines comes first, as at run time: then the import leads elsewhere.
        if let Module::File(inner) = self.files.inner_module(file, Some(specifier), text)
            && let Some(Exported::Module(imported)) = self.imported(file, specifier, name)
            && imported == inner
        {
            self.found_by(Provenance::Import);
            return self.found(inner, 0);
        }
        match self.module(file, specifier) {
            Module::Outside => Outcome::External,
            Module::Missing => Outcome::Unresolved(Reason::MissingModule),
            Module::File(module) => {
                self.found_by(Provenance::Import);
                self.found(module, 0)
            }
        }
    }

    fn type_outcome(&mut self, r#type: TypeId) -> Outcome {
        let file = self.own_file();
        match self.named_type(file, r#type) {
            Some(Exported::Declaration(at)) => {
                let declaration = self.declaration(at);
                // One name may declare a value and a type; here the type is meant.
                let symbol = declaration.type_symbol.or(declaration.symbol);
                match symbol {
                    _ if self.files.is_library(at.file) => Outcome::External,
                    Some(symbol) => self.found(at.file, symbol),
                    None => Outcome::Dynamic,
                }
            }
            Some(Exported::Value { file, symbol, .. }) => match symbol {
                Some(symbol) => self.found(file, symbol),
                None => Outcome::Dynamic,
            },
            Some(Exported::Symbol { file, symbol }) => self.found(file, symbol),
            Some(Exported::Module(module)) => self.found(module, 0),
            Some(Exported::Outside) => Outcome::External,
            Some(Exported::Member { .. }) => Outcome::Dynamic,
            None => match &self.facts(file).types[r#type.index()] {
                // The library does not have all of the platform: what it lacks is outside and no
                // mistake.
                Type::Global { .. } | Type::Scoped { .. } => Outcome::External,
                Type::Indexed(..) if self.is_rust() => Outcome::Dynamic,
                _ => Outcome::Unresolved(Reason::NoSuchExport),
            },
        }
    }

    pub(super) fn found(&mut self, file: u32, symbol: u32) -> Outcome {
        // A target is a dependency even where nothing of its file was read.
        self.facts(file);
        Outcome::Found {
            target: SymbolAt { file, symbol },
            provenance: self.provenance,
        }
    }

    /// Returns where an entity's definition is.
    pub(super) fn outcome_of(&mut self, entity: &Entity) -> Outcome {
        self.step(|evaluator| Some(evaluator.outcome_of_entity(entity)))
            .unwrap_or(Outcome::Unresolved(Reason::TooDeep))
    }

    /// What is assigned to is the place itself, never what it held before.
    fn outcome_of_written(&mut self, entity: &Entity) -> Outcome {
        let symbol = match entity {
            Entity::Declaration(at) => self.declaration(*at).symbol,
            Entity::Member {
                shape, side, index, ..
            } => self.member_fact(*shape, *side, *index).symbol,
            Entity::Assigned { of, index } => self.declaration(*of).assigned[*index].symbol,
            Entity::Extended { at, .. } => self.extension(*at).member.symbol,
            _ => None,
        };
        match (symbol, self.outcome_of(entity)) {
            (None, Outcome::Found { .. }) => Outcome::Dynamic,
            (_, outcome) => outcome,
        }
    }

    fn outcome_of_entity(&mut self, entity: &Entity) -> Outcome {
        match entity {
            Entity::Declaration(at) if self.files.is_library(at.file) => Outcome::External,
            Entity::Declaration(at) => {
                let declaration = self.declaration(*at);
                match (declaration.symbol, &declaration.value) {
                    (Some(symbol), _) => self.found(at.file, symbol),
                    // A local name for something that has a place of its own.
                    (
                        None,
                        DeclaredValue::Variable {
                            r#type: None,
                            value: Some(value),
                            ..
                        },
                    ) => self.outcome_behind(at.file, *value, &Env::default()),
                    _ => Outcome::Dynamic,
                }
            }
            Entity::Member {
                shape,
                side,
                index,
                env,
            } => {
                if self.files.is_library(shape.file) {
                    return Outcome::External;
                }
                let member = self.member_fact(*shape, *side, *index);
                match (member.symbol, member.value) {
                    (Some(symbol), _) => self.found(shape.file, symbol),
                    // What only stands for something else, as in `{ handler: handle }`, is no
                    // definition of its own.
                    (None, Some(value)) => self.outcome_behind(shape.file, value, env),
                    (None, None) => Outcome::Dynamic,
                }
            }
            Entity::Extended { at, .. } => match self.extension(*at).member.symbol {
                Some(symbol) => self.found(at.file, symbol),
                None => Outcome::Dynamic,
            },
            Entity::Assigned { of, index } => {
                let member = &self.declaration(*of).assigned[*index];
                match (member.symbol, member.value) {
                    (Some(symbol), _) => self.found(of.file, symbol),
                    (None, Some(value)) => self.outcome_behind(of.file, value, &Env::default()),
                    (None, None) => Outcome::Dynamic,
                }
            }
            Entity::Value {
                file,
                value,
                symbol,
            } => match symbol {
                Some(symbol) => self.found(*file, *symbol),
                None => self.outcome_behind(*file, *value, &Env::default()),
            },
            Entity::Module(module) => self.found(*module, 0),
            Entity::Type(ty) => self.outcome_of_type(ty),
            Entity::Outside => Outcome::External,
        }
    }

    /// Something without a place may still be a function or class that has one.
    fn outcome_of_type(&mut self, ty: &Ty) -> Outcome {
        for atom in ty.iter() {
            match atom {
                Atom::Outside => return Outcome::External,
                Atom::Declared(at) => return self.outcome_of(&Entity::Declaration(*at)),
                Atom::Static(at, _) if !self.files.is_library(at.file) => {
                    if let Some(symbol) = self.shape(*at).symbol {
                        return self.found(at.file, symbol);
                    }
                }
                Atom::Function(at, _) if !self.files.is_library(at.file) => {
                    if let Some(symbol) = self.function(*at).symbol {
                        return self.found(at.file, symbol);
                    }
                }
                _ => {}
            }
        }
        Outcome::Dynamic
    }

    fn outcome_behind(&mut self, file: u32, value: ValueId, env: &Env) -> Outcome {
        match self.facts(file).values[value.index()] {
            // What names something leads on to it. What a call or an operator gives is a value and
            // has no place.
            Value::Declared(_)
            | Value::Member(..)
            | Value::Either(_)
            | Value::Merged(_)
            | Value::OrElse(..)
            | Value::Tested { .. }
            | Value::Global(_)
            | Value::Module(_)
            | Value::Exports
            | Value::Function(_)
            | Value::Class(_) => match self.entity(file, value, env) {
                Some(entity) => self.outcome_of(&entity),
                None => Outcome::Dynamic,
            },
            _ => Outcome::Dynamic,
        }
    }

    /// Says why an expression leads nowhere.
    fn reason(&mut self, value: ValueId) -> Reason {
        let file = self.own_file();
        match self.facts(file).values[value.index()] {
            Value::Member(object, _) => {
                match self.value_type(file, object, &Env::default()).is_empty() {
                    true => Reason::UnknownReceiver,
                    false => Reason::NoSuchMember,
                }
            }
            Value::Declared(declaration) => {
                match self.facts(file).declarations[declaration.index()].value {
                    DeclaredValue::Import { specifier, .. } => match self.module(file, specifier) {
                        Module::Missing => Reason::MissingModule,
                        _ => Reason::NoSuchExport,
                    },
                    _ => Reason::UnknownReceiver,
                }
            }
            _ => Reason::UnknownReceiver,
        }
    }

    /// Returns what an expression leads to.
    pub(super) fn entity(&mut self, file: u32, value: ValueId, env: &Env) -> Option<Entity> {
        self.step(|evaluator| evaluator.entity_of_value(file, value, env))
    }

    fn entity_of_value(&mut self, file: u32, value: ValueId, env: &Env) -> Option<Entity> {
        if self.is_java()
            && let Some(found) = self.java_entity(file, value, env)
        {
            return found;
        }
        if self.is_rust()
            && let Some(found) = self.rust_entity(file, value, env)
        {
            return found;
        }
        match &self.facts(file).values[value.index()] {
            Value::Declared(declaration) => self.declared(self.at(file, *declaration), env),
            // What a file does not declare, another of its package may.
            Value::Global(name) if self.is_go() => {
                let name = self.name(file, *name);
                let found = self.name_in_package(file, name)?;
                self.entity_of(found, name)
            }
            Value::Global(name) => {
                let name = self.name(file, *name);
                match self.global(file, name) {
                    Global::Declared(at) => self.declared(at, &Env::default()),
                    Global::Ambiguous => None,
                    Global::Outside => Some(Entity::Outside),
                }
            }
            Value::Member(object, name) => {
                if let Value::Global(object) = self.facts(file).values[object.index()] {
                    let (object, name) = (self.name(file, object), self.name(file, *name));
                    if let Some(found) = self.global_member(file, object, name) {
                        return Some(found);
                    }
                }
                let ty = self.value_type(file, *object, env);
                let name = self.name(file, *name);
                if let Some(this) = self.this_below(file, *object, env) {
                    return self.member_in(&ty, name, &this);
                }
                self.member(&ty, name)
            }
            Value::Merged(values) => {
                // A variable that is assigned in a loop can lead back to itself; its other values
                // decide.
                if self.merging.contains(&(file, value)) {
                    return None;
                }
                self.merging.push((file, value));
                let found = values
                    .iter()
                    .find_map(|value| self.entity(file, *value, env));
                self.merging.pop();
                found
            }
            Value::OrElse(first, second) => self
                .entity(file, *first, env)
                .or_else(|| self.entity(file, *second, env)),
            // A test says more about the type, not of the place.
            Value::Tested { value, .. } => self.entity(file, *value, env),
            Value::Super(shape) | Value::StaticSuper(shape) => {
                self.found_by(Provenance::This);
                let base = self.shape(ShapeAt {
                    file,
                    shape: *shape,
                });
                self.entity(file, base.base?, env)
            }
            Value::Module(specifier) => match self.module(file, *specifier) {
                Module::File(module) => Some(self.module_entity(module)),
                Module::Outside => Some(Entity::Outside),
                Module::Missing => None,
            },
            Value::Exports => Some(self.module_entity(file)),
            Value::Either(values) => values
                .iter()
                .find_map(|value| self.entity(file, *value, env)),
            _ => {
                let ty = self.value_type(file, value, env);
                (!ty.is_empty()).then_some(Entity::Type(ty))
            }
        }
    }

    /// What `super()` finds is still of the class that it is asked in.
    fn this_below(&mut self, file: u32, object: ValueId, env: &Env) -> Option<Ty> {
        if !self.is_python() {
            return None;
        }
        let (Value::Super(shape) | Value::StaticSuper(shape)) =
            self.facts(file).values[object.index()]
        else {
            return None;
        };
        let own = || only(Atom::Instance(ShapeAt { file, shape }, Env::default()));
        Some(env.this().cloned().unwrap_or_else(own))
    }

    /// Returns what a declared name leads to, through imports and patterns.
    fn declared(&mut self, at: DeclarationAt, env: &Env) -> Option<Entity> {
        match self.follow(at)? {
            Exported::Declaration(found) => {
                // Bindings are of type parameters around the use; another file has none of them.
                let env = match found.file == at.file {
                    true => env,
                    false => &Env::default(),
                };
                match &self.declaration(found).value {
                    // `const { a } = b` makes a local name of `b.a`, which is what its uses mean.
                    DeclaredValue::Variable {
                        is_destructured: true,
                        value: Some(value),
                        ..
                    } => self.entity(found.file, *value, env),
                    _ => Some(Entity::Declaration(found)),
                }
            }
            other => {
                let name = match self.declaration(at).value {
                    DeclaredValue::Import { name, .. } => self.name(at.file, name),
                    _ => "",
                };
                self.entity_of(other, name)
            }
        }
    }

    pub(super) fn entity_of(&mut self, exported: Exported, name: &str) -> Option<Entity> {
        match exported {
            Exported::Declaration(at) => self.declared(at, &Env::default()),
            Exported::Value {
                file,
                value,
                symbol,
            } => Some(Entity::Value {
                file,
                value,
                symbol,
            }),
            Exported::Member { file, whole } => {
                let ty = self.value_type(file, whole, &Env::default());
                self.member(&ty, name)
            }
            Exported::Module(module) => Some(self.module_entity(module)),
            Exported::Outside => Some(Entity::Outside),
            // Only a type's name leads there.
            Exported::Symbol { .. } => None,
        }
    }

    pub(super) fn entity_type(&mut self, entity: &Entity) -> Ty {
        match entity {
            Entity::Declaration(at) => self.declared_type(*at, &Env::default()),
            Entity::Member {
                shape,
                side,
                index,
                env,
            } => {
                let ty = self.member_type(*shape, *side, *index, env);
                self.described(ty, env)
            }
            Entity::Extended { at, env } => match self.extension(*at).member.value {
                Some(value) => self.value_type(at.file, value, env),
                None => unknown(),
            },
            Entity::Assigned { of, index } => match self.declaration(*of).assigned[*index].value {
                Some(value) => self.value_type(of.file, value, &Env::default()),
                None => unknown(),
            },
            Entity::Value { file, value, .. } => self.value_type(*file, *value, &Env::default()),
            Entity::Module(module) => self.module_type(*module),
            Entity::Type(ty) => ty.clone(),
            Entity::Outside => only(Atom::Outside),
        }
    }

    /// Returns what a module is: the function or class that it exports as a whole, if it does, else the module itself.
    pub(super) fn module_entity(&mut self, module: u32) -> Entity {
        let Some(whole) = self.facts(module).whole_export else {
            return Entity::Module(module);
        };
        match self.entity(module, whole.value, &Env::default()) {
            Some(Entity::Type(ty)) if is_callable(&ty) => Entity::Type(ty),
            // An object that is exported whole has no place of its own: the module stands for it.
            Some(Entity::Type(ty)) if !ty.is_empty() => Entity::Module(module),
            Some(Entity::Type(_)) | None => match whole.symbol {
                symbol @ Some(_) => Entity::Value {
                    file: module,
                    value: whole.value,
                    symbol,
                },
                None => Entity::Module(module),
            },
            Some(found) => found,
        }
    }

    pub(super) fn module_type(&mut self, module: u32) -> Ty {
        match self.facts(module).whole_export {
            Some(whole) => {
                let whole = self.value_type(module, whole.value, &Env::default());
                let mut atoms = whole.to_vec();
                // Both are asked for members: `module.exports = f` may be followed by more.
                atoms.push(Atom::Module(module));
                atoms.into()
            }
            None => only(Atom::Module(module)),
        }
    }

    /// Returns the type of a declared name as a value.
    pub(super) fn declared_type(&mut self, at: DeclarationAt, env: &Env) -> Ty {
        match &self.declaration(at).value {
            DeclaredValue::None => unknown(),
            DeclaredValue::Import { .. } => match self.follow(at) {
                // The members of a module are more than those of what it exports as a whole.
                Some(Exported::Module(module)) => self.module_type(module),
                _ => self.imported_type(at, env),
            },
            DeclaredValue::Functions(_) => only(Atom::Declared(at)),
            DeclaredValue::Static(shape) => {
                let shape = ShapeAt {
                    file: at.file,
                    shape: *shape,
                };
                // A name alone is the only value of a type without fields.
                match self.is_rust() && self.shape(shape).constructors.is_empty() {
                    true => only(Atom::Instance(shape, Env::default())),
                    false => only(Atom::Static(shape, Env::default())),
                }
            }
            DeclaredValue::Variable {
                r#type: Some(r#type),
                ..
            } => {
                self.found_by(Provenance::Annotation);
                self.written_type(at.file, *r#type, env)
            }
            DeclaredValue::Variable {
                value: Some(value), ..
            } => {
                let ty = self.value_type(at.file, *value, env);
                self.with_assigned(at, ty)
            }
            DeclaredValue::Variable { .. } => unknown(),
        }
    }

    fn imported_type(&mut self, at: DeclarationAt, env: &Env) -> Ty {
        match self.declared(at, env) {
            // A module that imports from itself would never end.
            Some(Entity::Declaration(same)) if same == at => unknown(),
            Some(entity) => self.entity_type(&entity),
            None => unknown(),
        }
    }

    /// A function in a variable has the members that were assigned to the variable.
    fn with_assigned(&mut self, at: DeclarationAt, ty: Ty) -> Ty {
        if self.declaration(at).assigned.is_empty() {
            return ty;
        }
        let mut atoms = ty.to_vec();
        atoms.push(Atom::Declared(at));
        atoms.into()
    }

    pub(super) fn member_fact(&mut self, shape: ShapeAt, side: Side, index: usize) -> &Member {
        &side.members(self.shape(shape))[index]
    }

    pub(super) fn member_type(&mut self, at: ShapeAt, side: Side, index: usize, env: &Env) -> Ty {
        let member = &side.members(self.shape(at))[index];
        let function_of = |evaluator: &mut Self, member: &Member| match evaluator
            .facts(at.file)
            .values[member.value?.index()]
        {
            Value::Function(function) => Some(FunctionAt {
                file: at.file,
                function,
            }),
            _ => None,
        };
        match member.kind {
            MemberKind::Method => {
                let lookup = self.files.lookup(at.file);
                let overloads = lookup.methods(self.facts(at.file), (at.shape, side), member);
                let functions = overloads.into_iter();
                let functions = functions.filter_map(|method| function_of(self, method));
                functions
                    .map(|function| Atom::Function(function, env.clone()))
                    .collect()
            }
            MemberKind::Getter => match function_of(self, member) {
                Some(getter) => self.result(getter, env, None),
                None => unknown(),
            },
            // Reading what can only be set gives nothing.
            MemberKind::Setter => unknown(),
            MemberKind::Property => match (member.r#type, member.value) {
                (Some(r#type), _) => {
                    self.found_by(Provenance::Annotation);
                    self.written_type(at.file, r#type, env)
                }
                (None, Some(value)) => self.value_type(at.file, value, env),
                (None, None) => unknown(),
            },
        }
    }

    /// Returns the declaration that a type's name leads to.
    pub(super) fn named_type(&mut self, file: u32, r#type: TypeId) -> Option<Exported> {
        if self.is_rust() {
            return self.rust_named_type(file, r#type);
        }
        let (mut found, path) = match &self.facts(file).types[r#type.index()] {
            Type::Declared {
                declaration, path, ..
            } => (self.follow(self.at(file, *declaration))?, &path[..]),
            Type::Global { path, .. } => {
                let first = self.name(file, path[0]);
                let found = match (self.is_go(), self.is_java()) {
                    (true, _) => self.name_in_package(file, first)?,
                    (_, true) => self.java_name(file, first)?,
                    _ => Exported::Declaration(self.global_type(file, first)?),
                };
                (found, &path[1..])
            }
            Type::Scoped {
                shapes,
                declaration,
                path,
                ..
            } => {
                let first = self.name(file, path[0]);
                // Types of the classes around a place hide those of the file and of its package
                // (JLS 6.4.1).
                let found = match self.inner_type(file, shapes, first) {
                    Some(found) => found,
                    None => match declaration {
                        Some(declaration) => self.follow(self.at(file, *declaration))?,
                        None => self.java_name(file, first)?,
                    },
                };
                (found, &path[1..])
            }
            Type::Import { specifier, .. } if self.is_java() => {
                return self.java_import(file, *specifier);
            }
            Type::Import {
                specifier, path, ..
            } => match self.module(file, *specifier) {
                Module::File(module) => (Exported::Module(module), &path[..]),
                Module::Outside => return Some(Exported::Outside),
                Module::Missing => return None,
            },
            _ => return None,
        };
        for name in path {
            let name = self.name(file, *name);
            found = self.type_within(found, name)?;
        }
        Some(match found {
            Exported::Module(module) => self.whole_type(module).unwrap_or(found),
            found => found,
        })
    }

    /// Returns what the name of a module means as a type: what it exports as a whole.
    fn whole_type(&mut self, module: u32) -> Option<Exported> {
        let whole = self.facts(module).whole_export?;
        self.step(
            |evaluator| match evaluator.facts(module).values[whole.value.index()] {
                Value::Declared(declaration) => evaluator.follow(evaluator.at(module, declaration)),
                _ => Some(Exported::Value {
                    file: module,
                    value: whole.value,
                    symbol: whole.symbol,
                }),
            },
        )
    }

    /// A name within a module or namespace.
    pub(super) fn type_within(&mut self, outer: Exported, name: &str) -> Option<Exported> {
        match outer {
            Exported::Module(module) => self.exported(module, name),
            Exported::Outside => Some(Exported::Outside),
            Exported::Declaration(at) if self.is_java() => self.java_type_within(at, name),
            Exported::Declaration(at) => {
                let declaration = self.declaration(at);
                let (file, member) = match declaration.value {
                    DeclaredValue::Static(shape) => {
                        let file = at.file;
                        self.static_of_parts(ShapeAt { file, shape }, name)?
                    }
                    _ => {
                        // JavaScript's namespace is a function or class with others assigned to it.
                        let index = self.assigned_position(at, name)?;
                        (at.file, &declaration.assigned[index])
                    }
                };
                let facts = self.facts(file);
                match member.value.map(|value| &facts.values[value.index()]) {
                    Some(Value::Declared(inner)) => self.follow(self.at(file, *inner)),
                    _ => Some(Exported::Symbol {
                        file,
                        symbol: member.symbol?,
                    }),
                }
            }
            Exported::Value { .. } | Exported::Member { .. } | Exported::Symbol { .. } => None,
        }
    }

    fn static_of_parts(&mut self, shape: ShapeAt, name: &str) -> Option<(u32, &'f Member)> {
        let others = self.files.merged(shape).iter().copied();
        for part in [shape]
            .into_iter()
            .chain(others.filter(|part| *part != shape))
        {
            if let Some(index) = self.position(part, Side::Static, name) {
                return Some((part.file, &self.shape(part).statics[index]));
            }
        }
        None
    }

    /// Whether a declaration is a type parameter.
    pub(super) fn is_parameter(&mut self, at: DeclarationAt) -> bool {
        matches!(self.declaration(at).r#type, DeclaredType::Parameter { .. })
    }
}
