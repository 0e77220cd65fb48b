//! Facts, edges and metrics.

use std::collections::HashMap;

use domain::{
    EdgeKind, Facts, Language, NodeMetrics, Provenance, ReferenceKind, Resolution, SymbolKind,
};
use postgres::Row;

use crate::postgres::failure::Failure;
use crate::postgres::session::Session;
use crate::postgres::{read, rows};
use crate::records::{
    Edge, FileGraph, FileId, GenerationId, GraphCounts, GraphFile, GraphNode, GraphState,
    GraphUpdate, MetricsRow, ResolvedFrom, SymbolId,
};

/// Rows that go to the server in one statement; bounds what both sides hold.
const ROWS_AT_ONCE: usize = 20_000;

pub(super) fn state(
    session: &mut Session,
    generation: GenerationId,
) -> Result<GraphState, Failure> {
    let basis = read::graph_basis(session, generation)?;
    let files = session.rows(
        "SELECT f.id, f.path, r.file IS NOT NULL, r.modules, r.dependencies, f.language, f.is_shared
         FROM mnemo.files f LEFT JOIN mnemo.resolutions r ON r.file = f.id WHERE f.generation = $1 ORDER BY f.path",
        &[&generation.0],
    )?;
    let files = files.iter().map(|row| {
        Ok(GraphFile {
            id: FileId(row.try_get(0)?),
            path: rows::path(row, 1)?,
            language: rows::word(row, 5, Language::from_word)?,
            is_shared: row.try_get(6)?,
            resolved: match row.try_get(2)? {
                true => Some(resolved_from(row, 3)?),
                false => None,
            },
        })
    });
    Ok(GraphState {
        basis,
        files: files.collect::<Result<_, Failure>>()?,
    })
}

fn resolved_from(row: &Row, at: usize) -> Result<ResolvedFrom, Failure> {
    let dependencies: Vec<i64> = row.try_get(at + 1)?;
    let modules = rows::hash(row, at)?;
    Ok(ResolvedFrom::from_stored(modules, dependencies.into_iter()))
}

pub(super) fn facts(session: &mut Session, files: &[FileId]) -> Result<Vec<Facts>, Failure> {
    let ids: Vec<i64> = files.iter().map(|file| file.0).collect();
    let found = session.rows(
        "SELECT bytes, file FROM mnemo.facts WHERE file = ANY ($1)",
        &[&ids],
    )?;
    let mut by_file = HashMap::with_capacity(found.len());
    for row in &found {
        by_file.insert(row.try_get::<_, i64>(1)?, rows::facts(row, 0)?);
    }
    let facts = ids.iter().map(|file| by_file.remove(file));
    Ok(facts.map(Option::unwrap_or_default).collect())
}

/// Names stand in the facts as they are written.
pub(super) fn files_naming(
    session: &mut Session,
    generation: GenerationId,
    name: &str,
) -> Result<Vec<FileId>, Failure> {
    let rows = session.rows(
        "SELECT f.id FROM mnemo.files f JOIN mnemo.facts x ON x.file = f.id
         WHERE f.generation = $1 AND position($2::bytea IN x.bytes) > 0 ORDER BY f.path",
        &[&generation.0, &name.as_bytes()],
    )?;
    rows.iter().map(|row| Ok(FileId(row.try_get(0)?))).collect()
}

pub(super) fn replace(
    session: &mut Session,
    generation: GenerationId,
    update: &GraphUpdate,
) -> Result<(), Failure> {
    let files: Vec<i64> = update.files.iter().map(|file| file.file.0).collect();
    session.execute("DELETE FROM mnemo.edges WHERE file = ANY ($1)", &[&files])?;
    session.execute(
        "DELETE FROM mnemo.resolutions WHERE file = ANY ($1)",
        &[&files],
    )?;
    insert_edges(session, &update.files)?;
    insert_resolutions(session, &update.files)?;
    let mut measured: Vec<i64> = update.metrics.iter().map(|row| row.id.file.0).collect();
    measured.dedup();
    session.execute(
        "DELETE FROM mnemo.metrics WHERE file = ANY ($1)",
        &[&measured],
    )?;
    for metrics in update.metrics.chunks(ROWS_AT_ONCE) {
        insert_metrics(session, metrics)?;
    }
    session.execute(
        "UPDATE mnemo.generations SET graph = $2 WHERE id = $1",
        &[
            &generation.0,
            &update
                .basis
                .as_ref()
                .map(|basis| basis.as_bytes().as_slice()),
        ],
    )?;
    Ok(())
}

