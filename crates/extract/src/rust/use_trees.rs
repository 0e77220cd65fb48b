//! Imports: each name of a tree of them is one.

use domain::facts::*;
use tree_sitter::Node;

use super::scopes::Space;
use super::walk::Walk;
use crate::notes::{child_of_kind, children};

impl<'a> Walk<'a> {
    pub(super) fn use_declaration(&mut self, node: Node<'_>) {
        let kind = match child_of_kind(node, "visibility_modifier") {
            Some(_) => ReferenceKind::ReExport,
            None => ReferenceKind::Import,
        };
        if let Some(argument) = node.child_by_field_name("argument") {
            self.use_clause(argument, "", kind);
        }
    }

    fn use_clause(&mut self, node: Node<'_>, prefix: &str, kind: ReferenceKind) {
        self.deeper(|walk| walk.use_clause_now(node, prefix, kind));
    }

    fn use_clause_now(&mut self, node: Node<'_>, prefix: &str, kind: ReferenceKind) {
        match node.kind() {
            "use_list" => {
                for clause in children(node) {
                    self.use_clause(clause, prefix, kind);
                }
            }
            "scoped_use_list" => {
                let path = node.child_by_field_name("path");
                let prefix = joined(prefix, &self.written(path));
                if let Some(list) = node.child_by_field_name("list") {
                    self.use_clause(list, &prefix, kind);
                }
            }
            "use_wildcard" => {
                let path = children(node).first().copied();
                let path = joined(prefix, &self.written(path));
                let text = self.path_text(&path);
                let star = self.draft.name(&text);
                self.draft.facts.stars.push(star);
                self.imported(node, "*", (&format!("{path}::*"), &path), kind);
            }
            "use_as_clause" => {
                let (Some(path), Some(alias)) = (
                    node.child_by_field_name("path"),
                    node.child_by_field_name("alias"),
                ) else {
                    return;
                };
                let full = joined(prefix, &self.written(Some(path)));
                let local = self.bare(alias);
                self.import(path, local, &full, kind);
            }
            _ => {
                let full = joined(prefix, &self.written(Some(node)));
                let last = node.child_by_field_name("name").unwrap_or(node);
                let local = match self.bare(last) {
                    "self" => prefix.rsplit("::").next().unwrap_or_default().to_owned(),
                    name => name.to_owned(),
                };
                // The name may stand in the prefix, so that it is looked for in the text.
                let local = self.kept(node, &local);
                self.import(node, local, &full, kind);
            }
        }
    }

    /// Returns a name as it stands in the file.
    fn kept(&self, node: Node<'_>, name: &str) -> &'a str {
        let before = &self.text[..node.end_byte()];
        match before.rfind(name) {
            Some(start) => &self.text[start..start + name.len()],
            None => "",
        }
    }

    fn written(&self, path: Option<Node<'_>>) -> String {
        let Some(path) = path else {
            return String::new();
        };
        let text = self.text_of(path);
        match text.contains(|c: char| c.is_whitespace() || c == '#') {
            true => text
                .split("::")
                .map(|name| name.trim().trim_start_matches("r#"))
                .collect::<Vec<&str>>()
                .join("::"),
            false => text.to_owned(),
        }
    }

    fn import(&mut self, node: Node<'_>, local: &'a str, full: &str, kind: ReferenceKind) {
        let path = full.strip_suffix("::self").unwrap_or(full);
        let specifier = self.path_text(path);
        let specifier = self.draft.name(&specifier);
        let name = self.draft.name("");
        let declaration = self.draft.declaration();
        let declared = self.draft.declaration_mut(declaration);
        declared.value = DeclaredValue::Import { specifier, name };
        declared.r#type = DeclaredType::Import;
        if local != "_" {
            self.announce_import(local, declaration);
        }
        self.imported(node, local, (full, path), kind);
    }

    pub(super) fn announce_import(&mut self, local: &'a str, declaration: DeclarationId) {
        if self.scopes.is_outside_of_blocks() {
            let name = self.exported_name(local);
            return self.export(&name, declaration);
        }
        self.scopes.declare(Space::Value, local, declaration);
        self.scopes.declare(Space::Type, local, declaration);
    }

    /// Notes an import: `full` is what is written, `path` what it leads to.
    fn imported(
        &mut self,
        node: Node<'_>,
        local: &str,
        (full, path): (&str, &str),
        kind: ReferenceKind,
    ) {
        let last = node.child_by_field_name("name").unwrap_or(node);
        let target = Target::Module {
            specifier: self.draft.name(full.trim_start_matches("::")),
            name: {
                let text = self.path_text(path);
                self.draft.name(&text)
            },
        };
        self.refer_to(kind, local, last, target);
    }

    pub(super) fn extern_crate(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let local = node.child_by_field_name("alias").unwrap_or(name);
        let path = match self.bare(name) {
            "self" => "crate".to_owned(),
            name => format!("::{name}"),
        };
        let specifier = self.path_text(&path);
        let specifier = self.draft.name(&specifier);
        let empty = self.draft.name("");
        let declaration = self.draft.declaration();
        let declared = self.draft.declaration_mut(declaration);
        declared.value = DeclaredValue::Import {
            specifier,
            name: empty,
        };
        declared.r#type = DeclaredType::Import;
        let local = self.bare(local);
        if local != "_" {
            self.announce_import(local, declaration);
        }
        let value = self.path_value(&path);
        self.refer(ReferenceKind::Read, name, Target::Value(value));
    }

    pub(super) fn export(&mut self, name: &str, declaration: DeclarationId) {
        let name = self.draft.name(name);
        self.draft.facts.exports.push(Export {
            name,
            target: ExportTarget::Declared(declaration),
        });
    }
}

fn joined(prefix: &str, path: &str) -> String {
    match (prefix.is_empty(), path.is_empty()) {
        (true, _) => path.to_owned(),
        (_, true) => prefix.to_owned(),
        _ => format!("{prefix}::{path}"),
    }
}
