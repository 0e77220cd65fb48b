//! What members are to the members of bases and interfaces, which no reference says.

use domain::EdgeKind;
use serde::{Deserialize, Serialize};

use super::atoms::{Env, ShapeAt, Ty};
use super::evaluator::Evaluator;
use super::outcome::{Outcome, SymbolAt};
use domain::facts::ShapeId;

/// A member of a file's class that overrides or implements another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Relation {
    /// The member's symbol in its file.
    pub from: u32,
    /// [`EdgeKind::Overrides`] or [`EdgeKind::Implements`].
    pub kind: EdgeKind,
    /// The member of the base or interface.
    pub target: SymbolAt,
}

/// Returns what the members of a file's classes override and implement, ordered.
pub(super) fn of_file(evaluator: &mut Evaluator<'_>, file: u32) -> Vec<Relation> {
    let n_shapes = evaluator.files.facts(file).shapes.len() as u32;
    let mut found = Vec::new();
    if evaluator.is_go() {
        evaluator.satisfied_interfaces(file, &mut found);
    }
    for shape in (0..n_shapes).map(ShapeId) {
        evaluator.relate(ShapeAt { file, shape }, &mut found);
    }
    evaluator.join_to_declarations(file, &mut found);
    found.sort_unstable();
    found.dedup();
    found
}

impl Evaluator<'_> {
    fn relate(&mut self, at: ShapeAt, found: &mut Vec<Relation>) {
        if self.is_java() {
            return self.overridden(at, found);
        }
        if self.is_rust() {
            return self.rust_relate(at, found);
        }
        let shape = self.shape(at);
        if self.is_go()
            || shape.base.is_none()
                && shape.bases.is_empty()
                && shape.implements.is_empty()
                && shape.extends.is_empty()
        {
            return;
        }
        let env = Env::default();
        self.begin();
        let mut above: Vec<(EdgeKind, Ty)> =
            vec![(EdgeKind::Overrides, self.base_instances(at, &env))];
        for base in &shape.extends {
            above.push((EdgeKind::Overrides, self.written_type(at.file, *base, &env)));
        }
        for interface in &shape.implements {
            let interface = self.written_type(at.file, *interface, &env);
            above.push((EdgeKind::Implements, interface));
        }
        for member in &shape.members {
            let Some(from) = member.symbol else {
                continue;
            };
            let name = self.name(at.file, member.name);
            // A private name is seen by its own class alone, and nobody calls a base's constructor
            // meaning another's.
            let is_made_here = name.starts_with('#') || matches!(name, "__init__" | "__new__");
            if is_made_here {
                continue;
            }
            for (kind, ty) in &above {
                self.begin();
                if let Some(entity) = self.member(ty, name)
                    && let Outcome::Found { target, .. } = self.outcome_of(&entity)
                {
                    found.push(Relation {
                        from,
                        kind: *kind,
                        target,
                    });
                }
            }
        }
    }
}
