//! What the end of a worker means for the job in hand, for the place in the pool, and for the run.

use std::time::Instant;

use super::slot::{Job, State};
use super::{Phase, Schedule, TIME_LIMITS_MAX};
use crate::{EndReason, Failure, PoolError, PoolEvent, WorkerExit};

/// One death may be bad luck; a job that has killed two workers is not tried a third time.
const ATTEMPTS_MAX: u32 = 2;

/// Machines come and go by no fault of a job; one that was lost with so many machines may be what brings them down.
const LOSSES_MAX: u32 = 5;

/// A worker that cannot start three times in a row is not worth a fourth.
const START_FAILURES_MAX: u32 = 3;

/// What is written before an abort because memory ran out, by Rust programs and by C libraries such as parsers.
const ALLOCATION_FAILED: [[&str; 2]; 2] = [
    ["memory allocation of ", " bytes failed"],
    ["failed to allocate ", " bytes"],
];

/// The end of one process.
struct Ending {
    reason: EndReason,
    exit: WorkerExit,
    stderr: String,
    was_killed: bool,
}

impl Ending {
    /// Whether the job in hand may have caused it.
    fn blames_job(&self) -> bool {
        match self.reason {
            EndReason::Died | EndReason::HungUp | EndReason::BadFrame { .. } => true,
            // It was asked to end after its job; an end before that is its own doing.
            EndReason::Finished | EndReason::Recycled | EndReason::Relieved => !self.was_killed,
            _ => false,
        }
    }

    fn cause(&self) -> String {
        match &self.reason {
            EndReason::StartTimedOut => "it was not ready in time".to_owned(),
            EndReason::Silent => "it did not take up its job in time".to_owned(),
            EndReason::BadFrame { detail } => format!("it sent {detail}"),
            EndReason::HungUp => "it closed its output".to_owned(),
            EndReason::Lost => format!("{} ({})", self.exit, self.stderr.trim()),
            _ => self.exit.to_string(),
        }
    }

    fn to_failure(&self, n_attempts: u32) -> Failure {
        let (exit, stderr) = (self.exit, self.stderr.clone());
        let says = |words: &[&str; 2]| words.iter().all(|word| stderr.contains(word));
        if ALLOCATION_FAILED.iter().any(says) {
            return Failure::OutOfMemory {
                exit,
                stderr,
                n_attempts,
            };
        }
        match &self.reason {
            EndReason::BadFrame { detail } => Failure::Protocol {
                detail: detail.clone(),
                stderr,
                n_attempts,
            },
            _ => Failure::Died {
                exit,
                stderr,
                n_attempts,
            },
        }
    }
}

