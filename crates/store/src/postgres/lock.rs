//! The right to index a repository: an advisory lock, held by a connection of its own.
//!
//! The server frees it when the connection ends, so that no lock is ever stale: at once when its holder dies, after about a minute
//! when the holder's machine vanishes. A server that restarts forgets its locks; the holder takes it again, and if somebody else was
//! faster it learns so and writes nothing more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use domain::{ContentHash, RepositoryName};

use crate::postgres::address::PostgresAddress;
use crate::postgres::failure::Failure;
use crate::postgres::retry::Backoff;
use crate::postgres::session::{Access, Session};
use crate::{RepositoryLock, StoreError};

/// Short against a run, long against the cost of a try.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);
/// How often the holder looks whether its connection still stands.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// How long it tries to take the lock again.
const RECONNECT_PATIENCE: Duration = Duration::from_secs(60);

/// A lock that this process holds; released on drop.
pub(super) struct AdvisoryLock {
    stop: Option<Sender<()>>,
    keeper: Option<JoinHandle<()>>,
}

impl RepositoryLock for AdvisoryLock {}

impl Drop for AdvisoryLock {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(keeper) = self.keeper.take() {
            // A keeper that panicked has closed its connection, which frees the lock as well.
            keeper.join().ok();
        }
    }
}

/// A lock and the sign that it was lost.
pub(super) struct Held {
    pub(super) lock: AdvisoryLock,
    pub(super) is_lost: Arc<AtomicBool>,
}

pub(super) fn lock_repository(
    address: &PostgresAddress,
    repository: &RepositoryName,
    patience: Duration,
    own: &mut Session,
) -> Result<Held, Failure> {
    let key = key_of(repository);
    let deadline = Instant::now() + patience;
    let mut session = Session::connect(address, Access::Write, None)?;
    // A lock of a session that a pooler gives to others would be everybody's.
    session.require_apart(own, address)?;
    while !try_lock(&mut session, key)? {
        if Instant::now() >= deadline {
            return Err(StoreError::Locked {
                repository: repository.clone(),
                holder: holder(&mut session, key)?,
            }
            .into());
        }
        std::thread::sleep(RETRY_INTERVAL.min(patience));
    }
    let (stop, stopped) = channel();
    let is_lost = Arc::new(AtomicBool::new(false));
    let keeper = Keeper {
        address: address.clone(),
        key,
        is_lost: is_lost.clone(),
    };
    let thread = std::thread::Builder::new().name("lock".to_owned());
    let keeper = thread
        .spawn(move || keeper.keep(session, &stopped))
        .map_err(|source| StoreError::Backend {
            operation: "starting a thread that keeps a lock",
            source: Box::new(source),
        })?;
    Ok(Held {
        lock: AdvisoryLock {
            stop: Some(stop),
            keeper: Some(keeper),
        },
        is_lost,
    })
}

struct Keeper {
    address: PostgresAddress,
    key: i64,
    is_lost: Arc<AtomicBool>,
}

impl Keeper {
    fn keep(self, mut session: Session, stopped: &Receiver<()>) {
        while stopped.recv_timeout(HEARTBEAT) == Err(RecvTimeoutError::Timeout) {
            if session.batch("SELECT 1").is_ok() {
                continue;
            }
            match self.take_again(stopped) {
                Some(again) => session = again,
                None => {
                    self.is_lost.store(true, Ordering::Release);
                    return;
                }
            }
        }
        // The server would notice the closed connection too, but a little later.
        session
            .execute("SELECT pg_advisory_unlock($1)", &[&self.key])
            .ok();
    }

    /// Returns `None` when the lock is another's, the server stays away, or nobody needs the lock any more.
    fn take_again(&self, stopped: &Receiver<()>) -> Option<Session> {
        let mut backoff = Backoff::new(RECONNECT_PATIENCE);
        loop {
            let taken =
                Session::connect(&self.address, Access::Write, None).and_then(|mut session| {
                    let is_taken = try_lock(&mut session, self.key)?;
                    Ok(is_taken.then_some(session))
                });
            match taken {
                Ok(session) => return session,
                Err(_) if stopped.try_recv() == Err(TryRecvError::Disconnected) => return None,
                Err(_) if backoff.wait() => {}
                Err(_) => return None,
            }
        }
    }
}

fn try_lock(session: &mut Session, key: i64) -> Result<bool, Failure> {
    Ok(session
        .row("SELECT pg_try_advisory_lock($1)", &[&key])?
        .try_get(0)?)
}

/// Returns who holds the lock, as far as is known.
fn holder(session: &mut Session, key: i64) -> Result<String, Failure> {
    let found = session.optional_row(
        "SELECT a.application_name, extract(epoch FROM now() - a.backend_start)::bigint
         FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND (l.classid::bigint << 32 | l.objid::bigint) = $1",
        &[&key],
    )?;
    let name = match &found {
        Some(row) => row.try_get::<_, Option<String>>(0)?.unwrap_or_default(),
        None => String::new(),
    };
    Ok(match (found, name.is_empty()) {
        (Some(row), false) => {
            format!(
                "{name} for {} s",
                row.try_get::<_, Option<i64>>(1)?.unwrap_or(0)
            )
        }
        _ => "another process".to_owned(),
    })
}

fn key_of(repository: &RepositoryName) -> i64 {
    let hash = ContentHash::of(format!("mnemo repository {}", repository.as_str()).as_bytes());
    let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}
