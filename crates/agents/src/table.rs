//! The agents, and how each is configured.
//!
//! Every row follows the agent's own documentation of its configuration file for one user.

use std::path::PathBuf;

use crate::Places;
use crate::edit::Format;
use crate::entry::Shape;
use crate::places::Base;

/// A program that asks MCP servers, and where it lists them.
#[derive(Debug)]
pub struct Agent {
    /// What the command line calls it.
    pub id: &'static str,
    /// What its makers call it.
    pub name: &'static str,
    pub(crate) file: (Base, &'static str),
    /// A folder or file that is there where the agent is installed; beside the configuration file itself.
    pub(crate) sign: (Base, &'static str),
    pub(crate) format: Format,
    pub(crate) shape: Shape,
    /// Where it reads what a user wants it to know in every project.
    pub(crate) instructions: Option<(Base, &'static str)>,
}

impl Agent {
    /// Returns the agent that the command line calls `id`.
    pub fn find(id: &str) -> Option<&'static Agent> {
        AGENTS.iter().find(|agent| agent.id == id)
    }

    /// Returns where the agent lists its servers.
    pub fn file(&self, places: &Places) -> PathBuf {
        places.path(self.file.0, self.file.1)
    }

    /// Returns where the agent reads instructions for every project, if it does.
    pub fn instructions(&self, places: &Places) -> Option<PathBuf> {
        let (base, below) = self.instructions?;
        Some(places.path(base, below))
    }

    /// Whether this user seems to have the agent.
    pub fn is_here(&self, places: &Places) -> bool {
        self.file(places).exists() || places.path(self.sign.0, self.sign.1).exists()
    }
}

const fn json(file: (Base, &'static str), sign: (Base, &'static str)) -> Agent {
    Agent {
        id: "",
        name: "",
        file,
        sign,
        format: Format::Json("mcpServers"),
        shape: Shape::Command,
        instructions: None,
    }
}

/// All agents that are known, in the order of their names.
pub const AGENTS: &[Agent] = &[
    Agent {
        id: "amp",
        name: "Amp",
        format: Format::Json("amp.mcpServers"),
        ..json((Base::Config, "amp/settings.json"), (Base::Config, "amp"))
    },
    Agent {
        id: "claude-code",
        name: "Claude Code",
        shape: Shape::Stdio,
        instructions: Some((Base::Home, ".claude/CLAUDE.md")),
        ..json((Base::Home, ".claude.json"), (Base::Home, ".claude"))
    },
    Agent {
        id: "claude-desktop",
        name: "Claude Desktop",
        ..json(
            (Base::Applications, "Claude/claude_desktop_config.json"),
            (Base::Applications, "Claude"),
        )
    },
    Agent {
        id: "cline",
        name: "Cline",
        ..json(
            (
                Base::Applications,
                "Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
            ),
            (
                Base::Applications,
                "Code/User/globalStorage/saoudrizwan.claude-dev",
            ),
        )
    },
    Agent {
        id: "codex",
        name: "Codex CLI",
        format: Format::Toml("mcp_servers"),
        instructions: Some((Base::Codex, "AGENTS.md")),
        ..json((Base::Codex, "config.toml"), (Base::Codex, ""))
    },
    Agent {
        id: "continue",
        name: "Continue",
        format: Format::OwnYaml,
        ..json(
            (Base::Home, ".continue/mcpServers/mnemo.yaml"),
            (Base::Home, ".continue"),
        )
    },
    Agent {
        id: "copilot-cli",
        name: "GitHub Copilot CLI",
        shape: Shape::LocalWithTools,
        ..json(
            (Base::Home, ".copilot/mcp-config.json"),
            (Base::Home, ".copilot"),
        )
    },
    Agent {
        id: "crush",
        name: "Crush",
        format: Format::Json("mcp"),
        shape: Shape::Stdio,
        ..json((Base::Config, "crush/crush.json"), (Base::Config, "crush"))
    },
    Agent {
        id: "cursor",
        name: "Cursor",
        ..json((Base::Home, ".cursor/mcp.json"), (Base::Home, ".cursor"))
    },
    Agent {
        id: "gemini-cli",
        name: "Gemini CLI",
        instructions: Some((Base::Home, ".gemini/GEMINI.md")),
        ..json(
            (Base::Home, ".gemini/settings.json"),
            (Base::Home, ".gemini"),
        )
    },
    Agent {
        id: "goose",
        name: "Goose",
        format: Format::GooseYaml,
        ..json((Base::Config, "goose/config.yaml"), (Base::Config, "goose"))
    },
    Agent {
        id: "junie",
        name: "JetBrains Junie",
        ..json((Base::Home, ".junie/mcp/mcp.json"), (Base::Home, ".junie"))
    },
    Agent {
        id: "kiro",
        name: "Kiro",
        ..json(
            (Base::Home, ".kiro/settings/mcp.json"),
            (Base::Home, ".kiro"),
        )
    },
    Agent {
        id: "lm-studio",
        name: "LM Studio",
        ..json(
            (Base::Home, ".lmstudio/mcp.json"),
            (Base::Home, ".lmstudio"),
        )
    },
    Agent {
        id: "opencode",
        name: "opencode",
        format: Format::Json("mcp"),
        shape: Shape::CommandLine,
        instructions: Some((Base::Config, "opencode/AGENTS.md")),
        ..json(
            (Base::Config, "opencode/opencode.json"),
            (Base::Config, "opencode"),
        )
    },
    Agent {
        id: "qwen-code",
        name: "Qwen Code",
        instructions: Some((Base::Home, ".qwen/QWEN.md")),
        ..json((Base::Home, ".qwen/settings.json"), (Base::Home, ".qwen"))
    },
    Agent {
        id: "roo-code",
        name: "Roo Code",
        ..json(
            (
                Base::Applications,
                "Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
            ),
            (
                Base::Applications,
                "Code/User/globalStorage/rooveterinaryinc.roo-cline",
            ),
        )
    },
    Agent {
        id: "vscode",
        name: "VS Code",
        format: Format::Json("servers"),
        shape: Shape::Stdio,
        ..json(
            (Base::Applications, "Code/User/mcp.json"),
            (Base::Applications, "Code/User"),
        )
    },
    Agent {
        id: "windsurf",
        name: "Windsurf",
        ..json(
            (Base::Home, ".codeium/windsurf/mcp_config.json"),
            (Base::Home, ".codeium/windsurf"),
        )
    },
    Agent {
        id: "zed",
        name: "Zed",
        format: Format::Json("context_servers"),
        shape: Shape::Custom,
        ..json((Base::Config, "zed/settings.json"), (Base::Config, "zed"))
    },
];
