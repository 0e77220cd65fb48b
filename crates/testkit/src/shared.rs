//! Real code to index, where it lies beside the checkout.

use std::io::Read;
use std::path::{Path, PathBuf};

/// Returns the folder of an unpacked tree, such as `hono`; `None` where its archive is not there.
///
/// Unpacked once into cargo's target folder, which later test runs find.
pub fn shared_tree(name: &str) -> Option<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders =
        ["bench/search/trees", "corpora"].map(|folder| checkout.join("../shared").join(folder));
    let archive = folders
        .iter()
        .map(|folder| folder.join(format!("{name}.tar.zst")))
        .find(|archive| archive.is_file())?;
    let trees = checkout.join("target/trees");
    let tree = trees.join(name);
    if !tree.is_dir() {
        unpack(&archive, &trees, &tree).expect("an archive beside the checkout unpacks");
    }
    Some(tree)
}

/// Unpacks aside and renames, so that tests that run at the same time see a whole tree or none.
fn unpack(archive: &Path, trees: &Path, tree: &Path) -> std::io::Result<()> {
    fs_err::create_dir_all(trees)?;
    let aside = tempfile::tempdir_in(trees)?;
    let mut decoder = ruzstd::decoding::StreamingDecoder::new(fs_err::File::open(archive)?)
        .map_err(|error| std::io::Error::other(error.to_string()))?;
    let mut bytes = Vec::new();
    decoder.read_to_end(&mut bytes)?;
    tar::Archive::new(bytes.as_slice()).unpack(aside.path())?;
    let folder = aside.path().join(tree.file_name().unwrap_or_default());
    match fs_err::rename(folder, tree) {
        // Another test was faster.
        Err(_) if tree.is_dir() => Ok(()),
        outcome => outcome,
    }
}
