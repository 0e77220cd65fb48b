//! `cargo xtask pictures`: the pictures of the README, of the page that a server of the tree itself shows.
//!
//! The whole clone is indexed into a database of its own, so that the pictures show what a reader gets for it. Debian's Chromium takes them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command::command;
use crate::workspace::Workspace;

/// The pictures: name, address, and height in pixels.
const PICTURES: &[(&str, &str, u32)] = &[
    (
        "search",
        "/search?q=where+is+a+worker+killed+that+takes+too+long",
        760,
    ),
    ("definition", "/definition?symbol=Pool.dispatch", 820),
    ("map", "/map?place=crates", 820),
];

/// Width of the window in pixels: what a README shows without making letters small.
const WIDTH: u32 = 1280;

/// A page is fetched with each visit of the README.
const MAX_BYTES: u64 = 200 * 1024;

/// Virtual time for a page to come to rest, in milliseconds.
const PATIENCE: &str = "--virtual-time-budget=4000";

/// What shows the page, and how.
#[derive(Args)]
pub(crate) struct Pictures {
    /// The program [default: mnemo in cargo's folder of releases].
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// The browser.
    #[arg(long, value_name = "FILE", default_value = "chromium")]
    browser: PathBuf,
    /// How chunks are embedded, as for `mnemo index`.
    #[arg(long, value_name = "MODE", default_value = "real")]
    embeddings: String,
}

/// Takes every picture and writes it into `docs/pictures`.
pub(crate) fn pictures(workspace: &Workspace, options: &Pictures) -> Result<()> {
    let program = options.program.clone();
    let program = program.unwrap_or_else(|| workspace.target.join("release/mnemo"));
    let state = tempfile::tempdir()?;
    let database = state.path().join("index.db");
    let mut index = command(&program);
    let index = index
        .args(["index", ".", "--repository", "mnemo", "--embeddings"])
        .arg(&options.embeddings);
    let status = index
        .current_dir(&workspace.root)
        .env("MNEMO_DATABASE", &database)
        .status()
        .with_context(|| format!("failed to start {}", program.display()))?;
    if !status.success() {
        bail!("the tree could not be indexed: {status}");
    }
    let server = Server::start(&program, &workspace.root, &database)?;
    let folder = workspace.root.join("docs/pictures");
    fs_err::create_dir_all(&folder)?;
    for (name, path, height) in PICTURES {
        let file = folder.join(format!("{name}.png"));
        take(options, &server.address, path, *height, &file, state.path())?;
        let n_bytes = fs_err::metadata(&file)?.len();
        println!("{}: {} kB", file.display(), n_bytes / 1024);
        if n_bytes > MAX_BYTES {
            bail!("{} is larger than {} kB", file.display(), MAX_BYTES / 1024);
        }
    }
    Ok(())
}

fn take(
    options: &Pictures,
    address: &str,
    path: &str,
    height: u32,
    file: &Path,
    state: &Path,
) -> Result<()> {
    let mut browser = command(&options.browser);
    let status = browser
        // Without a sandbox of its own it also starts as root; it shows our own page alone.
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            PATIENCE,
        ])
        .arg(format!("--window-size={WIDTH},{height}"))
        .arg(format!("--screenshot={}", file.display()))
        .arg(format!(
            "--user-data-dir={}",
            state.join("browser").display()
        ))
        .arg(format!("{address}{path}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("failed to start {}", options.browser.display()))?;
    if !status.success() {
        bail!(
            "{} took no picture of {path}: {status}",
            options.browser.display()
        );
    }
    Ok(())
}

/// A server of the page; killed on drop.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(program: &Path, folder: &Path, database: &Path) -> Result<Server> {
        let mut process = command(program)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .current_dir(folder)
            .env("MNEMO_DATABASE", database)
            .stderr(Stdio::piped())
            .spawn()?;
        let talk = process.stderr.take().context("no pipe")?;
        let mut line = String::new();
        BufReader::new(talk).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening at ");
        let Some(address) = address.map(|address| address.trim_end_matches('/').to_owned()) else {
            process.kill()?;
            bail!("the server says no address: {line}");
        };
        Ok(Server { process, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
