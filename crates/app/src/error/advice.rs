//! The way out of every error.
//!
//! No `match` here has a `_`, so that an error without advice does not compile.

use embed::EmbedError;
use embed::models::ModelError;
use embed::remote::RemoteError;
use index::{RevisionError, RunError};
use search::SearchError;
use store::{PackError, StoreError};
use workers::PoolError;

use super::AppError;
use crate::settings::InvalidSetting;

/// A way out of an error, to be shown below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice(pub &'static str);

const INDEX_FIRST: &str = "index a directory first: mnemo index DIR";
const RUN_AGAIN: &str = "what is committed stays, and the next run continues";
const PULL_AGAIN: &str = "remove the model's folder, which mnemo model path prints, and fetch it again: mnemo model pull";
const OTHER_MODEL: &str = "choose another model: mnemo model list";

impl AppError {
    /// Returns what a person can do about it; nothing only where it was stopped on purpose.
    pub fn advice(&self) -> Option<Advice> {
        let text = match self {
            AppError::Interrupted => return None,
            AppError::Setting(error) => of_setting(error),
            AppError::Glob(_) | AppError::PathGlob(_) => {
                "quote the glob, so that no shell reads it: 'src/**/*.ts'"
            }
            AppError::Pattern(_) => {
                "quote it, so that no shell reads it; --word takes a text as it is"
            }
            AppError::Root { .. } => "give a directory that exists and that you may read",
            AppError::Name(_) => "give another name by --repository NAME",
            AppError::UnknownRepository { known, .. } if known.is_empty() => INDEX_FIRST,
            AppError::UnknownRepository { .. } => {
                "name one that it has, or index a directory: mnemo index DIR"
            }
            AppError::NotIndexed { .. } => {
                "index it: mnemo index; or ask another one by its name: --repository NAME"
            }
            AppError::NoRepositoryHere { .. } => INDEX_FIRST,
            AppError::EmptyQuestion | AppError::NothingAsked { .. } => {
                "ask in a sentence, or give a name, an error message or a line of a stack trace"
            }
            AppError::AmbiguousRepository { .. } => {
                "name one by --repository NAME, or ask from within its directory"
            }
            AppError::OtherTree { .. } => {
                "--repository with another name keeps both; with this name, this tree takes the other's place"
            }
            AppError::TreeElsewhere { .. } => "ask from within that tree",
            AppError::Pack { source, .. } => of_pack(source),
            AppError::OtherProgram { .. } => {
                "use the mnemo that made it, or make it again with this one: mnemo index, then mnemo pack FILE"
            }
            AppError::Unfinished { .. } => "finish it: mnemo index",
            AppError::Diff(error) => return of_diff(error),
            AppError::Empty { .. } => INDEX_FIRST,
            AppError::UnknownSymbol { similar, .. } if similar.is_empty() => {
                "find it by words: mnemo search NAME"
            }
            AppError::UnknownSymbol { .. } | AppError::AmbiguousSymbol { .. } => {
                "name one by path#name as listed or by path:line"
            }
            AppError::Model(error) => of_model(error),
            AppError::Dimensions { .. } => {
                "choose a model whose vectors can be cut, or leave --dimensions out"
            }
            AppError::ModelNotHere { .. } => "fetch it: mnemo model pull NAME",
            AppError::NoTextModel => {
                "leave out --embedder, and --embeddings none; mnemo doctor says who set them"
            }
            AppError::OfflineEmbedder { .. } => {
                "use a service on this machine, or a model: mnemo model list"
            }
            AppError::KeyFile(_) => {
                "name a file that holds the key and nothing else, or set MNEMO_EMBEDDER_KEY"
            }
            AppError::Embed(error) => of_embedding(error),
            AppError::Store(error) => of_store(error),
            AppError::OtherProfile { .. } => {
                "give the flags that it was indexed with, or index it again"
            }
            AppError::PathEncoding(_) => {
                "use --streaming, which needs no workers, or a path that is UTF-8"
            }
            AppError::Run(error) => return of_run(error),
            AppError::Search(SearchError::Store(error)) => of_store(error),
            AppError::Search(SearchError::Embed(error)) => of_embedding(error),
            AppError::EngineWithoutServer => {
                "name a server by --database postgres://…, or leave --engine out"
            }
            AppError::WorkersWithoutEngine => "give --workers N, or --engine ray",
            AppError::OtherWeights { .. } => {
                "copy the model's folder from the machine of the run, or remove it to have it fetched"
            }
            AppError::Fetch { .. } => {
                "check the address and your rights by: git ls-remote ADDRESS; the other repositories of the list are not affected"
            }
            AppError::Fleet(_) => {
                "mnemo fleet index --help shows what a line of the list has to be"
            }
            AppError::WorkerProgram(_) => "name the program of mnemo by MNEMO_WORKER_PROGRAM",
            AppError::Questions { .. } => "give a file that exists and that you may read",
            AppError::QuestionLine { .. } => "mnemo eval --help shows what a line has to be",
            AppError::NoHistory { .. } | AppError::Git(_) => {
                "ask from within the tree of a git clone, or give questions with known answers by --questions FILE"
            }
            AppError::Output(_) => "write to a place that has room and takes it",
            AppError::Thread(_) => "end other processes, or raise the limit on them (ulimit -u)",
        };
        Some(Advice(text))
    }
}

