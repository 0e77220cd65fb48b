//! References that can be read off the tree without scopes.
//!
//! Fails closed: only imports say where they lead, for a parameter may hide any plain name.

use domain::facts::{
    Declaration, DeclarationId, Export, ExportTarget, Facts, NameId, Reference, Target,
};
use domain::{ReferenceKind, Symbol};
use rustc_hash::FxHashMap;
use tree_sitter::Node;

use crate::text::LineIndex;

/// Appends the references that `node` itself makes.
pub(super) fn push(node: Node<'_>, from: u32, index: &LineIndex<'_>, facts: &mut Names) {
    let mut uses = Uses { from, index, facts };
    match node.kind() {
        "call_expression" => uses.call(node),
        "new_expression" => {
            if let Some(callee) = node.child_by_field_name("constructor") {
                uses.named(ReferenceKind::New, callee);
            }
        }
        "import_statement" => uses.import(node),
        "export_statement" => uses.re_export(node),
        _ => {}
    }
}

/// The facts of a file while they are written.
#[derive(Default)]
pub(super) struct Names {
    pub(super) facts: Facts,
    numbers: FxHashMap<String, NameId>,
}

impl Names {
    pub(super) fn name(&mut self, text: &str) -> NameId {
        if let Some(name) = self.numbers.get(text) {
            return *name;
        }
        let name = NameId(self.facts.names.len() as u32);
        self.facts.names.push(text.to_owned());
        self.numbers.insert(text.to_owned(), name);
        name
    }

    /// Returns the facts with what other modules can import: the exported definitions of the file.
    pub(super) fn with_exports(mut self, symbols: &[Symbol]) -> Facts {
        for (index, symbol) in symbols.iter().enumerate() {
            if symbol.parent != Some(0) || !symbol.flags.is_exported {
                continue;
            }
            let declaration = DeclarationId(self.facts.declarations.len() as u32);
            self.facts.declarations.push(Declaration {
                symbol: Some(index as u32),
                type_symbol: Some(index as u32),
                ..Declaration::default()
            });
            let name = self.name(&symbol.name);
            let target = ExportTarget::Declared(declaration);
            self.facts.exports.push(Export { name, target });
        }
        self.facts
    }

    fn module(&mut self, specifier: &str, name: &str) -> Target {
        Target::Module {
            specifier: self.name(specifier),
            name: self.name(name),
        }
    }
}

struct Uses<'u, 'a> {
    from: u32,
    index: &'u LineIndex<'a>,
    facts: &'u mut Names,
}

impl<'a> Uses<'_, 'a> {
    fn text(&self, node: Node<'_>) -> &'a str {
        &self.index.text()[node.byte_range()]
    }

    fn push(&mut self, kind: ReferenceKind, name: Node<'_>, target: Target) {
        let text = self.text(name);
        self.push_named(kind, text, name, target);
    }

    fn push_named(&mut self, kind: ReferenceKind, text: &str, at: Node<'_>, target: Target) {
        let reference = Reference {
            kind,
            from: self.from,
            name: self.facts.name(text),
            position: self.index.position(at.start_byte() as u32),
            target,
        };
        self.facts.facts.references.push(reference);
    }

    fn push_import(&mut self, kind: ReferenceKind, local: Node<'_>, specifier: &str, name: &str) {
        let target = self.facts.module(specifier, name);
        self.push(kind, local, target);
    }

    fn call(&mut self, node: Node<'_>) {
        let Some(callee) = node.child_by_field_name("function") else {
            return;
        };
        let module_kind = match self.text(callee) {
            "import" => Some(ReferenceKind::DynamicImport),
            "require" => Some(ReferenceKind::Require),
            _ => None,
        };
        let argument = node
            .child_by_field_name("arguments")
            .and_then(|arguments| arguments.named_child(0));
        match (module_kind, argument) {
            (Some(kind), Some(argument)) if argument.kind() == "string" => {
                let specifier = unquoted(self.text(argument)).to_owned();
                self.push_import(kind, callee, &specifier, "*");
            }
            // `import(name)` leads to what the program computes; `require(name)` below is at least
            // a call.
            (Some(ReferenceKind::DynamicImport), _) => {}
            _ => self.named(ReferenceKind::Call, callee),
        }
    }

    /// A use of a plain name or a member.
    fn named(&mut self, kind: ReferenceKind, callee: Node<'_>) {
        match callee.kind() {
            "identifier" => self.push(kind, callee, Target::Unknown),
            "member_expression" => {
                if let Some(property) = callee.child_by_field_name("property") {
                    self.push(kind, property, Target::Unknown);
                }
            }
            _ => {}
        }
    }

    fn import(&mut self, node: Node<'_>) {
        let Some(source) = node.child_by_field_name("source") else {
            return;
        };
        let specifier = unquoted(self.text(source)).to_owned();
        let clause = children(node)
            .into_iter()
            .find(|child| child.kind() == "import_clause");
        let Some(clause) = clause else {
            let target = self.facts.module(&specifier, "");
            self.push_named(ReferenceKind::Import, "", source, target);
            return;
        };
        for part in children(clause) {
            match part.kind() {
                "identifier" => {
                    self.push_import(ReferenceKind::Import, part, &specifier, "default")
                }
                "namespace_import" => {
                    if let Some(local) = part.named_child(0) {
                        self.push_import(ReferenceKind::Import, local, &specifier, "*");
                    }
                }
                "named_imports" => self.specifiers(ReferenceKind::Import, part, &specifier),
                _ => {}
            }
        }
    }

    fn re_export(&mut self, node: Node<'_>) {
        let Some(source) = node.child_by_field_name("source") else {
            return;
        };
        let specifier = unquoted(self.text(source)).to_owned();
        for part in children(node) {
            match part.kind() {
                "export_clause" => self.specifiers(ReferenceKind::ReExport, part, &specifier),
                "*" => self.push_import(ReferenceKind::ReExport, part, &specifier, "*"),
                "namespace_export" => {
                    if let Some(local) = part.named_child(0) {
                        self.push_import(ReferenceKind::ReExport, local, &specifier, "*");
                    }
                }
                _ => {}
            }
        }
    }

    /// `{ name as alias, … }` of an import or export.
    fn specifiers(&mut self, kind: ReferenceKind, list: Node<'_>, specifier: &str) {
        for part in children(list) {
            let Some(name) = part.child_by_field_name("name") else {
                continue;
            };
            let local = part.child_by_field_name("alias").unwrap_or(name);
            let original = unquoted(self.text(name)).to_owned();
            self.push_import(kind, local, specifier, &original);
        }
    }
}

fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.children(&mut node.walk()).collect()
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(['"', '\'', '`'])
}
