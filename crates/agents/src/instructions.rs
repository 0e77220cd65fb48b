//! A short block in the file of instructions that an agent reads in every project, written on request only.

use crate::edit::Edited;

const BEGIN: &str = "<!-- mnemo: begin -->";
const END: &str = "<!-- mnemo: end -->";

/// What an agent should know; about sixty words, since it costs tokens in every conversation.
const TEXT: &str = "\
This machine has an index of its repositories, asked through the MCP server `mnemo`. Before you search files by text, ask it: `search` \
finds code by words or meaning, `graph` shows who calls or uses a definition and what a change may break, `outline` and `context` show a \
file or a definition. Read files for what you are about to edit.";

/// Puts the block at the end, or in place of one that is there.
pub(crate) fn insert(text: Option<&str>) -> Edited {
    let block = format!("{BEGIN}\n{TEXT}\n{END}");
    let Some(text) = text else {
        return Edited::Text(block + "\n");
    };
    let edited = match find(text) {
        Some((start, end)) => [&text[..start], &block, &text[end..]].concat(),
        None if text.is_empty() || text.ends_with('\n') => format!("{text}\n{block}\n"),
        // `remove` knows by the missing line end that there was none.
        None => format!("{text}\n\n{block}"),
    };
    match edited == text {
        true => Edited::Unchanged,
        false => Edited::Text(edited),
    }
}

/// Takes the block out.
pub(crate) fn remove(text: &str) -> Edited {
    let Some((start, end)) = find(text) else {
        return Edited::Unchanged;
    };
    let (before, after) = (&text[..start], &text[end..]);
    if before.is_empty() && after == "\n" {
        return Edited::Gone;
    }
    let rest = match after.strip_prefix('\n') {
        Some(after) => [before.strip_suffix('\n').unwrap_or(before), after].concat(),
        None => [before.strip_suffix("\n\n").unwrap_or(before), after].concat(),
    };
    Edited::Text(rest)
}

fn find(text: &str) -> Option<(usize, usize)> {
    let start = text.find(BEGIN)?;
    let end = start + text[start..].find(END)? + END.len();
    Some((start, end))
}
