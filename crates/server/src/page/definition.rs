//! A definition: its source, who calls it and what it calls, and a file as a whole.

use app::{
    AnswerNode, AppError, GraphAnswer, GraphSymbol, Listing, Snapshot, Tests, Unfollowed,
    WalkOptions,
};
use axum::extract::State;
use axum::response::Response;
use domain::{EdgeKind, ReferenceKind, RepoPath, SymbolKind};
use maud::{Markup, html};
use serde::Deserialize;

use super::code::{Link, Marks, Painter};
use super::layout::{Frame, View};
use super::{count, counted, framed, shown};
use crate::refusal::Refusal;
use crate::serve::{Params, Shared};

/// Neighbours of one kind that are shown; the API has more.
const MAX_NEIGHBOURS: usize = 40;

/// Lines of a definition or file that are shown at once.
const MAX_LINES: u32 = 400;

/// Declarations of one definition that are shown with their source.
const MAX_DECLARATIONS: usize = 8;

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    symbol: String,
    /// A place that is meant where nothing has that name.
    or: Option<String>,
    repository: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AskedFile {
    path: String,
    /// The first line shown.
    line: Option<u32>,
    repository: Option<String>,
}

pub(super) async fn page(State(service): Shared, Params(asked): Params<Asked>) -> Response {
    framed(
        &service,
        View::Other,
        asked.repository,
        move |queries, frame| {
            frame.title.clone_from(&asked.symbol);
            let frame = &*frame;
            let repository = frame.repository.as_deref();
            queries.ask(repository, |snapshot| {
                match (definition(snapshot, frame, &asked.symbol), &asked.or) {
                    (Err(Refusal::App(error)), Some(place)) if error.is_of_something_missing() => {
                        definition(snapshot, frame, place)
                    }
                    (found, _) => found,
                }
            })
        },
    )
    .await
}

pub(super) async fn file(State(service): Shared, Params(asked): Params<AskedFile>) -> Response {
    framed(&service, View::Other, asked.repository, move |queries, frame| {
        frame.title.clone_from(&asked.path);
        let frame = &*frame;
        let repository = frame.repository.as_deref();
        queries.ask(repository, |snapshot| {
            let unknown = || AppError::UnknownSymbol {
                name: asked.path.clone(),
                similar: Vec::new(),
            };
            let path = RepoPath::new(snapshot.relative(&asked.path)).map_err(|_| unknown())?;
            let first = asked.line.unwrap_or(1).max(1);
            let listing = snapshot.listing(&path, first..=first.saturating_add(MAX_LINES - 1))?;
            let listing = listing.ok_or_else(unknown)?;
            Ok(html! {
                h1 { span .path { (shown(path.as_str())) } }
                p .actions {
                    a .button href=[frame.to("/definition", &[("symbol", Some(path.as_str()))])] { "Who depends on it" }
                    a .button href=[frame.to("/map", &[("place", Some(path.as_str()))])] { "Map" }
                    (frame.in_editor(snapshot.root(), path.as_str(), first))
                }
                (source(frame, &listing))
            })
        })
    })
    .await
}

fn definition(snapshot: &mut Snapshot<'_>, frame: &Frame, name: &str) -> Result<Markup, Refusal> {
    let definitions = snapshot.find(name)?;
    let Some(first) = definitions.first().cloned() else {
        return Err(Refusal::Arguments("no definition has that name".to_owned()));
    };
    let around = Around::read(snapshot, name)?;
    let mut listings = Vec::new();
    for symbol in definitions.iter().take(MAX_DECLARATIONS) {
        let last = symbol
            .end_line
            .min(symbol.line.saturating_add(MAX_LINES - 1));
        let first_line = snapshot.first_line_of(symbol)?;
        listings.extend(snapshot.listing(&symbol.path, first_line..=last)?);
    }
    Ok(html! {
        (head(frame, snapshot.root(), &first, &around))
        div .around {
            (side(frame, "Called by", "callers", &around.callers, around.dependents.n_cut))
            section .middle aria-label="Source" {
                @for listing in &listings {
                    @if listings.len() > 1 { p .quiet .path { (shown(listing.path.as_str())) ":" (listing.first_line) } }
                    (source(frame, listing))
                }
            }
            (side(frame, "Calls", "callees", &around.callees, around.calls.n_cut))
        }
        div .panels {
            (panel(frame, "Used by", "without a call: passed on, read, named as a type", &around.users))
            (panel(frame, "Implemented by", "implements, extends or overrides it", &around.implementers))
            (panel(frame, "Tests that reach it", "nearest first", &around.tests))
            (panel(frame, "A change may break", "everything that depends on it, nearest first", &around.affected))
        }
        (unfollowed(frame, &around.dependents.unfollowed))
    })
}

