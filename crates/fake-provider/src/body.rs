//! Bodies that break off or never end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header;
use axum::response::Response;
use http_body::Frame;

/// The answer with half a body, after which the connection breaks.
pub(crate) fn truncated(honest: Response) -> Response {
    let (mut parts, body) = honest.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::new(Truncated::Whole(body)))
}

/// 200 and spaces, with which any JSON may begin.
pub(crate) fn endless() -> Response {
    let mut response = Response::new(Body::new(Endless));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

/// Gives half of the first frame, lets the server send it, and fails.
enum Truncated {
    Whole(Body),
    Sending,
    Broken,
}

impl HttpBody for Truncated {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match &mut *self {
            Self::Whole(body) => {
                let frame = ready!(Pin::new(body).poll_frame(context));
                let data = frame.and_then(|frame| frame.ok()?.into_data().ok()).unwrap_or_default();
                *self = Self::Sending;
                Poll::Ready(Some(Ok(Frame::data(data.slice(..data.len() / 2)))))
            }
            // The server flushes only while the body has nothing to give; without this pause not even the
            // headers would leave.
            Self::Sending => {
                *self = Self::Broken;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Broken => Poll::Ready(Some(Err("the answer breaks off".into()))),
        }
    }
}

struct Endless;

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b' '; 16 * 1024])))))
    }
}
