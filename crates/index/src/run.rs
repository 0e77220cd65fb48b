//! One execution of `mnemo index`, from top to bottom: discover, process, finish.
//!
//! The parent owns all state and decides in this one thread; workers only turn files into rows, and the threads that resolve references
//! compute what does not depend on their number. Start at [`run`].

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use domain::{
    ContentHash, Problem, ProblemKind, Profile, RepoPath, RepositoryName, Skip, SymbolKind,
};
use store::{
    Counts, GenerationId, GraphCounts, KnownFile, RepositoryLock, RunEnd, RunSettings, StartedRun,
    Store,
};
use workers::{Executor, StopHandle};

use crate::discover::{Discovery, FileChange, Rules, discover, discover_trusting};
use crate::error::RunError;
use crate::events::{Event, Phase};
use crate::graph_phase::{self, GraphSeconds};
use crate::job::{FileReport, JobReply};
use crate::order::in_turns;
use crate::plan::{Forecast, Resources, forecast};
use crate::progress::Keeper;

mod baseline;
mod jobs;
mod peak;
mod settling;
mod taking;
mod tally;

use baseline::Baseline;
use peak::Peak;

/// What to index and how.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// The repository's name.
    pub repository: RepositoryName,
    /// Absolute path of the tree.
    pub root: PathBuf,
    /// What files turn into.
    pub profile: Profile,
    /// What is left out.
    pub rules: Rules,
    /// Index every file anew (`--full`).
    pub from_scratch: bool,
    /// Trust git for the files that are as they were at this revision (`--since`).
    pub since: Option<String>,
    /// How long to wait for another run of the same repository.
    pub patience: Duration,
    /// What the run has at its disposal, for a forecast that the summary can be held against.
    pub resources: Resources,
}

/// Wall time of each phase.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seconds {
    /// Walk, hash, compare.
    pub discover: f64,
    /// Workers.
    pub process: f64,
    /// What spans files.
    pub graph: f64,
    /// Its parts.
    pub graph_parts: GraphSeconds,
    /// From the first to the last instant.
    pub total: f64,
}

/// What a run did and what the index holds after it.
#[derive(Clone, Debug)]
pub struct RunSummary {
    /// Name of the repository that was indexed.
    pub repository: RepositoryName,
    /// Number of the generation that was written, from 1.
    pub generation: u64,
    /// Every file was indexed, skipped or reported. `false` after an interruption.
    pub is_finished: bool,
    /// It is finished, and no file waits for its vectors: what it wrote may answer in place of what was there.
    pub is_complete: bool,
    /// Files that are code: indexed, unchanged or failed.
    pub n_files: u64,
    /// Of these, in the index as they are now, by this run or an earlier one.
    pub n_ok: u64,
    /// Of these, already indexed as they are.
    pub n_unchanged: u64,
    /// Files that the store forgot.
    pub n_deleted: u64,
    /// Vectors that had to be computed.
    pub n_vectors_computed: u64,
    /// Vectors that were there already.
    pub n_vectors_reused: u64,
    /// Tokens that went through a model.
    pub n_tokens: u64,
    /// Files that could not be indexed, in path order.
    pub problems: Vec<Problem>,
    /// Files left out on purpose, in path order.
    pub skipped: Vec<Skip>,
    /// Files indexed with a remark, such as a syntax error, in path order.
    pub notes: Vec<(String, String)>,
    /// Sizes of the generation.
    pub counts: Counts,
    /// Its symbols by kind.
    pub symbols_by_kind: BTreeMap<SymbolKind, u64>,
    /// Its edges by kind, and its references by how they ended.
    pub graph: GraphCounts,
    /// Wall time.
    pub seconds: Seconds,
    /// Worker processes side by side; 0 when streaming.
    pub n_workers: usize,
    /// Workers that had to be replaced.
    pub n_restarts: u32,
    /// Largest sampled memory of this process and its workers together (proportional set size).
    pub peak_memory_bytes: u64,
    /// What was expected when the files were known.
    pub forecast: Forecast,
    /// How much the database grew; `None` where that is unknown.
    pub disk_bytes: Option<u64>,
}

/// Brings the store up to date with the tree and makes the result the generation that answers.
///
/// `executor` turns files into rows; it answers [`JobRequest`](crate::JobRequest)s with [`JobReply`]s. Interrupted through `stop`, the run
/// leaves what is committed and says so by [`RunSummary::is_complete`]. The calling thread must live as long as the run: workers die with it.
pub fn run(
    store: &mut dyn Store,
    request: &RunRequest,
    executor: &mut dyn Executor,
    stop: &StopHandle,
    on_event: &mut dyn FnMut(Event),
) -> Result<RunSummary, RunError> {
    let (mut run, found) = Run::begin(store, request, stop, on_event)?;
    run.process(request, &found.changed, executor, stop)?;
    run.finish(request, found)
}

