//! Why a model, or one source of it, is not available.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use thiserror::Error;

use super::source::Source;
use crate::EmbedError;

/// A model that is not available.
#[derive(Debug, Error)]
pub enum ModelError {
    /// Neither the table nor the given folder knows the name.
    #[error("no model is called {name:?}; known are {}", known.join(", "))]
    Unknown {
        /// The name asked for.
        name: String,
        /// Names that would do.
        known: Vec<String>,
    },
    /// Every source failed.
    #[error("no source has the model {name:?}{}; {advice}", list(attempts))]
    NoSource {
        /// The model's name.
        name: String,
        /// What was tried, in order.
        attempts: Vec<Attempt>,
        /// Ways out.
        advice: String,
    },
    /// The given folder cannot be used.
    #[error("{} cannot be used as a model's folder", directory.display())]
    Folder {
        /// The folder.
        directory: PathBuf,
        /// Why.
        source: SourceError,
    },
    /// The cache cannot be read or written.
    #[error("the model cache cannot be used")]
    Cache(#[source] io::Error),
}

/// A source that was tried in vain.
#[derive(Debug)]
pub struct Attempt {
    /// Which.
    pub source: Source,
    /// Why it failed.
    pub error: SourceError,
}

/// Why one source failed.
#[derive(Debug, Error)]
pub enum SourceError {
    /// A file could not be read or written; the error names it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The source has no such model.
    #[error("not there")]
    Absent,
    /// The settings forbid the network.
    #[error("the network is switched off")]
    Offline,
    /// The folder holds another model.
    #[error("{} holds the model {found:?}", directory.display())]
    OtherModel {
        /// The folder.
        directory: PathBuf,
        /// What it holds.
        found: String,
    },
    /// A description in the folder makes no sense to us.
    #[error("{} cannot be used: {cause}", path.display())]
    Description {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The folder's configuration is not one of a model that the encoder computes.
    #[error(transparent)]
    Model(#[from] EmbedError),
    /// Bytes that are not the model's.
    #[error("{file} has sha256 {found} instead of {expected}: refused")]
    WrongHash {
        /// Name of the file.
        file: String,
        /// Hash of the known file.
        expected: String,
        /// Hash of what came.
        found: String,
    },
    /// Too few bytes, or more than the file has.
    #[error("{file} has {}: refused", size(*expected, *found))]
    WrongSize {
        /// Name of the file.
        file: String,
        /// Size of the known file.
        expected: u64,
        /// Bytes that came before the end or before we stopped.
        found: u64,
    },
    /// The hub did not answer, or not with the file.
    #[error("cannot get {url}")]
    Http {
        /// What was asked for.
        url: String,
        /// What happened.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// The address of a proxy makes no sense.
    #[error("{proxy:?} is not the address of a proxy")]
    Proxy {
        /// The setting.
        proxy: String,
    },
    /// No Python interpreter can be started.
    #[error("no Python found (tried {})", tried.join(", "))]
    NoPython {
        /// Programs that were tried.
        tried: Vec<String>,
    },
    /// Python is there, pip is not.
    #[error("{python} has no pip")]
    NoPip {
        /// The interpreter.
        python: String,
    },
    /// Pip gave up.
    #[error("{python} -m pip failed ({status}): {stderr}")]
    Pip {
        /// The interpreter.
        python: String,
        /// How it ended.
        status: ExitStatus,
        /// The last it said.
        stderr: String,
    },
    /// Pip took too long and was ended.
    #[error("pip took longer than {seconds} s")]
    PipTimeout {
        /// The limit.
        seconds: u64,
    },
    /// The wheel is not what it should be.
    #[error("the Python package {package} cannot be read: {cause}")]
    Wheel {
        /// Name of the package.
        package: String,
        /// What is wrong with it.
        cause: String,
    },
}

/// Of a file that is too long only the first byte too many was read.
fn size(expected: u64, found: u64) -> String {
    if found < expected {
        format!("{found} bytes instead of {expected}")
    } else {
        format!("more than {expected} bytes")
    }
}

fn list(attempts: &[Attempt]) -> String {
    attempts
        .iter()
        .map(|attempt| {
            format!(
                "\n  {}: {}",
                attempt.source,
                domain::one_line(&attempt.error)
            )
        })
        .collect()
}
