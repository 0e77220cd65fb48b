//! Databases that earlier versions wrote, kept as SQL (`scripts/kept_databases.py`): they open, migrate, answer, and are brought up to date.

use crate::program::Mnemo;

/// Every kept database of a file.
const FILES: &[&str] = &[include_str!("../kept/sqlite-5.sql")];

/// Every kept database of a server.
const SERVERS: &[&str] = &[include_str!("../kept/postgres-3.sql")];

/// The tree that they are of, as the script writes it.
const TREE: &[(&str, &str)] = &[
    (
        "tree/src/greet.ts",
        "import { capital } from './words'\n\n/** Greets somebody. */\nexport function greet(name: string) {\n  return 'hello ' + capital(name)\n}\n",
    ),
    (
        "tree/src/words.ts",
        "export function capital(word: string) {\n  return word.toUpperCase()\n}\n",
    ),
    (
        "tree/tools/count.py",
        "def count(names):\n    return len(names)\n",
    ),
];

/// Checks what a database answers before and after its tree is indexed again: in the end it says what a fresh one says.
fn check(mnemo: &Mnemo, database: &str) {
    let run = |arguments: &[&str], database: &str| {
        let answer = mnemo.run(&[arguments, &["--database", database]].concat());
        assert_eq!(answer.status(), 0, "{arguments:?}: {}", answer.talk());
        answer.data()
    };
    // A run of any directory migrates.
    mnemo.write("other/one.ts", "export const one = 1\n");
    run(&["index", "other", "--workers", "1"], database);
    let ask = |question: &[&str], database: &str| {
        run(&[question, &["--repository", "tree"]].concat(), database)
    };
    assert!(ask(&["search", "greet"], database).starts_with("src/greet.ts:"));
    assert!(ask(&["graph", "callees", "greet"], database).contains("capital  function"));
    TREE.iter().for_each(|(path, text)| mnemo.write(path, text));
    for database in [database, "fresh.db"] {
        run(&["index", "tree", "--workers", "1"], database);
    }
    assert_eq!(ask(&["digest"], database), ask(&["digest"], "fresh.db"));
}

#[test]
fn kept_files_open_migrate_and_are_brought_up_to_date() {
    for text in FILES {
        let mnemo = Mnemo::new();
        let path = mnemo.home.path().join("kept.db");
        let kept = rusqlite::Connection::open(&path).unwrap();
        kept.execute_batch(text).unwrap();
        // Part of the file, which no text says.
        kept.pragma_update(None, "journal_mode", "wal").unwrap();
        drop(kept);
        check(&mnemo, "kept.db");
    }
}

#[test]
fn kept_servers_open_migrate_and_are_brought_up_to_date() {
    for text in SERVERS {
        let database = testkit::TestDatabase::new();
        let mut client = database.client();
        client
            .batch_execute("CREATE EXTENSION IF NOT EXISTS vector")
            .unwrap();
        client.batch_execute(text).unwrap();
        drop(client);
        check(&Mnemo::new(), &database.address());
    }
}
