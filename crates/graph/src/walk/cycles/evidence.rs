//! A short cycle in each strongly connected component, within a bounded effort.

use std::collections::{HashMap, VecDeque};

use super::Arc;
use crate::network::Groups;

/// Arcs to look at in one component: some 20 ms, and enough to compare all circles of a component of a thousand nodes.
const N_ARCS_MAX: usize = 2_000_000;

/// No cycle is shorter, as no arc leads back to its source.
const LENGTH_MIN: usize = 2;

/// Looks for short cycles, one component at a time.
pub(super) struct Evidence<'a> {
    arcs: &'a [Arc],
    outward: Groups,
    /// Number of each node's component; `None` outside of components.
    component_of: Vec<Option<u32>>,
    /// How each node was reached last.
    reached: Vec<Reached>,
}

#[derive(Clone, Copy)]
struct Reached {
    /// Where the walk began; no node at first.
    start: u32,
    /// Number of the arc that leads here.
    arc: usize,
}

const NEVER: Reached = Reached {
    start: u32::MAX,
    arc: 0,
};

impl<'a> Evidence<'a> {
    /// Prepares the search for cycles inside of components.
    pub(super) fn new(n_nodes: usize, arcs: &'a [Arc], components: &[Vec<u32>]) -> Evidence<'a> {
        let mut component_of = vec![None; n_nodes];
        for (number, component) in (0..).zip(components) {
            for &node in component {
                component_of[node as usize] = Some(number);
            }
        }
        Evidence {
            arcs,
            outward: Groups::new(n_nodes, arcs.iter().map(|arc| arc.source)),
            component_of,
            reached: vec![NEVER; n_nodes],
        }
    }

    /// Returns the links of a shortest cycle in a component: of several, the first by its smallest node.
    pub(super) fn shortest_cycle(&mut self, component: &[u32]) -> Vec<u32> {
        let mut n_arcs_left = N_ARCS_MAX;
        let mut shortest = Vec::new();
        for &start in component {
            let length_max = match shortest.len() {
                0 => usize::MAX,
                // Only a shorter one is worth the walk.
                length => length - 1,
            };
            // The first walk finds a cycle whatever it costs: in a component there is one through every node.
            if let Some(last) = self.closing_arc(start, length_max, &mut n_arcs_left) {
                shortest = self.links_until(last, start);
            }
            if shortest.len() == LENGTH_MIN || n_arcs_left == 0 {
                break;
            }
        }
        shortest
    }

    /// Returns the arcs of a shortest circle that begins with an arc; nothing if it is in none.
    pub(super) fn circle_through(&self, first: usize) -> Option<Vec<usize>> {
        let Arc { source, target, .. } = self.arcs[first];
        let own_component = self.component_of[source as usize];
        if self.component_of[target as usize] != own_component {
            return None;
        }
        // The arc by which each node was reached.
        let mut reached: HashMap<u32, usize> = HashMap::from([(target, first)]);
        let mut queue = VecDeque::from([target]);
        while let Some(node) = queue.pop_front() {
            for &arc in self.outward.get(node) {
                let next = self.arcs[arc as usize].target;
                if next == source {
                    let before = |arc: &usize| {
                        let source = self.arcs[*arc].source;
                        (*arc != first).then(|| reached[&source])
                    };
                    let way = std::iter::successors(Some(arc as usize), before);
                    let mut way: Vec<usize> = way.collect();
                    way.reverse();
                    return Some(way);
                }
                if self.component_of[next as usize] == own_component && !reached.contains_key(&next)
                {
                    reached.insert(next, arc as usize);
                    queue.push_back(next);
                }
            }
        }
        None
    }

    /// Walks breadth first until an arc closes a cycle of at most this length, and returns the number of that arc.
    ///
    /// Stays away from nodes below the start: no cycle through them can be shorter than the shortest known one.
    fn closing_arc(
        &mut self,
        start: u32,
        length_max: usize,
        n_arcs_left: &mut usize,
    ) -> Option<usize> {
        let own_component = self.component_of[start as usize];
        let mut queue = vec![(start, 0)];
        let mut next = 0;
        while let Some(&(node, depth)) = queue.get(next) {
            next += 1;
            if depth == length_max {
                break;
            }
            let arcs = self.outward.get(node);
            *n_arcs_left = n_arcs_left.saturating_sub(arcs.len());
            for arc in arcs.iter().map(|&arc| arc as usize) {
                let target = self.arcs[arc].target;
                if target == start {
                    return Some(arc);
                }
                let is_inside = self.component_of[target as usize] == own_component;
                let reached = &mut self.reached[target as usize];
                if is_inside && target > start && reached.start != start {
                    *reached = Reached { start, arc };
                    queue.push((target, depth + 1));
                }
            }
        }
        None
    }

    /// Returns the links of the way that the latest walk took from its start, up to and including an arc.
    fn links_until(&self, last: usize, start: u32) -> Vec<u32> {
        let before = |&arc: &usize| {
            let source = self.arcs[arc].source;
            (source != start).then(|| self.reached[source as usize].arc)
        };
        let mut links: Vec<u32> = std::iter::successors(Some(last), before)
            .map(|arc| self.arcs[arc].link)
            .collect();
        links.reverse();
        links
    }
}
