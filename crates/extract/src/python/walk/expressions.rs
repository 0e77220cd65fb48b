//! Expressions: what they can be, and the uses of names in them.

use domain::facts::*;
use ruff_python_ast::{
    BoolOp, Comprehension, Expr, ExprAttribute, ExprCall, ExprContext, ExprLambda, ExprSubscript,
    InterpolatedStringElement, Number, Operator, UnaryOp,
};
use ruff_text_size::Ranged;

use super::Walk;
use crate::draft::UNKNOWN;

/// Long literals of data say nothing more about types after so many elements.
const ELEMENTS_MAX: usize = 64;

impl<'a> Walk<'a> {
    /// Returns what an expression can be, and notes the uses of names in it.
    pub(super) fn expression(&mut self, expression: &'a Expr) -> ValueId {
        match expression {
            Expr::Name(name) => {
                self.name_used(name);
                self.name_value(name.id.as_str())
            }
            Expr::Attribute(attribute) => self.attribute(attribute, expression),
            Expr::Call(call) => self.call(call),
            Expr::Subscript(subscript) => self.subscript(subscript),
            Expr::BoolOp(inner) => {
                // The right side runs only if the left one was so; afterwards nothing is sure.
                let before = self.flow().clone();
                let mut values = Vec::new();
                for value in &inner.values {
                    values.push(self.expression(value));
                    self.assume(value, inner.op == BoolOp::And);
                }
                *self.flow() = before;
                if inner.op == BoolOp::And {
                    // What is false says nothing of interest.
                    values.drain(..values.len().saturating_sub(1));
                }
                self.draft.any_of(values)
            }
            Expr::Named(inner) => {
                self.expect(&inner.value, ReferenceKind::Alias);
                let value = self.expression(&inner.value);
                self.assign(&inner.target, value);
                value
            }
            Expr::BinOp(inner) => {
                let left = self.expression(&inner.left);
                let right = self.expression(&inner.right);
                self.operation(inner.op, left, right)
            }
            Expr::UnaryOp(inner) => {
                let operand = self.expression(&inner.operand);
                let method = match inner.op {
                    UnaryOp::Not => return self.draft.primitive("bool"),
                    UnaryOp::Invert => "__invert__",
                    UnaryOp::UAdd => "__pos__",
                    UnaryOp::USub => "__neg__",
                };
                match self.draft.facts.values[operand.index()] {
                    // `-1` is a number and needs no lookup.
                    Value::Primitive(_) => operand,
                    _ => self.draft.invoke_method(operand, method, Vec::new()),
                }
            }
            Expr::Lambda(lambda) => self.lambda(lambda, None),
            Expr::If(inner) => {
                self.expression(&inner.test);
                let before = self.flow().clone();
                self.assume(&inner.test, true);
                let body = self.expression(&inner.body);
                *self.flow() = before.clone();
                self.assume(&inner.test, false);
                let otherwise = self.expression(&inner.orelse);
                *self.flow() = before;
                self.draft.any_of([body, otherwise])
            }
            Expr::Dict(inner) => {
                let (mut keys, mut values) = (Vec::new(), Vec::new());
                for item in &inner.items {
                    if item.key.is_some() {
                        self.expect(&item.value, ReferenceKind::Assigned);
                    }
                    let value = self.expression(&item.value);
                    match &item.key {
                        Some(key) => {
                            keys.push(self.expression(key));
                            values.push(value);
                        }
                        // `**mapping`
                        None => {
                            keys.push(self.iterated(value));
                            values.push(self.draft.invoke_method(
                                value,
                                "__getitem__",
                                vec![UNKNOWN],
                            ));
                        }
                    }
                }
                let key = self.any_element(keys);
                let value = self.any_element(values);
                self.draft.holds("dict", vec![key, value])
            }
            Expr::Set(inner) => self.display("set", &inner.elts),
            Expr::List(inner) => self.display("list", &inner.elts),
            Expr::Tuple(inner) => {
                // Places are counted only where each element is one.
                if inner.elts.iter().any(Expr::is_starred_expr) || inner.elts.len() > ELEMENTS_MAX {
                    return self.display("tuple", &inner.elts);
                }
                self.expect_all(&inner.elts, ReferenceKind::Element);
                let mut elements = Vec::new();
                for element in &inner.elts {
                    elements.push(self.expression(element));
                }
                self.draft.value(Value::Array(elements))
            }
            Expr::ListComp(inner) => self.comprehension("list", &inner.generators, &[&*inner.elt]),
            Expr::SetComp(inner) => self.comprehension("set", &inner.generators, &[&*inner.elt]),
            Expr::Generator(inner) => {
                self.comprehension("Generator", &inner.generators, &[&*inner.elt])
            }
            Expr::DictComp(inner) => match &inner.key {
                Some(key) => {
                    self.comprehension("dict", &inner.generators, &[&**key, &*inner.value])
                }
                None => self.comprehension("dict", &inner.generators, &[&*inner.value]),
            },
            Expr::Await(inner) => {
                let value = self.expression(&inner.value);
                match value {
                    UNKNOWN => UNKNOWN,
                    value => self.draft.value(Value::Await(value)),
                }
            }
            Expr::Yield(inner) => {
                let value = match &inner.value {
                    Some(value) => {
                        self.expect(value, ReferenceKind::Returned);
                        self.expression(value)
                    }
                    None => UNKNOWN,
                };
                // What a function gives is made of these when its body has ended.
                self.frame.yielded.push(value);
                UNKNOWN
            }
            Expr::YieldFrom(inner) => {
                let value = self.expression(&inner.value);
                let element = self.iterated(value);
                self.frame.yielded.push(element);
                UNKNOWN
            }
            Expr::Compare(inner) => {
                self.expression(&inner.left);
                for comparator in &inner.comparators {
                    self.expression(comparator);
                }
                self.draft.primitive("bool")
            }
            Expr::FString(inner) => {
                for element in inner.value.elements() {
                    self.interpolated(element);
                }
                self.draft.primitive("str")
            }
            Expr::TString(inner) => {
                for element in inner.value.elements() {
                    self.interpolated(element);
                }
                UNKNOWN
            }
            Expr::StringLiteral(_) => self.draft.primitive("str"),
            Expr::BytesLiteral(_) => self.draft.primitive("bytes"),
            Expr::NumberLiteral(number) => self.draft.primitive(match number.value {
                Number::Int(_) => "int",
                Number::Float(_) => "float",
                Number::Complex { .. } => "complex",
            }),
            Expr::BooleanLiteral(_) => self.draft.primitive("bool"),
            Expr::Starred(inner) => {
                let value = self.expression(&inner.value);
                self.iterated(value)
            }
            Expr::Slice(inner) => {
                for bound in [&inner.lower, &inner.upper, &inner.step]
                    .into_iter()
                    .flatten()
                {
                    self.expression(bound);
                }
                self.draft.primitive("slice")
            }
            Expr::NoneLiteral(_) | Expr::EllipsisLiteral(_) | Expr::IpyEscapeCommand(_) => UNKNOWN,
        }
    }

