//! Exit statuses and the last words before them.

use std::process::ExitCode;

use app::AppError;
use domain::shown_in_line;

use crate::render::{graph, json_text};

/// How the program ends. The numbers are part of the command-line contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// The command did what it was asked.
    Done,
    /// A file has no vectors that were asked for; or `--strict`, and a file failed.
    FilesFailed,
    /// `verify` found a difference that stays.
    Differs,
    /// `impact --fail-on`, and the risk is that or more.
    TooRisky,
    /// The command line or a setting is wrong.
    Usage,
    /// The command could not run: directory, database, model.
    CouldNotRun,
    /// Another process holds what the command needs; the same may succeed once that is done.
    Busy,
    /// Interrupted; a later run continues.
    Interrupted,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(match status {
            Status::Done => 0,
            Status::FilesFailed | Status::Differs | Status::TooRisky => 1,
            Status::Usage => 2,
            Status::CouldNotRun => 3,
            // As `EX_TEMPFAIL` of sysexits.h.
            Status::Busy => 75,
            Status::Interrupted => 130,
        })
    }
}

/// Prints an error with its causes and the way out, and returns the status to end with.
pub(crate) fn report(error: &anyhow::Error, is_json: bool) -> Status {
    // Each cause once: wrappers that pass an error on without a word of their own repeat its text.
    let mut causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.dedup();
    let known = error.downcast_ref::<AppError>();
    let advice = known.and_then(AppError::advice);
    let candidates = known.map_or(&[][..], AppError::candidates);
    // Beside the text on standard error, so that a program finds one object on standard output
    // whatever happens.
    if is_json {
        let advice = advice.map(|advice| advice.0);
        let mut object = serde_json::json!({"error": causes.join(": "), "advice": advice});
        if !candidates.is_empty() {
            object["candidates"] = candidates.iter().map(graph::json::symbol).collect();
        }
        println!("{}", json_text(&object));
    }
    eprintln!("error: {}", shown_in_line(&causes.join(": ")));
    for candidate in candidates {
        eprintln!(
            "  {}  ({}, line {})",
            shown_in_line(&candidate.address()),
            candidate.kind,
            candidate.line
        );
    }
    if let Some(advice) = advice {
        eprintln!("  try: {}", advice.0);
    }
    if known.is_some_and(AppError::is_interruption) {
        Status::Interrupted
    } else if known.is_some_and(AppError::is_usage) {
        Status::Usage
    } else if known.is_some_and(AppError::is_busy) {
        Status::Busy
    } else {
        Status::CouldNotRun
    }
}

/// Ends the program when its output can no longer be written: without a word when the reader goes away (`mnemo export … | head`), as other
/// filters do, else with the reason.
pub(crate) fn when_output_fails() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let message = info
            .payload()
            .downcast_ref::<String>()
            .map_or("", String::as_str);
        if message.contains("Broken pipe") {
            std::process::exit(0);
        }
        // The words of the standard library, which has no other way to say so.
        if let Some(reason) = message.strip_prefix("failed printing to stdout: ") {
            eprintln!("error: cannot write the answer: {reason}");
            std::process::exit(3);
        }
        default(info);
    }));
}
