//! One worker process, seen from the parent: its pipes, its threads and its end.
//!
//! Four threads serve a worker, so that nothing that it does or fails to do can hold up the pool: one writes to it, one reads
//! its frames, one keeps the tail of its standard error, and one waits for its end. What happens goes into the pool's channel.

use std::io::{self, BufReader};
use std::os::fd::OwnedFd;
use std::process::{Child, ChildStdout};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::connect::CONNECTIONS_MAX;
use crate::frame::{self, Frame};
use crate::message::{FromWorker, Hello, PROTOCOL_VERSION, ToWorker};
use crate::note::Note;
use crate::tail::Tail;
use crate::unix::Outlet;
use crate::{Connector, PoolSettings, Serial, unix};

/// How long what an ended worker wrote may take to arrive. Only a grandchild that left the group and kept the pipes can make it
/// take longer than no time at all, and then all that the worker itself wrote is long read.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// What happened to a worker, and when.
pub(crate) struct Report {
    /// The process, never its successor.
    pub(crate) serial: Serial,
    pub(crate) worker: usize,
    pub(crate) at: Instant,
    pub(crate) what: What,
}

pub(crate) enum What {
    Noted(Note),
    /// The process has ended and everything it said was reported; it is to be reaped.
    Ended,
    /// An engine says something that is about no worker.
    Remark(String),
    /// The engine cannot go on.
    Failed(String),
}

/// A running worker. Dropping it kills and reaps it.
pub(crate) struct Process {
    pub(crate) pid: u32,
    to_worker: Sender<Parcel>,
    stderr: Tail,
    end: Arc<Mutex<End>>,
}

/// A frame, and a descriptor that goes with it.
struct Parcel {
    frame: Frame,
    descriptor: Option<OwnedFd>,
}

impl Parcel {
    fn of(message: ToWorker) -> Parcel {
        Parcel {
            frame: message.into_frame(),
            descriptor: None,
        }
    }
}

/// The child until it is reaped: as long as it stands here its process id is its own and can be killed.
struct End {
    child: Option<Child>,
}

impl Process {
    /// Starts a worker.
    ///
    /// The worker is killed by the system when the calling thread ends.
    pub(crate) fn spawn(
        settings: &PoolSettings,
        (worker, serial): (usize, Serial),
        reports: &Sender<Report>,
    ) -> io::Result<Process> {
        let (mut child, outlet) = unix::spawn(settings)?;
        let pid = child.id();
        let pipes = (outlet, child.stdout.take(), child.stderr.take());
        let (to_worker, frames) = unbounded();
        // From here on the drop of `process` takes care of the child, whatever fails.
        let process = Process {
            pid,
            to_worker,
            stderr: Tail::default(),
            end: Arc::new(Mutex::new(End { child: Some(child) })),
        };
        let (Some(outlet), Some(stdout), Some(stderr)) = pipes else {
            return Err(io::Error::other("the child has no pipes"));
        };
        let line = Line {
            pid,
            serial,
            worker,
            reports: reports.clone(),
        };
        let (open, closed) = unbounded();
        let (open_too, tail) = (open.clone(), process.stderr.clone());
        start(format!("worker {worker} in"), move || {
            write_frames(outlet, &frames);
        })?;
        let listener = Listener {
            line: line.clone(),
            connector: settings.connector.clone(),
            to_worker: process.to_worker.clone(),
            n_connections: 0,
        };
        start(format!("worker {worker} out"), move || {
            listener.listen(stdout);
            drop(open);
        })?;
        start(format!("worker {worker} err"), move || {
            tail.follow(stderr);
            drop(open_too);
        })?;
        let end = Arc::clone(&process.end);
        start(format!("worker {worker} end"), move || {
            line.wait_for_end(&end, &closed);
        })?;
        Ok(process)
    }

    /// Sends a message, sooner or later; a worker that is gone gets nothing.
    pub(crate) fn send(&self, message: ToWorker) {
        // The writing thread is gone only when the worker is, and that is reported by another.
        drop(self.to_worker.send(Parcel::of(message)));
    }

    /// Kills the worker and what it has started.
    pub(crate) fn kill(&self) {
        lock(&self.end).kill(self.pid);
    }

