//! Vectors for the texts of others: OpenAI's `/v1/embeddings`, and `/embed` of text-embeddings-inference.
//!
//! One encoder answers all clients. Their texts go through it together, batch by batch as they come, in the order of a fair queue
//! ([`queue`]); vectors are those of `mnemo index` to the last bit. Start at [`routes`]; what a request goes through is
//! [`Embeddings::embed`], what computes is in [`engine`].

mod engine;
mod measures;
mod openai;
mod queue;
mod tei;

use std::sync::Arc;
use std::time::Duration;

use app::{Missing, Role, Settings};
use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::sync::OnceCell;

use engine::{Engine, Model};
pub(crate) use measures::Measures;
use queue::{Asked, Form, Kind};

/// Texts of a request at most, as OpenAI has it.
const TEXTS_MAX: usize = 2048;

/// Bodies beyond this are read by a thread of their own, so that nobody waits for that.
const QUICK_BYTES_MAX: usize = 64 << 10;

/// The embedding server; opens its models when they are first asked for.
pub(crate) struct Embeddings {
    settings: Settings,
    engine: OnceCell<Arc<Engine>>,
    measures: Measures,
}

/// What a client asks for, in whichever protocol.
struct Asking {
    model: Option<String>,
    texts: Vec<String>,
    role: Role,
    n_dimensions: Option<usize>,
    form: Form,
    /// A text that is longer than the model takes is an error.
    must_be_whole: bool,
}

/// Vectors of all texts, as text.
struct Answered {
    vectors: Vec<String>,
    n_tokens: usize,
    model: String,
    /// Counts as memory until the client has the answer.
    asked: Arc<Asked>,
}

/// Why there are no vectors.
enum Refused {
    /// The request is wrong.
    Wrong(String),
    /// It names no model of ours.
    UnknownModel(String),
    /// One of its texts is longer than the model takes.
    TooLong(String),
    /// Others wait already; so much later there may be room.
    Busy(Duration),
    /// The models cannot be opened.
    Unavailable(String),
    /// The encoder failed at it.
    Failed(String),
}

/// Texts as clients give them: one or several; token ids are known in order to be refused by name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Several(Vec<String>),
    Tokens(#[expect(dead_code, reason = "only its shape counts")] Vec<i64>),
    TokensOfSeveral(#[expect(dead_code, reason = "only its shape counts")] Vec<Vec<i64>>),
    Else(IgnoredAny),
}

/// Returns the paths of the embedding server.
pub(crate) fn routes(embeddings: Arc<Embeddings>) -> Router {
    Router::new()
        .route("/v1/embeddings", post(openai::embeddings))
        .route("/v1/models", get(openai::models))
        .route("/v1/models/{*name}", get(openai::model))
        .route("/embed", post(tei::embed))
        .route("/info", get(tei::info))
        .route("/health", get(async || "ok\n"))
        // The door has bounds of its own.
        .layer(DefaultBodyLimit::disable())
        .with_state(embeddings)
}

impl Embeddings {
    pub(crate) fn new(settings: Settings) -> Embeddings {
        Embeddings {
            settings,
            engine: OnceCell::new(),
            measures: Measures::default(),
        }
    }

    /// Serves models that are open already.
    pub(crate) fn of(settings: Settings, models: Vec<app::TextModel>) -> std::io::Result<Self> {
        let embeddings = Embeddings::new(settings);
        let engine = embeddings.start(models)?;
        embeddings.engine.set(engine).ok();
        Ok(embeddings)
    }

    pub(crate) fn measures(&self) -> &Measures {
        &self.measures
    }

    fn start(&self, models: Vec<app::TextModel>) -> std::io::Result<Arc<Engine>> {
        let n_threads = app::text_threads(&self.settings);
        Engine::start(models, n_threads, self.measures.clone())
    }

    /// Returns what computes. Models that are not on this machine are not fetched: a client must not make us do that.
    async fn engine(&self) -> Result<&Arc<Engine>, Refused> {
        let open = async || {
            let settings = self.settings.clone();
            let opened = tokio::task::spawn_blocking(move || {
                app::text_models(&settings, &mut Missing::Refused)
            });
            let models = match opened.await {
                Ok(Ok(models)) => models,
                Ok(Err(error)) => {
                    return Err(Refused::Unavailable(domain::one_line(&error)));
                }
                Err(_) => return Err(Refused::Unavailable("the models do not open".to_owned())),
            };
            let started = self.start(models);
            started.map_err(|error| Refused::Unavailable(error.to_string()))
        };
        self.engine.get_or_try_init(open).await
    }

    /// Embeds the texts of one client. A client that goes drops this future, and what has not begun by then never does.
    async fn embed(&self, asking: Asking) -> Result<Answered, Refused> {
        if asking.texts.is_empty() {
            return Err(Refused::Wrong("there is no text in it".to_owned()));
        }
        if asking.texts.len() > TEXTS_MAX {
            let n_texts = asking.texts.len();
            return Err(Refused::TooLong(format!(
                "{n_texts} texts are more than the {TEXTS_MAX} of a request; send them in several"
            )));
        }
        let engine = self.engine().await?;
        let (index, model) = engine.model(asking.model.as_deref())?;
        let kind = Kind {
            model: index,
            role: asking.role,
            n_dimensions: n_dimensions(model, asking.n_dimensions)?,
        };
        let name = model.name.clone();
        let submitted = engine.submit(kind, asking.form, asking.must_be_whole, asking.texts);
        let mut pending = submitted.map_err(Refused::Busy)?;
        let (vectors, n_tokens) = pending.all().await?;
        Ok(Answered {
            vectors,
            n_tokens,
            model: name,
            asked: pending.asked,
        })
    }
}

fn n_dimensions(model: &Model, wanted: Option<usize>) -> Result<usize, Refused> {
    match wanted {
        None => Ok(model.n_dimensions),
        Some(wanted) if wanted == model.n_dimensions || model.lengths.contains(&wanted) => {
            Ok(wanted)
        }
        Some(wanted) => {
            let lengths: Vec<String> = model.lengths.iter().map(ToString::to_string).collect();
            let others = match lengths.is_empty() {
                true => String::new(),
                false => format!(" or {}", lengths.join(", ")),
            };
            Err(Refused::Wrong(format!(
                "dimensions: vectors of {} have {}{others} dimensions, not {wanted}",
                model.name, model.n_dimensions
            )))
        }
    }
}

impl Texts {
    fn read(self, field: &str) -> Result<Vec<String>, Refused> {
        match self {
            Texts::One(text) => Ok(vec![text]),
            Texts::Several(texts) => Ok(texts),
            Texts::Tokens(_) | Texts::TokensOfSeveral(_) => Err(Refused::Wrong(format!(
                "{field}: token ids are of another model's tokenizer; send the text itself"
            ))),
            Texts::Else(_) => Err(Refused::Wrong(format!(
                "{field}: expected a text or a list of texts"
            ))),
        }
    }
}

/// Reads the JSON of a request.
async fn read<T: DeserializeOwned + Send + 'static>(body: Bytes) -> Result<T, Refused> {
    let parsed = match body.len() > QUICK_BYTES_MAX {
        false => serde_json::from_slice(&body),
        true => {
            let reading = tokio::task::spawn_blocking(move || serde_json::from_slice(&body));
            let read = reading.await;
            read.map_err(|_| Refused::Failed("the request could not be read".to_owned()))?
        }
    };
    parsed.map_err(|error| Refused::Wrong(format!("not the JSON that was expected: {error}")))
}
