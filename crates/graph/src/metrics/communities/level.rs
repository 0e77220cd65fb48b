//! One level of the Louvain method: a graph whose nodes are communities of the level below.

use super::super::dependencies::Neighbours;
use crate::network::{Groups, Network};

/// An undirected graph; above the first level a node stands for a community of the level below.
#[derive(Debug)]
pub(super) struct Level {
    /// Other nodes, with the weight between; a node may be listed more than once.
    pub(super) neighbours: Neighbours,
    /// Weight of all links of each node; those inside it count twice.
    pub(super) degrees: Vec<f64>,
    /// Sum of all degrees.
    pub(super) total_degree: f64,
    /// Weight inside each node, counted twice.
    inside: Vec<f64>,
}

impl Level {
    /// Makes the first level of all links of a network between different nodes.
    pub(super) fn of(network: &Network) -> Level {
        let n_nodes = network.nodes.len();
        let sources = Groups::new(n_nodes, network.links.iter().map(|link| link.source));
        let targets = Groups::new(n_nodes, network.links.iter().map(|link| link.target));
        let link = |&place: &u32| &network.links[place as usize];
        let neighbours = Neighbours::from_rows((0..n_nodes as u32).map(|node| {
            let outward = sources.get(node).iter().map(link);
            let inward = targets.get(node).iter().map(link);
            outward
                .map(|link| (link.target, f64::from(link.weight)))
                .chain(inward.map(|link| (link.source, f64::from(link.weight))))
                // A link from a node to itself does not say where it belongs, and a weight of 0
                // would be taken for a community that was not met.
                .filter(move |(neighbour, weight)| *neighbour != node && *weight > 0.0)
        }));
        Level::new(neighbours, vec![0.0; n_nodes])
    }

    fn new(neighbours: Neighbours, inside: Vec<f64>) -> Level {
        let degrees: Vec<f64> = (0..)
            .zip(&inside)
            .map(|(node, inside)| {
                inside
                    + neighbours
                        .weighted(node)
                        .map(|(_, weight)| weight)
                        .sum::<f64>()
            })
            .collect();
        Level {
            total_degree: degrees.iter().sum(),
            neighbours,
            degrees,
            inside,
        }
    }

    /// Returns the number of nodes.
    pub(super) fn n_nodes(&self) -> usize {
        self.degrees.len()
    }

    /// Makes the next level, given the community of each node, numbered from 0 without gaps.
    pub(super) fn fold(&self, community_of: &[u32]) -> Level {
        let n_communities = community_of
            .iter()
            .max()
            .map_or(0, |&last| last as usize + 1);
        let members = Groups::new(n_communities, community_of.iter().copied());
        let mut inside = vec![0.0; n_communities];
        let mut weight_to = vec![0.0; n_communities];
        let neighbours = Neighbours::from_rows((0..n_communities as u32).map(|community| {
            let mut nearby = Vec::new();
            for &member in members.get(community) {
                inside[community as usize] += self.inside[member as usize];
                for (neighbour, weight) in self.neighbours.weighted(member) {
                    let other = community_of[neighbour as usize];
                    if other == community {
                        // Met from both of its ends, which is how `inside` counts.
                        inside[community as usize] += weight;
                        continue;
                    }
                    if weight_to[other as usize] == 0.0 {
                        nearby.push(other);
                    }
                    weight_to[other as usize] += weight;
                }
            }
            nearby
                .into_iter()
                // Taken and not read: the next community needs the zeros.
                .map(|other| (other, std::mem::take(&mut weight_to[other as usize])))
                .collect::<Vec<_>>()
        }));
        Level::new(neighbours, inside)
    }
}
