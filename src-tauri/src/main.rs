//! Keyfob, the desktop app.

// No console window beside the app's own on Windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

/// Overwrites what is freed. The engine's secrets do so by themselves, but on their way they pass through buffers of
/// HTTP, TLS, D-Bus and JSON, which don't.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> std::process::ExitCode {
    keyfob_desktop::run()
}
