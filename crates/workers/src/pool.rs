//! The parent's loop: waits for reports and deadlines, lets [`Schedule`] decide, and does what it says.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::message::{Hello, PROTOCOL_VERSION, ToWorker};
use crate::process::{Process, Report, What};
use crate::schedule::{Command, Note, Schedule};
use crate::{PoolError, PoolEvent, PoolReport, PoolSettings, StopHandle, memory};

/// Fine enough for a memory curve and a progress bar, and the longest that a wish to stop waits to be seen.
const TICK: Duration = Duration::from_millis(100);

/// Often enough to see the peak of one file, seldom enough to cost nothing: the kernel walks every page to tell.
const TICKS_A_SAMPLE: u32 = 2;

/// Runs jobs in worker processes until every one of them has its end, or the run is stopped.
///
/// Jobs are taken from the iterator as workers need them, at most three a worker ahead, and end in any order. Neither the
/// iterator nor `on_event` should block for long: workers have one job each in reserve, then they wait.
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
    let mut pool = Pool {
        settings,
        schedule: Schedule::new(settings, Instant::now()),
        processes: Vec::new(),
        reporter,
        reports,
        next_tick: Instant::now(),
        scale: Scale::default(),
    };
    pool.processes
        .resize_with(settings.n_workers.max(1), || None);
    loop {
        let outcome = pool.listen().and_then(|()| pool.step(jobs, stop));
        for event in pool.schedule.take_events() {
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

struct Pool<'a> {
    settings: &'a PoolSettings,
    schedule: Schedule<'a>,
    processes: Vec<Option<Process>>,
    reporter: Sender<Report>,
    reports: Receiver<Report>,
    next_tick: Instant,
    scale: Scale,
}

/// The memory of all processes, as last sampled.
#[derive(Default)]
struct Scale {
    n_bytes: u64,
    n_ticks: u32,
}

impl Pool<'_> {
    /// Decides, and hands out work before anybody is told what happened.
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
        if command == Command::Spawn {
            return self.spawn(worker);
        }
        // Without a process the command comes too late.
        let Some(process) = &self.processes[worker] else {
            return Ok(());
        };
        match command {
            Command::Spawn => {}
            Command::Give { job, payload } => process.send(ToWorker::Job { job, payload }),
            Command::Finish => process.send(ToWorker::Finish),
            Command::Kill => process.kill(),
        }
        Ok(())
    }

    fn spawn(&mut self, worker: usize) -> Result<(), PoolError> {
        let note = match Process::spawn(self.settings, worker, &self.reporter) {
            Err(error) => Note::NotSpawned { error },
            Ok(process) => {
                process.send(ToWorker::Hello(Hello {
                    version: PROTOCOL_VERSION,
                    data_limit_bytes: self.settings.data_limit_bytes,
                    confinement: self.settings.confinement.clone(),
                    setup: self.settings.setup.clone(),
                }));
                let pid = process.pid;
                self.processes[worker] = Some(process);
                Note::Spawned { pid }
            }
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
        if !self.scale.n_ticks.is_multiple_of(TICKS_A_SAMPLE) {
            return;
        }
        let pss_of = |process: &Option<Process>| {
            let process = process.as_ref()?;
            memory::pss_of(process.pid)
        };
        let by_worker: Vec<u64> = self
            .processes
            .iter()
            .map(|process| pss_of(process).unwrap_or(0))
            .collect();
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
        let first = self.reports.recv_deadline(deadline).ok();
        for report in first.into_iter().chain(self.reports.try_iter()) {
            let worker = report.worker;
            // A late word about a predecessor is about nobody.
            let is_current = |process: &mut Process| process.pid == report.pid;
            let note = match report.what {
                What::Noted(note) if self.processes[worker].as_mut().is_some_and(is_current) => {
                    note
                }
                What::Noted(_) => continue,
                What::Ended => match self.processes[worker].take_if(is_current) {
                    Some(process) => process.reap(),
                    None => continue,
                },
            };
            self.schedule.note(worker, note, report.at)?;
        }
        Ok(())
    }
}
