//! Layered drawings of graphs: what depends stands above what it depends on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use maud::{Markup, html};
use rust_sugiyama::configure::{Config, RankingType};

use super::shown;

/// What is drawn at most: more can neither be laid out while a person waits nor be read.
pub(super) const MAX_NODES: usize = 220;
const MAX_LINKS: usize = 600;

/// The height of a node, the room around it, and what a letter takes.
const NODE_HEIGHT: f64 = 40.0;
const GAP: f64 = 26.0;
/// Arrows need room between the layers.
const LAYER_HEIGHT: f64 = 76.0;
const LETTER_WIDTH: f64 = 7.4;
const MAX_LETTERS: usize = 34;
const PADDING: f64 = 24.0;

/// Parts that do not hang together stand in rows of about this width.
const ROW_WIDTH: f64 = 1400.0;

/// A node of a drawing.
pub(super) struct Node {
    pub(super) label: String,
    /// The smaller line below it.
    pub(super) note: String,
    /// What is shown where a pointer rests on it.
    pub(super) title: String,
    /// Where it leads, if anywhere.
    pub(super) address: Option<String>,
    /// Classes of the style sheet.
    pub(super) class: &'static str,
}

/// An arrow of a drawing.
#[derive(Clone, Copy)]
pub(super) struct Arrow {
    pub(super) source: usize,
    pub(super) target: usize,
    pub(super) weight: f32,
    pub(super) is_in_cycle: bool,
}

/// Where a node stands: its middle and its width.
#[derive(Clone, Copy, Default)]
struct Place {
    x: f64,
    y: f64,
    width: f64,
}

/// Returns the drawing and how many arrows are left out; nothing where the layout fails.
pub(super) fn draw(nodes: &[Node], arrows: &[Arrow], name: &str) -> Option<(Markup, usize)> {
    let mut kept: Vec<Arrow> = arrows.to_vec();
    // Those of cycles first, since they are what a map is looked at for.
    kept.sort_by(|a, b| {
        let by_cycle = b.is_in_cycle.cmp(&a.is_in_cycle);
        by_cycle.then(b.weight.total_cmp(&a.weight))
    });
    kept.truncate(MAX_LINKS);
    let n_cut = arrows.len() - kept.len();
    let (places, width, height) = lay_out(nodes, &kept)?;
    let most = kept.iter().map(|arrow| arrow.weight).fold(1.0, f32::max);
    let picture = html! {
        svg .map xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {width:.0} {height:.0}")) width=(format!("{width:.0}")) height=(format!("{height:.0}"))
            role="group" aria-label=(name) data-map="" {
            defs {
                marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto" { path d="M0 0 8 4 0 8z" {} }
                marker id="tip-cycle" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto" { path .cycle d="M0 0 8 4 0 8z" {} }
            }
            @for arrow in &kept {
                @let share = (1.0 + arrow.weight).ln() / (1.0 + most).ln();
                path .arrow .cycle[arrow.is_in_cycle] d=(curve(places[arrow.source], places[arrow.target]))
                    stroke-width=(format!("{:.1}", 1.0 + 3.0 * share)) data-source=(arrow.source) data-target=(arrow.target)
                    marker-end=(if arrow.is_in_cycle { "url(#tip-cycle)" } else { "url(#tip)" }) {}
            }
            @for (number, (node, place)) in nodes.iter().zip(&places).enumerate() {
                a href=[&node.address] class=(format!("node {}", node.class)) data-node=(number) {
                    rect x=(format!("{:.0}", place.x - place.width / 2.0)) y=(format!("{:.0}", place.y - NODE_HEIGHT / 2.0))
                        width=(format!("{:.0}", place.width)) height=(NODE_HEIGHT) rx="9" {}
                    text x=(format!("{:.0}", place.x)) y=(format!("{:.0}", place.y - 1.0)) text-anchor="middle" { (shown(&cut(&node.label))) }
                    text .note x=(format!("{:.0}", place.x)) y=(format!("{:.0}", place.y + 13.0)) text-anchor="middle" { (shown(&node.note)) }
                    title { (shown(&node.title)) }
                }
            }
        }
    };
    Some((picture, n_cut))
}

/// Returns the middle of each node, and the size of the whole.
fn lay_out(nodes: &[Node], arrows: &[Arrow]) -> Option<(Vec<Place>, f64, f64)> {
    let widths: Vec<f64> = nodes.iter().map(width_of).collect();
    let vertices: Vec<(u32, (f64, f64))> = (0..)
        .zip(&widths)
        .map(|(number, width)| (number, (*width, LAYER_HEIGHT)))
        .collect();
    let edges: Vec<(u32, u32)> = arrows
        .iter()
        .map(|arrow| (arrow.source as u32, arrow.target as u32))
        .collect();
    let config = Config {
        vertex_spacing: GAP,
        ranking_type: RankingType::Up,
        transpose: nodes.len() < MAX_NODES / 4,
        ..Config::default()
    };
    // A layout that its crate cannot make costs the drawing, not the list beside it.
    let lay_out = || rust_sugiyama::from_vertices_and_edges(&vertices, &edges, &config);
    let mut parts = catch_unwind(AssertUnwindSafe(lay_out)).ok()?;
    parts.sort_by_key(|(part, ..)| std::cmp::Reverse(part.len()));
    let mut places = vec![Place::default(); nodes.len()];
    let (mut x, mut y, mut row_height, mut width) = (GAP, GAP, 0.0_f64, 0.0_f64);
    for (part, ..) in &parts {
        let bounds = Bounds::of(part, &widths);
        if x > GAP && x + bounds.width() > ROW_WIDTH {
            (x, y, row_height) = (GAP, y + row_height + 2.0 * GAP, 0.0);
        }
        for (number, (at_x, at_y)) in part {
            *places.get_mut(*number)? = Place {
                x: x + at_x - bounds.left,
                y: y + at_y - bounds.top,
                width: *widths.get(*number)?,
            };
        }
        x += bounds.width() + 2.0 * GAP;
        width = width.max(x);
        row_height = row_height.max(bounds.height());
    }
    Some((places, width - GAP, y + row_height + GAP))
}

