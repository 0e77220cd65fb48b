//! The process pool against a worker that misbehaves in every way that it has to survive.
//!
//! Expectations are events, never durations. Short limits stand only where the limit is what is tested.

use std::io::{BufRead as _, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, kill_process};
use workers::{
    EndReason, Failure, JobId, PoolError, PoolEvent, PoolReport, PoolSettings, StopHandle,
    WorkerExit, run_pool,
};

const WORKER: &str = env!("CARGO_BIN_EXE_misbehaving-worker");

/// Longer than a loaded machine needs for anything that ends by itself.
const PATIENCE: Duration = Duration::from_secs(30);

const SHORT: Duration = Duration::from_millis(300);

fn settings(n_workers: usize) -> PoolSettings {
    PoolSettings {
        program: WORKER.into(),
        arguments: Vec::new(),
        environment: Vec::new(),
        connector: None,
        engine: None,
        n_workers,
        n_ahead: 1,
        setup: Vec::new(),
        start_timeout: PATIENCE,
        job_timeout: PATIENCE,
        grace: PATIENCE,
        recycle_above_bytes: None,
        data_limit_bytes: None,
        confinement: None,
        budget_bytes: None,
        max_deaths_in_a_row: 20,
    }
}

/// What a run reported, and how it ended.
struct Reported {
    events: Vec<PoolEvent>,
    outcome: Result<PoolReport, PoolError>,
}

fn run(settings: &PoolSettings, jobs: &[&str]) -> Reported {
    run_with(settings, jobs, &StopHandle::new(), |_| ())
}

fn run_with(
    settings: &PoolSettings,
    jobs: &[&str],
    stop: &StopHandle,
    mut on_event: impl FnMut(&PoolEvent),
) -> Reported {
    let mut events = Vec::new();
    let mut jobs = jobs.iter().map(|job| job.as_bytes().to_vec());
    let outcome = run_pool(settings, &mut jobs, stop, &mut |event| {
        on_event(&event);
        events.push(event);
    });
    let reported = Reported { events, outcome };
    for pid in reported.pids() {
        assert!(is_gone(pid), "process {pid} is still there");
    }
    reported
}

impl Reported {
    fn pids(&self) -> Vec<u32> {
        let pid = |event: &PoolEvent| match event {
            PoolEvent::WorkerStarted { pid, .. } => *pid,
            _ => None,
        };
        self.events.iter().filter_map(pid).collect()
    }

    /// The end of every job in job order: its reply, or its failure in a few words. Each has exactly one.
    fn ends(&self) -> Vec<String> {
        let end = |event: &PoolEvent| match event {
            PoolEvent::JobDone { job, reply, .. } => {
                Some((*job, String::from_utf8_lossy(reply).into_owned()))
            }
            PoolEvent::JobFailed { job, failure } => Some((*job, words(failure))),
            _ => None,
        };
        let mut ends: Vec<(JobId, String)> = self.events.iter().filter_map(end).collect();
        ends.sort();
        let ids: Vec<u64> = ends.iter().map(|(job, _)| job.0).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
        ends.into_iter().map(|(_, end)| end).collect()
    }

    fn report(&self) -> &PoolReport {
        self.outcome.as_ref().expect("the run ends well")
    }

    fn error(&self) -> String {
        self.outcome
            .as_ref()
            .expect_err("the run fails")
            .to_string()
    }

    fn first_failure(&self) -> &Failure {
        fn failure(event: &PoolEvent) -> Option<&Failure> {
            match event {
                PoolEvent::JobFailed { failure, .. } => Some(failure),
                _ => None,
            }
        }
        let mut events = self.events.iter();
        events.find_map(failure).expect("a job fails")
    }
}

fn words(failure: &Failure) -> String {
    match failure {
        Failure::TimedOut { .. } => "timed out".to_owned(),
        Failure::Died {
            exit, n_attempts, ..
        } => format!("died {n_attempts}: {exit}"),
        Failure::OutOfMemory { n_attempts, .. } => format!("out of memory {n_attempts}"),
        Failure::Panicked => "panicked".to_owned(),
        Failure::Protocol { n_attempts, .. } => format!("protocol {n_attempts}"),
    }
}

