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
    // These three before anything can print, create or write.
    exit::when_output_fails();
    keep_files_private();
    live_with_a_limit_of_file_size();
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

/// Lets a write beyond the limit of a file's size fail with an error that can be reported, where the signal would end the program without a word.
fn live_with_a_limit_of_file_size() {
    let was_reached = std::sync::Arc::default();
    // Without it all is as it would be.
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, was_reached).ok();
}
