//! Who answers jobs: this thread, or a pool of workers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::{
    Failure, Handler, JobId, PoolError, PoolEvent, PoolReport, PoolSettings, StopHandle, StopLevel,
    memory, run_pool,
};

/// Answers jobs and reports what becomes of each: every job that is taken from the iterator ends in one [`PoolEvent::JobDone`] or
/// [`PoolEvent::JobFailed`], or in [`PoolReport::abandoned`].
pub trait Executor {
    /// Answers jobs until every one has its end, or `stop` asks for another.
    fn execute(
        &mut self,
        jobs: &mut dyn Iterator<Item = Vec<u8>>,
        stop: &StopHandle,
        on_event: &mut dyn FnMut(PoolEvent),
    ) -> Result<PoolReport, PoolError>;

    /// Returns one that answers a job at a time and has all the memory for it, where that is more than a worker of several has.
    fn alone(&self) -> Option<Box<dyn Executor>> {
        None
    }

    /// Whether the files that jobs are about can be read where they are answered.
    fn sees_files(&self) -> bool {
        true
    }
}

/// Worker processes.
#[derive(Clone, Debug)]
pub struct Pool {
    /// How they run side by side.
    pub settings: PoolSettings,
    /// What a worker may allocate when it has the budget to itself.
    pub alone_limit_bytes: Option<u64>,
}

impl Executor for Pool {
    fn execute(
        &mut self,
        jobs: &mut dyn Iterator<Item = Vec<u8>>,
        stop: &StopHandle,
        on_event: &mut dyn FnMut(PoolEvent),
    ) -> Result<PoolReport, PoolError> {
        run_pool(&self.settings, jobs, stop, on_event)
    }

    fn alone(&self) -> Option<Box<dyn Executor>> {
        let limit = self.alone_limit_bytes?;
        if self.settings.data_limit_bytes? >= limit {
            return None;
        }
        let settings = PoolSettings {
            n_workers: 1,
            data_limit_bytes: Some(limit),
            // A worker that grew with one file must not hand its garbage to the next.
            recycle_above_bytes: Some(0),
            ..self.settings.clone()
        };
        Some(Box::new(Pool {
            settings,
            alone_limit_bytes: None,
        }))
    }

    fn sees_files(&self) -> bool {
        self.settings.engine.is_none()
    }
}

/// Often enough to see the peak of one file, seldom enough to cost nothing: the kernel walks every page to tell.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(200);

/// This thread, one job after the other.
pub struct Inline<H> {
    handler: H,
    n_memory_bytes: u64,
    sampled_at: Option<Instant>,
}

impl<H: Handler> Inline<H> {
    /// Makes one; the handler must hold no half-done state when it unwinds.
    pub fn new(handler: H) -> Inline<H> {
        Inline {
            handler,
            n_memory_bytes: 0,
            sampled_at: None,
        }
    }

    fn tick(&mut self) -> PoolEvent {
        let is_due = self
            .sampled_at
            .is_none_or(|at| at.elapsed() >= SAMPLE_INTERVAL);
        if is_due {
            self.n_memory_bytes = memory::pss_of(std::process::id()).unwrap_or(0);
            self.sampled_at = Some(Instant::now());
        }
        PoolEvent::Tick {
            n_memory_bytes: self.n_memory_bytes,
        }
    }
}

impl<H: Handler> Executor for Inline<H> {
    fn execute(
        &mut self,
        jobs: &mut dyn Iterator<Item = Vec<u8>>,
        stop: &StopHandle,
        on_event: &mut dyn FnMut(PoolEvent),
    ) -> Result<PoolReport, PoolError> {
        let mut report = PoolReport::default();
        for number in 0.. {
            let Some(payload) = jobs.next() else { break };
            let (job, worker) = (JobId(number), 0);
            if stop.level() != StopLevel::Run {
                report.was_stopped = true;
                report.abandoned.push(job);
                break;
            }
            on_event(PoolEvent::JobStarted { job, worker });
            let mut handler = AssertUnwindSafe(&mut self.handler);
            let reply = catch_unwind(move || {
                let replies = handler.handle(&payload, &mut |_| {});
                // A job at a time: nothing waits that it could be kept for.
                replies.into_iter().chain(handler.settle()).next()
            });
            on_event(match reply {
                Ok(reply) => {
                    let reply = reply.expect("a handler has a reply for each job");
                    report.n_done += 1;
                    PoolEvent::JobDone { job, worker, reply }
                }
                Err(_) => {
                    report.n_failed += 1;
                    let failure = Failure::Panicked;
                    PoolEvent::JobFailed { job, failure }
                }
            });
            on_event(self.tick());
        }
        Ok(report)
    }
}
