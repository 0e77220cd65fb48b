//! What becomes of files: what an executor reports, in the words of a run.

use domain::{Problem, ProblemKind};
use workers::{EndReason, Executor, Failure, PoolEvent, StopHandle, StopLevel};

use super::{Run, RunRequest, new_problem};
use crate::discover::FileChange;
use crate::error::RunError;
use crate::events::Event;
use crate::job::JobReply;
use crate::run::jobs::Jobs;

/// Files that go through an executor together.
struct Round<'a, 'c> {
    jobs: &'a [&'c FileChange],
    /// Files that were too much for a worker's share, if there will be another round for them.
    too_large: Option<Vec<&'c FileChange>>,
}

impl Run<'_> {
    /// Has files turned into rows; those that need more memory than one of several workers may have get another turn, one at a time, with
    /// all of the budget.
    pub(super) fn execute(
        &mut self,
        request: &RunRequest,
        jobs: &[&FileChange],
        executor: &mut dyn Executor,
        stop: &StopHandle,
    ) -> Result<(), RunError> {
        let alone = executor.alone();
        let round = Round {
            jobs,
            too_large: alone.is_some().then(Vec::new),
        };
        let too_large = self.execute_round(request, round, executor, stop)?;
        let Some(mut alone) = alone.filter(|_| !too_large.is_empty()) else {
            return Ok(());
        };
        if stop.level() != StopLevel::Run {
            return Ok(());
        }
        self.emit(Event::Notice(format!(
            "{} files need more memory than a worker's share and are tried alone with all of it",
            too_large.len(),
        )));
        let round = Round {
            jobs: &too_large,
            too_large: None,
        };
        self.execute_round(request, round, alone.as_mut(), stop)?;
        Ok(())
    }

    /// Returns the files that were too large.
    fn execute_round<'c>(
        &mut self,
        request: &RunRequest,
        mut round: Round<'_, 'c>,
        executor: &mut dyn Executor,
        stop: &StopHandle,
    ) -> Result<Vec<&'c FileChange>, RunError> {
        let jobs = Jobs::of(self.generation(), request, executor)?;
        let mut requests = round.jobs.iter().map(|change| jobs.encode(change));
        let mut fatal = None;
        let outcome = executor.execute(&mut requests, stop, &mut |event| {
            if fatal.is_none()
                && let Err(error) = self.take(&mut round, event)
            {
                // Every further file would end the same way.
                fatal = Some(error);
                stop.stop_now();
            }
        });
        if let Some(error) = fatal {
            return Err(error);
        }
        let report = outcome?;
        self.n_workers = self.n_workers.max(report.n_workers);
        self.n_restarts += report.n_restarts;
        self.was_stopped |= report.was_stopped;
        Ok(round.too_large.unwrap_or_default())
    }

    fn take<'c>(&mut self, round: &mut Round<'_, 'c>, event: PoolEvent) -> Result<(), RunError> {
        let jobs = round.jobs;
        // A job's number is its place in the order in which the pool took the jobs, which is the order of `jobs`.
        let change_of = |job: workers::JobId| {
            jobs[usize::try_from(job.0).expect("as many jobs as fit a slice")]
        };
        match event {
            PoolEvent::WorkerStarted { worker, .. } => {
                self.emit(Event::WorkerStarted { worker });
            }
            PoolEvent::WorkerEnded {
                worker,
                exit,
                reason,
                stderr,
                ..
            } => {
                if !matches!(
                    reason,
                    EndReason::Finished | EndReason::Stopped | EndReason::Relieved
                ) {
                    self.emit(Event::WorkerEnded {
                        worker,
                        reason: match reason {
                            EndReason::Lost => format!("{exit}{}", said(&stderr)),
                            reason => format!("{} ({exit})", reason_in_words(&reason)),
                        },
                    });
                }
            }
            PoolEvent::JobStarted { job, worker } => {
                self.emit(Event::FileStarted {
                    worker,
                    path: change_of(job).path.clone(),
                });
            }
            PoolEvent::JobDone { job, reply, .. } => {
                let change = change_of(job);
                self.take_reply(change, decode(change, &reply))?;
            }
            PoolEvent::JobFailed { job, failure }
                if round.too_large.is_some() && is_for_lack_of_memory(&failure) =>
            {
                let change = change_of(job);
                round.too_large.get_or_insert_default().push(change);
            }
            PoolEvent::JobFailed { job, failure } => {
                let change = change_of(job);
                self.take_problem(change, problem_of(change, &failure))?;
            }
            PoolEvent::Recycled {
                worker, n_bytes, ..
            } => {
                self.emit(Event::Notice(format!(
                    "worker {worker} held {} MiB and is replaced",
                    n_bytes >> 20
                )));
            }
            PoolEvent::PoolShrunk { n_left, cause, .. } => {
                self.emit(Event::Notice(format!(
                    "going on with {n_left} workers: {cause}"
                )));
            }
            PoolEvent::Remark { text } => self.emit(Event::Notice(text)),
            PoolEvent::Tick { n_memory_bytes } => {
                self.memory.note(n_memory_bytes);
                self.tick();
            }
        }
        Ok(())
    }
}

