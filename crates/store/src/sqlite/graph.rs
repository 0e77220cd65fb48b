//! Facts, edges and metrics.

use domain::{
    ContentHash, EdgeKind, Facts, Language, Position, Provenance, ReferenceKind, Resolution,
    SymbolKind,
};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::ids;
use crate::records::{
    Edge, FileGraph, FileId, GenerationId, GraphCounts, GraphFile, GraphNode, GraphState,
    GraphUpdate, MetricsRow, ResolvedFrom, SymbolId,
};
use crate::sqlite::failure::Failure;
use crate::sqlite::read::{self, OF_GENERATION};
use crate::sqlite::rows;

pub(super) fn state(
    connection: &Connection,
    generation: GenerationId,
) -> Result<GraphState, Failure> {
    let mut files = connection.prepare_cached(&format!(
        "SELECT f.id, f.path, r.modules, r.dependencies, f.language, f.is_shared FROM files f LEFT JOIN resolutions r ON r.file = f.id
         WHERE f.{OF_GENERATION}",
    ))?;
    let files = files.query_map([generation.0], |row| {
        Ok(GraphFile {
            id: FileId(row.get(0)?),
            path: rows::path(row, 1)?,
            language: rows::word(row, 4, Language::from_word)?,
            is_shared: row.get(5)?,
            resolved: match row.get_ref(2)? {
                rusqlite::types::ValueRef::Null => None,
                _ => Some(resolved_from(row, 2)?),
            },
        })
    })?;
    let mut files: Vec<GraphFile> = files.collect::<rusqlite::Result<_>>()?;
    files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    Ok(GraphState {
        basis: basis(connection, generation)?,
        files,
    })
}

/// Returns what the graph of a generation was made from.
pub(super) fn basis(
    connection: &Connection,
    generation: GenerationId,
) -> Result<Option<ContentHash>, Failure> {
    let basis: Option<[u8; 32]> = connection
        .prepare_cached("SELECT graph FROM generations WHERE id = ?1")?
        .query_row([generation.0], |row| row.get(0))?;
    Ok(basis.map(ContentHash::from_bytes))
}

fn resolved_from(row: &Row<'_>, at: usize) -> rusqlite::Result<ResolvedFrom> {
    let bytes = row.get_ref(at + 1)?.as_blob()?;
    let ids = bytes.as_chunks().0.iter();
    let ids = ids.map(|id| i64::from_le_bytes(*id));
    Ok(ResolvedFrom::from_stored(rows::hash(row, at)?, ids))
}

/// Files that an older version of the program wrote have no facts.
pub(super) fn facts(connection: &Connection, file: FileId) -> Result<Facts, Failure> {
    let facts = connection
        .prepare_cached("SELECT bytes FROM facts WHERE file = ?1")?
        .query_row([file.0], |row| rows::facts(row.get_ref(0)?.as_blob()?, 0))
        .optional()?;
    Ok(facts.unwrap_or_default())
}

/// Names stand in the facts as they are written.
pub(super) fn files_naming(
    connection: &Connection,
    generation: GenerationId,
    name: &str,
) -> Result<Vec<FileId>, Failure> {
    let mut files = connection.prepare_cached(
        "SELECT f.id FROM files f JOIN facts ON facts.file = f.id
         WHERE f.generation = ?1 AND instr(facts.bytes, ?2) > 0 ORDER BY f.path",
    )?;
    let found = files.query_map(params![generation.0, name.as_bytes()], |row| {
        row.get(0).map(FileId)
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn replace(
    transaction: &Transaction<'_>,
    generation: GenerationId,
    update: &GraphUpdate,
) -> Result<(), Failure> {
    for file in &update.files {
        transaction
            .prepare_cached("DELETE FROM edges WHERE id BETWEEN ?1 AND ?2")?
            .execute(ids::row_ids(file.file.0))?;
        insert_edges(transaction, file)?;
        insert_resolution(transaction, file)?;
    }
    replace_metrics(transaction, &update.metrics)?;
    transaction.execute(
        "UPDATE generations SET graph = ?2 WHERE id = ?1",
        params![
            generation.0,
            update.basis.as_ref().map(|basis| basis.as_bytes())
        ],
    )?;
    Ok(())
}

fn insert_edges(transaction: &Transaction<'_>, file: &FileGraph) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO edges (id, kind, source, target, reference, line, \"column\", provenance, how)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for (place, edge) in file.edges.iter().enumerate() {
        insert.execute(params![
            ids::row_id(file.file.0, place),
            edge.kind.as_str(),
            edge.source,
            symbol_row(edge.target),
            edge.reference,
            edge.position.line,
            edge.position.column,
            edge.provenance.as_str(),
            edge.how.map(ReferenceKind::as_str),
        ])?;
    }
    Ok(())
}

fn insert_resolution(transaction: &Transaction<'_>, file: &FileGraph) -> rusqlite::Result<()> {
    let dependencies: Vec<u8> = file.from.stored().flat_map(i64::to_le_bytes).collect();
    let outcomes: Vec<u8> = file.outcomes.iter().map(|outcome| *outcome as u8).collect();
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO resolutions (file, modules, dependencies, outcomes) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            file.file.0,
            file.from.modules.as_bytes(),
            dependencies,
            outcomes
        ])?;
    Ok(())
}

