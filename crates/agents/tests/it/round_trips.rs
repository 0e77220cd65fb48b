use agents::{AGENTS, Agent, Change, Outcome, Places};

use super::Home;

const COMMAND: &str = "/opt/mnemo tools/mnemo";

/// Files that list servers as members of an object under `KEY`.
const JSON: &[&str] = &[
    "{}",
    "{}\n",
    "{\n}\n",
    "{ }",
    "{\"a\":1}",
    "{\"KEY\":{}}",
    "{\"KEY\": {}, \"b\": [1, 2]}\n",
    "{\n  \"KEY\": {\n  }\n}\n",
    "{\n  \"KEY\": { /* none yet */ }\n}\n",
    "{\n  \"KEY\": {\"x\": {\"command\": \"x\"}}\n}\n",
    "{\n\t\"theme\": \"dark\",\n\t\"KEY\": {\n\t\t\"x\": {\"command\": \"x\"}\n\t}\n}\n",
    "{\r\n    \"KEY\": {\r\n        \"x\": {\"command\": \"x\"}\r\n    },\r\n    \"z\": true\r\n}\r\n",
    "// head\n{ // all\n  // servers\n  \"KEY\": { // mine, all of them\n    // the first\n    \"x\": {\"command\": \"x\"}, // end\n    \"y\": {\"command\": \"y\"}, // last, with a comma\n  },\n  /* tail */\n}\n// foot",
    "{\n  \"a\": \"// no comment, {\\\"KEY\\\": {}}\",\n  \"b\": {\"mnemo\": 1}\n}",
    "",
    "\n\n",
];

const TOML: &[&str] = &[
    "",
    "model = \"x\"",
    "model = \"x\"\n",
    "# head\nmodel = \"x\" # why\n\n[mcp_servers.x]\ncommand = \"x\"\n\n[mcp_servers.x.env]\nA = \"1\"\n",
    "[mcp_servers]\n\n[tui]\ntheme = \"dark\"\n\n",
    "model = \"x\"\r\n\r\n[tui]\r\ntheme = \"dark\"\r\n",
];

const YAML: &[&str] = &[
    "",
    "GOOSE_MODEL: x",
    "GOOSE_MODEL: x\n",
    "# head\nextensions:\n  developer:\n    enabled: true\n    type: builtin\nGOOSE_MODEL: x\n",
    "extensions: # mine\n    # the first\n    developer:\n        args:\n        - a\n\n    z:\n        type: builtin\n",
];

fn round_trip(agent: &'static Agent, text: Option<&str>) {
    let home = Home::new(agent.id, text);
    let name = format!("{} with {text:?}", agent.id);
    let planned = home.install(COMMAND).expect(&name);
    assert_eq!(
        home.text().as_deref(),
        text,
        "{name}: planning writes nothing"
    );
    let expected = match text {
        Some(_) => Outcome::Changed,
        None => Outcome::Created,
    };
    assert_eq!(planned.apply().unwrap(), expected, "{name}");
    let installed = home.text().unwrap();
    assert!(installed.contains(COMMAND), "{name}: {installed}");
    assert!(
        planned
            .difference()
            .iter()
            .any(|line| line.contains(COMMAND)),
        "{name}"
    );

    let again = home.install(COMMAND).expect(&name);
    assert_eq!(
        again.apply().unwrap(),
        Outcome::Unchanged,
        "{name}: {installed}"
    );

    let moved = home.install("/elsewhere/mnemo").expect(&name);
    assert_eq!(moved.apply().unwrap(), Outcome::Changed, "{name}");
    assert!(!home.text().unwrap().contains(COMMAND), "{name}");
    home.install(COMMAND).expect(&name).apply().unwrap();

    let removed = home
        .remove()
        .unwrap_or_else(|error| panic!("{name}: {error}: {installed}"));
    removed.apply().unwrap();
    assert_eq!(home.text().as_deref(), text, "{name}: {installed}");
    assert_eq!(
        home.remove().unwrap().outcome(),
        Outcome::Unchanged,
        "{name}"
    );
}

#[test]
fn what_is_installed_and_removed_leaves_every_file_as_it_was() {
    for agent in AGENTS {
        round_trip(agent, None);
    }
    for (agent, key) in [
        ("amp", "amp.mcpServers"),
        ("cursor", "mcpServers"),
        ("opencode", "mcp"),
        ("vscode", "servers"),
        ("zed", "context_servers"),
    ] {
        for text in JSON {
            round_trip(Agent::find(agent).unwrap(), Some(&text.replace("KEY", key)));
        }
    }
    for text in TOML {
        round_trip(Agent::find("codex").unwrap(), Some(text));
    }
    for text in YAML {
        round_trip(Agent::find("goose").unwrap(), Some(text));
    }
}

