//! Turns the façade's plain data into what people and programs read. Decides nothing.

pub(crate) mod evaluation;
pub(crate) mod graph;
pub(crate) mod hits;
pub(crate) mod json;
pub(crate) mod progress;
pub(crate) mod text;
