//! The one thing that a person is told of while they look elsewhere: that they have to sign in again.

use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_keyfob::{KeyfobExt, keyfob::Session};

use crate::{current::Current, language::Texts, settings::Settings, window};

/// Tells it whenever a session ends by itself.
pub(crate) async fn follow<R: Runtime>(app: AppHandle<R>) {
    let mut snapshots = app.keyfob().subscribe();
    let mut before = snapshots.borrow_and_update().session.clone();
    while snapshots.changed().await.is_ok() {
        let now = snapshots.borrow_and_update().session.clone();
        let settings = app.state::<Current<Settings>>().get();
        if has_ended(&before, &now) && settings.notifications && !window::is_focused(&app) {
            tauri::async_runtime::spawn(tell(app.clone(), settings.language.texts()));
        }
        before = now;
    }
}

/// Not a session that was over when the app started, nor another account that somebody switched to.
fn has_ended(before: &Session, now: &Session) -> bool {
    match (before, now) {
        (Session::SignedIn { account, .. }, Session::ReauthRequired { account: ended, .. }) => {
            account == ended
        }
        _ => false,
    }
}

/// Names nobody: it may lie on a locked screen.
async fn tell<R: Runtime>(app: AppHandle<R>, texts: &'static Texts) {
    let mut notification = notify_rust::Notification::new();
    notification.appname("Keyfob").summary(texts.session_ended).body(texts.sign_in_again);
    if let Err(error) = show(app, notification).await {
        tracing::warn!(%error, "nobody was told that the session has ended");
    }
}

/// A click raises the window.
#[cfg(target_os = "linux")]
async fn show<R: Runtime>(
    app: AppHandle<R>,
    mut notification: notify_rust::Notification,
) -> notify_rust::error::Result<()> {
    // The action that the specification has a click on the notification itself stand for.
    let shown = notification.icon("keyfob-desktop").action("default", "").show_async().await?;
    tauri::async_runtime::spawn_blocking(move || {
        shown.wait_for_action(|action| {
            if action == "default" {
                window::bring_to_front(&app);
            }
        });
    });
    Ok(())
}

/// A click brings the app to the front, as macOS does by itself.
#[cfg(target_os = "macos")]
async fn show<R: Runtime>(
    app: AppHandle<R>,
    notification: notify_rust::Notification,
) -> notify_rust::error::Result<()> {
    // Once is enough, and a second time is an error that says nothing.
    let _ = notify_rust::set_application(&app.config().identifier);
    notification.show().map(drop)
}

#[cfg(windows)]
async fn show<R: Runtime>(
    app: AppHandle<R>,
    mut notification: notify_rust::Notification,
) -> notify_rust::error::Result<()> {
    // The installer's shortcut carries it; Windows shows nothing for one that it doesn't know.
    if !cfg!(debug_assertions) {
        notification.app_id(&app.config().identifier);
    }
    notification.show().map(drop)
}