#[test]
fn entries_have_the_fields_that_each_agent_reads() {
    let check = |agent: &str, expected: &str| {
        let home = Home::new(agent, None);
        home.install("/m").unwrap().apply().unwrap();
        assert_eq!(home.text().unwrap(), expected, "{agent}");
    };
    let command = "\"command\": \"/m\",\n      \"args\": [\"mcp\"]";
    let list = |key: &str, fields: &str| {
        format!("{{\n  \"{key}\": {{\n    \"mnemo\": {{\n      {fields}\n    }}\n  }}\n}}\n")
    };
    check("cursor", &list("mcpServers", command));
    check(
        "claude-code",
        &list(
            "mcpServers",
            &format!("\"type\": \"stdio\",\n      {command}"),
        ),
    );
    check(
        "vscode",
        &list("servers", &format!("\"type\": \"stdio\",\n      {command}")),
    );
    check(
        "zed",
        &list(
            "context_servers",
            &format!("\"source\": \"custom\",\n      {command}"),
        ),
    );
    check(
        "opencode",
        &list(
            "mcp",
            "\"type\": \"local\",\n      \"command\": [\"/m\", \"mcp\"],\n      \"enabled\": true",
        ),
    );
    check(
        "codex",
        "[mcp_servers.mnemo]\ncommand = \"/m\"\nargs = [\"mcp\"]\n",
    );
    check(
        "continue",
        "name: mnemo\nversion: 0.0.1\nschema: v1\nmcpServers:\n  - name: mnemo\n    command: \"/m\"\n    args: [\"mcp\"]\n",
    );
    check(
        "goose",
        "extensions:\n  mnemo:\n    name: mnemo\n    type: stdio\n    cmd: \"/m\"\n    args: [\"mcp\"]\n    enabled: true\n    timeout: 300\n",
    );
}

#[test]
fn an_entry_that_others_surround_by_now_goes_alone() {
    let check = |agent: &str, before: &str, after: &str| {
        let home = Home::new(agent, Some(before));
        home.remove().unwrap().apply().unwrap();
        assert_eq!(home.text().unwrap(), after, "{before}");
    };
    check(
        "cursor",
        "{\"mcpServers\": {\"x\": 1, /* , */ \"mnemo\": {\"command\": \"m\"}}}",
        "{\"mcpServers\": {\"x\": 1 /* , */}}",
    );
    check(
        "cursor",
        "{\n  \"mcpServers\": {\n    \"x\": 1, // , x\n    \"mnemo\": {}\n  }\n}",
        "{\n  \"mcpServers\": {\n    \"x\": 1 // , x\n  }\n}",
    );
    check(
        "codex",
        "[mcp_servers.mnemo]\ncommand = \"m\"\n[mcp_servers.mnemo.env]\nA = \"1\"\n[tui]\na = 1\n",
        "[tui]\na = 1\n",
    );
}

#[test]
fn what_a_user_added_to_our_entry_stays() {
    let check = |agent: &str, before: &str, after: &str| {
        let home = Home::new(agent, Some(before));
        home.install("/m").unwrap().apply().unwrap();
        assert_eq!(home.text().unwrap(), after);
        assert_eq!(home.install("/m").unwrap().outcome(), Outcome::Unchanged);
    };
    check(
        "cursor",
        "{\"mcpServers\": {\"mnemo\": {\"command\": \"old\", \"env\": {\"A\": \"1\"}, \"args\": [\"mcp\"]}}}",
        "{\"mcpServers\": {\"mnemo\": {\"command\": \"/m\", \"env\": {\"A\": \"1\"}, \"args\": [\"mcp\"]}}}",
    );
    check(
        "codex",
        "[mcp_servers.mnemo]\ncommand = \"old\"\nstartup_timeout_sec = 20\n[mcp_servers.mnemo.env]\nA = \"1\"\n",
        "[mcp_servers.mnemo]\nargs = [\"mcp\"]\ncommand = \"/m\"\nstartup_timeout_sec = 20\n[mcp_servers.mnemo.env]\nA = \"1\"\n",
    );
}

#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let home = Home::new("cursor", Some("{}"));
    let kept = home.folder.path().join("dotfiles.json");
    fs_err::rename(home.file(), &kept).unwrap();
    symlink(&kept, home.file()).unwrap();
    fs_err::set_permissions(&kept, PermissionsExt::from_mode(0o640)).unwrap();
    home.install(COMMAND).unwrap().apply().unwrap();
    assert!(fs_err::symlink_metadata(home.file()).unwrap().is_symlink());
    assert!(fs_err::read_to_string(&kept).unwrap().contains(COMMAND));
    assert_eq!(
        fs_err::metadata(&kept).unwrap().permissions().mode() & 0o777,
        0o640
    );
}

#[test]
fn instructions_come_and_go_without_a_trace() {
    for text in [
        None,
        Some(""),
        Some("# Mine\n"),
        Some("no line end"),
        Some("a\n\n\n"),
    ] {
        let home = Home::new("codex", None);
        let file = home.agent.instructions(&home.places()).unwrap();
        if let Some(text) = text {
            fs_err::create_dir_all(file.parent().unwrap()).unwrap();
            fs_err::write(&file, text).unwrap();
        }
        let plan = |places: &Places| {
            Change::install_instructions(home.agent, places)
                .unwrap()
                .unwrap()
        };
        plan(&home.places()).apply().unwrap();
        assert!(fs_err::read_to_string(&file).unwrap().contains("`mnemo`"));
        assert_eq!(plan(&home.places()).outcome(), Outcome::Unchanged);
        let remove = Change::remove_instructions(home.agent, &home.places())
            .unwrap()
            .unwrap();
        remove.apply().unwrap();
        assert_eq!(fs_err::read_to_string(&file).ok().as_deref(), text);
    }
}
