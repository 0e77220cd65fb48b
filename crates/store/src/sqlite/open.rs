//! Opens connections and sets what each of them must have.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use files::{make_folders, require_private, require_regular_or_absent};
use fs_err as fs;
use fs_err::os::unix::fs::OpenOptionsExt;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use rustix::fs::OFlags;

use crate::StoreError;
use crate::sqlite::failure::Failure;
use crate::sqlite::{schema, trust};

/// Every worker has a connection, so its cache counts against the memory budget once per worker.
const WRITER_CACHE_KIB: i64 = 1024;
/// Readers map the file instead: vectors are scanned without copying their pages.
const READER_MAPPED_BYTES: i64 = 1 << 30;
/// Checkpoints cost a disk sync each; at 16 MiB a fast writer makes a few a second, and the log still reads quickly.
const CHECKPOINT_PAGES: i64 = 4096;
/// A log that a long reader let grow shrinks to this when it is reused.
const LOG_LIMIT_BYTES: i64 = 32 << 20;
/// More than the statements there are, counted for two generations.
const CACHED_STATEMENTS: usize = 64;

/// A writer's turn is milliseconds; only a sweep or a migration takes longer.
const BUSY_PATIENCE: Duration = Duration::from_secs(60);
const BUSY_PAUSE_SHORT: Duration = Duration::from_millis(1);
const BUSY_PAUSE_LONG: Duration = Duration::from_millis(5);
/// Turns after which waiting for one's own gets less eager.
const BUSY_EAGER_TRIES: u32 = 50;

/// Files that SQLite keeps beside a database while it is open, and after a crash.
const BESIDE: &[&str] = &["-wal", "-shm", JOURNAL];
const JOURNAL: &str = "-journal";

/// Rights of others to change a file.
const OTHERS_WRITE: u32 = 0o022;

/// Ends a journal that names a journal of several databases, which SQLite deletes when it is done with it.
const JOURNAL_OF_SEVERAL: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// The path is one without links, and so must be what stands there when it is opened.
const WITHOUT_LINKS: OpenFlags =
    OpenFlags::SQLITE_OPEN_NO_MUTEX.union(OpenFlags::SQLITE_OPEN_NOFOLLOW);

pub(super) fn for_writing(path: &Path) -> Result<(Connection, PathBuf), StoreError> {
    let path = match located(path)? {
        Some(path) => path,
        None => create_file(path)?,
    };
    close_to_others(&path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | WITHOUT_LINKS;
    let mut connection =
        Connection::open_with_flags(&path, flags).map_err(|source| open_error(&path, source))?;
    configure_writer(&mut connection)
        .map_err(|error| Failure::from(error).into_error("opening the database", &path))?;
    // SQLite opens a write-protected file for reading without a word.
    if connection.is_readonly("main").unwrap_or(false) {
        return Err(StoreError::ReadOnly { path });
    }
    schema::migrate(&mut connection, &path)?;
    Ok((connection, path))
}

pub(super) fn for_reading(path: &Path) -> Result<(Connection, PathBuf), StoreError> {
    let Some(path) = located(path)? else {
        let path = absolute(path)?;
        return Err(StoreError::NotFound { path });
    };
    let (connection, found) = match open_reader(&path, Sharing::Shared) {
        Err(error) if needs_log_files(&error) && !has_log(&path) => {
            open_reader(&path, Sharing::Alone)?
        }
        answer => answer?,
    };
    match found {
        schema::VERSION => Ok((connection, path)),
        0 => Err(StoreError::NotFound { path }),
        _ => Err(StoreError::OlderSchema {
            path,
            found,
            supported: schema::VERSION,
        }),
    }
}

enum Sharing {
    /// Others may write meanwhile: needs the log's two files, or the right to create them.
    Shared,
    /// Nobody writes: the database is read without a log and without locks.
    Alone,
}

fn open_reader(path: &Path, sharing: Sharing) -> Result<(Connection, u32), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | WITHOUT_LINKS;
    let mut connection = match sharing {
        Sharing::Shared => Connection::open_with_flags(path, flags),
        Sharing::Alone => {
            Connection::open_with_flags(immutable_uri(path), flags | OpenFlags::SQLITE_OPEN_URI)
        }
    }
    .map_err(|source| open_error(path, source))?;
    configure_reader(&mut connection)
        .map_err(|error| Failure::from(error).into_error("opening the database", path))?;
    let found = schema::version(&mut connection, path)?;
    Ok((connection, found))
}

fn configure_writer(connection: &mut Connection) -> rusqlite::Result<()> {
    configure_any(connection)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_LIMIT_BYTES, |_| Ok(()))
}

fn configure_reader(connection: &mut Connection) -> rusqlite::Result<()> {
    configure_any(connection)?;
    connection.pragma_update_and_check(None, "mmap_size", READER_MAPPED_BYTES, |_| Ok(()))
}

fn configure_any(connection: &mut Connection) -> rusqlite::Result<()> {
    trust::disarm(connection)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    connection.busy_handler(Some(wait_for_turn))
}

