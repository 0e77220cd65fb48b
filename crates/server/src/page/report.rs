//! Pages that stand alone in a file: a report to hand around, and pictures of graphs.

use app::{CycleLevel, HotspotsAnswer, Snapshot};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::drawing::{Arrow, Node, draw};
use super::layout::Frame;
use super::{hotspots, map, overview, shown};

/// Hotspots and cycles of a report.
const HOTSPOTS: usize = 30;
const CYCLES: usize = 20;
/// Members of a cycle that are named.
const MEMBERS: usize = 12;

/// Returns one page of what a repository is, that needs no server and loads nothing: overview, hotspots, map and cycles.
pub fn report(snapshot: &mut Snapshot<'_>) -> Result<String, app::AppError> {
    let status = snapshot.status()?;
    let hotspots = snapshot.hotspots(HOTSPOTS)?;
    let graph = snapshot.graph()?;
    let map = graph.map("", 1)?;
    let cycles = graph.cycles(CycleLevel::Modules, CYCLES);
    let title = format!("{}: what the code is like", status.name);
    let frame = Frame::alone(&title);
    let body = html! {
        h1 { (shown(status.name.as_str())) }
        (overview::summary(&status))
        h2 .apart { "Hotspots" }
        p .quiet { "Hard to change and much depended on: high and to the right. The larger the dot, the more lines." }
        (hotspots::plot(&frame, &hotspots))
        (hotspots::table(&frame, &hotspots))
        h2 .apart { "Map" }
        (map::picture(&frame, &map, 1))
        (map::list(&frame, &map, 1))
        h2 .apart { "Modules that import each other in circles" }
        @if cycles.cycles.is_empty() { p .quiet { "None." } }
        @for cycle in &cycles.cycles {
            section .panel {
                h3 { (cycle.members.len()) " modules" }
                p .path {
                    @for (place, (symbol, ..)) in cycle.way_round.iter().take(MEMBERS).enumerate() {
                        @if place > 0 { " → " }
                        (shown(symbol.path.as_str()))
                    }
                    @if cycle.way_round.len() > MEMBERS { " → …" }
                }
            }
        }
        @if cycles.n_cut > 0 { p .quiet { "and " (cycles.n_cut) " more" } }
    };
    Ok(alone(&title, &body))
}

/// A node of a picture.
#[derive(Clone, Debug)]
pub struct PictureNode {
    /// Its name.
    pub label: String,
    /// A smaller line below.
    pub note: String,
    /// What is shown where a pointer rests on it.
    pub title: String,
}

/// An arrow of a picture, from what depends to what it depends on.
#[derive(Clone, Copy, Debug)]
pub struct PictureArrow {
    /// Place of the node that it comes from.
    pub source: usize,
    /// Place of the node that it leads to.
    pub target: usize,
    /// How strong it is.
    pub weight: f32,
}

/// Returns a picture of a graph, layer by layer, as SVG that stands alone; nothing where it cannot be laid out.
pub fn picture(nodes: &[PictureNode], arrows: &[PictureArrow], title: &str) -> Option<String> {
    let nodes: Vec<Node> = nodes
        .iter()
        .map(|node| Node {
            label: node.label.clone(),
            note: node.note.clone(),
            title: node.title.clone(),
            address: None,
            class: "file",
        })
        .collect();
    let cycles = cycles(nodes.len(), arrows);
    let arrows: Vec<Arrow> = arrows
        .iter()
        .filter(|arrow| arrow.source != arrow.target)
        .map(|arrow| Arrow {
            source: arrow.source,
            target: arrow.target,
            weight: arrow.weight,
            is_in_cycle: cycles[arrow.source] == cycles[arrow.target],
        })
        .collect();
    let (drawing, _) = draw(&nodes, &arrows, title)?;
    styled(&drawing.0)
}

/// Returns the plot of hotspots as SVG that stands alone.
pub fn hotspots_picture(answer: &HotspotsAnswer) -> Option<String> {
    let plot = hotspots::plot(&Frame::alone(""), answer).0;
    let (_, rest) = plot.split_once("<svg")?;
    let (drawing, _) = rest.rsplit_once("</svg>")?;
    styled(&format!("<svg{drawing}</svg>"))
}

/// Gives a drawing a style sheet of its own, behind the opening tag.
fn styled(drawing: &str) -> Option<String> {
    let (head, rest) = drawing.split_once('>')?;
    Some(format!("{head}><style>{}</style>{rest}\n", style()))
}

/// Returns a picture as a page that stands alone.
pub fn picture_page(picture: &str, title: &str) -> String {
    let body = html! { h1 { (shown(title)) } figure .panel { div .pan { (PreEscaped(picture)) } } };
    alone(title, &body)
}

/// Returns for each node which strongly connected component it is in.
fn cycles(n_nodes: usize, arrows: &[PictureArrow]) -> Vec<usize> {
    let pairs = arrows
        .iter()
        .map(|arrow| (arrow.source as u32, arrow.target as u32));
    app::components(n_nodes, pairs)
}

fn style() -> &'static str {
    include_str!("../assets/page.css")
}

fn alone(title: &str, body: &Markup) -> String {
    let page = html! {
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // Nothing but the style of the page itself, wherever it is opened.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (shown(title)) }
                style { (PreEscaped(style())) }
            }
            body { main { (body) } }
        }
    };
    format!("{}{}\n", DOCTYPE.0, page.0)
}
