//! Errors of the app's own commands, as the window gets them.

use serde::Serialize;
use tauri_plugin_keyfob::keyfob::{ErrorCode, Failure};

/// An error, for programs (`code`, one of the engine's) and for people (`message`).
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommandError {
    code: String,
    message: String,
}

impl CommandError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code: code.as_str().to_owned(), message: message.into() }
    }
}

impl<E: Failure> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self::new(error.code(), error.to_string())
    }
}
