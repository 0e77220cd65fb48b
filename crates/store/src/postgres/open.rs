//! How a store is opened: for what, over whose connections, and how long a server that is not there is waited for.

use std::cell::RefCell;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use super::failure::Failure;
use super::retry::Backoff;
use super::session::Access;
use super::{PostgresAddress, PostgresStore, nearness, schema};
use crate::StoreError;

/// How long to wait for the first connection of a process to a server that is starting or has none left.
const FIRST_PATIENCE: Duration = Duration::from_secs(10);

impl PostgresStore {
    /// Opens the database for reading and writing; makes the schema and the extension where they are missing, and brings an older
    /// schema up to date, safely against other processes that do the same.
    pub fn open(address: &PostgresAddress) -> Result<PostgresStore, StoreError> {
        PostgresStore::new(address, Access::Write).opened(Failure::is_full_or_starting)
    }

    /// Opens a database that was there a moment ago, as a worker does: waits for a server that restarts, and not for its disk. What it
    /// writes is safe from a crash of the server once the parent has settled it ([`Store::settle`](crate::Store::settle)).
    pub fn open_again(address: &PostgresAddress) -> Result<PostgresStore, StoreError> {
        PostgresStore::new(address, Access::WriteUnsettled).opened(Failure::is_transient)
    }

    /// [`PostgresStore::open_again`] over connections that `dial` makes.
    pub fn open_over(
        address: &PostgresAddress,
        dial: impl Fn() -> io::Result<(OwnedFd, String)> + Send + 'static,
    ) -> Result<PostgresStore, StoreError> {
        let store = PostgresStore {
            dial: Some(Box::new(dial)),
            ..PostgresStore::new(address, Access::WriteUnsettled)
        };
        store.opened(Failure::is_transient)
    }

    /// Opens the database for reading only: changes nothing, so that the methods that write fail with [`StoreError::ReadOnly`].
    pub fn open_read_only(address: &PostgresAddress) -> Result<PostgresStore, StoreError> {
        PostgresStore::new(address, Access::Read).opened(Failure::is_full_or_starting)
    }

    /// Uses an index of vectors from this many chunks and vectors on, instead of from where it pays; for measuring what it finds.
    #[must_use]
    pub fn with_index_from(self, n_chunks: u32) -> PostgresStore {
        PostgresStore {
            index_from: i64::from(n_chunks),
            ..self
        }
    }

    fn new(address: &PostgresAddress, access: Access) -> PostgresStore {
        PostgresStore {
            address: address.clone(),
            access,
            dial: None,
            session: RefCell::new(None),
            survey: RefCell::new(None),
            index_from: nearness::INDEX_FROM,
            reading: RefCell::new(None),
            lock: RefCell::new(None),
        }
    }

    /// Connects, trying again for a while after failures that are worth it.
    fn opened(self, is_passing: fn(&Failure) -> bool) -> Result<PostgresStore, StoreError> {
        let mut backoff = Backoff::new(FIRST_PATIENCE);
        loop {
            match self.prepare() {
                Ok(()) => return Ok(self),
                Err(failure) if is_passing(&failure) && backoff.wait() => {}
                Err(failure) => return Err(self.error(failure, "opening the database")),
            }
        }
    }

    fn prepare(&self) -> Result<(), Failure> {
        let session = &mut *self.connected()?;
        let survey = session.enter(&self.address, self.access)?;
        match self.access {
            Access::Read => schema::require_current(session, &self.address, &survey)?,
            Access::Write | Access::WriteUnsettled => {
                schema::migrate(session, &self.address, &survey)?
            }
        }
        *self.survey.borrow_mut() = Some(survey);
        Ok(())
    }
}