fn of_pack(error: &PackError) -> &'static str {
    match error {
        PackError::NotAPack => "give a file that mnemo pack wrote",
        PackError::OtherFormat { .. } => {
            "use the version of mnemo that wrote it, or pack the index again with this one"
        }
        PackError::Damaged { .. } => {
            "fetch or copy it again; what was indexed before still answers"
        }
        PackError::TooLarge { .. } => "leave the largest file out: --exclude PATH",
        PackError::Io(_) => "check the path, its permissions and the free space",
        PackError::Store(error) => of_store(error),
    }
}

fn of_setting(error: &InvalidSetting) -> &'static str {
    match error {
        InvalidSetting::Value { .. } => {
            "mnemo doctor lists every setting and where its value comes from"
        }
        InvalidSetting::File(_) => "make the file readable, or move it away",
        InvalidSetting::Syntax { .. } => {
            "correct the line; the file is TOML, a line such as memory = \"2G\" for each setting"
        }
        InvalidSetting::Unknown { .. } => {
            "correct its name or take it out: mnemo doctor lists every setting"
        }
        InvalidSetting::NoHome => "name the database by --database PATH",
    }
}

fn of_model(error: &ModelError) -> &'static str {
    match error {
        ModelError::Unknown { .. } => {
            "mnemo model list has them; a folder of model files is named by --model-dir"
        }
        ModelError::NoSource { .. } | ModelError::Folder { .. } => {
            "to index without vectors for now: --embeddings none"
        }
        ModelError::Cache(_) => "make the folder writable, or name another by MNEMO_CACHE_DIR",
    }
}

fn of_embedding(error: &EmbedError) -> &'static str {
    match error {
        EmbedError::File(_) => {
            "check the permissions of the model's folder, which mnemo model path prints"
        }
        EmbedError::Config { .. }
        | EmbedError::Tokenizer { .. }
        | EmbedError::UnknownToken { .. }
        | EmbedError::Weights { .. }
        | EmbedError::WrongWeights { .. }
        | EmbedError::NotFinite { .. }
        | EmbedError::Numbers { .. } => PULL_AGAIN,
        EmbedError::Unsupported { .. } | EmbedError::Tensor { .. } => OTHER_MODEL,
        EmbedError::Window { .. } => "give another --window, or none for the model's own",
        EmbedError::Cut { .. } => "give fewer --dimensions, or none for all",
        EmbedError::InstructionSet { .. } => "leave the choice to mnemo",
        EmbedError::Remote(error) => of_service(error),
    }
}

fn of_service(error: &RemoteError) -> &'static str {
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

fn of_run(error: &RunError) -> Option<Advice> {
    let text = match error {
        RunError::Root { .. } => "give a directory that exists and that you may read",
        RunError::NoFiles { .. } => {
            "mnemo plan -v says why each file is left out; --include '*.EXT' takes any text"
        }
        RunError::Glob(_) => "quote the glob, so that no shell reads it: 'src/**/*.ts'",
        RunError::Revision(error) => return of_revision(error),
        RunError::Store(error) => of_store(error),
        RunError::Worker { .. } => {
            "what is committed stays; the next run continues once the cause is gone"
        }
        RunError::Pool(error) => of_pool(error),
    };
    Some(Advice(text))
}

fn of_revision(error: &RevisionError) -> Option<Advice> {
    match error {
        RevisionError::Git(_) | RevisionError::NoWorkTree { .. } | RevisionError::Failed { .. } => {
            let text = "without --since every file is compared with the index, which needs no git";
            Some(Advice(text))
        }
        RevisionError::Interrupted
        | RevisionError::Unknown { .. }
        | RevisionError::Shallow { .. } => of_diff(error),
    }
}