/// What stands around a definition in the graph.
struct Around {
    dependents: GraphAnswer,
    calls: GraphAnswer,
    callers: Vec<Neighbour>,
    users: Vec<Neighbour>,
    callees: Vec<Neighbour>,
    implementers: Vec<Neighbour>,
    tests: Vec<Neighbour>,
    affected: Vec<Neighbour>,
    n_affected: usize,
}

/// A definition beside the one that is looked at, and what ties the two.
pub(super) struct Neighbour {
    symbol: GraphSymbol,
    /// How, and in which line.
    note: String,
}

impl Around {
    fn read(snapshot: &mut Snapshot<'_>, name: &str) -> Result<Around, AppError> {
        let names = [name];
        let walk = |max_depth, tests| WalkOptions {
            max_depth,
            limit: MAX_NEIGHBOURS,
            tests,
        };
        let near = walk(Some(1), Tests::With);
        let dependents = snapshot.callers(&names, &near)?;
        let calls = snapshot.callees(&names, &near)?;
        let implementers = snapshot.implementers(&names, &near)?;
        let tests = snapshot.impact(&names, &walk(None, Tests::Only))?;
        let affected = snapshot.impact(&names, &walk(None, Tests::Without))?;
        let is_call = |kind: EdgeKind| kind != EdgeKind::References;
        Ok(Around {
            callers: neighbours(&dependents, is_call),
            users: neighbours(&dependents, |kind| !is_call(kind)),
            callees: neighbours(&calls, |_| true),
            implementers: neighbours(&implementers, |_| true),
            tests: neighbours(&tests, |_| true)
                .into_iter()
                .filter(|neighbour| neighbour.symbol.flags.is_test)
                .collect(),
            n_affected: affected.nodes.iter().filter(|node| node.depth > 0).count()
                + affected.n_cut,
            affected: neighbours(&affected, |_| true),
            dependents,
            calls,
        })
    }
}

pub(super) fn neighbours(
    answer: &GraphAnswer,
    is_wanted: impl Fn(EdgeKind) -> bool,
) -> Vec<Neighbour> {
    let nodes = answer.nodes.iter().filter(|node| node.depth > 0);
    let tested = nodes.filter_map(|node: &AnswerNode| {
        let edge = answer.edges.get(node.arrival?.edge)?;
        let how = match edge.how {
            Some(how) if edge.kind == EdgeKind::References => ReferenceKind::as_str(how),
            _ => edge.kind.as_str(),
        };
        let far = match node.depth {
            1 => String::new(),
            depth => format!(", {depth} steps away"),
        };
        is_wanted(edge.kind).then(|| Neighbour {
            symbol: node.symbol.clone(),
            note: format!("{}, line {}{far}", how.replace('_', " "), edge.line),
        })
    });
    tested.collect()
}

fn head(frame: &Frame, root: &str, symbol: &GraphSymbol, around: &Around) -> Markup {
    let path = symbol.path.as_str();
    let line = symbol.line.to_string();
    let file = frame.to("/file", &[("path", Some(path)), ("line", Some(&line))]);
    let address = symbol.address();
    html! {
        header .definition {
            h1 {
                @if symbol.kind == SymbolKind::Module { span .path { (shown(path)) } } @else { (shown(&symbol.qualified_name)) }
                " " span .kind { (symbol.kind.as_str()) }
                @if symbol.flags.is_exported { " " span .kind { "exported" } }
                @if symbol.flags.is_test { " " span .kind { "test" } }
            }
            p .quiet { a .path href=[file] { (shown(path)) ":" (symbol.line) "–" (symbol.end_line) } }
            ul .badges {
                li { (counted((around.callers.len() + around.dependents.n_cut) as u64, "caller")) }
                li { (counted((around.callees.len() + around.calls.n_cut) as u64, "callee")) }
                li { (counted(around.n_affected as u64, "definition")) " may break with it, tests aside" }
                li { (counted(around.tests.len() as u64, "test")) @if around.tests.len() >= MAX_NEIGHBOURS { " or more" } " reach it" }
            }
            form .way action="/path" {
                @if let Some(repository) = &frame.repository { input type="hidden" name="repository" value=(repository); }
                input type="hidden" name="from" value=(address);
                label { "How does it reach " input name="to" required maxlength="2000" placeholder="another definition"; }
                button type="submit" .plain { "Show the way" }
                a .button href=[frame.to("/map", &[("place", Some(path))])] { "Map of its file" }
                (frame.in_editor(root, path, symbol.line))
            }
        }
    }
}