/// Whether the generation that a run would write has no file for certain.
fn is_new(store: &dyn Store, request: &RunRequest) -> Result<bool, RunError> {
    let summaries = store.repositories()?;
    let summary = summaries.iter().find(|of| of.name == request.repository);
    Ok(summary.is_none_or(|known| {
        request.from_scratch || (known.building.is_none() && known.profile != request.profile)
    }))
}

/// Looks at a tree of which nothing is known before the store hears of it, so that one without files leaves no trace.
fn first_survey(
    request: &RunRequest,
    on_event: &mut dyn FnMut(Event),
) -> Result<Discovery, RunError> {
    on_event(Event::PhaseStarted(Phase::Discover));
    let found = discover(&request.root, &[], &request.rules)?;
    require_files(request, &found)?;
    Ok(found)
}

fn require_files(request: &RunRequest, found: &Discovery) -> Result<(), RunError> {
    match found.is_empty() {
        false => Ok(()),
        true => Err(RunError::NoFiles {
            root: request.root.clone(),
            skipped: found.skipped_in_words(),
        }),
    }
}

/// The state of a run; owned by the parent alone.
struct Run<'a> {
    store: &'a mut dyn Store,
    on_event: &'a mut dyn FnMut(Event),
    _lock: Box<dyn RepositoryLock>,
    started: StartedRun,
    tally: FileReport,
    problems: Vec<Problem>,
    notes: Vec<(String, String)>,
    n_indexed: u64,
    /// What workers said they wrote, by path, until it is settled.
    written: HashMap<RepoPath, ContentHash>,
    was_stopped: bool,
    /// Whether a file's rows or an edge may be other than before the run.
    has_written: bool,
    n_workers: usize,
    n_restarts: u32,
    memory: Peak,
    baseline: Option<Baseline>,
    /// What stands in a tree of which nothing was known.
    first_survey: Option<Discovery>,
    /// The files of the generation, where the last run came to its end and none of them has changed since.
    unchanged: Option<Vec<KnownFile>>,
    seconds: Seconds,
    clock: Instant,
    progress: Keeper,
}

impl<'a> Run<'a> {
    /// Takes the right to index the repository, and finds out what there is to do.
    fn begin(
        store: &'a mut dyn Store,
        request: &RunRequest,
        stop: &StopHandle,
        on_event: &'a mut dyn FnMut(Event),
    ) -> Result<(Run<'a>, Discovery), RunError> {
        fs_err::read_dir(&request.root).map_err(|source| RunError::Root {
            root: request.root.clone(),
            source,
        })?;
        // Before the store hears of it: a run that cannot begin leaves no trace.
        request.rules.check()?;
        let baseline = match &request.since {
            Some(revision) => Some(Baseline::take(&request.root, revision, stop)?),
            None => None,
        };
        let lock = store.lock_repository(&request.repository, request.patience)?;
        let clock = Instant::now();
        let first_survey = match is_new(store, request)? {
            true => Some(first_survey(request, on_event)?),
            false => None,
        };
        let seconds = Seconds {
            discover: clock.elapsed().as_secs_f64(),
            ..Seconds::default()
        };
        let settings = RunSettings {
            repository: request.repository.clone(),
            root: request.root.to_string_lossy().into_owned(),
            profile: request.profile.clone(),
            from_scratch: request.from_scratch,
        };
        let started = store.begin_run(&settings)?;
        let mut run = Run {
            store,
            on_event,
            _lock: lock,
            started,
            tally: FileReport::default(),
            problems: Vec::new(),
            notes: Vec::new(),
            n_indexed: 0,
            written: HashMap::new(),
            was_stopped: false,
            has_written: false,
            n_workers: 0,
            n_restarts: 0,
            memory: Peak::default(),
            baseline,
            first_survey,
            unchanged: None,
            seconds,
            clock,
            progress: Keeper::new(request.resources.budget_bytes),
        };
        let found = run.discover(request)?;
        Ok((run, found))
    }

    /// Emits an event, and, about once a second, how far the run is to whoever looks at the database.
    fn emit(&mut self, event: Event) {
        if let Some(progress) = self.progress.take(&event) {
            // What cannot be reported holds up no work; a store that is gone says so when something is written that matters.
            self.store.record_progress(self.started.run, &progress).ok();
        }
        (self.on_event)(event);
    }

