//! What was walked, as it was walked.

use app::{
    AnswerEdge, AnswerNode, CycleAnswer, CyclesAnswer, GraphAnswer, GraphSymbol, ModulesAnswer,
};
use domain::{EdgeKind, ReferenceKind, SymbolKind};

/// Callers, then who uses a value without calling it.
pub(super) fn callers(answer: &GraphAnswer) -> String {
    draw(answer, |out, children, start| {
        let is_use = |child: &usize| {
            let arrival = answer.nodes[*child].arrival;
            let edge = arrival.and_then(|arrival| answer.edges.get(arrival.edge));
            edge.is_some_and(|edge| edge.kind == EdgeKind::References)
        };
        // Whoever is given a function as a value may call it or not: no caller, and yet to be
        // looked at before a change.
        let (users, callers): (Vec<usize>, Vec<usize>) =
            children[start].iter().copied().partition(is_use);
        branches(out, answer, children, &callers);
        if !users.is_empty() {
            line(out, "used without being called by");
            branches(out, answer, children, &users);
        }
    })
}

pub(super) fn walk(answer: &GraphAnswer) -> String {
    draw(answer, |out, children, start| {
        branches(out, answer, children, &children[start])
    })
}

/// Writes every start with what `below` writes under it.
fn draw(answer: &GraphAnswer, below: impl Fn(&mut String, &[Vec<usize>], usize)) -> String {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); answer.nodes.len()];
    let mut starts = Vec::new();
    // A walk arrives at each definition once, so this is a forest even where the graph has circles.
    for (place, node) in answer.nodes.iter().enumerate() {
        match node.arrival {
            Some(arrival) => children[arrival.parent].push(place),
            None => starts.push(place),
        }
    }
    let mut out = String::new();
    let has_twin = |start: usize| {
        let address = answer.nodes[start].symbol.address();
        let others = starts.iter().filter(|other| **other != start);
        let mut twins = others.filter(|other| answer.nodes[**other].symbol.address() == address);
        twins.any(|&twin| twin < start || !children[twin].is_empty())
    };
    for &start in &starts {
        // Of the declarations of one definition, those that lead somewhere speak for all.
        if children[start].is_empty() && has_twin(start) {
            continue;
        }
        line(&mut out, &node_line(&answer.nodes[start]));
        below(&mut out, &children, start);
    }
    out.push_str(&totals(answer));
    out
}

/// Writes some nodes with what hangs below them. Keeps its own stack: a path through generated code may be longer than the program's.
fn branches(out: &mut String, answer: &GraphAnswer, children: &[Vec<usize>], nodes: &[usize]) {
    let mut open: Vec<(usize, String, bool)> = Vec::new();
    let push = |open: &mut Vec<(usize, String, bool)>, nodes: &[usize], indent: &str| {
        let last = nodes.len().saturating_sub(1);
        // Backwards onto the stack, so that the first is drawn first.
        let rows = nodes.iter().enumerate().rev();
        open.extend(rows.map(|(at, &child)| (child, indent.to_owned(), at == last)));
    };
    push(&mut open, nodes, "");
    while let Some((place, indent, is_last)) = open.pop() {
        let (branch, below) = match is_last {
            true => ("└── ", "    "),
            false => ("├── ", "│   "),
        };
        let node = &answer.nodes[place];
        let how = how(answer, node);
        line(out, &format!("{indent}{branch}{}{how}", node_line(node)));
        push(&mut open, &children[place], &format!("{indent}{below}"));
    }
}

fn line(out: &mut String, text: &str) {
    crate::render::push_line(out, text);
}

fn node_line(node: &AnswerNode) -> String {
    let stale = if node.is_stale {
        "  (changed since)"
    } else {
        ""
    };
    format!("{}{stale}", definition(&node.symbol))
}

pub(super) fn definition(symbol: &GraphSymbol) -> String {
    let test = if symbol.flags.is_test { "  (test)" } else { "" };
    match symbol.kind {
        SymbolKind::Module => format!("{}{test}", symbol.path),
        kind => format!(
            "{}  {kind}  {}:{}{test}",
            symbol.qualified_name, symbol.path, symbol.line
        ),
    }
}

