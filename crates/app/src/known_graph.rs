//! The one graph in memory, for whoever asks next.

use std::sync::{Arc, Mutex, PoisonError};

use store::{GenerationId, RunId};

use crate::error::AppError;
use crate::graph::GraphView;

/// The graph that was asked for last, for all readers of a project.
///
/// Locked while it is read, so that several who need the same one read it once.
#[derive(Default)]
pub(crate) struct KnownGraph(Mutex<Option<(GraphState, Arc<GraphView>)>>);

impl KnownGraph {
    /// Returns the graph of a state: the known one, or one that is read now.
    pub(crate) fn of(
        &self,
        state: GraphState,
        read: impl FnOnce() -> Result<GraphView, AppError>,
    ) -> Result<Arc<GraphView>, AppError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, view)) = known.as_ref().filter(|(known, _)| *known == state) {
            return Ok(Arc::clone(view));
        }
        // Freed first: two graphs at once would double what a client costs.
        *known = None;
        let view = Arc::new(read()?);
        *known = Some((state, Arc::clone(&view)));
        Ok(view)
    }

    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Equal for equal graphs: the rows of a generation are changed by its runs alone, and while one is under way by every commit.
#[derive(PartialEq, Eq)]
pub(crate) struct GraphState {
    pub(crate) generation: GenerationId,
    pub(crate) run: Option<RunId>,
    /// A repair removes files before its run.
    pub(crate) n_files: u64,
    pub(crate) commit_under_way: Option<String>,
}
