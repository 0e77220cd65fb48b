//! What a change of the tree may break: from changed lines to definitions, to those that depend on them, to the tests to run.
//!
//! Git says which lines have changed, the index whose they are. The lines of a file are counted as in the state that is indexed, before the
//! change or after it, which its hash shows; where it is neither, the answer says so. Start at [`Snapshot::diff_impact`].

mod owners;
mod risk;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use ::index::{Compared, Comparison, FileChangeKind, FileDiff, LineRange};
use domain::{Complexity, ContentHash, RepoPath, SymbolKind};
use graph::{Bounds, CycleLevel, EdgeKinds, Impact, Walk, cycles_through};
use store::FileId;
use workers::StopHandle;

use crate::error::AppError;
use crate::graph::{CycleAnswer, GraphAnswer, GraphView, Tests, WalkOptions, unfollowed, walks};
use crate::snapshot::Snapshot;
use crate::symbol::GraphSymbol;
use owners::{Owners, Touched};
pub use risk::{Reason, Risk};

/// Definitions whose dependents are counted one by one; each costs a walk.
const MAX_COUNTED: usize = 200;

/// Circles shown: whoever makes more has one cause for them.
const MAX_CYCLES: usize = 10;

/// What to compare, and how much to say.
#[derive(Clone, Debug)]
pub struct DiffOptions {
    /// The revision to compare with: the commit at which `HEAD` left it; `HEAD` itself if nothing is named.
    pub since: Option<String>,
    /// What is compared with it.
    pub compared: Compared,
    /// Edges from a changed definition at most; without a bound if `None`.
    pub max_depth: Option<u32>,
    /// Dependents shown at most.
    pub limit: usize,
}

/// Which state of a changed file the index has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexedState {
    /// The one before the change.
    Before,
    /// The one after it.
    After,
    /// Another: lines may belong to neighbours of the definitions that are named.
    Other,
    /// None: it is new, or of a kind that is not indexed.
    Missing,
}

/// A file that has changed.
#[derive(Clone, Debug)]
pub struct ChangedFile {
    /// Its path; the one that it had, if it is gone.
    pub path: RepoPath,
    /// The path that it had, if it had another.
    pub old_path: Option<RepoPath>,
    /// How it has changed.
    pub kind: FileChangeKind,
    /// Lines that came; nothing for a file that git does not know.
    pub n_added: Option<u64>,
    /// Lines that went.
    pub n_removed: u64,
    /// Which state of it the index has.
    pub indexed: IndexedState,
}

/// How much of a definition has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefinitionChange {
    /// All of it is new, and nothing was in its place.
    Added,
    /// All of it is gone, and nothing came in its place.
    Removed,
    /// A line from its begin to its name: what others see of it may be another.
    Declaration,
    /// Lines after that.
    Body,
}

/// A definition that has changed.
#[derive(Clone, Debug)]
pub struct ChangedDefinition {
    /// The definition, with the lines that the index knows.
    pub symbol: GraphSymbol,
    /// How much of it has changed.
    pub change: DefinitionChange,
    /// Its size and branching.
    pub complexity: Complexity,
    /// Who depends on it; nothing where too many have changed to count for each.
    pub reach: Option<ChangeReach>,
}

/// How far the change of one definition reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeReach {
    /// Definitions that depend on it, directly or through others, without tests.
    pub n_dependents: usize,
    /// Those that use it directly from files that have not changed.
    pub n_unchanged_users: usize,
    /// Tests that reach it.
    pub n_tests: usize,
}

/// A file with tests to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffectedTests {
    /// The file.
    pub path: RepoPath,
    /// Edges from it to what has changed; 0 where it has changed itself.
    pub depth: u32,
}

