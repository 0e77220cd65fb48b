//! Small networks as text, and random ones, for tests.

use domain::{EdgeKind, SymbolKind};
use proptest::prelude::*;

use super::{Link, Network, Node};

/// Draws a network.
///
/// `nodes` has one letter per node and one word per file: `m` module, `c` class, `i` interface, `k` constructor, `d` method,
/// `f` function, `t` function that is a test. `links` are `source kind target`, with `*weight` if it is not 1, after commas; a kind
/// after `type_` is type-only.
pub(crate) fn sketch(nodes: &str, links: &str) -> Network {
    let nodes = (0..)
        .zip(nodes.split_whitespace())
        .flat_map(|(file, word)| word.chars().map(move |letter| node(file, letter)))
        .collect();
    let links = links
        .split(',')
        .filter(|text| !text.trim().is_empty())
        .map(link)
        .collect();
    ordered(nodes, links)
}

/// Draws a network of functions, each in a file of its own, that call each other.
pub(crate) fn calls(n_nodes: u32, calls: &[(u32, u32)]) -> Network {
    let nodes = (0..n_nodes).map(|file| node(file, 'f')).collect();
    let links = calls
        .iter()
        .map(|&(source, target)| Link {
            source,
            target,
            kind: EdgeKind::Calls,
            is_type_only: false,
            weight: 1.0,
        })
        .collect();
    ordered(nodes, links)
}

/// Makes networks of up to a dozen nodes with links of every kind.
pub(crate) fn networks() -> impl Strategy<Value = Network> {
    prop::collection::vec(any::<(bool, prop::sample::Index, bool)>(), 1..12).prop_flat_map(
        |choices| {
            let nodes = random_nodes(&choices);
            let n_nodes = nodes.len() as u32;
            let links = prop::collection::vec(random_link(n_nodes), 0..40);
            links.prop_map(move |links| ordered(nodes.clone(), links))
        },
    )
}

fn random_nodes(choices: &[(bool, prop::sample::Index, bool)]) -> Vec<Node> {
    let mut n_files = 0;
    let mut nodes = Vec::new();
    for (opens_file, kind, is_test) in choices {
        let is_first = *opens_file || nodes.is_empty();
        n_files += u32::from(is_first);
        nodes.push(Node {
            file: n_files - 1,
            kind: if is_first {
                SymbolKind::Module
            } else {
                SymbolKind::ALL[1 + kind.index(SymbolKind::ALL.len() - 1)]
            },
            is_test: *is_test,
        });
    }
    nodes
}

fn random_link(n_nodes: u32) -> impl Strategy<Value = Link> {
    let kind = prop::sample::select(EdgeKind::ALL);
    (0..n_nodes, 0..n_nodes, kind, 1..4_u8).prop_map(|(source, target, kind, weight)| Link {
        source,
        target,
        kind,
        is_type_only: false,
        weight: f32::from(weight),
    })
}

fn node(file: u32, letter: char) -> Node {
    let kind = match letter {
        'm' => SymbolKind::Module,
        'c' => SymbolKind::Class,
        'i' => SymbolKind::Interface,
        'k' => SymbolKind::Constructor,
        'd' => SymbolKind::Method,
        'f' | 't' => SymbolKind::Function,
        _ => panic!("no node is drawn as {letter:?}"),
    };
    Node {
        file,
        kind,
        is_test: letter == 't',
    }
}

fn link(text: &str) -> Link {
    let (text, weight) = text.split_once('*').unwrap_or((text, "1"));
    let words: Vec<&str> = text.split_whitespace().collect();
    let [source, kind, target] = words[..] else {
        panic!("{text:?} is not `source kind target`");
    };
    Link {
        source: source.parse().expect("a node number"),
        target: target.parse().expect("a node number"),
        kind: EdgeKind::from_word(kind.trim_start_matches("type_")).expect("a kind of edge"),
        is_type_only: kind.starts_with("type_"),
        weight: weight.trim().parse().expect("a weight"),
    }
}

fn ordered(nodes: Vec<Node>, mut links: Vec<Link>) -> Network {
    let place = |link: &Link| (link.source, link.target, link.kind);
    links.sort_by_key(place);
    links.dedup_by_key(|link| place(link));
    Network { nodes, links }
}
