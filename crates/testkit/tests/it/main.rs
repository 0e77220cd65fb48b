//! Tests that need real processes.

mod crashes;
mod failures;
mod graph;
mod pool;
mod promises;
mod verify;
