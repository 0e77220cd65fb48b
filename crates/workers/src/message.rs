//! What parent and worker say to each other.
//!
//! The first four bytes of `Hello` and `Ready` are the protocol version, in this and every later version, so that two versions
//! can tell each other apart.

use crate::frame::Frame;
use crate::{Confinement, JobId};

pub(crate) use node::{FromNode, ToNode};

mod node;

/// Rises with every change of a message.
pub(crate) const PROTOCOL_VERSION: u32 = 5;

/// What the parent says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ToWorker {
    Hello(Hello),
    Job {
        job: JobId,
        payload: Vec<u8>,
    },
    /// Finish the job in hand, forget those not taken up, and exit.
    Finish,
    /// The connection that was asked for, whose descriptor comes with the frame, and what there is to know of it; or why there is none.
    Connection(Result<String, String>),
}

/// The parent's first message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hello {
    pub(crate) version: u32,
    pub(crate) data_limit_bytes: Option<u64>,
    pub(crate) confinement: Option<Confinement>,
    pub(crate) setup: Vec<u8>,
}

/// What a worker says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FromWorker {
    Ready {
        version: u32,
    },
    /// It cannot work; it exits after this.
    Refused {
        message: String,
    },
    /// It needs a connection, and may not make any.
    Connect,
    /// It takes up a job. The one before, if that has no reply yet, is done and kept: it is lost with the worker, and answered before this one.
    Started {
        job: JobId,
    },
    /// The job has come so far; a second attempt begins from there.
    Progress {
        job: JobId,
        n_steps: u64,
    },
    Done {
        job: JobId,
        /// The worker's own memory after the job.
        n_private_bytes: u64,
        reply: Vec<u8>,
    },
}

/// A frame that is no message of this version; the text says what it is.
pub(crate) type Unreadable = String;

const HELLO: u8 = 1;
const JOB: u8 = 2;
const FINISH: u8 = 3;
const CONNECTION: u8 = 4;
const READY: u8 = 17;
const REFUSED: u8 = 18;
const STARTED: u8 = 19;
const DONE: u8 = 20;
const PROGRESS: u8 = 21;
const CONNECT: u8 = 22;

impl ToWorker {
    pub(crate) fn into_frame(self) -> Frame {
        match self {
            ToWorker::Hello(hello) => {
                // A limit of "all there is" is no limit.
                let limit = hello.data_limit_bytes.unwrap_or(u64::MAX);
                let version = hello.version.to_le_bytes();
                let confinement = hello.confinement.as_ref().map(Confinement::to_bytes);
                // As long as no list at all is no confinement.
                let confinement = confinement.unwrap_or_default();
                let n_bytes = confinement.len() as u64;
                let numbers = [limit.to_le_bytes(), n_bytes.to_le_bytes()].concat();
                frame(HELLO, &[&version, &numbers, &confinement, &hello.setup])
            }
            ToWorker::Job { job, payload } => frame(JOB, &[&job.0.to_le_bytes(), &payload]),
            ToWorker::Finish => frame(FINISH, &[]),
            ToWorker::Connection(Ok(note)) => frame(CONNECTION, &[&[1], note.as_bytes()]),
            ToWorker::Connection(Err(why)) => frame(CONNECTION, &[&[0], why.as_bytes()]),
        }
    }

    pub(crate) fn from_frame(frame: Frame) -> Result<ToWorker, Unreadable> {
        let mut fields = Fields::of(&frame);
        Ok(match frame.kind {
            HELLO => {
                let version = fields.u32()?;
                if version != PROTOCOL_VERSION {
                    // What follows the version is not ours to read.
                    return Ok(ToWorker::Hello(Hello {
                        version,
                        data_limit_bytes: None,
                        confinement: None,
                        setup: Vec::new(),
                    }));
                }
                let limit = fields.u64()?;
                let confinement = fields.confinement()?;
                ToWorker::Hello(Hello {
                    version,
                    confinement,
                    data_limit_bytes: (limit != u64::MAX).then_some(limit),
                    setup: fields.rest(),
                })
            }
            JOB => ToWorker::Job {
                job: JobId(fields.u64()?),
                payload: fields.rest(),
            },
            FINISH => ToWorker::Finish,
            CONNECTION => {
                let is_made = fields.take::<1>()? == [1];
                let text = String::from_utf8_lossy(&fields.rest()).into_owned();
                ToWorker::Connection(if is_made { Ok(text) } else { Err(text) })
            }
            kind => return Err(unknown(kind)),
        })
    }
}

