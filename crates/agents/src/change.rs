//! One change to one file of an agent: planned, shown, carried out.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::edit::Edited;
use crate::{Agent, AgentError, Places, Server, instructions};

/// No configuration of an agent comes near this size; conversations kept beside it may be megabytes.
const MAX_BYTES: u64 = 64 << 20;

/// What a file of an agent says and is to say.
#[derive(Debug)]
pub struct Change {
    /// The file, through any link to it.
    pub file: PathBuf,
    before: Option<String>,
    after: Edited,
}

/// What a change does to its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It says already what it should.
    Unchanged,
    /// It is made.
    Created,
    /// It is changed.
    Changed,
    /// It held our entry alone and is deleted.
    Deleted,
}

impl Change {
    /// Plans to add our entry to an agent's configuration, or to bring it up to date.
    pub fn install(agent: &Agent, places: &Places, server: &Server) -> Result<Change, AgentError> {
        Change::plan(&agent.file(places), |text| {
            agent.format.insert(text, server, agent.shape)
        })
    }

    /// Plans to take our entry out of an agent's configuration.
    pub fn remove(agent: &Agent, places: &Places) -> Result<Change, AgentError> {
        Change::plan(&agent.file(places), |text| match text {
            Some(text) => agent.format.remove(text),
            None => Ok(Edited::Unchanged),
        })
    }

    /// Plans to add our block to an agent's instructions, or to bring it up to date; `None` where the agent has no such file.
    pub fn install_instructions(
        agent: &Agent,
        places: &Places,
    ) -> Result<Option<Change>, AgentError> {
        let file = agent.instructions(places);
        file.map(|file| Change::plan(&file, |text| Ok(instructions::insert(text))))
            .transpose()
    }

    /// Plans to take our block out of an agent's instructions; `None` where the agent has no such file.
    pub fn remove_instructions(
        agent: &Agent,
        places: &Places,
    ) -> Result<Option<Change>, AgentError> {
        let file = agent.instructions(places);
        let remove = |text: Option<&str>| Ok(text.map_or(Edited::Unchanged, instructions::remove));
        file.map(|file| Change::plan(&file, remove)).transpose()
    }

    /// Returns what a configuration with nothing but our entry would say.
    pub fn entry(agent: &Agent, server: &Server) -> String {
        match agent.format.insert(None, server, agent.shape) {
            Ok(Edited::Text(text)) => text,
            _ => unreachable!("a file that is not there yet can be written"),
        }
    }

    fn plan(
        file: &Path,
        edit: impl FnOnce(Option<&str>) -> Result<Edited, crate::EditError>,
    ) -> Result<Change, AgentError> {
        let path = file.display().to_string();
        // People keep such files elsewhere and link to them: the link stays.
        let file = fs_err::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        let before = match files::read_named(&file, MAX_BYTES) {
            Ok(bytes) => {
                let text = String::from_utf8(bytes);
                Some(text.map_err(|_| AgentError::NotText { path: path.clone() })?)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        let after = edit(before.as_deref()).map_err(|source| AgentError::Edit { path, source })?;
        Ok(Change {
            file,
            before,
            after,
        })
    }

    /// Says what [`Change::apply`] does.
    pub fn outcome(&self) -> Outcome {
        match (&self.after, &self.before) {
            (Edited::Unchanged, _) => Outcome::Unchanged,
            (Edited::Gone, _) => Outcome::Deleted,
            (Edited::Text(_), None) => Outcome::Created,
            (Edited::Text(_), Some(_)) => Outcome::Changed,
        }
    }

    /// Returns the lines that go and the lines that come, each with its sign.
    pub fn difference(&self) -> Vec<String> {
        let before = self.before.as_deref().unwrap_or("");
        let after = match &self.after {
            Edited::Unchanged => before,
            Edited::Gone => "",
            Edited::Text(text) => text,
        };
        let (old, new): (Vec<&str>, Vec<&str>) =
            (before.lines().collect(), after.lines().collect());
        let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
        let ahead = old.iter().zip(&new).take_while(same).count();
        let (old, new) = (&old[ahead..], &new[ahead..]);
        let behind = old
            .iter()
            .rev()
            .zip(new.iter().rev())
            .take_while(same)
            .count();
        let gone = old[..old.len() - behind]
            .iter()
            .map(|line| format!("- {line}"));
        let come = new[..new.len() - behind]
            .iter()
            .map(|line| format!("+ {line}"));
        gone.chain(come).collect()
    }

    /// Carries the change out: the file is replaced as a whole, so that it is never half written, and keeps its permissions.
    pub fn apply(&self) -> Result<Outcome, AgentError> {
        match &self.after {
            Edited::Unchanged => {}
            Edited::Gone => fs_err::remove_file(&self.file)?,
            Edited::Text(text) => self.write(text)?,
        }
        Ok(self.outcome())
    }

    fn write(&self, text: &str) -> std::io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs_err::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".mnemo-")
            .tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        if self.before.is_some() {
            let permissions = fs_err::metadata(&self.file)?.permissions();
            file.as_file().set_permissions(permissions)?;
        }
        file.as_file().sync_all()?;
        file.persist(&self.file)?;
        Ok(())
    }
}
