//! What ignore files leave out of a tree.
//!
//! They mean what git and the `ignore` crate mean by them. Their text is read here, through the door to files, because a tree may put
//! anything in their place: a pipe, a device, a file without an end. Folders are entered in depth-first order, and what holds in one is
//! forgotten when it is left.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use files::Folder;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// What decides first comes first: ours, what several programs read, git's, and git's own for one clone.
const NAMES: [&str; N_KINDS] = [".mnemoignore", ".ignore", ".gitignore", EXCLUDE];
const N_KINDS: usize = 4;
const EXCLUDE: &str = ".git/info/exclude";

/// All ignore files that hold at one place may have this much text. People write some hundred lines; each becomes an automaton.
const MAX_BYTES: u64 = 256 << 10;

/// All ignore files that hold at one place may have so many lines with wildcards. Most clones have some tens.
const MAX_WILDCARD_LINES: usize = 1_000;

/// What matches n lines at once takes memory for n times what each of them takes. So few enough are matched at once that all together
/// stay below this: 16 bytes for each pair of a line and a state.
const MAX_PAIRS: usize = 2 << 20;
const MAX_LINES_AT_ONCE: usize = 64;

/// A file of git that says where something is has one line.
const MAX_POINTER_BYTES: u64 = 8 << 10;

/// The ignore files that hold where a survey stands.
pub(super) struct Ignored {
    root: Arc<Folder>,
    /// Those of the folders around the tree come first, from the outermost.
    levels: Vec<Level>,
    n_around: usize,
    /// What could not be followed: the file beneath the root, and why.
    pub(super) problems: Vec<(PathBuf, String)>,
}

/// The ignore files of one folder.
#[derive(Default)]
struct Level {
    /// Those of the last lines come first: they decide.
    matchers: [Vec<Gitignore>; N_KINDS],
    n_bytes: u64,
    n_wildcard_lines: usize,
}

impl Ignored {
    /// Reads the ignore files of the tree's root and of all folders around it, whose path has no links.
    pub(super) fn at(root: &Arc<Folder>) -> Ignored {
        let mut ignored = Ignored {
            root: Arc::clone(root),
            levels: Vec::new(),
            n_around: 0,
            problems: Vec::new(),
        };
        let around: Vec<&Path> = root.path().ancestors().skip(1).collect();
        for path in around.into_iter().rev() {
            // What cannot be opened leaves nothing out.
            let level = match Folder::open(path) {
                Ok(folder) => ignored.read(&folder, Path::new("")),
                Err(_) => Level::default(),
            };
            ignored.levels.push(level);
            ignored.n_around += 1;
        }
        // Of files outside of the tree a run has nothing to say.
        ignored.problems.clear();
        ignored.enter(Path::new(""), 0);
        ignored
    }

    /// Takes up what holds in the folder `relative` of the tree, `depth` steps below its root.
    pub(super) fn enter(&mut self, relative: &Path, depth: usize) {
        self.levels.truncate(self.n_around + depth);
        let root = Arc::clone(&self.root);
        let level = self.read(&root, relative);
        self.levels.push(level);
    }

    /// Whether an entry, `depth` steps below the root, is left out. Folders around it must have been entered.
    pub(super) fn leaves_out(&mut self, path: &Path, is_folder: bool, depth: usize) -> bool {
        self.levels.truncate(self.n_around + depth);
        for kind in 0..N_KINDS {
            let inner_first = self.levels.iter().rev();
            let matchers = inner_first.flat_map(|level| &level.matchers[kind]);
            let mut answers = matchers.map(|matcher| matcher.matched(path, is_folder));
            match answers.find(|answer| !answer.is_none()) {
                Some(answer) => return answer.is_ignore(),
                None => continue,
            }
        }
        false
    }

    fn n_wildcard_lines(&self, newest: &Level) -> usize {
        let levels = self.levels.iter().chain([newest]);
        levels.map(|level| level.n_wildcard_lines).sum()
    }

