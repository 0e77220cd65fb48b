//! The archive of a target: program, manual pages, completions, licences, bill of materials.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err::File;
use liblzma::write::XzEncoder;
use tar::{Builder, EntryType, Header};

use super::program::Program;
use super::target::Target;
use super::{LICENCES, Release};
use crate::command::{command, output, run};

/// Shells, and what the file that completes commands is called in each.
const SHELLS: &[(&str, &str)] = &[
    ("bash", "mnemo.bash"),
    ("zsh", "_mnemo"),
    ("fish", "mnemo.fish"),
];

/// An archive that was written.
pub(super) struct Archive {
    pub(super) path: PathBuf,
    /// What it is for.
    pub(super) triple: String,
}

/// Returns what the archive of a target, and the one folder in it, are called.
pub(super) fn name(version: &str, triple: &str) -> String {
    format!("mnemo-{version}-{triple}")
}

/// Has a program write its manual pages and completions; returns the folder.
pub(super) fn pages(release: &Release<'_>, program: &Path) -> Result<PathBuf> {
    let folder = release.scratch.path().join("pages");
    let (manual, completions) = (folder.join("man/man1"), folder.join("completions"));
    fs_err::create_dir_all(&manual)?;
    fs_err::create_dir_all(&completions)?;
    run(command(program).args(["man", "--to"]).arg(manual))?;
    for (shell, name) in SHELLS {
        let script = output(command(program).args(["completions", shell]))?;
        fs_err::write(completions.join(name), script)?;
    }
    Ok(folder)
}

/// Writes the archive of a target.
pub(super) fn write(
    release: &Release<'_>,
    target: &Target,
    program: &Program,
    pages: &Path,
    bill: &Path,
) -> Result<Archive> {
    let name = name(release.version, &target.triple);
    let path = release.out.join(format!("{name}.tar.xz"));
    let mut files = vec![("mnemo".to_owned(), program.path.clone())];
    for document in LICENCES.iter().chain(&["README.md", "CHANGELOG.md"]) {
        files.push((
            (*document).to_owned(),
            release.workspace.root.join(document),
        ));
    }
    files.push(("mnemo.cdx.json".to_owned(), bill.to_owned()));
    add_below(pages, "", &mut files)?;
    files.sort();
    let compressed = XzEncoder::new(File::create(&path)?, release.xz);
    let mut archive = Builder::new(compressed);
    for (inside, file) in &files {
        append(
            &mut archive,
            &format!("{name}/{inside}"),
            file,
            release.time,
        )?;
    }
    archive.into_inner()?.finish()?.flush()?;
    Ok(Archive {
        path,
        triple: target.triple.clone(),
    })
}

/// Adds the files below a folder by what they are called in an archive.
fn add_below(folder: &Path, inside: &str, files: &mut Vec<(String, PathBuf)>) -> Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let inside = match inside {
            "" => name.into_owned(),
            inside => format!("{inside}/{name}"),
        };
        match path.is_dir() {
            true => add_below(&path, &inside, files)?,
            false => files.push((inside, path)),
        }
    }
    Ok(())
}

/// Appends a file as one of nobody in particular, so that who packs it does not show.
fn append(archive: &mut Builder<impl Write>, name: &str, file: &Path, time: u64) -> Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_size(fs_err::metadata(file)?.len());
    let is_program = name.ends_with("/mnemo");
    header.set_mode(if is_program { 0o755 } else { 0o644 });
    header.set_mtime(time);
    archive.append_data(&mut header, name, File::open(file)?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    /// Fills the braces of cargo-binstall's templates.
    fn filled(template: &str, version: &str, triple: &str) -> String {
        template
            .replace("{ version }", version)
            .replace("{ target }", triple)
    }

    #[test]
    fn binstall_looks_for_what_is_written() {
        let workspace = Workspace::load().unwrap();
        let manifest =
            fs_err::read_to_string(workspace.root.join("crates/cli/Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let binstall = &manifest["package"]["metadata"]["binstall"];
        let triple = "x86_64-unknown-linux-gnu";
        let name = name(&workspace.version, triple);
        let filled_in =
            |key: &str| filled(binstall[key].as_str().unwrap(), &workspace.version, triple);
        assert!(
            filled_in("pkg-url").ends_with(&format!("/{name}.tar.xz")),
            "{}",
            filled_in("pkg-url")
        );
        assert_eq!(filled_in("bin-dir"), format!("{name}/mnemo"));
    }
}
