//! What tests share: trees of files in a temporary folder, the trees that lie beside the checkout, a PostgreSQL server, and workers that misbehave.
//!
//! Never a normal dependency.

mod postgres;
mod project;
mod shared;

pub use postgres::{PostgresServer, TestDatabase};
pub use project::{TestProject, count_statement};
pub use shared::shared_tree;
