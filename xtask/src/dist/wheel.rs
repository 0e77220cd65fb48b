//! The wheel of a target: the program as a script, and the typed Python package.
//!
//! `python/pyproject.toml` builds from source with maturin, which always compiles; here the program is there already, so the same
//! description goes to hatchling, which packs what it is given.

use std::path::Path;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use super::program::{Needs, Program};
use super::target::Target;
use super::{LICENCES, Release, copy};
use crate::command::{command, run};

/// What hatchling reads beside what the project says of itself.
const HATCHLING: &str = r#"
[build-system]
requires = ["hatchling>=1.27,<2"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["mnemo_index"]

[tool.hatch.build.targets.wheel.shared-scripts]
"program/mnemo" = "mnemo"

[tool.hatch.build.targets.wheel.hooks.custom]
path = "hatch_build.py"
"#;

/// Writes the wheel of a target.
pub(super) fn write(release: &Release<'_>, target: &Target, program: &Program) -> Result<()> {
    let root = &release.workspace.root;
    let stage = release.scratch.path().join(&target.triple).join("wheel");
    let (package, programs) = (stage.join("mnemo_index"), stage.join("program"));
    fs_err::create_dir_all(&package)?;
    fs_err::create_dir_all(&programs)?;
    for entry in fs_err::read_dir(root.join("python/mnemo_index"))? {
        let path = entry?.path();
        if path.is_file() {
            fs_err::copy(&path, package.join(path.file_name().unwrap_or_default()))?;
        }
    }
    fs_err::copy(&program.path, programs.join("mnemo"))?;
    copy(release.workspace, LICENCES, &stage)?;
    let others = ["python/README.md", "packaging/wheel/hatch_build.py"];
    copy(release.workspace, &others, &stage)?;
    let described = fs_err::read_to_string(root.join("python/pyproject.toml"))?;
    fs_err::write(
        stage.join("pyproject.toml"),
        description(&described, release.version)?,
    )?;
    pack(release, &stage, &tag(target, program.needs))
}

fn pack(release: &Release<'_>, stage: &Path, tag: &str) -> Result<()> {
    let mut pip = command("python3");
    pip.args(["-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"])
        .arg(&release.out)
        .arg(stage)
        .env("MNEMO_WHEEL_TAG", tag)
        .env("SOURCE_DATE_EPOCH", release.time.to_string());
    run(&mut pip).context("a wheel needs Python with pip, which fetches hatchling")
}

/// Returns the project's description for hatchling.
fn description(maturin: &str, version: &str) -> Result<String> {
    let mut description: Table = maturin.parse()?;
    let Some(Value::Table(project)) = description.get_mut("project") else {
        bail!("python/pyproject.toml has no table `project`");
    };
    project.remove("dynamic");
    project.insert("version".to_owned(), version.into());
    let licences = LICENCES.iter().map(|name| Value::from(*name)).collect();
    project.insert("license-files".to_owned(), Value::Array(licences));
    let project = Table::from_iter([("project".to_owned(), Value::Table(project.clone()))]);
    Ok(format!("{project}{HATCHLING}"))
}

/// Returns what pip compares with the system that it runs on.
fn tag(target: &Target, needs: Needs) -> String {
    let processor = target.processor.rust;
    match needs {
        Needs::Glibc { major, minor } => format!("py3-none-manylinux_{major}_{minor}_{processor}"),
        Needs::Nothing => format!("py3-none-musllinux_1_1_{processor}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn description_says_what_the_project_says_and_packs_with_hatchling() {
        let text = "[build-system]\nrequires = [\"maturin\"]\n[project]\nname = \"mnemo-index\"\ndynamic = [\"version\"]\n[tool.maturin]\nstrip = true\n";
        let description: Table = description(text, "1.2.3").unwrap().parse().unwrap();
        assert_eq!(description["project"]["version"].as_str(), Some("1.2.3"));
        assert_eq!(description["project"]["name"].as_str(), Some("mnemo-index"));
        assert!(description["project"].get("dynamic").is_none());
        assert!(!description.to_string().contains("maturin"));
        assert_eq!(
            description["build-system"]["build-backend"].as_str(),
            Some("hatchling.build")
        );
    }

    #[test]
    fn tag_is_of_what_the_program_needs() {
        let check = |triple: &str, needs: Needs, expected: &str| {
            assert_eq!(tag(&Target::parse(triple).unwrap(), needs), expected);
        };
        let needs = Needs::Glibc {
            major: 2,
            minor: 28,
        };
        check(
            "x86_64-unknown-linux-gnu",
            needs,
            "py3-none-manylinux_2_28_x86_64",
        );
        check(
            "aarch64-unknown-linux-musl",
            Needs::Nothing,
            "py3-none-musllinux_1_1_aarch64",
        );
    }
}
