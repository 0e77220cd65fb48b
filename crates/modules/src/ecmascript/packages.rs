//! The packages of the repository, and which of them an importing file means by a name.
//!
//! A name alone proves little: a fixture may be called `react`. A package answers to its name inside itself, as a member of a
//! workspace, or where a dependency points at its folder; everything else called so comes from a registry.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::config_files::ConfigFiles;
use super::lexical;
use super::manifest::Manifest;
use super::workspaces::Workspace;
use crate::ConfigRemark;

/// The names under which a dependency gives the folder of a package instead of a version.
const FOLDER_PROTOCOLS: [&str; 3] = ["file:", "link:", "portal:"];

/// Every `package.json` of the repository.
#[derive(Debug, Default)]
pub(super) struct Packages {
    manifests: Vec<Manifest>,
    by_folder: FxHashMap<String, usize>,
    by_name: FxHashMap<String, Vec<usize>>,
    /// By place in `manifests`: the workspaces that gather it, by their place in the order of reading.
    workspaces: Vec<Vec<usize>>,
    has_workspaces: bool,
}

impl Packages {
    /// Reads the manifests in `folders`, and those of the workspaces that they declare.
    pub(super) fn read<'f>(
        folders: impl IntoIterator<Item = &'f str>,
        files: &mut ConfigFiles,
    ) -> Packages {
        let mut packages = Packages::default();
        for folder in folders {
            packages.read_one(folder, files);
        }
        let workspaces: Vec<Workspace> = packages
            .manifests
            .iter()
            .filter_map(|manifest| Workspace::declared_by(manifest, files))
            .collect();
        // Members that hold no file of ours, such as one that is only built, still have a name that
        // others import.
        for workspace in &workspaces {
            for folder in workspace.expected_folders(files) {
                packages.read_one(&folder, files);
            }
        }
        packages.enlist(&workspaces);
        packages
    }

    fn read_one(&mut self, folder: &str, files: &mut ConfigFiles) {
        if self.by_folder.contains_key(folder) {
            return;
        }
        let path = lexical::join(folder, "package.json").unwrap_or_default();
        let Some(json) = files.json(&path) else {
            return;
        };
        let manifest = Manifest::new(folder, &json);
        if manifest.is_cut() {
            files.remark(ConfigRemark::TooManyPatterns { path });
        }
        let place = self.manifests.len();
        self.by_folder.insert(folder.to_owned(), place);
        if let Some(name) = &manifest.name {
            self.by_name.entry(name.clone()).or_default().push(place);
        }
        self.manifests.push(manifest);
    }

    fn enlist(&mut self, workspaces: &[Workspace]) {
        self.has_workspaces = !workspaces.is_empty();
        let gathering = |manifest: &Manifest| {
            let places = workspaces.iter().enumerate();
            places
                .filter(|(_, workspace)| workspace.gathers(&manifest.folder))
                .map(|(place, _)| place)
                .collect()
        };
        self.workspaces = self.manifests.iter().map(gathering).collect();
    }

    /// Returns the package in exactly this folder.
    pub(super) fn in_folder(&self, folder: &str) -> Option<&Manifest> {
        self.by_folder
            .get(folder)
            .map(|place| &self.manifests[*place])
    }

    /// Returns the package that a file in `folder` belongs to.
    pub(super) fn around(&self, folder: &str) -> Option<&Manifest> {
        self.above(folder).next()
    }

    /// Returns the package of the repository that a file in `folder` gets when it imports `name`.
    pub(super) fn named(&self, name: &str, folder: &str) -> Option<&Manifest> {
        let candidates = self.by_name.get(name)?;
        let mut wanted = None;
        // From the importing file upwards, as Node.js looks for `node_modules`: the nearest that
        // lists the name decides.
        for manifest in self.above(folder) {
            if let Some(text) = manifest.dependency(name) {
                wanted = Some((manifest, text));
                break;
            }
            // As in Node.js, a package can name itself once it says what it exports.
            if manifest.name.as_deref() == Some(name) && manifest.has_exports() {
                return Some(manifest);
            }
        }
        // Not listed and yet found at run time: installers hoist, so members of a workspace see
        // each other.
        let Some((dependent, text)) = wanted else {
            return self.nearest(self.members_of(candidates), folder);
        };
        match Wanted::of(name, text) {
            Wanted::Folder(relative) => {
                self.in_folder(&lexical::join(&dependent.folder, relative)?)
            }
            Wanted::Elsewhere => None,
            Wanted::Release(range) => {
                // A dependency by version, in a tree that is only a part of its workspace, is all there is to go by.
                let mut candidates = if self.has_workspaces {
                    self.members_of(candidates)
                } else {
                    candidates.clone()
                };
                candidates.retain(|place| fits(&self.manifests[*place], range));
                self.nearest(candidates, folder)
            }
        }
    }

    fn above<'p>(&'p self, folder: &str) -> impl Iterator<Item = &'p Manifest> {
        lexical::upward(folder).filter_map(|folder| self.in_folder(folder))
    }

    fn members_of(&self, candidates: &[usize]) -> Vec<usize> {
        let is_member = |place: &usize| {
            !self.workspaces[*place].is_empty() || self.manifests[*place].folder.is_empty()
        };
        candidates.iter().copied().filter(is_member).collect()
    }

    /// Returns the candidate of the importing file's own workspace, then the one that shares most folders with `folder`; none when
    /// two are equally near.
    fn nearest(&self, mut candidates: Vec<usize>, folder: &str) -> Option<&Manifest> {
        if let [only] = candidates[..] {
            return Some(&self.manifests[only]);
        }
        let own = self.workspaces_around(folder);
        let nearness = |place: &usize| {
            let is_neighbour = self.workspaces[*place]
                .iter()
                .any(|workspace| own.contains(workspace));
            let n_shared = n_shared_folders(&self.manifests[*place].folder, folder);
            (is_neighbour, n_shared)
        };
        candidates.sort_by_key(|place| Reverse(nearness(place)));
        match candidates[..] {
            [] => None,
            // A wrong package is worse than none.
            [first, second, ..] if nearness(&first) == nearness(&second) => None,
            [first, ..] => Some(&self.manifests[first]),
        }
    }

    /// Returns the workspaces of the nearest package above `folder` that is in any.
    fn workspaces_around(&self, folder: &str) -> &[usize] {
        lexical::upward(folder)
            .filter_map(|folder| self.by_folder.get(folder))
            .map(|place| self.workspaces[*place].as_slice())
            .find(|workspaces| !workspaces.is_empty())
            .unwrap_or_default()
    }
}

