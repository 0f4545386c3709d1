//! Sign-in and fresh access tokens for Tauri apps: the engine [`keyfob`], made a plugin.
//!
//! Two lines, first of all plugins:
//!
//! ```no_run
//! use tauri_plugin_keyfob::KeyfobExt;
//!
//! # fn build() {
//! tauri::Builder::<tauri::Wry>::new()
//!     .plugin(tauri_plugin_single_instance::init(|app, argv, _| app.keyfob().handle_args(&argv)))
//!     .plugin(tauri_plugin_keyfob::init());
//! # }
//! ```
//!
//! The configuration stands under `plugins.keyfob` in `tauri.conf.json` (see [`keyfob::Config`]), the scheme of the
//! deep link under `plugins.deep-link`. Windows get commands by permission: `keyfob:default` (session, sign-in,
//! sign-out, accounts; no token), `keyfob:tokens` and `keyfob:fetch` (both with a scope), `keyfob:accounts` (signs one
//! account out) and `keyfob:inspect` (looks for the cause of something; no token).

mod answer;
#[cfg(test)]
mod bad_inputs;
#[cfg(test)]
mod bindings;
mod commands;
mod error;
mod fetch;
mod models;
mod permission_scope;
mod plugin;
mod registration;
mod signed_in;

pub use keyfob;
pub use plugin::{Builder, KeyfobExt, init};
pub use signed_in::SignedIn;
