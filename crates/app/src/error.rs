//! Why a command could not be carried out. What to do about it is said in [`advice`].

mod advice;
mod fleet;

use std::path::PathBuf;

use domain::{InvalidRepositoryName, RepositoryName};
use embed::EmbedError;
use embed::models::ModelError;
use embed::remote::ServiceAddress;
use index::{InvalidGlob, RevisionError, RunError};
use search::SearchError;
use store::{PackError, StoreError};
use thiserror::Error;

pub use advice::Advice;
pub use fleet::FleetError;

use crate::settings::InvalidSetting;
use crate::symbol::GraphSymbol;

/// A command that could not be carried out.
#[derive(Debug, Error)]
pub enum AppError {
    /// A setting has a value that cannot be used.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// A glob is malformed.
    #[error(transparent)]
    Glob(#[from] InvalidGlob),
    /// The glob that hits must match is malformed.
    #[error("the path to search in must be a glob such as 'src/**/*.ts'")]
    PathGlob(#[source] globset::Error),
    /// A regular expression cannot be read.
    #[error("the regular expression cannot be read")]
    Pattern(#[source] search::PatternError),
    /// The directory to index is missing or unreadable.
    #[error("cannot index {}", root.display())]
    Root {
        /// The directory as given.
        root: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The repository's name cannot be used.
    #[error(transparent)]
    Name(#[from] InvalidRepositoryName),
    /// The store has no such repository.
    #[error("the index has no repository {name:?}; it has {}", list(known))]
    UnknownRepository {
        /// The name asked for.
        name: String,
        /// Names that exist.
        known: Vec<RepositoryName>,
    },
    /// There is nothing to look for.
    #[error("the question is empty")]
    EmptyQuestion,
    /// There is no word to look for.
    #[error("the question {lack}")]
    NothingAsked {
        /// What is missing.
        lack: &'static str,
    },
    /// No repository holds the working directory or lies below it.
    #[error("{} is not indexed; the index has {}", directory.display(), list(known))]
    NotIndexed {
        /// The working directory.
        directory: PathBuf,
        /// Repositories that lie elsewhere.
        known: Vec<RepositoryName>,
    },
    /// Whoever keeps an index fresh was started outside of any repository.
    #[error("{} is in no git repository and in no indexed tree", directory.display())]
    NoRepositoryHere {
        /// The working directory.
        directory: PathBuf,
    },
    /// Several repositories could be meant.
    #[error(
        "several repositories could be meant, and none holds the working directory alone: {}",
        list(known)
    )]
    AmbiguousRepository {
        /// Their names.
        known: Vec<RepositoryName>,
    },
    /// The name is that of another tree, which is still there.
    #[error("{name} is the index of another directory, {}", root.display())]
    OtherTree {
        /// The repository.
        name: RepositoryName,
        /// Where its tree is.
        root: PathBuf,
    },
    /// A pack cannot be written or read.
    #[error("{} cannot be used", path.display())]
    Pack {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PackError,
    },
    /// A pack holds what this program would make anew.
    #[error("{} was made by mnemo {program}, which turns files into something else than this program", path.display())]
    OtherProgram {
        /// The file.
        path: PathBuf,
        /// The version that made it, in its own words.
        program: String,
    },
    /// The index of a repository is not whole.
    #[error("{repository} is not indexed to its end")]
    Unfinished {
        /// Which repository.
        repository: RepositoryName,
    },
    /// The question is about changes of a tree that the working directory is not in.
    #[error("the tree of {repository} is {}, and the working directory is not in it", root.display())]
    TreeElsewhere {
        /// Its name.
        repository: RepositoryName,
        /// Where its tree is.
        root: PathBuf,
    },
    /// Git cannot say what has changed.
    #[error(transparent)]
    Diff(#[from] RevisionError),
    /// Nothing is indexed yet.
    #[error("nothing is indexed yet in {database}")]
    Empty {
        /// Where it is, without a password.
        database: String,
    },
    /// No definition has that name.
    #[error("the index of this repository has no definition called {name:?}")]
    UnknownSymbol {
        /// The name asked for.
        name: String,
        /// Definitions whose names have it in them, the likeliest first.
        similar: Vec<GraphSymbol>,
    },
    /// Several definitions have that name.
    #[error("{name:?} could mean several definitions")]
    AmbiguousSymbol {
        /// The name asked for.
        name: String,
        /// The definitions, the likeliest first.
        candidates: Vec<GraphSymbol>,
    },
    /// The model is not available.
    #[error("the model is not available")]
    Model(#[from] ModelError),
    /// No model in use has vectors that may be cut to this length.
    #[error(
        "vectors of {models} cannot be cut to {n_dimensions} dimensions; leave the number out, or choose a model that can be cut: {}",
        cuttable()
    )]
    Dimensions {
        /// Names of those in force.
        models: String,
        /// The length asked for.
        n_dimensions: usize,
    },
    /// A model has to be here and is not.
    #[error("the model {name} is not on this machine")]
    ModelNotHere {
        /// The model.
        name: String,
    },
    /// The settings say that no model of this machine embeds.
    #[error("by the settings in force, no model of this machine makes vectors")]
    NoTextModel,
    /// The network may not be used, and the embedding service is elsewhere.
    #[error("{address} is not on this machine, and the network is off (offline)")]
    OfflineEmbedder {
        /// The service.
        address: ServiceAddress,
    },
    /// The file that holds the key of the embedding service cannot be read.
    #[error("cannot read the key of the embedding service")]
    KeyFile(#[source] std::io::Error),
    /// The model is there but cannot be used.
    #[error("the model cannot be used")]
    Embed(#[from] EmbedError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The settings in force are not those of the index.
    #[error(
        "{repository} was indexed with another model, extractor or settings than those in force"
    )]
    OtherProfile {
        /// Its name.
        repository: RepositoryName,
    },
    /// The setup of a worker cannot be encoded.
    #[error("the path of the tree, the database or the cache is not UTF-8")]
    PathEncoding(#[source] serde_json::Error),
    /// It was stopped before it had an answer.
    #[error("interrupted")]
    Interrupted,
    /// The run stopped.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A question could not be answered.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// An engine was asked for, and the store is a file of this machine.
    #[error("--engine ray needs a database that every machine reaches: --database postgres://…")]
    EngineWithoutServer,
    /// A range of workers was given, and there is nothing that could give more or fewer.
    #[error("--workers MIN:MAX is for --engine ray; workers of this machine are a number or auto")]
    WorkersWithoutEngine,
    /// A machine has another model of the same name.
    #[error("{} holds other weights of {name} than the run's", folder.display())]
    OtherWeights {
        /// The model.
        name: String,
        /// Where it is.
        folder: PathBuf,
    },
    /// The worker program cannot be found.
    #[error("cannot determine the worker program")]
    WorkerProgram(#[source] std::io::Error),
    /// A file of questions cannot be read.
    #[error("cannot read the questions in {}", path.display())]
    Questions {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line of a file is no question.
    #[error("line {line} of {} is no question", path.display())]
    QuestionLine {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u32,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A repository of elsewhere cannot be fetched.
    #[error("cannot fetch {address}: {cause}")]
    Fetch {
        /// Where it is, without a password.
        address: String,
        /// What git said.
        cause: String,
    },
    /// The list of a fleet cannot be used.
    #[error(transparent)]
    Fleet(#[from] FleetError),
    /// The program `git` could not be run.
    #[error("cannot run git")]
    Git(#[source] std::io::Error),
    /// There is no history to take questions from, or none that gives any.
    #[error("no questions in the git history of {}: {cause}", root.display())]
    NoHistory {
        /// The tree.
        root: PathBuf,
        /// What git said, or what is missing.
        cause: String,
    },
    /// Data could not be written.
    #[error("cannot write")]
    Output(#[source] std::io::Error),
    /// A thread could not be started.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
}

/// Lists the known models whose vectors may be cut.
fn cuttable() -> String {
    let models = embed::models::known_models().iter();
    let described = models.filter_map(|model| {
        let lengths = model.matryoshka?.lengths.iter();
        let lengths: Vec<String> = lengths.map(ToString::to_string).collect();
        Some(format!("{} (to {})", model.name, lengths.join(", ")))
    });
    described.collect::<Vec<_>>().join(", ")
}

fn list(names: &[RepositoryName]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names
        .iter()
        .map(RepositoryName::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

impl AppError {
    /// Returns whether others are in the way, so that the same may succeed once they are done.
    pub fn is_busy(&self) -> bool {
        let (AppError::Store(error)
        | AppError::Run(RunError::Store(error))
        | AppError::Search(SearchError::Store(error))) = self
        else {
            return false;
        };
        matches!(error, StoreError::Locked { .. } | StoreError::Busy { .. })
    }

    /// Returns whether the state that was asked is gone, so that the question may have an answer in that of now.
    pub(crate) fn is_of_lost_state(&self) -> bool {
        match self {
            AppError::Store(error) | AppError::Search(SearchError::Store(error)) => {
                error.is_of_lost_state()
            }
            _ => false,
        }
    }

    /// Returns the definitions that a name could have meant, the likeliest first.
    pub fn candidates(&self) -> &[GraphSymbol] {
        match self {
            AppError::UnknownSymbol { similar, .. } => similar,
            AppError::AmbiguousSymbol { candidates, .. } => candidates,
            _ => &[],
        }
    }

    /// Returns whether it was stopped on purpose.
    pub fn is_interruption(&self) -> bool {
        matches!(
            self,
            AppError::Interrupted
                | AppError::Diff(RevisionError::Interrupted)
                | AppError::Run(RunError::Revision(RevisionError::Interrupted))
        )
    }

    /// Returns whether what was asked about does not exist: no index, no such repository, no such definition.
    pub fn is_of_something_missing(&self) -> bool {
        matches!(
            self,
            AppError::Empty { .. }
                | AppError::NotIndexed { .. }
                | AppError::UnknownRepository { .. }
                | AppError::UnknownSymbol { .. }
                | AppError::Store(StoreError::NotFound { .. })
        )
    }

    /// Returns whether several things could be meant.
    pub fn is_ambiguous(&self) -> bool {
        matches!(
            self,
            AppError::AmbiguousRepository { .. } | AppError::AmbiguousSymbol { .. }
        )
    }

    /// Returns whether the answer needs git's history of a tree that is not at hand: it lies elsewhere, or has none.
    pub fn is_of_missing_history(&self) -> bool {
        matches!(
            self,
            AppError::TreeElsewhere { .. }
                | AppError::NoHistory { .. }
                | AppError::Diff(RevisionError::NoWorkTree { .. })
        )
    }

    /// Returns whether the caller used the program wrongly, so that trying again as it stands cannot help.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            AppError::Setting(InvalidSetting::Value { .. } | InvalidSetting::Unknown { .. })
                | AppError::Glob(_)
                | AppError::UnknownSymbol { .. }
                | AppError::AmbiguousSymbol { .. }
                | AppError::Name(_)
                | AppError::EmptyQuestion
                | AppError::NothingAsked { .. }
                | AppError::PathGlob(_)
                | AppError::Pattern(_)
                | AppError::OtherTree { .. }
                | AppError::EngineWithoutServer
                | AppError::Fleet(_)
                | AppError::Diff(RevisionError::Unknown { .. } | RevisionError::Shallow { .. })
                | AppError::WorkersWithoutEngine
                | AppError::Run(
                    RunError::Glob(_)
                        | RunError::Revision(
                            RevisionError::Unknown { .. } | RevisionError::Shallow { .. }
                        )
                )
        )
    }
}
