//! Where a server is, as people write it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use crate::postgres::tls::Verification;

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

    /// Returns a password that the address does not have itself, as `PGPASSWORD` gives it.
    #[must_use]
    pub fn or_password(self, password: &str) -> PostgresAddress {
        let has_password = self
            .target()
            .is_ok_and(|target| target.config.get_password().is_some());
        match has_password {
            true => self,
            false => {
                let joint = if self.0.contains('?') { '&' } else { '?' };
                PostgresAddress(format!(
                    "{}{joint}password={}",
                    self.0,
                    percent_encoded(password)
                ))
            }
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

/// Returns an address, even one that cannot be used, without its password and parameters.
pub fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        // Pairs, as libpq takes them.
        return match text.split_once("password") {
            Some((before, _)) => format!("{before}…"),
            None => text.to_owned(),
        };
    };
    // Where one part ends and the next begins is not certain: a password may have a `?` in it that nobody has escaped.
    if parse(text).is_err() {
        return format!("{scheme}://…");
    }
    let rest = rest.split('?').next().unwrap_or_default();
    match rest.rsplit_once('@') {
        Some((user, place)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{place}")
        }
        None => format!("{scheme}://{rest}"),
    }
}

/// Whether `scheme` is PostgreSQL's, perhaps with the driver that a program in another language uses: `postgresql+asyncpg`.
pub fn is_postgres_scheme(scheme: &str) -> bool {
    matches!(scheme.split('+').next(), Some("postgres" | "postgresql"))
}

fn parse(text: &str) -> Result<Target, InvalidAddress> {
    let invalid = |reason: &str| InvalidAddress {
        reason: reason.to_owned(),
    };
    let (_, rest) = text
        .split_once("://")
        .filter(|(scheme, _)| is_postgres_scheme(scheme))
        .ok_or_else(|| invalid("expected postgres://user@host/database"))?;
    let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let mut mode = "prefer";
    let mut root_certificates = None;
    let mut kept = Vec::new();
    for parameter in parameters.split('&').filter(|text| !text.is_empty()) {
        match parameter.split_once('=') {
            // `ssl` is asyncpg's word for the same.
            Some(("sslmode" | "ssl", value)) => mode = value,
            Some(("sslrootcert", path)) => root_certificates = Some(percent_decoded(path)),
            _ => kept.push(parameter),
        }
    }
    let (ssl_mode, verification) = match (mode, &root_certificates) {
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
        true => format!("postgres://{place}"),
        false => format!("postgres://{place}?{}", kept.join("&")),
    };
    let mut config: Config = plain.parse().map_err(|error: tokio_postgres::Error| {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        invalid(&source.unwrap_or_else(|| error.to_string()))
    })?;
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
        let target = address.or_password("p@ss&1").target().unwrap();
        assert_eq!(target.config.get_password(), Some(&b"p@ss&1"[..]));
    }
}
