//! An embedding service that behaves as a script says, and is strict with whoever asks.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use embed::{Embedder, MockEmbedder, Role};
use serde_json::{Value, json};

/// How one request for vectors is answered.
#[derive(Clone, Debug)]
pub enum Reply {
    /// As a sound service would.
    Vectors,
    /// The vectors in decimal, last one first.
    Unordered,
    /// With a status, headers such as `Retry-After: 1`, and a body.
    Status(u16, &'static str, &'static str),
    /// With the values of every vector replaced by this text.
    Values(&'static str),
    /// With vectors of this length.
    Dimensions(usize),
    /// With one vector too few.
    OneMissing,
    /// With the first vector twice, in place of the second.
    Duplicated,
    /// With `{"data": []}`.
    Empty,
    /// With half of the bytes that were announced.
    Cut,
    /// The connection ends without a word.
    Closed,
    /// As a sound service would, this much later.
    Slow(Duration),
    /// Compressed.
    Gzip,
}

/// What a request looked like.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its path.
    pub path: String,
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// How many inputs it had.
    pub n_inputs: usize,
}

/// What the service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// OpenAI's `/v1/embeddings` and `/v1/models`.
    OpenAi,
    /// `/embed` and `/info` of text-embeddings-inference.
    TextEmbeddingsInference,
}

/// A service on this machine, with the vectors of the mock embedder. It ends with the process.
pub struct EmbeddingServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    kind: Kind,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    script: VecDeque<Reply>,
    /// What answers when the script is at its end.
    otherwise: Option<Reply>,
    /// Inputs with this text in them are answered with status 500.
    poison: Option<&'static str>,
    max_inputs: Option<usize>,
    max_input_bytes: Option<usize>,
    received: Vec<Received>,
}

impl EmbeddingServer {
    /// Starts a service.
    pub fn start(kind: Kind) -> EmbeddingServer {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            kind,
            state: Mutex::default(),
        });
        let of_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&of_thread);
                // A client that goes away ends its thread, and nothing else.
                std::thread::spawn(move || while serve(&stream, &shared).is_some() {});
            }
        });
        EmbeddingServer { address, shared }
    }

    /// Returns its address with a path after it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers the next requests for vectors this way, then as before.
    pub fn script(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state().script.extend(replies);
    }

    /// Answers every request that the script does not speak of this way.
    pub fn otherwise(&self, reply: Reply) {
        self.state().otherwise = Some(reply);
    }

    /// Fails at every request that has this text in it.
    pub fn fail_at(&self, text: &'static str) {
        self.state().poison = Some(text);
    }

    /// Refuses requests of more inputs, and inputs of more bytes.
    pub fn limit(&self, n_inputs: usize, n_bytes: usize) {
        let mut state = self.state();
        state.max_inputs = Some(n_inputs);
        state.max_input_bytes = Some(n_bytes);
    }

    /// Returns what was asked since the last call.
    pub fn received(&self) -> Vec<Received> {
        std::mem::take(&mut self.state().received)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().expect("no thread panics with it")
    }
}

struct Request {
    line: String,
    authorization: Option<String>,
    is_json: bool,
    body: Vec<u8>,
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut request = Request {
        line: String::new(),
        authorization: None,
        is_json: false,
        body: Vec::new(),
    };
    reader.read_line(&mut request.line).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match &*name.to_ascii_lowercase() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => request.authorization = Some(value.to_owned()),
            "content-type" => request.is_json = value == "application/json",
            _ => {}
        }
    }
    request.body = vec![0; length];
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}