fn replace_metrics(transaction: &Transaction<'_>, metrics: &[MetricsRow]) -> Result<(), Failure> {
    let mut delete =
        transaction.prepare_cached("DELETE FROM metrics WHERE id BETWEEN ?1 AND ?2")?;
    for of_file in metrics.chunk_by(|one, other| one.id.file == other.id.file) {
        delete.execute(ids::row_ids(of_file[0].id.file.0))?;
    }
    let mut insert = transaction.prepare_cached(
        "INSERT INTO metrics (id, fan_in, fan_out, afferent, efferent, instability, page_rank, betweenness,
             cycle_size, cycle, community, use_fan_in, use_fan_out)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    for row in metrics {
        let metrics = &row.metrics;
        insert.execute(params![
            symbol_row(row.id),
            metrics.fan_in,
            metrics.fan_out,
            metrics.afferent,
            metrics.efferent,
            metrics.instability,
            metrics.page_rank,
            metrics.betweenness,
            metrics.cycle_size,
            symbol_row(row.cycle),
            symbol_row(row.community),
            metrics.use_fan_in,
            metrics.use_fan_out,
        ])?;
    }
    Ok(())
}

pub(super) fn nodes(
    connection: &Connection,
    files: impl Iterator<Item = i64>,
) -> Result<Vec<GraphNode>, Failure> {
    let mut symbols = connection.prepare_cached(
        "SELECT id, parent, kind, name, qualified_name, line, \"column\", start_byte, end_byte, start_line, end_line,
             is_exported, is_async, is_static, is_test, cyclomatic, cognitive, n_code_lines
         FROM symbols WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
    )?;
    let mut nodes = Vec::new();
    for file in files {
        let mut found = symbols.query(ids::row_ids(file))?;
        while let Some(row) = found.next()? {
            nodes.push(node(row)?);
        }
    }
    Ok(nodes)
}

fn node(row: &Row<'_>) -> rusqlite::Result<GraphNode> {
    Ok(GraphNode {
        id: symbol_id(row.get(0)?),
        parent: row.get(1)?,
        kind: rows::word(row, 2, SymbolKind::from_word)?,
        name: row.get(3)?,
        qualified_name: row.get(4)?,
        position: Position {
            line: row.get(5)?,
            column: row.get(6)?,
        },
        span: rows::span(row, 7)?,
        flags: rows::flags(row, 11)?,
        complexity: rows::complexity(row, 15)?,
    })
}

pub(super) fn file_graphs(
    connection: &Connection,
    files: impl Iterator<Item = i64>,
) -> Result<Vec<FileGraph>, Failure> {
    let mut edges = connection.prepare_cached(
        "SELECT kind, source, target, reference, line, \"column\", provenance, how FROM edges
         WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
    )?;
    let mut resolution = connection.prepare_cached(
        "SELECT modules, dependencies, outcomes FROM resolutions WHERE file = ?1",
    )?;
    let mut graphs = Vec::new();
    for file in files {
        let found = resolution
            .query_row([file], |row| {
                Ok((resolved_from(row, 0)?, outcomes(row, 2)?))
            })
            .optional()?;
        let Some((from, outcomes)) = found else {
            continue;
        };
        graphs.push(FileGraph {
            file: FileId(file),
            from,
            outcomes,
            edges: edges
                .query_map(ids::row_ids(file), edge)?
                .collect::<rusqlite::Result<_>>()?,
        });
    }
    Ok(graphs)
}

