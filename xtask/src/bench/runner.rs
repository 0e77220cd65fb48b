//! Runs `mnemo` on a tree, each time with a fresh database.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;
use tempfile::TempDir;

use super::Setting;
use super::sample::{Measurement, measure};
use crate::command::{command, output, run, shown};
use crate::workspace::Workspace;

/// The name of the repository in the temporary database, so that `digest` asks for what `index` made.
const REPOSITORY: &str = "bench";

/// How the work is spread.
#[derive(Clone, Copy)]
pub(super) enum Mode {
    Workers(u32),
    /// Everything in one process.
    Streaming,
}

/// One way to run on one tree.
pub(super) struct Case {
    pub(super) label: String,
    pub(super) tree: PathBuf,
    pub(super) mode: Mode,
}

impl Case {
    pub(super) fn new(tree: &Path, mode: Mode) -> Case {
        let name = tree
            .file_name()
            .map_or_else(|| ".".into(), |name| name.to_string_lossy());
        let spread = match mode {
            Mode::Workers(1) => "1 worker".to_owned(),
            Mode::Workers(n_workers) => format!("{n_workers} workers"),
            Mode::Streaming => "streaming".to_owned(),
        };
        Case {
            label: format!("{name}, {spread}"),
            tree: tree.to_owned(),
            mode,
        }
    }
}

/// One run of `mnemo index`.
pub(super) struct Run {
    pub(super) measurement: Measurement,
    /// What it printed with `--json`.
    pub(super) summary: Value,
}

/// Knows what to run and with which setting.
pub(super) struct Runner<'a> {
    program: Vec<String>,
    setting: &'a Setting,
    precision: Option<String>,
}

impl Runner<'_> {
    /// Builds `mnemo`, unless the setting names another program.
    pub(super) fn new<'a>(workspace: &Workspace, setting: &'a Setting) -> Result<Runner<'a>> {
        let mut program = setting.program.clone();
        if program.is_empty() {
            let path = build(workspace, &["-p", "mnemo"], "mnemo")?;
            program.push(path.to_str().context("the path is not UTF-8")?.to_owned());
        }
        Ok(Runner {
            program,
            setting,
            precision: None,
        })
    }

    /// Lets whatever runs from now on embed in this precision.
    pub(super) fn set_precision(&mut self, precision: &str) {
        self.precision = Some(precision.to_owned());
    }

    /// Indexes a tree of one file, so that no measured run fetches a model or packs its weights.
    pub(super) fn warm_up(&self) -> Result<()> {
        let tree = tempfile::tempdir()?;
        fs_err::write(tree.path().join("one.ts"), "export const one = 1;\n")?;
        self.index_afresh(&Case::new(tree.path(), Mode::Workers(1)))
            .context("failed to warm up")?;
        Ok(())
    }

    /// Indexes into a database that is deleted afterwards.
    pub(super) fn index_afresh(&self, case: &Case) -> Result<Run> {
        self.index(case, &database(&self.database_folder()?))
    }

    /// Indexes into a fresh database and returns what `mnemo digest` says about it.
    pub(super) fn digest_afresh(&self, case: &Case) -> Result<String> {
        let folder = self.database_folder()?;
        self.index(case, &database(&folder))?;
        let digest = output(
            self.mnemo("digest")
                .args(["--repository", REPOSITORY, "--database"])
                .arg(database(&folder)),
        )?;
        Ok(digest.trim().to_owned())
    }

    /// Indexes into a fresh database and returns the rows that `mnemo export` prints about some items, one after the other.
    pub(super) fn export_afresh(&self, tree: &Path, items: &[&str]) -> Result<String> {
        let folder = self.database_folder()?;
        self.index(&Case::new(tree, Mode::Streaming), &database(&folder))?;
        let mut rows = String::new();
        for item in items {
            let mut export = self.mnemo("export");
            export.args(["--repository", REPOSITORY, "--what", item, "--database"]);
            rows.push_str(&output(export.arg(database(&folder)))?);
        }
        Ok(rows)
    }

    /// Brings a database up to date with a tree, as the repository `name`.
    pub(super) fn index_named(&self, tree: &Path, name: &str, database: &Path) -> Result<()> {
        let mut index = self.mnemo("index");
        index.arg(tree).args([
            "--quiet",
            "--repository",
            name,
            "--embeddings",
            &self.setting.embeddings,
        ]);
        run(index.arg("--database").arg(database))
    }

    /// Returns what a command prints, once its arguments are added.
    pub(super) fn output(
        &self,
        subcommand: &str,
        add: impl FnOnce(&mut Command),
    ) -> Result<String> {
        let mut command = self.mnemo(subcommand);
        add(&mut command);
        output(&mut command)
    }

    /// Indexes into a database that stays.
    pub(super) fn index(&self, case: &Case, database: &Path) -> Result<Run> {
        let mut index = self.mnemo("index");
        index.arg(&case.tree).arg("--database").arg(database);
        index.args(["--repository", REPOSITORY, "--json", "--embeddings"]);
        index.arg(&self.setting.embeddings);
        let memory = self.setting.memory.iter();
        index.args(memory.flat_map(|memory| ["--memory", memory.as_str()]));
        match case.mode {
            Mode::Workers(n_workers) => index.args(["--workers", &n_workers.to_string()]),
            Mode::Streaming => index.arg("--streaming"),
        };
        let measurement = measure(&mut index)?;
        let summary = serde_json::from_str(&measurement.output)
            .with_context(|| format!("`{}` printed no JSON object", shown(&index)))?;
        Ok(Run {
            measurement,
            summary,
        })
    }

    /// Returns a command of the program, to add arguments to.
    pub(super) fn mnemo(&self, subcommand: &str) -> Command {
        let mut mnemo = command(&self.program[0]);
        mnemo.args(&self.program[1..]).arg(subcommand);
        let precision = self.precision.iter();
        mnemo.envs(precision.map(|precision| ("MNEMO_PRECISION", precision)));
        mnemo
    }

    fn database_folder(&self) -> Result<TempDir> {
        Ok(match &self.setting.database_dir {
            Some(folder) => tempfile::tempdir_in(folder)?,
            None => tempfile::tempdir()?,
        })
    }
}

/// Builds a program and returns where it is.
pub(super) fn build(workspace: &Workspace, arguments: &[&str], program: &str) -> Result<PathBuf> {
    run(command("cargo")
        .current_dir(&workspace.root)
        .args(["build", "--release"])
        .args(arguments))?;
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace.target.join("release").join(name))
}

fn database(folder: &TempDir) -> PathBuf {
    folder.path().join("bench.db")
}
