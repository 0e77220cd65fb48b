//! The graph phase: follows the references of what changed, and of what that can affect, and measures the graph.
//!
//! What is resolved again is decided by what resolution looked at the last time: a changed file has another row, so that whoever looked
//! at the old one sees that it is gone; where specifiers lead is compared when files come or go or a configuration changes.

mod files;
mod numbers;
mod rows;

use std::path::Path;

use domain::{ContentHash, EdgeKind, Family, RepoPath};
use graph::resolve::{Module, Outcome, resolve};
use modules::Modules;
use rustc_hash::{FxHashMap, FxHashSet};
use store::{FileId, GenerationId, GraphFile, GraphUpdate, ResolvedFrom, Store, StoreError};

use files::LoadedFiles;
pub use numbers::Numbers;
pub use rows::network;

/// Changes when resolution does, so that every file is resolved again.
const RESOLVER_VERSION: u32 = 6;

/// Resolution follows types as deep as they nest, within a bound.
const STACK_BYTES: usize = 256 << 20;

/// Brings the graph of a generation up to date; returns remarks about configuration that could not be used.
pub(crate) fn update_graph(
    store: &mut dyn Store,
    generation: GenerationId,
    root: &Path,
) -> Result<Vec<String>, StoreError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("graph".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || update(store, generation, root));
        match thread {
            Ok(thread) => thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // Too little memory for the stack is too little for the work.
            Err(error) => Err(StoreError::Visit(error)),
        }
    })
}

fn update(
    store: &mut dyn Store,
    generation: GenerationId,
    root: &Path,
) -> Result<Vec<String>, StoreError> {
    let state = store.graph_state(generation)?;
    let paths: Vec<RepoPath> = state.files.iter().map(|file| file.path.clone()).collect();
    let families = state.files.iter();
    let families = families.map(|file| extract::family_of(file.language));
    let families = families.collect();
    let modules = Modules::read(root, &paths, families);
    let remarks = modules.remarks().map(ToString::to_string).collect();
    let basis = basis(&modules, &paths);
    let is_settled = state.basis == Some(basis);
    if is_settled && state.files.iter().all(|file| file.resolved.is_some()) {
        let gone = ids(&state.files);
        if state.files.iter().all(|file| !misses_any(file, &gone)) {
            return Ok(remarks);
        }
    }
    let files = LoadedFiles::new(&*store, &state.files, modules);
    let resolved = resolve_affected(&files, &state.files, is_settled);
    files.finish()?;
    let nodes = store.graph_nodes(generation)?;
    let graphs = store.file_graphs(generation)?;
    let update = rows::update(&state.files, &nodes, &graphs, resolved)?;
    store.replace_graph(
        generation,
        &GraphUpdate {
            basis: Some(basis),
            ..update
        },
    )?;
    Ok(remarks)
}

/// Hash over what decides where specifiers lead.
fn basis(modules: &Modules<'_>, paths: &[RepoPath]) -> ContentHash {
    let mut bytes = RESOLVER_VERSION.to_le_bytes().to_vec();
    bytes.extend_from_slice(modules.fingerprint().as_bytes());
    for path in paths {
        bytes.extend_from_slice(path.as_str().as_bytes());
        bytes.push(0);
    }
    ContentHash::of(&bytes)
}

fn ids(files: &[GraphFile]) -> FxHashSet<FileId> {
    files.iter().map(|file| file.id).collect()
}

fn misses_any(file: &GraphFile, known: &FxHashSet<FileId>) -> bool {
    file.resolved
        .as_ref()
        .is_none_or(|from| from.dependencies.iter().any(|id| !known.contains(id)))
}

/// A file that was resolved, by its place, with where its references lead.
struct ResolvedFile {
    place: usize,
    from: ResolvedFrom,
    outcomes: Vec<Outcome>,
    relations: Vec<graph::resolve::Relation>,
    /// What calling a type is in its language, where a type can be called.
    call_of_type: EdgeKind,
    /// Kind, enclosing symbol and position of each reference.
    uses: Vec<domain::facts::Reference>,
}

fn resolve_affected(
    files: &LoadedFiles<'_>,
    known: &[GraphFile],
    is_settled: bool,
) -> Vec<ResolvedFile> {
    let modules: FxHashMap<usize, ContentHash> = match is_settled {
        true => FxHashMap::default(),
        false => (0..known.len())
            .map(|place| (place, files.modules_hash(place as u32)))
            .collect(),
    };
    let affected = affected(known, &modules);
    affected
        .into_iter()
        .map(|place| {
            let resolved = resolve(files, place as u32);
            let dependencies = resolved.dependencies.iter();
            ResolvedFile {
                place,
                from: ResolvedFrom {
                    modules: files.modules_hash(place as u32),
                    dependencies: dependencies.map(|file| known[*file as usize].id).collect(),
                },
                outcomes: resolved.outcomes,
                relations: resolved.relations,
                call_of_type: match graph::resolve::Files::family(files, place as u32) {
                    Some(Family::Python) => EdgeKind::Instantiates,
                    // A conversion.
                    Some(Family::Go) => EdgeKind::UsesType,
                    _ => EdgeKind::Calls,
                },
                uses: graph::resolve::Files::facts(files, place as u32)
                    .references
                    .clone(),
            }
        })
        .collect()
}

/// Returns the places of the files that have to be resolved, in order.
fn affected(known: &[GraphFile], modules: &FxHashMap<usize, ContentHash>) -> Vec<usize> {
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
    let is_affected = |file: &GraphFile| {
        misses_any(file, &present)
            || moved.contains(&file.id)
            || file
                .resolved
                .as_ref()
                .is_some_and(|from| from.dependencies.iter().any(|id| moved.contains(id)))
    };
    let places = known.iter().enumerate();
    places
        .filter(|(_, file)| is_affected(file))
        .map(|(place, _)| place)
        .collect()
}

/// Where a specifier leads, as bytes that do not depend on row ids.
fn module_bytes(module: Module, known: &[GraphFile]) -> Vec<u8> {
    match module {
        Module::File(file) => known[file as usize].path.as_str().as_bytes().to_vec(),
        Module::Outside => vec![1],
        Module::Missing => vec![0],
    }
}
