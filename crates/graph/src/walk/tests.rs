use std::collections::{BTreeMap, BTreeSet};

use domain::SymbolKind;
use proptest::prelude::*;

use super::*;
use crate::network::sketch::{networks, sketch};

#[test]
fn contents_are_listed_once_and_nearest_first() {
    let network = sketch(
        "mcdd f",
        "0 contains 1, 1 contains 2, 2 contains 3, 1 calls 4",
    );
    let walk = Walk::new(&network);
    assert_eq!(walk.with_contents(&[0]), [0, 1, 2, 3]);
    assert_eq!(walk.with_contents(&[2, 1, 9, 2]), [2, 1, 3]);
}

/// Distance of every node that the start leads to, by trying all links until nothing gets nearer.
fn distances(network: &Network, start: u32, kinds: EdgeKinds) -> BTreeMap<u32, u32> {
    let mut known = BTreeMap::from([(start, 0)]);
    loop {
        let before = known.clone();
        for link in network
            .links
            .iter()
            .filter(|link| kinds.contains(link.kind))
        {
            let Some(depth) = before.get(&link.source) else {
                continue;
            };
            let nearest = known.entry(link.target).or_insert(depth + 1);
            *nearest = (*nearest).min(depth + 1);
        }
        if known == before {
            return known;
        }
    }
}

/// Everything that a change of the start affects, from the definition: three sets that grow until they stand.
fn affected(network: &Network, start: u32) -> BTreeSet<u32> {
    let mut changed = BTreeSet::from_iter(Walk::new(network).with_contents(&[start]));
    let starts = changed.clone();
    let mut stands_for = BTreeSet::new();
    let mut constructs = BTreeSet::new();
    let kind = |node: u32| network.nodes[node as usize].kind;
    let is_member = |node: u32| {
        use SymbolKind::{Function, Getter, Method, Module, Property, Setter, Variable};
        [Method, Getter, Setter, Property, Function, Variable, Module].contains(&kind(node))
    };
    loop {
        let size = changed.len() + stands_for.len() + constructs.len();
        for link in &network.links {
            let (source, target) = (link.source, link.target);
            let is_dependency = link.kind != EdgeKind::Contains;
            let replaces = matches!(link.kind, EdgeKind::Implements | EdgeKind::Overrides);
            let is_affected = changed.contains(&source) || stands_for.contains(&source);
            if is_dependency && changed.contains(&target)
                || is_dependency && !replaces && stands_for.contains(&target)
                || link.kind == EdgeKind::Instantiates && constructs.contains(&target)
            {
                changed.insert(source);
            }
            if replaces && is_member(source) && is_affected {
                stands_for.insert(target);
            }
            let makes = link.kind == EdgeKind::Contains
                && kind(target) == SymbolKind::Constructor
                && changed.contains(&target);
            if makes || link.kind == EdgeKind::Extends && constructs.contains(&target) {
                constructs.insert(source);
            }
        }
        if size == changed.len() + stands_for.len() + constructs.len() {
            break;
        }
    }
    let all: BTreeSet<u32> = [changed, stands_for, constructs]
        .into_iter()
        .flatten()
        .collect();
    all.difference(&starts).copied().collect()
}

fn everything(kinds: EdgeKinds) -> Bounds {
    Bounds {
        kinds,
        max_depth: u32::MAX,
        max_nodes: usize::MAX,
    }
}

