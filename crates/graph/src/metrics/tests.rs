use domain::EdgeKind;
use proptest::prelude::*;

use super::*;
use crate::network::sketch::{calls, networks, sketch};

/// Checks one measure of every node, to three digits.
fn check(network: &Network, measure: impl Fn(&NodeMetrics) -> f32, expected: &[f32]) {
    let found: Vec<f32> = metrics(network).iter().map(measure).collect();
    let is_near = |(found, expected): (&f32, &f32)| (found - expected).abs() < 5e-4;
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(is_near),
        "{found:?} is not {expected:?}"
    );
}

#[test]
fn network_without_nodes_has_no_measures() {
    assert_eq!(metrics(&Network::default()), []);
}

#[test]
fn fans_count_distinct_other_nodes() {
    let links = "0 contains 1, 1 calls 2, 1 uses_type 2, 1 calls 1, 2 calls 1, 3 calls 1";
    let network = sketch("mfff", links);
    check(&network, |node| node.fan_in as f32, &[0.0, 2.0, 1.0, 0.0]);
    check(&network, |node| node.fan_out as f32, &[0.0, 1.0, 1.0, 1.0]);
}

#[test]
fn modules_are_coupled_by_all_that_is_in_them() {
    let links = "0 imports 3, 1 calls 4, 1 calls 5, 2 calls 4, 2 calls 7, 2 calls 1, 7 calls 1";
    let network = sketch("mff mff mf", links);
    let zero = 0.0;
    let afferent = [1.0, 1.0, zero, 1.0, 1.0, 1.0, 1.0, 1.0];
    let efferent = [2.0, 1.0, 2.0, zero, zero, zero, 1.0, 1.0];
    check(&network, |node| node.afferent as f32, &afferent);
    check(&network, |node| node.efferent as f32, &efferent);
    let instability = [2.0 / 3.0, 0.5, 1.0, zero, zero, zero, 0.5, 0.5];
    check(&network, |node| node.instability, &instability);
    let fan_in = [zero, 2.0, zero, 1.0, 2.0, 1.0, zero, 1.0];
    check(&network, |node| node.fan_in as f32, &fan_in);
}

#[test]
fn rank_flows_to_what_is_depended_on_by_weight() {
    // By hand for 0 -> 1: x = 0.15 + 0.425 y and y = 0.15 + 0.85 x + 0.425 y, with x + y = 2.
    check(
        &calls(2, &[(0, 1)]),
        |node| node.page_rank,
        &[0.7018, 1.2982],
    );
    check(&calls(3, &[]), |node| node.page_rank, &[1.0; 3]);
    check(
        &calls(3, &[(0, 1), (1, 2), (2, 0), (1, 1)]),
        |node| node.page_rank,
        &[1.0; 3],
    );
    let weighted = sketch("f f f", "0 calls 1 *3, 0 calls 2, 1 calls 0, 2 calls 0");
    let ranks: Vec<f32> = metrics(&weighted)
        .iter()
        .map(|node| node.page_rank)
        .collect();
    assert!(
        (ranks[1] - 0.15 - 3.0 * (ranks[2] - 0.15)).abs() < 1e-3,
        "{ranks:?}"
    );
}

#[test]
fn betweenness_is_the_share_of_shortest_paths() {
    check(&calls(2, &[(0, 1)]), |node| node.betweenness, &[0.0; 2]);
    check(
        &calls(4, &[(0, 1), (1, 2)]),
        |node| node.betweenness,
        &[0.0, 0.5, 0.0, 0.0],
    );
    // Two equal ways share: of 20 ordered pairs, one half of (0, 3) and (0, 4) each, and (0, 4), (1, 4), (2, 4) for node 3.
    check(
        &calls(5, &[(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)]),
        |node| node.betweenness,
        &[0.0, 1.0 / 12.0, 1.0 / 12.0, 0.25, 0.0],
    );
}

