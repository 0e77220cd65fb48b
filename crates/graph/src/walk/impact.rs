//! What a change of a definition may affect.

use domain::{EdgeKind, SymbolKind};

use super::{Bounds, Direction, EdgeKinds, Hop, Step, Walk};

/// A node that a change may affect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// Its number in the network.
    pub node: u32,
    /// Whether it is a test.
    pub is_test: bool,
    /// A shortest way back to what changes: the node's own step first; the parent of the last step is a start or lies in one.
    pub way_back: Vec<Step>,
}

impl Affected {
    /// Returns the number of links between the node and what changes, at least 1.
    pub fn depth(&self) -> u32 {
        self.way_back.len() as u32
    }
}

/// Everything that a change may affect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// Each node once, nearest first; those of one depth in the order that the links lead to them.
    pub affected: Vec<Affected>,
    /// Whether more nodes are affected within the depth than were asked for.
    pub is_cut: bool,
}

/// Why a node matters to those that lead to it. A node may be visited once for each reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// It may behave differently: all that depend on it are affected.
    Changed,
    /// An affected member implements or overrides it: those that use it may run the other, its other implementations do not.
    StandsFor,
    /// The constructor that makes its instances is affected.
    Constructs,
}

impl Reason {
    /// Returns why the source of a link matters, if its target does for this reason; nothing if it does not.
    fn carried_by(self, kind: EdgeKind) -> Option<Reason> {
        match (self, kind) {
            (Reason::StandsFor, EdgeKind::Implements | EdgeKind::Overrides) => None,
            (Reason::Changed | Reason::StandsFor, _) => Some(Reason::Changed),
            (Reason::Constructs, EdgeKind::Instantiates) => Some(Reason::Changed),
            // Making an instance of a derived class runs the base's constructor as well.
            (Reason::Constructs, EdgeKind::Extends) => Some(Reason::Constructs),
            (Reason::Constructs, _) => None,
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Returns the bits of the reasons that add nothing to this one.
    fn covered_bits(self) -> u8 {
        match self {
            Reason::Changed => u8::MAX,
            Reason::StandsFor | Reason::Constructs => self.bit(),
        }
    }
}

impl Walk<'_> {
    /// Returns what depends on the starts or anything that they contain, directly or through others.
    ///
    /// Beyond following links of the kinds backwards, a change spreads in two ways that no single link shows. Who calls a
    /// member of an interface or of a base may run the member that implements or overrides it, so a change of the latter
    /// affects them too; it does not affect the other implementations. And `new` runs the constructor, though it names the
    /// class. The kinds switch this off with [`EdgeKind::Implements`], [`EdgeKind::Overrides`] and
    /// [`EdgeKind::Instantiates`].
    ///
    /// [`EdgeKinds::USES`] answers for definitions. With [`EdgeKinds::DEPENDENCIES`] a module that is affected by its
    /// top-level code or by what it exports again affects all that import it: right for modules, too much for a function.
    pub fn impact(&self, starts: &[u32], bounds: &Bounds) -> Impact {
        self.impact_of_alone(self.with_contents(starts), bounds)
    }

    /// Returns what [`Walk::impact`] does, where what the starts contain has not changed with them; each start is a node and stands there once.
    pub fn impact_of_alone(&self, starts: Vec<u32>, bounds: &Bounds) -> Impact {
        let mut spread = Spread::from(starts, self.network.nodes.len());
        let mut impact = Impact::default();
        let mut next = 0;
        while let Some(&Visit { step, reason, .. }) = spread.visits.get(next) {
            // Breadth first, so that all that follow are as deep.
            if step.depth == bounds.max_depth {
                break;
            }
            for (hop, reason) in self.consequences(step.node, reason, bounds.kinds) {
                let is_new = spread.seen[hop.node as usize] == 0;
                if is_new && impact.affected.len() == bounds.max_nodes {
                    impact.is_cut = true;
                    return impact;
                }
                spread.visit(next, hop, reason);
                if is_new {
                    impact.affected.push(Affected {
                        node: hop.node,
                        is_test: self.network.nodes[hop.node as usize].is_test,
                        way_back: spread.way_back(),
                    });
                }
            }
            next += 1;
        }
        impact
    }

    /// Returns whom a node matters to for a reason, and why they matter in turn.
    fn consequences(
        &self,
        node: u32,
        reason: Reason,
        kinds: EdgeKinds,
    ) -> impl Iterator<Item = (Hop, Reason)> {
        let dependents = self
            .hops(node, Direction::Inward)
            .filter(move |hop| kinds.contains(hop.kind))
            .filter_map(move |hop| Some((hop, reason.carried_by(hop.kind)?)));
        dependents
            .chain(self.stood_for(node, reason, kinds))
            .chain(self.constructed(node, reason, kinds))
    }

    /// Returns the members that an affected member implements or overrides.
    fn stood_for(
        &self,
        node: u32,
        reason: Reason,
        kinds: EdgeKinds,
    ) -> impl Iterator<Item = (Hop, Reason)> {
        // A class or an object that implements an interface is not one of these: its members speak for themselves. Functions, variables and
        // modules implement what a file of declarations says of them.
        let is_member = matches!(
            self.network.nodes[node as usize].kind,
            SymbolKind::Method
                | SymbolKind::Getter
                | SymbolKind::Setter
                | SymbolKind::Property
                | SymbolKind::Function
                | SymbolKind::Variable
                | SymbolKind::Module
        );
        let is_affected_member = is_member && reason != Reason::Constructs;
        self.hops(node, Direction::Outward)
            .filter(move |_| is_affected_member)
            .filter(|hop| matches!(hop.kind, EdgeKind::Implements | EdgeKind::Overrides))
            .filter(move |hop| kinds.contains(hop.kind))
            .map(|hop| (hop, Reason::StandsFor))
    }

    /// Returns the class of a constructor that changed.
    fn constructed(
        &self,
        node: u32,
        reason: Reason,
        kinds: EdgeKinds,
    ) -> impl Iterator<Item = (Hop, Reason)> {
        let is_changed_constructor = reason == Reason::Changed
            && self.network.nodes[node as usize].kind == SymbolKind::Constructor
            && kinds.contains(EdgeKind::Instantiates);
        self.hops(node, Direction::Inward)
            .filter(move |hop| is_changed_constructor && hop.kind == EdgeKind::Contains)
            .map(|hop| (hop, Reason::Constructs))
    }
}

/// A node with one reason; its step is made up at a start, where the depth is 0.
struct Visit {
    step: Step,
    reason: Reason,
    /// Place of the visit that it came from.
    origin: usize,
}

/// A change on its way, breadth first.
struct Spread {
    /// The reasons that each node was visited for.
    seen: Vec<u8>,
    visits: Vec<Visit>,
}

impl Spread {
    fn from(starts: Vec<u32>, n_nodes: usize) -> Spread {
        let mut spread = Spread {
            seen: vec![0; n_nodes],
            visits: Vec::new(),
        };
        for node in starts {
            spread.seen[node as usize] = Reason::Changed.covered_bits();
            spread.visits.push(Visit {
                step: Step {
                    node,
                    depth: 0,
                    via: u32::MAX,
                    parent: node,
                },
                reason: Reason::Changed,
                origin: usize::MAX,
            });
        }
        spread
    }

