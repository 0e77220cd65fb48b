//! Which files have to be resolved, and what resolution says of them.

use domain::{ContentHash, EdgeKind, Family};
use graph::resolve::{Files, Outcome, Relation, SymbolAt, resolve};
use rustc_hash::{FxHashMap, FxHashSet};
use store::{FileId, GraphFile, ResolvedFrom};

use super::files::LoadedFiles;
use super::threads::in_parallel;
use super::{ids, misses_any};

/// A file that was resolved, by its place, with where its references lead.
pub(super) struct ResolvedFile<'f> {
    pub(super) place: usize,
    pub(super) from: ResolvedFrom,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) others: Vec<(u32, SymbolAt)>,
    pub(super) relations: Vec<Relation>,
    /// It went through as much as a file may.
    pub(super) is_cut: bool,
    /// What calling a type is in its language, where a type can be called.
    pub(super) call_of_type: EdgeKind,
    /// Kind, enclosing symbol and position of each reference.
    pub(super) uses: &'f [domain::facts::Reference],
}

/// Resolves the file at a place.
pub(super) fn resolved<'f>(
    files: &'f LoadedFiles<'_>,
    known: &[GraphFile],
    place: usize,
) -> ResolvedFile<'f> {
    let resolved = resolve(files, place as u32);
    let ids = |files: &[u32]| files.iter().map(|file| known[*file as usize].id).collect();
    ResolvedFile {
        place,
        from: ResolvedFrom {
            modules: files.modules_hash(place as u32),
            dependencies: ids(&resolved.dependencies),
            behind: ids(&resolved.behind),
        },
        is_cut: resolved.is_cut,
        outcomes: resolved.outcomes,
        others: resolved.others,
        relations: resolved.relations,
        call_of_type: match files.family(place as u32) {
            Some(Family::Python) => EdgeKind::Instantiates,
            // A conversion.
            Some(Family::Go) => EdgeKind::UsesType,
            _ => EdgeKind::Calls,
        },
        uses: &files.facts(place as u32).references,
    }
}

/// Returns the places of the files that have to be resolved, in order.
///
/// Where specifiers lead is compared only for files that were resolved before; unless the basis is settled, it may have changed.
pub(super) fn affected(
    files: &mut LoadedFiles<'_>,
    known: &[GraphFile],
    is_settled: bool,
    n_threads: usize,
) -> Vec<usize> {
    let resolved_before = (0..known.len()).filter(|place| known[*place].resolved.is_some());
    let resolved_before: Vec<usize> = resolved_before.filter(|_| !is_settled).collect();
    let mut hashes = Vec::with_capacity(resolved_before.len());
    while hashes.len() < resolved_before.len() {
        hashes.extend(in_parallel(
            n_threads,
            &resolved_before[hashes.len()..],
            || files.is_enough(),
            |place| files.modules_hash(place as u32),
        ));
        files.forget();
    }
    let modules: FxHashMap<usize, ContentHash> = resolved_before.into_iter().zip(hashes).collect();
    let present = ids(known);
    let leads_elsewhere = |(place, file): &(usize, &GraphFile)| {
        let before = file.resolved.as_ref().map(|from| from.modules);
        modules.get(place).is_some_and(|now| Some(*now) != before)
    };
    let moved: FxHashSet<FileId> = known
        .iter()
        .enumerate()
        .filter(leads_elsewhere)
        .map(|(_, file)| file.id)
        .collect();
    let is_concerned = |file: &GraphFile| misses_any(file, &present) || moved.contains(&file.id);
    let concerned = through_others(known, is_concerned);
    let is_affected = |file: &GraphFile| {
        is_concerned(file)
            || file.resolved.as_ref().is_some_and(|from| {
                from.dependencies.iter().any(|id| moved.contains(id))
                    || from.behind.iter().any(|id| concerned.contains(id))
            })
    };
    let places = known.iter().enumerate();
    places
        .filter(|(_, file)| is_affected(file))
        .map(|(place, _)| place)
        .collect()
}

/// Returns the files that something concerns, directly or through files that stand for others.
fn through_others(
    known: &[GraphFile],
    is_concerned: impl Fn(&GraphFile) -> bool,
) -> FxHashSet<FileId> {
    let mut stand_behind: FxHashMap<FileId, Vec<FileId>> = FxHashMap::default();
    for file in known {
        for id in file.resolved.iter().flat_map(|from| &from.behind) {
            stand_behind.entry(*id).or_default().push(file.id);
        }
    }
    let concerned = known.iter().filter(|file| is_concerned(file));
    let mut next: Vec<FileId> = concerned.map(|file| file.id).collect();
    let mut found: FxHashSet<FileId> = next.iter().copied().collect();
    while let Some(id) = next.pop() {
        let others = stand_behind.get(&id).into_iter().flatten().copied();
        next.extend(others.filter(|id| found.insert(*id)));
    }
    found
}
