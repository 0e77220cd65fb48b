//! `mcp`.

use std::io::IsTerminal;

use server::{Indexing, ServerSettings};

use super::project_here;
use crate::args::{GlobalArgs, McpArgs};
use crate::exit::Status;

pub(super) fn mcp(args: &McpArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let mut overrides = global.overrides();
    args.embedding.apply(&mut overrides);
    let settings = ServerSettings {
        settings: project_here(&overrides)?.settings().clone(),
        directory: std::env::current_dir()?,
        indexing: match args.allow_index {
            true => Indexing::Allowed,
            false => Indexing::Refused,
        },
    };
    match args.http {
        Some(port) => server::serve_http(&settings, port, |address| {
            eprintln!("listening at http://{address}/")
        })?,
        None => {
            if std::io::stdin().is_terminal() {
                eprintln!("waiting for a client on standard input; Ctrl-C ends it");
            }
            server::serve_stdio(&settings)?;
        }
    }
    Ok(Status::Done)
}
