//! Items of modules and blocks.

use domain::facts::*;
use tree_sitter::Node;

use super::conditions;
use super::scopes::Space;
use super::walk::Walk;
use crate::draft::UNKNOWN_TYPE;
use crate::notes::{child_of_kind, children};

/// Attributes that the compiler and its tools bring along.
const BUILT_IN: &[&str] = &[
    "allow",
    "automatically_derived",
    "bench",
    "cfg",
    "cfg_attr",
    "cold",
    "default",
    "deny",
    "deprecated",
    "derive",
    "doc",
    "expect",
    "export_name",
    "feature",
    "forbid",
    "global_allocator",
    "ignore",
    "inline",
    "link",
    "link_name",
    "macro_export",
    "macro_use",
    "must_use",
    "no_main",
    "no_mangle",
    "no_std",
    "non_exhaustive",
    "path",
    "proc_macro",
    "proc_macro_attribute",
    "proc_macro_derive",
    "recursion_limit",
    "repr",
    "should_panic",
    "target_feature",
    "test",
    "track_caller",
    "unsafe",
    "used",
    "warn",
];

/// Modules of a file nested deeper are not looked into: whatever is in them is called by all of their names.
const MODULES_AROUND_MAX: usize = 32;

impl<'a> Walk<'a> {
    /// Walks the items of a module. Several may stand in any order: names are paths, looked up once everything is known.
    pub(super) fn items(&mut self, node: Node<'_>) {
        self.note_types(node);
        for item in self.usual_first(node) {
            self.item(item);
        }
    }

