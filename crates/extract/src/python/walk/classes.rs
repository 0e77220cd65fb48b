//! Classes: what they inherit from, and their members.

use domain::facts::*;
use ruff_python_ast::{Expr, ExprAttribute, ExprCall, StmtClassDef};
use ruff_text_size::TextRange;

use super::Walk;
use super::scopes::{Bindings, ScopeKind};
use crate::draft::{UNKNOWN, UNKNOWN_TYPE};
use crate::python::decorators::{is_enum, last_name};

/// A class whose body runs.
pub(super) struct ClassAround {
    pub(super) shape: ShapeId,
    /// For an enumeration, the type of its members.
    member_type: Option<TypeId>,
    /// Names of methods that have overloads.
    pub(super) overloads: Vec<NameId>,
}

impl<'a> Walk<'a> {
    pub(super) fn class(&mut self, definition: &'a StmtClassDef) {
        // Decorators and bases run in the scope around.
        for decorator in &definition.decorator_list {
            self.decorator(&decorator.expression);
        }
        let outer_variables = std::mem::take(&mut self.type_variables);
        let symbol = self.definitions.at(definition.name.range);
        let outer_symbol = self.symbol;
        self.symbol = symbol.unwrap_or(outer_symbol);
        let mut parameters = self.type_parameters(definition.type_params.as_deref());
        let mut bases = Vec::new();
        let mut generic = None;
        if let Some(arguments) = &definition.arguments {
            for argument in &arguments.args {
                let is_list = matches!(
                    self.library_base(argument).as_deref(),
                    Some("Generic" | "Protocol")
                );
                // Kept apart for each base: the variables in `Generic[…]` alone say in which order
                // the class takes them (PEP 484).
                let before = std::mem::take(&mut self.type_variables);
                if let Some(base) = self.base(argument) {
                    bases.push(base);
                }
                let met = std::mem::replace(&mut self.type_variables, before);
                match is_list && !met.is_empty() {
                    // Their order is what is written in these brackets.
                    true => generic = Some(met),
                    false => self.type_variables.extend(met.into_iter().filter(|one| {
                        let declared = &self.draft.facts.declarations[one.index()];
                        matches!(declared.r#type, DeclaredType::Parameter { .. })
                    })),
                }
            }
            for keyword in &arguments.keywords {
                self.expect(&keyword.value, ReferenceKind::Argument);
                self.expression(&keyword.value);
            }
        }
        let met = std::mem::replace(&mut self.type_variables, outer_variables);
        parameters.extend(generic.unwrap_or(met));
        let mut seen = Vec::new();
        parameters.retain(|parameter| {
            let is_new = !seen.contains(parameter);
            seen.push(*parameter);
            is_new
        });
        let is_enumeration = definition
            .arguments
            .iter()
            .flat_map(|arguments| &arguments.args)
            .filter_map(last_name)
            .any(is_enum);
        let shape = self.draft.shape(Shape {
            symbol,
            parameters,
            bases,
            ..Shape::default()
        });
        let name = definition.name.as_str();
        // Bound before its body runs, though Python binds it after: methods speak of it, and run
        // later.
        let declaration = self.bind_definition(name, definition.name.range);
        let declared = self.draft.declaration_mut(declaration);
        declared.value = DeclaredValue::Static(shape);
        declared.r#type = DeclaredType::Instance(vec![shape]);
        self.nested_class(name, symbol, declaration);
        let member_type = is_enumeration.then(|| {
            self.draft.r#type(Type::Declared {
                declaration,
                path: Vec::new(),
                arguments: Vec::new(),
            })
        });
        let scope = self.open_scope(
            ScopeKind::Class,
            Some(self.scope()),
            Bindings::of(&definition.body),
            Vec::new(),
        );
        // A class body runs at once, in a flow of its own: functions in it do not see its names.
        let flow = crate::python::flow::Flow::new();
        self.active.push((scope, flow));
        self.classes.push(ClassAround {
            shape,
            member_type,
            overloads: Vec::new(),
        });
        self.body(&definition.body);
        self.close_scope();
        self.symbol = outer_symbol;
        if let Some(around) = self.classes.pop() {
            self.prefer_overloads(&around);
        }
        self.attributes.add_class(shape);
    }

    fn library_base(&self, argument: &Expr) -> Option<String> {
        match argument {
            Expr::Subscript(subscript) => self.library_name(&subscript.value),
            other => self.library_name(other),
        }
    }

    /// One of the classes in the brackets behind a class's name.
    fn base(&mut self, argument: &'a Expr) -> Option<Base> {
        if argument.is_starred_expr() {
            self.expression(argument);
            return None;
        }
        let (class, types) = match argument {
            Expr::Subscript(subscript) => {
                self.take(&subscript.value);
                let class = self.expression(&subscript.value);
                let types: Vec<TypeId> = match &*subscript.slice {
                    Expr::Tuple(tuple) => {
                        tuple.elts.iter().map(|one| self.annotation(one)).collect()
                    }
                    one => vec![self.annotation(one)],
                };
                (class, types)
            }
            other => {
                self.take(other);
                (self.expression(other), Vec::new())
            }
        };
        if let Some((name, at)) = Self::last_name(argument) {
            self.refer(ReferenceKind::Extends, name, at, Target::Value(class));
        }
        match self.library_base(argument).as_deref() {
            // They have no members that a class would look up.
            Some("Generic" | "Protocol" | "object") => None,
            _ => Some(Base { class, types }),
        }
    }

    /// Makes the overloads of a method stand for it: what it does itself says less of what it gives.
    fn prefer_overloads(&mut self, around: &ClassAround) {
        let statics = &mut self.draft.shape_mut(around.shape).statics;
        for name in &around.overloads {
            let mut places: Vec<usize> = Vec::new();
            for (place, member) in statics.iter().enumerate() {
                if member.name == *name {
                    places.push(place);
                }
            }
            let n_overloads = around
                .overloads
                .iter()
                .filter(|other| *other == name)
                .count();
            // Something else has the name as well, so that it is not plain which is the
            // implementation.
            if places.len() != n_overloads + 1 {
                continue;
            }
            let last = places[n_overloads];
            let symbol = statics[last].symbol;
            for place in &places[..n_overloads] {
                // They lead to the implementation, which is what is called.
                statics[*place].symbol = symbol;
            }
            statics.remove(last);
        }
    }

    fn nested_class(&mut self, name: &str, symbol: Option<u32>, declaration: DeclarationId) {
        if self.scopes[self.scope()].kind != ScopeKind::Class {
            return;
        }
        let Some(outer) = self.classes.last().map(|class| class.shape) else {
            return;
        };
        let member = Member {
            name: self.draft.name(name),
            kind: MemberKind::Property,
            symbol,
            r#type: None,
            value: Some(self.draft.value(Value::Declared(declaration))),
        };
        self.draft.shape_mut(outer).statics.push(member);
    }

    /// A variable of a class, if a class's body runs.
    pub(super) fn class_variable(
        &mut self,
        name: &str,
        range: TextRange,
        r#type: Option<TypeId>,
        value: Option<ValueId>,
    ) {
        if self.scopes[self.scope()].kind != ScopeKind::Class {
            return;
        }
        let Some(around) = self.classes.last() else {
            return;
        };
        let (shape, member_type) = (around.shape, around.member_type);
        let value = match member_type {
            // A value in an enumeration is one of its members, whatever is assigned.
            Some(r#type) if value.is_some() && !name.starts_with('_') => {
                Some(self.draft.value(Value::Typed(r#type)))
            }
            _ => value.filter(|value| *value != UNKNOWN),
        };
        let r#type = r#type.filter(|r#type| *r#type != UNKNOWN_TYPE);
        let name = self.draft.name(name);
        let symbol = self.definitions.at(range);
        let known = self
            .draft
            .shape_mut(shape)
            .statics
            .iter()
            .position(|member| member.name == name && member.kind == MemberKind::Property);
        let Some(known) = known else {
            self.draft.shape_mut(shape).statics.push(Member {
                name,
                kind: MemberKind::Property,
                symbol,
                r#type,
                value,
            });
            return;
        };
        let before = self.draft.facts.shapes[shape.index()].statics[known].value;
        let merged = self.draft.any_of(before.into_iter().chain(value));
        let member = &mut self.draft.shape_mut(shape).statics[known];
        member.value = Some(merged).filter(|value| *value != UNKNOWN);
        member.r#type = member.r#type.or(r#type);
    }

    /// `name: type = value`.
    pub(super) fn declare_variable(
        &mut self,
        name: &'a str,
        range: TextRange,
        r#type: TypeId,
        value: Option<ValueId>,
    ) {
        let scope = self.scope();
        if r#type != UNKNOWN_TYPE
            && let Some(bound) = self.scopes[scope].names.get_mut(name)
        {
            // The annotation holds for every later assignment in the scope.
            bound.r#type = Some(r#type);
            let main = bound.main;
            if bound.kind == super::scopes::BindingKind::Variable {
                self.variables.entry(main).or_default().r#type = Some(r#type);
            }
        }
        if let Some(value) = value {
            self.bind(name, value);
        }
        self.class_variable(name, range, Some(r#type), value);
    }

    /// `object.attribute = value`.
    pub(super) fn attribute_assigned(
        &mut self,
        attribute: &ExprAttribute,
        object: ValueId,
        r#type: Option<TypeId>,
        value: Option<ValueId>,
    ) {
        let name = attribute.attr.as_str();
        let value = value.filter(|value| *value != UNKNOWN);
        if let Value::This(shape) | Value::StaticThis(shape) =
            self.draft.facts.values[object.index()]
        {
            let member = Member {
                name: self.draft.name(name),
                kind: MemberKind::Property,
                symbol: self.definitions.at(attribute.attr.range),
                r#type: r#type.filter(|r#type| *r#type != UNKNOWN_TYPE),
                value,
            };
            self.attributes.add(shape, member);
        }
        let Some(mut text) = Self::place_text(&attribute.value) else {
            return;
        };
        text.push('.');
        text.push_str(name);
        let place = self.places.place(&text);
        let held = value.map(|value| {
            let declared = self.draft.member(object, name);
            match declared {
                UNKNOWN => value,
                // Here it holds what was just assigned; where that is not known, what the class
                // says.
                declared => self.draft.value(Value::OrElse(value, declared)),
            }
        });
        self.hold(place, held);
    }

    /// Assignments that define a type: type variables, named tuples, new types. Returns whether it was one.
    pub(super) fn special_assignment(
        &mut self,
        name: &'a str,
        range: TextRange,
        value: &'a Expr,
    ) -> bool {
        let Expr::Call(call) = value else {
            return false;
        };
        let Some(library) = self.library_name(&call.func) else {
            return false;
        };
        match library.as_str() {
            "TypeVar" | "ParamSpec" | "TypeVarTuple" => {
                self.expression(value);
                self.bind(name, UNKNOWN);
                let constraint = self.type_variable_bound(call);
                self.declare_type(
                    name,
                    DeclaredType::Parameter {
                        constraint,
                        default: None,
                    },
                );
                true
            }
            // A function that gives its argument as the new type, which is called like a class.
            "NewType" => {
                self.expression(value);
                let callee = call.arguments.args.get(1);
                let r#type = callee.map_or(UNKNOWN_TYPE, |callee| self.annotation(callee));
                let typed = self.draft.value(Value::Typed(r#type));
                let function = self.draft.function(Function {
                    returned: vec![typed],
                    ..Function::default()
                });
                let function = self.draft.value(Value::Function(function));
                self.bind(name, function);
                self.declare_type(
                    name,
                    DeclaredType::Alias {
                        parameters: Vec::new(),
                        r#type,
                    },
                );
                true
            }
            "namedtuple" | "NamedTuple" => {
                self.expression(value);
                let shape = self.named_tuple(call, self.definitions.at(range));
                let class = self.draft.value(Value::Class(shape));
                self.bind(name, class);
                self.class_variable(name, range, None, Some(class));
                self.declare_type(name, DeclaredType::Instance(vec![shape]));
                true
            }
            _ => false,
        }
    }

    fn declare_type(&mut self, name: &str, r#type: DeclaredType) {
        if let Some(bound) = self.bound(name) {
            let main = bound.main;
            self.draft.declaration_mut(main).r#type = r#type;
        }
    }

    fn type_variable_bound(&mut self, call: &'a ExprCall) -> Option<TypeId> {
        let bound = call
            .arguments
            .find_keyword("bound")
            .map(|keyword| &keyword.value);
        if let Some(bound) = bound {
            return Some(self.annotation(bound));
        }
        let constraints = call.arguments.args.iter().skip(1);
        let constraints = constraints
            .map(|constraint| self.annotation(constraint))
            .collect();
        // Constraints are alternatives, of which members are looked up as in a union.
        Some(self.union(constraints)).filter(|r#type| *r#type != UNKNOWN_TYPE)
    }

    /// `namedtuple("Name", "a b")` and `NamedTuple("Name", [("a", A)])`.
    fn named_tuple(&mut self, call: &'a ExprCall, symbol: Option<u32>) -> ShapeId {
        let mut members = Vec::new();
        let fields = call.arguments.find_argument_value("field_names", 1);
        let mut field = |walk: &mut Self, name: &str, r#type: Option<TypeId>| {
            members.push(Member {
                name: walk.draft.name(name),
                kind: MemberKind::Property,
                symbol: None,
                r#type,
                value: None,
            });
        };
        match fields {
            Some(Expr::StringLiteral(names)) => {
                for name in names
                    .value
                    .to_str()
                    .split([',', ' '])
                    .filter(|name| !name.is_empty())
                {
                    field(self, name, None);
                }
            }
            Some(Expr::List(list)) => {
                for element in &list.elts {
                    match element {
                        Expr::StringLiteral(name) => field(self, name.value.to_str(), None),
                        Expr::Tuple(pair) => {
                            if let [Expr::StringLiteral(name), r#type] = &pair.elts[..] {
                                let r#type = self.annotation(r#type);
                                field(self, name.value.to_str(), Some(r#type));
                            }
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        let class = self.draft.global("NamedTuple");
        self.draft.shape(Shape {
            symbol,
            members: members.clone(),
            statics: members,
            bases: vec![Base {
                class,
                types: Vec::new(),
            }],
            ..Shape::default()
        })
    }
}
