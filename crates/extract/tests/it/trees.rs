//! Real repositories, where they are at hand.

use std::io::Read;
use std::path::Path;

use domain::RepoPath;
use extract::{decode, language_of};

use crate::{extract_as, invariants, on_large_stack};

/// Returns the number of files and chunks, or nothing without the archive.
fn check(archive: &str) -> Option<(usize, usize)> {
    let shared = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let file = fs_err::File::open(shared.join(archive)).ok()?;
    let decoder = ruzstd::decoding::StreamingDecoder::new(file).expect("the archive is zstd");
    let mut archive = tar::Archive::new(decoder);
    let (mut n_files, mut n_chunks) = (0, 0);
    for entry in archive.entries().expect("the archive is tar") {
        let mut entry = entry.expect("the archive is whole");
        let name = entry
            .path()
            .expect("names are UTF-8")
            .to_string_lossy()
            .into_owned();
        let Ok(path) = RepoPath::new(name.trim_start_matches("./")) else {
            continue;
        };
        let Some(language) = language_of(&path) else {
            continue;
        };
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("the archive is whole");
        let Ok(text) = decode(&bytes) else {
            continue;
        };
        let extraction = on_large_stack(|| extract_as(path.as_str(), &text, language));
        invariants::check(path.as_str(), &text, &extraction);
        n_files += 1;
        n_chunks += extraction.chunks.len();
    }
    Some((n_files, n_chunks))
}

#[test]
fn hono_is_covered() {
    if let Some((n_files, n_chunks)) = check("bench/search/trees/hono.tar.zst") {
        assert!(
            n_files >= 265 && n_chunks > 1_000,
            "{n_files} files, {n_chunks} chunks"
        );
    }
}

#[test]
fn vue_core_is_covered() {
    if let Some((n_files, n_chunks)) = check("bench/search/trees/vue-core.tar.zst") {
        assert!(
            n_files >= 519 && n_chunks > 3_000,
            "{n_files} files, {n_chunks} chunks"
        );
    }
}

/// A repository in each of fifteen languages.
#[test]
fn other_languages_are_covered() {
    for name in [
        "bats-core",
        "dapper",
        "sinatra",
        "monolog",
        "telescope.nvim",
        "serde",
    ] {
        check(&format!("bench/search-langs/archives/{name}.tar.zst"));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a variable chooses the long form of the test"
)]
#[test]
fn large_trees_are_covered() {
    if std::env::var_os("MNEMO_TEST_LONG").is_some() {
        check("corpora/medusa.tar.zst");
        for name in [
            "alamofire",
            "ecto",
            "flask",
            "gin",
            "gson",
            "http4s",
            "kotlinx-coroutines",
            "libuv",
            "nlohmann-json",
        ] {
            check(&format!("bench/search-langs/archives/{name}.tar.zst"));
        }
    }
}
