//! `explore`: how something works: where it begins, how its parts reach each other, and their sources, within a number of tokens.

use std::collections::HashSet;

use app::{AppError, Form, GraphAnswer, GraphSymbol, Mode, SearchOptions, Snapshot, TestHits};
use domain::{SymbolKind, shown_in_line};
use serde::Deserialize;
use serde_json::{Value, json};

use super::context::head_of;
use super::search::stale_mark;
use super::{Description, repository_property};
use crate::mcp::answer::{Answer, coverage, place_of, shortcomings};
use crate::mcp::budget::Budget;
use crate::refusal::Refusal;

/// Tokens of an answer unless asked otherwise, and the range that may be asked for.
const TOKENS: u32 = 4000;
const MIN_TOKENS: u32 = 500;
const MAX_TOKENS: u32 = 20_000;

/// Hits looked at: beyond them search is rarely about the question.
const HITS: usize = 12;

/// Definitions that the answer begins with.
const MAX_ENTRIES: usize = 6;

/// Entry points between which ways are looked for: each pair is two walks.
const MAX_ENDS: usize = 4;

/// Ways shown, and the edges of a way: a longer one goes through what everything goes through.
const MAX_WAYS: usize = 3;
const MAX_STEPS: usize = 6;

/// Share of what is left that one source may take, in hundredths, so that a long first one leaves room for others.
const SOURCE_PERCENT: usize = 50;

/// A source with less than this many bytes of room would be a head and a note.
const MIN_SOURCE: usize = 120;

pub(super) const DESCRIPTION: Description = Description {
    text: "How something works, in one call: the definitions that answer a question best, how they reach each other, and the sources on the way, \
within max_tokens. Ask \"how is a request routed\"; or give from and to, two names of definitions, for the way between them.",
    required: &["question"],
    returns: &[
        (
            "entry_points",
            "array",
            "Definitions that answer best, as path:first-last kind name",
        ),
        (
            "ways",
            "array",
            "How they reach each other: steps with symbol, line, by and at_line",
        ),
        (
            "sources",
            "array",
            "Sources: file, start_line, end_line, kind, name, source, stale, lines_cut",
        ),
        (
            "remark",
            "string?",
            "What made the answer poorer than it could be",
        ),
        (
            "coverage",
            "object?",
            "Which index answered, and how much of the tree it knows",
        ),
    ],
};

