//! The map: from folders to files to definitions, with what depends on what and where it goes round in circles.

use app::{MapAnswer, MapKind, MapNode};
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::drawing::{Arrow, MAX_NODES, Node, draw};
use super::layout::{Frame, View};
use super::{count, counted, framed, shown};
use crate::serve::{Params, Shared};

/// Rows of the list beside the drawing.
const MAX_ROWS: usize = 2000;

/// Levels of folders that can be chosen.
const LEVELS: u32 = 4;

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    place: String,
    depth: Option<u32>,
    repository: Option<String>,
}

pub(super) async fn page(State(service): Shared, Params(asked): Params<Asked>) -> Response {
    framed(
        &service,
        View::Map,
        asked.repository,
        move |queries, frame| {
            let depth = asked.depth.unwrap_or(1).clamp(1, LEVELS);
            let repository = frame.repository.as_deref();
            let map = queries.ask(repository, |snapshot| {
                let place = snapshot.relative(&asked.place).to_owned();
                Ok(snapshot.graph()?.map(&place, depth as usize)?)
            })?;
            Ok(html! {
                h1 { "Map" }
                (crumbs(frame, &map, depth))
                (picture(frame, &map, depth))
                (list(frame, &map, depth))
            })
        },
    )
    .await
}

/// The way up, and how many levels are shown.
fn crumbs(frame: &Frame, map: &MapAnswer, depth: u32) -> Markup {
    let parts: Vec<&str> = map
        .place
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let is_file = map
        .nodes
        .iter()
        .any(|node| matches!(node.kind, MapKind::Definition(_)));
    html! {
        div .crumbs {
            nav aria-label="Folders above" {
                a href=[frame.to("/map", &[])] { "all" }
                @for (place, part) in parts.iter().enumerate() {
                    @let path = parts[..=place].join("/");
                    " / "
                    @if place + 1 == parts.len() { span aria-current="page" { (shown(part)) } }
                    @else { a href=[frame.to("/map", &[("place", Some(&path))])] { (shown(part)) } }
                }
            }
            @if is_file { a .button href=[frame.to("/file", &[("path", Some(&map.place))])] { "Source" } }
            @else {
                nav .levels aria-label="Levels of folders" {
                    span .quiet { "levels" }
                    @for level in 1..=LEVELS {
                        @let word = level.to_string();
                        a .button href=[frame.to("/map", &[("place", Some(&map.place)), ("depth", Some(&word))])]
                            aria-current=[(level == depth).then_some("true")] { (level) }
                    }
                }
            }
        }
    }
}

pub(super) fn picture(frame: &Frame, map: &MapAnswer, depth: u32) -> Markup {
    let chosen = most_connected(map);
    let mut place_of = vec![None; map.nodes.len()];
    for (place, node) in chosen.iter().enumerate() {
        place_of[*node] = Some(place);
    }
    let nodes: Vec<Node> = chosen
        .iter()
        .map(|node| drawn(frame, &map.nodes[*node], depth))
        .collect();
    let arrows = map.links.iter().filter_map(|link| {
        Some(Arrow {
            source: place_of[link.source]?,
            target: place_of[link.target]?,
            weight: link.weight,
            is_in_cycle: link.is_in_cycle,
        })
    });
    let arrows: Vec<Arrow> = arrows.collect();
    let n_left_out = map.nodes.len() - chosen.len();
    let drawing = draw(
        &nodes,
        &arrows,
        "What depends on what; the list below has the same",
    );
    html! {
        @match drawing {
            Some((drawing, n_cut)) => figure .panel .canvas {
                div .zoom {
                    button type="button" .plain data-zoom="out" aria-label="Smaller" { "−" }
                    button type="button" .plain data-zoom="fit" { "Fit" }
                    button type="button" .plain data-zoom="in" aria-label="Larger" { "+" }
                }
                div .pan tabindex="0" role="region" aria-label="Drawing" { (drawing) }
                figcaption .quiet {
                    "What depends stands above what it depends on; " span .bad { "red arrows" } " go round in circles."
                    @if n_left_out > 0 { " " (counted(n_left_out as u64, "node")) " with the fewest dependencies are in the list alone." }
                    @if n_cut > 0 { " Not drawn: the " (counted(n_cut as u64, "weakest dependency")) "." }
                }
            },
            None => p .remark { "This could not be drawn; the list has all of it." }
        }
    }
}

