//! The plugin's types as they stand on the wire, taken in as files: the plugin itself would bring Tauri.

#![no_main]

#[path = "../../crates/tauri-plugin-keyfob/src/bad_inputs.rs"]
mod bad_inputs;
#[path = "../../crates/tauri-plugin-keyfob/src/error.rs"]
mod error;
#[path = "../../crates/tauri-plugin-keyfob/src/models.rs"]
mod models;

keyfob_fuzz::target!(bad_inputs::ipc);