/// What a change of the tree may break.
#[derive(Clone, Debug)]
pub struct DiffImpact {
    /// Full name of the commit that was compared with.
    pub base: String,
    /// What was compared with it.
    pub compared: Compared,
    /// The files that have changed, by path.
    pub files: Vec<ChangedFile>,
    /// The definitions that have changed, tests too, by path and line.
    pub changed: Vec<ChangedDefinition>,
    /// What depends on them, the nearest first, without tests.
    pub dependents: GraphAnswer,
    /// Files with tests that have changed or reach what has, the nearest first.
    pub tests: Vec<AffectedTests>,
    /// Circles of imports that go through a line that came.
    pub cycles: Vec<CycleAnswer>,
    /// How much care the change deserves: the most that a reason says.
    pub risk: Risk,
    /// Why, the weightiest first.
    pub reasons: Vec<Reason>,
}

impl DiffImpact {
    /// Returns the changed definitions that are no tests and that other modules see.
    pub fn public(&self) -> impl Iterator<Item = &ChangedDefinition> {
        let changed = self.changed.iter();
        changed.filter(|one| one.symbol.flags.is_exported && !one.symbol.flags.is_test)
    }

    /// Returns how many files there are whose indexed state is neither that before the change nor that after it.
    pub fn n_out_of_date(&self) -> usize {
        let files = self.files.iter();
        let other = files.filter(|file| file.indexed == IndexedState::Other);
        other.count()
    }
}

/// A changed file beside what the index has of it.
struct Placed {
    file: ChangedFile,
    /// Its row and the lines that count there; nothing if the index has none.
    lines: Option<(FileId, Vec<LineRange>)>,
    diff: FileDiff,
}

/// A changed definition by its number.
struct Start {
    number: u32,
    change: DefinitionChange,
}

impl Snapshot<'_> {
    /// Answers what the changes of the work tree, or what is staged, may break.
    ///
    /// Asks git in the repository's tree, which must be where the person works.
    pub fn diff_impact(
        &mut self,
        options: &DiffOptions,
        stop: &StopHandle,
    ) -> Result<DiffImpact, AppError> {
        // The root is what the database says, which may be another's.
        if let Some(root) = self.root_elsewhere() {
            return Err(AppError::TreeElsewhere {
                repository: self.repository.name.clone(),
                root: root.into(),
            });
        }
        let root = Path::new(self.root());
        let since = options.since.as_deref();
        let mut comparison = Comparison::make(root, since, options.compared, stop)?;
        let view = self.graph()?;
        let files = self.placed(&view, &mut comparison)?;
        let starts = starts(&view, &files);
        let numbers: Vec<u32> = starts.iter().map(|start| start.number).collect();
        let mut answer = view.diff_answer(&comparison, files, &starts, options);
        let generation = self.repository.generation;
        // What could not be followed is looked for by name, which finds others only where they can
        // name it.
        let lasting = numbers.iter().copied().filter(|number| {
            let flags = view.graph.nodes[*number as usize].flags;
            flags.is_exported && !flags.is_test
        });
        let lasting: Vec<u32> = lasting.take(MAX_COUNTED).collect();
        answer.dependents.unfollowed =
            unfollowed::find(&self.reading, generation, &view, &lasting)?;
        answer.dependents = self.with_stale_marks(answer.dependents)?;
        (answer.risk, answer.reasons) = risk::of(&answer);
        Ok(answer)
    }

    /// Finds out for every changed file which state of it is indexed.
    fn placed(
        &self,
        view: &GraphView,
        comparison: &mut Comparison,
    ) -> Result<Vec<Placed>, AppError> {
        let known = self.reading.known_files(self.repository.generation)?;
        let hashes: HashMap<&RepoPath, ContentHash> =
            known.iter().map(|file| (&file.path, file.hash)).collect();
        let mut placed = Vec::new();
        for diff in std::mem::take(&mut comparison.files) {
            let indexed = indexed_state(comparison, &diff, &hashes)?;
            let path = match indexed {
                IndexedState::Before => Some(diff.path_before()),
                IndexedState::After => Some(&diff.path),
                IndexedState::Other if hashes.contains_key(&diff.path) => Some(&diff.path),
                IndexedState::Other => Some(diff.path_before()),
                IndexedState::Missing => None,
            };
            let is_before = indexed == IndexedState::Before;
            let ranges = diff.hunks.iter();
            let ranges = ranges.map(|hunk| if is_before { hunk.old } else { hunk.new });
            let row = path.and_then(|path| view.graph.file_of(path));
            placed.push(Placed {
                lines: row.map(|row| (row, ranges.collect())),
                file: ChangedFile {
                    path: diff.path.clone(),
                    old_path: diff.old_path.clone(),
                    kind: diff.kind,
                    n_added: diff.n_added(),
                    n_removed: diff.n_removed(),
                    indexed,
                },
                diff,
            });
        }
        Ok(placed)
    }
}