/// A zombie counts as gone when it is not ours to reap.
fn is_gone(pid: u32) -> bool {
    match fs_err::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.contains(") Z "),
        Err(_) => true,
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Runs a job between good ones with two workers and expects only it to fail.
fn check_bad_job(settings: &PoolSettings, job: &str, expected: &str) -> Reported {
    let reported = run(settings, &["echo a", "echo b", job, "echo c", "echo d"]);
    assert_eq!(reported.ends(), ["a", "b", expected, "c", "d"]);
    assert_eq!(
        (reported.report().n_done, reported.report().n_failed),
        (4, 1)
    );
    reported
}

#[test]
fn every_job_is_answered_once_by_any_number_of_workers() {
    let jobs: Vec<String> = (0..100).map(|n| format!("echo {n}")).collect();
    let jobs: Vec<&str> = jobs.iter().map(String::as_str).collect();
    for n_workers in [1, 2, 4] {
        let reported = run(&settings(n_workers), &jobs);
        let expected: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        assert_eq!(reported.ends(), expected);
        assert_eq!(reported.pids().len(), n_workers);
        assert_eq!(reported.report().n_restarts, 0);
    }
}

#[test]
fn workers_have_the_environment_that_they_are_given_and_no_more() {
    assert!(std::env::vars_os().count() > 1);
    let settings = PoolSettings {
        environment: vec![("GIVEN".into(), "a value".into())],
        ..settings(1)
    };
    assert_eq!(run(&settings, &["environment"]).ends(), ["GIVEN=a value"]);
    let nothing = self::settings(1);
    assert_eq!(run(&nothing, &["environment"]).ends(), [""]);
}

#[test]
#[cfg(target_os = "linux")]
fn workers_have_no_descriptor_but_their_three_and_the_pipes_to_their_parent() {
    let folder = tempfile::tempdir().unwrap();
    let secret = fs_err::File::create(folder.path().join("secret")).unwrap();
    // As a shell hands it on: `mnemo index 3<secret`.
    fcntl_setfd(&secret, FdFlags::empty()).unwrap();
    let expected = "0 /dev/null, 1 pipe, 2 pipe, 3 pipe, 4 pipe";
    assert_eq!(run(&settings(1), &["descriptors"]).ends(), [expected]);
}

#[test]
fn no_jobs_start_no_worker() {
    let reported = run(&settings(2), &[]);
    assert!(reported.pids().is_empty());
    assert_eq!(reported.report(), &PoolReport::default());
}

#[test]
fn deadly_jobs_fail_after_two_attempts_and_cost_no_other_job() {
    for (job, expected) in [
        ("kill", "died 2: signal 9 (SIGKILL)"),
        ("segv", "died 2: signal 11 (SIGSEGV)"),
        ("abort", "died 2: signal 6 (SIGABRT)"),
        ("exit", "died 2: exit status 3"),
        ("panic", "died 2: exit status 1"),
    ] {
        let reported = check_bad_job(&settings(2), job, expected);
        let starts =
            |event: &&PoolEvent| matches!(event, PoolEvent::JobStarted { job: JobId(2), .. });
        assert_eq!(reported.events.iter().filter(starts).count(), 2);
    }
}

#[test]
fn stack_overflow_is_a_death_that_says_so() {
    let reported = check_bad_job(&settings(2), "overflow", "died 2: signal 6 (SIGABRT)");
    let failure = reported.first_failure();
    assert!(
        matches!(failure, Failure::Died { stderr, .. } if stderr.contains("overflowed its stack"))
    );
}

#[test]
fn allocation_beyond_the_cap_is_out_of_memory() {
    let settings = PoolSettings {
        data_limit_bytes: Some(128 << 20),
        ..settings(2)
    };
    check_bad_job(&settings, "allocate", "out of memory 2");
}

#[test]
fn a_kill_from_outside_is_reported_as_probably_out_of_memory() {
    let reported = run(&settings(1), &["kill"]);
    assert!(
        reported
            .first_failure()
            .to_string()
            .contains("memory ran out")
    );
}

#[test]
fn a_job_that_dies_once_is_done_at_the_second_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let job = format!("kill-once {}", folder.path().join("marker").display());
    let reported = run(&settings(2), &["echo a", &job, "echo b"]);
    assert_eq!(reported.ends(), ["a", "done", "b"]);
}

#[test]
fn a_job_that_comes_further_at_each_attempt_is_not_to_blame() {
    let folder = tempfile::tempdir().unwrap();
    let job = format!("advance {}", folder.path().join("steps").display());
    let reported = run(&settings(1), &["echo a", &job, "echo b"]);
    assert_eq!(reported.ends(), ["a", "done", "b"]);
    assert_eq!(reported.report().n_restarts, 5);
}

