//! One file, inside a worker: read, extract, embed, one transaction; small ones share it.
//!
//! Whatever the file holds, the answer is a [`JobReply`]; only a store that would fail every other file too ends the worker's usefulness.

mod group;

use std::collections::HashSet;
use std::io;
use std::time::{Duration, Instant};

use domain::{
    ContentHash, FileRecord, FileStamp, Language, Problem, ProblemKind, RepoPath, Vector,
    VectorKey, View, one_line,
};
use embed::{Embedder, Role, ViewEmbedders};
use extract::{ExtractSettings, Extraction};
use files::Folder;
use serde::{Deserialize, Serialize};
use store::{ChunkRow, FileIndex, GenerationId, NewVector, Store, StoreError};

use crate::discover::{cause_of, stamp_of};
use crate::filters;
use group::Group;

/// Times that a write is tried when the store says that trying again may help.
const WRITE_ATTEMPTS: u32 = 5;

/// Pause before the second attempt; doubled for each further one.
const WRITE_PAUSE: Duration = Duration::from_millis(50);

/// Returns a text that differs between programs that turn the same file into different rows, however alike their versions are.
pub fn rules_version() -> String {
    let front_ends = Language::ALL.iter().map(|language| {
        let version = extract::front_end_version(*language);
        format!("{} {version}", language.as_str())
    });
    let rules: Vec<String> = front_ends.collect();
    let rules = format!("{} {}", extract::EXTRACTOR_VERSION, rules.join(","));
    let mut hash = ContentHash::of(rules.as_bytes()).to_string();
    hash.truncate(8);
    hash
}

/// What the parent asks of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRequest {
    /// The generation to write.
    pub generation: GenerationId,
    /// The file.
    pub path: RepoPath,
    /// Where its bytes are.
    pub source: JobSource,
}

/// Where a file's bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobSource {
    /// In the tree, which the worker reads itself.
    Tree,
    /// Here: the worker may be on another machine.
    Carried {
        /// What the file system said when they were read.
        stamp: FileStamp,
        /// All of them.
        bytes: Vec<u8>,
    },
    /// Nowhere: whoever read them for the worker could not.
    Unreadable(Problem),
}

/// A job without its bytes.
#[derive(Serialize, Deserialize)]
struct JobHead {
    generation: GenerationId,
    path: RepoPath,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stamp: Option<FileStamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

impl JobRequest {
    /// Returns it as bytes: a line of JSON, and after it those of the file where it carries them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (stamp, problem, bytes) = match &self.source {
            JobSource::Tree => (None, None, &[][..]),
            JobSource::Carried { stamp, bytes } => (Some(*stamp), None, &bytes[..]),
            JobSource::Unreadable(problem) => (None, Some(problem.clone()), &[][..]),
        };
        let head = JobHead {
            generation: self.generation,
            path: self.path.clone(),
            stamp,
            problem,
        };
        let mut job = serde_json::to_vec(&head).expect("numbers and strings always serialize");
        job.reserve_exact(bytes.len() + 1);
        job.push(b'\n');
        job.extend_from_slice(bytes);
        job
    }

    /// Reads what [`JobRequest::to_bytes`] returned; fails with what is wrong.
    pub fn from_bytes(job: &[u8]) -> Result<JobRequest, String> {
        let end = job.iter().position(|byte| *byte == b'\n');
        let (head, bytes) = job.split_at(end.ok_or("a job without an end of line")?);
        let head: JobHead = serde_json::from_slice(head).map_err(|error| error.to_string())?;
        let bytes = bytes[1..].to_vec();
        Ok(JobRequest {
            generation: head.generation,
            path: head.path,
            source: match (head.stamp, head.problem) {
                (None, None) => JobSource::Tree,
                (Some(stamp), None) => JobSource::Carried { stamp, bytes },
                (_, Some(problem)) => JobSource::Unreadable(problem),
            },
        })
    }
}