#[test]
fn sampled_betweenness_is_near_the_exact_one() {
    let n_callers = 3_000;
    let hub = n_callers;
    let mut links: Vec<(u32, u32)> = (0..n_callers).map(|caller| (caller, hub)).collect();
    links.extend((1..=n_callers).map(|callee| (hub, hub + callee)));
    let n_nodes = 2 * n_callers + 1;
    let found = metrics(&calls(n_nodes, &links))[hub as usize].betweenness;
    let exact = f64::from(n_callers).powi(2) / f64::from((n_nodes - 1) * (n_nodes - 2));
    assert!(
        (f64::from(found) / exact - 1.0).abs() < 0.01,
        "{found} {exact}"
    );
}

#[test]
fn many_diamonds_keep_betweenness_finite() {
    // Each diamond doubles the number of shortest paths, here to 2^1200.
    let links: Vec<(u32, u32)> = (0..1_200)
        .map(|diamond| 3 * diamond)
        .flat_map(|top| {
            [
                (top, top + 1),
                (top, top + 2),
                (top + 1, top + 3),
                (top + 2, top + 3),
            ]
        })
        .collect();
    let found = metrics(&calls(3_601, &links));
    assert!(
        found
            .iter()
            .all(|node| (0.0..=1.0).contains(&node.betweenness))
    );
}

#[test]
fn cycles_are_named_by_their_smallest_node() {
    let network = calls(6, &[(3, 1), (1, 5), (5, 3), (0, 1), (2, 4), (4, 2)]);
    check(
        &network,
        |node| node.cycle as f32,
        &[0.0, 1.0, 2.0, 1.0, 2.0, 1.0],
    );
    check(
        &network,
        |node| node.cycle_size as f32,
        &[1.0, 3.0, 2.0, 3.0, 2.0, 3.0],
    );
}

#[test]
fn communities_are_what_hangs_together() {
    let two_groups = [(0, 2), (2, 4), (4, 0), (1, 3), (3, 5), (5, 1), (4, 5)];
    let community = |node: &NodeMetrics| node.community as f32;
    check(
        &calls(7, &two_groups),
        community,
        &[0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 6.0],
    );
    // What nothing else speaks about stays with what contains it, and leaves for much stronger company.
    let contains =
        "0 contains 1, 0 contains 2, 0 contains 3, 4 contains 5, 4 contains 6, 4 contains 7";
    let contained = sketch("mfff mfff", contains);
    check(
        &contained,
        community,
        &[0.0, 0.0, 0.0, 0.0, 4.0, 4.0, 4.0, 4.0],
    );
    let called = sketch("mfff mfff", &format!("{contains}, 3 calls 5 *9"));
    check(
        &called,
        community,
        &[0.0, 0.0, 0.0, 3.0, 4.0, 3.0, 4.0, 4.0],
    );
}

#[test]
fn ring_of_cliques_falls_into_its_cliques() {
    // The example of Blondel et al. (2008): 30 cliques of five; at resolution 1 neighbouring cliques may join in pairs.
    let clique = |first: u32| (0..5).flat_map(move |a| (0..a).map(move |b| (first + a, first + b)));
    let mut links: Vec<(u32, u32)> = (0..30).flat_map(|number| clique(5 * number)).collect();
    links.extend((0..30).map(|number| (5 * number, (5 * number + 6) % 150)));
    for nodes in metrics(&calls(150, &links)).chunks(5) {
        assert!(
            nodes
                .iter()
                .all(|node| node.community == nodes[0].community),
            "{nodes:?}"
        );
    }
}

/// Newman's modularity of a division into communities, over all links as undirected.
fn modularity(network: &Network, community: &[u32]) -> f64 {
    let links = network
        .links
        .iter()
        .filter(|link| link.source != link.target);
    let mut total = 0.0;
    let mut inside = 0.0;
    let mut mass = vec![0.0; community.len()];
    for link in links {
        let weight = f64::from(link.weight);
        let (source, target) = (
            community[link.source as usize],
            community[link.target as usize],
        );
        total += 2.0 * weight;
        inside += if source == target { 2.0 * weight } else { 0.0 };
        mass[source as usize] += weight;
        mass[target as usize] += weight;
    }
    if total == 0.0 {
        return 0.0;
    }
    inside / total - mass.iter().map(|mass| (mass / total).powi(2)).sum::<f64>()
}

