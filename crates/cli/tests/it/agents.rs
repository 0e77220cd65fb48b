//! `install` and `uninstall` as a person types them.

use serde_json::Value;

use crate::program::{Answer, Mnemo};

fn run(mnemo: &Mnemo, arguments: &[&str]) -> Answer {
    let mut command = mnemo.command(arguments);
    command
        .env("HOME", mnemo.home.path())
        .env_remove("CODEX_HOME");
    Answer(command.output().unwrap())
}

#[test]
fn agents_that_are_here_are_configured_and_left_as_they_were() {
    let mnemo = Mnemo::new();
    let own = "{\n  // mine\n  \"mcpServers\": {\"x\": {\"command\": \"x\"}}\n}\n";
    mnemo.write(".cursor/mcp.json", own);
    mnemo.write(".codex/config.toml", "model = \"m\"\n");
    let read = |path: &str| std::fs::read_to_string(mnemo.home.path().join(path)).unwrap();

    let dry = run(&mnemo, &["install", "--dry-run"]);
    assert_eq!(dry.status(), 0, "{}", dry.talk());
    for words in [
        "Cursor",
        "Codex CLI",
        "would be changed",
        "+     \"mnemo\": {",
        "+ [mcp_servers.mnemo]",
    ] {
        assert!(dry.data().contains(words), "{words}: {}", dry.data());
    }
    assert!(!dry.data().contains("Zed"), "{}", dry.data());
    assert_eq!(read(".cursor/mcp.json"), own);

    let done = run(
        &mnemo,
        &["install", "--database", "some.db", "--instructions"],
    );
    assert_eq!(done.status(), 0, "{}", done.talk());
    let database = mnemo.home.path().join("some.db");
    let program = env!("CARGO_BIN_EXE_mnemo");
    for words in [program, database.to_str().unwrap(), "// mine"] {
        assert!(read(".cursor/mcp.json").contains(words), "{words}");
    }
    assert!(read(".codex/AGENTS.md").contains("mnemo"));

    let list = run(
        &mnemo,
        &["install", "--list", "--json", "--database", "some.db"],
    );
    let list: Value = serde_json::from_str(&list.data()).unwrap();
    let state = |id: &str| {
        let rows = list["agents"].as_array().unwrap();
        rows.iter().find(|row| row["agent"] == id).unwrap()["state"].clone()
    };
    assert_eq!(
        (state("cursor"), state("zed")),
        ("installed".into(), "agent not found".into())
    );

    let gone = run(&mnemo, &["uninstall"]);
    assert_eq!(gone.status(), 0, "{}", gone.talk());
    assert_eq!(read(".cursor/mcp.json"), own);
    assert_eq!(read(".codex/config.toml"), "model = \"m\"\n");
    assert!(!mnemo.home.path().join(".codex/AGENTS.md").exists());
    assert!(
        run(&mnemo, &["uninstall"])
            .data()
            .contains("no agent has mnemo")
    );
}

#[test]
fn what_cannot_be_done_is_said() {
    let mnemo = Mnemo::new();
    let check = |arguments: &[&str], status: i32, words: &str| {
        let answer = run(&mnemo, arguments);
        let said = format!("{}{}", answer.data(), answer.talk());
        assert_eq!(answer.status(), status, "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    };
    check(&["install"], 3, "no coding agent was found");
    check(&["install", "emacs"], 2, "invalid value 'emacs'");
    check(
        &[
            "install",
            "zed",
            "--database",
            "postgres://me:secret@host/db",
        ],
        3,
        "password of the database",
    );
    mnemo.write(".cursor/mcp.json", "{");
    check(&["install", "cursor"], 3, "not valid JSON");
    check(&["install", "cursor", "--print"], 0, "\"mcpServers\"");
}