    /// Returns what the last run of this generation said at its end; nothing where it was cut off.
    fn last_run(&self) -> Result<Option<serde_json::Value>, RunError> {
        if self.started.continues {
            return Ok(None);
        }
        let repositories = self.store.repositories()?;
        let generation = self.generation();
        let summary = repositories
            .into_iter()
            .find(|summary| summary.generation == generation)
            .and_then(|summary| summary.last_run);
        Ok(summary.and_then(|text| serde_json::from_str(&text).ok()))
    }

    fn generation(&self) -> GenerationId {
        self.started.generation
    }

    fn discover(&mut self, request: &RunRequest) -> Result<Discovery, RunError> {
        let clock = Instant::now();
        let known = self.store.known_files(self.generation())?;
        let trusted = self.trusted_files(&known)?;
        let mut found = match self.first_survey.take().filter(|_| known.is_empty()) {
            Some(found) => found,
            None => {
                self.emit(Event::PhaseStarted(Phase::Discover));
                discover_trusting(&request.root, &known, &request.rules, &trusted)?
            }
        };
        if known.is_empty() {
            require_files(request, &found)?;
        }
        self.store.remove_files(self.generation(), &found.removed)?;
        self.store
            .restamp_files(self.generation(), &found.restamped)?;
        self.has_written = !(found.removed.is_empty() && found.changed.is_empty());
        self.unchanged = (!self.has_written && !self.started.continues).then_some(known);
        self.problems.append(&mut found.problems);
        self.seconds.discover += clock.elapsed().as_secs_f64();
        self.emit(Event::Discovered {
            n_changed: found.changed.len(),
            n_bytes: found.changed.iter().map(|change| change.n_bytes).sum(),
            n_unchanged: found.unchanged.len(),
            n_removed: found.removed.len(),
            n_skipped: found.skipped.len(),
            continues: self.started.continues,
        });
        Ok(found)
    }

    /// Brings the edges up to date, unless the run was stopped: what goes on later does it then.
    fn update_graph(&mut self, request: &RunRequest) -> Result<(), RunError> {
        if self.was_stopped {
            return Ok(());
        }
        self.emit(Event::PhaseStarted(Phase::Graph));
        let clock = Instant::now();
        let generation = self.generation();
        let current = match self.unchanged.take() {
            Some(files) => {
                graph_phase::remarks_if_current(self.store, generation, &request.root, &files)?
            }
            None => None,
        };
        let remarks = match current {
            Some(remarks) => remarks,
            None => {
                let updated = graph_phase::update_graph(
                    self.store,
                    generation,
                    &request.root,
                    &request.resources,
                )?;
                self.has_written |= updated.has_written;
                self.seconds.graph_parts = updated.seconds;
                updated.remarks
            }
        };
        for remark in remarks {
            self.emit(Event::Notice(remark));
        }
        self.memory.sample_now();
        self.seconds.graph = clock.elapsed().as_secs_f64();
        Ok(())
    }

    fn process(
        &mut self,
        request: &RunRequest,
        changed: &[FileChange],
        executor: &mut dyn Executor,
        stop: &StopHandle,
    ) -> Result<(), RunError> {
        self.emit(Event::PhaseStarted(Phase::Process));
        let clock = Instant::now();
        let mut jobs = in_turns(changed);
        while !jobs.is_empty() {
            self.execute(request, &jobs, executor, stop)?;
            jobs = self.settle(&jobs)?;
        }
        self.seconds.process = clock.elapsed().as_secs_f64();
        Ok(())
    }

    fn take_reply(&mut self, change: &FileChange, reply: JobReply) -> Result<(), RunError> {
        match reply {
            JobReply::Indexed(report) => {
                self.n_indexed += 1;
                if let Some(hash) = report.hash {
                    self.written.insert(change.path.clone(), hash);
                }
                self.tally.n_vectors_computed += report.n_vectors_computed;
                self.tally.n_vectors_reused += report.n_vectors_reused;
                self.tally.n_tokens += report.n_tokens;
                if let Some(note) = &report.note {
                    self.notes
                        .push((change.path.as_str().to_owned(), note.clone()));
                }
                self.emit(Event::FileIndexed {
                    path: change.path.clone(),
                    n_bytes: change.n_bytes,
                    report,
                });
                Ok(())
            }
            JobReply::Problem(problem) => self.take_problem(change, problem),
            JobReply::Fatal(message) => Err(RunError::Worker { message }),
        }
    }

