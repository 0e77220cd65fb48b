//! The code graph: resolves references to definitions, walks the edges, measures the nodes.
//!
//! Pure: a function of what extraction said about every file. Reads no file and knows no database.

mod metrics;
mod network;
pub mod resolve;
mod walk;

pub use metrics::metrics;
pub use network::{Link, Network, Node, components};
pub use walk::{
    Affected, Bounds, Cycle, CycleLevel, EdgeKinds, Fold, Hotspot, Impact, Module, ModuleGraph,
    ModuleLink, Reach, Step, Walk, cycles, cycles_through, hotspots, modules,
};
