//! Writes a graph in pieces that are not too large for memory, a small one in a single transaction.

use std::time::{Duration, Instant};

use domain::ContentHash;
use store::{FileGraph, GenerationId, GraphUpdate, MetricsRow, Store, StoreError};

/// What waits to be written of a generation's graph.
pub(super) struct Pieces {
    generation: GenerationId,
    basis: ContentHash,
    waiting: GraphUpdate,
    n_rows: usize,
    /// Rows that are written at once.
    n_rows_max: usize,
    /// What the store took.
    pub(super) writing: Duration,
}

impl Pieces {
    pub(super) fn new(generation: GenerationId, basis: ContentHash, n_rows_max: usize) -> Pieces {
        Pieces {
            n_rows_max,
            generation,
            basis,
            waiting: GraphUpdate::default(),
            n_rows: 0,
            writing: Duration::ZERO,
        }
    }

    pub(super) fn take_graph(
        &mut self,
        store: &mut dyn Store,
        graph: FileGraph,
    ) -> Result<(), StoreError> {
        self.n_rows += graph.edges.len() + 1;
        self.waiting.files.push(graph);
        self.write_if_large(store)
    }

    /// Takes the measures of one symbol after the other, in the order of the files.
    pub(super) fn take_metrics(
        &mut self,
        store: &mut dyn Store,
        row: MetricsRow,
    ) -> Result<(), StoreError> {
        let waiting = &self.waiting.metrics;
        // The measures of a file go together, since they replace the old ones together.
        if waiting
            .last()
            .is_some_and(|last| last.id.file != row.id.file)
        {
            self.write_if_large(store)?;
        }
        self.n_rows += 1;
        self.waiting.metrics.push(row);
        Ok(())
    }

    fn write_if_large(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        if self.n_rows < self.n_rows_max {
            return Ok(());
        }
        self.n_rows = 0;
        // Without a basis, so that a run that ends here leaves a graph that the next one does not take for finished.
        self.write(store)
    }

    /// Writes what is left, and that the graph is finished.
    pub(super) fn finish(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        self.waiting.basis = Some(self.basis);
        self.write(store)
    }

    fn write(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        let began = Instant::now();
        let written = store.replace_graph(self.generation, &std::mem::take(&mut self.waiting));
        self.writing += began.elapsed();
        written
    }
}
