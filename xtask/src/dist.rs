//! `cargo xtask dist`: the packages of a release.
//!
//! One program per target is built, or taken as it is, and goes into every package as the same bytes: archive, wheel, npm package,
//! container. So whoever checks one of them has checked them all. Archives are our own; a wheel is made by hatchling and an npm package by npm,
//! which know the formats. Nothing is published here.

mod archive;
mod bill;
mod container;
mod formula;
mod npm;
mod program;
mod sums;
mod target;
mod wheel;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use tempfile::TempDir;

use crate::command::{command, output};
use crate::workspace::Workspace;
use target::Target;

/// What to make.
#[derive(Args)]
pub(crate) struct Dist {
    /// What to build for, such as x86_64-unknown-linux-gnu.2.28, where the end is the oldest glibc to run with (may be repeated)
    /// [default: this machine]
    #[arg(long = "target", value_name = "TARGET")]
    targets: Vec<String>,
    /// Take this program of the one target, instead of building it
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Program that prints the manual pages, where that of the target does not run here
    #[arg(long, value_name = "FILE")]
    manual: Option<PathBuf>,
    /// Folder to write to [default: dist in cargo's target folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Where the archives will be found; writes a Homebrew formula that fetches them from there
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// How hard archives are compressed, from 0 to 9
    #[arg(long, value_name = "LEVEL", default_value_t = 9, value_parser = clap::value_parser!(u32).range(0..=9))]
    xz: u32,
}

/// What every package is made of and where it goes.
struct Release<'a> {
    workspace: &'a Workspace,
    version: &'a str,
    out: PathBuf,
    /// Taken away in the end.
    scratch: TempDir,
    xz: u32,
    /// Seconds since 1970 that files in archives are of, so that the same commit gives the same bytes.
    time: u64,
}

/// Makes every package of every target.
pub(crate) fn dist(workspace: &Workspace, options: &Dist) -> Result<()> {
    let out = options.out.clone();
    let out = out.unwrap_or_else(|| workspace.target.join("dist"));
    fs_err::create_dir_all(&out)?;
    let release = Release {
        workspace,
        version: &workspace.version,
        out: fs_err::canonicalize(out)?,
        scratch: tempfile::tempdir()?,
        xz: options.xz,
        time: time_of_commit(workspace),
    };
    let targets = targets(options)?;
    let mut archives = Vec::new();
    for target in &targets {
        let program = program::obtain(&release, target, options.program.as_deref())?;
        let pages = archive::pages(&release, options.manual.as_deref().unwrap_or(&program.path))?;
        let bill = bill::write(&release, target)?;
        println!("{}: needs {}", target.triple, program.needs);
        archives.push(archive::write(&release, target, &program, &pages, &bill)?);
        wheel::write(&release, target, &program)?;
        npm::write_platform(&release, target, &program)?;
        container::write(&release, target, &program)?;
    }
    npm::write_launcher(&release, &targets)?;
    if let Some(url) = &options.url {
        formula::write(&release, url, &archives)?;
    }
    sums::write(&release)
}

fn targets(options: &Dist) -> Result<Vec<Target>> {
    let named = match options.targets.is_empty() {
        true => vec![output(command("rustc").args(["--print", "host-tuple"]))?],
        false => options.targets.clone(),
    };
    if options.program.is_some() && named.len() > 1 {
        bail!("--program is for one --target");
    }
    named
        .iter()
        .map(|name| Target::parse(name.trim()))
        .collect()
}

/// Returns the time of the commit that is checked out; that of no commit is 0.
fn time_of_commit(workspace: &Workspace) -> u64 {
    let mut git = command("git");
    git.current_dir(&workspace.root)
        .args(["log", "-1", "--format=%ct"]);
    let time = output(&mut git).ok();
    time.and_then(|time| time.trim().parse().ok()).unwrap_or(0)
}

/// Copies files of the project by their names.
fn copy(workspace: &Workspace, names: &[&str], to: &Path) -> Result<()> {
    for name in names {
        let from = workspace.root.join(name);
        let name = from.file_name().unwrap_or_default();
        fs_err::copy(&from, to.join(name))?;
    }
    Ok(())
}

/// Licences, which every package has.
const LICENCES: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT"];
