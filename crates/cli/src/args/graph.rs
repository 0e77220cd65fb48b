//! `mnemo graph …`.

use app::{CycleLevel, Tests};
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
#[command(
    after_help = "A SYMBOL is a name (parseBody), the end of a qualified name (HonoRequest.parseBody), a file (src/request.ts), \
a place (src/request.ts:120) or path#name (src/request.ts#HonoRequest). A name that could mean several definitions is answered \
with all of them.\n\n\
Examples:\n  \
mnemo graph callers HonoRequest.parseBody --depth 3\n  \
mnemo graph impact src/utils/body.ts --tests only\n  \
mnemo graph modules --depth 2 --format mermaid"
)]
pub(crate) struct GraphArgs {
    #[command(subcommand)]
    pub(crate) command: GraphCommand,
    /// Repository [default: the one around the working directory, or the only one below]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) repository: Option<String>,
    /// How to write the answer [default: tree; table for hotspots and modules]
    #[arg(long, global = true, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<FormatArg>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GraphCommand {
    /// Show who calls, instantiates or renders a definition, or anything in it
    Callers(WalkArgs),
    /// Show what a definition calls, instantiates or renders
    Callees(WalkArgs),
    /// Show what a change of a definition may break, tests included
    Impact(ImpactArgs),
    /// Show a shortest dependency path from one definition to another
    Path {
        /// Where the path begins
        #[arg(value_name = "FROM")]
        from: String,
        /// Where it ends
        #[arg(value_name = "TO")]
        to: String,
    },
    /// Show cycles: modules that import each other, or definitions that call each other
    Cycles {
        /// Kind of cycles
        #[arg(long, value_enum, default_value_t = LevelArg::Modules)]
        level: LevelArg,
        /// Also count type-only imports, which do not exist at run time
        #[arg(long)]
        types: bool,
        /// Largest number of cycles
        #[arg(long, short = 'n', default_value_t = 20, value_name = "K")]
        limit: usize,
    },
    /// Show the definitions that are complex and have many dependents
    Hotspots {
        /// Largest number of definitions
        #[arg(long, short = 'n', default_value_t = 20, value_name = "K")]
        limit: usize,
    },
    /// Show which folders or files depend on which
    Modules {
        /// Number of path components that make a folder
        #[arg(long, default_value_t = 2, value_name = "N", conflicts_with = "files")]
        depth: usize,
        /// Show individual files
        #[arg(long)]
        files: bool,
    },
}

/// Questions that walk from some definitions.
#[derive(Debug, Args)]
pub(crate) struct WalkArgs {
    /// Definitions to ask about
    #[arg(required = true, value_name = "SYMBOL")]
    pub(crate) symbols: Vec<String>,
    /// How many edges to follow
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) depth: u32,
    #[command(flatten)]
    pub(crate) shown: ShownArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ImpactArgs {
    /// Definitions that change
    #[arg(required = true, value_name = "SYMBOL")]
    pub(crate) symbols: Vec<String>,
    /// How many edges to follow [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) depth: Option<u32>,
    #[command(flatten)]
    pub(crate) shown: ShownArgs,
}

/// What of an answer is shown.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ShownArgs {
    /// Largest number of definitions
    #[arg(long, short = 'n', default_value_t = 100, value_name = "K")]
    pub(crate) limit: usize,
    /// How to treat tests
    #[arg(long, value_enum, default_value_t = TestsArg::With)]
    pub(crate) tests: TestsArg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum TestsArg {
    /// Show them like everything else
    With,
    /// Leave them out
    Without,
    /// Nothing but tests and the paths to them
    Only,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LevelArg {
    /// Modules that import each other
    Modules,
    /// Definitions that call each other
    Calls,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// As a tree, nearest first
    Tree,
    /// One row per definition or module
    Table,
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
    /// For yEd, Gephi and others
    Graphml,
    /// As a picture
    Svg,
    /// As a picture on a page of its own
    Html,
}

impl From<TestsArg> for Tests {
    fn from(tests: TestsArg) -> Tests {
        match tests {
            TestsArg::With => Tests::With,
            TestsArg::Without => Tests::Without,
            TestsArg::Only => Tests::Only,
        }
    }
}

impl LevelArg {
    /// Returns what to look among, with or without imports for types only; calls have no such difference.
    pub(crate) fn among(self, with_types: bool) -> CycleLevel {
        match (self, with_types) {
            (LevelArg::Modules, false) => CycleLevel::Modules,
            (LevelArg::Modules, true) => CycleLevel::ModulesWithTypes,
            (LevelArg::Calls, _) => CycleLevel::Calls,
        }
    }
}