impl FromWorker {
    pub(crate) fn into_frame(self) -> Frame {
        match self {
            FromWorker::Ready { version } => frame(READY, &[&version.to_le_bytes()]),
            FromWorker::Refused { message } => frame(REFUSED, &[message.as_bytes()]),
            FromWorker::Connect => frame(CONNECT, &[]),
            FromWorker::Started { job } => frame(STARTED, &[&job.0.to_le_bytes()]),
            FromWorker::Progress { job, n_steps } => {
                frame(PROGRESS, &[&job.0.to_le_bytes(), &n_steps.to_le_bytes()])
            }
            FromWorker::Done {
                job,
                n_private_bytes,
                reply,
            } => {
                let (job, n_bytes) = (job.0.to_le_bytes(), n_private_bytes.to_le_bytes());
                frame(DONE, &[&job, &n_bytes, &reply])
            }
        }
    }

    pub(crate) fn from_frame(frame: Frame) -> Result<FromWorker, Unreadable> {
        let mut fields = Fields::of(&frame);
        Ok(match frame.kind {
            READY => FromWorker::Ready {
                version: fields.u32()?,
            },
            REFUSED => FromWorker::Refused {
                message: String::from_utf8_lossy(&fields.rest()).into_owned(),
            },
            CONNECT => FromWorker::Connect,
            STARTED => FromWorker::Started {
                job: JobId(fields.u64()?),
            },
            PROGRESS => FromWorker::Progress {
                job: JobId(fields.u64()?),
                n_steps: fields.u64()?,
            },
            DONE => FromWorker::Done {
                job: JobId(fields.u64()?),
                n_private_bytes: fields.u64()?,
                reply: fields.rest(),
            },
            kind => return Err(unknown(kind)),
        })
    }
}

fn frame(kind: u8, fields: &[&[u8]]) -> Frame {
    let payload = fields.concat();
    Frame { kind, payload }
}

fn unknown(kind: u8) -> Unreadable {
    format!("a frame of the unknown kind {kind}")
}

/// The fields of a frame, from first to last.
struct Fields<'a> {
    kind: u8,
    bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    fn of(frame: &'a Frame) -> Fields<'a> {
        let (kind, bytes) = (frame.kind, &frame.payload[..]);
        Fields { kind, bytes }
    }

    fn u32(&mut self) -> Result<u32, Unreadable> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Unreadable> {
        self.take().map(u64::from_le_bytes)
    }

    /// A length and so many bytes, none for no confinement.
    fn confinement(&mut self) -> Result<Option<Confinement>, Unreadable> {
        let unreadable = format!("a frame of kind {} with a strange confinement", self.kind);
        let n_bytes = usize::try_from(self.u64()?).unwrap_or(usize::MAX);
        let Some((field, rest)) = self.bytes.split_at_checked(n_bytes) else {
            return Err(unreadable);
        };
        self.bytes = rest;
        match field {
            [] => Ok(None),
            field => Confinement::from_bytes(field).map(Some).ok_or(unreadable),
        }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let Some((field, rest)) = self.bytes.split_first_chunk::<N>() else {
            return Err(format!("a frame of kind {} that is too short", self.kind));
        };
        self.bytes = rest;
        Ok(*field)
    }

    fn rest(self) -> Vec<u8> {
        self.bytes.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_as_they_went_in() {
        let hello = |data_limit_bytes| {
            ToWorker::Hello(Hello {
                version: PROTOCOL_VERSION,
                data_limit_bytes,
                confinement: data_limit_bytes.map(|_| Confinement {
                    readable: vec!["/a".into()],
                    writable: Vec::new(),
                    network: crate::NetworkAccess::None,
                    other_calls: crate::OtherCalls::Fail,
                }),
                setup: b"setup".to_vec(),
            })
        };
        let job = || ToWorker::Job {
            job: JobId(7),
            payload: b"work".to_vec(),
        };
        for (one, other) in [
            (hello(None), hello(None)),
            (hello(Some(5)), hello(Some(5))),
            (job(), job()),
            (ToWorker::Finish, ToWorker::Finish),
            (
                ToWorker::Connection(Ok("host".to_owned())),
                ToWorker::Connection(Ok("host".to_owned())),
            ),
            (
                ToWorker::Connection(Err("gone".to_owned())),
                ToWorker::Connection(Err("gone".to_owned())),
            ),
        ] {
            assert_eq!(ToWorker::from_frame(one.into_frame()), Ok(other));
        }
        let done = || FromWorker::Done {
            job: JobId(7),
            n_private_bytes: 9,
            reply: b"reply".to_vec(),
        };
        assert_eq!(FromWorker::from_frame(done().into_frame()), Ok(done()));
        let progress = || FromWorker::Progress {
            job: JobId(7),
            n_steps: 3,
        };
        assert_eq!(
            FromWorker::from_frame(progress().into_frame()),
            Ok(progress())
        );
    }

    #[test]
    fn unknown_and_short_frames_are_named() {
        let check = |kind, payload: &[u8], expected: &str| {
            let payload = payload.to_vec();
            let error = FromWorker::from_frame(Frame { kind, payload }).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check(99, b"", "unknown kind 99");
        check(DONE, b"short", "too short");
    }
}