/// The state after the change is looked at first: it costs a read, the other one a question to git.
fn indexed_state(
    comparison: &Comparison,
    diff: &FileDiff,
    hashes: &HashMap<&RepoPath, ContentHash>,
) -> Result<IndexedState, AppError> {
    let after = hashes.get(&diff.path).copied();
    let before = hashes.get(diff.path_before()).copied();
    if diff.kind != FileChangeKind::Deleted
        && after.is_some()
        && comparison.hash_after(diff)? == after
    {
        return Ok(IndexedState::After);
    }
    if diff.kind != FileChangeKind::Added
        && before.is_some()
        && comparison.hash_before(diff)? == before
    {
        return Ok(IndexedState::Before);
    }
    Ok(match after.or(before) {
        Some(_) => IndexedState::Other,
        None => IndexedState::Missing,
    })
}

/// Returns the definitions whose lines have changed, in the order of the graph.
fn starts(view: &GraphView, files: &[Placed]) -> Vec<Start> {
    let rows: HashMap<FileId, &Placed> = files
        .iter()
        .filter_map(|placed| Some((placed.lines.as_ref()?.0, placed)))
        .collect();
    let mut numbers: BTreeMap<FileId, Vec<u32>> = BTreeMap::new();
    for (number, node) in (0..).zip(&view.graph.nodes) {
        if rows.contains_key(&node.id.file) {
            numbers.entry(node.id.file).or_default().push(number);
        }
    }
    let mut starts = BTreeMap::new();
    for (row, numbers) in numbers {
        let Some((placed, (_, lines))) = rows
            .get(&row)
            .and_then(|placed| Some((placed, placed.lines.as_ref()?)))
        else {
            continue;
        };
        let owners = Owners::new(&view.graph, numbers);
        for (number, touched) in owners.touched_by(lines) {
            // Overloads are one definition, and edges lead to its implementation.
            let number = view.graph.last_overload(number);
            let change = change_of(touched, &placed.file, &placed.diff, view, number);
            starts
                .entry(number)
                .and_modify(|known: &mut DefinitionChange| {
                    // Of several changes to one definition the weightiest counts.
                    if *known == DefinitionChange::Body {
                        *known = change;
                    }
                })
                .or_insert(change);
        }
    }
    let starts = starts.into_iter();
    starts
        .map(|(number, change)| Start { number, change })
        .collect()
}

fn change_of(
    touched: Touched,
    file: &ChangedFile,
    diff: &FileDiff,
    view: &GraphView,
    number: u32,
) -> DefinitionChange {
    let span = view.graph.nodes[number as usize].span;
    let holds = |range: LineRange| {
        let end = range.start.saturating_add(range.n_lines);
        range.start <= span.start_line && span.end_line < end
    };
    let mut hunks = diff.hunks.iter();
    match file.indexed {
        IndexedState::After if hunks.any(|hunk| hunk.old.n_lines == 0 && holds(hunk.new)) => {
            DefinitionChange::Added
        }
        IndexedState::Before if hunks.any(|hunk| hunk.new.n_lines == 0 && holds(hunk.old)) => {
            DefinitionChange::Removed
        }
        _ if touched.is_declaration => DefinitionChange::Declaration,
        _ => DefinitionChange::Body,
    }
}

