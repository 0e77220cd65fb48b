//! Where the workers of a pool are: processes of this machine, or of others.

use std::io;

use crossbeam_channel::Sender;

use crate::message::ToWorker;
use crate::note::Note;
use crate::process::{Process, Report};
use crate::{PoolSettings, Serial, memory};

/// Starts workers, talks to them and ends them; what becomes of them is reported.
pub(crate) trait Place {
    /// Starts a process for a place in the pool. Returns its id, or nothing where it will be reported later.
    fn spawn(&mut self, worker: usize, serial: Serial) -> io::Result<Option<u32>>;

    /// Sends a message to the place's process; one that is gone gets nothing.
    fn send(&mut self, worker: usize, message: ToWorker);

    /// Kills the place's process and what it has started.
    fn kill(&mut self, worker: usize);

    /// Reaps the place's process, whose end was reported.
    fn reap(&mut self, worker: usize) -> Option<Note>;

    /// Returns the memory of each place's process, as far as it is this machine's.
    fn memory(&self) -> Vec<u64>;
}

/// Children of this process.
pub(crate) struct Here<'a> {
    settings: &'a PoolSettings,
    processes: Vec<Option<Process>>,
    reporter: Sender<Report>,
}

impl<'a> Here<'a> {
    pub(crate) fn new(settings: &'a PoolSettings, reporter: Sender<Report>) -> Here<'a> {
        let mut processes = Vec::new();
        processes.resize_with(settings.n_workers.max(1), || None);
        Here {
            settings,
            processes,
            reporter,
        }
    }
}

impl Place for Here<'_> {
    fn spawn(&mut self, worker: usize, serial: Serial) -> io::Result<Option<u32>> {
        let process = Process::spawn(self.settings, (worker, serial), &self.reporter)?;
        process.greet(self.settings);
        let pid = process.pid;
        self.processes[worker] = Some(process);
        Ok(Some(pid))
    }

    fn send(&mut self, worker: usize, message: ToWorker) {
        if let Some(process) = &self.processes[worker] {
            process.send(message);
        }
    }

    fn kill(&mut self, worker: usize) {
        if let Some(process) = &self.processes[worker] {
            process.kill();
        }
    }

    fn reap(&mut self, worker: usize) -> Option<Note> {
        let process = self.processes[worker].take()?;
        Some(process.reap())
    }

    fn memory(&self) -> Vec<u64> {
        let pss_of = |process: &Option<Process>| memory::pss_of(process.as_ref()?.pid);
        let processes = self.processes.iter();
        processes
            .map(|process| pss_of(process).unwrap_or(0))
            .collect()
    }
}