fn edge(row: &Row<'_>) -> rusqlite::Result<Edge> {
    Ok(Edge {
        kind: rows::word(row, 0, EdgeKind::from_word)?,
        source: row.get(1)?,
        target: symbol_id(row.get(2)?),
        reference: row.get(3)?,
        position: Position {
            line: row.get(4)?,
            column: row.get(5)?,
        },
        provenance: rows::word(row, 6, Provenance::from_word)?,
        how: rows::optional_word(row, 7, ReferenceKind::from_word)?,
    })
}

fn outcomes(row: &Row<'_>, at: usize) -> rusqlite::Result<Vec<Resolution>> {
    let bytes = row.get_ref(at)?.as_blob()?;
    let known = |byte: &u8| {
        let found = Resolution::ALL.get(usize::from(*byte));
        found.copied().ok_or_else(|| {
            rows::unreadable(
                at,
                rusqlite::types::FromSqlError::OutOfRange(i64::from(*byte)),
            )
        })
    };
    bytes.iter().map(known).collect()
}

pub(super) fn metrics(
    connection: &Connection,
    generation: GenerationId,
) -> Result<Vec<MetricsRow>, Failure> {
    let mut select = connection.prepare_cached(
        "SELECT id, fan_in, fan_out, afferent, efferent, instability, page_rank, betweenness, cycle_size, cycle,
             community, use_fan_in, use_fan_out FROM metrics WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
    )?;
    let mut found = Vec::new();
    for file in read::files(connection, generation)? {
        let rows = select.query_map(ids::row_ids(file), metrics_row)?;
        for row in rows {
            found.push(row?);
        }
    }
    Ok(found)
}

fn metrics_row(row: &Row<'_>) -> rusqlite::Result<MetricsRow> {
    Ok(MetricsRow {
        id: symbol_id(row.get(0)?),
        metrics: domain::NodeMetrics {
            fan_in: row.get(1)?,
            fan_out: row.get(2)?,
            afferent: row.get(3)?,
            efferent: row.get(4)?,
            instability: row.get(5)?,
            page_rank: row.get(6)?,
            betweenness: row.get(7)?,
            cycle_size: row.get(8)?,
            use_fan_in: row.get(11)?,
            use_fan_out: row.get(12)?,
            ..domain::NodeMetrics::default()
        },
        cycle: symbol_id(row.get(9)?),
        community: symbol_id(row.get(10)?),
    })
}

pub(super) fn counts(
    connection: &Connection,
    generation: GenerationId,
) -> Result<GraphCounts, Failure> {
    let mut counts = GraphCounts::default();
    let mut kinds =
        connection.prepare_cached("SELECT kind FROM edges WHERE id BETWEEN ?1 AND ?2")?;
    let mut resolution =
        connection.prepare_cached("SELECT outcomes FROM resolutions WHERE file = ?1")?;
    for file in read::files(connection, generation)? {
        let mut found = kinds.query(ids::row_ids(file))?;
        while let Some(row) = found.next()? {
            let kind = rows::word(row, 0, EdgeKind::from_word)?;
            *counts.edges.entry(kind).or_default() += 1;
        }
        let outcomes = resolution
            .query_row([file], |row| outcomes(row, 0))
            .optional()?;
        for outcome in outcomes.into_iter().flatten() {
            *counts.references.entry(outcome).or_default() += 1;
        }
    }
    Ok(counts)
}

fn symbol_row(id: SymbolId) -> i64 {
    ids::row_id(id.file.0, id.symbol as usize)
}

fn symbol_id(row: i64) -> SymbolId {
    SymbolId {
        file: FileId(ids::file_of(row)),
        symbol: ids::position_of(row),
    }
}
