//! `serve` and `report`.

use std::path::Path;

use anyhow::{Context, bail};
use app::{Missing, PullEvent, Settings, TextModel};
use server::{Access, Indexing, Keeping, Parts, ServeSettings, ServerSettings, Token};

use super::mcp::given_token;
use super::project_here;
use crate::args::{GlobalArgs, ReportArgs, ServeArgs};
use crate::exit::Status;
use crate::render::progress::Progress;

/// Connections of clients at a time: each open page may keep one for a live run.
const CLIENTS_MAX: usize = 1024;

/// A token's file holds a line.
const TOKEN_BYTES_MAX: u64 = 4096;

pub(super) fn serve(args: &ServeArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let mut overrides = global.overrides();
    args.embedding.apply(&mut overrides);
    let token = match &args.token_file {
        Some(file) => Some(token_in(file)?),
        None => given_token()?,
    };
    // Without a token the kernel says whose a connection is, which it knows of this machine alone.
    if token.is_none() && !args.listen.ip().is_loopback() {
        bail!(
            "{} can be reached from other machines, so that clients have to show a token: give --token-file FILE or MNEMO_HTTP_TOKEN",
            args.listen
        );
    }
    let settings = project_here(&overrides, global)?.settings().clone();
    let parts = match args.embeddings_only {
        // Opened before anybody is answered: a model that is not there is an error of this command
        // and not of the first client.
        true => Parts::Embeddings(models(&settings, global)?),
        false => Parts::All,
    };
    let settings = ServeSettings {
        server: ServerSettings {
            settings,
            directory: std::env::current_dir()?,
            indexing: Indexing::Refused,
            keeping: Keeping::Off,
        },
        address: args.listen,
        access: Access {
            token,
            hosts: args.host.clone(),
            n_clients_max: CLIENTS_MAX,
            // No page, no browser to let in.
            for_browsers: matches!(parts, Parts::All),
        },
        parts,
    };
    let is_page = settings.access.for_browsers;
    let has_token = settings.access.token.is_some();
    server::serve(settings, |address| {
        eprintln!("listening at http://{address}/");
        if has_token {
            let browsers = match is_page {
                true => format!("; a browser may open http://{address}/?token=TOKEN once"),
                false => String::new(),
            };
            eprintln!("clients have to send: Authorization: Bearer TOKEN{browsers}");
        } else {
            eprintln!("it answers processes of your own user, and nobody else; Ctrl-C ends it");
        }
    })?;
    Ok(Status::Done)
}

/// Opens the models that embed; fetches those that are missing.
fn models(settings: &Settings, global: &GlobalArgs) -> anyhow::Result<Vec<TextModel>> {
    let progress = Progress::new(global);
    let on_pull = &mut |event: PullEvent<'_>| progress.pull(&event);
    let models = app::text_models(settings, &mut Missing::Pulled(on_pull));
    progress.clear();
    Ok(models?)
}

fn token_in(file: &Path) -> anyhow::Result<Token> {
    use std::io::Read;
    let read = || {
        let mut text = String::new();
        let file = std::fs::File::options().read(true).open(file)?;
        // The file may be another than the person thought, such as a device without an end.
        file.take(TOKEN_BYTES_MAX).read_to_string(&mut text)?;
        Ok::<_, std::io::Error>(text)
    };
    let text = read().with_context(|| format!("cannot read the token in {}", file.display()))?;
    let token = Token::given(text.trim());
    token.with_context(|| format!("wrong token in {}", file.display()))
}

/// Writes a report.
pub(super) fn report(args: &ReportArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let project = project_here(&global.overrides(), global)?;
    let repository = args.repository.as_deref();
    let page = project.reader()?.ask(repository, server::report)?;
    let named = || format!("cannot write {}", args.file.display());
    let mut file = std::fs::File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&args.file)
        .with_context(named)?;
    std::io::Write::write_all(&mut file, page.as_bytes()).with_context(named)?;
    Ok(Status::Done)
}