    /// Returns what an expression can be that stands where a type is expected.
    pub(super) fn expression_in(&mut self, expression: &'a Expr, context: Context) -> ValueId {
        match expression {
            // Nothing else in Python takes its type from its place.
            Expr::Lambda(lambda) => {
                let context = self.context(context);
                self.lambda(lambda, Some(context))
            }
            _ => self.expression(expression),
        }
    }

    fn context(&mut self, context: Context) -> ContextId {
        let id = ContextId(self.draft.facts.contexts.len() as u32);
        self.draft.facts.contexts.push(context);
        id
    }

    fn interpolated(&mut self, element: &'a InterpolatedStringElement) {
        if let InterpolatedStringElement::Interpolation(inner) = element {
            self.expression(&inner.expression);
            if let Some(format) = &inner.format_spec {
                for element in &format.elements {
                    self.interpolated(element);
                }
            }
        }
    }

    /// What iterating over a value gives.
    pub(super) fn iterated(&mut self, iterable: ValueId) -> ValueId {
        match iterable {
            UNKNOWN => UNKNOWN,
            iterable => self.draft.value(Value::Iterated(iterable)),
        }
    }

    fn any_element(&mut self, mut elements: Vec<ValueId>) -> ValueId {
        // Tables of data repeat one kind of element.
        elements.dedup();
        elements.truncate(ELEMENTS_MAX);
        self.draft.any_of(elements)
    }

