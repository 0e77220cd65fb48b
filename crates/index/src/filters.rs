//! Decides from name and content whether a file is code that people write.
//!
//! Every rule gives a reason that names what gave the file away. Pure: reads nothing itself.

use domain::{RepoPath, SkipReason};
use globset::{Glob, GlobSet, GlobSetBuilder};
use thiserror::Error;

use crate::secrets;

/// A glob that cannot be read.
#[derive(Debug, Error)]
#[error("{glob:?} is not a valid glob: {message}")]
pub struct InvalidGlob {
    glob: String,
    message: String,
}

/// Package managers' lock files, by file name.
const LOCK_FILES: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "deno.lock",
    "Cargo.lock",
    "composer.lock",
    "Gemfile.lock",
    "poetry.lock",
    "uv.lock",
    "Pipfile.lock",
    "pdm.lock",
    "go.sum",
    "mix.lock",
    "Podfile.lock",
    "Package.resolved",
    "pubspec.lock",
    "packages.lock.json",
    "project.assets.json",
    "flake.lock",
    ".terraform.lock.hcl",
    "gradle.lockfile",
];

/// A file is searched for NUL bytes this far; text never has one, object code has one early.
const BINARY_PROBE_BYTES: usize = 8192;

/// Generators announce themselves in a file's head.
const GENERATED_PROBE_BYTES: usize = 1024;

/// The first line of a pointer file, and what all of it stays below (the specification of Git LFS, version 1).
const LFS_POINTER_HEAD: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
const LFS_POINTER_MAX_BYTES: usize = 1024;

/// Below this size a file is worth indexing whatever it looks like.
const MINIFIED_MIN_BYTES: usize = 4096;

/// Bytes per line, on average over the whole file, above which nobody wrote it by hand.
///
/// A file with one long line (a data table, an inlined image) has a low average; a bundle has no short lines at all.
const MINIFIED_MEAN_LINE_BYTES: usize = 400;

/// Squeezed code has hardly any white space; prose and data that were merely written on one line do.
const MINIFIED_MAX_WHITESPACE_PERCENT: usize = 10;

/// Whether files that hold credentials are indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretFiles {
    /// Left out, with what gave them away.
    Skipped,
    /// As every other file.
    Indexed,
}

/// Whether files that a program wrote are indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeneratedFiles {
    /// As every other file, marked as generated.
    With,
    /// Left out, with what gave them away.
    Without,
}

/// Globs over the paths of files.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    /// The globs.
    pub globs: Vec<String>,
    /// Where the tree is in the folder that the globs are of: empty for the tree's own, else a path that ends in `/`.
    pub tree: String,
}

impl Patterns {
    fn compiled(&self) -> Result<Compiled, InvalidGlob> {
        Ok(Compiled {
            globs: glob_set(&self.globs)?,
            naming: naming_set(&self.globs)?,
            tree: self.tree.clone(),
        })
    }
}

#[derive(Debug)]
struct Compiled {
    globs: GlobSet,
    /// Those that say what a file is called and not only where it lies.
    naming: GlobSet,
    tree: String,
}

impl Compiled {
    fn is_match(&self, path: &RepoPath) -> bool {
        self.globs.is_match(format!("{}{path}", self.tree))
    }
}

/// Patterns of `--include` and `--exclude`, compiled.
#[derive(Debug)]
pub(crate) struct Globs {
    include: Vec<Compiled>,
    exclude: Vec<Compiled>,
}

impl Globs {
    /// Compiles the patterns; a list without globs leaves nothing out.
    pub(crate) fn new(include: &[Patterns], exclude: &[Patterns]) -> Result<Globs, InvalidGlob> {
        let compiled = |lists: &[Patterns]| -> Result<Vec<Compiled>, InvalidGlob> {
            let given = lists.iter().filter(|list| !list.globs.is_empty());
            given.map(Patterns::compiled).collect()
        };
        Ok(Globs {
            include: compiled(include)?,
            exclude: compiled(exclude)?,
        })
    }

    /// Whether `--include` says what this very file is called, so that it is wanted whatever it is.
    pub(crate) fn names(&self, path: &RepoPath) -> bool {
        self.include.iter().any(|include| {
            let path = format!("{}{path}", include.tree);
            include.naming.is_match(path)
        })
    }

