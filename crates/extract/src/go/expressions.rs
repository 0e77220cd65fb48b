//! Expressions: what they can be, and the uses of names in them.

use domain::facts::*;
use tree_sitter::Node;

use super::walk::{Walk, children};
use crate::draft::{UNKNOWN, UNKNOWN_TYPE};

impl<'a> Walk<'a> {
    /// Returns what an expression can be, and notes the uses of names in it.
    pub(super) fn expression(&mut self, node: Node<'_>) -> ValueId {
        self.deeper(|walk| walk.expression_now(node))
            .unwrap_or(UNKNOWN)
    }

    fn expression_now(&mut self, node: Node<'_>) -> ValueId {
        match node.kind() {
            "identifier" | "type_identifier" => {
                self.name_used(node);
                self.name_value(self.text_of(node))
            }
            "selector_expression" => self.selector(node),
            "call_expression" => self.call(node),
            "composite_literal" => self.composite(node),
            "func_literal" => self.function_literal(node),
            "parenthesized_expression" | "literal_element" => match node.named_child(0) {
                Some(inner) => self.expression(inner),
                None => UNKNOWN,
            },
            // Each element is an argument.
            "variadic_argument" => match node.named_child(0).map(|inner| self.expression(inner)) {
                Some(list) if list != UNKNOWN => self.draft.value(Value::AnyElement(list)),
                _ => UNKNOWN,
            },
            "unary_expression" => self.unary(node),
            "binary_expression" => self.binary(node),
            // An index and an instance of a generic function look alike; the evaluator distinguishes them
            // apart by what the object is.
            "index_expression" => {
                let object = self.operand(node);
                if let Some(index) = node.child_by_field_name("index") {
                    self.expression(index);
                }
                match object {
                    UNKNOWN => UNKNOWN,
                    object => self.draft.value(Value::AnyElement(object)),
                }
            }
            // A part of a slice is a slice of the same.
            "slice_expression" => {
                let object = self.operand(node);
                for name in ["start", "end", "capacity"] {
                    if let Some(bound) = node.child_by_field_name(name) {
                        self.expression(bound);
                    }
                }
                object
            }
            "type_assertion_expression" => {
                self.operand(node);
                match node.child_by_field_name("type") {
                    Some(written) => self.typed(written),
                    None => UNKNOWN,
                }
            }
            "type_conversion_expression" => {
                if let Some(operand) = node.child_by_field_name("operand") {
                    self.expect(operand, ReferenceKind::Argument);
                    self.expression(operand);
                }
                match node.child_by_field_name("type") {
                    Some(written) => self.typed(written),
                    None => UNKNOWN,
                }
            }
            "type_instantiation_expression" => {
                let mut parts = children(node).into_iter();
                let generic = parts.next();
                for argument in parts {
                    self.r#type(argument);
                }
                match generic {
                    Some(generic) if generic.kind() == "qualified_type" => {
                        self.r#type(generic);
                        self.type_value(generic)
                    }
                    Some(generic) => self.expression(generic),
                    None => UNKNOWN,
                }
            }
            // An untyped constant as its default type, which it has wherever nothing else is asked
            // for.
            "interpreted_string_literal" | "raw_string_literal" => self.draft.primitive("string"),
            "int_literal" => self.draft.primitive("int"),
            "float_literal" => self.draft.primitive("float64"),
            "rune_literal" => self.draft.primitive("rune"),
            "true" | "false" => self.draft.primitive("bool"),
            "slice_type" | "map_type" | "array_type" | "channel_type" | "function_type"
            | "pointer_type" | "generic_type" | "struct_type" | "interface_type"
            | "qualified_type" => {
                self.r#type(node);
                UNKNOWN
            }
            _ => {
                for child in children(node) {
                    self.statement(child);
                }
                UNKNOWN
            }
        }
    }

    fn operand(&mut self, node: Node<'_>) -> ValueId {
        match node.child_by_field_name("operand") {
            Some(operand) => self.expression(operand),
            None => UNKNOWN,
        }
    }

