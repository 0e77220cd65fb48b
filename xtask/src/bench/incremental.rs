//! What the daily case costs: nothing changed, and one file changed.
//!
//! Works on a copy of the tree. The edited file is the largest that is not among tests, and a comment is appended, so that its symbols and
//! everybody who looks at them have to be followed again.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fs_err as fs;

use super::runner::{Case, Mode, Runner};

/// Stamps younger than two seconds are not trusted, so a fresh copy would be hashed once more.
const SETTLING: std::time::Duration = std::time::Duration::from_secs(3);

/// Prints the medians over `n_rounds` of wall and processor time.
pub(super) fn measure(runner: &Runner, tree: &Path, n_rounds: u32) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("tree");
    copy_tree(tree, &copy)?;
    std::thread::sleep(SETTLING);
    let database = folder.path().join("bench.db");
    let case = Case::new(&copy, Mode::Workers(2));
    let first = runner.index(&case, &database)?;
    let n_files = &first.summary["total_files"];
    runner.index(&case, &database)?;
    let edited = largest_source(&copy)?.context("the tree has no source file")?;
    let (mut unchanged, mut one_edit) = (Vec::new(), Vec::new());
    for round in 0..n_rounds {
        unchanged.push(runner.index(&case, &database)?.measurement);
        let text = fs::read_to_string(&edited)?;
        fs::write(&edited, format!("{text}\n// {round}\n"))?;
        one_edit.push(runner.index(&case, &database)?.measurement);
    }
    for (name, runs) in [("unchanged", unchanged), ("one edit", one_edit)] {
        let wall = median(runs.iter().map(|run| run.wall_seconds).collect());
        let cpu = median(runs.iter().map(|run| run.cpu_seconds).collect());
        println!(
            "{name:<10} {wall:.3} s wall, {cpu:.2} s of processor time ({n_files} files, median of {n_rounds})"
        );
    }
    Ok(())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}

pub(super) fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn largest_source(folder: &Path) -> Result<Option<PathBuf>> {
    let mut largest: Option<(u64, PathBuf)> = None;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if name.ends_with(".ts") && !name.contains("test") && !name.contains("spec") {
                let size = entry.metadata()?.len();
                if largest.as_ref().is_none_or(|(most, _)| size > *most) {
                    largest = Some((size, path));
                }
            }
        }
    }
    Ok(largest.map(|(_, path)| path))
}
