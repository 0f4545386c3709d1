//! What can go wrong at an endpoint.

use std::time::SystemTime;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::answer;

/// More than any client should be ready to read.
const OVERSIZED: usize = 1024 * 1024 + 1;

/// What goes wrong with one answer; see [`crate::At::next`] and [`crate::At::always`].
#[derive(Clone, Debug)]
pub enum Fault {
    /// The connection breaks before the server has done anything.
    ConnectionDropped,
    /// The server does its work (a refresh token is rotated) and the connection breaks before the answer.
    AnswerLost,
    /// The server does its work and the connection breaks in the middle of the answer's body.
    AnswerTruncated,
    /// 200 with a page, as a captive portal answers.
    HtmlPage,
    /// 200 that says it is JSON and isn't.
    NotJson,
    /// A status with an empty body.
    Status {
        /// The status code.
        status: u16,
        /// The `Retry-After` header.
        retry_after: Option<RetryAfter>,
    },
    /// A status with a JSON object.
    Json {
        /// The status code.
        status: u16,
        /// The whole body.
        body: Value,
    },
    /// 200 with a body of spaces that never ends.
    EndlessBody,
    /// 200 with valid JSON of more than 1 MiB.
    OversizedBody,
}

impl Fault {
    /// A status with an empty body.
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            retry_after: None,
        }
    }

    /// 429 with `Retry-After` in seconds.
    pub fn rate_limited(seconds: u64) -> Self {
        Self::Status {
            status: 429,
            retry_after: Some(RetryAfter::Seconds(seconds)),
        }
    }

    /// 503 with `Retry-After` as a date.
    pub fn unavailable_until(time: SystemTime) -> Self {
        Self::Status {
            status: 503,
            retry_after: Some(RetryAfter::Date(time)),
        }
    }

    /// 400 with an OAuth error code (RFC 6749, section 5.2).
    pub fn oauth(error: &str) -> Self {
        Self::Json {
            status: 400,
            body: json!({ "error": error }),
        }
    }

    /// 400 `invalid_grant`, while the refresh token stays good.
    pub fn invalid_grant() -> Self {
        Self::oauth("invalid_grant")
    }

    /// Whether the server does its work all the same, and only the answer suffers.
    pub(crate) fn spares_the_work(&self) -> bool {
        matches!(self, Self::AnswerLost | Self::AnswerTruncated)
    }

    /// The answer, given the honest one where the work was done; `None` when the connection breaks instead.
    pub(crate) fn answer(self, honest: Option<Response>) -> Option<Response> {
        match self {
            Self::ConnectionDropped | Self::AnswerLost => None,
            Self::AnswerTruncated => honest.map(answer::truncated),
            Self::HtmlPage => Some(answer::page(
                "<!doctype html><title>Welcome to our network</title>",
            )),
            Self::NotJson => Some(answer::json_text("{\"access_token\": ")),
            Self::Status { status, retry_after } => Some(empty(status, retry_after)),
            Self::Json { status, body } => Some(answer::json(status, &body)),
            Self::EndlessBody => Some(answer::endless()),
            Self::OversizedBody => Some(answer::json(
                200,
                &json!({ "access_token": "x".repeat(OVERSIZED) }),
            )),
        }
    }
}

/// The two forms of the `Retry-After` header (RFC 9110, section 10.2.3).
#[derive(Clone, Copy, Debug)]
pub enum RetryAfter {
    /// Seconds from now.
    Seconds(u64),
    /// A point in time.
    Date(SystemTime),
}

fn empty(status: u16, retry_after: Option<RetryAfter>) -> Response {
    let mut response = StatusCode::from_u16(status)
        .expect("a status code")
        .into_response();
    if let Some(retry_after) = retry_after {
        let value = match retry_after {
            RetryAfter::Seconds(seconds) => seconds.to_string(),
            RetryAfter::Date(time) => httpdate::fmt_http_date(time),
        };
        response.headers_mut().insert(
            header::RETRY_AFTER,
            HeaderValue::from_str(&value).expect("plain text"),
        );
    }
    response
}