    fn display(&mut self, class: &str, elements: &'a [Expr]) -> ValueId {
        self.expect_all(elements, ReferenceKind::Element);
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            values.push(self.expression(element));
        }
        let element = self.any_element(values);
        self.draft.holds(class, vec![element])
    }

    fn comprehension(
        &mut self,
        class: &str,
        generators: &'a [Comprehension],
        elements: &[&'a Expr],
    ) -> ValueId {
        let before = self.flow().clone();
        // A comprehension is a scope of its own, whose names are gone after it; nothing can be
        // defined in it, so that the flow around is enough.
        let n_outer_names = self.inner_names.len();
        for generator in generators {
            let iterable = self.expression(&generator.iter);
            let element = self.iterated(iterable);
            self.assign_within(&generator.target, element);
            for condition in &generator.ifs {
                self.expression(condition);
                self.assume(condition, true);
            }
        }
        let mut values = Vec::new();
        for element in elements {
            values.push(self.expression(element));
        }
        *self.flow() = before;
        self.inner_names.truncate(n_outer_names);
        self.draft.holds(class, values)
    }

    /// Assigns to names that are known within an expression only.
    fn assign_within(&mut self, target: &'a Expr, value: ValueId) {
        match target {
            Expr::Name(name) => {
                self.inner_names.push(name.id.as_str());
                let place = self.places.place(name.id.as_str());
                self.hold(place, Some(value));
            }
            Expr::Tuple(tuple) => self.unpack_within(&tuple.elts, value),
            Expr::List(list) => self.unpack_within(&list.elts, value),
            Expr::Starred(starred) => {
                let element = self.draft.value(Value::AnyElement(value));
                let rest = self.draft.holds("list", vec![element]);
                self.assign_within(&starred.value, rest);
            }
            _ => {}
        }
    }

    fn unpack_within(&mut self, targets: &'a [Expr], value: ValueId) {
        for (place, target) in targets.iter().enumerate() {
            let element = match (value, target) {
                (UNKNOWN, _) => UNKNOWN,
                (_, Expr::Starred(_)) => value,
                _ => self.draft.value(Value::Element(value, place as u32)),
            };
            self.assign_within(target, element);
        }
    }

    fn attribute(&mut self, attribute: &'a ExprAttribute, whole: &'a Expr) -> ValueId {
        if let Some(name) = self.library_name(whole) {
            return self.draft.global(&name);
        }
        self.take_module(&attribute.value);
        let object = self.expression(&attribute.value);
        let name = attribute.attr.as_str();
        // `import a.b` makes the text `a.b` a module, whatever `a` has under the name.
        let is_module = !self.dotted_imports.is_empty()
            && Self::place_text(whole).is_some_and(|text| self.dotted_imports.contains(&text));
        if !is_module {
            self.attribute_used(attribute, object);
        }
        // What was assigned on the way here comes before what the class says.
        if attribute.ctx == ExprContext::Load
            && self.flow().knows_attributes()
            && let Some(place) = Self::place_text(whole).and_then(|text| self.places.known(&text))
            && let Some(value) = self.flow().get(place)
        {
            return value;
        }
        if is_module && let Some(text) = Self::place_text(whole) {
            let module = self.draft.name(&text);
            return self.draft.value(Value::Module(module));
        }
        match self.draft.facts.values[object.index()] {
            Value::This(shape) if name == "__class__" => self.draft.value(Value::StaticThis(shape)),
            _ => self.draft.member(object, name),
        }
    }

    fn subscript(&mut self, subscript: &'a ExprSubscript) -> ValueId {
        let object = self.expression(&subscript.value);
        let key = self.expression(&subscript.slice);
        if object == UNKNOWN {
            return UNKNOWN;
        }
        let get = self.draft.invoke_method(object, "__getitem__", vec![key]);
        let place = integer(&subscript.slice);
        self.draft.value(Value::Item { object, place, get })
    }

    /// What an operator gives.
    pub(super) fn operation(
        &mut self,
        operator: Operator,
        left: ValueId,
        right: ValueId,
    ) -> ValueId {
        let method = match operator {
            Operator::Add => "__add__",
            Operator::Sub => "__sub__",
            Operator::Mult => "__mul__",
            Operator::MatMult => "__matmul__",
            Operator::Div => "__truediv__",
            Operator::Mod => "__mod__",
            Operator::Pow => "__pow__",
            Operator::LShift => "__lshift__",
            Operator::RShift => "__rshift__",
            Operator::BitOr => "__or__",
            Operator::BitXor => "__xor__",
            Operator::BitAnd => "__and__",
            Operator::FloorDiv => "__floordiv__",
        };
        let is_primitive = |walk: &Self, value: ValueId| {
            matches!(walk.draft.facts.values[value.index()], Value::Primitive(_))
        };
        // Arithmetic of numbers and texts gives one of them, which has no members of the
        // repository; a call for each would fill the facts of numeric code.
        if is_primitive(self, left) && is_primitive(self, right) {
            return left;
        }
        self.draft.invoke_method(left, method, vec![right])
    }

    fn lambda(&mut self, lambda: &'a ExprLambda, context: Option<ContextId>) -> ValueId {
        let before = self.flow().clone();
        let function = match &lambda.parameters {
            Some(parameters) => self.signature(parameters, None, false),
            None => self.draft.function(Function::default()),
        };
        self.draft.function_mut(function).context = context;
        let n_outer_names = self.inner_names.len();
        if let Some(parameters) = &lambda.parameters {
            for (place, parameter) in parameters.iter().enumerate() {
                let value = self.draft.value(Value::Parameter(function, place as u32));
                let place = self.places.place(parameter.name().as_str());
                self.hold(place, Some(value));
                self.inner_names.push(parameter.name().as_str());
            }
        }
        self.expect(&lambda.body, ReferenceKind::Returned);
        let body = self.expression(&lambda.body);
        *self.flow() = before;
        self.inner_names.truncate(n_outer_names);
        self.draft.function_mut(function).returned = vec![body];
        self.draft.value(Value::Function(function))
    }

    fn call(&mut self, call: &'a ExprCall) -> ValueId {
        if let Some(value) = self.super_call(call) {
            return value;
        }
        self.take(&call.func);
        let callee = self.expression(&call.func);
        if let Some((name, at)) = Self::last_name(&call.func) {
            self.refer(ReferenceKind::Call, name, at, Target::Value(callee));
        }
        let library = self.library_name(&call.func);
        // `cast(T, value)` is believed; its first argument is a type.
        if library.as_deref() == Some("cast")
            && let [r#type, value] = &call.arguments.args[..]
        {
            self.expression(value);
            let r#type = self.annotation(r#type);
            return self.draft.value(Value::Typed(r#type));
        }
        let value = self.called(callee, call);
        if library.as_deref() == Some("type")
            && let Value::Invoke(made) = &self.draft.facts.values[value.index()]
            && let [object] = made.arguments[..]
        {
            // `type(self)` is the class of the instance, which may be one below.
            return match self.draft.facts.values[object.index()] {
                Value::This(shape) => self.draft.value(Value::StaticThis(shape)),
                _ => UNKNOWN,
            };
        }
        value
    }

    /// `super()` and `super(Class, self)`.
    fn super_call(&mut self, call: &'a ExprCall) -> Option<ValueId> {
        let Expr::Name(name) = &*call.func else {
            return None;
        };
        if name.id.as_str() != "super" || self.bound("super").is_some() {
            return None;
        }
        for argument in &call.arguments.args {
            self.expression(argument);
        }
        let callee = self.draft.global("super");
        self.refer(
            ReferenceKind::Call,
            "super",
            name.range(),
            Target::Value(callee),
        );
        Some(match self.frame.receiver {
            Some(receiver) => self.draft.value(receiver.above()),
            None => UNKNOWN,
        })
    }

    /// What calling something with the arguments of a call gives.
    pub(super) fn called(&mut self, callee: ValueId, call: &'a ExprCall) -> ValueId {
        let arguments = &call.arguments;
        self.expect_all(&arguments.args, ReferenceKind::Argument);
        for keyword in &arguments.keywords {
            self.expect(&keyword.value, ReferenceKind::Argument);
        }
        let has_function = arguments.args.iter().any(Expr::is_lambda_expr)
            || arguments
                .keywords
                .iter()
                .any(|keyword| keyword.value.is_lambda_expr());
        // Only a lambda needs to name its call: without one, equal calls are one value.
        let own = has_function.then(|| self.draft.own_value(Value::Unknown));
        let in_place = |place: usize| own.map(|own| Context::Argument(own, place as u32));
        let mut values = Vec::new();
        let mut is_counted = true;
        for argument in &arguments.args {
            let value = match in_place(values.len()) {
                Some(context) => self.expression_in(argument, context),
                None => self.expression(argument),
            };
            // What follows `*arguments` stands at no known place.
            is_counted &= !argument.is_starred_expr();
            if is_counted {
                values.push(value);
            }
        }
        let mut keywords = Vec::new();
        for keyword in &arguments.keywords {
            let value = match in_place(values.len()) {
                Some(context) => self.expression_in(&keyword.value, context),
                None => self.expression(&keyword.value),
            };
            if let Some(name) = &keyword.arg {
                keywords.push(self.draft.name(name.as_str()));
                values.push(value);
            }
        }
        if callee == UNKNOWN && own.is_none() {
            return UNKNOWN;
        }
        let made = Value::Invoke(Box::new(Call {
            callee,
            arguments: values,
            types: Vec::new(),
            keywords,
        }));
        match own {
            Some(own) => {
                self.draft.facts.values[own.index()] = made;
                own
            }
            None => self.draft.value(made),
        }
    }
}

/// Returns a whole number that is written down.
fn integer(expression: &Expr) -> Option<i32> {
    match expression {
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(value) => value.as_i32(),
            _ => None,
        },
        Expr::UnaryOp(inner) if inner.op == UnaryOp::USub => {
            integer(&inner.operand).map(|value| -value)
        }
        _ => None,
    }
}