/// Answers one request; nothing when the connection is at its end.
fn serve(stream: &TcpStream, shared: &Shared) -> Option<()> {
    let request = read_request(stream)?;
    let mut words = request.line.split(' ');
    let (method, path) = (words.next()?, words.next()?.to_owned());
    match (method, &*path, shared.kind) {
        ("GET", "/v1/models", Kind::OpenAi) => {
            respond(stream, 200, "", br#"{"data": [{"id": "scripted"}]}"#)
        }
        ("GET", "/info", Kind::TextEmbeddingsInference) => respond(
            stream,
            200,
            "",
            br#"{"model_id": "scripted", "model_sha": "abc", "max_input_length": 256, "max_client_batch_size": 8}"#,
        ),
        ("POST", "/v1/embeddings", Kind::OpenAi)
        | ("POST", "/embed", Kind::TextEmbeddingsInference) => {
            embed(stream, shared, &request, path)
        }
        _ => respond(stream, 404, "", br#"{"detail": "Not Found"}"#),
    }
}

fn embed(stream: &TcpStream, shared: &Shared, request: &Request, path: String) -> Option<()> {
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let field = match shared.kind {
        Kind::OpenAi => "input",
        Kind::TextEmbeddingsInference => "inputs",
    };
    let inputs: Option<Vec<&str>> = body[field]
        .as_array()
        .and_then(|inputs| inputs.iter().map(Value::as_str).collect());
    let inputs = match inputs {
        Some(inputs) if request.is_json && !inputs.is_empty() => inputs,
        _ => return respond(stream, 422, "", br#"{"detail": "not a request"}"#),
    };
    let reply = {
        let mut state = shared.state.lock().expect("no thread panics with it");
        state.received.push(Received {
            path,
            authorization: request.authorization.clone(),
            n_inputs: inputs.len(),
        });
        state.reply(&inputs)
    };
    answer(stream, shared.kind, &inputs, &reply)
}

impl State {
    fn reply(&mut self, inputs: &[&str]) -> Reply {
        let is_long = |input: &&str| self.max_input_bytes.is_some_and(|max| input.len() > max);
        let is_poison = |input: &&str| self.poison.is_some_and(|text| input.contains(text));
        if let Some(reply) = self.script.pop_front() {
            reply
        } else if self.max_inputs.is_some_and(|max| inputs.len() > max) {
            Reply::Status(413, "", r#"{"error": "batch too large"}"#)
        } else if inputs.iter().any(is_long) {
            Reply::Status(400, "", r#"{"error": {"message": "input too long"}}"#)
        } else if inputs.iter().any(is_poison) {
            Reply::Status(500, "", "")
        } else {
            self.otherwise.clone().unwrap_or(Reply::Vectors)
        }
    }
}

fn answer(stream: &TcpStream, kind: Kind, inputs: &[&str], reply: &Reply) -> Option<()> {
    let mut vectors: Vec<Value> = MockEmbedder::new()
        .embed(inputs, Role::Document)
        .expect("the mock embeds everything")
        .vectors
        .into_iter()
        .map(|vector| json!(vector))
        .collect();
    let mut indices: Vec<usize> = (0..vectors.len()).collect();
    match reply {
        Reply::Status(status, headers, body) => {
            return respond(stream, *status, headers, body.as_bytes());
        }
        Reply::Closed => {
            stream.shutdown(std::net::Shutdown::Both).ok();
            return None;
        }
        Reply::Slow(wait) => std::thread::sleep(*wait),
        Reply::Unordered => {
            vectors.reverse();
            indices.reverse();
        }
        Reply::Dimensions(n) => vectors.fill(json!(vec![1.0; *n])),
        Reply::OneMissing => drop(vectors.pop()),
        Reply::Duplicated if indices.len() > 1 => indices[1] = 0,
        Reply::Empty => vectors.clear(),
        _ => {}
    }
    let body = match kind {
        Kind::TextEmbeddingsInference => json!(vectors),
        Kind::OpenAi => {
            let items = vectors.iter().zip(&indices);
            let data: Vec<Value> = items
                .map(|(vector, index)| json!({"index": index, "embedding": vector}))
                .collect();
            json!({"data": data, "usage": {"prompt_tokens": 1}})
        }
    };
    let mut text = body.to_string();
    if let Reply::Values(values) = reply {
        for vector in &vectors {
            text = text.replace(&vector.to_string(), values);
        }
    }
    match reply {
        Reply::Gzip => {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(text.as_bytes()).ok()?;
            respond(
                stream,
                200,
                "Content-Encoding: gzip\r\n",
                &encoder.finish().ok()?,
            )
        }
        Reply::Cut => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", text.len());
            let mut stream = stream;
            stream.write_all(head.as_bytes()).ok()?;
            stream.write_all(&text.as_bytes()[..text.len() / 2]).ok()?;
            None
        }
        _ => respond(
            stream,
            200,
            "Content-Type: application/json\r\n",
            text.as_bytes(),
        ),
    }
}

fn respond(mut stream: &TcpStream, status: u16, headers: &str, body: &[u8]) -> Option<()> {
    let head = format!(
        "HTTP/1.1 {status} Scripted\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()
}
