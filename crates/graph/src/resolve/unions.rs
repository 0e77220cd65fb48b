//! References that lead to a member of each of several alternatives.

use domain::facts::{Reference, Target, Value};

use super::atoms::{Atom, Env, only};
use super::evaluator::Evaluator;
use super::outcome::{Outcome, SymbolAt};

/// A member that this many alternatives have is none's in particular.
const MAX_TARGETS: usize = 8;

impl Evaluator<'_> {
    /// Returns the definitions that a reference leads to beside the one that was found: the same member of other alternatives.
    pub(super) fn other_targets(
        &mut self,
        reference: &Reference,
        outcome: &Outcome,
    ) -> Vec<SymbolAt> {
        let file = self.own_file();
        let (Outcome::Found { target, .. }, Target::Value(value)) = (*outcome, reference.target)
        else {
            return Vec::new();
        };
        let Value::Member(object, name) = self.facts(file).values[value.index()] else {
            return Vec::new();
        };
        if self.is_python() || self.is_go() || self.is_java() {
            return Vec::new();
        }
        self.begin();
        let ty = self.value_type(file, object, &Env::default());
        if ty.len() < 2 {
            return Vec::new();
        }
        let name = self.name(file, name);
        let mut found = vec![target];
        for atom in ty.iter() {
            let is_inside =
                matches!(atom, Atom::Instance(at, _) if !self.files.is_library(at.file));
            if !is_inside || found.len() > MAX_TARGETS {
                continue;
            }
            if let Some(entity) = self.member(&only(atom.clone()), name)
                && let Outcome::Found { target, .. } = self.outcome_of(&entity)
                && !found.contains(&target)
            {
                found.push(target);
            }
        }
        found.split_off(1)
    }
}