/// Betweenness by listing all shortest paths.
fn naive_betweenness(network: &Network) -> Vec<f64> {
    let n_nodes = network.nodes.len();
    let dependencies = Dependencies::of(network);
    let mut n_paths = vec![vec![0.0; n_nodes]; n_nodes];
    let mut depth = vec![vec![usize::MAX; n_nodes]; n_nodes];
    for start in 0..n_nodes {
        (n_paths[start][start], depth[start][start]) = (1.0, 0);
        for round in 0..n_nodes {
            for (source, target) in dependencies.pairs() {
                let (source, target) = (source as usize, target as usize);
                if depth[start][source] == round && depth[start][target] > round {
                    depth[start][target] = round + 1;
                    n_paths[start][target] += n_paths[start][source];
                }
            }
        }
    }
    let is_between = |from: usize, node: usize, to: usize| {
        let is_far = [depth[from][node], depth[node][to]].contains(&usize::MAX);
        let differ = from != node && node != to && from != to;
        differ && !is_far && depth[from][node] + depth[node][to] == depth[from][to]
    };
    let is_connected = |node: &u32| dependencies.pairs().any(|(a, b)| a == *node || b == *node);
    let n_connected = (0..n_nodes as u32).filter(is_connected).count() as f64;
    let share = |node: usize| {
        let pairs = (0..n_nodes).flat_map(|from| (0..n_nodes).map(move |to| (from, to)));
        let through = pairs.filter(|&(from, to)| is_between(from, node, to));
        through
            .map(|(from, to)| n_paths[from][node] * n_paths[node][to] / n_paths[from][to])
            .sum::<f64>()
    };
    let n_pairs = ((n_connected - 1.0) * (n_connected - 2.0)).max(1.0);
    (0..n_nodes).map(|node| share(node) / n_pairs).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sums_agree(network in networks()) {
        let found = metrics(&network);
        let sum = |measure: fn(&NodeMetrics) -> u32| found.iter().map(measure).sum::<u32>();
        prop_assert_eq!(sum(|node| node.fan_in), sum(|node| node.fan_out));
        let modules = || found.iter().zip(&network.nodes).filter(|(_, node)| node.kind == domain::SymbolKind::Module);
        let afferent: u32 = modules().map(|(metrics, _)| metrics.afferent).sum();
        let efferent: u32 = modules().map(|(metrics, _)| metrics.efferent).sum();
        prop_assert_eq!(afferent, efferent);
        let mean_rank = found.iter().map(|node| node.page_rank).sum::<f32>() / found.len() as f32;
        prop_assert!((mean_rank - 1.0).abs() < 1e-3);
    }

    #[test]
    fn betweenness_is_that_of_all_paths(network in networks()) {
        for (found, expected) in metrics(&network).iter().zip(naive_betweenness(&network)) {
            prop_assert!((f64::from(found.betweenness) - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn containment_and_recursion_move_no_measure_of_dependencies(network in networks()) {
        let mut bare = network.clone();
        bare.links.retain(|link| link.kind != EdgeKind::Contains && link.source != link.target);
        for (found, bare) in metrics(&network).into_iter().zip(metrics(&bare)) {
            prop_assert_eq!(NodeMetrics { community: 0, ..found }, NodeMetrics { community: 0, ..bare });
        }
    }

    #[test]
    fn communities_are_named_by_their_smallest_node_and_no_worse_than_none(network in networks()) {
        let community: Vec<u32> = metrics(&network).iter().map(|node| node.community).collect();
        for (node, &name) in (0..).zip(&community) {
            prop_assert!(name <= node && community[name as usize] == name);
        }
        let alone: Vec<u32> = (0..network.nodes.len() as u32).collect();
        prop_assert!(modularity(&network, &community) + 1e-9 >= modularity(&network, &alone));
    }
}
