//! Decides: which worker gets which job, how long to wait for what, and what an end means for the job in hand.
//!
//! Pure: notes and times go in, commands and events come out. Processes, pipes and clocks are `pool`'s. Start at
//! [`Schedule::plan`] and [`Schedule::note`].

mod ending;
mod relief;
mod slot;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use self::slot::{Job, Slot, State};
use crate::message::{FromWorker, PROTOCOL_VERSION};
use crate::note::Note;
use crate::{EndReason, JobId, PoolError, PoolEvent, PoolReport, PoolSettings, Serial, StopLevel};

/// Together 3.1 s: a machine that is short of processes or file handles for longer needs a person.
const SPAWN_BACKOFF: Duration = Duration::from_millis(50);
const SPAWN_RETRIES_MAX: u32 = 6;

/// Time limits that a job may take in all, however often it says that it has come further: a file that takes ten of them is one that a
/// person should hear of, and a worker that was taken over must not live for ever by saying so.
const TIME_LIMITS_MAX: u32 = 10;

/// What is to be done to a worker.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Spawn { serial: Serial },
    Give { job: JobId, payload: Vec<u8> },
    Finish,
    Kill,
}

/// The whole state of a run.
pub(crate) struct Schedule<'a> {
    settings: &'a PoolSettings,
    slots: Vec<Slot>,
    /// Jobs that were taken from the iterator and are nobody's.
    waiting: VecDeque<Job>,
    /// Jobs that have killed a worker once, for a fresh worker each.
    retries: VecDeque<Job>,
    phase: Phase,
    was_any_ready: bool,
    n_start_failures_in_a_row: u32,
    n_deaths_in_a_row: u32,
    n_pulled: u64,
    n_spawned: u64,
    report: PoolReport,
    commands: Vec<(usize, Command)>,
    events: Vec<PoolEvent>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Working,
    /// Every job has its end; workers are going home.
    Closing,
    /// Workers may finish what they have in hand until then.
    Stopping {
        until: Instant,
    },
}

