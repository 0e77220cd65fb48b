//! Tests that need real processes.

mod failures;
mod pool;
mod promises;
