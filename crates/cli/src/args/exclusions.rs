//! `mnemo search router -express`: words to leave out, which look like short options.

use std::ffi::OsString;

/// Short options of `search` without a value, alone or several in one.
const FLAGS: &str = "hVqv";

/// Short options of `search` with a number.
const NUMBERS: &str = "nC";

/// Puts words that a question of `search` excludes behind `--`, where nobody takes them for options. Their order says nothing.
pub(super) fn behind_options(arguments: Vec<OsString>) -> Vec<OsString> {
    let Some(command) = position_of_search(&arguments) else {
        return arguments;
    };
    // What follows `--` is no option already.
    let end = arguments.iter().position(|argument| argument == "--");
    let end = end.unwrap_or(arguments.len());
    let mut kept = Vec::new();
    let mut excluded = Vec::new();
    for (place, argument) in arguments[..end].iter().enumerate() {
        // `--path -old` is a value that begins with a dash.
        let is_value = place > command && takes_value(&arguments[place - 1]);
        let text = argument.to_str().unwrap_or_default();
        match place > command && !is_value && is_exclusion(text) {
            true => excluded.push(argument.clone()),
            false => kept.push(argument.clone()),
        }
    }
    if excluded.is_empty() {
        return arguments;
    }
    kept.push("--".into());
    kept.extend(arguments[end..].iter().skip(1).cloned());
    kept.extend(excluded);
    kept
}

/// Returns where the command is, if it is `search`: behind nothing but options and their values.
fn position_of_search(arguments: &[OsString]) -> Option<usize> {
    let mut place = 1;
    loop {
        let argument = arguments.get(place)?.to_str()?;
        match argument {
            "search" => return Some(place),
            // Another command, whose words mean something else.
            _ if !argument.starts_with('-') => return None,
            _ if takes_value(&arguments[place]) => place += 2,
            _ => place += 1,
        }
    }
}

/// Whether the argument after this one is its value.
fn takes_value(argument: &OsString) -> bool {
    let Some(name) = argument.to_str().and_then(|text| text.strip_prefix('-')) else {
        return false;
    };
    // Asked of the parser itself: a list of our own would miss the next option.
    let command = super::command();
    let search = command.find_subcommand("search");
    let mut options = search
        .into_iter()
        .chain([&command])
        .flat_map(clap::Command::get_arguments);
    options.any(|option| {
        let is_long = option
            .get_long()
            .is_some_and(|long| name.strip_prefix('-') == Some(long));
        let is_short = option
            .get_short()
            .is_some_and(|short| name == short.to_string());
        (is_long || is_short) && option.get_action().takes_values()
    })
}

fn is_exclusion(text: &str) -> bool {
    let Some(word) = text.strip_prefix('-') else {
        return false;
    };
    let begins_word = word.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$'));
    // `-x` alone is a mistyped option, and is reported as one.
    let is_long_enough = word.chars().nth(1).is_some();
    // `-qv` is two flags.
    let are_flags = word.chars().all(|c| FLAGS.contains(c));
    // `-n20` and `-C=3` are options with their values.
    let is_number = word.starts_with(|c| NUMBERS.contains(c))
        && word.chars().skip(1).all(|c| c.is_ascii_digit() || c == '=');
    begins_word && is_long_enough && !are_flags && !is_number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str, expected: &str) {
        let arguments = given.split(' ').map(OsString::from).collect();
        let found = behind_options(arguments).into_iter();
        let found: Vec<String> = found
            .map(|one| one.to_string_lossy().into_owned())
            .collect();
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn words_to_leave_out_are_no_options() {
        check(
            "mnemo search router -express",
            "mnemo search router -- -express",
        );
        check(
            "mnemo --database x search router -express -n5 -test --json",
            "mnemo --database x search router -n5 --json -- -express -test",
        );
        check("mnemo search a -not -- -b", "mnemo search a -- -b -not");
        for untouched in [
            "mnemo search router -n 5 -qv -C3 -h",
            "mnemo search router --path -express",
            "mnemo search router -- -express",
            "mnemo graph callers search -express",
            "mnemo status -express",
            "mnemo",
        ] {
            check(untouched, untouched);
        }
    }
}
