//! Decides which files need work.
//!
//! Compares what is on disk with what the store knows. Reads directory entries and file contents, writes nothing, and looks at
//! a file's language only to know that there is one. Start at [`discover`].

mod ignored;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::{ContentHash, FileStamp, Language, Problem, ProblemKind, RepoPath, Skip, SkipReason};
use files::Folder;
use ignore::WalkBuilder;
use ignored::Ignored;
use store::KnownFile;

use crate::filters::{
    ContentProbe, GeneratedFiles, Globs, InvalidGlob, Patterns, SecretFiles, verdict_by_name,
};

/// Folders of version control systems and package managers: never sources of the repository itself.
const NEVER_ENTERED: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    ".jj",
    "node_modules",
    "bower_components",
    "site-packages",
    "__pypackages__",
    "__pycache__",
    ".venv",
    ".tox",
    ".nox",
    ".eggs",
];

/// Most source files are read in one piece of this size.
const READ_BLOCK_BYTES: usize = 64 << 10;

/// A `.git` that is a file has one line.
const MAX_POINTER_BYTES: u64 = 8 << 10;

/// What a tree says to the program itself.
const SETTINGS_FILE: &str = "mnemo.toml";

/// What is read of a file without extension to see whether it is a script.
const FIRST_LINE_MAX_BYTES: u64 = 128;

/// A file modified less than this before it was read may be modified again without a change of its time: the coarsest common
/// file system counts in steps of two seconds.
const RACY_WINDOW: Duration = Duration::from_secs(2);

/// Whether test files are indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestFiles {
    /// As every other file, marked as tests.
    Indexed,
    /// Skipped.
    Excluded,
}

/// What is left out on purpose.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Only paths that match a glob of each of these lists; one without globs is as none.
    pub include: Vec<Patterns>,
    /// No path that matches a glob of one of these lists.
    pub exclude: Vec<Patterns>,
    /// What becomes of tests.
    pub tests: TestFiles,
    /// What becomes of files that hold credentials.
    pub secrets: SecretFiles,
    /// What becomes of files that a program wrote.
    pub generated: GeneratedFiles,
    /// What becomes of repositories inside the tree.
    pub nested: NestedRepositories,
    /// Larger files are skipped.
    pub max_file_bytes: u64,
}

/// Whether repositories inside the tree are indexed with it. Submodules are: they are part of what the repository says it consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NestedRepositories {
    /// Clones and worktrees inside the tree are somebody else's, or the same files once more.
    Skipped,
    /// As every other folder.
    Indexed,
}

impl Rules {
    /// Returns an error that names the first malformed glob.
    pub fn check(&self) -> Result<(), InvalidGlob> {
        Globs::new(&self.include, &self.exclude).map(drop)
    }
}

/// A file that needs work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// The file.
    pub path: RepoPath,
    /// Its size when it was seen.
    pub n_bytes: u64,
}

/// How a tree differs from what the store knows. Every list is in path order.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    /// New and changed files, and those whose last attempt failed.
    pub changed: Vec<FileChange>,
    /// Files that are indexed as they are.
    pub unchanged: Vec<RepoPath>,
    /// Unchanged files whose stamp in the store is out of date.
    pub restamped: Vec<(RepoPath, FileStamp)>,
    /// Files that the store knows and the tree no longer has, or no longer wants indexed.
    pub removed: Vec<RepoPath>,
    /// Files left out on purpose.
    pub skipped: Vec<Skip>,
    /// What could not be read; such files keep their rows.
    pub problems: Vec<Problem>,
}

impl Discovery {
    /// Returns how many files need work, by the language that their names imply.
    pub fn changed_by_language(&self) -> BTreeMap<Language, u64> {
        let mut counts = BTreeMap::new();
        for change in &self.changed {
            let language = extract::language_of(&change.path).unwrap_or(Language::Text);
            *counts.entry(language).or_default() += 1;
        }
        counts
    }

