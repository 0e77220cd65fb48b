//! Reads what `git diff --unified=0` prints. Pure.
//!
//! Lines of files stand in it, which may look like anything: a hunk's head says how many follow, and they are counted.

use domain::RepoPath;

use super::{FileChangeKind, FileDiff, Hunk, LineRange};

/// So many lines has a file whose lines nobody counted.
pub(super) const UNCOUNTED: u32 = u32::MAX;

/// Removed lines are kept for their names and cut at this many bytes.
const REMOVED_MAX_BYTES: usize = 400;

/// Returns the changes that a patch has. A path that is not UTF-8 is none of a repository's files.
pub(super) fn parse(patch: &[u8]) -> Vec<FileDiff> {
    let mut files = Vec::new();
    let mut draft: Option<Draft> = None;
    let mut lines = patch.split(|byte| *byte == b'\n');
    while let Some(line) = lines.next() {
        if line.starts_with(b"diff --git ") {
            files.extend(draft.replace(Draft::default()).and_then(Draft::finish));
        } else if let Some(draft) = &mut draft {
            match hunk(line) {
                Some(hunk) => draft.take(hunk, &mut lines),
                None => draft.read_head(line),
            }
        }
    }
    files.extend(draft.and_then(Draft::finish));
    files
}

/// Returns the change of a file that is new as a whole.
pub(super) fn whole(path: RepoPath) -> FileDiff {
    FileDiff {
        path,
        old_path: None,
        kind: FileChangeKind::Added,
        hunks: vec![Hunk {
            old: LineRange {
                start: 0,
                n_lines: 0,
            },
            new: LineRange {
                start: 1,
                n_lines: UNCOUNTED,
            },
        }],
        removed: Vec::new(),
    }
}

/// A file's part of the patch, as far as it is read.
#[derive(Default)]
struct Draft {
    before: Option<RepoPath>,
    after: Option<RepoPath>,
    hunks: Vec<Hunk>,
    removed: Vec<String>,
}

impl Draft {
    fn read_head(&mut self, line: &[u8]) {
        let starts = [
            (&b"--- "[..], true, "a/"),
            (b"+++ ", false, "b/"),
            (b"rename from ", true, ""),
            (b"rename to ", false, ""),
        ];
        for (start, is_before, prefix) in starts {
            if let Some(name) = line.strip_prefix(start) {
                let path = path(name, prefix);
                match is_before {
                    true => self.before = path,
                    false => self.after = path,
                }
            }
        }
    }

    /// Takes a hunk and the lines that follow its head.
    fn take<'p>(&mut self, hunk: Hunk, lines: &mut impl Iterator<Item = &'p [u8]>) {
        self.hunks.push(hunk);
        for line in lines.by_ref().take(hunk.old.n_lines as usize) {
            // A remark on the missing end of the last line stands between the two parts; it begins with a backslash.
            let text = &line[1.min(line.len())..];
            let text = &text[..text.len().min(REMOVED_MAX_BYTES)];
            self.removed
                .push(String::from_utf8_lossy(text).into_owned());
        }
        let mut n_left = hunk.new.n_lines;
        while n_left > 0 {
            match lines.next() {
                Some(line) if line.starts_with(b"\\") => {}
                Some(_) => n_left -= 1,
                None => return,
            }
        }
    }

    fn finish(self) -> Option<FileDiff> {
        let (path, old_path, kind) = match (self.before, self.after) {
            (Some(before), Some(after)) if before == after => {
                (after, None, FileChangeKind::Modified)
            }
            (Some(before), Some(after)) => (after, Some(before), FileChangeKind::Renamed),
            (None, Some(after)) => (after, None, FileChangeKind::Added),
            (Some(before), None) => (before, None, FileChangeKind::Deleted),
            // Of another mode, binary or empty: no line of code.
            (None, None) => return None,
        };
        Some(FileDiff {
            path,
            old_path,
            kind,
            hunks: self.hunks,
            removed: self.removed,
        })
    }
}

/// Reads a hunk's head: `@@ -12,3 +14 @@`, where a count that is left out is one.
fn hunk(line: &[u8]) -> Option<Hunk> {
    let line = std::str::from_utf8(
        line.strip_prefix(b"@@ -")?
            .split(|byte| *byte == b'@')
            .next()?,
    );
    let (old, new) = line.ok()?.trim_end().split_once(" +")?;
    Some(Hunk {
        old: range(old)?,
        new: range(new)?,
    })
}

fn range(text: &str) -> Option<LineRange> {
    let (start, n_lines) = text.split_once(',').unwrap_or((text, "1"));
    Some(LineRange {
        start: start.parse().ok()?,
        n_lines: n_lines.parse().ok()?,
    })
}

