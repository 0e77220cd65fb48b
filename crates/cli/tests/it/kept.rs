//! Databases that released versions wrote, kept as SQL (`scripts/kept_databases.py`): they open, migrate, and say what they said.

use crate::program::Mnemo;

/// Every kept database of a file: its text, and the digest that its version printed.
const FILES: &[(&str, &str)] = &[(
    include_str!("../kept/sqlite-5.sql"),
    "ea6ce6a0479dc351a718f1ab069f0d0c0e3c94602a0c31686c9deef2114bd07f",
)];

/// Every kept database of a server.
const SERVERS: &[(&str, &str)] = &[(
    include_str!("../kept/postgres-3.sql"),
    "ea6ce6a0479dc351a718f1ab069f0d0c0e3c94602a0c31686c9deef2114bd07f",
)];

/// Migrates a database by a command that writes, and checks what it says before and after its tree is indexed again.
fn check(mnemo: &Mnemo, database: &str, digest: &str) {
    let run = |arguments: &[&str]| {
        let answer = mnemo.run(&[arguments, &["--database", database]].concat());
        assert_eq!(answer.status(), 0, "{arguments:?}: {}", answer.talk());
        answer.data()
    };
    run(&["gc"]);
    assert_eq!(run(&["digest"]).trim(), digest);
    assert!(run(&["search", "greet"]).starts_with("src/greet.ts:"));
    assert!(run(&["graph", "callers", "capital"]).contains("greet  function"));
    mnemo.write("tree/src/words.ts", "export const word = 1\n");
    run(&["index", "tree", "--workers", "1"]);
    assert!(run(&["search", "word"]).contains("src/words.ts:1"));
}

#[test]
fn kept_files_open_migrate_and_say_what_they_said() {
    for (text, digest) in FILES {
        let mnemo = Mnemo::new();
        let path = mnemo.home.path().join("kept.db");
        let kept = rusqlite::Connection::open(&path).unwrap();
        kept.execute_batch(text).unwrap();
        drop(kept);
        check(&mnemo, "kept.db", digest);
    }
}

#[test]
fn kept_servers_open_migrate_and_say_what_they_said() {
    for (text, digest) in SERVERS {
        let database = testkit::TestDatabase::new();
        let mut client = database.client();
        client
            .batch_execute("CREATE EXTENSION IF NOT EXISTS vector")
            .unwrap();
        client.batch_execute(text).unwrap();
        drop(client);
        check(&Mnemo::new(), &database.address(), digest);
    }
}
