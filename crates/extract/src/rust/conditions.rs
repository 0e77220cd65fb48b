//! Conditions of compilation: whether the usual build takes what stands behind them, for Linux on x86-64 with all features.
//!
//! All variants are read; of several definitions of a name, one that the usual build takes comes first.

use tree_sitter::Node;

/// Conditions nested deeper hold.
const NESTING_MAX: u32 = 16;

/// Whether the usual build takes an item, by the attributes in front of it.
pub(super) fn is_usual(item: Node<'_>, text: &str) -> bool {
    let mut before = item.prev_named_sibling();
    while let Some(attribute) = before {
        if attribute.kind() == "attribute_item" {
            let inside = text[attribute.byte_range()]
                .trim_start_matches("#[")
                .trim_start();
            let condition = inside.strip_prefix("cfg(").and_then(|rest| {
                let rest = rest.trim_end().strip_suffix(']')?;
                rest.trim_end().strip_suffix(')')
            });
            if condition.is_some_and(|condition| !holds(condition, 0)) {
                return false;
            }
        } else if !attribute.is_extra() {
            break;
        }
        before = attribute.prev_named_sibling();
    }
    true
}

/// Whether a condition holds; one that is not known does.
fn holds(condition: &str, depth: u32) -> bool {
    let condition = condition.trim().trim_end_matches(',').trim_end();
    if depth > NESTING_MAX {
        return true;
    }
    let inner = |name: &str| {
        let rest = condition.strip_prefix(name)?.trim_start();
        rest.strip_prefix('(')?.strip_suffix(')')
    };
    if let Some(inner) = inner("not") {
        return !holds(inner, depth + 1);
    }
    if let Some(inner) = inner("all") {
        return parts(inner).iter().all(|part| holds(part, depth + 1));
    }
    if let Some(inner) = inner("any") {
        return parts(inner).iter().any(|part| holds(part, depth + 1));
    }
    match condition.split_once('=') {
        None => !matches!(condition, "windows" | "miri" | "loom"),
        Some((name, value)) => {
            let value = value.trim().trim_matches('"');
            match name.trim() {
                "target_os" => value == "linux",
                "target_family" => value == "unix",
                "target_arch" => value == "x86_64",
                "target_pointer_width" => value == "64",
                "target_endian" => value == "little",
                "target_env" => value == "gnu",
                _ => true,
            }
        }
    }
}

/// Returns the parts of a list that commas outside of brackets divide.
fn parts(list: &str) -> Vec<&str> {
    let (mut depth, mut start) = (0, 0);
    let mut found = Vec::new();
    for (place, byte) in list.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b',' if depth == 0 => {
                found.push(&list[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    found.push(&list[start..]);
    found.retain(|part| !part.trim().is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn conditions_hold_for_linux_with_all_features() {
        for (condition, expected) in [
            ("unix", true),
            ("windows", false),
            ("not(windows)", true),
            ("feature = \"a\"", true),
            ("not(feature = \"a\")", false),
            ("all(unix, target_os = \"macos\")", false),
            ("any(windows, all(test, target_arch = \"x86_64\"),)", true),
            ("test", true),
            ("", true),
        ] {
            assert_eq!(holds(condition, 0), expected, "{condition}");
        }
    }
}
