//! What `cargo xtask dist` makes, installed into empty environments and used there as by a person.
//!
//! Needs a program to pack, named by `MNEMO_TEST_PACKAGES` (that of a development build will do), Python, Node.js, and the right to make
//! namespaces. `MNEMO_TEST_MODEL_DIR` names the folder of a model to search by; without it, words alone are.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the test starts installers and programs as a person does, and says how long each took"
)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;

use tempfile::TempDir;

const PROGRAM: &str = "MNEMO_TEST_PACKAGES";
const MODEL: &str = "MNEMO_TEST_MODEL_DIR";

/// The packages, made once for all tests.
struct Packages {
    folder: TempDir,
}

impl Packages {
    /// Returns the packages; nothing where no program is named.
    fn find() -> Option<&'static Packages> {
        static PACKAGES: OnceLock<Option<Packages>> = OnceLock::new();
        PACKAGES.get_or_init(Packages::make).as_ref()
    }

    fn make() -> Option<Packages> {
        let Some(program) = std::env::var_os(PROGRAM) else {
            println!("left out: {PROGRAM} names no program to pack");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let mut dist = Command::new(env!("CARGO_BIN_EXE_xtask"));
        dist.args([
            "dist",
            "--xz",
            "0",
            "--url",
            "https://releases.example",
            "--program",
        ])
        .arg(program)
        .arg("--out")
        .arg(folder.path());
        succeed(&mut dist);
        Some(Packages { folder })
    }

    /// Returns the one file whose name begins and ends so.
    fn file(&self, start: &str, end: &str) -> PathBuf {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut found: Vec<PathBuf> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                let name = path.file_name().unwrap().to_str().unwrap();
                name.starts_with(start) && name.ends_with(end)
            })
            .collect();
        assert_eq!(found.len(), 1, "{start}…{end}: {found:?}");
        found.remove(0)
    }
}

/// Runs a command that has to succeed; returns what it printed.
fn succeed(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{talk}",
        output.status
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A command without this process's environment, in a home of its own.
fn bare(program: impl Into<OsString>, home: &Path) -> Command {
    let mut command = Command::new(program.into());
    command
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .current_dir(home);
    command
}

/// Writes a tree with one thing to find.
fn write_tree(folder: &Path) {
    let source = "/** Says hello to whoever comes in. */\nexport function greet(name: string) {\n  return 'hello ' + name\n}\n";
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("greet.ts"), source).unwrap();
}

/// Asks the first questions of an installed program, which `run` starts in a folder with the tree in `tree`.
fn first_search(what: &str, model: Option<&str>, run: &dyn Fn(&[&str]) -> String) {
    let clock = Instant::now();
    let version = run(&["--version"]);
    assert!(version.starts_with("mnemo "), "{version}");
    let embedding = match model {
        Some(folder) => ["--model-dir", folder],
        None => ["--embeddings", "none"],
    };
    let question = "who is welcomed at the door: greet";
    run(&[&["index", "tree"], &embedding[..]].concat());
    let mut search = vec!["search", question, "--repository", "tree"];
    if model.is_some() {
        search.extend(embedding);
    }
    let answer = run(&search);
    assert!(answer.starts_with("greet.ts:"), "{answer}");
    let kind = if model.is_some() {
        "words and vectors"
    } else {
        "words"
    };
    println!(
        "{what}: first answer by {kind} after {:.1} s",
        clock.elapsed().as_secs_f64()
    );
}

fn model() -> Option<String> {
    std::env::var(MODEL).ok()
}

#[test]
fn wheel_is_installed_by_pip_and_answers() {
    let Some(packages) = Packages::find() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let environment = home.path().join("environment");
    succeed(
        Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment),
    );
    let wheel = packages.file("mnemo_index-", ".whl");
    let install = ["-m", "pip", "install", "--no-index", "--quiet"];
    succeed(
        bare(environment.join("bin/python"), home.path())
            .args(install)
            .arg(&wheel),
    );
    write_tree(&home.path().join("tree"));
    first_search("wheel", model().as_deref(), &|arguments| {
        succeed(bare(environment.join("bin/mnemo"), home.path()).args(arguments))
    });
    let ask = "import mnemo_index, mnemo_index._program as p; print(p.find_program())";
    let found = succeed(bare(environment.join("bin/python"), home.path()).args(["-c", ask]));
    assert_eq!(Path::new(found.trim()), environment.join("bin/mnemo"));
    let typed = environment.join("lib");
    let typed = succeed(Command::new("find").arg(typed).args([
        "-name",
        "py.typed",
        "-path",
        "*mnemo_index*",
    ]));
    assert_eq!(typed.lines().count(), 1, "{typed}");
}

