//! What tests share: trees of files in a temporary folder, the trees that lie beside the checkout, a PostgreSQL server, an
//! embedding service that answers as scripted, and workers that misbehave.
//!
//! Never a normal dependency.

pub mod embedding_server;
mod postgres;
mod project;
mod shared;

pub use postgres::{PostgresServer, TestDatabase};
pub use project::{TestProject, count_statement};
pub use shared::shared_tree;
