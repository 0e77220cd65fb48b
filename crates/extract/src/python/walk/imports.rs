//! Imports.

use domain::facts::*;
use ruff_python_ast::{StmtImport, StmtImportFrom};

use super::Walk;
use super::scopes::Library;
use crate::python::builtins::is_library_module;

impl<'a> Walk<'a> {
    pub(super) fn import(&mut self, statement: &'a StmtImport) {
        for alias in &statement.names {
            let module = alias.name.as_str();
            let root = module.split('.').next().unwrap_or_default();
            let (local, range, bound) = match &alias.asname {
                Some(name) => (name.as_str(), name.range, module),
                None => (root, alias.name.range, root),
            };
            let specifier = self.draft.name(module);
            let whole = self.draft.name("*");
            self.refer(
                ReferenceKind::Import,
                local,
                alias.name.range,
                Target::Module {
                    specifier,
                    name: whole,
                },
            );
            // `import a.b` binds `a`, and makes `a.b` a module as well.
            if alias.asname.is_none() && module != root {
                self.dotted_imports.insert(module.to_owned());
            }
            let declaration = self.bind_definition(local, range);
            let specifier = self.draft.name(bound);
            let declared = self.draft.declaration_mut(declaration);
            declared.value = DeclaredValue::Import {
                specifier,
                name: whole,
            };
            declared.r#type = DeclaredType::Import;
            if is_library_module(root) {
                self.set_library(local, Library::Module(bound.to_owned()));
            }
        }
    }

    pub(super) fn import_from(&mut self, statement: &'a StmtImportFrom) {
        let dots = ".".repeat(statement.level as usize);
        let module = statement
            .module
            .as_ref()
            .map_or("", |module| module.as_str());
        let text = format!("{dots}{module}");
        let specifier = self.draft.name(&text);
        for alias in &statement.names {
            let imported = alias.name.as_str();
            let local = alias.asname.as_ref().unwrap_or(&alias.name);
            let name = self.draft.name(imported);
            self.refer(
                ReferenceKind::Import,
                local.as_str(),
                alias.name.range,
                Target::Module { specifier, name },
            );
            // It binds names that only resolution knows.
            if imported == "*" {
                self.draft.facts.stars.push(specifier);
                continue;
            }
            let declaration = self.bind_definition(local.as_str(), local.range);
            let declared = self.draft.declaration_mut(declaration);
            declared.value = DeclaredValue::Import { specifier, name };
            declared.r#type = DeclaredType::Import;
            // A relative import is of the repository, whatever it is called.
            if dots.is_empty() && is_library_module(module) {
                let inner = format!("{module}.{imported}");
                let library = match is_library_module(&inner) {
                    true => Library::Module(inner),
                    false => Library::Name(imported.to_owned()),
                };
                self.set_library(local.as_str(), library);
            }
        }
    }

    fn set_library(&mut self, name: &str, library: Library) {
        let scope = self.scope();
        if let Some(bound) = self.scopes[scope].names.get_mut(name) {
            bound.library = Some(library);
        }
    }
}
