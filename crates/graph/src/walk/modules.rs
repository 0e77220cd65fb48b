//! The graph folded by file or folder.

use domain::{EdgeKind, RepoPath};

use crate::network::Network;

/// What a module of a [`ModuleGraph`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// A file.
    Files,
    /// A folder with all files below it, named by at most this many components of its path; files that lie higher belong to
    /// the folder that they are in.
    Folders {
        /// Number of components.
        depth: usize,
    },
}

/// One file, or the files of one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its path in the repository; empty for the repository's own folder.
    pub path: String,
    /// Number of its files.
    pub n_files: u32,
}

/// The dependencies of one module on another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModuleLink {
    /// Place of the module that depends.
    pub source: u32,
    /// Place of the module that it depends on.
    pub target: u32,
    /// Weight of all links between their nodes.
    pub weight: f32,
}

/// Which modules depend on which.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModuleGraph {
    /// Modules; files in the order of their numbers, folders in the order of their paths.
    pub modules: Vec<Module>,
    /// One link for each pair of different modules, by source and target.
    pub links: Vec<ModuleLink>,
}

/// Returns the dependencies between files or folders: all links but [`EdgeKind::Contains`], summed up.
///
/// `paths` are the files by their number; there is one for every file of the network.
pub fn modules(network: &Network, paths: &[RepoPath], fold: Fold) -> ModuleGraph {
    let names: Vec<&str> = paths.iter().map(|path| name(path, fold)).collect();
    let (modules, module_of_file) = match fold {
        Fold::Files => (modules_of(&names), (0..paths.len() as u32).collect()),
        Fold::Folders { .. } => folders(&names),
    };
    ModuleGraph {
        links: links(network, &module_of_file),
        modules,
    }
}

fn name(path: &RepoPath, fold: Fold) -> &str {
    let path = path.as_str();
    let Fold::Folders { depth } = fold else {
        return path;
    };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    // The folder ends before the separator that follows its last component.
    match (
        depth,
        folder.match_indices('/').nth(depth.saturating_sub(1)),
    ) {
        (0, _) => "",
        (_, Some((end, _))) => &folder[..end],
        (_, None) => folder,
    }
}

fn modules_of(names: &[&str]) -> Vec<Module> {
    let module = |path: &&str| Module {
        path: (*path).to_owned(),
        n_files: 1,
    };
    names.iter().map(module).collect()
}

/// Returns the distinct folders in order, and the place of each file's folder.
fn folders(names: &[&str]) -> (Vec<Module>, Vec<u32>) {
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    let folders: Vec<Module> = sorted
        .chunk_by(|a, b| a == b)
        .map(|files| Module {
            path: files[0].to_owned(),
            n_files: files.len() as u32,
        })
        .collect();
    let place = |name: &&str| folders.partition_point(|folder| folder.path.as_str() < *name) as u32;
    let places = names.iter().map(place).collect();
    (folders, places)
}

fn links(network: &Network, module_of_file: &[u32]) -> Vec<ModuleLink> {
    let module_of = |node: u32| module_of_file[network.file_of(node) as usize];
    let mut links: Vec<ModuleLink> = network
        .links
        .iter()
        .filter(|link| link.kind != EdgeKind::Contains)
        .map(|link| ModuleLink {
            source: module_of(link.source),
            target: module_of(link.target),
            weight: link.weight,
        })
        .filter(|link| link.source != link.target)
        .collect();
    // Stable, so that weights are summed in the order of the links.
    links.sort_by_key(|link| (link.source, link.target));
    links.dedup_by(|next, kept| {
        let is_same = (next.source, next.target) == (kept.source, kept.target);
        if is_same {
            kept.weight += next.weight;
        }
        is_same
    });
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::sketch::sketch;

    /// Checks the modules of four files: path and number of files of each, and the links.
    fn check(fold: Fold, modules_expected: &[(&str, u32)], links_expected: &[(u32, u32, f32)]) {
        let network = sketch(
            "mf mf mf mf",
            "0 contains 1, 1 calls 3 *2, 0 imports 2, 3 calls 5, 5 calls 1, 5 calls 4, 7 uses_type 5 *3",
        );
        let paths = ["a/b/c/x.ts", "a/b/y.ts", "a.ts", "z/w.ts"];
        let paths = paths.map(|path| RepoPath::new(path).expect("a clean path"));
        let graph = modules(&network, &paths, fold);
        let found = graph.modules.iter();
        let found: Vec<(&str, u32)> = found
            .map(|module| (module.path.as_str(), module.n_files))
            .collect();
        assert_eq!(found, modules_expected, "{fold:?}");
        let links = graph.links.iter();
        let links: Vec<(u32, u32, f32)> = links
            .map(|link| (link.source, link.target, link.weight))
            .collect();
        assert_eq!(links, links_expected, "{fold:?}");
    }

    #[test]
    fn links_between_files_are_summed() {
        check(
            Fold::Files,
            &[
                ("a/b/c/x.ts", 1),
                ("a/b/y.ts", 1),
                ("a.ts", 1),
                ("z/w.ts", 1),
            ],
            &[(0, 1, 3.0), (1, 2, 1.0), (2, 0, 1.0), (3, 2, 3.0)],
        );
    }

    #[test]
    fn files_of_a_folder_are_one_module() {
        let folders = |depth| Fold::Folders { depth };
        check(folders(0), &[("", 4)], &[]);
        check(
            folders(1),
            &[("", 1), ("a", 2), ("z", 1)],
            &[(0, 1, 1.0), (1, 0, 1.0), (2, 0, 3.0)],
        );
        check(
            folders(2),
            &[("", 1), ("a/b", 2), ("z", 1)],
            &[(0, 1, 1.0), (1, 0, 1.0), (2, 0, 3.0)],
        );
        check(
            folders(3),
            &[("", 1), ("a/b", 1), ("a/b/c", 1), ("z", 1)],
            &[(0, 2, 1.0), (1, 0, 1.0), (2, 1, 3.0), (3, 0, 3.0)],
        );
    }
}
