//! Runs as they go: one look a second at the database for all who watch, and none while nobody does.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::WatchStream;

use super::Shared;
use crate::http::{Stop, is_over};
use crate::query_service::QueryServices;
use crate::{page, wire};

/// Runs say how far they are about once a second.
const INTERVAL: Duration = Duration::from_secs(1);

/// What has not changed is said again after this many looks, so that a client that is gone is noticed.
const SILENT_LOOKS: u32 = 15;

/// The latest news, for programs and for pages: made once for all who watch.
#[derive(Default)]
struct News {
    data: Bytes,
    page: Bytes,
}

/// How to watch.
pub(crate) struct Live {
    news: watch::Receiver<Arc<News>>,
}

impl Live {
    /// Starts to look; must be called within a runtime. Streams end when the server is asked to stop.
    pub(super) fn start(query_services: QueryServices, mut stop: Stop) -> Live {
        let (sender, news) = watch::channel(Arc::default());
        tokio::spawn(async move {
            tokio::select! {
                () = look(&query_services, &sender) => {}
                () = is_over(&mut stop) => {}
            }
        });
        Live { news }
    }

    /// Returns news as they come, the latest first.
    fn stream(&self, of: fn(&News) -> Bytes) -> Response {
        let news = WatchStream::new(self.news.clone());
        let events = news
            .map(move |news| of(&news))
            .filter(|event| !event.is_empty())
            .map(Ok::<_, std::convert::Infallible>);
        let headers = [
            (CONTENT_TYPE, "text/event-stream"),
            (CACHE_CONTROL, "no-store"),
        ];
        (headers, Body::from_stream(events)).into_response()
    }
}

async fn look(query_services: &QueryServices, sender: &watch::Sender<Arc<News>>) {
    let mut known = None;
    let mut n_looks = 0;
    loop {
        // The service itself keeps one.
        if sender.receiver_count() > 1 {
            let runs = query_services.ask(|queries| queries.reader()?.runs()).await;
            // A database that is not there has no runs, and may be there later.
            let runs = runs.and_then(Result::ok).unwrap_or_default();
            let runs = wire::Runs::from(&runs[..]);
            n_looks += 1;
            if known.as_ref() != Some(&runs) || n_looks >= SILENT_LOOKS {
                n_looks = 0;
                let data = serde_json::to_string(&runs).expect("plain fields and names");
                let news = News {
                    data: event(&data),
                    page: event(&page::runs_as_part(&runs)),
                };
                sender.send_replace(Arc::new(news));
                known = Some(runs);
            }
        }
        sleep(INTERVAL).await;
    }
}

/// Writes a text as an event of a stream.
fn event(text: &str) -> Bytes {
    let mut event = String::with_capacity(text.len() + 16);
    for line in text.split(['\n', '\r']) {
        event.push_str("data: ");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
    Bytes::from(event)
}

/// Runs as data.
#[utoipa::path(get, path = "/api/runs/live", responses(
    (status = 200, body = wire::Runs, content_type = "text/event-stream"),
))]
pub(crate) async fn runs(State(service): Shared) -> Response {
    service.live.stream(|news| news.data.clone())
}

/// Runs as a part of a page.
pub(super) async fn runs_for_pages(State(service): Shared) -> Response {
    service.live.stream(|news| news.page.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_text_ends_an_event() {
        assert_eq!(event("a\n\nb\rc"), "data: a\ndata: \ndata: b\ndata: c\n\n");
    }
}
