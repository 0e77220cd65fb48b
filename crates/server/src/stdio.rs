//! Standard input and output as a transport that also answers lines which are no JSON: the kit's own passes over them in silence, and a
//! client that waits for an answer waits for ever.

use std::io;
use std::pin::Pin;

use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::{AsyncRwTransport, DEFAULT_MAX_LINE_LENGTH};
use rmcp::{ErrorData, RoleServer};
use serde::de::IgnoredAny;
use tokio::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, Stdin, Stdout,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Bytes on the way from standard input to the kit's transport.
const PIPE_BYTES: usize = 64 << 10;

pub(crate) struct Stdio {
    messages: AsyncRwTransport<RoleServer, DuplexStream, Stdout>,
    /// Why a line is no JSON.
    refused: UnboundedReceiver<String>,
    /// An answer that is being written; kept here, since whoever waits for a message may stop waiting at any time.
    refusal: Option<Pin<Box<dyn Future<Output = io::Result<()>> + Send>>>,
}

impl Stdio {
    /// Reads from now on; must be called within a runtime.
    pub(crate) fn open() -> Stdio {
        let (lines, pipe) = tokio::io::duplex(PIPE_BYTES);
        let (refuse, refused) = unbounded_channel();
        tokio::spawn(sort(tokio::io::stdin(), lines, refuse));
        Stdio {
            messages: AsyncRwTransport::new(pipe, tokio::io::stdout()),
            refused,
            refusal: None,
        }
    }
}

/// Passes lines on that are JSON, until either side is gone.
async fn sort(
    input: Stdin,
    mut lines: DuplexStream,
    refuse: UnboundedSender<String>,
) -> io::Result<()> {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = (&mut input).take(DEFAULT_MAX_LINE_LENGTH as u64);
        if bounded.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let text = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line);
        if text.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<IgnoredAny>(text) {
            Ok(_) => lines.write_all(&line).await?,
            Err(error) => refuse.send(error.to_string()).map_err(io::Error::other)?,
        }
    }
}

impl Transport<RoleServer> for Stdio {
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        self.messages.send(message)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            if let Some(refusal) = &mut self.refusal {
                refusal.await.ok()?;
                self.refusal = None;
            }
            tokio::select! {
                // Before the end of input is seen, its last line is answered.
                biased;
                Some(reason) = self.refused.recv() => {
                    let error = ErrorData::parse_error(reason, None);
                    let answer = self.messages.send(TxJsonRpcMessage::<RoleServer>::error(error, None));
                    self.refusal = Some(Box::pin(answer));
                }
                message = self.messages.receive() => return message,
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.messages.close().await
    }
}
