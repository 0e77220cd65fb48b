//! Standard input and output as a transport: a line is a message.
//!
//! Two things that the kit's own does not do. Every line that cannot be understood is answered, since a client that waits for an answer
//! waits for ever. And nothing is read while the client does not read: as long as many answers have not been taken, or one cannot be
//! written, requests stay in the pipe, where they cost the client's memory and not ours.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::model::{ClientNotification, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::{ErrorData, RoleServer};
use serde_json::Value;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite, BufReader, Empty};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A request is a tool's name and a few words.
const LINE_BYTES_MAX: usize = 1 << 20;

/// Requests that have no answer yet or one that the client has not taken; those beyond wait in the pipe.
const UNANSWERED_MAX: usize = 64;

pub(crate) struct Stdio<W: AsyncWrite> {
    /// The kit's transport, of which only the writing end is used.
    writer: AsyncRwTransport<RoleServer, Empty, W>,
    lines: Receiver<Line>,
    /// An answer that is being written; kept here, since whoever waits for a message may stop waiting at any time.
    refusal: Option<Pin<Box<dyn Future<Output = io::Result<()>> + Send>>>,
    /// A request that waits for its turn, for the same reason.
    next: Option<RxJsonRpcMessage<RoleServer>>,
    turns: Arc<Semaphore>,
    unanswered: Arc<Unanswered>,
}

/// What a line of input is.
enum Line {
    Message(Box<RxJsonRpcMessage<RoleServer>>),
    /// To be answered with an error, which has the id of the request where the line has one.
    Wrong(ErrorData, Option<RequestId>),
    /// To be passed over, as notifications that nobody knows are.
    Nothing,
}

/// Requests in hand, each with its turn, which is over when it is dropped.
#[derive(Default)]
struct Unanswered {
    turns: Mutex<HashMap<RequestId, OwnedSemaphorePermit>>,
}

impl Unanswered {
    fn turns(&self) -> MutexGuard<'_, HashMap<RequestId, OwnedSemaphorePermit>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, id: &RequestId) {
        self.turns().remove(id);
    }
}

impl<W: AsyncWrite + Send + Unpin + 'static> Stdio<W> {
    /// Reads from now on; must be called within a runtime.
    pub(crate) fn over(input: impl AsyncRead + Send + Unpin + 'static, output: W) -> Stdio<W> {
        // One, since what has been read and not taken up is what a client can make us hold.
        let (sender, lines) = channel(1);
        tokio::spawn(async move {
            let mut input = BufReader::new(input);
            let mut bytes = Vec::new();
            while let Ok(Some(is_whole)) = read_line(&mut input, &mut bytes).await {
                let line = match is_whole {
                    true => understand(&bytes),
                    false => wrong(format!("a line of more than {LINE_BYTES_MAX} bytes")),
                };
                if sender.send(line).await.is_err() {
                    return;
                }
            }
        });
        Stdio {
            writer: AsyncRwTransport::new(tokio::io::empty(), output),
            lines,
            refusal: None,
            next: None,
            turns: Arc::new(Semaphore::new(UNANSWERED_MAX)),
            unanswered: Arc::default(),
        }
    }

    /// Holds a request back until it is its turn.
    async fn take_turn(&mut self) {
        if let Some(RxJsonRpcMessage::<RoleServer>::Request(request)) = &self.next {
            let id = request.id.clone();
            let turn = Arc::clone(&self.turns).acquire_owned().await;
            let turn = turn.expect("nobody closes it");
            self.unanswered.turns().insert(id, turn);
        }
    }
}

impl<W: AsyncWrite + Send + Unpin + 'static> Transport<RoleServer> for Stdio<W> {
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let answered = match &message {
            TxJsonRpcMessage::<RoleServer>::Response(response) => Some(response.id.clone()),
            TxJsonRpcMessage::<RoleServer>::Error(error) => error.id.clone(),
            _ => None,
        };
        let unanswered = Arc::clone(&self.unanswered);
        let sent = self.writer.send(message);
        async move {
            let outcome = sent.await;
            if let Some(id) = answered {
                unanswered.end(&id);
            }
            outcome
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            if let Some(refusal) = &mut self.refusal {
                refusal.await.ok()?;
                self.refusal = None;
            }
            if self.next.is_some() {
                self.take_turn().await;
                return self.next.take();
            }
            match self.lines.recv().await? {
                Line::Message(message) => {
                    if let Some(id) = cancelled_by(&message) {
                        // It gets no answer any more.
                        self.unanswered.end(id);
                    }
                    self.next = Some(*message);
                }
                Line::Wrong(error, id) => {
                    let answer = TxJsonRpcMessage::<RoleServer>::error(error, id);
                    self.refusal = Some(Box::pin(self.writer.send(answer)));
                }
                Line::Nothing => {}
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.writer.close().await
    }
}

/// Reads the next line, without its end, or passes over one that is too long and says so; nothing at the end of input.
async fn read_line(
    input: &mut (impl AsyncBufRead + Unpin),
    line: &mut Vec<u8>,
) -> io::Result<Option<bool>> {
    line.clear();
    let mut is_whole = true;
    loop {
        let available = input.fill_buf().await?;
        if available.is_empty() {
            return Ok((!line.is_empty()).then_some(is_whole));
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        is_whole &= line.len() + part.len() <= LINE_BYTES_MAX;
        match is_whole {
            true => line.extend_from_slice(part),
            // Not empty, so that a line which ends with the input is still one.
            false => line.truncate(1),
        }
        let n_bytes = part.len() + usize::from(end.is_some());
        input.consume(n_bytes);
        if end.is_some() {
            return Ok(Some(is_whole));
        }
    }
}

fn understand(line: &[u8]) -> Line {
    let text = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    if text.trim_ascii().is_empty() {
        return Line::Nothing;
    }
    let value: Value = match serde_json::from_slice(text) {
        Ok(value) => value,
        Err(error) => return wrong(error.to_string()),
    };
    let id = id_of(&value);
    let is_notification = value.get("method").is_some() && value.get("id").is_none();
    match serde_json::from_value(value) {
        Ok(message) => Line::Message(Box::new(message)),
        Err(_) if is_notification => Line::Nothing,
        Err(_) => {
            let error = ErrorData::invalid_request("expected a request of JSON-RPC 2.0", None);
            Line::Wrong(error, id)
        }
    }
}

fn wrong(reason: String) -> Line {
    Line::Wrong(ErrorData::parse_error(reason, None), None)
}

fn id_of(value: &Value) -> Option<RequestId> {
    serde_json::from_value(value.get("id")?.clone()).ok()
}

fn cancelled_by(message: &RxJsonRpcMessage<RoleServer>) -> Option<&RequestId> {
    match message {
        RxJsonRpcMessage::<RoleServer>::Notification(notification) => {
            match &notification.notification {
                ClientNotification::CancelledNotification(cancelled) => {
                    cancelled.params.request_id.as_ref()
                }
                _ => None,
            }
        }
        _ => None,
    }
}
