//! `mnemo impact`.

use app::{Compared, DiffOptions, Risk};
use clap::{Args, ValueEnum};

/// Compares the work tree with a commit of git and says what the difference may break: which definitions have changed, who depends on
/// them and how, which tests to run, which imports make cycles, and how much care all of that deserves.
#[derive(Debug, Args)]
#[command(
    after_help = "The index may be of the state before the change or of that after it. After it, new imports and definitions are known too: \
run `mnemo index` first where it matters.\n\n\
Examples:\n  \
mnemo impact                                 what is not committed yet\n  \
mnemo impact --diff main                     what this branch has changed since it left main\n  \
mnemo impact --diff main --format tests      the test files to run, one per line\n  \
mnemo impact --staged --fail-on high         as a hook before a commit"
)]
pub(crate) struct ImpactArgs {
    /// Compare with the commit at which HEAD left this revision [default: HEAD]
    #[arg(long, value_name = "REV", num_args = 0..=1, default_missing_value = "HEAD")]
    pub(crate) diff: Option<String>,
    /// Compare what is staged, instead of the files as they lie there
    #[arg(long)]
    pub(crate) staged: bool,
    /// How many edges to follow [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) depth: Option<u32>,
    /// Largest number of dependents to list
    #[arg(long, short = 'n', default_value_t = 50, value_name = "K")]
    pub(crate) limit: usize,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = ReportFormat::Text, value_name = "FORMAT", conflicts_with = "json")]
    pub(crate) format: ReportFormat,
    /// Exit with status 1 if the risk is this or more
    #[arg(long, value_enum, value_name = "RISK")]
    pub(crate) fail_on: Option<RiskArg>,
    /// Repository [default: the one around the working directory]
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For a terminal
    Text,
    /// For a comment on a pull request
    Markdown,
    /// The paths of the test files to run, one per line
    Tests,
}

/// A level of risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RiskArg {
    /// Any
    Low,
    /// Worth a second look
    Medium,
    /// Worth a plan
    High,
}

impl From<RiskArg> for Risk {
    fn from(risk: RiskArg) -> Risk {
        match risk {
            RiskArg::Low => Risk::Low,
            RiskArg::Medium => Risk::Medium,
            RiskArg::High => Risk::High,
        }
    }
}

impl ImpactArgs {
    pub(crate) fn options(&self) -> DiffOptions {
        DiffOptions {
            since: self.diff.clone(),
            compared: match self.staged {
                true => Compared::Staged,
                false => Compared::WorkTree,
            },
            max_depth: self.depth,
            limit: self.limit,
        }
    }
}
