//! `search`: from words to hits, and what the answer covers.

use domain::{ChunkKind, Hit, Language, RepositoryName};
use globset::Glob;
use search::{Mode, Query};
use store::GenerationState;

use crate::embedding::{EmbeddingSetup, present_embedding_setup};
use crate::error::AppError;
use crate::project::Project;
use crate::settings::{InvalidSetting, Provenance};

/// A question and what narrows it.
#[derive(Clone, Debug)]
pub struct SearchOptions {
    /// The repository; the only one when not given.
    pub repository: Option<String>,
    /// Largest number of hits.
    pub limit: usize,
    /// What the ranking is made of.
    pub mode: Mode,
    /// Only files whose path matches this glob.
    pub path: Option<String>,
    /// Only files in this language.
    pub language: Option<Language>,
    /// Only chunks of this kind.
    pub kind: Option<ChunkKind>,
}

/// Hits and what they were taken from.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The repository asked.
    pub repository: RepositoryName,
    /// Number of the generation that answered.
    pub generation: u64,
    /// Whether that generation covers the whole tree as its last run saw it.
    pub is_complete: bool,
    /// Files it covers.
    pub n_files: u64,
    /// Files that could not be indexed and are missing.
    pub n_failed: u64,
    /// Something that made the answer poorer than it could be.
    pub remark: Option<String>,
    /// Best first.
    pub hits: Vec<Hit>,
}

impl Project {
    /// Answers a question from the index.
    pub fn search(&self, text: &str, options: &SearchOptions) -> Result<Answer, AppError> {
        let store = self.open_to_read()?;
        let summary = self.find(store.as_ref(), options.repository.as_deref())?;
        let path = options.path.as_deref().map(glob).transpose()?;
        let query = Query {
            text: text.to_owned(),
            limit: options.limit,
            mode: options.mode,
            path,
            language: options.language,
            kind: options.kind,
        };
        let mut remark = None;
        let mut embedders = None;
        if options.mode != Mode::Lexical {
            match self.query_setup(summary.profile.code_model.as_ref())? {
                Ok(setup) => embedders = setup.build()?,
                Err(reason) => remark = Some(reason),
            }
        }
        let hits = search::search(
            store.as_ref(),
            summary.generation,
            embedders.as_mut(),
            &query,
        )?;
        let counts = store.counts(summary.generation)?;
        Ok(Answer {
            repository: summary.name,
            generation: summary.number,
            is_complete: summary.is_complete && summary.state == GenerationState::Active,
            n_files: counts.n_files,
            n_failed: counts.n_problems,
            remark,
            hits,
        })
    }

    /// Returns the embedders of the index's own model, or why words must do.
    fn query_setup(
        &self,
        model: Option<&domain::ModelId>,
    ) -> Result<Result<EmbeddingSetup, String>, AppError> {
        let Some(model) = model else {
            return Ok(Err(
                "indexed without embeddings: ranked by words alone".to_owned()
            ));
        };
        if model.as_str() == embed::MockEmbedder::MODEL {
            return Ok(Ok(EmbeddingSetup::Mock));
        }
        let missing = || {
            format!("the model {model} is not here or not the one in force: ranked by words alone")
        };
        match present_embedding_setup(&self.settings)? {
            Some(EmbeddingSetup::Encoder(settings)) if settings.model_id() == *model => {
                Ok(Ok(EmbeddingSetup::Encoder(settings)))
            }
            _ => Ok(Err(missing())),
        }
    }
}

fn glob(text: &str) -> Result<globset::GlobMatcher, AppError> {
    let glob = Glob::new(text).map_err(|_| InvalidSetting::Value {
        name: "path",
        text: text.to_owned(),
        provenance: Provenance::Flag,
        expected: "a glob such as 'src/**/*.ts'",
    })?;
    Ok(glob.compile_matcher())
}