impl GraphView {
    fn diff_answer(
        &self,
        comparison: &Comparison,
        files: Vec<Placed>,
        starts: &[Start],
        options: &DiffOptions,
    ) -> DiffImpact {
        let walk = Walk::new(&self.network);
        let nodes: Vec<u32> = starts
            .iter()
            .flat_map(|start| self.moved_by(&walk, start))
            .collect();
        let nodes: Vec<u32> = nodes
            .into_iter()
            .collect::<BTreeSet<u32>>()
            .into_iter()
            .collect();
        let bounds = Bounds {
            kinds: EdgeKinds::USES,
            max_depth: options.max_depth.unwrap_or(u32::MAX),
            // Tests and risk follow from all dependents; a bound holds for those that are shown.
            max_nodes: usize::MAX,
        };
        let impact = walk.impact_of_alone(nodes, &bounds);
        let cycles = self.cycles_made(&files);
        let shown = WalkOptions {
            max_depth: options.max_depth,
            limit: options.limit,
            tests: Tests::Without,
        };
        let numbers: Vec<u32> = starts.iter().map(|start| start.number).collect();
        let steps = impact.affected.iter();
        let steps: Vec<_> = steps
            .filter_map(|affected| affected.way_back.first().copied())
            .collect();
        DiffImpact {
            base: comparison.base().to_owned(),
            compared: options.compared,
            changed: self.changed_definitions(&walk, &files, starts, &bounds),
            dependents: walks::answer(self, &numbers, &steps, &shown),
            tests: self.tests_of(&files, &impact),
            files: files.into_iter().map(|placed| placed.file).collect(),
            cycles,
            risk: Risk::Low,
            reasons: Vec::new(),
        }
    }

    /// Returns the nodes that change with a definition: of a class whose declaration is another, the members too; of a module never, whose
    /// definitions have lines of their own.
    fn moved_by(&self, walk: &Walk<'_>, start: &Start) -> Vec<u32> {
        let is_module = self.graph.nodes[start.number as usize].kind == SymbolKind::Module;
        match start.change {
            DefinitionChange::Body => vec![start.number],
            _ if is_module => vec![start.number],
            _ => walk.with_contents(&[start.number]),
        }
    }

    fn changed_definitions(
        &self,
        walk: &Walk<'_>,
        files: &[Placed],
        starts: &[Start],
        bounds: &Bounds,
    ) -> Vec<ChangedDefinition> {
        let rows: BTreeSet<FileId> = files
            .iter()
            .filter_map(|placed| Some(placed.lines.as_ref()?.0))
            .collect();
        let mut n_counted = 0;
        let definition = |start: &Start| {
            let node = &self.graph.nodes[start.number as usize];
            let is_counted = !node.flags.is_test && n_counted < MAX_COUNTED;
            n_counted += usize::from(is_counted);
            let reach = is_counted
                .then(|| walk.impact_of_alone(self.moved_by(walk, start), bounds))
                .map(|impact| self.reach_of(&impact, &rows));
            Some(ChangedDefinition {
                symbol: self.graph.symbol(start.number)?,
                change: start.change,
                complexity: node.complexity,
                reach,
            })
        };
        starts.iter().filter_map(definition).collect()
    }

    fn reach_of(&self, impact: &Impact, changed: &BTreeSet<FileId>) -> ChangeReach {
        let mut reach = ChangeReach::default();
        for affected in &impact.affected {
            if affected.is_test {
                reach.n_tests += 1;
                continue;
            }
            reach.n_dependents += 1;
            let file = self.graph.nodes[affected.node as usize].id.file;
            let is_elsewhere = !changed.contains(&file);
            // Direct users in files that the change left alone are who may have been forgotten.
            reach.n_unchanged_users += usize::from(affected.depth() == 1 && is_elsewhere);
        }
        reach
    }

