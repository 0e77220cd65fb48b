//! `pack` and `unpack`: an index as one file, for caches, machines without a server, and people.

use std::io::{BufWriter, Read, Seek};
use std::path::{Path, PathBuf};

use domain::RepositoryName;
use store::{
    GenerationState, Manifest, Pack, PackError, Packing, RunEnd, RunSettings, StartedRun, Store,
    VectorsOf, write_pack,
};
use tempfile::NamedTempFile;

use crate::error::AppError;
use crate::index::{PATIENCE, compare_trees, locate};
use crate::project::{Project, open_to_write};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The repository.
    pub repository: RepositoryName,
    /// Size of the file.
    pub n_bytes: u64,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// What the repository is called here.
    pub repository: RepositoryName,
    /// The tree that it answers for.
    pub root: PathBuf,
    /// Number of the generation that answers now, from 1.
    pub generation: u64,
    /// Files that it holds.
    pub n_files: u64,
    /// Whether vectors are among it.
    pub has_vectors: bool,
    /// Version of the program that wrote the file, in its words.
    pub program: String,
}

impl Project {
    /// Writes the index of a repository into a file, which is replaced in one step where there is one. `program` is this program's version.
    pub fn pack(
        &self,
        file: &Path,
        repository: Option<&str>,
        vectors: VectorsOf,
        program: &str,
    ) -> Result<Packed, AppError> {
        let mut reader = self.reader()?;
        let snapshot = reader.snapshot(repository)?;
        let summary = &snapshot.repository;
        if !summary.is_complete || summary.state != GenerationState::Active {
            return Err(AppError::Unfinished {
                repository: summary.name.clone(),
            });
        }
        let packing = Packing {
            program: program.to_owned(),
            vectors,
        };
        let beside = std::path::absolute(file).map_err(AppError::Output)?;
        let folder = beside.parent().unwrap_or(Path::new("/"));
        let written = NamedTempFile::new_in(folder).map_err(AppError::Output)?;
        let output = BufWriter::new(written.as_file());
        write_pack(&*snapshot.reading, summary, &packing, output)
            .map_err(|error| failed(file, error))?;
        written.as_file().sync_all().map_err(AppError::Output)?;
        let n_bytes = written
            .as_file()
            .metadata()
            .map_err(AppError::Output)?
            .len();
        let named = written.persist(&beside);
        named.map_err(|error| AppError::Output(error.error))?;
        Ok(Packed {
            repository: summary.name.clone(),
            n_bytes,
        })
    }

    /// Makes what a file holds the index of the tree under `root`. Until all of it is there, and is what the file says it is, what was indexed before
    /// answers.
    pub fn unpack(
        &self,
        file: &Path,
        root: &Path,
        repository: Option<&str>,
    ) -> Result<Unpacked, AppError> {
        let opened = files::open_named(file, u64::MAX).map_err(|source| AppError::Pack {
            path: file.to_owned(),
            source: source.into(),
        })?;
        let mut pack = Pack::open(opened).map_err(|error| failed(file, error))?;
        let manifest = pack.manifest().clone();
        require_same_program(file, &manifest)?;
        let name = repository.unwrap_or(manifest.repository.as_str());
        let (root, name) = locate(root, Some(name))?;
        let mut store = open_to_write(&self.settings.database.value)?;
        if repository.is_none() {
            compare_trees(store.as_ref(), &name, &root)?;
        }
        let lock = store.lock_repository(&name, PATIENCE)?;
        let is_new = store.repositories()?.iter().all(|known| known.name != name);
        let started = store.begin_run(&RunSettings {
            repository: name.clone(),
            root: root.to_string_lossy().into_owned(),
            profile: manifest.profile.clone(),
            from_scratch: true,
        })?;
        if let Err(error) = restore(&mut pack, store.as_mut(), &started) {
            // What is begun of one that was there before is taken away by its next run.
            if is_new {
                store.remove_repository(&name)?;
            }
            return Err(failed(file, error));
        }
        drop(lock);
        Ok(Unpacked {
            repository: name,
            root,
            generation: started.number,
            n_files: manifest.n_files,
            has_vectors: manifest.profile.code_model.is_some()
                || manifest.profile.text_model.is_some(),
            program: manifest.program,
        })
    }
}

/// Fails where the next run would make everything anew: what a file turns into is not the same in both programs.
fn require_same_program(file: &Path, manifest: &Manifest) -> Result<(), AppError> {
    let profile = &manifest.profile;
    let ours = (index::EXTRACTOR_VERSION, store::WORDS_VERSION);
    match (profile.extractor, profile.words) == ours {
        true => Ok(()),
        false => Err(AppError::OtherProgram {
            path: file.to_owned(),
            program: manifest.program.clone(),
        }),
    }
}

/// Fills the generation of a run, compares its digest, and makes it answer.
fn restore(
    pack: &mut Pack<impl Read + Seek>,
    store: &mut dyn Store,
    started: &StartedRun,
) -> Result<(), PackError> {
    let generation = started.generation;
    pack.restore(store, generation)?;
    store.settle(generation)?;
    let manifest = pack.manifest();
    if let Some(digest) = manifest.digest
        && store.digest(generation)? != digest
    {
        return Err(PackError::Damaged {
            what: "what it holds has another digest than it says",
        });
    }
    // Searching makes it where this fails.
    store.prepare_search(generation, &manifest.profile).ok();
    let summary = manifest.last_run.clone();
    let end = RunEnd {
        complete: true,
        summary: summary.unwrap_or_else(|| "{}".to_owned()),
    };
    Ok(store.finish_run(started.run, &end)?)
}

fn failed(path: &Path, error: PackError) -> AppError {
    match error {
        PackError::Store(error) => AppError::Store(error),
        source => AppError::Pack {
            path: path.to_owned(),
            source,
        },
    }
}
