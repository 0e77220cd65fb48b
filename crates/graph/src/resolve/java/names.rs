//! What names mean: imports, packages, types inside of types, and members that classes around a place have.

use domain::facts::{
    DeclaredValue, ExportTarget, NameId, ReferenceKind, ShapeId, Type, TypeId, Value, ValueId,
};

use crate::resolve::Module;
use crate::resolve::atoms::{Atom, DeclarationAt, Env, ShapeAt, Ty, only};
use crate::resolve::entities::{Entity, Side};
use crate::resolve::evaluator::Evaluator;
use crate::resolve::exports::Exported;
use crate::resolve::outcome::{Outcome, Reason};
use domain::Provenance;

impl<'f> Evaluator<'f> {
    /// Returns a type of the library by its full name.
    pub(in crate::resolve) fn java_library(&mut self, name: &str) -> Option<DeclarationAt> {
        if self.java.library.is_empty() {
            let file = self.files.library(self.own_file());
            let facts = self.files.facts(file);
            for export in &facts.exports {
                if let ExportTarget::Declared(declaration) = export.target {
                    let at = DeclarationAt { file, declaration };
                    self.java.library.insert(facts.name(export.name), at);
                }
            }
        }
        self.java.library.get(name).copied()
    }

    /// Returns a type of the library by its full name, through types inside of types; what the library does not have is outside.
    fn library_type(&mut self, name: &str) -> Exported {
        let mut inner: Vec<&str> = Vec::new();
        let mut outer = name;
        loop {
            if let Some(at) = self.java_library(outer) {
                let mut found = Some(Exported::Declaration(at));
                for name in inner.iter().rev() {
                    found = found.and_then(|outer| self.type_within(outer, name));
                }
                return found.unwrap_or(Exported::Outside);
            }
            let Some((before, last)) = outer.rsplit_once('.') else {
                return Exported::Outside;
            };
            // `java.util.Map.Entry`: the longest beginning that is a type, then the types inside of
            // it.
            inner.push(last);
            outer = before;
        }
    }

    /// Follows an import of a type, or the type in front of a member.
    pub(in crate::resolve) fn java_import(
        &mut self,
        file: u32,
        specifier: NameId,
    ) -> Option<Exported> {
        let text = self.name(file, specifier);
        match self.module(file, specifier) {
            Module::File(module) => self.type_in(module, text),
            Module::Outside => Some(self.library_type(text)),
            Module::Missing => None,
        }
    }

    /// Returns the type that a file declares under a full name, if the file is of that package.
    fn type_in(&mut self, module: u32, full: &str) -> Option<Exported> {
        let package = self.package_name(module).unwrap_or_default();
        let rest = match package {
            "" => full,
            // The path was found by its end, which a file of another package may share.
            package => full.strip_prefix(package)?.strip_prefix('.')?,
        };
        let mut names = rest.split('.');
        let mut found = self.declared_in(module, names.next()?)?;
        for name in names {
            found = self.type_within(found, name)?;
        }
        Some(found)
    }

    fn declared_in(&mut self, module: u32, name: &str) -> Option<Exported> {
        let facts = self.facts(module);
        let mut exports = facts.exports.iter();
        let export = exports.find(|export| facts.name(export.name) == name)?;
        match export.target {
            ExportTarget::Declared(declaration) => Some(Exported::Declaration(DeclarationAt {
                file: module,
                declaration,
            })),
            _ => None,
        }
    }

    pub(in crate::resolve) fn java_module_outcome(
        &mut self,
        kind: ReferenceKind,
        specifier: NameId,
    ) -> Outcome {
        let file = self.own_file();
        self.found_by(Provenance::Import);
        let module = self.module(file, specifier);
        let Module::File(module) = module else {
            return match module {
                Module::Outside => Outcome::External,
                _ => Outcome::Unresolved(Reason::MissingModule),
            };
        };
        let text = self.name(file, specifier);
        if kind != ReferenceKind::Import {
            let found = self.type_in(module, text);
            return match found.and_then(|found| self.entity_of(found, "")) {
                Some(entity) => self.outcome_of(&entity),
                None => Outcome::Unresolved(Reason::NoSuchExport),
            };
        }
        // The path was found by its end; the file itself says which package it is of.
        let package = self.package_name(module).unwrap_or_default();
        let is_such = text
            .strip_prefix(package)
            .is_some_and(|rest| package.is_empty() || rest.starts_with('.'));
        match is_such {
            true => self.found(module, 0),
            false => Outcome::External,
        }
    }

