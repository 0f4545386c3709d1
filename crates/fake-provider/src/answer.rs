//! Answers, in full.

use std::io::Write as _;
use std::time::SystemTime;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// More than any client should be ready to read.
const OVERSIZED: usize = 1024 * 1024 + 1;
/// What a few kilobytes of gzip inflate to.
const INFLATED: usize = 16 * 1024 * 1024;

/// A whole answer, which an endpoint gives instead of its own; see [`crate::At::next`].
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Answer {
    /// A status with an empty body.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// A status with a JSON document that no cache may keep (RFC 6749, section 5.1).
    #[expect(clippy::needless_pass_by_value, reason = "callers make the document on the spot")]
    pub fn json(status: u16, document: Value) -> Self {
        Self::text(status, "application/json", document.to_string()).header("cache-control", "no-store")
    }

    /// A status with a text.
    pub fn text(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        let body = Bytes::from(body.into());
        Self { body, ..Self::status(status) }.header("content-type", content_type)
    }

    /// 400 with an OAuth error code (RFC 6749, section 5.2).
    pub fn oauth_error(error: &str) -> Self {
        Self::json(400, json!({ "error": error }))
    }

    /// 400 `invalid_grant`, while the refresh token stays good.
    pub fn invalid_grant() -> Self {
        Self::oauth_error("invalid_grant")
    }

    /// 200 with a page, as a captive portal answers.
    pub fn html_page() -> Self {
        Self::text(200, "text/html; charset=utf-8", "<!doctype html><title>Welcome to our network</title>")
    }

    /// 200 that says it is JSON and isn't.
    pub fn not_json() -> Self {
        Self::text(200, "application/json", "{\"access_token\": ")
    }

    /// 200 with valid JSON of more than 1 MiB.
    pub fn oversized() -> Self {
        Self::json(200, json!({ "access_token": "x".repeat(OVERSIZED) }))
    }

    /// 200 with valid JSON in a few kilobytes of gzip, which inflate to 16 MiB.
    pub fn decompression_bomb() -> Self {
        let document = json!({ "access_token": "x".repeat(INFLATED) }).to_string();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(document.as_bytes()).expect("memory takes everything");
        let body = encoder.finish().expect("memory takes everything").into();
        let honest = Self::status(200).header("content-type", "application/json");
        Self { body, ..honest.header("content-encoding", "gzip") }
    }

    /// 307 to another address, which keeps the method and the body.
    pub fn redirect(location: &str) -> Self {
        Self::status(307).header("location", location)
    }

    /// 401 or 403 with a `WWW-Authenticate` header (RFC 6750, section 3).
    pub fn challenge(status: u16, challenge: &str) -> Self {
        Self::status(status).header("www-authenticate", challenge)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// `Retry-After` in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header("retry-after", &seconds.to_string())
    }

    /// `Retry-After` as a date.
    #[must_use]
    pub fn retry_at(self, time: SystemTime) -> Self {
        self.header("retry-after", &httpdate::fmt_http_date(time))
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response =
            Response::builder().status(StatusCode::from_u16(self.status).expect("a status code"));
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(self.body.into()).expect("headers of plain text")
    }
}
