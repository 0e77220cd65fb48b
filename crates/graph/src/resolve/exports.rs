//! Follows imports and exports from module to module.

use domain::Provenance;
use domain::facts::{DeclarationId, DeclaredValue, ExportTarget, NameId, ValueId};

use super::Module;
use super::atoms::{DeclarationAt, Env};
use super::evaluator::Evaluator;

/// Where a name that crosses modules ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Exported {
    /// At a declaration that is no import.
    Declaration(DeclarationAt),
    /// At an expression.
    Value {
        file: u32,
        value: ValueId,
        symbol: Option<u32>,
    },
    /// At a member of what a CommonJS module exports as a whole.
    Member { file: u32, whole: ValueId },
    /// At a definition that holds nothing further, such as an enum's member.
    Symbol { file: u32, symbol: u32 },
    /// At a module itself.
    Module(u32),
    /// Outside of the repository.
    Outside,
}

impl Evaluator<'_> {
    /// Follows a declaration through imports.
    pub(super) fn follow(&mut self, at: DeclarationAt) -> Option<Exported> {
        match self.declaration(at).value {
            DeclaredValue::Import { specifier, name } => {
                self.found_by(Provenance::Import);
                self.imported(at.file, specifier, name)
            }
            _ => Some(Exported::Declaration(at)),
        }
    }

    /// Follows a name of another module: `*` is the module itself.
    pub(super) fn imported(
        &mut self,
        file: u32,
        specifier: NameId,
        name: NameId,
    ) -> Option<Exported> {
        if self.is_java() {
            return self.java_import(file, specifier);
        }
        let name = self.name(file, name);
        let found = match self.module(file, specifier) {
            Module::Outside => Some(Exported::Outside),
            Module::Missing => None,
            Module::File(module) if name == "*" => Some(Exported::Module(module)),
            Module::File(module) => self.exported(module, name),
        };
        // A module of a package is its member, unless the package defines the name.
        found.or_else(
            || match self.files.inner_module(file, Some(specifier), name) {
                Module::File(inner) => Some(Exported::Module(inner)),
                Module::Outside => Some(Exported::Outside),
                Module::Missing => None,
            },
        )
    }

    /// Returns what a module exports under a name.
    pub(super) fn exported(&mut self, file: u32, name: &str) -> Option<Exported> {
        self.step(|evaluator| {
            if evaluator.is_go() {
                return evaluator.exported_by_package(file, name);
            }
            let facts = evaluator.facts(file);
            let own = evaluator.files.lookup(file).export(facts, name);
            // A module's own exports hide those of `export *` (ECMA-262, ResolveExport).
            match own {
                Some(target) => evaluator.exported_by(file, target),
                None => evaluator
                    .exported_as_whole(file, name)
                    .or_else(|| evaluator.exported_by_stars(file, name)),
            }
        })
    }

    /// Returns what a module exports under a name other than by `export *`.
    pub(super) fn exported_itself(&mut self, file: u32, name: &str) -> Option<Exported> {
        let facts = self.facts(file);
        match self.files.lookup(file).export(facts, name) {
            Some(target) => self.exported_by(file, target),
            None => self.exported_as_whole(file, name),
        }
    }

    fn exported_by(&mut self, file: u32, target: ExportTarget) -> Option<Exported> {
        match target {
            ExportTarget::Declared(declaration) => self.follow(DeclarationAt { file, declaration }),
            ExportTarget::Value { value, symbol } => Some(Exported::Value {
                file,
                value,
                symbol,
            }),
            ExportTarget::Module { specifier, name } => self.imported(file, specifier, name),
        }
    }

    /// Names that `module.exports` gives.
    fn exported_as_whole(&mut self, file: u32, name: &str) -> Option<Exported> {
        let facts = self.facts(file);
        if name == "default" {
            // What a CommonJS module is to those who import it.
            let is_whole = facts.is_common_js || facts.whole_export.is_some();
            return is_whole.then_some(Exported::Module(file));
        }
        for mixed in &facts.mixed_exports {
            if self.has_member(file, *mixed, name) {
                return Some(Exported::Member {
                    file,
                    whole: *mixed,
                });
            }
        }
        // Beside `export *` the name may come from there. Alone, the whole is all that it can come
        // from, whether or not its members are known.
        if let Some(whole) = facts.whole_export
            && (facts.stars.is_empty() || self.has_member(file, whole.value, name))
        {
            let whole = whole.value;
            return Some(Exported::Member { file, whole });
        }
        None
    }

    /// Names that `export *` gives; the default export is none of them.
    fn exported_by_stars(&mut self, file: u32, name: &str) -> Option<Exported> {
        if name == "default" {
            return None;
        }
        if let Some(stars) = self.stars_behind(file) {
            return self.exported_behind(file, stars, name);
        }
        let facts = self.facts(file);
        let mut leads_outside = false;
        for specifier in &facts.stars {
            match self.module(file, *specifier) {
                Module::File(module) => match self.exported(module, name) {
                    // A package outside may export any name, and is believed only if no file of the
                    // repository does.
                    Some(Exported::Outside) => leads_outside = true,
                    Some(found) => return Some(found),
                    None => {}
                },
                Module::Outside => leads_outside = true,
                Module::Missing => {}
            }
        }
        leads_outside.then_some(Exported::Outside)
    }

    fn has_member(&mut self, file: u32, value: ValueId, name: &str) -> bool {
        let ty = self.value_type(file, value, &Env::default());
        self.member(&ty, name).is_some()
    }

    /// Returns the declaration of a name that the language or the platform brings along.
    pub(super) fn library(&mut self, name: &str) -> Option<DeclarationAt> {
        if self.is_java() {
            return self.java_library(name);
        }
        let file = self.files.library(self.own_file());
        let facts = self.files.facts(file);
        match self.files.lookup(file).export(facts, name)? {
            ExportTarget::Declared(declaration) => Some(DeclarationAt { file, declaration }),
            _ => None,
        }
    }

    /// Returns the declaration of a type variable, which may be imported.
    pub(super) fn variable(&mut self, file: u32, declaration: DeclarationId) -> DeclarationAt {
        let at = self.at(file, declaration);
        // A `TypeVar` may be imported, and is one variable wherever it is named.
        let is_imported =
            self.is_python() && matches!(self.declaration(at).value, DeclaredValue::Import { .. });
        if is_imported
            && let Some(Exported::Declaration(found)) = self.follow(at)
            && self.is_parameter(found)
        {
            return found;
        }
        at
    }

    pub(super) fn at(&self, file: u32, declaration: DeclarationId) -> DeclarationAt {
        DeclarationAt { file, declaration }
    }
}
