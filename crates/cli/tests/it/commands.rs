//! Each command once, with its output and its exit status.

use crate::program::Mnemo;

fn indexed() -> Mnemo {
    let mnemo = Mnemo::new();
    mnemo.write("tree/src/greet.ts", "/** Greets somebody by name. */\nexport function greet(name: string) {\n  return `hello ${name}`\n}\n");
    mnemo.write(
        "tree/src/add.ts",
        "export const add = (a: number, b: number) => a + b\n",
    );
    mnemo.write("tree/notes.xyz", "# notes\n");
    let answer = mnemo.run(&["index", "tree", "--workers", "2"]);
    assert_eq!(answer.status(), 0, "{}", answer.talk());
    mnemo
}

#[test]
fn index_prints_one_json_object_with_the_promised_fields() {
    let mnemo = Mnemo::new();
    mnemo.write("tree/a.ts", "export const a = () => 1\n");
    let json = mnemo.run(&["index", "tree", "--json"]).json();
    for field in [
        "repository",
        "generation",
        "complete",
        "total_files",
        "success_files",
        "error_files",
        "skipped_files",
        "unchanged_files",
        "deleted_files",
        "total_chunks",
        "vectors_computed",
        "vectors_reused",
        "tokens_embedded",
        "graph",
        "errors",
        "skipped",
        "seconds",
        "workers",
        "worker_restarts",
        "peak_memory_bytes",
    ] {
        assert!(!json[field].is_null(), "{field} is missing: {json}");
    }
    assert_eq!(
        (&json["repository"], &json["total_files"], &json["complete"]),
        (&"tree".into(), &1.into(), &true.into())
    );
    assert!(json["peak_memory_bytes"].as_u64().unwrap() > 0);
}

#[test]
fn summary_goes_to_standard_error_and_nothing_to_standard_output() {
    let mnemo = Mnemo::new();
    mnemo.write("tree/a.ts", "export const a = () => 1\n");
    let answer = mnemo.run(&["index", "tree"]);
    assert_eq!(answer.data(), "");
    assert!(answer.talk().contains("1 of 1 ok"), "{}", answer.talk());
    assert_eq!(mnemo.run(&["index", "tree", "--quiet"]).talk(), "");
}

#[test]
fn search_finds_by_word_and_says_what_it_covers() {
    let mnemo = indexed();
    let json = mnemo.run(&["search", "greet", "--json"]).json();
    assert_eq!(json["results"][0]["file"], "src/greet.ts");
    assert_eq!(json["results"][0]["name"], "greet");
    assert_eq!(
        (&json["complete"], &json["generation"], &json["files"]),
        (&true.into(), &1.into(), &2.into())
    );
    for path in ["src", "./src/", "src/*.ts", "src/greet.ts"] {
        let json = mnemo
            .run(&["search", "greet", "--path", path, "--json"])
            .json();
        assert_eq!(json["results"][0]["file"], "src/greet.ts", "{path}");
    }
    let text = mnemo.run(&["search", "greet", "--limit", "1"]);
    assert!(text.data().starts_with("src/greet.ts:1"), "{}", text.data());
    assert!(text.talk().contains("all "), "{}", text.talk());
    assert_eq!(
        mnemo
            .run(&["search", "greet", "--path", "nowhere/**", "--json"])
            .json()["results"],
        serde_json::json!([])
    );
}