fn insert_edges(session: &mut Session, files: &[FileGraph]) -> Result<(), Failure> {
    let all: Vec<(i64, i32, &Edge)> = files
        .iter()
        .flat_map(|file| {
            (0..)
                .zip(&file.edges)
                .map(|(place, edge)| (file.file.0, place, edge))
        })
        .collect();
    for rows in all.chunks(ROWS_AT_ONCE) {
        let edges = rows.iter().map(|row| row.2);
        let numbers = |of: fn(&Edge) -> u32| -> Vec<i64> {
            edges.clone().map(|edge| of(edge).into()).collect()
        };
        let words =
            |of: fn(&Edge) -> &'static str| -> Vec<&str> { edges.clone().map(of).collect() };
        session.execute(
            "INSERT INTO mnemo.edges (file, position, kind, source, target_file, target, reference, line, \"column\", provenance,
                 how)
             SELECT * FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                 $8::bigint[], $9::bigint[], $10::text[], $11::text[])",
            &[
                &rows.iter().map(|row| row.0).collect::<Vec<_>>(),
                &rows.iter().map(|row| row.1).collect::<Vec<_>>(),
                &words(|edge| edge.kind.as_str()),
                &numbers(|edge| edge.source),
                &edges.clone().map(|edge| edge.target.file.0).collect::<Vec<_>>(),
                &numbers(|edge| edge.target.symbol),
                &edges
                    .clone()
                    .map(|edge| edge.reference.map(i64::from))
                    .collect::<Vec<_>>(),
                &numbers(|edge| edge.position.line),
                &numbers(|edge| edge.position.column),
                &words(|edge| edge.provenance.as_str()),
                &edges
                    .clone()
                    .map(|edge| edge.how.map(ReferenceKind::as_str))
                    .collect::<Vec<_>>(),
            ],
        )?;
    }
    Ok(())
}

/// Dependencies go as text: arrays of different lengths do not fit into one.
fn insert_resolutions(session: &mut Session, files: &[FileGraph]) -> Result<(), Failure> {
    for files in files.chunks(ROWS_AT_ONCE) {
        let ids: Vec<i64> = files.iter().map(|file| file.file.0).collect();
        let modules: Vec<&[u8]> = files
            .iter()
            .map(|file| file.from.modules.as_bytes().as_slice())
            .collect();
        let dependencies: Vec<String> = files.iter().map(|file| array_text(&file.from)).collect();
        let outcomes: Vec<Vec<u8>> = files
            .iter()
            .map(|file| file.outcomes.iter().map(|outcome| *outcome as u8).collect())
            .collect();
        session.execute(
            "INSERT INTO mnemo.resolutions (file, modules, dependencies, outcomes)
             SELECT file, modules, dependencies::bigint[], outcomes
             FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::bytea[]) AS new (file, modules, dependencies, outcomes)",
            &[&ids, &modules, &dependencies, &outcomes],
        )?;
    }
    Ok(())
}

fn array_text(from: &ResolvedFrom) -> String {
    let ids: Vec<String> = from.stored().map(|id| id.to_string()).collect();
    format!("{{{}}}", ids.join(","))
}

