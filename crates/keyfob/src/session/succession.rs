//! One engine takes the place of another: another configuration, and the same windows.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, Weak,
    atomic::{AtomicUsize, Ordering},
};

use secrecy::SecretSlice;
use tokio::sync::watch;

use super::{
    Builder, Keyfob, Setup, Shared,
    across::Kept,
    events::Events,
    flights::Families,
    log_failure, record,
    state::{Session, SignedIn, Snapshot, State},
};
use crate::{
    error::{ConfigError, Failure, SignInError},
    store::{Store, Vault},
};

/// What goes over from an engine to the one that takes its place.
pub(super) struct Succession {
    /// The one whose place has not been taken.
    present: Mutex<Weak<Shared>>,
    pub(super) snapshots: watch::Sender<Snapshot>,
    pub(super) events: Events,
    /// How many have the session in use.
    pub(super) users: Arc<AtomicUsize>,
    pub(super) families: Families,
    /// Every write to an account's record or the index happens under this one, as read-compare-write.
    pub(super) record_lock: tokio::sync::Mutex<()>,
    /// The same for the sign-ins that wait.
    pub(super) pending_lock: tokio::sync::Mutex<()>,
    /// The last one of a keychain that has a name.
    vault: Mutex<Option<Vault>>,
}

impl Default for Succession {
    fn default() -> Self {
        let (snapshots, _) = watch::channel(Snapshot {
            generation: 0,
            session: Session::Loading,
            sign_in: None,
            sign_in_error: None,
        });
        Self {
            present: Mutex::default(),
            snapshots,
            events: Events::default(),
            users: Arc::default(),
            families: Families::default(),
            record_lock: tokio::sync::Mutex::default(),
            pending_lock: tokio::sync::Mutex::default(),
            vault: Mutex::default(),
        }
    }
}

impl Succession {
    /// The vault of a store. Two vaults of one keychain would not know of each other's changes: a delete that one of them
    /// still owes would take away what the other has written since.
    pub(super) fn vault(&self, store: impl Store) -> Vault {
        let Some(name) = store.shared_name() else { return Vault::new(store) };
        let mut last = lock(&self.vault);
        let known = last.as_ref().filter(|vault| vault.shared_name() == Some(&name)).cloned();
        last.insert(known.unwrap_or_else(|| Vault::new(store))).clone()
    }
}

impl Builder {
    /// Takes the place of another engine as soon as it starts, with another configuration say. Whoever follows the
    /// session goes on to do so, and generations go on to increase; whoever has it in use still has.
    ///
    /// The other engine is over then: its sign-ins end and its calls fail as `superseded`, and it sends nothing more but
    /// what a sign-out still owes the provider. The refresh token that a refresh under way brings is still kept.
    #[must_use]
    pub fn in_place_of(mut self, other: &Keyfob) -> Self {
        self.succession = other.shared.succession.clone();
        self
    }
}

impl Keyfob {
    /// Whether another engine has taken this one's place.
    pub(super) fn is_over(&self) -> bool {
        self.shared.is_over.load(Ordering::Acquire)
    }

    /// Takes the place of the engine before, if there is one, and gives it with the session that it had.
    pub(super) fn succeed(&self) -> Option<(Self, State)> {
        // Held until that one is over, or both would publish.
        let mut present = lock(&self.shared.succession.present);
        let before = std::mem::replace(&mut *present, Arc::downgrade(&self.shared)).upgrade();
        let before = Self { shared: before? };
        let left = before.end();
        Some((before, left))
    }

    fn end(&self) -> State {
        let left = {
            let mut core = self.core();
            // Under the core's lock, as what is published is.
            self.shared.is_over.store(true, Ordering::Release);
            let error = ConfigError::Superseded;
            core.replace(State::Unavailable { code: error.code(), message: error.to_string() })
        };
        let ended = self.sign_ins().cancel_all();
        for sign_in in ended {
            sign_in.finish(Err(SignInError::Superseded));
        }
        self.stop_schedule();
        left
    }

    /// Waits until nothing is being written any more, and sees to what would be lost with this engine. Gives the session
    /// to restore, where the keychain doesn't hold it.
    pub(super) async fn leave(&self, left: State, next: &Self) -> Option<Box<SignedIn>> {
        let setup = self.setup_to_the_end().ok()?;
        // Or the browser's answer to a sign-in that has ended would be taken by the engine that comes.
        self.keep_pending(setup).await;
        let _record = self.lock_record(setup).await;
        self.revoke_the_rest();
        let State::SignedIn(session) = left else { return None };
        if !session.unkept || !matches!(setup.kept(&session).await, Kept::Known | Kept::Unknown(_)) {
            return None;
        }
        let record = record::live(&session, &setup.own_key());
        let inherited = next.setup().ok().and_then(|next| next.inherit(setup, &session, &record));
        if inherited.is_none()
            && let Err(error) = setup.write_account(&session.identity.account.id, record).await
        {
            log_failure("renewed tokens of a provider that is no longer configured are lost", &error);
        }
        inherited
    }

    /// Gives the engine that has taken this one's place what a refresh still brought and the keychain didn't take. Says
    /// whether that one has it; not of a session that had ended before.
    pub(super) fn hand_over(&self, setup: &Setup, epoch: u64, session: &SignedIn) -> bool {
        // Nothing but the other's coming has ended it.
        let was_left = self.is_over() && self.core().epoch == epoch + 1;
        let present = lock(&self.shared.succession.present).upgrade().filter(|_| was_left);
        let Some(present) = present.map(|shared| Self { shared }) else { return false };
        let record = record::live(session, &setup.own_key());
        match present.setup().ok().and_then(|next| next.inherit(setup, session, &record)) {
            Some(inherited) => present.take_over(inherited),
            None => false,
        }
    }

    /// Goes on with a session of the engine before, if it is what is waited for, or newer than what is here. Says so.
    pub(super) fn take_over(&self, inherited: Box<SignedIn>) -> bool {
        if let State::SignedIn(live) = &mut self.core().state {
            let is_newer = live.id == inherited.id && live.revision < inherited.revision;
            if is_newer {
                live.unkept = true;
                live.flight_lock.clone_from(&inherited.flight_lock);
                live.catch_up(*inherited);
            }
            return is_newer;
        }
        self.restore_as(State::SignedIn(inherited))
    }
}

impl Setup {
    /// The session of an engine before, in so far as it is one of this provider's: as it would be read from the keychain,
    /// which is still to take it.
    fn inherit(&self, before: &Self, session: &SignedIn, record: &SecretSlice<u8>) -> Option<Box<SignedIn>> {
        if record::index_key(&self.config) != record::index_key(&before.config) {
            return None;
        }
        match record::restore(record, &self.config, &*self.clock).ok()? {
            State::SignedIn(mut inherited) => {
                inherited.unkept = true;
                inherited.flight_lock.clone_from(&session.flight_lock);
                Some(inherited)
            }
            _ => None,
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