pub(super) fn properties() -> Value {
    json!({
        "question": {"type": "string", "description": "What to explain, in a sentence or in words of the code"},
        "from": {"type": "string", "description": "Name of the definition where the way begins; with to"},
        "to": {"type": "string", "description": "Name of the definition where it ends"},
        "repository": repository_property(),
        "max_tokens": {"type": "integer", "minimum": MIN_TOKENS, "maximum": MAX_TOKENS, "description": "Largest length of the answer in tokens (default 4000)"},
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {
    question: String,
    from: Option<String>,
    to: Option<String>,
    pub(super) repository: Option<String>,
    max_tokens: Option<u32>,
}

/// How one definition reaches another.
struct Way(GraphAnswer);

pub(super) fn answer(
    snapshot: &mut Snapshot<'_>,
    arguments: &Arguments,
) -> Result<Answer, Refusal> {
    let n_tokens = arguments.max_tokens.unwrap_or(TOKENS);
    let mut budget = Budget::of_tokens(n_tokens.clamp(MIN_TOKENS, MAX_TOKENS) as usize);
    let found = snapshot.search(&arguments.question, &options())?;
    let entries = entries(snapshot, &found.hits)?;
    let ways = match (&arguments.from, &arguments.to) {
        (Some(from), Some(to)) => snapshot.path(from, to)?.map(Way).into_iter().collect(),
        (None, None) => ways(snapshot, &entries)?,
        _ => {
            let text = "give from and to together, or neither".to_owned();
            return Err(Refusal::Arguments(text));
        }
    };
    let mut text = String::new();
    let heads: Vec<String> = entries.iter().map(head_of).collect();
    push_lines(
        &mut text,
        &format!("entry points ({})", heads.len()),
        &heads,
    );
    if arguments.from.is_some() && ways.is_empty() {
        text.push_str("no way of dependencies leads from the one to the other\n");
    }
    for way in &ways {
        text.push_str(&way.text());
    }
    let mut notes: Vec<String> = found.remark.iter().cloned().collect();
    notes.extend(found.coverages.first().and_then(shortcomings));
    notes.extend(place_of(snapshot));
    notes.iter().for_each(|note| budget.spend(note));
    budget.spend(&text);
    let (sources_text, sources) = sources(snapshot, &in_order(&entries, &ways), budget)?;
    text.push_str(&sources_text);
    for note in notes {
        text.push_str(shown_in_line(note.trim_end()).as_ref());
        text.push('\n');
    }
    Ok(Answer {
        text,
        data: json!({
            "entry_points": heads,
            "ways": ways.iter().map(Way::data).collect::<Vec<_>>(),
            "sources": sources,
            "remark": found.remark,
            "coverage": found.coverages.first().map(coverage),
        }),
    })
}

fn options() -> SearchOptions {
    SearchOptions {
        form: Form::Question,
        repositories: Vec::new(),
        limit: HITS,
        offset: 0,
        mode: Mode::Hybrid,
        path: None,
        language: None,
        kind: None,
        tests: TestHits::Without,
    }
}

/// Returns the definitions of the hits, each once, in their order. Text that belongs to no definition explains nothing by its edges.
fn entries(
    snapshot: &mut Snapshot<'_>,
    hits: &[app::AnswerHit],
) -> Result<Vec<GraphSymbol>, AppError> {
    let graph = snapshot.graph()?;
    let mut entries: Vec<GraphSymbol> = Vec::new();
    for found in hits {
        let hit = &found.hit;
        let name = match hit.qualified_name.as_str() {
            "" => format!("{}:{}", hit.path, hit.start_line),
            name => format!("{}#{name}", hit.path),
        };
        let symbols = match graph.find(&name) {
            Ok(symbols) => symbols,
            // A heading or a key is a hit and no definition.
            Err(error) if error.is_of_something_missing() || error.is_ambiguous() => continue,
            Err(error) => return Err(error),
        };
        let fresh = symbols.into_iter().find(|symbol| {
            symbol.kind != SymbolKind::Module && !entries.iter().any(|one| one == symbol)
        });
        entries.extend(fresh);
        if entries.len() == MAX_ENTRIES {
            break;
        }
    }
    Ok(entries)
}

/// Finds the shortest ways between the first entry points, and of those the ones that show most.
fn ways(snapshot: &mut Snapshot<'_>, entries: &[GraphSymbol]) -> Result<Vec<Way>, AppError> {
    let ends: Vec<String> = entries
        .iter()
        .take(MAX_ENDS)
        .map(GraphSymbol::address)
        .collect();
    let mut all = Vec::new();
    for from in &ends {
        for to in ends.iter().filter(|to| *to != from) {
            let way = snapshot.path(from, to)?.map(Way);
            all.extend(way.filter(|way| (1..=MAX_STEPS).contains(&way.n_steps())));
        }
    }
    // The longer way holds what the shorter ones say, which then need not be shown.
    all.sort_by_key(|way: &Way| std::cmp::Reverse(way.n_steps()));
    let mut shown: Vec<Way> = Vec::new();
    let mut steps_shown: HashSet<(String, String)> = HashSet::new();
    for way in all {
        let steps = way.steps();
        if shown.len() < MAX_WAYS && !steps.is_subset(&steps_shown) {
            steps_shown.extend(steps);
            shown.push(way);
        }
    }
    Ok(shown)
}

impl Way {
    fn n_steps(&self) -> usize {
        self.0.way().len().saturating_sub(1)
    }

    /// Returns its edges by the addresses of their ends.
    fn steps(&self) -> HashSet<(String, String)> {
        let nodes = self.0.way();
        let pairs = nodes.windows(2);
        pairs
            .map(|pair| (pair[0].0.symbol.address(), pair[1].0.symbol.address()))
            .collect()
    }

    fn text(&self) -> String {
        let nodes = self.0.way();
        let lines: Vec<String> = nodes
            .iter()
            .map(|(node, edge)| {
                let step = edge.map_or_else(String::new, |edge| {
                    format!(
                        "{}, line {} → ",
                        edge.kind.as_str().replace('_', " "),
                        edge.line
                    )
                });
                let stale = stale_mark(node.is_stale);
                format!("{step}{}{stale}", head_of(&node.symbol))
            })
            .collect();
        let mut text = String::new();
        push_lines(&mut text, "flow", &lines);
        text
    }

    fn data(&self) -> Value {
        let nodes = self.0.way();
        let steps = nodes.iter().map(|(node, edge)| {
            json!({
                "symbol": node.symbol.address(),
                "line": node.symbol.line,
                "by": edge.map(|edge| edge.kind),
                "at_line": edge.map(|edge| edge.line),
            })
        });
        Value::Array(steps.collect())
    }
}

fn push_lines(text: &mut String, title: &str, lines: &[String]) {
    text.push_str(&format!("{title}\n"));
    for line in lines {
        text.push_str(&format!("  {line}\n"));
    }
}

/// Returns the definitions whose sources explain most: the best answer, those on the ways, then the others.
fn in_order(entries: &[GraphSymbol], ways: &[Way]) -> Vec<GraphSymbol> {
    let on_ways = ways.iter().flat_map(|way| way.0.way());
    let on_ways = on_ways.map(|(node, _)| &node.symbol);
    let (first, others) = entries.split_at(entries.len().min(1));
    let mut order: Vec<GraphSymbol> = Vec::new();
    for symbol in first.iter().chain(on_ways).chain(others) {
        // What stands inside a definition that is shown is shown with it.
        let is_shown = |one: &GraphSymbol| {
            one.path == symbol.path && one.line <= symbol.line && symbol.end_line <= one.end_line
        };
        if symbol.kind != SymbolKind::Module && !order.iter().any(is_shown) {
            order.push(symbol.clone());
        }
    }
    order
}

/// Returns as much of the sources as there is room for, and the same as data.
fn sources(
    snapshot: &mut Snapshot<'_>,
    symbols: &[GraphSymbol],
    mut budget: Budget,
) -> Result<(String, Vec<Value>), AppError> {
    let (mut text, mut data) = (String::new(), Vec::new());
    let mut n_left_out = 0;
    for (place, symbol) in symbols.iter().enumerate() {
        let room = match place + 1 == symbols.len() {
            true => budget,
            false => budget.share(SOURCE_PERCENT),
        };
        if !room.has_bytes(MIN_SOURCE) {
            n_left_out += 1;
            continue;
        }
        let source = snapshot.source(&symbol.path, symbol.line, symbol.end_line)?;
        let head = format!("{}{}\n", head_of(symbol), stale_mark(source.is_stale));
        let mut within = room;
        within.spend(&head);
        let (fitting, n_cut) = within.fit(&source.text);
        let note = match n_cut {
            0 => String::new(),
            n => format!("… {n} more lines\n"),
        };
        let part = format!("{head}{fitting}{note}");
        budget.spend(&part);
        text.push_str(&part);
        data.push(json!({
            "file": symbol.path,
            "start_line": symbol.line,
            "end_line": symbol.end_line,
            "kind": symbol.kind,
            "name": symbol.qualified_name,
            "source": fitting,
            "stale": source.is_stale,
            "lines_cut": n_cut,
        }));
    }
    if n_left_out > 0 {
        text.push_str(&format!(
            "… {n_left_out} more definitions: ask context for one, or raise max_tokens\n"
        ));
    }
    Ok((text, data))
}