/// Counts of what one file turned into.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// Chunks that it was cut into.
    pub n_chunks: u64,
    /// Vectors that had to be computed.
    pub n_vectors_computed: u64,
    /// Vectors that were there already, in the store or in the same file.
    pub n_vectors_reused: u64,
    /// Tokens that went through a model.
    pub n_tokens: u64,
    /// Something a person should know although the file is indexed.
    pub note: Option<String>,
    /// Hash of the bytes that were indexed.
    pub hash: Option<ContentHash>,
}

/// What a worker answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobReply {
    /// The file is in the store.
    Indexed(FileReport),
    /// The file could not be indexed; other files can.
    Problem(Problem),
    /// No file can be indexed any more, for example because the disk is full.
    Fatal(String),
}

/// Turns files of one tree into rows; lives as long as its worker.
pub struct FileIndexer {
    root: Option<Folder>,
    max_file_bytes: u64,
    store: Box<dyn Store>,
    embedders: Option<ViewEmbedders>,
    max_chunk_tokens: usize,
    group: Group,
}

impl FileIndexer {
    /// Makes an indexer for the tree under `root`, whose files have at most `max_file_bytes`; without embedders, chunks get no vectors.
    /// Without a root, jobs have to carry their bytes.
    pub fn new(
        root: Option<Folder>,
        max_file_bytes: u64,
        store: Box<dyn Store>,
        embedders: Option<ViewEmbedders>,
        max_chunk_tokens: usize,
    ) -> FileIndexer {
        FileIndexer {
            root,
            max_file_bytes,
            store,
            embedders,
            max_chunk_tokens,
            group: Group::default(),
        }
    }

    /// Brings the store up to date with one file, at once or together with those that come next; returns the replies that are due: those to
    /// the oldest requests without one.
    ///
    /// `progress` hears how many of the file's inputs have their vectors in the store, which another attempt will find there.
    pub fn index(&mut self, request: JobRequest, progress: &mut dyn FnMut(u64)) -> Vec<JobReply> {
        let began = Instant::now();
        let (generation, path) = (request.generation, &request.path);
        if self.group.generation().is_some_and(|of| of != generation) {
            let mut replies = self.settle();
            replies.extend(self.index(request, progress));
            return replies;
        }
        let source = match self.source(path, request.source) {
            Ok(source) => source,
            Err(problem) => return self.say(JobReply::Problem(problem)),
        };
        let extraction = self.extract(path, &source);
        let mut file = file_index(path, source, extraction);
        if let Some(embedders) = &self.embedders {
            let wanted = link_views(embedders, path, &mut file.chunks);
            // By itself: what its vectors cost is far more than a transaction, and the next file may have the same.
            let reply = self.write_alone(generation, &mut file, &wanted, progress);
            return self.say(reply);
        }
        let report = report_of(&file);
        self.group.add(generation, file, report, began);
        match self.group.is_full() {
            true => self.settle(),
            false => Vec::new(),
        }
    }

    /// Writes the files that wait, and returns the replies to all requests that have none.
    ///
    /// Where they cannot be written together, each is written by itself, so that one of them costs no other.
    pub fn settle(&mut self) -> Vec<JobReply> {
        let mut group = std::mem::take(&mut self.group);
        let Some(generation) = group.generation() else {
            return group.replies;
        };
        let together = retry_transient(|| {
            let written = self.store.replace_files(generation, &group.files);
            written.map_err(JobError::Store)
        });
        if together.is_err() {
            let mut files = group.files.iter_mut();
            let indexed = group.replies.iter_mut();
            let indexed = indexed.filter(|reply| matches!(reply, JobReply::Indexed(_)));
            for (reply, file) in indexed.zip(&mut files) {
                *reply = self.write_alone(generation, file, &[], &mut |_| {});
            }
        }
        group.replies
    }

    /// Replies to a request without a file to write, behind those that wait.
    fn say(&mut self, reply: JobReply) -> Vec<JobReply> {
        self.group.replies.push(reply);
        match self.group.files.is_empty() {
            true => std::mem::take(&mut self.group.replies),
            false => Vec::new(),
        }
    }