    /// Whether there is no file that is, or should have been, indexed.
    pub(crate) fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.unchanged.is_empty() && self.problems.is_empty()
    }

    /// Returns how many files were left out for each reason, the most frequent first, with a colon in front; empty if none was.
    pub(crate) fn skipped_in_words(&self) -> String {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for skip in &self.skipped {
            *counts.entry(skip.in_words()).or_default() += 1;
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let words = counts.iter().take(5);
        let words: Vec<String> = words
            .map(|(words, count)| format!("{count} {words}"))
            .collect();
        match words.is_empty() {
            true => String::new(),
            false => format!(": {}", words.join(", ")),
        }
    }
}

/// Returns what brings `known` up to date with the tree under `root`.
///
/// A file or folder that cannot be read is reported as a problem and counted as unchanged, so one locked file does not delete its
/// chunks.
pub fn discover(root: &Path, known: &[KnownFile], rules: &Rules) -> Result<Discovery, InvalidGlob> {
    discover_trusting(root, known, rules, &HashSet::new())
}

/// As [`discover`], without reading the files in `trusted`, which somebody vouches for: they are as they were indexed. Those of another
/// size are read all the same.
pub(crate) fn discover_trusting(
    root: &Path,
    known: &[KnownFile],
    rules: &Rules,
    trusted: &HashSet<RepoPath>,
) -> Result<Discovery, InvalidGlob> {
    let globs = Globs::new(&rules.include, &rules.exclude)?;
    let known_by_path = known.iter().map(|file| (&file.path, file)).collect();
    let mut survey = Survey {
        rules,
        globs,
        known: known_by_path,
        trusted,
        found: Discovery::default(),
        unreadable: Vec::new(),
    };
    let folder = match Folder::open(root) {
        Ok(folder) => Arc::new(folder),
        Err(error) => {
            survey.report(Path::new(""), ProblemKind::Unreadable, cause_of(&error));
            // The prefix of everything: of a tree that cannot be opened nothing is taken for gone.
            survey.unreadable.push(String::new());
            return Ok(survey.finish(known));
        }
    };
    let notes = Arc::new(Mutex::new(Notes::new(&folder)));
    for entry in walker(&folder, rules.nested, &notes) {
        match entry {
            Ok(entry) if entry.depth() > 0 => survey.visit(&folder, &entry),
            Ok(_) => {}
            Err(error) => survey.report_unreadable_folder(root, &error),
        }
    }
    let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    for nested in std::mem::take(&mut notes.nested) {
        survey.skip_nested(root, &nested);
    }
    for (file, why) in std::mem::take(&mut notes.ignored.problems) {
        survey.report(&file, ProblemKind::Unreadable, why);
    }
    Ok(survey.finish(known))
}

/// Returns the folders that a survey of `root` enters, itself among them.
pub(crate) fn folders(root: &Path, rule: NestedRepositories) -> Vec<PathBuf> {
    let Ok(folder) = Folder::open(root).map(Arc::new) else {
        return Vec::new();
    };
    let notes = Arc::new(Mutex::new(Notes::new(&folder)));
    walker(&folder, rule, &notes)
        .flatten()
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_dir()))
        .map(ignore::DirEntry::into_path)
        .collect()
}

/// What a walk notes on its way.
struct Notes {
    nested: Vec<PathBuf>,
    ignored: Ignored,
}

impl Notes {
    fn new(root: &Arc<Folder>) -> Notes {
        Notes {
            nested: Vec::new(),
            ignored: Ignored::at(root),
        }
    }
}

fn walker(root: &Arc<Folder>, rule: NestedRepositories, notes: &Arc<Mutex<Notes>>) -> ignore::Walk {
    let (notes, tree) = (Arc::clone(notes), Arc::clone(root));
    // A dot before a name hides it from a listing, not from its authors: configuration there is code too. Ignore files are read by us, and
    // mean the same in a checkout and in an unpacked archive, on every machine, whatever its user's own configuration says.
    WalkBuilder::new(root.path())
        .standard_filters(false)
        .follow_links(false)
        .filter_entry(move |entry| {
            if entry.depth() == 0 {
                return true;
            }
            let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let (path, depth) = (entry.path(), entry.depth());
            if notes.ignored.leaves_out(path, is_folder, depth) {
                return false;
            }
            let name = entry.file_name().to_str();
            if name.is_some_and(|name| NEVER_ENTERED.contains(&name)) {
                return false;
            }
            if is_folder {
                let relative = path.strip_prefix(tree.path()).unwrap_or(path);
                if rule == NestedRepositories::Skipped && is_repository_of_its_own(&tree, relative)
                {
                    notes.nested.push(path.to_owned());
                    return false;
                }
                notes.ignored.enter(relative, depth);
            }
            true
        })
        .build()
}

