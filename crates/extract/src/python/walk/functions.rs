//! Functions: their signatures where they are defined, and their bodies when what is around them has run.

use domain::facts::*;
use ruff_python_ast::{Expr, Parameters, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::Walk;
use super::fixtures::is_fixture;
use super::scopes::{Binding, BindingKind, Bindings, ScopeKind};
use crate::draft::{UNKNOWN, UNKNOWN_TYPE};
use crate::python::decorators::{keeps_function, last_name, makes_property};
use crate::python::flow::Flow;

/// What the first parameter of a method is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Receiver {
    pub(super) shape: ShapeId,
    pub(super) is_class: bool,
}

impl Receiver {
    fn this(self) -> Value {
        match self.is_class {
            true => Value::StaticThis(self.shape),
            false => Value::This(self.shape),
        }
    }

    /// What `super()` is.
    pub(super) fn above(self) -> Value {
        match self.is_class {
            true => Value::StaticSuper(self.shape),
            false => Value::Super(self.shape),
        }
    }
}

/// What is gathered while the body of a function is walked.
#[derive(Default)]
pub(super) struct Frame {
    pub(super) returned: Vec<ValueId>,
    pub(super) yielded: Vec<ValueId>,
    /// What `super()` goes by.
    pub(super) receiver: Option<Receiver>,
    /// The type variable that stands for the type of the first parameter.
    pub(super) self_variable: Option<DeclarationId>,
}