/// Returns the nodes that are drawn, in their order: those that most depends on or that depend on most.
fn most_connected(map: &MapAnswer) -> Vec<usize> {
    let mut chosen: Vec<usize> = (0..map.nodes.len()).collect();
    if chosen.len() > MAX_NODES {
        chosen.sort_by_key(|&node| {
            let node = &map.nodes[node];
            (
                node.cycle_size == 1,
                std::cmp::Reverse(node.afferent + node.efferent),
            )
        });
        chosen.truncate(MAX_NODES);
        chosen.sort_unstable();
    }
    chosen
}

fn drawn(frame: &Frame, node: &MapNode, depth: u32) -> Node {
    let note = match node.kind {
        MapKind::Folder => counted(node.n_files.into(), "file"),
        MapKind::File => "file".to_owned(),
        MapKind::Definition(kind) => kind.to_string(),
    };
    let cycle = match node.cycle_size {
        1 => String::new(),
        n => format!(", in a cycle of {n}"),
    };
    Node {
        label: node.label.clone(),
        title: format!(
            "{}: {} depend on it, it depends on {}{cycle}",
            node.address, node.afferent, node.efferent
        ),
        note,
        address: address(frame, node, depth),
        class: match (node.cycle_size > 1, node.kind) {
            (true, _) => "cycle",
            (false, MapKind::Folder) => "folder",
            (false, MapKind::File) => "file",
            (false, MapKind::Definition(_)) => "symbol",
        },
    }
}

/// One level further in: into a folder, into a file, or to a definition.
fn address(frame: &Frame, node: &MapNode, depth: u32) -> Option<String> {
    let depth = (depth > 1).then(|| depth.to_string());
    match node.kind {
        MapKind::Folder => {
            let parameters = [("place", Some(&*node.address)), ("depth", depth.as_deref())];
            frame.to("/map", &parameters)
        }
        MapKind::File => frame.to("/map", &[("place", Some(&node.address))]),
        MapKind::Definition(_) => frame.to("/definition", &[("symbol", Some(&node.address))]),
    }
}

pub(super) fn list(frame: &Frame, map: &MapAnswer, depth: u32) -> Markup {
    let mut rows: Vec<&MapNode> = map.nodes.iter().collect();
    rows.sort_by_key(|node| std::cmp::Reverse((node.cycle_size, node.afferent + node.efferent)));
    html! {
        h2 .apart { "The same as a list" }
        div .scrolls tabindex="0" role="region" aria-label="List" {
            table {
                thead { tr { th { "Name" } th { "What" } th .number { "Files" } th .number { "Depend on it" } th .number { "Depends on" } th { "Cycle" } } }
                tbody {
                    @for node in rows.iter().take(MAX_ROWS) {
                        tr {
                            td { a .path href=[address(frame, node, depth)] { (shown(&node.label)) } }
                            td .quiet { @match node.kind { MapKind::Folder => "folder", MapKind::File => "file", MapKind::Definition(kind) => (kind.as_str()) } }
                            td .number { (count(node.n_files.into())) }
                            td .number { (count(node.afferent.into())) }
                            td .number { (count(node.efferent.into())) }
                            td { @if node.cycle_size > 1 { span .bad { "of " (node.cycle_size) } } }
                        }
                    }
                }
            }
        }
        @if rows.len() > MAX_ROWS { p .quiet { "and " (count((rows.len() - MAX_ROWS) as u64)) " more" } }
    }
}