    /// Returns the items of a module or the members of a type, last those that the usual build leaves out.
    pub(super) fn usual_first<'t>(&self, node: Node<'t>) -> Vec<Node<'t>> {
        let all = children(node).into_iter();
        let is_usual = |item: &Node<'t>| {
            item.kind() == "attribute_item" || conditions::is_usual(*item, self.text)
        };
        let (mut usual, unusual): (Vec<Node<'t>>, Vec<Node<'t>>) = all.partition(is_usual);
        usual.extend(unusual);
        usual
    }

    fn note_types(&mut self, node: Node<'_>) {
        for item in children(node) {
            let is_type = matches!(item.kind(), "struct_item" | "enum_item" | "union_item");
            if let Some(name) = item.child_by_field_name("name").filter(|_| is_type)
                && let Some(symbol) = self.symbol_at(name)
            {
                self.types.insert(self.bare(name), symbol);
            }
        }
    }

    pub(super) fn item(&mut self, node: Node<'_>) {
        self.deeper(|walk| walk.item_now(node));
    }

    fn item_now(&mut self, node: Node<'_>) {
        match node.kind() {
            "use_declaration" => self.use_declaration(node),
            "extern_crate_declaration" => self.extern_crate(node),
            "mod_item" => self.module(node),
            "struct_item" | "enum_item" | "union_item" => self.type_item(node),
            "trait_item" => self.trait_item(node),
            "impl_item" => self.impl_item(node),
            "type_item" => self.alias(node),
            "function_item" | "function_signature_item" => self.function_item(node),
            "const_item" | "static_item" => self.constant(node),
            "macro_definition" => self.macro_definition(node),
            "foreign_mod_item" => {
                if let Some(body) = node.child_by_field_name("body") {
                    self.items(body);
                }
            }
            "attribute_item" | "inner_attribute_item" => self.attribute(node),
            "empty_statement" => {}
            _ => self.statement(node),
        }
    }

    /// Returns the declaration of an item: in a block the one that was announced, in a module a new one that is exported.
    pub(super) fn declared_item(&mut self, name: Node<'_>) -> DeclarationId {
        let symbol = self.symbol_at(name);
        let text = self.bare(name);
        if !self.scopes.is_outside_of_blocks() {
            for space in [Space::Type, Space::Value] {
                if let Some(known) = self.scopes.find(space, text)
                    && self.draft.facts.declarations[known.index()].symbol == symbol
                    && symbol.is_some()
                {
                    return known;
                }
            }
        }
        let declaration = self.new_declaration(symbol);
        if self.scopes.is_outside_of_blocks() {
            let exported = self.exported_name(text);
            self.export(&exported, declaration);
        }
        declaration
    }

    fn new_declaration(&mut self, symbol: Option<u32>) -> DeclarationId {
        let declaration = self.draft.declaration();
        let declared = self.draft.declaration_mut(declaration);
        declared.symbol = symbol;
        declared.type_symbol = symbol;
        declaration
    }

    /// Declares the items of a block, which may be used before they stand there.
    pub(super) fn announce(&mut self, block: Node<'_>) {
        self.note_types(block);
        for item in children(block) {
            let spaces: &[Space] = match item.kind() {
                "struct_item" => &[Space::Type, Space::Value],
                "enum_item" | "union_item" | "trait_item" | "type_item" => &[Space::Type],
                "function_item" | "const_item" | "static_item" => &[Space::Value],
                "use_declaration" => {
                    self.use_declaration(item);
                    continue;
                }
                _ => continue,
            };
            let Some(name) = item.child_by_field_name("name") else {
                continue;
            };
            let symbol = self.symbol_at(name);
            let declaration = self.new_declaration(symbol);
            for space in spaces {
                self.scopes.declare(*space, self.bare(name), declaration);
            }
        }
    }

    /// A module of the file, or one with a file of its own.
    fn module(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let text = self.bare(name);
        let symbol = self.symbol_at(name);
        let exported = self.exported_name(text);
        let declaration = self.new_declaration(symbol);
        self.export(&exported, declaration);
        let Some(body) = node.child_by_field_name("body") else {
            return self.module_file(node, name, declaration);
        };
        let shape = self.draft.shape(Shape {
            symbol,
            ..Shape::default()
        });
        self.draft.declaration_mut(declaration).value = DeclaredValue::Static(shape);
        if exported.matches("::").count() >= MODULES_AROUND_MAX {
            return;
        }
        let outer = std::mem::replace(&mut self.module, exported);
        let blocks = std::mem::take(&mut self.scopes);
        self.within(symbol, |walk| walk.items(body));
        self.scopes = blocks;
        self.module = outer;
    }

    fn module_file(&mut self, node: Node<'_>, name: Node<'_>, declaration: DeclarationId) {
        let path = self.path_attribute(node);
        let text = self.bare(name);
        let specifier = match path {
            Some(path) => format!("path {path}"),
            None => format!("mod {}", self.exported_name(text)),
        };
        let specifier = self.draft.name(&specifier);
        let whole = self.draft.name("*");
        self.draft.declaration_mut(declaration).value = DeclaredValue::Import {
            specifier,
            name: whole,
        };
        let target = Target::Module {
            specifier: self.draft.name(text),
            name: specifier,
        };
        self.refer(ReferenceKind::Import, name, target);
    }

    /// `#[path = "x.rs"]` in front of a module.
    fn path_attribute(&self, node: Node<'_>) -> Option<&'a str> {
        let mut before = node.prev_named_sibling();
        while let Some(attribute) =
            before.filter(|one| one.kind() == "attribute_item" || one.is_extra())
        {
            let text = self.text_of(attribute);
            let inner = text.trim_start_matches("#[").trim_start();
            if let Some(rest) = inner.strip_prefix("path") {
                return rest.split('"').nth(1);
            }
            before = attribute.prev_named_sibling();
        }
        None
    }

    fn constant(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let symbol = self.symbol_at(name);
        let declaration = self.declared_item(name);
        let r#type = self.constant_value(node, symbol);
        self.draft.declaration_mut(declaration).value = DeclaredValue::Variable {
            r#type: Some(r#type),
            value: None,
            is_destructured: false,
        };
    }

    /// Walks the value of a constant; returns its type.
    pub(super) fn constant_value(&mut self, node: Node<'_>, symbol: Option<u32>) -> TypeId {
        self.scopes.open();
        let r#type = self.within(symbol, |walk| {
            let written = node.child_by_field_name("type");
            let r#type = written.map_or(UNKNOWN_TYPE, |written| walk.r#type(written));
            if let Some(value) = node.child_by_field_name("value") {
                walk.use_as(value, ReferenceKind::Alias);
                walk.expression_in(value, Context::Typed(r#type));
            }
            r#type
        });
        self.scopes.close();
        r#type
    }

    fn macro_definition(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let symbol = self.symbol_at(name);
        let declaration = self.new_declaration(symbol);
        self.draft.declaration_mut(declaration).value = DeclaredValue::Functions(Vec::new());
        if !self.scopes.is_outside_of_blocks() {
            return self
                .scopes
                .declare(Space::Macro, self.bare(name), declaration);
        }
        let text = format!("{}!", self.bare(name));
        let exported = self.exported_name(&text);
        self.export(&exported, declaration);
    }

    /// An attribute is a use of the macro that it names, `derive` of those that it lists.
    pub(super) fn attribute(&mut self, node: Node<'_>) {
        let Some(attribute) = child_of_kind(node, "attribute") else {
            return;
        };
        let Some(path) = children(attribute).first().copied() else {
            return;
        };
        let name = path.child_by_field_name("name").unwrap_or(path);
        if self.text_of(path) == "derive" {
            let listed = attribute.child_by_field_name("arguments");
            for name in listed.map_or_else(Vec::new, children) {
                // Of a path, the last name is the macro.
                let is_last = !self.text[name.end_byte()..].trim_start().starts_with("::");
                if name.kind() == "identifier" && is_last {
                    self.macro_use(name, name, ReferenceKind::Decorator);
                }
            }
        } else if BUILT_IN.binary_search(&self.text_of(name)).is_err() {
            self.macro_use(path, name, ReferenceKind::Decorator);
        }
    }

    pub(super) fn macro_use(&mut self, path: Node<'_>, name: Node<'_>, kind: ReferenceKind) {
        let text: String = self.text_of(path).split_whitespace().collect();
        let value = match self.scopes.find(Space::Macro, &text) {
            Some(declaration) => self.draft.value(Value::Declared(declaration)),
            None => self.path_value(&format!("{text}!")),
        };
        self.refer(kind, name, Target::Value(value));
    }
}