fn insert_metrics(session: &mut Session, metrics: &[MetricsRow]) -> Result<(), Failure> {
    let rows = metrics.iter();
    let numbers = |of: fn(&NodeMetrics) -> u32| -> Vec<i64> {
        rows.clone().map(|row| of(&row.metrics).into()).collect()
    };
    let shares = |of: fn(&NodeMetrics) -> f32| -> Vec<f32> {
        rows.clone().map(|row| of(&row.metrics)).collect()
    };
    let files = |of: fn(&MetricsRow) -> SymbolId| -> Vec<i64> {
        rows.clone().map(|row| of(row).file.0).collect()
    };
    let symbols = |of: fn(&MetricsRow) -> SymbolId| -> Vec<i64> {
        rows.clone().map(|row| of(row).symbol.into()).collect()
    };
    session.execute(
        "INSERT INTO mnemo.metrics (file, symbol, fan_in, fan_out, afferent, efferent, instability, page_rank, betweenness,
             cycle_size, cycle_file, cycle, community_file, community, use_fan_in, use_fan_out)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::real[],
             $8::real[], $9::real[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[],
             $15::bigint[], $16::bigint[])",
        &[
            &files(|row| row.id),
            &symbols(|row| row.id),
            &numbers(|metrics| metrics.fan_in),
            &numbers(|metrics| metrics.fan_out),
            &numbers(|metrics| metrics.afferent),
            &numbers(|metrics| metrics.efferent),
            &shares(|metrics| metrics.instability),
            &shares(|metrics| metrics.page_rank),
            &shares(|metrics| metrics.betweenness),
            &numbers(|metrics| metrics.cycle_size),
            &files(|row| row.cycle),
            &symbols(|row| row.cycle),
            &files(|row| row.community),
            &symbols(|row| row.community),
            &numbers(|metrics| metrics.use_fan_in),
            &numbers(|metrics| metrics.use_fan_out),
        ],
    )?;
    Ok(())
}

/// Returns the files of a generation in path order.
pub(super) fn files(
    session: &mut Session,
    generation: GenerationId,
) -> Result<Vec<FileId>, Failure> {
    let rows = session.rows(
        "SELECT id FROM mnemo.files WHERE generation = $1 ORDER BY path",
        &[&generation.0],
    )?;
    rows.iter().map(|row| Ok(FileId(row.try_get(0)?))).collect()
}

fn numbers(files: &[FileId]) -> Vec<i64> {
    files.iter().map(|file| file.0).collect()
}

pub(super) fn nodes(session: &mut Session, files: &[FileId]) -> Result<Vec<GraphNode>, Failure> {
    session
        .rows(
            "SELECT s.file, s.position, s.parent, s.kind, s.name, s.qualified_name, s.line, s.\"column\", s.start_byte,
                 s.end_byte, s.start_line, s.end_line, s.is_exported, s.is_async, s.is_static, s.is_test, s.cyclomatic,
                 s.cognitive, s.n_code_lines
             FROM unnest($1::bigint[]) WITH ORDINALITY AS f (id, place) JOIN mnemo.symbols s ON s.file = f.id
             ORDER BY f.place, s.position",
            &[&numbers(files)],
        )?
        .iter()
        .map(node)
        .collect()
}

fn node(row: &Row) -> Result<GraphNode, Failure> {
    Ok(GraphNode {
        id: SymbolId {
            file: FileId(row.try_get(0)?),
            symbol: rows::place(row, 1)?,
        },
        parent: rows::optional_number(row, 2)?,
        kind: rows::word(row, 3, SymbolKind::from_word)?,
        name: rows::text(row, 4)?,
        qualified_name: rows::text(row, 5)?,
        position: rows::position(row, 6)?,
        span: rows::span(row, 8)?,
        flags: rows::flags(row, 12)?,
        complexity: rows::complexity(row, 16)?,
    })
}

pub(super) fn file_graphs(
    session: &mut Session,
    files: &[FileId],
) -> Result<Vec<FileGraph>, Failure> {
    let ids = numbers(files);
    let mut edges: HashMap<i64, Vec<Edge>> = HashMap::new();
    for row in session.rows(
        "SELECT e.file, e.kind, e.source, e.target_file, e.target, e.reference, e.line, e.\"column\", e.provenance,
             e.how
         FROM mnemo.edges e WHERE e.file = ANY ($1) ORDER BY e.file, e.position",
        &[&ids],
    )? {
        edges.entry(row.try_get(0)?).or_default().push(edge(&row)?);
    }
    let resolutions = session.rows(
        "SELECT r.file, r.modules, r.dependencies, r.outcomes
         FROM unnest($1::bigint[]) WITH ORDINALITY AS f (id, place) JOIN mnemo.resolutions r ON r.file = f.id
         ORDER BY f.place",
        &[&ids],
    )?;
    let graph = |row: &Row| {
        let file = row.try_get(0)?;
        Ok(FileGraph {
            file: FileId(file),
            from: resolved_from(row, 1)?,
            outcomes: outcomes(row.try_get(3)?)?,
            edges: edges.remove(&file).unwrap_or_default(),
        })
    };
    resolutions.iter().map(graph).collect()
}

