//! The Model Context Protocol: what coding agents ask by.
//!
//! Only this module knows JSON-RPC. What tools there are is in `tools`.

mod answer;
mod budget;
mod handler;
pub(crate) mod http;
mod sessions;
mod stdio;
mod tools;

pub(crate) use handler::Handler;
pub(crate) use stdio::Stdio;
