//! Typed access to a `config.json`, with errors that name the field.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::EmbedError;
use crate::limits::DESCRIPTION_MAX_BYTES;

/// The fields of a `config.json`, and errors that name them.
pub(super) struct Fields {
    path: PathBuf,
    map: Map<String, Value>,
}

impl Fields {
    pub(super) fn read(path: &Path) -> Result<Fields, EmbedError> {
        let text = files::read_named(path, DESCRIPTION_MAX_BYTES)?;
        let map = serde_json::from_slice(&text).map_err(|source| EmbedError::Config {
            path: path.to_owned(),
            source,
        })?;
        Ok(Fields {
            path: path.to_owned(),
            map,
        })
    }

    pub(super) fn unsupported(
        &self,
        field: &'static str,
        value: impl ToString,
        needs: &'static str,
    ) -> EmbedError {
        EmbedError::Unsupported {
            path: self.path.clone(),
            field,
            value: value.to_string(),
            needs,
        }
    }

    /// Returns the value of a field; one that is null counts as missing.
    pub(super) fn value(&self, field: &str) -> Option<&Value> {
        self.map.get(field).filter(|value| !value.is_null())
    }

    fn parse<'a, T: Deserialize<'a>>(
        &self,
        field: &str,
        value: &'a Value,
    ) -> Result<T, EmbedError> {
        T::deserialize(value).map_err(|source| EmbedError::Config {
            path: self.path.clone(),
            source: serde::de::Error::custom(format_args!("{field}: {source}")),
        })
    }

    /// Returns a field that may be missing.
    pub(super) fn optional<'a, T: Deserialize<'a>>(
        &'a self,
        field: &str,
    ) -> Result<Option<T>, EmbedError> {
        self.value(field)
            .map(|value| self.parse(field, value))
            .transpose()
    }

    fn required<'a, T: Deserialize<'a>>(&'a self, field: &'static str) -> Result<T, EmbedError> {
        self.optional(field)?.ok_or_else(|| EmbedError::Config {
            path: self.path.clone(),
            source: serde::de::Error::missing_field(field),
        })
    }

    pub(super) fn text(&self, field: &'static str) -> Result<&str, EmbedError> {
        self.required(field)
    }

    pub(super) fn text_or<'a>(
        &'a self,
        field: &str,
        default: &'a str,
    ) -> Result<&'a str, EmbedError> {
        Ok(self.optional(field)?.unwrap_or(default))
    }

    pub(super) fn flag_or(&self, field: &str, default: bool) -> Result<bool, EmbedError> {
        Ok(self.optional(field)?.unwrap_or(default))
    }

    pub(super) fn float_or(&self, field: &str, default: f32) -> Result<f32, EmbedError> {
        Ok(self.optional(field)?.unwrap_or(default))
    }

    /// Returns a size that `is_met` accepts.
    pub(super) fn checked(
        &self,
        field: &'static str,
        is_met: impl Fn(usize) -> bool,
        needs: &'static str,
    ) -> Result<usize, EmbedError> {
        let value = self.required(field)?;
        match is_met(value) {
            true => Ok(value),
            false => Err(self.unsupported(field, value, needs)),
        }
    }

    /// Refuses every other value than `only` of a field that may be missing, which means `default`.
    pub(super) fn only(
        &self,
        field: &'static str,
        only: &'static str,
        default: &str,
    ) -> Result<(), EmbedError> {
        let value = self.text_or(field, default)?;
        match value == only {
            true => Ok(()),
            false => Err(self.unsupported(field, value, only)),
        }
    }

    /// Refuses a setting that is switched on.
    pub(super) fn off(&self, field: &'static str) -> Result<(), EmbedError> {
        match self.flag_or(field, false)? {
            false => Ok(()),
            true => Err(self.unsupported(field, true, "false")),
        }
    }

    pub(super) fn epsilon(&self, field: &'static str) -> Result<f32, EmbedError> {
        let value: f32 = self.required(field)?;
        match value > 0.0 && value < 1.0 {
            true => Ok(value),
            false => Err(self.unsupported(field, value, "a small positive number")),
        }
    }

    /// Checks the base of the angles of rotary positions.
    pub(super) fn theta(&self, field: &'static str, value: f32) -> Result<f32, EmbedError> {
        match value > 1.0 && value.is_finite() {
            true => Ok(value),
            false => Err(self.unsupported(field, value, "a number above 1")),
        }
    }
}
