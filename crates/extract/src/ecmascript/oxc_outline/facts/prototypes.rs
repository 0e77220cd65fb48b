//! Classes as they were written before there were classes: functions that `new` is applied to, and their prototypes.

use super::*;

impl<'p> Draft<'_, 'p> {
    /// Returns what `new` makes of a function.
    pub(in crate::ecmascript::oxc_outline) fn made_by(&mut self, function: FunctionId) -> ShapeId {
        let fact = &self.facts.functions[function.index()];
        if let Some(shape) = fact.instance {
            return shape;
        }
        let symbol = fact.symbol;
        let shape = self.push_shape(Shape {
            symbol,
            ..Shape::default()
        });
        self.function_mut(function).instance = Some(shape);
        shape
    }

    /// Returns the instances of what an expression is the prototype of.
    pub(in crate::ecmascript::oxc_outline) fn prototype(
        &mut self,
        expression: &Expression,
    ) -> Option<ShapeId> {
        let name = match expression {
            Expression::StaticMemberExpression(member) if member.property.name == "prototype" => {
                match &member.object {
                    Expression::Identifier(name) => self.table.declared(name)?,
                    _ => return None,
                }
            }
            // `const proto = F.prototype`.
            Expression::Identifier(name) => self.prototype_in(self.table.declared(name)?)?,
            _ => return None,
        };
        Some(self.instances_of(name))
    }

    /// Returns the name whose prototype a variable holds.
    fn prototype_in(&self, variable: SymbolId) -> Option<SymbolId> {
        let facts = &self.facts;
        let DeclaredValue::Variable {
            value: Some(value), ..
        } = facts.declarations[variable.index()].value
        else {
            return None;
        };
        let Value::Member(object, name) = facts.values[value.index()] else {
            return None;
        };
        match facts.values[object.index()] {
            Value::Declared(declared) if facts.name(name) == "prototype" => {
                Some(SymbolId::from_usize(declared.index()))
            }
            _ => None,
        }
    }

    /// Returns the instances of a declared function or class.
    pub(in crate::ecmascript::oxc_outline) fn instances_of(&mut self, name: SymbolId) -> ShapeId {
        match self.constructor_of(name) {
            Some(Constructor::Class(shape)) => return shape,
            Some(Constructor::Function(function)) => return self.made_by(function),
            None => {}
        }
        // The prototype is given members before the function is met, as functions are hoisted:
        // joined in `join_prototypes`.
        if let Some(shape) = self.prototypes.get(&name) {
            return *shape;
        }
        let shape = self.push_shape(Shape::default());
        self.prototypes.insert(name, shape);
        shape
    }

    fn constructor_of(&self, name: SymbolId) -> Option<Constructor> {
        let value = match &self.facts.declarations[name.index()].value {
            DeclaredValue::Functions(functions) => {
                return functions.last().copied().map(Constructor::Function);
            }
            DeclaredValue::Static(shape) => return Some(Constructor::Class(*shape)),
            DeclaredValue::Variable {
                value: Some(value), ..
            } => *value,
            _ => return None,
        };
        match self.facts.values[value.index()] {
            Value::Function(function) => Some(Constructor::Function(function)),
            Value::Class(shape) => Some(Constructor::Class(shape)),
            _ => None,
        }
    }

    /// An object literal whose members are those of a prototype, and their `this` its instances.
    pub(in crate::ecmascript::oxc_outline) fn prototype_object(
        &mut self,
        shape: ShapeId,
        object: &ObjectExpression<'p>,
    ) {
        let literal = self.object(object, None);
        let literal = &self.facts.shapes[literal.index()];
        let (members, spreads) = (literal.members.clone(), literal.spreads.clone());
        let fact = self.shape_mut(shape);
        fact.members.extend(members);
        fact.spreads.extend(spreads);
        // Its functions are walked later, with `this` as an instance rather than the literal.
        self.owners_of_this.insert(object.node_id.get(), shape);
    }

    /// A property that a descriptor describes: `{ get() { … } }` or `{ value: … }`.
    pub(in crate::ecmascript::oxc_outline) fn described_member(
        &mut self,
        shape: ShapeId,
        name: &str,
        descriptor: &ObjectExpression<'p>,
    ) {
        self.owners_of_this.insert(descriptor.node_id.get(), shape);
        for property in &descriptor.properties {
            let ObjectPropertyKind::ObjectProperty(property) = property else {
                continue;
            };
            let kind = match property.key.static_name().as_deref() {
                Some("get") => MemberKind::Getter,
                Some("set") => MemberKind::Setter,
                Some("value") => MemberKind::Property,
                _ => continue,
            };
            let member = Member {
                name: self.name(name),
                kind,
                symbol: self.table.owned_by(property.node_id.get()),
                r#type: None,
                value: Some(self.value(&property.value)),
            };
            self.push_member(shape, Side::Instance, member);
        }
    }

    /// Returns whose `this` the functions of an object literal have.
    pub(in crate::ecmascript::oxc_outline) fn owner_of_this(
        &self,
        object: &ObjectExpression,
    ) -> Option<ShapeId> {
        let node = object.node_id.get();
        let owner = self.owners_of_this.get(&node).or(self.shapes.get(&node));
        owner.copied()
    }

    /// Joins prototypes to what they turned out to be of, and forgets instances that have nothing.
    pub(in crate::ecmascript::oxc_outline) fn join_prototypes(&mut self) {
        let mut pending: Vec<(SymbolId, ShapeId)> = self.prototypes.drain().collect();
        // Members are added in the order of the source, whatever that of the map.
        pending.sort_unstable_by_key(|(_, shape)| *shape);
        for (name, shape) in pending {
            let of = match self.constructor_of(name) {
                Some(Constructor::Class(of)) => of,
                Some(Constructor::Function(function)) => {
                    match self.facts.functions[function.index()].instance {
                        Some(of) => of,
                        None => {
                            self.function_mut(function).instance = Some(shape);
                            continue;
                        }
                    }
                }
                None => continue,
            };
            let found = std::mem::take(self.shape_mut(shape));
            let shape = self.shape_mut(of);
            shape.members.extend(found.members);
            shape.spreads.extend(found.spreads);
            shape.base = shape.base.or(found.base);
        }
        let shapes = &self.facts.shapes;
        for function in &mut self.facts.functions {
            let has_any = |shape: &ShapeId| {
                let shape = &shapes[shape.index()];
                !shape.members.is_empty() || !shape.spreads.is_empty() || shape.base.is_some()
            };
            // Any function could be called with `new`; only what makes something is worth a type.
            function.instance = function.instance.filter(has_any);
        }
        for place in 0..self.facts.declarations.len() {
            self.name_instances(SymbolId::from_usize(place));
        }
    }

    /// The name of a function that makes instances is their type, too.
    fn name_instances(&mut self, name: SymbolId) {
        if let Some(Constructor::Function(function)) = self.constructor_of(name)
            && let Some(shape) = self.facts.functions[function.index()].instance
        {
            let declared = &mut self.declaration_mut(name).r#type;
            if *declared == DeclaredType::None {
                *declared = DeclaredType::Instance(vec![shape]);
            }
        }
    }
}

enum Constructor {
    Function(FunctionId),
    Class(ShapeId),
}
