//! References that can be read off the tree without scopes.
//!
//! Fails closed: a plain name is never bound to a symbol of the file, for a parameter may hide it.

use domain::{Binding, Receiver, Reference, ReferenceKind};
use tree_sitter::Node;

use crate::text::LineIndex;

/// Appends the references that `node` itself makes.
pub(super) fn push(
    node: Node<'_>,
    from: u32,
    index: &LineIndex<'_>,
    references: &mut Vec<Reference>,
) {
    let mut uses = Uses {
        from,
        index,
        references,
    };
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

struct Uses<'u, 'a> {
    from: u32,
    index: &'u LineIndex<'a>,
    references: &'u mut Vec<Reference>,
}

impl<'a> Uses<'_, 'a> {
    fn text(&self, node: Node<'_>) -> &'a str {
        &self.index.text()[node.byte_range()]
    }

    fn push(
        &mut self,
        kind: ReferenceKind,
        name: Node<'_>,
        binding: Binding,
        receiver: Option<Receiver>,
    ) {
        let reference = Reference {
            kind,
            from: self.from,
            name: self.text(name).to_owned(),
            position: self.index.position(name.start_byte() as u32),
            binding,
            receiver,
        };
        self.references.push(reference);
    }

    fn push_import(&mut self, kind: ReferenceKind, local: Node<'_>, specifier: &str, name: &str) {
        let (specifier, name) = (specifier.to_owned(), name.to_owned());
        self.push(kind, local, Binding::Import { specifier, name }, None);
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
            (Some(ReferenceKind::DynamicImport), _) => {}
            _ => self.named(ReferenceKind::Call, callee),
        }
    }

    /// A use of a plain name or a member.
    fn named(&mut self, kind: ReferenceKind, callee: Node<'_>) {
        match callee.kind() {
            "identifier" => self.push(kind, callee, Binding::Global, None),
            "member_expression" => {
                let Some(property) = callee.child_by_field_name("property") else {
                    return;
                };
                let receiver = match callee.child_by_field_name("object") {
                    Some(object) if object.kind() == "identifier" => Receiver::Name {
                        name: self.text(object).to_owned(),
                        binding: Binding::Global,
                    },
                    _ => Receiver::Other,
                };
                self.push(kind, property, Binding::Member, Some(receiver));
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
            let binding = Binding::Import {
                specifier,
                name: String::new(),
            };
            self.push(ReferenceKind::Import, source, binding, None);
            if let Some(reference) = self.references.last_mut() {
                reference.name.clear();
            }
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
