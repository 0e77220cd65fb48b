//! What a page shows where there is no answer.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::layout::{Frame, View};
use super::{framed, shown};
use crate::refusal::Refusal;
use crate::serve::Shared;

/// Says what is wrong and what to do about it, with what may have been meant as links.
pub(super) fn body(frame: &Frame, refusal: &Refusal) -> Markup {
    let candidates = refusal.candidates();
    html! {
        section .notice role="alert" {
            h1 { "No answer" }
            p { (shown(&refusal.text())) }
            @if let Some(advice) = refusal.advice() { p .quiet { (advice) } }
            @if !candidates.is_empty() {
                h2 { "It could be one of these" }
                ul .list {
                    @for address in &candidates {
                        li { a href=[frame.to("/definition", &[("symbol", Some(address))])] { code { (shown(address)) } } }
                    }
                }
            }
            @else if frame.repository.is_none() && !frame.repositories.is_empty() {
                h2 { "Repositories" }
                ul .list {
                    @for name in &frame.repositories {
                        li { a href=(super::links::to("/", &[("repository", Some(name))])) { (shown(name)) } }
                    }
                }
            }
        }
    }
}

/// Answers at every address that leads nowhere.
pub(crate) async fn nothing_here(State(service): Shared, uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        let mut answer =
            Refusal::Arguments("there is nothing at this address".to_owned()).into_response();
        *answer.status_mut() = StatusCode::NOT_FOUND;
        return answer;
    }
    let mut answer = framed(&service, View::Other, None, |_, _| {
        Ok(html! {
            section .notice {
                h1 { "Nothing here" }
                p { "This address leads nowhere. " a href="/" { "To the overview" } }
            }
        })
    })
    .await;
    *answer.status_mut() = StatusCode::NOT_FOUND;
    answer
}
