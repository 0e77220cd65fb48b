//! What every answer has, whichever part of the service gives it.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Query, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, HeaderValue,
    IF_NONE_MATCH, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use serde::de::DeserializeOwned;

use crate::refusal::Refusal;

/// Our answers are pages and data, all in memory; one beyond this goes untagged.
const TAGGED_BYTES_MAX: usize = 16 << 20;

/// What a page of ours may do: load from here, and nothing from anywhere else; no script and no style stands in a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
base-uri 'none'; frame-ancestors 'none'";

const FIXED: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

/// Says what browsers may do with an answer.
pub(super) async fn guarded(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let keep = HeaderValue::from_static("private, no-cache");
    headers.entry(CACHE_CONTROL).or_insert(keep);
    answer
}

/// Names an answer by the hash of its content, and says no more than that it is the same to whoever has it.
pub(super) async fn tagged(request: Request, next: Next) -> Response {
    let is_get = request.method() == Method::GET;
    let known = request.headers().get(IF_NONE_MATCH).cloned();
    let answer = next.run(request).await;
    if !is_get || answer.status() != StatusCode::OK || !answer.headers().contains_key(CONTENT_TYPE)
    {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    let Ok(bytes) = to_bytes(body, TAGGED_BYTES_MAX).await else {
        let mut answer = Response::new(Body::from("too large an answer: narrow the question"));
        *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return answer;
    };
    // Weak, since the same content may be sent compressed or not.
    let tag = format!("W/\"{}\"", &blake3::hash(&bytes).to_hex()[..32]);
    let tag = HeaderValue::from_str(&tag).expect("letters of hexadecimal in quotes");
    let is_known = known.as_ref() == Some(&tag);
    head.headers.insert(ETAG, tag);
    if is_known {
        head.status = StatusCode::NOT_MODIFIED;
        return Response::from_parts(head, Body::empty());
    }
    Response::from_parts(head, Body::from(bytes))
}

/// The parameters of an address; those that are wrong are refused by name.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Params<T>, Refusal> {
        let wrong = |error: axum::extract::rejection::QueryRejection| {
            Refusal::Arguments(format!("wrong parameters: {}", error.body_text()))
        };
        let Query(params) = Query::try_from_uri(&parts.uri).map_err(wrong)?;
        Ok(Params(params))
    }
}
