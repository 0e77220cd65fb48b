//! Strongly connected components.

use super::groups::Groups;

/// The lowest mark of a node that no search has come to; marks of others count from 1.
const UNSEEN: u32 = 0;

/// The lowest mark of a node whose component is known, so that it lowers no other's.
const CLOSED: u32 = u32::MAX;

/// Returns the strongly connected components: nodes in ascending order, components by their smallest node.
pub fn components(n_nodes: usize, links: impl IntoIterator<Item = (u32, u32)>) -> Vec<Vec<u32>> {
    let links: Vec<(u32, u32)> = links.into_iter().collect();
    let mut search = Search {
        links_of: Groups::new(n_nodes, links.iter().map(|(source, _)| *source)),
        links,
        n_seen: 0,
        mark: vec![UNSEEN; n_nodes],
        lowest: vec![UNSEEN; n_nodes],
        path: Vec::new(),
        open: Vec::new(),
        components: Vec::new(),
    };
    for node in 0..n_nodes as u32 {
        search.search_from(node);
    }
    let mut components = search.components;
    components.sort_unstable();
    components
}

/// Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972), with a stack of its own: a long chain of calls in a
/// repository would overflow the machine's.
struct Search {
    links: Vec<(u32, u32)>,
    links_of: Groups,
    n_seen: u32,
    /// By node: when the search came to it.
    mark: Vec<u32>,
    /// By node: the lowest mark of an open node that it is known to reach.
    lowest: Vec<u32>,
    /// The way to the current node, each with how many of its links were followed.
    path: Vec<(u32, usize)>,
    /// Nodes whose component is not known, in the order of their marks.
    open: Vec<u32>,
    components: Vec<Vec<u32>>,
}

impl Search {
    fn search_from(&mut self, node: u32) {
        if self.lowest[node as usize] == UNSEEN {
            self.enter(node);
        }
        while let Some((node, n_followed)) = self.path.last_mut() {
            let node = *node;
            let Some(&link) = self.links_of.get(node).get(*n_followed) else {
                self.leave(node);
                continue;
            };
            *n_followed += 1;
            let (_, target) = self.links[link as usize];
            match self.lowest[target as usize] {
                UNSEEN => self.enter(target),
                lowest => self.lower(node, lowest),
            }
        }
    }

    fn enter(&mut self, node: u32) {
        self.n_seen += 1;
        self.mark[node as usize] = self.n_seen;
        self.lowest[node as usize] = self.n_seen;
        self.path.push((node, 0));
        self.open.push(node);
    }

    fn lower(&mut self, node: u32, lowest: u32) {
        let known = &mut self.lowest[node as usize];
        *known = lowest.min(*known);
    }

    fn leave(&mut self, node: u32) {
        self.path.pop();
        // Nothing before it is reached from it, so what is open since it is a component of its own.
        if self.lowest[node as usize] == self.mark[node as usize] {
            let start = self
                .open
                .partition_point(|open| self.mark[*open as usize] < self.mark[node as usize]);
            let mut component = self.open.split_off(start);
            for member in &component {
                self.lowest[*member as usize] = CLOSED;
            }
            component.sort_unstable();
            self.components.push(component);
        }
        if let Some(&(parent, _)) = self.path.last() {
            self.lower(parent, self.lowest[node as usize]);
        }
    }
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
    fn components_are_what_reaches_each_other_in_any_graph() {
        const N: usize = 9;
        let mut state = 1_u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        for _ in 0..500 {
            let n_links = random(20);
            let links: Vec<(u32, u32)> = (0..n_links)
                .map(|_| (random(N as u32), random(N as u32)))
                .collect();
            let mut reaches = [[false; N]; N];
            for (node, row) in reaches.iter_mut().enumerate() {
                row[node] = true;
            }
            for _ in 0..N {
                for &(source, target) in &links {
                    for row in &mut reaches {
                        row[target as usize] |= row[source as usize];
                    }
                }
            }
            let together = |a: usize, b: usize| reaches[a][b] && reaches[b][a];
            let mut expected: Vec<Vec<u32>> = (0..N)
                .map(|a| {
                    (0..N)
                        .filter(|&b| together(a, b))
                        .map(|b| b as u32)
                        .collect()
                })
                .collect();
            expected.sort_unstable();
            expected.dedup();
            assert_eq!(components(N, links.clone()), expected, "{links:?}");
        }
    }

    #[test]
    fn long_chain_does_not_exhaust_the_stack() {
        let n_nodes = 200_000;
        let chain = (1..n_nodes as u32).map(|node| (node - 1, node));
        assert_eq!(components(n_nodes, chain).len(), n_nodes);
    }
}
