//! `cargo xtask cross`: the encoder's loops on processors of another kind, under an emulator.
//!
//! Slow but exact: an emulator shows that the instructions are right, not how fast they are.

use std::path::Path;

use anyhow::{Result, bail};

use crate::command::{command, output, run, shown};
use crate::workspace::Workspace;

const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER: &str = "aarch64-linux-gnu-gcc";
const EMULATOR: &str = "qemu-aarch64";

/// Where Debian's cross compiler keeps the system's libraries.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu";

/// An emulated processor and the set that is the fastest on it: one for every set.
const PROCESSORS: &[(&str, &str)] = &[
    ("cortex-a72", "neon"),
    ("cortex-a76", "neon-dotprod"),
    ("max", "neon-i8mm"),
];

/// Runs the tests of the kernels and of small models of every family on each processor.
pub(crate) fn cross(workspace: &Workspace) -> Result<()> {
    let missing = missing();
    if !missing.is_empty() {
        bail!(
            "the emulated processors need more on this machine:\n{}",
            missing.join("\n")
        );
    }
    for (processor, set) in PROCESSORS {
        println!("== {processor}: {set}");
        for tests in ["--lib kernels::", "--test it families::"] {
            let mut cargo = command("cargo");
            cargo
                .current_dir(&workspace.root)
                .args(["test", "-p", "embed", "--target", TARGET])
                .args(tests.split_whitespace())
                .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER)
                .env(
                    "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER",
                    format!("{EMULATOR} -cpu {processor} -L {LIBRARIES}"),
                )
                .env("MNEMO_TEST_INSTRUCTION_SET", set);
            run(&mut cargo)?;
        }
    }
    Ok(())
}

/// Returns what is not there, each with the command that brings it.
fn missing() -> Vec<String> {
    let programs = [
        (
            LINKER,
            "apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
        ),
        (EMULATOR, "apt-get install qemu-user"),
    ];
    let mut missing: Vec<String> = programs
        .iter()
        .filter_map(|(program, remedy)| missing_program(program, remedy))
        .collect();
    let mut rustc = command("rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    let has_library = output(&mut rustc).is_ok_and(|folder| Path::new(folder.trim()).is_dir());
    if !has_library {
        missing.push(format!(
            "- Rust's library for {TARGET}: rustup target add {TARGET}"
        ));
    }
    missing
}

fn missing_program(program: &str, remedy: &str) -> Option<String> {
    let mut version = command(program);
    version.arg("--version");
    let line = shown(&version);
    output(&mut version)
        .is_err()
        .then(|| format!("- {program} (`{line}` fails): {remedy}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_program_comes_with_its_remedy() {
        let found = missing_program("no-such-program", "apt-get install it").unwrap();
        assert!(
            found.contains("no-such-program") && found.contains("apt-get install it"),
            "{found}"
        );
        assert_eq!(missing_program("cargo", "rustup"), None);
    }
}
