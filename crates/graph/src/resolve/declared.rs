//! Joins what a file defines to what the file of declarations beside it says of it, as an implementation to its interface.

use domain::EdgeKind;
use domain::facts::DeclaredValue;

use super::atoms::ShapeAt;
use super::entities::{Entity, Side};
use super::evaluator::Evaluator;
use super::outcome::{Outcome, SymbolAt};
use super::relations::Relation;

impl Evaluator<'_> {
    /// Adds what the definitions of a file are to those of the file that declares them.
    pub(super) fn join_to_declarations(&mut self, file: u32, found: &mut Vec<Relation>) {
        let Some(declaring) = self.files.declared_by(file) else {
            return;
        };
        let module = SymbolAt {
            file: declaring,
            symbol: 0,
        };
        // Whoever imports the module is led to the declarations, so that a change of the code
        // reaches them by these edges alone.
        found.push(implementation(0, module));
        let facts = self.facts(declaring);
        let mut pairs = Vec::new();
        if facts.whole_export.is_some() || self.facts(file).whole_export.is_some() {
            self.begin();
            pairs.push((self.whole(file), self.whole(declaring)));
        }
        for export in &facts.exports {
            self.begin();
            let name = facts.name(export.name);
            pairs.push((self.export_of(file, name), self.export_of(declaring, name)));
        }
        for (defined, declared) in pairs {
            if let (Some(defined), Some(declared)) = (defined, declared) {
                self.join(file, &defined, &declared, found);
            }
        }
    }

    fn export_of(&mut self, file: u32, name: &str) -> Option<Entity> {
        let exported = self.exported(file, name)?;
        self.entity_of(exported, name)
    }

    fn whole(&mut self, file: u32) -> Option<Entity> {
        if self.facts(file).whole_export.is_some() {
            return Some(self.module_entity(file));
        }
        self.export_of(file, "default")
    }

    fn join(&mut self, file: u32, defined: &Entity, declared: &Entity, found: &mut Vec<Relation>) {
        self.begin();
        let (from, to) = (self.outcome_of(defined), self.outcome_of(declared));
        let (Outcome::Found { target: from, .. }, Outcome::Found { target: to, .. }) = (from, to)
        else {
            return;
        };
        // What one of the two only gives on is joined where it is defined.
        if from.file != file || to.file == file {
            return;
        }
        found.push(implementation(from.symbol, to));
        let (Some(class), Some(of)) = (self.class_of(defined), self.class_of(declared)) else {
            return;
        };
        if class.file != file {
            return;
        }
        let (own, declared) = (self.shape(class), self.shape(of));
        for side in [Side::Instance, Side::Static] {
            for member in side.members(own) {
                let name = self.name(class.file, member.name);
                let same = self
                    .position(of, side, name)
                    .and_then(|index| side.members(declared)[index].symbol);
                if let (Some(from), Some(symbol)) = (member.symbol, same) {
                    let file = of.file;
                    found.push(implementation(from, SymbolAt { file, symbol }));
                }
            }
        }
    }

    fn class_of(&mut self, entity: &Entity) -> Option<ShapeAt> {
        let Entity::Declaration(at) = *entity else {
            return None;
        };
        match self.declaration(at).value {
            DeclaredValue::Static(shape) => Some(ShapeAt {
                file: at.file,
                shape,
            }),
            _ => None,
        }
    }
}

fn implementation(from: u32, target: SymbolAt) -> Relation {
    Relation {
        from,
        kind: EdgeKind::Implements,
        target,
    }
}
