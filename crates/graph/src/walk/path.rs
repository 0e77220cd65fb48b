//! A shortest dependency path between two definitions.

use std::ops::ControlFlow;

use super::{Direction, EdgeKinds, Reach, Step, Walk};

impl Walk<'_> {
    /// Returns a shortest way along links of some kinds from any of `from` to any of `to`: the steps in the order of the way,
    /// the last one at its end.
    ///
    /// Among ways of equal length, the one that starts earlier in `from`, then the one with the smaller node number at the
    /// first difference. Without steps where a node is in both; `None` where there is no way. Give
    /// [`Walk::with_contents`] of two nodes to also find the ways between what they hold.
    pub fn path(&self, from: &[u32], to: &[u32], kinds: EdgeKinds) -> Option<Vec<Step>> {
        let n_nodes = self.network.nodes.len();
        let exists = |node: &&u32| (**node as usize) < n_nodes;
        let mut is_end = vec![false; n_nodes];
        for &node in to.iter().filter(exists) {
            is_end[node as usize] = true;
        }
        if from
            .iter()
            .filter(exists)
            .any(|&node| is_end[node as usize])
        {
            return Some(Vec::new());
        }
        let mut reach = Reach::default();
        let mut end = None;
        // Breadth first from the starts in their order and along links in theirs, which is what
        // decides between ways of equal length.
        self.explore(from, kinds, Direction::Outward, |step| {
            reach.steps.push(step);
            if is_end[step.node as usize] {
                end = Some(step.node);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        let mut way = reach.way_back(end?);
        way.reverse();
        Some(way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::sketch::calls;

    fn check(links: &[(u32, u32)], from: &[u32], to: &[u32], expected: Option<&[u32]>) {
        let network = calls(7, links);
        let path = Walk::new(&network).path(from, to, EdgeKinds::DEPENDENCIES);
        let nodes = path.map(|way| way.iter().map(|step| step.node).collect::<Vec<_>>());
        assert_eq!(nodes.as_deref(), expected, "{links:?} {from:?} {to:?}");
    }

    #[test]
    fn shortest_way_wins() {
        let links = [(0, 1), (1, 2), (2, 3), (0, 4), (4, 3)];
        check(&links, &[0], &[3], Some(&[4, 3]));
        check(&links, &[3], &[0], None);
        check(&links, &[0], &[0], Some(&[]));
        check(&links, &[0], &[9], None);
    }

    #[test]
    fn smaller_numbers_win_among_equals() {
        let links = [(0, 2), (0, 1), (1, 5), (2, 4), (4, 6), (5, 6)];
        check(&links, &[0], &[6], Some(&[1, 5, 6]));
    }

    #[test]
    fn nearest_of_several_ends_is_found() {
        let links = [(0, 1), (1, 2), (3, 4)];
        check(&links, &[0, 3], &[2, 4], Some(&[4]));
        check(&links, &[0, 3], &[5, 3], Some(&[]));
    }
}
