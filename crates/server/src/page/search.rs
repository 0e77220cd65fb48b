//! Search, as a page and as the part of it that a script puts in while one types.

use app::{Answer, AnswerHit, Form, SearchOptions};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::{ChunkKind, Language};
use maud::{Markup, html};

use super::code::{Marks, Painter};
use super::layout::{Frame, View};
use super::{counted, framed, part, shown};
use crate::api::Searching;
use crate::query_service::QueryService;
use crate::refusal::Refusal;
use crate::serve::{Params, Shared};

/// Lines shown on either side of the one that answers best.
const CONTEXT: usize = 3;

/// Hits on a page.
const HITS: u32 = 15;

pub(super) async fn page(State(service): Shared, Params(asked): Params<Searching>) -> Response {
    let repository = asked.repository.clone();
    framed(&service, View::Search, repository, move |queries, frame| {
        Ok(html! {
            h1 .unseen { "Search" }
            (filters(frame, &asked))
            div id="results" aria-live="polite" { (found(queries, frame, &asked)?) }
        })
    })
    .await
}

/// The hits alone.
pub(super) async fn results(State(service): Shared, Params(asked): Params<Searching>) -> Response {
    let made = service.ask_query_service(move |queries| {
        let frame = Frame::read(queries, View::Search, asked.repository.clone());
        Ok(match found(queries, &frame, &asked) {
            Ok(hits) => hits,
            Err(refusal) => super::failure::body(&frame, &refusal),
        })
    });
    match made.await {
        Ok(hits) => part(hits),
        Err(refusal) => refusal.into_response(),
    }
}

fn filters(frame: &Frame, asked: &Searching) -> Markup {
    let kinds = ChunkKind::ALL.iter().map(|kind| kind.as_str());
    let languages = Language::ALL.iter().map(|language| language.as_str());
    html! {
        form .filters id="filters" action="/search" {
            @if let Some(repository) = &frame.repository { input type="hidden" name="repository" value=(repository); }
            label .wide { "Question" input type="search" name="q" value=(asked.q) data-query maxlength="2000" autocomplete="off" autofocus; }
            label { "In" input name="path" value=(asked.path.as_deref().unwrap_or_default()) placeholder="src/**/*.ts" maxlength="1000"; }
            (choice("As", "form", &asked.form, "question", ["word", "regex"].into_iter()))
            (choice("Kind", "kind", &asked.kind, "any kind", kinds))
            (choice("Language", "language", &asked.language, "any language", languages))
            (choice("Tests", "tests", &asked.tests, "lower", ["without", "only"].into_iter()))
            button type="submit" { "Search" }
        }
    }
}

fn choice(
    title: &str,
    name: &str,
    chosen: &Option<String>,
    default: &str,
    words: impl Iterator<Item = &'static str>,
) -> Markup {
    html! {
        label {
            (title)
            select name=(name) {
                option value="" { (default) }
                @for word in words { option value=(word) selected[chosen.as_deref() == Some(word)] { (word) } }
            }
        }
    }
}

fn found(
    queries: &mut QueryService<'_>,
    frame: &Frame,
    asked: &Searching,
) -> Result<Markup, Refusal> {
    if asked.q.trim().is_empty() {
        return Ok(hints());
    }
    let limit = asked.limit.unwrap_or(HITS);
    let options = SearchOptions {
        limit: limit.clamp(1, HITS) as usize,
        ..asked.options()?
    };
    let repository = frame.repository.as_deref();
    queries.ask(repository, |snapshot| {
        let answer = snapshot.search(&asked.q, &options)?;
        Ok(answered(frame, asked, &options, &answer))
    })
}

