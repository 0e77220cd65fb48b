//! The protocol of text-embeddings-inference: `/embed` and `/info`.

use std::sync::Arc;

use app::Role;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::openai::sent;
use super::queue::Form;
use super::{Asking, Embeddings, Refused, TEXTS_MAX, Texts, read};

#[derive(Deserialize)]
struct Request {
    inputs: Texts,
    #[serde(default)]
    truncate: bool,
    #[serde(default = "is_so")]
    normalize: bool,
    truncation_direction: Option<String>,
    prompt_name: Option<String>,
    dimensions: Option<usize>,
}

fn is_so() -> bool {
    true
}

pub(super) async fn embed(State(embeddings): State<Arc<Embeddings>>, body: Bytes) -> Response {
    let answered = async {
        let asking = read::<Request>(body).await?.asking()?;
        embeddings.embed(asking).await
    };
    match answered.await {
        Ok(answered) => sent(format!("[{}]", answered.vectors.join(",")), answered.asked),
        Err(refused) => refusal(&refused),
    }
}

impl Request {
    fn asking(self) -> Result<Asking, Refused> {
        if !self.normalize {
            let text = "normalize: vectors have unit length here";
            return Err(Refused::Wrong(text.to_owned()));
        }
        if self.truncate && matches!(self.truncation_direction.as_deref(), Some("left" | "Left")) {
            let text = "truncation_direction: what is cut off is the end of a text";
            return Err(Refused::Wrong(text.to_owned()));
        }
        let role = match self.prompt_name.as_deref() {
            None => Role::Whole,
            Some("query") => Role::Query,
            Some("document" | "passage") => Role::Document,
            Some(other) => {
                return Err(Refused::Wrong(format!(
                    "prompt_name: expected query or document, not {other:?}"
                )));
            }
        };
        Ok(Asking {
            texts: self.inputs.read("inputs")?,
            model: None,
            role,
            n_dimensions: self.dimensions,
            form: Form::Float,
            must_be_whole: !self.truncate,
        })
    }
}

fn refusal(refused: &Refused) -> Response {
    let (status, kind) = match refused {
        Refused::Wrong(_) | Refused::UnknownModel(_) => {
            (StatusCode::UNPROCESSABLE_ENTITY, "Validation")
        }
        Refused::TooLong(_) => (StatusCode::PAYLOAD_TOO_LARGE, "Validation"),
        Refused::Busy(_) => (StatusCode::TOO_MANY_REQUESTS, "Overloaded"),
        Refused::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "Unhealthy"),
        Refused::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Backend"),
    };
    let body = json!({"error": refused.text(), "error_type": kind});
    refused.with_time((status, Json(body)).into_response())
}

/// Says what is served: the first model, which is the one of code.
pub(super) async fn info(State(embeddings): State<Arc<Embeddings>>) -> Response {
    let engine = match embeddings.engine().await {
        Ok(engine) => engine,
        Err(refused) => return refusal(&refused),
    };
    let model = &engine.models()[0];
    Json(json!({
        "model_id": model.name,
        // Whatever decides a vector's bits, so that indexes keep vectors of several apart.
        "model_sha": model.weights,
        "model_type": {"embedding": {"pooling": "set by the model"}},
        "max_input_length": model.window,
        "max_client_batch_size": TEXTS_MAX,
        "auto_truncate": false,
        "version": env!("CARGO_PKG_VERSION"),
    }))
    .into_response()
}
