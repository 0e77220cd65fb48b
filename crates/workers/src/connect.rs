//! Connections that a worker uses and its parent makes.
//!
//! A worker makes no socket. Where it needs a connection it asks its parent, which knows whom to connect to and is not to be talked into
//! anything else, and which hands over the descriptor beside the frames.

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use crossbeam_channel::Receiver;

use crate::frame;
use crate::message::FromWorker;
use crate::output::Output;

/// Connections that a worker process may ask for in its life: a server that restarts every few minutes all day, and no more.
pub(crate) const CONNECTIONS_MAX: usize = 1000;

/// A connection that was made.
#[derive(Debug)]
pub struct Connected {
    /// The connection; reading and writing do not block.
    pub descriptor: OwnedFd,
    /// What the maker says of it, such as the host's name.
    pub note: String,
}

/// Makes connections, in the parent.
#[derive(Clone)]
pub struct Connector(Arc<dyn Fn() -> io::Result<Connected> + Send + Sync>);

impl Connector {
    /// Makes one of a function that connects; it may take its time.
    pub fn new(connect: impl Fn() -> io::Result<Connected> + Send + Sync + 'static) -> Connector {
        Connector(Arc::new(connect))
    }

    pub(crate) fn connect(&self) -> io::Result<Connected> {
        (self.0)()
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

/// A worker's parent, as its handler sees it.
#[derive(Clone)]
pub struct Parent {
    pub(crate) output: Output,
    pub(crate) connections: Receiver<Result<Connected, String>>,
}

impl Parent {
    /// Returns a new connection, to whom the parent is set up to connect.
    ///
    /// # Errors
    ///
    /// Where the parent cannot connect, or is not set up to.
    pub fn connect(&self) -> io::Result<Connected> {
        let asked = FromWorker::Connect.into_frame();
        frame::write(&mut *self.output.lock(), &asked)?;
        match self.connections.recv() {
            Ok(connection) => connection.map_err(io::Error::other),
            Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}