    fn read(&mut self, folder: &Folder, relative: &Path) -> Level {
        let mut level = Level::default();
        let n_before: u64 = self.levels.iter().map(|level| level.n_bytes).sum();
        for (kind, name) in NAMES.into_iter().enumerate() {
            let file = relative.join(name);
            let n_left = MAX_BYTES.saturating_sub(n_before + level.n_bytes);
            let text = match folder.read(&file, n_left) {
                // The `.git` of a worktree is a file that says where the rest is.
                Err(error) if error.kind() == ErrorKind::NotADirectory && name == EXCLUDE => {
                    exclude_of_worktree(folder, relative, n_left)
                }
                text => text,
            };
            match text {
                Ok(text) => {
                    let lines = lines(&text);
                    let n_wildcards = lines.iter().filter(|line| n_states(line) > 0).count();
                    if n_wildcards > MAX_WILDCARD_LINES - self.n_wildcard_lines(&level) {
                        let why = "it is not followed: with the ignore files around it, it has more than 1,000 lines with wildcards";
                        self.problems.push((file, why.to_owned()));
                        continue;
                    }
                    level.n_bytes += text.len() as u64;
                    level.n_wildcard_lines += n_wildcards;
                    level.matchers[kind] = matchers(&folder.path().join(relative), &lines);
                }
                Err(error) if error.kind() == ErrorKind::FileTooLarge => {
                    let why = "it is not followed: with the ignore files around it, it has more than 256 KiB";
                    self.problems.push((file, why.to_owned()));
                }
                // Missing, or something that git does not follow either.
                Err(_) => {}
            }
        }
        level
    }
}

/// Returns the lines of an ignore file. What follows a line that is not UTF-8 is not read, as the `ignore` crate has it.
fn lines(text: &[u8]) -> Vec<&str> {
    let lines = text.split(|byte| *byte == b'\n');
    let lines = lines.map_while(|line| std::str::from_utf8(line).ok());
    let mut lines: Vec<&str> = lines
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .collect();
    if let Some(first) = lines.first_mut() {
        *first = first.trim_start_matches('\u{feff}');
    }
    lines
}

/// Builds what matches the lines of an ignore file in `folder`; what matches the last ones comes first.
fn matchers(folder: &Path, lines: &[&str]) -> Vec<Gitignore> {
    let n_states_of_all: usize = lines.iter().map(|line| n_states(line)).sum();
    let n_at_once = (MAX_PAIRS / n_states_of_all.max(1)).clamp(1, MAX_LINES_AT_ONCE);
    let mut matchers = Vec::new();
    let mut n_wildcards = 0;
    let groups = lines.chunk_by(|_, next| {
        n_wildcards += usize::from(n_states(next) > 0);
        !n_wildcards.is_multiple_of(n_at_once) || n_states(next) == 0
    });
    for group in groups {
        let mut builder = GitignoreBuilder::new(folder);
        for line in group {
            // A malformed line leaves nothing out.
            builder.add_line(None, line).ok();
        }
        let matcher = builder.build().ok();
        matchers.extend(matcher.filter(|matcher| !matcher.is_empty()));
    }
    matchers.reverse();
    matchers
}

/// Returns about how many states what matches a line has; none for names and endings, which are looked up.
fn n_states(line: &str) -> usize {
    const OF_WILDCARD: usize = 20;
    let is_wildcard = |one: &u8| b"*?[{\\".contains(one);
    let plain = line.strip_prefix("*.").unwrap_or(line);
    match plain.bytes().filter(|byte| is_wildcard(byte)).count() {
        0 => 0,
        n_wildcards => line.len() + OF_WILDCARD * n_wildcards,
    }
}