fn hints() -> Markup {
    html! {
        section .notice {
            h2 { "Ask in a sentence, or give a name" }
            ul .list {
                li { "A question: " code { "how are routes matched" } }
                li { "A name: " code { "Router.add" } ", or a place: " code { "src/router.ts:120" } }
                li { "An error message or a line of a stack trace, as it is" }
                li { "A phrase comes first in " code { "\"double quotes\"" } "; " code { "-word" } " leaves hits out" }
            }
            p .quiet { "Keys: " kbd { "/" } " to search, " kbd { "↑" } " " kbd { "↓" } " to move, " kbd { "Enter" } " to open" }
        }
    }
}

fn answered(frame: &Frame, asked: &Searching, options: &SearchOptions, answer: &Answer) -> Markup {
    // What a pattern matches is no word of its own.
    let marks = match options.form {
        Form::Question | Form::Word => Marks::of(&asked.q),
        Form::Regex => Marks::of(""),
    };
    let next = (options.offset + options.limit).to_string();
    let more = [
        ("q", Some(asked.q.as_str())),
        ("form", asked.form.as_deref()),
        ("path", asked.path.as_deref()),
        ("kind", asked.kind.as_deref()),
        ("language", asked.language.as_deref()),
        ("tests", asked.tests.as_deref()),
        ("mode", asked.mode.as_deref()),
        ("offset", Some(next.as_str())),
    ];
    html! {
        (remarks(answer))
        @if answer.hits.is_empty() { section .notice { h2 { "Nothing found" } p .quiet { "Try other words, or fewer filters." } } }
        ol .hits start=(options.offset + 1) {
            @for found in &answer.hits { li { (hit(frame, &marks, found)) } }
        }
        @if answer.has_more { p .actions { a .button rel="next" href=[frame.to("/search", &more)] { "More hits" } } }
    }
}

/// What the answer does not cover.
fn remarks(answer: &Answer) -> Markup {
    let incomplete = answer.coverages.iter().filter(|one| !one.is_complete);
    let failed: u64 = answer.coverages.iter().map(|one| one.n_failed).sum();
    html! {
        @for coverage in incomplete {
            p .remark { (shown(coverage.repository.as_str())) ": an index run is under way or was interrupted, so some files may be missing" }
        }
        @if failed > 0 { p .remark { (counted(failed, "file")) " could not be indexed and are missing" } }
        @if let Some(matched) = &answer.matched { p .quiet { (matched) } }
        @if let Some(remark) = &answer.remark { p .remark { (shown(remark)) } }
    }
}

fn hit(frame: &Frame, marks: &Marks, found: &AnswerHit) -> Markup {
    let hit = &found.hit;
    let name = match hit.qualified_name.as_str() {
        "" => hit.signature.as_str(),
        name => name,
    };
    let name = if name.is_empty() {
        hit.path.as_str()
    } else {
        name
    };
    let place = format!("{}:{}", hit.path, hit.start_line);
    let symbol = format!("{}#{}", hit.path, hit.qualified_name);
    let parameters = match hit.qualified_name.as_str() {
        "" => [("symbol", Some(&*place)), ("or", None)],
        _ => [("symbol", Some(&*symbol)), ("or", Some(&*place))],
    };
    let address = frame.to("/definition", &parameters);
    let snippet = found.snippet(CONTEXT);
    let painted = Painter::new(hit.language).lines(&hit.source, &[], marks);
    html! {
        article .hit {
            h2 { a href=[address] data-hit { (shown(name)) } " " span .kind { (hit.kind.as_str()) } }
            p .quiet .path {
                (shown(hit.path.as_str())) ":" (hit.start_line) "–" (hit.end_line)
                @if found.is_stale { " " span .warn { "changed since it was indexed" } }
            }
            div .scrolls tabindex="0" role="region" aria-label="Source" {
                pre .code { code {
                    @for (number, _) in &snippet.lines {
                        @let line = painted.get((number - hit.start_line) as usize);
                        span .line .best[*number == snippet.best_line] {
                            span .number { (number) } @if let Some(line) = line { (line) } "\n"
                        }
                    }
                } }
            }
        }
    }
}
