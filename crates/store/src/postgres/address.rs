//! Where a server is, as people write it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

/// Where a server listens unless somebody said otherwise.
const DEFAULT_PORT: u16 = 5432;

/// The address of a database on a PostgreSQL server: `postgres://user:password@host:port/database?sslmode=…`.
///
/// Prints itself without the password and the parameters.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostgresAddress(String);

/// An address that cannot be used.
#[derive(Debug, Error)]
#[error("{reason}")]
pub struct InvalidAddress {
    reason: String,
}

/// What of a server's certificate is verified; the words of `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verification {
    /// Nothing: encrypted against listeners, not against impostors.
    None,
    /// That a trusted authority signed it.
    Authority,
    /// Also that it is the host's own.
    AuthorityAndName,
}

/// An address taken apart.
pub(super) struct Target {
    pub(super) config: Config,
    pub(super) verification: Verification,
    /// The file that holds the certificates of authorities to trust; those that browsers trust without one.
    pub(super) root_certificates: Option<String>,
}

impl PostgresAddress {
    pub(super) fn target(&self) -> Result<Target, InvalidAddress> {
        parse(&self.0)
    }

    /// Returns the TCP ports that the server may answer at.
    pub fn ports(&self) -> Vec<u16> {
        let ports = self
            .target()
            .map(|target| target.config.get_ports().to_vec());
        match ports.unwrap_or_default() {
            ports if ports.is_empty() => vec![DEFAULT_PORT],
            ports => ports,
        }
    }

    /// Returns the address with the name of this process's user where it names none: a process that is confined cannot find it out.
    #[must_use]
    pub fn or_own_user(self) -> PostgresAddress {
        let names_user = self
            .target()
            .is_ok_and(|target| target.config.get_user().is_some());
        match whoami::username() {
            Ok(user) if !names_user => {
                let joint = if self.0.contains('?') { '&' } else { '?' };
                PostgresAddress(format!("{}{joint}user={}", self.0, percent_encoded(&user)))
            }
            _ => self,
        }
    }

    /// Returns the file of the authorities to trust, if it names one.
    pub fn root_certificates(&self) -> Option<String> {
        self.target().ok()?.root_certificates
    }

    /// Returns the address with what it does not say itself, as the environment of PostgreSQL's own programs does: `password`, `user`,
    /// `sslmode`, `sslrootcert` and others that an address may have.
    ///
    /// # Errors
    ///
    /// Where the value is none that the address can have.
    pub fn or_parameter(self, name: &str, value: &str) -> Result<PostgresAddress, InvalidAddress> {
        if self.says(name) {
            return Ok(self);
        }
        let has_parameters = parts(&self.0).is_some_and(|parts| parts.parameters.is_some());
        let joint = if has_parameters { '&' } else { '?' };
        format!("{}{joint}{name}={}", self.0, percent_encoded(value)).parse()
    }

    fn says(&self, name: &str) -> bool {
        let Some(parts) = parts(&self.0) else {
            return false;
        };
        let credentials = parts.credentials.unwrap_or_default();
        match name {
            "user" if !credentials.is_empty() => true,
            "password" if credentials.contains(':') => true,
            _ => parts
                .parameters()
                .any(|(said, _)| said == name || (name == "sslmode" && said == "ssl")),
        }
    }
}

impl FromStr for PostgresAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<PostgresAddress, InvalidAddress> {
        parse(text)?;
        Ok(PostgresAddress(text.to_owned()))
    }
}

impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An address in pieces, none of them decoded.
struct Parts<'a> {
    scheme: &'a str,
    credentials: Option<&'a str>,
    /// Hosts, ports and the database's name.
    place: &'a str,
    parameters: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn parameters(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        let all = self.parameters.unwrap_or_default().split('&');
        all.filter(|text| !text.is_empty())
            .map(|text| match text.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (text, None),
            })
    }
}

/// Takes an address apart. People write passwords as they are, with an `@`, a `?` or a `/` in them: credentials end at the last `@` before
/// the path, or before the parameters where there is none before a path.
fn parts(text: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    let before = |end: char| rest.split(end).next().unwrap_or_default().rfind('@');
    let (credentials, rest) = match before('/').or_else(|| before('?')) {
        Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
        None => (None, rest),
    };
    let (place, parameters) = match rest.split_once('?') {
        Some((place, parameters)) => (place, Some(parameters)),
        None => (rest, None),
    };
    Some(Parts {
        scheme,
        credentials,
        place,
        parameters,
    })
}

