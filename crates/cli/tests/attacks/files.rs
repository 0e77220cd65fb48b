//! Something else stands where a file should be.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::home::{Home, said};

/// Names of files that are looked for in a tree, each where nothing else of the same tree is in its way.
pub(crate) const NAMES: &[&str] = &[
    ".gitignore",
    ".ignore",
    ".mnemoignore",
    ".git/info/exclude",
    ".git/HEAD",
    "one/.gitignore",
    "one/.git",
    "two/.ignore",
    "two/.git/HEAD",
    "tsconfig.json",
    "three/tsconfig.json",
    "jsconfig.json",
    "package.json",
    "three/package.json",
    "pnpm-workspace.yaml",
    "b.ts",
    "three/c.ts",
];

/// Puts a file without an end, of which nothing takes space, into the tree.
pub(crate) fn endless(home: &Home, path: &str) {
    let path = home.in_tree(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::File::create(path).unwrap().set_len(1 << 40).unwrap();
}

#[test]
fn pipes_devices_and_endless_files_hold_nobody_up_and_eat_nothing() {
    let traps: [fn(&Home, &str); 3] = [
        |home, path| home.pipe(path),
        |home, path| home.link("/dev/zero", path),
        endless,
    ];
    for trap in traps {
        let home = Home::new();
        for name in NAMES {
            trap(&home, name);
        }
        home.write("four/a.ts", "export const four = 4\n");
        for command in [
            &["plan", "."][..],
            &["index", ".", "--json"],
            &["index", ".", "--streaming", "--full", "--json"],
        ] {
            let (status, said) = home.run(command);
            assert_eq!(status, 0, "{command:?}: {said}");
            let counts = said.contains(r#""success_files":2"#) || command[0] == "plan";
            assert!(counts, "{said}");
        }
    }
}

#[test]
fn worktree_that_leads_to_a_pipe_holds_nobody_up() {
    let home = Home::new();
    home.pipe("pipes/one/commondir");
    home.write("pipes/two/commondir", "three\n");
    home.pipe("pipes/two/three/info/exclude");
    for name in ["one", "two"] {
        let place = home.in_tree("pipes").join(name);
        home.write(
            &format!("{name}/.git"),
            &format!("gitdir: {}\n", place.display()),
        );
        home.write(&format!("{name}/a.ts"), "export const a = 1\n");
    }
    let (status, said) = home.run(&["index", "."]);
    assert_eq!(status, 0, "{said}");
}

#[test]
fn file_that_turns_into_a_link_is_not_read() {
    let home = Home::new();
    let file = home.in_tree("race.ts");
    let [plain, link] = ["plain", "link"].map(|name| home.path(".cache").join(name));
    fs::create_dir_all(home.path(".cache")).unwrap();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                fs::write(&plain, "export const race = 1\n").unwrap();
                fs::rename(&plain, &file).unwrap();
                std::os::unix::fs::symlink(home.path(".ssh/id_ed25519"), &link).unwrap();
                fs::rename(&link, &file).unwrap();
            }
        });
        for _ in 0..15 {
            let command = home.command(&["index", ".", "--streaming", "--full"]);
            let output = home.follow(command, "a race");
            assert!(output.status.success(), "{}", said(&output));
            let rows = home.follow(home.command(&["export", "--what", "chunks"]), "export");
            assert!(!said(&rows).contains("private"), "{}", said(&rows));
        }
        is_over.store(true, Ordering::Relaxed);
    });
    home.check("a race");
}

#[test]
fn larger_ignore_files_than_people_write_are_said() {
    let home = Home::new();
    home.write(".gitignore", &"never\n".repeat(60_000));
    let (status, said) = home.run(&["index", "."]);
    assert!(
        status == 0 && said.contains(".gitignore") && said.contains("256 KiB"),
        "{said}"
    );
}

#[test]
fn indexed_file_that_became_something_else_holds_no_search_up() {
    let home = Home::new();
    assert_eq!(home.run(&["index", ".", "--database", "x.db"]).0, 0);
    let search = || home.run(&["search", "first", "--database", "x.db"]);
    assert!(!search().1.contains("changed"), "{}", search().1);
    for what in ["pipe", "/dev/zero", "../../.ssh/id_ed25519"] {
        fs::remove_file(home.in_tree("a.ts")).unwrap();
        match what {
            "pipe" => home.pipe("a.ts"),
            target => home.link(target, "a.ts"),
        }
        let (status, said) = search();
        assert!(status == 0 && said.contains("changed"), "{what}: {said}");
    }
}

#[test]
fn an_ignore_file_of_thousands_of_wildcards_eats_nothing_and_is_reported() {
    let home = Home::new();
    let lines: String = (0..8000).map(|i| format!("*{i}z*/**/q{i}\n")).collect();
    home.write(".gitignore", &lines);
    for command in [&["plan", "."][..], &["index", "."]] {
        let (status, said) = home.run(command);
        assert_eq!(status, 0, "{command:?}: {said}");
    }
    let (_, said) = home.run(&["index", "."]);
    assert!(
        said.contains("more than 1,000 lines with wildcards"),
        "{said}"
    );
}

#[test]
fn configuration_of_modules_leads_to_nothing_outside_of_the_tree() {
    let home = Home::new();
    for (path, text) in [
        (
            "package.json",
            r#"{"name": "p", "main": "../../2024-12-report.pdf", "workspaces": ["../../*", "../../.ssh"], "exports": {"./*": "../../*"}}"#,
        ),
        (
            "tsconfig.json",
            r#"{"extends": "../../1-notes.txt", "references": [{"path": "../.."}], "compilerOptions": {"baseUrl": "../..", "paths": {"k/*": ["../../.ssh/*", "/etc/*"]}, "rootDirs": ["/etc", "../.."]}}"#,
        ),
        (
            "go.mod",
            "module m\nreplace x => ../../\nreplace y => /etc\n",
        ),
        (
            "pyproject.toml",
            "[tool.setuptools]\npackage-dir = {\"\" = \"../../.ssh\"}\n[tool.setuptools.packages.find]\nwhere = [\"/etc\", \"../..\"]\n",
        ),
        (
            "b.ts",
            "import 'k/id_ed25519'\nimport 'p/1-notes.txt'\nimport '../other/keep'\nimport '/etc/passwd'\n",
        ),
        ("c.py", "import id_ed25519\nfrom .... import x\n"),
        ("d.go", "package m\nimport (\n\t\"x/.ssh\"\n\t\"y\"\n)\n"),
    ] {
        home.write(path, text);
    }
    let (status, said) = home.run(&["index", "."]);
    assert_eq!(status, 0, "{said}");
    let (status, said) = home.run(&["export", "--what", "imports"]);
    assert_eq!((status, said.as_str()), (0, ""));
    let database = fs::read(home.path(".local/share/mnemo/mnemo.db")).unwrap();
    for secret in ["years of work", "private\n", "kept = 1"] {
        let secret = secret.as_bytes();
        assert!(!database.windows(secret.len()).any(|part| part == secret));
    }
}
