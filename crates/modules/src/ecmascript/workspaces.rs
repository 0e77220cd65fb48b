//! Which folders a workspace gathers: `workspaces` in `package.json`, `pnpm-workspace.yaml` and `lerna.json`.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::config_files::ConfigFiles;
use super::lexical;
use super::manifest::Manifest;

/// What lerna gathers when its file does not say.
const LERNA_DEFAULT: &str = "packages/*";

/// The folders that one workspace gathers.
#[derive(Debug)]
pub(super) struct Workspace {
    folder: String,
    globs: Vec<String>,
    gathered: GlobSet,
    left_out: GlobSet,
}

impl Workspace {
    /// Returns the workspace that a package declares, in its manifest or in a file beside it.
    pub(super) fn declared_by(manifest: &Manifest, files: &mut ConfigFiles) -> Option<Workspace> {
        let mut globs = manifest.workspaces.clone();
        let beside = |name: &str| lexical::join(&manifest.folder, name).unwrap_or_default();
        if let Some(text) = files.text(&beside("pnpm-workspace.yaml")) {
            globs.extend(pnpm_packages(&text));
        }
        if let Some(json) = files.json(&beside("lerna.json")) {
            let packages = json.get("packages").texts();
            globs.extend(packages.unwrap_or_else(|| vec![LERNA_DEFAULT.to_owned()]));
        }
        (!globs.is_empty()).then(|| Workspace::new(&manifest.folder, globs))
    }

    fn new(folder: &str, globs: Vec<String>) -> Workspace {
        let clean = |glob: &str| {
            let glob = glob.strip_prefix("./").unwrap_or(glob);
            glob.trim_end_matches('/').to_owned()
        };
        let (left_out, gathered): (Vec<_>, Vec<_>) =
            globs.iter().partition(|glob| glob.starts_with('!'));
        let left_out: Vec<String> = left_out.iter().map(|glob| clean(&glob[1..])).collect();
        let gathered: Vec<String> = gathered.iter().map(|glob| clean(glob)).collect();
        Workspace {
            folder: folder.to_owned(),
            gathered: glob_set(gathered.iter().map(String::as_str)),
            left_out: glob_set(left_out.iter().map(String::as_str)),
            globs: gathered,
        }
    }

    /// Whether the package in `folder` belongs to it; the package that declares it does.
    pub(super) fn gathers(&self, folder: &str) -> bool {
        let is_gathered =
            |relative: &str| self.gathered.is_match(relative) && !self.left_out.is_match(relative);
        folder == self.folder || lexical::below(folder, &self.folder).is_some_and(is_gathered)
    }

    /// Returns the folders where simple globs expect packages, whether they hold code or not.
    ///
    /// A package of shared configuration has no code, so that the folders of the indexed files do not lead to it. Globs with `**`
    /// are not followed: that would be a walk of the tree.
    pub(super) fn expected_folders(&self, files: &ConfigFiles) -> Vec<String> {
        let mut folders = Vec::new();
        for glob in &self.globs {
            let (above, last) = glob.rsplit_once('/').unwrap_or(("", glob));
            let Some(above) = lexical::join(&self.folder, above) else {
                continue;
            };
            if above.contains(['*', '?', '{', '[']) {
                continue;
            }
            if last == "*" {
                folders.extend(files.subfolders(&above));
            } else if let Some(folder) = lexical::join(&above, last) {
                folders.push(folder);
            }
        }
        folders
    }
}

/// Globs that cannot be read gather nothing.
fn glob_set<'g>(globs: impl Iterator<Item = &'g str>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let glob = GlobBuilder::new(glob).literal_separator(true).build();
        if let Ok(glob) = glob {
            set.add(glob);
        }
    }
    set.build().unwrap_or_default()
}

/// Reads the one list that matters here; a parser for all of YAML would be a large thing to carry for it.
fn pnpm_packages(text: &str) -> Vec<String> {
    let mut packages = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        let content = line.split(" #").next().unwrap_or(line).trim_end();
        if let Some(rest) = content.strip_prefix("packages:") {
            is_inside = true;
            let inline = rest.trim().trim_matches(['[', ']']);
            packages.extend(inline.split(',').filter_map(scalar));
        } else if let Some(item) = content.trim_start().strip_prefix("- ") {
            packages.extend(is_inside.then(|| scalar(item)).flatten());
        } else if content.starts_with(|letter: char| !letter.is_whitespace() && letter != '#') {
            is_inside = false;
        }
    }
    packages
}

fn scalar(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['\'', '"']);
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pnpm_lists_are_read_in_every_usual_form() {
        let packages = |text: &str| pnpm_packages(text);
        let expected = ["packages/*", "!**/test/**"];
        let block = "packages:\n  # all\n  - 'packages/*' # most\n\n  - \"!**/test/**\"\n\ncatalog:\n  - other\n";
        assert_eq!(packages(block), expected);
        assert_eq!(
            packages("packages:\n- packages/*\n- '!**/test/**'\n"),
            expected
        );
        assert_eq!(
            packages("packages: ['packages/*', \"!**/test/**\"]\n"),
            expected
        );
        assert!(packages("catalog:\n  - packages/*\n").is_empty());
    }

    #[test]
    fn a_workspace_gathers_what_its_globs_name() {
        let globs = ["./packages/*/", "apps/{a,b}", "deep/**", "!**/fixture"];
        let workspace = Workspace::new("", globs.map(str::to_owned).to_vec());
        for folder in ["", "packages/x", "apps/a", "deep/x/y"] {
            assert!(workspace.gathers(folder), "{folder:?}");
        }
        for folder in ["packages", "packages/x/y", "apps/c", "packages/fixture"] {
            assert!(!workspace.gathers(folder), "{folder:?}");
        }
        let nested = Workspace::new("www", vec!["apps/*".to_owned()]);
        assert!(nested.gathers("www") && nested.gathers("www/apps/x"));
        assert!(!nested.gathers("") && !nested.gathers("apps/x"));
    }
}
