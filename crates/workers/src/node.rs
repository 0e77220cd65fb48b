//! A machine's end of an engine: starts one worker for a pool elsewhere and carries its frames.
//!
//! It is what the pool is to a worker of its own machine: it makes its connections, sets its limits, and sees how it ends. It decides
//! nothing about jobs. Where its input ends it dies, and the worker with it.

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;
use std::thread;

use crossbeam_channel::unbounded;

use crate::message::{FromNode, FromWorker, ToNode};
use crate::note::Note;
use crate::process::{Process, What};
use crate::{PoolSettings, Serial, ServeError, WorkerExit, frame, unix};

/// Runs one worker for a pool elsewhere, over this process's standard input and output, until it has ended.
///
/// `prepare` makes of the pool's setup what a worker of this machine needs: its program, its own setup, its connector and what it may
/// touch. Where it cannot, the pool hears why.
pub fn serve_node(
    prepare: impl FnOnce(&[u8]) -> Result<PoolSettings, String>,
) -> Result<(), ServeError> {
    unix::close_inherited();
    unix::follow_parent()?;
    let (input, mut output) = unix::take_stdio()?;
    let mut input = BufReader::new(input);
    let setup = match read(&mut input)? {
        None => return Ok(()),
        Some(ToNode::SetUp(setup)) => setup,
        Some(_) => return Err(out_of_turn()),
    };
    let settings = match prepare(&setup) {
        Ok(settings) => settings,
        Err(message) => return refuse(&mut output, message),
    };
    let (reporter, reports) = unbounded();
    let process = match Process::spawn(&settings, (0, Serial::default()), &reporter) {
        Ok(process) => Arc::new(process),
        Err(error) => {
            let message = format!("cannot start {}: {error}", settings.program.display());
            return refuse(&mut output, message);
        }
    };
    say(&mut output, FromNode::Spawned)?;
    process.greet(&settings);
    let at_work = Arc::clone(&process);
    thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || {
            obey(&mut input, &at_work);
            unix::die();
        })?;
    for report in reports {
        let note = match report.what {
            What::Noted(note) => note,
            What::Ended => process.reap(),
            What::Remark(_) | What::Failed(_) => continue,
        };
        let is_end = matches!(note, Note::Ended { .. });
        if let Some(message) = FromNode::of_note(note) {
            say(&mut output, message)?;
        }
        if is_end {
            break;
        }
    }
    Ok(())
}

/// Does what the pool says until it says nothing more, or nonsense.
fn obey(input: &mut BufReader<File>, process: &Process) {
    while let Ok(Some(message)) = read(input) {
        match message {
            ToNode::Kill => process.kill(),
            ToNode::Worker(message) => process.send(message),
            ToNode::SetUp(_) => return,
        }
    }
}

fn refuse(output: &mut File, message: String) -> Result<(), ServeError> {
    let refusal = message.clone();
    say(output, FromNode::Spawned)?;
    say(
        output,
        FromNode::Worker(FromWorker::Refused { message: refusal }),
    )?;
    let (exit, stderr) = (WorkerExit::Code(0), String::new());
    say(output, FromNode::Ended { exit, stderr })?;
    Err(ServeError::Refused { message })
}

fn say(output: &mut File, message: FromNode) -> Result<(), ServeError> {
    Ok(frame::write(output, &message.into_frame())?)
}

fn read(input: &mut BufReader<File>) -> Result<Option<ToNode>, ServeError> {
    let protocol = |detail| ServeError::Protocol { detail };
    match frame::read(input) {
        Ok(None) => Ok(None),
        Ok(Some(frame)) => ToNode::from_frame(frame).map(Some).map_err(protocol),
        Err(error) => Err(protocol(error.to_string())),
    }
}

fn out_of_turn() -> ServeError {
    ServeError::Protocol {
        detail: "a message out of turn".to_owned(),
    }
}
