//! The body of an answer, as far as somebody asks for it.

use std::time::Duration;

use bytes::Bytes;
use keyfob::{FetchError, FetchResponse};
use tokio::time::timeout;

/// For what is on its way already: a piece is filled with it, and nobody waits for more.
const AT_ONCE: Duration = Duration::from_millis(5);
/// A stream may be silent for as long as it likes; a call may not, so it is answered with nothing then.
const LONGEST_SILENCE: Duration = Duration::from_secs(20);

pub(super) struct Download {
    response: FetchResponse,
    /// What didn't fit into the piece before.
    rest: Bytes,
}

/// What has come in.
#[derive(Default)]
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    /// Whether it is the last one.
    pub(super) ended: bool,
}

impl Download {
    pub(super) fn new(response: FetchResponse) -> Self {
        Self { response, rest: Bytes::new() }
    }

    /// The head that it belongs to.
    pub(super) fn response(&self) -> &FetchResponse {
        &self.response
    }

    /// What is there already.
    pub(super) async fn first(&mut self, limit: usize) -> Result<Piece, FetchError> {
        self.gather(AT_ONCE, limit).await
    }

    /// What is there already; if that is nothing, what comes next.
    pub(super) async fn next(&mut self, limit: usize) -> Result<Piece, FetchError> {
        self.gather(LONGEST_SILENCE, limit).await
    }

    async fn gather(&mut self, patience: Duration, limit: usize) -> Result<Piece, FetchError> {
        let mut piece = Piece::default();
        loop {
            let room = limit - piece.bytes.len();
            piece.bytes.extend_from_slice(&self.rest.split_to(room.min(self.rest.len())));
            if piece.bytes.len() == limit {
                return Ok(piece);
            }
            let patience = if piece.bytes.is_empty() { patience } else { AT_ONCE };
            match timeout(patience, self.response.chunk()).await {
                Ok(Ok(Some(chunk))) => self.rest = chunk,
                Ok(Ok(None)) => return Ok(Piece { ended: true, ..piece }),
                Ok(Err(error)) => return Err(error),
                Err(_) => return Ok(piece),
            }
        }
    }
}
