//! The values that settings can have, and how they are written.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use embed::remote::ServiceAddress;

/// Where the index is kept.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum DatabaseLocation {
    /// A file of the embedded database.
    Sqlite(PathBuf),
    /// A database on a PostgreSQL server.
    Postgres(store::PostgresAddress),
}

impl fmt::Display for DatabaseLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseLocation::Sqlite(path) => write!(f, "{}", path.display()),
            DatabaseLocation::Postgres(address) => write!(f, "{address}"),
        }
    }
}

/// Whether workers are confined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sandbox {
    /// They may do what this process may.
    Off,
    /// As far as the kernel can; a call that they need not make fails.
    On,
    /// And such a call ends the worker, so that nobody misses it.
    Strict,
}

/// How views are embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmbeddingMode {
    /// By the model.
    Real,
    /// By vectors made from the input's hash, for tests.
    Mock,
    /// Not at all: chunks and words only.
    None,
}

/// The views that a service embeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmbedderViews {
    /// Code and texts.
    Both,
    /// Code alone.
    Code,
    /// Texts alone.
    Text,
}

/// The editor that pages lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Editor {
    /// None.
    None,
    /// Visual Studio Code.
    VsCode,
    /// Cursor.
    Cursor,
    /// Zed.
    Zed,
    /// IntelliJ IDEA, and the others of its family.
    Idea,
}

/// Number of worker processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workers {
    /// As many as cores and memory allow.
    Auto,
    /// This many.
    Count(usize),
    /// As many as an engine finds room for.
    Range {
        /// Fewer are an error.
        least: usize,
        /// More are not wanted.
        most: usize,
    },
}

/// What starts workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineKind {
    /// This machine.
    Local,
    /// Ray, on the machines of a cluster.
    Ray,
}

impl Workers {
    /// Returns how many are meant where each has so many threads.
    pub(crate) fn count(self, n_threads: NonZeroUsize) -> usize {
        match self {
            Workers::Count(count) | Workers::Range { most: count, .. } => count,
            Workers::Auto => (index::granted_cores() / n_threads.get()).max(1),
        }
    }
}

/// Memory of all processes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryLimit {
    /// A share of what the machine or the control group grants.
    Auto,
    /// This many bytes.
    Bytes(u64),
}

impl MemoryLimit {
    /// Returns how much is meant.
    pub(crate) fn n_bytes(self) -> u64 {
        match self {
            MemoryLimit::Auto => index::MemoryBudget::auto().n_bytes,
            MemoryLimit::Bytes(n_bytes) => n_bytes,
        }
    }
}

/// What every value of a setting can do.
pub(super) trait SettingValue {
    /// Returns how people are shown it; empty for none.
    fn shown(&self) -> String;

    /// Returns the path that it is, if it is one.
    fn path_mut(&mut self) -> Option<&mut PathBuf> {
        None
    }
}

impl<T: SettingValue> SettingValue for Option<T> {
    fn shown(&self) -> String {
        self.as_ref().map(T::shown).unwrap_or_default()
    }

    fn path_mut(&mut self) -> Option<&mut PathBuf> {
        self.as_mut().and_then(T::path_mut)
    }
}

impl SettingValue for PathBuf {
    fn shown(&self) -> String {
        self.display().to_string()
    }

    fn path_mut(&mut self) -> Option<&mut PathBuf> {
        Some(self)
    }
}

impl SettingValue for DatabaseLocation {
    fn shown(&self) -> String {
        self.to_string()
    }

    fn path_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            DatabaseLocation::Sqlite(path) => Some(path),
            DatabaseLocation::Postgres(_) => None,
        }
    }
}

/// Values that people are shown by one expression.
macro_rules! shown_as {
    ($($type:ty: |$value:ident| $shown:expr;)+) => {
        $(impl SettingValue for $type {
            fn shown(&self) -> String {
                let $value = self;
                $shown
            }
        })+
    };
}

