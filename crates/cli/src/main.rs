//! `mnemo`: parses a command line, calls the façade, renders the answer.
//!
//! A door: it decides nothing about indexing or searching. Data goes to standard output, talk to standard error. Start at
//! [`args::Cli`] for what can be asked and at `commands` for what is done.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program talks"
)]

mod args;
mod commands;
mod exit;
mod render;

fn main() -> std::process::ExitCode {
    exit::when_output_fails();
    keep_files_private();
    let cli = args::parse();
    let is_json = cli.wants_json();
    match commands::run(cli) {
        Ok(status) => status.into(),
        Err(error) => exit::report(&error, is_json).into(),
    }
}

/// Whatever this program and its children create, databases, caches and locks, is the user's alone: an index holds the code it is of.
fn keep_files_private() {
    use rustix::fs::Mode;
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
}
