//! Tests that need real processes.

mod crashes;
mod exact;
mod failures;
mod faults;
mod graph;
mod graph_go;
mod graph_java;
mod graph_python;
mod graph_rust;
mod histories;
mod mentions;
mod pool;
mod probe;
mod promises;
mod remote;
mod sandbox;
mod servers;
mod since;
mod snapshots;
mod tampered;
mod verify;
