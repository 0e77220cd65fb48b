//! `index`: brings a repository that is in the index up to date. Only where the person who started the server allows it.

use std::path::PathBuf;

use app::{Event, IndexOptions, Project, StopHandle};
use rmcp::model::{CallToolResponse, JsonObject, ProgressNotificationParam};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{Description, parse, repository_property};
use crate::ServerSettings;
use crate::mcp::answer::{Answer, refused};
use crate::refusal::Refusal;

pub(super) const DESCRIPTION: Description = Description {
    text: "Brings the index of a repository up to date with its files. Answers when it is done; reports its progress meanwhile.",
    required: &[],
    returns: &[
        ("repository", "string", "The repository"),
        (
            "complete",
            "boolean",
            "Whether the index covers the whole tree",
        ),
        ("indexed_files", "integer", "Files that were indexed"),
        ("unchanged_files", "integer", "Files that were up to date"),
        ("failed_files", "integer", "Files that failed"),
    ],
};

pub(super) fn properties() -> Value {
    json!({ "repository": repository_property() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    repository: Option<String>,
}

/// Files done and to do.
type Progress = (u64, u64);

/// Answers a call; on a thread of its own, so that searches are answered meanwhile. A call that is cancelled stops the run, and what is
/// committed stays.
pub(crate) async fn answer(
    settings: &ServerSettings,
    arguments: JsonObject,
    context: &RequestContext<RoleServer>,
) -> Result<CallToolResponse, ErrorData> {
    let arguments: Arguments = match parse(arguments) {
        Ok(arguments) => arguments,
        Err(refusal) => return Ok(refused(&refusal).into()),
    };
    let (progress, mut reported) = mpsc::unbounded_channel::<Progress>();
    let stop = StopHandle::new();
    let _stops_when_cancelled = StopOnDrop(stop.clone());
    let settings = settings.clone();
    let mut run = tokio::task::spawn_blocking(move || index(settings, arguments, &stop, &progress));
    loop {
        tokio::select! {
            Some((n_done, n_files)) = reported.recv() => {
                if let Some(token) = context.meta.get_progress_token() {
                    let progress = ProgressNotificationParam::new(token, n_done as f64).with_total(n_files as f64);
                    // Who does not listen misses nothing that matters.
                    context.peer.notify_progress(progress).await.ok();
                }
            }
            done = &mut run => {
                let answer = done.map_err(|_| ErrorData::internal_error("the run died", None))?;
                return Ok(match answer {
                    Ok(answer) => answer.into_result().into(),
                    Err(refusal) => refused(&refusal).into(),
                });
            }
        }
    }
}

struct StopOnDrop(StopHandle);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop_gracefully();
    }
}

fn index(
    settings: ServerSettings,
    arguments: Arguments,
    stop: &StopHandle,
    progress: &mpsc::UnboundedSender<Progress>,
) -> Result<Answer, Refusal> {
    let project = Project::new(settings.settings).working_in(settings.directory);
    let asked = arguments.repository.as_deref();
    let (name, root) = project.reader()?.ask(asked, |snapshot| {
        Ok((
            snapshot.repository().to_owned(),
            PathBuf::from(snapshot.root()),
        ))
    })?;
    let options = IndexOptions {
        repository: Some(name.clone()),
        ..IndexOptions::default()
    };
    let (mut n_done, mut n_files) = (0, 0);
    let mut on_event = |event: Event| {
        match event {
            Event::Discovered { n_changed, .. } => n_files = n_changed as u64,
            Event::FileIndexed { .. } | Event::FileFailed { .. } => n_done += 1,
            _ => return,
        }
        // The call may have been cancelled meanwhile.
        progress.send((n_done, n_files)).ok();
    };
    let summary = project.index(&root, &options, stop, &mut |_| {}, &mut on_event)?;
    let n_indexed = summary.n_ok.saturating_sub(summary.n_unchanged);
    let text = format!(
        "{name}: {n_indexed} {} indexed, {} unchanged, {} failed, {}",
        if n_indexed == 1 { "file" } else { "files" },
        summary.n_unchanged,
        summary.problems.len(),
        match (summary.is_finished, summary.is_complete) {
            (false, _) => "interrupted",
            (true, false) => "not complete: some files have no vectors yet",
            (true, true) => "complete",
        }
    );
    Ok(Answer {
        text,
        data: json!({
            "repository": name,
            "complete": summary.is_complete,
            "indexed_files": n_indexed,
            "unchanged_files": summary.n_unchanged,
            "failed_files": summary.problems.len(),
        }),
    })
}
