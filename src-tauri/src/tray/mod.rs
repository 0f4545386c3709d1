//! The icon beside the clock: how things stand, and what can be done without the window.

mod host;

use std::panic::{AssertUnwindSafe, catch_unwind};

use tauri::{
    AppHandle, Manager, Runtime,
    image::Image,
    include_image,
    menu::{Menu, MenuBuilder, MenuItemBuilder},
    tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent},
};
use tauri_plugin_keyfob::{
    KeyfobExt,
    keyfob::{AccessTokenRequest, ErrorCode, Failure, Mode, SignInOptions, SignOutOptions, Snapshot},
};
use tokio::sync::oneshot;

use crate::{
    current::Current,
    language::Texts,
    menu,
    settings::Settings,
    status::{Action, Status},
    window,
};

/// On Linux the icon's file is called by it, in a folder of all apps.
const ID: &str = "dev.keyfob.desktop";

const SIGNED_IN: Image<'_> = include_image!("src-tauri/icons/tray/signed-in.png");
const SIGNED_OUT: Image<'_> = include_image!("src-tauri/icons/tray/signed-out.png");
const ATTENTION: Image<'_> = include_image!("src-tauri/icons/tray/attention.png");

/// Shows the icon, and keeps it as things stand.
pub(crate) async fn follow<R: Runtime>(app: AppHandle<R>) {
    let mut snapshots = app.keyfob().subscribe();
    let mut settings = app.state::<Current<Settings>>().subscribe();
    let mut shown = Face::of(&snapshots.borrow_and_update(), *settings.borrow_and_update());
    let Some(tray) = build(&app, shown.clone()).await else {
        return;
    };
    loop {
        let changed = tokio::select! {
            changed = snapshots.changed() => changed,
            changed = settings.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
        let face = Face::of(&snapshots.borrow_and_update(), *settings.borrow_and_update());
        if face != shown {
            if let Err(error) = face.draw(&app, &tray) {
                tracing::warn!(%error, "the tray doesn't show how things stand");
            }
            shown = face;
        }
    }
}

/// Whether there is an icon that a person can see.
pub(crate) async fn is_shown<R: Runtime>(app: &AppHandle<R>) -> bool {
    app.tray_by_id(ID).is_some() && host::is_there().await
}

/// `None` where this system has no trays.
async fn build<R: Runtime>(app: &AppHandle<R>, face: Face) -> Option<TrayIcon<R>> {
    let (sender, receiver) = oneshot::channel();
    let handle = app.clone();
    // On Linux the library is loaded here, which panics where it isn't installed.
    let build = move || {
        let tray = catch_unwind(AssertUnwindSafe(|| face.build(&handle)));
        // Nobody waits while the app ends.
        drop(sender.send(tray));
    };
    app.run_on_main_thread(build).ok()?;
    match receiver.await.ok()? {
        Ok(Ok(tray)) => Some(tray),
        Ok(Err(error)) => {
            tracing::warn!(%error, "there is no icon in the tray");
            None
        }
        Err(_) => {
            tracing::warn!("there is no icon in the tray: libayatana-appindicator3 is not installed");
            None
        }
    }
}

/// What of the state is to be seen.
#[derive(Clone, Debug, PartialEq)]
struct Face {
    status: Status,
    texts: &'static Texts,
}

impl Face {
    fn of(snapshot: &Snapshot, settings: Settings) -> Self {
        Self { status: Status::of(snapshot), texts: settings.language.texts() }
    }

    fn build<R: Runtime>(&self, app: &AppHandle<R>) -> tauri::Result<TrayIcon<R>> {
        TrayIconBuilder::with_id(ID)
            .icon(self.icon())
            .tooltip(self.tooltip())
            .menu(&self.menu(app)?)
            // Where a click can be told from a right one, it is for the window.
            .show_menu_on_left_click(!cfg!(windows))
            .on_tray_icon_event(|tray, event| {
                if is_click(&event) && cfg!(windows) {
                    window::bring_to_front(tray.app_handle());
                }
            })
            .build(app)
    }

    fn draw<R: Runtime>(&self, app: &AppHandle<R>, tray: &TrayIcon<R>) -> tauri::Result<()> {
        tray.set_icon(Some(self.icon()))?;
        tray.set_tooltip(Some(self.tooltip()))?;
        tray.set_menu(Some(self.menu(app)?))
    }

    /// The state is its first line: on Linux a menu is all that a screen reader gets.
    fn menu<R: Runtime>(&self, app: &AppHandle<R>) -> tauri::Result<Menu<R>> {
        let line = self.status.text(self.texts).replace('&', "&&");
        let line = MenuItemBuilder::with_id("status", line).enabled(false).build(app)?;
        let mut items = MenuBuilder::new(app).item(&line).separator();
        for action in self.status.actions() {
            items = items.text(action.id(), action.text(self.texts));
        }
        items.text(menu::SHOW, self.texts.show).separator().text(menu::QUIT, self.texts.quit).build()
    }

    fn icon(&self) -> Image<'static> {
        match self.status {
            Status::SignedIn { .. } => SIGNED_IN,
            Status::ReauthRequired | Status::Unavailable => ATTENTION,
            Status::Loading | Status::SignedOut | Status::SigningIn => SIGNED_OUT,
        }
    }

    fn tooltip(&self) -> String {
        format!("Keyfob: {}", self.status.text(self.texts))
    }
}

fn is_click(event: &TrayIconEvent) -> bool {
    matches!(
        event,
        TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. }
    )
}

/// Does what was chosen.
pub(crate) async fn act<R: Runtime>(app: AppHandle<R>, action: Action) {
    let keyfob = app.keyfob();
    let done = match action {
        Action::SignIn => {
            keyfob.sign_in(&SignInOptions::default()).await.map(drop).map_err(|error| error.code())
        }
        Action::CancelSignIn => {
            keyfob.cancel_sign_in().await;
            Ok(())
        }
        Action::Renew => {
            let renewal = AccessTokenRequest { mode: Mode::Force, ..AccessTokenRequest::default() };
            keyfob.access_token(&renewal).await.map(drop).map_err(|error| error.code())
        }
        Action::SignOut => keyfob.sign_out(SignOutOptions::default()).await.map_err(|error| error.code()),
    };
    match done {
        Ok(()) | Err(ErrorCode::Cancelled | ErrorCode::Superseded) => {}
        // The window says what went wrong, and what to do.
        Err(_) => window::bring_to_front(&app),
    }
}
