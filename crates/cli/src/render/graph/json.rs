//! Answers of the graph as one object each.

use app::{
    AnswerEdge, AnswerNode, Coverage, CycleAnswer, CyclesAnswer, GraphAnswer, GraphSymbol,
    HotspotsAnswer, ModulesAnswer, Unfollowed,
};
use serde_json::{Value, json};

pub(crate) fn walk(answer: &GraphAnswer) -> Value {
    with_coverage(
        &answer.coverage,
        json!({
            "nodes": answer.nodes.iter().map(node).collect::<Vec<_>>(),
            "edges": answer.edges.iter().map(edge).collect::<Vec<_>>(),
            "left_out": answer.n_cut,
            "unfollowed": unfollowed(&answer.unfollowed),
        }),
    )
}

fn unfollowed(unfollowed: &Unfollowed) -> Value {
    let counts = unfollowed
        .counts
        .iter()
        .map(|(kind, reason, n)| json!({"kind": kind, "reason": reason, "references": n}));
    let nearest = unfollowed.nearest.iter().map(|place| {
        json!({
            "file": place.path,
            "line": place.line,
            "kind": place.kind,
            "reason": place.reason,
        })
    });
    json!({
        "references": unfollowed.n_references(),
        "counts": counts.collect::<Vec<_>>(),
        "nearest": nearest.collect::<Vec<_>>(),
    })
}

/// The answer to `path` where there is no way.
pub(crate) fn no_way(coverage: &Coverage) -> Value {
    with_coverage(coverage, json!({"nodes": [], "edges": [], "left_out": 0}))
}

pub(crate) fn cycles(answer: &CyclesAnswer) -> Value {
    let cycle = |cycle: &CycleAnswer| {
        let way_round = cycle.way_round.iter().map(|(definition, kind, line)| {
            let mut row = symbol(definition);
            row["edge"] = json!(kind);
            row["edge_line"] = json!(line);
            row
        });
        json!({
            "members": cycle.members.iter().map(symbol).collect::<Vec<_>>(),
            "way_round": way_round.collect::<Vec<_>>(),
        })
    };
    with_coverage(
        &answer.coverage,
        json!({
            "cycles": answer.cycles.iter().map(cycle).collect::<Vec<_>>(),
            "left_out": answer.n_cut,
        }),
    )
}

pub(crate) fn hotspots(answer: &HotspotsAnswer) -> Value {
    let rows = answer.hotspots.iter().map(|row| {
        let mut object = symbol(&row.symbol);
        object["score"] = json!(row.score);
        object["complexity"] = json!(row.complexity);
        object["metrics"] = json!(row.metrics);
        object
    });
    let rows: Vec<Value> = rows.collect();
    with_coverage(&answer.coverage, json!({"hotspots": rows}))
}

pub(crate) fn modules(answer: &ModulesAnswer) -> Value {
    let modules = answer.modules.iter().map(|module| {
        json!({
            "path": module.path,
            "files": module.n_files,
            "afferent": module.afferent,
            "efferent": module.efferent,
            "instability": module.instability(),
        })
    });
    let links = answer.links.iter().map(|link| {
        json!({
            "source": answer.modules[link.source].path,
            "target": answer.modules[link.target].path,
            "weight": link.weight,
        })
    });
    with_coverage(
        &answer.coverage,
        json!({"modules": modules.collect::<Vec<_>>(), "links": links.collect::<Vec<_>>()}),
    )
}

/// A definition, as every answer names it.
pub(crate) fn symbol(symbol: &GraphSymbol) -> Value {
    json!({
        "file": symbol.path,
        "line": symbol.line,
        "end_line": symbol.end_line,
        "kind": symbol.kind,
        "qualified_name": symbol.qualified_name,
        "exported": symbol.flags.is_exported,
        "test": symbol.flags.is_test,
        "address": symbol.address(),
    })
}

fn node(node: &AnswerNode) -> Value {
    let mut object = symbol(&node.symbol);
    object["stale"] = json!(node.is_stale);
    object["depth"] = json!(node.depth);
    if let Some(arrival) = node.arrival {
        object["parent"] = json!(arrival.parent);
        object["edge"] = json!(arrival.edge);
    }
    object
}

fn edge(edge: &AnswerEdge) -> Value {
    json!({
        "source": edge.source,
        "target": edge.target,
        "kind": edge.kind,
        "how": edge.how,
        "line": edge.line,
        "provenance": edge.provenance,
        "confidence": edge.provenance.confidence(),
        "weight": edge.weight,
    })
}

fn with_coverage(coverage: &Coverage, answer: Value) -> Value {
    let mut object = crate::render::json::coverage(coverage);
    if let (Value::Object(object), Value::Object(fields)) = (&mut object, answer) {
        object.extend(fields);
    }
    object
}
