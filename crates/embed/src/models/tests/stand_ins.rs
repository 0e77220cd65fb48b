//! A tiny model and what stands in for its sources: a hub on the loopback, a Python that is a shell script, a wheel.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::encoder::Pooling;
use crate::models::staging::hash_stream;
use crate::models::{
    CONFIG_FILE, KnownContent, KnownFile, KnownModel, PythonPackage, TOKENIZER_FILE, WEIGHTS_FILE,
};

pub(super) const FILES: [(&str, &str); 3] = [
    (
        CONFIG_FILE,
        r#"{"model_type": "bert", "hidden_act": "gelu", "vocab_size": 9, "max_position_embeddings": 8, "type_vocab_size": 2, "hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "layer_norm_eps": 1e-12}"#,
    ),
    (TOKENIZER_FILE, r#"{"version": "1.0"}"#),
    (WEIGHTS_FILE, "not weights, but bytes all the same"),
];

const PACKAGE: PythonPackage = PythonPackage {
    name: "tiny-package",
    version: "0.1.0",
    folder: "tiny_package/model",
    n_bytes: 1000,
};

pub(super) fn tiny() -> KnownModel {
    KnownModel {
        name: "tiny",
        aliases: &["little"],
        repository: "someone/Tiny",
        revision: "abc123",
        package: Some(PACKAGE),
        files: FILES.map(|(name, text)| KnownFile {
            name,
            content: Some(KnownContent {
                n_bytes: text.len() as u64,
                sha256: sha256(text).leak(),
            }),
        }),
        window: 8,
        pooling: Pooling::Mean,
        matryoshka: None,
        is_normalized: true,
        query_prefix: "",
        document_prefix: "",
    }
}

/// The tiny model, with files that nobody has pinned.
pub(super) fn unpinned() -> KnownModel {
    let mut model = tiny();
    model.package = None;
    model.query_prefix = "ask: ";
    for file in &mut model.files {
        file.content = None;
    }
    model
}

pub(super) fn sha256(text: &str) -> String {
    let (_, hash) = hash_stream(&mut text.as_bytes(), &mut std::io::sink(), &mut |_| ()).unwrap();
    hash
}

/// Writes the tiny model's files, except that `changed.0` has the text `changed.1`.
pub(super) fn write_files(directory: &Path, changed: Option<(&str, &str)>) {
    fs_err::create_dir_all(directory).unwrap();
    for (name, text) in FILES {
        let text = changed
            .filter(|changed| changed.0 == name)
            .map_or(text, |changed| changed.1);
        fs_err::write(directory.join(name), text).unwrap();
    }
}

/// How the hub answers a request.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// The file of that name.
    Right,
    /// These bytes, correctly announced.
    Bytes(&'static str),
    /// These bytes, announced by nothing but the end of the connection.
    Unannounced(&'static str),
    /// Half of the announced bytes, then the end.
    Cut,
    /// Half of the announced bytes, then nothing more.
    Stalled,
    /// Nothing at all.
    Silent,
    /// A status and nothing else.
    Status(&'static str),
    /// Ask there instead.
    Redirect(String),
}

/// A server on the loopback; its thread ends with the test process.
pub(super) struct Hub {
    pub(super) endpoint: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Hub {
    /// Serves one request after the other, each answered as `reply` says of its path.
    pub(super) fn start(reply: impl Fn(&str) -> Reply + Send + 'static) -> Hub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heads = Arc::clone(&requests);
        std::thread::spawn(move || {
            // A dropped connection would end the silence.
            let mut silent = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let head = read_head(&stream);
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                heads.lock().unwrap().push(head);
                let reply = reply(&path);
                // The client may have hung up; what it makes of the answer is what the test looks at.
                answer(&mut stream, &path, &reply).ok();
                if matches!(reply, Reply::Silent | Reply::Stalled) {
                    silent.push(stream);
                }
            }
        });
        Hub { endpoint, requests }
    }

    /// Returns the heads of all requests so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn read_head(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let lines: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    lines.join("\n")
}

fn answer(stream: &mut TcpStream, path: &str, reply: &Reply) -> std::io::Result<()> {
    let right = FILES.iter().find(|(name, _)| path.ends_with(name));
    let right = right.map_or("", |(_, text)| text);
    let announced = |text: &str| format!("200 OK\r\nContent-Length: {}", text.len());
    let (head, body) = match reply {
        Reply::Right => (announced(right), right),
        Reply::Bytes(text) => (announced(text), *text),
        Reply::Unannounced(text) => ("200 OK".to_owned(), *text),
        Reply::Cut | Reply::Stalled => (announced(right), &right[..right.len() / 2]),
        Reply::Silent => return Ok(()),
        Reply::Status(status) => (format!("{status}\r\nContent-Length: 0"), ""),
        Reply::Redirect(to) => (
            format!("302 Found\r\nLocation: {to}{path}\r\nContent-Length: 0"),
            "",
        ),
    };
    write!(stream, "HTTP/1.1 {head}\r\nConnection: close\r\n\r\n{body}")
}

/// Returns the address of a port on which nobody listens.
pub(super) fn closed_endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A shell script that is called like Python.
pub(super) struct Python {
    pub(super) path: PathBuf,
    _guard: MutexGuard<'static, ()>,
    directory: tempfile::TempDir,
}

impl Python {
    /// `script` finds the download folder in `$dest`.
    pub(super) fn new(script: &str) -> Python {
        // A child forked while another test still writes its script would hold that script open: "text file busy".
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("python");
        let dest = r#"for word; do [ "$last" = --dest ] && dest=$word; last=$word; done"#;
        fs_err::write(&path, format!("#!/bin/sh\n{dest}\n{script}\n")).unwrap();
        let executable = std::fs::Permissions::from_mode(0o755);
        fs_err::set_permissions(&path, executable).unwrap();
        Python {
            path,
            _guard: guard,
            directory,
        }
    }

    /// Its pip brings a wheel with these files.
    pub(super) fn with_wheel<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Python {
        let python = Python::new(r#"cp "$(dirname "$0")/tiny.whl" "$dest""#);
        let wheel = python.directory.path().join("tiny.whl");
        let mut archive = ZipWriter::new(fs_err::File::create(wheel).unwrap());
        for (name, text) in files {
            let name = format!("{}/{name}", PACKAGE.folder);
            let options = SimpleFileOptions::default();
            archive.start_file(name, options).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap();
        python
    }
}
