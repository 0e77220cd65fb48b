use super::*;
use crate::{Failure, WorkerExit};

const SECOND: Duration = Duration::from_secs(1);

fn settings(n_workers: usize) -> PoolSettings {
    PoolSettings {
        program: "worker".into(),
        arguments: Vec::new(),
        environment: Vec::new(),
        connector: None,
        engine: None,
        n_workers,
        n_ahead: 1,
        setup: Vec::new(),
        start_timeout: 10 * SECOND,
        job_timeout: 30 * SECOND,
        grace: 5 * SECOND,
        recycle_above_bytes: Some(100),
        data_limit_bytes: None,
        confinement: None,
        budget_bytes: None,
        max_deaths_in_a_row: 4,
    }
}

/// A schedule with a clock that stands still unless moved, and jobs `0..n_jobs`.
struct Run<'a> {
    schedule: Schedule<'a>,
    now: Instant,
    jobs: std::ops::Range<u8>,
}

impl<'a> Run<'a> {
    fn new(settings: &'a PoolSettings, n_jobs: u8) -> Run<'a> {
        let now = Instant::now();
        Run {
            schedule: Schedule::new(settings, now),
            now,
            jobs: 0..n_jobs,
        }
    }

    /// Starts with every worker ready, and forgets the commands up to there.
    fn with_ready_workers(settings: &'a PoolSettings, n_jobs: u8) -> Run<'a> {
        let mut run = Run::new(settings, n_jobs);
        run.plan();
        for worker in 0..settings.n_workers {
            run.ready(worker);
        }
        run
    }

    /// Plans and returns the commands in short: `0 spawn`, `0 give 3`.
    fn plan(&mut self) -> Vec<String> {
        self.schedule.expire(self.now);
        let mut jobs = self.jobs.by_ref().map(|job| vec![job]);
        self.schedule.plan(&mut jobs, self.now);
        let commands = self.schedule.take_commands();
        let words = commands.into_iter().map(|(worker, command)| match command {
            Command::Spawn { .. } => format!("{worker} spawn"),
            Command::Give { job, payload } => {
                assert_eq!(payload, [job.0 as u8]);
                format!("{worker} give {}", job.0)
            }
            Command::Finish => format!("{worker} finish"),
            Command::Kill => format!("{worker} kill"),
        });
        words.collect()
    }

    fn try_note(&mut self, worker: usize, note: Note) -> Result<(), PoolError> {
        self.schedule.note(worker, note, self.now)
    }

    fn note(&mut self, worker: usize, note: Note) {
        self.try_note(worker, note).unwrap();
    }

    fn ready(&mut self, worker: usize) {
        let version = PROTOCOL_VERSION;
        self.note(worker, Note::Said(FromWorker::Ready { version }));
    }

    fn started(&mut self, worker: usize, job: u64) {
        let job = JobId(job);
        self.note(worker, Note::Said(FromWorker::Started { job }));
    }

    fn done(&mut self, worker: usize, job: u64, n_private_bytes: u64) {
        self.note(
            worker,
            Note::Said(FromWorker::Done {
                job: JobId(job),
                n_private_bytes,
                reply: Vec::new(),
            }),
        );
    }

    fn progress(&mut self, worker: usize, job: u64, n_steps: u64) {
        let job = JobId(job);
        self.note(worker, Note::Said(FromWorker::Progress { job, n_steps }));
    }

    fn try_end(&mut self, worker: usize, signal: i32) -> Result<(), PoolError> {
        let exit = WorkerExit::Signal(signal);
        let stderr = String::new();
        self.try_note(worker, Note::Ended { exit, stderr })
    }

    fn end(&mut self, worker: usize, signal: i32) {
        self.try_end(worker, signal).unwrap();
    }

    fn not_spawned(&mut self, worker: usize) -> Result<(), PoolError> {
        let error = io::Error::from(io::ErrorKind::WouldBlock);
        self.try_note(worker, Note::NotSpawned { error })
    }

    /// Returns what became of jobs since the last call.
    fn ends(&mut self) -> Vec<String> {
        let word = |event| match event {
            PoolEvent::JobDone { job, .. } => Some(format!("{} done", job.0)),
            PoolEvent::JobFailed { job, failure } => Some(match failure {
                Failure::TimedOut { .. } => format!("{} timed out", job.0),
                Failure::Died { .. } => format!("{} died", job.0),
                other => format!("{} {other}", job.0),
            }),
            _ => None,
        };
        let events = self.schedule.take_events();
        events.into_iter().filter_map(word).collect()
    }
}

#[test]
fn second_jobs_are_given_while_there_are_enough_for_everybody() {
    let settings = settings(2);
    let mut run = Run::with_ready_workers(&settings, 5);
    // Two remain for whoever is free first.
    assert_eq!(run.plan(), ["0 give 0", "1 give 1", "0 give 2"]);
    run.started(1, 1);
    run.done(1, 1, 0);
    assert_eq!(run.plan(), ["1 give 3"]);
}

#[test]
fn no_more_workers_start_than_there_are_jobs() {
    let settings = settings(4);
    assert_eq!(Run::new(&settings, 2).plan(), ["0 spawn", "1 spawn"]);
    assert_eq!(Run::new(&settings, 9).plan().len(), 4);
}

#[test]
fn workers_go_home_when_every_job_has_its_end() {
    let settings = settings(1);
    let mut run = Run::with_ready_workers(&settings, 1);
    assert_eq!(run.plan(), ["0 give 0"]);
    run.started(0, 0);
    run.done(0, 0, 0);
    assert_eq!(run.plan(), ["0 finish"]);
    assert!(!run.schedule.is_over());
    run.end(0, 15);
    assert!(run.schedule.is_over());
}

#[test]
fn deadly_job_is_tried_again_alone_and_the_one_behind_it_is_not_blamed() {
    let settings = settings(1);
    let mut run = Run::with_ready_workers(&settings, 9);
    assert_eq!(run.plan(), ["0 give 0", "0 give 1"]);
    run.started(0, 0);
    run.end(0, 11);
    assert_eq!(run.plan(), ["0 spawn"]);
    run.ready(0);
    assert_eq!(run.plan(), ["0 give 0"]);
    run.started(0, 0);
    run.end(0, 11);
    assert_eq!(run.ends(), ["0 died"]);
    assert_eq!(run.plan(), ["0 spawn"]);
    run.ready(0);
    assert_eq!(run.plan(), ["0 give 1", "0 give 2"]);
}

#[test]
fn time_runs_from_the_moment_a_job_is_taken_up() {
    let settings = settings(1);
    let mut run = Run::with_ready_workers(&settings, 9);
    run.plan();
    run.started(0, 0);
    run.now += 29 * SECOND;
    run.done(0, 0, 0);
    run.started(0, 1);
    run.now += 29 * SECOND;
    assert_eq!(run.plan(), ["0 give 2"]);
    run.now += SECOND;
    assert_eq!(run.plan(), ["0 kill"]);
    run.end(0, 9);
    assert_eq!(run.ends(), ["0 done", "1 timed out"]);
    assert_eq!(run.plan(), ["0 spawn"]);
}

#[test]
fn progress_prolongs_a_job_up_to_ten_time_limits() {
    let settings = settings(1);
    let mut run = Run::with_ready_workers(&settings, 1);
    run.plan();
    run.started(0, 0);
    let mut n_steps = 0;
    while run.plan().is_empty() {
        run.now += 25 * SECOND;
        n_steps += 1;
        run.progress(0, 0, n_steps);
    }
    assert_eq!(n_steps, 300 / 25);
    run.end(0, 9);
    assert_eq!(run.ends(), ["0 timed out"]);
}

#[test]
fn deaths_with_progress_end_with_the_time_of_a_job() {
    let settings = settings(1);
    let mut run = Run::new(&settings, 1);
    let mut n_deaths = 0;
    while run.ends().is_empty() {
        run.plan();
        run.ready(0);
        run.plan();
        run.started(0, 0);
        n_deaths += 1;
        run.progress(0, 0, n_deaths);
        run.now += 20 * SECOND;
        run.end(0, 11);
    }
    assert_eq!(n_deaths, 300 / 20);
}

#[test]
fn reply_that_overtakes_the_kill_counts() {
    let settings = settings(1);
    let mut run = Run::with_ready_workers(&settings, 9);
    run.plan();
    run.started(0, 0);
    run.now += 31 * SECOND;
    assert_eq!(run.plan(), ["0 kill"]);
    run.done(0, 0, 0);
    run.started(0, 1);
    run.end(0, 9);
    assert_eq!(run.ends(), ["0 done"]);
    run.plan();
    run.ready(0);
    assert_eq!(run.plan(), ["0 give 1", "0 give 2"]);
}

#[test]
fn worker_that_does_not_take_up_its_job_is_replaced_and_the_job_not_blamed() {
    let settings = settings(1);
    let mut run = Run::with_ready_workers(&settings, 1);
    run.plan();
    run.now += 10 * SECOND;
    assert_eq!(run.plan(), ["0 kill"]);
    run.end(0, 9);
    assert_eq!(run.plan(), ["0 spawn"]);
    run.ready(0);
    run.plan();
    run.started(0, 0);
    run.end(0, 11);
    assert!(run.ends().is_empty());
}

#[test]
fn large_worker_is_replaced_and_its_reserve_is_released() {
    let settings = settings(1);
    let mut run = Run::with_ready_workers(&settings, 9);
    run.plan();
    run.started(0, 0);
    run.done(0, 0, 101);
    assert_eq!(run.plan(), ["0 finish"]);
    run.end(0, 15);
    assert_eq!(run.plan(), ["0 spawn"]);
    run.ready(0);
    assert_eq!(run.plan(), ["0 give 1", "0 give 2"]);
}

#[test]
fn three_deaths_before_the_first_ready_worker_end_the_run() {
    let settings = settings(2);
    let mut run = Run::new(&settings, 9);
    assert_eq!(run.plan(), ["0 spawn", "1 spawn"]);
    run.end(0, 6);
    run.end(1, 6);
    assert_eq!(run.plan(), ["0 spawn", "1 spawn"]);
    let error = run.try_end(0, 6).unwrap_err();
    assert!(matches!(error, PoolError::DoNotStart { n: 3, .. }));
}

#[test]
fn place_that_cannot_start_is_given_up_while_another_works() {
    let settings = settings(2);
    let mut run = Run::new(&settings, 9);
    run.plan();
    run.ready(0);
    for _ in 0..3 {
        run.end(1, 6);
        run.plan();
    }
    let events = run.schedule.take_events();
    let shrunk = PoolEvent::PoolShrunk {
        worker: 1,
        n_left: 1,
        cause: "signal 6 (SIGABRT)".to_owned(),
    };
    assert!(events.contains(&shrunk));
    // A deadly job still gets its fresh worker.
    run.started(0, 0);
    run.end(0, 11);
    assert_eq!(run.plan(), ["0 spawn"]);
}

#[test]
fn breaker_counts_deaths_since_the_last_job_done() {
    let settings = settings(1);
    let mut run = Run::with_ready_workers(&settings, 9);
    let die_of = |run: &mut Run<'_>, job| {
        run.plan();
        run.ready(0);
        run.plan();
        run.started(0, job);
        run.try_end(0, 11)
    };
    run.plan();
    run.started(0, 0);
    run.end(0, 11);
    for job in [0, 1] {
        die_of(&mut run, job).unwrap();
    }
    let error = die_of(&mut run, 1).unwrap_err();
    assert!(matches!(error, PoolError::WorkersKeepDying { n: 4, .. }));
    assert_eq!(run.ends(), ["0 died", "1 died"]);
}

#[test]
fn shortage_of_processes_is_waited_out_and_then_reported() {
    let settings = settings(1);
    let mut run = Run::new(&settings, 9);
    for _ in 0..SPAWN_RETRIES_MAX {
        assert_eq!(run.plan(), ["0 spawn"]);
        run.not_spawned(0).unwrap();
        assert!(run.plan().is_empty());
        run.now = run.schedule.next_deadline().unwrap();
    }
    assert_eq!(run.plan(), ["0 spawn"]);
    let error = run.not_spawned(0).unwrap_err();
    assert!(matches!(error, PoolError::Spawn { .. }));
}

#[test]
fn other_version_and_early_garbage_end_the_run() {
    let settings = settings(1);
    let mut run = Run::new(&settings, 1);
    run.plan();
    let version = PROTOCOL_VERSION + 1;
    let ready = Note::Said(FromWorker::Ready { version });
    let error = run.try_note(0, ready).unwrap_err();
    assert!(matches!(error, PoolError::Version { .. }));
    let detail = "nonsense".to_owned();
    run.note(0, Note::Garbage { detail });
    assert_eq!(run.plan(), ["0 kill"]);
    let error = run.try_end(0, 9).unwrap_err();
    assert!(matches!(error, PoolError::Handshake { .. }));
}

#[test]
fn answer_to_a_job_that_is_not_in_hand_drops_the_worker() {
    let settings = settings(1);
    let mut run = Run::with_ready_workers(&settings, 9);
    run.plan();
    run.done(0, 1, 0);
    assert_eq!(run.plan(), ["0 kill"]);
    assert!(run.ends().is_empty());
}

fn with_many_ahead(n_workers: usize) -> PoolSettings {
    PoolSettings {
        n_ahead: 3,
        ..settings(n_workers)
    }
}

#[test]
fn kept_jobs_are_answered_in_order_and_before_the_one_in_hand() {
    let settings = with_many_ahead(1);
    let mut run = Run::with_ready_workers(&settings, 9);
    run.plan();
    for job in 0..3 {
        run.started(0, job);
    }
    for job in 0..3 {
        run.done(0, job, 0);
    }
    assert_eq!(run.ends(), ["0 done", "1 done", "2 done"]);
    let mut run = Run::with_ready_workers(&settings, 9);
    run.plan();
    run.started(0, 0);
    run.started(0, 1);
    run.done(0, 1, 0);
    assert_eq!(run.plan(), ["0 kill"]);
}

#[test]
fn jobs_that_a_dead_worker_kept_are_done_one_by_one_and_not_blamed() {
    let settings = with_many_ahead(1);
    let mut run = Run::with_ready_workers(&settings, 9);
    assert_eq!(run.plan().len(), 4);
    run.started(0, 0);
    run.started(0, 1);
    run.end(0, 11);
    assert_eq!(run.plan(), ["0 spawn"]);
    run.ready(0);
    // The one in hand first, in a fresh worker.
    assert_eq!(run.plan(), ["0 give 1"]);
    run.started(0, 1);
    run.done(0, 1, 0);
    assert_eq!(run.plan(), ["0 give 0"]);
    run.started(0, 0);
    run.done(0, 0, 0);
    assert_eq!(run.plan(), ["0 give 2", "0 give 3", "0 give 4", "0 give 5"]);
    assert_eq!(run.ends(), ["1 done", "0 done"]);
}

#[test]
fn kept_job_that_kills_its_worker_twice_more_alone_is_a_failure() {
    let settings = with_many_ahead(1);
    let mut run = Run::with_ready_workers(&settings, 9);
    run.plan();
    run.started(0, 0);
    run.started(0, 1);
    run.end(0, 11);
    run.plan();
    run.ready(0);
    assert_eq!(run.plan(), ["0 give 1"]);
    run.started(0, 1);
    run.done(0, 1, 0);
    assert_eq!(run.plan(), ["0 give 0"]);
    run.started(0, 0);
    run.end(0, 11);
    assert_eq!(run.plan(), ["0 spawn"]);
    run.ready(0);
    assert_eq!(run.plan(), ["0 give 0"]);
    run.started(0, 0);
    run.end(0, 11);
    assert_eq!(run.ends(), ["1 done", "0 died"]);
}

#[test]
fn stop_abandons_what_is_not_in_hand() {
    let settings = settings(1);
    let mut run = Run::with_ready_workers(&settings, 3);
    run.plan();
    run.started(0, 0);
    run.schedule.obey(StopLevel::Gracefully, run.now);
    assert_eq!(run.plan(), ["0 finish"]);
    run.done(0, 0, 0);
    run.end(0, 15);
    assert!(run.schedule.is_over());
    let report = run.schedule.into_report();
    assert_eq!(report.abandoned, [JobId(1), JobId(2)]);
    assert_eq!((report.n_done, report.was_stopped), (1, true));
}

const TIGHT: u64 = 95;
const CRITICAL: u64 = 98;

fn with_budget(n_workers: usize) -> PoolSettings {
    PoolSettings {
        budget_bytes: Some(100 * 100),
        ..settings(n_workers)
    }
}

fn left(run: &mut Run<'_>) -> Vec<usize> {
    let left = |event| match event {
        PoolEvent::PoolShrunk { n_left, .. } => Some(n_left),
        _ => None,
    };
    let events = run.schedule.take_events();
    events.into_iter().filter_map(left).collect()
}

#[test]
fn largest_worker_leaves_after_its_job_when_memory_is_tight() {
    let settings = with_budget(2);
    let mut run = Run::with_ready_workers(&settings, 9);
    run.plan();
    run.started(1, 1);
    run.schedule.relieve(50 * 100, &[1, 2], run.now);
    assert_eq!(run.plan(), [""; 0], "half of the budget is no reason");
    run.schedule.relieve(TIGHT * 100, &[1, 2], run.now);
    run.schedule.relieve(TIGHT * 100, &[1, 2], run.now);
    assert_eq!(run.plan(), ["1 finish"]);
    run.done(1, 1, 0);
    run.end(1, 0);
    assert_eq!(left(&mut run), [1]);
    run.schedule.relieve(CRITICAL * 100, &[1, 0], run.now);
    assert!(
        !run.plan()
            .iter()
            .any(|command| command.contains("1 spawn") || command.contains("0 kill"))
    );
}

#[test]
fn leaving_worker_is_killed_when_memory_is_critical_and_its_job_is_not_to_blame() {
    let settings = with_budget(2);
    let mut run = Run::with_ready_workers(&settings, 2);
    run.plan();
    run.started(0, 0);
    run.started(1, 1);
    run.schedule.relieve(TIGHT * 100, &[2, 1], run.now);
    run.schedule.relieve(CRITICAL * 100, &[2, 1], run.now);
    assert_eq!(run.plan(), ["0 finish", "0 kill"]);
    run.end(0, 9);
    run.done(1, 1, 0);
    assert_eq!(run.plan(), ["1 give 0"]);
    run.started(1, 0);
    run.done(1, 0, 0);
    assert_eq!(run.ends(), ["1 done", "0 done"]);
}
