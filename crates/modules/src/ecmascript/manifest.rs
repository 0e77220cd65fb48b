//! A `package.json`, as far as resolution needs it.

use rustc_hash::FxHashMap;

use super::json::Json;
use super::targets::{self, Map};

/// The fields that lead to a package's entry: the one that names a source first, then in the compiler's order.
const ENTRY_FIELDS: [&str; 5] = ["source", "types", "typings", "module", "main"];

/// The fields that list what a package uses, nearest to its own code first.
const DEPENDENCY_FIELDS: [&str; 4] = [
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "peerDependencies",
];

/// The package that a folder holds.
#[derive(Debug)]
pub(super) struct Manifest {
    /// Where it is.
    pub(super) folder: String,
    /// What others import it by.
    pub(super) name: Option<String>,
    /// Its own version.
    pub(super) version: Option<String>,
    /// The configuration that a `tsconfig.json` gets when it extends this package.
    pub(super) tsconfig: Option<String>,
    /// The folders of the packages that it gathers in a workspace, as globs.
    pub(super) workspaces: Vec<String>,
    entries: Vec<String>,
    exports: Json,
    subpaths: Map,
    imports: Map,
    types_versions: Option<Map>,
    dependencies: FxHashMap<String, String>,
}

impl Manifest {
    /// Takes what it needs from the file's content.
    pub(super) fn new(folder: &str, json: &Json) -> Manifest {
        let text = |key: &str| json.get(key).text().map(str::to_owned);
        let workspaces = json.get("workspaces");
        let types_versions = json.get("typesVersions").entries().first();
        Manifest {
            folder: folder.to_owned(),
            name: text("name"),
            version: text("version"),
            tsconfig: text("tsconfig"),
            workspaces: workspaces
                .texts()
                .or_else(|| workspaces.get("packages").texts())
                .unwrap_or_default(),
            entries: ENTRY_FIELDS.iter().filter_map(|key| text(key)).collect(),
            exports: json.get("exports").clone(),
            subpaths: Map::new(json.get("exports").entries()),
            imports: Map::new(json.get("imports").entries()),
            types_versions: types_versions.map(|(_, map)| Map::new(map.entries())),
            dependencies: dependencies(json),
        }
    }

    /// Whether patterns of its maps were left out.
    pub(super) fn is_cut(&self) -> bool {
        let maps = [
            Some(&self.subpaths),
            Some(&self.imports),
            self.types_versions.as_ref(),
        ];
        maps.into_iter().flatten().any(Map::is_cut)
    }

    /// Whether the package says what others may import.
    pub(super) fn has_exports(&self) -> bool {
        self.exports != Json::Null
    }

    /// Returns what the package says to hold its entry, best first.
    pub(super) fn entries(&self) -> &[String] {
        &self.entries
    }

    /// Returns where the package says that `subpath` is found, best first; the empty subpath is the package itself.
    pub(super) fn targets(&self, subpath: &str) -> Vec<String> {
        let mut found = self.exported(subpath);
        if subpath.is_empty() {
            found.extend_from_slice(&self.entries);
        } else if let Some(map) = &self.types_versions {
            found.extend(map.select(subpath));
        }
        found
    }

    /// Whether the package says that `subpath` is for nobody else.
    pub(super) fn blocks(&self, subpath: &str) -> bool {
        match subpath {
            "" => self.subpaths.is_blocked("."),
            subpath => self.subpaths.is_blocked(&format!("./{subpath}")),
        }
    }

    /// Returns what the package's own name `#…` stands for, best first.
    pub(super) fn imported(&self, name: &str) -> Vec<String> {
        self.imports.select(name)
    }

    /// Returns the version, or the place, at which the package wants another one.
    pub(super) fn dependency(&self, name: &str) -> Option<&str> {
        self.dependencies.get(name).map(String::as_str)
    }

    fn exported(&self, subpath: &str) -> Vec<String> {
        // Without a key that starts with a dot, the whole value is about the package itself.
        match (self.subpaths.has_subpaths(), subpath) {
            (true, "") => self.subpaths.select("."),
            (true, subpath) => self.subpaths.select(&format!("./{subpath}")),
            (false, "") => targets::all(&self.exports),
            (false, _) => Vec::new(),
        }
    }
}

fn dependencies(json: &Json) -> FxHashMap<String, String> {
    let mut dependencies = FxHashMap::default();
    for field in DEPENDENCY_FIELDS {
        for (name, wanted) in json.get(field).entries() {
            if let Some(wanted) = wanted.text() {
                dependencies
                    .entry(name.clone())
                    .or_insert_with(|| wanted.to_owned());
            }
        }
    }
    dependencies
}
