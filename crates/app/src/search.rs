//! `search`: from words to hits, and what the answer covers.

use std::collections::{BTreeMap, HashSet};

use domain::{Chunk, ChunkKind, Hit, Language, RepoPath};
use embed::{EmbedError, EmbedderSetup};
use globset::{Glob, GlobSet, GlobSetBuilder};
use search::{
    Marker, Matched, Mode, Page, Pattern, Query, SearchError, Snippet, Source, TestHits, Weights,
};
use store::{RepositorySummary, Store};

use crate::coverage::Coverage;
use crate::embedding::{EmbeddingSetup, indexed_embedding_setup};
use crate::error::AppError;
use crate::project::Project;
use crate::snapshot::Snapshot;
use crate::tree_file::{is_stale, within};

/// The best cosine below which hits are called weak, for the default model. Of 116 questions with an answer none is below and of 400
/// subjects of commits one in twenty; of twenty questions without one, in four languages, nineteen are (`docs/notes/search-ablation.md`).
const WEAK: f64 = 0.345;

/// How a question's text is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// By its words and what they mean.
    #[default]
    Question,
    /// As a text that stands somewhere with nothing of a word on either side.
    Word,
    /// As a regular expression that a line matches.
    Regex,
}

/// A question and what narrows it.
#[derive(Clone, Debug)]
pub struct SearchOptions {
    /// How its text is meant.
    pub form: Form,
    /// The repositories; when none is given, the one that holds the working directory or the only one below it.
    pub repositories: Vec<String>,
    /// Largest number of hits.
    pub limit: usize,
    /// Hits left out before the first.
    pub offset: usize,
    /// What the ranking is made of.
    pub mode: Mode,
    /// Only files whose path matches this glob, or that lie in a folder which does.
    pub path: Option<String>,
    /// Only files in this language.
    pub language: Option<Language>,
    /// Only chunks of this kind.
    pub kind: Option<ChunkKind>,
    /// What becomes of tests.
    pub tests: TestHits,
}

/// Hits and what they were taken from.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was searched, a repository each; never empty.
    pub coverages: Vec<Coverage>,
    /// What matches, where lines were looked for.
    pub matched: Option<Matched>,
    /// Something that made the answer poorer than it could be, or another than was asked for.
    pub remark: Option<String>,
    /// Best first.
    pub hits: Vec<AnswerHit>,
    /// Whether there are more hits after these.
    pub has_more: bool,
}

/// Lines of a file as they were indexed.
#[derive(Clone, Debug, Default)]
pub struct Excerpt {
    /// The lines.
    pub text: String,
    /// Whether the file has changed since, so that its lines may have moved.
    pub is_stale: bool,
}

/// A hit, and whether it can still be trusted.
#[derive(Clone, Debug)]
pub struct AnswerHit {
    /// The chunk and its score.
    pub hit: Hit,
    /// Whether the file has changed since it was indexed, so that lines may have moved.
    pub is_stale: bool,
    marker: Marker,
}

impl AnswerHit {
    /// Returns the lines worth showing, with `n_context` lines on either side of those that answer.
    pub fn snippet(&self, n_context: usize) -> Snippet<'_> {
        self.marker.snippet(&self.hit, n_context)
    }

    /// Returns where in a line stand words that were asked for.
    pub fn words_in(&self, line: &str) -> Vec<std::ops::Range<usize>> {
        self.marker.words_in(line)
    }
}

impl Answer {
    /// Returns whether every repository is covered as its last run saw it.
    pub fn is_complete(&self) -> bool {
        self.coverages.iter().all(|coverage| coverage.is_complete)
    }
}

impl Project {
    /// Answers a question from the index.
    pub fn search(&self, text: &str, options: &SearchOptions) -> Result<Answer, AppError> {
        // Those that are named are all looked for in the state that the first one opens.
        let first = options.repositories.first().map(String::as_str);
        self.reader()?
            .ask(first, |snapshot| snapshot.search(text, options))
    }
}

