//! One state of a database for as long as a question lasts.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::{Store, StoreError};

/// A read transaction: all that is read through it is of one state of the database, whatever others commit meanwhile.
///
/// Gives the methods of [`Store`] that read. Ends with the value. Until then SQLite's log cannot shrink and a server cannot vacuum
/// what the state still has, so it has an age at which it fails ([`ReadingBounds`]).
pub struct Reading<'s> {
    store: &'s mut (dyn Store + 'static),
}

impl<'s> Reading<'s> {
    /// Begins to read the state that `store` has now. A store has one reading at a time.
    pub fn begin(
        store: &'s mut (dyn Store + 'static),
        bounds: &ReadingBounds,
    ) -> Result<Reading<'s>, StoreError> {
        store.begin_reading(bounds)?;
        Ok(Reading { store })
    }
}

impl Deref for Reading<'_> {
    type Target = dyn Store;

    fn deref(&self) -> &(dyn Store + 'static) {
        self.store
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.store.end_reading();
    }
}

/// What ends a reading before its owner does: its age, or somebody who no longer wants the answer.
#[derive(Clone, Debug)]
pub struct ReadingBounds {
    limit: Duration,
    deadline: Option<Instant>,
    canceller: Canceller,
}

impl ReadingBounds {
    /// ReadingBounds a reading that begins now to `limit`.
    pub fn new(limit: Duration, canceller: &Canceller) -> ReadingBounds {
        ReadingBounds {
            limit,
            // A deadline too far away to be represented is none.
            deadline: Instant::now().checked_add(limit),
            canceller: canceller.clone(),
        }
    }

    /// Lets a reading last as long as it takes.
    pub(crate) fn none() -> ReadingBounds {
        ReadingBounds::new(Duration::MAX, &Canceller::default())
    }

    /// Returns how old the reading may get.
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Fails once the reading has to end.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.canceller.is_cancelled() {
            return Err(StoreError::Cancelled);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(StoreError::ReadingTooOld {
                seconds: self.limit.as_secs(),
            }),
            _ => Ok(()),
        }
    }
}

/// Ends readings from any thread.
#[derive(Clone, Default)]
pub struct Canceller {
    is_cancelled: Arc<AtomicBool>,
}

impl Canceller {
    /// Lets every reading bounded by this fail at its next step with [`StoreError::Cancelled`].
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// Returns whether that has happened.
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Canceller")
            .field(&self.is_cancelled())
            .finish()
    }
}