    /// Returns the files with tests that have changed, and those whose tests are affected.
    fn tests_of(&self, files: &[Placed], impact: &Impact) -> Vec<AffectedTests> {
        let mut depths: BTreeMap<&RepoPath, u32> = BTreeMap::new();
        let there = files.iter();
        let there = there.filter(|placed| placed.file.kind != FileChangeKind::Deleted);
        for placed in there {
            if ::index::is_test_path(&placed.file.path) {
                depths.insert(&placed.file.path, 0);
            }
        }
        let gone: BTreeSet<&RepoPath> = files
            .iter()
            .filter(|placed| placed.file.kind == FileChangeKind::Deleted)
            .map(|placed| &placed.file.path)
            .collect();
        for affected in impact.affected.iter().filter(|affected| affected.is_test) {
            let file = self.graph.nodes[affected.node as usize].id.file;
            let Some(path) = self.graph.path(file).filter(|path| !gone.contains(path)) else {
                continue;
            };
            depths.entry(path).or_insert(affected.depth());
        }
        let mut tests: Vec<AffectedTests> = depths
            .into_iter()
            .map(|(path, depth)| AffectedTests {
                path: path.clone(),
                depth,
            })
            .collect();
        tests.sort_by_key(|tests| tests.depth);
        tests
    }

    /// Returns circles of imports that go through a link that the change made.
    fn cycles_made(&self, files: &[Placed]) -> Vec<CycleAnswer> {
        let mut new_links = BTreeSet::new();
        // Only a graph of the state after the change has the links that the change made.
        let after = files
            .iter()
            .filter(|placed| placed.file.indexed == IndexedState::After);
        for placed in after {
            if let Some((row, lines)) = &placed.lines {
                new_links.extend(self.links_made(*row, lines, &placed.diff.removed));
            }
        }
        let new_links: Vec<u32> = new_links.into_iter().collect();
        let found = cycles_through(&self.network, CycleLevel::Modules, &new_links, MAX_CYCLES);
        found.iter().map(|cycle| self.cycle(cycle)).collect()
    }

    /// Returns the imports of a file all of whose places are on lines that came, unless a line that went named the same module: then a line was
    /// rewritten that stood there before.
    fn links_made(&self, row: FileId, lines: &[LineRange], removed: &[String]) -> Vec<u32> {
        let is_new = |line: u32| {
            let mut ranges = lines.iter();
            ranges.any(|range| line >= range.start && line - range.start < range.n_lines)
        };
        let mut all_new: HashMap<(u32, u32), bool> = HashMap::new();
        let edges = self.graph.edges_of(row).iter();
        for edge in edges.filter(|edge| EdgeKinds::IMPORTS.contains(edge.kind)) {
            let source = self.graph.number(store::SymbolId {
                file: row,
                symbol: edge.source,
            });
            if let (Some(source), Some(target)) = (source, self.graph.number(edge.target)) {
                let known = all_new.entry((source, target)).or_insert(true);
                *known &= is_new(edge.position.line);
            }
        }
        all_new.retain(|(_, target), is_new| *is_new && !self.is_named(*target, removed));
        let links = (0..).zip(&self.network.links);
        links
            .filter(|(_, link)| EdgeKinds::IMPORTS.contains(link.kind))
            .filter(|(_, link)| all_new.contains_key(&(link.source, link.target)))
            .map(|(number, _)| number)
            .collect()
    }

    /// Whether one of some lines names the file of a node as imports do: without its extension, or an index file by its folder.
    fn is_named(&self, node: u32, lines: &[String]) -> bool {
        let file = self.graph.nodes[node as usize].id.file;
        let Some(path) = self.graph.path(file) else {
            return false;
        };
        let mut names = path.as_str().rsplit('/');
        let stem = names.next().and_then(|name| name.split('.').next());
        let folder = names.next();
        let is_entry = matches!(stem, Some("index" | "mod" | "__init__" | "lib"));
        let name = if is_entry { folder } else { stem };
        name.is_some_and(|name| lines.iter().any(|line| line.contains(name)))
    }
}
