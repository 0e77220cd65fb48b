//! Expressions: what they can be, and the uses of names in them.

use domain::facts::*;
use tree_sitter::Node;

use super::scopes::Space;
use super::type_names::{Path, SLICE};
use super::walk::Walk;
use crate::draft::{UNKNOWN, UNKNOWN_TYPE};
use crate::notes::{child_of_kind, children};

impl<'a> Walk<'a> {
    /// Returns what an expression can be, and notes the uses of names in it.
    pub(super) fn expression(&mut self, node: Node<'_>) -> ValueId {
        self.expression_at(node, None)
    }

    /// As [`Walk::expression`], at a place that expects a type.
    pub(super) fn expression_in(&mut self, node: Node<'_>, context: Context) -> ValueId {
        self.expression_at(node, Some(context))
    }

    fn expression_at(&mut self, node: Node<'_>, context: Option<Context>) -> ValueId {
        self.deeper(|walk| walk.expression_now(node, context))
            .unwrap_or(UNKNOWN)
    }

    fn expression_now(&mut self, node: Node<'_>, context: Option<Context>) -> ValueId {
        match node.kind() {
            "identifier" | "scoped_identifier" | "generic_function" => self.name_used(node),
            "self" => self.own.map_or(UNKNOWN, |own| own.value),
            "field_expression" => self.field_expression(node),
            "call_expression" => self.call(node),
            "macro_invocation" => self.macro_call(node),
            "struct_expression" => self.struct_expression(node),
            "closure_expression" => self.closure(node, context),
            "parenthesized_expression" | "reference_expression" => {
                let mut inner = children(node).into_iter();
                let inner = inner.rfind(|inner| inner.kind() != "mutable_specifier");
                inner.map_or(UNKNOWN, |inner| self.expression_at(inner, context))
            }
            "unary_expression" => self.unary(node),
            "try_expression" => {
                let inner = children(node).first().copied();
                let value = inner.map_or(UNKNOWN, |inner| self.expression(inner));
                self.tried(value)
            }
            "await_expression" => {
                let inner = children(node).first().copied();
                let value = inner.map_or(UNKNOWN, |inner| self.expression(inner));
                self.method_call(value, "__await")
            }
            "binary_expression" => self.binary(node),
            "assignment_expression" | "compound_assignment_expr" => self.assignment(node),
            "type_cast_expression" => {
                if let Some(value) = node.child_by_field_name("value") {
                    self.expression(value);
                }
                match node.child_by_field_name("type") {
                    Some(written) => {
                        let r#type = self.r#type(written);
                        self.draft.value(Value::Typed(r#type))
                    }
                    None => UNKNOWN,
                }
            }
            "return_expression" => {
                self.returned(node);
                UNKNOWN
            }
            "index_expression" => self.index(node),
            "array_expression" => {
                let mut held = UNKNOWN;
                for element in children(node) {
                    self.use_as(element, ReferenceKind::Element);
                    let value = self.expression(element);
                    held = if held == UNKNOWN { value } else { held };
                }
                self.draft.holds(SLICE, vec![held])
            }
            "tuple_expression" => {
                let mut values = Vec::new();
                for element in children(node) {
                    self.use_as(element, ReferenceKind::Element);
                    values.push(self.expression(element));
                }
                self.draft.value(Value::Array(values))
            }
            "unit_expression" => self.draft.value(Value::Array(Vec::new())),
            "block" => self.block_in(node, context),
            "unsafe_block" | "try_block" | "const_block" | "gen_block" => {
                match child_of_kind(node, "block") {
                    Some(block) => self.block_in(block, context),
                    None => UNKNOWN,
                }
            }
            "async_block" => {
                let block = child_of_kind(node, "block");
                let value = block.map_or(UNKNOWN, |block| self.block(block));
                self.future(value)
            }
            "if_expression" => self.if_expression(node, context),
            "match_expression" => self.match_expression(node, context),
            "while_expression" | "loop_expression" => {
                self.scopes.open();
                for child in children(node) {
                    self.statement(child);
                }
                self.scopes.close();
                UNKNOWN
            }
            "for_expression" => self.for_expression(node),
            "let_condition" => self.let_condition(node),
            "let_chain" => {
                for condition in children(node) {
                    self.expression(condition);
                }
                UNKNOWN
            }
            "range_expression" => {
                let mut held = UNKNOWN;
                for end in children(node) {
                    let value = self.expression(end);
                    held = if held == UNKNOWN { value } else { held };
                }
                self.draft.holds("Range", vec![held])
            }
            "attribute_item" | "inner_attribute_item" => {
                self.attribute(node);
                UNKNOWN
            }
            _ => match self.literal(node) {
                Some(value) => value,
                None => {
                    for child in children(node) {
                        self.statement(child);
                    }
                    UNKNOWN
                }
            },
        }
    }

    fn literal(&mut self, node: Node<'_>) -> Option<ValueId> {
        let text = self.text_of(node);
        let name = match node.kind() {
            "string_literal" | "raw_string_literal" if text.starts_with('b') => {
                let byte = self.draft.primitive("prim·u8");
                return Some(self.draft.holds(SLICE, vec![byte]));
            }
            "string_literal" | "raw_string_literal" => "str",
            "char_literal" if text.starts_with('b') => "u8",
            "char_literal" => "char",
            "boolean_literal" => "bool",
            "integer_literal" => suffix(text).unwrap_or("i32"),
            "float_literal" => suffix(text).unwrap_or("f64"),
            _ => return None,
        };
        Some(self.draft.primitive(&format!("prim·{name}")))
    }

    /// `**value` leads to what a box or a pointer leads to; of one star, nobody can tell whether it takes only a reference away.
    fn unary(&mut self, node: Node<'_>) -> ValueId {
        let Some(operand) = children(node).first().copied() else {
            return UNKNOWN;
        };
        let is_star = |node: Node<'_>| self.text_of(node).starts_with('*');
        let is_behind = is_star(node) && operand.kind() == "unary_expression" && is_star(operand);
        let value = self.expression(operand);
        if !is_behind || value == UNKNOWN {
            return value;
        }
        let name = self.draft.name("Target");
        let target = self.draft.r#type(Type::Query(value));
        let target = self.draft.r#type(Type::Indexed(target, name));
        let target = self.draft.value(Value::Typed(target));
        self.draft.value(Value::OrElse(target, value))
    }

    /// `value?`.
    pub(super) fn tried(&mut self, value: ValueId) -> ValueId {
        self.method_call(value, "__try")
    }

    /// A call of a method without arguments.
    pub(super) fn method_call(&mut self, object: ValueId, name: &str) -> ValueId {
        let callee = self.draft.member(object, name);
        if callee == UNKNOWN {
            return UNKNOWN;
        }
        self.draft.value(Value::Call(Box::new(Call {
            callee,
            arguments: Vec::new(),
            types: Vec::new(),
            keywords: Vec::new(),
        })))
    }

    pub(super) fn future(&mut self, value: ValueId) -> ValueId {
        if value == UNKNOWN {
            return UNKNOWN;
        }
        let output = self.draft.r#type(Type::Query(value));
        let future = self.future_of(output);
        self.draft.value(Value::Typed(future))
    }

    /// Notes how the value of an expression is used, through what only passes it on.
    pub(super) fn use_as(&mut self, expression: Node<'_>, kind: ReferenceKind) {
        let mut node = expression;
        loop {
            match node.kind() {
                "identifier" => return self.expect(node, Some(kind)),
                "scoped_identifier" => {
                    if let Some(name) = node.child_by_field_name("name") {
                        self.expect(name, Some(kind));
                    }
                    return;
                }
                "field_expression" => {
                    if let Some(name) = node.child_by_field_name("field") {
                        self.expect(name, Some(kind));
                    }
                    return;
                }
                "parenthesized_expression"
                | "reference_expression"
                | "unary_expression"
                | "type_cast_expression" => {
                    let mut inner = children(node).into_iter();
                    match inner.find(|inner| inner.kind() != "mutable_specifier") {
                        Some(inner) => node = inner,
                        None => return,
                    }
                }
                _ => return,
            }
        }
    }

    /// A name or path in an expression: a local variable is nobody's dependency.
    fn name_used(&mut self, node: Node<'_>) -> ValueId {
        if node.kind() == "generic_function" {
            self.type_arguments(node);
            return match node.child_by_field_name("function") {
                Some(function) => self.expression(function),
                None => UNKNOWN,
            };
        }
        let value = self.path_expression(node);
        if self.is_local(value) {
            return value;
        }
        self.refer_to_prefix(node);
        let last = node.child_by_field_name("name").unwrap_or(node);
        if let Some(kind) = self.role(last) {
            self.refer(kind, last, Target::Value(value));
        }
        value
    }

    /// Whether a value is a local variable rather than an item.
    pub(super) fn is_local(&self, value: ValueId) -> bool {
        match &self.draft.facts.values[value.index()] {
            Value::Declared(declaration) => {
                let declared = &self.draft.facts.declarations[declaration.index()];
                declared.symbol.is_none() && !matches!(declared.value, DeclaredValue::Import { .. })
            }
            _ => false,
        }
    }

    /// Returns what a path leads to.
    pub(super) fn path_expression(&mut self, node: Node<'_>) -> ValueId {
        if node.kind() == "identifier" {
            let name = self.bare(node);
            return match self.scopes.find(Space::Value, name) {
                Some(declaration) => self.draft.value(Value::Declared(declaration)),
                None if name == "Self" => match self.own {
                    Some(own) => self.class_of(own.r#type),
                    None => UNKNOWN,
                },
                None => self.path_value(name),
            };
        }
        match self.path(node) {
            Some(Path {
                base: Some(base),
                names,
            }) => {
                let Some((last, before)) = names.split_last() else {
                    return self.class_of(base);
                };
                let outer = self.projected(base, before);
                let class = self.class_of(outer);
                self.draft.member(class, last)
            }
            Some(Path { base: None, names }) => {
                let first = names.first().copied().unwrap_or_default();
                // An import of the block around.
                match self.scopes.find(Space::Value, first) {
                    Some(declaration) if names.len() > 1 => {
                        let value = self.draft.value(Value::Declared(declaration));
                        names[1..]
                            .iter()
                            .fold(value, |value, name| self.draft.member(value, name))
                    }
                    _ => self.path_value(&names.join("::")),
                }
            }
            None => UNKNOWN,
        }
    }

    fn field_expression(&mut self, node: Node<'_>) -> ValueId {
        let (Some(value), Some(field)) = (
            node.child_by_field_name("value"),
            node.child_by_field_name("field"),
        ) else {
            return UNKNOWN;
        };
        let object = self.expression(value);
        let text = self.bare(field);
        let member = self.draft.member(object, &format!(".{text}"));
        if field.kind() == "field_identifier"
            && member != UNKNOWN
            && let Some(kind) = self.role(field)
        {
            self.refer(kind, field, Target::Value(member));
        }
        member
    }

    fn struct_expression(&mut self, node: Node<'_>) -> ValueId {
        let Some(name) = node.child_by_field_name("name") else {
            return UNKNOWN;
        };
        let last = match name.kind() {
            "generic_type_with_turbofish" => name.child_by_field_name("type").unwrap_or(name),
            _ => name,
        };
        let last = last.child_by_field_name("name").unwrap_or(last);
        self.expect(last, None);
        let r#type = self.made_type(name);
        let class = self.made_class(name, r#type);
        self.refer(ReferenceKind::New, last, Target::Value(class));
        let made = self.draft.value(Value::Typed(r#type));
        if let Some(body) = node.child_by_field_name("body") {
            for field in children(body) {
                self.field_initializer(field, made, self.bare(last));
            }
        }
        made
    }

    /// Returns the type that a struct expression makes, without a use of its last name.
    fn made_type(&mut self, name: Node<'_>) -> TypeId {
        let arguments = self.type_arguments(name);
        let named = match name.kind() {
            "generic_type_with_turbofish" => name.child_by_field_name("type").unwrap_or(name),
            _ => name,
        };
        self.refer_to_prefix(named);
        match self.path(named) {
            Some(Path {
                base: Some(base),
                names: _,
            }) => base,
            Some(Path { base: None, names }) => self.path_type(&names.join("::"), arguments),
            None => UNKNOWN_TYPE,
        }
    }

    /// Returns the class or variant that a struct expression names.
    fn made_class(&mut self, name: Node<'_>, r#type: TypeId) -> ValueId {
        let named = match name.kind() {
            "generic_type_with_turbofish" => name.child_by_field_name("type").unwrap_or(name),
            _ => name,
        };
        match self.path(named) {
            Some(Path {
                base: Some(_),
                names,
            }) => {
                let class = self.class_of(r#type);
                names
                    .iter()
                    .fold(class, |value, name| self.draft.member(value, name))
            }
            Some(Path { base: None, names }) => self.path_value(&names.join("::")),
            None => UNKNOWN,
        }
    }

    fn field_initializer(&mut self, node: Node<'_>, made: ValueId, of: &str) {
        match node.kind() {
            "field_initializer" => {
                let field = node.child_by_field_name("field");
                let member = match field {
                    Some(field) => {
                        let name = format!(".{of}.{}", self.bare(field));
                        let member = self.draft.member(made, &name);
                        if field.kind() == "field_identifier" {
                            self.refer(ReferenceKind::Written, field, Target::Value(member));
                        }
                        member
                    }
                    None => UNKNOWN,
                };
                if let Some(value) = node.child_by_field_name("value") {
                    self.use_as(value, ReferenceKind::Assigned);
                    self.expression_in(value, Context::Assigned(member));
                }
            }
            "shorthand_field_initializer" => {
                for name in children(node) {
                    if name.kind() == "identifier" {
                        self.expect(name, Some(ReferenceKind::Shorthand));
                        self.expression(name);
                    }
                }
            }
            _ => {
                for child in children(node) {
                    self.expression(child);
                }
            }
        }
    }

    fn binary(&mut self, node: Node<'_>) -> ValueId {
        let mut values = [UNKNOWN, UNKNOWN];
        for (place, name) in ["left", "right"].into_iter().enumerate() {
            if let Some(operand) = node.child_by_field_name(name) {
                values[place] = self.expression(operand);
            }
        }
        let operator = node.child_by_field_name("operator");
        let operator = operator.map_or("", |operator| self.text_of(operator));
        let method = match operator {
            "&&" | "||" | "==" | "!=" | "<" | "<=" | ">" | ">=" => {
                return self.draft.primitive("prim·bool");
            }
            "+" => "add",
            "-" => "sub",
            "*" => "mul",
            "/" => "div",
            "%" => "rem",
            "&" => "bitand",
            "|" => "bitor",
            "^" => "bitxor",
            "<<" => "shl",
            _ => "shr",
        };
        let called = self.method_call(values[0], method);
        match called {
            UNKNOWN => UNKNOWN,
            called => self.draft.value(Value::OrElse(called, values[0])),
        }
    }

    fn assignment(&mut self, node: Node<'_>) -> ValueId {
        let mut place = UNKNOWN;
        if let Some(left) = node.child_by_field_name("left") {
            self.use_as(left, ReferenceKind::Written);
            place = self.expression(left);
        }
        if let Some(right) = node.child_by_field_name("right") {
            self.use_as(right, ReferenceKind::Assigned);
            let value = match place {
                UNKNOWN => self.expression(right),
                place => self.expression_in(right, Context::Assigned(place)),
            };
            self.assign(place, value);
        }
        UNKNOWN
    }

    /// A variable that is declared without a value is what it is first assigned.
    fn assign(&mut self, place: ValueId, value: ValueId) {
        let Value::Declared(declaration) = self.draft.facts.values[place.index()] else {
            return;
        };
        let declared = self.draft.declaration_mut(declaration);
        if declared.symbol.is_none()
            && let DeclaredValue::Variable {
                r#type: None,
                value: held @ None,
                ..
            } = &mut declared.value
            && value != UNKNOWN
            && value != place
        {
            *held = Some(value);
        }
    }

    fn index(&mut self, node: Node<'_>) -> ValueId {
        let parts = children(node);
        let object = parts
            .first()
            .map_or(UNKNOWN, |object| self.expression(*object));
        let mut is_range = false;
        if let Some(index) = parts.get(1) {
            is_range = index.kind() == "range_expression";
            self.expression(*index);
        }
        match object {
            UNKNOWN => UNKNOWN,
            object if is_range => object,
            object => self.draft.value(Value::AnyElement(object)),
        }
    }

    fn if_expression(&mut self, node: Node<'_>, context: Option<Context>) -> ValueId {
        let mut values = Vec::new();
        self.scopes.open();
        if let Some(condition) = node.child_by_field_name("condition") {
            self.expression(condition);
        }
        if let Some(block) = node.child_by_field_name("consequence") {
            values.push(self.block_in(block, context));
        }
        self.scopes.close();
        if let Some(clause) = node.child_by_field_name("alternative") {
            for branch in children(clause) {
                values.push(self.expression_at(branch, context));
            }
        }
        self.first_known(values)
    }

    /// What ways give that must be of one type is what the first of them gives of which anything is known.
    pub(super) fn first_known(&mut self, values: Vec<ValueId>) -> ValueId {
        let mut known: Vec<ValueId> = Vec::new();
        for value in values {
            if value != UNKNOWN && !known.contains(&value) {
                known.push(value);
            }
        }
        // Few will do, and each is one level deeper.
        known.truncate(4);
        let Some(last) = known.pop() else {
            return UNKNOWN;
        };
        known.into_iter().rev().fold(last, |rest, value| {
            self.draft.value(Value::OrElse(value, rest))
        })
    }

    fn match_expression(&mut self, node: Node<'_>, context: Option<Context>) -> ValueId {
        let matched = match node.child_by_field_name("value") {
            Some(value) => self.expression(value),
            None => UNKNOWN,
        };
        let mut values = Vec::new();
        let body = node.child_by_field_name("body");
        for arm in body.map_or_else(Vec::new, children) {
            self.scopes.open();
            for attribute in children(arm) {
                if attribute.kind().ends_with("attribute_item") {
                    self.attribute(attribute);
                }
            }
            if let Some(pattern) = arm.child_by_field_name("pattern") {
                self.pattern(pattern, matched);
                if let Some(condition) = pattern.child_by_field_name("condition") {
                    self.expression(condition);
                }
            }
            if let Some(value) = arm.child_by_field_name("value") {
                self.use_as(value, ReferenceKind::Returned);
                values.push(self.expression_at(value, context));
            }
            self.scopes.close();
        }
        self.first_known(values)
    }

    fn for_expression(&mut self, node: Node<'_>) -> ValueId {
        let over = match node.child_by_field_name("value") {
            Some(value) => self.expression(value),
            None => UNKNOWN,
        };
        self.scopes.open();
        if let Some(pattern) = node.child_by_field_name("pattern") {
            let element = match over {
                UNKNOWN => UNKNOWN,
                over => self.draft.value(Value::Iterated(over)),
            };
            self.pattern(pattern, element);
        }
        if let Some(body) = node.child_by_field_name("body") {
            self.block(body);
        }
        self.scopes.close();
        UNKNOWN
    }

    /// `let pattern = value` in a condition; the block around is that of the condition.
    fn let_condition(&mut self, node: Node<'_>) -> ValueId {
        let value = match node.child_by_field_name("value") {
            Some(value) => self.expression(value),
            None => UNKNOWN,
        };
        if let Some(pattern) = node.child_by_field_name("pattern") {
            self.pattern(pattern, value);
        }
        self.draft.primitive("prim·bool")
    }
}

/// Returns the type that the end of a number names.
fn suffix(text: &str) -> Option<&'static str> {
    let types = [
        "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
        "f32", "f64",
    ];
    let is_float = |name: &str| name.starts_with('f');
    let is_hexadecimal = text.starts_with("0x");
    types
        .into_iter()
        .find(|name| text.ends_with(name) && !(is_hexadecimal && is_float(name)))
}
