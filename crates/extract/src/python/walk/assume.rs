//! What a condition says of the names in it.

use domain::facts::{Value, ValueId};
use ruff_python_ast::{BoolOp, CmpOp, Expr, UnaryOp};

use super::Walk;
use crate::draft::UNKNOWN;

/// Conditions nested deeper say nothing.
const CONDITIONS_MAX: u32 = 6;

impl<'a> Walk<'a> {
    /// Goes on where a condition held, or did not.
    pub(super) fn assume(&mut self, condition: &'a Expr, holds: bool) {
        self.assume_within(condition, holds, 0);
    }

    fn assume_within(&mut self, condition: &'a Expr, holds: bool, depth: u32) {
        // Each level is gone through twice.
        if depth > CONDITIONS_MAX {
            return;
        }
        match condition {
            Expr::UnaryOp(inner) if inner.op == UnaryOp::Not => {
                self.assume_within(&inner.operand, !holds, depth + 1);
            }
            // All hold in `a and b` that is true, and none in `a or b` that is false.
            Expr::BoolOp(inner) if (inner.op == BoolOp::And) == holds => {
                for value in &inner.values {
                    self.assume_within(value, holds, depth + 1);
                }
            }
            Expr::BoolOp(inner) => {
                // One of them decided, after those before it had not.
                let mut ends = Vec::new();
                let mut so_far = self.flow().clone();
                for value in &inner.values {
                    *self.flow() = so_far.clone();
                    self.assume_within(value, holds, depth + 1);
                    ends.push(self.flow().clone());
                    *self.flow() = so_far;
                    self.assume_within(value, !holds, depth + 1);
                    so_far = self.flow().clone();
                }
                self.join(ends);
            }
            Expr::Call(call) => {
                if let (Expr::Name(name), [object, classes]) =
                    (&*call.func, &call.arguments.args[..])
                    && name.id.as_str() == "isinstance"
                    && let Some(place) = Self::place_text(object)
                {
                    self.assume_instance(&place, object, classes, holds);
                }
            }
            Expr::Compare(inner) => {
                // `type(a) is B`
                if let (Expr::Call(call), [CmpOp::Is | CmpOp::Eq], [class]) =
                    (&*inner.left, &inner.ops[..], &inner.comparators[..])
                    && let (Expr::Name(name), [object]) = (&*call.func, &call.arguments.args[..])
                    && name.id.as_str() == "type"
                    && holds
                    && let Some(place) = Self::place_text(object)
                {
                    self.assume_instance(&place, object, class, true);
                }
            }
            _ => {}
        }
    }

    fn assume_instance(&mut self, place: &str, object: &'a Expr, classes: &'a Expr, holds: bool) {
        // Its names were noted when the condition was read.
        let was_quiet = std::mem::replace(&mut self.is_quiet, true);
        let object = self.expression(object);
        let mut found = Vec::new();
        self.classes_in(classes, &mut found);
        self.is_quiet = was_quiet;
        if found.is_empty() {
            return;
        }
        let value = match holds {
            true => Value::Narrowed(object, found),
            // Of what is not known, nothing is left out; but what it was found to be, it is.
            false if object == UNKNOWN => return,
            false => Value::Excluded(object, found),
        };
        let value = self.draft.value(value);
        self.narrow(place, value);
    }

    fn classes_in(&mut self, classes: &'a Expr, found: &mut Vec<ValueId>) {
        match classes {
            Expr::Tuple(tuple) => {
                for class in &tuple.elts {
                    self.classes_in(class, found);
                }
            }
            Expr::BinOp(inner) => {
                self.classes_in(&inner.left, found);
                self.classes_in(&inner.right, found);
            }
            // A class that a call makes would be another value each time.
            Expr::Name(_) | Expr::Attribute(_) if Self::place_text(classes).is_some() => {
                let class = self.expression(classes);
                found.push(class);
            }
            _ => {}
        }
    }

    pub(super) fn narrow(&mut self, place: &str, value: ValueId) {
        let place = self.places.place(place);
        if let Some((_, flow)) = self.active.last_mut() {
            flow.narrow(&self.places, place, value);
        }
    }

    /// Notes that a place holds no instance of some classes.
    pub(super) fn exclude(&mut self, place: &str, classes: Vec<ValueId>) {
        let known = self.places.known(place);
        let held = known.and_then(|known| self.flow().get(known));
        let value = match held {
            Some(value) => value,
            // What an attribute holds is asked of its object's type by resolution, not here.
            None if !place.contains('.') => self.name_value(place),
            None => return,
        };
        if value != UNKNOWN {
            let value = self.draft.value(Value::Excluded(value, classes));
            self.narrow(place, value);
        }
    }
}
