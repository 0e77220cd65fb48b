//! A session over a connection that somebody else has made.
//!
//! A process that must not make sockets must not have a runtime that makes them for itself either. So this waits for one descriptor by
//! `poll`, and needs nothing else of the system but reading and writing: encryption and the protocol are the driver's, as ever.

use std::io;
use std::os::fd::OwnedFd;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use postgres::Error;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

const TO_READ: u8 = 1;
const TO_WRITE: u8 = 2;

type Traffic = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// A session.
pub(super) struct Handed {
    client: Client,
    /// Carries what the client sends and gets, until either hangs up. Nothing then: whoever waits for an answer hears of its end.
    traffic: Option<Traffic>,
    line: Arc<Line>,
}

impl Handed {
    pub(super) fn connect(
        descriptor: OwnedFd,
        host: &str,
        config: &Config,
        mut connector: MakeRustlsConnect,
    ) -> Result<Handed, Error> {
        let line = Arc::new(Line {
            descriptor,
            waits: AtomicU8::new(0),
        });
        let stream = Stream(Arc::clone(&line));
        let Ok(tls) = MakeTlsConnect::<Stream>::make_tls_connect(&mut connector, host);
        let (client, traffic) = line.block_on(pin!(config.connect_raw(stream, tls)), |_| {})?;
        Ok(Handed {
            client,
            traffic: Some(Box::pin(traffic)),
            line,
        })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.traffic.is_none() || self.client.is_closed()
    }

    /// Has the client do something, and waits for it.
    pub(super) fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&Client) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut broken = None;
        let done = self.line.block_on(pin!(work(&self.client)), |context| {
            if let Some(traffic) = &mut self.traffic
                && let Poll::Ready(end) = traffic.as_mut().poll(context)
            {
                self.traffic = None;
                broken = end.err();
            }
        });
        // Why the connection ended says more than that it has.
        broken.map_or(done, Err)
    }
}

/// The connection, and what is waited for.
struct Line {
    descriptor: OwnedFd,
    waits: AtomicU8,
}

impl Line {
    /// Polls both, again whenever one of them has woken the other, and waits for the connection where neither gets any further.
    fn block_on<F: Future>(
        &self,
        mut future: Pin<&mut F>,
        mut meanwhile: impl FnMut(&mut Context<'_>),
    ) -> F::Output {
        let bell = Arc::new(Bell(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&bell));
        let context = &mut Context::from_waker(&waker);
        loop {
            meanwhile(context);
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return output;
            }
            if !bell.0.swap(false, Ordering::Relaxed) {
                self.wait();
            }
        }
    }

    fn wait(&self) {
        let waits = self.waits.swap(0, Ordering::Relaxed);
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, waits & TO_READ != 0);
        flags.set(PollFlags::OUT, waits & TO_WRITE != 0);
        // Interrupted or not, both are polled again.
        poll(&mut [PollFd::new(&self.descriptor, flags)], None).ok();
    }

    /// Makes of a call that would have to wait one that is waited for.
    fn ready<T>(
        &self,
        what: u8,
        mut call: impl FnMut() -> Result<T, Errno>,
    ) -> Poll<io::Result<T>> {
        loop {
            match call() {
                Ok(value) => return Poll::Ready(Ok(value)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    self.waits.fetch_or(what, Ordering::Relaxed);
                    return Poll::Pending;
                }
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }
}

/// Rung by whoever has something to do.
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Bell>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The connection, as the driver wants it.
struct Stream(Arc<Line>);

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let line = &self.0;
        let room = buffer.initialize_unfilled();
        let read = line.ready(TO_READ, || rustix::io::read(&line.descriptor, &mut *room));
        read.map_ok(|n_bytes| buffer.advance(n_bytes))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let line = &self.0;
        line.ready(TO_WRITE, || rustix::io::write(&line.descriptor, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // It ends with its descriptor.
        Poll::Ready(Ok(()))
    }
}
