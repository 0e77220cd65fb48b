//! What tests share: trees of files in a temporary folder, the trees that lie beside the checkout, a PostgreSQL server, an
//! embedding service that answers as scripted, workers that misbehave, databases in which a value was changed, and texts that are to
//! stay as they are.
//!
//! Never a normal dependency.

pub mod embedding_server;
mod postgres;
mod project;
mod shared;
mod snapshots;
mod tampering;

pub use postgres::{PostgresServer, TestDatabase};
pub use project::{TestProject, count_statement, hold_repository};
pub use shared::shared_tree;
pub use snapshots::{check_section, check_snapshots};
pub use tampering::Tampering;
