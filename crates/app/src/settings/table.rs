//! Every setting, one row each.
//!
//! A row says all there is to know of a setting: flags, layers, `doctor`, completions and `docs/configuration.md` are made of it, and
//! nothing else has to be touched to add one. Start at [`settings!`] for what the columns mean.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use embed::remote::ServiceAddress;

use super::layers::{self, DefaultValue, Layers};
use super::row::{Flag, FlagGroup, FlagValue, SettingRow};
use super::tree::TreeFile;
use super::values::{
    self, DatabaseLocation, Editor, EmbedderViews, EmbeddingMode, EngineKind, MemoryLimit, Sandbox,
    Workers,
};
use super::{InForce, InvalidSetting, Setting, Shown};

const fn switch(group: FlagGroup) -> Option<Flag> {
    flag(group, FlagValue::Nothing, "")
}

const fn flag(group: FlagGroup, takes: FlagValue, value: &'static str) -> Option<Flag> {
    Some(Flag {
        group,
        value,
        takes,
    })
}

/// Returns a name with dashes for its underscores.
const fn dashed<const N: usize>(name: &str) -> [u8; N] {
    let mut dashed = [b'-'; N];
    let mut at = 0;
    // Iterators do not work at compile time.
    while at < N {
        if name.as_bytes()[at] != b'_' {
            dashed[at] = name.as_bytes()[at];
        }
        at += 1;
    }
    dashed
}