fn edge(row: &Row) -> Result<Edge, Failure> {
    Ok(Edge {
        kind: rows::word(row, 1, EdgeKind::from_word)?,
        source: rows::number(row, 2)?,
        target: symbol_id(row, 3)?,
        reference: rows::optional_number(row, 5)?,
        position: rows::position(row, 6)?,
        provenance: rows::word(row, 8, Provenance::from_word)?,
        how: rows::optional_word(row, 9, ReferenceKind::from_word)?,
    })
}

fn symbol_id(row: &Row, at: usize) -> Result<SymbolId, Failure> {
    Ok(SymbolId {
        file: FileId(row.try_get(at)?),
        symbol: rows::number(row, at + 1)?,
    })
}

#[derive(Debug, thiserror::Error)]
#[error("{0} stands for no outcome of a reference")]
struct UnknownOutcome(u8);

fn outcomes(bytes: &[u8]) -> Result<Vec<Resolution>, Failure> {
    let known = |byte: &u8| {
        let found = Resolution::ALL.get(usize::from(*byte));
        found
            .copied()
            .ok_or_else(|| Failure::unreadable(UnknownOutcome(*byte)))
    };
    bytes.iter().map(known).collect()
}

pub(super) fn metrics(
    session: &mut Session,
    generation: GenerationId,
) -> Result<Vec<MetricsRow>, Failure> {
    session
        .rows(
            "SELECT m.file, m.symbol, m.fan_in, m.fan_out, m.afferent, m.efferent, m.instability, m.page_rank, m.betweenness,
                 m.cycle_size, m.cycle_file, m.cycle, m.community_file, m.community, m.use_fan_in, m.use_fan_out
             FROM mnemo.files f JOIN mnemo.metrics m ON m.file = f.id WHERE f.generation = $1 ORDER BY f.path, m.symbol",
            &[&generation.0],
        )?
        .iter()
        .map(metrics_row)
        .collect()
}

fn metrics_row(row: &Row) -> Result<MetricsRow, Failure> {
    Ok(MetricsRow {
        id: symbol_id(row, 0)?,
        metrics: NodeMetrics {
            fan_in: rows::number(row, 2)?,
            fan_out: rows::number(row, 3)?,
            afferent: rows::number(row, 4)?,
            efferent: rows::number(row, 5)?,
            instability: row.try_get(6)?,
            page_rank: row.try_get(7)?,
            betweenness: row.try_get(8)?,
            cycle_size: rows::number(row, 9)?,
            use_fan_in: rows::number(row, 14)?,
            use_fan_out: rows::number(row, 15)?,
            ..NodeMetrics::default()
        },
        cycle: symbol_id(row, 10)?,
        community: symbol_id(row, 12)?,
    })
}

pub(super) fn counts(
    session: &mut Session,
    generation: GenerationId,
) -> Result<GraphCounts, Failure> {
    let mut counts = GraphCounts::default();
    for row in session.rows(
        "SELECT kind, count(*) FROM mnemo.edges WHERE file IN (SELECT id FROM mnemo.files WHERE generation = $1) GROUP BY kind",
        &[&generation.0],
    )? {
        let kind = rows::word(&row, 0, EdgeKind::from_word)?;
        counts.edges.insert(kind, rows::number(&row, 1)?);
    }
    for row in session.rows(
        "SELECT outcomes FROM mnemo.resolutions WHERE file IN (SELECT id FROM mnemo.files WHERE generation = $1)",
        &[&generation.0],
    )? {
        for outcome in outcomes(row.try_get(0)?)? {
            *counts.references.entry(outcome).or_default() += 1;
        }
    }
    Ok(counts)
}
