//! Keyfob, the desktop app.

// No console window beside the app's own on Windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    keyfob_desktop::run()
}
