//! `Cargo.toml`: what a package and its library are called, where its targets lie, and what it depends on.

use rustc_hash::FxHashMap;
use toml::{Table, Value};

/// A package that another depends on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Dependency {
    /// Its name, which the name that code uses may differ from.
    pub(super) package: String,
    /// Its folder, from the one of the manifest.
    pub(super) path: Option<String>,
    /// The workspace's manifest says the rest.
    pub(super) is_of_workspace: bool,
}

/// What of a manifest decides where names of crates lead.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Manifest {
    /// The package's name; a manifest may be a workspace's alone.
    pub(super) name: Option<String>,
    /// What code calls the library.
    pub(super) library_name: Option<String>,
    /// Where the library's root lies, if not where it usually does.
    pub(super) library_path: Option<String>,
    /// Roots of other crates of the package, as far as they are named.
    pub(super) targets: Vec<String>,
    /// By the names that code uses, for every target, platform and feature.
    pub(super) dependencies: FxHashMap<String, Dependency>,
    /// What members of the workspace can take over.
    pub(super) workspace_dependencies: FxHashMap<String, Dependency>,
}

impl Manifest {
    /// Returns nothing where the text is no manifest.
    pub(super) fn parse(text: &str) -> Option<Manifest> {
        let table: Table = text.parse().ok()?;
        let mut manifest = Manifest::default();
        if let Some(workspace) = table.get("workspace").and_then(Value::as_table) {
            add_dependencies(workspace, &mut manifest.workspace_dependencies);
        }
        if let Some(package) = table.get("package").and_then(Value::as_table) {
            manifest.name = text_of(package, "name");
        }
        let library = table.get("lib").and_then(Value::as_table);
        manifest.library_path = library.and_then(|library| text_of(library, "path"));
        let named = library.and_then(|library| text_of(library, "name"));
        manifest.library_name = named.or(manifest.name.clone()).map(|name| in_code(&name));
        for kind in ["bin", "test", "bench", "example"] {
            let targets = table.get(kind).and_then(Value::as_array);
            for target in targets.into_iter().flatten().filter_map(Value::as_table) {
                manifest.targets.extend(text_of(target, "path"));
            }
        }
        add_dependencies(&table, &mut manifest.dependencies);
        let platforms = table.get("target").and_then(Value::as_table);
        for platform in platforms.into_iter().flat_map(Table::values) {
            if let Some(platform) = platform.as_table() {
                add_dependencies(platform, &mut manifest.dependencies);
            }
        }
        Some(manifest)
    }
}

fn add_dependencies(table: &Table, found: &mut FxHashMap<String, Dependency>) {
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(listed) = table.get(kind).and_then(Value::as_table) else {
            continue;
        };
        for (name, value) in listed {
            let details = value.as_table();
            let text = |key: &str| details.and_then(|details| text_of(details, key));
            let dependency = Dependency {
                package: text("package").unwrap_or_else(|| name.clone()),
                path: text("path"),
                is_of_workspace: details
                    .and_then(|details| details.get("workspace"))
                    .and_then(Value::as_bool)
                    .unwrap_or_default(),
            };
            found.entry(in_code(name)).or_insert(dependency);
        }
    }
}

fn text_of(table: &Table, key: &str) -> Option<String> {
    table.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// Returns a package's name as code writes it.
fn in_code(name: &str) -> String {
    name.replace('-', "_")
}
