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
mod threads;

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use domain::facts::SAME_NAME_MAX;
use domain::{ContentHash, RepoPath};
use graph::Link;
use graph::resolve::Module;
use modules::Modules;
use rustc_hash::{FxHashMap, FxHashSet};
use store::{FileId, GenerationId, GraphFile, KnownFile, MetricsRow, Store, StoreError};
use workers::memory;

use crate::plan::Resources;
use crate::resources::granted_cores;
use files::LoadedFiles;
use heads::Head;
pub use numbers::Numbers;
use pieces::Pieces;
pub use rows::network;
use threads::in_parallel;

/// Changes when resolution does, so that every file is resolved again.
const RESOLVER_VERSION: u32 = 8;

/// Resolution follows types as deep as they nest, within a bound.
const STACK_BYTES: usize = 256 << 20;

/// Bytes of facts that are held at once: those of about 1,500 files, far more than the resolution of one looks at. Fewer than the least would
/// be read again and again.
const FACTS_BYTES: RangeInclusive<usize> = 4 << 20..=48 << 20;

/// Edges and measures that wait to be written: some 15 MB.
const ROWS: RangeInclusive<usize> = 2_000..=100_000;

/// About what a row takes in memory.
const ROW_BYTES: usize = 150;

/// What is used at once. The graph does not depend on it.
#[derive(Clone, Copy)]
struct Limits {
    /// Bytes of facts.
    facts_bytes: usize,
    /// Edges and measures that wait to be written.
    rows: usize,
    /// Threads that resolve.
    n_threads: usize,
}

impl Limits {
    /// Returns the limits for a run with such resources, of which this process holds a part already.
    ///
    /// Half of what is left is for facts and rows, the rest for the links between all files, which are measured when facts are forgotten.
    fn of(resources: &Resources, n_held_bytes: u64) -> Limits {
        let n_left = resources.budget_bytes.saturating_sub(n_held_bytes);
        let n_left = usize::try_from(n_left).unwrap_or(usize::MAX);
        let within = |wanted: usize, range: RangeInclusive<usize>| {
            wanted.clamp(*range.start(), *range.end())
        };
        Limits {
            facts_bytes: within(n_left / 8 * 3, FACTS_BYTES),
            rows: within(n_left / 8 / ROW_BYTES, ROWS),
            n_threads: granted_cores().min(resources.n_workers * resources.n_threads),
        }
    }
}

/// What came of a graph phase.
pub(crate) struct Updated {
    /// What a person should know.
    pub(crate) remarks: Vec<String>,
    /// Whether the graph was not up to date.
    pub(crate) has_written: bool,
    /// Wall time of its parts.
    pub(crate) seconds: GraphSeconds,
}

/// Wall time of the parts of a graph phase.
#[derive(Clone, Copy, Debug, Default)]
pub struct GraphSeconds {
    /// What is known of files, symbols and configuration is read.
    pub load: f64,
    /// References are followed; facts are read meanwhile.
    pub resolve: f64,
    /// The whole graph is measured.
    pub measure: f64,
    /// Edges and measures are written.
    pub write: f64,
}

/// Brings the graph of a generation up to date.
pub(crate) fn update_graph(
    store: &mut dyn Store,
    generation: GenerationId,
    root: &Path,
    resources: &Resources,
) -> Result<Updated, StoreError> {
    let limits = || {
        let n_held_bytes = memory::pss_of(std::process::id()).unwrap_or(0);
        Limits::of(resources, n_held_bytes)
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("graph".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || update(store, generation, root, &limits));
        match thread {
            Ok(thread) => thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // Too little memory for the stack is too little for the work.
            Err(error) => Err(StoreError::Visit(error)),
        }
    })
}

/// Returns remarks about configuration where the graph is up to date for certain: the last run came to its end, `files` are all files of the
/// generation in path order, none has changed since, and specifiers lead where they led.
pub(crate) fn remarks_if_current(
    store: &dyn Store,
    generation: GenerationId,
    root: &Path,
    files: &[KnownFile],
) -> Result<Option<Vec<String>>, StoreError> {
    let paths: Vec<RepoPath> = files.iter().map(|file| file.path.clone()).collect();
    let families = files.iter().map(|file| extract::family_of(file.language));
    let modules = Modules::read(root, &paths, families.collect());
    let is_current = store.graph_basis(generation)? == Some(basis(&modules, &paths));
    Ok(is_current.then(|| remarks_of(&modules)))
}

fn remarks_of(modules: &Modules<'_>) -> Vec<String> {
    modules.remarks().map(ToString::to_string).collect()
}

fn update(
    store: &mut dyn Store,
    generation: GenerationId,
    root: &Path,
    limits: &dyn Fn() -> Limits,
) -> Result<Updated, StoreError> {
    let clock = Instant::now();
    let state = store.graph_state(generation)?;
    let paths: Vec<RepoPath> = state.files.iter().map(|file| file.path.clone()).collect();
    let families = state.files.iter();
    let families = families.map(|file| extract::family_of(file.language));
    let families = families.collect();
    let modules = Modules::read(root, &paths, families);
    let mut remarks = remarks_of(&modules);
    let basis = basis(&modules, &paths);
    // What a file declares for all may concern any other.
    let is_shared_anew = |file: &GraphFile| file.is_shared && file.resolved.is_none();
    let is_settled = state.basis == Some(basis) && !state.files.iter().any(is_shared_anew);
    if is_settled && state.files.iter().all(|file| file.resolved.is_some()) {
        let gone = ids(&state.files);
        if state.files.iter().all(|file| !misses_any(file, &gone)) {
            return Ok(Updated {
                remarks,
                has_written: false,
                seconds: GraphSeconds {
                    load: clock.elapsed().as_secs_f64(),
                    ..GraphSeconds::default()
                },
            });
        }
    }
    let phase = Phase {
        generation,
        files: &state.files,
        basis,
        is_settled,
        limits,
        clock,
    };
    let (found, seconds) = phase.resolve_and_measure(store, modules)?;
    remarks.extend(found);
    Ok(Updated {
        remarks,
        has_written: true,
        seconds,
    })
}

