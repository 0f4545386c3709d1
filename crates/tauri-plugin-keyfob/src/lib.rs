//! Sign-in and fresh access tokens for Tauri apps: the engine [`keyfob`], made a plugin.
//!
//! One line, first of all plugins:
//!
//! ```no_run
//! # fn build() {
//! tauri::Builder::<tauri::Wry>::new()
//!     .plugin(tauri_plugin_keyfob::Builder::new().single_instance(true).build());
//! # }
//! ```
//!
//! or two, where the app registers single-instance by itself:
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
//! sign-out, accounts; no token), `keyfob:fetch`, `keyfob:tokens` and `keyfob:dpop` (each with a scope),
//! `keyfob:accounts` (signs one account out) and `keyfob:inspect` (looks for the cause of something; no token).
//!
//! In Rust the engine is [`KeyfobExt::keyfob`], [`KeyfobExt::reconfigure_keyfob`] puts one with another configuration in its
//! place, and a command that needs somebody to be signed in takes [`SignedIn`]:
//!
//! ```
//! use tauri_plugin_keyfob::{SignedIn, keyfob::FetchRequest};
//!
//! #[tauri::command]
//! async fn notes(session: SignedIn) -> Result<String, String> {
//!     let request = FetchRequest::get("https://api.example.com/notes");
//!     let response = session.keyfob.fetch(request).await.map_err(|error| error.to_string())?;
//!     response.text().await.map_err(|error| error.to_string())
//! }
//! ```

mod answer;
#[cfg(test)]
mod bad_inputs;
#[cfg(test)]
mod bindings;
mod commands;
mod engine;
mod error;
mod fetch;
mod models;
mod permission_scope;
mod plugin;
mod registration;
mod signed_in;

pub use engine::KeyfobExt;
pub use keyfob;
pub use plugin::{Builder, init};
pub use signed_in::SignedIn;
