//! Recognizes files that hold credentials, by name and by content.
//!
//! An index is copied, searched and handed to language models; a key in it has leaked. Pure: reads nothing itself.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use domain::RepoPath;

/// Files that hold credentials by convention.
const NAMES: &[&str] = &[
    ".env",
    ".envrc",
    ".git-credentials",
    ".htpasswd",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    "credentials",
    "credentials.json",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
    "secrets.json",
    "secrets.yaml",
    "secrets.yml",
];

/// Endings of key files and key stores.
const EXTENSIONS: &[&str] = &[
    "jks", "kdbx", "key", "keystore", "p12", "p8", "pem", "pfx", "ppk",
];

/// What `.env.` may be followed by in files that only show which variables there are.
const EXAMPLE_WORDS: &[&str] = &["example", "sample", "template", "dist", "defaults"];

/// How a credential begins, what may follow, and how much of it at least.
struct Pattern {
    prefix: &'static str,
    n_following: usize,
    is_allowed: fn(u8) -> bool,
    what: &'static str,
}

const fn pattern(
    prefix: &'static str,
    n_following: usize,
    is_allowed: fn(u8) -> bool,
    what: &'static str,
) -> Pattern {
    Pattern {
        prefix,
        n_following,
        is_allowed,
        what,
    }
}

/// Formats that their issuers document, and that nothing else looks like. Not "password =": that would drop half of all code.
const PATTERNS: &[Pattern] = &[
    pattern("PRIVATE KEY-----", 100, is_key_block, "a private key"),
    pattern("AKIA", 16, is_upper_or_digit, "an AWS access key"),
    pattern("ASIA", 16, is_upper_or_digit, "an AWS access key"),
    pattern("ghp_", 36, is_alphanumeric, "a GitHub token"),
    pattern("gho_", 36, is_alphanumeric, "a GitHub token"),
    pattern("ghs_", 36, is_alphanumeric, "a GitHub token"),
    pattern("github_pat_", 60, is_word, "a GitHub token"),
    pattern("glpat-", 20, is_word, "a GitLab token"),
    pattern("npm_", 36, is_alphanumeric, "an npm token"),
    pattern("sk_live_", 24, is_alphanumeric, "a Stripe key"),
    pattern("rk_live_", 24, is_alphanumeric, "a Stripe key"),
    pattern("xoxb-", 40, is_word, "a Slack token"),
    pattern("xoxp-", 40, is_word, "a Slack token"),
    pattern("AIza", 35, is_word, "a Google API key"),
    pattern("sk-ant-", 80, is_word, "an Anthropic key"),
    pattern("sk-proj-", 60, is_word, "an OpenAI key"),
];

/// More than any pattern needs to be separated from what follows and what stands before.
pub(crate) const CONTEXT_BYTES: usize = 160;

static PREFIXES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::new(PATTERNS.iter().map(|pattern| pattern.prefix))
        .expect("a dozen short literals make an automaton")
});

/// Returns what about its name says that a file holds credentials.
pub(crate) fn secret_by_name(path: &RepoPath) -> Option<String> {
    let name = path.file_name();
    if NAMES.contains(&name) {
        return Some(format!("{name} holds credentials by convention"));
    }
    if let Some(variant) = name.strip_prefix(".env.") {
        let is_example = EXAMPLE_WORDS.iter().any(|word| variant.contains(word));
        return (!is_example).then(|| format!("{name} holds credentials by convention"));
    }
    let extension = path.extension()?;
    let is_key = EXTENSIONS.contains(&extension);
    is_key.then(|| format!("files that end in .{extension} hold keys"))
}

/// Returns the kind and the offset of the first credential in `text`.
pub(crate) fn find(text: &[u8]) -> Option<(&'static str, usize)> {
    PREFIXES.find_iter(text).find_map(|found| {
        let pattern = &PATTERNS[found.pattern().as_usize()];
        let body = &text[found.end()..text.len().min(found.end() + pattern.n_following)];
        let is_whole = body.len() == pattern.n_following;
        let is_apart = found.start() == 0 || !is_word(text[found.start() - 1]);
        let is_secret = is_whole
            && (is_apart || pattern.prefix.starts_with("PRIVATE"))
            && body.iter().all(|byte| (pattern.is_allowed)(*byte))
            && !is_example(body);
        is_secret.then_some((pattern.what, found.start()))
    })
}

/// Documentation shows what keys look like: with the word in it, or with few different characters.
fn is_example(body: &[u8]) -> bool {
    const DIFFERENT_AT_LEAST: usize = 8;
    let mut seen = [false; 256];
    body.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let n_different = seen.iter().filter(|is_seen| **is_seen).count();
    let word: &[u8] = b"EXAMPLE";
    n_different < DIFFERENT_AT_LEAST || body.windows(word.len()).any(|window| window == word)
}

fn is_upper_or_digit(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Base 64 in lines, also as a string with written line ends.
fn is_key_block(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=\r\n\\ \t".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credential_files_are_known() {
        let is_found = |path: &str| secret_by_name(&RepoPath::new(path).unwrap()).is_some();
        for secret in [
            ".env",
            "web/.env.production",
            "keys/server.pem",
            "id_rsa",
            ".npmrc",
        ] {
            assert!(is_found(secret), "{secret}");
        }
        for open in [
            ".env.example",
            "src/env.ts",
            "src/secrets.ts",
            "docs/key.md",
        ] {
            assert!(!is_found(open), "{open}");
        }
    }

    #[test]
    fn credentials_in_code_are_found_and_examples_are_not() {
        // Written apart, so that no scanner takes this file for what it looks for.
        let token = ["ghp", "_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5"].concat();
        let key = [
            "-----BEGIN RSA PRIVATE",
            " KEY-----\nMIIEowIBAAKCAQEAtestonlyQ1w2e3r4t5y6u7i8o9p0AaSsDdFf\nGgHhJjKkLlZzXxCcVvBbNnMmQqWwEeRrTtYyUuIiOoPp1234567890+/\n-----END",
        ]
        .concat();
        let found = |text: &str| find(text.as_bytes()).map(|(what, _)| what);
        assert_eq!(
            found(&format!("const t = '{token}'")),
            Some("a GitHub token")
        );
        assert_eq!(found(&key), Some("a private key"));
        for open in [
            "const id = 'AKIAIOSFODNN7EXAMPLE'",
            "if (line.includes('PRIVATE KEY-----')) parse(line)",
            "const prefix = 'ghp_'; // xxxxxxxx",
            "token: ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ] {
            assert_eq!(found(open), None, "{open}");
        }
    }
}
