//! The walk that counts branches of each definition.
//!
//! A function that is a symbol of its own counts for itself only; anonymous functions count where they stand. Modules, classes,
//! namespaces and variables count what they hold. Recursion, which the paper on cognitive complexity also counts, is not seen:
//! it shows only when calls are resolved.

use domain::{Complexity, Symbol, SymbolKind};
use oxc::ast::AstKind;
use oxc::ast::ast::*;
use oxc::ast_visit::{Visit, walk};
use oxc::semantic::{NodeId, ScopeFlags};
use oxc::syntax::operator::LogicalOperator;

use crate::code_lines::CodeLines;

/// Fills in the complexity of every symbol; `owned_by` says which symbol a node defines.
pub(crate) fn measure<'p>(
    symbols: &mut [Symbol],
    code_lines: &CodeLines,
    program: &Program<'p>,
    owned_by: impl Fn(NodeId) -> Option<u32>,
) {
    let mut walk = Measure {
        counts: symbols
            .iter()
            .map(|symbol| Count::of(symbol.kind))
            .collect(),
        owned_by,
        owners: vec![Owner::default()],
        is_function_of_owner: false,
        is_else_if: false,
        sequence: None,
    };
    walk.visit_program(program);
    let own = walk.counts;
    let mut total = own.clone();
    // From the last to the first: what is inside comes after what it is in, so that its sum is
    // complete when it is added.
    for index in (0..symbols.len()).rev() {
        let counted = if is_callable(symbols[index].kind) {
            own[index]
        } else {
            total[index]
        };
        let span = symbols[index].span;
        symbols[index].complexity = Complexity {
            cyclomatic: counted.cyclomatic,
            cognitive: counted.cognitive,
            n_code_lines: code_lines.count(span.start_line, span.end_line),
        };
        if let Some(parent) = symbols[index].parent {
            let inner = total[index];
            total[parent as usize].cyclomatic += inner.cyclomatic;
            total[parent as usize].cognitive += inner.cognitive;
        }
    }
}

fn is_callable(kind: SymbolKind) -> bool {
    use SymbolKind::{Constructor, Function, Getter, Method, Setter};
    matches!(kind, Function | Method | Constructor | Getter | Setter)
}

#[derive(Clone, Copy, Default)]
struct Count {
    cyclomatic: u32,
    cognitive: u32,
}

