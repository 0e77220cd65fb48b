//! The address of an embedding service, which cannot hold a secret.

use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use ureq::http::Uri;

/// The address of an embedding service: `http://` or `https://`, a host, a port where it is not the scheme's, a path.
///
/// Prints itself whole: it cannot hold a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServiceAddress {
    is_encrypted: bool,
    host: String,
    port: u16,
    /// Without a slash at its end; empty for the root.
    path: String,
}

/// A text that is no address of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "an address such as http://localhost:8080 or https://api.openai.com/v1, without user, password, query or fragment"
)]
pub struct InvalidServiceAddress;

impl ServiceAddress {
    /// Returns the host as it was written, without brackets.
    pub fn host(&self) -> &str {
        self.host.trim_matches(['[', ']'])
    }

    /// Returns the TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Returns the same service at another path.
    pub(super) fn with_path(&self, path: &str) -> ServiceAddress {
        ServiceAddress {
            path: path.trim_end_matches('/').to_owned(),
            ..self.clone()
        }
    }

    /// Returns whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        match self.host().parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => self.host == "localhost",
        }
    }

    /// Returns whether nobody on the way can read what is sent: it is encrypted, or it does not leave the machine.
    pub(super) fn is_private(&self) -> bool {
        self.is_encrypted || self.is_loopback()
    }

    /// Looks the host up.
    pub(super) fn resolve(&self) -> std::io::Result<Vec<SocketAddr>> {
        Ok((self.host(), self.port).to_socket_addrs()?.collect())
    }
}

impl FromStr for ServiceAddress {
    type Err = InvalidServiceAddress;

    fn from_str(text: &str) -> Result<ServiceAddress, InvalidServiceAddress> {
        let uri: Uri = text.parse().map_err(|_| InvalidServiceAddress)?;
        let authority = uri.authority().ok_or(InvalidServiceAddress)?;
        let default_port = match uri.scheme_str() {
            Some("http") => 80,
            Some("https") => 443,
            _ => return Err(InvalidServiceAddress),
        };
        let is_plain = !authority.as_str().contains('@') && uri.query().is_none();
        // A fragment is dropped by the parser, and what is dropped in silence is a mistake that nobody sees.
        if !is_plain || text.contains('#') || authority.host().is_empty() {
            return Err(InvalidServiceAddress);
        }
        Ok(ServiceAddress {
            is_encrypted: default_port == 443,
            host: authority.host().to_ascii_lowercase(),
            port: authority.port_u16().unwrap_or(default_port),
            path: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

impl TryFrom<String> for ServiceAddress {
    type Error = InvalidServiceAddress;

    fn try_from(text: String) -> Result<ServiceAddress, InvalidServiceAddress> {
        text.parse()
    }
}

impl From<ServiceAddress> for String {
    fn from(address: ServiceAddress) -> String {
        address.to_string()
    }
}

impl fmt::Display for ServiceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_encrypted { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port != (if self.is_encrypted { 443 } else { 80 }) {
            write!(f, ":{}", self.port)?;
        }
        f.write_str(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_read_and_printed() {
        for (text, printed) in [
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://localhost:80/", "http://localhost"),
            ("https://API.openai.com/v1/", "https://api.openai.com/v1"),
            ("http://[::1]:9/a/b", "http://[::1]:9/a/b"),
        ] {
            let address: ServiceAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), printed);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "localhost:8080",
            "ftp://host",
            "http://",
            "http://user:password@host/",
            "http://host/?key=1",
            "http://host/#part",
            "/etc/passwd",
        ] {
            assert_eq!(
                text.parse::<ServiceAddress>(),
                Err(InvalidServiceAddress),
                "{text:?}"
            );
        }
    }

    #[test]
    fn only_encrypted_and_local_addresses_are_private() {
        let is_private = |text: &str| text.parse::<ServiceAddress>().unwrap().is_private();
        assert!(is_private("https://example.com"));
        assert!(is_private("http://localhost:1"));
        assert!(is_private("http://127.0.0.2:1"));
        assert!(is_private("http://[::1]:1"));
        assert!(!is_private("http://10.0.0.1"));
        assert!(!is_private("http://localhost.example.com"));
    }
}
