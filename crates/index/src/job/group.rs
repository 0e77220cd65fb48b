//! Files that are written together, since a transaction costs as much as a small file.

use std::time::{Duration, Instant};

use store::{FileIndex, GenerationId};

use super::{FileReport, JobReply};

/// Bounds of a group. What a crash costs is the work on one group, so that is a fraction of a second; the bytes of source bound the memory, of
/// which rows take several times as much.
const FILES_MAX: usize = 64;
const BYTES_MAX: u64 = 512 << 10;
const TIME_MAX: Duration = Duration::from_millis(100);

/// Files that wait to be written, in the order of their jobs, with what was said meanwhile about jobs without a file to write.
#[derive(Default)]
pub(super) struct Group {
    pub(super) files: Vec<FileIndex>,
    /// By job: what there is to say once the files are written.
    pub(super) replies: Vec<JobReply>,
    generation: Option<GenerationId>,
    n_bytes: u64,
    began: Option<Instant>,
}

impl Group {
    /// The generation of the files; nothing as long as there is none.
    pub(super) fn generation(&self) -> Option<GenerationId> {
        self.generation
    }

    /// Adds a file on which work began at an instant.
    pub(super) fn add(
        &mut self,
        generation: GenerationId,
        file: FileIndex,
        report: FileReport,
        began: Instant,
    ) {
        self.n_bytes += file.record.stamp.n_bytes;
        self.began.get_or_insert(began);
        self.generation = Some(generation);
        self.files.push(file);
        self.replies.push(JobReply::Indexed(report));
    }

    /// Whether it is to be written before anything else is done.
    pub(super) fn is_full(&self) -> bool {
        self.files.len() >= FILES_MAX
            || self.n_bytes >= BYTES_MAX
            || self.began.is_some_and(|began| began.elapsed() >= TIME_MAX)
    }
}