#[test]
fn hung_worker_is_replaced_and_its_job_not_tried_again() {
    for job in ["hang", "spin"] {
        let settings = PoolSettings {
            job_timeout: SHORT,
            ..settings(2)
        };
        let reported = run(&settings, &[job, "pid", "pid", "pid", "pid", "pid", "pid"]);
        assert_eq!(reported.ends()[0], "timed out");
        assert_eq!(reported.report().n_done, 6);
        let is_killed = |event: &PoolEvent| {
            let job = JobId(0);
            matches!(event, PoolEvent::WorkerEnded { exit: WorkerExit::KilledByPool, reason, .. }
                if *reason == EndReason::TimedOut { job })
        };
        assert!(reported.events.iter().any(is_killed));
    }
}

#[test]
fn garbage_among_frames_drops_the_worker() {
    let settings = PoolSettings {
        arguments: vec!["unprotected".into()],
        ..settings(2)
    };
    check_bad_job(&settings, "garbage", "protocol 2");
}

#[test]
fn printing_and_chatter_are_harmless() {
    let reported = run(&settings(1), &["print", "chatter", "print", "echo a"]);
    assert_eq!(reported.ends(), ["done", "done", "done", "a"]);
    let stderr = reported.events.iter().find_map(|event| match event {
        PoolEvent::WorkerEnded { stderr, .. } => Some(stderr),
        _ => None,
    });
    let stderr = stderr.unwrap();
    assert!(stderr.ends_with("hello\n") && stderr.len() <= 8 << 10);
}

#[test]
fn large_worker_is_recycled_between_jobs() {
    let settings = PoolSettings {
        recycle_above_bytes: Some(48 << 20),
        ..settings(1)
    };
    let reported = run(&settings, &["leak", "echo a", "leak", "echo b", "echo c"]);
    assert_eq!(reported.ends(), ["done", "a", "done", "b", "c"]);
    let is_recycled = |event: &&PoolEvent| matches!(event, PoolEvent::Recycled { n_bytes, .. } if *n_bytes > 64 << 20);
    assert_eq!(reported.events.iter().filter(is_recycled).count(), 2);
    assert_eq!(reported.report().n_restarts, 2);
}

#[test]
fn grandchildren_go_with_their_worker() {
    let folder = tempfile::tempdir().unwrap();
    let marker = folder.path().join("pid");
    let reported = run(&settings(1), &[&format!("grandchild {}", marker.display())]);
    assert_eq!(reported.ends(), ["died 2: exit status 3"]);
    for pid in fs_err::read_to_string(marker).unwrap().lines() {
        let pid = pid.parse().unwrap();
        wait_until("the grandchild goes", || is_gone(pid));
    }
}

#[test]
fn escaped_grandchild_that_keeps_the_pipes_does_not_hold_up_the_pool() {
    let folder = tempfile::tempdir().unwrap();
    let marker = folder.path().join("pid");
    let job = format!("escaped-grandchild {}", marker.display());
    let reported = run(&settings(1), &[&job, "echo a"]);
    assert_eq!(reported.ends(), ["died 2: exit status 3", "a"]);
    for pid in fs_err::read_to_string(marker).unwrap().lines() {
        let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
        kill_process(pid, Signal::KILL).unwrap();
    }
}

#[test]
fn programs_that_are_no_workers_are_named() {
    let check = |arguments: &[&str], program: &str, expected: &str| {
        let settings = PoolSettings {
            program: program.into(),
            arguments: arguments.iter().map(Into::into).collect(),
            start_timeout: if arguments == ["hang"] {
                SHORT
            } else {
                PATIENCE
            },
            ..settings(2)
        };
        let error = run(&settings, &["echo a", "echo b"]).error();
        assert!(
            error.contains(program) && error.contains(expected),
            "{error}"
        );
    };
    check(&["garbage"], WORKER, "does not answer as a worker");
    check(&["die"], WORKER, "no such library");
    check(&["hang"], WORKER, "not ready in time");
    check(&[], "/no/such/program", "cannot start");
}

#[test]
fn worker_that_cannot_be_set_up_fails_the_run_in_its_own_words() {
    let settings = PoolSettings {
        setup: b"refuse model missing".to_vec(),
        ..settings(2)
    };
    let reported = run(&settings, &["echo a", "echo b", "echo c"]);
    assert!(
        reported.error().contains("model missing"),
        "{}",
        reported.error()
    );
    assert!(reported.pids().len() <= 2);
}

