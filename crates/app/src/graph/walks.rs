//! Turns walks over the network into answers.

use std::collections::HashMap;

use domain::{EdgeKind, Provenance};
use graph::{Bounds, EdgeKinds, Step, Walk};

use super::{
    AnswerEdge, AnswerNode, Arrival, GraphAnswer, GraphView, Tests, Unfollowed, WalkOptions,
};

pub(crate) fn callers(view: &GraphView, starts: &[u32], options: &WalkOptions) -> GraphAnswer {
    let walk = Walk::new(&view.network);
    let reach = walk.callers(
        &walk.with_contents(starts),
        &bounds(EdgeKinds::CALLS_AND_USES, options),
    );
    answer(view, starts, &reach.steps, options)
}

pub(crate) fn callees(view: &GraphView, starts: &[u32], options: &WalkOptions) -> GraphAnswer {
    let walk = Walk::new(&view.network);
    let reach = walk.callees(
        &walk.with_contents(starts),
        &bounds(EdgeKinds::CALLS, options),
    );
    answer(view, starts, &reach.steps, options)
}

pub(crate) fn implementers(view: &GraphView, starts: &[u32], options: &WalkOptions) -> GraphAnswer {
    let kinds = EdgeKinds::of(&[EdgeKind::Implements, EdgeKind::Extends, EdgeKind::Overrides]);
    let walk = Walk::new(&view.network);
    let reach = walk.callers(starts, &bounds(kinds, options));
    answer(view, starts, &reach.steps, options)
}

pub(crate) fn impact(view: &GraphView, starts: &[u32], options: &WalkOptions) -> GraphAnswer {
    let walk = Walk::new(&view.network);
    let impact = walk.impact(starts, &bounds(EdgeKinds::USES, options));
    let steps: Vec<Step> = impact
        .affected
        .iter()
        .filter_map(|affected| affected.way_back.first().copied())
        .collect();
    answer(view, starts, &steps, options)
}

pub(crate) fn path(view: &GraphView, from: &[u32], to: &[u32]) -> Option<GraphAnswer> {
    let walk = Walk::new(&view.network);
    let ends = walk.with_contents(to);
    let steps = walk.path(&walk.with_contents(from), &ends, EdgeKinds::DEPENDENCIES)?;
    let options = WalkOptions {
        max_depth: None,
        limit: usize::MAX,
        tests: Tests::With,
    };
    Some(answer(view, from, &steps, &options))
}

/// The limit is kept by [`answer`], which can say how many it leaves out.
fn bounds(kinds: EdgeKinds, options: &WalkOptions) -> Bounds {
    Bounds {
        kinds,
        max_depth: options.max_depth.unwrap_or(u32::MAX),
        max_nodes: usize::MAX,
    }
}

/// Makes an answer of steps, each of which comes after the step to its parent.
pub(crate) fn answer(
    view: &GraphView,
    starts: &[u32],
    steps: &[Step],
    options: &WalkOptions,
) -> GraphAnswer {
    let is_shown = shown(view, steps, options.tests);
    let n_shown = is_shown.iter().filter(|shown| **shown).count();
    let mut drawing = Drawing {
        view,
        places: HashMap::new(),
        nodes: Vec::new(),
        edges: Vec::new(),
    };
    for &start in starts {
        drawing.start(start);
    }
    let shown = steps.iter().zip(&is_shown).filter(|(_, shown)| **shown);
    for (step, _) in shown.take(options.limit) {
        drawing.arrive(step);
    }
    GraphAnswer {
        coverage: view.coverage.clone(),
        nodes: drawing.nodes,
        edges: drawing.edges,
        n_cut: n_shown.saturating_sub(options.limit),
        unfollowed: Unfollowed::default(),
    }
}

/// Returns for each step whether it is shown: if it is wanted, or on the way to one that is.
fn shown(view: &GraphView, steps: &[Step], tests: Tests) -> Vec<bool> {
    let is_wanted = |step: &Step| {
        let is_test = view.graph.nodes[step.node as usize].flags.is_test;
        match tests {
            Tests::With => true,
            Tests::Without => !is_test,
            Tests::Only => is_test,
        }
    };
    let place_of: HashMap<u32, usize> =
        (0..).zip(steps).map(|(at, step)| (step.node, at)).collect();
    let mut is_shown: Vec<bool> = steps.iter().map(is_wanted).collect();
    for place in (0..steps.len()).rev() {
        if let (true, Some(&parent)) = (is_shown[place], place_of.get(&steps[place].parent)) {
            is_shown[parent] = true;
        }
    }
    is_shown
}

/// An answer in the making.
struct Drawing<'v> {
    view: &'v GraphView,
    /// Places of the nodes, by their numbers.
    places: HashMap<u32, usize>,
    nodes: Vec<AnswerNode>,
    edges: Vec<AnswerEdge>,
}

impl Drawing<'_> {
    /// Adds a definition that was asked for, or one inside of it that the walk sets out from; returns its place.
    fn start(&mut self, number: u32) -> Option<usize> {
        self.add(number, 0, None)
    }

    fn arrive(&mut self, step: &Step) -> Option<usize> {
        let parent = match self.places.get(&self.view.graph.last_overload(step.parent)) {
            Some(&place) => place,
            None => self.start(step.parent)?,
        };
        let arrival = Arrival {
            parent,
            edge: self.edges.len(),
        };
        let place = self.add(step.node, step.depth, Some(arrival))?;
        let link = &self.view.network.links[step.via as usize];
        let edge = self.view.edge(link);
        let (source, target) = match link.source == step.node {
            true => (place, parent),
            false => (parent, place),
        };
        self.edges.push(AnswerEdge {
            source,
            target,
            kind: link.kind,
            how: edge.and_then(|edge| edge.how),
            line: match link.kind {
                EdgeKind::Contains => self.nodes[target].symbol.line,
                _ => edge.map_or(0, |edge| edge.position.line),
            },
            provenance: edge.map_or(Provenance::Syntax, |edge| edge.provenance),
            weight: link.weight,
        });
        Some(place)
    }

    /// The declarations of an overloaded function are one node.
    fn add(&mut self, number: u32, depth: u32, arrival: Option<Arrival>) -> Option<usize> {
        let number = self.view.graph.last_overload(number);
        if let Some(&place) = self.places.get(&number) {
            return Some(place);
        }
        let place = self.nodes.len();
        let symbol = self.view.graph.symbol(number)?;
        self.nodes.push(AnswerNode {
            is_stale: false,
            symbol,
            depth,
            arrival,
        });
        self.places.insert(number, place);
        Some(place)
    }
}