impl Snapshot<'_> {
    /// Answers a question from the snapshot's repository, or from those that the options name.
    pub fn search(&mut self, text: &str, options: &SearchOptions) -> Result<Answer, AppError> {
        if text.trim().is_empty() {
            return Err(AppError::EmptyQuestion);
        }
        let pattern = pattern(text, options.form)?;
        if pattern.is_none()
            && let Some(lack) = search::lack(text)
        {
            return Err(AppError::NothingAsked { lack });
        }
        let summaries = self.summaries(&options.repositories)?;
        let in_trees = |path: &String| {
            let roots = summaries.iter().map(|summary| &summary.root);
            roots
                .fold(path.as_str(), |path, root| within(root, path))
                .to_owned()
        };
        let options = &SearchOptions {
            path: options.path.as_ref().map(in_trees),
            ..options.clone()
        };
        let query = query(text, options, Weights::default())?;
        let mut remarks = Vec::new();
        if pattern.is_none() {
            remarks.extend(self.load_model(&summaries, options.mode)?);
        }
        let sources: Vec<Source> = summaries.iter().map(source).collect();
        let answered = match &pattern {
            Some(pattern) => Ok(search::search_pattern(
                &*self.reading,
                &sources,
                pattern,
                &query,
            )?),
            None => self.page(&sources, &query),
        };
        let page = match answered {
            Err(AppError::Search(SearchError::Embed(error @ EmbedError::Remote(_)))) => {
                // The next question asks the service anew.
                *self.embedders = None;
                remarks = vec![without_service(&error)];
                self.page(&sources, &query)?
            }
            page => page?,
        };
        if remarks.is_empty() && query.offset == 0 && self.is_weak(&page) {
            remarks.push("nothing here is much like the question: these hits are weak".to_owned());
        }
        remarks.extend(corrected(&page));
        remarks.extend(dropped_copies(&*self.reading));
        let coverages = summaries
            .iter()
            .map(|summary| Coverage::read(&*self.reading, summary));
        let of_question = Marker::question(&page.asked(text));
        let lines = page.matched.clone().map(|matched| matched.by_hit);
        let mut lines = lines.unwrap_or_default().into_iter();
        let stale = |hit: Hit| {
            let summary = summaries
                .iter()
                .find(|summary| summary.name == hit.repository);
            let is_stale =
                summary.is_some_and(|summary| is_stale(&summary.root, &hit.path, hit.hash));
            let of_pattern = lines.next().map(Marker::Lines);
            AnswerHit {
                hit,
                is_stale,
                marker: of_pattern.unwrap_or_else(|| of_question.clone()),
            }
        };
        Ok(Answer {
            coverages: coverages.collect::<Result<_, _>>()?,
            matched: page.matched,
            remark: (!remarks.is_empty()).then(|| remarks.join("; ")),
            hits: page.hits.into_iter().map(stale).collect(),
            has_more: page.has_more,
        })
    }

    /// Whether hits are no more like the question than code is like any question; reported for the model it was measured for.
    fn is_weak(&self, page: &Page) -> bool {
        let model = self
            .embedders
            .as_ref()
            .map(|embedders| embedders.of(domain::View::Code).model());
        let is_measured = model.is_some_and(|model| {
            let name = model.as_str().split('@').next();
            name == Some(embed::models::DEFAULT_MODEL)
        });
        is_measured
            && !page.hits.is_empty()
            && page.likeness.is_some_and(|likeness| likeness < WEAK)
    }

    /// Returns the repositories meant: those named, else the snapshot's.
    fn summaries(&self, names: &[String]) -> Result<Vec<RepositorySummary>, AppError> {
        if names.is_empty() {
            return Ok(vec![self.repository.clone()]);
        }
        let mut names: Vec<&String> = names.iter().collect();
        names.sort();
        names.dedup();
        names
            .into_iter()
            .map(|name| self.project.find(&*self.reading, Some(name)))
            .collect()
    }

    /// Returns a path as the index has it: relative to the root of the repository's tree, in which an absolute one may lie.
    pub fn relative<'t>(&self, path: &'t str) -> &'t str {
        let path = within(self.root(), path);
        let path = path.trim_start_matches("./").trim_end_matches('/');
        if path == "." { "" } else { path }
    }

    /// Returns the paths of the repository's files, in order.
    pub fn paths(&self) -> Result<Vec<String>, AppError> {
        let files = self.reading.known_files(self.repository.generation)?;
        let files = files.into_iter();
        Ok(files.map(|file| file.path.to_string()).collect())
    }

    /// Returns what stands in a file, in order, the first part of each definition with the lines of the whole; nothing for what is no
    /// file of the repository.
    pub fn outline(&self, path: &str) -> Result<Vec<Chunk>, AppError> {
        let Ok(path) = RepoPath::new(path) else {
            return Ok(Vec::new());
        };
        let stored = self.reading.chunks_of(self.repository.generation, &path)?;
        let whole =
            |chunk: &Chunk| search::definition_lines(stored.iter().map(|one| &one.chunk), chunk);
        let mut chunks: Vec<Chunk> = stored.iter().map(|one| one.chunk.clone()).collect();
        let later = stored.iter().filter(|one| one.chunk.part > 0);
        let divided: HashSet<&str> = later.map(|one| one.chunk.qualified_name.as_str()).collect();
        let is_divided =
            |chunk: &&mut Chunk| chunk.part == 0 && divided.contains(chunk.qualified_name.as_str());
        for chunk in chunks.iter_mut().filter(is_divided) {
            (chunk.span.start_line, chunk.span.end_line) = whole(chunk).into_inner();
        }
        Ok(chunks)
    }

    /// Returns the source of a definition as it was indexed: of a class its skeleton, of anything else its lines.
    pub fn source(
        &self,
        path: &RepoPath,
        start_line: u32,
        end_line: u32,
    ) -> Result<Excerpt, AppError> {
        let stored = self.reading.chunks_of(self.repository.generation, path)?;
        let hash = stored.first().map(|stored| stored.hash);
        let is_stale = hash.is_some_and(|hash| is_stale(self.root(), path, hash));
        let chunks: Vec<Chunk> = stored.into_iter().map(|stored| stored.chunk).collect();
        let is_skeleton = |chunk: &&Chunk| {
            matches!(chunk.kind, ChunkKind::Class | ChunkKind::Namespace)
                && chunk.span.end_line == end_line
                && (chunk.span.start_line..=start_line + 1).contains(&start_line)
        };
        if let Some(skeleton) = chunks.iter().find(is_skeleton) {
            let text = format!("{}\n", skeleton.source);
            return Ok(Excerpt { text, is_stale });
        }
        let mut lines = BTreeMap::new();
        for chunk in chunks
            .iter()
            .filter(|chunk| !matches!(chunk.kind, ChunkKind::Class | ChunkKind::Namespace))
        {
            lines.extend((chunk.span.start_line..).zip(chunk.source.lines()));
        }
        // The first is where a name stands, the last where the definition ends, which are rows of their own.
        let lines = lines.range(start_line..=end_line.max(start_line));
        let text = lines.map(|(_, line)| format!("{line}\n")).collect();
        Ok(Excerpt { text, is_stale })
    }

    /// Returns the paths of the files that are no tests.
    pub(crate) fn code_files(&self) -> Result<HashSet<String>, AppError> {
        let files = self.reading.known_files(self.repository.generation)?;
        let files = files.into_iter();
        let code = files.filter(|file| !index::is_test_path(&file.path));
        Ok(code.map(|file| file.path.to_string()).collect())
    }

    /// Loads the model of an index unless it is loaded; returns why words alone must do.
    pub(crate) fn load_model(
        &mut self,
        summaries: &[RepositorySummary],
        mode: Mode,
    ) -> Result<Option<String>, AppError> {
        if mode == Mode::Lexical {
            return Ok(None);
        }
        let mut models: Vec<_> = summaries
            .iter()
            .map(|summary| {
                let profile = &summary.profile;
                profile.code_model.as_ref().zip(profile.text_model.as_ref())
            })
            .collect();
        models.sort();
        models.dedup();
        let [models] = models[..] else {
            *self.embedders = None;
            return Ok(Some(
                "the repositories have different models: ranked by words alone".to_owned(),
            ));
        };
        let loaded = self.embedders.as_ref().map(|embedders| {
            let model = |view| embedders.of(view).model();
            (model(domain::View::Code), model(domain::View::Text))
        });
        if loaded.is_some() && loaded == models {
            return Ok(None);
        }
        *self.embedders = None;
        match self.project.query_setup(models)? {
            Ok(setup) => *self.embedders = setup.build()?,
            Err(reason) => return Ok(Some(reason)),
        }
        Ok(None)
    }

    /// Returns the hits of a question, by the model that is loaded.
    pub(crate) fn page(&mut self, sources: &[Source], query: &Query) -> Result<Page, AppError> {
        Ok(search::search(
            &*self.reading,
            sources,
            self.embedders.as_mut(),
            query,
        )?)
    }

    /// Returns what most tools would answer; nothing without a model.
    pub(crate) fn baseline_page(
        &mut self,
        source: &Source,
        query: &Query,
    ) -> Result<Page, AppError> {
        match self.embedders.as_mut() {
            Some(embedders) => Ok(search::search_baseline(
                &*self.reading,
                source,
                embedders,
                query,
            )?),
            None => Ok(Page::default()),
        }
    }
}

