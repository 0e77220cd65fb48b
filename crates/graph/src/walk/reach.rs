//! Breadth-first walks within bounds.

use std::ops::ControlFlow;

use super::{Direction, EdgeKinds, Walk};

/// How far to walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Kinds of links to follow.
    pub kinds: EdgeKinds,
    /// Links from the start at most.
    pub max_depth: u32,
    /// Nodes to return at most.
    pub max_nodes: usize,
}

/// A node that a walk arrived at, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number in the network.
    pub node: u32,
    /// Links from the start, at least 1.
    pub depth: u32,
    /// Number of the link that the walk came by.
    pub via: u32,
    /// The node at the other end of that link, one link nearer to the start.
    pub parent: u32,
}

/// The nodes within reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Each node once, nearest first; those of one depth in the order of their parents, then of the links.
    pub steps: Vec<Step>,
    /// Whether more nodes are within the depth than were asked for.
    pub is_cut: bool,
}

impl Reach {
    /// Returns the way from a reached node back to the start: its own step first; nothing for a node that was not reached.
    pub fn way_back(&self, node: u32) -> Vec<Step> {
        let mut wanted = node;
        let mut way = Vec::new();
        // A parent always stands before its children.
        for step in self.steps.iter().rev() {
            if step.node == wanted {
                way.push(*step);
                wanted = step.parent;
            }
        }
        way
    }
}

impl Walk<'_> {
    /// Returns the nodes that lead to the starts: with [`EdgeKinds::CALLS`] their callers, then the callers of those.
    ///
    /// The starts themselves are not among them.
    pub fn callers(&self, starts: &[u32], bounds: &Bounds) -> Reach {
        self.within(starts, bounds, Direction::Inward)
    }

    /// Returns the nodes that the starts lead to: with [`EdgeKinds::CALLS`] what they call, then what that calls.
    ///
    /// The starts themselves are not among them.
    pub fn callees(&self, starts: &[u32], bounds: &Bounds) -> Reach {
        self.within(starts, bounds, Direction::Outward)
    }

    fn within(&self, starts: &[u32], bounds: &Bounds, direction: Direction) -> Reach {
        let mut reach = Reach::default();
        self.explore(starts, bounds.kinds, direction, |step| {
            if step.depth > bounds.max_depth {
                return ControlFlow::Break(());
            }
            // Only one more node shows that there are more than were asked for.
            reach.is_cut = reach.steps.len() == bounds.max_nodes;
            if reach.is_cut {
                return ControlFlow::Break(());
            }
            reach.steps.push(step);
            ControlFlow::Continue(())
        });
        reach
    }

    /// Visits nodes breadth first, each once and never a start, until the visitor stops it.
    pub(super) fn explore(
        &self,
        starts: &[u32],
        kinds: EdgeKinds,
        direction: Direction,
        mut visit: impl FnMut(Step) -> ControlFlow<()>,
    ) {
        let mut is_seen = vec![false; self.network.nodes.len()];
        let mut queue = Vec::new();
        for &start in starts {
            if let Some(seen @ false) = is_seen.get_mut(start as usize) {
                *seen = true;
                queue.push((start, 0));
            }
        }
        let mut next = 0;
        while let Some(&(parent, depth)) = queue.get(next) {
            next += 1;
            let hops = self.hops(parent, direction);
            for hop in hops.filter(|hop| kinds.contains(hop.kind)) {
                if std::mem::replace(&mut is_seen[hop.node as usize], true) {
                    continue;
                }
                let step = Step {
                    node: hop.node,
                    depth: depth + 1,
                    via: hop.via,
                    parent,
                };
                if visit(step).is_break() {
                    return;
                }
                queue.push((hop.node, depth + 1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::sketch::{calls, sketch};

    fn bounds(max_depth: u32, max_nodes: usize) -> Bounds {
        Bounds {
            kinds: EdgeKinds::CALLS,
            max_depth,
            max_nodes,
        }
    }

    /// Each step as node, depth and parent.
    fn steps(reach: &Reach) -> Vec<(u32, u32, u32)> {
        let steps = reach.steps.iter();
        steps
            .map(|step| (step.node, step.depth, step.parent))
            .collect()
    }

    #[test]
    fn callers_come_nearest_first() {
        let network = calls(6, &[(4, 0), (2, 0), (1, 2), (1, 4), (5, 1), (0, 5), (0, 3)]);
        let walk = Walk::new(&network);
        let all = [(2, 1, 0), (4, 1, 0), (1, 2, 2), (5, 3, 1)];
        let cases = [
            (0, 9, 0, false),
            (1, 9, 2, false),
            (9, 9, 4, false),
            (9, 4, 4, false),
            (9, 3, 3, true),
            (2, 3, 3, false),
        ];
        for (max_depth, max_nodes, n_expected, is_cut) in cases {
            let reach = walk.callers(&[0], &bounds(max_depth, max_nodes));
            assert_eq!(steps(&reach), all[..n_expected], "{max_depth} {max_nodes}");
            assert_eq!(reach.is_cut, is_cut, "{max_depth} {max_nodes}");
        }
    }

    #[test]
    fn only_links_of_the_kinds_are_followed() {
        let network = sketch("m c f f", "0 imports 1, 2 uses_type 1, 3 instantiates 1");
        let walk = Walk::new(&network);
        assert_eq!(steps(&walk.callers(&[1], &bounds(9, 9))), [(3, 1, 1)]);
        let uses = Bounds {
            kinds: EdgeKinds::USES,
            ..bounds(9, 9)
        };
        assert_eq!(steps(&walk.callers(&[1], &uses)), [(2, 1, 1), (3, 1, 1)]);
    }

    #[test]
    fn way_back_leads_to_the_start() {
        let network = calls(5, &[(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)]);
        let reach = Walk::new(&network).callees(&[0], &bounds(9, 9));
        let way = |node| -> Vec<u32> {
            let way = reach.way_back(node);
            way.iter().map(|step| step.node).collect()
        };
        assert_eq!(way(4), [4, 3, 1]);
        assert_eq!(way(2), [2]);
        assert!(way(0).is_empty());
    }

    #[test]
    fn unknown_start_reaches_nothing() {
        let network = calls(2, &[(0, 1)]);
        let walk = Walk::new(&network);
        assert_eq!(walk.callers(&[7], &bounds(9, 9)), Reach::default());
        assert_eq!(steps(&walk.callers(&[7, 1, 1], &bounds(9, 9))), [(0, 1, 1)]);
    }
}
