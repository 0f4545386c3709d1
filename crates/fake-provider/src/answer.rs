//! Answers, whole and broken.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use http_body::Frame;
use serde_json::Value;

/// JSON that no cache may keep (RFC 6749, section 5.1).
pub(crate) fn json(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).expect("a status code");
    (
        status,
        [(header::CACHE_CONTROL, "no-store")],
        json_text(body.to_string()),
    )
        .into_response()
}

pub(crate) fn json_text(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}

pub(crate) fn page(html: &'static str) -> Response {
    Html(html).into_response()
}

/// The answer with half a body, after which the connection breaks.
pub(crate) fn truncated(honest: Response) -> Response {
    let (mut parts, body) = honest.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::new(Truncated::Whole(body)))
}

pub(crate) fn endless() -> Response {
    json_text(Body::new(Endless))
}

/// Gives half of each frame, lets the server send it, and fails.
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
                let frame = std::task::ready!(Pin::new(body).poll_frame(context));
                let data = frame
                    .and_then(|frame| frame.ok()?.into_data().ok())
                    .unwrap_or_default();
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
