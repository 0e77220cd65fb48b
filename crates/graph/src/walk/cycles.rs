//! Cycles among modules or calls, each with the evidence of a short one.

mod evidence;

use domain::SymbolKind;

use super::EdgeKinds;
use crate::network::{Link, Network, components};
use evidence::Evidence;

/// What goes round in circles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CycleLevel {
    /// Modules that import each other or export from each other again ([`EdgeKinds::IMPORTS`]) when the program runs.
    Modules,
    /// The same with imports for types only, of which nothing is left when the program runs.
    ModulesWithTypes,
    /// Definitions that call each other ([`EdgeKinds::CALLS`]).
    Calls,
}

/// Nodes that all lead to each other: a strongly connected component of more than one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// All of them, in ascending order; among modules each file by its first node.
    pub nodes: Vec<u32>,
    /// Numbers of the links of one short cycle among them, each leading to the next one's source and the last to the first's;
    /// among modules, to any node of that file.
    ///
    /// No cycle is shorter, unless the component is so large that only the cycles through its first nodes were compared.
    pub evidence: Vec<u32>,
}

/// A link between the nodes of a level.
#[derive(Clone, Copy, Debug)]
struct Arc {
    source: u32,
    target: u32,
    link: u32,
}

/// Returns the cycles of a network, the largest first, equal ones by their first node.
pub fn cycles(network: &Network, level: CycleLevel) -> Vec<Cycle> {
    let n_nodes = network.nodes.len();
    let arcs = arcs_of(network, level);
    let pairs = arcs.iter().map(|arc| (arc.source, arc.target));
    let mut components = components(n_nodes, pairs);
    components.retain(|component| component.len() > 1);
    // Stable, so that equal ones stay in the order of their first nodes.
    components.sort_by_key(|component| std::cmp::Reverse(component.len()));
    let mut evidence = Evidence::new(n_nodes, &arcs, &components);
    components
        .into_iter()
        .map(|nodes| Cycle {
            evidence: evidence.shortest_cycle(&nodes),
            nodes,
        })
        .collect()
}

/// Returns a shortest cycle through each of some links that is in one, in the order of the links and each cycle once, at most `limit`.
///
/// The nodes of each are those of that circle alone.
pub fn cycles_through(
    network: &Network,
    level: CycleLevel,
    links: &[u32],
    limit: usize,
) -> Vec<Cycle> {
    let arcs = arcs_of(network, level);
    let pairs = arcs.iter().map(|arc| (arc.source, arc.target));
    let components = components(network.nodes.len(), pairs);
    let evidence = Evidence::new(network.nodes.len(), &arcs, &components);
    let mut found: Vec<Cycle> = Vec::new();
    for &link in links {
        if found.len() == limit {
            break;
        }
        // Links are numbered in the order of the arcs.
        let arc = arcs.binary_search_by_key(&link, |arc| arc.link);
        let way_round = arc.ok().and_then(|arc| evidence.circle_through(arc));
        let Some(way_round) = way_round else { continue };
        let mut nodes: Vec<u32> = way_round.iter().map(|&arc| arcs[arc].source).collect();
        nodes.sort_unstable();
        if found.iter().all(|cycle| cycle.nodes != nodes) {
            let links = way_round.into_iter().map(|arc| arcs[arc].link);
            found.push(Cycle {
                nodes,
                evidence: links.collect(),
            });
        }
    }
    found
}

fn arcs_of(network: &Network, level: CycleLevel) -> Vec<Arc> {
    match level {
        CycleLevel::Modules => module_arcs(network, |link| !link.is_type_only),
        CycleLevel::ModulesWithTypes => module_arcs(network, |_| true),
        CycleLevel::Calls => arcs(
            network,
            |link| EdgeKinds::CALLS.contains(link.kind),
            |node| node,
        ),
    }
}

fn module_arcs(network: &Network, counts: impl Fn(&Link) -> bool) -> Vec<Arc> {
    let mut module_of_file = vec![None; network.n_files()];
    for (number, node) in (0..).zip(&network.nodes) {
        let module = module_of_file[node.file as usize].get_or_insert(number);
        debug_assert!(
            *module == number || node.kind != SymbolKind::Module,
            "a file's module comes first"
        );
    }
    arcs(
        network,
        |link| EdgeKinds::IMPORTS.contains(link.kind) && counts(link),
        |node| {
            module_of_file[network.file_of(node) as usize].expect("every node's file was entered")
        },
    )
}