/// Returns what of a repository is searched.
pub(crate) fn source(summary: &RepositorySummary) -> Source {
    Source {
        repository: summary.name.clone(),
        generation: summary.generation,
    }
}

/// Returns a question as the read road wants it.
pub(crate) fn query(
    text: &str,
    options: &SearchOptions,
    weights: Weights,
) -> Result<Query, AppError> {
    Ok(Query {
        text: text.to_owned(),
        limit: options.limit,
        offset: options.offset,
        mode: options.mode,
        path: options.path.as_deref().map(glob).transpose()?,
        language: options.language,
        kind: options.kind,
        tests: options.tests,
        weights,
    })
}

impl Project {
    /// Returns the embedders of the index's own models, of code and of texts, or why words must do.
    fn query_setup(
        &self,
        models: Option<(&domain::ModelId, &domain::ModelId)>,
    ) -> Result<Result<EmbeddingSetup, String>, AppError> {
        let Some((code, text)) = models else {
            return Ok(Err(
                "indexed without embeddings: ranked by words alone".to_owned()
            ));
        };
        if code.as_str() == embed::MockEmbedder::MODEL {
            return Ok(Ok(EmbeddingSetup::of(EmbedderSetup::Mock, None)));
        }
        match indexed_embedding_setup(&self.settings, code, text) {
            Ok(Some(setup)) => return Ok(Ok(setup)),
            Ok(None) => {}
            Err(AppError::Embed(error @ EmbedError::Remote(_))) => {
                return Ok(Err(without_service(&error)));
            }
            Err(error) => return Err(error),
        }
        let models = match code == text {
            true => format!("model {code} is not here or not the one"),
            false => format!("models {code} and {text} are not here or not those"),
        };
        Ok(Err(format!(
            "the {models} in force: ranked by words alone; give --models or --embedder and the other settings of the index"
        )))
    }
}

