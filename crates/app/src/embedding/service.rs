//! The embedding service that the user's settings name. A tree has no say in it: the texts of whoever indexes the tree go there.

use std::time::Duration;

use domain::{ModelId, View};
use embed::EmbedError;
use embed::remote::{RemoteRequest, RemoteSettings, Secret, ServiceAddress};

use crate::error::AppError;
use crate::settings::{EmbedderViews, Settings, embedder_key};

/// A key is shorter; a larger file is another file.
const KEY_MAX_BYTES: u64 = 64 << 10;

/// A question that waits longer for its vector is answered by words alone.
const QUESTION_PATIENCE: Duration = Duration::from_secs(5);

/// Returns whether the service embeds a view.
pub(super) fn embeds(settings: &Settings, view: View) -> bool {
    let views = settings.embedder_views.value;
    settings.embedder.value.is_some()
        && match view {
            View::Code => views != EmbedderViews::Text,
            View::Text => views != EmbedderViews::Code,
        }
}

/// Asks the service who it is; nothing where the settings name none.
pub(crate) fn probe(settings: &Settings) -> Result<Option<RemoteSettings>, AppError> {
    probe_for(settings, settings.embedder_patience.value)
}

/// Returns the service if its model is the one that an index was made with.
pub(super) fn indexed(
    settings: &Settings,
    id: &ModelId,
) -> Result<Option<RemoteSettings>, AppError> {
    let patience = QUESTION_PATIENCE.min(settings.embedder_patience.value);
    let service = probe_for(settings, patience)?;
    Ok(service.filter(|service| service.model_id() == *id))
}

fn probe_for(settings: &Settings, patience: Duration) -> Result<Option<RemoteSettings>, AppError> {
    let Some(address) = settings.embedder.value.clone() else {
        return Ok(None);
    };
    if settings.offline.value && !address.is_loopback() {
        return Err(AppError::OfflineEmbedder { address });
    }
    let request = RemoteRequest {
        model: settings.embedder_model.value.clone(),
        key: key(settings, &address)?,
        n_dimensions: settings.dimensions.value,
        max_input_tokens: settings.window.value,
        patience,
        address,
    };
    let service = request.probe().map_err(EmbedError::from)?;
    Ok(Some(service))
}

/// A file that was named comes before what the environment holds.
fn key(settings: &Settings, address: &ServiceAddress) -> Result<Option<Secret>, AppError> {
    let Some(path) = &settings.embedder_key_file.value else {
        return Ok(embedder_key(address.host()).map(|key| Secret::new(&key)));
    };
    let bytes = files::read_named(path, KEY_MAX_BYTES).map_err(AppError::KeyFile)?;
    Ok(Some(Secret::new(&String::from_utf8_lossy(&bytes))))
}
