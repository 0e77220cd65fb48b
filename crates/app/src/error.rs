//! Why a command could not be carried out, and what to do about it.

use std::path::PathBuf;

use domain::{InvalidRepositoryName, RepositoryName};
use embed::EmbedError;
use embed::models::ModelError;
use embed::remote::{RemoteError, ServiceAddress};
use index::{InvalidGlob, RevisionError, RunError};
use search::SearchError;
use store::StoreError;
use thiserror::Error;
use workers::PoolError;

use crate::graph::GraphSymbol;
use crate::settings::InvalidSetting;

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
    /// Nothing is indexed yet.
    #[error("nothing is indexed yet in {database}")]
    Empty {
        /// The database.
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
    /// The model is not to be had.
    #[error("the model is not to be had")]
    Model(#[from] ModelError),
    /// No model in use has vectors that may be cut to this length.
    #[error(
        "vectors of {models} cannot be cut to {n_dimensions} dimensions; leave the number out, or choose a model that can be cut: {}",
        cuttable()
    )]
    Dimensions {
        /// The models.
        models: String,
        /// The length asked for.
        n_dimensions: usize,
    },
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
        /// Which repository.
        repository: RepositoryName,
    },
    /// What a worker must be told cannot be written down.
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
    #[error("cannot tell which program a worker is")]
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
    Fleet(#[from] crate::fleet::FleetError),
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

/// A way out of an error, to be shown below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice(pub &'static str);

impl AppError {
    /// Returns what a person can do about it.
    pub fn advice(&self) -> Option<Advice> {
        let text = match self {
            AppError::Empty { .. } => "index a directory first: mnemo index DIR",
            AppError::UnknownRepository { known, .. } if known.is_empty() => {
                "index a directory first: mnemo index DIR"
            }
            AppError::UnknownRepository { .. } => {
                "name one that it has, or index a directory: mnemo index DIR"
            }
            AppError::AmbiguousRepository { .. } => {
                "say which by --repository NAME, or ask from within its directory"
            }
            AppError::OtherTree { .. } => {
                "--repository with another name keeps both; with this name, this tree takes the other's place"
            }
            AppError::UnknownSymbol { similar, .. } if similar.is_empty() => {
                "find it by words: mnemo search NAME"
            }
            AppError::UnknownSymbol { .. } | AppError::AmbiguousSymbol { .. } => {
                "say which, by path#name as listed or by path:line"
            }
            AppError::Model(ModelError::Unknown { .. }) => {
                "mnemo model list has them; a folder of model files is named by --model-dir"
            }
            AppError::OfflineEmbedder { .. } => {
                "use a service on this machine, or a model: mnemo model list"
            }
            AppError::KeyFile(_) => {
                "name a file that holds the key and nothing else, or set MNEMO_EMBEDDER_KEY"
            }
            AppError::Embed(EmbedError::Remote(error)) => advice_on_service(error),
            AppError::Model(_) => "to index without vectors for now: --embeddings none",
            AppError::OtherProfile { .. } => {
                "give the flags that it was indexed with, or index it again"
            }
            AppError::PathEncoding(_) => {
                "use --streaming, which needs no workers, or a path that is UTF-8"
            }
            AppError::NoHistory { .. } | AppError::Git(_) => {
                "ask from within the tree of a git clone, or give questions with known answers by --questions FILE"
            }
            AppError::EmptyQuestion => {
                "ask in a sentence, or give a name, an error message or a line of a stack trace"
            }
            AppError::Root { .. } => "give a directory that exists and that you may read",
            AppError::Run(RunError::Pool(PoolError::Engine { .. })) => {
                "what is committed stays, and the next run continues, also without --engine"
            }
            AppError::Run(RunError::Pool(PoolError::WorkersKeepDying { .. })) => {
                "what is committed stays, and the next run continues; try fewer --workers or --streaming"
            }
            AppError::Run(RunError::Pool(PoolError::Setup { .. })) => {
                "what is committed stays, and the next run continues; on a server a run needs one connection a worker and two more"
            }
            AppError::Run(RunError::Worker { .. }) => {
                "what is committed stays; the next run continues once the cause is gone"
            }
            AppError::Run(RunError::Revision(RevisionError::Shallow { .. })) => {
                "fetch more of the history: git fetch --unshallow, or fetch-depth: 0 where a workflow checks out"
            }
            AppError::Run(RunError::Revision(RevisionError::Unknown { .. })) => {
                "name a commit, a branch or a tag that this clone has; git fetch brings those of others"
            }
            AppError::Run(RunError::Revision(RevisionError::Interrupted)) => return None,
            AppError::Run(RunError::NoFiles { .. }) => {
                "mnemo plan -v says why each file is left out; --include '*.EXT' takes any text"
            }
            AppError::Run(RunError::Revision(_)) => {
                "without --since every file is compared with the index, which needs no git"
            }
            AppError::Run(RunError::Store(error)) | AppError::Store(error) => {
                return advice_on_store(error);
            }
            AppError::Search(SearchError::Store(error)) => return advice_on_store(error),
            _ => return None,
        };
        Some(Advice(text))
    }

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
            AppError::Interrupted | AppError::Run(RunError::Revision(RevisionError::Interrupted))
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
                | AppError::PathGlob(_)
                | AppError::OtherTree { .. }
                | AppError::EngineWithoutServer
                | AppError::Fleet(_)
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

fn advice_on_service(error: &RemoteError) -> &'static str {
    match error {
        RemoteError::Host { .. } | RemoteError::Unavailable { .. } => {
            "check --embedder and whether the service runs; what is committed stays, and the next run continues"
        }
        RemoteError::Exposed { .. } => "give the service's https address",
        RemoteError::Key { .. } => "check --embedder-key-file or MNEMO_EMBEDDER_KEY",
        RemoteError::NoModel { .. } => "the service's own documentation names its models",
        RemoteError::Refused { .. } => {
            "check --embedder, --embedder-model and the key (--embedder-key-file or MNEMO_EMBEDDER_KEY)"
        }
        RemoteError::Unusable { .. } | RemoteError::Input { .. } => {
            "check that the address is that of an embedding service, and its log"
        }
    }
}

fn advice_on_store(error: &StoreError) -> Option<Advice> {
    let text = match error {
        StoreError::NotFound { .. } => "index a directory first: mnemo index DIR",
        StoreError::ReadOnly { .. } => {
            "make it writable: the file and its folder, or the server, which may be a standby; or name another by --database"
        }
        StoreError::DiskFull { .. } => {
            "free some space; what is committed stays, and the next run continues"
        }
        StoreError::Locked { .. } => "wait for it to end, or index another repository meanwhile",
        StoreError::NotADatabase { .. } | StoreError::ForeignDatabase { .. } => {
            "name another file by --database PATH"
        }
        StoreError::OlderSchema { .. } => "mnemo index DIR does, for any directory of the index",
        StoreError::NewerSchema { .. } => {
            "use the newer mnemo that wrote it, or name another by --database"
        }
        StoreError::Corrupt { .. } => {
            "move the file away, or drop the server's schema mnemo, and index again"
        }
        StoreError::Unreachable { .. } => {
            "check the host and the port, and whether the server runs; what is committed stays, and the next run continues"
        }
        StoreError::Refused { .. } => {
            "check user, password and database of --database or DATABASE_URL (PGPASSWORD is read too)"
        }
        StoreError::NoConnectionLeft { .. } => {
            "mnemo index needs a connection a worker and two more: use fewer --workers, or raise max_connections"
        }
        StoreError::Forbidden { .. } => {
            "to index: GRANT CREATE ON DATABASE … TO user, or be a member of the role that owns the schema mnemo; to read: GRANT USAGE ON SCHEMA mnemo and SELECT on its tables"
        }
        StoreError::Untrusted { .. } => {
            "connect as the owner of the schema mnemo, or have its owner GRANT you that role; or move a schema that is not yours out of the way: ALTER SCHEMA mnemo RENAME TO …"
        }
        StoreError::Pooled { .. } => {
            "have it run this database in session mode (pool_mode = session), or connect past it"
        }
        StoreError::Limit { .. } => {
            "raise the limit for this user, by ALTER ROLE user SET limit = '…', or take it away with 0"
        }
        StoreError::MissingExtension { .. } => {
            "install pgvector 0.8 or newer on the server, then as a superuser in this database: CREATE EXTENSION vector"
        }
        StoreError::Open { .. } => {
            "check the path, its folder's permissions and the free space, or name another by --database PATH"
        }
        _ => return None,
    };
    Some(Advice(text))
}