shown_as! {
    String: |text| text.clone();
    bool: |switch| switch.to_string();
    usize: |count| count.to_string();
    NonZeroUsize: |count| count.to_string();
    u64: |n_bytes| format!("{n_bytes} bytes");
    Duration: |duration| format!("{} s", duration.as_secs_f64());
    ServiceAddress: |address| address.to_string();
    EmbeddingMode: |mode| format!("{mode:?}").to_lowercase();
    EmbedderViews: |views| format!("{views:?}").to_lowercase();
    Editor: |editor| format!("{editor:?}").to_lowercase();
    embed::Precision: |precision| format!("{precision:?}").to_lowercase();
    index::GeneratedFiles: |generated| format!("{generated:?}").to_lowercase();
    EngineKind: |engine| format!("{engine:?}").to_lowercase();
    Workers: |workers| match workers {
        Workers::Auto => "auto".to_owned(),
        Workers::Count(count) => count.to_string(),
        Workers::Range { least, most } => format!("{least}:{most}"),
    };
    MemoryLimit: |memory| match memory {
        MemoryLimit::Auto => "auto".to_owned(),
        MemoryLimit::Bytes(n_bytes) => format!("{n_bytes} bytes"),
    };
    Sandbox: |sandbox| match sandbox {
        Sandbox::Off => "false",
        Sandbox::On => "true",
        Sandbox::Strict => "strict",
    }.to_owned();
}

/// A parser of one setting: the value, or what would have been one.
pub(super) type Parse<T> = fn(&str) -> Result<T, &'static str>;

pub(super) fn parse_database(text: &str) -> Result<DatabaseLocation, &'static str> {
    const EXPECTED: &str = "a path of a database file, or postgres://user:password@host:port/database?sslmode=… \
        (disable, prefer, require, verify-ca or verify-full)";
    match text.split_once("://") {
        // As libpq takes it too, password and all: no name of a file.
        None if text.is_empty() || store::is_keywords(text) => Err(EXPECTED),
        None => Ok(DatabaseLocation::Sqlite(PathBuf::from(text))),
        Some(("sqlite", path)) => Ok(DatabaseLocation::Sqlite(PathBuf::from(path))),
        Some((scheme, _)) if store::is_postgres_scheme(scheme) => text
            .parse()
            .map(DatabaseLocation::Postgres)
            .map_err(|_| EXPECTED),
        Some(_) => Err(EXPECTED),
    }
}

pub(super) fn parse_embeddings(text: &str) -> Result<EmbeddingMode, &'static str> {
    match text {
        "real" => Ok(EmbeddingMode::Real),
        "mock" => Ok(EmbeddingMode::Mock),
        "none" => Ok(EmbeddingMode::None),
        _ => Err("real, mock or none"),
    }
}

pub(super) fn parse_service(text: &str) -> Result<Option<ServiceAddress>, &'static str> {
    const EXPECTED: &str = "an address such as http://localhost:8080 or https://api.openai.com/v1, without user, password, query or fragment";
    match text.is_empty() {
        true => Ok(None),
        false => text.parse().map(Some).map_err(|_| EXPECTED),
    }
}

pub(super) fn parse_embedder_views(text: &str) -> Result<EmbedderViews, &'static str> {
    match text {
        "both" => Ok(EmbedderViews::Both),
        "code" => Ok(EmbedderViews::Code),
        "text" => Ok(EmbedderViews::Text),
        _ => Err("both, code or text"),
    }
}

pub(super) fn parse_editor(text: &str) -> Result<Editor, &'static str> {
    match text {
        "none" => Ok(Editor::None),
        "vscode" => Ok(Editor::VsCode),
        "cursor" => Ok(Editor::Cursor),
        "zed" => Ok(Editor::Zed),
        "idea" => Ok(Editor::Idea),
        _ => Err("none, vscode, cursor, zed or idea"),
    }
}

pub(super) fn parse_precision(text: &str) -> Result<embed::Precision, &'static str> {
    match text {
        "int8" => Ok(embed::Precision::Int8),
        "f32" => Ok(embed::Precision::F32),
        _ => Err("int8 or f32"),
    }
}

pub(super) fn parse_optional_count(text: &str) -> Result<Option<usize>, &'static str> {
    match text.parse() {
        _ if text.is_empty() => Ok(None),
        Ok(count @ 1..) => Ok(Some(count)),
        _ => Err("a number above 0"),
    }
}

