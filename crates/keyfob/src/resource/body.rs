//! What a request carries, and whether it can be sent again.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::watch;

/// How long an API may take until its answer begins, once it has all of the request or takes no more of it.
const PATIENCE: Duration = Duration::from_secs(45);

/// What a body that is handed over whole is given time for, in bytes per second.
const SLOWEST: u64 = 16 * 1024;

/// The pieces of a body, one after the other.
pub type Pieces = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// The body of a request: whole, or in pieces that are asked for when there is room for them.
///
/// A request is sent again after a redirect, and with a newer token if the first is refused; its body can be as well,
/// unless it is made by [`once`](Self::once).
#[derive(Default)]
pub struct Body(Source);

enum Source {
    Whole(Bytes),
    Again { length: Option<u64>, make: Box<dyn FnMut() -> Pieces + Send> },
    Once { length: Option<u64>, pieces: Option<Pieces> },
}

impl Body {
    /// Pieces that can be had again from the beginning, each time that `make` is called. `length` is that of all of
    /// them, in bytes; without it they are sent in chunks (RFC 9112 section 7.1).
    pub fn again(length: Option<u64>, make: impl FnMut() -> Pieces + Send + 'static) -> Self {
        Self(Source::Again { length, make: Box::new(make) })
    }

    /// Pieces that can be had once. `length` is that of all of them, in bytes.
    pub fn once(length: Option<u64>, pieces: Pieces) -> Self {
        Self(Source::Once { length, pieces: Some(pieces) })
    }

    /// One that somebody else has made; only what is at hand whole can be sent again.
    pub(super) fn of_reqwest(body: reqwest::Body, length: Option<u64>) -> Self {
        match body.as_bytes() {
            Some(bytes) => Self::from(bytes.to_vec()),
            None => Self::once(length, Box::pin(Frames(body))),
        }
    }

    /// Whether it can be sent, were it sent before or not.
    pub(super) fn is_there(&self) -> bool {
        !matches!(self.0, Source::Once { pieces: None, .. })
    }

    /// Whether it can be sent once more after this time.
    pub(super) fn is_repeatable(&self) -> bool {
        !matches!(self.0, Source::Once { .. })
    }

    /// In bytes, where it is known.
    pub(super) fn length(&self) -> Option<u64> {
        match &self.0 {
            Source::Whole(bytes) => Some(bytes.len() as u64),
            Source::Again { length, .. } | Source::Once { length, .. } => *length,
        }
    }

    /// For one sending; `None` if it has been sent and can't be again.
    pub(super) fn outgoing(&mut self) -> Option<Outgoing> {
        let (sender, progress) = watch::channel(Progress::Moving);
        let pieces = match &mut self.0 {
            Source::Whole(bytes) => {
                let on_the_way = Duration::from_secs(bytes.len() as u64 / SLOWEST);
                let delivery = Delivery { progress, patience: PATIENCE + on_the_way };
                return Some(Outgoing { body: bytes.clone().into(), delivery });
            }
            Source::Again { make, .. } => make(),
            Source::Once { pieces, .. } => pieces.take()?,
        };
        let body = reqwest::Body::wrap_stream(Watched { pieces, progress: sender });
        Some(Outgoing { body, delivery: Delivery { progress, patience: PATIENCE } })
    }
}

impl Default for Source {
    fn default() -> Self {
        Self::Whole(Bytes::new())
    }
}

impl<B: Into<Bytes>> From<B> for Body {
    fn from(bytes: B) -> Self {
        Self(Source::Whole(bytes.into()))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Body").field("length", &self.length()).finish_non_exhaustive()
    }
}

/// A body on its way.
pub(super) struct Outgoing {
    pub(super) body: reqwest::Body,
    pub(super) delivery: Delivery,
}

/// How it gets on.
pub(super) struct Delivery {
    pub(super) progress: watch::Receiver<Progress>,
    /// How long the server may take with each piece, and with its answer after the last.
    pub(super) patience: Duration,
}

/// Who is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// The server.
    Moving,
    /// Whoever makes the pieces, and may take their time.
    Waiting,
}

struct Watched {
    pieces: Pieces,
    progress: watch::Sender<Progress>,
}

impl Stream for Watched {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = self.pieces.as_mut().poll_next(context);
        // Always sent, equal or not: each piece begins the wait for the server anew.
        self.progress.send_replace(if piece.is_pending() { Progress::Waiting } else { Progress::Moving });
        piece
    }
}

/// The data of a body that somebody else has made.
struct Frames(reqwest::Body);

impl Stream for Frames {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        use http_body::Body as _;
        loop {
            return match Pin::new(&mut self.0).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => Poll::Ready(Some(Ok(data))),
                    // Trailers, which no caller of ours can set.
                    Err(_) => continue,
                },
                Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(io::Error::other(error)))),
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            };
        }
    }
}
