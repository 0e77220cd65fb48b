//! Names that are declared by patterns.

use super::*;

impl<'p> Draft<'_, 'p> {
    /// A variable with what it is initialised with.
    pub(in crate::ecmascript::oxc_outline) fn declare_variable(
        &mut self,
        declarator: &VariableDeclarator<'p>,
    ) {
        if let Some((required, names)) = self.table.required_names(declarator) {
            for (local, name) in names {
                self.declare_import(local, required.specifier, name);
            }
            return;
        }
        let r#type = self
            .annotation(declarator.type_annotation.as_deref())
            .or_else(|| self.documented_type(declarator.span.start));
        let value = declarator.init.as_ref().map(|init| match r#type {
            Some(r#type) => self.value_at(init, Context::Typed(r#type)),
            None => self.value(init),
        });
        match &declarator.id {
            BindingPattern::BindingIdentifier(name) => {
                if let Some(name) = name.symbol_id.get() {
                    let declaration = self.declaration_mut(name);
                    // `var` may declare a name again, also that of a function, which says more.
                    if declaration.value == DeclaredValue::None {
                        declaration.value = DeclaredValue::Variable {
                            r#type,
                            value,
                            is_destructured: false,
                        };
                    }
                }
            }
            pattern => {
                let source = match (r#type, value) {
                    (Some(r#type), _) => self.typed(r#type),
                    (None, Some(value)) => value,
                    (None, None) => return,
                };
                self.take_apart(pattern, source);
            }
        }
    }

    /// `name = value`, after the name's declaration.
    pub(in crate::ecmascript::oxc_outline) fn assign_variable(
        &mut self,
        name: &IdentifierReference,
        value: &Expression<'p>,
    ) {
        let Some(name) = self.table.declared(name) else {
            return;
        };
        let value = self.value(value);
        let later = self.later.entry(name).or_default();
        if value != UNKNOWN && !later.contains(&value) {
            later.push(value);
        }
    }

    /// Variables that are declared without a value have those that they are assigned.
    pub(in crate::ecmascript::oxc_outline) fn join_assigned(&mut self) {
        let mut later: Vec<(SymbolId, Vec<ValueId>)> = self.later.drain().collect();
        // Values are numbered on the way, and numbers must not depend on a map's order.
        later.sort_unstable_by_key(|(name, _)| *name);
        for (name, values) in later {
            let assigned = match values.as_slice() {
                [] => continue,
                [only] => *only,
                values if values.len() <= MAX_ASSIGNED => {
                    self.push_value(Value::Either(values.to_vec()))
                }
                _ => continue,
            };
            if let DeclaredValue::Variable {
                r#type: None,
                value: value @ (None | Some(UNKNOWN)),
                is_destructured: false,
            } = &mut self.declaration_mut(name).value
            {
                *value = Some(assigned);
            }
        }
    }

    /// A name, or the names of a pattern, that stand for `value`.
    pub(in crate::ecmascript::oxc_outline) fn declare_pattern(
        &mut self,
        pattern: &BindingPattern<'p>,
        value: ValueId,
    ) {
        if let BindingPattern::BindingIdentifier(name) = pattern {
            self.declare_as(name, value, false);
        } else {
            self.take_apart(pattern, value);
        }
    }

    /// Returns what a part of a pattern stands for: a member of what is taken apart.
    pub(in crate::ecmascript::oxc_outline) fn value_of_pattern(
        &self,
        pattern: &BindingPattern<'p>,
    ) -> Option<ValueId> {
        match pattern {
            BindingPattern::BindingIdentifier(name) => {
                match self.declaration(name.symbol_id.get()?).value {
                    DeclaredValue::Variable {
                        is_destructured: true,
                        value,
                        ..
                    } => value,
                    _ => None,
                }
            }
            BindingPattern::AssignmentPattern(assignment) => {
                let value = self.value_of_pattern(&assignment.left)?;
                match &self.facts.values[value.index()] {
                    // As `take_apart` makes them: what is taken apart, then the default.
                    Value::Either(values) => values.first().copied(),
                    _ => None,
                }
            }
            BindingPattern::ObjectPattern(object) => {
                let member = self.value_of_pattern(&object.properties.first()?.value)?;
                match self.facts.values[member.index()] {
                    Value::Member(object, _) => Some(object),
                    _ => None,
                }
            }
            BindingPattern::ArrayPattern(_) => None,
        }
    }

    fn take_apart(&mut self, pattern: &BindingPattern<'p>, source: ValueId) {
        match pattern {
            BindingPattern::BindingIdentifier(name) => self.declare_as(name, source, true),
            BindingPattern::ObjectPattern(object) => {
                for property in &object.properties {
                    if let Some(key) = property.key.static_name() {
                        let member = self.member(source, &key);
                        self.take_apart(&property.value, member);
                    }
                }
                if let Some(rest) = &object.rest {
                    // What is left over has members of the whole; those that were taken are not
                    // left out.
                    self.declare_pattern(&rest.argument, source);
                }
            }
            BindingPattern::ArrayPattern(array) => {
                for (place, element) in array.elements.iter().enumerate() {
                    if let Some(element) = element {
                        let value = self.share(Value::Element(source, place as u32));
                        self.take_apart(element, value);
                    }
                }
            }
            BindingPattern::AssignmentPattern(assignment) => {
                let default = self.value(&assignment.right);
                let value = self.push_value(Value::Either(vec![source, default]));
                self.take_apart(&assignment.left, value);
            }
        }
    }

    fn declare_as(&mut self, name: &BindingIdentifier, value: ValueId, is_destructured: bool) {
        if let Some(name) = name.symbol_id.get() {
            self.declaration_mut(name).value = DeclaredValue::Variable {
                r#type: None,
                value: Some(value),
                is_destructured,
            };
        }
    }
}