pub(super) fn parse_workers(text: &str) -> Result<Workers, &'static str> {
    parse_worker_count(text).or_else(|_| {
        worker_range(text).ok_or("auto, a number from 1 to 256, or MIN:MAX with an engine")
    })
}

pub(super) fn parse_worker_count(text: &str) -> Result<Workers, &'static str> {
    match (text, text.parse()) {
        ("auto", _) => Ok(Workers::Auto),
        (_, Ok(count @ 1..=256)) => Ok(Workers::Count(count)),
        _ => Err("auto or a number from 1 to 256"),
    }
}

fn worker_range(text: &str) -> Option<Workers> {
    let (least, most) = text.split_once(':')?;
    let (least, most) = (least.parse().ok()?, most.parse().ok()?);
    (1 <= least && least <= most && most <= 256).then_some(Workers::Range { least, most })
}

pub(super) fn parse_generated(text: &str) -> Result<index::GeneratedFiles, &'static str> {
    match text {
        "with" => Ok(index::GeneratedFiles::With),
        "without" => Ok(index::GeneratedFiles::Without),
        _ => Err("with or without"),
    }
}

pub(super) fn parse_engine(text: &str) -> Result<EngineKind, &'static str> {
    match text {
        "local" => Ok(EngineKind::Local),
        "ray" => Ok(EngineKind::Ray),
        _ => Err("local or ray"),
    }
}

pub(super) fn parse_threads(text: &str) -> Result<NonZeroUsize, &'static str> {
    match text.parse::<NonZeroUsize>() {
        Ok(count) if count.get() <= 64 => Ok(count),
        _ => Err("a number from 1 to 64"),
    }
}

pub(super) fn parse_memory(text: &str) -> Result<MemoryLimit, &'static str> {
    if text == "auto" {
        return Ok(MemoryLimit::Auto);
    }
    parse_size(text)
        .map(MemoryLimit::Bytes)
        .map_err(|_| "auto or a size such as 300M or 2G")
}

/// Sizes are in steps of 1024, as memory is counted; `300M`, `300MB` and `300MiB` mean the same.
pub(super) fn parse_size(text: &str) -> Result<u64, &'static str> {
    const EXPECTED: &str = "a size such as 500K, 300M or 2G";
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match lower[digits.len()..]
        .trim_end_matches('b')
        .trim_end_matches('i')
    {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return Err(EXPECTED),
    };
    let number: u64 = digits.trim().parse().map_err(|_| EXPECTED)?;
    number
        .checked_mul(unit)
        .filter(|&size| size > 0)
        .ok_or(EXPECTED)
}

pub(super) fn parse_seconds(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "a number of seconds above 0, of a year at most";
    const YEAR: Duration = Duration::from_secs(366 * 24 * 60 * 60);
    let seconds: f64 = text.trim_end_matches('s').parse().map_err(|_| EXPECTED)?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| !duration.is_zero() && *duration <= YEAR)
        .ok_or(EXPECTED)
}

pub(super) fn parse_switch(text: &str) -> Result<bool, &'static str> {
    match text {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" | "" => Ok(false),
        _ => Err("true or false"),
    }
}

pub(super) fn parse_sandbox(text: &str) -> Result<Sandbox, &'static str> {
    match (text, parse_switch(text)) {
        ("strict", _) => Ok(Sandbox::Strict),
        (_, Ok(true)) => Ok(Sandbox::On),
        (_, Ok(false)) => Ok(Sandbox::Off),
        (_, Err(_)) => Err("true, false or strict"),
    }
}

pub(super) fn parse_text(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        Err("a value that is not empty")
    } else {
        Ok(text.to_owned())
    }
}

pub(super) fn parse_optional_text(text: &str) -> Result<Option<String>, &'static str> {
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

pub(super) fn parse_path(text: &str) -> Result<PathBuf, &'static str> {
    parse_text(text).map(PathBuf::from)
}

pub(super) fn parse_optional_path(text: &str) -> Result<Option<PathBuf>, &'static str> {
    Ok((!text.is_empty()).then(|| PathBuf::from(text)))
}
