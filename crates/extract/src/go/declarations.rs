//! What a file declares: its package, imports, types, functions, variables and constants.

use domain::RepoPath;
use domain::facts::*;
use tree_sitter::Node;

use super::build;
use super::walk::{Walk, children, field};
use crate::draft::{UNKNOWN, UNKNOWN_TYPE};

impl<'a> Walk<'a> {
    /// Walks a file: first every name that it declares, since they may be used in any order.
    pub(super) fn file(&mut self, path: &RepoPath, root: Node<'_>) {
        let statements = children(root);
        for statement in &statements {
            match statement.kind() {
                "package_clause" => self.package(path, root, *statement),
                "import_declaration" => self.imports(*statement),
                "function_declaration" => self.announce(*statement),
                "type_declaration" | "const_declaration" | "var_declaration" => {
                    for spec in specs(*statement) {
                        self.announce(spec);
                    }
                }
                _ => {}
            }
        }
        for statement in statements {
            self.declaration(statement);
        }
    }

    fn package(&mut self, path: &RepoPath, root: Node<'_>, clause: Node<'_>) {
        let Some(name) = clause.named_child(0) else {
            return;
        };
        let package = Package {
            name: self.draft.name(self.text_of(name)),
            is_usual: build::is_usual(path.file_name(), root, self.text),
        };
        self.draft.facts.package = Some(package);
    }

    /// Declares the names of a definition that the whole package sees.
    fn announce(&mut self, spec: Node<'_>) {
        for name in field(spec, "name") {
            let text = self.text_of(name);
            // Any number of functions may be called so, and nobody can call them.
            if name.kind() == "," || text == "_" || text == "init" {
                continue;
            }
            let declaration = self.draft.declaration();
            self.draft.declaration_mut(declaration).symbol = self.symbol_at(name);
            self.scopes.declare(text, declaration);
            let name = self.draft.name(text);
            self.draft.facts.exports.push(Export {
                name,
                target: ExportTarget::Declared(declaration),
            });
        }
    }

    fn imports(&mut self, declaration: Node<'_>) {
        for child in children(declaration) {
            match child.kind() {
                "import_spec" => self.import(child),
                "import_spec_list" => {
                    for spec in children(child) {
                        self.import(spec);
                    }
                }
                _ => {}
            }
        }
    }

    fn import(&mut self, spec: Node<'_>) {
        let Some(path) = spec.child_by_field_name("path") else {
            return;
        };
        let text = self.text_of(path).trim_matches(['"', '`']);
        let specifier = self.draft.name(text);
        let whole = self.draft.name("*");
        self.refer_to(
            ReferenceKind::Import,
            text,
            path,
            Target::Module {
                specifier,
                name: whole,
            },
        );
        let local = match spec.child_by_field_name("name") {
            Some(name) if name.kind() == "dot" => {
                // What `import .` brings is known only to resolution.
                return self.draft.facts.stars.push(specifier);
            }
            Some(name) => self.text_of(name),
            // The package clause over there decides, and is not read here: resolution puts a wrong
            // guess right.
            None => usual_name(text),
        };
        let declaration = self.draft.declaration();
        let declared = self.draft.declaration_mut(declaration);
        declared.value = DeclaredValue::Import {
            specifier,
            name: whole,
        };
        declared.r#type = DeclaredType::Import;
        self.scopes.declare(local, declaration);
    }

    /// Says what names stand for whose declarations are known, and walks what is in them.
    pub(super) fn declaration(&mut self, statement: Node<'_>) {
        match statement.kind() {
            "function_declaration" => self.function_declaration(statement),
            "method_declaration" => self.method_declaration(statement),
            "type_declaration" => {
                for spec in specs(statement) {
                    self.type_spec(spec);
                }
            }
            "var_declaration" => {
                for spec in specs(statement) {
                    self.var_spec(spec);
                }
            }
            "const_declaration" => self.constants(statement),
            "package_clause" | "import_declaration" => {}
            _ => self.statement(statement),
        }
    }

    /// Declares the names of statements in the body of a function, each when it is come to.
    pub(super) fn local_declaration(&mut self, statement: Node<'_>) {
        match statement.kind() {
            "type_declaration" => {
                for spec in specs(statement) {
                    for name in field(spec, "name") {
                        let declaration = self.draft.declaration();
                        self.draft.declaration_mut(declaration).symbol = self.symbol_at(name);
                        self.scopes.declare(self.text_of(name), declaration);
                    }
                    self.type_spec(spec);
                }
            }
            "var_declaration" => {
                for spec in specs(statement) {
                    self.var_spec(spec);
                }
            }
            _ => self.constants(statement),
        }
    }

    fn type_spec(&mut self, spec: Node<'_>) {
        let (Some(name), Some(written)) = (
            spec.child_by_field_name("name"),
            spec.child_by_field_name("type"),
        ) else {
            return;
        };
        // Announced, or declared by the block, just before.
        let Some(declaration) = self.scopes.own(self.text_of(name)) else {
            return;
        };
        let symbol = self.symbol_at(name);
        // Type parameters are seen by the type alone.
        self.scopes.open();
        self.within(symbol, |walk| {
            let parameters = walk.type_parameters(spec);
            match spec.kind() {
                "type_alias" => walk.alias(declaration, parameters, written),
                _ => {
                    let shape = walk.draft.shape(Shape {
                        symbol,
                        parameters,
                        ..Shape::default()
                    });
                    // Known before its own members speak of it.
                    let declared = walk.draft.declaration_mut(declaration);
                    declared.value = DeclaredValue::Static(shape);
                    declared.r#type = DeclaredType::Instance(vec![shape]);
                    walk.shape_of(shape, written);
                }
            }
        });
        self.scopes.close();
    }

