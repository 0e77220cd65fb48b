//! Members that are assigned: to names, to `this`, to prototypes.

use super::*;
use crate::ecmascript::oxc_outline::common_js::last_name;

impl<'p> Collect<'_, 'p> {
    /// `name.member = …` and, in a constructor, `this.member = …`.
    pub(super) fn assigned_member(&mut self, assignment: &AssignmentExpression<'p>) {
        let (left, object, name) = match &assignment.left {
            AssignmentTarget::StaticMemberExpression(target) => (
                self.draft.static_member(target),
                &target.object,
                target.property.name.as_str(),
            ),
            AssignmentTarget::ComputedMemberExpression(target) => match &target.expression {
                Expression::StringLiteral(key) => (
                    self.draft.computed_member(target),
                    &target.object,
                    key.value.as_str(),
                ),
                _ => return,
            },
            _ => return,
        };
        let way = chain(&assignment.right);
        let owner = self.definition_on(&way, assignment.node_id.get());
        let symbol = owner.and_then(|node| self.draft.table.owned_by(node));
        let symbol = symbol.or_else(|| self.draft.table.named_by(assignment.node_id.get()));
        let value = self.draft.value_at(way.value, Context::Assigned(left));
        let member = Member {
            name: self.draft.name(name),
            kind: MemberKind::Property,
            symbol,
            r#type: self.draft.documented_type(assignment.span.start),
            value: Some(value),
        };
        if self.assigned_prototype(object, name, way.value, value) {
            return;
        }
        if let Some(shape) = self.draft.prototype(object) {
            return self.draft.push_member(shape, Side::Instance, member);
        }
        match object {
            Expression::Identifier(name) => self.assigned_to_name(name, member),
            Expression::ThisExpression(_) => match self.draft.instance.this {
                This::Of(shape, side) => self.add_member(shape, side, member),
                This::Made(function) => {
                    let shape = self.draft.made_by(function);
                    self.add_member(shape, Side::Instance, member);
                }
                This::Value(_) | This::Unknown => {}
            },
            _ => {}
        }
    }

    fn assigned_to_name(&mut self, name: &IdentifierReference, member: Member) {
        let Some(declared) = self.draft.table.declared(name) else {
            return;
        };
        let is_exports = match &self.draft.declaration_mut(declared).value {
            DeclaredValue::Variable {
                value: Some(value), ..
            } => {
                let value = *value;
                self.draft.facts.values[value.index()] == Value::Exports
            }
            _ => false,
        };
        if is_exports {
            let name = self.draft.facts.name(member.name).to_owned();
            let target = ExportTarget::Value {
                value: member.value.unwrap_or(UNKNOWN),
                symbol: member.symbol,
            };
            return self.draft.export_member(&name, target);
        }
        // What is put into variables of functions is mostly data.
        let is_known = member.value != Some(UNKNOWN) && self.draft.table.is_of_module(declared);
        if is_known || member.symbol.is_some() {
            self.draft.declaration_mut(declared).assigned.push(member);
        }
    }

    /// JavaScript declares the members of a class by assigning them; they are what was assigned, once or several times.
    fn add_member(&mut self, shape: ShapeId, side: Side, member: Member) {
        let fact = self.draft.shape_mut(shape);
        let members = match side {
            Side::Instance => &mut fact.members,
            Side::Static => &mut fact.statics,
        };
        let Some(known) = members.iter_mut().find(|known| known.name == member.name) else {
            return self.draft.push_member(shape, side, member);
        };
        // What is declared stays, and so does what was assigned first: later assignments may hold
        // anything.
        if known.kind == MemberKind::Property
            && known.r#type.is_none()
            && matches!(known.value, None | Some(UNKNOWN))
        {
            known.value = member.value;
            known.symbol = known.symbol.or(member.symbol);
        }
    }

    /// `F.prototype = …` and `F.prototype.__proto__ = …`.
    fn assigned_prototype(
        &mut self,
        object: &Expression<'p>,
        name: &str,
        right: &Expression<'p>,
        value: ValueId,
    ) -> bool {
        let shape = match (name, object) {
            ("prototype", Expression::Identifier(name)) => {
                let declared = self.draft.table.declared(name);
                declared.map(|name| self.draft.instances_of(name))
            }
            ("__proto__", _) => self.draft.prototype(object),
            _ => None,
        };
        let Some(shape) = shape else {
            return false;
        };
        match right {
            Expression::ObjectExpression(literal) => self.draft.prototype_object(shape, literal),
            _ => self.draft.shape_mut(shape).spreads.push(value),
        }
        true
    }

    /// Calls that give members to prototypes: `Object.assign`, `Object.defineProperty`, `inherits`, …
    pub(super) fn prototype_call(&mut self, call: &CallExpression<'p>) {
        let arguments: Vec<&Expression<'p>> = call
            .arguments
            .iter()
            .map_while(Argument::as_expression)
            .collect();
        let Some((target, rest)) = arguments.split_first() else {
            return;
        };
        match (last_name(&call.callee), rest) {
            (Some("inherits"), [base]) => self.inherits(target, base),
            (Some("assign" | "setPrototypeOf"), sources) => {
                if let Some(shape) = self.draft.prototype(target) {
                    for source in sources {
                        self.prototype_source(shape, source);
                    }
                }
            }
            (
                Some("defineProperty"),
                [
                    Expression::StringLiteral(name),
                    Expression::ObjectExpression(descriptor),
                ],
            ) => {
                if let Some(shape) = self.draft.prototype(target) {
                    self.draft
                        .described_member(shape, name.value.as_str(), descriptor);
                }
            }
            (Some("defineProperties"), [Expression::ObjectExpression(descriptors)]) => {
                if let Some(shape) = self.draft.prototype(target) {
                    self.described_members(shape, descriptors);
                }
            }
            _ => {}
        }
    }

    fn prototype_source(&mut self, shape: ShapeId, source: &Expression<'p>) {
        match source {
            Expression::ObjectExpression(literal) => self.draft.prototype_object(shape, literal),
            source => {
                let value = self.draft.value(source);
                self.draft.shape_mut(shape).spreads.push(value);
            }
        }
    }

    fn described_members(&mut self, shape: ShapeId, descriptors: &ObjectExpression<'p>) {
        for property in &descriptors.properties {
            if let ObjectPropertyKind::ObjectProperty(property) = property
                && let Some(name) = property.key.static_name()
                && let Expression::ObjectExpression(descriptor) = &property.value
            {
                self.draft.described_member(shape, &name, descriptor);
            }
        }
    }

    /// `util.inherits(F, B)`.
    fn inherits(&mut self, derived: &Expression<'p>, base: &Expression<'p>) {
        if let Expression::Identifier(name) = derived
            && let Some(declared) = self.draft.table.declared(name)
        {
            let shape = self.draft.instances_of(declared);
            let base = self.draft.value(base);
            self.draft.shape_mut(shape).base = Some(base);
        }
    }

    /// What `this` is in a function that is assigned to a member: what the member is of.
    pub(super) fn this_of_assigned(
        &mut self,
        assignment: &AssignmentExpression<'p>,
    ) -> Option<Instance> {
        if !self.is_javascript || !matches!(assignment.right, Expression::FunctionExpression(_)) {
            return None;
        }
        let (object, name) = match &assignment.left {
            AssignmentTarget::StaticMemberExpression(target) => {
                (&target.object, target.property.name.as_str())
            }
            AssignmentTarget::ComputedMemberExpression(target) => (&target.object, ""),
            _ => return None,
        };
        if let Some(shape) = self.draft.prototype(object) {
            let this = This::Of(shape, Side::Instance);
            return Some(Instance::outside_of_classes(this));
        }
        // `exports.Widget = function () { this.… = … }` is for `new`; so is what is exported as a whole.
        let is_for_new = name.starts_with(char::is_uppercase) || name == "exports";
        if is_for_new {
            return None;
        }
        match object {
            Expression::ThisExpression(_) => Some(self.draft.instance),
            Expression::Identifier(_) | Expression::StaticMemberExpression(_) => {
                let value = self.draft.value(object);
                Some(Instance::outside_of_classes(This::Value(value)))
            }
            _ => None,
        }
    }
}