/// What a graph phase is about.
struct Phase<'s> {
    generation: GenerationId,
    files: &'s [GraphFile],
    basis: ContentHash,
    /// Nothing changed but files.
    is_settled: bool,
    /// Asked when what is there of every symbol is in memory.
    limits: &'s dyn Fn() -> Limits,
    /// Since when it is under way.
    clock: Instant,
}

impl<'s> Phase<'s> {
    /// Returns what a person should know of the graph, and how long the parts took.
    fn resolve_and_measure(
        &self,
        store: &'s mut dyn Store,
        modules: Modules<'s>,
    ) -> Result<(Vec<String>, GraphSeconds), StoreError> {
        let heads = heads::read(&*store, self.files)?;
        let ids = heads.iter().map(|head| (head.id, head.parent));
        let numbers = Numbers::of(self.files, ids)?;
        let limits = (self.limits)();
        let mut files = LoadedFiles::new(store, self.files, modules, limits.facts_bytes);
        let mut pieces = Pieces::new(self.generation, self.basis, limits.rows);
        let mut remarks = Vec::new();
        let loaded = self.clock.elapsed();
        let made = (&mut pieces, &mut remarks);
        let resolved = self.resolve(&mut files, (&numbers, &heads), made, limits)?;
        let (followed, written) = (self.clock.elapsed(), pieces.writing);
        // Without the facts, whose place the network takes.
        let store = files.into_store();
        let links = all_links(&*store, self.files, (&numbers, &heads), resolved)?;
        let network = rows::network_of(&numbers, &heads, links)?;
        let metrics = graph::metrics(&network);
        drop(network);
        for (metrics, head) in metrics.into_iter().zip(&heads) {
            let row = MetricsRow {
                id: head.id,
                cycle: heads[metrics.cycle as usize].id,
                community: heads[metrics.community as usize].id,
                metrics,
            };
            pieces.take_metrics(store, row)?;
        }
        pieces.finish(store)?;
        let seconds = GraphSeconds {
            load: loaded.as_secs_f64(),
            resolve: (followed - loaded - written).as_secs_f64(),
            measure: (self.clock.elapsed() - followed - (pieces.writing - written)).as_secs_f64(),
            write: pieces.writing.as_secs_f64(),
        };
        Ok((remarks, seconds))
    }

    /// Resolves what has to be, and returns the links of those files.
    fn resolve(
        &self,
        files: &mut LoadedFiles<'_>,
        (numbers, heads): (&Numbers, &[Head]),
        (pieces, remarks): (&mut Pieces, &mut Vec<String>),
        limits: Limits,
    ) -> Result<FileLinks, StoreError> {
        if let Some(name) = files.collect_shared() {
            remarks.push(format!(
                "{name:?} is declared more than {SAME_NAME_MAX} times for all files; the first {SAME_NAME_MAX} declarations are put together"
            ));
        }
        files.forget();
        let affected = resolution::affected(files, self.files, self.is_settled, limits.n_threads);
        files.expect(affected.len());
        let mut links = FileLinks::default();
        let mut cut = Vec::new();
        let mut rest = &affected[..];
        while !rest.is_empty() {
            let n_rows = AtomicUsize::new(0);
            let is_enough = || files.is_enough() || n_rows.load(Ordering::Relaxed) > limits.rows;
            let resolved = in_parallel(limits.n_threads, rest, is_enough, |place| {
                let resolved = resolution::resolved(files, self.files, place);
                let is_cut = resolved.is_cut;
                let graph = rows::file_graph(self.files, heads, numbers, resolved);
                n_rows.fetch_add(graph.edges.len(), Ordering::Relaxed);
                (rows::links_of(numbers, &graph), graph, is_cut)
            });
            files.fail()?;
            let (done, later) = rest.split_at(resolved.len());
            rest = later;
            for (place, (links_of_file, graph, is_cut)) in done.iter().zip(resolved) {
                cut.extend(is_cut.then_some(*place));
                links.insert(graph.file, links_of_file?.into());
                pieces.take_graph(&mut **files.store(), graph)?;
            }
            files.forget();
        }
        files.fail()?;
        remarks.extend(cut.first().map(|place: &usize| {
            let (n_cut, path) = (cut.len(), &self.files[*place].path);
            format!("in {n_cut} of the files, the first of which is {path}, names lead through more than is followed; some edges are missing")
        }));
        Ok(links)
    }
}

/// The links of files that were resolved.
type FileLinks = FxHashMap<FileId, Box<[Link]>>;

/// Returns the links of the whole graph: of the files that were resolved as they are in `resolved`, of the others as the store has them.
fn all_links(
    store: &dyn Store,
    files: &[GraphFile],
    (numbers, heads): (&Numbers, &[Head]),
    mut resolved: FileLinks,
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
