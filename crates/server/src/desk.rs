//! The one thread that asks the index, so that the protocol's thread never waits for it.
//!
//! Calls are answered one after the other: a search takes milliseconds, and one open store and one loaded model serve all. A call whose
//! client has given up is dropped before it begins, or ends at its next look at the index.

use std::panic::{AssertUnwindSafe, catch_unwind};

use app::{AppError, Canceller, Project, Reader, Snapshot};
use rmcp::model::JsonObject;
use tokio::sync::{mpsc, oneshot};

use crate::answer::{Answer, Refusal};
use crate::tools::Tool;
use crate::{ServerError, ServerSettings};

/// Calls that may wait; a client that sends more waits itself.
const MAX_WAITING: usize = 256;

struct Call {
    tool: Tool,
    arguments: JsonObject,
    reply: oneshot::Sender<Result<Answer, Refusal>>,
    canceller: Canceller,
}

/// The way to the desk's thread.
#[derive(Clone)]
pub(crate) struct DeskHandle {
    calls: mpsc::Sender<Call>,
}

impl DeskHandle {
    /// Starts the thread; it ends with the last handle.
    pub(crate) fn start(settings: &ServerSettings) -> Result<DeskHandle, ServerError> {
        let (calls, mut waiting) = mpsc::channel::<Call>(MAX_WAITING);
        let settings = settings.clone();
        let work = move || {
            let project = Project::new(settings.settings).working_in(settings.directory);
            let mut desk = Desk::new(&project);
            while let Some(call) = waiting.blocking_recv() {
                if !call.reply.is_closed() {
                    desk.canceller = call.canceller;
                    let answer = || call.tool.answer(&mut desk, call.arguments);
                    match catch_unwind(AssertUnwindSafe(answer)) {
                        // The client may have given up meanwhile.
                        Ok(answer) => drop(call.reply.send(answer)),
                        // Costs this call, which is answered with an error, and what was in memory; not all calls after it.
                        Err(_) => desk = Desk::new(&project),
                    }
                }
            }
        };
        std::thread::Builder::new()
            .name("desk".to_owned())
            .spawn(work)
            .map_err(ServerError::Runtime)?;
        Ok(DeskHandle { calls })
    }

    /// Has a call answered; nothing if the desk's thread died.
    pub(crate) async fn ask(
        &self,
        tool: Tool,
        arguments: JsonObject,
    ) -> Option<Result<Answer, Refusal>> {
        let (reply, answer) = oneshot::channel();
        let canceller = Canceller::default();
        // A client that gives up drops this future.
        let _cancel = CancelOnDrop(canceller.clone());
        let call = Call {
            tool,
            arguments,
            reply,
            canceller,
        };
        self.calls.send(call).await.ok()?;
        answer.await.ok()
    }
}

/// Ends a question whose answer nobody waits for, or has been given.
struct CancelOnDrop(Canceller);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// What answers calls: the open index and what of it is in memory.
pub(crate) struct Desk<'p> {
    project: &'p Project,
    reader: Option<Reader<'p>>,
    canceller: Canceller,
}

impl<'p> Desk<'p> {
    fn new(project: &'p Project) -> Desk<'p> {
        Desk {
            project,
            reader: None,
            canceller: Canceller::default(),
        }
    }

    /// Returns the open index; it may not have been there before.
    pub(crate) fn reader(&mut self) -> Result<&mut Reader<'p>, AppError> {
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => self.project.reader()?,
        };
        let reader = self.reader.insert(reader);
        reader.cancelled_by(&self.canceller);
        Ok(reader)
    }

    /// Has a question answered from one state of the repository that is named, that the client works in, or that is the only one below where it works.
    pub(crate) fn ask(
        &mut self,
        repository: Option<&str>,
        mut question: impl FnMut(&mut Snapshot<'_>) -> Result<Answer, Refusal>,
    ) -> Result<Answer, Refusal> {
        self.reader()?
            .ask(repository, |snapshot| match question(snapshot) {
                // Kept apart so that a state that was lost is asked again.
                Err(Refusal::App(error)) => Err(*error),
                answer => Ok(answer),
            })?
    }
}

/// Says where a repository's paths begin if the client works elsewhere.
pub(crate) fn place_of(snapshot: &Snapshot<'_>) -> Option<String> {
    let root = snapshot.root_elsewhere()?;
    let root = domain::shown_in_line(root);
    Some(format!("note: paths are relative to {root}\n"))
}
