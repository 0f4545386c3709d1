//! What crosses the boundary: a head in one ASCII header and a body of raw bytes on the way in; on the way out a frame of
//! both.

use std::borrow::Cow;

use keyfob::FetchError;
use serde::de::DeserializeOwned;
use tauri::ipc::{InvokeBody, Request};

use crate::models::FetchResponse;

/// Carries the head of a request, in JSON.
const HEADER: &str = "keyfob-request";

/// Errors: `invalid_argument`.
pub(super) fn head<T: DeserializeOwned>(request: &Request<'_>) -> Result<T, FetchError> {
    let head = request.headers().get(HEADER).and_then(|head| serde_json::from_slice(head.as_bytes()).ok());
    head.ok_or(FetchError::InvalidArgument("its head can't be read"))
}

/// Errors: `invalid_argument`.
pub(super) fn body<'a>(request: &'a Request<'_>) -> Result<Cow<'a, [u8]>, FetchError> {
    match request.body() {
        InvokeBody::Raw(bytes) => Ok(Cow::Borrowed(bytes)),
        // Where the page's policy blocks Tauri's protocol, bytes come as an array of numbers.
        InvokeBody::Json(numbers) => serde_json::from_value(numbers.clone())
            .map(Cow::Owned)
            .map_err(|_| FetchError::InvalidArgument("its body is no bytes")),
    }
}

/// The length of the head in four bytes, the most significant first; the head in JSON; and the beginning of the body.
pub(super) fn answer(head: &FetchResponse, body: &[u8]) -> Vec<u8> {
    let head = serde_json::to_vec(head).unwrap_or_default();
    let length = u32::try_from(head.len()).unwrap_or_default();
    [&length.to_be_bytes(), head.as_slice(), body].concat()
}

/// Whether it is the last, and the piece.
pub(super) fn piece(ended: bool, bytes: &[u8]) -> Vec<u8> {
    [&[u8::from(ended)], bytes].concat()
}
