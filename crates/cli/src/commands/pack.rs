//! `mnemo pack` and `mnemo unpack`.

use app::VectorsOf;
use domain::shown_in_line;

use super::{project, project_here, tree};
use crate::args::{GlobalArgs, PackArgs, UnpackArgs};
use crate::exit::Status;
use crate::render;

/// Version of this program, as a pack names it.
const PROGRAM: &str = env!("MNEMO_VERSION");

pub(super) fn pack(args: &PackArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let project = project_here(&global.overrides(), global)?;
    let vectors = match args.without_vectors {
        true => VectorsOf::Nothing,
        false => VectorsOf::Chunks,
    };
    let packed = project.pack(&args.file, args.repository.as_deref(), vectors, PROGRAM)?;
    let file = args.file.to_string_lossy();
    if global.json {
        let object = serde_json::json!({
            "repository": packed.repository,
            "file": file,
            "bytes": packed.n_bytes,
        });
        println!("{}", render::json_text(&object));
    } else if !global.quiet {
        let (name, size) = (&packed.repository, render::text::size(packed.n_bytes));
        eprintln!("packed {name} into {} ({size})", shown_in_line(&file));
    }
    Ok(Status::Done)
}

pub(super) fn unpack(args: &UnpackArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let root = tree(&args.tree, global);
    let project = project(&global.overrides(), &root, global)?;
    let unpacked = project.unpack(&args.file, &root, args.repository.as_deref())?;
    if global.json {
        let object = serde_json::json!({
            "repository": unpacked.repository,
            "root": unpacked.root.to_string_lossy(),
            "generation": unpacked.generation,
            "files": unpacked.n_files,
            "vectors": unpacked.has_vectors,
            "program": unpacked.program,
        });
        println!("{}", render::json_text(&object));
    } else if !global.quiet {
        let files = render::text::count(unpacked.n_files as usize, "file");
        let vectors = if unpacked.has_vectors {
            "with"
        } else {
            "without"
        };
        eprintln!(
            "unpacked {}: {files}, {vectors} vectors, made by mnemo {}",
            unpacked.repository,
            shown_in_line(&unpacked.program)
        );
        let root = unpacked.root.to_string_lossy();
        eprintln!(
            "it answers for {}; mnemo index brings it up to date",
            shown_in_line(&root)
        );
    }
    Ok(Status::Done)
}
