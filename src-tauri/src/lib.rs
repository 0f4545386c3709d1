//! The desktop app: composition only. Sign-in is the plugin's, screens are `ui/`'s.

mod app_state;
#[cfg(test)]
mod bindings;
mod commands;
mod config;
mod core_dumps;
mod current;
mod error;
mod language;
mod menu;
mod navigation;
mod notification;
mod provider;
mod settings;
mod status;
mod tray;
mod window;

use std::{process::ExitCode, sync::Once};

use tauri::{AppHandle, Manager, Runtime, webview::PageLoadEvent};
use tauri_plugin_keyfob::{
    KeyfobExt,
    keyfob::{Config, ConfigError, Session, Snapshot},
};
use tauri_plugin_window_state::StateFlags;
use tracing_subscriber::EnvFilter;

use crate::{current::Current, provider::Changes, settings::Settings};

/// Runs the app until its last window is closed.
pub fn run() -> ExitCode {
    log_to_stderr();
    // A build under development is one that somebody wants to debug.
    if !cfg!(debug_assertions) {
        core_dumps::forbid();
    }
    // Not whether it shows: a window that was in the tray when the app ended would stay away.
    let remembered = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, argv, _| {
            app.keyfob().handle_args(&argv);
            window::bring_to_front(app);
        }))
        .plugin(tauri_plugin_keyfob::Builder::new().config(configure).build())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_store::Builder::new().build())
        .plugin(tauri_plugin_window_state::Builder::new().with_state_flags(remembered).build())
        .plugin(navigation::own_pages_only())
        .invoke_handler(commands::handler())
        .setup(|app| {
            let settings = Settings::load(app.handle());
            app.manage(Current::new(settings));
            app.manage(Changes::default());
            window::open(app.handle(), settings)?;
            come_back_from_the_browser(app.handle());
            Ok(())
        })
        .on_window_event(window::on_event)
        .on_menu_event(|app, event| menu::on_event(app, &event))
        .on_page_load(|webview, payload| {
            if payload.event() == PageLoadEvent::Finished {
                once_the_page_is_there(webview.app_handle());
            }
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

fn configure<R: Runtime>(app: &AppHandle<R>) -> Result<Config, ConfigError> {
    let configuration = config::load(app);
    let config = configuration.config.clone();
    app.manage(Current::new(configuration));
    config
}

/// What nobody has to wait for who wants to see the window.
fn once_the_page_is_there(app: &AppHandle) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if let Err(error) = window::keep_within_reach(app) {
            tracing::warn!(%error, "nobody knows where the window is");
        }
        tauri::async_runtime::spawn(tray::follow(app.clone()));
        tauri::async_runtime::spawn(notification::follow(app.clone()));
    });
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
                window::bring_to_front(&app);
            }
            waiting = waits;
        }
    });
}
