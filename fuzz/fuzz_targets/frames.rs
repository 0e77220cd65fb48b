//! What parent and worker say to each other. The first byte chooses: a stream as it comes from a pipe, or the payload of one frame,
//! which a checksum would otherwise keep out of reach.

#![no_main]

use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex};

use libfuzzer_sys::fuzz_target;
use workers::Handler;
use workers::fuzzing::{check_output, check_payload, check_stream, push_frame};

/// Keeps replies to short jobs.
#[derive(Default)]
struct Echo(Vec<Vec<u8>>);

impl Handler for Echo {
    fn handle(&mut self, job: &[u8], progress: &mut dyn FnMut(u64)) -> Vec<Vec<u8>> {
        progress(job.len() as u64);
        self.0.push(job.to_vec());
        match job.len() < 4 {
            true => Vec::new(),
            false => self.settle(),
        }
    }

    fn settle(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.0)
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else {
        return;
    };
    match (choice % 4, data.split_first()) {
        (0, _) => check_stream(data),
        (1, _) => serve(data.to_vec()),
        (2, _) => serve(framed(data)),
        (_, Some((kind, payload))) => check_payload(*kind, payload),
        (_, None) => {}
    }
});

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
                Ok(Echo::default())
            }
        },
    ));
    check_output(&output.0.lock().expect("no thread has panicked"));
}

/// Makes frames of pieces: kind, length, payload.
fn framed(mut data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let [kind, length, rest @ ..] = data {
        let (payload, rest) = rest.split_at(rest.len().min(*length as usize));
        push_frame(&mut bytes, *kind, payload);
        data = rest;
    }
    bytes
}
