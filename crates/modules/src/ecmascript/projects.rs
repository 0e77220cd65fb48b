//! Which configuration a file is under.
//!
//! As in an editor: the nearest `tsconfig.json` that owns the file, itself or through one that it refers to. A file that nobody
//! owns, such as a test that the build leaves out, is under the nearest one all the same: bundlers and test runners read it so.

use rustc_hash::{FxHashMap, FxHashSet};

use super::config_files::ConfigFiles;
use super::lexical;
use super::packages::Packages;
use super::project::Project;
use super::tsconfig::Inheritance;

/// Every configuration of the repository that code can be under.
#[derive(Debug, Default)]
pub(super) struct Projects {
    projects: Vec<Project>,
    /// By place in `projects`: the projects that it refers to.
    references: Vec<Vec<usize>>,
    by_folder: FxHashMap<String, usize>,
    has_suffixes: bool,
}

/// How a file came under a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// It is one of the configuration's files.
    Owned,
    /// The configuration is merely the nearest one.
    Nearest,
}

impl Projects {
    /// Reads the configurations in `folders`, with those that they extend and refer to; below those in `javascript` is some.
    pub(super) fn read<'f>(
        folders: impl IntoIterator<Item = &'f str>,
        javascript: &FxHashSet<&str>,
        files: &mut ConfigFiles,
        packages: &Packages,
    ) -> Projects {
        let mut projects = Projects::default();
        let mut reader = Reader {
            inheritance: Inheritance::new(files, packages),
            places: FxHashMap::default(),
        };
        for folder in folders {
            let place = reader
                .read_in(folder, "tsconfig.json", &mut projects)
                .or_else(|| {
                    // What it is about, and asking in every folder would take as long as all else together.
                    let is_likely = folder.is_empty() || javascript.contains(folder);
                    is_likely.then(|| reader.read_in(folder, "jsconfig.json", &mut projects))?
                });
            if let Some(place) = place {
                projects.by_folder.insert(folder.to_owned(), place);
            }
        }
        let mut all = projects.projects.iter();
        projects.has_suffixes = all.any(|project| !project.suffixes().is_empty());
        projects
    }

    /// Returns the suffixes of names that the configuration of a file states.
    pub(super) fn suffixes(&self, path: &str) -> &[String] {
        match self.has_suffixes.then(|| self.around(path)).flatten() {
            Some((project, _)) => project.suffixes(),
            None => &[],
        }
    }

    /// Returns the configuration that the file `path` is under.
    pub(super) fn around(&self, path: &str) -> Option<(&Project, Claim)> {
        self.above(path)
            .find_map(|place| self.owner(place, path))
            .map(|owner| (&self.projects[owner], Claim::Owned))
            .or_else(|| {
                let outspoken = self.above(path).find_map(|place| self.outspoken(place))?;
                Some((&self.projects[outspoken], Claim::Nearest))
            })
    }

    /// Whether the compiler sees the file `other` where it compiles `path`, though nothing imports it.
    pub(super) fn sees(&self, path: &str, other: &str) -> bool {
        let program = self.program(path);
        program == self.program(other)
            || program.is_some_and(|program| self.projects[program].owns(other))
    }

    /// Returns the configuration that owns a file, else the nearest.
    fn program(&self, path: &str) -> Option<usize> {
        let owner = self.above(path).find_map(|place| self.owner(place, path));
        owner.or_else(|| self.above(path).next())
    }

    /// Returns the configurations in the folders above a file, the nearest first.
    fn above(&self, path: &str) -> impl Iterator<Item = usize> {
        let folders = lexical::upward(lexical::parent(path));
        folders.filter_map(|folder| self.by_folder.get(folder).copied())
    }

    fn owner(&self, place: usize, path: &str) -> Option<usize> {
        if self.projects[place].owns(path) {
            return Some(place);
        }
        self.family(place)
            .into_iter()
            .find(|place| self.projects[*place].owns(path))
    }

    /// Returns the first that says anything: a solution file only lists others.
    fn outspoken(&self, place: usize) -> Option<usize> {
        self.family(place)
            .into_iter()
            .find(|place| self.projects[*place].has_opinions())
    }

    /// Returns a project and those that it refers to, directly or through others, itself first.
    fn family(&self, place: usize) -> Vec<usize> {
        let mut family = vec![place];
        let mut seen: FxHashSet<usize> = [place].into_iter().collect();
        let mut next = 0;
        while let Some(member) = family.get(next) {
            let new = self.references[*member].iter().copied();
            family.extend(new.filter(|place| seen.insert(*place)));
            next += 1;
        }
        family
    }
}

struct Reader<'r> {
    inheritance: Inheritance<'r>,
    places: FxHashMap<String, usize>,
}

impl Reader<'_> {
    fn read_in(&mut self, folder: &str, name: &str, projects: &mut Projects) -> Option<usize> {
        self.read(&lexical::join(folder, name)?, projects)
    }

    fn read(&mut self, path: &str, projects: &mut Projects) -> Option<usize> {
        if let Some(place) = self.places.get(path) {
            return Some(*place);
        }
        let mut options = self.inheritance.options(path)?;
        if lexical::name(path) == "jsconfig.json" {
            options.allow_js.get_or_insert(true);
        }
        let folder = lexical::parent(path);
        let references = options.references.clone();
        let place = projects.projects.len();
        projects.projects.push(Project::new(folder, options));
        projects.references.push(Vec::new());
        // Known before its references are read, so that two that refer to each other come to an end.
        self.places.insert(path.to_owned(), place);
        let referenced: Vec<usize> = references
            .iter()
            .filter_map(|reference| lexical::join(folder, reference))
            .filter_map(|path| self.read_reference(path, projects))
            .collect();
        projects.references[place] = referenced;
        Some(place)
    }

    fn read_reference(&mut self, path: String, projects: &mut Projects) -> Option<usize> {
        let path = if path.ends_with(".json") {
            path
        } else {
            lexical::join(&path, "tsconfig.json")?
        };
        let exists = self.inheritance.expects(&path);
        exists.then(|| self.read(&path, projects)).flatten()
    }
}
