//! `install` and `uninstall`.

use agents::{AGENTS, Agent};
use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;

/// Adds mnemo to the list of MCP servers in the configuration of coding agents. Only that entry is touched: comments, order and everything
/// else in the file stay.
#[derive(Debug, Args)]
pub(crate) struct InstallArgs {
    /// Agents to configure; `mnemo install --list` has them [default: all that are found here]
    #[arg(value_name = "AGENT", value_parser = agent(), hide_possible_values = true)]
    pub(crate) agents: Vec<&'static Agent>,
    /// List the agents with their files, and say which have mnemo
    #[arg(long, conflicts_with_all = ["dry_run", "print", "instructions"])]
    pub(crate) list: bool,
    /// Show what would change and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print each agent's entry for somebody to add by hand, and change nothing
    #[arg(long, conflicts_with_all = ["dry_run", "instructions"])]
    pub(crate) print: bool,
    /// Also ask agents in their file of instructions, between two markers, to use mnemo before they search by text
    #[arg(long)]
    pub(crate) instructions: bool,
}

/// Takes mnemo out of the configuration of coding agents, and the block of instructions that `install --instructions` added.
#[derive(Debug, Args)]
pub(crate) struct UninstallArgs {
    /// Agents to take it out of [default: all]
    #[arg(value_name = "AGENT", value_parser = agent(), hide_possible_values = true)]
    pub(crate) agents: Vec<&'static Agent>,
    /// Show what would change and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

fn agent() -> impl TypedValueParser<Value = &'static Agent> {
    PossibleValuesParser::new(AGENTS.iter().map(|agent| agent.id))
        .map(|id| Agent::find(&id).expect("the parser lets only known agents pass"))
}
