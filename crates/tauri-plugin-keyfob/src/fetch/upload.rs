//! The body of a request, as the window pushes it: one piece waits while another is on its way.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use keyfob::Body;
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};

/// A server may be slow, or an answer be waited for, for longer than a call may last: the window asks again then.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Where a body is taken from. A clone is the same one.
#[derive(Clone)]
pub(super) struct Upload {
    state: Arc<Mutex<State>>,
    /// Tells that another sending has begun, or that there will be none.
    changed: Arc<watch::Sender<()>>,
}

#[derive(Default)]
struct State {
    /// Of the sending that is under way; none before it begins, and after its last piece.
    sender: Option<mpsc::Sender<Piece>>,
    /// How much of it was pushed.
    offset: u64,
    /// The answer is there, or will never be.
    is_over: bool,
}

struct Piece {
    bytes: Bytes,
    /// Said, so that a window which goes away doesn't make half a body look like a whole one.
    is_last: bool,
}

impl Upload {
    pub(super) fn new() -> Self {
        Self { state: Arc::default(), changed: Arc::new(watch::channel(()).0) }
    }

    /// The body that is made of what is pushed.
    pub(super) fn body(&self, length: Option<u64>, is_repeatable: bool) -> Body {
        let upload = self.clone();
        if is_repeatable {
            Body::again(length, move || Box::pin(upload.begin()))
        } else {
            Body::once(length, Box::pin(upload.begin()))
        }
    }

    /// There will be no other sending; the one under way goes on for as long as it takes pieces.
    pub(super) fn settle(&self) {
        self.lock().is_over = true;
        self.changed.send_replace(());
    }

    /// Breaks off.
    pub(super) fn cancel(&self) {
        self.lock().sender = None;
        self.settle();
    }

    /// Takes a piece once there is room for it. Gives the offset of the next one, which is the same again if there was
    /// no room in good time; `None` if no more is wanted.
    pub(super) async fn push(&self, offset: u64, bytes: Bytes, is_last: bool) -> Option<u64> {
        let taken = timeout(LONGEST_WAIT, self.take(offset, bytes, is_last)).await;
        taken.unwrap_or_else(|_| Some(self.lock().offset))
    }

    async fn take(&self, mut offset: u64, mut bytes: Bytes, is_last: bool) -> Option<u64> {
        let mut changed = self.changed.subscribe();
        loop {
            changed.borrow_and_update();
            let sender = match &*self.lock() {
                state if state.offset != offset => return Some(state.offset),
                state => state.sender.clone(),
            };
            let room = match sender {
                Some(sender) => sender.reserve_owned().await.ok(),
                None => None,
            };
            if let Some(room) = room {
                let mut state = self.lock();
                if state.offset != offset {
                    return Some(state.offset);
                }
                state.offset += bytes.len() as u64;
                room.send(Piece { bytes: std::mem::take(&mut bytes), is_last });
                if !is_last {
                    return Some(state.offset);
                }
                // What becomes of it is worth waiting for.
                state.sender = None;
                offset = state.offset;
            } else if self.lock().is_over {
                return None;
            } else {
                // Whoever took the pieces has gone: another sending begins, or none. The sender lives in `self`.
                let _ = changed.changed().await;
            }
        }
    }

    fn begin(&self) -> Pushed {
        let (sender, pieces) = mpsc::channel(1);
        {
            let mut state = self.lock();
            (state.sender, state.offset) = (Some(sender), 0);
        }
        self.changed.send_replace(());
        Pushed { pieces, has_ended: false }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pieces of one sending.
struct Pushed {
    pieces: mpsc::Receiver<Piece>,
    has_ended: bool,
}

impl Stream for Pushed {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(self.pieces.poll_recv(context)) {
            Some(Piece { bytes, is_last }) => {
                self.has_ended = is_last;
                (!bytes.is_empty()).then_some(Ok(bytes))
            }
            None => Some(Err(io::Error::other("the body breaks off"))),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    async fn next(body: &mut Pushed) -> Option<Vec<u8>> {
        let piece = poll_fn(|context| Pin::new(&mut *body).poll_next(context)).await;
        piece.map(|piece| piece.map_or_else(|_| b"broken".to_vec(), |bytes| bytes.to_vec()))
    }

    #[tokio::test]
    async fn pieces_are_taken_in_their_order_and_one_waits_for_room() {
        let upload = Upload::new();
        let mut body = upload.begin();
        assert_eq!(upload.push(0, Bytes::from("ab"), false).await, Some(2));
        let second = tokio::spawn({
            let upload = upload.clone();
            async move { upload.push(2, Bytes::from("c"), false).await }
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished(), "there is room for one");
        assert_eq!(upload.push(7, Bytes::from("x"), false).await, Some(2), "it is not its turn");
        assert_eq!(next(&mut body).await.as_deref(), Some(&b"ab"[..]));
        assert_eq!(second.await.expect("an answer"), Some(3));
        assert_eq!(next(&mut body).await.as_deref(), Some(&b"c"[..]));
    }

    #[tokio::test]
    async fn after_the_last_piece_the_window_hears_whether_it_is_to_begin_again() {
        let upload = Upload::new();
        for settled in [false, true] {
            let mut body = upload.begin();
            let last = tokio::spawn({
                let upload = upload.clone();
                async move { upload.push(0, Bytes::from("all"), true).await }
            });
            assert_eq!(next(&mut body).await.as_deref(), Some(&b"all"[..]));
            assert_eq!(next(&mut body).await, None);
            assert!(!last.is_finished());
            drop(body);
            if settled {
                upload.settle();
            } else {
                drop(upload.begin());
            }
            assert_eq!(last.await.expect("an answer"), if settled { None } else { Some(0) });
        }
    }

    #[tokio::test]
    async fn half_a_body_never_looks_like_a_whole_one() {
        let upload = Upload::new();
        let mut body = upload.begin();
        assert_eq!(upload.push(0, Bytes::from("half"), false).await, Some(4));
        upload.cancel();
        assert_eq!(next(&mut body).await.as_deref(), Some(&b"half"[..]));
        assert_eq!(next(&mut body).await.as_deref(), Some(&b"broken"[..]));
        assert_eq!(upload.push(4, Bytes::from("more"), true).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_piece_that_nobody_takes_is_asked_for_again() {
        let upload = Upload::new();
        let _body = upload.begin();
        assert_eq!(upload.push(0, Bytes::from("a"), false).await, Some(1));
        assert_eq!(upload.push(1, Bytes::from("b"), false).await, Some(1));
    }
}
