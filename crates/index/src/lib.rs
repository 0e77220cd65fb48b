//! The write road: from a directory to a complete generation in the store.
//!
//! Decides which files need work ([`discover()`]), turns one file into rows ([`FileIndexer`], inside a worker), and carries a run
//! from the first directory entry to the swap of the generation ([`run()`]). Builds no store and no embedder, prints nothing, reads
//! no environment: it is given all of that and reports what happens by [`Event`]s.

mod diff;
mod discover;
mod error;
mod events;
mod filters;
mod git;
mod graph_phase;
mod job;
mod order;
mod plan;
mod progress;
mod resources;
mod revision;
mod run;
mod secrets;
mod watch;

pub use diff::{Compared, Comparison, FileChangeKind, FileDiff, Hunk, LineRange};
pub use discover::{
    Discovery, FileChange, NestedRepositories, Rules, TestFiles, discover, stamp_of,
};
pub use error::RunError;
pub use events::{Event, Phase};
pub use extract::{EXTRACTOR_VERSION, Tier, is_test_path, tier_of, view_input};
pub use filters::{GeneratedFiles, InvalidGlob, Patterns, SecretFiles};
pub use git::Git;
pub use graph_phase::{GraphSeconds, Numbers, network};
pub use job::rules_version;
pub use job::{FileIndexer, FileReport, JobReply, JobRequest, JobSource};
pub use plan::{Embedding, Forecast, Resources, forecast};
pub use progress::{Lane, Progress};
pub use resources::{MemoryBudget, MemoryShares, granted_cores, granted_memory_bytes};
pub use revision::RevisionError;
pub use run::{RunRequest, RunSummary, Seconds, run};
pub use watch::{Noticing, TreeWatch, Waited};