/// A body that waits to be walked.
pub(super) struct Body<'a> {
    definition: &'a StmtFunctionDef,
    bindings: Bindings<'a>,
    parent: usize,
    function: FunctionId,
    symbol: u32,
    /// The first parameter is this.
    this: Option<Receiver>,
    receiver: Option<Receiver>,
    self_variable: Option<DeclarationId>,
    is_generator: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn function(&mut self, definition: &'a StmtFunctionDef) {
        let scope = self.scope();
        let class = match self.scopes[scope].kind {
            ScopeKind::Class => self.classes.last().map(|class| class.shape),
            _ => None,
        };
        let name = definition.name.as_str();
        let names: Vec<&str> = definition
            .decorator_list
            .iter()
            .filter_map(|decorator| last_name(&decorator.expression))
            .collect();
        let mut decorated = Vec::new();
        for decorator in &definition.decorator_list {
            let value = self.decorator(&decorator.expression);
            // Any other decorator may give anything in the function's place.
            if !keeps_function(&decorator.expression) {
                decorated.push(value);
            }
        }
        // The three are class methods without saying so (Python data model).
        let is_class_method = names.contains(&"classmethod")
            || matches!(name, "__new__" | "__init_subclass__" | "__class_getitem__");
        let this = class
            .filter(|_| !names.contains(&"staticmethod"))
            .map(|shape| Receiver {
                shape,
                is_class: is_class_method,
            });
        let bindings = Bindings::of(&definition.body);
        let is_generator = bindings.has_yield;
        let outer_variables = std::mem::take(&mut self.type_variables);
        let mut own = self.type_parameters(definition.type_params.as_deref());
        let self_variable = this.and_then(|_| self.self_variable(&definition.parameters));
        let outer_self = self.frame.self_variable;
        // Set for the signature, where the variable means the instance.
        self.frame.self_variable = self_variable.or(outer_self);
        let function = self.signature(
            &definition.parameters,
            definition.returns.as_deref(),
            this.is_some(),
        );
        self.frame.self_variable = outer_self;
        let met = std::mem::replace(&mut self.type_variables, outer_variables);
        let of_classes: Vec<DeclarationId> = self
            .classes
            .iter()
            .flat_map(|class| &self.draft.facts.shapes[class.shape.index()].parameters)
            .copied()
            .collect();
        own.extend(met);
        // A variable of the class around is bound by the instance, not by the call.
        own.retain(|variable| !of_classes.contains(variable));
        own.dedup();
        let returns = self.draft.function_mut(function).returns;
        let is_async = definition.is_async && !is_generator;
        if let (true, Some(returns)) = (is_async, returns) {
            // A call gives a coroutine; an async generator is iterated over instead.
            let promised = self.draft.global_type("Promise", vec![returns]);
            self.draft.function_mut(function).returns = Some(promised);
        }
        let written = self.draft.function_mut(function);
        written.is_async = is_async;
        written.type_parameters = own;
        if self.asks_for_fixtures(definition) {
            let outer = self.symbol;
            self.symbol = self.definitions.at(definition.name.range).unwrap_or(outer);
            let given = self.fixtures_asked_for(definition, usize::from(this.is_some()));
            self.symbol = outer;
            self.give_fixtures(function, given);
        }
        self.bind_function(definition, function, &names, decorated, class);
        if let Some(declaration) = self.declared_at.get(&definition.name.start().to_u32())
            && is_fixture(definition)
        {
            self.declare_fixture(*declaration, function, is_generator);
        }
        // Names of the scope around may be assigned below: the body sees them as they are when it
        // is called.
        self.pending.push_back(Body {
            definition,
            bindings,
            parent: scope,
            function,
            symbol: self
                .definitions
                .at(definition.name.range)
                .unwrap_or(self.symbol),
            this,
            receiver: this.or(self.frame.receiver),
            self_variable: self_variable.or(outer_self),
            is_generator,
        });
    }

    /// Returns what a decorator is, and notes its use.
    pub(super) fn decorator(&mut self, decorator: &'a Expr) -> ValueId {
        self.take(decorator);
        let value = self.expression(decorator);
        if !decorator.is_call_expr()
            && let Some((name, at)) = Self::last_name(decorator)
        {
            self.refer(ReferenceKind::Decorator, name, at, Target::Value(value));
        }
        value
    }

    fn bind_function(
        &mut self,
        definition: &'a StmtFunctionDef,
        function: FunctionId,
        decorators: &[&str],
        decorated: Vec<ValueId>,
        class: Option<ShapeId>,
    ) {
        let plain = self.draft.value(Value::Function(function));
        let mut value = plain;
        for decorator in decorated.into_iter().rev() {
            let given = self.draft.invoke(decorator, vec![value]);
            value = match given {
                UNKNOWN => value,
                // A decorator of which nothing is known mostly gives something that is called in
                // the same way.
                given => self.draft.value(Value::OrElse(given, value)),
            };
        }
        let name = definition.name.as_str();
        let is_overload = decorators.contains(&"overload");
        if let Some(class) = class {
            let kind = match () {
                () if decorators.contains(&"setter") || decorators.contains(&"deleter") => {
                    MemberKind::Setter
                }
                () if decorators.iter().any(|name| makes_property(name)) => MemberKind::Getter,
                // What a decorator made may be no method at all.
                () if value != plain => MemberKind::Property,
                () => MemberKind::Method,
            };
            let member = Member {
                name: self.draft.name(name),
                kind,
                symbol: self.definitions.at(definition.name.range),
                r#type: None,
                value: Some(value),
            };
            let around = self.classes.last_mut();
            if let Some(around) = around.filter(|_| is_overload) {
                around.overloads.push(member.name);
            }
            let is_constructor = name == "__init__";
            let shape = self.draft.shape_mut(class);
            if is_constructor {
                shape.constructors.push(function);
            }
            shape.statics.push(member);
        }
        let overloads = (self.scope(), name.to_owned());
        if is_overload {
            self.overloads
                .entry(overloads.clone())
                .or_default()
                .push(function);
        }
        let is_bound = self
            .declared_at
            .contains_key(&definition.name.start().to_u32());
        // An overload of an implementation that comes, or a setter: no binding of its own (see
        // `continues_other`).
        if !is_bound {
            return;
        }
        let declaration = self.bind_definition(name, definition.name.range);
        let functions = match self.overloads.remove(&overloads) {
            Some(overloads) => overloads,
            None => vec![function],
        };
        self.draft.declaration_mut(declaration).value = match value == plain {
            true => DeclaredValue::Functions(functions),
            false => DeclaredValue::Variable {
                r#type: None,
                value: Some(value),
                is_destructured: false,
            },
        };
    }

    /// `def method(self: T) -> T`: the type variable of the first parameter, if it has one.
    fn self_variable(&self, parameters: &Parameters) -> Option<DeclarationId> {
        let first = parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .next()?;
        let annotation = first.parameter.annotation.as_deref()?;
        let name = match annotation {
            Expr::Name(name) => name,
            Expr::Subscript(subscript) => match &*subscript.slice {
                Expr::Name(name) => name,
                _ => return None,
            },
            _ => return None,
        };
        let main = self.bound(name.id.as_str())?.main;
        let declared = &self.draft.facts.declarations[main.index()];
        matches!(declared.r#type, DeclaredType::Parameter { .. }).then_some(main)
    }

    /// Writes down a signature, without the first parameter where that is the instance or class.
    pub(super) fn signature(
        &mut self,
        parameters: &'a Parameters,
        returns: Option<&'a Expr>,
        is_method: bool,
    ) -> FunctionId {
        let mut written = Vec::new();
        let positional = parameters.posonlyargs.len() + parameters.args.len();
        let n_skipped = usize::from(is_method && positional > 0);
        for (place, parameter) in parameters.iter().enumerate() {
            let mut r#type = parameter
                .annotation()
                .map(|annotation| self.annotation(annotation));
            let default = parameter.default().map(|default| {
                self.expect(default, ReferenceKind::Default);
                self.expression(default)
            });
            // Its annotation and default were walked for their uses.
            if place < n_skipped {
                continue;
            }
            let is_rest = place == positional && parameters.vararg.is_some();
            if let Some(element) = r#type.filter(|_| parameter.is_variadic()) {
                let string = self.draft.global_type("str", Vec::new());
                // Inside of the function, `*a: T` is a tuple and `**a: T` a dictionary.
                r#type = Some(match is_rest {
                    true => self.draft.global_type("tuple", vec![element]),
                    false => self.draft.global_type("dict", vec![string, element]),
                });
            }
            written.push(Parameter {
                r#type: r#type.filter(|r#type| *r#type != UNKNOWN_TYPE),
                default: default.filter(|default| *default != UNKNOWN),
                is_optional: parameter.default().is_some() || parameter.is_variadic(),
                is_rest: parameter.is_variadic(),
                name: Some(self.draft.name(parameter.name().as_str())),
            });
        }
        let returns = returns.map(|returns| self.annotation(returns));
        self.draft.function(Function {
            parameters: written,
            returns: returns.filter(|returns| *returns != UNKNOWN_TYPE),
            ..Function::default()
        })
    }

    pub(super) fn function_body(&mut self, body: Body<'a>) {
        let Body {
            definition,
            function,
            this,
            ..
        } = body;
        let parameters: Vec<Binding<'a>> = definition
            .parameters
            .iter()
            .map(|parameter| Binding {
                name: parameter.name().as_str(),
                range: parameter.name().range,
                kind: BindingKind::Variable,
                continues: false,
            })
            .collect();
        let names: Vec<&'a str> = parameters.iter().map(|parameter| parameter.name).collect();
        let scope = self.open_scope(
            ScopeKind::Function,
            Some(body.parent),
            body.bindings,
            parameters,
        );
        // Nothing around runs any more: what outer names hold is what their scopes ended with.
        self.active = vec![(scope, Flow::new())];
        self.symbol = body.symbol;
        self.loops.clear();
        self.classes.clear();
        self.frame = Frame {
            receiver: body.receiver,
            self_variable: body.self_variable,
            ..Frame::default()
        };
        let written = self.draft.facts.functions[function.index()]
            .parameters
            .clone();
        let n_skipped = names.len() - written.len();
        for (place, name) in names.into_iter().enumerate() {
            let place_text = self.places.place(name);
            match (place.checked_sub(n_skipped), this) {
                (None, Some(this)) => {
                    let value = self.draft.value(this.this());
                    self.bind(name, value);
                    self.hold(place_text, Some(value));
                }
                (None, None) => {}
                (Some(place), _) => {
                    let r#type = written[place].r#type;
                    let value = self.draft.value(Value::Parameter(function, place as u32));
                    self.bind(name, value);
                    if let Some(bound) = self.scopes[scope].names.get_mut(name) {
                        bound.r#type = r#type;
                        let (main, n_bindings) = (bound.main, bound.n_bindings);
                        self.variables.entry(main).or_default().r#type = r#type;
                        // A parameter that is never assigned is found as what is declared.
                        self.hold(place_text, Some(value).filter(|_| n_bindings > 1));
                    }
                }
            }
        }
        self.body(&definition.body);
        let frame = std::mem::take(&mut self.frame);
        self.close_scope();
        let returned = match body.is_generator {
            false => frame.returned,
            true => {
                let element = self.draft.any_of(frame.yielded);
                let class = match definition.is_async {
                    true => "AsyncGenerator",
                    false => "Generator",
                };
                // A generator gives what it yields one by one, whatever it returns.
                vec![self.draft.holds(class, vec![element])]
            }
        };
        let mut known = Vec::new();
        for value in returned {
            // Long functions return the same in many places.
            if value != UNKNOWN && !known.contains(&value) {
                known.push(value);
            }
        }
        self.draft.function_mut(function).returned = known;
    }
}
