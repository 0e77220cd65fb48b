//! `cargo xtask trees`: unpacks the trees that benchmarks run on.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use crate::workspace::Workspace;

/// Where archives lie below the shared folder.
const ARCHIVE_FOLDERS: &[&str] = &["bench/search/trees", "corpora"];

const ARCHIVE_ENDING: &str = ".tar.zst";

/// Where trees come from and go to.
#[derive(Args)]
pub(crate) struct Trees {
    /// Folder with the archives [default: shared, beside the checkout].
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Folder for the trees [default: trees in cargo's target folder].
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

/// Unpacks every archive that has not been unpacked yet.
pub(crate) fn unpack_all(workspace: &Workspace, trees: &Trees) -> Result<()> {
    let from = trees
        .from
        .clone()
        .unwrap_or_else(|| workspace.root.join("../shared"));
    let to = trees
        .to
        .clone()
        .unwrap_or_else(|| workspace.target.join("trees"));
    let archives = archives(&from)?;
    if archives.is_empty() {
        println!(
            "no archives below {}: name their folder with --from",
            from.display()
        );
    }
    for (name, archive) in archives {
        let tree = to.join(&name);
        if tree.exists() {
            println!("{}: there already", tree.display());
        } else {
            unpack(&archive, &tree)?;
            println!("{}: unpacked", tree.display());
        }
    }
    Ok(())
}

/// Returns each archive with the name of its tree, in order of names.
fn archives(from: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut archives = Vec::new();
    for folder in ARCHIVE_FOLDERS {
        archives.extend(archives_in(&from.join(folder))?);
    }
    archives.sort();
    Ok(archives)
}

/// Returns the archives of one folder, in order of names; none where there is no such folder.
pub(crate) fn archives_in(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut archives = Vec::new();
    if !folder.is_dir() {
        return Ok(archives);
    }
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(name) = name.and_then(|name| name.strip_suffix(ARCHIVE_ENDING)) {
            archives.push((name.to_owned(), path));
        }
    }
    archives.sort();
    Ok(archives)
}

/// Unpacks an archive whose entries all lie in one folder, which becomes `tree`.
pub(crate) fn unpack(archive: &Path, tree: &Path) -> Result<()> {
    let parent = tree.parent().context("a tree lies in a folder")?;
    fs_err::create_dir_all(parent)?;
    // Unpacked aside and renamed, so that an interrupted run leaves no half tree to be taken for a whole one.
    let aside = tempfile::tempdir_in(parent)?;
    let file = fs_err::File::open(archive)?;
    let decoder = ruzstd::decoding::StreamingDecoder::new(file)
        .with_context(|| format!("{} is no zstd archive", archive.display()))?;
    tar::Archive::new(decoder)
        .unpack(aside.path())
        .with_context(|| format!("failed to unpack {}", archive.display()))?;
    let folder = fs_err::read_dir(aside.path())?
        .next()
        .with_context(|| format!("{} is empty", archive.display()))??;
    fs_err::rename(folder.path(), tree)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        Workspace {
            root: PathBuf::new(),
            target: PathBuf::new(),
            version: String::new(),
            crates: Vec::new(),
        }
    }

    #[test]
    fn archive_becomes_a_tree_of_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let corpora = folder.path().join("corpora");
        fs_err::create_dir_all(&corpora).unwrap();
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(9);
        header.set_mode(0o644);
        header.set_cksum();
        archive
            .append_data(&mut header, "inner/src/a.ts", &b"let a = 1"[..])
            .unwrap();
        let packed = ruzstd::encoding::compress_to_vec(
            archive.into_inner().unwrap().as_slice(),
            ruzstd::encoding::CompressionLevel::Fastest,
        );
        fs_err::write(corpora.join("toy.tar.zst"), packed).unwrap();

        let trees = Trees {
            from: Some(folder.path().to_owned()),
            to: Some(folder.path().join("trees")),
        };
        for _ in 0..2 {
            unpack_all(&workspace(), &trees).unwrap();
            let entries = fs_err::read_dir(folder.path().join("trees")).unwrap();
            assert_eq!(entries.count(), 1);
            let text = fs_err::read_to_string(folder.path().join("trees/toy/src/a.ts"));
            assert_eq!(text.unwrap(), "let a = 1");
        }
    }

    #[test]
    fn missing_archives_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let trees = Trees {
            from: Some(folder.path().join("nowhere")),
            to: Some(folder.path().join("trees")),
        };
        unpack_all(&workspace(), &trees).unwrap();
        assert!(!folder.path().join("trees").exists());
    }
}
