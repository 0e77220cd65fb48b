//! What tests say of names, as facts.

use super::*;

/// Longer literals tell nothing apart.
const MAX_LITERAL_BYTES: usize = 32;

/// A name with what a test says of it.
pub(in crate::ecmascript::oxc_outline) type Tested = (SymbolId, Test, bool);

impl<'p> Draft<'_, 'p> {
    /// Runs `work` where tests turned out as they say.
    pub(in crate::ecmascript::oxc_outline) fn where_tested<T>(
        &mut self,
        tests: Vec<Tested>,
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.assume(tests);
        let result = work(self);
        self.forget(before);
        result
    }

    /// Takes tests for granted until they are [forgotten](Self::forget); returns what was known before.
    pub(in crate::ecmascript::oxc_outline) fn assume(
        &mut self,
        tests: Vec<Tested>,
    ) -> Vec<(SymbolId, Option<ValueId>)> {
        let mut before = Vec::with_capacity(tests.len());
        for (name, test, holds) in tests {
            let known = self.tested.get(&name).copied();
            let value = known.unwrap_or_else(|| self.declared_value(declaration_of(name)));
            let value = self.share(Value::Tested { value, test, holds });
            self.tested.insert(name, value);
            before.push((name, known));
        }
        before
    }

    pub(in crate::ecmascript::oxc_outline) fn forget(
        &mut self,
        before: Vec<(SymbolId, Option<ValueId>)>,
    ) {
        // Backwards: a name that was tested twice goes back to what it was before the first test.
        for (name, known) in before.into_iter().rev() {
            match known {
                Some(known) => self.tested.insert(name, known),
                None => self.tested.remove(&name),
            };
        }
    }

    /// Returns what an expression says of names if it turns out true or false.
    pub(in crate::ecmascript::oxc_outline) fn tests(
        &mut self,
        expression: &Expression<'p>,
        holds: bool,
    ) -> Vec<Tested> {
        match expression.get_inner_expression() {
            Expression::UnaryExpression(not) if not.operator == UnaryOperator::LogicalNot => {
                self.tests(&not.argument, !holds)
            }
            Expression::LogicalExpression(both) => {
                let says_both = match both.operator {
                    LogicalOperator::And => holds,
                    LogicalOperator::Or => !holds,
                    LogicalOperator::Coalesce => false,
                };
                // Of `a || b` that is true it is not known which is; of `a && b` that is false,
                // too.
                match says_both {
                    true => {
                        let mut tests = self.tests(&both.left, holds);
                        tests.extend(self.tests(&both.right, holds));
                        tests
                    }
                    false => Vec::new(),
                }
            }
            Expression::BinaryExpression(binary) => {
                let found = self.compared(binary, holds);
                found.into_iter().collect()
            }
            Expression::CallExpression(call) => self.guards(call, holds),
            _ => Vec::new(),
        }
    }

    fn compared(&mut self, binary: &BinaryExpression<'p>, holds: bool) -> Option<Tested> {
        let (left, right) = (&binary.left, &binary.right);
        let is_equality = match binary.operator {
            BinaryOperator::Instanceof => {
                let name = self.testable(left)?;
                let class = self.value(right);
                return Some((name, Test::InstanceOf(class), holds));
            }
            BinaryOperator::In => {
                let name = self.testable(right)?;
                let Expression::StringLiteral(member) = left.get_inner_expression() else {
                    return None;
                };
                let member = self.name(member.value.as_str());
                return Some((name, Test::Has(member), holds));
            }
            BinaryOperator::Equality | BinaryOperator::StrictEquality => holds,
            BinaryOperator::Inequality | BinaryOperator::StrictInequality => !holds,
            _ => return None,
        };
        let (name, test) = self
            .equal(left, right)
            .or_else(|| self.equal(right, left))?;
        Some((name, test, is_equality))
    }

    /// `typeof name === "…"` and `name.member === literal`.
    pub(in crate::ecmascript::oxc_outline) fn equal(
        &mut self,
        tested: &Expression<'p>,
        with: &Expression<'p>,
    ) -> Option<(SymbolId, Test)> {
        let literal = self.literal(with)?;
        match tested.get_inner_expression() {
            Expression::UnaryExpression(of) if of.operator == UnaryOperator::Typeof => {
                Some((self.testable(&of.argument)?, Test::TypeOf(literal.text)))
            }
            Expression::StaticMemberExpression(member) => {
                let name = self.testable(&member.object)?;
                let member = self.name(member.property.name.as_str());
                Some((name, Test::MemberIs(member, literal)))
            }
            Expression::ChainExpression(chain) => match &chain.expression {
                ChainElement::StaticMemberExpression(member) => {
                    let name = self.testable(&member.object)?;
                    let member = self.name(member.property.name.as_str());
                    Some((name, Test::MemberIs(member, literal)))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// A function may say what its argument is.
    pub(in crate::ecmascript::oxc_outline) fn guards(
        &mut self,
        call: &CallExpression<'p>,
        holds: bool,
    ) -> Vec<Tested> {
        let mut found = Vec::new();
        // Guards test their first argument, rarely the second; more would make a fact of every call
        // in every condition.
        for (place, argument) in call.arguments.iter().enumerate().take(2) {
            let Some(name) = argument
                .as_expression()
                .and_then(|argument| self.testable(argument))
            else {
                continue;
            };
            let function = self.value(&call.callee);
            if function != UNKNOWN {
                found.push((name, Test::Guard(function, place as u32), holds));
            }
        }
        found
    }

    /// Returns the name that an expression is, if it holds the same wherever it is read.
    fn testable(&self, expression: &Expression<'p>) -> Option<SymbolId> {
        let Expression::Identifier(name) = expression.get_inner_expression() else {
            return None;
        };
        let name = self.table.declared(name)?;
        let scoping = self.table.scoping;
        let flags = scoping.symbol_flags(name);
        // What is assigned again may hold something else inside of a function that runs later.
        let is_fixed = flags.is_variable() && !scoping.symbol_is_mutated(name);
        is_fixed.then_some(name)
    }

    /// Returns the literal that an expression is, unless it is too long to tell anything apart.
    pub(in crate::ecmascript::oxc_outline) fn literal(
        &mut self,
        expression: &Expression<'p>,
    ) -> Option<Literal> {
        let (of, text) = match expression.get_inner_expression() {
            Expression::StringLiteral(literal) => ("String", literal.value.as_str()),
            Expression::NumericLiteral(literal) => ("Number", literal.raw.as_ref()?.as_str()),
            Expression::BooleanLiteral(literal) => {
                ("Boolean", if literal.value { "true" } else { "false" })
            }
            _ => return None,
        };
        self.literal_of(of, text)
    }

    pub(super) fn literal_of(&mut self, of: &str, text: &str) -> Option<Literal> {
        (text.len() <= MAX_LITERAL_BYTES).then(|| Literal {
            of: self.name(of),
            text: self.name(text),
        })
    }
}