#[test]
fn pool_goes_on_with_the_workers_that_can_be_set_up() {
    let folder = tempfile::tempdir().unwrap();
    let ticket = folder.path().join("ticket");
    fs_err::write(&ticket, "").unwrap();
    let settings = PoolSettings {
        setup: format!("refuse-without {}", ticket.display()).into_bytes(),
        ..settings(2)
    };
    let reported = run(&settings, &["nap", "nap", "nap", "nap", "nap"]);
    assert_eq!(reported.ends(), ["done"; 5]);
}

#[test]
fn breaker_stops_a_run_in_which_every_job_kills() {
    let settings = PoolSettings {
        max_deaths_in_a_row: 6,
        ..settings(2)
    };
    let reported = run(&settings, &["exit"; 50]);
    assert!(reported.error().contains("6 workers died in a row"));
    assert!(reported.error().contains("exit status 3"));
}

#[test]
fn graceful_stop_finishes_what_is_in_hand_and_takes_nothing_new() {
    let folder = tempfile::tempdir().unwrap();
    let marker = folder.path().join("go on");
    let job = format!("wait-for {}", marker.display());
    let stop = StopHandle::new();
    let reported = run_with(&settings(1), &[&job, "echo a", "echo b"], &stop, |event| {
        match event {
            PoolEvent::JobStarted { .. } => stop.stop_gracefully(),
            // By now the wish is known.
            PoolEvent::Tick { .. } if stop.level() != workers::StopLevel::Run => {
                fs_err::write(&marker, "").unwrap();
            }
            _ => {}
        }
    });
    // The job in reserve may have begun before the wish arrived; the one that no worker had may not.
    assert_eq!(reported.ends()[0], "done");
    assert!(reported.report().was_stopped);
    assert!(reported.report().abandoned.ends_with(&[JobId(2)]));
    assert_eq!(reported.ends().len() + reported.report().abandoned.len(), 3);
}

#[test]
fn stop_kills_at_once_or_when_the_grace_is_over() {
    let check = |grace, ask: fn(&StopHandle)| {
        let settings = PoolSettings {
            grace,
            ..settings(2)
        };
        let stop = StopHandle::new();
        let reported = run_with(&settings, &["hang", "hang", "hang"], &stop, |event| {
            if matches!(event, PoolEvent::JobStarted { .. }) {
                ask(&stop);
            }
        });
        assert!(reported.ends().is_empty());
        assert_eq!(reported.report().abandoned, [JobId(0), JobId(1), JobId(2)]);
    };
    check(PATIENCE, StopHandle::stop_now);
    check(SHORT, StopHandle::stop_gracefully);
}

#[test]
fn panic_in_the_caller_leaves_no_child() {
    let mut pid = 0;
    let mut jobs = [b"hang".to_vec()].into_iter();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        run_pool(
            &settings(1),
            &mut jobs,
            &StopHandle::new(),
            &mut |event| match event {
                PoolEvent::WorkerStarted { pid: started, .. } => pid = started.unwrap_or(0),
                PoolEvent::JobStarted { .. } => panic!("on purpose"),
                _ => {}
            },
        )
    }));
    assert!(outcome.is_err());
    assert!(is_gone(pid));
}

#[test]
fn workers_killed_at_random_cost_no_job() {
    let jobs = ["nap"; 40];
    let mut pids = Vec::new();
    let mut n_done = 0;
    let reported = run_with(
        &settings(2),
        &jobs,
        &StopHandle::new(),
        |event| match event {
            PoolEvent::WorkerStarted { pid, .. } => pids.extend(*pid),
            // Far enough apart that a second attempt is over before the next blow.
            PoolEvent::JobDone { .. } => {
                n_done += 1;
                if n_done % 15 == 5 {
                    let pid = Pid::from_raw(*pids.last().unwrap() as i32).unwrap();
                    // It may have ended by itself.
                    let _ = kill_process(pid, Signal::KILL);
                }
            }
            _ => {}
        },
    );
    assert_eq!(reported.ends(), ["done"; 40]);
    assert!(reported.report().n_restarts >= 2);
}

#[test]
fn workers_die_with_a_parent_that_is_killed() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the parent under test is a program of its own"
    )]
    let mut parent = Command::new(WORKER)
        .args(["pool", "spin"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = parent.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let pid = line.trim().parse().unwrap();
    assert!(!is_gone(pid));
    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_until("the worker dies", || is_gone(pid));
}
