//! One request over HTTP, and what its outcome means.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use ureq::http::{HeaderMap, Response, StatusCode, Uri, header};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body};

use super::pace::Fault;
use super::{RemoteError, RemoteSettings, ServiceAddress, body};
use crate::{Embeddings, Role};

/// A server on the same continent answers in a tenth of a second.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A server without a GPU may need this long for a request of long inputs.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(120);

/// Bytes of an answer at most: 256 vectors of 4,096 dimensions in decimal.
const ANSWER_BYTES: u64 = 32 << 20;

/// A service's clock may be wrong, and so may what it asks for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// Sends requests to one service.
pub(super) struct Client {
    settings: RemoteSettings,
    agent: Agent,
}

impl Client {
    pub(super) fn new(settings: &RemoteSettings) -> Client {
        let config = Agent::config_builder()
            .user_agent(concat!("mnemo/", env!("CARGO_PKG_VERSION")))
            // What was probed is what is asked: no other host by a proxy, none by a redirect.
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_send_request(Some(CONNECT_TIMEOUT))
            .timeout_send_body(Some(RESPONSE_TIMEOUT))
            .timeout_recv_response(Some(RESPONSE_TIMEOUT))
            .timeout_recv_body(Some(RESPONSE_TIMEOUT))
            .build();
        let resolver = Fixed(settings.resolved.clone());
        Client {
            agent: Agent::with_parts(config, DefaultConnector::default(), resolver),
            settings: settings.clone(),
        }
    }

    /// Asks for the vectors of `inputs` once.
    pub(super) fn embed(
        &self,
        inputs: &[String],
        role: Role,
        n_dimensions: Option<usize>,
    ) -> Result<Embeddings, Fault> {
        let bytes = self.send(&body::request(&self.settings, inputs, role))?;
        let answer = body::answer(self.settings.protocol, &bytes, inputs.len(), n_dimensions)
            .map_err(Fault::Failed)?;
        let rough = || {
            inputs
                .iter()
                .map(|input| crate::mock::approximate_tokens(input))
        };
        Ok(Embeddings {
            n_tokens: answer.n_tokens.unwrap_or_else(|| rough().sum()),
            vectors: answer.vectors,
        })
    }

    fn send(&self, body: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut request = self
            .agent
            .post(self.settings.address.to_string())
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = &self.settings.key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", key.reveal()));
        }
        let response = request.send(body).map_err(lost)?;
        self.read(response)
    }

    /// Returns the JSON that the service gives at another of its paths; nothing where it gives none.
    pub(super) fn get<T: serde::de::DeserializeOwned>(
        &self,
        address: &ServiceAddress,
    ) -> Result<Option<T>, Fault> {
        let mut request = self.agent.get(address.to_string());
        if let Some(key) = &self.settings.key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", key.reveal()));
        }
        let response = request.call().map_err(lost)?;
        if !response.status().is_success() {
            return Ok(None);
        }
        let bytes = self.read(response)?;
        Ok(serde_json::from_slice(&bytes).ok())
    }

    fn read(&self, response: Response<Body>) -> Result<Vec<u8>, Fault> {
        let (head, mut body) = response.into_parts();
        let bytes = body
            .with_config()
            .limit(ANSWER_BYTES)
            .read_to_vec()
            .map_err(lost)?;
        match head.status {
            status if status.is_success() => Ok(bytes),
            status => Err(self.refusal(status, &head.headers, &bytes)),
        }
    }

    fn refusal(&self, status: StatusCode, headers: &HeaderMap, bytes: &[u8]) -> Fault {
        let mut said = body::complaint(bytes);
        if let Some(key) = &self.settings.key {
            // Some services quote the key that they do not like.
            said = said.replace(key.reveal(), "…");
        }
        let cause = match &*said {
            "" => status.to_string(),
            said => format!("{status}: {said}"),
        };
        match status.as_u16() {
            429 | 503 => Fault::Busy {
                after: retry_after(headers),
                cause,
            },
            408 | 502 | 504 => Fault::Lost(cause),
            500.. => Fault::Failed(cause),
            400 | 413 | 422 => Fault::TooMuch(cause),
            300..400 => Fault::Final(self.refused(match headers.get(header::LOCATION) {
                Some(target) => format!("{status} leads to {target:?}; give that address"),
                None => cause,
            })),
            _ => Fault::Final(self.refused(cause)),
        }
    }

    fn refused(&self, cause: String) -> RemoteError {
        RemoteError::Refused {
            address: self.settings.address.clone(),
            cause,
        }
    }
}

/// A connection that failed, was cut or was silent for too long.
fn lost(error: ureq::Error) -> Fault {
    match error {
        ureq::Error::BodyExceedsLimit(limit) => {
            Fault::Failed(format!("an answer of more than {} MiB", limit >> 20))
        }
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            Fault::Failed(format!("an answer that cannot be decoded ({error})"))
        }
        error => Fault::Lost(error.to_string()),
    }
}

/// Returns how long the service asks to wait: seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Err(_) => {
            let date = httpdate::parse_http_date(text).ok()?;
            date.duration_since(SystemTime::now()).unwrap_or_default()
        }
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}

/// Leads every name to the addresses that the service's host had when it was probed.
#[derive(Debug)]
struct Fixed(Vec<SocketAddr>);

impl Resolver for Fixed {
    fn resolve(
        &self,
        _: &Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        for address in &self.0 {
            addresses.push(*address);
        }
        match addresses.is_empty() {
            true => Err(ureq::Error::HostNotFound),
            false => Ok(addresses),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_is_read_in_both_spellings() {
        let wait = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("0.5"), Some(Duration::from_millis(500)));
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("99999999999"), Some(LONGEST_RETRY_AFTER));
        assert_eq!(wait("-1"), None);
        assert_eq!(wait("soon"), None);
    }
}