/// Pauses are short because turns are: SQLite's own handler soon sleeps for 100 ms, in which another process writes 50 files.
fn wait_for_turn(n_tries: i32) -> bool {
    let n_tries = n_tries.cast_unsigned();
    let pause = if n_tries < BUSY_EAGER_TRIES {
        BUSY_PAUSE_SHORT
    } else {
        BUSY_PAUSE_LONG
    };
    std::thread::sleep(pause);
    BUSY_PAUSE_LONG * n_tries < BUSY_PATIENCE
}

fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    // Also keeps SQLite from reading a relative `file:…` as an URI.
    std::path::absolute(path).map_err(|source| open_error(path, source))
}

/// Returns where a database is, without links; nothing where there is none.
///
/// A link leads to a database that is there and has something in it, or it is refused: what an empty or missing file at its end would become,
/// whoever made the link has decided. What SQLite would open beside it must be regular files.
fn located(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    let path = absolute(path)?;
    let located = || -> io::Result<Option<PathBuf>> {
        let Some(is_link) = is_link(&path)? else {
            return Ok(None);
        };
        let target = fs::canonicalize(&path)?;
        match require_regular_or_absent(&target)? {
            Some(metadata) if is_link && metadata.len() == 0 => {
                let what = "it is a link to an empty file";
                return Err(io::Error::new(ErrorKind::InvalidInput, what));
            }
            _ => {}
        }
        for ending in BESIDE {
            require_regular_or_absent(&beside(&target, ending))?;
        }
        require_journal_of_one(&beside(&target, JOURNAL))?;
        Ok(Some(target))
    };
    located().map_err(|source| open_error(&path, source))
}

/// Returns whether a link stands at a path; nothing when nothing does.
fn is_link(path: &Path) -> io::Result<Option<bool>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata.is_symlink())),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Refuses a journal that would make SQLite delete another file. Ours never do: a transaction of ours is of one database.
fn require_journal_of_one(journal: &Path) -> io::Result<()> {
    let Some(metadata) = require_regular_or_absent(journal)? else {
        return Ok(());
    };
    let Some(at) = metadata.len().checked_sub(8) else {
        return Ok(());
    };
    let mut end = [0; 8];
    let file = fs::OpenOptions::new()
        .read(true)
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
        .open(journal)?;
    file.file().read_exact_at(&mut end, at)?;
    if end == JOURNAL_OF_SEVERAL {
        let what = format!(
            "{} is of several databases, as no journal of ours is",
            journal.display()
        );
        return Err(io::Error::new(ErrorKind::InvalidData, what));
    }
    Ok(())
}

/// Makes the database and what lies beside it private where others may write them.
fn close_to_others(path: &Path) -> Result<(), StoreError> {
    let close = |path: &Path| -> io::Result<()> {
        let Some(metadata) = require_regular_or_absent(path)? else {
            return Ok(());
        };
        match metadata.permissions().mode() & OTHERS_WRITE {
            0 => Ok(()),
            _ => require_private(&fs::File::open(path)?),
        }
    };
    let mut endings = std::iter::once(&"").chain(BESIDE);
    endings
        .try_for_each(|ending| close(&beside(path, ending)))
        .map_err(|source| open_error(path, source))
}

/// Makes an empty file that nobody else has made meanwhile, with its folders, and returns its path without links.
fn create_file(path: &Path) -> Result<PathBuf, StoreError> {
    let path = absolute(path)?;
    let create = || -> io::Result<PathBuf> {
        let around = path.parent().unwrap_or(&path);
        make_folders(around)?;
        let target = fs::canonicalize(around)?.join(path.file_name().unwrap_or_default());
        // Indexed code is as private as the code; SQLite gives the log the same mode.
        let created = fs::OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&target);
        match created {
            // Another process was faster.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                require_regular_or_absent(&target)?;
            }
            created => drop(created?),
        }
        Ok(target)
    };
    create().map_err(|source| open_error(&path, source))
}

fn open_error(path: &Path, source: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Open {
        path: path.to_owned(),
        source: Box::new(source),
    }
}

/// Whether SQLite could not create the log's files that even a reader needs.
fn needs_log_files(error: &StoreError) -> bool {
    match error {
        StoreError::ReadOnly { .. } | StoreError::ReadOnlyDisk { .. } => true,
        StoreError::Open { source, .. } => source
            .downcast_ref::<rusqlite::Error>()
            .is_some_and(|error| error.sqlite_error_code() == Some(ErrorCode::CannotOpen)),
        _ => false,
    }
}

/// Whether commits stand in a log that reading alone would miss.
fn has_log(path: &Path) -> bool {
    fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn immutable_uri(path: &Path) -> String {
    let path: String = path
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .map(|byte| match byte {
            b'/' | b'.' | b'-' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                char::from(*byte).to_string()
            }
            _ => format!("%{byte:02x}"),
        })
        .collect();
    format!("file://{path}?immutable=1")
}
