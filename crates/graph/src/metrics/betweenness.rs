//! Betweenness: how many shortest paths lead through a node, estimated from a sample of starts.

use super::dependencies::Dependencies;

/// Up to this many nodes with dependencies every one of them is a start of paths.
const N_NODES_EXACT_MAX: usize = 2_000;

/// Starts in a larger graph. The order of the nodes that most paths lead through is stable from about a hundred on.
const N_PIVOTS: usize = 128;

/// Dependencies to walk over, from all starts together: some 0.1 s, and enough for 2,000 nodes that reach 2,000 dependencies each.
/// No further start is taken beyond. Counted and not timed, so that the same graph is always cut at the same place.
const N_WALKED_MAX: usize = 4_000_000;

/// Most shortest paths to one node that are counted separately; keeps the counts, which double with every diamond, finite.
const N_PATHS_MAX: f64 = 1e300;

/// Returns for every node the share of the shortest dependency paths between other nodes that lead through it.
///
/// Several shortest paths between two nodes share their weight. Normalised by `(n - 1)(n - 2)`, where `n` counts the nodes
/// that have dependencies or dependents. The algorithm is that of U. Brandes, "A Faster Algorithm for Betweenness
/// Centrality" (2001); large graphs are extrapolated from evenly spread starts, after Brandes and Pich, "Centrality
/// Estimation in Large Networks" (2007).
pub(super) fn betweenness(dependencies: &Dependencies) -> Vec<f64> {
    let n_nodes = dependencies.n_nodes();
    let is_start = |&node: &u32| !dependencies.outward.of(node).is_empty();
    let is_end = |node: u32| !dependencies.inward.of(node).is_empty();
    let starts: Vec<u32> = (0..n_nodes as u32).filter(is_start).collect();
    let n_connected = (0..n_nodes as u32)
        .filter(|node| is_start(node) || is_end(*node))
        .count();
    // No node lies between two others, and the normalisation would divide by zero.
    if n_connected <= 2 {
        return vec![0.0; n_nodes];
    }
    let n_pivots_max = match n_connected {
        ..=N_NODES_EXACT_MAX => starts.len(),
        _ => N_PIVOTS,
    };
    let mut paths = Paths::new(dependencies);
    let mut n_pivots = 0;
    for pivot in evenly_spread(&starts).take(n_pivots_max) {
        paths.count_from(pivot);
        n_pivots += 1;
        if paths.n_walked > N_WALKED_MAX {
            break;
        }
    }
    let n_pairs = (n_connected - 1) as f64 * (n_connected - 2) as f64;
    // Paths were counted from `n_pivots` of all starts; each stands for its share of them.
    let scale = starts.len() as f64 / (f64::from(n_pivots) * n_pairs);
    paths.through.iter().map(|sum| sum * scale).collect()
}

/// Returns all nodes, in an order of which every beginning is spread evenly over them.
fn evenly_spread(nodes: &[u32]) -> impl Iterator<Item = u32> {
    // Multiples of the golden section fall as far from each other as they can (Weyl's sequence); a step that has no divisor
    // in common with the length meets every node.
    const GOLDEN_SECTION: f64 = 0.618_033_988_749_895;
    let length = nodes.len();
    let step = ((length as f64 * GOLDEN_SECTION) as usize..)
        .find(|&step| greatest_common_divisor(step, length) == 1)
        .unwrap_or(1);
    (0..length).map(move |number| nodes[number * step % length])
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

/// Not reached by the present walk.
const FAR: u32 = u32::MAX;

/// Shortest paths, counted from one start after the other.
struct Paths<'d> {
    dependencies: &'d Dependencies,
    /// Links from the start, of each node; [`FAR`] between walks.
    depth: Vec<u32>,
    /// On the way out the number of shortest paths from the start; on the way back, divided by it, one for the node itself
    /// and what its followers gather. 0 between walks.
    value: Vec<f64>,
    /// Nodes of the present walk, nearest first.
    order: Vec<u32>,
    /// The next nodes on shortest paths, for all nodes in that order, and where those of each begin. Written down on the way
    /// out, because telling them apart again would double the cost.
    followers: Vec<u32>,
    follower_starts: Vec<usize>,
    /// Shares of paths that lead through each node, of all walks.
    through: Vec<f64>,
    /// Dependencies looked at, of all walks.
    n_walked: usize,
}

impl Paths<'_> {
    fn new(dependencies: &Dependencies) -> Paths<'_> {
        let n_nodes = dependencies.n_nodes();
        Paths {
            dependencies,
            depth: vec![FAR; n_nodes],
            value: vec![0.0; n_nodes],
            order: Vec::new(),
            followers: Vec::new(),
            follower_starts: Vec::new(),
            through: vec![0.0; n_nodes],
            n_walked: 0,
        }
    }

    /// Adds the shortest paths from a node to the sums of those they lead through.
    fn count_from(&mut self, start: u32) {
        self.walk_out(start);
        self.walk_back();
        // Only what this walk touched is cleared: clearing everything for each start would cost the
        // number of nodes times that of starts.
        for node in self.order.drain(..) {
            self.depth[node as usize] = FAR;
            self.value[node as usize] = 0.0;
        }
        self.followers.clear();
        self.follower_starts.clear();
    }

    fn walk_out(&mut self, start: u32) {
        self.order.push(start);
        self.depth[start as usize] = 0;
        self.value[start as usize] = 1.0;
        let mut next = 0;
        while let Some(&node) = self.order.get(next) {
            next += 1;
            self.follower_starts.push(self.followers.len());
            let follower_depth = self.depth[node as usize] + 1;
            let n_paths = self.value[node as usize].min(N_PATHS_MAX);
            let targets = self.dependencies.outward.of(node);
            self.n_walked += targets.len();
            for &target in targets {
                let depth = &mut self.depth[target as usize];
                // Reached by a shorter way before. One of equal length goes on, since every
                // shortest path counts; so does the first, as nothing is further than `FAR`.
                if *depth < follower_depth {
                    continue;
                }
                if *depth == FAR {
                    *depth = follower_depth;
                    self.order.push(target);
                }
                self.value[target as usize] += n_paths;
                self.followers.push(target);
            }
        }
    }

    fn walk_back(&mut self) {
        // Without the start: paths do not lead through the node that they begin at.
        for (place, &node) in self.order.iter().enumerate().skip(1).rev() {
            let followers = self.followers.drain(self.follower_starts[place]..);
            let shares: f64 = followers
                .map(|follower| self.value[follower as usize])
                .sum();
            let value = &mut self.value[node as usize];
            // Capped as on the way out, so that those who lead to a node share it completely.
            let gathered = value.min(N_PATHS_MAX) * shares;
            self.through[node as usize] += gathered;
            // Brandes' dependency, divided by the number of paths once, so that those before it
            // need to multiply by their own number alone.
            *value = (1.0 + gathered) / *value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pivots_are_all_nodes_and_soon_everywhere() {
        for length in [1, 2, 3, 10, 89, 1_000] {
            let nodes: Vec<u32> = (0..length).collect();
            let spread: Vec<u32> = evenly_spread(&nodes).collect();
            let mut sorted = spread.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, nodes, "{length}");
            let mut first: Vec<u32> = spread.into_iter().take(10).collect();
            first.sort_unstable();
            let widest = first.windows(2).map(|pair| pair[1] - pair[0]).max();
            assert!(widest.unwrap_or(0) <= length.div_ceil(5), "{length}");
        }
    }
}