#[test]
fn npm_packages_are_installed_and_answer() {
    let Some(packages) = Packages::find() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let project = home.path().join("project");
    std::fs::create_dir_all(&project).unwrap();
    std::fs::write(project.join("package.json"), "{\"private\": true}").unwrap();
    let install = ["install", "--offline", "--no-audit", "--no-fund"];
    succeed(
        bare("npm", home.path())
            .args(install)
            .arg(packages.file("mnemo-index-linux-", ".tgz"))
            .arg(packages.file("mnemo-index-0", ".tgz"))
            .current_dir(&project),
    );
    write_tree(&project.join("tree"));
    first_search("npm", model().as_deref(), &|arguments| {
        let mut npx = bare("npx", home.path());
        succeed(
            npx.args(["--no-install", "mnemo"])
                .args(arguments)
                .current_dir(&project),
        )
    });
    let mut wrong = bare("npx", home.path());
    wrong
        .args(["--no-install", "mnemo", "gibberish"])
        .current_dir(&project);
    assert_eq!(wrong.status().unwrap().code(), Some(2));
}

#[test]
fn archive_answers_in_a_root_with_nothing_else() {
    let Some(packages) = Packages::find() else {
        return;
    };
    let root = tempfile::tempdir().unwrap();
    let unpacked = root.path().join("mnemo");
    for folder in ["mnemo", "proc", "dev", "tmp", "person"] {
        std::fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    // Every system has one; a device cannot be made without its rights, and an empty file reads the same.
    std::fs::write(root.path().join("dev/null"), "").unwrap();
    let archive = packages.file("mnemo-0", ".tar.xz");
    let mut tar = Command::new("tar");
    succeed(
        tar.arg("-xJf")
            .arg(archive)
            .args(["--strip-components", "1", "-C"])
            .arg(&unpacked),
    );
    for expected in [
        "LICENSE-MIT",
        "mnemo.cdx.json",
        "man/man1/mnemo-graph-callers.1",
        "completions/_mnemo",
    ] {
        assert!(unpacked.join(expected).exists(), "{expected}");
    }
    let libraries = copy_libraries(&unpacked.join("mnemo"), root.path());
    println!("archive: beside the kernel it needs {libraries:?}");
    write_tree(&root.path().join("person/tree"));
    let model = model().map(|model| {
        succeed(
            Command::new("cp")
                .args(["-rL", &model])
                .arg(root.path().join("model")),
        );
        "/model"
    });
    first_search("archive", model, &|arguments| {
        let mounted = format!("--mount-proc={}", root.path().join("proc").display());
        let mut inside = Command::new("/usr/bin/unshare");
        inside
            .env_clear()
            .env("HOME", "/person")
            .args([
                "--map-root-user",
                "--mount",
                "--pid",
                "--fork",
                &mounted,
                "/usr/sbin/chroot",
            ])
            .arg(root.path())
            // Without a shell in there, the folder to work in comes with the program's own options.
            .args(["/mnemo/mnemo"])
            .args(arguments.iter().map(|argument| match *argument {
                "tree" if arguments[0] == "index" => "/person/tree",
                argument => argument,
            }));
        succeed(&mut inside)
    });
}

/// Copies the libraries that a program loads, as this system has them; returns their names.
fn copy_libraries(program: &Path, root: &Path) -> Vec<String> {
    let listed = Command::new("ldd").arg(program).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let mut names = Vec::new();
    for path in listed
        .split_whitespace()
        .filter(|word| word.starts_with('/'))
    {
        let copy = root.join(path.trim_start_matches('/'));
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::copy(path, copy).unwrap();
        names.push(path.rsplit('/').next().unwrap_or_default().to_owned());
    }
    names
}

#[test]
fn sums_formula_and_container_are_of_what_was_written() {
    let Some(packages) = Packages::find() else {
        return;
    };
    let folder = packages.folder.path();
    succeed(
        Command::new("sha256sum")
            .args(["--check", "--strict", "--quiet", "SHA256SUMS"])
            .current_dir(folder),
    );
    let sums = std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let formula = std::fs::read_to_string(folder.join("mnemo.rb")).unwrap();
    let archive = packages.file("mnemo-0", ".tar.xz");
    let name = archive.file_name().unwrap().to_str().unwrap();
    let sum = sums.lines().find(|line| line.ends_with(name)).unwrap();
    assert!(
        formula.contains(sum.split(' ').next().unwrap()),
        "{formula}"
    );
    assert!(
        formula.contains(&format!("https://releases.example/{name}")),
        "{formula}"
    );
    let dockerfile = std::fs::read_to_string(folder.join("container/Dockerfile")).unwrap();
    assert!(dockerfile.contains("COPY --chmod=755 mnemo-${TARGETARCH}"));
    let processor = if cfg!(target_arch = "x86_64") {
        "amd64"
    } else {
        "arm64"
    };
    assert!(folder.join(format!("container/mnemo-{processor}")).exists());
}

#[test]
fn bill_of_materials_lists_the_packages_of_the_program() {
    let Some(packages) = Packages::find() else {
        return;
    };
    let bill = std::fs::read_to_string(packages.file("mnemo-0", ".cdx.json")).unwrap();
    let bill: serde_json::Value = serde_json::from_str(&bill).unwrap();
    assert_eq!(bill["bomFormat"], "CycloneDX");
    let components = bill["components"].as_array().unwrap();
    let has = |name: &str| components.iter().any(|component| component["name"] == name);
    assert!(
        has("tree-sitter") && has("rusqlite") && components.len() > 200,
        "{}",
        components.len()
    );
    assert!(
        !has("proptest"),
        "what tests alone need is no part of the program"
    );
}
