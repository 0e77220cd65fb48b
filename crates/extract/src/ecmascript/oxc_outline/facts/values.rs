//! Expressions as facts.

use super::*;

impl<'p> Draft<'_, 'p> {
    pub(in crate::ecmascript::oxc_outline) fn value(
        &mut self,
        expression: &Expression<'p>,
    ) -> ValueId {
        self.value_in(expression, None)
    }

    /// Returns the fact of an expression at a place that expects a type.
    pub(in crate::ecmascript::oxc_outline) fn value_in(
        &mut self,
        expression: &Expression<'p>,
        context: Option<ContextId>,
    ) -> ValueId {
        // The call of `require` is the module, whatever its place expects.
        if let Some(specifier) = self.table.required(expression) {
            let specifier = self.name(specifier);
            return self.share(Value::Module(specifier));
        }
        match expression {
            Expression::Identifier(name) => self.identifier(name),
            Expression::ThisExpression(_) => self.this(),
            Expression::Super(_) => self.super_class(),
            Expression::StaticMemberExpression(member) => self.static_member(member),
            Expression::PrivateFieldExpression(member) => self.private_member(member),
            Expression::ComputedMemberExpression(member) => self.computed_member(member),
            Expression::ChainExpression(chain) => self.chain(&chain.expression),
            Expression::CallExpression(call) => self.call(call),
            Expression::NewExpression(new) => self.new_instance(new),
            Expression::AwaitExpression(awaited) => {
                let awaited = self.value(&awaited.argument);
                self.push_value(Value::Await(awaited))
            }
            Expression::ImportExpression(import) => match &import.source {
                Expression::StringLiteral(specifier) => {
                    let specifier = self.name(specifier.value.as_str());
                    self.share(Value::ImportedModule(specifier))
                }
                _ => UNKNOWN,
            },
            Expression::ObjectExpression(object) => {
                let shape = self.object(object, context);
                self.share(Value::Object(shape))
            }
            Expression::ArrayExpression(array) => self.array(array, context),
            Expression::ArrowFunctionExpression(arrow) => {
                let function = self.arrow(arrow, context);
                self.share(Value::Function(function))
            }
            Expression::FunctionExpression(function) => {
                let function = self.function(function, context);
                self.share(Value::Function(function))
            }
            Expression::ClassExpression(class) => {
                let shape = self.class(class);
                self.share(Value::Class(shape))
            }
            Expression::TaggedTemplateExpression(template) => {
                let callee = self.value(&template.tag);
                self.push_value(Value::Call(Box::new(Call {
                    callee,
                    arguments: Vec::new(),
                    types: Vec::new(),
                    keywords: Vec::new(),
                })))
            }
            _ => self.wrapped(expression, context),
        }
    }

    /// Expressions that pass on the value of one inside them, and those that give a primitive.
    fn wrapped(&mut self, expression: &Expression<'p>, context: Option<ContextId>) -> ValueId {
        match expression {
            Expression::ParenthesizedExpression(inner) => {
                match self.documented_cast(inner.span.start) {
                    Some(r#type) => {
                        self.value_at(&inner.expression, Context::Typed(r#type));
                        self.push_value(Value::Typed(r#type))
                    }
                    None => self.value_in(&inner.expression, context),
                }
            }
            Expression::TSNonNullExpression(inner) => self.value_in(&inner.expression, context),
            Expression::TSInstantiationExpression(inner) => {
                self.value_in(&inner.expression, context)
            }
            Expression::TSSatisfiesExpression(inner) => {
                let context = self.typed_context(&inner.type_annotation);
                self.value_in(&inner.expression, context)
            }
            Expression::TSAsExpression(cast) => {
                self.cast(&cast.expression, &cast.type_annotation, context)
            }
            Expression::TSTypeAssertion(cast) => {
                self.cast(&cast.expression, &cast.type_annotation, context)
            }
            Expression::ConditionalExpression(choice) => {
                let so = self.tests(&choice.test, true);
                let not = self.tests(&choice.test, false);
                let first =
                    self.where_tested(so, |draft| draft.value_in(&choice.consequent, context));
                let second =
                    self.where_tested(not, |draft| draft.value_in(&choice.alternate, context));
                self.either(first, second)
            }
            Expression::LogicalExpression(logical) if logical.operator == LogicalOperator::And => {
                // `a && b` is `b` where it is of interest; what `a` is when it is false comes
                // second.
                let so = self.tests(&logical.left, true);
                let first = self.where_tested(so, |draft| draft.value_in(&logical.right, context));
                let second = self.value_in(&logical.left, context);
                self.either(first, second)
            }
            Expression::LogicalExpression(logical) => {
                let not = match logical.operator {
                    LogicalOperator::Or => self.tests(&logical.left, false),
                    _ => Vec::new(),
                };
                let first = self.value_in(&logical.left, context);
                let second =
                    self.where_tested(not, |draft| draft.value_in(&logical.right, context));
                self.either(first, second)
            }
            Expression::SequenceExpression(sequence) => match sequence.expressions.last() {
                Some(last) => self.value_in(last, context),
                None => UNKNOWN,
            },
            Expression::AssignmentExpression(assignment) => {
                self.value_in(&assignment.right, context)
            }
            Expression::StringLiteral(_) => match self.literal(expression) {
                Some(literal) => self.share(Value::Literal(literal)),
                None => self.primitive("String"),
            },
            Expression::TemplateLiteral(_) => self.primitive("String"),
            Expression::NumericLiteral(_) => match self.literal(expression) {
                Some(literal) => self.share(Value::Literal(literal)),
                None => self.primitive("Number"),
            },
            Expression::UpdateExpression(_) => self.primitive("Number"),
            Expression::BooleanLiteral(_) => match self.literal(expression) {
                Some(literal) => self.share(Value::Literal(literal)),
                None => self.primitive("Boolean"),
            },
            Expression::RegExpLiteral(_) => self.primitive("RegExp"),
            Expression::UnaryExpression(unary) => match unary.operator {
                UnaryOperator::Typeof => self.primitive("String"),
                UnaryOperator::LogicalNot | UnaryOperator::Delete => self.primitive("Boolean"),
                UnaryOperator::UnaryPlus => self.primitive("Number"),
                _ => UNKNOWN,
            },
            Expression::BinaryExpression(binary)
                if binary.operator.is_equality() || binary.operator.is_compare() =>
            {
                self.primitive("Boolean")
            }
            _ => UNKNOWN,
        }
    }

    pub(super) fn primitive(&mut self, name: &str) -> ValueId {
        let name = self.name(name);
        self.share(Value::Primitive(name))
    }

    pub(in crate::ecmascript::oxc_outline) fn identifier(
        &mut self,
        name: &IdentifierReference,
    ) -> ValueId {
        match self.declared(name) {
            Some(declaration) => {
                let tested = self.table.declared(name);
                let tested = tested.and_then(|name| self.tested.get(&name).copied());
                tested.unwrap_or_else(|| self.share(Value::Declared(declaration)))
            }
            None if name.name == "exports" => self.share(Value::Exports),
            None => {
                let text = name.name.as_str();
                let global = self.name(text);
                let global = self.share(Value::Global(global));
                self.in_namespaces(text, global)
            }
        }
    }

    /// A name that no scope declares may be another part's of a namespace around it.
    fn in_namespaces(&mut self, name: &str, global: ValueId) -> ValueId {
        let mut value = global;
        // From the outermost, each wrapped around those before, so that the innermost is asked
        // first.
        for place in 0..self.namespaces.len() {
            let namespace = declaration_of(self.namespaces[place]);
            let namespace = self.share(Value::Declared(namespace));
            let member = self.member(namespace, name);
            value = self.share(Value::OrElse(member, value));
        }
        value
    }

    pub(in crate::ecmascript::oxc_outline) fn this(&mut self) -> ValueId {
        match self.instance.this {
            This::Of(shape, Side::Instance) => self.share(Value::This(shape)),
            This::Of(shape, Side::Static) => self.share(Value::StaticThis(shape)),
            This::Made(function) => {
                let shape = self.made_by(function);
                self.share(Value::This(shape))
            }
            This::Value(value) => value,
            This::Unknown => UNKNOWN,
        }
    }

    pub(in crate::ecmascript::oxc_outline) fn super_class(&mut self) -> ValueId {
        match self.instance.class {
            Some((shape, Side::Instance)) => self.share(Value::Super(shape)),
            Some((shape, Side::Static)) => self.share(Value::StaticSuper(shape)),
            None => UNKNOWN,
        }
    }

    pub(in crate::ecmascript::oxc_outline) fn member(
        &mut self,
        object: ValueId,
        name: &str,
    ) -> ValueId {
        let name = self.name(name);
        self.share(Value::Member(object, name))
    }

    /// A name of another module.
    pub(in crate::ecmascript::oxc_outline) fn module_member(
        &mut self,
        specifier: &str,
        name: &str,
    ) -> ValueId {
        let specifier = self.name(specifier);
        let module = self.share(Value::Module(specifier));
        self.member(module, name)
    }

    pub(in crate::ecmascript::oxc_outline) fn static_member(
        &mut self,
        member: &StaticMemberExpression<'p>,
    ) -> ValueId {
        if self.table.is_module_exports(member) {
            return self.share(Value::Exports);
        }
        let object = self.value(&member.object);
        self.member(object, member.property.name.as_str())
    }

    pub(in crate::ecmascript::oxc_outline) fn private_member(
        &mut self,
        member: &PrivateFieldExpression<'p>,
    ) -> ValueId {
        let object = self.value(&member.object);
        self.member(object, &format!("#{}", member.field.name))
    }

    pub(in crate::ecmascript::oxc_outline) fn computed_member(
        &mut self,
        member: &ComputedMemberExpression<'p>,
    ) -> ValueId {
        let object = self.value(&member.object);
        match &member.expression {
            Expression::StringLiteral(key) => self.member(object, key.value.as_str()),
            Expression::NumericLiteral(place) if place.value >= 0.0 => {
                self.share(Value::Element(object, place.value as u32))
            }
            _ => self.share(Value::AnyElement(object)),
        }
    }

    fn chain(&mut self, element: &ChainElement<'p>) -> ValueId {
        match element {
            ChainElement::CallExpression(call) => self.call(call),
            ChainElement::TSNonNullExpression(inner) => self.value(&inner.expression),
            ChainElement::StaticMemberExpression(member) => self.static_member(member),
            ChainElement::PrivateFieldExpression(member) => self.private_member(member),
            ChainElement::ComputedMemberExpression(member) => self.computed_member(member),
        }
    }

    pub(in crate::ecmascript::oxc_outline) fn call(
        &mut self,
        call: &CallExpression<'p>,
    ) -> ValueId {
        let node = call.node_id.get();
        if let Some(value) = self.calls.get(&node) {
            return *value;
        }
        let callee = self.value(&call.callee);
        let types = self.type_arguments(call.type_arguments.as_deref());
        let id = self.push_value(Value::Unknown);
        // Known before its arguments, whose contexts name it.
        self.calls.insert(node, id);
        let arguments = self.arguments(id, &call.arguments);
        self.facts.values[id.index()] = Value::Call(Box::new(Call {
            callee,
            arguments,
            types,
            keywords: Vec::new(),
        }));
        id
    }

    pub(in crate::ecmascript::oxc_outline) fn new_instance(
        &mut self,
        new: &NewExpression<'p>,
    ) -> ValueId {
        let node = new.node_id.get();
        if let Some(value) = self.calls.get(&node) {
            return *value;
        }
        let callee = self.value(&new.callee);
        let types = self.type_arguments(new.type_arguments.as_deref());
        let id = self.push_value(Value::Unknown);
        self.calls.insert(node, id);
        let arguments = self.arguments(id, &new.arguments);
        self.facts.values[id.index()] = Value::New(Box::new(Call {
            callee,
            arguments,
            types,
            keywords: Vec::new(),
        }));
        id
    }

    fn arguments(&mut self, call: ValueId, arguments: &[Argument<'p>]) -> Vec<ValueId> {
        let mut values = Vec::with_capacity(arguments.len());
        for (place, argument) in arguments.iter().enumerate().take(MAX_ELEMENTS) {
            // Behind a spread, arguments stand at no known place.
            let Some(expression) = argument.as_expression() else {
                break;
            };
            let context = self.context_for(expression, Context::Argument(call, place as u32));
            values.push(self.value_in(expression, context));
        }
        values
    }

    /// Only what can hold a function needs to know its place.
    fn context_for(&mut self, expression: &Expression<'p>, context: Context) -> Option<ContextId> {
        let takes_type = matches!(
            expression.get_inner_expression(),
            Expression::ArrowFunctionExpression(_)
                | Expression::FunctionExpression(_)
                | Expression::ObjectExpression(_)
                | Expression::ArrayExpression(_)
                | Expression::ConditionalExpression(_)
                | Expression::LogicalExpression(_)
        );
        takes_type.then(|| self.push_context(context))
    }

    pub(in crate::ecmascript::oxc_outline) fn value_at(
        &mut self,
        expression: &Expression<'p>,
        context: Context,
    ) -> ValueId {
        let context = self.context_for(expression, context);
        self.value_in(expression, context)
    }

    fn array(&mut self, array: &ArrayExpression<'p>, context: Option<ContextId>) -> ValueId {
        let mut values = Vec::new();
        for (place, element) in array.elements.iter().enumerate().take(MAX_ELEMENTS) {
            let value = match element {
                ArrayExpressionElement::SpreadElement(spread) => {
                    let spread = self.value(&spread.argument);
                    self.share(Value::Iterated(spread))
                }
                ArrayExpressionElement::Elision(_) => UNKNOWN,
                element => match (element.as_expression(), context) {
                    (Some(expression), Some(context)) => {
                        self.value_at(expression, Context::Element(context, place as u32))
                    }
                    (Some(expression), None) => self.value(expression),
                    (None, _) => UNKNOWN,
                },
            };
            values.push(value);
        }
        self.push_value(Value::Array(values))
    }

    fn either(&mut self, first: ValueId, second: ValueId) -> ValueId {
        match (first, second) {
            (UNKNOWN, known) | (known, UNKNOWN) => known,
            _ => self.push_value(Value::Either(vec![first, second])),
        }
    }

    /// `as const` and `as any` say nothing, so the expression itself counts.
    fn cast(
        &mut self,
        expression: &Expression<'p>,
        annotation: &TSType<'p>,
        context: Option<ContextId>,
    ) -> ValueId {
        if matches!(annotation, TSType::TSTypeReference(name) if name.type_name.is_const()) {
            return self.value_in(expression, context);
        }
        let r#type = self.type_of(annotation);
        if self.facts.types[r#type.index()] == Type::Unknown {
            return self.value_in(expression, context);
        }
        // For the functions in it, which take their types from there; its own value is not used.
        self.value_at(expression, Context::Typed(r#type));
        self.push_value(Value::Typed(r#type))
    }

    pub(in crate::ecmascript::oxc_outline) fn typed(&mut self, r#type: TypeId) -> ValueId {
        self.share(Value::Typed(r#type))
    }

    pub(in crate::ecmascript::oxc_outline) fn iterated(&mut self, of: ValueId) -> ValueId {
        self.share(Value::Iterated(of))
    }
}

/// The first value of every file.
pub(in crate::ecmascript::oxc_outline) const UNKNOWN: ValueId = ValueId(0);
