//! Functions, methods and closures.

use domain::facts::*;
use tree_sitter::Node;

use super::patterns::placed;
use super::type_names::{FUTURE, known};
use super::walk::Walk;
use crate::draft::{UNKNOWN, UNKNOWN_TYPE};
use crate::notes::{child_of_kind, children};

impl<'a> Walk<'a> {
    pub(super) fn function_item(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let declaration = self.declared_item(name);
        let outer = self.own;
        let (function, _) = self.function(node, name, &[]);
        self.own = outer;
        self.draft.declaration_mut(declaration).value = DeclaredValue::Functions(vec![function]);
    }

    /// A function of a trait, or of what is implemented for a type with parameters.
    pub(super) fn method(&mut self, node: Node<'_>, shape: ShapeId, outer: &[DeclarationId]) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let (function, has_self) = self.function(node, name, outer);
        let member = Member {
            name: self.name_of(name),
            kind: MemberKind::Method,
            symbol: self.symbol_at(name),
            r#type: None,
            value: Some(self.draft.value(Value::Function(function))),
        };
        let shape = self.draft.shape_mut(shape);
        match has_self {
            true => shape.members.push(member),
            false => shape.statics.push(member),
        }
    }

    /// Returns a function, and whether it takes `self`.
    fn function(
        &mut self,
        node: Node<'_>,
        name: Node<'_>,
        outer: &[DeclarationId],
    ) -> (FunctionId, bool) {
        let symbol = self.symbol_at(name);
        let function = self.draft.function(Function {
            symbol,
            ..Function::default()
        });
        let mut has_self = false;
        self.scopes.open();
        self.within(symbol, |walk| {
            let mut type_parameters = walk.type_parameters(node);
            let listed = node.child_by_field_name("parameters");
            let mut parameters = Vec::new();
            for parameter in listed.map_or_else(Vec::new, children) {
                match walk.parameter(parameter) {
                    Some(parameter) => parameters.push(parameter),
                    None => has_self |= parameter.kind().ends_with("parameter"),
                }
            }
            if !has_self {
                // What the arguments say of the type that it makes.
                type_parameters.extend_from_slice(outer);
            }
            let returns = walk.returned_type(node);
            let written = walk.draft.function_mut(function);
            written.type_parameters = type_parameters;
            written.parameters = parameters;
            written.returns = known(returns);
            if let Some(body) = node.child_by_field_name("body") {
                walk.functions.push(function);
                walk.body(body);
                walk.functions.pop();
            }
        });
        self.scopes.close();
        (function, has_self)
    }

    fn body(&mut self, body: Node<'_>) {
        let outer = std::mem::take(&mut self.growing);
        self.block(body);
        self.growing = outer;
    }

    fn returned_type(&mut self, node: Node<'_>) -> TypeId {
        let returns = match node.child_by_field_name("return_type") {
            Some(written) => self.r#type(written),
            None => self.unit_type(),
        };
        let modifiers = child_of_kind(node, "function_modifiers");
        let is_async = modifiers.is_some_and(|modifiers| self.text_of(modifiers).contains("async"));
        match is_async {
            true => self.future_of(returns),
            false => returns,
        }
    }

    pub(super) fn future_of(&mut self, r#type: TypeId) -> TypeId {
        let name = self.draft.name("Output");
        let output = self.draft.r#type(Type::Named { name, r#type });
        self.draft.global_type(FUTURE, vec![output])
    }

    /// Declares a parameter; nothing for `self`, and for what is none.
    fn parameter(&mut self, node: Node<'_>) -> Option<Parameter> {
        match node.kind() {
            "parameter" => {
                let pattern = node.child_by_field_name("pattern");
                let written = node.child_by_field_name("type");
                let r#type = written.map_or(UNKNOWN_TYPE, |written| self.r#type(written));
                let pattern = pattern?;
                if pattern.kind() == "self" {
                    return None;
                }
                self.typed_pattern(pattern, r#type);
                Some(parameter(known(r#type)))
            }
            "self_parameter" => None,
            "attribute_item" => {
                self.attribute(node);
                None
            }
            "variadic_parameter" => Some(parameter(None)),
            _ => {
                let r#type = self.r#type(node);
                Some(parameter(known(r#type)))
            }
        }
    }

    pub(super) fn closure(&mut self, node: Node<'_>, context: Option<Context>) -> ValueId {
        let context = context.map(|context| {
            self.draft.facts.contexts.push(context);
            ContextId(self.draft.facts.contexts.len() as u32 - 1)
        });
        let returns = node.child_by_field_name("return_type");
        let returns = returns.map_or(UNKNOWN_TYPE, |written| self.r#type(written));
        let function = self.draft.function(Function {
            context,
            returns: known(returns),
            ..Function::default()
        });
        self.scopes.open();
        let listed = node.child_by_field_name("parameters");
        for (place, node) in listed.map_or_else(Vec::new, placed) {
            self.closure_parameter(node, function, place);
        }
        self.functions.push(function);
        if let Some(body) = node.child_by_field_name("body") {
            self.use_as(body, ReferenceKind::Returned);
            let value = self.expression_in(body, Context::Returned(function));
            let is_async = self.text[node.start_byte()..body.start_byte()].contains("async");
            let value = match is_async {
                true => self.future(value),
                false => value,
            };
            self.draft.function_mut(function).returned.push(value);
        }
        self.functions.pop();
        self.scopes.close();
        self.draft.value(Value::Function(function))
    }

    fn closure_parameter(&mut self, node: Node<'_>, function: FunctionId, place: u32) {
        let (pattern, r#type) = match node.kind() {
            "parameter" => {
                let written = node.child_by_field_name("type");
                let r#type = written.map_or(UNKNOWN_TYPE, |written| self.r#type(written));
                (node.child_by_field_name("pattern"), r#type)
            }
            _ => (Some(node), UNKNOWN_TYPE),
        };
        // Those before that are `_`, too.
        let taken = &mut self.draft.function_mut(function).parameters;
        taken.resize(place as usize, parameter(None));
        taken.push(parameter(known(r#type)));
        let Some(pattern) = pattern else {
            return;
        };
        match r#type {
            UNKNOWN_TYPE => {
                let value = self.draft.value(Value::Parameter(function, place));
                self.pattern(pattern, value);
            }
            r#type => self.typed_pattern(pattern, r#type),
        }
    }

    /// `return value`.
    pub(super) fn returned(&mut self, node: Node<'_>) {
        for expression in children(node) {
            self.use_as(expression, ReferenceKind::Returned);
            let Some(function) = self.functions.last().copied() else {
                self.expression(expression);
                continue;
            };
            let value = self.expression_in(expression, Context::Returned(function));
            let closure = &self.draft.facts.functions[function.index()];
            let is_closure = closure.symbol.is_none() && closure.returns.is_none();
            if is_closure && value != UNKNOWN {
                self.draft.function_mut(function).returned.push(value);
            }
        }
    }
}

pub(super) fn parameter(r#type: Option<TypeId>) -> Parameter {
    Parameter {
        r#type,
        default: None,
        is_optional: false,
        is_rest: false,
        name: None,
    }
}