impl Count {
    fn of(kind: SymbolKind) -> Count {
        Count {
            cyclomatic: u32::from(is_callable(kind)),
            cognitive: 0,
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Owner {
    symbol: u32,
    nesting: u32,
}

struct Measure<F> {
    counts: Vec<Count>,
    owned_by: F,
    owners: Vec<Owner>,
    /// The function that comes next is the one that the owner is named for, so it does not nest.
    is_function_of_owner: bool,
    is_else_if: bool,
    /// The operator of the sequence that the next logical expression goes on with.
    sequence: Option<LogicalOperator>,
}

impl<F: Fn(NodeId) -> Option<u32>> Measure<F> {
    fn owner(&mut self) -> &mut Owner {
        self.owners
            .last_mut()
            .expect("the first owner is never popped")
    }

    fn count(&mut self) -> &mut Count {
        let symbol = self.owner().symbol;
        &mut self.counts[symbol as usize]
    }

    /// A break in the linear flow, which counts more the deeper it is nested.
    fn branch(&mut self) {
        let nesting = self.owner().nesting;
        let count = self.count();
        count.cyclomatic += 1;
        count.cognitive += 1 + nesting;
    }

    fn nested(&mut self, walk: impl FnOnce(&mut Self)) {
        self.owner().nesting += 1;
        walk(self);
        self.owner().nesting -= 1;
    }

    fn function(&mut self, is_owner: bool, walk: impl FnOnce(&mut Self)) {
        let is_function_of_owner = std::mem::take(&mut self.is_function_of_owner);
        // The function that a symbol stands for does not nest in itself.
        if is_owner || is_function_of_owner {
            walk(self);
        } else {
            self.nested(walk);
        }
    }

    fn side<'a>(&mut self, operator: LogicalOperator, side: &Expression<'a>)
    where
        Self: Visit<'a>,
    {
        let goes_on = matches!(side.without_parentheses(), Expression::LogicalExpression(_));
        // `a && b && c` is one thing to read: it counts once, until the operator changes (G. A.
        // Campbell, "Cognitive Complexity").
        self.sequence = goes_on.then_some(operator);
        self.visit_expression(side);
        self.sequence = None;
    }
}

impl<'a, F: Fn(NodeId) -> Option<u32>> Visit<'a> for Measure<F> {
    fn enter_node(&mut self, kind: AstKind<'a>) {
        if let Some(symbol) = (self.owned_by)(kind.node_id()) {
            self.owners.push(Owner { symbol, nesting: 0 });
            let is_function = matches!(kind, AstKind::Function(_));
            let is_class = matches!(kind, AstKind::Class(_) | AstKind::Program(_));
            self.is_function_of_owner =
                // A variable or method whose function comes next: callable symbols begin with one
                // way through.
                !is_function && !is_class && self.counts[symbol as usize].cyclomatic > 0;
        }
    }

    fn leave_node(&mut self, kind: AstKind<'a>) {
        if (self.owned_by)(kind.node_id()).is_some() {
            self.owners.pop();
            self.is_function_of_owner = false;
        }
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        let is_owner = (self.owned_by)(function.node_id.get()).is_some();
        self.function(is_owner, |walk| walk::walk_function(walk, function, flags));
    }

    fn visit_arrow_function_expression(&mut self, arrow: &ArrowFunctionExpression<'a>) {
        self.function(false, |walk| {
            walk::walk_arrow_function_expression(walk, arrow)
        });
    }

    fn visit_if_statement(&mut self, statement: &IfStatement<'a>) {
        // `else if` nests in the tree and not for a reader.
        if std::mem::take(&mut self.is_else_if) {
            let count = self.count();
            count.cyclomatic += 1;
            count.cognitive += 1;
        } else {
            self.branch();
        }
        self.visit_expression(&statement.test);
        self.nested(|walk| walk.visit_statement(&statement.consequent));
        match &statement.alternate {
            Some(Statement::IfStatement(next)) => {
                self.is_else_if = true;
                self.visit_if_statement(next);
            }
            Some(alternate) => {
                // An `else` breaks the flow once more and asks nothing new.
                self.count().cognitive += 1;
                self.nested(|walk| walk.visit_statement(alternate));
            }
            None => {}
        }
    }

    fn visit_conditional_expression(&mut self, expression: &ConditionalExpression<'a>) {
        self.branch();
        self.visit_expression(&expression.test);
        self.nested(|walk| {
            walk.visit_expression(&expression.consequent);
            walk.visit_expression(&expression.alternate);
        });
    }

    fn visit_switch_statement(&mut self, statement: &SwitchStatement<'a>) {
        let nesting = self.owner().nesting;
        let n_cases = statement
            .cases
            .iter()
            .filter(|case| case.test.is_some())
            .count() as u32;
        let count = self.count();
        // Without `default`, which is the way that is there anyhow; a reader takes in the cases at
        // once.
        count.cyclomatic += n_cases;
        count.cognitive += 1 + nesting;
        self.nested(|walk| walk::walk_switch_statement(walk, statement));
    }

    fn visit_for_statement(&mut self, statement: &ForStatement<'a>) {
        self.branch();
        self.nested(|walk| walk::walk_for_statement(walk, statement));
    }

    fn visit_for_in_statement(&mut self, statement: &ForInStatement<'a>) {
        self.branch();
        self.nested(|walk| walk::walk_for_in_statement(walk, statement));
    }

    fn visit_for_of_statement(&mut self, statement: &ForOfStatement<'a>) {
        self.branch();
        self.nested(|walk| walk::walk_for_of_statement(walk, statement));
    }

    fn visit_while_statement(&mut self, statement: &WhileStatement<'a>) {
        self.branch();
        self.nested(|walk| walk::walk_while_statement(walk, statement));
    }

    fn visit_do_while_statement(&mut self, statement: &DoWhileStatement<'a>) {
        self.branch();
        self.nested(|walk| walk::walk_do_while_statement(walk, statement));
    }

    fn visit_catch_clause(&mut self, clause: &CatchClause<'a>) {
        self.branch();
        self.nested(|walk| walk::walk_catch_clause(walk, clause));
    }

    fn visit_break_statement(&mut self, statement: &BreakStatement<'a>) {
        // Only a jump to a label is hard to follow.
        self.count().cognitive += u32::from(statement.label.is_some());
    }

    fn visit_continue_statement(&mut self, statement: &ContinueStatement<'a>) {
        self.count().cognitive += u32::from(statement.label.is_some());
    }

    fn visit_logical_expression(&mut self, expression: &LogicalExpression<'a>) {
        let goes_on = self.sequence.take() == Some(expression.operator);
        // `??` is a shorthand, which makes code easier to read.
        let is_shorthand = expression.operator == LogicalOperator::Coalesce;
        let count = self.count();
        count.cyclomatic += 1;
        count.cognitive += u32::from(!goes_on && !is_shorthand);
        self.side(expression.operator, &expression.left);
        self.side(expression.operator, &expression.right);
    }
}
