//! Scores the code graph against the truth that the TypeScript compiler told.
//!
//! The truth, its trees and the scorer lie in one folder: `NAME.jsonl.gz`, `trees/NAME.tar.zst`, `score.py`.

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
    /// Show examples of wrong and missed calls.
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
        let rows = runner.export_afresh(&tree, &["calls", "imports"])?;
        print!("{}", scored(&folder, &name, &rows, truth)?);
    }
    Ok(())
}

fn scored(folder: &Path, name: &str, rows: &str, truth: &Truth) -> Result<String> {
    let predicted = tempfile::NamedTempFile::new()?;
    fs_err::write(predicted.path(), rows)?;
    let mut scorer = command("python3");
    scorer
        .arg(folder.join("score.py"))
        .arg(folder.join(format!("{name}.jsonl.gz")))
        .arg(predicted.path());
    if truth.wrong {
        scorer.arg("--wrong");
    }
    output(&mut scorer).with_context(|| format!("{name} could not be scored"))
}
