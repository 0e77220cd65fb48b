//! The façade: opens a project and wires the parts together, in the words of its callers.
//!
//! Plain data in, plain data out. The only place that reads the environment and configuration files, chooses a store, builds
//! embedders and says what a worker is. Start at [`Project`].

mod asking;
mod code_graph;
mod collect;
mod coverage;
mod diff;
mod doctor;
mod embedding;
mod engine;
mod error;
mod evaluate;
mod export;
mod fleet;
mod fresh;
mod graph;
mod index;
mod known_graph;
mod listing;
mod pack;
mod project;
mod rate;
mod runs;
mod sandbox;
mod search;
mod settings;
mod snapshot;
mod symbol;
mod tree_file;
mod verify;
mod watch;
mod worker;

pub use collect::Collected;
pub use coverage::Coverage;
pub use diff::{
    AffectedTests, ChangeReach, ChangedDefinition, ChangedFile, DefinitionChange, DiffImpact,
    DiffOptions, IndexedState, Reason, Risk,
};
pub use doctor::{Check, Finding};
pub use embedding::texts::{Missing, TextEmbedder, TextModel, text_models, text_threads};
pub use embedding::{ModelStatus, model_paths, models, pull_models};
pub use engine::serve_node;
pub use error::{Advice, AppError, FleetError};
pub use evaluate::{
    Evaluation, Expected, KindScores, KnownQuestion, PairedDifference, QuestionScores,
    QuestionSource, Ranking, RankingScores,
};
pub use export::{ExportItem, export};
pub use fleet::{
    FleetEntry, FleetOutcome, FleetResult, FleetSource, FleetStatus, LastRun, read_fleet,
};
pub use fresh::Freshness;
pub use graph::{
    AnswerEdge, AnswerNode, Arrival, CycleAnswer, CyclesAnswer, GraphAnswer, GraphView, HotspotRow,
    HotspotsAnswer, MapAnswer, MapKind, MapLink, MapNode, ModuleLinkRow, ModuleRow, ModulesAnswer,
    Tests, Unfollowed, UnfollowedPlace, WalkOptions, components,
};
pub use index::{IndexOptions, IndexPlan};
pub use listing::{Listing, ListingLink};
pub use pack::{Packed, Unpacked};
pub use project::{Project, RepositoryStatus};
pub use runs::{RunState, RunStatus};
pub use search::{Answer, AnswerHit, Excerpt, Form, SearchOptions};
pub use settings::{
    DatabaseLocation, Editor, EmbedderViews, EmbeddingMode, EngineKind, Flag, FlagGroup, FlagValue,
    InForce, InvalidSetting, MemoryLimit, Overrides, Provenance, SECRETS, SETTINGS, Sandbox,
    Secret, Setting, SettingRow, Settings, Workers, repository_around, tree_around,
};
pub use snapshot::{Reader, Snapshot};
pub use symbol::GraphSymbol;
pub use verify::{Difference, Repair, VectorCheck, Verification};
pub use watch::{WatchEvent, WatchMode};
pub use worker::serve_worker;

// What passes through the façade as it is.
pub use ::graph::{CycleLevel, Fold};
pub use ::index::{Compared, Event, FileChangeKind, Forecast, Lane, Phase, Progress, RunSummary};
pub use ::search::evaluation::Scores;
pub use ::search::{Feature, Matched, Mode, Snippet, TestHits};
pub use embed::models::PullEvent;
pub use embed::{EmbedError, Embedded, Role};
pub use store::{Canceller, Counts, GraphCounts, Reclaimable, VectorsOf};
pub use workers::StopHandle;