    /// Returns why the patterns leave `path` out.
    pub(crate) fn verdict(&self, path: &RepoPath) -> Option<(SkipReason, String)> {
        let is_match = |list: &Compiled| list.is_match(path);
        if self.exclude.iter().any(is_match) {
            return Some((SkipReason::Excluded, "matches --exclude".to_owned()));
        }
        (!self.include.iter().all(is_match))
            .then(|| (SkipReason::Excluded, "matches no --include".to_owned()))
    }
}

/// Returns the globs whose last component has an extension or is a whole name, without what lies below them.
fn naming_set(globs: &[String]) -> Result<GlobSet, InvalidGlob> {
    let mut builder = GlobSetBuilder::new();
    let is_naming = |glob: &&String| {
        let last = glob.rsplit('/').next().unwrap_or(glob);
        !last.is_empty() && !last.chars().all(|one| one == '*')
    };
    for glob in globs.iter().filter(is_naming) {
        builder.add(Glob::new(glob).map_err(|error| InvalidGlob {
            glob: glob.clone(),
            message: error.to_string(),
        })?);
    }
    builder.build().map_err(|error| InvalidGlob {
        glob: globs.join(" "),
        message: error.to_string(),
    })
}

fn glob_set(globs: &[String]) -> Result<GlobSet, InvalidGlob> {
    let invalid = |glob: &str, error: globset::Error| InvalidGlob {
        glob: glob.to_owned(),
        message: error.to_string(),
    };
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        builder.add(Glob::new(glob).map_err(|error| invalid(glob, error))?);
        // A folder's name means everything below it, as people expect from ignore files.
        let below = format!("{}/**", glob.trim_end_matches('/'));
        builder.add(Glob::new(&below).map_err(|error| invalid(glob, error))?);
    }
    builder
        .build()
        .map_err(|error| invalid(&globs.join(" "), error))
}

/// Returns why a file of this name is left out.
pub(crate) fn verdict_by_name(
    path: &RepoPath,
    secrets: SecretFiles,
) -> Option<(SkipReason, String)> {
    let name = path.file_name();
    if secrets == SecretFiles::Skipped
        && let Some(detail) = secrets::secret_by_name(path)
    {
        return Some((SkipReason::Secret, detail));
    }
    if LOCK_FILES.contains(&name) {
        return Some((SkipReason::LockFile, name.to_owned()));
    }
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if stem.ends_with(".min") || stem.ends_with("-min") {
        return Some((SkipReason::Minified, "its name says so".to_owned()));
    }
    None
}

/// Gathers what decides about a file from its bytes, which come block by block: a large file is never held whole.
#[derive(Debug)]
pub(crate) struct ContentProbe {
    secrets: SecretFiles,
    generated: GeneratedFiles,
    head: Vec<u8>,
    /// The end of what came before, with which a credential may begin.
    tail: Vec<u8>,
    n_bytes: usize,
    n_lines: usize,
    n_whitespace: usize,
    secret: Option<String>,
}

impl ContentProbe {
    pub(crate) fn new(secrets: SecretFiles, generated: GeneratedFiles) -> ContentProbe {
        ContentProbe {
            secrets,
            generated,
            head: Vec::new(),
            tail: Vec::new(),
            n_bytes: 0,
            n_lines: 1,
            n_whitespace: 0,
            secret: None,
        }
    }

    /// Takes the next bytes.
    pub(crate) fn take(&mut self, block: &[u8]) {
        let n_head = block
            .len()
            .min(BINARY_PROBE_BYTES.saturating_sub(self.head.len()));
        self.head.extend_from_slice(&block[..n_head]);
        if self.secrets == SecretFiles::Skipped && self.secret.is_none() {
            self.search(block);
        }
        self.n_bytes += block.len();
        self.n_lines += block.iter().filter(|&&byte| byte == b'\n').count();
        self.n_whitespace += block
            .iter()
            .filter(|byte| byte.is_ascii_whitespace())
            .count();
    }

