//! The graph phase: follows the references of what changed, and of what that can affect, and measures the graph.
//!
//! What is resolved again is decided by what resolution looked at the last time: a changed file has another row, so that whoever looked
//! at the old one sees that it is gone; where specifiers lead is compared when files come or go or a configuration changes.

mod files;
mod heads;
mod numbers;
mod pieces;
mod resolution;
mod rows;
mod shared;
#[cfg(test)]
mod tests;

use std::path::Path;

use domain::{ContentHash, RepoPath};
use graph::Link;
use graph::resolve::Module;
use modules::Modules;
use rustc_hash::{FxHashMap, FxHashSet};
use store::{FileId, GenerationId, GraphFile, MetricsRow, Store, StoreError};

use files::LoadedFiles;
use heads::Head;
pub use numbers::Numbers;
use pieces::Pieces;
pub use rows::network;

/// Changes when resolution does, so that every file is resolved again.
const RESOLVER_VERSION: u32 = 7;

/// Resolution follows types as deep as they nest, within a bound.
const STACK_BYTES: usize = 256 << 20;

/// What is held at once. The graph does not depend on it.
#[derive(Clone, Copy)]
struct Limits {
    /// Bytes of facts.
    facts_bytes: usize,
    /// Edges and measures that wait to be written.
    rows: usize,
}

impl Default for Limits {
    /// Facts of about 1,500 files, far more than the resolution of one looks at, and rows of some 15 MB.
    fn default() -> Limits {
        Limits {
            facts_bytes: 48 << 20,
            rows: 100_000,
        }
    }
}

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
            .spawn_scoped(scope, || update(store, generation, root, Limits::default()));
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
    limits: Limits,
) -> Result<Vec<String>, StoreError> {
    let state = store.graph_state(generation)?;
    let paths: Vec<RepoPath> = state.files.iter().map(|file| file.path.clone()).collect();
    let families = state.files.iter();
    let families = families.map(|file| extract::family_of(file.language));
    let families = families.collect();
    let modules = Modules::read(root, &paths, families);
    let remarks = modules.remarks().map(ToString::to_string).collect();
    let basis = basis(&modules, &paths);
    // What a file declares for all may concern any other.
    let is_shared_anew = |file: &GraphFile| file.is_shared && file.resolved.is_none();
    let is_settled = state.basis == Some(basis) && !state.files.iter().any(is_shared_anew);
    if is_settled && state.files.iter().all(|file| file.resolved.is_some()) {
        let gone = ids(&state.files);
        if state.files.iter().all(|file| !misses_any(file, &gone)) {
            return Ok(remarks);
        }
    }
    let phase = Phase {
        generation,
        files: &state.files,
        basis,
        is_settled,
        limits,
    };
    phase.resolve_and_measure(store, modules)?;
    Ok(remarks)
}

/// What a graph phase is about.
struct Phase<'s> {
    generation: GenerationId,
    files: &'s [GraphFile],
    basis: ContentHash,
    /// Nothing changed but files.
    is_settled: bool,
    limits: Limits,
}

impl<'s> Phase<'s> {
    fn resolve_and_measure(
        &self,
        store: &'s mut dyn Store,
        modules: Modules<'s>,
    ) -> Result<(), StoreError> {
        let heads = heads::read(&*store, self.files)?;
        let ids = heads.iter().map(|head| (head.id, head.parent));
        let numbers = Numbers::of(self.files, ids)?;
        let mut files = LoadedFiles::new(store, self.files, modules, self.limits.facts_bytes);
        let mut pieces = Pieces::new(self.generation, self.basis, self.limits.rows);
        let links = self.resolve(&mut files, (&numbers, &heads), &mut pieces)?;
        let network = rows::network_of(&numbers, &heads, links)?;
        let metrics = graph::metrics(&network);
        drop(network);
        let store = files.into_store();
        for (metrics, head) in metrics.into_iter().zip(&heads) {
            let row = MetricsRow {
                id: head.id,
                cycle: heads[metrics.cycle as usize].id,
                community: heads[metrics.community as usize].id,
                metrics,
            };
            pieces.take_metrics(store, row)?;
        }
        pieces.finish(store)
    }

    /// Resolves what has to be, and returns the links of the whole graph.
    fn resolve(
        &self,
        files: &mut LoadedFiles<'_>,
        (numbers, heads): (&Numbers, &[Head]),
        pieces: &mut Pieces,
    ) -> Result<Vec<Link>, StoreError> {
        files.collect_shared();
        let mut links: FxHashMap<FileId, Box<[Link]>> = FxHashMap::default();
        for place in resolution::affected(files, self.files, self.is_settled) {
            let resolved = resolution::resolved(files, self.files, place);
            let graph = rows::file_graph(self.files, heads, numbers, resolved);
            links.insert(graph.file, rows::links_of(numbers, &graph)?.into());
            files.fail()?;
            pieces.take_graph(&mut **files.store(), graph)?;
            files.forget();
        }
        files.fail()?;
        all_links(&**files.store(), self.files, (numbers, heads), links)
    }
}

/// Returns the links of the whole graph: of the files that were resolved as they are in `resolved`, of the others as the store has them.
fn all_links(
    store: &dyn Store,
    files: &[GraphFile],
    (numbers, heads): (&Numbers, &[Head]),
    mut resolved: FxHashMap<FileId, Box<[Link]>>,
) -> Result<Vec<Link>, StoreError> {
    let mut links = rows::containment(numbers, heads);
    for files in files.chunks(heads::FILES_AT_ONCE) {
        let ids = files.iter().map(|file| file.id);
        let others: Vec<FileId> = ids.filter(|id| !resolved.contains_key(id)).collect();
        for graph in store.file_graphs_of(&others)? {
            links.extend(rows::links_of(numbers, &graph)?);
        }
        for file in files {
            links.extend(resolved.remove(&file.id).into_iter().flatten());
        }
    }
    Ok(links)
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

/// Where a specifier leads, as bytes that do not depend on row ids.
fn module_bytes(module: Module, known: &[GraphFile]) -> Vec<u8> {
    match module {
        Module::File(file) => known[file as usize].path.as_str().as_bytes().to_vec(),
        Module::Outside => vec![1],
        Module::Missing => vec![0],
    }
}
