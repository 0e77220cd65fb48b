//! Functions and methods: their signatures and bodies.

use domain::facts::*;
use tree_sitter::Node;

use super::walk::{Walk, children, field, last_name};
use crate::draft::UNKNOWN_TYPE;

impl<'a> Walk<'a> {
    pub(super) fn function_declaration(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let symbol = self.symbol_at(name);
        self.scopes.open();
        self.within(symbol, |walk| {
            let parameters = walk.type_parameters(node);
            let function = walk.signature(node, symbol);
            walk.draft.function_mut(function).type_parameters = parameters;
            // `init` and `_` are not announced, and what is declared twice is a mistake: its second
            // symbol is another.
            let known = walk.scopes.find(walk.text_of(name));
            if let Some(declaration) = known.filter(|known| {
                symbol.is_some() && walk.draft.facts.declarations[known.index()].symbol == symbol
            }) {
                walk.draft.declaration_mut(declaration).value =
                    DeclaredValue::Functions(vec![function]);
            }
            walk.body(node);
        });
        self.scopes.close();
    }

    /// A method belongs to a type that may be declared in another file of the package.
    pub(super) fn method_declaration(&mut self, node: Node<'_>) {
        let (Some(name), Some(receivers)) = (
            node.child_by_field_name("name"),
            node.child_by_field_name("receiver"),
        ) else {
            return;
        };
        let symbol = self.symbol_at(name);
        self.scopes.open();
        self.within(symbol, |walk| {
            let receiver = children(receivers).into_iter().next();
            let written = receiver.and_then(|receiver| receiver.child_by_field_name("type"));
            let parameters =
                written.map_or_else(Vec::new, |written| walk.receiver_parameters(written));
            // After the type parameters that the receiver names, which its own type uses.
            walk.parameters(receivers);
            let function = walk.signature(node, symbol);
            walk.body(node);
            let Some(of) = written.and_then(last_name) else {
                return;
            };
            let extension = Extension {
                of: walk.draft.name(walk.text_of(of)),
                parameters,
                member: Member {
                    name: walk.draft.name(walk.text_of(name)),
                    kind: MemberKind::Method,
                    symbol,
                    r#type: None,
                    value: Some(walk.draft.value(Value::Function(function))),
                },
            };
            walk.draft.facts.extensions.push(extension);
        });
        self.scopes.close();
    }

    /// Declares the names that a receiver gives to the type parameters of its type: `K` in `(m *Map[K])`.
    fn receiver_parameters(&mut self, written: Node<'_>) -> Vec<DeclarationId> {
        let mut node = written;
        // `(m *Map[K])`: a method of the pointer is one of the type.
        while matches!(node.kind(), "pointer_type" | "parenthesized_type") {
            match node.named_child(0) {
                Some(inner) => node = inner,
                None => return Vec::new(),
            }
        }
        let Some(arguments) = node.child_by_field_name("type_arguments") else {
            return Vec::new();
        };
        let mut parameters = Vec::new();
        for argument in children(arguments) {
            if let Some(name) = argument.named_child(0).or(Some(argument)) {
                parameters.push(self.type_parameter(name, None));
            }
        }
        parameters
    }

    /// Declares the type parameters of a function or type.
    pub(super) fn type_parameters(&mut self, node: Node<'_>) -> Vec<DeclarationId> {
        let Some(list) = node.child_by_field_name("type_parameters") else {
            return Vec::new();
        };
        let mut parameters = Vec::new();
        let mut constraints = Vec::new();
        for declaration in children(list) {
            for name in field(declaration, "name") {
                if name.kind() == "identifier" {
                    let parameter = self.type_parameter(name, None);
                    parameters.push(parameter);
                    constraints.push((parameter, declaration.child_by_field_name("type")));
                }
            }
        }
        // A constraint may speak of any of them.
        for (parameter, written) in constraints {
            let constraint = written.map(|written| self.r#type(written));
            self.draft.declaration_mut(parameter).r#type = DeclaredType::Parameter {
                constraint: constraint.filter(|constraint| *constraint != UNKNOWN_TYPE),
                default: None,
            };
        }
        parameters
    }

    fn type_parameter(&mut self, name: Node<'_>, constraint: Option<TypeId>) -> DeclarationId {
        let declaration = self.draft.declaration();
        self.draft.declaration_mut(declaration).r#type = DeclaredType::Parameter {
            constraint,
            default: None,
        };
        self.scopes.declare(self.text_of(name), declaration);
        declaration
    }

    /// Writes down parameters and results, and declares their names.
    pub(super) fn signature(&mut self, node: Node<'_>, symbol: Option<u32>) -> FunctionId {
        let parameters = match node.child_by_field_name("parameters") {
            Some(list) => self.parameters(list),
            None => Vec::new(),
        };
        let returns = match node.child_by_field_name("result") {
            None => None,
            Some(list) if list.kind() == "parameter_list" => {
                let results = self.parameters(list);
                let types = results
                    .iter()
                    .map(|result| result.r#type.unwrap_or(UNKNOWN_TYPE))
                    .collect::<Vec<_>>();
                Some(match types[..] {
                    // `(err error)` is one result with a name.
                    [one] => one,
                    _ => self.draft.r#type(Type::Tuple(types)),
                })
            }
            Some(one) => Some(self.r#type(one)),
        };
        self.draft.function(Function {
            symbol,
            parameters,
            returns: returns.filter(|returns| *returns != UNKNOWN_TYPE),
            ..Function::default()
        })
    }

    fn parameters(&mut self, list: Node<'_>) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        for declaration in children(list) {
            let Some(written) = declaration.child_by_field_name("type") else {
                continue;
            };
            let is_rest = declaration.kind() == "variadic_parameter_declaration";
            let mut r#type = self.r#type(written);
            if is_rest {
                // Inside of the function it is a slice; a call compares its arguments one by one,
                // as with every rest parameter.
                r#type = self.draft.global_type("builtin·slice", vec![r#type]);
            }
            let known = Some(r#type).filter(|r#type| *r#type != UNKNOWN_TYPE);
            let parameter = Parameter {
                r#type: known,
                default: None,
                is_optional: is_rest,
                is_rest,
                name: None,
            };
            let names: Vec<Node<'_>> = field(declaration, "name")
                .into_iter()
                .filter(|name| name.kind() == "identifier")
                .collect();
            // A parameter without a name is one all the same: arguments go by place.
            let n_names = names.len().max(1);
            parameters.extend(std::iter::repeat_n(parameter, n_names));
            for name in names {
                self.local(self.text_of(name), known, None);
            }
        }
        parameters
    }

    /// Declares a variable that only a function sees.
    pub(super) fn local(&mut self, name: &'a str, r#type: Option<TypeId>, value: Option<ValueId>) {
        let declaration = self.draft.declaration();
        self.draft.declaration_mut(declaration).value = DeclaredValue::Variable {
            r#type,
            value,
            is_destructured: false,
        };
        self.scopes.declare(name, declaration);
    }

    fn body(&mut self, node: Node<'_>) {
        if let Some(body) = node.child_by_field_name("body") {
            self.block(body);
        }
    }

    /// `func(…) … { … }`
    pub(super) fn function_literal(&mut self, node: Node<'_>) -> ValueId {
        self.scopes.open();
        let function = self.signature(node, None);
        self.body(node);
        self.scopes.close();
        self.draft.value(Value::Function(function))
    }
}