impl Schedule<'_> {
    pub(super) fn note_end(
        &mut self,
        worker: usize,
        exit: WorkerExit,
        stderr: String,
        now: Instant,
    ) -> Result<(), PoolError> {
        let slot = &mut self.slots[worker];
        let vacant = State::Vacant { not_before: None };
        let (reason, was_killed) = match std::mem::replace(&mut slot.state, vacant) {
            State::Killed(reason) => (reason, true),
            _ if exit == WorkerExit::Unknown => (EndReason::Lost, false),
            // The usual end of a process closes its output first.
            State::Asked(EndReason::HungUp) => (EndReason::Died, false),
            State::Asked(reason) => (reason, false),
            _ => (EndReason::Died, false),
        };
        let exit = match exit {
            WorkerExit::Signal(9) if was_killed => WorkerExit::KilledByPool,
            exit => exit,
        };
        slot.since = now;
        self.events.push(PoolEvent::WorkerEnded {
            worker,
            serial: slot.serial,
            exit,
            reason: reason.clone(),
            stderr: stderr.clone(),
        });
        let ending = Ending {
            reason,
            exit,
            stderr,
            was_killed,
        };
        let had_jobs = self.settle_jobs(worker, &ending, now);
        match self.phase {
            Phase::Working => self.judge(worker, ending, had_jobs),
            _ => Ok(()),
        }
    }

    /// Gives every job of an ended worker its end or its next attempt; returns whether there was one.
    fn settle_jobs(&mut self, worker: usize, ending: &Ending, now: Instant) -> bool {
        let slot = &mut self.slots[worker];
        let was_started = slot.started.take().is_some();
        let mut jobs = std::mem::take(&mut slot.jobs);
        let kept = std::mem::take(&mut slot.kept);
        let had_jobs = !jobs.is_empty();
        if was_started && let Some(job) = jobs.pop_front() {
            let is_late = ending.reason == EndReason::TimedOut { job: job.id };
            let is_spent = now >= self.end_of_time(&job);
            if is_late || (is_spent && ending.blames_job()) {
                let after = match is_spent {
                    true => self.settings.job_timeout * TIME_LIMITS_MAX,
                    false => self.settings.job_timeout,
                };
                self.fail(&job, Failure::TimedOut { after });
            } else if ending.reason == EndReason::Lost {
                self.note_loss(job, ending);
            } else if ending.blames_job() && self.phase == Phase::Working && !job.has_advanced {
                self.blame(job, ending);
            } else {
                self.put_back(job);
            }
        }
        while let Some(job) = jobs.pop_back() {
            self.put_back(job);
        }
        for job in kept.into_iter().rev() {
            let was_lost = true;
            self.put_back(Job { was_lost, ..job });
        }
        had_jobs
    }

    fn blame(&mut self, mut job: Job, ending: &Ending) {
        job.n_deaths += 1;
        if job.n_deaths < ATTEMPTS_MAX {
            self.retries.push_back(job);
        } else {
            let failure = ending.to_failure(job.n_deaths);
            self.fail(&job, failure);
        }
    }

    fn note_loss(&mut self, mut job: Job, ending: &Ending) {
        job.n_losses += 1;
        match job.n_losses {
            LOSSES_MAX.. => self.fail(&job, ending.to_failure(job.n_losses)),
            _ => self.put_back(job),
        }
    }

    fn fail(&mut self, job: &Job, failure: Failure) {
        self.report.n_failed += 1;
        let job = job.id;
        self.events.push(PoolEvent::JobFailed { job, failure });
    }

    /// Takes back a job that is not to blame.
    fn put_back(&mut self, job: Job) {
        match self.phase {
            Phase::Stopping { .. } => self.report.abandoned.push(job.id),
            _ if job.n_deaths > 0 => self.retries.push_front(job),
            _ => self.waiting.push_front(job),
        }
    }

    /// Decides whether the place in the pool, and the pool, can go on.
    fn judge(&mut self, worker: usize, ending: Ending, had_jobs: bool) -> Result<(), PoolError> {
        let program = self.settings.program.clone();
        let cause = ending.cause();
        let was_ready = self.slots[worker].was_ready;
        match ending.reason {
            EndReason::Refused { message } => {
                let cause = message.clone();
                self.retire(worker, cause, PoolError::Setup { message })
            }
            EndReason::BadFrame { detail } if !was_ready => Err(PoolError::Handshake {
                program,
                detail,
                stderr: ending.stderr,
            }),
            _ if !was_ready => {
                let n = self.count_start_failure(worker);
                let error = PoolError::DoNotStart {
                    program,
                    n,
                    cause: cause.clone(),
                    stderr: ending.stderr,
                };
                match n >= START_FAILURES_MAX {
                    true if self.was_any_ready => self.retire(worker, cause, error),
                    true => Err(error),
                    false => Ok(()),
                }
            }
            // An idle worker's death costs nothing, and nothing restarts it until there is work.
            EndReason::Relieved => {
                self.shrink(worker, "the memory budget is nearly used up".to_owned());
                Ok(())
            }
            EndReason::Died
            | EndReason::HungUp
            | EndReason::Lost
            | EndReason::BadFrame { .. }
            | EndReason::Silent
                if had_jobs =>
            {
                self.n_deaths_in_a_row += 1;
                let n = self.n_deaths_in_a_row;
                match n >= self.settings.max_deaths_in_a_row {
                    true => Err(PoolError::WorkersKeepDying {
                        n,
                        cause,
                        stderr: ending.stderr,
                    }),
                    false => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Counts over the whole pool while no worker was ever ready: then it is the program. Later it is this place's bad luck.
    fn count_start_failure(&mut self, worker: usize) -> u32 {
        let count = match self.was_any_ready {
            true => &mut self.slots[worker].n_start_failures,
            false => &mut self.n_start_failures_in_a_row,
        };
        *count += 1;
        *count
    }

    /// Goes on without this place if a worker lives elsewhere.
    pub(super) fn retire(
        &mut self,
        worker: usize,
        cause: String,
        error: PoolError,
    ) -> Result<(), PoolError> {
        match self.shrink(worker, cause) {
            0 => Err(error),
            _ => Ok(()),
        }
    }

    /// Gives up a place; returns how many are left.
    fn shrink(&mut self, worker: usize, cause: String) -> usize {
        self.slots[worker].state = State::Retired;
        let n_left = self.slots.iter().filter(|slot| slot.has_prospect()).count();
        if n_left > 0 {
            self.events.push(PoolEvent::PoolShrunk {
                worker,
                n_left,
                cause,
            });
        }
        n_left
    }
}