    fn search(&mut self, block: &[u8]) {
        let n_before = self.tail.len();
        self.tail.extend_from_slice(block);
        if let Some((what, offset)) = secrets::find(&self.tail) {
            let n_newlines = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'\n').count();
            // What is kept of earlier blocks is counted in the lines before.
            let (before, upto) = (&self.tail[..n_before], &self.tail[..offset]);
            let line = self.n_lines + n_newlines(upto) - n_newlines(before);
            self.secret = Some(format!("line {line} holds {what}"));
        }
        let n_excess = self.tail.len().saturating_sub(secrets::CONTEXT_BYTES);
        self.tail.drain(..n_excess);
    }

    /// Returns why a file with the bytes so far is left out.
    pub(crate) fn verdict(&self) -> Option<(SkipReason, String)> {
        let is_utf16 = self.head.starts_with(&[0xFF, 0xFE]) || self.head.starts_with(&[0xFE, 0xFF]);
        if !is_utf16 && let Some(offset) = self.head.iter().position(|&byte| byte == 0) {
            return Some((SkipReason::Binary, format!("NUL byte at offset {offset}")));
        }
        if self.n_bytes < LFS_POINTER_MAX_BYTES && self.head.starts_with(LFS_POINTER_HEAD) {
            let detail = "`git lfs pull` fetches the file itself".to_owned();
            return Some((SkipReason::LfsPointer, detail));
        }
        if let Some(detail) = &self.secret {
            return Some((SkipReason::Secret, detail.clone()));
        }
        match self.generated {
            GeneratedFiles::With => self.minified(),
            GeneratedFiles::Without => generated_by(&self.head)
                .map(|detail| (SkipReason::Generated, detail.to_owned()))
                .or_else(|| self.minified()),
        }
    }

    fn minified(&self) -> Option<(SkipReason, String)> {
        if self.n_bytes < MINIFIED_MIN_BYTES {
            return None;
        }
        let mean = self.n_bytes / self.n_lines;
        let percent = self.n_whitespace * 100 / self.n_bytes;
        (mean > MINIFIED_MEAN_LINE_BYTES && percent < MINIFIED_MAX_WHITESPACE_PERCENT).then(|| {
            (
                SkipReason::Minified,
                format!("{mean} bytes per line and {percent} % white space on average"),
            )
        })
    }
}

/// Returns what in a file's first bytes says that a program wrote it.
///
/// Phrases by which generators announce themselves, in lower case. `@generated` is the convention of several ecosystems, the
/// second that of Go's tools (golang.org/s/generatedcode); the others must stand together with "do not edit".
pub(crate) fn generated_by(bytes: &[u8]) -> Option<&'static str> {
    let head =
        String::from_utf8_lossy(&bytes[..bytes.len().min(GENERATED_PROBE_BYTES)]).to_lowercase();
    // Only a comment at the very top counts: code that writes such headers holds the same words in strings.
    let comment: Vec<&str> = head
        .lines()
        .map(str::trim)
        .take_while(|line| is_comment_or_blank(line))
        .collect();
    let comment = comment.join("\n");
    let is_announced = [
        "code generated",
        "auto-generated",
        "autogenerated",
        "automatically generated",
        "generated by",
    ]
    .iter()
    .any(|phrase| comment.contains(phrase));
    let is_protected = [
        "do not edit",
        "do not modify",
        "don't edit",
        "do not change",
    ]
    .iter()
    .any(|phrase| comment.contains(phrase));
    let has_tag = comment.lines().any(|line| {
        line.trim_start_matches(['/', '*', '#', '<', '!', '-', ' '])
            .starts_with("@generated")
    });
    if has_tag {
        return Some("@generated in its head");
    }
    (is_announced && is_protected).then_some("its head says \"generated … do not edit\"")
}

