//! `mnemo mcp` over pipes, asked as an agent asks it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::runner::Runner;

/// A running server.
pub(super) struct Server {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    last_id: u64,
}

impl Server {
    pub(super) fn start(runner: &Runner<'_>, database: &Path) -> Result<Server> {
        let mut command = runner.mnemo("mcp");
        command.arg("--database").arg(database);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = process.stdin.take().context("the input is a pipe")?;
        let output = process.stdout.take().context("the output is a pipe")?;
        let mut server = Server {
            process,
            input,
            output: BufReader::new(output),
            last_id: 0,
        };
        server.call(
            "initialize",
            json!({
                "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"},
            }),
        )?;
        server.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))?;
        Ok(server)
    }

    /// Returns what `search` answers, as data.
    pub(super) fn search(
        &mut self,
        repository: &str,
        question: &str,
        limit: Option<u32>,
    ) -> Result<Value> {
        let mut arguments = json!({"query": question, "repository": repository});
        if let Some(limit) = limit {
            arguments["limit"] = json!(limit);
        }
        let mut answer = self.call(
            "tools/call",
            json!({"name": "search", "arguments": arguments}),
        )?;
        match answer["isError"].as_bool() {
            Some(true) => bail!("no answer to {question:?}: {answer}"),
            _ => Ok(answer["structuredContent"].take()),
        }
    }

    fn call(&mut self, method: &str, params: Value) -> Result<Value> {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))?;
        loop {
            let mut line = String::new();
            ensure!(
                self.output.read_line(&mut line)? > 0,
                "the server hung up during {method}"
            );
            let mut message: Value = serde_json::from_str(&line)?;
            if message["id"] == id {
                ensure!(message["error"].is_null(), "{method}: {}", message["error"]);
                return Ok(message["result"].take());
            }
        }
    }

    fn send(&mut self, message: &Value) -> Result<()> {
        writeln!(self.input, "{message}")?;
        Ok(self.input.flush()?)
    }

    pub(super) fn end(self) -> Result<()> {
        let Server {
            mut process, input, ..
        } = self;
        drop(input);
        let status = process.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}
