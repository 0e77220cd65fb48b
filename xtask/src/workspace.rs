//! What cargo and git know about this checkout.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command::{command, output};

/// This checkout as cargo sees it.
pub(crate) struct Workspace {
    /// The folder of the root manifest.
    pub(crate) root: PathBuf,
    /// Where cargo builds, with every setting of the user respected.
    pub(crate) target: PathBuf,
    /// The version of the program, as its manifest has it.
    pub(crate) version: String,
    /// The crates of the workspace.
    pub(crate) crates: Vec<Crate>,
}

/// A crate of the workspace and the arrows that leave it for other crates of the workspace.
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) arrows: Vec<Arrow>,
}

/// A dependency on another crate of the workspace.
pub(crate) struct Arrow {
    pub(crate) to: String,
    pub(crate) kind: ArrowKind,
}

/// When a dependency is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArrowKind {
    /// Whenever the crate is built.
    Normal,
    /// For its tests only.
    Dev,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn load() -> Result<Workspace> {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let metadata = output(command("cargo").args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--manifest-path",
            manifest,
        ]))?;
        Workspace::from_metadata(&metadata).context("failed to understand `cargo metadata`")
    }

    fn from_metadata(metadata: &str) -> Result<Workspace> {
        let metadata: Value = serde_json::from_str(metadata)?;
        let packages = list(&metadata, "packages")?;
        Ok(Workspace {
            root: text(&metadata, "workspace_root")?.into(),
            target: text(&metadata, "target_directory")?.into(),
            version: version_of_program(packages)?,
            crates: packages
                .iter()
                .map(crate_from)
                .collect::<Result<Vec<_>>>()?,
        })
    }

    /// Returns the files that belong to the project, relative to its root and with `/`: tracked by git, or about to be.
    ///
    /// Outside a checkout, such as in an unpacked archive, every file below the root that is neither hidden nor built.
    pub(crate) fn files(&self) -> Result<Vec<String>> {
        let mut files = if self.root.join(".git").exists() {
            output(command("git").current_dir(&self.root).args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ]))?
            .split_terminator('\0')
            .filter(|path| self.root.join(path).is_file())
            .map(str::to_owned)
            .collect()
        } else {
            let mut files = Vec::new();
            walk(&self.root, &self.root, &mut files)?;
            files
        };
        files.sort();
        files.dedup();
        Ok(files)
    }
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<String>) -> Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "target" || name == ".git" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(root, &entry.path(), files)?;
        } else if let Some(path) = entry.path().strip_prefix(root)?.to_str() {
            files.push(path.replace('\\', "/"));
        }
    }
    Ok(())
}

/// Returns the version of the package that people install; all crates have the same.
fn version_of_program(packages: &[Value]) -> Result<String> {
    let program = packages.iter().find(|package| package["name"] == "mnemo");
    text(program.context("no package `mnemo`")?, "version")
}

fn crate_from(package: &Value) -> Result<Crate> {
    let arrows = list(package, "dependencies")?
        .iter()
        .filter(|dependency| dependency["path"].is_string())
        .map(|dependency| {
            let kind = match dependency["kind"].as_str() {
                Some("dev") => ArrowKind::Dev,
                _ => ArrowKind::Normal,
            };
            Ok(Arrow {
                to: text(dependency, "name")?,
                kind,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Crate {
        name: text(package, "name")?,
        arrows,
    })
}

fn text(value: &Value, field: &str) -> Result<String> {
    let text = value[field]
        .as_str()
        .with_context(|| format!("no text `{field}`"))?;
    Ok(text.to_owned())
}

fn list<'a>(value: &'a Value, field: &str) -> Result<&'a Vec<Value>> {
    value[field]
        .as_array()
        .with_context(|| format!("no list `{field}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_gives_arrows_inside_the_workspace_only() {
        let workspace = Workspace::from_metadata(
            r#"{"workspace_root": "/x", "target_directory": "/x/target", "packages": [
                {"name": "mnemo", "version": "1.2.3", "dependencies": []}, {"name": "store", "dependencies": [
                {"name": "domain", "path": "/x/crates/domain", "kind": null},
                {"name": "testkit", "path": "/x/crates/testkit", "kind": "dev"},
                {"name": "blake3", "kind": null}]}]}"#,
        )
        .unwrap();
        assert_eq!(workspace.version, "1.2.3");
        let arrows = &workspace.crates[1].arrows;
        assert_eq!(arrows.len(), 2);
        assert!(arrows[0].to == "domain" && arrows[0].kind == ArrowKind::Normal);
        assert!(arrows[1].to == "testkit" && arrows[1].kind == ArrowKind::Dev);
        assert!(Workspace::from_metadata("{}").is_err());
    }

    #[test]
    fn files_without_git_leave_out_what_was_built() {
        let root = tempfile::tempdir().unwrap();
        for path in ["src/a.rs", "target/b.rs", ".ci/run"] {
            let path = root.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        }
        let workspace = Workspace {
            root: root.path().to_owned(),
            target: root.path().join("target"),
            version: String::new(),
            crates: Vec::new(),
        };
        assert_eq!(workspace.files().unwrap(), [".ci/run", "src/a.rs"]);
    }
}
