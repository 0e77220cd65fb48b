//! Every agent, on files as users have them: what is added is found, and what is removed leaves no trace.

mod refusals;
mod round_trips;

use std::path::PathBuf;

use agents::{Agent, Change, Places, Server};

/// A home folder with one agent's file in it.
struct Home {
    folder: tempfile::TempDir,
    agent: &'static Agent,
}

impl Home {
    fn new(agent: &str, text: Option<&str>) -> Home {
        let home = Home {
            folder: tempfile::tempdir().unwrap(),
            agent: Agent::find(agent).unwrap(),
        };
        if let Some(text) = text {
            fs_err::create_dir_all(home.file().parent().unwrap()).unwrap();
            fs_err::write(home.file(), text).unwrap();
        }
        home
    }

    fn places(&self) -> Places {
        Places::below(self.folder.path())
    }

    fn file(&self) -> PathBuf {
        self.agent.file(&self.places())
    }

    fn text(&self) -> Option<String> {
        fs_err::read_to_string(self.file()).ok()
    }

    fn install(&self, command: &str) -> Result<Change, agents::AgentError> {
        Change::install(self.agent, &self.places(), &server(command))
    }

    fn remove(&self) -> Result<Change, agents::AgentError> {
        Change::remove(self.agent, &self.places())
    }
}

fn server(command: &str) -> Server {
    Server {
        command: command.to_owned(),
        arguments: vec!["mcp".to_owned()],
    }
}
