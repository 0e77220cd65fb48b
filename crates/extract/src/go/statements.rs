//! Statements, in the scopes that they open.

use domain::facts::*;
use tree_sitter::Node;

use super::walk::{Walk, children, field};
use crate::draft::{UNKNOWN, UNKNOWN_TYPE};

impl<'a> Walk<'a> {
    pub(super) fn block(&mut self, block: Node<'_>) {
        self.scopes.open();
        self.all(block);
        self.scopes.close();
    }

    fn all(&mut self, node: Node<'_>) {
        for child in children(node) {
            self.statement(child);
        }
    }

    pub(super) fn statement(&mut self, node: Node<'_>) {
        self.deeper(|walk| walk.statement_now(node));
    }

    fn statement_now(&mut self, node: Node<'_>) {
        match node.kind() {
            "block" => self.block(node),
            "type_declaration" | "var_declaration" | "const_declaration" => {
                self.local_declaration(node);
            }
            "short_var_declaration" => self.short_declaration(node),
            "assignment_statement" => self.assignment(node),
            "inc_statement" | "dec_statement" => {
                for target in children(node) {
                    self.expect(target, ReferenceKind::Written);
                    self.expression(target);
                }
            }
            "return_statement" => {
                for list in children(node) {
                    self.expect_all(list, ReferenceKind::Returned);
                    self.values(list, 0);
                }
            }
            "send_statement" => {
                for (name, kind) in [
                    ("channel", ReferenceKind::Read),
                    ("value", ReferenceKind::Argument),
                ] {
                    if let Some(expression) = node.child_by_field_name(name) {
                        self.expect(expression, kind);
                        self.expression(expression);
                    }
                }
            }
            "if_statement"
            | "for_statement"
            | "expression_switch_statement"
            | "for_clause"
            | "expression_case"
            | "default_case" => self.parts(node),
            "range_clause" => self.range(node),
            "type_switch_statement" => self.type_switch(node),
            "communication_case" => self.communication(node),
            "select_statement"
            | "labeled_statement"
            | "statement_list"
            | "go_statement"
            | "defer_statement"
            | "expression_statement"
            | "expression_list"
            | "ERROR" => {
                self.all(node);
            }
            "label_name"
            | "break_statement"
            | "continue_statement"
            | "goto_statement"
            | "fallthrough_statement"
            | "empty_statement"
            | "comment" => {}
            _ => {
                self.expression(node);
            }
        }
    }

    /// A statement with a scope of its own around all its parts; the clause of a loop belongs to the loop.
    fn parts(&mut self, node: Node<'_>) {
        // Otherwise what the clause declares would be gone before the body is walked.
        let opens = node.kind() != "for_clause";
        if opens {
            self.scopes.open();
        }
        self.all(node);
        if opens {
            self.scopes.close();
        }
    }

    /// `a, b := …` declares those that the scope does not have yet.
    fn short_declaration(&mut self, node: Node<'_>) {
        let (Some(left), Some(right)) = (
            node.child_by_field_name("left"),
            node.child_by_field_name("right"),
        ) else {
            return;
        };
        let names = children(left);
        self.expect_all(right, ReferenceKind::Alias);
        // First the right side: `x := x + 1` speaks of the `x` outside.
        let values = self.values(right, names.len());
        for (place, name) in names.into_iter().enumerate() {
            self.short(name, values.get(place).copied());
        }
    }

    fn short(&mut self, name: Node<'_>, value: Option<ValueId>) {
        let text = self.text_of(name);
        // One of the scope's own is assigned to and keeps its type (Go specification, "Short
        // variable declarations").
        if name.kind() == "identifier" && self.scopes.own(text).is_none() {
            self.local(text, None, value.filter(|value| *value != UNKNOWN));
        }
    }

    fn assignment(&mut self, node: Node<'_>) {
        if let Some(right) = node.child_by_field_name("right") {
            self.expect_all(right, ReferenceKind::Assigned);
            // What a variable holds does not change its type in Go: only the uses are noted.
            self.values(right, 0);
        }
        if let Some(left) = node.child_by_field_name("left") {
            self.expect_all(left, ReferenceKind::Written);
            self.values(left, 0);
        }
    }

    /// `for k, v := range x`
    fn range(&mut self, node: Node<'_>) {
        let Some(right) = node.child_by_field_name("right") else {
            return;
        };
        let ranged = self.expression(right);
        let Some(left) = node.child_by_field_name("left") else {
            return;
        };
        let is_declaration = self.has_token(node, ":=");
        if !is_declaration {
            self.expect_all(left, ReferenceKind::Written);
            self.values(left, 0);
            return;
        }
        for (place, name) in children(left).into_iter().enumerate() {
            let value = match ranged {
                UNKNOWN => UNKNOWN,
                ranged => {
                    let pair = self.draft.value(Value::Iterated(ranged));
                    self.draft.value(Value::Element(pair, place as u32))
                }
            };
            self.short(name, Some(value));
        }
    }

    fn has_token(&self, node: Node<'_>, token: &str) -> bool {
        let mut cursor = node.walk();
        node.children(&mut cursor)
            .any(|child| child.kind() == token)
    }

    /// `switch v := x.(type)`: in a case of one type the value is of that.
    fn type_switch(&mut self, node: Node<'_>) {
        // In a scope of each case, since the name is of another type in each.
        self.scopes.open();
        if let Some(initializer) = node.child_by_field_name("initializer") {
            self.statement(initializer);
        }
        let value = match node.child_by_field_name("value") {
            Some(value) => self.expression(value),
            None => UNKNOWN,
        };
        let alias = node.child_by_field_name("alias");
        let alias = alias.and_then(|alias| alias.named_child(0));
        for case in children(node) {
            if !matches!(case.kind(), "type_case" | "default_case") {
                continue;
            }
            self.scopes.open();
            let written = field(case, "type");
            let mut types = Vec::new();
            for r#type in &written {
                types.push(self.r#type(*r#type));
            }
            if let Some(name) = alias {
                let value = match types[..] {
                    [one] if one != UNKNOWN_TYPE => self.draft.value(Value::Typed(one)),
                    // A single type that is not understood: the value is certainly not what it was
                    // outside.
                    [_] => UNKNOWN,
                    // In a case of several types, and in the default, it is what was switched on.
                    _ => value,
                };
                self.short(name, Some(value));
            }
            for child in children(case) {
                if child.kind() == "statement_list" {
                    self.all(child);
                }
            }
            self.scopes.close();
        }
        self.scopes.close();
    }

    /// `case v := <-c:`
    fn communication(&mut self, node: Node<'_>) {
        self.scopes.open();
        for child in children(node) {
            if child.kind() != "receive_statement" {
                self.statement(child);
                continue;
            }
            let received = match child.child_by_field_name("right") {
                Some(right) => self.expression(right),
                None => UNKNOWN,
            };
            let Some(left) = child.child_by_field_name("left") else {
                continue;
            };
            match self.has_token(child, ":=") {
                true => {
                    for (place, name) in children(left).into_iter().enumerate() {
                        // The second name says whether the channel is open.
                        let value = Some(received).filter(|_| place == 0);
                        self.short(name, value);
                    }
                }
                false => {
                    self.expect_all(left, ReferenceKind::Written);
                    self.values(left, 0);
                }
            }
        }
        self.scopes.close();
    }
}
