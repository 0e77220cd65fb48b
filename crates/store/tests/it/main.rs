//! The backends at their boundary: the conformance suite, several processes, crashes and refusals.

mod conformance;
mod encryption;
mod pooler;
mod processes;
mod refusals;
mod servers;
mod strangers;
