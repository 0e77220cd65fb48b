//! Workers on other machines: a driver starts them by an engine such as Ray, and carries their frames over its input and output.
//!
//! ```text
//! this process ── envelopes ──> driver ── the engine's own way ──> node ── frames ──> worker
//! ```
//!
//! An envelope is a frame whose payload is a place in the pool, a serial and bytes that the driver does not look into: frames for the node
//! ([`serve_node`](crate::serve_node)) or of it. All that is decided is decided here, as for workers of this machine; the driver and the
//! engine place, carry, and say what they have lost.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use crate::frame::{self, Frame};
use crate::message::{FromNode, ToNode, ToWorker};
use crate::note::Note;
use crate::place::Place;
use crate::process::{Report, What};
use crate::tail::Tail;
use crate::{PoolError, Serial, StopHandle, StopLevel, WorkerExit, unix};

/// What a driver may take to leave the engine in order before it is killed.
const FAREWELL: Duration = Duration::from_secs(10);

/// How soon a wish to stop is seen while the engine does not answer.
const STOP_INTERVAL: Duration = Duration::from_millis(100);

/// Bytes that are put into one envelope, so that many small frames for a worker go one way together.
const ENVELOPE_BYTES: usize = 4 << 20;

/// A driver that speaks of more is wrong.
const WORKERS_MAX: usize = 4096;

const OPEN: u8 = 65;
const START: u8 = 66;
const TO: u8 = 67;
const KILL: u8 = 68;
const FROM: u8 = 81;
const LOST: u8 = 82;
const REMARK: u8 = 83;
const FAILED: u8 = 84;
const OPENED: u8 = 85;

/// What starts workers on other machines.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// The program that speaks to the engine.
    pub program: PathBuf,
    /// What it is started with.
    pub arguments: Vec<OsString>,
    /// All of its environment.
    pub environment: Vec<(OsString, OsString)>,
    /// The first that it hears; it knows what that means.
    pub opening: Vec<u8>,
}

/// A driver, and what is known of the workers behind it. Dropping it ends the driver, and with it the workers.
pub(crate) struct Engine {
    setup: Vec<u8>,
    serials: Vec<Serial>,
    to_driver: Option<Sender<Envelope>>,
    driver: Child,
}

/// Bytes for one process.
struct Envelope {
    kind: u8,
    worker: usize,
    serial: Serial,
    bytes: Vec<u8>,
}

/// What came of starting a driver.
pub(crate) enum Opened {
    /// It is ready for so many workers.
    Open { engine: Engine, n_workers: usize },
    /// The run was stopped before it was.
    Stopped,
}

impl Engine {
    /// Starts the driver and waits until the engine answers.
    pub(crate) fn start(
        engine: &EngineSettings,
        setup: &[u8],
        reports: Sender<Report>,
        stop: &StopHandle,
    ) -> Result<Opened, PoolError> {
        let failed = |source: io::Error| PoolError::Spawn {
            program: engine.program.clone(),
            source,
        };
        let opening = Frame {
            kind: OPEN,
            payload: engine.opening.clone(),
        };
        let mut driver = unix::spawn_driver(engine).map_err(failed)?;
        let pipes = (driver.stdin.take(), driver.stdout.take());
        let stderr = driver.stderr.take();
        let (to_driver, envelopes) = unbounded();
        // From here on the drop of `engine` takes care of the child, whatever fails.
        let mut engine = Engine {
            setup: setup.to_owned(),
            serials: Vec::new(),
            to_driver: Some(to_driver),
            driver,
        };
        let (Some(stdin), Some(stdout), Some(stderr)) = (pipes.0, pipes.1, stderr) else {
            return Err(failed(io::Error::other("the driver has no pipes")));
        };
        let (opener, opened) = unbounded();
        let listener = Listener {
            reports,
            pieces: HashMap::new(),
            opener,
        };
        let tail = Tail::default();
        let said = tail.clone();
        // A driver that is gone is reported by whoever reads from it.
        start("driver in", move || {
            write_envelopes(stdin, &opening, &envelopes).ok();
        })
        .and_then(|()| start("driver out", move || listener.listen(stdout, &said)))
        .and_then(|()| start("driver err", move || tail.follow(stderr)))
        .map_err(failed)?;
        loop {
            match opened.recv_timeout(STOP_INTERVAL) {
                Ok(Ok(n_workers)) => {
                    engine.serials = vec![Serial::default(); n_workers];
                    return Ok(Opened::Open { engine, n_workers });
                }
                Ok(Err(message)) => return Err(PoolError::Engine { message }),
                Err(RecvTimeoutError::Timeout) if stop.level() == StopLevel::Run => {}
                Err(_) => return Ok(Opened::Stopped),
            }
        }
    }

