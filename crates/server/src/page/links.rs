//! Addresses of views.

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
    fn nothing_of_a_value_means_anything_in_an_address() {
        let value = "a b&c=d#é\"<'%+";
        let address = to("/search", &[("q", Some(value)), ("kind", None)]);
        assert_eq!(address, "/search?q=a%20b%26c%3Dd%23%C3%A9%22%3C%27%25%2B");
    }
}
