//! Data that has a name without being declared: properties of objects that a module holds, and what JavaScript assigns to `this`.
//!
//! What only stands for something else has no definition of its own, so that its users are led to what it stands for. What such a property
//! holds is written by whoever writes the object: calls in it are calls of the object's definition.

use super::*;

/// An object of more properties is data.
const PROPERTIES_MAX: usize = 1_000;

/// What instances of a class or of a function that makes them are assigned.
pub(super) struct Fields {
    owner: u32,
    /// Members that are declared, or were assigned before.
    names: FxHashSet<String>,
}

impl<'p> Declare<'p> {
    /// Notes that the properties of an object are definitions: it is what a name of the module or an export is.
    pub(super) fn note_object(&mut self, value: &Expression<'p>) {
        let object = match value.get_inner_expression() {
            // `Object.freeze({ … })` returns its argument, and is how modules write tables of
            // constants.
            Expression::CallExpression(call) if last_name(&call.callee) == Some("freeze") => {
                let first = call.arguments.first().and_then(Argument::as_expression);
                first.map(Expression::get_inner_expression)
            }
            value => Some(value),
        };
        if let Some(Expression::ObjectExpression(object)) = object
            && object.properties.len() <= PROPERTIES_MAX
        {
            self.objects.insert(object.node_id.get());
        }
    }

    pub(super) fn declare_property(&mut self, property: &ObjectProperty<'p>) {
        if !self.is_in_object || property.shorthand || self.stands_for_other(&property.value) {
            return;
        }
        let Some(name) = key_name(&property.key, self.lines.text()) else {
            return;
        };
        let symbol = self.define(Definition {
            kind: SymbolKind::Property,
            name: &name,
            name_at: property.key.span().start,
            span: property.span,
            head: property.span,
            node: property.node_id.get(),
            flags: Flags::default(),
        });
        self.table.set_named(property.node_id.get(), symbol);
    }

    /// Begins a class whose methods may assign members that it does not declare.
    pub(super) fn begin_fields(&mut self, class: &Class<'p>) {
        let is_class =
            |symbol: &u32| self.table.symbols[*symbol as usize].kind == SymbolKind::Class;
        let around = self.parents.last().copied().filter(is_class);
        let owner = self.table.owned_by(class.node_id.get());
        // `const A = class { … }`: the symbol is the variable's, which stands around the class
        // without a name.
        let owner = owner.or(around.filter(|_| class.id.is_none()));
        let names = class.body.body.iter();
        let names = names.filter_map(|element| element.property_key()?.static_name());
        let names = names.map(|name| name.into_owned());
        let fields = owner.filter(|_| self.is_javascript).map(|owner| Fields {
            owner,
            names: names.collect(),
        });
        self.fields.push(fields);
    }

    /// Begins a function that is no method: by custom, one with a capital makes instances.
    pub(super) fn begin_fields_of_maker(&mut self, function: &Function<'p>) {
        let is_maker = |id: &BindingIdentifier| {
            id.name
                .starts_with(|first: char| first.is_ascii_uppercase())
        };
        let is_maker = self.is_javascript && function.id.as_ref().is_some_and(is_maker);
        let owner = self.table.symbol_of_function(function.node_id.get());
        // Also pushed where there is none: the `this` of an inner function must not become a field
        // of the class around it.
        self.fields
            .push(owner.filter(|_| is_maker).map(|owner| Fields {
                owner,
                names: FxHashSet::default(),
            }));
    }

    /// `this.member = …`, the first time.
    pub(super) fn declare_field(&mut self, assignment: &AssignmentExpression<'p>) {
        let AssignmentTarget::StaticMemberExpression(target) = &assignment.left else {
            return;
        };
        let value = chain(&assignment.right).value;
        // A function in a member is a method, which `declare_assignment` has made.
        if !matches!(target.object, Expression::ThisExpression(_))
            || assignment.operator != AssignmentOperator::Assign
            || callable(value).is_some()
            || self.stands_for_other(value)
        {
            return;
        }
        let Some(Some(fields)) = self.fields.last_mut() else {
            return;
        };
        let owner = fields.owner;
        let name = target.property.name.as_str();
        let Some(depth) = self.parents.iter().position(|parent| *parent == owner) else {
            return;
        };
        if !fields.names.insert(name.to_owned()) {
            return;
        }
        // A member of the class, not of the function that assigns it.
        let inner = self.parents.split_off(depth + 1);
        let symbol = self.define(Definition {
            kind: SymbolKind::Property,
            name,
            name_at: target.property.span.start,
            span: assignment.span,
            head: assignment.span,
            node: assignment.node_id.get(),
            flags: Flags::default(),
        });
        self.parents.extend(inner);
        self.table.set_named(assignment.node_id.get(), symbol);
    }

    /// Whether a value is, or may be, another definition of the module or an import.
    fn stands_for_other(&self, value: &Expression<'p>) -> bool {
        let is_definition = |name: &IdentifierReference| {
            let declared = self.table.declared(name);
            // A name that the file does not declare is a global or comes with another script: not
            // ours to define.
            declared.is_none_or(|declared| self.table.is_of_module(declared))
        };
        match value.get_inner_expression() {
            Expression::Identifier(name) => is_definition(name),
            Expression::ClassExpression(_) => true,
            Expression::LogicalExpression(logical) => {
                self.stands_for_other(&logical.left) || self.stands_for_other(&logical.right)
            }
            Expression::ConditionalExpression(choice) => {
                self.stands_for_other(&choice.consequent)
                    || self.stands_for_other(&choice.alternate)
            }
            Expression::StaticMemberExpression(member) => self.stands_for_other(&member.object),
            value => self.table.required_part(value).is_some(),
        }
    }
}
