//! What the `mnemo.toml` of a tree may say: that less be done than its user allows.
//!
//! Who clones a tree to index it has agreed to nothing that is in it. So a value from a tree is an [`Asked`], which is no [`Setting`] and
//! becomes one in a single way: where it is tighter than what the user's own file or nobody said. What a person says by a flag or the
//! environment, in the face of this tree, is left as it is. No key with a path, an address, a program or a model is known here.

use std::path::{Path, PathBuf};

use files::Folder;

use super::layers::{FILE_NAME, Table};
use super::{InvalidSetting, Provenance, Setting, values};

/// The file is a few lines long; a larger one is no configuration.
const MAX_BYTES: u64 = 64 << 10;

/// A value that a tree asks for.
#[derive(Debug)]
pub(super) struct Asked<T> {
    value: T,
    file: PathBuf,
}

impl<T> Asked<T> {
    /// Takes the value where it is tighter than that of a setting that nobody made for this tree.
    pub(super) fn tighten(self, setting: &mut Setting<T>, is_tighter: impl FnOnce(&T, &T) -> bool) {
        if !setting.is_explicit() && is_tighter(&self.value, &setting.value) {
            *setting = Setting {
                value: self.value,
                provenance: Provenance::Tree(self.file),
            };
        }
    }
}

impl Asked<Vec<String>> {
    /// Adds globs, each list of which leaves more out.
    pub(super) fn narrow(self, settings: &mut Vec<Setting<Vec<String>>>) {
        if !settings.iter().any(Setting::is_explicit) {
            settings.push(Setting {
                value: self.value,
                provenance: Provenance::Tree(self.file),
            });
        }
    }
}

/// What a tree asks for.
#[derive(Debug, Default)]
pub(super) struct TreeFile {
    pub(super) offline: Option<Asked<bool>>,
    pub(super) secrets: Option<Asked<bool>>,
    pub(super) exclude_tests: Option<Asked<bool>>,
    pub(super) memory: Option<Asked<values::MemoryLimit>>,
    pub(super) workers: Option<Asked<values::Workers>>,
    pub(super) threads: Option<Asked<std::num::NonZeroUsize>>,
    pub(super) max_file_bytes: Option<Asked<u64>>,
    pub(super) include: Option<Asked<Vec<String>>>,
    pub(super) exclude: Option<Asked<Vec<String>>>,
    /// What it asks for in vain, to be said once.
    pub(super) remark: Option<String>,
}

impl TreeFile {
    /// Reads the file of the folder `tree`; one without a word where there is none.
    pub(super) fn read(tree: &Path) -> Result<TreeFile, InvalidSetting> {
        let file = tree.join(FILE_NAME);
        let text = Folder::open(tree).and_then(|folder| folder.read_text(FILE_NAME, MAX_BYTES));
        let Some(mut table) = Table::of(file.clone(), text)? else {
            return Ok(TreeFile::default());
        };
        let mut asks = TreeFile {
            offline: ask(&mut table, "offline", values::parse_switch)?,
            secrets: ask(&mut table, "secrets", values::parse_switch)?,
            exclude_tests: ask(&mut table, "exclude_tests", values::parse_switch)?,
            memory: ask(&mut table, "memory", values::parse_memory)?,
            workers: ask(&mut table, "workers", values::parse_worker_count)?,
            threads: ask(&mut table, "threads", values::parse_threads)?,
            max_file_bytes: ask(&mut table, "max_file_size", values::parse_size)?,
            include: ask_list(&mut table, "include")?,
            exclude: ask_list(&mut table, "exclude")?,
            remark: None,
        };
        let mut in_vain = table.names();
        let loosens = |asked: &Option<Asked<bool>>, loose| {
            asked.as_ref().is_some_and(|asked| asked.value == loose)
        };
        for (name, is_loose) in [
            ("offline", loosens(&asks.offline, false)),
            ("secrets", loosens(&asks.secrets, true)),
            ("exclude_tests", loosens(&asks.exclude_tests, false)),
        ] {
            in_vain.extend(is_loose.then(|| name.to_owned()));
        }
        asks.remark = (!in_vain.is_empty()).then(|| {
            format!(
                "{} is of the tree, which may only ask for less: {} ignored; set by flag, environment or in your own configuration folder",
                file.display(),
                in_vain.join(", ")
            )
        });
        Ok(asks)
    }
}

fn ask<T>(
    table: &mut Table,
    name: &'static str,
    parse: values::Parse<T>,
) -> Result<Option<Asked<T>>, InvalidSetting> {
    let file = table.path().to_owned();
    let text = table.take_text(name);
    text.map(|text| match parse(&text) {
        Ok(value) => Ok(Asked { value, file }),
        Err(expected) => Err(InvalidSetting::value(
            name,
            &text,
            Provenance::Tree(file),
            expected,
        )),
    })
    .transpose()
}

fn ask_list(
    table: &mut Table,
    name: &'static str,
) -> Result<Option<Asked<Vec<String>>>, InvalidSetting> {
    let file = table.path().to_owned();
    let list = table.take_list(name, || Provenance::Tree(file.clone()))?;
    Ok(list.map(|value| Asked { value, file }))
}