    fn write_alone(
        &mut self,
        generation: GenerationId,
        file: &mut FileIndex,
        wanted: &[WantedInputs],
        progress: &mut dyn FnMut(u64),
    ) -> JobReply {
        let path = file.record.path.clone();
        match retry_transient(|| self.write(generation, file, wanted, progress)) {
            Ok(report) => JobReply::Indexed(report),
            Err(JobError::Store(error)) if error.concerns_every_change() => {
                JobReply::Fatal(one_line(&error))
            }
            Err(JobError::Store(error)) => {
                JobReply::Problem(problem(&path, ProblemKind::Store, one_line(&error)))
            }
            Err(JobError::Embed(error)) if error.concerns_every_input() => {
                JobReply::Fatal(one_line(&error))
            }
            Err(JobError::Embed(error)) => {
                JobReply::Problem(problem(&path, ProblemKind::Embedding, one_line(&error)))
            }
        }
    }

    fn source(&self, path: &RepoPath, source: JobSource) -> Result<Source, Problem> {
        let (stamp, bytes) = match (source, &self.root) {
            (JobSource::Carried { stamp, bytes }, _) => (stamp, bytes),
            (JobSource::Unreadable(problem), _) => return Err(problem),
            (JobSource::Tree, Some(root)) => read_bytes(root, path, self.max_file_bytes)?,
            (JobSource::Tree, None) => {
                let cause = "a job without bytes, and no tree to read them from".to_owned();
                return Err(problem(path, ProblemKind::Internal, cause));
            }
        };
        decode(path, stamp, &bytes)
    }

    fn extract(&self, path: &RepoPath, source: &Source) -> Extraction {
        let model_counts = |text: &str| match &self.embedders {
            // Where two models share a chunk, the one that needs more tokens decides.
            Some(embedders) => embedders
                .all()
                .iter()
                .map(|embedder| embedder.count_tokens(text))
                .max()
                .unwrap_or(0),
            None => approximate_tokens(text),
        };
        let settings = ExtractSettings {
            max_tokens: self.max_chunk_tokens,
            count_tokens: &model_counts,
        };
        extract::extract(path, &source.text, source.language, &settings)
    }

    /// Embeds what the store lacks and writes the file; begins with the look-up again when it is called again.
    fn write(
        &mut self,
        generation: GenerationId,
        file: &mut FileIndex,
        wanted: &[WantedInputs],
        progress: &mut dyn FnMut(u64),
    ) -> Result<FileReport, JobError> {
        let mut report = report_of(file);
        file.new_vectors.clear();
        if let Some(embedders) = &mut self.embedders {
            for (embedder, wanted) in embedders.all_mut().iter_mut().zip(wanted) {
                let (store, embedder) = (self.store.as_mut(), embedder.as_mut());
                let vectors = embed_missing(store, embedder, wanted, &mut report, progress)?;
                file.new_vectors.extend(vectors);
            }
        }
        self.store.replace_file(generation, file)?;
        Ok(report)
    }
}

fn report_of(file: &FileIndex) -> FileReport {
    FileReport {
        n_chunks: file.chunks.len() as u64,
        note: file.record.note.clone(),
        hash: Some(file.record.hash),
        ..FileReport::default()
    }
}

fn file_index(path: &RepoPath, source: Source, extraction: Extraction) -> FileIndex {
    let record = FileRecord {
        path: path.clone(),
        hash: source.hash,
        stamp: source.stamp,
        language: source.language,
        front_end: extract::front_end_version(source.language),
        parser: extraction.parser,
        is_test: extract::is_test_path(path),
        is_generated: source.is_generated,
        n_lines: extraction.n_lines,
        note: extraction.note,
    };
    let chunks = extraction
        .chunks
        .into_iter()
        .map(|chunk| ChunkRow {
            chunk,
            code: None,
            text: None,
        })
        .collect();
    FileIndex {
        record,
        chunks,
        symbols: extraction.symbols,
        facts: extraction.facts,
        new_vectors: Vec::new(),
    }
}

