//! What a pool says to a node of an engine, and the node to the pool: what is said to a worker and by it, and what a pool sees by itself of
//! a worker of its own machine.

use super::{Fields, FromWorker, ToWorker, Unreadable, frame, unknown};
use crate::WorkerExit;
use crate::frame::Frame;

/// What the pool says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ToNode {
    /// What to make a worker of; comes first.
    SetUp(Vec<u8>),
    /// Kill the worker and what it has started.
    Kill,
    /// For the worker.
    Worker(ToWorker),
}

/// What a node says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FromNode {
    /// The worker was started.
    Spawned,
    /// Of the worker.
    Worker(FromWorker),
    /// The worker sent what is no frame, or none of its protocol.
    Garbage { detail: String },
    /// The worker closed its output.
    HungUp,
    /// The worker has ended.
    Ended { exit: WorkerExit, stderr: String },
}

const SET_UP: u8 = 33;
const KILL: u8 = 34;
const SPAWNED: u8 = 49;
const GARBAGE: u8 = 50;
const HUNG_UP: u8 = 51;
const ENDED: u8 = 52;

/// How a worker ended, as the first byte of what says so.
const BY_CODE: u8 = 0;
const BY_SIGNAL: u8 = 1;
const BY_POOL: u8 = 2;
const UNKNOWN: u8 = 3;

impl ToNode {
    pub(crate) fn into_frame(self) -> Frame {
        match self {
            ToNode::SetUp(setup) => frame(SET_UP, &[&setup]),
            ToNode::Kill => frame(KILL, &[]),
            ToNode::Worker(message) => message.into_frame(),
        }
    }

    pub(crate) fn from_frame(frame: Frame) -> Result<ToNode, Unreadable> {
        match frame.kind {
            SET_UP => Ok(ToNode::SetUp(frame.payload)),
            KILL => Ok(ToNode::Kill),
            _ => match ToWorker::from_frame(frame)? {
                // Both are the node's to say: they open doors.
                ToWorker::Hello(_) | ToWorker::Connection(_) => {
                    Err("a message that is not the pool's to send".to_owned())
                }
                message => Ok(ToNode::Worker(message)),
            },
        }
    }
}

impl FromNode {
    pub(crate) fn into_frame(self) -> Frame {
        match self {
            FromNode::Spawned => frame(SPAWNED, &[]),
            FromNode::Worker(message) => message.into_frame(),
            FromNode::Garbage { detail } => frame(GARBAGE, &[detail.as_bytes()]),
            FromNode::HungUp => frame(HUNG_UP, &[]),
            FromNode::Ended { exit, stderr } => {
                let (how, number) = match exit {
                    WorkerExit::Code(code) => (BY_CODE, code),
                    WorkerExit::Signal(signal) => (BY_SIGNAL, signal),
                    WorkerExit::KilledByPool => (BY_POOL, 0),
                    WorkerExit::Unknown => (UNKNOWN, 0),
                };
                frame(ENDED, &[&[how], &number.to_le_bytes(), stderr.as_bytes()])
            }
        }
    }

    pub(crate) fn from_frame(frame: Frame) -> Result<FromNode, Unreadable> {
        let mut fields = Fields::of(&frame);
        Ok(match frame.kind {
            SPAWNED => FromNode::Spawned,
            GARBAGE => FromNode::Garbage {
                detail: String::from_utf8_lossy(&fields.rest()).into_owned(),
            },
            HUNG_UP => FromNode::HungUp,
            ENDED => {
                let [how] = fields.take::<1>()?;
                let number = i32::from_le_bytes(fields.take()?);
                let exit = match how {
                    BY_CODE => WorkerExit::Code(number),
                    BY_SIGNAL => WorkerExit::Signal(number),
                    BY_POOL => WorkerExit::KilledByPool,
                    UNKNOWN => WorkerExit::Unknown,
                    _ => return Err(unknown(ENDED)),
                };
                let stderr = String::from_utf8_lossy(&fields.rest()).into_owned();
                FromNode::Ended { exit, stderr }
            }
            _ => FromNode::Worker(FromWorker::from_frame(frame)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Confinement, JobId, NetworkAccess, OtherCalls};

    #[test]
    fn messages_of_a_node_come_out_as_they_went_in() {
        let exits = [
            WorkerExit::Code(3),
            WorkerExit::Signal(9),
            WorkerExit::KilledByPool,
            WorkerExit::Unknown,
        ];
        let ended = exits.map(|exit| FromNode::Ended {
            exit,
            stderr: "said".to_owned(),
        });
        let job = JobId(1);
        let others = [
            FromNode::Spawned,
            FromNode::HungUp,
            FromNode::Worker(FromWorker::Started { job }),
            FromNode::Garbage {
                detail: "noise".to_owned(),
            },
        ];
        for message in ended.into_iter().chain(others) {
            let words = format!("{message:?}");
            let read = FromNode::from_frame(message.into_frame()).unwrap();
            assert_eq!(format!("{read:?}"), words);
        }
    }

    /// A pool elsewhere gives jobs; what a worker may touch of the machine is not for it to say.
    #[test]
    fn what_opens_doors_is_not_taken_from_a_pool() {
        let hello = ToWorker::Hello(super::super::Hello {
            version: super::super::PROTOCOL_VERSION,
            data_limit_bytes: None,
            confinement: Some(Confinement {
                readable: vec!["/".into()],
                writable: Vec::new(),
                network: NetworkAccess::None,
                other_calls: OtherCalls::Fail,
            }),
            setup: Vec::new(),
        });
        assert!(ToNode::from_frame(hello.into_frame()).is_err());
        let finish = ToNode::from_frame(ToWorker::Finish.into_frame());
        assert_eq!(finish, Ok(ToNode::Worker(ToWorker::Finish)));
    }
}
