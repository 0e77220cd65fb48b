//! The one thread that asks the index, so that the protocol's thread never waits for it.
//!
//! Calls are answered one after the other: a search takes milliseconds, and one open store and one loaded model serve all. A call whose
//! client has given up is dropped before it begins.

use app::{AppError, GraphView, Project, Searcher};
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
                    let answer = call.tool.answer(&mut desk, call.arguments);
                    // The client may have given up meanwhile.
                    call.reply.send(answer).ok();
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
        let call = Call {
            tool,
            arguments,
            reply,
        };
        self.calls.send(call).await.ok()?;
        answer.await.ok()
    }
}

/// What answers calls: the open index and what of it is in memory.
pub(crate) struct Desk<'p> {
    pub(crate) project: &'p Project,
    searcher: Option<Searcher<'p>>,
    graph: Option<(GraphState, GraphView)>,
}

/// What a graph in memory was read from: another run may have changed it.
#[derive(PartialEq, Eq)]
struct GraphState {
    repository: String,
    generation: u64,
    last_run: Option<String>,
}

impl<'p> Desk<'p> {
    fn new(project: &'p Project) -> Desk<'p> {
        Desk {
            project,
            searcher: None,
            graph: None,
        }
    }

    /// Returns the open index; it may not have been there before, or another one may have come in its place.
    pub(crate) fn searcher(&mut self) -> Result<&mut Searcher<'p>, AppError> {
        if !self.searcher.as_ref().is_some_and(Searcher::is_current) {
            (self.searcher, self.graph) = (None, None);
            self.searcher = Some(self.project.searcher()?);
        }
        Ok(self.searcher.as_mut().expect("it was just set"))
    }

    /// Returns the repository that a call means: the one it names, the one that the client works in, or the only one.
    pub(crate) fn repository(&mut self, name: Option<String>) -> Result<String, AppError> {
        self.searcher()?.repository(name.as_deref())
    }

    /// Says where a repository's paths begin if the client works elsewhere.
    pub(crate) fn place_of(&mut self, repository: &str) -> Result<Option<String>, AppError> {
        let root = self.searcher()?.root_elsewhere(repository)?;
        Ok(root.map(|root| format!("note: paths are relative to {root}\n")))
    }

    /// Returns the graph of a repository, read again where a run has changed it. One graph is kept at a time.
    pub(crate) fn graph(&mut self, repository: &str) -> Result<&GraphView, AppError> {
        let (generation, last_run) = self.searcher()?.state(repository)?;
        let state = GraphState {
            repository: repository.to_owned(),
            generation,
            last_run,
        };
        if self.graph.as_ref().is_none_or(|(read, _)| *read != state) {
            // Freed first: two graphs at once would double what a client costs.
            self.graph = None;
            self.graph = Some((state, self.project.graph(Some(repository))?));
        }
        Ok(&self.graph.as_ref().expect("it was just set").1)
    }
}