#[test]
fn status_export_and_plan_tell_what_is_indexed() {
    let mnemo = indexed();
    let status = mnemo.run(&["status", "--json"]).json();
    assert_eq!(status["repositories"][0]["files"], 2);
    assert_eq!(status["repositories"][0]["skipped"][0]["file"], "notes.xyz");
    let files = mnemo.run(&["export", "--what", "files"]).data();
    assert_eq!(files.lines().count(), 2);
    let chunks = mnemo.run(&["export", "--what", "chunks"]).data();
    assert!(chunks.contains("Greets somebody"), "{chunks}");
    let vectors = mnemo.run(&["export", "--what", "vectors"]).data();
    assert_eq!(vectors.lines().count(), 2 * chunks.lines().count());
    let inputs = mnemo.run(&["export", "--what", "inputs"]).data();
    assert_eq!(inputs.lines().count(), vectors.lines().count());
    assert!(inputs.contains(r#""input":"src/greet.ts\n"#), "{inputs}");
    let plan = mnemo.run(&["plan", "tree", "--json"]).json();
    assert_eq!(
        (
            plan["changed"].as_array().unwrap().len(),
            &plan["unchanged_files"]
        ),
        (0, &2.into())
    );
}

#[test]
fn remove_forgets_a_repository() {
    let mnemo = indexed();
    assert_eq!(mnemo.run(&["remove", "tree"]).status(), 0);
    assert_eq!(
        mnemo.run(&["status", "--json"]).json()["repositories"],
        serde_json::json!([])
    );
    assert!(mnemo.home.path().join("tree/src/add.ts").exists());
}

#[test]
fn doctor_models_and_completions_answer() {
    let mnemo = Mnemo::new();
    let doctor = mnemo.run(&["doctor", "--json"]).json();
    assert_eq!(doctor["settings"]["embeddings"]["value"], "mock");
    assert!(
        mnemo
            .run(&["model", "list"])
            .data()
            .contains("all-minilm-l6-v2")
    );
    for shell in ["bash", "zsh", "fish"] {
        let script = mnemo.run(&["completions", shell]).data();
        for words in [["real", "mock"], ["int8", "f32"], ["function", "method"]] {
            let is_offered = |line: &str| words.iter().all(|word| line.contains(word));
            let offered = script.replace("\\t''\n", " ");
            assert!(offered.lines().any(is_offered), "{shell}: {words:?}");
        }
    }
    for (command, title) in [
        (&["man"][..], "mnemo 1"),
        (&["man", "graph", "callers"], "mnemo-graph-callers 1"),
    ] {
        let page = mnemo.run(command).data();
        assert!(page.contains(&format!(".TH {title}")), "{page}");
    }
}

#[test]
fn errors_name_the_thing_and_the_way_out() {
    let mnemo = Mnemo::new();
    mnemo.write("tree/a.ts", "export const a = 1\n");
    mnemo.write("file.db", "this is no database, however long it may be: it only has to be longer than a header of 100 bytes, and it is.");
    // Arguments, exit status, words that the message must have.
    let table: &[(&[&str], i32, &[&str])] = &[
        (&["index", "nowhere"], 3, &["nowhere", "directory"]),
        (&["index", "tree/a.ts"], 3, &["tree/a.ts"]),
        (
            &["index", "tree", "--workers", "0"],
            2,
            &["workers", "1 to 256"],
        ),
        (
            &["index", "tree", "--workers", "-1"],
            2,
            &["workers", "1 to 256"],
        ),
        (
            &["index", "tree", "--file-timeout", "-0.5"],
            2,
            &["seconds above 0"],
        ),
        (&["plan", "tree", "--memory", "-1G"], 2, &["300M or 2G"]),
        (&["search", "x", "-n", "-1"], 2, &["1..=1000"]),
        (
            &["graph", "callers", "x", "--depth", "-1"],
            2,
            &["invalid value '-1' for '--depth <N>'"],
        ),
        (
            &["index", "tree", "--precision", "f16"],
            2,
            &["precision", "expected int8 or f32"],
        ),
        (&["man", "graph", "fly"], 2, &["no command \"fly\""]),
        (
            &["index", "tree", "--memory", "plenty"],
            2,
            &["plenty", "300M"],
        ),
        (&["index", "tree", "--exclude", "a{"], 2, &["a{"]),
        (
            &["index", "tree", "--database", "file.db"],
            3,
            &["file.db", "--database"],
        ),
        (&["search", "x"], 3, &["mnemo index"]),
        (&["digest", "--repository", "none"], 3, &["mnemo index"]),
        (&["frobnicate"], 2, &["frobnicate"]),
        (
            &[
                "index",
                "tree",
                "--embeddings",
                "real",
                "--model-dir",
                "nowhere",
            ],
            3,
            &["nowhere"],
        ),
    ];
    for (arguments, status, words) in table {
        let answer = mnemo.run(arguments);
        assert_eq!(answer.status(), *status, "{arguments:?}: {}", answer.talk());
        for word in *words {
            assert!(
                answer.talk().contains(word),
                "{arguments:?} does not say {word:?}: {}",
                answer.talk()
            );
        }
    }
}

#[test]
fn servers_that_refuse_are_reported_in_one_line_without_the_password() {
    let mnemo = Mnemo::new();
    mnemo.write("tree/a.ts", "export const a = 1\n");
    let database = testkit::TestDatabase::new();
    let role = format!("{}_plain", database.name());
    let mut client = database.client();
    let create = format!("CREATE ROLE {role} LOGIN PASSWORD 'secret'");
    client.batch_execute(&create).unwrap();
    let newer = testkit::TestDatabase::new();
    let of_newer = newer.address();
    assert_eq!(
        mnemo
            .run(&["index", "tree", "--database", &of_newer])
            .status(),
        0
    );
    let insert = "INSERT INTO mnemo.migrations (version) VALUES (99)";
    newer.client().batch_execute(insert).unwrap();
    let table: &[(&str, &[&str])] = &[
        (
            "postgres://me:secret@127.0.0.1:1/code",
            &["cannot reach", "127.0.0.1:1"],
        ),
        (
            &database.address_of(&role, "secret-but-wrong"),
            &["password", "PGPASSWORD"],
        ),
        (
            &database.address_of(&role, "secret"),
            &["CREATE EXTENSION vector"],
        ),
        (&of_newer, &["version 99"]),
    ];
    for (address, words) in table {
        let answer = mnemo.run(&["index", "tree", "--database", address]);
        let talk = answer.talk();
        assert_eq!(answer.status(), 3, "{talk}");
        assert_eq!(talk.lines().count(), 2, "an error and a way out: {talk}");
        assert!(!talk.contains("secret"), "{talk}");
        for word in *words {
            assert!(talk.contains(word), "{talk:?} does not say {word:?}");
        }
    }
    let invalid = mnemo.run(&[
        "status",
        "--database",
        "postgres://me:secret@h/d?sslmode=maybe",
    ]);
    assert_eq!(invalid.status(), 2);
    assert!(!invalid.talk().contains("secret"), "{}", invalid.talk());
    client.batch_execute(&format!("DROP ROLE {role}")).unwrap();
}

#[test]
fn commands_are_the_same_on_a_server() {
    let mnemo = Mnemo::new();
    mnemo.write(
        "tree/src/greet.ts",
        "export function greet(name: string) {\n  return `hello ${name}`\n}\n",
    );
    let database = testkit::TestDatabase::new();
    let on_server = |arguments: &[&str]| {
        let mut command = mnemo.command(arguments);
        command.env(
            "DATABASE_URL",
            database
                .address()
                .replace("postgres://", "postgresql+asyncpg://"),
        );
        let answer = crate::program::Answer(command.output().unwrap());
        assert_eq!(answer.status(), 0, "{arguments:?}: {}", answer.talk());
        answer.data()
    };
    on_server(&["index", "tree"]);
    mnemo.run(&["index", "tree"]);
    for arguments in [
        &["digest"][..],
        &["search", "greet"],
        &["export", "--what", "chunks"],
        &["export", "--what", "vectors"],
        &["export", "--what", "edges"],
    ] {
        assert_eq!(
            on_server(arguments),
            mnemo.run(arguments).data(),
            "{arguments:?}"
        );
    }
    assert!(on_server(&["doctor"]).contains("opens, 1 repositories"));
    on_server(&["remove", "tree"]);
    assert!(on_server(&["status", "--json"]).contains("\"repositories\":[]"));
}

#[test]
fn strict_run_fails_when_a_file_did() {
    let mnemo = Mnemo::new();
    std::fs::create_dir(mnemo.home.path().join("tree")).unwrap();
    std::fs::write(mnemo.home.path().join("tree/bad.ts"), b"// \xff\n").unwrap();
    assert_eq!(mnemo.run(&["index", "tree"]).status(), 0);
    let strict = mnemo.run(&["index", "tree", "--strict"]);
    assert_eq!(strict.status(), 1);
    assert!(strict.talk().contains("bad.ts: "), "{}", strict.talk());
}

#[test]
fn settings_come_from_files_and_yield_to_environment_and_flags() {
    let mnemo = Mnemo::new();
    mnemo.write("tree/mnemo.toml", "exclude = [\"b.ts\"]\n");
    mnemo.write("mnemo/mnemo.toml", "embeddings = \"none\"\n");
    mnemo.write("tree/a.ts", "export const a = 1\n");
    mnemo.write("tree/b.ts", "export const b = 1\n");
    let json = mnemo.run(&["index", "tree", "--json"]).json();
    assert_eq!(
        (&json["total_files"], &json["vectors_computed"]),
        (&1.into(), &2.into()),
        "the environment beats the file"
    );
    let json = mnemo
        .run(&["index", "tree", "--exclude", "a.ts", "--json"])
        .json();
    assert_eq!(
        (&json["total_files"], &json["deleted_files"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn graph_answers_in_every_format() {
    let mnemo = Mnemo::new();
    mnemo.write(
        "tree/a.ts",
        "export function one() {}\nexport function two() { one() }\n",
    );
    mnemo.write("tree/b.ts", "export function two() {}\n");
    assert_eq!(mnemo.run(&["index", "tree"]).status(), 0);
    let callers = |format| {
        let answer = mnemo.run(&["graph", "callers", "one", "--format", format]);
        assert_eq!(answer.status(), 0, "{}", answer.talk());
        assert!(answer.talk().contains("all 2 files"), "{}", answer.talk());
        answer.data().to_owned()
    };
    assert_eq!(
        callers("tree"),
        "one  function  a.ts:1\n└── two  function  a.ts:2  [calls at a.ts:2]\n\n1 definition\n"
    );
    assert!(callers("table").contains("    1  calls  function  two   a.ts:2\n"));
    assert!(callers("dot").contains("n1 -> n0 [label=\"calls\"];"));
    assert!(callers("mermaid").contains("n1 -->|\"calls\"| n0"));
    assert!(callers("graphml").contains("<edge source=\"n1\" target=\"n0\">"));
    let json = mnemo.run(&["graph", "callers", "one", "--json"]).json();
    assert_eq!(
        (&json["nodes"][1]["line"], &json["edges"][0]["line"]),
        (&2.into(), &2.into())
    );
}

#[test]
fn ambiguous_name_is_wrong_usage_and_names_the_candidates() {
    let mnemo = Mnemo::new();
    mnemo.write("tree/a.ts", "export function one() {}\n");
    mnemo.write("tree/b.ts", "export function one() {}\n");
    assert_eq!(mnemo.run(&["index", "tree"]).status(), 0);
    let answer = mnemo.run(&["graph", "callers", "one", "--json"]);
    assert_eq!(answer.status(), 2);
    assert!(answer.talk().contains("a.ts#one"), "{}", answer.talk());
    assert_eq!(answer.json()["candidates"][1]["address"], "b.ts#one");
}

#[test]
fn what_the_program_creates_is_the_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mnemo = Mnemo::new();
    mnemo.write("tree/a.ts", "export const a = 1\n");
    let data = mnemo.home.path().join("mnemo");
    assert_eq!(mnemo.run(&["index", "tree"]).status(), 0);
    let mut folders = vec![data];
    let mut n_seen = 0;
    while let Some(path) = folders.pop() {
        let metadata = std::fs::metadata(&path).unwrap();
        assert_eq!(
            metadata.permissions().mode() & 0o077,
            0,
            "{}",
            path.display()
        );
        n_seen += 1;
        if metadata.is_dir() {
            let entries = std::fs::read_dir(&path).unwrap();
            folders.extend(entries.map(|entry| entry.unwrap().path()));
        }
    }
    assert!(n_seen >= 4, "folder, database, locks: {n_seen}");
}

#[test]
fn tree_whose_path_is_not_utf8_is_indexed_in_streaming_and_refused_with_a_way_out_else() {
    use std::os::unix::ffi::OsStrExt;
    let mnemo = Mnemo::new();
    let tree = mnemo
        .home
        .path()
        .join(std::ffi::OsStr::from_bytes(b"tr\xffee"));
    std::fs::create_dir(&tree).unwrap();
    std::fs::write(tree.join("a.ts"), "export const a = 1\n").unwrap();
    let run = |words: &[&str]| {
        mnemo
            .command(&[&["index"], words].concat())
            .arg(&tree)
            .output()
            .unwrap()
    };
    let refused = run(&["--workers", "1"]);
    let talk = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "{talk}");
    assert!(talk.contains("--streaming"), "{talk}");
    assert!(run(&["--streaming"]).status.success());
}

#[test]
fn too_few_file_handles_are_reported_or_done_without_and_cost_no_later_run() {
    let mnemo = Mnemo::new();
    for number in 0..20 {
        mnemo.write(
            &format!("tree/f{number}.ts"),
            &format!("export const v{number} = {number}\n"),
        );
    }
    let program = env!("CARGO_BIN_EXE_mnemo");
    for limit in [6, 10, 14, 20, 30] {
        let script = format!("ulimit -n {limit}; exec {program} index tree --workers 2 --json");
        let command = mnemo.command(&[]);
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &script]).current_dir(mnemo.home.path());
        shell.envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        let output = shell.output().unwrap();
        let code = output.status.code();
        assert!(
            matches!(code, Some(0 | 3)),
            "{limit}: {code:?} {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let json = mnemo.run(&["index", "tree", "--json"]).json();
    assert_eq!(
        (&json["success_files"], &json["error_files"]),
        (&20.into(), &0.into())
    );
}
