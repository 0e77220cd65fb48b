//! How one definition reaches another.

use app::GraphAnswer;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::{Frame, View};
use super::{framed, shown};
use crate::serve::{Params, Shared};

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    repository: Option<String>,
}

pub(super) async fn page(State(service): Shared, Params(asked): Params<Asked>) -> Response {
    framed(&service, View::Path, asked.repository, move |queries, frame| {
        let (from, to) = (asked.from.trim(), asked.to.trim());
        let form = form(frame, from, to);
        if from.is_empty() || to.is_empty() {
            return Ok(form);
        }
        let repository = frame.repository.as_deref();
        let way = queries.ask(repository, |snapshot| Ok(snapshot.path(from, to)?))?;
        Ok(html! {
            (form)
            @match &way {
                Some(way) => (steps(frame, way)),
                None => section .notice {
                    h2 { "No way" }
                    p { "Nothing in " code { (shown(from)) } " depends on anything in " code { (shown(to)) } ", directly or through others." }
                }
            }
        })
    })
    .await
}

fn form(frame: &Frame, from: &str, to: &str) -> Markup {
    html! {
        h1 { "How does one definition reach another?" }
        form .filters action="/path" {
            @if let Some(repository) = &frame.repository { input type="hidden" name="repository" value=(repository); }
            label .wide { "From" input name="from" value=(from) required maxlength="2000" placeholder="name, path or path:line"; }
            label .wide { "To" input name="to" value=(to) required maxlength="2000" placeholder="name, path or path:line"; }
            button type="submit" { "Show the way" }
        }
    }
}

/// The way from the first to the last, each step with the line that takes it.
fn steps(frame: &Frame, way: &GraphAnswer) -> Markup {
    let nodes = way.way();
    html! {
        ol .steps {
            @for (node, edge) in &nodes {
                @let symbol = &node.symbol;
                li {
                    @if let Some(edge) = edge { p .step { (edge.kind.as_str().replace('_', " ")) ", line " (edge.line) } }
                    div .panel {
                        h2 {
                            a href=[frame.to("/definition", &[("symbol", Some(&symbol.address()))])] { (shown(&symbol.qualified_name)) }
                            " " span .kind { (symbol.kind.as_str()) }
                        }
                        p .quiet .path { (shown(symbol.path.as_str())) ":" (symbol.line) }
                    }
                }
            }
        }
    }
}
