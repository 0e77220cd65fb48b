//! The npm packages: one per target with the program, and one that starts whichever was installed.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::program::Program;
use super::target::{Libc, Target};
use super::{LICENCES, Release, copy};
use crate::command::{command, output};

/// Writes the package that has the program of a target.
pub(super) fn write_platform(
    release: &Release<'_>,
    target: &Target,
    program: &Program,
) -> Result<()> {
    let package = target.npm_package();
    let stage = stage(release, &package)?;
    fs_err::copy(&program.path, stage.join("bin/mnemo"))?;
    let libc = match target.libc {
        Libc::Glibc => "glibc",
        Libc::Musl => "musl",
    };
    let description = json!({
        "name": package,
        "version": release.version,
        "description": format!("The program of mnemo-index for {}", target.triple),
        "license": "MIT OR Apache-2.0",
        "os": ["linux"],
        "cpu": [target.processor.npm],
        "libc": [libc],
        "files": ["bin/mnemo", "LICENSE-APACHE", "LICENSE-MIT"],
    });
    pack(release, &stage, &description)
}

/// Writes the package that people install; it asks for that of every target, of which npm takes the one that fits.
pub(super) fn write_launcher(release: &Release<'_>, targets: &[Target]) -> Result<()> {
    let template = release.workspace.root.join("packaging/npm");
    let mut description: Value =
        serde_json::from_str(&fs_err::read_to_string(template.join("package.json"))?)?;
    let packages = targets
        .iter()
        .map(|target| (target.npm_package(), release.version.into()));
    description["version"] = release.version.into();
    description["optionalDependencies"] = Value::Object(packages.collect());
    let stage = stage(release, "mnemo-index")?;
    fs_err::copy(template.join("bin/mnemo.js"), stage.join("bin/mnemo.js"))?;
    pack(release, &stage, &description)
}

fn stage(release: &Release<'_>, package: &str) -> Result<PathBuf> {
    let stage = release.scratch.path().join(package);
    fs_err::create_dir_all(stage.join("bin"))?;
    copy(release.workspace, LICENCES, &stage)?;
    Ok(stage)
}

fn pack(release: &Release<'_>, stage: &Path, description: &Value) -> Result<()> {
    let text = serde_json::to_string_pretty(description)?;
    fs_err::write(stage.join("package.json"), text)?;
    let mut npm = command("npm");
    npm.current_dir(stage)
        .args(["pack", "--silent", "--pack-destination"])
        .arg(&release.out);
    output(&mut npm).context("an npm package needs Node.js with npm")?;
    Ok(())
}