fn of_diff(error: &RevisionError) -> Option<Advice> {
    let text = match error {
        RevisionError::Interrupted => return None,
        RevisionError::Git(_) | RevisionError::NoWorkTree { .. } | RevisionError::Failed { .. } => {
            "ask in a clone of git that git itself can read: git status; of a definition that may change, ask: mnemo graph impact NAME"
        }
        RevisionError::Unknown { .. } => {
            "name a commit, a branch or a tag that this clone has; git fetch brings those of others"
        }
        RevisionError::Shallow { .. } => {
            "fetch more of the history: git fetch --unshallow, or fetch-depth: 0 where a workflow checks out"
        }
    };
    Some(Advice(text))
}

fn of_pool(error: &PoolError) -> &'static str {
    match error {
        PoolError::Spawn { .. } | PoolError::Handshake { .. } | PoolError::Version { .. } => {
            "let MNEMO_WORKER_PROGRAM name this very mnemo, or leave it out; --streaming needs no workers"
        }
        PoolError::Setup { .. } => {
            "what is committed stays, and the next run continues; on a server a run needs one connection per worker and two more"
        }
        PoolError::Engine { .. } => {
            "what is committed stays, and the next run continues, also without --engine"
        }
        PoolError::DoNotStart { .. } | PoolError::WorkersKeepDying { .. } => {
            "what is committed stays, and the next run continues; try fewer --workers or --streaming"
        }
    }
}

fn of_store(error: &StoreError) -> &'static str {
    match error {
        StoreError::NotFound { .. } => INDEX_FIRST,
        StoreError::ReadOnly { .. } => {
            "make it writable: the file and its folder, or the server, which may be a standby; or name another by --database"
        }
        StoreError::ReadOnlyDisk { .. } => {
            "name a database on a disk that can be written, by --database PATH"
        }
        StoreError::FileSizeLimit { .. } => {
            "raise the limit: ulimit -f unlimited; what is committed stays, and the next run continues"
        }
        StoreError::DiskFull { .. } => {
            "free some space; what is committed stays, and the next run continues"
        }
        StoreError::Disk { .. } => {
            "look at the system's log for the disk; a copy of the index on another disk is named by --database"
        }
        StoreError::Locked { .. } => "wait for it to end, or index another repository meanwhile",
        StoreError::Busy { .. } => "wait until the other processes are done",
        StoreError::NotADatabase { .. } | StoreError::ForeignDatabase { .. } => {
            "name another file by --database PATH"
        }
        StoreError::OlderSchema { .. } => "mnemo index DIR does, for any directory of the index",
        StoreError::NewerSchema { .. } => {
            "use the newer mnemo that wrote it, or name another by --database"
        }
        StoreError::Corrupt { .. } | StoreError::Contradiction { .. } => {
            "move the file away, or drop the server's schema mnemo, and index again"
        }
        StoreError::Unreachable { .. } => {
            "check the host and the port, and whether the server runs; what is committed stays, and the next run continues"
        }
        StoreError::Refused { .. } => {
            "check user, password and database of --database or DATABASE_URL (PGPASSWORD is read too)"
        }
        StoreError::NoConnectionLeft { .. } => {
            "mnemo index needs a connection per worker and two more: use fewer --workers, or raise max_connections"
        }
        StoreError::Forbidden { .. } => {
            "to index: GRANT CREATE ON DATABASE … TO user, or be a member of the role that owns the schema mnemo; to read: GRANT USAGE ON SCHEMA mnemo and SELECT on its tables"
        }
        StoreError::Untrusted { .. } => {
            "a file: name another by --database PATH, or move it away and index again; a server: connect as the owner of the schema mnemo, or have its owner GRANT you that role; or move a schema that is not yours out of the way: ALTER SCHEMA mnemo RENAME TO …"
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
        StoreError::NoGeneration { .. }
        | StoreError::NoRun { .. }
        | StoreError::ReadingLost { .. } => {
            "ask again: the repository was indexed anew or removed meanwhile"
        }
        StoreError::MissingVector { .. } => RUN_AGAIN,
        StoreError::TooManyRows { .. } => "leave the file out: --exclude PATH",
        StoreError::Dimensions { .. } => {
            "give the flags that it was indexed with, or index it again"
        }
        StoreError::ReadingTooOld { .. } => "ask for less at a time, by --path or --limit",
        StoreError::Cancelled => "ask again",
        StoreError::Visit(_) => "write to a place that has room and takes it",
        StoreError::Backend { .. } => {
            "look at the log of the database; mnemo doctor says whether it opens"
        }
    }
}