fn side(frame: &Frame, title: &str, id: &str, rows: &[Neighbour], n_cut: usize) -> Markup {
    html! {
        section .side aria-labelledby=(id) {
            h2 id=(id) { (title) " " span .quiet { (count((rows.len() + n_cut) as u64)) } }
            @if rows.is_empty() { p .quiet { "nothing that could be followed" } }
            (list(frame, rows))
            @if n_cut > 0 { p .quiet { "and " (count(n_cut as u64)) " more" } }
        }
    }
}

fn panel(frame: &Frame, title: &str, note: &str, rows: &[Neighbour]) -> Markup {
    html! {
        @if !rows.is_empty() {
            section .panel {
                h2 { (title) " " span .quiet { (count(rows.len() as u64)) @if rows.len() >= MAX_NEIGHBOURS { "+" } } }
                p .quiet { (note) }
                (list(frame, rows))
            }
        }
    }
}

pub(super) fn list(frame: &Frame, rows: &[Neighbour]) -> Markup {
    html! {
        ul .neighbours {
            @for row in rows {
                li {
                    a href=[frame.to("/definition", &[("symbol", Some(&row.symbol.address()))])] { (shown(&row.symbol.qualified_name)) }
                    " " span .kind { (row.symbol.kind.as_str()) }
                    @if row.symbol.kind != SymbolKind::Module { span .quiet .path { (shown(row.symbol.path.as_str())) } }
                    span .quiet { (row.note) }
                }
            }
        }
    }
}

/// References of the same name that could not be followed: what the lists above do not have.
fn unfollowed(frame: &Frame, unfollowed: &Unfollowed) -> Markup {
    let n = unfollowed.n_references();
    html! {
        @if n > 0 {
            section .panel {
                h2 { "Not followed " span .quiet { (count(n as u64)) } }
                p .quiet { "Uses of the same name whose definition is unknown, so that they may lead here. The nearest:" }
                ul .neighbours {
                    @for place in &unfollowed.nearest {
                        @let line = place.line.to_string();
                        li {
                            a .path href=[frame.to("/file", &[("path", Some(place.path.as_str())), ("line", Some(&line))])] {
                                (shown(place.path.as_str())) ":" (line)
                            }
                            span .quiet { (place.kind.as_str().replace('_', " ")) ", " (place.reason.as_str().replace('_', " ")) }
                        }
                    }
                }
            }
        }
    }
}

/// Lines with their numbers, in which every name that leads somewhere is a link.
pub(super) fn source(frame: &Frame, listing: &Listing) -> Markup {
    let links = listing.links.iter().filter_map(|link| {
        let address = link.target.address();
        Some(Link {
            start: link.start,
            address: frame.to("/definition", &[("symbol", Some(&address))])?,
            title: format!("{} {}", link.target.kind, address),
        })
    });
    let links: Vec<Link> = links.collect();
    let text = listing.text.strip_suffix('\n').unwrap_or(&listing.text);
    let lines = Painter::new(listing.language).lines(text, &links, &Marks::default());
    let path = listing.path.as_str();
    let next = (listing.first_line + lines.len() as u32).to_string();
    html! {
        @if listing.is_stale { p .remark { "The file has changed since it was indexed; these are the lines of then." } }
        div .scrolls tabindex="0" role="region" aria-label="Source" {
            pre .code { code {
                @for (number, line) in (listing.first_line..).zip(&lines) {
                    span .line id=(format!("L{number}")) { span .number { (number) } (line) "\n" }
                }
            } }
        }
        @if listing.has_more {
            p .actions { a .button href=[frame.to("/file", &[("path", Some(path)), ("line", Some(&next))])] { "Further lines of the file" } }
        }
    }
}
