//! Statements, in the scopes that they open.

use domain::facts::*;
use tree_sitter::Node;

use super::members::known;
use super::type_names::n_dimensions;
use super::walk::{Walk, is_type_declaration};
use crate::draft::{UNKNOWN, UNKNOWN_TYPE};
use crate::notes::{child_of_kind, children, field};

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
            "block" | "constructor_body" => self.block(node),
            kind if is_type_declaration(kind) => self.type_declaration(node),
            "local_variable_declaration" => self.variables(node),
            "explicit_constructor_invocation" => self.constructor_call(node),
            "return_statement" => self.returned(node),
            "yield_statement" => {
                for expression in children(node) {
                    self.give(expression);
                }
            }
            "for_statement"
            | "synchronized_statement"
            | "catch_clause"
            | "try_with_resources_statement" => {
                self.scopes.open();
                self.all(node);
                self.scopes.close();
            }
            "enhanced_for_statement" => self.enhanced_for(node),
            "catch_formal_parameter" => self.caught(node),
            "resource" => self.resource(node),
            "labeled_statement" => {
                for child in children(node).into_iter().skip(1) {
                    self.statement(child);
                }
            }
            "break_statement"
            | "continue_statement"
            | "modifiers"
            | "import_declaration"
            | "package_declaration" => {}
            "if_statement"
            | "while_statement"
            | "do_statement"
            | "expression_statement"
            | "try_statement"
            | "finally_clause"
            | "throw_statement"
            | "assert_statement"
            | "resource_specification"
            | "guard"
            | "string_interpolation"
            | "ERROR" => {
                self.all(node);
            }
            "method_declaration" | "field_declaration" | "constructor_declaration" => {
                // Outside of any class: a file in the making.
                self.scopes.open();
                self.all(node);
                self.scopes.close();
            }
            _ => {
                self.expression(node);
            }
        }
    }

    fn returned(&mut self, node: Node<'_>) {
        for expression in children(node) {
            self.use_as(expression, ReferenceKind::Returned);
            let Some(function) = self.functions.last().copied() else {
                self.expression(expression);
                continue;
            };
            let value = self.expression_in(expression, Context::Returned(function));
            // What a method gives is written in its head; only a lambda is known by what it
            // returns.
            let is_lambda = self.functions.len() > 1 || self.is_lambda(function);
            if is_lambda {
                self.draft.function_mut(function).returned.push(value);
            }
        }
    }

    /// A lambda says neither what it takes nor what it gives.
    fn is_lambda(&self, function: FunctionId) -> bool {
        let function = &self.draft.facts.functions[function.index()];
        function.symbol.is_none() && function.returns.is_none()
    }

    fn variables(&mut self, node: Node<'_>) {
        self.annotations(node);
        let written = node.child_by_field_name("type");
        let is_inferred = written.is_some_and(|written| self.text_of(written) == "var");
        let r#type = match written {
            Some(written) if !is_inferred => self.r#type(written),
            _ => UNKNOWN_TYPE,
        };
        for declarator in field(node, "declarator") {
            let dimensions = declarator.child_by_field_name("dimensions");
            let r#type = self.array_of(r#type, n_dimensions(dimensions));
            let value = match declarator.child_by_field_name("value") {
                Some(value) => {
                    self.use_as(value, ReferenceKind::Alias);
                    self.typed_place(value, r#type)
                }
                None => UNKNOWN,
            };
            if let Some(name) = declarator.child_by_field_name("name") {
                // The declared type says all that the program may rely on; only `var` goes by the
                // value.
                let value = Some(value).filter(|value| is_inferred && *value != UNKNOWN);
                self.local(self.text_of(name), known(r#type), value);
            }
        }
    }

    fn enhanced_for(&mut self, node: Node<'_>) {
        self.scopes.open();
        self.annotations(node);
        let iterated = match node.child_by_field_name("value") {
            Some(value) => self.expression(value),
            None => UNKNOWN,
        };
        let written = node.child_by_field_name("type");
        let is_inferred = written.is_some_and(|written| self.text_of(written) == "var");
        let r#type = match written {
            Some(written) if !is_inferred => self.r#type(written),
            _ => UNKNOWN_TYPE,
        };
        let dimensions = n_dimensions(node.child_by_field_name("dimensions"));
        let r#type = self.array_of(r#type, dimensions);
        if let Some(name) = node.child_by_field_name("name") {
            let value = match iterated {
                UNKNOWN => None,
                _ if !is_inferred => None,
                iterated => Some(self.draft.value(Value::Iterated(iterated))),
            };
            self.local(self.text_of(name), known(r#type), value);
        }
        if let Some(body) = node.child_by_field_name("body") {
            self.statement(body);
        }
        self.scopes.close();
    }

    fn caught(&mut self, node: Node<'_>) {
        self.annotations(node);
        let mut types = Vec::new();
        for r#type in child_of_kind(node, "catch_type").map_or_else(Vec::new, children) {
            types.push(self.r#type(r#type));
        }
        let r#type = match types[..] {
            [one] => one,
            [] => UNKNOWN_TYPE,
            // What all of them have.
            _ => self.draft.global_type("java.lang.Throwable", Vec::new()),
        };
        if let Some(name) = node.child_by_field_name("name") {
            self.local(self.text_of(name), known(r#type), None);
        }
    }

    /// `try (var x = …)` or `try (x)`
    fn resource(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else {
            // A variable that is closed and not declared.
            return self.all(node);
        };
        self.annotations(node);
        let written = node.child_by_field_name("type");
        let is_inferred = written.is_some_and(|written| self.text_of(written) == "var");
        let r#type = match written {
            Some(written) if !is_inferred => self.r#type(written),
            _ => UNKNOWN_TYPE,
        };
        let value = match node.child_by_field_name("value") {
            Some(value) => {
                self.use_as(value, ReferenceKind::Alias);
                self.typed_place(value, r#type)
            }
            None => UNKNOWN,
        };
        let value = Some(value).filter(|value| is_inferred && *value != UNKNOWN);
        self.local(self.text_of(name), known(r#type), value);
    }
}
