//! A pool of child processes: spawn, talk, time out, kill, restart.
//!
//! Both ends live here. [`run_pool`] is the parent: it gives jobs to workers and reports what became of each. [`serve_stdio`]
//! is the child: the loop that answers jobs. A job is opaque bytes, and so is its reply; this crate knows no noun of the
//! project, reads no environment, prints nothing and keeps no state between two runs.
//!
//! What decides (`schedule`) does no input or output, so that it is tested without processes; what talks to the operating
//! system is in `unix`.

mod capture;
mod confinement;
mod connect;
mod engine;
mod error;
mod event;
mod executor;
mod exit;
mod frame;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod memory;
mod message;
mod node;
mod note;
mod output;
mod place;
mod pool;
mod process;
mod schedule;
mod serve;
mod settings;
mod stop;
mod tail;
mod unix;

pub use capture::{Captured, Helper};
pub use confinement::{Confinement, Enforcement, NetworkAccess, OtherCalls};
pub use connect::{Connected, Connector, Parent};
pub use engine::EngineSettings;
pub use error::PoolError;
pub use event::{EndReason, Failure, JobId, PoolEvent, PoolReport, Serial};
pub use executor::{Executor, Inline, Pool};
pub use exit::WorkerExit;
pub use node::serve_node;
pub use pool::run_pool;
pub use serve::{Handler, ServeError, serve, serve_stdio};
pub use settings::PoolSettings;
pub use stop::{StopHandle, StopLevel};
