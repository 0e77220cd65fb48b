//! A configuration in place: which files it is for, and where it lets them look for modules.

use super::code_files::is_javascript;
use super::lexical;
use super::tsconfig::{Options, Stated};
use super::wildcards::Wildcards;

/// Stands for the folder of the inheriting configuration, at the start of a path.
const CONFIG_FOLDER: &str = "${configDir}";

/// One configuration, with all its paths relative to the repository's root.
#[derive(Debug)]
pub(super) struct Project {
    folder: String,
    options: Options,
    files: Vec<String>,
    include: Option<Vec<Wildcards>>,
    exclude: Vec<Wildcards>,
    root_dirs: Vec<String>,
}

impl Project {
    /// Puts options in place for the configuration in `folder`.
    pub(super) fn new(folder: &str, options: Options) -> Project {
        let located = |stated: &Stated<Vec<String>>| -> Vec<String> {
            let texts = stated.value.iter();
            texts
                .filter_map(|text| locate(text, &stated.folder, folder))
                .collect()
        };
        let wildcards = |stated| -> Vec<Wildcards> {
            let patterns = located(stated);
            patterns.iter().map(|text| Wildcards::new(text)).collect()
        };
        Project {
            folder: folder.to_owned(),
            files: options.files.as_deref().map(located).unwrap_or_default(),
            include: options.include.as_deref().map(wildcards),
            exclude: options
                .exclude
                .as_deref()
                .map(wildcards)
                .unwrap_or_default(),
            root_dirs: options
                .root_dirs
                .as_deref()
                .map(located)
                .unwrap_or_default(),
            options,
        }
    }

    /// Whether `path` is one of its files.
    pub(super) fn owns(&self, path: &str) -> bool {
        if self.files.iter().any(|file| file == path) {
            return true;
        }
        if is_javascript(path) && self.options.allow_js != Some(true) {
            return false;
        }
        let is_included = match &self.include {
            Some(patterns) => patterns.iter().any(|pattern| pattern.includes(path)),
            None => self.options.files.is_none() && lexical::below(path, &self.folder).is_some(),
        };
        is_included && !self.exclude.iter().any(|pattern| pattern.excludes(path))
    }

    /// Whether it says anything about where modules are.
    pub(super) fn has_opinions(&self) -> bool {
        let Options {
            paths, base_url, ..
        } = &self.options;
        let is_about_paths = paths.is_some() || base_url.is_some();
        is_about_paths || !self.root_dirs.is_empty() || !self.suffixes().is_empty()
    }

    /// Returns what is put between a file's name and its ending, in order of preference; mostly nothing.
    pub(super) fn suffixes(&self) -> &[String] {
        let stated = self.options.module_suffixes.as_deref();
        stated.map_or(&[], |stated| &stated.value)
    }

    /// Returns where `paths` sends a specifier, in order.
    pub(super) fn aliased(&self, specifier: &str) -> Vec<String> {
        let Some(paths) = &self.options.paths else {
            return Vec::new();
        };
        let base = self.base_url();
        let stated_in = base.as_deref().unwrap_or(&paths.folder);
        let targets = paths.value.targets(specifier).into_iter();
        targets
            .filter_map(|target| locate(&target, stated_in, &self.folder))
            .collect()
    }

    /// Returns where `baseUrl` sends a specifier; nowhere, if it is absolute.
    pub(super) fn based(&self, specifier: &str) -> Option<String> {
        let base = self.base_url()?;
        (!specifier.starts_with('/'))
            .then(|| lexical::join(&base, specifier))
            .flatten()
    }

    /// Returns where else a relative import that leads to `path` may lead, in the order of `rootDirs`.
    pub(super) fn elsewhere(&self, path: &str) -> Vec<String> {
        let own_root = self
            .root_dirs
            .iter()
            .filter_map(|root| Some((root, lexical::below(path, root)?)))
            .max_by_key(|(root, _)| root.len());
        let Some((own_root, below)) = own_root else {
            return Vec::new();
        };
        let others = self.root_dirs.iter().filter(|root| *root != own_root);
        others
            .filter_map(|root| lexical::join(root, below))
            .collect()
    }

    fn base_url(&self) -> Option<String> {
        let stated = self.options.base_url.as_deref()?;
        locate(&stated.value, &stated.folder, &self.folder)
    }
}

/// Returns the place that `text` names; nothing when it is outside the repository.
fn locate(text: &str, stated_in: &str, config_folder: &str) -> Option<String> {
    if let Some(rest) = text.strip_prefix(CONFIG_FOLDER) {
        return lexical::join(config_folder, rest);
    }
    (!text.starts_with('/'))
        .then(|| lexical::join(stated_in, text))
        .flatten()
}