/// Reads `info/exclude` of the repository that a worktree is of.
fn exclude_of_worktree(folder: &Folder, relative: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let first_line = |bytes: Vec<u8>| -> io::Result<PathBuf> {
        let text = String::from_utf8(bytes).map_err(|_| ErrorKind::InvalidData)?;
        Ok(PathBuf::from(text.lines().next().unwrap_or_default()))
    };
    let pointer = first_line(folder.read(relative.join(".git"), MAX_POINTER_BYTES)?)?;
    let place = pointer
        .to_str()
        .and_then(|line| line.strip_prefix("gitdir: "));
    // Relative to the folder that has the file, if it is.
    let around = folder.path().join(relative);
    let own = around.join(place.ok_or(ErrorKind::InvalidData)?);
    let common = files::read_named(&own.join("commondir"), MAX_POINTER_BYTES)?;
    files::read_named(
        &own.join(first_line(common)?).join("info/exclude"),
        max_bytes,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ignore::WalkBuilder;

    /// Returns what a survey of `root` would see, in order.
    fn seen(root: &Path) -> (Vec<String>, Vec<(PathBuf, String)>) {
        let ignored = Ignored::at(&Arc::new(Folder::open(root).unwrap()));
        let ignored = Arc::new(std::sync::Mutex::new(ignored));
        let (in_walk, tree) = (Arc::clone(&ignored), root.to_owned());
        let mut builder = WalkBuilder::new(root);
        let walk = builder.standard_filters(false).filter_entry(move |entry| {
            let mut ignored = in_walk.lock().unwrap();
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            if ignored.leaves_out(entry.path(), is_folder, entry.depth()) {
                return false;
            }
            if is_folder {
                let relative = entry.path().strip_prefix(&tree).unwrap();
                ignored.enter(relative, entry.depth());
            }
            true
        });
        let found = names(walk.build());
        let problems = std::mem::take(&mut ignored.lock().unwrap().problems);
        (found, problems)
    }

    fn names(walk: ignore::Walk) -> Vec<String> {
        let mut names: Vec<String> = walk
            .flatten()
            .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
            .map(|entry| entry.path().display().to_string())
            .collect();
        names.sort();
        names
    }

    /// The crate whose meaning ours is, reading by itself.
    fn seen_by_the_crate(root: &Path) -> Vec<String> {
        let mut builder = WalkBuilder::new(root);
        builder
            .hidden(false)
            .require_git(false)
            .git_global(false)
            .add_custom_ignore_filename(".mnemoignore");
        names(builder.build())
    }

    #[test]
    fn ignore_files_mean_what_the_crate_means_by_them() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().canonicalize().unwrap();
        for (path, text) in [
            (".gitignore", "above.ts\n!tree/kept.log\n"),
            (
                "tree/.gitignore",
                "\u{feff}*.log\r\n!kept.log\n/build/\nsub/deep/x.ts\n#c\n\nbad[\n**/gen/\n",
            ),
            ("tree/.ignore", "!build/\nonly.ignore\n"),
            ("tree/.mnemoignore", "!a.log\nours.ts\n"),
            ("tree/.git/info/exclude", "excluded.ts\n"),
            ("tree/sub/.gitignore", "!b.log\n*.tmp\nlast"),
            ("tree/sub/deep/.ignore", "*\n!y.ts\n"),
            ("tree/worktree/.git", "gitdir: HOME/main/.git/worktrees/w\n"),
            ("main/.git/worktrees/w/commondir", "../..\n"),
            ("main/.git/info/exclude", "hidden.ts\n"),
        ] {
            let file = home.join(path);
            fs_err::create_dir_all(file.parent().unwrap()).unwrap();
            fs_err::write(file, text.replace("HOME", home.to_str().unwrap())).unwrap();
        }
        for path in [
            "above.ts",
            "a.log",
            "b.log",
            "kept.log",
            "build/a.ts",
            "only.ignore",
            "ours.ts",
            "excluded.ts",
            "sub/a.log",
            "sub/b.log",
            "sub/c.tmp",
            "sub/last",
            "sub/deep/x.ts",
            "sub/deep/y.ts",
            "sub/deep/z.ts",
            "sub/gen/a.ts",
            "gen/a.ts",
            "worktree/hidden.ts",
            "worktree/seen.ts",
            "worktree/a.log",
            "x/y/z.ts",
        ] {
            let file = home.join("tree").join(path);
            fs_err::create_dir_all(file.parent().unwrap()).unwrap();
            fs_err::write(file, "").unwrap();
        }
        for root in [
            "tree",
            "tree/sub",
            "tree/sub/deep",
            "tree/worktree",
            "tree/build",
            "",
        ] {
            let root = home.join(root);
            assert_eq!(
                seen(&root).0,
                seen_by_the_crate(&root),
                "{}",
                root.display()
            );
        }
    }

    #[test]
    fn ignore_files_are_bounded_together() {
        let tree = tempfile::tempdir().unwrap();
        let folder = tree.path().join("a");
        fs_err::create_dir(&folder).unwrap();
        fs_err::write(tree.path().join(".gitignore"), "x\n".repeat(100_000)).unwrap();
        fs_err::write(folder.join(".gitignore"), "y\n".repeat(50_000)).unwrap();
        fs_err::write(folder.join("x"), "").unwrap();
        fs_err::write(folder.join("y"), "").unwrap();
        let (found, problems) = seen(tree.path());
        assert!(!found.iter().any(|path| path.ends_with("a/x")));
        assert!(found.iter().any(|path| path.ends_with("a/y")));
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].0, Path::new("a/.gitignore"));
    }

    #[test]
    fn lines_with_wildcards_take_memory_in_proportion_and_are_bounded() {
        let tree = tempfile::tempdir().unwrap();
        let line = |n: usize| format!("*{n}?z*/**/q{n}\n!kept{n}*\n");
        let many: String = (0..MAX_WILDCARD_LINES / 2).map(line).collect();
        fs_err::write(tree.path().join(".gitignore"), &many).unwrap();
        for name in ["7az/q7", "kept7", "x"] {
            let file = tree.path().join(name);
            fs_err::create_dir_all(file.parent().unwrap()).unwrap();
            fs_err::write(file, "").unwrap();
        }
        let (found, problems) = seen(tree.path());
        assert!(!found.iter().any(|path| path.ends_with("q7")));
        assert!(found.iter().any(|path| path.ends_with("kept7")));
        assert_eq!(problems, []);
        fs_err::write(tree.path().join(".ignore"), "*a*b\n").unwrap();
        assert_eq!(seen(tree.path()).1.len(), 1);
    }
}