fn decode(change: &FileChange, reply: &[u8]) -> JobReply {
    serde_json::from_slice(reply).unwrap_or_else(|error| {
        JobReply::Problem(new_problem(
            change,
            ProblemKind::Internal,
            format!("unreadable reply of the worker: {error}"),
        ))
    })
}

/// Whether its share was too small, or the kernel had to choose somebody: alone there is more room in both cases.
fn is_for_lack_of_memory(failure: &Failure) -> bool {
    match failure {
        Failure::OutOfMemory { .. } => true,
        Failure::Died { exit, .. } => exit.is_probably_out_of_memory(),
        Failure::TimedOut { .. } | Failure::Panicked | Failure::Protocol { .. } => false,
    }
}

fn problem_of(change: &FileChange, failure: &Failure) -> Problem {
    let (kind, cause) = match failure {
        Failure::TimedOut { after } => {
            (ProblemKind::Timeout, format!("took longer than {} s (--file-timeout)", after.as_secs_f64()))
        }
        Failure::OutOfMemory { .. } => {
            (ProblemKind::OutOfMemory, "its worker reached its share of memory; give more with --memory or use fewer --workers".to_owned())
        }
        Failure::Died { exit, .. } if exit.is_probably_out_of_memory() => (
            ProblemKind::OutOfMemory,
            format!("its worker was killed ({exit}), probably by the kernel for lack of memory; use fewer --workers or a larger memory limit"),
        ),
        Failure::Died { exit, stderr, .. } => (ProblemKind::Crash, format!("its worker died twice of {exit}{}", said(stderr))),
        Failure::Panicked => (ProblemKind::Internal, "a panic".to_owned()),
        Failure::Protocol { detail, .. } => (ProblemKind::Crash, format!("its worker sent an invalid message twice: {detail}")),
    };
    new_problem(change, kind, cause)
}

/// Returns the first line of what a worker said, which for a panic or an overflow names it.
fn said(stderr: &str) -> String {
    stderr
        .lines()
        .find(|line| !line.trim().is_empty())
        .map_or_else(String::new, |line| format!(": {}", line.trim()))
}

fn reason_in_words(reason: &EndReason) -> String {
    match reason {
        EndReason::Finished => "finished".to_owned(),
        EndReason::Recycled => "recycled".to_owned(),
        EndReason::Relieved => "stopped to free memory".to_owned(),
        EndReason::Refused { message } => format!("could not be set up: {message}"),
        EndReason::StartTimedOut => "did not start in time".to_owned(),
        EndReason::Silent => "did not take up its file".to_owned(),
        EndReason::TimedOut { .. } => "took too long".to_owned(),
        EndReason::BadFrame { detail } => format!("sent an invalid message: {detail}"),
        EndReason::HungUp => "closed its output".to_owned(),
        EndReason::Lost => "lost with what it ran on".to_owned(),
        EndReason::Stopped => "stopped".to_owned(),
        EndReason::Died => "died".to_owned(),
    }
}