/// Reads a text that is no question.
fn pattern(text: &str, form: Form) -> Result<Option<Pattern>, AppError> {
    let pattern = match form {
        Form::Question => return Ok(None),
        Form::Word => Pattern::word(text),
        Form::Regex => Pattern::regex(text),
    };
    pattern.map(Some).map_err(AppError::Pattern)
}

/// Says which words were corrected.
fn corrected(page: &Page) -> Option<String> {
    let corrections = page.corrections.iter().map(ToString::to_string);
    let corrections = corrections.collect::<Vec<_>>().join(", ");
    (!corrections.is_empty())
        .then(|| format!("searched for {corrections}, which occurs nowhere here"))
}

/// Says which copies of rows were damaged.
fn dropped_copies(store: &dyn Store) -> Option<String> {
    let dropped = store.dropped_copies();
    let names: Vec<String> = dropped
        .iter()
        .map(|copy| copy.display().to_string())
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "{} was damaged: deleted, and answered without it",
            names.join(", ")
        )
    })
}

fn without_service(error: &EmbedError) -> String {
    format!("{error}: ranked by words alone")
}

/// Compiles what paths must match. A folder's name means everything below it, as it does when files are chosen for the index.
fn glob(text: &str) -> Result<GlobSet, AppError> {
    let text = match text.trim_start_matches("./").trim_end_matches('/') {
        "" | "." => "**",
        text => text,
    };
    let mut globs = GlobSetBuilder::new();
    for glob in [text, &format!("{text}/**")] {
        globs.add(Glob::new(glob).map_err(AppError::PathGlob)?);
    }
    globs.build().map_err(AppError::PathGlob)
}
