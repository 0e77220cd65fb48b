//! Nodes and edges in the languages of programs that draw (DOT, Mermaid, GraphML), and as pictures.

use std::collections::HashMap;
use std::fmt::Write;

use app::{CyclesAnswer, GraphAnswer, GraphSymbol, ModuleRow, ModulesAnswer};
use domain::{SymbolKind, shown_in_line};
use server::{PictureArrow, PictureNode};

use crate::args::graph::FormatArg;

/// More nodes can neither be laid out in a moment nor be read.
const DRAWN_MAX: usize = 220;

/// What a picture is called.
const TITLE: &str = "What depends on what";

/// What is drawn, whatever the language.
#[derive(Default)]
pub(super) struct Drawing {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

struct Node {
    label: String,
    kind: &'static str,
    place: String,
}

struct Edge {
    source: usize,
    target: usize,
    label: String,
    weight: f32,
}

impl Drawing {
    pub(super) fn of_walk(answer: &GraphAnswer) -> Drawing {
        let nodes = answer.nodes.iter();
        let edges = answer.edges.iter().map(|edge| Edge {
            source: edge.source,
            target: edge.target,
            label: edge.kind.to_string(),
            weight: edge.weight,
        });
        Drawing {
            nodes: nodes.map(|node| node_of(&node.symbol)).collect(),
            edges: edges.collect(),
        }
    }

    /// A node may lie on the way round once only, since cycles share no node.
    pub(super) fn of_cycles(answer: &CyclesAnswer) -> Drawing {
        let mut drawing = Drawing::default();
        let mut places: HashMap<String, usize> = HashMap::new();
        for cycle in &answer.cycles {
            let mut way = Vec::new();
            for (symbol, kind, _) in &cycle.way_round {
                let place = *places.entry(symbol.address()).or_insert_with(|| {
                    drawing.nodes.push(node_of(symbol));
                    drawing.nodes.len() - 1
                });
                way.push((place, kind));
            }
            for (at, &(source, kind)) in way.iter().enumerate() {
                drawing.edges.push(Edge {
                    source,
                    // The last leads back to the first.
                    target: way[(at + 1) % way.len()].0,
                    label: kind.to_string(),
                    weight: 1.0,
                });
            }
        }
        drawing
    }

    pub(super) fn of_modules(answer: &ModulesAnswer) -> Drawing {
        let nodes = answer.modules.iter().map(|module| Node {
            label: shown_in_line(&module_name(module)).into_owned(),
            kind: SymbolKind::Module.as_str(),
            place: shown_in_line(&module.path).into_owned(),
        });
        let edges = answer.links.iter().map(|link| Edge {
            source: link.source,
            target: link.target,
            label: format!("{:.0}", link.weight),
            weight: link.weight,
        });
        Drawing {
            nodes: nodes.collect(),
            edges: edges.collect(),
        }
    }

    /// Definitions that stand alone.
    pub(super) fn of_symbols<'a>(symbols: impl Iterator<Item = &'a GraphSymbol>) -> Drawing {
        Drawing {
            nodes: symbols.map(node_of).collect(),
            edges: Vec::new(),
        }
    }

    /// Writes the drawing; what is not a language of drawings is written as DOT.
    pub(super) fn write(&self, format: FormatArg) -> String {
        let mut out = String::new();
        let written = match format {
            FormatArg::Mermaid => self.mermaid(&mut out),
            FormatArg::Graphml => self.graphml(&mut out),
            FormatArg::Svg => write!(out, "{}", self.svg()),
            FormatArg::Html => write!(out, "{}", server::picture_page(&self.svg(), TITLE)),
            // Only called with a language of drawings; the others are rendered before.
            FormatArg::Dot | FormatArg::Tree | FormatArg::Table => self.dot(&mut out),
        };
        written.expect("a String takes everything");
        out
    }

    /// What is too much for a picture is left out of it, which a list does not.
    fn svg(&self) -> String {
        // The first, which are the nearest to what was asked about.
        let n_drawn = self.nodes.len().min(DRAWN_MAX);
        let nodes = self.nodes[..n_drawn].iter().map(|node| PictureNode {
            label: node.label.clone(),
            note: node.kind.to_owned(),
            title: node.place.clone(),
        });
        let edges = self.edges.iter();
        let drawn = edges.filter(|edge| edge.source.max(edge.target) < n_drawn);
        let arrows = drawn.map(|edge| PictureArrow {
            source: edge.source,
            target: edge.target,
            weight: edge.weight,
        });
        let (nodes, arrows): (Vec<_>, Vec<_>) = (nodes.collect(), arrows.collect());
        server::picture(&nodes, &arrows, TITLE).unwrap_or_default()
    }

