//! Addresses of views.

use app::Editor;
use axum::http::uri::PathAndQuery;

/// Makes an address of a path and parameters; those without a value are left out.
pub(super) fn to(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut address = path.to_owned();
    let given = parameters
        .iter()
        .filter_map(|(name, value)| Some((name, (*value)?)));
    for (place, (name, value)) in given.enumerate() {
        address.push(if place == 0 { '?' } else { '&' });
        address.push_str(name);
        address.push('=');
        escape_into(&mut address, value);
    }
    debug_assert!(address.parse::<PathAndQuery>().is_ok(), "{address}");
    address
}

/// Returns the address by which an editor opens a line of a file.
pub(super) fn editor(editor: Editor, root: &str, path: &str, line: u32) -> Option<String> {
    let mut file = String::new();
    escape_into(&mut file, root.trim_end_matches('/'));
    file.push('/');
    escape_into(&mut file, path);
    match editor {
        Editor::None => None,
        Editor::VsCode => Some(format!("vscode://file{file}:{line}")),
        Editor::Cursor => Some(format!("cursor://file{file}:{line}")),
        Editor::Zed => Some(format!("zed://file{file}:{line}")),
        Editor::Idea => Some(format!("idea://open?file={file}&line={line}")),
    }
}

/// Returns what people call an editor.
pub(super) fn editor_name(editor: Editor) -> &'static str {
    match editor {
        Editor::None => "an editor",
        Editor::VsCode => "VS Code",
        Editor::Cursor => "Cursor",
        Editor::Zed => "Zed",
        Editor::Idea => "IDEA",
    }
}

/// Writes everything as an escape but what never means anything in an address.
fn escape_into(address: &mut String, value: &str) {
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                address.push(char::from(byte));
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_open_a_line_of_a_file() {
        let of = |known| editor(known, "/code/a b/", "src/x#y.ts", 7);
        assert_eq!(of(Editor::None), None);
        for (known, expected) in [
            (Editor::VsCode, "vscode://file/code/a%20b/src/x%23y.ts:7"),
            (
                Editor::Idea,
                "idea://open?file=/code/a%20b/src/x%23y.ts&line=7",
            ),
        ] {
            assert_eq!(of(known).as_deref(), Some(expected));
        }
    }

    #[test]
    fn nothing_of_a_value_means_anything_in_an_address() {
        let value = "a b&c=d#é\"<'%+";
        let address = to("/search", &[("q", Some(value)), ("kind", None)]);
        assert_eq!(address, "/search?q=a%20b%26c%3Dd%23%C3%A9%22%3C%27%25%2B");
    }
}