    fn alias(
        &mut self,
        declaration: DeclarationId,
        parameters: Vec<DeclarationId>,
        written: Node<'_>,
    ) {
        let r#type = self.r#type(written);
        // An alias of a type can be called, as a conversion, and selected from, as a method
        // expression.
        let value = self.type_value(written);
        let declared = self.draft.declaration_mut(declaration);
        declared.value = DeclaredValue::Variable {
            r#type: None,
            value: Some(value).filter(|value| *value != UNKNOWN),
            is_destructured: false,
        };
        declared.r#type = DeclaredType::Alias { parameters, r#type };
    }

    fn var_spec(&mut self, spec: Node<'_>) {
        let names = field(spec, "name");
        let symbol = names.first().and_then(|name| self.symbol_at(*name));
        let written = spec.child_by_field_name("type");
        let values = spec.child_by_field_name("value");
        let (r#type, values) = self.within(symbol, |walk| {
            let r#type = written.map(|written| walk.r#type(written));
            let values = values.map_or_else(Vec::new, |list| {
                walk.expect_all(list, ReferenceKind::Alias);
                walk.values(list, names.len())
            });
            (r#type, values)
        });
        for (place, name) in names.into_iter().enumerate() {
            self.variable(name, r#type, values.get(place).copied());
        }
    }

    /// `const ( A T = iota; B; C )`: what is left out is as in the line before.
    fn constants(&mut self, statement: Node<'_>) {
        // Type and expressions are both repeated (Go specification, "Constant declarations").
        let mut before = (None, Vec::new());
        for spec in specs(statement) {
            let names: Vec<Node<'_>> = field(spec, "name")
                .into_iter()
                .filter(|name| name.kind() == "identifier")
                .collect();
            let symbol = names.first().and_then(|name| self.symbol_at(*name));
            if let Some(list) = spec.child_by_field_name("value") {
                let written = spec.child_by_field_name("type");
                before = self.within(symbol, |walk| {
                    let r#type = written.map(|written| walk.r#type(written));
                    walk.expect_all(list, ReferenceKind::Alias);
                    (r#type, walk.values(list, names.len()))
                });
            }
            for (place, name) in names.into_iter().enumerate() {
                self.variable(name, before.0, before.1.get(place).copied());
            }
        }
    }

    /// Declares a variable, or says what one is that the file has declared.
    pub(super) fn variable(
        &mut self,
        name: Node<'_>,
        r#type: Option<TypeId>,
        value: Option<ValueId>,
    ) {
        let text = self.text_of(name);
        let symbol = self.symbol_at(name);
        // The scope's own name may be another: `var err` after an `err` that a parameter declared.
        let known = self.scopes.own(text).filter(|known| {
            symbol.is_some() && self.draft.facts.declarations[known.index()].symbol == symbol
        });
        let declaration = known.unwrap_or_else(|| self.draft.declaration());
        let declared = self.draft.declaration_mut(declaration);
        declared.value = DeclaredValue::Variable {
            r#type: r#type.filter(|r#type| *r#type != UNKNOWN_TYPE),
            value: value.filter(|value| *value != UNKNOWN),
            is_destructured: false,
        };
        self.scopes.declare(text, declaration);
    }
}

/// Returns the single declarations of a statement that may hold several in brackets.
fn specs(statement: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    for child in children(statement) {
        match child.kind() {
            "var_spec_list" => found.extend(children(child)),
            _ => found.push(child),
        }
    }
    found
}

/// Returns what a package is most likely called by its path; resolution knows those of the repository.
fn usual_name(path: &str) -> &str {
    let is_version = |part: &str| {
        let number = part.strip_prefix('v');
        number
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut parts = path.rsplit('/');
    let mut last = parts.next().unwrap_or(path);
    // `example.com/yaml/v3` is called `yaml`, and so is `gopkg.in/yaml.v3` below.
    if is_version(last) {
        last = parts.next().unwrap_or(last);
    }
    if let Some((stem, version)) = last.rsplit_once('.')
        && is_version(version)
    {
        last = stem;
    }
    // `go-isatty`, `isatty-go` and `isatty.go` are habits of naming repositories, not packages.
    let last = last.strip_prefix("go-").unwrap_or(last);
    let last = last.strip_suffix("-go").unwrap_or(last);
    last.strip_suffix(".go").unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::usual_name;

    #[test]
    fn packages_are_called_by_the_last_part_of_their_path() {
        for (path, expected) in [
            ("fmt", "fmt"),
            ("github.com/a/b", "b"),
            ("github.com/a/b/v2", "b"),
            ("gopkg.in/yaml.v3", "yaml"),
            ("github.com/a/go-units", "units"),
            ("github.com/a/b-go", "b"),
            ("v2", "v2"),
        ] {
            assert_eq!(usual_name(path), expected, "{path}");
        }
    }
}
