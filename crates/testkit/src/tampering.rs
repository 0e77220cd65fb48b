//! An embedded database with one value changed, and every question asked of it.

use std::path::PathBuf;

use app::{
    AppError, CycleLevel, ExportItem, Fold, Mode, Project, SearchOptions, Snapshot, TestHits,
    Tests, WalkOptions,
};
use fs_err as fs;
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::TestProject;

/// Lets one value after the other be changed in the index of a project that has been indexed.
pub struct Tampering<'p> {
    project: &'p TestProject,
    original: Vec<u8>,
    columns: Vec<(String, String)>,
}

impl<'p> Tampering<'p> {
    /// Remembers the index as it is.
    pub fn new(project: &'p TestProject) -> Tampering<'p> {
        let connection = Connection::open(project.database()).expect("the database opens");
        let columns = columns(&connection).expect("the schema is readable");
        connection.close().expect("nobody uses it");
        Tampering {
            project,
            original: fs::read(project.database()).expect("the database is readable"),
            columns,
        }
    }

    /// Returns how many columns the database has in all tables.
    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// Makes the index what it was but for one value of a column, in the row at `row` counted round; returns whether the database took it.
    ///
    /// `change` is given the old value.
    pub fn change(&self, column: usize, row: usize, change: impl Fn(Value) -> Value) -> bool {
        self.change_file(|_| {});
        let path = self.project.database();
        let connection = Connection::open(&path).expect("the database opens");
        let (table, column) = &self.columns[column % self.columns.len()];
        let changed = update(&connection, table, column, row, change);
        connection.close().expect("nobody uses it");
        changed.unwrap_or(false)
    }

    /// Makes the database file what it was but for what `change` does to its bytes.
    pub fn change_file(&self, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.project.database();
        for suffix in ["-wal", "-shm"] {
            let mut log = path.clone().into_os_string();
            log.push(suffix);
            fs::remove_file(PathBuf::from(log)).ok();
        }
        let mut bytes = self.original.clone();
        change(&mut bytes);
        fs::write(&path, bytes).expect("the database is writable");
    }

    /// Asks everything that there is to ask; returns how many questions had an answer.
    pub fn ask_everything(&self) -> usize {
        let project = self.project.open();
        let Ok(mut reader) = project.reader() else {
            return 0;
        };
        let mut n_answers = usize::from(reader.status(None).is_ok());
        for question in QUESTIONS {
            n_answers += usize::from(reader.ask(None, question).is_ok());
        }
        n_answers
            + ITEMS
                .iter()
                .filter(|item| exports(&project, **item))
                .count()
    }
}

fn columns(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare(
            "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn update(
    connection: &Connection,
    table: &str,
    column: &str,
    row: usize,
    change: impl Fn(Value) -> Value,
) -> rusqlite::Result<bool> {
    connection.execute_batch("PRAGMA ignore_check_constraints = on")?;
    let n_rows: usize =
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
            row.get(0)
        })?;
    if n_rows == 0 {
        return Ok(false);
    }
    let (id, old): (i64, Value) = connection.query_row(
        &format!("SELECT rowid, \"{column}\" FROM {table} LIMIT 1 OFFSET ?1"),
        [row % n_rows],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let new = change(old);
    let n_changed = connection.execute(
        &format!("UPDATE {table} SET \"{column}\" = ?2 WHERE rowid = ?1"),
        rusqlite::params![id, new],
    )?;
    Ok(n_changed == 1)
}

const FAR: WalkOptions = WalkOptions {
    max_depth: None,
    limit: 100,
    tests: Tests::With,
};

type Question = fn(&mut Snapshot<'_>) -> Result<(), AppError>;

const QUESTIONS: &[Question] = &[
    |snapshot| search(snapshot, "count items", Mode::Hybrid),
    |snapshot| search(snapshot, "\"return\" -nothing", Mode::Lexical),
    |snapshot| search(snapshot, "at src/a.ts:2", Mode::Semantic),
    |snapshot| snapshot.status().map(drop),
    |snapshot| snapshot.digest().map(drop),
    |snapshot| snapshot.hotspots(10).map(drop),
    |snapshot| {
        for path in snapshot.paths()? {
            let chunks = snapshot.outline(&path)?;
            let Some(first) = chunks.first() else {
                continue;
            };
            let path = domain::RepoPath::new(path.as_str()).expect("it came from the index");
            snapshot.source(&path, first.span.start_line, first.span.end_line)?;
        }
        Ok(())
    },
    |snapshot| {
        let graph = snapshot.graph()?;
        for name in ["a", "caller", "Base.run", "src/a.ts", "src/b.ts:3"] {
            // A name may have gone with what was changed.
            graph.callers(&[name], &FAR).ok();
            graph.callees(&[name], &FAR).ok();
            graph.impact(&[name], &FAR).ok();
            graph.path("caller", name).ok();
            for found in graph.find(name).unwrap_or_default() {
                snapshot.source(&found.path, found.line, found.end_line)?;
            }
        }
        graph.cycles(CycleLevel::Calls, 10);
        graph.cycles(CycleLevel::Modules, 10);
        graph.modules(Fold::Files);
        graph.modules(Fold::Folders { depth: 1 });
        Ok(())
    },
];

fn search(snapshot: &mut Snapshot<'_>, text: &str, mode: Mode) -> Result<(), AppError> {
    let options = SearchOptions {
        form: app::Form::Question,
        repositories: Vec::new(),
        limit: 10,
        offset: 0,
        mode,
        path: None,
        language: None,
        kind: None,
        tests: TestHits::Lower,
    };
    for found in snapshot.search(text, &options)?.hits {
        found.snippet(2);
    }
    Ok(())
}

const ITEMS: &[ExportItem] = &[
    ExportItem::Files,
    ExportItem::Chunks,
    ExportItem::Symbols,
    ExportItem::References,
    ExportItem::Edges,
    ExportItem::Calls,
    ExportItem::Imports,
    ExportItem::Inputs,
    ExportItem::Vectors,
];

fn exports(project: &Project, item: ExportItem) -> bool {
    app::export(project, None, item, &mut |_| Ok(())).is_ok()
}
