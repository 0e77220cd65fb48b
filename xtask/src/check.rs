//! `cargo xtask check`: one command for everybody, and all that continuous integration runs.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::command::{command, output, run};
use crate::tidy;
use crate::workspace::Workspace;

/// What a new user types, and so what the README must name and the check must run.
const TEST_COMMAND: &str = "cargo test --workspace";

/// How much to check.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Everything,
    WithoutTests,
}

/// Runs every step in turn and stops at the first that fails.
pub(crate) fn check(workspace: &Workspace, scope: Scope) -> Result<()> {
    let cargo = |line: &str| {
        let mut cargo = command("cargo");
        cargo
            .current_dir(&workspace.root)
            .args(line.split_whitespace());
        cargo
    };
    step("fmt", || {
        run(&mut cargo("fmt --all --check"))?;
        run(&mut cargo("fmt --manifest-path fuzz/Cargo.toml --check"))
    })?;
    step("clippy", || {
        run(&mut cargo(
            "clippy --workspace --all-targets -- -D warnings",
        ))
    })?;
    step("fuzz targets", || fuzz_targets(&cargo))?;
    step("doc", || {
        run(cargo("doc --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    deny(&cargo)?;
    step("tidy", || tidy::tidy(workspace))?;
    if scope == Scope::Everything {
        step("test", || {
            let readme = fs_err::read_to_string(workspace.root.join("README.md"))?;
            let line = test_command(&readme)?;
            run(command("cargo")
                .current_dir(&workspace.root)
                .args(line.split_whitespace().skip(1)))
        })?;
    }
    Ok(())
}

/// Checks that the targets of the fuzzer compile, with the versions in their own lock file. Needs neither `cargo fuzz` nor a C++ compiler:
/// nothing is linked, so that the fuzzer's own library, which is taken as given, need not be there.
fn fuzz_targets(cargo: &impl Fn(&str) -> Command) -> Result<()> {
    let line = "check --locked --manifest-path fuzz/Cargo.toml --target-dir target --bins";
    run(cargo(line).env("CUSTOM_LIBFUZZER_PATH", "/nowhere/libfuzzer.a"))
}

/// Holds our dependencies to `deny.toml`. Advisories need their database, which not every machine can fetch; the rest needs nothing.
fn deny(cargo: &impl Fn(&str) -> Command) -> Result<()> {
    if output(&mut cargo("deny --version")).is_err() {
        println!("== deny: left out; `cargo install --locked cargo-deny` adds it");
        return Ok(());
    }
    let quietly = "deny --log-level error check --hide-inclusion-graph";
    step("deny", || {
        run(&mut cargo(&format!("{quietly} bans licenses sources")))
    })?;
    if output(&mut cargo("deny fetch db")).is_err() {
        println!("== advisories: left out; their database cannot be fetched");
        return Ok(());
    }
    step("advisories", || {
        run(&mut cargo(&format!("{quietly} advisories")))
    })
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("== {name}");
    let start = Instant::now();
    work().with_context(|| format!("step {name} failed"))?;
    println!(
        "== {name}: passed in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Returns the README's test command: the first line of a code block that starts with `cargo test`.
fn test_command(readme: &str) -> Result<&str> {
    let mut is_code = false;
    for line in readme.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        let line = line.trim().trim_start_matches("$ ");
        let line = line.split(" #").next().unwrap_or(line).trim_end();
        if is_code && line.starts_with("cargo test") {
            if line != TEST_COMMAND {
                bail!("README.md says `{line}` where the check expects `{TEST_COMMAND}`");
            }
            return Ok(line);
        }
    }
    bail!("README.md names no test command: a code block with `{TEST_COMMAND}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readme_must_name_the_test_command_in_a_code_block() {
        let check = |readme: &str, expected: Option<&str>| {
            assert_eq!(test_command(readme).ok(), expected, "{readme:?}");
        };
        let block = |line: &str| format!("# x\n\n```sh\ncargo run\n{line}\n```\n");
        check(&block("cargo test --workspace"), Some(TEST_COMMAND));
        check(
            &block("$ cargo test --workspace   # all of them"),
            Some(TEST_COMMAND),
        );
        check(&block("cargo test"), None);
        check("Run\ncargo test --workspace\n", None);
    }

    #[test]
    fn failing_step_is_named() {
        let error = step("clippy", || bail!("`cargo clippy` failed")).unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "step clippy failed: `cargo clippy` failed"
        );
    }
}
