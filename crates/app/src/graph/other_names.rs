//! Names under which a file imports or exports a definition of another: they mean that definition.

use std::collections::BTreeSet;

use domain::facts::{NameId, Reference, Target, Value};
use domain::{Facts, ReferenceKind};

use store::{GenerationId, Reading};

use super::GraphView;
use super::lookup::Address;
use crate::error::AppError;

/// Returns the definitions that go by a name in some files without being called so.
pub(crate) fn find(
    reading: &Reading<'_>,
    generation: GenerationId,
    view: &GraphView,
    address: &Address<'_>,
) -> Result<Vec<u32>, AppError> {
    let Some(name) = address.name else {
        return Ok(Vec::new());
    };
    let mut found = BTreeSet::new();
    for file in reading.files_naming(generation, name)? {
        let path = view.graph.path(file);
        if !path.is_some_and(|path| address.is_in(path)) {
            continue;
        }
        let facts = reading.facts(file)?;
        for edge in view.graph.edges_of(file) {
            let reference = edge
                .reference
                .and_then(|at| facts.references.get(at as usize));
            if reference.is_some_and(|reference| goes_by(&facts, reference, name)) {
                found.extend(view.graph.number(edge.target));
            }
        }
    }
    Ok(found.into_iter().collect())
}

fn goes_by(facts: &Facts, reference: &Reference, name: &str) -> bool {
    let Target::Value(value) = reference.target else {
        return false;
    };
    match (reference.kind, &facts.values[value.index()]) {
        (ReferenceKind::Exported, Value::Member(module, inner)) => {
            match facts.values[module.index()] {
                Value::Module(specifier) => is_exported_as(facts, (specifier, *inner), name),
                _ => false,
            }
        }
        (_, Value::Declared(_)) => facts.name(reference.name) == name,
        _ => false,
    }
}

/// Whether `export { inner as name } from "specifier"` stands in the file.
fn is_exported_as(facts: &Facts, (specifier, inner): (NameId, NameId), name: &str) -> bool {
    facts.references.iter().any(|reference| {
        reference.kind == ReferenceKind::ReExport
            && facts.name(reference.name) == name
            && reference.target
                == Target::Module {
                    specifier,
                    name: inner,
                }
    })
}
