//! Tests that need real processes.

mod failures;
mod graph;
mod pool;
mod promises;
mod servers;