    /// Returns what a simple name means as a type that its file does not declare.
    pub(in crate::resolve) fn java_name(&mut self, file: u32, name: &'f str) -> Option<Exported> {
        // Names that no program can write are the library's.
        if name.contains(['.', '·']) || self.files.is_library(file) {
            let found = self.java_library(name).map(Exported::Declaration);
            return Some(found.unwrap_or(Exported::Outside));
        }
        if let Some(known) = self.java.names.get(&(file, name)) {
            return *known;
        }
        let found = self.find_name(file, name);
        self.java.names.insert((file, name), found);
        found
    }

    fn find_name(&mut self, file: u32, name: &'f str) -> Option<Exported> {
        let package = self.package_name(file).unwrap_or_default();
        // The package's own types hide those that are imported on demand (JLS 6.4.1).
        if let Some(found) = self.type_called_as_its_file(file, package, name) {
            return Some(found);
        }
        for (class, is_package) in self.on_demand(file, name) {
            match class {
                Ok(module) if is_package => {
                    let of = self.package_name(module).unwrap_or_default();
                    if let Some(found) = self.type_called_as_its_file(module, of, name) {
                        self.found_by(Provenance::Import);
                        return Some(found);
                    }
                }
                Ok(_) => {}
                Err(class) => match self.type_within(class, name) {
                    Some(Exported::Outside) | None => {}
                    found => {
                        self.found_by(Provenance::Import);
                        return found;
                    }
                },
            }
        }
        // Every file imports `java.lang` on demand (JLS 7.3).
        let implied = format!("java.lang.{name}");
        if let Some(at) = self.java_library(&implied) {
            return Some(Exported::Declaration(at));
        }
        for specifier in &self.facts(file).stars {
            let text = self.name(file, *specifier);
            if let (Module::Outside, Some(package)) =
                (self.module(file, *specifier), text.strip_suffix(".*"))
            {
                let full = format!("{package}.{name}");
                if let Some(at) = self.java_library(&full) {
                    return Some(Exported::Declaration(at));
                }
            }
        }
        // A type that stands beside the one that its file is called by.
        // Asked only of what is written like a type: collecting a package reads all of its files
        // and makes this one depend on them, which every unknown variable would do.
        let is_type = name.starts_with(|first: char| first.is_uppercase());
        if is_type
            && let Some(package) = self.package_of(file)
            && let Some(at) = package.names.get(name).copied()
        {
            return Some(Exported::Declaration(at));
        }
        Some(Exported::Outside)
    }

    fn type_called_as_its_file(
        &mut self,
        file: u32,
        package: &str,
        name: &str,
    ) -> Option<Exported> {
        let Module::File(module) = self.files.inner_module(file, None, name) else {
            return None;
        };
        let is_such = self.package_name(module).unwrap_or_default() == package;
        if is_such {
            return self.declared_in(module, name);
        }
        None
    }

    /// Returns what the imports of a file give that name no type, and can give this name: a file of a package, or a type.
    fn on_demand(&mut self, file: u32, name: &str) -> Vec<(Result<u32, Exported>, bool)> {
        let mut found = Vec::new();
        for specifier in &self.facts(file).stars {
            let text = self.name(file, *specifier);
            let Some((before, last)) = text.rsplit_once('.') else {
                continue;
            };
            if last != "*" && last != name {
                continue;
            }
            match self.module(file, *specifier) {
                Module::File(module) if self.package_name(module) == Some(before) => {
                    if last == "*" {
                        found.push((Ok(module), true));
                    }
                }
                Module::File(module) => {
                    let class = self.type_in(module, before);
                    found.extend(class.map(|class| (Err(class), false)));
                }
                Module::Outside => {
                    let class = self.library_type(before);
                    found.push((Err(class), false));
                }
                Module::Missing => {}
            }
        }
        found
    }

    /// Returns the classes whose members a file uses without their names, by this one.
    pub(super) fn statically_imported(&mut self, file: u32, name: &str) -> Vec<Ty> {
        let mut found = Vec::new();
        for (class, _) in self.on_demand(file, name) {
            let Err(class) = class else {
                continue;
            };
            found.push(match class {
                Exported::Declaration(at) => self.declared_type(at, &Env::default()),
                _ => only(Atom::Outside),
            });
        }
        found
    }