struct Bounds {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Bounds {
    fn of(part: &[(usize, (f64, f64))], widths: &[f64]) -> Bounds {
        let mut bounds = Bounds {
            left: f64::INFINITY,
            right: f64::NEG_INFINITY,
            top: f64::INFINITY,
            bottom: f64::NEG_INFINITY,
        };
        for (number, (x, y)) in part {
            let half = widths.get(*number).copied().unwrap_or(0.0) / 2.0;
            bounds.left = bounds.left.min(x - half);
            bounds.right = bounds.right.max(x + half);
            bounds.top = bounds.top.min(y - NODE_HEIGHT / 2.0);
            bounds.bottom = bounds.bottom.max(y + NODE_HEIGHT / 2.0);
        }
        bounds
    }

    fn width(&self) -> f64 {
        self.right - self.left
    }

    fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

fn width_of(node: &Node) -> f64 {
    let n_letters = cut(&node.label).chars().count();
    let n_note = node.note.chars().count() as f64 * 0.8;
    (n_letters as f64).max(n_note) * LETTER_WIDTH + PADDING
}

/// Cuts a long name in its middle: both ends distinguish it from its neighbours.
fn cut(label: &str) -> String {
    let n_letters = label.chars().count();
    if n_letters <= MAX_LETTERS {
        return label.to_owned();
    }
    let half = MAX_LETTERS / 2;
    let start: String = label.chars().take(half).collect();
    let end: String = label.chars().skip(n_letters - half).collect();
    format!("{start}…{end}")
}

/// Returns the way of an arrow from the lower edge of its source to the upper edge of its target, or the other way round where it leads up.
fn curve(source: Place, target: Place) -> String {
    let half = NODE_HEIGHT / 2.0;
    let down = if target.y >= source.y { 1.0 } else { -1.0 };
    let (from, to) = (source.y + down * half, target.y - down * (half + 3.0));
    let bend = down * ((to - from).abs() / 2.0).max(18.0);
    format!(
        "M{:.0} {:.0}C{:.0} {:.0} {:.0} {:.0} {:.0} {:.0}",
        source.x,
        from,
        source.x,
        from + bend,
        target.x,
        to - bend,
        target.x,
        to
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(label: &str) -> Node {
        Node {
            label: label.to_owned(),
            note: String::new(),
            title: label.to_owned(),
            address: None,
            class: "file",
        }
    }

    fn arrow((source, target): (usize, usize)) -> Arrow {
        Arrow {
            source,
            target,
            weight: 1.0,
            is_in_cycle: false,
        }
    }

    /// Checks that every node has room of its own, whatever the arrows are.
    fn check(n_nodes: usize, arrows: &[(usize, usize)]) {
        let nodes: Vec<Node> = (0..n_nodes).map(|n| node(&format!("module-{n}"))).collect();
        let arrows: Vec<Arrow> = arrows.iter().copied().map(arrow).collect();
        let (places, width, height) = lay_out(&nodes, &arrows).expect("a layout");
        for (number, one) in places.iter().enumerate() {
            assert!(one.x - one.width / 2.0 >= 0.0 && one.x + one.width / 2.0 <= width + 1.0);
            assert!(one.y - NODE_HEIGHT / 2.0 >= 0.0 && one.y + NODE_HEIGHT / 2.0 <= height + 1.0);
            for other in &places[..number] {
                let is_apart = (one.y - other.y).abs() >= NODE_HEIGHT
                    || (one.x - other.x).abs() >= (one.width + other.width) / 2.0;
                assert!(is_apart, "{n_nodes} nodes, {number}");
            }
        }
        assert!(draw(&nodes, &arrows, "a map").is_some());
    }

    #[test]
    fn nodes_stand_apart() {
        check(1, &[]);
        check(3, &[]);
        check(3, &[(0, 1), (1, 2), (2, 0)]);
        check(6, &[(0, 1), (0, 2), (1, 3), (2, 3), (4, 5)]);
        let chain: Vec<(usize, usize)> = (0..60).map(|n| (n, n + 1)).collect();
        check(61, &chain);
        let all: Vec<(usize, usize)> = (0..12)
            .flat_map(|a| (0..12).map(move |b| (a, b)))
            .filter(|(a, b)| a != b)
            .collect();
        check(12, &all);
        let spread: Vec<(usize, usize)> = (0..MAX_NODES)
            .flat_map(|n| [(n, n * 7 % MAX_NODES), (n, n * 3 % MAX_NODES)])
            .filter(|(a, b)| a != b)
            .collect();
        check(MAX_NODES, &spread);
    }

    #[test]
    fn what_depends_stands_above() {
        let nodes = [node("a"), node("b")];
        let (places, ..) = lay_out(&nodes, &[arrow((0, 1))]).unwrap();
        assert!(places[0].y < places[1].y);
    }
}
