//! What a package is for, and what each registry calls it.

use anyhow::{Result, bail};

/// A target of Rust that packages are made for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// As Rust calls it.
    pub(super) triple: String,
    /// The oldest glibc that it is to run with, where that was said.
    pub(super) glibc: Option<String>,
    pub(super) processor: &'static Processor,
    pub(super) libc: Libc,
}

/// A kind of processor, by the names that registries have for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Processor {
    /// In Rust's targets, and in tags of wheels.
    pub(super) rust: &'static str,
    /// In packages of npm.
    pub(super) npm: &'static str,
    /// In images of containers.
    pub(super) container: &'static str,
    /// In formulas of Homebrew.
    pub(super) homebrew: &'static str,
}

/// A C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Libc {
    Glibc,
    Musl,
}

const PROCESSORS: &[Processor] = &[
    Processor {
        rust: "x86_64",
        npm: "x64",
        container: "amd64",
        homebrew: "intel",
    },
    Processor {
        rust: "aarch64",
        npm: "arm64",
        container: "arm64",
        homebrew: "arm",
    },
];

impl Target {
    /// Reads a target as cargo-zigbuild takes it: a triple and maybe a version of glibc.
    pub(super) fn parse(text: &str) -> Result<Target> {
        let (triple, glibc) = match text.split_once('.') {
            Some((triple, version)) => (triple, Some(version.to_owned())),
            None => (text, None),
        };
        let known =
            PROCESSORS
                .iter()
                .find_map(|processor| match triple.strip_prefix(processor.rust)? {
                    "-unknown-linux-gnu" => Some((processor, Libc::Glibc)),
                    "-unknown-linux-musl" => Some((processor, Libc::Musl)),
                    _ => None,
                });
        let Some((processor, libc)) = known else {
            bail!(
                "no packages are made for {triple}: Linux with glibc or musl, on x86_64 or aarch64"
            );
        };
        if glibc.is_some() && libc == Libc::Musl {
            bail!("{text}: musl has no version of glibc");
        }
        Ok(Target {
            triple: triple.to_owned(),
            glibc,
            processor,
            libc,
        })
    }

    /// Returns the name of the npm package that has the program for this target.
    pub(super) fn npm_package(&self) -> String {
        let ending = match self.libc {
            Libc::Glibc => "gnu",
            Libc::Musl => "musl",
        };
        format!("mnemo-index-linux-{}-{ending}", self.processor.npm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_triples_with_or_without_a_glibc() {
        let target = Target::parse("aarch64-unknown-linux-gnu.2.28").unwrap();
        assert_eq!(target.triple, "aarch64-unknown-linux-gnu");
        assert_eq!(target.glibc.as_deref(), Some("2.28"));
        assert_eq!(target.npm_package(), "mnemo-index-linux-arm64-gnu");
        let target = Target::parse("x86_64-unknown-linux-musl").unwrap();
        assert_eq!((target.libc, target.glibc), (Libc::Musl, None));
        for refused in [
            "x86_64-pc-windows-msvc",
            "riscv64gc-unknown-linux-gnu",
            "x86_64-unknown-linux-musl.2.28",
            "",
        ] {
            assert!(Target::parse(refused).is_err(), "{refused}");
        }
    }
}
