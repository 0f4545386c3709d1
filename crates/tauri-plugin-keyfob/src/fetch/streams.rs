//! The requests of each webview that are under way, or whose answers are being read.

use std::{
    collections::HashMap,
    future::Future,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use keyfob::{ErrorCode, FetchError};
use tauri::{Runtime, Webview};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    download::{Download, Piece},
    upload::Upload,
};
use crate::{answer::Answer, error::KeyfobErrorPayload};

/// Of one webview at a time; a script that forgets what it asked for is told so.
const MOST: usize = 1000;

/// By how much a command may overtake the one that it belongs to.
const OVERTAKEN: Duration = Duration::from_secs(2);

/// A webview's label, and the number that its script has given the request.
type Key = (String, u64);

#[derive(Default)]
pub(crate) struct Streams {
    by_key: Mutex<HashMap<Key, Arc<Stream>>>,
    /// Tells that there is another one.
    opened: watch::Sender<()>,
}

/// One request.
pub(super) struct Stream {
    key: Key,
    window: String,
    cancelled: CancellationToken,
    pub(super) upload: Upload,
    /// Once the answer is there.
    download: tokio::sync::Mutex<Option<Download>>,
}

impl Streams {
    /// Errors: `busy`, `invalid_argument`.
    pub(super) fn open<R: Runtime>(&self, webview: &Webview<R>, id: u64) -> Answer<Open<'_>> {
        self.open_in(webview.label(), webview.window().label(), id)
    }

    /// Errors: `invalid_argument`.
    pub(super) fn of<R: Runtime>(&self, webview: &Webview<R>, id: u64) -> Result<Arc<Stream>, FetchError> {
        let stream = self.get(&(webview.label().to_owned(), id));
        stream.ok_or(FetchError::InvalidArgument("it is over, or was never sent"))
    }

    /// A request that may not have come in yet, as commands overtake each other; `None` if it is over, or doesn't come.
    pub(super) async fn awaited<R: Runtime>(&self, webview: &Webview<R>, id: u64) -> Option<Arc<Stream>> {
        self.awaited_of((webview.label().to_owned(), id)).await
    }

    /// Ends a request, and frees all that it holds.
    pub(super) fn end(&self, stream: &Arc<Stream>) {
        stream.cancel();
        self.forget(stream);
    }

    /// A page that is gone reads no answers.
    pub(crate) fn end_page(&self, webview: &str) {
        self.end_where(|(label, _), _| label == webview);
    }

    pub(crate) fn end_window(&self, window: &str) {
        self.end_where(|_, stream| stream.window == window);
    }

    /// Another engine has taken the place of the one that they are made by.
    pub(crate) fn end_all(&self) {
        self.end_where(|_, _| true);
    }

    fn open_in(&self, webview: &str, window: &str, id: u64) -> Answer<Open<'_>> {
        let key = (webview.to_owned(), id);
        let mut streams = self.lock();
        if streams.contains_key(&key) {
            return Err(FetchError::InvalidArgument("its number is another's").into());
        }
        if streams.keys().filter(|(label, _)| label == webview).count() >= MOST {
            let message = "This window has too many requests under way, or answers that nobody reads.";
            return Err(KeyfobErrorPayload::new(ErrorCode::Busy, message));
        }
        let stream = Arc::new(Stream::new(key.clone(), window));
        streams.insert(key, stream.clone());
        drop(streams);
        self.opened.send_replace(());
        Ok(Open { streams: self, stream, is_kept: false })
    }

    async fn awaited_of(&self, key: Key) -> Option<Arc<Stream>> {
        let mut opened = self.opened.subscribe();
        let awaited = async {
            loop {
                if let Some(stream) = self.get(&key) {
                    return stream;
                }
                // The sender lives in `self`.
                let _ = opened.changed().await;
            }
        };
        timeout(OVERTAKEN, awaited).await.ok()
    }

    fn get(&self, key: &Key) -> Option<Arc<Stream>> {
        self.lock().get(key).cloned()
    }

    /// Its number may be another's by now.
    fn forget(&self, stream: &Arc<Stream>) {
        let mut streams = self.lock();
        if streams.get(&stream.key).is_some_and(|held| Arc::ptr_eq(held, stream)) {
            streams.remove(&stream.key);
        }
    }

    fn end_where(&self, is_gone: impl Fn(&Key, &Stream) -> bool) {
        self.lock().retain(|key, stream| {
            let stays = !is_gone(key, stream);
            if !stays {
                stream.cancel();
            }
            stays
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Stream>>> {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    fn new(key: Key, window: &str) -> Self {
        Self {
            key,
            window: window.to_owned(),
            cancelled: CancellationToken::new(),
            upload: Upload::new(),
            download: tokio::sync::Mutex::default(),
        }
    }

    /// Errors: `network`, `invalid_argument`.
    pub(super) async fn read(&self, limit: usize) -> Result<Piece, FetchError> {
        match &mut *self.download.lock().await {
            Some(download) => download.next(limit).await,
            None => Err(FetchError::InvalidArgument("its answer is not there yet")),
        }
    }

    /// Errors: `cancelled`, and those of `work`.
    pub(super) async fn unless_cancelled<T, E: Into<KeyfobErrorPayload>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Answer<T> {
        match self.cancelled.run_until_cancelled(work).await {
            Some(outcome) => outcome.map_err(Into::into),
            None => Err(cancelled()),
        }
    }

    fn cancel(&self) {
        self.cancelled.cancel();
        self.upload.cancel();
    }
}

/// A request that is under way. It is forgotten when this is dropped, unless there is an answer to be read.
pub(super) struct Open<'a> {
    streams: &'a Streams,
    stream: Arc<Stream>,
    is_kept: bool,
}

impl Open<'_> {
    /// Keeps what is still to be read of the answer.
    pub(super) async fn keep(&mut self, download: Download) {
        *self.stream.download.lock().await = Some(download);
        self.is_kept = true;
    }
}

impl Deref for Open<'_> {
    type Target = Stream;

    fn deref(&self) -> &Stream {
        &self.stream
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.stream.upload.settle();
        if !self.is_kept {
            self.streams.forget(&self.stream);
        }
    }
}

