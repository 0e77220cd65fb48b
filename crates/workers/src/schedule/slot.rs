//! One worker as the schedule sees it.

use std::collections::VecDeque;
use std::time::Instant;

use crate::{EndReason, JobId, Serial};

/// Bytes of jobs that may wait behind the one in hand: those of many small files, and not of a second large one.
const AHEAD_BYTES_MAX: usize = 1 << 20;

/// A job and how often it has cost a worker its life.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: JobId,
    pub(super) payload: Vec<u8>,
    pub(super) n_deaths: u32,
    /// How often the machine that it ran on was lost.
    pub(super) n_losses: u32,
    /// How far it has come, in all attempts.
    pub(super) n_steps: u64,
    /// Whether the attempt in hand has come further than those before it.
    pub(super) has_advanced: bool,
    /// Whether it was lost with a worker that kept it: it is done by itself then, so that who is to blame is known the next time.
    pub(super) was_lost: bool,
    /// When a worker took it up for the first time.
    pub(super) first_started: Option<Instant>,
}

impl Job {
    /// Whether a worker died that had it.
    pub(super) fn is_suspect(&self) -> bool {
        self.n_deaths > 0 || self.was_lost
    }
}

/// One worker's place in the pool.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) state: State,
    pub(super) serial: Serial,
    /// Whether the process is there: whoever starts workers elsewhere may need a while.
    pub(super) is_placed: bool,
    /// When the state began, or the job in hand was given: what waits for the worker counts from here.
    pub(super) since: Instant,
    /// What the worker was given and has not answered, in order; the first is in hand.
    pub(super) jobs: VecDeque<Job>,
    /// What it has done and not answered, in order. There is a job in hand as long as there is one of these.
    pub(super) kept: VecDeque<Job>,
    /// When the worker took up the job in hand.
    pub(super) started: Option<Instant>,
    /// Whether this process was ever ready.
    pub(super) was_ready: bool,
    /// Whether this process was never given a job.
    pub(super) is_fresh: bool,
    pub(super) n_spawns: u32,
    pub(super) n_start_failures: u32,
    pub(super) n_spawn_failures: u32,
}

#[derive(Debug)]
pub(super) enum State {
    /// No process.
    Vacant {
        /// No process was available; time to try again.
        not_before: Option<Instant>,
    },
    /// A process that has not said that it is ready.
    Starting,
    Ready,
    /// It was asked to end, or began to end by itself.
    Asked(EndReason),
    /// It was killed; its end is still to come.
    Killed(EndReason),
    /// No process any more.
    Retired,
}

impl Slot {
    pub(super) fn new(now: Instant) -> Slot {
        Slot {
            state: State::Vacant { not_before: None },
            serial: Serial::default(),
            is_placed: false,
            since: now,
            jobs: VecDeque::new(),
            kept: VecDeque::new(),
            started: None,
            was_ready: false,
            is_fresh: false,
            n_spawns: 0,
            n_start_failures: 0,
            n_spawn_failures: 0,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        matches!(self.state, State::Ready) && self.jobs.is_empty()
    }

    /// Whether another job may wait behind the one in hand, and `n_ahead` in all; a job that may be deadly has its worker to itself.
    pub(super) fn can_prefetch(&self, n_ahead: usize) -> bool {
        let Some(head) = self.jobs.front() else {
            return false;
        };
        let n_bytes_ahead = || -> usize { self.jobs.iter().map(|job| job.payload.len()).sum() };
        matches!(self.state, State::Ready)
            && !head.is_suspect()
            && self.jobs.len() <= n_ahead
            && (self.jobs.len() == 1 || n_bytes_ahead() < AHEAD_BYTES_MAX)
    }

    pub(super) fn has_process(&self) -> bool {
        !matches!(self.state, State::Vacant { .. } | State::Retired)
    }

    /// Whether this place has a process, or lost one that worked and so may have another.
    pub(super) fn has_prospect(&self) -> bool {
        match self.state {
            State::Vacant { .. } => self.was_ready,
            State::Retired => false,
            _ => true,
        }
    }

    /// Whether a fresh worker stands here or will without anybody asking for one.
    pub(super) fn brings_fresh_worker(&self) -> bool {
        match self.state {
            State::Ready => self.is_fresh,
            State::Retired => false,
            State::Starting => self.is_placed,
            _ => true,
        }
    }

    /// Takes note that the worker takes up a job; `false` where it is not this one's turn.
    pub(super) fn take_up(&mut self, job: JobId, at: Instant) -> bool {
        if self.started.is_some() && self.jobs.get(1).is_some_and(|next| next.id == job) {
            self.kept.extend(self.jobs.pop_front());
        } else if self.started.is_some() || !self.is_next(job) {
            return false;
        }
        self.started = Some(at);
        self.jobs[0].has_advanced = false;
        self.jobs[0].first_started.get_or_insert(at);
        true
    }

    /// Takes away a job that is answered; `false` where it is not this one's turn.
    pub(super) fn take_away(&mut self, job: JobId, at: Instant) -> bool {
        if let Some(oldest) = self.kept.front() {
            let is_its_turn = oldest.id == job;
            if is_its_turn {
                self.kept.pop_front();
            }
            return is_its_turn;
        }
        let is_its_turn = self.is_at(job);
        if is_its_turn {
            self.jobs.pop_front();
            (self.started, self.since) = (None, at);
        }
        is_its_turn
    }

    /// Whether the worker has taken up this job, and it is the one in hand.
    pub(super) fn is_at(&self, job: JobId) -> bool {
        self.started.is_some() && self.is_next(job)
    }

    pub(super) fn is_next(&self, job: JobId) -> bool {
        self.jobs.front().is_some_and(|head| head.id == job)
    }
}
