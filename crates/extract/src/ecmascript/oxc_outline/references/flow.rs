//! Walks what follows a test knowing how the test turned out.

use super::*;
use crate::ecmascript::oxc_outline::facts::Tested;
use oxc::allocator::ArenaVec;

impl<'p> Collect<'_, 'p> {
    /// Walks an expression that is evaluated where a test turned out one way.
    pub(super) fn visit_where(
        &mut self,
        test: &Expression<'p>,
        holds: bool,
        expression: &Expression<'p>,
    ) {
        let tests = self.draft.tests(test, holds);
        let before = self.draft.assume(tests);
        self.visit_expression(expression);
        self.draft.forget(before);
    }

    fn visit_statement_where(
        &mut self,
        test: &Expression<'p>,
        holds: bool,
        statement: &Statement<'p>,
    ) {
        let tests = self.draft.tests(test, holds);
        let before = self.draft.assume(tests);
        self.visit_statement(statement);
        self.draft.forget(before);
    }

    pub(super) fn branch(&mut self, statement: &IfStatement<'p>) {
        self.visit_expression(&statement.test);
        self.visit_statement_where(&statement.test, true, &statement.consequent);
        if let Some(alternate) = &statement.alternate {
            self.visit_statement_where(&statement.test, false, alternate);
        }
    }

    /// What leaves a block unless a test turned out one way says how it turned out for the rest of the block.
    pub(super) fn block(&mut self, statements: &ArenaVec<'p, Statement<'p>>) {
        let mut before = Vec::new();
        for statement in statements {
            self.visit_statement(statement);
            let tests = match statement {
                Statement::IfStatement(test) => match (leaves(&test.consequent), &test.alternate) {
                    (true, _) => self.draft.tests(&test.test, false),
                    (false, Some(alternate)) if leaves(alternate) => {
                        self.draft.tests(&test.test, true)
                    }
                    _ => continue,
                },
                Statement::ExpressionStatement(statement) => {
                    match statement.expression.get_inner_expression() {
                        Expression::CallExpression(call) if asserts(call) => self.asserted(call),
                        _ => continue,
                    }
                }
                _ => continue,
            };
            // For the rest of this block, at whose end all of it is undone.
            before.extend(self.draft.assume(tests));
        }
        self.draft.forget(before);
    }

    /// `assert(test)`, and functions that say of their argument what it is or do not return.
    fn asserted(&mut self, call: &CallExpression<'p>) -> Vec<Tested> {
        let first = call.arguments.first().and_then(Argument::as_expression);
        let mut tests = match first {
            Some(test) => self.draft.tests(test, true),
            None => Vec::new(),
        };
        tests.extend(self.draft.guards(call, true));
        tests
    }

    pub(super) fn switch(&mut self, switch: &SwitchStatement<'p>) {
        self.visit_expression(&switch.discriminant);
        for (place, case) in switch.cases.iter().enumerate() {
            if let Some(test) = &case.test {
                self.visit_expression(test);
            }
            // A case that the one before it runs into says nothing.
            let is_entered_alone = place == 0 || {
                let above = &switch.cases[place - 1].consequent;
                above.last().is_some_and(leaves)
            };
            let test = case.test.as_ref().filter(|_| is_entered_alone);
            let test = test.and_then(|test| self.draft.equal(&switch.discriminant, test));
            let tests = test.map(|(name, test)| (name, test, true));
            let before = self.draft.assume(tests.into_iter().collect());
            self.visit_statements(&case.consequent);
            self.draft.forget(before);
        }
    }
}

/// Whether nothing after a statement runs once it has.
fn leaves(statement: &Statement) -> bool {
    match statement {
        Statement::ReturnStatement(_)
        | Statement::ThrowStatement(_)
        | Statement::ContinueStatement(_)
        | Statement::BreakStatement(_) => true,
        Statement::BlockStatement(block) => block.body.last().is_some_and(leaves),
        Statement::IfStatement(test) => {
            leaves(&test.consequent) && test.alternate.as_ref().is_some_and(leaves)
        }
        _ => false,
    }
}

/// Whether a function returns only if what it is given is so, by its name: only such are asked for what they say of it.
fn asserts(call: &CallExpression) -> bool {
    let name = match call.callee.get_inner_expression() {
        Expression::Identifier(name) => name.name.as_str(),
        Expression::StaticMemberExpression(member) => member.property.name.as_str(),
        _ => return false,
    };
    let name = name.trim_start_matches('_');
    name.starts_with("assert") || name.starts_with("invariant") || name.starts_with("ensure")
}
