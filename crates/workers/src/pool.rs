//! The parent's loop: waits for reports and deadlines, lets [`Schedule`] decide, and does what it says.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};

use crate::engine::{Engine, Opened};
use crate::message::ToWorker;
use crate::note::Note;
use crate::place::{Here, Place};
use crate::process::{Report, What};
use crate::schedule::{Command, Schedule};
use crate::{PoolError, PoolEvent, PoolReport, PoolSettings, Serial, StopHandle, memory};

/// Fine enough for a memory curve and a progress bar, and the longest that a wish to stop waits to be seen.
const TICK: Duration = Duration::from_millis(100);

/// Often enough to see the peak of one file, seldom enough to cost nothing: the kernel walks every page to tell.
const TICKS_PER_SAMPLE: u32 = 2;

/// Runs jobs in worker processes until every one of them has its end, or the run is stopped.
///
/// Jobs are taken from the iterator as workers need them, one a worker and what may wait in a worker ahead, and end in any order. Neither
/// the iterator nor `on_event` should block for long: workers have a job or more in reserve, then they wait.
///
/// The calling thread starts the workers, and a worker is killed when the thread that started it ends. However this function
/// returns, also by a panic in `on_event`, no worker is left.
pub fn run_pool(
    settings: &PoolSettings,
    jobs: &mut dyn Iterator<Item = Vec<u8>>,
    stop: &StopHandle,
    on_event: &mut dyn FnMut(PoolEvent),
) -> Result<PoolReport, PoolError> {
    let (reporter, reports) = unbounded();
    let mut settings = settings.clone();
    let engine = match &settings.engine {
        None => None,
        Some(engine) => match Engine::start(engine, &settings.setup, reporter.clone(), stop)? {
            Opened::Open { engine, n_workers } => {
                settings.n_workers = n_workers;
                Some(engine)
            }
            Opened::Stopped => {
                return Ok(PoolReport {
                    was_stopped: true,
                    ..PoolReport::default()
                });
            }
        },
    };
    let settings = &settings;
    let place: Box<dyn Place> = match engine {
        None => Box::new(Here::new(settings, reporter)),
        Some(engine) => Box::new(engine),
    };
    let mut pool = Running {
        schedule: Schedule::new(settings, Instant::now()),
        serials: vec![None; settings.n_workers.max(1)],
        place,
        reports,
        next_tick: Instant::now(),
        scale: Scale::default(),
        remarks: Vec::new(),
    };
    loop {
        let outcome = pool.listen().and_then(|()| pool.step(jobs, stop));
        let remarks = pool.remarks.drain(..);
        for event in remarks.chain(pool.schedule.take_events()) {
            on_event(event);
        }
        outcome?;
        if pool.schedule.is_over() {
            return Ok(pool.schedule.into_report());
        }
        if pool.is_tick() {
            pool.weigh();
            on_event(PoolEvent::Tick {
                n_memory_bytes: pool.scale.n_bytes,
            });
        }
    }
}

struct Running<'a> {
    schedule: Schedule<'a>,
    place: Box<dyn Place + 'a>,
    /// The process of each place in the pool, until its end is noted: a late word about a predecessor is about nobody.
    serials: Vec<Option<Serial>>,
    reports: Receiver<Report>,
    next_tick: Instant,
    scale: Scale,
    remarks: Vec<PoolEvent>,
}

/// The memory of all processes, as last sampled.
#[derive(Default)]
struct Scale {
    n_bytes: u64,
    n_ticks: u32,
}

impl Running<'_> {
    /// Decides, and hands out work before any event is reported.
    fn step(
        &mut self,
        jobs: &mut dyn Iterator<Item = Vec<u8>>,
        stop: &StopHandle,
    ) -> Result<(), PoolError> {
        let now = Instant::now();
        self.schedule.obey(stop.level(), now);
        self.schedule.expire(now);
        self.schedule.plan(jobs, now);
        for (worker, command) in self.schedule.take_commands() {
            self.execute(worker, command)?;
        }
        Ok(())
    }

    fn execute(&mut self, worker: usize, command: Command) -> Result<(), PoolError> {
        match command {
            Command::Spawn { serial } => return self.spawn(worker, serial),
            Command::Give { job, payload } => {
                self.place.send(worker, ToWorker::Job { job, payload });
            }
            Command::Finish => self.place.send(worker, ToWorker::Finish),
            Command::Kill => self.place.kill(worker),
        }
        Ok(())
    }

    fn spawn(&mut self, worker: usize, serial: Serial) -> Result<(), PoolError> {
        let spawned = self.place.spawn(worker, serial);
        self.serials[worker] = spawned.is_ok().then_some(serial);
        let note = match spawned {
            Err(error) => Note::NotSpawned { error },
            Ok(None) => return Ok(()),
            Ok(pid) => Note::Spawned { pid },
        };
        self.schedule.note(worker, note, Instant::now())
    }

    fn is_tick(&mut self) -> bool {
        let now = Instant::now();
        let is_tick = self.next_tick <= now;
        if is_tick {
            self.next_tick = now + TICK;
        }
        is_tick
    }

    /// Samples the memory of all processes, every few ticks, and lets the schedule react.
    fn weigh(&mut self) {
        self.scale.n_ticks += 1;
        if !self.scale.n_ticks.is_multiple_of(TICKS_PER_SAMPLE) {
            return;
        }
        let by_worker = self.place.memory();
        let own = memory::pss_of(std::process::id()).unwrap_or(0);
        self.scale.n_bytes = own + by_worker.iter().sum::<u64>();
        self.schedule
            .relieve(self.scale.n_bytes, &by_worker, Instant::now());
    }

    /// Waits for the first of a report, a deadline and the next tick, and takes in all reports that have come.
    ///
    /// All, because the loop may have been away for long: a reply that has come is no timeout.
    fn listen(&mut self) -> Result<(), PoolError> {
        let deadline = self
            .schedule
            .next_deadline()
            .map_or(self.next_tick, |time| time.min(self.next_tick));
        let mut next = self.reports.recv_deadline(deadline).ok();
        while let Some(report) = next {
            self.take(report)?;
            next = self.reports.try_recv().ok();
        }
        Ok(())
    }

    fn take(&mut self, report: Report) -> Result<(), PoolError> {
        let worker = report.worker;
        let is_current = || self.serials.get(worker) == Some(&Some(report.serial));
        let note = match report.what {
            What::Remark(text) => {
                self.remarks.push(PoolEvent::Remark { text });
                return Ok(());
            }
            What::Failed(message) => return Err(PoolError::Engine { message }),
            _ if !is_current() => return Ok(()),
            What::Noted(note) => note,
            What::Ended => match self.place.reap(worker) {
                Some(note) => note,
                None => return Ok(()),
            },
        };
        if matches!(note, Note::Ended { .. }) {
            self.serials[worker] = None;
        }
        self.schedule.note(worker, note, report.at)
    }
}
