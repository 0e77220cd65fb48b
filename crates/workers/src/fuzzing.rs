//! Frames and messages as the fuzzer meets them; nobody else outside needs to know of them.

use crate::frame::{self, Frame};
use crate::message::{FromNode, FromWorker, ToNode, ToWorker};

/// Appends a frame to what a pipe carries.
///
/// # Panics
///
/// Never: a vector takes everything.
pub fn push_frame(bytes: &mut Vec<u8>, kind: u8, payload: &[u8]) {
    let payload = payload.to_vec();
    frame::write(bytes, &Frame { kind, payload }).expect("a vector takes everything");
}

/// Reads frames to the end or the first error.
///
/// # Panics
///
/// If one that was read does not come back when it is written and read again.
pub fn check_stream(mut bytes: &[u8]) {
    while let Ok(Some(frame)) = frame::read(&mut bytes) {
        let mut written = Vec::new();
        frame::write(&mut written, &frame).expect("a frame that was read can be written");
        let again = frame::read(&mut &written[..]).expect("what was written is a frame");
        assert_eq!(again, Some(frame));
    }
}

/// Reads the payload of a frame as each kind of message.
///
/// # Panics
///
/// If a message that was read does not come back when it is written and read again.
pub fn check_payload(kind: u8, payload: &[u8]) {
    macro_rules! check {
        ($message:ty) => {
            let frame = || Frame {
                kind,
                payload: payload.to_vec(),
            };
            if let Ok(message) = <$message>::from_frame(frame()) {
                let other = <$message>::from_frame(frame()).expect("it was read before");
                let again = <$message>::from_frame(other.into_frame());
                assert_eq!(again.expect("what was written is a message"), message);
            }
        };
    }
    check!(ToWorker);
    check!(FromWorker);
    check!(ToNode);
    check!(FromNode);
}

/// Reads what a worker wrote.
///
/// # Panics
///
/// If it is anything but messages of a worker.
pub fn check_output(mut bytes: &[u8]) {
    while let Some(frame) = frame::read(&mut bytes).expect("a worker writes frames") {
        FromWorker::from_frame(frame).expect("a worker writes messages");
    }
}
