//! How fast this machine embeds, for forecasts: what the last run that was long enough measured, by model and instruction set.
//!
//! A hint in the cache. One that cannot be read or written is one that is not there.

use std::collections::BTreeMap;
use std::path::PathBuf;

use embed::{EmbedderSetup, InstructionSet, Precision};
use index::{RunSummary, granted_cores};

use crate::embedding::EmbeddingSetup;
use crate::project::Project;

/// A run that embedded fewer tokens says more about its start than about the machine.
const MIN_TOKENS_FOR_RATE: u64 = 100_000;

/// The size of the default model's packed weights, of which [`InstructionSet::tokens_per_second`] speaks.
const DEFAULT_MODEL_BYTES_INT8: f64 = 36e6;
const DEFAULT_MODEL_BYTES_F32: f64 = 91e6;

impl Project {
    /// Returns how many tokens a worker may embed in a second: as many as in the last run, or a rough figure for this processor. For a
    /// model that is not here yet, those of the default model.
    pub(crate) fn tokens_per_second(&self, setup: Option<&EmbeddingSetup>) -> f64 {
        let set = InstructionSet::detect();
        let precision = self.settings.precision.value;
        let rough = set.tokens_per_second(precision);
        let Some(setup) = setup else {
            return rough;
        };
        let remembered = key(setup).and_then(|key| self.rates().get(&key).copied());
        // The work of a token is a product with every weight.
        let size_of_default = match precision {
            Precision::Int8 => DEFAULT_MODEL_BYTES_INT8,
            Precision::F32 => DEFAULT_MODEL_BYTES_F32,
        };
        let size = match setup.mapped_bytes() {
            0 => 1.0,
            n_bytes => n_bytes as f64 / size_of_default,
        };
        remembered
            .filter(|rate| *rate > 0.0)
            .unwrap_or(rough / size)
    }

    /// Remembers how fast a run was.
    pub(crate) fn remember_rate(&self, setup: &EmbeddingSetup, summary: &RunSummary) {
        let Some(key) = key(setup).filter(|_| summary.n_tokens >= MIN_TOKENS_FOR_RATE) else {
            return;
        };
        let n_threads = summary.n_workers * self.settings.threads.value.get();
        let n_cores = n_threads.clamp(1, granted_cores());
        let rate = summary.n_tokens as f64 / (summary.seconds.process * n_cores as f64);
        self.remember(key, rate.round());
    }

    fn remember(&self, key: String, rate: f64) {
        let mut rates = self.rates();
        rates.insert(key, rate);
        let text = serde_json::to_string(&rates).expect("numbers by text always serialize");
        // Two runs may end at once: each writes a whole file, and either is a good answer.
        let aside = self
            .rates_file()
            .with_extension(std::process::id().to_string());
        if fs_err::write(&aside, text).is_ok() && fs_err::rename(&aside, self.rates_file()).is_err()
        {
            fs_err::remove_file(&aside).ok();
        }
    }

    fn rates(&self) -> BTreeMap<String, f64> {
        let text = fs_err::read_to_string(self.rates_file()).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn rates_file(&self) -> PathBuf {
        self.settings.cache_dir.value.join("rates.json")
    }
}

/// Names what decides the rate; nothing where nothing is computed here.
fn key(setup: &EmbeddingSetup) -> Option<String> {
    let models: Vec<String> = setup
        .embedders()
        .map(|embedder| match embedder {
            EmbedderSetup::Local(encoder) => Some(encoder.model_id().to_string()),
            EmbedderSetup::Remote(_) | EmbedderSetup::Mock => None,
        })
        .collect::<Option<_>>()?;
    let set = InstructionSet::detect().as_str();
    (!models.is_empty()).then(|| format!("{} {set}", models.join(" ")))
}

#[cfg(test)]
mod tests {
    use embed::{EncoderSettings, Pooling};

    use super::*;
    use crate::{Overrides, Settings};

    fn setup(model_name: &str) -> EmbeddingSetup {
        let code = EncoderSettings {
            model_name: model_name.to_owned(),
            model_directory: PathBuf::from("nowhere"),
            weights_sha256: "00".to_owned(),
            window: 256,
            pooling: Pooling::Mean,
            query_prefix: String::new(),
            document_prefix: String::new(),
            packed_directory: PathBuf::from("nowhere"),
            precision: Precision::Int8,
            instruction_set: None,
            n_threads: std::num::NonZeroUsize::MIN,
            cut: None,
        };
        EmbeddingSetup::of(EmbedderSetup::Local(Box::new(code)), None)
    }

    #[test]
    fn rate_is_remembered_by_model_and_rough_before() {
        let cache = tempfile::tempdir().unwrap();
        let mut flags = Overrides::default();
        flags.set("cache_dir", cache.path().to_str().map(str::to_owned));
        flags.set("database", Some("x.db".to_owned()));
        let project = Project::new(Settings::resolve(&flags, None).unwrap());
        let rough = project.tokens_per_second(None);
        let (one, other) = (setup("one"), setup("other"));
        assert!(rough > 0.0);
        assert_eq!(project.tokens_per_second(Some(&one)), rough);
        project.remember(key(&one).unwrap(), 1234.0);
        assert_eq!(project.tokens_per_second(Some(&one)), 1234.0);
        assert_eq!(project.tokens_per_second(Some(&other)), rough);
        fs_err::write(project.rates_file(), "no JSON").unwrap();
        assert_eq!(project.tokens_per_second(Some(&one)), rough);
    }
}
