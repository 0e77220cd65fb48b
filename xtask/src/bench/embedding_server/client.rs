//! A server in a process of its own, and connections to it that are kept from one request to the next.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use crate::bench::sample::TICKS_PER_SECOND;
use crate::command::shown;

/// A server that says on its standard error where it listens; killed on drop.
pub(super) struct Server {
    process: Child,
    address: String,
}

impl Server {
    pub(super) fn start(command: &mut Command) -> Result<Server> {
        let shown = shown(command);
        let mut process = command.stderr(Stdio::piped()).spawn()?;
        let talk = process.stderr.take().context("the talk is a pipe")?;
        let mut lines = BufReader::new(talk).lines().map_while(Result::ok);
        let address = lines
            .by_ref()
            .find_map(|line| {
                let address = line.strip_prefix("listening at http://")?;
                Some(address.trim_end_matches('/').to_owned())
            })
            .with_context(|| format!("`{shown}` does not listen"))?;
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.count());
        Ok(Server { process, address })
    }

    pub(super) fn connect(&self) -> Result<Connection> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream: BufReader::new(stream),
            host: self.address.clone(),
        })
    }

    /// Returns the processor seconds of all its threads so far.
    pub(super) fn cpu_seconds(&self) -> Result<f64> {
        let text = fs_err::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name before may hold blanks.
        let (_, rest) = text.rsplit_once(')').context("a name in brackets")?;
        let ticks = rest.split_whitespace().skip(11).take(2);
        let ticks: Result<Vec<f64>, _> = ticks.map(str::parse).collect();
        Ok(ticks?.iter().sum::<f64>() / TICKS_PER_SECOND)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A connection that is kept.
pub(super) struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    /// Returns the status and the body of the answer.
    pub(super) fn post(&mut self, path: &str, body: &str) -> Result<(u16, Vec<u8>)> {
        let (host, length) = (&self.host, body.len());
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n");
        self.stream.get_mut().write_all((head + body).as_bytes())?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line
            .split(' ')
            .nth(1)
            .context("the server hung up")?
            .parse()?;
        let mut n_bytes = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            match line.trim().split_once(':') {
                None => break,
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    n_bytes = value.trim().parse()?;
                }
                Some(_) => {}
            }
        }
        let mut body = vec![0; n_bytes];
        self.stream.read_exact(&mut body)?;
        Ok((status, body))
    }
}
