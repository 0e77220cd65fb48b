//! Blocks and the statements in them.

use domain::facts::*;
use tree_sitter::Node;

use super::type_names::known;
use super::walk::Walk;
use crate::draft::{UNKNOWN, UNKNOWN_TYPE};
use crate::notes::children;

impl<'a> Walk<'a> {
    /// Walks a block; returns what it gives.
    pub(super) fn block(&mut self, block: Node<'_>) -> ValueId {
        self.block_in(block, None)
    }

    pub(super) fn block_in(&mut self, block: Node<'_>, context: Option<Context>) -> ValueId {
        self.scopes.open();
        self.announce(block);
        let statements = children(block);
        let mut value = UNKNOWN;
        let last = statements.len().saturating_sub(1);
        for (place, statement) in statements.into_iter().enumerate() {
            let is_given = place == last && is_given(statement);
            match is_given {
                true => {
                    let given = match statement.kind() {
                        "expression_statement" => children(statement).first().copied(),
                        _ => Some(statement),
                    };
                    if let Some(given) = given {
                        self.use_as(given, ReferenceKind::Returned);
                        value = self.given(given, context);
                    }
                }
                false => self.statement(statement),
            }
        }
        self.scopes.close();
        value
    }

    fn given(&mut self, node: Node<'_>, context: Option<Context>) -> ValueId {
        match context {
            Some(context) => self.expression_in(node, context),
            None => self.expression(node),
        }
    }

    pub(super) fn statement(&mut self, node: Node<'_>) {
        self.deeper(|walk| walk.statement_now(node));
    }

    fn statement_now(&mut self, node: Node<'_>) {
        match node.kind() {
            "expression_statement" | "ERROR" => {
                for child in children(node) {
                    self.statement(child);
                }
            }
            "let_declaration" => self.let_declaration(node),
            // Announced with the block.
            "use_declaration" if !self.scopes.is_outside_of_blocks() => {}
            "label" | "visibility_modifier" | "empty_statement" => {}
            kind if kind.ends_with("_item") || kind.ends_with("_definition") => self.item(node),
            _ => {
                self.expression(node);
            }
        }
    }

    fn let_declaration(&mut self, node: Node<'_>) {
        let written = node.child_by_field_name("type");
        let value_node = node.child_by_field_name("value");
        let has_hole = written.is_some_and(|written| has_hole(self.text_of(written)));
        let mut value = UNKNOWN;
        self.collected = None;
        let mut r#type = UNKNOWN_TYPE;
        if let Some(written) = written.filter(|_| !has_hole) {
            r#type = self.r#type(written);
        }
        if let Some(value_node) = value_node {
            self.use_as(value_node, ReferenceKind::Alias);
            value = match r#type {
                UNKNOWN_TYPE => self.expression(value_node),
                r#type => self.expression_in(value_node, Context::Typed(r#type)),
            };
        }
        if let Some(written) = written.filter(|_| has_hole) {
            r#type = self.type_with_holes(written, self.collected);
        }
        if let Some(alternative) = node.child_by_field_name("alternative") {
            self.block(alternative);
        }
        let Some(pattern) = node.child_by_field_name("pattern") else {
            return;
        };
        match r#type {
            UNKNOWN_TYPE => {
                let declaration = self.pattern(pattern, value);
                if let (Some(declaration), Some(node)) = (declaration, value_node)
                    && let Some(class) = self.begins_empty(node)
                {
                    self.growing.insert(declaration, class);
                }
            }
            r#type => self.typed_pattern(pattern, r#type),
        }
    }

    /// Returns a type of which `_` is what was collected.
    pub(super) fn type_with_holes(&mut self, written: Node<'_>, from: Option<ValueId>) -> TypeId {
        let Some(from) = from else {
            return self.r#type(written);
        };
        let text = self.text_of(written);
        let head = text.split('<').next().unwrap_or_default();
        let mut item = self.draft.r#type(Type::Query(from));
        let name = self.draft.name("Item");
        item = self.draft.r#type(Type::Indexed(item, name));
        if matches!(head.rsplit("::").next(), Some("Result" | "Option")) {
            // Of what may fail, what is there if nothing did.
            let object = self.draft.value(Value::Typed(item));
            let tried = self.tried(object);
            item = self.draft.r#type(Type::Query(tried));
        }
        let is_map = text.matches('_').count() > 1 && text.contains("Map<");
        let outer = self.hole.replace(if is_map { UNKNOWN_TYPE } else { item });
        let r#type = self.r#type(written);
        self.hole = outer;
        r#type
    }

    /// Declares the names of a pattern that stands for something of a type.
    pub(super) fn typed_pattern(&mut self, pattern: Node<'_>, r#type: TypeId) {
        let value = self.draft.value(Value::Typed(r#type));
        if pattern.kind() == "identifier" && !self.is_constant(pattern) {
            self.local(pattern, known(r#type), None);
            return;
        }
        self.pattern(pattern, value);
    }

    /// Returns the class of a collection that an expression makes without anything in it.
    fn begins_empty(&self, node: Node<'_>) -> Option<&'static str> {
        let text = self.text_of(node);
        if matches!(text, "vec![]" | "Vec::new()" | "vec!()") {
            return Some("Vec");
        }
        let (path, arguments) = text.split_once('(')?;
        let (class, function) = path.rsplit_once("::")?;
        if !matches!(function, "new" | "with_capacity" | "default") || arguments.contains("::") {
            return None;
        }
        let class = class.rsplit("::").next()?;
        let known = [
            "Vec",
            "VecDeque",
            "HashMap",
            "BTreeMap",
            "HashSet",
            "BTreeSet",
            "BinaryHeap",
        ];
        known.into_iter().find(|name| *name == class)
    }

    /// Notes what is put into a collection that began empty.
    pub(super) fn grows(&mut self, object: ValueId, method: &str, arguments: &[ValueId]) {
        if self.growing.is_empty() {
            return;
        }
        let Value::Declared(declaration) = self.draft.facts.values[object.index()] else {
            return;
        };
        let is_put = matches!(
            method,
            "push" | "push_back" | "push_front" | "insert" | "entry" | "extend" | "append"
        );
        let Some(class) = self.growing.get(&declaration).copied().filter(|_| is_put) else {
            return;
        };
        let is_known = arguments.first().is_some_and(|first| *first != UNKNOWN);
        if !is_known {
            return;
        }
        let mut held = arguments.to_vec();
        if matches!(method, "extend" | "append") {
            held = vec![self.draft.value(Value::Iterated(arguments[0]))];
        }
        self.growing.remove(&declaration);
        let value = self.draft.holds(class, held);
        self.draft.declaration_mut(declaration).value = DeclaredValue::Variable {
            r#type: None,
            value: Some(value),
            is_destructured: false,
        };
    }
}

/// Whether the last statement of a block is what the block gives.
fn is_given(statement: Node<'_>) -> bool {
    match statement.kind() {
        "expression_statement" => {
            let n = statement.child_count();
            n > 0
                && statement
                    .child(n - 1)
                    .is_some_and(|last| last.kind() != ";")
        }
        "let_declaration" | "empty_statement" | "ERROR" => false,
        kind => !kind.ends_with("_item") && !kind.ends_with("_declaration"),
    }
}

/// Whether something of a type is left open.
pub(super) fn has_hole(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == "_")
}