    /// Visits the node at the end of a hop, unless it was visited for this reason.
    fn visit(&mut self, origin: usize, hop: Hop, reason: Reason) {
        let seen = &mut self.seen[hop.node as usize];
        if *seen & reason.bit() != 0 {
            return;
        }
        // Whoever may behave differently is affected in every way; no later reason adds to it.
        *seen |= reason.covered_bits();
        let from = self.visits[origin].step;
        self.visits.push(Visit {
            step: Step {
                node: hop.node,
                depth: from.depth + 1,
                via: hop.via,
                parent: from.node,
            },
            reason,
            origin,
        });
    }

    /// Returns the steps from the latest visit back to a start.
    fn way_back(&self) -> Vec<Step> {
        let latest = self.visits.last();
        std::iter::successors(latest, |visit| self.visits.get(visit.origin))
            .map(|visit| visit.step)
            .filter(|step| step.depth > 0)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::sketch::sketch;

    /// Checks the affected nodes and the way back of each.
    fn check(nodes: &str, links: &str, start: u32, expected: &[&[u32]]) {
        let network = sketch(nodes, links);
        let impact = Walk::new(&network).impact(&[start], &everything());
        let ways: Vec<Vec<u32>> = impact
            .affected
            .iter()
            .map(|affected| affected.way_back.iter().map(|step| step.node).collect())
            .collect();
        assert_eq!(ways, expected, "{links} from {start}");
    }

    fn everything() -> Bounds {
        Bounds {
            kinds: EdgeKinds::USES,
            max_depth: u32::MAX,
            max_nodes: usize::MAX,
        }
    }

    #[test]
    fn dependents_of_dependents_are_affected() {
        check(
            "mff mft",
            "1 calls 2, 4 calls 1, 5 uses_type 1, 3 imports 0",
            2,
            &[&[1], &[4, 1], &[5, 1]],
        );
    }

    #[test]
    fn change_of_a_definition_alone_is_none_of_what_it_contains() {
        let network = sketch("mcd mff", "1 contains 2, 4 calls 2, 5 uses_type 1");
        let impact = Walk::new(&network).impact_of_alone(vec![1], &everything());
        let nodes = impact.affected.iter().map(|affected| affected.node);
        assert_eq!(nodes.collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn change_of_a_definition_is_a_change_of_what_it_contains() {
        check(
            "mcdd mf",
            "0 contains 1, 1 contains 2, 1 contains 3, 2 calls 3, 5 calls 3",
            1,
            &[&[5]],
        );
    }

    /// 1 is an interface with member 2, implemented by 3 in class 7 and by 4 in class 8; 5 calls the member, 6 calls 4.
    const IMPLEMENTATIONS: (&str, &str) = (
        "midddffcc",
        "1 contains 2, 3 implements 2, 4 implements 2, 5 calls 2, 6 calls 4, 7 contains 3, 8 contains 4",
    );

    #[test]
    fn implementation_affects_callers_of_the_interface_but_no_other_implementation() {
        let (nodes, links) = IMPLEMENTATIONS;
        check(nodes, links, 3, &[&[2], &[5, 2]]);
    }

    #[test]
    fn interface_affects_its_implementations_and_their_callers() {
        let (nodes, links) = IMPLEMENTATIONS;
        check(nodes, links, 2, &[&[3], &[4], &[5], &[6, 4]]);
    }

    #[test]
    fn override_affects_callers_of_the_base_at_every_height() {
        check(
            "mdddf",
            "1 overrides 2, 2 overrides 3, 4 calls 3",
            1,
            &[&[2], &[3, 2], &[4, 3, 2]],
        );
    }

    #[test]
    fn member_that_stands_for_a_change_and_then_changes_itself_affects_its_overrides() {
        // 1 overrides 2 and so 2 stands for it; but 2 also runs it by way of 4 and 5, which affects the override 3.
        check(
            "mdddff",
            "1 overrides 2, 3 overrides 2, 2 calls 4, 4 calls 5, 5 calls 1",
            1,
            &[&[5], &[2], &[4, 5], &[3, 2, 4, 5]],
        );
    }

    #[test]
    fn constructor_affects_those_that_make_instances_of_its_class_or_a_derived_one() {
        check(
            "mckdffcf",
            "1 contains 2, 1 contains 3, 4 instantiates 1, 5 uses_type 1, 6 extends 1, 7 instantiates 6",
            2,
            &[&[1], &[4, 1], &[6, 1], &[7, 6, 1]],
        );
    }

    #[test]
    fn tests_are_distinguished_and_bounds_are_kept() {
        let network = sketch("mftft", "2 calls 1, 3 calls 1, 4 calls 3");
        let walk = Walk::new(&network);
        let impact = walk.impact(&[1], &everything());
        let tests: Vec<(u32, u32)> = impact
            .affected
            .iter()
            .filter(|affected| affected.is_test)
            .map(|affected| (affected.node, affected.depth()))
            .collect();
        assert_eq!(tests, [(2, 1), (4, 2)]);

        for (max_depth, max_nodes, n_affected, is_cut) in [
            (1, 9, 2, false),
            (9, 2, 2, true),
            (9, 3, 3, false),
            (0, 9, 0, false),
        ] {
            let bounds = Bounds {
                max_depth,
                max_nodes,
                ..everything()
            };
            let impact = walk.impact(&[1], &bounds);
            assert_eq!(
                (impact.affected.len(), impact.is_cut),
                (n_affected, is_cut),
                "{bounds:?}"
            );
        }
    }
}
