//! `mcp`.

use std::io::IsTerminal;

use anyhow::Context;
use server::{Indexing, Keeping, ServerSettings, Token};

use super::project_here;
use crate::args::{GlobalArgs, McpArgs};
use crate::exit::Status;

pub(super) fn mcp(args: &McpArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let mut overrides = global.overrides();
    args.embedding.apply(&mut overrides);
    let settings = ServerSettings {
        settings: project_here(&overrides, global)?.settings().clone(),
        directory: std::env::current_dir()?,
        indexing: match args.allow_index {
            true => Indexing::Allowed,
            false => Indexing::Refused,
        },
        keeping: match args.auto {
            true => Keeping::Auto,
            false => Keeping::Off,
        },
    };
    match args.http {
        Some(port) => serve_http(&settings, port)?,
        None => {
            // Somebody who tries it by hand would see nothing happen.
            if std::io::stdin().is_terminal() {
                eprintln!("waiting for a client on standard input; Ctrl-C ends it");
            }
            server::serve_stdio(&settings)?;
        }
    }
    Ok(Status::Done)
}

/// Where a person gives the token that clients have to show: the command line is seen by everyone on the machine.
const TOKEN: &str = "MNEMO_HTTP_TOKEN";

/// Returns the token that the person gives in the environment, if any.
#[expect(
    clippy::disallowed_methods,
    reason = "a secret of this door alone, and no setting that `doctor` shows"
)]
pub(super) fn given_token() -> anyhow::Result<Option<Token>> {
    let given = std::env::var(TOKEN).ok().filter(|text| !text.is_empty());
    let token = given.map(|text| Token::given(&text).with_context(|| format!("wrong {TOKEN}")));
    token.transpose()
}

fn serve_http(settings: &ServerSettings, port: u16) -> anyhow::Result<()> {
    let (token, shown) = match given_token()? {
        // A token that was given is not printed: somebody keeps it elsewhere.
        Some(token) => (token, format!("the token of {TOKEN}")),
        None => {
            let token = Token::fresh().context("cannot make a token")?;
            let shown = token.text().to_owned();
            (token, shown)
        }
    };
    server::serve_http(settings, port, token, |address| {
        eprintln!("listening at http://{address}/");
        eprintln!("clients have to send: Authorization: Bearer {shown}");
    })?;
    Ok(())
}
