//! `context`: a definition with what calls it and what it calls, within a number of tokens.

use app::{
    AppError, GraphAnswer, GraphSymbol, Mode, SearchOptions, Snapshot, TestHits, Tests, WalkOptions,
};
use domain::{EdgeKind, ReferenceKind, shown_in_line};
use serde::Deserialize;
use serde_json::{Value, json};

use super::search::{head, stale_mark};
use super::{Description, repository_property};
use crate::mcp::answer::{Answer, coverage, place_of, shortcomings, unfollowed};
use crate::mcp::budget::Budget;
use crate::refusal::Refusal;

/// Tokens of an answer unless asked otherwise, and the range that may be asked for.
const TOKENS: u32 = 2000;
const MIN_TOKENS: u32 = 200;
const MAX_TOKENS: u32 = 20_000;

/// Share of the budget that callers and callees may take each, in hundredths; the definition takes what they leave.
const NEIGHBOURS_PERCENT: usize = 35;

/// Share that those may take who use it without calling it.
const USERS_PERCENT: usize = 20;

/// Callers or callees taken from the graph: more than any budget has room for.
const MAX_NEIGHBOURS: usize = 400;

/// Related definitions listed at most.
const MAX_RELATED: usize = 6;

pub(super) const DESCRIPTION: Description = Description {
    text: "Everything needed to understand a definition: its source, who calls it, what it calls, and related code, within max_tokens. \
Give a name (parseBody, HonoRequest.parseBody, src/request.ts#HonoRequest.parseBody, src/request.ts:120) or a question; \
a question is answered with the definition that search ranks first.",
    required: &["symbol"],
    returns: &[
        (
            "definitions",
            "array",
            "The definition, each of its declarations: file, start_line, end_line, kind, name, source, stale, lines_cut",
        ),
        ("callers", "object", "Who calls it: total, and those listed"),
        (
            "users",
            "object",
            "Who uses it as a value without calling it: total, and those listed",
        ),
        (
            "unfollowed",
            "object",
            "Uses of the same name that could not be followed: total, and the nearest",
        ),
        (
            "callees",
            "object",
            "What it calls: total, and those listed",
        ),
        (
            "related",
            "object",
            "What else answers to the same words: total, and those listed",
        ),
        (
            "coverage",
            "object",
            "Which index answered, and how much of the tree it knows",
        ),
    ],
};

