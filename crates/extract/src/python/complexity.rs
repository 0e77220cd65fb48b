//! Counts branches.

use domain::{Complexity, Symbol};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Comprehension, ExceptHandler, Expr, Stmt};
use ruff_text_size::TextRange;

use super::definitions::Definitions;
use crate::code_lines::CodeLines;

/// Fills in the complexity of every symbol. A function counts for itself, everything else for all that it holds.
pub(super) fn measure(definitions: &mut Definitions, code_lines: &CodeLines, body: &[Stmt]) {
    let counts = definitions.symbols.iter().map(Count::of).collect();
    let mut walk = Measure {
        definitions,
        counts,
        owners: vec![Owner::default()],
    };
    walk.visit_body(body);
    let own = walk.counts;
    let mut total = own.clone();
    // From the last to the first: what is inside comes after what it is in, so that its sum is
    // complete when it is added.
    for index in (0..own.len()).rev() {
        let symbol = &mut definitions.symbols[index];
        let counted = match symbol.kind.is_callable() {
            true => own[index],
            false => total[index],
        };
        symbol.complexity = Complexity {
            cyclomatic: counted.cyclomatic,
            cognitive: counted.cognitive,
            n_code_lines: code_lines.count(symbol.span.start_line, symbol.span.end_line),
        };
        if let Some(parent) = symbol.parent {
            let inner = total[index];
            total[parent as usize].cyclomatic += inner.cyclomatic;
            total[parent as usize].cognitive += inner.cognitive;
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Count {
    cyclomatic: u32,
    cognitive: u32,
}

impl Count {
    fn of(symbol: &Symbol) -> Count {
        Count {
            cyclomatic: u32::from(symbol.kind.is_callable()),
            cognitive: 0,
        }
    }
}

/// The symbol that branches count for, and how deep they are nested in it.
#[derive(Clone, Copy, Default)]
struct Owner {
    symbol: u32,
    nesting: u32,
}

struct Measure<'d> {
    definitions: &'d Definitions,
    counts: Vec<Count>,
    owners: Vec<Owner>,
}

impl Measure<'_> {
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

    fn owned(&mut self, name: TextRange, body: &[Stmt]) {
        match self.definitions.at(name) {
            Some(symbol) => {
                self.owners.push(Owner { symbol, nesting: 0 });
                self.visit_body(body);
                self.owners.pop();
            }
            // Nested too deep to be a definition of its own: part of what is around it.
            None => self.nested(|walk| walk.visit_body(body)),
        }
    }

    /// An `else` breaks the flow once more, but asks nothing new.
    fn otherwise(&mut self, body: &[Stmt]) {
        if !body.is_empty() {
            self.count().cognitive += 1;
            self.nested(|walk| walk.visit_body(body));
        }
    }
}

impl<'a> Visitor<'a> for Measure<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => {
                for decorator in &function.decorator_list {
                    self.visit_decorator(decorator);
                }
                self.visit_parameters(&function.parameters);
                self.owned(function.name.range, &function.body);
            }
            Stmt::ClassDef(class) => self.owned(class.name.range, &class.body),
            Stmt::If(inner) => {
                self.branch();
                self.visit_expr(&inner.test);
                self.nested(|walk| walk.visit_body(&inner.body));
                for clause in &inner.elif_else_clauses {
                    if let Some(test) = &clause.test {
                        // `elif` is another way through, and costs a reader no more than an `else`.
                        self.count().cyclomatic += 1;
                        self.visit_expr(test);
                    }
                    self.otherwise(&clause.body);
                }
            }
            Stmt::For(inner) => {
                self.branch();
                self.visit_expr(&inner.iter);
                self.nested(|walk| walk.visit_body(&inner.body));
                self.otherwise(&inner.orelse);
            }
            Stmt::While(inner) => {
                self.branch();
                self.visit_expr(&inner.test);
                self.nested(|walk| walk.visit_body(&inner.body));
                self.otherwise(&inner.orelse);
            }
            Stmt::Match(inner) => {
                self.branch();
                // One way per case; the first is counted by the branch itself.
                self.count().cyclomatic += inner.cases.len().saturating_sub(1) as u32;
                self.visit_expr(&inner.subject);
                for case in &inner.cases {
                    self.nested(|walk| walk.visit_match_case(case));
                }
            }
            _ => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        self.branch();
        self.nested(|walk| visitor::walk_except_handler(walk, handler));
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::BoolOp(inner) => {
                // Operators of one kind in a row are one node.
                self.count().cognitive += 1;
                self.count().cyclomatic += inner.values.len().saturating_sub(1) as u32;
                visitor::walk_expr(self, expression);
            }
            Expr::If(inner) => {
                self.branch();
                self.visit_expr(&inner.test);
                self.nested(|walk| {
                    walk.visit_expr(&inner.body);
                    walk.visit_expr(&inner.orelse);
                });
            }
            Expr::Lambda(_) => self.nested(|walk| visitor::walk_expr(walk, expression)),
            _ => visitor::walk_expr(self, expression),
        }
    }

    fn visit_comprehension(&mut self, comprehension: &'a Comprehension) {
        // A loop and its conditions, but none that breaks the flow of reading.
        self.count().cyclomatic += 1 + comprehension.ifs.len() as u32;
        visitor::walk_comprehension(self, comprehension);
    }
}
