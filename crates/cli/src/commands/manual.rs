//! `mnemo man`.

use std::path::Path;

use anyhow::Context;
use clap::error::ErrorKind;

use crate::args;
use crate::exit::Status;

/// Prints the manual page of the program, or of the command whose words are given.
pub(super) fn manual(words: &[String]) -> anyhow::Result<Status> {
    let mut program = program();
    let command = words.iter().try_fold(&program, |command, word| {
        command.find_subcommand(word).ok_or(word)
    });
    let command = match command {
        Ok(command) => command.clone(),
        Err(word) => {
            let message = format!("there is no command {word:?}");
            // As the parser itself refuses a command that does not exist, with its exit status.
            program.error(ErrorKind::InvalidSubcommand, message).exit()
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    print!("{}", String::from_utf8(page)?);
    Ok(Status::Done)
}

/// Writes the page of the program and of every command into a folder.
pub(super) fn manuals(folder: &Path) -> anyhow::Result<Status> {
    clap_mangen::generate_to(program(), folder)
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    Ok(Status::Done)
}

fn program() -> clap::Command {
    // `help` has no page.
    let mut program = args::command().disable_help_subcommand(true);
    // Gives subcommands their full names, which pages show.
    program.build();
    program
}
