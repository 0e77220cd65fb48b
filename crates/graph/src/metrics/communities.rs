//! Communities of nodes, by the method of Louvain.

mod level;

use std::collections::VecDeque;

use crate::network::Network;
use level::Level;

/// Gain, in units of link weight, below which a node stays where it is. A hundredth of a link makes no better community, and
/// chasing it would double the time.
const GAIN_MIN: f64 = 0.01;

/// Decisions a node of a level at most. Rounding could in theory send nodes in circles; real graphs need three or four.
const N_VISITS_MAX: usize = 32;

/// Returns the community of every node, by the smallest node number in it.
///
/// Louvain's method (Blondel, Guillaume, Lambiotte and Lefebvre, "Fast unfolding of communities in large networks", 2008) at
/// resolution 1 over all links, taken as undirected. Containment counts like any dependency, by its weight: it keeps a
/// member that nothing else speaks about with its class, and a file together unless its parts work more with other files.
/// Only nodes whose neighbours moved are looked at again (the queue of Traag, Waltman and van Eck's Leiden algorithm, 2019).
pub(super) fn communities(network: &Network) -> Vec<u32> {
    let mut level = Level::of(network);
    let mut community_of: Vec<u32> = (0..network.nodes.len() as u32).collect();
    loop {
        let moved = numbered_from_zero(&Moving::new(&level).communities());
        for community in &mut community_of {
            *community = moved[*community as usize];
        }
        let folded = level.fold(&moved);
        // Nobody moved, so that the next level would be this one again.
        if folded.n_nodes() == level.n_nodes() {
            return named_by_smallest(&community_of);
        }
        level = folded;
    }
}

/// Numbers communities from 0 in the order of their first nodes.
fn numbered_from_zero(community_of: &[u32]) -> Vec<u32> {
    let mut number_of = vec![None; community_of.len()];
    let mut n_communities = 0;
    community_of
        .iter()
        .map(|&community| {
            *number_of[community as usize].get_or_insert_with(|| {
                n_communities += 1;
                n_communities - 1
            })
        })
        .collect()
}

fn named_by_smallest(community_of: &[u32]) -> Vec<u32> {
    let mut smallest = vec![None; community_of.len()];
    (0..)
        .zip(community_of)
        .map(|(node, &community)| *smallest[community as usize].get_or_insert(node))
        .collect()
}

/// A community on a level; both numbers in one place, as they are read together and from anywhere.
#[derive(Clone, Copy)]
struct Community {
    /// Degrees of all its nodes.
    mass: f64,
    /// Weight between it and the node in hand; 0 between nodes.
    weight: f64,
}

/// The nodes of one level on their way into communities.
struct Moving<'l> {
    level: &'l Level,
    community_of: Vec<u32>,
    communities: Vec<Community>,
    /// The communities that the node in hand has links to.
    nearby: Vec<u32>,
}

impl Moving<'_> {
    fn new(level: &Level) -> Moving<'_> {
        let n_nodes = level.n_nodes();
        Moving {
            level,
            community_of: (0..n_nodes as u32).collect(),
            communities: level
                .degrees
                .iter()
                .map(|&mass| Community { mass, weight: 0.0 })
                .collect(),
            nearby: Vec::new(),
        }
    }

    fn communities(mut self) -> Vec<u32> {
        let n_nodes = self.level.n_nodes();
        let mut queue: VecDeque<u32> = (0..n_nodes as u32).collect();
        let mut is_queued = vec![true; n_nodes];
        let mut n_visits_left = n_nodes * N_VISITS_MAX;
        while let (Some(node), 1..) = (queue.pop_front(), n_visits_left) {
            n_visits_left -= 1;
            is_queued[node as usize] = false;
            let best = self.best_for(node);
            if best == self.community_of[node as usize] {
                continue;
            }
            self.move_to(node, best);
            for &neighbour in self.level.neighbours.of(node) {
                // Neighbours in the same community gained by the move and have no reason to leave.
                let is_elsewhere = self.community_of[neighbour as usize] != best;
                if is_elsewhere && !is_queued[neighbour as usize] {
                    is_queued[neighbour as usize] = true;
                    queue.push_back(neighbour);
                }
            }
        }
        self.community_of
    }

    /// Returns the community that gains most by having the node: its own if none is better, the smallest number among equals.
    fn best_for(&mut self, node: u32) -> u32 {
        self.look_around(node);
        let own = self.community_of[node as usize];
        let degree = self.level.degrees[node as usize];
        let mut best = own;
        // Its own community is weighed without it, as the others are; with its own degree in the
        // mass, staying would always seem to cost something.
        let without_node = Community {
            mass: self.communities[own as usize].mass - degree,
            ..self.communities[own as usize]
        };
        let mut best_gain = self.gain(without_node, degree) + GAIN_MIN;
        for &community in self.nearby.iter().filter(|&&community| community != own) {
            let gain = self.gain(self.communities[community as usize], degree);
            // Equals go by number, so that the order in which neighbours are listed does not
            // decide.
            if gain > best_gain || (gain == best_gain && community < best) {
                (best, best_gain) = (community, gain);
            }
        }
        for community in self.nearby.drain(..) {
            self.communities[community as usize].weight = 0.0;
        }
        best
    }

    fn look_around(&mut self, node: u32) {
        for (neighbour, weight) in self.level.neighbours.weighted(node) {
            let number = self.community_of[neighbour as usize];
            let community = &mut self.communities[number as usize];
            // No link weighs nothing (see `Level::of`), so that 0 means not met yet.
            if community.weight == 0.0 {
                self.nearby.push(number);
            }
            community.weight += weight;
        }
    }

    /// Returns what modularity gains if a node of some degree joins a community, times the weight of all links: the links
    /// between them beyond those that chance would give.
    fn gain(&self, community: Community, degree: f64) -> f64 {
        community.weight - degree * community.mass / self.level.total_degree
    }

    fn move_to(&mut self, node: u32, community: u32) {
        let degree = self.level.degrees[node as usize];
        let own = self.community_of[node as usize];
        self.communities[own as usize].mass -= degree;
        self.communities[community as usize].mass += degree;
        self.community_of[node as usize] = community;
    }
}
