//! A tree of files and a database for it, both gone with the value.

use std::path::{Path, PathBuf};
use std::time::Duration;

use app::{Event, IndexOptions, Overrides, Project, RunSummary, Settings, StopHandle};
use domain::RepositoryName;
use store::{RepositoryLock, SqliteStore, Store};
use tempfile::TempDir;

/// A tree in a temporary folder with its own database and mock embeddings.
pub struct TestProject {
    folder: TempDir,
    tree: PathBuf,
    settings: Vec<(&'static str, String)>,
}

impl TestProject {
    /// Makes a tree from one text: each line `//- path` begins a file.
    pub fn new(fixture: &str) -> TestProject {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let tree = folder.path().join("tree");
        fs_err::create_dir_all(&tree).expect("a folder can be made in a new one");
        let project = TestProject {
            folder,
            tree,
            settings: vec![("embeddings", "mock".to_owned())],
        };
        for file in fixture.split("//- ").filter(|file| !file.trim().is_empty()) {
            let (path, text) = file.split_once('\n').expect("a path ends with its line");
            project.write(path.trim(), text);
        }
        project
    }

    /// Uses a tree that exists; it is only read.
    pub fn on(tree: &Path) -> TestProject {
        TestProject {
            tree: tree.to_owned(),
            ..TestProject::new("")
        }
    }

    /// Sets a setting for all that follows.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> TestProject {
        self.settings.push((name, value.into()));
        self
    }

    /// Writes a file of the tree.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let file = self.tree.join(path);
        fs_err::create_dir_all(file.parent().expect("a file lies in a folder"))
            .expect("the folder is writable");
        fs_err::write(file, text).expect("the file is writable");
    }

    /// Deletes a file of the tree.
    pub fn delete(&self, path: &str) {
        fs_err::remove_file(self.tree.join(path)).expect("the file was there");
    }

    /// Returns the tree's folder.
    pub fn tree(&self) -> &Path {
        &self.tree
    }

    /// Returns the database's path.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("index.db")
    }

    /// Opens the project as a command would.
    pub fn open(&self) -> Project {
        let mut overrides = Overrides::default();
        overrides.set("database", Some(self.database().display().to_string()));
        for (name, value) in &self.settings {
            overrides.set(name, Some(value.clone()));
        }
        Project::new(Settings::resolve(&overrides, None).expect("the test's settings are valid"))
    }

    /// Indexes the tree in this process.
    pub fn index_streaming(&self) -> RunSummary {
        self.index(&IndexOptions {
            is_streaming: true,
            ..IndexOptions::default()
        })
    }

    /// Indexes the tree by workers.
    pub fn index_by_workers(&self) -> RunSummary {
        self.index(&IndexOptions::default())
    }

    /// Indexes the tree.
    pub fn index(&self, options: &IndexOptions) -> RunSummary {
        self.try_index(options, &StopHandle::new(), &mut |_| {})
            .expect("the run reaches its end")
    }

    /// Indexes the tree, which may fail or be stopped.
    pub fn try_index(
        &self,
        options: &IndexOptions,
        stop: &StopHandle,
        on_event: &mut (dyn FnMut(Event) + Send),
    ) -> Result<RunSummary, app::AppError> {
        self.open()
            .index(&self.tree, options, stop, &mut |_| {}, on_event)
    }

    /// Returns the digest of the index.
    pub fn digest(&self) -> String {
        self.open()
            .digest(None)
            .expect("the index answers")
            .1
            .to_string()
    }
}

/// Takes the right to index a repository of an embedded database, as another process that indexes it would.
pub fn hold_repository(database: &Path, name: &str) -> Box<dyn RepositoryLock> {
    let store = SqliteStore::open(database).expect("the database opens");
    let name = RepositoryName::new(name).expect("the name is valid");
    let lock = store.lock_repository(&name, Duration::ZERO);
    lock.expect("nobody else holds it")
}

/// Returns a file of one exported function that is called `name`.
pub fn count_statement(name: &str) -> String {
    format!(
        "export function {name}(items: string[]): number {{\n  return items.filter((item) => item === '{name}').length\n}}\n"
    )
}
