//! A tree's `mnemo.toml` asks for something that its reader never agreed to.

use std::net::TcpListener;

use crate::home::Home;

/// Every command that reads settings, and writes or asks.
const COMMANDS: &[&[&str]] = &[
    &["index", "."],
    &["index", ".", "--streaming"],
    &["plan", "."],
    &["search", "first"],
    &["status"],
    &["doctor"],
    &["graph", "callers", "first"],
    &["gc"],
];

#[test]
fn database_of_a_tree_plants_no_file() {
    for place in [
        "../../.ssh/authorized_keys",
        "../../.ssh/rc",
        "../../.profile",
        "../../bin/ls",
        "sqlite://../../.ssh/authorized_keys",
        "out/authorized_keys",
        "file:../../.ssh/authorized_keys",
    ] {
        let home = Home::new();
        home.link("../../.ssh", "out");
        home.write(
            "key.ts",
            "/*\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGs= evil\n*/\nexport {}\n",
        );
        home.write("mnemo.toml", &format!("database = {place:?}\n"));
        for command in COMMANDS {
            home.run(command);
        }
        let absolute = home.path(".ssh/authorized_keys");
        home.write("mnemo.toml", &format!("database = {absolute:?}\n"));
        let (status, said) = home.run(&["index", "."]);
        assert!(status == 0 && said.contains("database ignored"), "{said}");
        assert!(!absolute.exists());
    }
}

#[test]
fn tree_sends_nothing_to_a_server_that_it_names() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let port = server.local_addr().unwrap().port();
    let home = Home::new();
    home.write("token.ts", "export const token = 'AKIAIOSFODNN7EXAMPLE'\n");
    for asks in [
        format!("database = 'postgres://127.0.0.1:{port}/code?sslmode=disable'\nsecrets = true\n"),
        format!("hub = 'http://127.0.0.1:{port}'\nembeddings = 'real'\nmodels = 'x/y'\n"),
    ] {
        home.write("mnemo.toml", &asks);
        for command in COMMANDS {
            let mut command = home.command(command);
            command.env("PGPASSWORD", "secret");
            home.follow(command, &asks);
        }
        assert!(server.accept().is_err(), "somebody called: {asks}");
    }
    home.check("servers of the tree");
}

#[test]
fn tree_runs_no_program_and_takes_no_sandbox_away() {
    let home = Home::new();
    home.write("run", "#!/bin/sh\necho run > ../../ran\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(home.in_tree("run"), mode).unwrap();
    home.link("/", "models/x");
    for asks in [
        "worker_program = './run'\n",
        "python = './run'\nembeddings = 'real'\n",
        "sandbox = false\n",
        "model_dir = 'models'\nembeddings = 'real'\n",
        "cache_dir = '../..'\n",
    ] {
        home.write("mnemo.toml", asks);
        for command in COMMANDS {
            home.run(command);
        }
        let (_, said) = home.run(&["doctor"]);
        assert!(!said.contains("the sandbox is off"), "{said}");
    }
}

#[test]
fn file_of_a_tree_does_not_beat_the_users() {
    let home = Home::new();
    let own = home.path(".local/config/mnemo/mnemo.toml");
    std::fs::create_dir_all(own.parent().unwrap()).unwrap();
    std::fs::write(
        own,
        "offline = true\nsecrets = false\nmemory = '200M'\nworkers = 1\nthreads = 1\n",
    )
    .unwrap();
    home.write(
        "mnemo.toml",
        "offline = false\nsecrets = true\nmemory = '64G'\nworkers = 32\nthreads = 32\n",
    );
    let mut command = home.command(&["doctor", "--json"]);
    command
        .env_remove("MNEMO_WORKERS")
        .env("XDG_CONFIG_HOME", home.path(".local/config"));
    let output = home.follow(command, "doctor");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = json.to_string();
    assert!(text.contains("209715200"), "{text}");
    for setting in ["workers", "threads"] {
        assert_eq!(json["settings"][setting]["value"], "1", "{text}");
    }
    assert!(!text.contains("of the tree"), "{text}");
}

#[test]
fn configuration_is_no_way_to_read_a_file_or_a_password() {
    let home = Home::new();
    home.link("../../.ssh/id_ed25519", "mnemo.toml");
    let (status, said) = home.run(&["index", "."]);
    assert!(status == 3 && said.contains("symbolic link"), "{said}");
    assert!(!said.contains("private"), "{said}");
    std::fs::remove_file(home.in_tree("mnemo.toml")).unwrap();
    for text in [
        "databse = 'postgres://me:hunter2@h/d'\n",
        "database = 'postgres://me:hunter2@h/d\n",
    ] {
        home.write("mnemo.toml", text);
        let (status, said) = home.run(&["search", "x"]);
        assert!(status != 0 && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn pipe_or_endless_file_in_place_of_the_configuration_holds_nobody_up() {
    for make in [
        |home: &Home| home.pipe("mnemo.toml"),
        |home: &Home| home.link("/dev/zero", "mnemo.toml"),
        |home: &Home| home.link("/dev/tty", "mnemo.toml"),
        |home: &Home| {
            let file = std::fs::File::create(home.in_tree("mnemo.toml")).unwrap();
            file.set_len(1 << 40).unwrap();
        },
    ] {
        let home = Home::new();
        make(&home);
        for command in COMMANDS {
            let (status, said) = home.run(command);
            assert!(status != 0 && said.contains("mnemo.toml"), "{said}");
        }
    }
}