/// Reads a path as a patch has it; nothing for `/dev/null`, which stands for a file that is not there.
fn path(written: &[u8], prefix: &str) -> Option<RepoPath> {
    // A tab ends a name with a space in it.
    let written = written.strip_suffix(b"\t").unwrap_or(written);
    let name = match written.strip_prefix(b"\"") {
        Some(quoted) => unquoted(quoted.strip_suffix(b"\"")?)?,
        None => written.to_vec(),
    };
    let name = String::from_utf8(name).ok()?;
    RepoPath::new(name.strip_prefix(prefix)?).ok()
}

/// Undoes git's quoting of a name, which is that of C.
fn unquoted(quoted: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut rest = quoted.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            first @ b'0'..=b'3' => {
                let mut digit = |value: u8| match rest.next()? {
                    digit @ b'0'..=b'7' => Some(value << 3 | (digit - b'0')),
                    _ => None,
                };
                let value = digit(first - b'0')?;
                digit(value)?
            }
            other => other,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the files of a patch, each with its hunks: `kind path [(old)] start+n>start+n …`.
    fn check(patch: &str, expected: &[&str]) {
        let shown = |file: FileDiff| {
            let mut text = format!("{:?} {}", file.kind, file.path);
            if let Some(old) = file.old_path {
                text.push_str(&format!(" ({old})"));
            }
            for Hunk { old, new } in file.hunks {
                let hunk = format!(
                    " {}+{}>{}+{}",
                    old.start, old.n_lines, new.start, new.n_lines
                );
                text.push_str(&hunk);
            }
            text
        };
        let found: Vec<String> = parse(patch.as_bytes()).into_iter().map(shown).collect();
        assert_eq!(found, expected, "{patch}");
    }

    #[test]
    fn hunks_are_read_by_their_counts() {
        check(
            "diff --git a/x.ts b/x.ts\nindex 1..2 100644\n--- a/x.ts\n+++ b/x.ts\n@@ -3 +3,2 @@ function f() {\n---- a/y.ts\n++++ b/z.ts\n\
             +diff --git a/q b/q\n@@ -9,2 +10,0 @@\n-@@ -1 +1 @@\n-two\n\\ No newline at end of file\n",
            &["Modified x.ts 3+1>3+2 9+2>10+0"],
        );
    }

    #[test]
    fn kinds_follow_from_the_paths() {
        check(
            "diff --git a/new b/new\nnew file mode 100644\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+x\n\
             diff --git a/old b/old\ndeleted file mode 100644\n--- a/old\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n\
             diff --git a/one b/two\nsimilarity index 100%\nrename from one\nrename to two\n\
             diff --git a/run b/run\nold mode 100644\nnew mode 100755\n\
             diff --git a/p.png b/p.png\nBinary files a/p.png and b/p.png differ\n",
            &[
                "Added new 0+0>1+1",
                "Deleted old 1+1>0+0",
                "Renamed two (one)",
            ],
        );
    }

    #[test]
    fn last_lines_without_an_end_are_no_lines_more() {
        check(
            "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n\
             diff --git a/y b/y\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n",
            &["Modified x 1+1>1+1", "Modified y 1+1>1+1"],
        );
    }

    #[test]
    fn names_are_unquoted() {
        check(
            "diff --git \"a/t\\tb\" \"b/t\\tb\"\n--- \"a/t\\tb\"\n+++ \"b/t\\tb\"\n@@ -1 +1 @@\n-a\n+b\n\
             diff --git a/a b b/a b\n--- a/a b\t\n+++ b/a b\t\n@@ -1 +1 @@\n-a\n+b\n\
             diff --git \"a/\\303\\244\" \"b/\\303\\244\"\n--- \"a/\\303\\244\"\n+++ \"b/\\303\\244\"\n@@ -1 +1 @@\n-a\n+b\n\
             diff --git a/../x b/../x\n--- a/../x\n+++ b/../x\n@@ -1 +1 @@\n-a\n+b\n",
            &[
                "Modified t\tb 1+1>1+1",
                "Modified a b 1+1>1+1",
                "Modified ä 1+1>1+1",
            ],
        );
    }

    #[test]
    fn broken_patches_are_read_as_far_as_they_go() {
        for patch in [
            "",
            "diff --git ",
            "diff --git a b\n--- \"a/\\",
            "diff --git a b\n+++ b/x\n@@ -1,9 +1,4000000000 @@\n-a",
        ] {
            assert!(parse(patch.as_bytes()).len() <= 1, "{patch}");
        }
    }
}