impl<'a> Schedule<'a> {
    pub(crate) fn new(settings: &'a PoolSettings, now: Instant) -> Schedule<'a> {
        let n_workers = settings.n_workers.max(1);
        Schedule {
            settings,
            slots: (0..n_workers).map(|_| Slot::new(now)).collect(),
            waiting: VecDeque::new(),
            retries: VecDeque::new(),
            phase: Phase::Working,
            was_any_ready: false,
            n_start_failures_in_a_row: 0,
            n_deaths_in_a_row: 0,
            n_pulled: 0,
            n_spawned: 0,
            report: PoolReport::default(),
            commands: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Returns what is to be done since the last call.
    pub(crate) fn take_commands(&mut self) -> Vec<(usize, Command)> {
        std::mem::take(&mut self.commands)
    }

    /// Returns what is to be reported since the last call.
    pub(crate) fn take_events(&mut self) -> Vec<PoolEvent> {
        std::mem::take(&mut self.events)
    }

    /// Whether nothing will happen any more.
    pub(crate) fn is_over(&self) -> bool {
        self.phase != Phase::Working && !self.slots.iter().any(Slot::has_process)
    }

    pub(crate) fn into_report(self) -> PoolReport {
        let mut report = self.report;
        report.abandoned.sort_unstable();
        report.n_workers = self.slots.iter().filter(|slot| slot.n_spawns > 0).count();
        report
    }

    /// Gives jobs to workers, starts workers for jobs, and sends the workers home when every job has its end.
    pub(crate) fn plan(&mut self, jobs: &mut dyn Iterator<Item = Vec<u8>>, now: Instant) {
        if self.phase != Phase::Working {
            return;
        }
        self.give_to_idle(jobs, now);
        self.prefetch(jobs, now);
        self.refresh_for_retries(now);
        self.spawn_where_needed(now);
        let is_done = self.waiting.is_empty()
            && self.retries.is_empty()
            && self.slots.iter().all(|slot| slot.jobs.is_empty());
        if is_done {
            self.phase = Phase::Closing;
            self.send_home(now);
        }
    }

    fn give_to_idle(&mut self, jobs: &mut dyn Iterator<Item = Vec<u8>>, now: Instant) {
        for worker in 0..self.slots.len() {
            if !self.slots[worker].is_idle() {
                continue;
            }
            let retry = match self.slots[worker].is_fresh {
                true => self.retries.pop_front(),
                false => None,
            };
            self.fill_reserve(jobs);
            if let Some(job) = retry.or_else(|| self.waiting.pop_front()) {
                self.give(worker, job, now);
            }
        }
    }

    /// Gives further jobs only from beyond the reserve: a job behind a long one would be late when another worker is free.
    fn prefetch(&mut self, jobs: &mut dyn Iterator<Item = Vec<u8>>, now: Instant) {
        for _ in 0..self.settings.n_ahead {
            let mut is_any_given = false;
            for worker in 0..self.slots.len() {
                self.fill_reserve(jobs);
                let is_suspect = self.waiting.front().is_some_and(Job::is_suspect);
                if !is_suspect
                    && self.slots[worker].can_prefetch(self.settings.n_ahead)
                    && self.waiting.len() > self.slots.len()
                    && let Some(job) = self.waiting.pop_front()
                {
                    self.give(worker, job, now);
                    is_any_given = true;
                }
            }
            if !is_any_given {
                return;
            }
        }
    }

    /// Takes jobs from the iterator until there is one for every worker and one to spare.
    fn fill_reserve(&mut self, jobs: &mut dyn Iterator<Item = Vec<u8>>) {
        while self.waiting.len() <= self.slots.len() {
            let Some(payload) = jobs.next() else { return };
            self.waiting.push_back(Job {
                id: JobId(self.n_pulled),
                payload,
                n_deaths: 0,
                n_losses: 0,
                n_steps: 0,
                has_advanced: false,
                was_lost: false,
                first_started: None,
            });
            self.n_pulled += 1;
        }
    }

    fn give(&mut self, worker: usize, job: Job, now: Instant) {
        let slot = &mut self.slots[worker];
        if slot.jobs.is_empty() {
            slot.since = now;
        }
        slot.is_fresh = false;
        let payload = job.payload.clone();
        let command = Command::Give {
            job: job.id,
            payload,
        };
        slot.jobs.push_back(job);
        self.commands.push((worker, command));
    }

    /// A death leaves room for the fresh worker that the job's second attempt needs; unless that worker is not available.
    fn refresh_for_retries(&mut self, now: Instant) {
        let is_short =
            !self.retries.is_empty() && !self.slots.iter().any(Slot::brings_fresh_worker);
        let is_ready = |slot: &Slot| matches!(slot.state, State::Ready);
        if is_short && let Some(worker) = self.slots.iter().position(is_ready) {
            self.ask(worker, EndReason::Recycled, now);
        }
    }

    fn spawn_where_needed(&mut self, now: Instant) {
        let is_starting = |slot: &&Slot| matches!(slot.state, State::Starting);
        let n_starting = self.slots.iter().filter(is_starting).count();
        let n_wanted = (self.waiting.len() + self.retries.len()).saturating_sub(n_starting);
        let is_vacant = |slot: &Slot| match slot.state {
            State::Vacant { not_before } => not_before.is_none_or(|time| time <= now),
            _ => false,
        };
        let vacant: Vec<usize> = (0..self.slots.len())
            .filter(|&worker| is_vacant(&self.slots[worker]))
            .take(n_wanted)
            .collect();
        for worker in vacant {
            let slot = &mut self.slots[worker];
            (slot.state, slot.since) = (State::Starting, now);
            (slot.was_ready, slot.is_fresh, slot.is_placed) = (false, true, false);
            self.report.n_restarts += u32::from(slot.n_spawns > 0);
            slot.n_spawns += 1;
            slot.serial = Serial(self.n_spawned);
            self.n_spawned += 1;
            let serial = slot.serial;
            self.commands.push((worker, Command::Spawn { serial }));
        }
    }

    /// Takes note of what happened to a worker.
    pub(crate) fn note(&mut self, worker: usize, note: Note, at: Instant) -> Result<(), PoolError> {
        match note {
            Note::Spawned { pid } => {
                let slot = &mut self.slots[worker];
                (slot.is_placed, slot.since) = (true, at);
                slot.n_spawn_failures = 0;
                let serial = slot.serial;
                self.events.push(PoolEvent::WorkerStarted {
                    worker,
                    serial,
                    pid,
                });
            }
            Note::NotSpawned { error } => return self.note_not_spawned(worker, error, at),
            Note::Said(message) => return self.note_message(worker, message, at),
            Note::Garbage { detail } => self.drop_worker(worker, detail),
            Note::HungUp => {
                if matches!(self.slots[worker].state, State::Starting | State::Ready) {
                    self.slots[worker].state = State::Asked(EndReason::HungUp);
                    self.slots[worker].since = at;
                }
            }
            Note::Ended { exit, stderr } => return self.note_end(worker, exit, stderr, at),
        }
        Ok(())
    }

    fn note_not_spawned(
        &mut self,
        worker: usize,
        error: io::Error,
        now: Instant,
    ) -> Result<(), PoolError> {
        let slot = &mut self.slots[worker];
        let is_last = slot.n_spawn_failures >= SPAWN_RETRIES_MAX;
        let wait = SPAWN_BACKOFF * 2_u32.pow(slot.n_spawn_failures);
        slot.state = State::Vacant { not_before: None };
        if is_shortage(&error) && !is_last {
            slot.n_spawn_failures += 1;
            slot.state = State::Vacant {
                not_before: Some(now + wait),
            };
            return Ok(());
        }
        let cause = format!("cannot start a process: {error}");
        let program = self.settings.program.clone();
        let error = PoolError::Spawn {
            program,
            source: error,
        };
        match is_last {
            true => self.retire(worker, cause, error),
            false => Err(error),
        }
    }

    fn note_message(
        &mut self,
        worker: usize,
        message: FromWorker,
        at: Instant,
    ) -> Result<(), PoolError> {
        let slot = &mut self.slots[worker];
        match message {
            FromWorker::Ready { version } if version != PROTOCOL_VERSION => {
                return Err(PoolError::Version {
                    program: self.settings.program.clone(),
                    ours: PROTOCOL_VERSION,
                    theirs: version,
                });
            }
            FromWorker::Ready { .. } if !slot.was_ready => {
                (slot.was_ready, slot.is_placed) = (true, true);
                slot.n_start_failures = 0;
                self.was_any_ready = true;
                if matches!(slot.state, State::Starting) {
                    (slot.state, slot.since) = (State::Ready, at);
                }
            }
            FromWorker::Refused { message } if !slot.was_ready => {
                if matches!(slot.state, State::Starting) {
                    slot.state = State::Asked(EndReason::Refused { message });
                    slot.since = at;
                }
            }
            FromWorker::Started { job } if slot.take_up(job, at) => {
                self.events.push(PoolEvent::JobStarted { job, worker });
            }
            FromWorker::Progress { job, n_steps } if slot.is_at(job) => {
                let head = &mut slot.jobs[0];
                if n_steps > head.n_steps {
                    (head.n_steps, head.has_advanced) = (n_steps, true);
                    slot.started = Some(at);
                    self.n_deaths_in_a_row = 0;
                }
            }
            FromWorker::Done {
                job,
                n_private_bytes,
                reply,
            } if slot.take_away(job, at) => {
                self.n_deaths_in_a_row = 0;
                self.report.n_done += 1;
                self.events.push(PoolEvent::JobDone { job, worker, reply });
                self.recycle_if_large(worker, n_private_bytes, at);
            }
            _ => self.drop_worker(worker, "a message out of turn".to_owned()),
        }
        Ok(())
    }

    fn recycle_if_large(&mut self, worker: usize, n_bytes: u64, now: Instant) {
        let limit = self.settings.recycle_above_bytes.unwrap_or(u64::MAX);
        let slot = &self.slots[worker];
        if n_bytes > limit && matches!(slot.state, State::Ready) {
            let serial = slot.serial;
            self.events.push(PoolEvent::Recycled {
                worker,
                serial,
                n_bytes,
            });
            self.ask(worker, EndReason::Recycled, now);
        }
    }

    fn drop_worker(&mut self, worker: usize, detail: String) {
        if !matches!(self.slots[worker].state, State::Killed(_)) {
            self.kill(worker, EndReason::BadFrame { detail });
        }
    }

    /// Follows the caller's wish to stop.
    pub(crate) fn obey(&mut self, level: StopLevel, now: Instant) {
        if level >= StopLevel::Gracefully && self.phase == Phase::Working {
            let until = now + self.settings.grace;
            self.phase = Phase::Stopping { until };
            self.report.was_stopped = true;
            let unstarted = self.waiting.drain(..).chain(self.retries.drain(..));
            self.report.abandoned.extend(unstarted.map(|job| job.id));
            self.send_home(now);
        }
        if level == StopLevel::Now {
            for worker in 0..self.slots.len() {
                let slot = &self.slots[worker];
                if slot.has_process() && !matches!(slot.state, State::Killed(_)) {
                    self.kill(worker, EndReason::Stopped);
                }
            }
        }
    }

    fn send_home(&mut self, now: Instant) {
        for worker in 0..self.slots.len() {
            match self.slots[worker].state {
                State::Ready => self.ask(worker, EndReason::Finished, now),
                State::Starting => self.kill(worker, EndReason::Finished),
                _ => {}
            }
        }
    }

    fn ask(&mut self, worker: usize, reason: EndReason, now: Instant) {
        self.slots[worker].state = State::Asked(reason);
        self.slots[worker].since = now;
        self.commands.push((worker, Command::Finish));
    }

    fn kill(&mut self, worker: usize, reason: EndReason) {
        self.slots[worker].state = State::Killed(reason);
        self.commands.push((worker, Command::Kill));
    }

    /// Kills the workers whose time is up.
    pub(crate) fn expire(&mut self, now: Instant) {
        for worker in 0..self.slots.len() {
            if let Some((deadline, reason)) = self.deadline_of(&self.slots[worker])
                && deadline <= now
            {
                self.kill(worker, reason);
            }
        }
    }

    /// Returns when to call [`Schedule::expire`] and [`Schedule::plan`] at the latest.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let next_of = |slot: &Slot| match slot.state {
            State::Vacant { not_before } => not_before,
            _ => self.deadline_of(slot).map(|(deadline, _)| deadline),
        };
        self.slots.iter().filter_map(next_of).min()
    }

    fn deadline_of(&self, slot: &Slot) -> Option<(Instant, EndReason)> {
        let settings = self.settings;
        let overtime = slot.started.zip(slot.jobs.front()).map(|(at, head)| {
            let job = head.id;
            let time = self.end_of_time(head).min(at + settings.job_timeout);
            (time, EndReason::TimedOut { job })
        });
        match &slot.state {
            // Whoever starts workers elsewhere may have to wait for room.
            State::Starting if !slot.is_placed => None,
            State::Starting => Some((
                slot.since + settings.start_timeout,
                EndReason::StartTimedOut,
            )),
            State::Ready if slot.jobs.is_empty() => None,
            State::Ready => overtime.or(Some((
                slot.since + settings.start_timeout,
                EndReason::Silent,
            ))),
            State::Asked(reason) => {
                let asked_since = slot.since + settings.grace;
                match (self.phase, overtime) {
                    // No reply can come any more.
                    _ if *reason == EndReason::HungUp => Some((asked_since, reason.clone())),
                    (Phase::Stopping { until }, Some(overtime)) if until < overtime.0 => {
                        Some((until, reason.clone()))
                    }
                    (_, Some(overtime)) => Some(overtime),
                    (Phase::Stopping { until }, None) => Some((until, reason.clone())),
                    (_, None) => Some((asked_since, reason.clone())),
                }
            }
            State::Vacant { .. } | State::Killed(_) | State::Retired => None,
        }
    }

    /// Returns when all the time is over that a job may take in all its attempts.
    fn end_of_time(&self, job: &Job) -> Instant {
        let first_started = job.first_started.unwrap_or_else(Instant::now);
        first_started + self.settings.job_timeout * TIME_LIMITS_MAX
    }
}

/// Whether the machine is short of something now, as opposed to a program that cannot be started at all.
fn is_shortage(error: &io::Error) -> bool {
    use io::ErrorKind::{ExecutableFileBusy, OutOfMemory, WouldBlock};
    matches!(error.kind(), WouldBlock | OutOfMemory | ExecutableFileBusy)
        || crate::unix::is_out_of_file_handles(error)
}
