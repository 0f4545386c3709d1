//! What can go wrong at an endpoint.

use std::time::Duration;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use crate::answer::Answer;
use crate::body;

/// What goes wrong with one request; see [`crate::At::next`] and [`crate::At::always`].
#[derive(Clone, Debug)]
pub enum Fault {
    /// The connection breaks before the server has done anything.
    ConnectionDropped,
    /// The server does its work (a refresh token is rotated) and the connection breaks before the answer.
    AnswerLost,
    /// The server does its work and the connection breaks in the middle of the answer's body.
    AnswerTruncated,
    /// The server does its work and answers after this long; other requests are answered meanwhile.
    AnswerDelayed(Duration),
    /// The server does its work and says that the answer is of this content type.
    ContentType(&'static str),
    /// The server does its work, and once this many bytes of the answer have left, its head included, the
    /// connection is reset.
    ResetAt(usize),
    /// The server does nothing and sends 200 with a body of spaces that never ends.
    EndlessBody,
    /// The server does nothing and answers this.
    Answer(Answer),
}

impl Fault {
    /// Whether the server does its work all the same, and only the answer suffers.
    pub(crate) fn spares_the_work(&self) -> bool {
        !matches!(self, Self::ConnectionDropped | Self::EndlessBody | Self::Answer(_))
    }

    /// The answer, given the honest one where the work was done; `None` when the connection breaks instead.
    pub(crate) fn answer(self, honest: Option<Response>) -> Option<Response> {
        match self {
            Self::ConnectionDropped | Self::AnswerLost => None,
            // The first delays in `reception`, the second cuts the connection there.
            Self::AnswerDelayed(_) | Self::ResetAt(_) => honest,
            Self::AnswerTruncated => honest.map(body::truncated),
            Self::ContentType(content_type) => honest.map(|mut answer| {
                answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
                answer
            }),
            Self::EndlessBody => Some(body::endless()),
            Self::Answer(answer) => Some(answer.into_response()),
        }
    }
}

impl From<Answer> for Fault {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}
