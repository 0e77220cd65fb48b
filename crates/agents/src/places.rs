//! Where an agent keeps its files.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::AgentError;

/// The folders of one user below which agents keep their configuration.
#[derive(Clone, Debug)]
pub struct Places {
    home: PathBuf,
    config: PathBuf,
    applications: PathBuf,
    codex: Option<PathBuf>,
}

/// A folder that the path of a file in the table starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// The home folder.
    Home,
    /// `$XDG_CONFIG_HOME` or `~/.config`, on every system.
    Config,
    /// Where desktop programs keep their settings: as [`Base::Config`] on Linux, `~/Library/Application Support` on macOS.
    Applications,
    /// `$CODEX_HOME` or `~/.codex`.
    Codex,
}

impl Places {
    /// Returns the places of the user who runs this process.
    pub fn of_user() -> Result<Places, AgentError> {
        let base = etcetera::choose_base_strategy().map_err(|_| AgentError::NoHome)?;
        let mut places = Places::below(base.home_dir());
        // On macOS agents of the terminal use ~/.config as well.
        if cfg!(not(target_os = "macos")) {
            places.config = base.config_dir();
            places.applications = base.config_dir();
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "this is another program's variable, no setting of ours"
        )]
        let codex = std::env::var_os("CODEX_HOME");
        places.codex = codex.filter(|value| !value.is_empty()).map(PathBuf::from);
        Ok(places)
    }

    /// Returns the places of a user with this home folder and no variables set.
    pub fn below(home: &Path) -> Places {
        let config = home.join(".config");
        let applications = match cfg!(target_os = "macos") {
            true => home.join("Library/Application Support"),
            false => config.clone(),
        };
        Places {
            home: home.to_owned(),
            config,
            applications,
            codex: None,
        }
    }

    pub(crate) fn path(&self, base: Base, below: &str) -> PathBuf {
        match base {
            Base::Home => self.home.join(below),
            Base::Config => self.config.join(below),
            Base::Applications => self.applications.join(below),
            Base::Codex => match &self.codex {
                Some(folder) => folder.join(below),
                None => self.home.join(".codex").join(below),
            },
        }
    }
}
