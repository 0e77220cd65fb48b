//! The graph that measures are computed on: one weighted arc per pair of nodes.

use crate::network::{Groups, Network};

/// Who depends on whom, by how much: one entry for each pair of different nodes, whatever the kinds of their links.
#[derive(Debug)]
pub(super) struct Dependencies {
    /// By the node that depends.
    pub(super) outward: Neighbours,
    /// By the node that is depended on.
    pub(super) inward: Neighbours,
}

/// The neighbours of every node, with the weight of the links between them.
#[derive(Debug)]
pub(super) struct Neighbours {
    starts: Vec<u32>,
    nodes: Vec<u32>,
    weights: Vec<f64>,
}

struct Dependency {
    source: u32,
    target: u32,
    weight: f64,
}

impl Dependencies {
    /// Folds the dependencies of a network.
    pub(super) fn of(network: &Network) -> Dependencies {
        let n_nodes = network.nodes.len();
        let folded = fold(network);
        let sources = Groups::new(n_nodes, folded.iter().map(|each| each.source));
        let targets = Groups::new(n_nodes, folded.iter().map(|each| each.target));
        Dependencies {
            outward: neighbours(&folded, n_nodes, &sources, |each| each.target),
            inward: neighbours(&folded, n_nodes, &targets, |each| each.source),
        }
    }

    /// Returns the number of nodes.
    pub(super) fn n_nodes(&self) -> usize {
        self.outward.starts.len() - 1
    }

    /// Returns every pair of a node and one that it depends on.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (u32, u32)> {
        (0..self.n_nodes() as u32).flat_map(|source| {
            let targets = self.outward.of(source);
            targets.iter().map(move |&target| (source, target))
        })
    }
}

impl Neighbours {
    /// Makes the table row by row.
    pub(super) fn from_rows<Row>(rows: impl IntoIterator<Item = Row>) -> Neighbours
    where
        Row: IntoIterator<Item = (u32, f64)>,
    {
        let mut neighbours = Neighbours {
            starts: vec![0],
            nodes: Vec::new(),
            weights: Vec::new(),
        };
        for row in rows {
            for (node, weight) in row {
                neighbours.nodes.push(node);
                neighbours.weights.push(weight);
            }
            neighbours.starts.push(neighbours.nodes.len() as u32);
        }
        neighbours
    }

    /// Returns the neighbours of a node.
    pub(super) fn of(&self, node: u32) -> &[u32] {
        &self.nodes[self.range(node)]
    }

    /// Returns the neighbours of a node, each with the weight of what links them.
    pub(super) fn weighted(&self, node: u32) -> impl Iterator<Item = (u32, f64)> {
        let range = self.range(node);
        let weights = &self.weights[range.clone()];
        self.nodes[range]
            .iter()
            .copied()
            .zip(weights.iter().copied())
    }

    fn range(&self, node: u32) -> std::ops::Range<usize> {
        let node = node as usize;
        self.starts[node] as usize..self.starts[node + 1] as usize
    }
}

fn fold(network: &Network) -> Vec<Dependency> {
    let mut folded: Vec<Dependency> = Vec::with_capacity(network.links.len());
    for link in network.links.iter().filter(|link| link.is_dependency()) {
        let weight = f64::from(link.weight);
        // Links come in the order of source and target, so that those of a pair follow each other.
        match folded.last_mut() {
            Some(last) if (last.source, last.target) == (link.source, link.target) => {
                last.weight += weight;
            }
            _ => folded.push(Dependency {
                source: link.source,
                target: link.target,
                weight,
            }),
        }
    }
    folded
}

fn neighbours(
    folded: &[Dependency],
    n_nodes: usize,
    by_node: &Groups,
    neighbour: impl Fn(&Dependency) -> u32 + Copy,
) -> Neighbours {
    Neighbours::from_rows((0..n_nodes as u32).map(|node| {
        by_node.get(node).iter().map(move |&place| {
            let dependency = &folded[place as usize];
            (neighbour(dependency), dependency.weight)
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::sketch::sketch;

    #[test]
    fn kinds_are_summed_and_containment_and_recursion_left_out() {
        let network = sketch(
            "mf mf",
            "0 contains 1, 1 calls 3 *2, 1 uses_type 3, 1 calls 1, 0 imports 2, 3 calls 1",
        );
        let dependencies = Dependencies::of(&network);
        let outward: Vec<Vec<(u32, f64)>> = (0..4)
            .map(|node| dependencies.outward.weighted(node).collect())
            .collect();
        assert_eq!(
            outward,
            [vec![(2, 1.0)], vec![(3, 3.0)], vec![], vec![(1, 1.0)]]
        );
        assert_eq!(dependencies.inward.of(3), [1]);
        assert_eq!(
            dependencies.pairs().collect::<Vec<_>>(),
            [(0, 2), (1, 3), (3, 1)]
        );
    }
}
