//! Who is let in.
//!
//! Three questions of every request. Is it from the person who started the server: by the token, or, where none was set, by the user whose
//! process is at the other end of a loopback connection? Is it addressed to us by a name of ours, so that no page can reach us under its own
//! (DNS rebinding)? And if a browser sent it for a page, was that page ours? Probes of health are answered without, since they say nothing.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::http::header::{
    AUTHORIZATION, CONNECTION, COOKIE, HOST, HeaderName, HeaderValue, LOCATION, ORIGIN, SET_COOKIE,
    WWW_AUTHENTICATE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Response, StatusCode};
use tokio::net::TcpStream;

use super::token::Token;
use super::{hang_up, peer};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Paths that answer whether the server lives, and nothing else.
const PROBES: &[&str] = &["/healthz", "/readyz", "/health"];

/// The parameter of an address that carries the token once, to be put into a cookie.
const PARAMETER: &str = "token";

/// Whom a server lets in.
#[derive(Debug)]
pub struct Access {
    /// What everyone has to show; where there is none, only processes of the user who started the server are answered, on loopback alone.
    pub token: Option<Token>,
    /// Names by which the server is known beside its address.
    pub hosts: Vec<String>,
    /// Connections of clients at a time.
    pub n_clients_max: usize,
    /// Whether browsers are clients: they cannot send a header with an address, so the token may stand in the address once.
    pub for_browsers: bool,
}

pub(super) struct Guard {
    address: SocketAddr,
    access: Access,
    /// Ports share their cookies, so each server has one of its own name.
    cookie: String,
}

/// An answer that says no, or where to go instead.
type Refusal = Box<Response<Body>>;

impl Guard {
    pub(super) fn new(address: SocketAddr, access: Access) -> Guard {
        Guard {
            address,
            access,
            cookie: format!("token-{}", address.port()),
        }
    }

    pub(super) fn is_probe(head: &Parts) -> bool {
        PROBES.contains(&head.uri.path())
    }

    /// Returns whether a connection comes from a process of the user who started this one. Asked only where that lets it in.
    pub(super) async fn is_own(&self, stream: &TcpStream) -> bool {
        if self.access.token.is_some() {
            return false;
        }
        let (Ok(peer), Ok(local)) = (stream.peer_addr(), stream.local_addr()) else {
            return false;
        };
        let asked = tokio::task::spawn_blocking(move || peer::is_of_own_user(peer, local));
        asked.await.unwrap_or(false)
    }

    /// Lets a request in, or says why not.
    pub(super) fn admit(&self, head: &Parts, is_own: bool) -> Result<(), Refusal> {
        if Guard::is_probe(head) {
            return Ok(());
        }
        self.check_client(head, is_own)?;
        self.check_host(head)?;
        self.check_page(&head.headers)?;
        match token_in_address(head) {
            Some(shown) if self.access.for_browsers => Err(self.without_token(head, &shown)),
            _ => Ok(()),
        }
    }

    fn check_client(&self, head: &Parts, is_own: bool) -> Result<(), Refusal> {
        let Some(token) = &self.access.token else {
            let reason = "this server answers processes of the user who started it, and nobody else; with MNEMO_HTTP_TOKEN set, whoever shows that token";
            return is_own
                .then_some(())
                .ok_or_else(|| hang_up(StatusCode::FORBIDDEN, reason).into());
        };
        let in_address = || token_in_address(head).is_some_and(|shown| token.is(&shown));
        let is_known = token.is_shown_in(&head.headers)
            || self.access.for_browsers && (self.has_cookie(&head.headers, token) || in_address());
        match is_known {
            true => Ok(()),
            false => Err(unknown()),
        }
    }

