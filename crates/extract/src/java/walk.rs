//! The state of the walk over a file, and what the file itself declares: its package, imports and types.

use std::ops::{Deref, DerefMut};

use domain::facts::*;
use domain::{Facts, Symbol};
use rustc_hash::FxHashMap;
use tree_sitter::{Node, Tree};

use super::scopes::{Scopes, Space};
use crate::notes::{Notes, Role, children};
use crate::text::LineIndex;

/// Returns the facts of a file; `symbols` are its definitions.
pub(super) fn facts(lines: &LineIndex<'_>, symbols: &[Symbol], tree: &Tree, role: Role) -> Facts {
    let mut walk = Walk {
        notes: Notes::new(lines, symbols, role),
        scopes: Scopes::new(),
        package: "",
        shapes: FxHashMap::default(),
        functions: Vec::new(),
        yields: None,
    };
    walk.file(tree.root_node());
    walk.notes.into_facts()
}

pub(super) struct Walk<'a> {
    notes: Notes<'a>,
    pub(super) scopes: Scopes<'a>,
    pub(super) package: &'a str,
    /// The classes around by their names, for `Outer.this`.
    pub(super) shapes: FxHashMap<&'a str, ShapeId>,
    /// Functions around whose `return` is read; nothing around an initialiser.
    pub(super) functions: Vec<FunctionId>,
    /// What the branches of the switch around give, and what its place expects.
    pub(super) yields: Option<(Vec<ValueId>, Option<Context>)>,
}

impl<'a> Deref for Walk<'a> {
    type Target = Notes<'a>;

    fn deref(&self) -> &Notes<'a> {
        &self.notes
    }
}

impl DerefMut for Walk<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.notes
    }
}

impl<'a> Walk<'a> {
    /// Walks something within a definition.
    pub(super) fn within<T>(
        &mut self,
        symbol: Option<u32>,
        walk: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = self.symbol;
        self.symbol = symbol.unwrap_or(outer);
        let result = walk(self);
        self.symbol = outer;
        result
    }

    /// Goes one level deeper, unless that is too deep.
    pub(super) fn deeper<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if !self.enter() {
            return None;
        }
        let result = walk(self);
        self.leave();
        Some(result)
    }

    /// Walks a file: first every name that it declares, since they may be used in any order.
    fn file(&mut self, root: Node<'_>) {
        let statements = children(root);
        for statement in &statements {
            match statement.kind() {
                "package_declaration" => self.package(*statement),
                "import_declaration" => self.import(*statement),
                kind if is_type_declaration(kind) => self.announce(*statement),
                _ => {}
            }
        }
        for statement in statements {
            match statement.kind() {
                "package_declaration" => {
                    self.package(statement);
                    self.annotations(statement);
                }
                "import_declaration" | "module_declaration" => {}
                kind if is_type_declaration(kind) => self.type_declaration(statement),
                _ => self.statement(statement),
            }
        }
        if self.role_of_source == Role::File {
            let package = Package {
                name: self.notes.draft.name(self.package),
                is_usual: true,
            };
            self.draft.facts.package = Some(package);
        }
    }

    fn package(&mut self, declaration: Node<'_>) {
        let mut names = children(declaration).into_iter();
        let name = names.find(|child| matches!(child.kind(), "identifier" | "scoped_identifier"));
        self.package = name.map_or("", |name| self.text_of(name));
    }

    /// Declares a type that the whole package sees.
    fn announce(&mut self, declaration: Node<'_>) {
        let Some(name) = declaration.child_by_field_name("name") else {
            return;
        };
        let text = self.text_of(name);
        let symbol = self.symbol_at(name);
        let id = self.draft.declaration();
        self.draft.declaration_mut(id).symbol = symbol;
        self.scopes.declare(Space::Type, text, id);
        let exported = match self.role_of_source {
            // One file holds all packages of the library, so that its types are exported by their
            // full names.
            Role::Library if !text.contains('·') => {
                let full = format!("{}.{text}", self.package);
                self.draft.name(&full)
            }
            _ => self.draft.name(text),
        };
        self.draft.facts.exports.push(Export {
            name: exported,
            target: ExportTarget::Declared(id),
        });
    }

    /// An import by a class's own name declares it; of others only the type says which names they give.
    fn import(&mut self, declaration: Node<'_>) {
        let mut name = None;
        let (mut is_static, mut is_on_demand) = (false, false);
        let mut cursor = declaration.walk();
        for child in declaration.children(&mut cursor) {
            match child.kind() {
                "static" => is_static = true,
                "asterisk" => is_on_demand = true,
                "identifier" | "scoped_identifier" => name = Some(child),
                _ => {}
            }
        }
        let Some(name) = name else {
            return;
        };
        // The grammar allows blanks and line ends between the names.
        let mut text: String = self.text_of(name).split_whitespace().collect();
        if is_on_demand {
            text.push_str(".*");
        }
        let specifier = self.draft.name(&text);
        let whole = self.draft.name("*");
        let target = Target::Module {
            specifier,
            name: whole,
        };
        self.refer_to(ReferenceKind::Import, &text, name, target);
        if is_static || is_on_demand {
            // Which names these give is known only to resolution.
            return self.draft.facts.stars.push(specifier);
        }
        let id = self.draft.declaration();
        let declared = self.draft.declaration_mut(id);
        declared.value = DeclaredValue::Import {
            specifier,
            name: whole,
        };
        declared.r#type = DeclaredType::Import;
        let last = name.child_by_field_name("name").unwrap_or(name);
        let last = self.text_of(last);
        self.scopes.declare(Space::Type, last, id);
    }
}

pub(super) fn is_type_declaration(kind: &str) -> bool {
    matches!(
        kind,
        "class_declaration"
            | "interface_declaration"
            | "enum_declaration"
            | "record_declaration"
            | "annotation_type_declaration"
    )
}
