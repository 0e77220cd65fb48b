//! What an image of a container is built of: programs by architecture, beside the file that says how.

use anyhow::Result;

use super::program::Program;
use super::target::Target;
use super::{Release, copy};

/// Puts the program of a target into the folder that an image is built in.
pub(super) fn write(release: &Release<'_>, target: &Target, program: &Program) -> Result<()> {
    let folder = release.out.join("container");
    fs_err::create_dir_all(&folder)?;
    copy(release.workspace, &["packaging/Dockerfile"], &folder)?;
    let name = format!("mnemo-{}", target.processor.container);
    fs_err::copy(&program.path, folder.join(name))?;
    Ok(())
}