fn is_comment_or_blank(line: &str) -> bool {
    line.is_empty()
        || ["//", "/*", "*", "#", "<!--"]
            .iter()
            .any(|marker| line.starts_with(marker))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_name(path: &str) -> Option<SkipReason> {
        verdict_by_name(&RepoPath::new(path).unwrap(), SecretFiles::Skipped)
            .map(|(reason, _)| reason)
    }

    fn by_content(text: &str) -> Option<SkipReason> {
        by_bytes(text.as_bytes()).map(|(reason, _)| reason)
    }

    fn by_bytes(bytes: &[u8]) -> Option<(SkipReason, String)> {
        let mut probe = ContentProbe::new(SecretFiles::Skipped, GeneratedFiles::Without);
        // In blocks of an odd size, so that what matters lies across their borders.
        bytes.chunks(61).for_each(|block| probe.take(block));
        probe.verdict()
    }

    #[test]
    fn credential_across_blocks_is_found_on_its_line() {
        let token = ["gl", "pat-aB3dE5gH7jK9mN1pQ3sT"].concat();
        for n_lines in 0..40 {
            let text = format!("{}const t = '{token}'\n\n\n", "// a\n".repeat(n_lines));
            let detail = format!("line {} holds a GitLab token", n_lines + 1);
            assert_eq!(
                by_bytes(text.as_bytes()),
                Some((SkipReason::Secret, detail))
            );
        }
    }

    #[test]
    fn names_give_lock_files_and_bundles_away() {
        assert_eq!(by_name("web/yarn.lock"), Some(SkipReason::LockFile));
        assert_eq!(by_name("vendor/jquery.min.js"), Some(SkipReason::Minified));
        assert_eq!(by_name("src/admin.js"), None);
    }

    #[test]
    fn a_long_line_alone_does_not_drop_hand_written_code() {
        let table = format!("export const table = [{}]\n", "1, 2, 3, ".repeat(2000));
        let code = "export function double(x: number) {\n  return 2 * x\n}\n".repeat(200);
        assert_eq!(by_content(&(code + &table)), None);
    }

    #[test]
    fn a_pointer_of_git_lfs_is_not_the_file() {
        let pointer =
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935\nsize 12345\n";
        assert_eq!(by_content(pointer), Some(SkipReason::LfsPointer));
        let about = format!("{pointer}{}", "Text about pointers.\n".repeat(60));
        assert_eq!(by_content(&about), None);
    }

    #[test]
    fn a_bundle_is_minified() {
        let bundle = "function a(b){return b*2}var c=a(3);if(c>4){a(c)}".repeat(200);
        assert_eq!(by_content(&bundle), Some(SkipReason::Minified));
    }

    #[test]
    fn only_a_comment_at_the_top_makes_a_file_generated() {
        assert_eq!(
            by_content("// Code generated by protoc. DO NOT EDIT.\nexport {}"),
            Some(SkipReason::Generated)
        );
        assert_eq!(
            by_content("/**\n * @generated\n */\nexport {}"),
            Some(SkipReason::Generated)
        );
        assert_eq!(
            by_content("const head = '// Code generated by x. DO NOT EDIT.'"),
            None
        );
        assert_eq!(
            by_content("// This id is generated by the server.\nexport {}"),
            None
        );
    }

    #[test]
    fn nul_bytes_make_a_file_binary_unless_it_is_utf16() {
        assert_eq!(by_content("abc\0def"), Some(SkipReason::Binary));
        assert_eq!(by_bytes(&[0xFF, 0xFE, b'a', 0]), None);
    }

    fn patterns(glob: &str, tree: &str) -> [Patterns; 1] {
        [Patterns {
            globs: vec![glob.to_owned()],
            tree: tree.to_owned(),
        }]
    }

    #[test]
    fn globs_name_files_and_folders() {
        let globs = Globs::new(&patterns("src", ""), &patterns("**/*.gen.ts", "")).unwrap();
        let verdict = |path: &str| globs.verdict(&RepoPath::new(path).unwrap()).is_some();
        assert!(!verdict("src/a/b.ts"));
        assert!(verdict("src/a/b.gen.ts"));
        assert!(verdict("lib/a.ts"));
        assert!(Globs::new(&patterns("a{", ""), &[]).is_err());
    }

    #[test]
    fn every_list_of_globs_narrows() {
        let lists = [patterns("src", ""), patterns("*.ts", "")].concat();
        let globs = Globs::new(&lists, &lists[..0]).unwrap();
        let verdict = |path: &str| globs.verdict(&RepoPath::new(path).unwrap()).is_some();
        assert!(!verdict("src/a.ts"));
        assert!(verdict("src/a.js") && verdict("lib/a.ts"));
        let globs = Globs::new(&[], &lists).unwrap();
        let verdict = |path: &str| globs.verdict(&RepoPath::new(path).unwrap()).is_some();
        assert!(verdict("src/a.js") && verdict("lib/a.ts") && !verdict("lib/a.js"));
    }

    #[test]
    fn globs_of_a_folder_around_the_tree_match_paths_in_that_folder() {
        let globs = Globs::new(&patterns("src", "src/"), &patterns("src/made", "src/")).unwrap();
        let verdict = |path: &str| globs.verdict(&RepoPath::new(path).unwrap()).is_some();
        assert!(!verdict("a.ts"));
        assert!(verdict("made/a.ts"));
    }
}
