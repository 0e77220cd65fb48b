//! The SQLite backend at its boundary: the conformance suite, several processes, crashes and refusals.

mod conformance;
mod processes;
mod refusals;