    /// Reaps the worker, which has ended or is killed now.
    pub(crate) fn reap(&self) -> Note {
        let status = lock(&self.end).reap(self.pid);
        Note::Ended {
            exit: unix::exit_of(status.unwrap_or_default()),
            stderr: self.stderr.text(),
        }
    }

    /// Sends the worker what it is for, which is the first thing that it has to hear.
    pub(crate) fn greet(&self, settings: &PoolSettings) {
        self.send(ToWorker::Hello(Hello {
            version: PROTOCOL_VERSION,
            data_limit_bytes: settings.data_limit_bytes,
            confinement: settings.confinement.clone(),
            setup: settings.setup.clone(),
        }));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        lock(&self.end).reap(self.pid);
    }
}

impl End {
    fn kill(&self, pid: u32) {
        if self.child.is_some() {
            unix::kill_group(pid);
        }
    }

    fn reap(&mut self, pid: u32) -> Option<std::process::ExitStatus> {
        self.kill(pid);
        self.child.take()?.wait().ok()
    }
}

fn lock(end: &Mutex<End>) -> std::sync::MutexGuard<'_, End> {
    end.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start(name: String, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    // Detached: each of them ends with its pipe, which a grandchild may keep open for longer than the pool wants to wait.
    thread::Builder::new().name(name).spawn(work).map(drop)
}

fn write_frames(mut outlet: Outlet, parcels: &Receiver<Parcel>) {
    for Parcel { frame, descriptor } in parcels {
        let bytes = frame::encode(&frame);
        if bytes
            .and_then(|bytes| outlet.send(&bytes, descriptor))
            .is_err()
        {
            return;
        }
    }
}

/// The way from a worker's threads to the pool.
#[derive(Clone)]
struct Line {
    pid: u32,
    serial: Serial,
    worker: usize,
    reports: Sender<Report>,
}

impl Line {
    fn report(&self, what: What) {
        // A pool that is gone needs no reports.
        drop(self.reports.send(Report {
            serial: self.serial,
            worker: self.worker,
            at: Instant::now(),
            what,
        }));
    }

    fn wait_for_end(&self, end: &Mutex<End>, closed: &Receiver<()>) {
        unix::wait_for_end(self.pid);
        // What it has started goes with it, and lets go of the pipes.
        lock(end).kill(self.pid);
        let _: Result<(), _> = closed.recv_timeout(DRAIN_TIMEOUT);
        self.report(What::Ended);
    }
}

/// What takes in a worker's frames, and makes the connections that it asks for meanwhile: it waits for them anyway.
struct Listener {
    line: Line,
    connector: Option<Connector>,
    to_worker: Sender<Parcel>,
    n_connections: usize,
}

impl Listener {
    fn listen(mut self, stdout: ChildStdout) {
        let mut stdout = BufReader::new(stdout);
        loop {
            let message = match frame::read(&mut stdout) {
                Ok(Some(frame)) => FromWorker::from_frame(frame),
                Ok(None) => break,
                Err(error) => Err(error.to_string()),
            };
            match message {
                // A worker that is gone needs none.
                Ok(FromWorker::Connect) => {
                    let parcel = self.connect();
                    drop(self.to_worker.send(parcel));
                }
                Ok(message) => self.line.report(What::Noted(Note::Said(message))),
                Err(detail) => return self.line.report(What::Noted(Note::Garbage { detail })),
            }
        }
        self.line.report(What::Noted(Note::HungUp));
    }

    fn connect(&mut self) -> Parcel {
        let refused = |why: String| Parcel::of(ToWorker::Connection(Err(why)));
        let Some(connector) = &self.connector else {
            return refused("workers get no connections".to_owned());
        };
        if self.n_connections == CONNECTIONS_MAX {
            return refused(format!(
                "a worker gets {CONNECTIONS_MAX} connections at most"
            ));
        }
        self.n_connections += 1;
        match connector.connect() {
            Ok(connected) => Parcel {
                frame: ToWorker::Connection(Ok(connected.note)).into_frame(),
                descriptor: Some(connected.descriptor),
            },
            Err(error) => refused(error.to_string()),
        }
    }
}