    /// Records a problem at once. Rows of an older state of the file stay where the file itself may be as it was, and where nothing is
    /// wrong with the file: an embedder that fails takes no answer away.
    fn take_problem(&mut self, change: &FileChange, problem: Problem) -> Result<(), RunError> {
        if !matches!(
            problem.kind,
            ProblemKind::Unreadable | ProblemKind::Store | ProblemKind::Embedding
        ) {
            self.store
                .remove_files(self.generation(), std::slice::from_ref(&change.path))?;
        }
        self.store.record_problem(self.generation(), &problem)?;
        self.emit(Event::FileFailed {
            n_bytes: change.n_bytes,
            problem: problem.clone(),
        });
        self.problems.push(problem);
        Ok(())
    }

    fn tick(&mut self) {
        self.emit(Event::Tick {
            n_memory_bytes: self.memory.last_bytes(),
            elapsed: self.clock.elapsed(),
        });
    }

    /// Brings up to date what spans files, and makes the result the generation that answers.
    fn finish(mut self, request: &RunRequest, found: Discovery) -> Result<RunSummary, RunError> {
        self.update_graph(request)?;
        self.emit(Event::PhaseStarted(Phase::Finish));
        self.problems.sort_by(|a, b| a.path.cmp(&b.path));
        self.notes.sort();
        self.memory.sample_now();
        if !self.was_stopped {
            self.store
                .record_left_out(self.generation(), &self.problems, &found.skipped)?;
        }
        let tally = self.tally(found.skipped.len())?;
        let tally_in_words = tally.to_json(self.started.number);
        let mut summary = self.summary(request, found, tally)?;
        let is_complete = summary.is_complete;
        let json = serde_json::json!({
            "complete": is_complete,
            "total_files": summary.n_files,
            "error_files": summary.problems.len(),
            "total_chunks": summary.counts.n_chunks,
            "seconds": summary.seconds.total,
            "ended_ms": crate::progress::now_ms(),
            "tokens_embedded": summary.n_tokens,
            "revision": self.revision_of_end(is_complete)?,
            "tally": tally_in_words,
        });
        self.store.finish_run(
            self.started.run,
            &RunEnd {
                complete: is_complete,
                summary: json.to_string(),
            },
        )?;
        if is_complete && self.has_written {
            // The run has ended well already: what fails here is made by the first search.
            let generation = self.generation();
            self.store.prepare_search(generation, &request.profile).ok();
        }
        summary.seconds.total = self.clock.elapsed().as_secs_f64();
        Ok(summary)
    }

    fn summary(
        &mut self,
        request: &RunRequest,
        found: Discovery,
        tally: tally::Tally,
    ) -> Result<RunSummary, RunError> {
        let mut seconds = self.seconds;
        seconds.total = self.clock.elapsed().as_secs_f64();
        // A file that could not be read is both a problem and, with its old rows, unchanged.
        let is_unchanged = |problem: &&Problem| {
            let paths = &found.unchanged;
            paths.iter().any(|path| path.as_str() == problem.path)
        };
        let is_changed = |problem: &&Problem| {
            let changes = &found.changed;
            changes
                .iter()
                .any(|change| change.path.as_str() == problem.path)
        };
        let n_unreadable = self.problems.iter().filter(is_unchanged).count();
        let n_changed = self.problems.iter().filter(is_changed).count();
        let n_only_problems = self.problems.len() - n_unreadable - n_changed;
        let mut kinds = self.problems.iter().map(|problem| problem.kind);
        let has_every_vector = !kinds.any(|kind| kind == ProblemKind::Embedding);
        Ok(RunSummary {
            repository: request.repository.clone(),
            generation: self.started.number,
            is_finished: !self.was_stopped,
            is_complete: !self.was_stopped && has_every_vector,
            n_files: (found.changed.len() + found.unchanged.len() + n_only_problems) as u64,
            n_ok: self.n_indexed + (found.unchanged.len() - n_unreadable) as u64,
            n_unchanged: found.unchanged.len() as u64,
            n_deleted: found.removed.len() as u64,
            n_vectors_computed: self.tally.n_vectors_computed,
            n_vectors_reused: self.tally.n_vectors_reused,
            n_tokens: self.tally.n_tokens,
            problems: std::mem::take(&mut self.problems),
            skipped: found.skipped,
            notes: std::mem::take(&mut self.notes),
            counts: tally.counts,
            symbols_by_kind: tally.symbols_by_kind,
            graph: tally.graph,
            seconds,
            n_workers: self.n_workers,
            n_restarts: self.n_restarts,
            peak_memory_bytes: self.memory.bytes(),
            forecast: forecast(&found.changed, &request.resources),
            disk_bytes: None,
        })
    }
}

fn new_problem(change: &FileChange, kind: ProblemKind, cause: String) -> Problem {
    Problem {
        path: change.path.as_str().to_owned(),
        kind,
        cause,
    }
}
