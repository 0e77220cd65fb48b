//! Files as jobs: by name where the executor sees the tree, with their bytes where it does not.

use files::Folder;
use store::GenerationId;
use workers::Executor;

use super::RunRequest;
use crate::discover::FileChange;
use crate::error::RunError;
use crate::job::{JobRequest, JobSource, read_bytes};

/// Makes jobs of files, one when its turn comes, so that few bytes are held at a time.
pub(super) struct Jobs {
    generation: GenerationId,
    /// The tree, where jobs carry bytes, and how many a file may have.
    carried_from: Option<(Folder, u64)>,
}

impl Jobs {
    pub(super) fn of(
        generation: GenerationId,
        request: &RunRequest,
        executor: &dyn Executor,
    ) -> Result<Jobs, RunError> {
        let carried_from = match executor.sees_files() {
            true => None,
            false => {
                let folder = Folder::open(&request.root).map_err(|source| RunError::Root {
                    root: request.root.clone(),
                    source,
                })?;
                Some((folder, request.rules.max_file_bytes))
            }
        };
        Ok(Jobs {
            generation,
            carried_from,
        })
    }

    pub(super) fn encode(&self, change: &FileChange) -> Vec<u8> {
        let source = match &self.carried_from {
            None => JobSource::Tree,
            Some((root, max_bytes)) => match read_bytes(root, &change.path, *max_bytes) {
                Ok((stamp, bytes)) => JobSource::Carried { stamp, bytes },
                Err(problem) => JobSource::Unreadable(problem),
            },
        };
        let request = JobRequest {
            generation: self.generation,
            path: change.path.clone(),
            source,
        };
        request.to_bytes()
    }
}
