//! What is seen of a worker, whether it runs here or elsewhere.

use std::io;

use crate::WorkerExit;
use crate::message::{FromNode, FromWorker};

/// What happened to a worker.
#[derive(Debug)]
pub(crate) enum Note {
    Spawned { pid: Option<u32> },
    NotSpawned { error: io::Error },
    Said(FromWorker),
    Garbage { detail: String },
    HungUp,
    Ended { exit: WorkerExit, stderr: String },
}

impl FromNode {
    /// Returns what there is to say of what a node notes.
    pub(crate) fn of_note(note: Note) -> Option<FromNode> {
        Some(match note {
            Note::Said(message) => FromNode::Worker(message),
            Note::Garbage { detail } => FromNode::Garbage { detail },
            Note::HungUp => FromNode::HungUp,
            Note::Ended { exit, stderr } => FromNode::Ended { exit, stderr },
            Note::Spawned { .. } => FromNode::Spawned,
            Note::NotSpawned { .. } => return None,
        })
    }

    /// Returns what the pool notes of it.
    pub(crate) fn into_note(self) -> Note {
        match self {
            // Its process id means nothing here.
            FromNode::Spawned => Note::Spawned { pid: None },
            FromNode::Worker(message) => Note::Said(message),
            FromNode::Garbage { detail } => Note::Garbage { detail },
            FromNode::HungUp => Note::HungUp,
            FromNode::Ended { exit, stderr } => Note::Ended { exit, stderr },
        }
    }
}