/// The inputs that one embedder is asked for, in order, each as often as a view has it.
type WantedInputs = Vec<(ContentHash, String)>;

/// Sets the vector keys of every chunk and returns, for each embedder, the inputs behind them.
fn link_views(
    embedders: &ViewEmbedders,
    path: &RepoPath,
    rows: &mut [ChunkRow],
) -> Vec<WantedInputs> {
    let mut wanted: Vec<WantedInputs> = vec![Vec::new(); embedders.all().len()];
    for row in rows {
        for &view in View::ALL {
            let input = extract::view_input(view, path, &row.chunk);
            let hash = ContentHash::of(input.as_bytes());
            let index = embedders.index_of(view);
            let key = VectorKey {
                model: embedders.of(view).model().clone(),
                input: hash,
            };
            match view {
                View::Code => row.code = Some(key),
                View::Text => row.text = Some(key),
            }
            wanted[index].push((hash, input));
        }
    }
    wanted
}

/// Embeds what the store lacks. All vectors but the last few are stored on the way, each step reported by `progress`, so that a worker's
/// death costs a long file little and its memory does not grow with it.
fn embed_missing(
    store: &mut dyn Store,
    embedder: &mut dyn Embedder,
    wanted: &WantedInputs,
    report: &mut FileReport,
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<NewVector>, JobError> {
    let model = embedder.model().clone();
    let hashes: Vec<ContentHash> = wanted.iter().map(|(hash, _)| *hash).collect();
    let mut known: HashSet<ContentHash> = store.existing_vectors(&model, &hashes)?;
    let missing: Vec<&(ContentHash, String)> = wanted
        .iter()
        .filter(|(hash, _)| known.insert(*hash))
        .collect();
    report.n_vectors_reused += (wanted.len() - missing.len()) as u64;
    let mut fresh: Vec<NewVector> = Vec::new();
    for step in missing.chunks(embedder.inputs_per_call().max(1)) {
        if !fresh.is_empty() {
            store.add_vectors(&fresh)?;
            fresh.clear();
            progress(report.n_vectors_reused + report.n_vectors_computed);
        }
        let inputs: Vec<&str> = step.iter().map(|(_, input)| input.as_str()).collect();
        let embeddings = embedder.embed(&inputs, Role::Document)?;
        report.n_vectors_computed += step.len() as u64;
        report.n_tokens += embeddings.n_tokens as u64;
        fresh.extend(
            step.iter()
                .zip(&embeddings.vectors)
                .map(|((hash, _), values)| {
                    let key = VectorKey {
                        model: model.clone(),
                        input: *hash,
                    };
                    let vector = Vector::from_f32(values);
                    NewVector { key, vector }
                }),
        );
    }
    Ok(fresh)
}

/// A file's text as it was read.
struct Source {
    text: String,
    hash: ContentHash,
    stamp: FileStamp,
    language: Language,
    is_generated: bool,
}

/// Reads a file, as it is now.
pub(crate) fn read_bytes(
    root: &Folder,
    path: &RepoPath,
    max_bytes: u64,
) -> Result<(FileStamp, Vec<u8>), Problem> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => problem(
            path,
            ProblemKind::Vanished,
            "gone when its turn came".to_owned(),
        ),
        _ => problem(path, ProblemKind::Unreadable, cause_of(&error)),
    };
    let file = root.file(path.as_str()).map_err(unreadable)?;
    // The stamp is taken before the bytes: a write in between leaves a stamp that no longer fits, so the next run looks again.
    let stamp = stamp_of(&file.metadata().map_err(unreadable)?);
    let bytes = files::read_whole(&file, max_bytes).map_err(unreadable)?;
    Ok((stamp, bytes))
}

