//! The requests of each webview that are under way, or whose answers are being read.

use std::{
    collections::HashMap,
    future::Future,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use keyfob::{ErrorCode, FetchError};
use tauri::{Runtime, Webview};
use tokio_util::sync::CancellationToken;

use super::{
    download::{Download, Piece},
    upload::Upload,
};
use crate::{answer::Answer, error::KeyfobErrorPayload};

/// Of one webview at a time; a script that forgets what it asked for is told so.
const MOST: usize = 1000;

/// A webview's label, and the number that its script has given the request.
type Key = (String, u64);

#[derive(Default)]
pub(crate) struct Streams(Mutex<HashMap<Key, Arc<Stream>>>);

/// One request.
pub(super) struct Stream {
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
        let stream = self.lock().get(&(webview.label().to_owned(), id)).cloned();
        stream.ok_or(FetchError::InvalidArgument("it is over, or was never sent"))
    }

    /// Takes a request back. One that is over, or hasn't come in yet, isn't there: commands may overtake each other, so
    /// the window says it again if it gets an answer all the same.
    pub(super) fn cancel<R: Runtime>(&self, webview: &Webview<R>, id: u64) {
        self.end_where(|key, _| key.1 == id && key.0 == webview.label());
    }

    pub(super) fn end<R: Runtime>(&self, webview: &Webview<R>, id: u64) {
        self.lock().remove(&(webview.label().to_owned(), id));
    }

    /// A page that is gone reads no answers.
    pub(crate) fn end_page(&self, webview: &str) {
        self.end_where(|(label, _), _| label == webview);
    }

    pub(crate) fn end_window(&self, window: &str) {
        self.end_where(|_, stream| stream.window == window);
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
        let stream = Arc::new(Stream::new(window));
        streams.insert(key.clone(), stream.clone());
        Ok(Open { streams: self, key, stream, is_kept: false })
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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    fn new(window: &str) -> Self {
        Self {
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
    key: Key,
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
            self.streams.lock().remove(&self.key);
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
