//! CommonJS as syntax: what requires a module, what exports, what a chain of assignments ends at.

use oxc::ast::ast::*;
use oxc::semantic::NodeId;
use oxc::span::GetSpan;

use super::table::Table;

/// What an assignment gives to other modules.
#[derive(Clone, Copy)]
pub(super) struct CommonJsExport<'e> {
    /// The name over there; nothing for the module as a whole.
    pub(super) name: Option<&'e str>,
    /// Where the name stands.
    pub(super) at: u32,
}

/// A module that is required, or a member of it.
#[derive(Clone, Copy)]
pub(super) struct Required<'e> {
    pub(super) specifier: &'e str,
    /// The member; nothing for the module as a whole.
    pub(super) member: Option<&'e str>,
    /// The call of `require`.
    pub(super) call: NodeId,
}

/// What a chain of assignments such as `a = exports.b = value` ends at.
pub(super) struct Chain<'e, 'p> {
    pub(super) value: &'e Expression<'p>,
    /// The assignments to members on the way, the outermost first.
    pub(super) members: Vec<&'e AssignmentExpression<'p>>,
}

impl Table<'_> {
    /// Returns the literal specifier of `require("…")`.
    pub(super) fn required<'e>(&self, expression: &'e Expression) -> Option<&'e str> {
        let Expression::CallExpression(call) = expression.get_inner_expression() else {
            return None;
        };
        self.required_by(call)
    }

    pub(super) fn required_by<'e>(&self, call: &'e CallExpression) -> Option<&'e str> {
        let is_require = match &call.callee {
            Expression::Identifier(name) => match self.declared(name) {
                // A local name may be another `require`, such as one that `createRequire` made.
                Some(declared) => self.requires(declared),
                None => name.name == "require",
            },
            // `module.require`, which Node.js has as well.
            Expression::StaticMemberExpression(member) => {
                member.property.name == "require" && self.is_global(&member.object, "module")
            }
            _ => false,
        };
        match call.arguments.as_slice() {
            [argument] if is_require => match argument.as_expression()? {
                Expression::StringLiteral(literal) => Some(literal.value.as_str()),
                Expression::TemplateLiteral(template) => match template.quasis.as_slice() {
                    // A template without substitutions is a literal.
                    [only] => Some(only.value.raw.as_str()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns what `require("…")` or `require("…").member` takes.
    pub(super) fn required_part<'e>(&self, expression: &'e Expression) -> Option<Required<'e>> {
        let (object, member) = match expression.get_inner_expression() {
            Expression::StaticMemberExpression(member) => {
                (&member.object, Some(member.property.name.as_str()))
            }
            Expression::ComputedMemberExpression(member) => match &member.expression {
                Expression::StringLiteral(key) => (&member.object, Some(key.value.as_str())),
                _ => return None,
            },
            _ => (expression, None),
        };
        match object.get_inner_expression() {
            Expression::CallExpression(call) => Some(Required {
                specifier: self.required_by(call)?,
                member,
                call: call.node_id.get(),
            }),
            _ => None,
        }
    }

    /// Returns the names that a declarator takes from a module it requires, with their names over there.
    pub(super) fn required_names<'e, 'p>(
        &self,
        declarator: &'e VariableDeclarator<'p>,
    ) -> Option<(Required<'e>, Vec<(&'e BindingIdentifier<'p>, &'e str)>)> {
        let required = self.required_part(declarator.init.as_ref()?)?;
        if declarator.type_annotation.is_some() {
            return None;
        }
        let names = match &declarator.id {
            BindingPattern::BindingIdentifier(name) => {
                vec![(&**name, required.member.unwrap_or("*"))]
            }
            BindingPattern::ObjectPattern(object) if required.member.is_none() => {
                // What a rest takes is known only as a type, so the whole is a variable.
                if object.rest.is_some() {
                    return None;
                }
                let names = object.properties.iter().map(plain_property);
                names.collect::<Option<Vec<_>>>()?
            }
            _ => return None,
        };
        (!names.is_empty()).then_some((required, names))
    }

    /// Whether an expression is `exports` or `module.exports`.
    pub(super) fn is_exports(&self, expression: &Expression) -> bool {
        match expression.get_inner_expression() {
            Expression::StaticMemberExpression(member) => self.is_module_exports(member),
            expression => self.is_global(expression, "exports"),
        }
    }

    pub(super) fn is_module_exports(&self, member: &StaticMemberExpression) -> bool {
        member.property.name == "exports" && self.is_global(&member.object, "module")
    }

    fn is_global(&self, expression: &Expression, name: &str) -> bool {
        // A bundler's wrapper declares `module` and `exports` as parameters; those are another
        // module's.
        matches!(expression, Expression::Identifier(found)
            if found.name == name && self.declared(found).is_none())
    }

    /// Returns what an assignment to `module.exports`, `module.exports.a` or `exports.a` exports.
    pub(super) fn common_js_export<'e>(
        &self,
        target: &'e AssignmentTarget,
    ) -> Option<CommonJsExport<'e>> {
        match target {
            AssignmentTarget::StaticMemberExpression(target) => {
                let at = target.property.span.start;
                if self.is_module_exports(target) {
                    return Some(CommonJsExport { name: None, at });
                }
                let name = Some(target.property.name.as_str());
                self.is_exports(&target.object)
                    .then_some(CommonJsExport { name, at })
            }
            AssignmentTarget::ComputedMemberExpression(target) => match &target.expression {
                Expression::StringLiteral(key) if self.is_exports(&target.object) => {
                    Some(CommonJsExport {
                        name: Some(key.value.as_str()),
                        at: key.span.start,
                    })
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// Returns where a chain of assignments ends; for anything else the expression itself.
pub(super) fn chain<'e, 'p>(expression: &'e Expression<'p>) -> Chain<'e, 'p> {
    let mut found = Chain {
        value: expression,
        members: Vec::new(),
    };
    while let Expression::AssignmentExpression(assignment) = found.value.without_parentheses() {
        if !matches!(
            assignment.left,
            AssignmentTarget::AssignmentTargetIdentifier(_)
        ) {
            found.members.push(assignment);
        }
        found.value = &assignment.right;
    }
    found
}

/// Whether an expression is `undefined` or `void 0`, which compilers assign to exports first of all.
pub(super) fn is_nothing(expression: &Expression) -> bool {
    match expression.get_inner_expression() {
        Expression::UnaryExpression(unary) => unary.operator == UnaryOperator::Void,
        expression => expression.is_specific_id("undefined"),
    }
}

/// The name that a callee ends with.
pub(super) fn last_name<'e>(callee: &'e Expression) -> Option<&'e str> {
    match callee {
        Expression::Identifier(name) => Some(name.name.as_str()),
        Expression::StaticMemberExpression(member) => Some(member.property.name.as_str()),
        _ => None,
    }
}

/// `key: name` in a pattern.
fn plain_property<'e, 'p>(
    property: &'e BindingProperty<'p>,
) -> Option<(&'e BindingIdentifier<'p>, &'e str)> {
    let key = match &property.key {
        PropertyKey::StaticIdentifier(key) => key.name.as_str(),
        PropertyKey::StringLiteral(key) => key.value.as_str(),
        _ => return None,
    };
    match &property.value {
        BindingPattern::BindingIdentifier(name) => Some((name, key)),
        _ => None,
    }
}

/// The parts of a call that gives names to a module's exports.
pub(super) enum ExportingCall<'e, 'p> {
    /// `Object.assign(module.exports, value, …)`: members of the values.
    Mixed(Vec<&'e Expression<'p>>),
    /// `Object.defineProperty(exports, "name", { … })`: the name, where it stands, and what it leads to.
    Defined(&'e str, u32, &'e Expression<'p>),
    /// `__exportStar(require("…"), exports)`, as compilers write `export *`: the specifier and where it stands.
    Star(&'e str, u32),
}

impl Table<'_> {
    /// Returns what a call exports, if it does.
    pub(super) fn exporting_call<'e, 'p>(
        &self,
        call: &'e CallExpression<'p>,
    ) -> Option<ExportingCall<'e, 'p>> {
        let arguments: Vec<&Expression> = call
            .arguments
            .iter()
            .map_while(Argument::as_expression)
            .collect();
        let name = match &call.callee {
            Expression::Identifier(name) => name.name.as_str(),
            Expression::StaticMemberExpression(member) => {
                if self.is_global(&member.object, "Object") {
                    return self.exporting_method(member.property.name.as_str(), &arguments);
                }
                member.property.name.as_str()
            }
            _ => return None,
        };
        match (name, arguments.as_slice()) {
            // As TypeScript and SWC write it, and an older TypeScript below.
            ("__exportStar" | "_export_star", [module, exports]) if self.is_exports(exports) => {
                let specifier = self.required(module)?;
                Some(ExportingCall::Star(specifier, module.span().start))
            }
            ("__export", [module]) => {
                let specifier = self.required(module)?;
                Some(ExportingCall::Star(specifier, module.span().start))
            }
            _ => None,
        }
    }

    fn exporting_method<'e, 'p>(
        &self,
        name: &str,
        arguments: &[&'e Expression<'p>],
    ) -> Option<ExportingCall<'e, 'p>> {
        let (target, rest) = arguments.split_first()?;
        if !self.is_exports(chain(target).value) && !self.ends_at_exports(target) {
            return None;
        }
        match (name, rest) {
            ("assign", values) => Some(ExportingCall::Mixed(values.to_vec())),
            (
                "defineProperty",
                [
                    Expression::StringLiteral(name),
                    Expression::ObjectExpression(how),
                ],
            ) => {
                let value = described_value(how)?;
                Some(ExportingCall::Defined(
                    name.value.as_str(),
                    name.span.start,
                    value,
                ))
            }
            _ => None,
        }
    }

    /// Whether a chain of assignments goes through `module.exports`.
    fn ends_at_exports(&self, expression: &Expression) -> bool {
        let members = chain(expression).members;
        members.iter().any(|assignment| {
            let export = self.common_js_export(&assignment.left);
            export.is_some_and(|export| export.name.is_none())
        })
    }
}

/// What a property's descriptor gives: its value, or what its getter returns at once.
fn described_value<'e, 'p>(descriptor: &'e ObjectExpression<'p>) -> Option<&'e Expression<'p>> {
    descriptor.properties.iter().find_map(|property| {
        let ObjectPropertyKind::ObjectProperty(property) = property else {
            return None;
        };
        match property.key.static_name()?.as_ref() {
            "value" => Some(&property.value),
            "get" => returned_at_once(&property.value),
            _ => None,
        }
    })
}

fn returned_at_once<'e, 'p>(function: &'e Expression<'p>) -> Option<&'e Expression<'p>> {
    match function {
        Expression::FunctionExpression(function) => {
            match function.body.as_ref()?.statements.as_slice() {
                [Statement::ReturnStatement(returned)] => returned.argument.as_ref(),
                _ => None,
            }
        }
        Expression::ArrowFunctionExpression(arrow) => arrow.body.as_expression(),
        _ => None,
    }
}