fn decode(path: &RepoPath, stamp: FileStamp, bytes: &[u8]) -> Result<Source, Problem> {
    let hash = ContentHash::of(bytes);
    let text = extract::decode(bytes)
        .map_err(|error| problem(path, ProblemKind::Encoding, error.to_string()))?;
    // What neither name nor first line shows, somebody asked for by name.
    let language = extract::language_of(path)
        .or_else(|| extract::language_by_first_line(text.lines().next()?))
        .unwrap_or(Language::Text);
    Ok(Source {
        text: text.into_owned(),
        hash,
        stamp,
        language,
        is_generated: filters::generated_by(bytes).is_some(),
    })
}

#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Embed(#[from] embed::EmbedError),
}

fn retry_transient<T>(mut attempt: impl FnMut() -> Result<T, JobError>) -> Result<T, JobError> {
    let mut pause = WRITE_PAUSE;
    for _ in 1..WRITE_ATTEMPTS {
        match attempt() {
            Err(JobError::Store(error)) if error.is_transient() => std::thread::sleep(pause),
            outcome => return outcome,
        }
        pause *= 2;
    }
    attempt()
}

fn problem(path: &RepoPath, kind: ProblemKind, cause: String) -> Problem {
    Problem {
        path: path.as_str().to_owned(),
        kind,
        cause,
    }
}

/// Counts roughly as a word-piece tokenizer would, for runs without a model: a token for each run of up to five letters or digits
/// and for each other visible character.
fn approximate_tokens(text: &str) -> usize {
    match text.is_ascii() {
        // The same of bytes, without decoding them: white space is what Unicode has of it among ASCII.
        true => count_tokens(
            text.bytes(),
            |byte| byte.is_ascii_alphanumeric(),
            |byte| matches!(byte, b'\t'..=b'\r' | b' '),
        ),
        false => count_tokens(text.chars(), char::is_alphanumeric, char::is_whitespace),
    }
}

fn count_tokens<C: Copy>(
    characters: impl Iterator<Item = C>,
    is_alphanumeric: impl Fn(C) -> bool,
    is_space: impl Fn(C) -> bool,
) -> usize {
    const LETTERS_PER_TOKEN: usize = 5;
    let (mut n_tokens, mut run) = (0, 0);
    for character in characters {
        if is_alphanumeric(character) {
            n_tokens += usize::from(run == 0);
            run = (run + 1) % LETTERS_PER_TOKEN;
        } else {
            run = 0;
            n_tokens += usize::from(!is_space(character));
        }
    }
    n_tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_counted_alike_in_bytes_and_in_characters() {
        for (text, n_tokens) in [
            ("", 0),
            ("router", 2),
            ("abcde fghij", 2),
            ("a + b();\n", 6),
            ("\t\u{b}\u{c}\r x", 1),
        ] {
            assert_eq!(approximate_tokens(text), n_tokens, "{text:?}");
            let with_another = format!("{text} é");
            assert_eq!(approximate_tokens(&with_another), n_tokens + 1, "{text:?}");
        }
    }

    #[test]
    fn jobs_come_out_as_they_went_in() {
        let path = || RepoPath::new("src/a\nb.ts".to_owned()).unwrap();
        let stamp = FileStamp {
            n_bytes: 3,
            modified_ns: None,
        };
        let bytes = b"\n{\xff".to_vec();
        let unreadable = problem(&path(), ProblemKind::Unreadable, "no".to_owned());
        for source in [
            JobSource::Tree,
            JobSource::Carried { stamp, bytes },
            JobSource::Unreadable(unreadable),
        ] {
            let request = JobRequest {
                generation: GenerationId(7),
                path: path(),
                source,
            };
            let read = JobRequest::from_bytes(&request.to_bytes());
            assert_eq!(read, Ok(request));
        }
        assert!(JobRequest::from_bytes(b"").is_err());
        assert!(JobRequest::from_bytes(b"{}\n").is_err());
    }
}