    fn post(&self, kind: u8, worker: usize, bytes: Vec<u8>) {
        let envelope = Envelope {
            kind,
            worker,
            serial: self.serials[worker],
            bytes,
        };
        // The writing thread is gone only when the driver is, and that is reported by another.
        drop(self.to_driver.as_ref().map(|driver| driver.send(envelope)));
    }
}

impl Place for Engine {
    fn spawn(&mut self, worker: usize, serial: Serial) -> io::Result<Option<u32>> {
        self.serials[worker] = serial;
        let setup = ToNode::SetUp(self.setup.clone());
        self.post(START, worker, frame::encode(&setup.into_frame())?);
        Ok(None)
    }

    fn send(&mut self, worker: usize, message: ToWorker) {
        // What is too long for a frame was too long when it was read.
        if let Ok(bytes) = frame::encode(&message.into_frame()) {
            self.post(TO, worker, bytes);
        }
    }

    fn kill(&mut self, worker: usize) {
        if let Ok(bytes) = frame::encode(&ToNode::Kill.into_frame()) {
            self.post(KILL, worker, bytes);
        }
    }

    fn reap(&mut self, _: usize) -> Option<Note> {
        None
    }

    fn memory(&self) -> Vec<u64> {
        vec![0; self.serials.len()]
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Its input ends, which asks it to go.
        self.to_driver = None;
        let deadline = Instant::now() + FAREWELL;
        while matches!(self.driver.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        if matches!(self.driver.try_wait(), Ok(None)) {
            unix::kill_group(self.driver.id());
        }
        self.driver.wait().ok();
    }
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    // Detached: each of them ends with its pipe.
    let builder = thread::Builder::new().name(name.to_owned());
    builder.spawn(work).map(drop)
}

fn write_envelopes(
    mut stdin: ChildStdin,
    opening: &Frame,
    envelopes: &Receiver<Envelope>,
) -> io::Result<()> {
    frame::write(&mut stdin, opening)?;
    for first in envelopes {
        let mut all = vec![first];
        for envelope in envelopes.try_iter() {
            add(&mut all, envelope);
        }
        for envelope in all {
            frame::write(&mut stdin, &envelope.into_frame())?;
        }
    }
    stdin.flush()
}

/// Adds an envelope to the one before it for the same process, or to the end.
fn add(all: &mut Vec<Envelope>, envelope: Envelope) {
    let last = all
        .iter_mut()
        .rev()
        .find(|before| before.worker == envelope.worker);
    match last {
        Some(last)
            if (last.kind, envelope.kind) == (TO, TO)
                && last.bytes.len() + envelope.bytes.len() <= ENVELOPE_BYTES =>
        {
            last.bytes.extend(envelope.bytes);
        }
        _ => all.push(envelope),
    }
}

impl Envelope {
    fn into_frame(self) -> Frame {
        let worker = u32::try_from(self.worker).expect("a pool has few workers");
        let head = (worker.to_le_bytes(), self.serial.0.to_le_bytes());
        Frame {
            kind: self.kind,
            payload: [&head.0[..], &head.1[..], &self.bytes].concat(),
        }
    }
}

/// What takes in what a driver says.
struct Listener {
    reports: Sender<Report>,
    /// What nodes have said whose frame is not whole yet.
    pieces: HashMap<(usize, Serial), Vec<u8>>,
    /// Hears once that the engine answers, and for how many workers, or why it does not.
    opener: Sender<Result<usize, String>>,
}

impl Listener {
    fn listen(mut self, stdout: ChildStdout, stderr: &Tail) {
        let mut stdout = BufReader::new(stdout);
        let end = loop {
            match frame::read(&mut stdout) {
                Ok(Some(frame)) => match self.take(frame) {
                    Ok(()) => {}
                    Err(detail) => break format!("the driver of the engine sent {detail}"),
                },
                Ok(None) => break last_words(stderr),
                Err(error) => break format!("the driver of the engine sent {error}"),
            }
        };
        self.fail(end);
    }

    fn fail(&self, message: String) {
        // Whoever waits for the engine is gone when it has answered.
        drop(self.opener.send(Err(message.clone())));
        self.report(0, Serial::default(), What::Failed(message));
    }

