use super::Home;

#[test]
fn files_that_no_edit_is_safe_in_are_refused_and_stay() {
    let check = |agent: &str, text: &str, expected: &str| {
        let home = Home::new(agent, Some(text));
        let error = home.install("/m").expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
        assert!(
            error.contains("nothing was changed")
                && error.contains(&*home.file().to_string_lossy()),
            "{error}"
        );
        assert_eq!(home.text().as_deref(), Some(text));
    };
    check("cursor", "{\"mcpServers\": ", "not valid JSON");
    check("cursor", "[]", "holds no object");
    check(
        "cursor",
        "{\"mcpServers\": []}",
        "`mcpServers` is not what lists servers",
    );
    check(
        "cursor",
        "{\"mcpServers\": {}, \"mcpServers\": {}}",
        "too unusual",
    );
    check("codex", "a = ", "not valid TOML");
    check(
        "codex",
        "mcp_servers = { x = { command = \"x\" } }\n",
        "too unusual",
    );
    check("codex", "mcp_servers = 1\n", "too unusual");
    check("goose", "extensions: {x: {type: builtin}}\n", "too unusual");
    check("goose", "extensions:\n- a\n", "too unusual");
    check("goose", "extensions:\n  - a\n", "too unusual");
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let home = Home::new("cursor", Some(""));
    fs_err::write(home.file(), b"\xff\xfe").unwrap();
    let error = home.install("/m").unwrap_err().to_string();
    assert!(error.contains("not UTF-8"), "{error}");
}
