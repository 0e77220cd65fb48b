//! Functions and signatures as facts, without their bodies.

use super::jsdoc::FunctionDoc;
use super::*;
use oxc::ast::ast;

impl<'p> Draft<'_, 'p> {
    pub(in crate::ecmascript::oxc_outline) fn function(
        &mut self,
        function: &ast::Function<'p>,
        context: Option<ContextId>,
    ) -> FunctionId {
        let node = function.node_id.get();
        if let Some(known) = self.functions.get(&node) {
            return *known;
        }
        let head = Head {
            type_parameters: function.type_parameters.as_deref(),
            parameters: &function.params,
            returns: function.return_type.as_deref(),
        };
        let doc = self.documented_function(function.span.start);
        let id = self.documented_signature(Some(node), head, doc);
        let fact = self.function_mut(id);
        fact.is_async = function.r#async;
        fact.is_generator = function.generator;
        fact.context = context;
        id
    }

    pub(in crate::ecmascript::oxc_outline) fn arrow(
        &mut self,
        arrow: &ArrowFunctionExpression<'p>,
        context: Option<ContextId>,
    ) -> FunctionId {
        let node = arrow.node_id.get();
        if let Some(known) = self.functions.get(&node) {
            return *known;
        }
        let head = Head {
            type_parameters: arrow.type_parameters.as_deref(),
            parameters: &arrow.params,
            returns: arrow.return_type.as_deref(),
        };
        let doc = self.documented_function(arrow.span.start);
        let id = self.documented_signature(Some(node), head, doc);
        let fact = self.function_mut(id);
        fact.is_async = arrow.r#async;
        fact.context = context;
        id
    }

    pub(super) fn function_type(&mut self, function: &TSFunctionType<'p>) -> FunctionId {
        self.signature(
            None,
            Head {
                type_parameters: function.type_parameters.as_deref(),
                parameters: &function.params,
                returns: Some(&function.return_type),
            },
        )
    }

    pub(super) fn constructor_type(&mut self, constructor: &TSConstructorType<'p>) -> FunctionId {
        self.signature(
            None,
            Head {
                type_parameters: constructor.type_parameters.as_deref(),
                parameters: &constructor.params,
                returns: Some(&constructor.return_type),
            },
        )
    }

    pub(super) fn signature(&mut self, node: Option<NodeId>, head: Head<'_, 'p>) -> FunctionId {
        self.documented_signature(node, head, FunctionDoc::default())
    }

    fn documented_signature(
        &mut self,
        node: Option<NodeId>,
        head: Head<'_, 'p>,
        doc: FunctionDoc,
    ) -> FunctionId {
        let id = FunctionId(self.facts.functions.len() as u32);
        // Numbered before its parameters, whose values name it.
        self.facts.functions.push(Function::default());
        if let Some(node) = node {
            self.functions.insert(node, id);
        }
        let mut type_parameters = self.type_parameters(head.type_parameters);
        type_parameters.extend(&doc.type_parameters);
        let parameters = self.parameters(id, head.parameters, &doc);
        let returns = match self.predicate(&head) {
            Some(predicate) => Some(self.push_type(predicate)),
            // What is written wins over what a comment says.
            None => self.annotation(head.returns).or(doc.returns),
        };
        let symbol = node.and_then(|node| self.table.symbol_of_function(node));
        let fact = self.function_mut(id);
        fact.symbol = symbol;
        fact.type_parameters = type_parameters;
        fact.parameters = parameters;
        fact.returns = returns;
        id
    }

    /// `x is Type` and `asserts x is Type`, of a parameter.
    fn predicate(&mut self, head: &Head<'_, 'p>) -> Option<Type> {
        let TSType::TSTypePredicate(predicate) = &head.returns?.type_annotation else {
            return None;
        };
        let TSTypePredicateName::Identifier(name) = &predicate.parameter_name else {
            return None;
        };
        let of_name = |parameter: &FormalParameter<'p>| matches!(&parameter.pattern, BindingPattern::BindingIdentifier(id) if id.name == name.name);
        let place = head.parameters.items.iter().position(of_name)?;
        let r#type = self.type_of(&predicate.type_annotation.as_ref()?.type_annotation);
        Some(Type::Predicate(place as u32, r#type))
    }

    fn parameters(
        &mut self,
        function: FunctionId,
        parameters: &FormalParameters<'p>,
        doc: &FunctionDoc,
    ) -> Vec<Parameter> {
        let mut facts = Vec::with_capacity(parameters.items.len());
        for (place, parameter) in parameters.items.iter().enumerate() {
            let documented = doc.parameter(&parameter.pattern, place);
            let r#type = self
                .annotation(parameter.type_annotation.as_deref())
                .or(documented.filter(|r#type| *r#type != TypeId(0)));
            let default = parameter.initializer.as_deref();
            let default = default.map(|default| match r#type {
                Some(r#type) => self.value_at(default, Context::Typed(r#type)),
                None => self.value(default),
            });
            facts.push(Parameter {
                r#type,
                default,
                is_optional: parameter.optional || default.is_some(),
                is_rest: false,
                name: None,
            });
            self.declare_parameter(&parameter.pattern, function, place as u32, r#type);
        }
        if let Some(rest) = &parameters.rest {
            let place = facts.len() as u32;
            let documented = doc.parameter(&rest.rest.argument, facts.len());
            let r#type = self
                .annotation(rest.type_annotation.as_deref())
                .or(documented.filter(|r#type| *r#type != TypeId(0)));
            facts.push(Parameter {
                r#type,
                default: None,
                is_optional: true,
                is_rest: true,
                name: None,
            });
            self.declare_parameter(&rest.rest.argument, function, place, r#type);
        }
        facts
    }

    fn declare_parameter(
        &mut self,
        pattern: &BindingPattern<'p>,
        function: FunctionId,
        place: u32,
        r#type: Option<TypeId>,
    ) {
        let value = match r#type {
            Some(r#type) => self.typed(r#type),
            // Its type is what the function's place expects, which resolution finds out.
            None => self.share(Value::Parameter(function, place)),
        };
        self.declare_pattern(pattern, value);
    }
}

/// What stands around the body of a function.
pub(super) struct Head<'h, 'p> {
    pub(super) type_parameters: Option<&'h TSTypeParameterDeclaration<'p>>,
    pub(super) parameters: &'h FormalParameters<'p>,
    pub(super) returns: Option<&'h TSTypeAnnotation<'p>>,
}