fn cancelled() -> KeyfobErrorPayload {
    KeyfobErrorPayload::new(ErrorCode::Cancelled, "The request was cancelled.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code<T>(answer: Answer<T>) -> serde_json::Value {
        answer.map_or_else(|error| json!(error)["code"].clone(), |_| json!("ok"))
    }

    #[test]
    fn a_request_is_forgotten_when_it_ends_and_its_number_is_free_again() {
        let streams = Streams::default();
        let first = streams.open_in("main", "main", 1).expect("a request");
        assert_eq!(code(streams.open_in("main", "main", 1)), "invalid_argument");
        assert_eq!(code(streams.open_in("other", "main", 1)), "ok");
        drop(first);
        assert_eq!(code(streams.open_in("main", "main", 1)), "ok");
        assert!(streams.lock().is_empty());
    }

    #[test]
    fn a_number_that_was_given_anew_is_not_the_request_of_before() {
        let streams = Streams::default();
        let first = streams.open_in("main", "main", 1).expect("a request");
        streams.end(&first.stream);
        let second = streams.open_in("main", "main", 1).expect("a request");
        drop(first);
        streams.end_page("main");
        assert!(second.cancelled.is_cancelled(), "the page takes it with it");
    }

    #[tokio::test(start_paused = true)]
    async fn what_overtakes_its_request_waits_for_it_and_not_for_ever() {
        let streams = Arc::new(Streams::default());
        let early = tokio::spawn({
            let streams = streams.clone();
            async move { streams.awaited_of(("main".to_owned(), 2)).await.is_some() }
        });
        tokio::task::yield_now().await;
        let _another = streams.open_in("main", "main", 1);
        tokio::task::yield_now().await;
        assert!(!early.is_finished());
        let _its_own = streams.open_in("main", "main", 2);
        assert!(early.await.expect("an answer"));
        assert!(streams.awaited_of(("main".to_owned(), 3)).await.is_none());
    }

    #[tokio::test]
    async fn what_is_cancelled_ends_at_once() {
        let streams = Streams::default();
        let open = streams.open_in("main", "main", 1).expect("a request");
        streams.end_where(|(_, id), _| *id == 1);
        let never = std::future::pending::<Result<(), FetchError>>();
        assert_eq!(code(open.unless_cancelled(never).await), "cancelled");
        drop(open);
        assert!(streams.lock().is_empty());
    }

    #[test]
    fn a_page_and_a_window_take_their_requests_with_them() {
        let streams = Streams::default();
        let opened = [("main", "main", 1), ("side", "main", 1), ("other", "other", 1)];
        let open =
            opened.map(|(webview, window, id)| streams.open_in(webview, window, id).expect("a request"));
        let gone = || open.iter().map(|stream| stream.cancelled.is_cancelled()).collect::<Vec<_>>();
        streams.end_page("side");
        assert_eq!(gone(), [false, true, false]);
        streams.end_window("main");
        assert_eq!(gone(), [true, true, false]);
    }

    #[test]
    fn a_script_that_reads_no_answers_is_told_so() {
        let streams = Streams::default();
        let all: Vec<_> = (0..MOST as u64).map(|id| streams.open_in("main", "main", id)).collect();
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(code(streams.open_in("main", "main", MOST as u64)), "busy");
        assert_eq!(code(streams.open_in("other", "other", 0)), "ok");
    }
}