    pub(super) fn typed(&mut self, written: Node<'_>) -> ValueId {
        let r#type = self.r#type(written);
        self.draft.value(Value::Typed(r#type))
    }

    /// Returns what the expressions of a list are: one call may give several values.
    pub(super) fn values(&mut self, list: Node<'_>, n_wanted: usize) -> Vec<ValueId> {
        let expressions = match list.kind() {
            "expression_list" => children(list),
            _ => vec![list],
        };
        let mut values = Vec::new();
        for expression in &expressions {
            values.push(self.expression(*expression));
        }
        let ([expression], [value]) = (&expressions[..], &values[..]) else {
            return values;
        };
        let is_call = expression.kind() == "call_expression";
        // Only a call can give several values to several names; `v, ok` of a map or channel gives
        // its first alone.
        if n_wanted > 1 && *value != UNKNOWN && is_call {
            let value = *value;
            let places = 0..n_wanted as u32;
            return places
                .map(|place| self.draft.value(Value::Element(value, place)))
                .collect();
        }
        values
    }

    pub(super) fn expect_all(&mut self, list: Node<'_>, kind: ReferenceKind) {
        match list.kind() {
            "expression_list" | "argument_list" => {
                for expression in children(list) {
                    self.expect(expression, kind);
                }
            }
            _ => self.expect(list, kind),
        }
    }

    /// `package.Name` uses the name; the package is only where it is found.
    fn selector(&mut self, node: Node<'_>) -> ValueId {
        let (Some(operand), Some(name)) = (
            node.child_by_field_name("operand"),
            node.child_by_field_name("field"),
        ) else {
            return UNKNOWN;
        };
        let object = self.expression(operand);
        let member = self.draft.member(object, self.text_of(name));
        // A member of a number or text leads nowhere that a reader could go.
        let is_of_universe = matches!(self.draft.facts.values[object.index()], Value::Primitive(_));
        if !is_of_universe && let Some(kind) = self.role(name) {
            self.refer(kind, name, Target::Value(member));
        }
        member
    }

    fn unary(&mut self, node: Node<'_>) -> ValueId {
        let operator = node.child_by_field_name("operator");
        let value = self.operand(node);
        match operator.map(|operator| operator.kind()) {
            // Receiving gives an element of the channel.
            Some("<-") if value != UNKNOWN => self.draft.value(Value::AnyElement(value)),
            Some("<-") => UNKNOWN,
            Some("!") => self.draft.primitive("bool"),
            // Addresses and pointers are not kept apart from what they lead to.
            _ => value,
        }
    }

    fn binary(&mut self, node: Node<'_>) -> ValueId {
        let mut sides = [UNKNOWN; 2];
        for (side, name) in sides.iter_mut().zip(["left", "right"]) {
            if let Some(operand) = node.child_by_field_name(name) {
                *side = self.expression(operand);
            }
        }
        let operator = node.child_by_field_name("operator");
        let is_primitive = |walk: &Self, value: ValueId| {
            matches!(
                walk.draft.facts.values[value.index()],
                Value::Primitive(_) | Value::Unknown
            )
        };
        match operator.map(|operator| operator.kind()) {
            Some("==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||") => {
                self.draft.primitive("bool")
            }
            // A constant takes the type of the other side.
            _ if is_primitive(self, sides[0]) => sides[1],
            _ => sides[0],
        }
    }

    fn call(&mut self, node: Node<'_>) -> ValueId {
        let Some(function) = node.child_by_field_name("function") else {
            return UNKNOWN;
        };
        let name = match function.kind() {
            // `f[T](…)`, or a function out of a collection.
            "index_expression" | "type_instantiation_expression" => None,
            _ => super::walk::last_name(function),
        };
        if name.is_some() {
            // The call is the use of the name: walking the callee must not note it a second time.
            self.take(function);
        }
        let callee = self.expression(function);
        let name = name.or_else(|| self.instantiated(function));
        if let Some(name) = name {
            self.refer(ReferenceKind::Call, name, Target::Value(callee));
        }
        let mut types = match name.is_some() {
            true => self.instance_types(function),
            false => Vec::new(),
        };
        if let Some(list) = node.child_by_field_name("type_arguments") {
            for argument in children(list) {
                types.push(self.r#type(argument));
            }
        }
        let mut arguments = Vec::new();
        if let Some(list) = node.child_by_field_name("arguments") {
            // `new` and `make` take a type where functions take values.
            let is_special = matches!(self.text_of(function), "new" | "make");
            self.expect_all(list, ReferenceKind::Argument);
            for (place, argument) in children(list).into_iter().enumerate() {
                match is_special && place == 0 {
                    true => types.push(self.r#type(argument)),
                    false => arguments.push(self.expression(argument)),
                }
            }
        }
        match callee {
            UNKNOWN => UNKNOWN,
            callee => self.draft.value(Value::Call(Box::new(Call {
                callee,
                arguments,
                types,
                keywords: Vec::new(),
            }))),
        }
    }

    /// Returns what stands in the brackets behind a function's name as types; its names are noted where it is an expression.
    fn instance_types(&mut self, function: Node<'_>) -> Vec<TypeId> {
        let arguments = match function.kind() {
            "index_expression" => super::walk::field(function, "index"),
            "type_instantiation_expression" => children(function).into_iter().skip(1).collect(),
            _ => Vec::new(),
        };
        let mut types = Vec::new();
        for argument in arguments {
            types.push(self.quiet_type(argument));
        }
        types
    }

    fn quiet_type(&mut self, node: Node<'_>) -> TypeId {
        match node.kind() {
            // Without noting a use: as parts of an expression they were noted already.
            "identifier" | "type_identifier" => {
                self.name_type(self.text_of(node), Vec::new(), Vec::new())
            }
            "selector_expression" | "qualified_type" => {
                let (Some(package), Some(name)) = (node.named_child(0), node.named_child(1)) else {
                    return UNKNOWN_TYPE;
                };
                let path = vec![self.draft.name(self.text_of(name))];
                self.name_type(self.text_of(package), path, Vec::new())
            }
            "unary_expression" => match node.child_by_field_name("operand") {
                Some(pointed) => self.quiet_type(pointed),
                None => UNKNOWN_TYPE,
            },
            "pointer_type" => match node.named_child(0) {
                Some(pointed) => self.quiet_type(pointed),
                None => UNKNOWN_TYPE,
            },
            _ => UNKNOWN_TYPE,
        }
    }

    /// Returns the name in front of brackets, unless it is a local variable's: `f` of `f[T](…)`.
    fn instantiated<'t>(&self, function: Node<'t>) -> Option<Node<'t>> {
        let generic = match function.kind() {
            "index_expression" => function.child_by_field_name("operand")?,
            "type_instantiation_expression" => function.named_child(0)?,
            _ => return None,
        };
        let name = super::walk::last_name(generic)?;
        // A local variable in front of brackets is a collection: nobody calls a local generic
        // function, as there are none.
        let is_local = generic == name && self.scopes.is_local(self.text_of(name));
        (!is_local).then_some(name)
    }
}