/// What a dependency asks for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted<'t> {
    /// The package in this folder.
    Folder(&'t str),
    /// A release; which ones, where the text pins a line of them.
    Release(Option<Line<'t>>),
    /// Something that is never in the repository.
    Elsewhere,
}

/// Versions that replace each other: one major version, or one minor version before the first major one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line<'t> {
    major: &'t str,
    minor: Option<&'t str>,
}

impl<'t> Wanted<'t> {
    /// Reads what a manifest says about the dependency `name`.
    fn of(name: &str, text: &'t str) -> Wanted<'t> {
        let folder = FOLDER_PROTOCOLS
            .iter()
            .find_map(|protocol| text.strip_prefix(protocol));
        if let Some(folder) = folder {
            return Wanted::Folder(folder);
        }
        // The version stands elsewhere; that the package is called so is enough.
        if text.starts_with("workspace:") || text.starts_with("catalog:") {
            return Wanted::Release(None);
        }
        let range = match text.strip_prefix("npm:") {
            Some(target) => match target.strip_prefix(name) {
                Some(version) => version.trim_start_matches('@'),
                None if is_range(target) => target,
                None => return Wanted::Elsewhere,
            },
            None => text,
        };
        // An address, a path, or a repository of git: `github:owner/name`.
        if range.contains([':', '/']) {
            return Wanted::Elsewhere;
        }
        Wanted::Release(Line::of(range))
    }
}

/// Whether the text after `npm:` is a range, as Yarn writes it, and not the name of another package.
fn is_range(target: &str) -> bool {
    !target.starts_with(|letter: char| letter.is_alphabetic() || letter == '@')
}

impl Line<'_> {
    /// Returns the line that a version is on or a range pins; none for `*`, `latest`, `>=1`, `1 || 2`.
    fn of(range: &str) -> Option<Line<'_>> {
        let version = range.trim_start_matches(['^', '~', '=', 'v']);
        if version.contains([' ', '|', '<', '>']) {
            return None;
        }
        let mut numbers = version.split(['.', '-', '+']).map(|part| {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then_some(part)
        });
        let major = numbers.next()??;
        // Before the first major version a minor one may break everything (Semantic Versioning 4;
        // `^0.1` takes no 0.2).
        let minor = numbers.next().flatten().filter(|_| major == "0");
        Some(Line { major, minor })
    }
}

/// Whether a package manager would take the repository's own package for this range.
fn fits(manifest: &Manifest, wanted: Option<Line<'_>>) -> bool {
    let Some(wanted) = wanted else {
        return true;
    };
    let own = manifest.version.as_deref().and_then(Line::of);
    own.is_some_and(|own| {
        own.major == wanted.major && (wanted.minor.is_none() || own.minor == wanted.minor)
    })
}

fn n_shared_folders(a: &str, b: &str) -> usize {
    let pairs = a.split('/').zip(b.split('/'));
    pairs.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_decides_which_release_is_wanted() {
        let line = |major, minor| Some(Line { major, minor });
        for (text, expected) in [
            ("^2.1.0", line("2", None)),
            ("3.0.0-beta.1", line("3", None)),
            ("npm:^4", line("4", None)),
            ("npm:own@^5", line("5", None)),
            ("npm:own", None),
            ("~0.3.1", line("0", Some("3"))),
            ("0.x", line("0", None)),
            ("workspace:*", None),
            ("catalog:", None),
            ("*", None),
            ("latest", None),
            (">=1", None),
            ("1 || 2", None),
        ] {
            assert_eq!(Wanted::of("own", text), Wanted::Release(expected), "{text}");
        }
    }

    #[test]
    fn a_dependency_from_elsewhere_is_never_ours() {
        for text in [
            "npm:other@1",
            "npm:@a/b@^1",
            "github:a/b",
            "a/b",
            "https://a.b/c.tgz",
        ] {
            assert_eq!(Wanted::of("own", text), Wanted::Elsewhere, "{text}");
        }
        assert_eq!(Wanted::of("own", "link:../b"), Wanted::Folder("../b"));
    }
}
