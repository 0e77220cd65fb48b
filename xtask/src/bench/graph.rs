//! Scores the code graph against the truth that the TypeScript compiler gave.
//!
//! The truth, its trees and the scorers lie in one folder: `NAME.jsonl.gz`, `trees/NAME.tar.zst`, `score.py` for calls and imports; `uses.py`
//! and `uses/NAME.jsonl.gz` for uses of values, which hold the calls of repositories that have no truth of their own.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::runner::Runner;
use crate::command::{command, output};
use crate::trees;
use crate::workspace::Workspace;

/// Where the truth lies.
#[derive(Args)]
pub(crate) struct Truth {
    /// Folder with truths, trees and scorer [default: bench/graph in the shared folder beside the checkout].
    #[arg(long, value_name = "DIR")]
    truth: Option<PathBuf>,
    /// Show examples of wrong and missed calls and uses.
    #[arg(long)]
    wrong: bool,
}

/// Indexes every tree that has a truth, and prints what the scorer says.
pub(super) fn score(workspace: &Workspace, runner: &Runner, truth: &Truth) -> Result<()> {
    let folder = match &truth.truth {
        Some(folder) => folder.clone(),
        None => workspace.root.join("../shared/bench/graph"),
    };
    let archives = trees::archives_in(&folder.join("trees"))?;
    if archives.is_empty() {
        bail!(
            "no trees below {}: name the folder with --truth",
            folder.display()
        );
    }
    for (name, archive) in archives {
        // Beside the trees of other benchmarks, which have other states of repositories of the same names.
        let tree = workspace.target.join("trees/graph").join(&name);
        if !tree.exists() {
            trees::unpack(&archive, &tree)?;
        }
        let rows = runner.export_afresh(&tree, &["calls", "imports", "uses"])?;
        let uses = folder.join(format!("uses/{name}.jsonl.gz"));
        let calls = folder.join(format!("{name}.jsonl.gz"));
        let calls = if calls.exists() { &calls } else { &uses };
        print!("{}", scored(&folder.join("score.py"), calls, &rows, truth)?);
        if uses.exists() {
            print!("{}", scored(&folder.join("uses.py"), &uses, &rows, truth)?);
        }
    }
    Ok(())
}

fn scored(scorer: &Path, of: &Path, rows: &str, truth: &Truth) -> Result<String> {
    let predicted = tempfile::NamedTempFile::new()?;
    fs_err::write(predicted.path(), rows)?;
    let mut python = command("python3");
    python.arg(scorer).arg(of).arg(predicted.path());
    if truth.wrong {
        python.arg("--wrong");
    }
    output(&mut python).with_context(|| format!("{} could not be scored", of.display()))
}