    fn has_cookie(&self, headers: &HeaderMap, token: &Token) -> bool {
        let cookies = headers.get_all(COOKIE).iter();
        let mut pairs = cookies
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, value)| name == self.cookie && token.is_ticket(value))
    }

    /// Sends a browser to the same address without the token, which it shows by a cookie from then on.
    fn without_token(&self, head: &Parts, shown: &str) -> Refusal {
        let rest = head.uri.query().unwrap_or_default().split('&');
        let rest: Vec<&str> = rest
            .filter(|pair| pair.split('=').next() != Some(PARAMETER))
            .collect();
        let path = head.uri.path().trim_start_matches('/');
        let place = match rest.is_empty() {
            true => format!("/{path}"),
            false => format!("/{path}?{}", rest.join("&")),
        };
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = StatusCode::SEE_OTHER;
        let headers = answer.headers_mut();
        if let Ok(place) = HeaderValue::from_str(&place) {
            headers.insert(LOCATION, place);
        }
        if let Some(token) = self.access.token.as_ref().filter(|token| token.is(shown)) {
            let cookie = format!(
                "{}={}; Path=/; HttpOnly; SameSite=Lax",
                self.cookie,
                token.ticket()
            );
            let cookie = HeaderValue::from_str(&cookie).expect("a name and letters of hexadecimal");
            headers.insert(SET_COOKIE, cookie);
        }
        answer.into()
    }

    fn check_host(&self, head: &Parts) -> Result<(), Refusal> {
        let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
        match host.is_some_and(|host| self.is_our_name(host)) {
            true => Ok(()),
            false => {
                let reason = "this server has another name: use the address that it showed when it started, or give --host NAME";
                Err(hang_up(StatusCode::FORBIDDEN, reason).into())
            }
        }
    }

    /// Whether a request that names this host means us: our address, `localhost`, and what else the person said. A name that anyone could
    /// have pointed at us is none of ours.
    fn is_our_name(&self, host: &str) -> bool {
        let (name, port) = split(host);
        let is_given = self
            .access
            .hosts
            .iter()
            .any(|given| given.eq_ignore_ascii_case(name) || given.eq_ignore_ascii_case(host));
        if is_given {
            return true;
        }
        if port.unwrap_or(80) != self.address.port() {
            return false;
        }
        if name.eq_ignore_ascii_case("localhost") {
            return self.address.ip().is_loopback() || self.address.ip().is_unspecified();
        }
        // An address in figures cannot be pointed elsewhere.
        let literal = name.trim_start_matches('[').trim_end_matches(']');
        literal.parse::<IpAddr>().is_ok_and(|ip| {
            self.address.ip().is_unspecified()
                || ip == self.address.ip()
                || ip.is_loopback() && self.address.ip().is_loopback()
        })
    }

    /// Refuses what a browser sends for a page that is not ours; a link that leads here may be followed.
    fn check_page(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
        let is_ours = |origin: &str| {
            let host = headers.get(HOST).and_then(|host| host.to_str().ok());
            let (_, origin) = origin.split_once("://").unwrap_or_default();
            host.is_some_and(|host| host.eq_ignore_ascii_case(origin))
        };
        let is_foreign = match (text(&ORIGIN), text(&FETCH_SITE)) {
            (Some(origin), _) => !is_ours(origin),
            (None, None | Some("same-origin" | "none")) => false,
            (None, Some(_)) => {
                text(&FETCH_MODE) != Some("navigate")
                    || text(&FETCH_DESTINATION) != Some("document")
            }
        };
        match is_foreign {
            true => Err(hang_up(StatusCode::FORBIDDEN, "pages of others are not answered").into()),
            false => Ok(()),
        }
    }
}

/// Splits a host from its port; the brackets of an address of IPv6 stay.
fn split(host: &str) -> (&str, Option<u16>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => {
            (name, Some(port.parse().unwrap_or(0)))
        }
        _ => (host, None),
    }
}

fn token_in_address(head: &Parts) -> Option<String> {
    if head.method != Method::GET {
        return None;
    }
    let pairs = head.uri.query()?.split('&');
    let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == PARAMETER)?;
    Some(unescaped(value))
}

/// Takes the escapes of a form back: a token may have any visible character.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escape = after.get(..2).filter(|_| *first == b'%');
        let byte = escape
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn unknown() -> Refusal {
    let reason = "expected the token that the server showed or was given when it started: Authorization: Bearer TOKEN";
    let mut answer = hang_up(StatusCode::UNAUTHORIZED, reason);
    let headers = answer.headers_mut();
    headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    debug_assert!(headers.contains_key(CONNECTION) && !headers.contains_key(AUTHORIZATION));
    answer.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(address: &str, hosts: &[&str]) -> Guard {
        let access = Access {
            token: None,
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            n_clients_max: 1,
            for_browsers: true,
        };
        Guard::new(address.parse().unwrap(), access)
    }

    #[test]
    fn only_names_that_nobody_can_point_here_are_ours() {
        let loopback = guard("127.0.0.1:7000", &["code.example"]);
        for ours in [
            "127.0.0.1:7000",
            "localhost:7000",
            "LocalHost:7000",
            "[::1]:7000",
            "code.example",
            "Code.Example:443",
        ] {
            assert!(loopback.is_our_name(ours), "{ours}");
        }
        for foreign in [
            "",
            "localhost",
            "localhost:80",
            "127.0.0.1",
            "evil.example:7000",
            "localhost.evil.example:7000",
            "127.0.0.1.nip.example:7000",
            "10.0.0.1:7000",
            "localhost:7000:7000",
            "user@localhost:7000",
        ] {
            assert!(!loopback.is_our_name(foreign), "{foreign}");
        }
        let everywhere = guard("0.0.0.0:80", &[]);
        assert!(everywhere.is_our_name("10.0.0.1") && everywhere.is_our_name("10.0.0.1:80"));
        assert!(!everywhere.is_our_name("evil.example"));
    }

    #[test]
    fn escapes_of_a_form_are_taken_back() {
        for (text, expected) in [("a%2Bb", "a+b"), ("%", "%"), ("%zz%4", "%zz%4"), ("", "")] {
            assert_eq!(unescaped(text), expected);
        }
    }
}
