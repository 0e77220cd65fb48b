//! The digest taken apart by file, so that two states of a repository can be compared file by file.

use std::collections::BTreeMap;

use domain::ContentHash;

use super::{Canonical, Paths};
use crate::{GenerationId, Store, StoreError};

/// Hashes over what a generation says about one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileDigest {
    /// Over the file's record, chunks, symbols and references.
    pub content: ContentHash,
    /// Over its chunks' vectors.
    pub vectors: ContentHash,
    /// Over its edges and how its references ended.
    pub edges: ContentHash,
    /// Over the measures of its symbols, which depend on the whole graph.
    pub metrics: ContentHash,
}

/// Returns the hashes of every file of a generation, by path. Independent of row ids and backend, like the digest of the whole.
pub fn file_digests(
    store: &dyn Store,
    generation: GenerationId,
) -> Result<BTreeMap<String, FileDigest>, StoreError> {
    let mut contents = BTreeMap::new();
    store.visit_files(generation, &mut |file| {
        let mut canonical = Canonical::default();
        canonical.file(&file);
        let path = file.record.path.as_str().to_owned();
        contents.insert(path, canonical.finish());
        Ok(())
    })?;
    let mut vectors: BTreeMap<String, Canonical> = BTreeMap::new();
    store.visit_vectors(generation, &mut |row| {
        let path = row.path.as_str().to_owned();
        vectors.entry(path).or_default().vector(&row);
        Ok(())
    })?;
    let files = store.graph_state(generation)?.files.into_iter();
    let paths = Paths(
        files
            .map(|file| (file.id, file.path.as_str().to_owned()))
            .collect(),
    );
    let mut edges: BTreeMap<String, Canonical> = BTreeMap::new();
    for graph in store.file_graphs(generation)? {
        let path = paths.of(graph.file).to_owned();
        edges.entry(path).or_default().file_graph(&graph, &paths);
    }
    let mut metrics: BTreeMap<String, Canonical> = BTreeMap::new();
    for row in store.metrics(generation)? {
        let path = paths.of(row.id.file).to_owned();
        metrics.entry(path).or_default().metrics(&row, &paths);
    }
    let take = |from: &mut BTreeMap<String, Canonical>, path: &str| {
        from.remove(path).unwrap_or_default().finish()
    };
    let digests = contents.into_iter().map(|(path, content)| {
        let digest = FileDigest {
            content,
            vectors: take(&mut vectors, &path),
            edges: take(&mut edges, &path),
            metrics: take(&mut metrics, &path),
        };
        (path, digest)
    });
    Ok(digests.collect())
}
