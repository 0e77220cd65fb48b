//! Lists by number in two allocations.

/// Things by the group they belong to: things and groups are both counted from 0.
///
/// All groups share one array (compressed sparse rows), so that a graph's adjacency is two allocations and a walk reads memory
/// in order.
#[derive(Clone, Debug)]
pub(crate) struct Groups {
    starts: Vec<u32>,
    things: Vec<u32>,
}

impl Groups {
    /// Sorts things into groups, given the group of each thing in turn; inside a group they keep their order.
    pub(crate) fn new(n_groups: usize, group_of: impl Iterator<Item = u32> + Clone) -> Groups {
        let mut starts = vec![0; n_groups + 1];
        let mut n_things = 0;
        for group in group_of.clone() {
            starts[group as usize + 1] += 1;
            n_things += 1;
        }
        for group in 0..n_groups {
            starts[group + 1] += starts[group];
        }
        // Placed in their order, so that the sort is stable: answers are ordered by it.
        let mut next = starts.clone();
        let mut things = vec![0; n_things];
        for (thing, group) in (0..).zip(group_of) {
            let place = &mut next[group as usize];
            things[*place as usize] = thing;
            *place += 1;
        }
        Groups { starts, things }
    }

    /// Returns the things of a group, in order; nothing for a group that does not exist.
    pub(crate) fn get(&self, group: u32) -> &[u32] {
        let group = group as usize;
        match (self.starts.get(group), self.starts.get(group + 1)) {
            (Some(&start), Some(&end)) => &self.things[start as usize..end as usize],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_stand_in_their_group_in_order() {
        let groups = Groups::new(4, [2, 0, 2, 3, 2].into_iter());
        let expected: [&[u32]; 5] = [&[1], &[], &[0, 2, 4], &[3], &[]];
        for (group, things) in (0..).zip(expected) {
            assert_eq!(groups.get(group), things, "{group}");
        }
    }
}
