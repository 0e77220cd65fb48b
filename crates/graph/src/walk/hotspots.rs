//! Definitions that are complex and have many dependents.

use domain::Complexity;

use super::{Direction, EdgeKinds, Walk};

/// A definition that is both hard to change and much depended on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hotspot {
    /// Its number in the network.
    pub node: u32,
    /// See [`hotspots`].
    pub score: f64,
    /// Distinct other nodes that depend on it.
    pub fan_in: u32,
    /// Distinct other nodes that it depends on.
    pub fan_out: u32,
    /// Its size and branching.
    pub complexity: Complexity,
}

/// Returns the definitions that most deserve care, the highest score first, equal ones by number; at most `max_nodes`.
///
/// The score is `cognitive complexity * (1 + log2(1 + fan_in)) * (1 + log2(1 + fan_out) / 4)`. Branching makes a change hard;
/// dependents make it costly; dependencies make it likely, which says less. The logarithms keep a short helper that everything
/// uses from outranking what is hard. The shape follows Henry and Kafura, "Software Structure Metrics Based on Information
/// Flow" (1981), who multiply length by the square of both fans; the damping is ours.
///
/// Only functions, methods, constructors and accessors count, as a class or module repeats what it holds; tests do not.
/// `complexities` are in the order of the nodes. What branches nowhere has no score and is left out.
pub fn hotspots(walk: &Walk<'_>, complexities: &[Complexity], max_nodes: usize) -> Vec<Hotspot> {
    let mut hotspots: Vec<Hotspot> = (0..)
        .zip(&walk.network.nodes)
        .zip(complexities)
        .filter(|((_, node), _)| node.kind.is_callable() && !node.is_test)
        .filter(|(_, complexity)| complexity.cognitive > 0)
        .map(|((number, _), complexity)| hotspot(walk, number, complexity))
        .collect();
    // Stable, so that equal scores stay in the order of the nodes.
    hotspots.sort_by(|a, b| b.score.total_cmp(&a.score));
    hotspots.truncate(max_nodes);
    hotspots
}

fn hotspot(walk: &Walk<'_>, node: u32, complexity: &Complexity) -> Hotspot {
    let fan_in = fan(walk, node, Direction::Inward);
    let fan_out = fan(walk, node, Direction::Outward);
    let doublings = |fan: u32| (1.0 + f64::from(fan)).log2();
    Hotspot {
        node,
        score: f64::from(complexity.cognitive)
            * (1.0 + doublings(fan_in))
            * (1.0 + doublings(fan_out) / 4.0),
        fan_in,
        fan_out,
        complexity: *complexity,
    }
}

fn fan(walk: &Walk<'_>, node: u32, direction: Direction) -> u32 {
    let mut neighbours: Vec<u32> = walk
        .hops(node, direction)
        .filter(|hop| EdgeKinds::DEPENDENCIES.contains(hop.kind) && hop.node != node)
        .map(|hop| hop.node)
        .collect();
    neighbours.sort_unstable();
    neighbours.dedup();
    neighbours.len() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::sketch::sketch;

    /// Checks the hotspots, each as node, score, fan-in and fan-out, where `cognitive` are the complexities of the nodes.
    fn check(nodes: &str, links: &str, cognitive: &[u32], expected: &[(u32, f64, u32, u32)]) {
        let network = sketch(nodes, links);
        let complexities: Vec<Complexity> = cognitive
            .iter()
            .map(|&cognitive| Complexity {
                cognitive,
                ..Complexity::default()
            })
            .collect();
        let found: Vec<(u32, f64, u32, u32)> = hotspots(&Walk::new(&network), &complexities, 3)
            .iter()
            .map(|hotspot| (hotspot.node, hotspot.score, hotspot.fan_in, hotspot.fan_out))
            .collect();
        assert_eq!(found, expected, "{nodes} {links}");
    }

    #[test]
    fn dependents_raise_complexity_and_dependencies_raise_it_less() {
        check(
            "mfff",
            "0 contains 1, 2 calls 1, 2 calls 2, 3 calls 1, 2 uses_type 1, 2 calls 3",
            &[0, 4, 4, 4],
            &[
                (1, 4.0 * (1.0 + 3_f64.log2()), 2, 0),
                (3, 4.0 * 2.0 * 1.25, 1, 1),
                (2, 4.0 * (1.0 + 3_f64.log2() / 4.0), 0, 2),
            ],
        );
    }

    #[test]
    fn equal_scores_stand_in_the_order_of_the_nodes() {
        check(
            "mffff",
            "",
            &[9, 1, 1, 2, 1],
            &[(3, 2.0, 0, 0), (1, 1.0, 0, 0), (2, 1.0, 0, 0)],
        );
    }

    #[test]
    fn tests_containers_and_straight_lines_are_no_hotspots() {
        check("mctfd", "", &[9, 9, 9, 0, 1], &[(4, 1.0, 0, 0)]);
    }
}
