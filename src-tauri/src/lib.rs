//! The desktop app: composition only. Sign-in is the plugin's, screens are `ui/`'s.

mod config;
mod core_dumps;
mod navigation;

use std::process::ExitCode;

use tauri::{AppHandle, Manager};
use tauri_plugin_keyfob::{
    KeyfobExt,
    keyfob::{Session, Snapshot},
};
use tracing_subscriber::EnvFilter;

const WINDOW: &str = "main";

/// Runs the app until its last window is closed.
pub fn run() -> ExitCode {
    log_to_stderr();
    // A build under development is one that somebody wants to debug.
    if !cfg!(debug_assertions) {
        core_dumps::forbid();
    }
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, argv, _| {
            app.keyfob().handle_args(&argv);
            bring_to_front(app);
        }))
        .plugin(tauri_plugin_keyfob::Builder::new().config(config::load).build())
        .plugin(navigation::own_pages_only())
        .setup(|app| {
            come_back_from_the_browser(app.handle());
            Ok(())
        })
        .run(tauri::generate_context!());
    match app {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "Keyfob can't run");
            ExitCode::FAILURE
        }
    }
}

/// `KEYFOB_LOG` takes the filters of `tracing_subscriber::EnvFilter`; by default there are warnings only.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("KEYFOB_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Raises the window when a sign-in has ended: the browser is in front of it.
fn come_back_from_the_browser(app: &AppHandle) {
    let app = app.clone();
    let mut snapshots = app.keyfob().subscribe();
    tauri::async_runtime::spawn(async move {
        let mut waiting = false;
        while snapshots.changed().await.is_ok() {
            let Snapshot { sign_in, session, sign_in_error, .. } = snapshots.borrow_and_update().clone();
            let waits = sign_in.is_some();
            // Not after a cancel, which was clicked in the window.
            let has_news = sign_in_error.is_some() || matches!(session, Session::SignedIn { .. });
            if waiting && !waits && has_news {
                bring_to_front(&app);
            }
            waiting = waits;
        }
    });
}

/// As far as the desktop allows: on Wayland this becomes a request for attention.
fn bring_to_front(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(WINDOW)
        && let Err(error) = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus())
    {
        tracing::warn!(%error, "the window can't be raised");
    }
}
