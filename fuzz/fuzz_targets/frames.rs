//! What parent and worker say to each other. The first byte chooses: a stream as it comes from a pipe, or the payload of one frame,
//! which a checksum would otherwise keep out of reach.

#![no_main]

#[path = "../../crates/workers/src/frame.rs"]
mod frame;
#[path = "../../crates/workers/src/message.rs"]
mod message;

use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex};

use libfuzzer_sys::fuzz_target;
use workers::{Handler, JobId};

use frame::Frame;
use message::{FromWorker, ToWorker};

struct Echo;

impl Handler for Echo {
    fn handle(&mut self, job: &[u8], progress: &mut dyn FnMut(u64)) -> Vec<u8> {
        progress(job.len() as u64);
        job.to_vec()
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else {
        return;
    };
    match choice % 4 {
        0 => read_stream(data),
        1 => serve(data.to_vec()),
        2 => serve(framed(data)),
        _ => read_payload(data),
    }
});

/// Reads to the end or the first error; what is read must come back when it is written and read again.
fn read_stream(mut data: &[u8]) {
    while let Ok(Some(frame)) = frame::read(&mut data) {
        let mut bytes = Vec::new();
        frame::write(&mut bytes, &frame).expect("a frame that was read can be written");
        let again = frame::read(&mut &bytes[..]).expect("what was written is a frame");
        assert_eq!(again, Some(frame));
    }
}

fn read_payload(data: &[u8]) {
    let Some((kind, payload)) = data.split_first() else {
        return;
    };
    let frame = || Frame {
        kind: *kind,
        payload: payload.to_vec(),
    };
    if let Ok(message) = ToWorker::from_frame(frame()) {
        let again = ToWorker::from_frame(ToWorker::from_frame(frame()).unwrap().into_frame());
        assert_eq!(again.unwrap(), message);
    }
    if let Ok(message) = FromWorker::from_frame(frame()) {
        let again = FromWorker::from_frame(FromWorker::from_frame(frame()).unwrap().into_frame());
        assert_eq!(again.unwrap(), message);
    }
}

/// What a worker has written.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no thread has panicked").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A whole worker between two ends.
fn serve(input: Vec<u8>) {
    let output = Shared::default();
    drop(workers::serve(
        Cursor::new(input),
        output.clone(),
        |setup, _| {
            if setup.starts_with(b"no") {
                Err("no".to_owned())
            } else {
                Ok(Echo)
            }
        },
    ));
    let output = output.0.lock().expect("no thread has panicked");
    let mut output = &output[..];
    while let Some(frame) = frame::read(&mut output).expect("a worker writes frames") {
        FromWorker::from_frame(frame).expect("a worker writes messages");
    }
}

/// Makes frames of pieces: kind, length, payload.
fn framed(mut data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let [kind, length, rest @ ..] = data {
        let (payload, rest) = rest.split_at(rest.len().min(*length as usize));
        let payload = payload.to_vec();
        let frame = Frame {
            kind: *kind,
            payload,
        };
        frame::write(&mut bytes, &frame).expect("a vector takes all");
        data = rest;
    }
    bytes
}
