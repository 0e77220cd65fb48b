//! Strongly connected components.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// Returns the strongly connected components: nodes in ascending order, components by their smallest node.
///
/// Kosaraju's algorithm and not Tarjan's, because petgraph's Tarjan calls itself once a node and a long chain of calls in the
/// repository would overflow the stack.
pub fn components(n_nodes: usize, links: impl IntoIterator<Item = (u32, u32)>) -> Vec<Vec<u32>> {
    let mut graph = DiGraph::<(), ()>::with_capacity(n_nodes, 0);
    for _ in 0..n_nodes {
        graph.add_node(());
    }
    for (source, target) in links {
        graph.add_edge(index(source), index(target), ());
    }
    let mut components: Vec<Vec<u32>> = kosaraju_scc(&graph)
        .into_iter()
        .map(|component| ascending(&component))
        .collect();
    components.sort_unstable();
    components
}

fn index(node: u32) -> NodeIndex {
    NodeIndex::new(node as usize)
}

fn ascending(component: &[NodeIndex]) -> Vec<u32> {
    let mut nodes: Vec<u32> = component.iter().map(|node| node.index() as u32).collect();
    nodes.sort_unstable();
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_that_reach_each_other_are_one_component() {
        let links = [(4, 1), (1, 3), (3, 4), (3, 0), (0, 2), (2, 0)];
        assert_eq!(
            components(6, links),
            [vec![0, 2], vec![1, 3, 4], vec![5]].map(|nodes| nodes.to_vec())
        );
    }

    #[test]
    fn long_chain_does_not_exhaust_the_stack() {
        let n_nodes = 200_000;
        let chain = (1..n_nodes as u32).map(|node| (node - 1, node));
        assert_eq!(components(n_nodes, chain).len(), n_nodes);
    }
}
