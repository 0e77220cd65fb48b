//! One `tsconfig.json` or `jsconfig.json`, with what it inherits by `extends`.
//!
//! Paths stay as written, each with the folder that they are relative to, until a [`Project`](super::project::Project) puts them in
//! place: `${configDir}` means the folder of the file that inherits.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::aliases::Aliases;
use super::config_files::ConfigFiles;
use super::json::Json;
use super::lexical;
use super::packages::Packages;
use super::specifier::PackageName;
use crate::ConfigRemark;

/// A value, and the folder of the file that states it.
#[derive(Debug)]
pub(super) struct Stated<T> {
    /// The folder that paths in it are relative to.
    pub(super) folder: String,
    /// The value as written.
    pub(super) value: T,
}

/// The options that matter here; `None` where neither the file nor what it extends states one.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    /// Files that belong to the project.
    pub(super) files: Option<Arc<Stated<Vec<String>>>>,
    /// Patterns of files that do.
    pub(super) include: Option<Arc<Stated<Vec<String>>>>,
    /// Patterns of files that do not.
    pub(super) exclude: Option<Arc<Stated<Vec<String>>>>,
    /// The folder from which names are looked for.
    pub(super) base_url: Option<Arc<Stated<String>>>,
    /// Other names of modules.
    pub(super) paths: Option<Arc<Stated<Aliases>>>,
    /// Folders that are one at run time.
    pub(super) root_dirs: Option<Arc<Stated<Vec<String>>>>,
    /// What is put between a file's name and its ending, in order of preference.
    pub(super) module_suffixes: Option<Arc<Stated<Vec<String>>>>,
    /// Whether JavaScript files can belong to the project.
    pub(super) allow_js: Option<bool>,
    /// The projects that it refers to: the only option that is not inherited.
    pub(super) references: Vec<String>,
}

impl Options {
    fn stated_in(folder: &str, json: &Json) -> Options {
        let compiler = json.get("compilerOptions");
        let references = json.get("references").items().unwrap_or_default();
        let references = references.iter().filter_map(|item| item.get("path").text());
        Options {
            files: stated(folder, json.get("files").texts()),
            include: stated(folder, json.get("include").texts()),
            exclude: stated(folder, json.get("exclude").texts()),
            base_url: stated(folder, compiler.get("baseUrl").text().map(str::to_owned)),
            paths: stated(folder, Aliases::new(compiler.get("paths"))),
            root_dirs: stated(folder, compiler.get("rootDirs").texts()),
            module_suffixes: stated(folder, compiler.get("moduleSuffixes").texts()),
            allow_js: compiler
                .get("allowJs")
                .flag()
                .or_else(|| compiler.get("checkJs").flag()),
            references: references.map(str::to_owned).collect(),
        }
    }

    fn or(self, base: &Options) -> Options {
        Options {
            files: self.files.or_else(|| base.files.clone()),
            include: self.include.or_else(|| base.include.clone()),
            exclude: self.exclude.or_else(|| base.exclude.clone()),
            base_url: self.base_url.or_else(|| base.base_url.clone()),
            paths: self.paths.or_else(|| base.paths.clone()),
            root_dirs: self.root_dirs.or_else(|| base.root_dirs.clone()),
            module_suffixes: self
                .module_suffixes
                .or_else(|| base.module_suffixes.clone()),
            allow_js: self.allow_js.or(base.allow_js),
            references: self.references,
        }
    }
}

fn stated<T>(folder: &str, value: Option<T>) -> Option<Arc<Stated<T>>> {
    let folder = folder.to_owned();
    value.map(|value| Arc::new(Stated { folder, value }))
}

/// Reads configurations, each file once.
pub(super) struct Inheritance<'r> {
    files: &'r mut ConfigFiles,
    packages: &'r Packages,
    known: FxHashMap<String, Option<Options>>,
    /// The files between the one that was asked for and the one being read.
    open: Vec<String>,
}

impl<'r> Inheritance<'r> {
    /// Starts with nothing read.
    pub(super) fn new(files: &'r mut ConfigFiles, packages: &'r Packages) -> Inheritance<'r> {
        Inheritance {
            files,
            packages,
            known: FxHashMap::default(),
            open: Vec::new(),
        }
    }

    /// Whether the file is there; if not, its absence enters the fingerprint.
    pub(super) fn expects(&mut self, path: &str) -> bool {
        self.known.get(path).is_some_and(Option::is_some) || self.files.expect(path)
    }

    /// Returns the options of a file together with those that it inherits; nothing when it is absent or malformed.
    pub(super) fn options(&mut self, path: &str) -> Option<Options> {
        if let Some(known) = self.known.get(path) {
            return known.clone();
        }
        let options = self.read(path);
        self.known.insert(path.to_owned(), options.clone());
        options
    }

    fn read(&mut self, path: &str) -> Option<Options> {
        let json = self.files.json(path)?;
        let mut options = Options::stated_in(lexical::parent(path), &json);
        if options
            .paths
            .as_ref()
            .is_some_and(|paths| paths.value.is_cut)
        {
            let path = path.to_owned();
            self.files.remark(ConfigRemark::TooManyPatterns { path });
        }
        self.open.push(path.to_owned());
        // The last base speaks first: what it leaves open, the ones before it may fill.
        for base in bases(&json).into_iter().rev() {
            if let Some(inherited) = self.base(path, base) {
                options = options.or(&inherited);
            }
        }
        self.open.pop();
        Some(options)
    }

    fn base(&mut self, path: &str, base: &str) -> Option<Options> {
        let is_relative = base.starts_with('.') || base.starts_with('/');
        let found = if is_relative {
            self.base_at(&lexical::join(lexical::parent(path), base)?)
        } else {
            self.base_in_package(path, base)
        };
        let Some(found) = found else {
            // A package that is not here is installed later, and such packages hold no paths of ours.
            if is_relative {
                let (path, base) = (path.to_owned(), base.to_owned());
                self.files.remark(ConfigRemark::MissingBase { path, base });
            }
            return None;
        };
        if self.open.contains(&found) {
            let (path, base) = (path.to_owned(), base.to_owned());
            self.files.remark(ConfigRemark::CircularBase { path, base });
            return None;
        }
        self.options(&found)
    }

    fn base_at(&mut self, path: &str) -> Option<String> {
        if path.ends_with(".json") {
            return self.expects(path).then(|| path.to_owned());
        }
        [format!("{path}.json"), format!("{path}/tsconfig.json")]
            .into_iter()
            .find(|path| self.expects(path))
    }

    fn base_in_package(&mut self, path: &str, base: &str) -> Option<String> {
        let PackageName { name, subpath } = PackageName::of(base)?;
        let manifest = self.packages.named(name, lexical::parent(path))?;
        if subpath.is_empty() {
            let entry = manifest.tsconfig.as_deref().unwrap_or("tsconfig.json");
            return self.base_at(&lexical::join(&manifest.folder, entry)?);
        }
        let exported = manifest.targets(subpath).into_iter();
        let candidates = exported.chain([subpath.to_owned()]);
        let paths: Vec<String> = candidates
            .filter_map(|target| lexical::join(&manifest.folder, &target))
            .collect();
        paths.iter().find_map(|path| self.base_at(path))
    }
}

fn bases(json: &Json) -> Vec<&str> {
    match json.get("extends") {
        Json::Text(base) => vec![base],
        Json::List(bases) => bases.iter().filter_map(Json::text).collect(),
        _ => Vec::new(),
    }
}