    fn take(&mut self, frame: Frame) -> Result<(), String> {
        let text = || String::from_utf8_lossy(&frame.payload).into_owned();
        match frame.kind {
            REMARK => self.report(0, Serial::default(), What::Remark(text())),
            FAILED => self.fail(text()),
            OPENED => {
                let number = frame.payload.first_chunk::<4>();
                let number = number.ok_or("an envelope that is too short")?;
                let n_workers = (u32::from_le_bytes(*number) as usize).clamp(1, WORKERS_MAX);
                drop(self.opener.send(Ok(n_workers)));
            }
            FROM | LOST => {
                let Some((head, bytes)) = frame.payload.split_first_chunk::<12>() else {
                    return Err("an envelope that is too short".to_owned());
                };
                let [a, b, c, d, serial @ ..] = *head;
                let worker = u32::from_le_bytes([a, b, c, d]) as usize;
                let serial = Serial(u64::from_le_bytes(serial));
                if frame.kind == LOST {
                    self.pieces.remove(&(worker, serial));
                    let note = Note::Ended {
                        exit: WorkerExit::Unknown,
                        stderr: String::from_utf8_lossy(bytes).into_owned(),
                    };
                    self.report(worker, serial, What::Noted(note));
                    return Ok(());
                }
                let mut said = self.pieces.remove(&(worker, serial)).unwrap_or_default();
                said.extend_from_slice(bytes);
                while let Some(note) = next_note(&mut said) {
                    self.report(worker, serial, What::Noted(note));
                }
                if !said.is_empty() {
                    self.pieces.insert((worker, serial), said);
                }
            }
            kind => return Err(format!("an envelope of the unknown kind {kind}")),
        }
        Ok(())
    }

    fn report(&self, worker: usize, serial: Serial, what: What) {
        // A pool that is gone needs no reports.
        drop(self.reports.send(Report {
            worker,
            serial,
            at: Instant::now(),
            what,
        }));
    }
}

/// Returns the next that a node says.
fn next_note(said: &mut Vec<u8>) -> Option<Note> {
    let garbage = |detail| Note::Garbage { detail };
    match frame::take(said) {
        Ok(None) => None,
        Ok(Some(frame)) => {
            Some(FromNode::from_frame(frame).map_or_else(garbage, FromNode::into_note))
        }
        Err(error) => {
            // Nothing can be reported of what follows.
            said.clear();
            Some(garbage(error.to_string()))
        }
    }
}

/// Says why a driver ended, as far as it said so itself.
fn last_words(stderr: &Tail) -> String {
    // Its standard error may close a moment after its output.
    thread::sleep(Duration::from_millis(100));
    let said = stderr.text();
    match said.trim().lines().next_back() {
        Some(line) => format!("the driver of the engine ended: {line}"),
        None => "the driver of the engine ended".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(kind: u8, worker: usize, bytes: &[u8]) -> Envelope {
        Envelope {
            kind,
            worker,
            serial: Serial(7),
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn frames_for_a_worker_go_together_and_in_order() {
        let mut all = Vec::new();
        for (kind, worker, bytes) in [
            (START, 0, &b"s"[..]),
            (TO, 0, b"a"),
            (TO, 1, b"x"),
            (TO, 0, b"b"),
            (KILL, 0, b"k"),
            (TO, 0, b"c"),
        ] {
            add(&mut all, envelope(kind, worker, bytes));
        }
        let reported: Vec<(u8, usize, &[u8])> = all
            .iter()
            .map(|envelope| (envelope.kind, envelope.worker, &envelope.bytes[..]))
            .collect();
        assert_eq!(
            reported,
            [
                (START, 0, &b"s"[..]),
                (TO, 0, b"ab"),
                (TO, 1, b"x"),
                (KILL, 0, b"k"),
                (TO, 0, b"c"),
            ]
        );
    }

    /// Returns what is reported of one frame of a driver, in short, and what is wrong with it.
    fn reported(frame: Frame) -> (Vec<String>, Option<String>) {
        let (reports, reported) = unbounded();
        let (opener, _) = unbounded();
        let mut listener = Listener {
            reports,
            pieces: HashMap::new(),
            opener,
        };
        let outcome = listener.take(frame);
        let words = |report: Report| {
            let what = match report.what {
                What::Noted(note) => format!("{note:?}"),
                What::Remark(text) => format!("remark {text}"),
                What::Failed(text) => format!("failed {text}"),
                What::Ended => "ended".to_owned(),
            };
            format!("{} {}: {what}", report.worker, report.serial.0)
        };
        (reported.try_iter().map(words).collect(), outcome.err())
    }

    #[test]
    fn what_a_driver_says_is_reported() {
        let started = FromNode::Spawned.into_frame();
        let bytes = frame::encode(&started).unwrap();
        let frame = envelope(FROM, 3, &[bytes.clone(), bytes].concat()).into_frame();
        let spawned = "3 7: Spawned { pid: None }".to_owned();
        assert_eq!(reported(frame), (vec![spawned.clone(), spawned], None));
        let lost = reported(envelope(LOST, 3, b"node gone").into_frame());
        assert!(lost.0[0].contains("Unknown") && lost.0[0].contains("node gone"));
        let cut = reported(envelope(FROM, 3, b"mnw1").into_frame());
        assert_eq!(cut, (Vec::new(), None));
        let noise = reported(envelope(FROM, 3, b"hello").into_frame());
        assert!(noise.0[0].contains("Garbage"));
        let short = Frame {
            kind: FROM,
            payload: vec![1],
        };
        assert!(reported(short).1.unwrap().contains("too short"));
    }
}
