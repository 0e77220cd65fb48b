//! The program of a target: built, without what a debugger alone reads, and what it needs of a system.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use elf::ElfBytes;
use elf::endian::AnyEndian;

use super::target::{Libc, Target};
use super::{Release, archive};
use crate::command::{command, output, run};

/// A program that is ready to be packed.
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) needs: Needs,
}

/// What a program needs of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Needs {
    /// Nothing but the kernel.
    Nothing,
    /// glibc of this version or a later one.
    Glibc { major: u32, minor: u32 },
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Needs::Nothing => f.write_str("no library"),
            Needs::Glibc { major, minor } => write!(f, "glibc {major}.{minor} or later"),
        }
    }
}

/// Builds the program, or takes `given`; what debuggers read goes into a file of its own.
pub(super) fn obtain(
    release: &Release<'_>,
    target: &Target,
    given: Option<&Path>,
) -> Result<Program> {
    let built = match given {
        Some(given) => given.to_owned(),
        None => build(release, target)?,
    };
    let path = strip(release, target, &built)?;
    let needs = needs(&fs_err::read(&path)?)
        .with_context(|| format!("cannot tell what {} needs", built.display()))?;
    check(target, needs)?;
    Ok(Program { path, needs })
}

fn build(release: &Release<'_>, target: &Target) -> Result<PathBuf> {
    let host = output(command("rustc").args(["--print", "host-tuple"]))?;
    // The linker of this machine links against its own glibc; zig has those of all versions and processors.
    let is_plain = target.triple == host.trim() && target.glibc.is_none();
    let version = target.glibc.iter().map(|version| format!(".{version}"));
    let mut cargo = command("cargo");
    cargo
        .current_dir(&release.workspace.root)
        .arg(if is_plain { "build" } else { "zigbuild" })
        .args(["--release", "--locked", "--package", "mnemo", "--target"])
        .arg(format!("{}{}", target.triple, version.collect::<String>()));
    let built = run(&mut cargo);
    if !is_plain {
        built
            .context("`pip install cargo-zigbuild ziglang` brings what builds for other systems")?;
    } else {
        built?;
    }
    let folder = release.workspace.target.join(&target.triple);
    Ok(folder.join("release/mnemo"))
}

/// Parts a program from what debuggers read, which is kept beside the archive; tables for unwinding stay.
fn strip(release: &Release<'_>, target: &Target, built: &Path) -> Result<PathBuf> {
    let folder = release.scratch.path().join(&target.triple);
    fs_err::create_dir_all(&folder)?;
    let (path, debug) = (folder.join("mnemo"), folder.join("mnemo.debug"));
    let copy = |arguments: &[&str], from: &Path, to: &Path| {
        let mut objcopy = objcopy()?;
        run(objcopy
            .current_dir(&folder)
            .args(arguments)
            .arg(from)
            .arg(to))
    };
    let built = fs_err::canonicalize(built)?;
    copy(
        &["--only-keep-debug", "--compress-debug-sections=zlib"],
        &built,
        &debug,
    )?;
    copy(
        &["--strip-all", "--add-gnu-debuglink=mnemo.debug"],
        &built,
        &path,
    )?;
    let name = archive::name(release.version, &target.triple);
    fs_err::copy(&debug, release.out.join(format!("{name}.debug")))?;
    Ok(path)
}

/// Returns the tool of Rust's own that copies programs of every target.
fn objcopy() -> Result<Command> {
    let print = |what: &str| output(command("rustc").args(["--print", what]));
    let folder = Path::new(print("target-libdir")?.trim()).with_file_name("bin");
    let tool = folder.join("rust-objcopy");
    if !tool.exists() {
        bail!("{} is missing: it comes with Rust", tool.display());
    }
    let mut objcopy = command(tool);
    // It finds the compiler's libraries where they are beside the compiler alone.
    objcopy.env(
        "LD_LIBRARY_PATH",
        Path::new(print("sysroot")?.trim()).join("lib"),
    );
    Ok(objcopy)
}

/// Fails where a program is not what its target promises.
fn check(target: &Target, needs: Needs) -> Result<()> {
    let most = match (target.libc, &target.glibc) {
        (Libc::Musl, _) => Needs::Nothing,
        (Libc::Glibc, Some(version)) => {
            version_of(version).with_context(|| format!("{version} is no version of glibc"))?
        }
        (Libc::Glibc, None) => return Ok(()),
    };
    if needs > most {
        bail!(
            "the program for {} needs {needs}, more than {most}",
            target.triple
        );
    }
    Ok(())
}

/// Returns the newest version of glibc that a symbol of a program asks for.
fn needs(program: &[u8]) -> Result<Needs> {
    let file = ElfBytes::<AnyEndian>::minimal_parse(program)?;
    let Some((symbols, _)) = file.dynamic_symbol_table()? else {
        return Ok(Needs::Nothing);
    };
    let Some(versions) = file.symbol_version_table()? else {
        return Ok(Needs::Nothing);
    };
    let mut asked = BTreeSet::from([Needs::Nothing]);
    for index in 0..symbols.len() {
        let Some(requirement) = versions.get_requirement(index)? else {
            continue;
        };
        asked.extend(requirement.name.strip_prefix("GLIBC_").and_then(version_of));
    }
    Ok(asked.pop_last().unwrap_or(Needs::Nothing))
}

/// Reads `2.28`, and `2.2.5` as 2.2.
fn version_of(text: &str) -> Option<Needs> {
    let mut numbers = text.split('.').map(str::parse);
    Some(Needs::Glibc {
        major: numbers.next()?.ok()?,
        minor: numbers.next()?.ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_the_newest_version_that_is_asked_for() {
        let own = std::env::current_exe().unwrap();
        let found = needs(&fs_err::read(own).unwrap()).unwrap();
        // Rust itself asks for 2.17 at least.
        assert!(found >= version_of("2.17").unwrap(), "{found}");
        assert!(needs(b"no program").is_err());
    }

    #[test]
    fn a_program_must_keep_what_its_target_promises() {
        let target = |text: &str| Target::parse(text).unwrap();
        let of = |version: &str| version_of(version).unwrap();
        let old = target("x86_64-unknown-linux-gnu.2.28");
        assert!(check(&old, of("2.28")).is_ok());
        assert!(check(&old, of("2.34")).is_err());
        assert!(check(&target("x86_64-unknown-linux-gnu"), of("2.40")).is_ok());
        let musl = target("x86_64-unknown-linux-musl");
        assert!(check(&musl, Needs::Nothing).is_ok());
        assert!(check(&musl, of("2.17")).is_err());
    }
}
