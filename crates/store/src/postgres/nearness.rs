//! How near vectors are found: one by one in small repositories, by an HNSW index in large ones.
//!
//! Looking at every vector is exact and takes about a microsecond each. An index belongs to a model, not to a repository, since
//! vectors are shared: a search goes along it and leaves out what the repository does not link to. That pays where the repository
//! is large and a fair share of all.

use crate::postgres::failure::Failure;
use crate::postgres::session::Session;
use crate::records::GenerationId;

/// Chunks of a repository, and vectors of a model, from which on an index is used.
pub(super) const INDEX_FROM: i64 = 50_000;
/// One vector in so many has to be the repository's, or the index would mostly lead to others.
const SHARE_OF_INDEX: i64 = 10;
/// Largest number of dimensions that the index takes in half precision.
const INDEXED_DIMENSIONS_MAX: i32 = 4000;
/// Neighbours of a vector in the index, and candidates looked at when it is inserted; see `docs/operations.md` for what they give.
const NEIGHBOURS: u32 = 16;
const CANDIDATES_AT_INSERTION: u32 = 128;
/// Candidates that a search keeps; the smallest number, and how many for each hit asked for.
const CANDIDATES_MIN: usize = 200;
const CANDIDATES_PER_HIT: usize = 4;
/// The server takes no more.
const CANDIDATES_MAX: usize = 1000;
/// Key of the lock under which an index is built: "near" in ASCII.
const BUILD_LOCK: i64 = 0x6e65_6172;
/// An index that does not fit this while it is built takes many times as long.
const BUILD_MEMORY: &str = "256MB";

/// A way through the vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// Every vector that the generation links to.
    Exact,
    /// Along the model's index.
    Index,
}

/// Returns which way to take.
pub(super) fn scan(
    session: &mut Session,
    generation: GenerationId,
    model: i64,
    index_from: i64,
) -> Result<Scan, Failure> {
    let row = session.row(
        "SELECT coalesce(sum(n_chunks), 0)::bigint FROM mnemo.files WHERE generation = $1",
        &[&generation.0],
    )?;
    let n_chunks: i64 = row.try_get(0)?;
    if n_chunks < index_from {
        return Ok(Scan::Exact);
    }
    let index = session.optional_row(
        "SELECT c.reltuples::bigint FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
         WHERE c.oid = to_regclass($1) AND i.indisvalid",
        &[&index_name(model)],
    )?;
    match index {
        Some(row) if n_chunks >= row.try_get::<_, i64>(0)? / SHARE_OF_INDEX => Ok(Scan::Index),
        _ => Ok(Scan::Exact),
    }
}

/// Sets what a scan needs until the transaction ends.
pub(super) fn prepare_scan(session: &mut Session, scan: Scan, limit: usize) -> Result<(), Failure> {
    if scan == Scan::Exact {
        return Ok(());
    }
    let n_candidates =
        (limit.saturating_mul(CANDIDATES_PER_HIT)).clamp(CANDIDATES_MIN, CANDIDATES_MAX);
    // The planner does not know that the order comes for free only without sorting and hashing. A filtered scan goes on until
    // enough is found.
    session.batch(&format!(
        "SET LOCAL hnsw.ef_search = {n_candidates}; SET LOCAL hnsw.iterative_scan = strict_order;
         SET LOCAL enable_sort = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
         SET LOCAL enable_seqscan = off"
    ))
}

/// Returns the statement that finds the vectors nearest to $2 that chunks of generation $1 link to by `link`, at most $3.
pub(super) fn sql(
    extension: &str,
    scan: Scan,
    link: &str,
    model: i64,
    n_dimensions: usize,
) -> String {
    match scan {
        Scan::Exact => format!(
            "SELECT v.id, v.vector
             FROM (SELECT DISTINCT {link} AS id FROM mnemo.chunks WHERE generation = $1 AND {link} IS NOT NULL) AS linked
             JOIN mnemo.vectors v ON v.id = linked.id WHERE v.model = {model} ORDER BY v.vector OPERATOR({extension}.<#>) $2::{extension}.halfvec LIMIT $3"
        ),
        Scan::Index => format!(
            "SELECT v.id, v.vector FROM mnemo.vectors v
             WHERE v.model = {model} AND EXISTS (SELECT 1 FROM mnemo.chunks WHERE generation = $1 AND {link} = v.id)
             ORDER BY v.vector::{extension}.halfvec({n_dimensions})
                 OPERATOR({extension}.<#>) $2::{extension}.halfvec({n_dimensions}) LIMIT $3"
        ),
    }
}

/// Builds the index of every model that has become large enough for one; the server keeps it up to date from then on.
///
/// Writers and readers go on meanwhile. What is interrupted leaves an invalid index, which nobody uses and the next build replaces.
pub(super) fn build_missing_indexes(session: &mut Session, index_from: i64) -> Result<(), Failure> {
    let extension = session.extension()?.to_owned();
    let models = session.rows(
        &format!(
            "SELECT m.id, {extension}.vector_dims((SELECT vector FROM mnemo.vectors WHERE model = m.id LIMIT 1)) FROM mnemo.models m
         WHERE (SELECT count(*) FROM (SELECT 1 FROM mnemo.vectors WHERE model = m.id LIMIT $1) AS first) >= $1
             AND NOT EXISTS (SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('mnemo.vectors_near_' || m.id) AND indisvalid)"
        ),
        &[&index_from],
    )?;
    for row in models {
        let (model, n_dimensions) = (row.try_get(0)?, row.try_get(1)?);
        if n_dimensions <= INDEXED_DIMENSIONS_MAX {
            build_index(session, model, n_dimensions)?;
        }
    }
    Ok(())
}

fn build_index(session: &mut Session, model: i64, n_dimensions: i32) -> Result<(), Failure> {
    let is_ours: bool = session
        .row("SELECT pg_try_advisory_lock($1)", &[&BUILD_LOCK])?
        .try_get(0)?;
    if !is_ours {
        return Ok(());
    }
    let extension = session.extension()?.to_owned();
    let name = index_name(model);
    let unqualified = name.trim_start_matches("mnemo.");
    session.batch(&format!(
        "SET statement_timeout = 0; SET maintenance_work_mem = '{BUILD_MEMORY}'"
    ))?;
    session.batch(&format!("DROP INDEX CONCURRENTLY IF EXISTS {name}"))?;
    let built = session.batch(&format!(
        "CREATE INDEX CONCURRENTLY {unqualified} ON mnemo.vectors USING hnsw ((vector::{extension}.halfvec({n_dimensions})) {extension}.halfvec_ip_ops)
         WITH (m = {NEIGHBOURS}, ef_construction = {CANDIDATES_AT_INSERTION}) WHERE model = {model}"
    ));
    session.execute("SELECT pg_advisory_unlock($1)", &[&BUILD_LOCK])?;
    session.batch("RESET statement_timeout; RESET maintenance_work_mem")?;
    built
}

fn index_name(model: i64) -> String {
    format!("mnemo.vectors_near_{model}")
}
