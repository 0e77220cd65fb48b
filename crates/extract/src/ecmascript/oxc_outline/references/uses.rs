//! Values that are used without being called, made or rendered: passed on, assigned, returned, read.
//!
//! Whoever holds a value knows how it is used, and is walked before it: it says so by [`Collect::expect`]. What nobody spoke of is
//! read.

use super::*;

/// What is known of a node before the walk comes to it.
pub(super) enum Role {
    /// Its use was written down already.
    Taken,
    /// It is used in this way.
    Used(ReferenceKind),
}

impl<'p> Collect<'_, 'p> {
    /// Notes that the use of a node's value was written down.
    pub(super) fn take(&mut self, node: NodeId) {
        self.roles.insert(node, Role::Taken);
    }

    /// `module.name` uses the name; the module is only where it is found. What is required may be a class that is exported whole.
    pub(super) fn take_namespace(&mut self, name: &IdentifierReference) {
        if let Some(declared) = self.draft.table.declared(name)
            && self.draft.table.scoping.symbol_flags(declared).is_import()
            && self.draft.holds_module(declared)
        {
            self.take(name.node_id.get());
        }
    }

    /// Notes how the value of an expression is used, through what only passes it on.
    pub(super) fn expect(&mut self, expression: &Expression<'p>, kind: ReferenceKind) {
        match expression.get_inner_expression() {
            Expression::Identifier(name) => self.expect_node(name.node_id.get(), kind),
            Expression::StaticMemberExpression(member) => {
                self.expect_node(member.node_id.get(), kind)
            }
            Expression::PrivateFieldExpression(member) => {
                self.expect_node(member.node_id.get(), kind)
            }
            Expression::ComputedMemberExpression(member) => {
                self.expect_node(member.node_id.get(), kind)
            }
            Expression::ChainExpression(chain) => {
                if let Some(member) = chain.expression.as_member_expression() {
                    self.expect_member(member, kind);
                }
            }
            Expression::ConditionalExpression(choice) => {
                self.expect(&choice.consequent, kind);
                self.expect(&choice.alternate, kind);
            }
            Expression::LogicalExpression(logical) => {
                self.expect(&logical.left, kind);
                self.expect(&logical.right, kind);
            }
            Expression::AwaitExpression(awaited) => self.expect(&awaited.argument, kind),
            _ => {}
        }
    }

    pub(super) fn expect_arguments(&mut self, arguments: &[Argument<'p>]) {
        for argument in arguments.iter().filter_map(Argument::as_expression) {
            self.expect(argument, ReferenceKind::Argument);
        }
    }

    /// `f.call(…)`, `f.apply(…)` and `f.bind(…)` use `f`.
    pub(super) fn expect_member_call(&mut self, callee: &Expression<'p>) {
        if let Some(member) = callee.get_inner_expression().as_member_expression()
            && matches!(
                member.static_property_name(),
                Some("call" | "apply" | "bind")
            )
        {
            self.expect(member.object(), ReferenceKind::MemberCall);
        }
    }

    pub(super) fn expect_written(&mut self, target: &SimpleAssignmentTarget<'p>) {
        match target {
            SimpleAssignmentTarget::AssignmentTargetIdentifier(name) => {
                self.expect_node(name.node_id.get(), ReferenceKind::Written);
            }
            target => {
                if let Some(member) = target.as_member_expression() {
                    self.expect_member(member, ReferenceKind::Written);
                }
            }
        }
    }

    fn expect_member(&mut self, member: &MemberExpression<'p>, kind: ReferenceKind) {
        let node = match member {
            MemberExpression::StaticMemberExpression(member) => member.node_id.get(),
            MemberExpression::PrivateFieldExpression(member) => member.node_id.get(),
            MemberExpression::ComputedMemberExpression(member) => member.node_id.get(),
        };
        self.expect_node(node, kind);
    }

    fn expect_node(&mut self, node: NodeId, kind: ReferenceKind) {
        self.roles.insert(node, Role::Used(kind));
    }

    /// Returns how a node's value is used; nothing if that was written down already.
    pub(super) fn use_of(&mut self, node: NodeId) -> Option<ReferenceKind> {
        match self.roles.remove(&node) {
            Some(Role::Taken) => None,
            Some(Role::Used(kind)) => Some(kind),
            None => Some(ReferenceKind::Read),
        }
    }

    /// Whether a name may stand for a definition: a local variable or a parameter is nobody's dependency. A name that the file does not
    /// declare may be a script's.
    pub(super) fn is_definition(&self, name: &IdentifierReference) -> bool {
        let table = self.draft.table;
        let Some(declared) = table.declared(name) else {
            return !is_of_platform(name.name.as_str());
        };
        table.value_symbol(declared).is_some()
            || table.scoping.symbol_flags(declared).is_import()
            || self.draft.stands_for_import(declared)
    }

    /// `{ key: … }` in a pattern reads a member of what is taken apart.
    pub(super) fn destructured(&mut self, property: &BindingProperty<'p>) {
        let key = match &property.key {
            PropertyKey::StaticIdentifier(key) => (key.name.as_str(), key.span.start),
            PropertyKey::StringLiteral(key) => (key.value.as_str(), key.span.start),
            _ => return,
        };
        if let Some(member) = self.draft.value_of_pattern(&property.value) {
            self.push(ReferenceKind::Read, key.0, key.1, Target::Value(member));
        }
    }

    /// Whether a member can only be one of the platform's.
    pub(super) fn is_of_platform(&self, object: &Expression<'p>) -> bool {
        match object.get_inner_expression() {
            Expression::Identifier(name) => {
                self.draft.declared(name).is_none() && is_of_platform(name.name.as_str())
            }
            Expression::ChainExpression(chain) => chain
                .expression
                .as_member_expression()
                .is_some_and(|member| self.is_of_platform(member.object())),
            expression => match expression.as_member_expression() {
                Some(member) => self.is_of_platform(member.object()),
                None => expression.is_literal(),
            },
        }
    }

    /// Whether an imported name is used as nothing but a type, so that nothing of the import is left when the program runs.
    pub(super) fn is_used_as_type_only(&self, local: &BindingIdentifier) -> bool {
        let Some(symbol) = local.symbol_id.get() else {
            return false;
        };
        let mut uses = self
            .draft
            .table
            .scoping
            .get_resolved_references(symbol)
            .peekable();
        // An import that is never used may be there for what it does.
        uses.peek().is_some() && uses.all(|reference| !reference.is_value())
    }
}

/// Names of the language, of browsers and of Node.js that are used in most files and that nobody declares anew. Others cost no more than a
/// look at what leads outside.
const PLATFORM: &[&str] = &[
    "Array",
    "Boolean",
    "Buffer",
    "Date",
    "Error",
    "Infinity",
    "Intl",
    "JSON",
    "Map",
    "Math",
    "NaN",
    "Number",
    "Object",
    "Promise",
    "Proxy",
    "Reflect",
    "RegExp",
    "Set",
    "String",
    "Symbol",
    "TypeError",
    "URL",
    "WeakMap",
    "WeakSet",
    "__dirname",
    "__filename",
    "arguments",
    "console",
    "document",
    "exports",
    "global",
    "globalThis",
    "localStorage",
    "location",
    "module",
    "navigator",
    "process",
    "require",
    "self",
    "undefined",
    "window",
];

fn is_of_platform(name: &str) -> bool {
    PLATFORM.binary_search(&name).is_ok()
}
