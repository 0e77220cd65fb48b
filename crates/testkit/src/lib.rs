//! What tests share: trees of files in a temporary folder, the trees that lie beside the checkout, and workers that misbehave.
//!
//! Never a normal dependency.

mod project;
mod shared;

pub use project::{TestProject, count_statement};
pub use shared::shared_tree;