/// Makes [`Settings`] and [`SETTINGS`] of rows.
///
/// A row is `kind name: type`, where the kind says how its layers are read: `value`; `path`, which is relative to the file that gives it;
/// or `list`. Its columns:
///
/// - `variables`: environment variables; the first that is set wins.
/// - `flag`: which commands take it, and what it takes; the flag's name is the setting's.
/// - `parse`: reads its text, whatever layer it is from.
/// - `default`: a text that is parsed like any other; or one that is computed, with words for it.
/// - `tree`: what the `mnemo.toml` of a tree may do: `never`; `only` one value, the safer one; `lower`, by a comparison; `narrow` a list.
/// - `help`: what it is for, as `--help` and the documentation say it.
macro_rules! settings {
    ($(
        $kind:ident $name:ident: $type:ty {
            variables: $variables:expr,
            flag: $flag:expr,
            $(parse: $parse:expr,)?
            default: $default:expr,
            tree: $tree:ident $(($rule:expr))?,
            help: $help:literal,
        }
    )+) => {
        /// What is in force.
        #[derive(Clone, Debug)]
        pub struct Settings {
            $(#[doc = $help] pub $name: settings!(@field $kind $type),)+
            /// What the tree asks for and does not get, to be reported once.
            pub remark: Option<String>,
        }

        /// Every setting, in the order in which people are shown them.
        pub const SETTINGS: &[SettingRow] = &[$(SettingRow {
            name: stringify!($name),
            flag_name: {
                const NAME: &str = stringify!($name);
                const DASHED: [u8; NAME.len()] = dashed(NAME);
                match str::from_utf8(&DASHED) {
                    Ok(name) => name,
                    Err(_) => panic!("names are ASCII"),
                }
            },
            variables: $variables,
            flag: $flag,
            default: {
                const DEFAULT: DefaultValue<$type> = $default;
                DEFAULT.in_words
            },
            tree: TreeFile::in_words(stringify!($tree)),
            help: $help,
        }),+];

        impl Settings {
            /// Reads what the user says: flags, environment, own file.
            pub(super) fn of_user(layers: &Layers<'_>) -> Result<Settings, InvalidSetting> {
                Ok(Settings {
                    $($name: layers.$kind(stringify!($name), $($parse,)? $default)?,)+
                    remark: None,
                })
            }

            /// Takes what the file of a tree may ask for.
            pub(super) fn take_from_tree(&mut self, file: &mut TreeFile) -> Result<(), InvalidSetting> {
                $({
                    // Known by then: the row of threads comes before that of workers.
                    let n_threads = self.threads.value;
                    file.$tree(stringify!($name), &mut self.$name, n_threads $(, $parse)? $(, $rule)?)?;
                })+
                Ok(())
            }

            /// Returns the settings in force, in the order of the table.
            pub fn in_force(&self) -> Vec<InForce> {
                vec![$(self.$name.in_force(stringify!($name))),+]
            }
        }
    };
    (@field list $type:ty) => { Vec<Setting<$type>> };
    (@field $kind:ident $type:ty) => { Setting<$type> };
}

settings! {
    path database: DatabaseLocation {
        variables: &["MNEMO_DATABASE", "DATABASE_URL"],
        flag: flag(FlagGroup::Global, FlagValue::Word, "PATH|URL"),
        parse: values::parse_database,
        default: DefaultValue::computed(layers::default_database, "mnemo.db in the user's data folder"),
        tree: never,
        help: "Database of the index: a file, or postgres://user@host/database",
    }
    value embeddings: EmbeddingMode {
        variables: &["MNEMO_EMBEDDINGS", "EMBEDDING_MODE"],
        flag: flag(FlagGroup::Embedding, FlagValue::Word, "real|mock|none"),
        parse: values::parse_embeddings,
        default: DefaultValue::text("real"),
        tree: never,
        help: "real: by the model; mock: from the input's hash, for tests; none: words only",
    }
    value models: String {
        variables: &["MNEMO_MODELS"],
        flag: flag(FlagGroup::Embedding, FlagValue::Word, "MODEL[+MODEL]"),
        parse: values::parse_text,
        default: DefaultValue::text(embed::models::DEFAULT_MODEL),
        tree: never,
        help: "Model of both views, or TEXT+CODE for one each, such as nomic+jina; `mnemo model list` has them",
    }
    path model_dir: Option<PathBuf> {
        variables: &["MNEMO_MODEL_DIR"],
        flag: flag(FlagGroup::Embedding, FlagValue::Folder, "DIR"),
        parse: values::parse_optional_path,
        default: DefaultValue::text(""),
        tree: never,
        help: "Folder that holds the model's config.json, tokenizer.json and model.safetensors, or folders of models by their names",
    }
    value dimensions: Option<usize> {
        variables: &["MNEMO_DIMENSIONS"],
        flag: flag(FlagGroup::Embedding, FlagValue::Word, "N"),
        parse: values::parse_optional_count,
        default: DefaultValue::text(""),
        tree: never,
        help: "Cut vectors to their first N dimensions, in models that are made for it; others keep theirs",
    }
    value window: Option<usize> {
        variables: &["MNEMO_WINDOW"],
        flag: flag(FlagGroup::Embedding, FlagValue::Word, "N"),
        parse: values::parse_optional_count,
        default: DefaultValue::absent("the model's own, 512 at most"),
        tree: never,
        help: "Give a model N tokens at most, which also bounds chunks",
    }
    value precision: embed::Precision {
        variables: &["MNEMO_PRECISION"],
        flag: flag(FlagGroup::Embedding, FlagValue::Word, "int8|f32"),
        parse: values::parse_precision,
        default: DefaultValue::text("int8"),
        tree: never,
        help: "The encoder's arithmetic: int8 is fast, f32 is exact",
    }
    value embedder: Option<ServiceAddress> {
        variables: &["MNEMO_EMBEDDER"],
        flag: flag(FlagGroup::Embedding, FlagValue::Url, "URL"),
        parse: values::parse_service,
        default: DefaultValue::text(""),
        tree: never,
        help: "Address of a service that embeds in place of a model here; it speaks OpenAI's protocol, or that of text-embeddings-inference",
    }
    value embedder_model: Option<String> {
        variables: &["MNEMO_EMBEDDER_MODEL"],
        flag: flag(FlagGroup::Embedding, FlagValue::Word, "NAME"),
        parse: values::parse_optional_text,
        default: DefaultValue::absent("the only one that it has"),
        tree: never,
        help: "The model's name at the service",
    }
    path embedder_key_file: Option<PathBuf> {
        variables: &["MNEMO_EMBEDDER_KEY_FILE"],
        flag: flag(FlagGroup::Embedding, FlagValue::File, "FILE"),
        parse: values::parse_optional_path,
        default: DefaultValue::text(""),
        tree: never,
        help: "File that holds the service's key; else MNEMO_EMBEDDER_KEY, or the provider's own variable such as OPENAI_API_KEY",
    }
    value embedder_views: EmbedderViews {
        variables: &["MNEMO_EMBEDDER_VIEWS"],
        flag: flag(FlagGroup::Embedding, FlagValue::Word, "both|code|text"),
        parse: values::parse_embedder_views,
        default: DefaultValue::text("both"),
        tree: never,
        help: "Views that the service embeds; a model here embeds the other",
    }
    // A service that restarts with a large model takes a minute; one that is away for longer is not coming back by itself.
    value embedder_patience: Duration {
        variables: &["MNEMO_EMBEDDER_PATIENCE"],
        flag: None,
        parse: values::parse_seconds,
        default: DefaultValue::text("120"),
        tree: never,
        help: "Seconds that an outage of the service may last before a run gives up",
    }
    value threads: NonZeroUsize {
        variables: &["MNEMO_THREADS"],
        flag: flag(FlagGroup::Resources, FlagValue::Word, "N"),
        parse: values::parse_threads,
        default: DefaultValue::text("1"),
        tree: lower(|asked, own, _| asked < own),
        help: "Embedding threads per worker; more workers are faster unless there are few files",
    }
    value workers: Workers {
        variables: &["MNEMO_WORKERS"],
        flag: flag(FlagGroup::Resources, FlagValue::Word, "N|MIN:MAX|auto"),
        parse: values::parse_workers,
        default: DefaultValue::text("auto"),
        tree: lower(|asked, own, n_threads| {
            !matches!(asked, Workers::Range { .. }) && asked.count(n_threads) < own.count(n_threads)
        }),
        help: "Worker processes: a number, or auto for what cores and memory allow; MIN:MAX with an engine",
    }
    value engine: EngineKind {
        variables: &["MNEMO_ENGINE"],
        flag: flag(FlagGroup::Engine, FlagValue::Word, "local|ray"),
        parse: values::parse_engine,
        default: DefaultValue::text("local"),
        tree: never,
        help: "What starts workers: local, or ray for the machines of a Ray cluster, with a PostgreSQL database",
    }
    value ray_address: Option<String> {
        variables: &["MNEMO_RAY_ADDRESS", "RAY_ADDRESS"],
        flag: flag(FlagGroup::Engine, FlagValue::Word, "ADDRESS"),
        parse: values::parse_optional_text,
        default: DefaultValue::absent("one that runs on this machine, else one is started"),
        tree: never,
        help: "Address of the Ray cluster",
    }
    value memory: MemoryLimit {
        variables: &["MNEMO_MEMORY"],
        flag: flag(FlagGroup::Resources, FlagValue::Amount, "SIZE|auto"),
        parse: values::parse_memory,
        default: DefaultValue::text("auto"),
        tree: lower(|asked, own, _| asked.n_bytes() < own.n_bytes()),
        help: "Memory for all processes together, such as 300M or 2G",
    }
    value file_timeout: Duration {
        variables: &["MNEMO_FILE_TIMEOUT"],
        flag: flag(FlagGroup::Index, FlagValue::Amount, "SECONDS"),
        parse: values::parse_seconds,
        default: DefaultValue::text("60"),
        tree: never,
        help: "Time limit per file, ten times as long while it makes progress",
    }
    // Above what people write (TypeScript's own checker has 3 MB), below what tools spill.
    value max_file_size: u64 {
        variables: &["MNEMO_MAX_FILE_SIZE"],
        flag: flag(FlagGroup::Selection, FlagValue::Amount, "SIZE"),
        parse: values::parse_size,
        default: DefaultValue::text("8M"),
        tree: lower(|asked, own, _| asked < own),
        help: "Leave out larger files",
    }
    list include: Vec<String> {
        variables: &[],
        flag: flag(FlagGroup::Selection, FlagValue::Globs, "GLOB"),
        default: DefaultValue::text(""),
        tree: narrow,
        help: "Index only paths that match this glob (may be repeated)",
    }
    list exclude: Vec<String> {
        variables: &[],
        flag: flag(FlagGroup::Selection, FlagValue::Globs, "GLOB"),
        default: DefaultValue::text(""),
        tree: narrow,
        help: "Leave out paths that match this glob (may be repeated)",
    }
    value exclude_tests: bool {
        variables: &["MNEMO_EXCLUDE_TESTS"],
        flag: switch(FlagGroup::Selection),
        parse: values::parse_switch,
        default: DefaultValue::text("false"),
        tree: only(true),
        help: "Leave out tests",
    }
    value generated: index::GeneratedFiles {
        variables: &["MNEMO_GENERATED"],
        flag: flag(FlagGroup::Selection, FlagValue::Word, "with|without"),
        parse: values::parse_generated,
        default: DefaultValue::text("with"),
        tree: only(index::GeneratedFiles::Without),
        help: "Whether files are indexed whose head says that a program wrote them",
    }
    value secrets: bool {
        variables: &["MNEMO_SECRETS"],
        flag: switch(FlagGroup::Selection),
        parse: values::parse_switch,
        default: DefaultValue::text("false"),
        tree: only(false),
        help: "Also index files that hold credentials, such as .env files and code with a key in it",
    }
    value nested: bool {
        variables: &["MNEMO_NESTED"],
        flag: switch(FlagGroup::Selection),
        parse: values::parse_switch,
        default: DefaultValue::text("false"),
        tree: never,
        help: "Also index clones and worktrees inside the directory; submodules always are indexed",
    }
    path cache_dir: PathBuf {
        variables: &["MNEMO_CACHE_DIR"],
        flag: None,
        parse: values::parse_path,
        default: DefaultValue::computed(layers::default_cache, "mnemo in the user's cache folder"),
        tree: never,
        help: "Where models are kept",
    }
    value hub: Option<String> {
        variables: &["MNEMO_HUB", "HF_ENDPOINT"],
        flag: None,
        parse: values::parse_optional_text,
        default: DefaultValue::text(""),
        tree: never,
        help: "Address of the model hub",
    }
    value offline: bool {
        variables: &["MNEMO_OFFLINE", "HF_HUB_OFFLINE"],
        flag: None,
        parse: values::parse_switch,
        default: DefaultValue::text("false"),
        tree: only(true),
        help: "Keep off the network",
    }
    value editor: Editor {
        variables: &["MNEMO_EDITOR"],
        flag: None,
        parse: values::parse_editor,
        default: DefaultValue::text("none"),
        tree: never,
        help: "Editor that the page of mnemo serve opens files in: none, vscode, cursor, zed or idea",
    }
    value python: Option<PathBuf> {
        variables: &["MNEMO_PYTHON"],
        flag: None,
        parse: values::parse_optional_path,
        default: DefaultValue::text(""),
        tree: never,
        help: "The Python that brings the default model",
    }
    value worker_program: Option<PathBuf> {
        variables: &["MNEMO_WORKER_PROGRAM"],
        flag: None,
        parse: values::parse_optional_path,
        default: DefaultValue::absent("this one"),
        tree: never,
        help: "The program that a worker runs, where this one lives inside another",
    }
    value sandbox: Sandbox {
        variables: &["MNEMO_SANDBOX"],
        flag: None,
        parse: values::parse_sandbox,
        default: DefaultValue::text("true"),
        tree: never,
        help: "Whether the kernel confines workers to what they need: true, false, or strict to end a worker that tries anything else",
    }
    value poll: bool {
        variables: &["MNEMO_POLL"],
        flag: None,
        parse: values::parse_switch,
        default: DefaultValue::text("false"),
        tree: never,
        help: "Check the tree every other second in `watch` instead of waiting for the system's notifications",
    }
}
