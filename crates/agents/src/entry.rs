//! Our entry, in the words of each agent.

use serde_json::{Value, json};

/// The name under which agents list the server.
pub(crate) const NAME: &str = "mnemo";

/// How an agent is to start the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The program, as an absolute path: desktop programs don't have the terminal's `PATH`.
    pub command: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// The fields that an agent wants an entry to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `command` and `args`.
    Command,
    /// `"type": "stdio"` before them.
    Stdio,
    /// `"source": "custom"` before them.
    Custom,
    /// `"type": "local"` before them and all tools allowed after.
    LocalWithTools,
    /// `"type": "local"` and one list, program and arguments.
    CommandLine,
}

/// A field of an entry.
pub(crate) type Field = (&'static str, Value);

/// An entry's fields, in the order in which they are written.
pub(crate) type Fields = Vec<Field>;

impl Server {
    pub(crate) fn fields(&self, shape: Shape) -> Fields {
        let plain = [
            ("command", json!(self.command)),
            ("args", json!(self.arguments)),
        ];
        let first = match shape {
            Shape::Command => None,
            Shape::Stdio => Some(("type", json!("stdio"))),
            Shape::Custom => Some(("source", json!("custom"))),
            Shape::LocalWithTools | Shape::CommandLine => Some(("type", json!("local"))),
        };
        let mut fields: Fields = first.into_iter().collect();
        match shape {
            Shape::CommandLine => {
                let words: Vec<&String> = std::iter::once(&self.command)
                    .chain(&self.arguments)
                    .collect();
                fields.push(("command", json!(words)));
                fields.push(("enabled", json!(true)));
            }
            Shape::LocalWithTools => {
                fields.extend(plain);
                fields.push(("tools", json!(["*"])));
            }
            Shape::Command | Shape::Stdio | Shape::Custom => fields.extend(plain),
        }
        fields
    }
}