/// Whether a folder is a clone or a worktree, as opposed to a plain folder or a submodule, whose `.git` is a file that leads into the
/// `modules` of the repository around it.
fn is_repository_of_its_own(tree: &Folder, relative: &Path) -> bool {
    let git = relative.join(".git");
    let Ok(metadata) = fs_err::symlink_metadata(tree.path().join(&git)) else {
        return false;
    };
    if metadata.is_dir() {
        // Git itself takes a folder without a HEAD for no repository.
        return fs_err::symlink_metadata(tree.path().join(git).join("HEAD")).is_ok();
    }
    let text = tree.read_text(git, MAX_POINTER_BYTES).unwrap_or_default();
    text.starts_with("gitdir:") && text.contains("/worktrees/")
}

struct Survey<'a> {
    rules: &'a Rules,
    globs: Globs,
    known: HashMap<&'a RepoPath, &'a KnownFile>,
    trusted: &'a HashSet<RepoPath>,
    found: Discovery,
    /// Prefixes, ending in `/`, below which nothing is known about what is there now.
    unreadable: Vec<String>,
}

impl Survey<'_> {
    fn visit(&mut self, root: &Folder, entry: &ignore::DirEntry) {
        let Some(kind) = entry.file_type() else {
            return;
        };
        if kind.is_dir() {
            return;
        }
        let relative = entry.path().strip_prefix(root.path());
        let relative = relative.unwrap_or(entry.path());
        let Some(path) = repo_path(relative) else {
            return self.report(
                relative,
                ProblemKind::Name,
                "its name is not UTF-8".to_owned(),
            );
        };
        if kind.is_symlink() {
            return self.skip(
                path,
                SkipReason::Symlink,
                "its target is indexed where it stands".to_owned(),
            );
        }
        if !kind.is_file() {
            return self.skip(
                path,
                SkipReason::SpecialFile,
                "neither file nor folder".to_owned(),
            );
        }
        if let Some((reason, detail)) = self.verdict_by_path(root, &path) {
            return self.skip(path, reason, detail);
        }
        match self.examine(root, entry.path(), &path) {
            Ok(()) => {}
            // Deleted since the walk came by: gone like any other that is not there.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                self.report(relative, ProblemKind::Unreadable, cause_of(&error));
                self.unreadable.push(path.as_str().to_owned());
            }
        }
    }

    fn verdict_by_path(&self, root: &Folder, path: &RepoPath) -> Option<(SkipReason, String)> {
        let is_known = || {
            extract::language_of(path).is_some()
                || verdict_by_name(path, self.rules.secrets).is_some()
                || self.globs.names(path)
                // Last, since it alone opens the file.
                || (path.extension().is_none() && is_script(root, path))
        };
        if path.as_str() == SETTINGS_FILE {
            return Some((
                SkipReason::Excluded,
                "this program's own settings".to_owned(),
            ));
        }
        if !is_known() {
            let extension = path.extension().unwrap_or_default();
            return Some((
                SkipReason::UnsupportedLanguage,
                format!("no grammar for {extension:?}"),
            ));
        }
        if self.rules.tests == TestFiles::Excluded && extract::is_test_path(path) {
            return Some((
                SkipReason::Test,
                "its path says that it is a test".to_owned(),
            ));
        }
        self.globs
            .verdict(path)
            .or_else(|| verdict_by_name(path, self.rules.secrets))
    }

    /// Sorts a source file into the lists. The stamp is the fast path, the hash the truth.
    fn examine(&mut self, root: &Folder, file: &Path, path: &RepoPath) -> io::Result<()> {
        let stamp = stamp_of(&fs_err::symlink_metadata(file)?);
        if stamp.n_bytes > self.rules.max_file_bytes {
            let detail = format!(
                "{} bytes, the limit is {}",
                stamp.n_bytes, self.rules.max_file_bytes
            );
            self.skip(path.clone(), SkipReason::TooLarge, detail);
            return Ok(());
        }
        let language = extract::language_of(path);
        if let Some(limit) = language.and_then(extract::data_limit_bytes)
            && stamp.n_bytes > limit
            && !self.globs.names(path)
        {
            let detail = format!(
                "{} bytes; more than {limit} are values and not settings",
                stamp.n_bytes
            );
            self.skip(path.clone(), SkipReason::Data, detail);
            return Ok(());
        }
        let known = self.known.get(path).copied();
        // What a program wrote and an earlier run kept is looked at again where the rule has
        // changed.
        let is_wanted = |known: &KnownFile| {
            is_current(known)
                && !(known.is_generated && self.rules.generated == GeneratedFiles::Without)
        };
        if let Some(known) = known
            && is_wanted(known)
            && known.stamp == stamp
            // A time that is too young to prove anything was left out of the stamp.
            && stamp.modified_ns.is_some()
        {
            self.found.unchanged.push(path.clone());
            return Ok(());
        }
        if let Some(known) = known
            && is_wanted(known)
            && known.stamp.n_bytes == stamp.n_bytes
            && self.trusted.contains(path)
        {
            // Without the new stamp: it may be that of an edit a moment ago, and then the next run would not see it.
            self.found.unchanged.push(path.clone());
            return Ok(());
        }
        let (hash, n_bytes, probe) = self.read_through(root.file(path.as_str())?)?;
        if let Some((reason, detail)) = probe.verdict() {
            self.skip(path.clone(), reason, detail);
            return Ok(());
        }
        match known {
            Some(known) if is_current(known) && known.hash == hash => {
                self.found.unchanged.push(path.clone());
                // So that the next run need not read it again.
                if known.stamp != stamp {
                    self.found.restamped.push((path.clone(), stamp));
                }
            }
            _ => self.found.changed.push(FileChange {
                path: path.clone(),
                n_bytes,
            }),
        }
        Ok(())
    }

    /// Reads a file block by block and returns its hash, its size and what its content says about it.
    ///
    /// One that grows meanwhile is read as far as files may be large; the worker that gets it says so.
    fn read_through(&self, file: fs_err::File) -> io::Result<(ContentHash, u64, ContentProbe)> {
        // One byte more than files may have, which shows that there was more.
        let mut source = file.take(self.rules.max_file_bytes.saturating_add(1));
        let mut hasher = ContentHash::hasher();
        let mut probe = ContentProbe::new(self.rules.secrets, self.rules.generated);
        let mut n_bytes = 0;
        let mut block = vec![0; READ_BLOCK_BYTES];
        loop {
            let n_read = match source.read(&mut block) {
                Ok(0) => return Ok((hasher.finish(), n_bytes, probe)),
                Ok(n_read) => n_read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            hasher.update(&block[..n_read]);
            probe.take(&block[..n_read]);
            n_bytes += n_read as u64;
        }
    }

    fn skip_nested(&mut self, root: &Path, folder: &Path) {
        if let Some(path) = repo_path(folder.strip_prefix(root).unwrap_or(folder)) {
            let detail =
                "a clone or worktree of its own; index it by itself, or use --nested".to_owned();
            self.skip(path, SkipReason::NestedRepository, detail);
        }
    }

    fn skip(&mut self, path: RepoPath, reason: SkipReason, detail: String) {
        self.found.skipped.push(Skip {
            path,
            reason,
            detail,
        });
    }

    fn report(&mut self, path: &Path, kind: ProblemKind, cause: String) {
        self.found.problems.push(Problem {
            path: path.to_string_lossy().into_owned(),
            kind,
            cause,
        });
    }

    fn report_unreadable_folder(&mut self, root: &Path, error: &ignore::Error) {
        let folder = path_of(error).unwrap_or(root);
        let relative = folder.strip_prefix(root).unwrap_or(folder);
        let cause = error.io_error().map_or_else(|| error.to_string(), cause_of);
        // A folder that vanished while the tree was walked took its files with it.
        if error
            .io_error()
            .is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
        {
            return;
        }
        self.report(relative, ProblemKind::Unreadable, cause);
        self.unreadable
            .push(repo_path(relative).map_or_else(String::new, |path| format!("{path}/")));
    }

    fn finish(mut self, known: &[KnownFile]) -> Discovery {
        let found = &mut self.found;
        found.changed.sort_by(|a, b| a.path.cmp(&b.path));
        found.unchanged.sort();
        found.restamped.sort_by(|a, b| a.0.cmp(&b.0));
        found.skipped.sort();
        found.problems.sort_by(|a, b| a.path.cmp(&b.path));
        // What could not be read is not gone: a locked folder must not delete what is indexed of
        // it.
        let mut kept = Vec::new();
        for file in known {
            let is_seen = found.unchanged.binary_search(&file.path).is_ok()
                || found
                    .changed
                    .binary_search_by(|change| change.path.cmp(&file.path))
                    .is_ok();
            if is_seen {
                continue;
            }
            if self
                .unreadable
                .iter()
                .any(|prefix| file.path.as_str().starts_with(prefix.as_str()))
            {
                kept.push(file.path.clone());
            } else {
                found.removed.push(file.path.clone());
            }
        }
        found.unchanged.append(&mut kept);
        found.unchanged.sort();
        self.found
    }
}

