//! Commands that read the index, and `remove`.

use std::io::{self, BufWriter, Write};

use app::{ExportItem, Form, SearchOptions};

use super::project_here;
use crate::args::{
    ExportArgs, GlobalArgs, RemoveArgs, RepositoryArgs, SearchArgs, StatusArgs, WhatArg,
};
use crate::exit::Status;
use crate::render;

pub(super) fn search(args: &SearchArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let mut overrides = global.overrides();
    args.embedding.apply(&mut overrides);
    // A question need not be quoted.
    let query = args.query.join(" ");
    let options = SearchOptions {
        form: match (args.word, args.regex) {
            (true, _) => Form::Word,
            (false, true) => Form::Regex,
            (false, false) => Form::Question,
        },
        repositories: args.repository.clone(),
        limit: usize::from(args.limit),
        offset: 0,
        mode: args.mode.into(),
        path: args.path.clone(),
        language: args.lang,
        kind: args.kind,
        tests: args.tests.into(),
    };
    let answer = project_here(&overrides, global)?.search(&query, &options)?;
    if global.json {
        println!(
            "{}",
            render::json_text(&render::json::answer(&query, &answer))
        );
        return Ok(Status::Done);
    }
    let shown = render::hits::Shown {
        n_context: args
            .context
            .map_or_else(|| context_of(&options), usize::from),
        explains: args.explain,
        // As everything else decides it: terminal, NO_COLOR, CLICOLOR_FORCE and --color.
        is_styled: anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
    };
    print!("{}", render::hits::hits(&answer, &shown));
    if !global.quiet {
        eprint!("{}", render::hits::coverage(&answer));
    }
    Ok(Status::Done)
}

/// Returns how many lines are shown around a line, where nobody says.
fn context_of(options: &SearchOptions) -> usize {
    match options.form {
        // The best line of a chunk is read with those around it; matching lines are read as a list.
        Form::Question => 2,
        Form::Word | Form::Regex => 0,
    }
}

pub(super) fn status(args: &StatusArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let project = project_here(&global.overrides(), global)?;
    if args.watch {
        return super::runs::watch(&project, args.repository.as_deref(), global);
    }
    if args.fleet {
        return super::fleet::status(&project, global);
    }
    let repositories = project.status(args.repository.as_deref())?;
    let reclaimable = project.reclaimable()?;
    if global.json {
        let status = render::json::status(reclaimable, &repositories);
        println!("{}", render::json_text(&status));
    } else {
        print!(
            "{}",
            render::text::status(
                &project.settings().database.value.to_string(),
                project.database_bytes(),
                reclaimable,
                &repositories,
                global.verbose
            )
        );
    }
    Ok(Status::Done)
}

pub(super) fn digest(args: &RepositoryArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let (repository, digest) =
        project_here(&global.overrides(), global)?.digest(args.repository.as_deref())?;
    if global.json {
        println!(
            "{}",
            serde_json::json!({"repository": repository, "digest": digest})
        );
    } else {
        println!("{digest}");
    }
    Ok(Status::Done)
}

pub(super) fn export(args: &ExportArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let item = match args.what {
        WhatArg::Files => ExportItem::Files,
        WhatArg::Chunks => ExportItem::Chunks,
        WhatArg::Symbols => ExportItem::Symbols,
        WhatArg::References => ExportItem::References,
        WhatArg::Edges => ExportItem::Edges,
        WhatArg::Calls => ExportItem::Calls,
        WhatArg::Uses => ExportItem::Uses,
        WhatArg::Imports => ExportItem::Imports,
        WhatArg::Inputs => ExportItem::Inputs,
        WhatArg::Vectors => ExportItem::Vectors,
    };
    // Millions of rows: a write for each would take most of the time.
    let mut output = BufWriter::new(io::stdout().lock());
    let exported = app::export(
        &project_here(&global.overrides(), global)?,
        args.repository.as_deref(),
        item,
        &mut |row| writeln!(output, "{}", render::json_text(&row)),
    );
    match exported
        .map_err(anyhow::Error::from)
        .and_then(|()| Ok(output.flush()?))
    {
        // `mnemo export … | head` has what it wanted.
        Err(error) if is_broken_pipe(&error) => Ok(Status::Done),
        outcome => outcome.map(|()| Status::Done),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let is_pipe = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    // Below the façade, the writer's error may have become text.
    error.chain().any(is_pipe) || error.to_string().contains("Broken pipe")
}

pub(super) fn remove(args: &RemoveArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let removed = project_here(&global.overrides(), global)?.remove(&args.repository)?;
    if global.json {
        println!("{}", serde_json::json!({"removed": removed}));
    } else if !global.quiet {
        eprintln!("removed {removed} from the index; its files are untouched");
    }
    Ok(Status::Done)
}