fn is_way(network: &Network, way: &[Step]) -> bool {
    way.iter().all(|step| {
        let link = network.links[step.via as usize];
        [(link.source, link.target), (link.target, link.source)].contains(&(step.node, step.parent))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn callees_and_paths_have_the_distance_of_a_naive_search(network in networks()) {
        let walk = Walk::new(&network);
        for kinds in [EdgeKinds::ALL, EdgeKinds::DEPENDENCIES, EdgeKinds::CALLS] {
            let distances = distances(&network, 0, kinds);
            let reach = walk.callees(&[0], &everything(kinds));
            let found: BTreeMap<u32, u32> = reach.steps.iter().map(|step| (step.node, step.depth)).collect();
            prop_assert_eq!(found.len(), reach.steps.len());
            for node in 0..network.nodes.len() as u32 {
                let path = walk.path(&[0], &[node], kinds);
                prop_assert_eq!(path.as_ref().map(|way| way.len() as u32), distances.get(&node).copied());
                prop_assert!(is_way(&network, &path.unwrap_or_default()));
                if node != 0 {
                    prop_assert_eq!(found.get(&node), distances.get(&node));
                    prop_assert_eq!(reach.way_back(node).len() as u32, distances.get(&node).copied().unwrap_or(0));
                }
            }
        }
    }

    #[test]
    fn callers_are_those_whose_callees_one_is(network in networks()) {
        let walk = Walk::new(&network);
        let bounds = everything(EdgeKinds::DEPENDENCIES);
        let callers: BTreeSet<u32> = walk.callers(&[0], &bounds).steps.iter().map(|step| step.node).collect();
        for node in 1..network.nodes.len() as u32 {
            let calls = walk.callees(&[node], &bounds).steps.iter().any(|step| step.node == 0);
            prop_assert_eq!(callers.contains(&node), calls);
        }
    }

    #[test]
    fn impact_is_what_the_rules_derive(network in networks()) {
        let walk = Walk::new(&network);
        for start in 0..network.nodes.len() as u32 {
            let impact = walk.impact(&[start], &everything(EdgeKinds::DEPENDENCIES));
            let nodes: BTreeSet<u32> = impact.affected.iter().map(|affected| affected.node).collect();
            prop_assert_eq!(nodes.len(), impact.affected.len());
            prop_assert_eq!(nodes, affected(&network, start));
            prop_assert!(impact.affected.is_sorted_by_key(Affected::depth));
            let starts = walk.with_contents(&[start]);
            for affected in &impact.affected {
                let way = &affected.way_back;
                prop_assert!(is_way(&network, way));
                prop_assert_eq!(way[0].node, affected.node);
                prop_assert!(way.windows(2).all(|pair| pair[0].parent == pair[1].node));
                prop_assert!(starts.contains(&way[way.len() - 1].parent));
            }
        }
    }

    #[test]
    fn impact_without_dispatch_is_what_reaches_the_start(network in networks()) {
        let walk = Walk::new(&network);
        let dispatch = [EdgeKind::Implements, EdgeKind::Overrides, EdgeKind::Instantiates];
        let bounds = everything(EdgeKinds::DEPENDENCIES.without(EdgeKinds::of(&dispatch)));
        for start in 0..network.nodes.len() as u32 {
            let impact = walk.impact(&[start], &bounds);
            let affected: Vec<(u32, u32)> = impact.affected.iter().map(|each| (each.node, each.depth())).collect();
            let reach = walk.callers(&walk.with_contents(&[start]), &bounds);
            let reached: Vec<(u32, u32)> = reach.steps.iter().map(|step| (step.node, step.depth)).collect();
            prop_assert_eq!(affected, reached);
        }
    }

    #[test]
    fn cycles_hold_exactly_the_nodes_that_reach_themselves(network in networks()) {
        let found = cycles(&network, CycleLevel::Calls);
        let walk = Walk::new(&network);
        let reaches = |from, to| walk.path(&[from], &[to], EdgeKinds::CALLS).is_some();
        for first in 0..network.nodes.len() as u32 {
            for second in 0..first {
                let together = found.iter().any(|cycle| [first, second].iter().all(|node| cycle.nodes.contains(node)));
                prop_assert_eq!(together, reaches(first, second) && reaches(second, first));
            }
        }
        for cycle in &found {
            let links: Vec<Link> = cycle.evidence.iter().map(|&link| network.links[link as usize]).collect();
            let next = links.iter().cycle().skip(1);
            prop_assert!(links.iter().zip(next).all(|(link, next)| link.target == next.source));
            prop_assert!(links.iter().all(|link| cycle.nodes.contains(&link.source) && EdgeKinds::CALLS.contains(link.kind)));
            let shortest = network.links.iter()
                .filter(|link| link.source != link.target && EdgeKinds::CALLS.contains(link.kind))
                .filter(|link| cycle.nodes.contains(&link.source))
                .filter_map(|link| Some(walk.path(&[link.target], &[link.source], EdgeKinds::CALLS)?.len() + 1))
                .min();
            prop_assert_eq!(Some(links.len()), shortest);
        }
    }
}
