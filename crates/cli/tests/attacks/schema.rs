//! A database whose tables are something else than tables, or that does more than it is asked.

use std::fs;

use rusqlite::Connection;

use crate::home::Home;

const DATABASE: &str = "idx/x.db";

/// A view that works without end stands in the place of a table.
fn endless(table: &str, column: &str) -> String {
    format!(
        "DROP TABLE {table}; CREATE VIEW {table} AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS {column} FROM n"
    )
}

/// Each of these is planted in an index that was sound.
fn plants() -> Vec<(String, &'static str)> {
    let many = "PRAGMA writable_schema = on; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50000)
        INSERT INTO sqlite_schema SELECT 'view', 'v' || i, 'v' || i, 0, 'CREATE VIEW v' || i || ' AS SELECT 1' FROM n";
    let long = format!("CREATE TABLE long (a DEFAULT '{}')", "x".repeat(1 << 20));
    let trigger = "CREATE TRIGGER trap AFTER INSERT ON files BEGIN DELETE FROM repositories; END";
    let computed = "ALTER TABLE repositories ADD COLUMN trap TEXT AS (hex(zeroblob(100000000)))";
    vec![
        (endless("generations", "id"), "view generations"),
        (endless("repositories", "name"), "view repositories"),
        (endless("facts", "file"), "view facts"),
        (trigger.to_owned(), "trigger trap"),
        (computed.to_owned(), "table repositories"),
        (
            "CREATE INDEX trap ON files (hex(path))".to_owned(),
            "index trap",
        ),
        (
            "CREATE VIRTUAL TABLE words_1 USING fts4 (a)".to_owned(),
            "is not what mnemo makes",
        ),
        (
            "CREATE TABLE \"words_1_data\" (a)".to_owned(),
            "table words_1_data",
        ),
        (
            "CREATE TABLE \"e\u{1b}[2Jvil\nerror: none\" (a)".to_owned(),
            "is not what mnemo makes",
        ),
        ("DROP INDEX files_by_path".to_owned(), "lacks the index"),
        (many.to_owned(), "more tables"),
        (long, "long"),
    ]
}

#[test]
fn database_with_other_tables_is_refused_before_it_is_asked() {
    for (plant, why) in plants() {
        let home = Home::new();
        assert_eq!(home.run(&["index", ".", "--database", DATABASE]).0, 0);
        let planted = Connection::open(home.in_tree(DATABASE)).unwrap();
        planted.execute_batch(&plant).unwrap();
        drop(planted);
        for command in [&["index", "."][..], &["search", "first"], &["gc"]] {
            let (status, said) = home.run(&[command, &["--database", DATABASE]].concat());
            assert!(status == 3 && said.contains(why), "{command:?}: {said}");
            assert!(
                !said.contains('\u{1b}') && said.lines().count() < 4,
                "{said}"
            );
        }
    }
}

/// A database of the first version is migrated, and no object of it is obeyed meanwhile.
#[test]
fn database_of_an_older_version_is_held_to_what_that_version_made() {
    let first = include_str!("../../../store/migrations/sqlite/0001_initial.sql");
    let marks = "PRAGMA application_id = 0x6d6e656d; PRAGMA user_version = 1;";
    let full_text =
        "CREATE VIRTUAL TABLE words_7 USING fts5 (name, content = '', contentless_delete = 1);";
    for (plant, is_refused) in [
        ("", false),
        (full_text, false),
        ("CREATE VIEW facts AS SELECT 1;", true),
        (
            "CREATE TRIGGER t AFTER DELETE ON files BEGIN DELETE FROM runs; END;",
            true,
        ),
        (
            "CREATE VIRTUAL TABLE \"words_7; ATTACH 'x' AS x\" USING fts5 (a);",
            true,
        ),
    ] {
        let home = Home::new();
        fs::create_dir_all(home.in_tree("idx")).unwrap();
        let planted = Connection::open(home.in_tree(DATABASE)).unwrap();
        planted
            .execute_batch(&format!("{first}{plant}{marks}"))
            .unwrap();
        drop(planted);
        let (status, said) = home.run(&["index", ".", "--database", DATABASE]);
        let is_as_expected = match is_refused {
            true => status == 3 && said.contains("is not what mnemo makes"),
            false => status == 0,
        };
        assert!(is_as_expected, "{plant}: {said}");
    }
}
