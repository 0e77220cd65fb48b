//! OpenAI's protocol: `/v1/embeddings` and `/v1/models`.

use std::sync::Arc;

use app::Role;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::engine::Model;
use super::queue::{Asked, Form};
use super::{Answered, Asking, Embeddings, Refused, Texts, read};

/// A request. What else clients send, such as `user`, has no meaning here.
#[derive(Deserialize)]
struct Request {
    input: Texts,
    model: Option<String>,
    encoding_format: Option<String>,
    dimensions: Option<usize>,
    /// As Voyage and Cohere have it: the model's prefix is put in front.
    input_type: Option<String>,
}

pub(super) async fn embeddings(State(embeddings): State<Arc<Embeddings>>, body: Bytes) -> Response {
    let answered = async {
        let asking = read::<Request>(body).await?.asking()?;
        embeddings.embed(asking).await
    };
    match answered.await {
        Ok(answered) => answer(answered),
        Err(refused) => refusal(&refused),
    }
}

impl Request {
    fn asking(self) -> Result<Asking, Refused> {
        let form = match self.encoding_format.as_deref() {
            None | Some("float") => Form::Float,
            Some("base64") => Form::Base64,
            Some(other) => {
                return Err(Refused::Wrong(format!(
                    "encoding_format: expected float or base64, not {other:?}"
                )));
            }
        };
        let role = match self.input_type.as_deref() {
            None => Role::Whole,
            Some("query" | "search_query") => Role::Query,
            Some("document" | "passage" | "search_document") => Role::Document,
            Some(other) => {
                return Err(Refused::Wrong(format!(
                    "input_type: expected query or document, not {other:?}"
                )));
            }
        };
        Ok(Asking {
            texts: self.input.read("input")?,
            model: self.model,
            role,
            n_dimensions: self.dimensions,
            form,
            must_be_whole: false,
        })
    }
}

fn answer(answered: Answered) -> Response {
    let mut text = String::with_capacity(answered.vectors.iter().map(|v| v.len() + 64).sum());
    text.push_str(r#"{"object":"list","data":["#);
    for (index, vector) in answered.vectors.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        text.push_str(&format!(
            r#"{comma}{{"object":"embedding","index":{index},"embedding":"#
        ));
        text.push_str(vector);
        text.push('}');
    }
    let (model, n) = (json!(answered.model), answered.n_tokens);
    text.push_str(&format!(
        r#"],"model":{model},"usage":{{"prompt_tokens":{n},"total_tokens":{n}}}}}"#
    ));
    sent(text, answered.asked)
}

/// Sends JSON whose memory counts until it has left.
pub(super) fn sent(text: String, asked: Arc<Asked>) -> Response {
    let length = HeaderValue::from(text.len());
    let pieces = std::iter::once(Bytes::from(text)).map(move |piece| {
        debug_assert!(Arc::strong_count(&asked) > 0);
        Ok::<_, std::convert::Infallible>(piece)
    });
    let json = HeaderValue::from_static("application/json");
    let head = [(CONTENT_TYPE, json), (CONTENT_LENGTH, length)];
    (head, Body::from_stream(tokio_stream::iter(pieces))).into_response()
}

/// Says why not, as OpenAI does.
fn refusal(refused: &Refused) -> Response {
    let (status, kind, code) = match refused {
        Refused::Wrong(_) => (StatusCode::BAD_REQUEST, "invalid_request_error", None),
        Refused::TooLong(_) => (
            StatusCode::BAD_REQUEST,
            "invalid_request_error",
            Some("context_length_exceeded"),
        ),
        Refused::UnknownModel(_) => (
            StatusCode::NOT_FOUND,
            "invalid_request_error",
            Some("model_not_found"),
        ),
        Refused::Busy(_) => (
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limit_error",
            Some("rate_limit_exceeded"),
        ),
        Refused::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "server_error", None),
        Refused::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", None),
    };
    let text = refused.text();
    let parameter = text.split_once(": ").map(|(name, _)| name);
    let parameter = parameter.filter(|name| !name.contains(' '));
    let body = json!({
        "error": {"message": text, "type": kind, "param": parameter, "code": code}
    });
    refused.with_time((status, Json(body)).into_response())
}

impl Refused {
    pub(super) fn text(&self) -> String {
        match self {
            Refused::Wrong(text)
            | Refused::UnknownModel(text)
            | Refused::TooLong(text)
            | Refused::Unavailable(text)
            | Refused::Failed(text) => text.clone(),
            Refused::Busy(_) => "too much waits for the encoder already; come later".to_owned(),
        }
    }

    /// Says when to come again, where that may help.
    pub(super) fn with_time(&self, mut answer: Response) -> Response {
        if let Refused::Busy(after) = self {
            let seconds = HeaderValue::from(after.as_secs().max(1));
            answer.headers_mut().insert(RETRY_AFTER, seconds);
        }
        answer
    }
}

/// Lists the models, by name.
pub(super) async fn models(State(embeddings): State<Arc<Embeddings>>) -> Response {
    match embeddings.engine().await {
        Ok(engine) => {
            let models: Vec<Value> = engine.models().iter().map(described).collect();
            Json(json!({"object": "list", "data": models})).into_response()
        }
        Err(refused) => refusal(&refused),
    }
}

/// Describes one model.
pub(super) async fn model(
    State(embeddings): State<Arc<Embeddings>>,
    Path(name): Path<String>,
) -> Response {
    let engine = match embeddings.engine().await {
        Ok(engine) => engine,
        Err(refused) => return refusal(&refused),
    };
    match engine.model(Some(&name)) {
        Ok((_, model)) => Json(described(model)).into_response(),
        Err(refused) => refusal(&refused),
    }
}

fn described(model: &Model) -> Value {
    json!({"id": model.name, "object": "model", "created": 0, "owned_by": "mnemo"})
}
