//! What of a chunk is embedded. Pure functions of path and chunk, so that every process makes the same input.
//!
//! Everything in front of source, doc comment and signature is bounded by constants here; the chunker cuts those three to
//! the room that is left. It measures with the very functions that build the inputs.

use domain::{Chunk, RepoPath, View};

/// Bytes of a path that are shown. Longer paths lose leading components: the last ones tell most.
const PATH_MAX_BYTES: usize = 120;

/// Bytes of a scope or of a name's words that are shown.
const NAME_MAX_BYTES: usize = 80;

/// Stands in the signature of a later part of unnamed statements between the heading of the whole and the part's own.
pub(crate) const PART_SEPARATOR: &str = " … ";

/// Returns what of `chunk` is embedded for `view`.
///
/// Code: path, enclosing scope and source. Text: words of the names, kind, doc comment, words of the path and signature.
pub fn view_input(view: View, path: &RepoPath, chunk: &Chunk) -> String {
    match view {
        View::Code => code_head(path, chunk) + &chunk.source,
        View::Text => text_head(path, chunk) + &text_body(&chunk.doc, &chunk.signature),
    }
}

/// Returns the lines in front of the source: the path and, where there is one, the scope.
pub(crate) fn code_head(path: &RepoPath, chunk: &Chunk) -> String {
    let mut head = format!("{}\n", shown_path(path));
    let scope = scope(chunk);
    if !scope.is_empty() {
        head.push_str(scope);
        head.push('\n');
    }
    head
}

/// Returns the line in front of doc comment and signature.
pub(crate) fn text_head(path: &RepoPath, chunk: &Chunk) -> String {
    // Bounded before the words are taken, so that a name of a megabyte costs nothing.
    let mut head = words(front(&chunk.qualified_name, NAME_MAX_BYTES));
    if !head.is_empty() {
        head.push(' ');
    }
    head.push_str(chunk.kind.as_str());
    let shown = shown_path(path);
    // What an extension says is the language, which searches by meaning do not ask for.
    let without_extension = match path.extension() {
        Some(extension) => shown
            .strip_suffix(extension)
            .map_or(shown, |stem| stem.trim_end_matches('.')),
        None => shown,
    };
    let path_words = words(without_extension);
    if !path_words.is_empty() {
        head.push_str(" in ");
        head.push_str(&path_words);
    }
    head.push('\n');
    head
}

/// Returns doc comment and signature on lines of their own.
pub(crate) fn text_body(doc: &str, signature: &str) -> String {
    let parts: Vec<&str> = [doc, signature]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join("\n")
}

/// A later part shows the head of its definition; anything else the names around it.
pub(crate) fn scope(chunk: &Chunk) -> &str {
    if chunk.part > 0 {
        let whole = chunk.signature.split(PART_SEPARATOR).next();
        return front(whole.unwrap_or_default(), NAME_MAX_BYTES);
    }
    // The name itself stands in the source.
    let outer = chunk
        .qualified_name
        .strip_suffix(&chunk.name)
        .unwrap_or_default()
        .trim_end_matches('.');
    front(outer, NAME_MAX_BYTES)
}

/// Returns the last components of a path that are short enough, or the end of a long last one.
pub(crate) fn shown_path(path: &RepoPath) -> &str {
    let text = path.as_str();
    if text.len() <= PATH_MAX_BYTES {
        return text;
    }
    let end = &text[text.ceil_char_boundary(text.len() - PATH_MAX_BYTES)..];
    // From a whole component on, unless the last one alone is too long.
    end.split_once('/').map_or(end, |(_, whole)| whole)
}

fn front(text: &str, n_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(n_bytes)]
}

/// Splits at everything that is no letter or digit, at changes of case and between letters and digits; lower case.
fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    let mut previous: Option<char> = None;
    while let Some(character) = characters.next() {
        if !character.is_alphanumeric() {
            previous = None;
            continue;
        }
        let begins_word = match previous {
            None => true,
            Some(before) if before.is_numeric() != character.is_numeric() => true,
            Some(before) if character.is_uppercase() => {
                // The last capital of `HTTPServer` begins a word because a small letter follows it.
                !before.is_uppercase() || characters.peek().is_some_and(|next| next.is_lowercase())
            }
            Some(_) => false,
        };
        if begins_word && !words.is_empty() {
            words.push(' ');
        }
        words.extend(character.to_lowercase());
        previous = Some(character);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ChunkKind, Complexity, Flags, Span};

    fn chunk(qualified_name: &str, part: u32) -> Chunk {
        Chunk {
            kind: ChunkKind::Method,
            name: qualified_name
                .rsplit('.')
                .next()
                .unwrap_or_default()
                .to_owned(),
            qualified_name: qualified_name.to_owned(),
            part,
            signature: "addRoute(path: string): void".to_owned(),
            doc: "Adds a route.".to_owned(),
            span: Span::default(),
            flags: Flags::default(),
            complexity: Complexity::default(),
            source: "addRoute(path) {}".to_owned(),
        }
    }

    #[test]
    fn identifiers_split_into_words() {
        for (text, expected) in [
            ("basicAuth", "basic auth"),
            ("HTTPServer2Go", "http server 2 go"),
            ("src/middleware/basic-auth", "src middleware basic auth"),
            ("MAX_SIZE", "max size"),
            ("$_ref__", "ref"),
            ("größeÄndern", "größe ändern"),
            ("", ""),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn views_name_path_and_scope() {
        let path = RepoPath::new("src/hono-base.ts").unwrap();
        let only = chunk("HonoBase.addRoute", 0);
        assert_eq!(
            view_input(View::Code, &path, &only),
            "src/hono-base.ts\nHonoBase\naddRoute(path) {}"
        );
        assert_eq!(
            view_input(View::Text, &path, &only),
            "hono base add route method in src hono base\nAdds a route.\naddRoute(path: string): void"
        );
        assert_eq!(
            code_head(&path, &chunk("HonoBase.addRoute", 1)),
            "src/hono-base.ts\naddRoute(path: string): void\n"
        );
        assert_eq!(code_head(&path, &chunk("main", 0)), "src/hono-base.ts\n");
    }

    #[test]
    fn long_paths_keep_their_end() {
        let path =
            RepoPath::new(format!("{}/deep/file.ts", "directory/".repeat(30) + "x")).unwrap();
        let shown = shown_path(&path);
        assert!(shown.len() <= PATH_MAX_BYTES && shown.ends_with("/deep/file.ts"));
        assert!(shown.starts_with("directory/"));
        let wide = RepoPath::new("é".repeat(200)).unwrap();
        assert!(shown_path(&wide).len() <= PATH_MAX_BYTES);
    }
}