pub(super) fn properties() -> Value {
    json!({
        "symbol": {"type": "string", "description": "Name of a definition, or a question"},
        "repository": repository_property(),
        "max_tokens": {"type": "integer", "minimum": MIN_TOKENS, "maximum": MAX_TOKENS, "description": "Largest length of the answer in tokens (default 2000)"},
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {
    symbol: String,
    pub(super) repository: Option<String>,
    max_tokens: Option<u32>,
}

pub(super) fn answer(
    snapshot: &mut Snapshot<'_>,
    arguments: &Arguments,
) -> Result<Answer, Refusal> {
    let n_tokens = arguments
        .max_tokens
        .unwrap_or(TOKENS)
        .clamp(MIN_TOKENS, MAX_TOKENS);
    let mut budget = Budget::of_tokens(n_tokens as usize);
    let (name, definitions) = find(snapshot, &arguments.symbol)?;
    let options = WalkOptions {
        max_depth: Some(1),
        limit: MAX_NEIGHBOURS,
        tests: Tests::Without,
    };
    let place = place_of(snapshot);
    let graph = snapshot.graph()?;
    let shortcoming = shortcomings(graph.coverage());
    let covers = coverage(graph.coverage());
    let dependents = snapshot.callers(&[&name], &options)?;
    let callers = neighbours(&dependents, Side::Callers);
    let users = neighbours(&dependents, Side::Users);
    let not_followed = dependents.unfollowed.to_string();
    let callees = neighbours(&snapshot.callees(&[&name], &options)?, Side::Callees);

    let heads: Vec<String> = definitions.iter().map(head_of).collect();
    let at_the_end = place.iter().chain(&shortcoming).chain([&not_followed]);
    heads
        .iter()
        .chain(at_the_end)
        .for_each(|line| budget.spend(line));
    // Each head ends its line, and may be marked.
    budget.spend(&format!("{}\n", stale_mark(true)).repeat(heads.len()));
    let (callers_text, callers) = section("called by", callers, budget.share(NEIGHBOURS_PERCENT));
    let (users_text, users) = section("used by", users, budget.share(USERS_PERCENT));
    let (callees_text, callees) = section("calls", callees, budget.share(NEIGHBOURS_PERCENT));
    budget.spend(&callers_text);
    budget.spend(&users_text);
    budget.spend(&callees_text);

    let mut text = String::new();
    let mut sources = Vec::new();
    for (definition, head) in definitions.iter().zip(&heads) {
        let source = snapshot.source(&definition.path, definition.line, definition.end_line)?;
        let (fitting, n_cut) = budget.fit(&source.text);
        budget.spend(fitting);
        let stale = stale_mark(source.is_stale);
        text.push_str(&format!("{head}{stale}\n{fitting}"));
        if n_cut > 0 {
            let note = format!("… {n_cut} more lines\n");
            budget.spend(&note);
            text.push_str(&note);
        }
        sources.push(json!({
            "file": definition.path,
            "start_line": definition.line,
            "end_line": definition.end_line,
            "kind": definition.kind,
            "name": definition.qualified_name,
            "source": fitting,
            "stale": source.is_stale,
            "lines_cut": n_cut,
        }));
    }
    text.push_str(&callers_text);
    text.push_str(&users_text);
    text.push_str(&callees_text);
    let (related_text, related) = section(
        "related",
        related(snapshot, &arguments.symbol, &definitions)?,
        budget,
    );
    text.push_str(&related_text);
    text.push_str(&not_followed);
    text.extend(place.into_iter().chain(shortcoming));
    Ok(Answer {
        text,
        data: json!({
            "definitions": sources,
            "callers": callers,
            "users": users,
            "unfollowed": unfollowed(&dependents.unfollowed),
            "callees": callees,
            "related": related,
            "coverage": covers,
        }),
    })
}

/// Returns the definitions that a text means, and the name that means them. A text that names none is a question; one that could mean
/// several is refused with all of them.
fn find(snapshot: &mut Snapshot<'_>, symbol: &str) -> Result<(String, Vec<GraphSymbol>), Refusal> {
    let found = snapshot.find(symbol);
    let unknown = match found {
        Ok(definitions) => return Ok((symbol.to_owned(), definitions)),
        Err(unknown @ AppError::UnknownSymbol { .. }) => unknown,
        Err(other) => return Err(other.into()),
    };
    // A name that is not there must not be answered with another one that merely looks like it.
    if !symbol.trim().contains(char::is_whitespace) {
        return Err(unknown.into());
    }
    let hits = search(snapshot, symbol, 1)?;
    let Some(best) = hits.first() else {
        return Err(unknown.into());
    };
    let name = format!("{}:{}", best.hit.path, best.hit.start_line);
    let graph = snapshot.graph()?;
    let by_name = format!("{}#{}", best.hit.path, best.hit.qualified_name);
    let (name, definitions) = match graph.find(&by_name) {
        Ok(definitions) if !best.hit.qualified_name.is_empty() => (by_name, definitions),
        _ => (name.clone(), graph.find(&name)?),
    };
    Ok((name, definitions))
}

fn search(
    snapshot: &mut Snapshot<'_>,
    text: &str,
    limit: usize,
) -> Result<Vec<app::AnswerHit>, AppError> {
    let options = SearchOptions {
        form: app::Form::Question,
        repositories: Vec::new(),
        limit,
        offset: 0,
        mode: Mode::Hybrid,
        path: None,
        language: None,
        kind: None,
        tests: TestHits::Without,
    };
    Ok(snapshot.search(text, &options)?.hits)
}

#[derive(Clone, Copy)]
enum Side {
    Callers,
    /// Who uses it as a value without calling it.
    Users,
    Callees,
}

/// Returns a line for each neighbour: where it is, and where the call is.
fn neighbours(answer: &GraphAnswer, side: Side) -> Vec<String> {
    let nodes = answer.nodes.iter().filter(|node| node.depth > 0);
    let lines = nodes.filter_map(|node| {
        let edge = answer.edges.get(node.arrival?.edge)?;
        let is_use = edge.kind == EdgeKind::References;
        let place = match side {
            Side::Callers if !is_use => format!("line {}", edge.line),
            Side::Users if is_use => {
                let how = edge.how.map_or("use", ReferenceKind::as_str);
                format!("{}, line {}", how.replace('_', " "), edge.line)
            }
            Side::Callees => format!("from line {}", edge.line),
            Side::Callers | Side::Users => return None,
        };
        let stale = stale_mark(node.is_stale);
        Some(format!("{} ({place}){stale}", head_of(&node.symbol)))
    });
    lines.collect()
}

/// Returns what else answers to the same words, without the definitions themselves.
fn related(
    snapshot: &mut Snapshot<'_>,
    symbol: &str,
    definitions: &[GraphSymbol],
) -> Result<Vec<String>, AppError> {
    let words = match definitions.first() {
        Some(definition) if !symbol.contains(char::is_whitespace) => {
            definition.qualified_name.as_str()
        }
        _ => symbol,
    };
    let is_itself = |hit: &domain::Hit| {
        definitions.iter().any(|definition| {
            definition.path == hit.path
                && definition.line <= hit.end_line
                && hit.start_line <= definition.end_line
        })
    };
    let hits = search(snapshot, words, 2 * MAX_RELATED)?;
    let others = hits.iter().filter(|found| !is_itself(&found.hit));
    Ok(others.take(MAX_RELATED).map(head).collect())
}

/// Returns a titled list, as far as there is room for it, and the same as data.
fn section(title: &str, lines: Vec<String>, mut budget: Budget) -> (String, Value) {
    let n_lines = lines.len();
    let title = format!("{title} ({n_lines})\n");
    if lines.is_empty() || !budget.has_room_under(&title) {
        return (String::new(), json!({ "total": n_lines, "listed": [] }));
    }
    budget.spend(&title);
    let indented: Vec<String> = lines.iter().map(|line| format!("  {line}")).collect();
    let n_kept = budget.n_fitting(&indented);
    let mut text = title;
    for line in &indented[..n_kept] {
        text.push_str(line);
        text.push('\n');
    }
    if n_kept < n_lines {
        text.push_str(&format!("  … {} more\n", n_lines - n_kept));
    }
    (text, json!({ "total": n_lines, "listed": lines[..n_kept] }))
}

/// One line that says where a definition is and what.
pub(super) fn head_of(symbol: &GraphSymbol) -> String {
    let head = format!(
        "{}:{}-{} {} {}",
        symbol.path, symbol.line, symbol.end_line, symbol.kind, symbol.qualified_name
    );
    shown_in_line(&head).into_owned()
}