/// Returns an address, even one that cannot be used, without its password and parameters, and without anything that could be one.
pub fn without_password(text: &str) -> String {
    let Some(parts) = parts(text) else {
        return match is_keywords(text) {
            true => "host=…".to_owned(),
            false => text.to_owned(),
        };
    };
    let user = parts.credentials.map(|credentials| {
        let user = credentials.split(':').next().unwrap_or_default();
        format!("{user}@")
    });
    let (hosts, database) = match parts.place.split_once('/') {
        Some((hosts, database)) => (hosts, format!("/{}", until_at(database))),
        None => (parts.place, String::new()),
    };
    let hosts: Vec<&str> = hosts.split(',').map(without_strange_port).collect();
    format!(
        "{}://{}{}{database}",
        parts.scheme,
        user.unwrap_or_default(),
        hosts.join(",")
    )
}

/// What stands where a port should may be the password of somebody who forgot the host.
fn without_strange_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if !host.ends_with(']') && !port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name.split(':').next().unwrap_or_default()
        }
        _ => host,
    }
}

/// Behind an `@` in a database's name stands a host, and before it what should not have been there.
fn until_at(database: &str) -> &str {
    match database.contains('@') {
        true => "…",
        false => database,
    }
}

/// Whether `text` is the other way to write an address, `host=db.example password=…`, which is none of ours and no file's name either.
pub fn is_keywords(text: &str) -> bool {
    const KEYWORDS: [&str; 8] = [
        "host", "hostaddr", "port", "dbname", "user", "password", "passfile", "service",
    ];
    let pairs = text.split_whitespace();
    pairs
        .filter_map(|pair| pair.split_once('='))
        .any(|(name, _)| KEYWORDS.contains(&name))
        && !text.contains("://")
}

/// Whether `scheme` is PostgreSQL's, perhaps with the driver that a program in another language uses: `postgresql+asyncpg`.
pub fn is_postgres_scheme(scheme: &str) -> bool {
    matches!(scheme.split('+').next(), Some("postgres" | "postgresql"))
}

