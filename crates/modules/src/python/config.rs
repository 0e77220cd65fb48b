//! Where projects say that their packages are: `pyproject.toml` and `setup.cfg`.

use std::path::Path;

use domain::ContentHash;
use rustc_hash::FxHashSet;
use toml::{Table, Value};

use super::join;
use crate::ecmascript::config_files::ConfigFiles;

/// What configuration says of where packages are.
pub(super) struct Config {
    /// Folders that hold packages.
    pub(super) roots: Vec<String>,
    /// Names of packages with their folders, where the folder is called otherwise.
    pub(super) renamed: Vec<(String, String)>,
    /// Hash over what was read.
    pub(super) fingerprint: ContentHash,
}

/// Reads the configuration in folders that hold Python files. What cannot be used counts as absent.
pub(super) fn read(root: &Path, folders: &FxHashSet<&str>) -> Config {
    let mut files = ConfigFiles::new(root);
    let mut folders: Vec<&str> = folders.iter().copied().collect();
    folders.push("");
    folders.sort_unstable();
    folders.dedup();
    let mut found = Found::default();
    for folder in folders {
        let project = files.text(&join(folder, "pyproject.toml"));
        if let Some(table) = project.and_then(|text| text.parse::<Table>().ok()) {
            found.project(folder, &table);
        }
        if let Some(text) = files.text(&join(folder, "setup.cfg")) {
            found.setup(folder, &text);
        }
    }
    let (fingerprint, _) = files.finish();
    Config {
        roots: found.roots,
        renamed: found.renamed,
        fingerprint,
    }
}

#[derive(Default)]
struct Found {
    roots: Vec<String>,
    renamed: Vec<(String, String)>,
}

impl Found {
    /// A folder that is named from another; nothing above the tree.
    fn root(&mut self, folder: &str, named: &str) {
        if let Some(path) = within(folder, named) {
            self.roots.push(path);
        }
    }

    fn package(&mut self, folder: &str, name: &str, named: &str) {
        match name.is_empty() {
            true => self.root(folder, named),
            false => {
                if let Some(path) = within(folder, named) {
                    self.renamed.push((name.to_owned(), path));
                }
            }
        }
    }

    fn project(&mut self, folder: &str, project: &Table) {
        let at = |path: &str| {
            let mut keys = path.split('/');
            let first = keys.next().and_then(|key| project.get(key));
            keys.try_fold(first?, |value, key| value.get(key))
        };
        for path in [
            "tool/setuptools/packages/find/where",
            "tool/hatch/build/sources",
            "tool/hatch/build/targets/wheel/sources",
            "tool/pytest/ini_options/pythonpath",
            "tool/pyright/extraPaths",
            "tool/pdm/build/package-dir",
        ] {
            for named in texts(at(path)) {
                self.root(folder, named);
            }
        }
        for named in texts(at("tool/hatch/build/targets/wheel/packages")) {
            let parent = named.trim_end_matches('/').rsplit_once('/');
            self.root(folder, parent.map_or("", |(parent, _)| parent));
        }
        let packages = at("tool/poetry/packages").and_then(Value::as_array);
        for package in packages.into_iter().flatten() {
            for named in texts(package.get("from")) {
                self.root(folder, named);
            }
        }
        let folders = at("tool/setuptools/package-dir").and_then(Value::as_table);
        for (name, named) in folders.into_iter().flatten() {
            if let Some(named) = named.as_str() {
                self.package(folder, name, named);
            }
        }
    }

    /// `setup.cfg`: `package_dir` of `[options]` and `where` of `[options.packages.find]`.
    fn setup(&mut self, folder: &str, text: &str) {
        let (mut section, mut key) = ("", "");
        for line in text.lines() {
            let trimmed = line.trim();
            if let Some(name) = trimmed
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                (section, key) = (name, "");
                continue;
            }
            let is_further = line.starts_with([' ', '\t']);
            let value = match (is_further, trimmed.split_once('=')) {
                (false, Some((name, value))) => {
                    key = name.trim();
                    value.trim()
                }
                _ => trimmed,
            };
            match (section, key) {
                ("options", "package_dir") => {
                    if let Some((name, named)) = value.split_once('=') {
                        self.package(folder, name.trim(), named.trim());
                    }
                }
                ("options.packages.find", "where") if !value.is_empty() => self.root(folder, value),
                _ => {}
            }
        }
    }
}

/// The texts of a value that is one or a list of them.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn within(folder: &str, named: &str) -> Option<String> {
    let mut path = folder.to_owned();
    for part in named.split('/') {
        match part {
            "" | "." => {}
            ".." => return None,
            part => path = join(&path, part),
        }
    }
    (!named.starts_with('/')).then_some(path)
}
