//! Questions that the person answers in a dialog of the system, where no script can answer for them.

use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons};
use tokio::sync::oneshot;

use crate::window;

/// A question, in the person's language.
pub(super) struct Question {
    pub(super) title: &'static str,
    pub(super) text: String,
    /// On the button that agrees.
    pub(super) agree: &'static str,
    pub(super) decline: &'static str,
}

impl Question {
    /// Whether the person agrees. A dialog that is closed declines.
    pub(super) async fn ask<R: Runtime>(self, app: &AppHandle<R>) -> bool {
        let buttons = MessageDialogButtons::OkCancelCustom(self.agree.to_owned(), self.decline.to_owned());
        let mut dialog = app.dialog().message(self.text).title(self.title).buttons(buttons);
        if let Some(window) = app.get_webview_window(window::LABEL) {
            dialog = dialog.parent(&window);
        }
        let (answer, answered) = oneshot::channel();
        dialog.show(move |agrees| {
            // Nobody waits any more if the app is ending.
            let _ = answer.send(agrees);
        });
        answered.await.unwrap_or(false)
    }
}
