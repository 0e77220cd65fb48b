//! Expressions: what they can be, and the uses of names in them.

use domain::facts::*;
use tree_sitter::Node;

use super::scopes::{Found, Space};
use super::type_names::{collect_names, n_dimensions};
use super::walk::Walk;
use crate::draft::{UNKNOWN, UNKNOWN_TYPE};
use crate::notes::{child_of_kind, children, field};

impl<'a> Walk<'a> {
    /// Returns what an expression can be, and notes the uses of names in it.
    pub(super) fn expression(&mut self, node: Node<'_>) -> ValueId {
        self.expression_at(node, None)
    }

    /// As [`Walk::expression`], at a place that expects a type.
    pub(super) fn expression_in(&mut self, node: Node<'_>, context: Context) -> ValueId {
        self.expression_at(node, Some(context))
    }

    /// The value of something of a declared type.
    pub(super) fn typed_place(&mut self, node: Node<'_>, r#type: TypeId) -> ValueId {
        match r#type {
            UNKNOWN_TYPE => self.expression(node),
            r#type => self.expression_in(node, Context::Typed(r#type)),
        }
    }

    fn expression_at(&mut self, node: Node<'_>, context: Option<Context>) -> ValueId {
        self.deeper(|walk| walk.expression_now(node, context))
            .unwrap_or(UNKNOWN)
    }

    fn expression_now(&mut self, node: Node<'_>, context: Option<Context>) -> ValueId {
        match node.kind() {
            "identifier" => self.name_used(node),
            "field_access" => self.field_access(node),
            "method_invocation" => self.call(node),
            "object_creation_expression" => self.creation(node),
            "lambda_expression" => self.lambda(node, context),
            "method_reference" => self.method_reference(node, context),
            "this" => match self.scopes.class() {
                Some(shape) => self.draft.value(Value::This(shape)),
                None => UNKNOWN,
            },
            // Brackets and branches pass on what their place expects (JLS 15.8.5, 15.25).
            "parenthesized_expression" => match children(node).first() {
                Some(inner) => self.expression_at(*inner, context),
                None => UNKNOWN,
            },
            "ternary_expression" => {
                if let Some(condition) = node.child_by_field_name("condition") {
                    self.expression(condition);
                }
                let mut values = Vec::new();
                for name in ["consequence", "alternative"] {
                    if let Some(branch) = node.child_by_field_name(name) {
                        values.push(self.expression_at(branch, context));
                    }
                }
                self.either(values)
            }
            "switch_expression" => self.switch(node, context),
            "cast_expression" => self.cast(node),
            "instanceof_expression" => self.instance_of(node),
            "binary_expression" => self.binary(node),
            "unary_expression" => self.unary(node),
            "update_expression" => {
                let operand = children(node).first().copied();
                match operand {
                    Some(operand) => {
                        self.use_as(operand, ReferenceKind::Written);
                        self.expression(operand)
                    }
                    None => UNKNOWN,
                }
            }
            "assignment_expression" => self.assignment(node),
            "array_access" => {
                let array = match node.child_by_field_name("array") {
                    Some(array) => self.expression(array),
                    None => UNKNOWN,
                };
                if let Some(index) = node.child_by_field_name("index") {
                    self.expression(index);
                }
                match array {
                    UNKNOWN => UNKNOWN,
                    array => self.draft.value(Value::AnyElement(array)),
                }
            }
            "array_creation_expression" => self.array_creation(node),
            "array_initializer" | "element_value_array_initializer" => {
                for element in children(node) {
                    self.use_as(element, ReferenceKind::Element);
                    self.expression(element);
                }
                UNKNOWN
            }
            // A class literal is a `Class` of the type.
            "class_literal" => {
                let held = match children(node).first() {
                    Some(written) => {
                        let r#type = self.r#type(*written);
                        self.draft.value(Value::Typed(r#type))
                    }
                    None => UNKNOWN,
                };
                self.draft.holds("java.lang.Class", vec![held])
            }
            "annotation" | "marker_annotation" => {
                self.annotation(node);
                UNKNOWN
            }
            _ => match self.literal(node) {
                Some(name) => {
                    // Texts may hold expressions.
                    for inner in children(node) {
                        if inner.kind() == "string_interpolation" {
                            self.statement(inner);
                        }
                    }
                    self.draft.primitive(name)
                }
                None => {
                    for child in children(node) {
                        self.statement(child);
                    }
                    UNKNOWN
                }
            },
        }
    }

    fn literal(&self, node: Node<'_>) -> Option<&'static str> {
        let text = self.text_of(node);
        Some(match node.kind() {
            "string_literal" => "java.lang.String",
            "character_literal" => "java·char",
            "true" | "false" => "java·boolean",
            "null_literal" => "java·null",
            "decimal_floating_point_literal" | "hex_floating_point_literal" => {
                match text.ends_with(['f', 'F']) {
                    true => "java·float",
                    false => "java·double",
                }
            }
            "decimal_integer_literal"
            | "hex_integer_literal"
            | "octal_integer_literal"
            | "binary_integer_literal" => match text.ends_with(['l', 'L']) {
                true => "java·long",
                false => "java·int",
            },
            _ => return None,
        })
    }

    pub(super) fn either(&mut self, values: Vec<ValueId>) -> ValueId {
        let mut known: Vec<ValueId> = Vec::new();
        for value in values {
            // One branch that is not known leaves all of it unknown: an overload chosen by the
            // others could be the wrong one.
            if value == UNKNOWN {
                return UNKNOWN;
            }
            if !known.contains(&value) {
                known.push(value);
            }
        }
        match known[..] {
            [] => UNKNOWN,
            [one] => one,
            _ => self.draft.value(Value::Either(known)),
        }
    }

    /// Notes how the value of an expression is used, through what only passes it on.
    pub(super) fn use_as(&mut self, expression: Node<'_>, kind: ReferenceKind) {
        let mut node = expression;
        loop {
            match node.kind() {
                "identifier" => return self.expect(node, Some(kind)),
                "field_access" => {
                    if let Some(name) = node.child_by_field_name("field") {
                        self.expect(name, Some(kind));
                    }
                    return;
                }
                "parenthesized_expression" => match children(node).first() {
                    Some(inner) => node = *inner,
                    None => return,
                },
                "cast_expression" => match node.child_by_field_name("value") {
                    Some(inner) => node = inner,
                    None => return,
                },
                _ => return,
            }
        }
    }

    /// A name in an expression: a local variable is nobody's dependency.
    fn name_used(&mut self, node: Node<'_>) -> ValueId {
        let name = self.text_of(node);
        let Found {
            shapes,
            declaration,
        } = self.scopes.find(Space::Value, name);
        let otherwise = match declaration {
            Some(declaration) => self.draft.value(Value::Declared(declaration)),
            // A variable hides a type of its name, and a type a package (JLS 6.4.2).
            None => match self.scopes.find(Space::Type, name).declaration {
                Some(r#type) => self.draft.value(Value::Declared(r#type)),
                None => self.draft.global(name),
            },
        };
        // A local variable that no class around can hide.
        if shapes.is_empty() && declaration.is_some() {
            return otherwise;
        }
        let value = match shapes.is_empty() {
            true => otherwise,
            false => {
                let name = self.draft.name(name);
                self.draft.value(Value::Scoped {
                    shapes,
                    name,
                    otherwise,
                })
            }
        };
        if let Some(kind) = self.role(node) {
            self.refer(kind, node, Target::Value(value));
        }
        value
    }

    fn field_access(&mut self, node: Node<'_>) -> ValueId {
        let mut names = Vec::new();
        collect_names(node, &mut names);
        if self.qualified(&names).is_some() {
            return self.qualified_name(&names);
        }
        let (Some(object), Some(name)) = (
            node.child_by_field_name("object"),
            node.child_by_field_name("field"),
        ) else {
            return UNKNOWN;
        };
        let text = self.text_of(name);
        if text == "this" {
            // `Outer.this`
            let shape = self.shapes.get(self.text_of(object)).copied();
            return match shape {
                Some(shape) => self.draft.value(Value::This(shape)),
                None => {
                    let r#type = self.r#type(object);
                    self.draft.value(Value::Typed(r#type))
                }
            };
        }
        let held = match object.kind() {
            "super" => match self.scopes.class() {
                Some(shape) => self.draft.value(Value::Super(shape)),
                None => UNKNOWN,
            },
            _ => self.expression(object),
        };
        let member = self.draft.member(held, text);
        if let Some(kind) = self.role(name) {
            self.refer(kind, name, Target::Value(member));
        }
        member
    }

    /// A class with its package in front, and members of it.
    fn qualified_name(&mut self, names: &[Node<'_>]) -> ValueId {
        // By the convention of JLS 6.1: without it nothing in `a.b.C.d` separates a package from a
        // class.
        let is_class = |name: &Node<'_>| {
            self.text_of(*name)
                .starts_with(|c: char| c.is_ascii_uppercase())
        };
        let Some(class) = names.iter().position(is_class) else {
            return UNKNOWN;
        };
        let full: Vec<&str> = names[..=class]
            .iter()
            .map(|name| self.text_of(*name))
            .collect();
        let specifier = self.draft.name(&full.join("."));
        self.refer_to_module(ReferenceKind::Read, names[class], specifier);
        let mut value = self.draft.value(Value::Module(specifier));
        for name in &names[class + 1..] {
            let text = self.text_of(*name);
            value = self.draft.member(value, text);
            if let Some(kind) = self.role(*name) {
                self.refer(kind, *name, Target::Value(value));
            }
        }
        value
    }

    fn cast(&mut self, node: Node<'_>) -> ValueId {
        let mut types = Vec::new();
        for written in field(node, "type") {
            types.push(self.r#type(written));
        }
        // Of `(A & B) lambda` the first is the class, if there is one.
        let first = types.first().copied().unwrap_or(UNKNOWN_TYPE);
        if let Some(value) = node.child_by_field_name("value") {
            self.typed_place(value, first);
        }
        self.draft.value(Value::Typed(first))
    }

    fn instance_of(&mut self, node: Node<'_>) -> ValueId {
        if let Some(left) = node.child_by_field_name("left") {
            self.expression(left);
        }
        let mut r#type = UNKNOWN_TYPE;
        if let Some(written) = node.child_by_field_name("right") {
            r#type = self.r#type(written);
        }
        if let Some(name) = node.child_by_field_name("name") {
            // Declared in the block around, although it is only assigned where the test holds
            // (JLS 6.3.1): compiling programs use it nowhere else.
            self.local(self.text_of(name), super::members::known(r#type), None);
        }
        if let Some(pattern) = node.child_by_field_name("pattern") {
            self.pattern(pattern);
        }
        self.draft.primitive("java·boolean")
    }

    /// A pattern declares the names in it.
    pub(super) fn pattern(&mut self, node: Node<'_>) {
        match node.kind() {
            "type_pattern" | "record_pattern_component" => {
                let mut r#type = UNKNOWN_TYPE;
                for child in children(node) {
                    match child.kind() {
                        "identifier" => {
                            let known = super::members::known(r#type);
                            self.local(self.text_of(child), known, None);
                        }
                        "modifiers" | "underscore_pattern" => {}
                        _ if self.text_of(child) == "var" => {}
                        _ => r#type = self.r#type(child),
                    }
                }
            }
            "record_pattern" => {
                for child in children(node) {
                    match child.kind() {
                        "record_pattern_body" => self.pattern(child),
                        _ => {
                            self.r#type(child);
                        }
                    }
                }
            }
            _ => {
                for child in children(node) {
                    self.deeper(|walk| walk.pattern(child));
                }
            }
        }
    }

    fn binary(&mut self, node: Node<'_>) -> ValueId {
        // A long row of operators nests to the left.
        let mut rights = Vec::new();
        let mut left = node;
        while left.kind() == "binary_expression" {
            let operator = left.child_by_field_name("operator");
            let right = left.child_by_field_name("right");
            rights.push((operator.map_or("", |operator| operator.kind()), right));
            match left.child_by_field_name("left") {
                Some(inner) => left = inner,
                None => return UNKNOWN,
            }
        }
        let mut value = self.expression(left);
        for (operator, right) in rights.into_iter().rev() {
            let right = right.map_or(UNKNOWN, |right| self.expression(right));
            value = match operator {
                "==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||" => {
                    self.draft.primitive("java·boolean")
                }
                _ => self.sum(value, right),
            };
        }
        value
    }

    /// What is known of two numbers, texts or truth values is known of their sum, so that long sums do not nest.
    fn sum(&mut self, left: ValueId, right: ValueId) -> ValueId {
        let facts = &self.draft.facts;
        let name_of = |value: ValueId| match facts.values[value.index()] {
            Value::Primitive(name) => facts.name(name),
            _ => "",
        };
        let (one, other) = (name_of(left), name_of(right));
        if one == "java.lang.String" || other == "java.lang.String" {
            return self.draft.primitive("java.lang.String");
        }
        if one == other && one == "java·int" {
            return left;
        }
        self.draft.value(Value::Sum(left, right))
    }

    fn unary(&mut self, node: Node<'_>) -> ValueId {
        let value = match node.child_by_field_name("operand") {
            Some(operand) => self.expression(operand),
            None => UNKNOWN,
        };
        let operator = node.child_by_field_name("operator");
        match operator.map(|operator| operator.kind()) {
            Some("!") => self.draft.primitive("java·boolean"),
            // Promotion of `byte` and `short` to `int` by `-` and `~` is left out: it would matter
            // to an overload that takes both.
            _ => value,
        }
    }

    fn assignment(&mut self, node: Node<'_>) -> ValueId {
        let mut value = UNKNOWN;
        if let Some(left) = node.child_by_field_name("left") {
            self.use_as(left, ReferenceKind::Written);
            value = self.expression(left);
        }
        if let Some(right) = node.child_by_field_name("right") {
            self.use_as(right, ReferenceKind::Assigned);
            match value {
                UNKNOWN => self.expression(right),
                // A lambda on the right is what the variable's type expects.
                value => self.expression_in(right, Context::Assigned(value)),
            };
        }
        value
    }

    fn array_creation(&mut self, node: Node<'_>) -> ValueId {
        self.annotations(node);
        let element = match node.child_by_field_name("type") {
            Some(written) => self.type_as(written, ReferenceKind::Type),
            None => UNKNOWN_TYPE,
        };
        let mut n = 0;
        for dimension in field(node, "dimensions") {
            match dimension.kind() {
                "dimensions_expr" => {
                    n += 1;
                    for length in children(dimension) {
                        self.expression(length);
                    }
                }
                _ => n += n_dimensions(Some(dimension)),
            }
        }
        if let Some(values) = node.child_by_field_name("value") {
            self.expression(values);
        }
        let r#type = self.array_of(element, n);
        self.draft.value(Value::Typed(r#type))
    }

    /// A switch as an expression gives what its branches give.
    fn switch(&mut self, node: Node<'_>, context: Option<Context>) -> ValueId {
        if let Some(condition) = node.child_by_field_name("condition") {
            self.expression(condition);
        }
        let Some(body) = node.child_by_field_name("body") else {
            return UNKNOWN;
        };
        // Set aside, as a switch may stand in a branch of another.
        let outer = self.yields.replace((Vec::new(), context));
        for part in children(body) {
            self.scopes.open();
            let parts = children(part);
            let is_rule = part.kind() == "switch_rule";
            for child in parts {
                match child.kind() {
                    "switch_label" => self.label(child),
                    // `case A -> expression;` gives it; in the older form it is a statement, and
                    // `yield` gives.
                    "expression_statement" if is_rule => {
                        if let Some(expression) = child_expression(child) {
                            self.give(expression);
                        }
                    }
                    _ => self.statement(child),
                }
            }
            self.scopes.close();
        }
        let values = std::mem::replace(&mut self.yields, outer);
        self.either(values.map_or_else(Vec::new, |(values, _)| values))
    }

    /// Notes what a branch of a switch gives.
    pub(super) fn give(&mut self, expression: Node<'_>) {
        let context = self.yields.as_ref().and_then(|(_, context)| *context);
        let value = self.expression_at(expression, context);
        if let Some((values, _)) = &mut self.yields {
            values.push(value);
        }
    }

    fn label(&mut self, node: Node<'_>) {
        for child in children(node) {
            match child.kind() {
                "pattern" => self.pattern(child),
                _ => {
                    // A constant of an enum stands without its type.
                    // It is looked up in the type of what is switched on, which is left to nobody:
                    // a wrong lookup would find a local name.
                    if child.kind() != "identifier" {
                        self.statement(child);
                    }
                }
            }
        }
    }
}

fn child_expression(statement: Node<'_>) -> Option<Node<'_>> {
    let child = children(statement).first().copied();
    child.filter(|child| child_of_kind(statement, child.kind()).is_some())
}
