//! The bill of materials: every package that a program is made of, in CycloneDX, as `cargo metadata` resolves them for its target.
//!
//! What tests and build scripts alone need is no part of it. It depends on the lock file alone, so that the same commit gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::target::Target;
use super::{Release, archive};
use crate::command::{command, output};

/// Writes the bill of a target; returns where it is.
pub(super) fn write(release: &Release<'_>, target: &Target) -> Result<PathBuf> {
    let mut cargo = command("cargo");
    cargo
        .current_dir(&release.workspace.root)
        .args([
            "metadata",
            "--locked",
            "--format-version",
            "1",
            "--filter-platform",
        ])
        .arg(&target.triple);
    let metadata: Value = serde_json::from_str(&output(&mut cargo)?)?;
    let bill = bill(&metadata, "mnemo")?;
    let name = archive::name(release.version, &target.triple);
    let path = release.out.join(format!("{name}.cdx.json"));
    fs_err::write(&path, serde_json::to_string_pretty(&bill)?)?;
    Ok(path)
}

/// Returns the bill of a package.
fn bill(metadata: &Value, name: &str) -> Result<Value> {
    let packages = by_id(&metadata["packages"]);
    let nodes = by_id(&metadata["resolve"]["nodes"]);
    let program = packages.iter().find(|(_, package)| package["name"] == name);
    let (root, program) = program.with_context(|| format!("no package `{name}`"))?;
    let mut found = BTreeSet::new();
    let mut next = vec![*root];
    while let Some(id) = next.pop() {
        if found.insert(id) {
            next.extend(nodes.get(id).into_iter().flat_map(|node| needed(node)));
        }
    }
    let parts = found.iter().filter(|id| *id != root);
    let parts = parts.filter_map(|id| packages.get(id));
    let dependencies = found.iter().map(|id| {
        let needed = nodes.get(id).into_iter().flat_map(|node| needed(node));
        let needed: BTreeSet<&str> = needed.collect();
        json!({"ref": id, "dependsOn": needed})
    });
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": component(program, "application")},
        "components": parts.map(|package| component(package, "library")).collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
    }))
}

fn by_id(list: &Value) -> BTreeMap<&str, &Value> {
    let entries = list.as_array().into_iter().flatten();
    entries
        .filter_map(|entry| Some((entry["id"].as_str()?, entry)))
        .collect()
}

/// Returns what a package needs in the program itself.
fn needed(node: &Value) -> impl Iterator<Item = &str> {
    let dependencies = node["deps"].as_array().into_iter().flatten();
    let is_normal = |dependency: &&Value| {
        let kinds = dependency["dep_kinds"].as_array();
        kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()))
    };
    dependencies
        .filter(is_normal)
        .filter_map(|dependency| dependency["pkg"].as_str())
}

fn component(package: &Value, kind: &str) -> Value {
    let (name, version) = (&package["name"], &package["version"]);
    let mut component = json!({
        "type": kind,
        "bom-ref": package["id"],
        "name": name,
        "version": version,
    });
    if let Some(licence) = package["license"].as_str() {
        // An older way to write OR, which is no expression.
        let expression = licence.replace('/', " OR ");
        component["licenses"] = json!([{"expression": expression}]);
    }
    if let (Some(name), Some(version), true) = (
        name.as_str(),
        version.as_str(),
        package["source"].is_string(),
    ) {
        component["purl"] = format!("pkg:cargo/{name}@{version}").into();
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bill_has_what_the_program_needs_and_no_more() {
        let package = |name: &str, source: Value| json!({"id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0", "source": source});
        let needs = |name: &str, kind: Value| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
        let metadata = json!({
            "packages": [package("mnemo", Value::Null), package("serde", "registry".into()), package("insta", "registry".into()),
                package("cc", "registry".into()), package("other", Value::Null)],
            "resolve": {"nodes": [
                {"id": "mnemo", "deps": [needs("serde", Value::Null), needs("insta", "dev".into()), needs("cc", "build".into())]},
                {"id": "serde", "deps": []},
            ]},
        });
        let bill = bill(&metadata, "mnemo").unwrap();
        assert_eq!(bill["metadata"]["component"]["name"], "mnemo");
        assert_eq!(bill["components"].as_array().unwrap().len(), 1, "{bill}");
        let serde = &bill["components"][0];
        assert_eq!(serde["purl"], "pkg:cargo/serde@1.0.0");
        assert_eq!(serde["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(
            bill["dependencies"][0],
            json!({"ref": "mnemo", "dependsOn": ["serde"]})
        );
    }
}
