//! A desktop, the app on it, and the provider and person that it speaks to.

use std::sync::atomic::{AtomicUsize, Ordering};

use fake_provider::{FakeProvider, Rotation};
use test_desktop::Desktop;
use tokio::runtime::Handle;

use super::{super::engine, app::App};
use crate::scene::NEVER;

/// Desktops share the folder with the locks, and so need names of their own.
static STAGES: AtomicUsize = AtomicUsize::new(0);

/// All that a trial needs. It blocks, and belongs on a thread for that.
pub(super) struct Stage {
    pub(super) desktop: Desktop,
    pub(super) provider: FakeProvider,
    pub(super) service: String,
    audiences: usize,
}

impl Stage {
    pub(super) fn start() -> Self {
        let number = STAGES.fetch_add(1, Ordering::SeqCst);
        let provider = Handle::current().block_on(FakeProvider::start());
        // With a refresh token that isn't the newest nothing works any more.
        provider.token().rotation(Rotation::Strict);
        Self {
            desktop: Desktop::start().expect("dbus-daemon and gnome-keyring-daemon are installed"),
            provider,
            service: format!("dev.keyfob.campaign-{}-{number}", std::process::id()),
            audiences: 0,
        }
    }

    pub(super) fn launch(&self) -> App {
        App::start(self.desktop.address(), &self.service, &engine::configuration(&self.provider))
    }

    /// A whole sign-in.
    pub(super) fn sign_in(&self, app: &mut App) {
        let sign_in = app.ask("sign_in", None);
        let url = app.opened(sign_in).expect("the keychain works");
        let callback = self.approve(&url);
        app.call("callback", Some(&callback));
        assert_eq!(app.answer(sign_in).code, None);
        assert!(app.comes(NEVER, App::is_signed_in), "a sign-in is seen");
    }

    /// The person agrees.
    pub(super) fn approve(&self, url: &str) -> String {
        Handle::current().block_on(self.provider.approve(url))
    }

    /// An audience for which nobody has a token yet.
    pub(super) fn new_audience(&mut self) -> String {
        self.audiences += 1;
        engine::other(self.audiences)
    }

    /// Whether the keyring holds the newest refresh token there is.
    pub(super) fn is_kept(&self) -> bool {
        let newest = self.provider.issued().refresh_tokens.pop().expect("somebody signed in");
        let holds = |secret: &[u8]| secret.windows(newest.len()).any(|text| text == newest.as_bytes());
        self.desktop.items(&self.service).into_iter().filter_map(|item| item.secret).any(|it| holds(&it))
    }
}