/// Whether a file's first line names a program that runs a language that is known here.
fn is_script(root: &Folder, path: &RepoPath) -> bool {
    let mut head = Vec::new();
    let opened = root.file(path.as_str());
    let read = opened.and_then(|file| file.take(FIRST_LINE_MAX_BYTES).read_to_end(&mut head));
    let head = String::from_utf8_lossy(&head);
    let first = head.lines().next().unwrap_or_default();
    read.is_ok() && extract::language_by_first_line(first).is_some()
}

/// Whether the rows of a file are what this program would make of the same bytes.
fn is_current(known: &KnownFile) -> bool {
    let language = extract::language_of(&known.path);
    !known.has_problem
        // Another version of this program may read files of that name as another language.
        && language.is_none_or(|language| language == known.language)
        && known.front_end == extract::front_end_version(known.language)
}

/// Returns the stamp of a file: its size and the later of its times of modification and of change, since the first can be set back.
pub fn stamp_of(metadata: &std::fs::Metadata) -> FileStamp {
    FileStamp {
        n_bytes: metadata.len(),
        modified_ns: stable_time_ns(metadata, SystemTime::now()),
    }
}

fn stable_time_ns(metadata: &std::fs::Metadata, now: SystemTime) -> Option<i64> {
    let modified = metadata.modified().ok()?;
    let latest = changed(metadata).map_or(modified, |changed| modified.max(changed));
    let is_stable = now
        .duration_since(latest)
        .is_ok_and(|age| age > RACY_WINDOW);
    let since_epoch = latest.duration_since(UNIX_EPOCH).ok()?;
    if is_stable {
        i64::try_from(since_epoch.as_nanos()).ok()
    } else {
        None
    }
}

#[cfg(unix)]
fn changed(metadata: &std::fs::Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt;
    let (seconds, nanoseconds) = (
        u64::try_from(metadata.ctime()).ok()?,
        u32::try_from(metadata.ctime_nsec()).ok()?,
    );
    Some(UNIX_EPOCH + Duration::new(seconds, nanoseconds))
}

#[cfg(not(unix))]
fn changed(_metadata: &std::fs::Metadata) -> Option<SystemTime> {
    None
}

fn repo_path(relative: &Path) -> Option<RepoPath> {
    let components: Option<Vec<&str>> = relative
        .iter()
        .map(|component| component.to_str())
        .collect();
    RepoPath::new(components?.join("/")).ok()
}

/// Returns the words of an error without the path, which the problem names already: relative, so that it means the same elsewhere.
pub(crate) fn cause_of(error: &io::Error) -> String {
    // What `fs_err` says ends in the path, in backticks, and the system's words.
    let text = error.to_string();
    match text.rsplit_once("`: ") {
        Some((_, words)) => words.to_owned(),
        None => text,
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
