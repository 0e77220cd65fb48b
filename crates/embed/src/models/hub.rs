//! The model hub over plain HTTPS, every wait bounded.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::{Agent, Proxy};

use super::error::SourceError;
use super::known::{KnownFile, KnownModel};
use super::staging::stage;
use super::store::HubSettings;

/// Gets every file of `model` into `directory`.
pub(crate) fn pull(
    settings: &HubSettings,
    model: &KnownModel,
    directory: &Path,
    progress: &mut dyn FnMut(&KnownFile, u64),
) -> Result<(), SourceError> {
    let agent = agent(settings)?;
    for file in &model.files {
        let url = format!(
            "{}/{}/resolve/{}/{}",
            settings.endpoint.trim_end_matches('/'),
            model.repository,
            model.revision,
            file.name
        );
        let mut request = agent.get(&url);
        if let Some(token) = &settings.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let response = request.call().map_err(|error| SourceError::Http {
            url: url.clone(),
            cause: Box::new(error),
        })?;
        let mut body = Body {
            reader: response.into_body().into_reader(),
            has_failed: false,
        };
        let staged = stage(&mut body, file, directory, &mut |n_bytes| {
            progress(file, n_bytes);
        });
        staged.map_err(|error| match error {
            // Errors of the disk name their path; those of the connection name nothing.
            SourceError::Io(cause) if body.has_failed => SourceError::Http {
                url,
                cause: Box::new(cause),
            },
            other => other,
        })?;
    }
    Ok(())
}

/// Knows whether the connection failed: the error itself may look like one of the disk.
struct Body<R> {
    reader: R,
    has_failed: bool,
}

impl<R: Read> Read for Body<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer);
        self.has_failed = read.is_err();
        read
    }
}

/// A slow download may go on as long as bytes come; silence, at any stage, may not.
fn agent(settings: &HubSettings) -> Result<Agent, SourceError> {
    let proxy = match &settings.proxy {
        None => None,
        Some(proxy) => Some(Proxy::new(proxy).map_err(|_| SourceError::Proxy {
            proxy: proxy.clone(),
        })?),
    };
    let config = Agent::config_builder()
        .proxy(proxy)
        .user_agent(concat!("mnemo/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(settings.connect_timeout))
        .timeout_connect(Some(settings.connect_timeout))
        .timeout_send_request(Some(settings.response_timeout))
        .timeout_recv_response(Some(settings.response_timeout))
        .timeout_per_read(Some(settings.response_timeout))
        .timeout_recv_body(Some(Duration::from_secs(3600)))
        .build();
    Ok(config.new_agent())
}

/// Returns the snapshots of `model` in a Hugging Face cache.
pub(crate) fn snapshots(cache: &Path, model: &KnownModel) -> Result<Vec<PathBuf>, SourceError> {
    let folder = format!("models--{}", model.repository.replace('/', "--"));
    let directory = cache.join(folder).join("snapshots");
    if !directory.exists() {
        return Err(SourceError::Absent);
    }
    let mut found = fs_err::read_dir(directory)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    found.sort();
    Ok(found)
}