fn arcs(network: &Network, counts: impl Fn(&Link) -> bool, place: impl Fn(u32) -> u32) -> Vec<Arc> {
    (0..)
        .zip(&network.links)
        .filter(|(_, link)| counts(link))
        .map(|(number, link)| Arc {
            source: place(link.source),
            target: place(link.target),
            link: number,
        })
        // Recursion, and what a file has to do with itself, are no cycle of several.
        .filter(|arc| arc.source != arc.target)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::sketch::{calls, sketch};

    /// The nodes of a cycle, and the ends of the links of its evidence.
    type Drawn<'a> = (&'a [u32], &'a [(u32, u32)]);

    fn check(network: &Network, level: CycleLevel, expected: &[Drawn<'_>]) {
        let found = cycles(network, level);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (cycle, (nodes, ends)) in found.iter().zip(expected) {
            assert_eq!(cycle.nodes, *nodes);
            let links = cycle
                .evidence
                .iter()
                .map(|&link| network.links[link as usize]);
            let found_ends: Vec<(u32, u32)> =
                links.map(|link| (link.source, link.target)).collect();
            assert_eq!(found_ends, *ends);
        }
    }

    #[test]
    fn largest_cycle_comes_first_with_its_shortest_circle() {
        let links = [
            (0, 1),
            (1, 0),
            (2, 3),
            (3, 4),
            (4, 2),
            (4, 5),
            (5, 4),
            (1, 2),
            (6, 6),
        ];
        check(
            &calls(7, &links),
            CycleLevel::Calls,
            &[
                (&[2, 3, 4, 5], &[(4, 5), (5, 4)]),
                (&[0, 1], &[(0, 1), (1, 0)]),
            ],
        );
    }

    #[test]
    fn modules_are_tied_by_what_they_import_and_export_again() {
        let network = sketch(
            "mf mf mf",
            "0 imports 2, 2 re_exports 5, 4 imports 0, 1 calls 3, 3 calls 1",
        );
        check(
            &network,
            CycleLevel::Modules,
            &[(&[0, 2, 4], &[(0, 2), (2, 5), (4, 0)])],
        );
        check(&network, CycleLevel::Calls, &[(&[1, 3], &[(1, 3), (3, 1)])]);
    }

    #[test]
    fn network_without_cycles_has_none() {
        check(&calls(3, &[(0, 1), (0, 2), (1, 2)]), CycleLevel::Calls, &[]);
        check(&Network::default(), CycleLevel::Modules, &[]);
    }

    #[test]
    fn cycles_through_a_link_are_short_and_only_those() {
        let links = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 2), (3, 4)];
        let network = calls(5, &links);
        let through = |links: &[u32], limit: usize| -> Vec<(Vec<u32>, Vec<u32>)> {
            let found = cycles_through(&network, CycleLevel::Calls, links, limit);
            found
                .into_iter()
                .map(|cycle| (cycle.nodes, cycle.evidence))
                .collect()
        };
        // In the order of links: 0 → 1, 1 → 2, 2 → 0, 2 → 3, 3 → 2, 3 → 4.
        let triangle = (vec![0, 1, 2], vec![1, 2, 0]);
        let pair = (vec![2, 3], vec![4, 3]);
        assert_eq!(through(&[1], 9), std::slice::from_ref(&triangle));
        assert_eq!(through(&[1, 2, 4, 5], 9), [triangle.clone(), pair]);
        assert_eq!(through(&[1, 2, 4, 5], 1), [triangle]);
        assert_eq!(through(&[5, 99], 9), []);
    }

    #[test]
    fn ring_too_large_to_compare_all_circles_still_has_evidence() {
        let n_nodes = 20_000;
        let mut links: Vec<(u32, u32)> = (1..n_nodes).map(|node| (node - 1, node)).collect();
        links.push((n_nodes - 1, 0));
        let found = cycles(&calls(n_nodes, &links), CycleLevel::Calls);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].evidence.len(), n_nodes as usize);
    }
}
