//! What an answer does not know: references by the same name that were not followed.

use std::collections::{BTreeMap, BTreeSet};

use domain::facts::{Target, Value};
use domain::{Facts, ReferenceKind, RepoPath, Resolution, SymbolKind};
use store::{FileId, GenerationId, Reading};

use super::{GraphView, Unfollowed, UnfollowedPlace};
use crate::error::AppError;

/// Places listed; more are a search of their own.
const MAX_PLACES: usize = 5;

/// What was asked about, as references could name it.
struct Wanted<'v> {
    name: &'v str,
    /// It is reached through something else only: `receiver.name`.
    is_member: bool,
}

/// Returns the references by the names of some definitions that lead nowhere known.
pub(crate) fn find(
    reading: &Reading<'_>,
    generation: GenerationId,
    view: &GraphView,
    starts: &[u32],
) -> Result<Unfollowed, AppError> {
    let nodes = starts
        .iter()
        .map(|&start| &view.graph.nodes[start as usize]);
    let named = nodes.clone().filter(|node| node.kind != SymbolKind::Module);
    let wanted: BTreeMap<&str, bool> = named
        .map(|node| (node.name.as_str(), is_member(node.kind)))
        .collect();
    let homes: BTreeSet<&RepoPath> = nodes
        .filter_map(|node| view.graph.path(node.id.file))
        .collect();
    let mut found = Vec::new();
    for (name, is_member) in wanted {
        let wanted = Wanted { name, is_member };
        for file in reading.files_naming(generation, name)? {
            let facts = reading.facts(file)?;
            found.extend(of_file(view, file, &facts, &wanted));
        }
    }
    Ok(listed(found, &homes))
}

fn is_member(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Method
            | SymbolKind::Getter
            | SymbolKind::Setter
            | SymbolKind::Property
            | SymbolKind::EnumMember
    )
}

fn of_file(
    view: &GraphView,
    file: FileId,
    facts: &Facts,
    wanted: &Wanted<'_>,
) -> Vec<UnfollowedPlace> {
    let (Some(path), Some(graph)) = (view.graph.path(file), view.graph.graph_of(file)) else {
        return Vec::new();
    };
    let pairs = facts.references.iter().zip(&graph.outcomes);
    let unfollowed = pairs.filter(|(reference, outcome)| {
        outcome.is_unresolved()
            && names_a_definition(reference.kind)
            && facts.name(reference.name) == wanted.name
            && (!wanted.is_member || may_be_member(facts, reference.target))
    });
    unfollowed
        .map(|(reference, outcome)| UnfollowedPlace {
            path: path.clone(),
            line: reference.position.line,
            kind: reference.kind,
            reason: *outcome,
        })
        .collect()
}

/// Imports bring a name in; what is done with it is a reference of its own.
fn names_a_definition(kind: ReferenceKind) -> bool {
    !matches!(
        kind,
        ReferenceKind::Import
            | ReferenceKind::TypeImport
            | ReferenceKind::ReExport
            | ReferenceKind::TypeReExport
            | ReferenceKind::DynamicImport
            | ReferenceKind::Require
            | ReferenceKind::ImportType
    )
}

fn may_be_member(facts: &Facts, target: Target) -> bool {
    match target {
        Target::Value(value) => matches!(facts.values[value.index()], Value::Member(..)),
        Target::Unknown => true,
        Target::Type(_) | Target::Module { .. } => false,
    }
}

fn listed(mut found: Vec<UnfollowedPlace>, homes: &BTreeSet<&RepoPath>) -> Unfollowed {
    let mut counts: BTreeMap<(ReferenceKind, Resolution), usize> = BTreeMap::new();
    for place in &found {
        *counts.entry((place.kind, place.reason)).or_default() += 1;
    }
    let mut counts: Vec<_> = counts
        .into_iter()
        .map(|((kind, reason), n)| (kind, reason, n))
        .collect();
    counts.sort_by_key(|(.., n)| std::cmp::Reverse(*n));
    let distance = |place: &UnfollowedPlace| {
        let homes = homes.iter();
        homes.map(|home| folders_between(home, &place.path)).min()
    };
    found.sort_by_cached_key(|place| (distance(place), place.path.clone(), place.line));
    found.truncate(MAX_PLACES);
    Unfollowed {
        counts,
        nearest: found,
    }
}

/// Returns how many names of the two paths are not common to both; 0 for the same file.
fn folders_between(one: &RepoPath, other: &RepoPath) -> usize {
    let [one, other] = [one, other].map(|path| path.as_str().split('/'));
    let n_common = one
        .clone()
        .zip(other.clone())
        .take_while(|(one, other)| one == other)
        .count();
    one.count() + other.count() - 2 * n_common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearer_places_share_more_folders() {
        let path = |text: &str| RepoPath::new(text).expect("a path");
        let home = path("src/a/x.ts");
        let distances = ["src/a/x.ts", "src/a/y.ts", "src/b/y.ts", "test/y.ts"]
            .map(|other| folders_between(&home, &path(other)));
        assert_eq!(distances, [0, 2, 4, 5]);
    }
}
