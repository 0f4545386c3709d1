//! What happened to the session lately, for people who look for the cause of something.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    Keyfob, Setup,
    state::{ReauthReason, State},
};
use crate::{
    clock::unix_seconds,
    error::{ErrorCode, Failure},
    redirect::DeepLinkFault,
    sabotage::off,
};

/// So many are remembered.
const MOST: usize = 1000;

/// Something that happened. No secret stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, in seconds since the epoch.
    pub at: u64,
    /// What.
    pub kind: EventKind,
    /// The audience that it was about, where it was about one.
    pub audience: Option<String>,
    /// Why.
    pub reason: Option<EventReason>,
    /// When the access token that it brought expires, in seconds since the epoch, where it brought one and that is known.
    pub expires_at: Option<u64>,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The app started, and it is known who is signed in.
    Restored,
    /// Links of the app's scheme don't reach it: a listener stands in, where the provider knows one.
    DeepLinkUnavailable,
    /// A browser was sent to the provider.
    SignInStarted,
    /// Somebody signed in.
    SignedIn,
    /// A sign-in ended without a session.
    SignInFailed,
    /// Somebody signed out.
    SignedOut,
    /// Another account became the current one.
    AccountSwitched,
    /// One of the accounts was signed out.
    AccountRemoved,
    /// The provider gave a new access token.
    Refreshed,
    /// The provider gave none.
    RefreshFailed,
    /// An API refused a token, and the request was sent again with a newer one.
    Replayed,
    /// The session ended by itself.
    SessionEnded,
    /// Another process of the app signed in, signed out or switched accounts.
    SessionFollowed,
    /// The keychain didn't take what was to be kept; it is in memory only, and tried again.
    StorageDegraded,
    /// The keychain has taken it.
    StorageRecovered,
    /// The machine was asleep, and is awake again.
    WokeUp,
    /// The machine's clock was set.
    ClockChanged,
    /// The network is another.
    NetworkChanged,
    /// The provider can't be reached any more.
    WentOffline,
    /// The provider can be reached again.
    CameOnline,
}

/// Why it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventReason {
    /// An error.
    Error(ErrorCode),
    /// What ended the session.
    Reauth(ReauthReason),
    /// What is wrong with the registration of the app's scheme.
    DeepLink(DeepLinkFault),
}

impl EventReason {
    pub(super) fn of(error: &impl Failure) -> Self {
        Self::Error(error.code())
    }
}

/// The last events, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Events(Mutex<VecDeque<Event>>);

impl Events {
    fn add(&self, event: Event) {
        let mut events = self.lock();
        if events.len() == MOST && !off("event_ring") {
            events.pop_front();
        }
        events.push_back(event);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keyfob {
    /// The last thousand things that happened in this process, the oldest first.
    pub fn events(&self) -> Vec<Event> {
        self.shared.succession.events.lock().iter().cloned().collect()
    }

    pub(crate) fn happened(&self, kind: EventKind, audience: Option<&str>, reason: Option<EventReason>) {
        self.brought(kind, audience, reason, None);
    }

    /// Something that brought a session, or why there is none.
    pub(super) fn brought_session(&self, kind: EventKind, state: &State) {
        let own = self.setup().ok().map(Setup::own_key);
        let expires_at = match state {
            State::SignedIn(session) => own.and_then(|own| session.tokens.get(&own)?.expires_at()),
            _ => None,
        };
        self.brought(kind, None, state.reason(), expires_at);
    }

    /// Something that may have brought an access token, and when that expires.
    pub(super) fn brought(
        &self,
        kind: EventKind,
        audience: Option<&str>,
        reason: Option<EventReason>,
        expires_at: Option<u64>,
    ) {
        let Ok(setup) = self.setup() else { return };
        let at = unix_seconds(setup.clock.wall());
        let audience = audience.map(str::to_owned);
        self.shared.succession.events.add(Event { at, kind, audience, reason, expires_at });
    }
}

#[cfg(test)]
#[test]
fn the_oldest_make_room() {
    let events = Events::default();
    for at in 0..1500 {
        events.add(Event { at, kind: EventKind::Refreshed, audience: None, reason: None, expires_at: None });
    }
    let kept: Vec<_> = events.lock().iter().map(|event| event.at).collect();
    assert_eq!(kept, (500..1500).collect::<Vec<_>>());
}
