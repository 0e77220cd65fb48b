//! The threads that ask the index, so that the threads of the protocols never wait for it.
//!
//! Each has an open store and a loaded model of its own, and all share the graph in memory; so a slow question holds up nobody but itself.
//! A question whose client has given up is dropped before it begins, or ends at its next look at the index.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use app::{AppError, Canceller, Project, Reader, Settings, Snapshot};
use tokio::sync::{mpsc, oneshot};

use crate::ServerError;
use crate::refusal::Refusal;

/// Questions that may wait; a client that asks more waits itself.
const MAX_WAITING: usize = 256;

struct Call {
    /// Answers, unless nobody waits for it any more.
    work: Box<dyn FnOnce(&mut QueryService<'_>) + Send>,
    canceller: Canceller,
}

/// The way to the query services.
#[derive(Clone)]
pub(crate) struct QueryServices {
    calls: mpsc::Sender<Call>,
}

impl QueryServices {
    /// Starts `n_services` threads; they end with the last handle.
    pub(crate) fn start(
        settings: &Settings,
        directory: std::path::PathBuf,
        n_services: usize,
    ) -> Result<QueryServices, ServerError> {
        let (calls, waiting) = mpsc::channel::<Call>(MAX_WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        let project = Arc::new(Project::new(settings.clone()).working_in(directory));
        for _ in 0..n_services {
            let (project, waiting) = (Arc::clone(&project), Arc::clone(&waiting));
            std::thread::Builder::new()
                .name("query".to_owned())
                .spawn(move || answer_calls(&project, &waiting))
                .map_err(ServerError::Runtime)?;
        }
        Ok(QueryServices { calls })
    }

    /// Returns how many questions wait for a query service.
    pub(crate) fn n_waiting(&self) -> usize {
        self.calls.max_capacity() - self.calls.capacity()
    }

    /// Has a question answered; nothing if the service that took it panicked.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut QueryService<'_>) -> T + Send + 'static,
    ) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        let canceller = Canceller::default();
        // A client that gives up drops this future.
        let _cancel = CancelOnDrop(canceller.clone());
        let work = move |queries: &mut QueryService<'_>| {
            if !reply.is_closed() {
                // The client may have given up meanwhile.
                drop(reply.send(question(queries)));
            }
        };
        let call = Call {
            work: Box::new(work),
            canceller,
        };
        self.calls.send(call).await.ok()?;
        answer.await.ok()
    }
}

/// One service's work: whichever is free takes the next call.
fn answer_calls(project: &Project, waiting: &Mutex<mpsc::Receiver<Call>>) {
    let mut queries = QueryService::new(project);
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let Some(call) = next else { return };
        queries.canceller = call.canceller;
        let work = || (call.work)(&mut queries);
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            // Costs this call, whose client hears of it, and what was open; not all calls after it.
            queries = QueryService::new(project);
        }
    }
}

/// Ends a question whose answer nobody waits for, or has been given.
struct CancelOnDrop(Canceller);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// What answers questions: the open index and what of it is in memory.
pub(crate) struct QueryService<'p> {
    project: &'p Project,
    reader: Option<Reader<'p>>,
    canceller: Canceller,
}

impl<'p> QueryService<'p> {
    fn new(project: &'p Project) -> QueryService<'p> {
        QueryService {
            project,
            reader: None,
            canceller: Canceller::default(),
        }
    }

    /// Returns the settings in force and the database that they name.
    pub(crate) fn project(&self) -> &'p Project {
        self.project
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
    pub(crate) fn ask<T>(
        &mut self,
        repository: Option<&str>,
        mut question: impl FnMut(&mut Snapshot<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.reader()?
            .ask(repository, |snapshot| match question(snapshot) {
                // Kept apart so that a state that was lost is asked again.
                Err(Refusal::App(error)) => Err(*error),
                answer => Ok(answer),
            })?
    }
}
