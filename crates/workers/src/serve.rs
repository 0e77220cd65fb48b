//! The worker's loop: one job after the other, until the parent has enough or is gone.

use std::collections::VecDeque;
use std::io::{self, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use thiserror::Error;

use crate::connect::{Connected, Parent};
use crate::output::Output;

use crate::memory::OwnMemory;
use crate::message::{FromWorker, Hello, PROTOCOL_VERSION, ToWorker};
use crate::{Confinement, JobId, frame, unix};

/// Reserved, not used up: parsers recurse as deep as a file is nested, and a page that is never touched costs nothing.
const STACK_BYTES: usize = 256 << 20;

/// Answers jobs in a worker.
///
/// A panic ends the worker: the job counts as one that killed it.
pub trait Handler {
    /// Does a job, and returns the replies that are due: those of the oldest jobs without one, in their order.
    ///
    /// What is done may be kept, to be made safe together with what comes next; its reply is not due before. A worker that dies takes what it
    /// kept with it, and those jobs are done again, by themselves.
    ///
    /// A long job reports by `progress` how far it has come, in steps that another attempt, in this worker or another, will not have to
    /// do again. A job that comes further at each attempt is neither late nor to blame for the deaths of its workers.
    fn handle(&mut self, job: &[u8], progress: &mut dyn FnMut(u64)) -> Vec<Vec<u8>>;

    /// Returns the replies of all jobs without one, in their order. Called when no job waits.
    fn settle(&mut self) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

/// Why a worker ended before the parent asked it to.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The parent is gone, or the pipes to it are.
    #[error("the parent cannot be reached")]
    Pipe(#[from] io::Error),
    /// What came is no message of this protocol.
    #[error("the parent sent {detail}")]
    Protocol {
        /// What was wrong.
        detail: String,
    },
    /// The handler could not be made; the parent knows.
    #[error("this worker cannot be set up: {message}")]
    Refused {
        /// Why.
        message: String,
    },
    /// The handler panicked.
    #[error("this worker panicked")]
    Panicked,
}

/// Answers the jobs that come in, with a handler made from the parent's setup, until it is asked to finish or the input ends.
///
/// Jobs that had come when the input ended are still answered.
pub fn serve<H: Handler>(
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    make_handler: impl FnOnce(&[u8], Parent) -> Result<H, String>,
) -> Result<(), ServeError> {
    let mut ends = Ends {
        input: BufReader::new(input),
        output: Output::new(output),
        // No descriptor comes this way.
        descriptors: unbounded().1,
        memory: OwnMemory::open(),
        on_hang_up: || (),
    };
    match greet(&mut ends)? {
        Some(hello) => serve_between(ends, |parent| make_handler(&hello.setup, parent)),
        None => Ok(()),
    }
}

/// Is a worker: [`serve`] over this process's standard input and output, which nobody else can use from here on.
///
/// What is printed goes to standard error, and every other descriptor that the process inherited is closed. The process dies at once when the parent does or closes the input, also in the middle
/// of a job. The handler lives on a thread with a stack of 256 MiB. Call this early, from the main thread, before anything reads
/// standard input.
pub fn serve_stdio<H: Handler>(
    make_handler: impl FnOnce(&[u8], Parent) -> Result<H, String> + Send + 'static,
) -> Result<(), ServeError> {
    unix::close_inherited();
    unix::follow_parent()?;
    let (input, output) = unix::take_stdio()?;
    let (received, descriptors) = unbounded();
    let mut ends = Ends {
        input: BufReader::new(unix::Input::new(input, received)?),
        output: Output::new(output),
        descriptors,
        memory: OwnMemory::open(),
        on_hang_up: || unix::die(),
    };
    let Some(hello) = greet(&mut ends)? else {
        return Ok(());
    };
    // Before there is another thread: one that is not confined could be made to act for one that is.
    if let Err(message) = confine(&hello) {
        return refuse(&ends.output, message);
    }
    thread::Builder::new()
        .name("handler".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || serve_between(ends, |parent| make_handler(&hello.setup, parent)))?
        .join()
        .unwrap_or(Err(ServeError::Panicked))
}

/// Sets the limits of this process and takes away what a worker does not need, for good.
fn confine(hello: &Hello) -> Result<(), String> {
    let limits = unix::limit(hello.data_limit_bytes, STACK_BYTES as u64);
    limits.map_err(|error| format!("cannot limit what a worker uses: {error}"))?;
    hello
        .confinement
        .as_ref()
        .map_or(Ok(()), Confinement::enter)
}

/// A worker's two ends, and what to do when the parent hangs up.
struct Ends<I, F> {
    input: BufReader<I>,
    output: Output,
    /// What came beside the frames.
    descriptors: Receiver<OwnedFd>,
    memory: OwnMemory,
    on_hang_up: F,
}

/// Returns the parent's first message; nothing where there is none, or one of another version, which is answered.
fn greet<I: Read, F>(ends: &mut Ends<I, F>) -> Result<Option<Hello>, ServeError> {
    let hello = match read(&mut ends.input)? {
        None => return Ok(None),
        Some(ToWorker::Hello(hello)) => hello,
        Some(_) => return Err(out_of_turn()),
    };
    let version = PROTOCOL_VERSION;
    if hello.version == version {
        return Ok(Some(hello));
    }
    // The parent compares the versions, and reports it.
    ends.output.say(FromWorker::Ready { version })?;
    Ok(None)
}

fn refuse(output: &Output, message: String) -> Result<(), ServeError> {
    let refusal = message.clone();
    output.say(FromWorker::Refused { message: refusal })?;
    Err(ServeError::Refused { message })
}

fn serve_between<H: Handler, R>(
    ends: Ends<impl Read + Send + 'static, impl FnOnce() -> R + Send + 'static>,
    make_handler: impl FnOnce(Parent) -> Result<H, String>,
) -> Result<(), ServeError> {
    let (output, mut input) = (ends.output, ends.input);
    // Read from here on by a thread, so that the parent's end is noticed while the handler is at work.
    let finish = Arc::new(AtomicBool::new(false));
    let (to_handler, jobs) = unbounded();
    let (connected, connections) = unbounded();
    let inbox = Inbox {
        to_handler,
        connected,
        descriptors: ends.descriptors,
        finish: Arc::clone(&finish),
    };
    let on_hang_up = ends.on_hang_up;
    thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || {
            inbox.fill(&mut input);
            on_hang_up();
        })?;
    let parent = Parent {
        output: output.clone(),
        connections,
    };
    let mut handler = match make_handler(parent) {
        Ok(handler) => handler,
        Err(message) => return refuse(&output, message),
    };
    let version = PROTOCOL_VERSION;
    output.say(FromWorker::Ready { version })?;
    let mut answers = Answers {
        output,
        memory: ends.memory,
        unanswered: VecDeque::new(),
        frames: Vec::new(),
    };
    loop {
        let came = match jobs.try_recv() {
            Ok(came) => came,
            Err(_) => {
                answers.add(handler.settle())?;
                answers.send()?;
                match jobs.recv() {
                    Ok(came) => came,
                    Err(_) => return Ok(()),
                }
            }
        };
        let (job, payload) = came?;
        if finish.load(Ordering::Relaxed) {
            answers.add(handler.settle())?;
            return answers.send();
        }
        answers.start(job)?;
        let mut lost = None;
        let replies = handler.handle(&payload, &mut |n_steps| {
            let message = FromWorker::Progress { job, n_steps };
            lost = answers.output.say(message).err();
        });
        if let Some(error) = lost {
            return Err(error.into());
        }
        answers.add(replies)?;
    }
}

/// What is said of jobs: as little by itself as there can be, since every word wakes the parent.
struct Answers {
    output: Output,
    memory: OwnMemory,
    /// Jobs without a reply, in order.
    unanswered: VecDeque<JobId>,
    /// What goes out with what is said next.
    frames: Vec<u8>,
}

impl Answers {
    /// Says that a job is taken up, which has to be known before it can do harm.
    fn start(&mut self, job: JobId) -> Result<(), ServeError> {
        self.unanswered.push_back(job);
        let started = FromWorker::Started { job }.into_frame();
        self.frames.extend(frame::encode(&started)?);
        self.send()
    }

    fn add(&mut self, replies: Vec<Vec<u8>>) -> Result<(), ServeError> {
        if replies.is_empty() {
            return Ok(());
        }
        let n_private_bytes = self.memory.private_bytes().unwrap_or(0);
        for reply in replies {
            let job = self.unanswered.pop_front();
            let job = job.expect("a handler has a reply for each job and no more");
            let done = FromWorker::Done {
                job,
                n_private_bytes,
                reply,
            };
            self.frames.extend(frame::encode(&done.into_frame())?);
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), ServeError> {
        if !self.frames.is_empty() {
            let mut output = self.output.lock();
            output.write_all(&self.frames)?;
            output.flush()?;
            self.frames.clear();
        }
        Ok(())
    }
}

/// Where the input thread puts what comes.
struct Inbox {
    to_handler: Sender<Result<(JobId, Vec<u8>), ServeError>>,
    connected: Sender<Result<Connected, String>>,
    descriptors: Receiver<OwnedFd>,
    finish: Arc<AtomicBool>,
}

impl Inbox {
    /// Reads until the input ends.
    fn fill(mut self, input: &mut impl Read) {
        let mut to_handler = Some(std::mem::replace(&mut self.to_handler, unbounded().0));
        loop {
            let came = match read(input) {
                Ok(None) => return,
                Ok(Some(ToWorker::Job { job, payload })) => Ok((job, payload)),
                Ok(Some(ToWorker::Connection(outcome))) => {
                    // Who does not wait for it needs it no more.
                    drop(self.connected.send(self.connection(outcome)));
                    continue;
                }
                Ok(Some(ToWorker::Finish)) => {
                    self.finish.store(true, Ordering::Relaxed);
                    // The handler's loop ends with its channel, this one with the input.
                    to_handler = None;
                    continue;
                }
                Ok(Some(ToWorker::Hello(_))) => Err(out_of_turn()),
                Err(error) => Err(error),
            };
            let is_bad = came.is_err();
            // A handler that is gone needs no jobs.
            drop(to_handler.as_ref().map(|sender| sender.send(came)));
            if is_bad {
                return;
            }
        }
    }
}

impl Inbox {
    /// Adds the descriptor that came before the frame.
    fn connection(&self, outcome: Result<String, String>) -> Result<Connected, String> {
        let note = outcome?;
        let descriptor = self.descriptors.try_recv();
        let descriptor =
            descriptor.map_err(|_| "the parent's connection did not arrive".to_owned())?;
        Ok(Connected { descriptor, note })
    }
}

fn read(input: &mut impl Read) -> Result<Option<ToWorker>, ServeError> {
    match frame::read(input) {
        Ok(None) => Ok(None),
        Ok(Some(frame)) => match ToWorker::from_frame(frame) {
            Ok(message) => Ok(Some(message)),
            Err(detail) => Err(ServeError::Protocol { detail }),
        },
        Err(error) => Err(ServeError::Protocol {
            detail: error.to_string(),
        }),
    }
}

fn out_of_turn() -> ServeError {
    ServeError::Protocol {
        detail: "a message out of turn".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Shout;

    impl Handler for Shout {
        fn handle(&mut self, job: &[u8], _: &mut dyn FnMut(u64)) -> Vec<Vec<u8>> {
            vec![job.to_ascii_uppercase()]
        }
    }

    fn hello(version: u32) -> ToWorker {
        ToWorker::Hello(Hello {
            version,
            data_limit_bytes: None,
            confinement: None,
            setup: b"loud".to_vec(),
        })
    }

    fn job(id: u64) -> ToWorker {
        ToWorker::Job {
            job: JobId(id),
            payload: b"work".to_vec(),
        }
    }

    /// Returns what a worker says to these messages; replies without the memory that it reports.
    fn said_to(messages: Vec<ToWorker>) -> Vec<FromWorker> {
        let mut input = Vec::new();
        for message in messages {
            frame::write(&mut input, &message.into_frame()).unwrap();
        }
        let (mut output, their_end) = io::pipe().unwrap();
        let make_handler = |setup: &[u8], _: Parent| match setup {
            b"loud" => Ok(Shout),
            _ => Err("no such voice".to_owned()),
        };
        drop(serve(io::Cursor::new(input), their_end, make_handler));
        let mut said = Vec::new();
        while let Some(frame) = frame::read(&mut output).unwrap() {
            let mut message = FromWorker::from_frame(frame).unwrap();
            if let FromWorker::Done {
                n_private_bytes, ..
            } = &mut message
            {
                *n_private_bytes = 0;
            }
            said.push(message);
        }
        said
    }

    const READY: FromWorker = FromWorker::Ready {
        version: PROTOCOL_VERSION,
    };

    #[test]
    fn jobs_are_taken_up_and_answered_in_order() {
        let started = |id| FromWorker::Started { job: JobId(id) };
        let done = |id| FromWorker::Done {
            job: JobId(id),
            n_private_bytes: 0,
            reply: b"WORK".to_vec(),
        };
        assert_eq!(
            said_to(vec![hello(PROTOCOL_VERSION), job(1), job(2)]),
            [READY, started(1), done(1), started(2), done(2)]
        );
    }

    #[test]
    fn a_handler_that_cannot_be_made_is_reported() {
        let hello = ToWorker::Hello(Hello {
            version: PROTOCOL_VERSION,
            data_limit_bytes: None,
            confinement: None,
            setup: b"quiet".to_vec(),
        });
        let message = "no such voice".to_owned();
        assert_eq!(
            said_to(vec![hello, job(1)]),
            [FromWorker::Refused { message }]
        );
    }

    #[test]
    fn another_version_is_answered_with_the_own() {
        assert_eq!(said_to(vec![hello(PROTOCOL_VERSION + 1), job(1)]), [READY]);
    }

    #[test]
    fn what_makes_no_sense_is_not_answered() {
        assert_eq!(said_to(vec![job(1)]), []);
        assert_eq!(said_to(vec![]), []);
    }
}
