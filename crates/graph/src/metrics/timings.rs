use std::time::Instant;

use domain::{EdgeKind, SymbolKind};

use super::*;
use crate::network::{Link, Node};

/// How the links of a made-up repository run.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// A third stay in their file, a third lead to files nearby, a third to the few nodes that everybody uses. They lead down,
    /// as code is layered, but for one in fifty between neighbours.
    Layered,
    /// From anywhere to anywhere: the worst case, in which every node reaches most others.
    Scattered,
}

/// Draws numbers that look random, by Knuth's MMIX generator; the same ones every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(end)) as u32
    }
}

const N_NODES: u32 = 100_000;
const N_CALLS: u32 = 300_000;
const N_NODES_PER_FILE: u32 = 10;

fn repository(shape: Shape) -> Network {
    let nodes = (0..N_NODES)
        .map(|node| Node {
            file: node / N_NODES_PER_FILE,
            kind: match node % N_NODES_PER_FILE {
                0 => SymbolKind::Module,
                _ => SymbolKind::Function,
            },
            is_test: false,
        })
        .collect();
    let mut dice = Dice(1);
    let mut links: Vec<Link> = (0..N_CALLS)
        .map(|_| call(shape, &mut dice))
        .chain((0..N_NODES).filter_map(containment))
        .collect();
    links.sort_by_key(|link| (link.source, link.target, link.kind));
    links.dedup();
    Network { nodes, links }
}

fn call(shape: Shape, dice: &mut Dice) -> Link {
    let source = dice.below(N_NODES);
    let lower = match (shape, dice.below(3)) {
        (Shape::Scattered, _) => return link(source, dice.below(N_NODES), EdgeKind::Calls),
        (Shape::Layered, 0) => {
            let n_popular = dice.below(N_NODES / 50) + 1;
            return link(source, dice.below(n_popular).min(source), EdgeKind::Calls);
        }
        (Shape::Layered, 1) => source.saturating_sub(dice.below(20 * N_NODES_PER_FILE)),
        (Shape::Layered, _) => source - dice.below(source % N_NODES_PER_FILE + 1),
    };
    match dice.below(50) {
        0 => link(lower, source, EdgeKind::Calls),
        _ => link(source, lower, EdgeKind::Calls),
    }
}

fn containment(node: u32) -> Option<Link> {
    let module = node - node % N_NODES_PER_FILE;
    (module != node).then(|| link(module, node, EdgeKind::Contains))
}

fn link(source: u32, target: u32, kind: EdgeKind) -> Link {
    Link {
        source,
        target,
        kind,
        weight: 1.0,
    }
}

#[test]
#[ignore = "prints timings: cargo test --release -p graph timings -- --ignored --nocapture"]
fn timings_of_a_large_repository() {
    for shape in [Shape::Layered, Shape::Scattered] {
        let network = repository(shape);
        let dependencies = Dependencies::of(&network);
        let time = |what: &str, work: &dyn Fn() -> usize| {
            let start = Instant::now();
            let n_results = work();
            println!("{shape:?}: {what}: {:?} ({n_results})", start.elapsed());
        };
        time("dependencies", &|| Dependencies::of(&network).n_nodes());
        time("coupling", &|| coupling(&network, &dependencies).len());
        time("page rank", &|| page_rank(&dependencies).len());
        time("betweenness", &|| betweenness(&dependencies).len());
        time("components", &|| {
            components(network.nodes.len(), dependencies.pairs()).len()
        });
        time("communities", &|| {
            let names = communities(&network);
            (0..).zip(names).filter(|(node, name)| node == name).count()
        });
        time("all metrics", &|| metrics(&network).len());
    }
}
