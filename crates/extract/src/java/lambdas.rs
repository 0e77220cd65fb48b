//! Lambdas: functions whose parameters are what their place expects.

use domain::facts::*;
use tree_sitter::Node;

use super::walk::Walk;
use crate::draft::UNKNOWN;
use crate::notes::children;

impl<'a> Walk<'a> {
    pub(super) fn lambda(&mut self, node: Node<'_>, context: Option<Context>) -> ValueId {
        let context = context.map(|context| self.context(context));
        let function = self.draft.function(Function {
            context,
            ..Function::default()
        });
        self.scopes.open();
        if let Some(list) = node.child_by_field_name("parameters") {
            let parameters = match list.kind() {
                "identifier" => vec![list],
                _ => children(list),
            };
            for node in parameters {
                self.lambda_parameter(node, function);
            }
        }
        // On top of the functions around: a `return` in a block is the lambda's.
        self.functions.push(function);
        match node.child_by_field_name("body") {
            Some(block) if block.kind() == "block" => self.block(block),
            Some(expression) => {
                self.use_as(expression, ReferenceKind::Returned);
                let value = self.expression_in(expression, Context::Returned(function));
                // `() -> n++` fits what gives nothing as well as what gives a number; what it gives
                // is left open.
                if !is_statement(expression.kind()) {
                    self.draft.function_mut(function).returned.push(value);
                }
            }
            None => {}
        }
        self.functions.pop();
        self.scopes.close();
        self.draft.value(Value::Function(function))
    }

    fn lambda_parameter(&mut self, node: Node<'_>, function: FunctionId) {
        let (parameter, name) = match node.kind() {
            "identifier" | "underscore_pattern" => (
                Parameter {
                    r#type: None,
                    default: None,
                    is_optional: false,
                    is_rest: false,
                    name: None,
                },
                Some(node),
            ),
            _ => match self.parameter(node) {
                Some(found) => found,
                None => return,
            },
        };
        let place = self.draft.facts.functions[function.index()]
            .parameters
            .len();
        self.draft.function_mut(function).parameters.push(parameter);
        let value = match parameter.r#type {
            Some(_) => UNKNOWN,
            None => self.draft.value(Value::Parameter(function, place as u32)),
        };
        if let Some(name) = name {
            let value = Some(value).filter(|value| *value != UNKNOWN);
            self.local(self.text_of(name), parameter.r#type, value);
        }
    }
}

/// Whether an expression stands for what it does rather than for what it gives.
fn is_statement(kind: &str) -> bool {
    matches!(kind, "assignment_expression" | "update_expression")
}