fn parse(text: &str) -> Result<Target, InvalidAddress> {
    let invalid = |reason: &str| InvalidAddress {
        reason: reason.to_owned(),
    };
    let parts = parts(text)
        .filter(|parts| is_postgres_scheme(parts.scheme))
        .ok_or_else(|| invalid("expected postgres://user@host/database"))?;
    let mut mode = "prefer".to_owned();
    let mut root_certificates = None;
    let mut kept = Vec::new();
    for (name, value) in parts.parameters() {
        let value = value.unwrap_or_default();
        match name {
            // `ssl` is asyncpg's word for the same.
            "sslmode" | "ssl" => mode = percent_decoded(value),
            "sslrootcert" => root_certificates = Some(percent_decoded(value)),
            _ => kept.push(format!("{name}={value}")),
        }
    }
    let (ssl_mode, verification) = match (mode.as_str(), &root_certificates) {
        ("disable" | "false", _) => (SslMode::Disable, Verification::None),
        ("allow" | "prefer", _) => (SslMode::Prefer, Verification::None),
        // As libpq does: who names an authority means that it should be asked.
        ("require" | "true", Some(_)) => (SslMode::Require, Verification::Authority),
        ("require" | "true", None) => (SslMode::Require, Verification::None),
        ("verify-ca", _) => (SslMode::Require, Verification::Authority),
        ("verify-full", _) => (SslMode::Require, Verification::AuthorityAndName),
        _ => {
            return Err(invalid(
                "expected sslmode=disable, allow, prefer, require, verify-ca or verify-full",
            ));
        }
    };
    let plain = match kept.is_empty() {
        true => format!("postgres://{}", parts.place),
        false => format!("postgres://{}?{}", parts.place, kept.join("&")),
    };
    let mut config: Config = plain.parse().map_err(|error: tokio_postgres::Error| {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        invalid(&source.unwrap_or_else(|| error.to_string()))
    })?;
    if let Some(credentials) = parts.credentials {
        let (user, password) = match credentials.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (credentials, None),
        };
        if config.get_user().is_none() {
            config.user(percent_decoded(user));
        }
        if let Some(password) = password.filter(|_| config.get_password().is_none()) {
            config.password(percent_decoded(password));
        }
    }
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        config.host("localhost");
    }
    config.ssl_mode(ssl_mode);
    Ok(Target {
        config,
        verification,
        root_certificates: root_certificates.filter(|path| path != "system"),
    })
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte.is_ascii_alphanumeric() {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| after.get(..2))
            .flatten()
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() {
            &after[2..]
        } else {
            after
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_understood_as_everyone_writes_them() {
        for text in [
            "postgres://me:secret@db.example:5433/code",
            "postgresql://me:secret@db.example:5433/code?sslmode=disable",
            "postgresql+asyncpg://me:secret@db.example:5433/code?ssl=require",
            "postgresql+psycopg://me:secret@db.example:5433/code?sslmode=verify-full&sslrootcert=%2Fca.pem",
        ] {
            let target = parse(text).unwrap();
            assert_eq!(target.config.get_dbname(), Some("code"), "{text}");
            assert_eq!(target.config.get_ports(), [5433], "{text}");
            assert_eq!(target.config.get_password(), Some(&b"secret"[..]), "{text}");
        }
    }

    #[test]
    fn modes_decide_what_is_verified() {
        let check = |parameters: &str, expected: Verification| {
            let target = parse(&format!("postgres://h/d?{parameters}")).unwrap();
            assert_eq!(target.verification, expected, "{parameters}");
        };
        check("", Verification::None);
        check("sslmode=require", Verification::None);
        check(
            "sslmode=require&sslrootcert=ca.pem",
            Verification::Authority,
        );
        check("sslmode=verify-ca", Verification::Authority);
        check(
            "sslmode=verify-full&connect_timeout=3",
            Verification::AuthorityAndName,
        );
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        for (text, reason) in [
            ("mysql://h/d", "postgres://"),
            ("postgres://h/d?sslmode=maybe", "verify-full"),
            ("postgres://h:port/d", "port"),
            ("postgres://h/d?colour=red", "colour"),
        ] {
            let error = text.parse::<PostgresAddress>().unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn password_is_never_shown_and_can_come_from_elsewhere() {
        let address: PostgresAddress = "postgres://me:p%40ss@h/d?password=x".parse().unwrap();
        assert_eq!(address.to_string(), "postgres://me@h/d");
        assert_eq!(format!("{address:?}"), "postgres://me@h/d");
        for text in [
            "postgres://me:hun?ter2@h/d",
            "postgres://me:hun?ter2@h:x/d",
            "postgres://me:hun/ter2@h/d?colour=red",
            "mysql://me:hunter2@h/d",
            "host=h password=hunter2",
        ] {
            assert!(!without_password(text).contains("ter2"), "{text}");
        }
        let address: PostgresAddress = "postgres://me@h/d".parse().unwrap();
        let address = address.or_parameter("password", "p@ss&1").unwrap();
        let target = address.target().unwrap();
        assert_eq!(target.config.get_password(), Some(&b"p@ss&1"[..]));
    }

    #[test]
    fn passwords_are_written_as_they_are() {
        for password in ["a?b", "a@b", "a/b", "a?b@c", "a:b", "?", "a#b", "a&b=c"] {
            let text = format!("postgres://me:{password}@h:5433/d?connect_timeout=3");
            let config = parse(&text).unwrap().config;
            assert_eq!(config.get_password(), Some(password.as_bytes()), "{text}");
            assert_eq!(
                (config.get_user(), config.get_dbname()),
                (Some("me"), Some("d")),
                "{text}"
            );
            assert_eq!(without_password(&text), "postgres://me@h:5433/d");
        }
    }

    #[test]
    fn nothing_that_could_be_a_password_is_shown() {
        for text in [
            "postgres://me:secret/d",
            "postgres://me:secret",
            "postgres://me:?secret@h/d",
            "postgres://me:a/secret@h/d?x=1",
            "postgres://me:a?x/secret@h/d",
            "postgres://h/d?password=a@secret",
            "postgres://h/d?password=secret",
            "postgres://h1:1,me:secret/d",
            "host=h password=secret",
            "password='secret' dbname=d",
        ] {
            let shown = without_password(text);
            assert!(!shown.contains("secret"), "{text}: {shown}");
        }
        assert_eq!(without_password("index.db"), "index.db");
    }

    #[test]
    fn environment_says_what_an_address_does_not() {
        let with = |text: &str, name: &str, value: &str| {
            let address = text.parse::<PostgresAddress>().unwrap();
            address.or_parameter(name, value)
        };
        let verification = |text: &str, value: &str| {
            let address = with(text, "sslmode", value).unwrap();
            address.target().unwrap().verification
        };
        assert_eq!(
            verification("postgres://h/d", "verify-full"),
            Verification::AuthorityAndName
        );
        assert_eq!(
            verification("postgres://h/d?ssl=require", "verify-full"),
            Verification::None
        );
        assert!(with("postgres://h/d", "sslmode", "maybe").is_err());
        let address = with("postgres://h/d", "sslrootcert", "/a b/ca.pem").unwrap();
        assert_eq!(address.root_certificates().as_deref(), Some("/a b/ca.pem"));
        let address = with("postgres://you@h/d", "user", "me").unwrap();
        assert_eq!(address.to_string(), "postgres://you@h/d");
    }
}