/// The edge by which a walk came to a node. The line stands in the file of the edge's source.
fn how(answer: &GraphAnswer, node: &AnswerNode) -> String {
    let Some(edge) = node
        .arrival
        .and_then(|arrival| answer.edges.get(arrival.edge))
    else {
        return String::new();
    };
    let path = &answer.nodes[edge.source].symbol.path;
    let confidence = match edge.provenance.confidence() {
        // What is all but certain needs no remark in every line.
        sure if sure >= 0.95 => String::new(),
        likely => format!(", {:.0} % sure", likely * 100.0),
    };
    let verb = verb_of(edge);
    format!("  [{verb} at {path}:{}{confidence}]", edge.line)
}

/// What the source of an edge does with its target.
pub(super) fn verb_of(edge: &AnswerEdge) -> &'static str {
    match (edge.kind, edge.how) {
        (EdgeKind::References, Some(how)) => use_verb(how),
        (kind, _) => kind.as_str(),
    }
}

/// What is done with a value that is used without being called.
fn use_verb(how: ReferenceKind) -> &'static str {
    match how {
        ReferenceKind::Argument => "passed",
        ReferenceKind::Alias => "given another name",
        ReferenceKind::Shorthand | ReferenceKind::Assigned => "assigned",
        ReferenceKind::Default => "a default",
        ReferenceKind::Returned => "returned",
        ReferenceKind::Element => "listed",
        ReferenceKind::MemberCall => "called by call, apply or bind",
        ReferenceKind::JsxAttribute => "given to an element",
        ReferenceKind::Written => "written",
        ReferenceKind::Exported => "exported again",
        _ => "read",
    }
}

/// How much there is, and how much of it is not shown.
fn totals(answer: &GraphAnswer) -> String {
    let found = answer.nodes.iter().filter(|node| node.arrival.is_some());
    let n_tests = found
        .clone()
        .filter(|node| node.symbol.flags.is_test)
        .count();
    let n_found = found.count();
    let tests = match n_tests {
        0 => String::new(),
        n => format!(", {n} of them tests"),
    };
    let cut = match answer.n_cut {
        0 => String::new(),
        n => format!("; {n} more are left out (--limit)"),
    };
    let found = match n_found {
        0 => "nothing".to_owned(),
        1 => format!("\n1 definition{tests}{cut}"),
        n => format!("\n{n} definitions{tests}{cut}"),
    };
    // "Nothing" alone would read as "safe to delete", which it is only if nothing was left
    // unfollowed.
    format!("{found}\n{}", answer.unfollowed)
}

pub(super) fn cycles(answer: &CyclesAnswer) -> String {
    let mut out = String::new();
    for cycle in &answer.cycles {
        one_cycle(&mut out, cycle);
    }
    match (answer.cycles.len(), answer.n_cut) {
        (0, _) => out.push_str("no cycles\n"),
        (_, 0) => {}
        (_, n) => line(&mut out, &format!("{n} more cycles are left out (--limit)")),
    }
    out
}

fn one_cycle(out: &mut String, cycle: &CycleAnswer) {
    let n_members = cycle.members.len();
    let n_steps = cycle.way_round.len();
    line(out, &format!("{n_members} in a cycle of {n_steps} steps:"));
    for (symbol, kind, at) in &cycle.way_round {
        let verb = verb(*kind);
        line(
            out,
            &format!("  {}  [{verb} at line {at}]", definition(symbol)),
        );
    }
    if let Some((first, ..)) = cycle.way_round.first() {
        // The first again, where the way round ends.
        line(out, &format!("  {}", definition(first)));
        line(out, "");
    }
}

fn verb(kind: EdgeKind) -> String {
    kind.as_str().replace('_', " ")
}

pub(super) fn modules(answer: &ModulesAnswer) -> String {
    let mut out = String::new();
    for (place, module) in answer.modules.iter().enumerate() {
        let name = super::drawing::module_name(module);
        line(&mut out, &name);
        let links: Vec<_> = answer
            .links
            .iter()
            .filter(|link| link.source == place)
            .collect();
        for (at, link) in links.iter().enumerate() {
            let branch = if at + 1 == links.len() {
                "└──"
            } else {
                "├──"
            };
            let target = super::drawing::module_name(&answer.modules[link.target]);
            line!(out, "{branch} {target}  [{:.0} uses]", link.weight);
        }
    }
    out
}
