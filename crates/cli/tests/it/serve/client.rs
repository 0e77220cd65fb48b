//! A server in a process of its own, and requests as bytes: what a browser would not send is sent as well.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::program::Mnemo;

/// A server; killed on drop.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(mnemo: &Mnemo) -> Server {
        Server::of(mnemo.command(&["serve", "--listen", "127.0.0.1:0"]))
    }

    /// Starts it in a folder, as somebody who works there.
    pub(crate) fn start_in(mnemo: &Mnemo, folder: &str) -> Server {
        let mut command = mnemo.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.current_dir(mnemo.home.path().join(folder));
        Server::of(command)
    }

    pub(crate) fn of(mut command: Command) -> Server {
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut talk = BufReader::new(process.stderr.take().unwrap()).lines();
        let line = talk.next().unwrap().unwrap();
        let address = line
            .strip_prefix("listening at http://")
            .unwrap_or_else(|| panic!("{line}"));
        let address = address.trim_end_matches('/').to_owned();
        // What it says later must not fill the pipe.
        std::thread::spawn(move || talk.count());
        Server { process, address }
    }

    /// Asks as a program of the same user does.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_with(path, "")
    }

    /// Asks with more header fields, each with its line end.
    pub(crate) fn get_with(&self, path: &str, fields: &str) -> Answer {
        let host = &self.address;
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{fields}\r\n"
        ))
    }

    /// Sends bytes and reads until the server hangs up.
    pub(crate) fn send(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // Who is refused early is not listened to.
        stream.write_all(request.as_bytes()).ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        Answer(answer)
    }

    /// Returns how much memory the process has resident.
    pub(crate) fn resident_bytes(&self) -> u64 {
        let path = format!("/proc/{}/statm", self.process.id());
        let pages = std::fs::read_to_string(path).unwrap();
        let pages: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
        pages * rustix::param::page_size() as u64
    }

    /// Asks the process to end, and returns whether it did so by itself.
    pub(crate) fn stop(mut self) -> bool {
        let pid = i32::try_from(self.process.id()).unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.process.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// All that came.
pub(crate) struct Answer(Vec<u8>);

impl Answer {
    pub(crate) fn head(&self) -> String {
        let text = String::from_utf8_lossy(&self.0).into_owned();
        text.split("\r\n\r\n").next().unwrap_or_default().to_owned()
    }

    pub(crate) fn status(&self) -> u16 {
        let head = self.head();
        let status = head.split(' ').nth(1).unwrap_or_default();
        status.parse().unwrap_or(0)
    }

    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let head = self.head();
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        let mut fields = fields.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        fields.next().map(|(_, value)| value.to_owned())
    }

    /// Returns what stands after the head, without the marks of its pieces.
    pub(crate) fn body(&self) -> String {
        let start = self.0.windows(4).position(|four| four == b"\r\n\r\n");
        let mut rest = start.map_or(&self.0[..0], |start| &self.0[start + 4..]);
        if self.field("transfer-encoding").as_deref() != Some("chunked") {
            return String::from_utf8_lossy(rest).into_owned();
        }
        let mut body = Vec::new();
        while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
            let size = std::str::from_utf8(&rest[..end]).unwrap();
            let n_bytes = usize::from_str_radix(size, 16).unwrap();
            body.extend_from_slice(&rest[end + 2..end + 2 + n_bytes]);
            rest = &rest[end + 4 + n_bytes..];
        }
        String::from_utf8_lossy(&body).into_owned()
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.0.len()
    }
}