    fn dot(&self, out: &mut String) -> std::fmt::Result {
        // All that means anything inside of a quoted text of DOT.
        let text = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        writeln!(out, "digraph mnemo {{\n  rankdir=LR;\n  node [shape=box];")?;
        for (place, node) in self.nodes.iter().enumerate() {
            let (label, tooltip) = (text(&node.label), text(&node.place));
            writeln!(
                out,
                "  n{place} [label=\"{label}\", tooltip=\"{tooltip}\"];"
            )?;
        }
        for edge in &self.edges {
            let label = text(&edge.label);
            writeln!(
                out,
                "  n{} -> n{} [label=\"{label}\"];",
                edge.source, edge.target
            )?;
        }
        writeln!(out, "}}")
    }

    fn mermaid(&self, out: &mut String) -> std::fmt::Result {
        let text = |text: &str| {
            // `#` begins a code, a backquote a text with marks of its own.
            text.replace('#', "#35;")
                .replace('"', "#quot;")
                .replace('`', "#96;")
                .replace('<', "#lt;")
                .replace('>', "#gt;")
        };
        writeln!(out, "flowchart LR")?;
        for (place, node) in self.nodes.iter().enumerate() {
            writeln!(out, "  n{place}[\"{}\"]", text(&node.label))?;
        }
        for edge in &self.edges {
            let label = text(&edge.label);
            writeln!(out, "  n{} -->|\"{label}\"| n{}", edge.source, edge.target)?;
        }
        Ok(())
    }

    fn graphml(&self, out: &mut String) -> std::fmt::Result {
        writeln!(
            out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"
        )?;
        // Data may only be given under keys that were declared (GraphML primer).
        for (id, of, name, kind) in [
            ("label", "node", "label", "string"),
            ("kind", "node", "kind", "string"),
            ("place", "node", "place", "string"),
            ("relation", "edge", "relation", "string"),
            ("weight", "edge", "weight", "double"),
        ] {
            writeln!(
                out,
                "  <key id=\"{id}\" for=\"{of}\" attr.name=\"{name}\" attr.type=\"{kind}\"/>"
            )?;
        }
        writeln!(out, "  <graph id=\"mnemo\" edgedefault=\"directed\">")?;
        for (place, node) in self.nodes.iter().enumerate() {
            writeln!(
                out,
                "    <node id=\"n{place}\"><data key=\"label\">{}</data><data key=\"kind\">{}</data><data key=\"place\">{}</data></node>",
                xml(&node.label),
                node.kind,
                xml(&node.place)
            )?;
        }
        for edge in &self.edges {
            writeln!(
                out,
                "    <edge source=\"n{}\" target=\"n{}\"><data key=\"relation\">{}</data><data key=\"weight\">{}</data></edge>",
                edge.source,
                edge.target,
                xml(&edge.label),
                edge.weight
            )?;
        }
        writeln!(out, "  </graph>\n</graphml>")
    }
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn node_of(symbol: &GraphSymbol) -> Node {
    Node {
        label: shown_in_line(&symbol.qualified_name).into_owned(),
        kind: symbol.kind.as_str(),
        place: shown_in_line(&format!("{}:{}", symbol.path, symbol.line)).into_owned(),
    }
}

/// The repository's own folder has no name.
pub(super) fn module_name(module: &ModuleRow) -> String {
    match module.path.as_str() {
        "" => ".".to_owned(),
        path => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: FormatArg, expected: &str) {
        let node = |label: &str| Node {
            label: label.to_owned(),
            kind: "function",
            place: format!("a.ts:{}", label.len()),
        };
        let drawing = Drawing {
            nodes: vec![node("\"a\""), node("<b&>")],
            edges: vec![Edge {
                source: 0,
                target: 1,
                label: "calls".to_owned(),
                weight: 2.0,
            }],
        };
        assert_eq!(drawing.write(format), expected);
    }

    #[test]
    fn names_are_escaped_in_every_language() {
        check(
            FormatArg::Dot,
            "digraph mnemo {\n  rankdir=LR;\n  node [shape=box];\n  n0 [label=\"\\\"a\\\"\", tooltip=\"a.ts:3\"];\n  n1 [label=\"<b&>\", tooltip=\"a.ts:4\"];\n  n0 -> n1 [label=\"calls\"];\n}\n",
        );
        check(
            FormatArg::Mermaid,
            "flowchart LR\n  n0[\"#quot;a#quot;\"]\n  n1[\"#lt;b&#gt;\"]\n  n0 -->|\"calls\"| n1\n",
        );
    }

    #[test]
    fn graphml_declares_what_it_says() {
        let drawing = Drawing::default().write(FormatArg::Graphml);
        assert!(
            drawing.contains("<key id=\"weight\" for=\"edge\""),
            "{drawing}"
        );
        assert_eq!(xml("<a & b>"), "&lt;a &amp; b&gt;");
    }
}