    /// A name that stands alone: a member that is imported, else a type.
    pub(super) fn java_global(&mut self, file: u32, name: &'f str) -> Option<Entity> {
        let mut leads_outside = false;
        for class in self.statically_imported(file, name) {
            match self.member(&class, name) {
                Some(Entity::Outside) => leads_outside = true,
                Some(found) => {
                    self.found_by(Provenance::Import);
                    return Some(found);
                }
                None => {}
            }
        }
        match self.java_name(file, name)? {
            // A small first letter is a variable that was not understood, rather than a type from
            // elsewhere.
            Exported::Outside if !leads_outside && !is_capitalised(name) => None,
            found => self.entity_of(found, name),
        }
    }

    /// A name inside of classes: a field or a type of the innermost that has one.
    pub(super) fn scoped_member(
        &mut self,
        file: u32,
        (shapes, name, otherwise): (&[ShapeId], &str, ValueId),
        env: &Env,
    ) -> Option<Entity> {
        let mut leads_outside = false;
        for shape in shapes {
            let at = ShapeAt {
                file,
                shape: *shape,
            };
            match self.field_or_type(at, env, name) {
                Some(Entity::Outside) => leads_outside = true,
                Some(found) => {
                    self.found_by(Provenance::This);
                    return Some(found);
                }
                None => {}
            }
        }
        match self.entity(file, otherwise, env) {
            // A type of the same name is likelier than a field that something outside has.
            Some(Entity::Outside) | None if leads_outside => Some(Entity::Outside),
            found => found,
        }
    }

    /// Returns the type of a name inside of classes, of the innermost that has one.
    pub(in crate::resolve) fn inner_type(
        &mut self,
        file: u32,
        shapes: &[ShapeId],
        name: &str,
    ) -> Option<Exported> {
        shapes.iter().find_map(|shape| {
            let at = ShapeAt {
                file,
                shape: *shape,
            };
            self.type_of_class(at, name)
        })
    }

    /// Returns a type of outside by the last of its names: two that one program uses are hardly called the same.
    pub(in crate::resolve) fn foreign(&mut self, file: u32, r#type: TypeId) -> Ty {
        let last = match &self.facts(file).types[r#type.index()] {
            Type::Declared {
                declaration, path, ..
            } => match (
                path.last(),
                &self.facts(file).declarations[declaration.index()].value,
            ) {
                (Some(name), _) => Some(*name),
                (None, DeclaredValue::Import { specifier, .. }) => Some(*specifier),
                _ => None,
            },
            Type::Global { path, .. } | Type::Scoped { path, .. } => path.last().copied(),
            Type::Import { specifier, .. } => Some(*specifier),
            _ => None,
        };
        let Some(last) = last else {
            return only(Atom::Outside);
        };
        let last = self.name(file, last);
        let last = last.rsplit('.').next().unwrap_or(last);
        only(Atom::Foreign(last.into()))
    }

    /// Returns a type inside of another, or of what that inherits from.
    pub(in crate::resolve) fn java_type_within(
        &mut self,
        at: DeclarationAt,
        name: &str,
    ) -> Option<Exported> {
        let DeclaredValue::Static(shape) = self.declaration(at).value else {
            return None;
        };
        let at = ShapeAt {
            file: at.file,
            shape,
        };
        self.type_of_class(at, name)
    }

    fn type_of_class(&mut self, at: ShapeAt, name: &str) -> Option<Exported> {
        let above = self.above_java(at, &Env::default());
        above.iter().find_map(|atom| {
            let Atom::Instance(at, _) = atom else {
                return None;
            };
            self.own_type(*at, name)
        })
    }

    fn own_type(&mut self, at: ShapeAt, name: &str) -> Option<Exported> {
        let statics = &self.shape(at).statics;
        let index = self.position(at, Side::Static, name)?;
        let value = statics[index].value?;
        match self.facts(at.file).values[value.index()] {
            Value::Declared(declaration) => Some(Exported::Declaration(DeclarationAt {
                file: at.file,
                declaration,
            })),
            _ => None,
        }
    }
}

fn is_capitalised(name: &str) -> bool {
    name.starts_with(|first: char| first.is_uppercase())
}
