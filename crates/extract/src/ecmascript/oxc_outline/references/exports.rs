//! What modules give to others: `export default`, `export =` and all that CommonJS has instead.

use super::*;

impl<'p> Collect<'_, 'p> {
    /// A value that is exported under `exported` other than by its declaration.
    pub(super) fn export(
        &mut self,
        exported: &str,
        at: u32,
        value: &Expression<'p>,
        owner: Option<NodeId>,
    ) {
        if let Some(target) = self.export_target(exported, at, value, owner) {
            self.draft.export(exported, target);
        }
    }

    /// `exports.name = value`.
    fn export_member(&mut self, exported: &str, at: u32, value: &Expression<'p>, owner: NodeId) {
        let way = chain(value);
        // `exports.a = exports.b = void 0` stands at the head of compiled modules; the values come
        // later.
        if is_nothing(way.value) {
            return;
        }
        let owner = self.definition_on(&way, owner);
        if let Some(target) = self.export_target(exported, at, way.value, owner) {
            self.draft.export_member(exported, target);
        }
    }

    fn export_target(
        &mut self,
        exported: &str,
        at: u32,
        value: &Expression<'p>,
        owner: Option<NodeId>,
    ) -> Option<ExportTarget> {
        if let Expression::Identifier(name) = value {
            let target = Target::Value(self.draft.identifier(name));
            self.push(ReferenceKind::ReExport, exported, at, target);
            let local = self.draft.table.declared(name)?;
            return Some(ExportTarget::Declared(declaration_of(local)));
        }
        if let Some(required) = self.draft.table.required_part(value) {
            let name = required.member.unwrap_or("*");
            self.module(
                ReferenceKind::ReExport,
                exported,
                at,
                required.specifier,
                name,
            );
            return Some(ExportTarget::Module {
                specifier: self.draft.name(required.specifier),
                name: self.draft.name(name),
            });
        }
        let symbol = owner.and_then(|node| self.draft.table.defined_by(node));
        let value = self.draft.value(value);
        Some(ExportTarget::Value { value, symbol })
    }

    /// `module.exports = …` and `export = …`.
    pub(super) fn export_whole(&mut self, at: u32, value: &Expression<'p>, owner: Option<NodeId>) {
        if let Some(required) = self.draft.table.required_part(value) {
            let name = required.member.unwrap_or("*");
            self.module(ReferenceKind::ReExport, name, at, required.specifier, name);
        }
        if let Expression::ObjectExpression(object) = value {
            for property in &object.properties {
                if let ObjectPropertyKind::ObjectProperty(property) = property {
                    self.export_property(property);
                }
            }
        } else if let Expression::Identifier(name) = value {
            let target = Target::Value(self.draft.identifier(name));
            self.push(ReferenceKind::ReExport, "default", at, target);
        }
        let symbol = owner.and_then(|node| self.draft.table.owned_by(node));
        let value = self.draft.value(value);
        self.draft.export_whole(value, symbol);
    }

    /// A property of an object that is exported whole. What an accessor gives is known only to the object.
    fn export_property(&mut self, property: &ObjectProperty<'p>) {
        if let (Some(name), PropertyKind::Init) = (property.key.static_name(), property.kind) {
            let owner = Some(property.node_id.get());
            let at = property.key.span().start;
            if let Some(target) = self.export_target(&name, at, &property.value, owner) {
                self.draft.export_member(&name, target);
            }
        }
    }

    /// The assignment that defines what a chain ends at: the innermost to a member, else the one around it.
    pub(super) fn definition_on(&self, way: &Chain<'_, 'p>, outer: NodeId) -> Option<NodeId> {
        let inner = way
            .members
            .iter()
            .map(|assignment| assignment.node_id.get());
        let nodes = inner.rev().chain([outer]);
        let mut owners = nodes.filter(|node| self.draft.table.owned_by(*node).is_some());
        owners.next()
    }

    /// An assignment to `module.exports`, to a member of it, or to a member of something else.
    pub(super) fn assigned(&mut self, assignment: &AssignmentExpression<'p>) {
        let node = assignment.node_id.get();
        if self.handled.contains(&node) {
            return;
        }
        let Some(export) = self.draft.table.common_js_export(&assignment.left) else {
            return self.assigned_member(assignment);
        };
        match export.name {
            Some(name) => self.export_member(name, export.at, &assignment.right, node),
            None => {
                let way = chain(&assignment.right);
                let owner = self.definition_on(&way, node);
                self.export_whole(export.at, way.value, owner);
            }
        }
    }

    /// `const name = module.exports = …`: the name is what is exported.
    pub(super) fn exported_variable(&mut self, declarator: &VariableDeclarator<'p>) {
        let (Some(init), BindingPattern::BindingIdentifier(id)) =
            (&declarator.init, &declarator.id)
        else {
            return;
        };
        let way = chain(init);
        // Another name for something: that is what is exported.
        if matches!(way.value, Expression::Identifier(_)) {
            return;
        }
        let Some(local) = id.symbol_id.get() else {
            return;
        };
        for assignment in way.members {
            let Some(export) = self.draft.table.common_js_export(&assignment.left) else {
                continue;
            };
            // The walk comes to the assignment again.
            self.handled.insert(assignment.node_id.get());
            match export.name {
                Some(name) => {
                    let target = ExportTarget::Declared(declaration_of(local));
                    self.draft.export_member(name, target);
                }
                None => {
                    let value = self.draft.declared_value(declaration_of(local));
                    self.draft.export_whole(value, None);
                }
            }
        }
    }

    /// Names that a declarator takes from a module: one reference each, as an `import` has.
    pub(super) fn required_names(&mut self, declarator: &VariableDeclarator<'p>) {
        if let Some((required, names)) = self.draft.table.required_names(declarator) {
            self.handled.insert(required.call);
            for (local, name) in names {
                let at = local.span.start;
                self.module(
                    ReferenceKind::Require,
                    local.name.as_str(),
                    at,
                    required.specifier,
                    name,
                );
            }
        }
    }

    /// `Object.assign(module.exports, …)` and the like.
    pub(super) fn exporting_call(&mut self, call: &CallExpression<'p>) {
        match self.draft.table.exporting_call(call) {
            Some(ExportingCall::Mixed(values)) => {
                for value in values {
                    if let Expression::ObjectExpression(object) = value {
                        for property in &object.properties {
                            if let ObjectPropertyKind::ObjectProperty(property) = property {
                                self.export_property(property);
                            }
                        }
                    }
                    let value = self.draft.value(value);
                    self.draft.facts.is_common_js = true;
                    self.draft.facts.mixed_exports.push(value);
                }
            }
            Some(ExportingCall::Defined(name, at, value)) => {
                if let Some(target) = self.export_target(name, at, value, None) {
                    self.draft.export_member(name, target);
                }
            }
            Some(ExportingCall::Star(specifier, at)) => {
                self.module(ReferenceKind::ReExport, "*", at, specifier, "*");
                let specifier = self.draft.name(specifier);
                self.draft.facts.is_common_js = true;
                self.draft.facts.stars.push(specifier);
            }
            None => {}
        }
    }
}
