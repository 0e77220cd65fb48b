//! What other files see without importing it: a script's names, `declare global`, `declare module`.

use super::*;
// This name is also a fact.
use oxc::ast::ast::Declaration;

/// Who sees the names at the top of a file.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::ecmascript::oxc_outline) enum Sharing {
    /// Whoever imports it.
    Module,
    /// All scripts, unless the file turns out to be a CommonJS module.
    Script,
    /// All files: it only declares.
    Ambient,
}

impl<'p> Collect<'_, 'p> {
    /// Notes what a file that is no module declares for all.
    pub(super) fn share(&mut self, sharing: Sharing, program: &Program<'p>) {
        let facts = &self.draft.facts;
        let requires = |reference: &Reference| reference.kind == ReferenceKind::Require;
        let is_module = sharing == Sharing::Module
            || facts.is_common_js
            // A script of a page has no `require`.
            || (self.is_javascript && facts.references.iter().any(requires));
        if is_module {
            return;
        }
        self.draft.facts.is_script = true;
        for statement in &program.body {
            if let Some(declaration) = statement.as_declaration() {
                self.share_declaration(declaration, sharing == Sharing::Ambient);
            }
        }
    }

    fn share_declaration(&mut self, declaration: &Declaration<'p>, is_ambient: bool) {
        let is_ambient = is_ambient
            || declaration.declare()
            || matches!(
                declaration,
                Declaration::TSInterfaceDeclaration(_) | Declaration::TSTypeAliasDeclaration(_)
            );
        for (name, symbol) in declared_names(declaration) {
            self.draft
                .share_name(&name, declaration_of(symbol), is_ambient);
        }
    }

    pub(super) fn within_ambient(&mut self, is_ambient: bool, walk: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.draft.is_ambient, is_ambient);
        walk(self);
        self.draft.is_ambient = outer;
    }

    /// `declare global { … }`
    pub(super) fn global(&mut self, block: &TSModuleBlock<'p>) {
        for declaration in declarations(block) {
            self.share_declaration(declaration, true);
        }
    }

    /// `declare module "…" { … }`
    pub(super) fn augment(&mut self, specifier: &str, block: &TSModuleBlock<'p>) {
        for declaration in declarations(block) {
            for (name, symbol) in declared_names(declaration) {
                let augmentation = Augmentation {
                    specifier: self.draft.name(specifier),
                    name: self.draft.name(&name),
                    declaration: declaration_of(symbol),
                };
                self.draft.facts.augmentations.push(augmentation);
            }
        }
    }
}

/// What a block declares, exported or not.
fn declarations<'b, 'p>(block: &'b TSModuleBlock<'p>) -> impl Iterator<Item = &'b Declaration<'p>> {
    block.body.iter().filter_map(|statement| match statement {
        Statement::ExportDeclaration(export) => Some(&export.declaration),
        statement => statement.as_declaration(),
    })
}
