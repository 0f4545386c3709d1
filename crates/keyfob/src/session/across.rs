//! Other processes of the same app, which share the keychain: whoever comes second adopts what the first has done.

use std::{sync::Arc, time::Duration};

use tokio::sync::MutexGuard;

use super::{
    AccessTokenRequest, Keyfob, Mode, Setup,
    events::EventKind,
    flights::Subject,
    log_failure, record,
    state::{SignedIn, State},
};
use crate::{
    error::AccessTokenError,
    sabotage::off,
    store::{LockError, LockGuard, ProcessLock, StoreError},
};

/// A refresh takes 10 s at most, and its one retry as long again.
const FLIGHT_PATIENCE: Duration = Duration::from_secs(25);
/// A write takes milliseconds; whoever holds the lock for longer hangs, and a sign-out doesn't wait for that.
const RECORD_PATIENCE: Duration = Duration::from_secs(1);

/// What the keychain holds of an account, against what is known here.
pub(super) enum Kept {
    /// This sign-in, and nothing that isn't known here; or damage, which a write heals.
    Known,
    /// This sign-in, with a newer refresh token.
    Newer(Box<SignedIn>),
    /// Another sign-in of the same person, the end of this one, or nothing.
    Other,
    /// Nobody can say.
    Unknown(StoreError),
}

/// Orders the writes to items, of this process and of others.
pub(super) struct RecordGuard<'a> {
    _here: MutexGuard<'a, ()>,
    _elsewhere: Option<LockGuard>,
}

impl Keyfob {
    /// Excludes every other writer of the accounts' items and the index, for a read, a comparison and a write.
    pub(super) async fn lock_record(&self, setup: &Setup) -> RecordGuard<'_> {
        self.lock_item(setup, &self.shared.succession.record_lock, &record::index_key(&setup.config)).await
    }

    /// Excludes every other writer of an item.
    pub(super) async fn lock_item<'a>(
        &self,
        setup: &Setup,
        here: &'a tokio::sync::Mutex<()>,
        item: &str,
    ) -> RecordGuard<'a> {
        let here = here.lock().await;
        let elsewhere = match setup.process_lock(item, "record") {
            Some(lock) => lock.acquire(RECORD_PATIENCE).await,
            None => return RecordGuard { _here: here, _elsewhere: None },
        };
        if let Err(error) = &elsewhere {
            // What a process that hangs could still write is judged by its revision.
            tracing::warn!(%error, "the record is written without its lock");
        }
        RecordGuard { _here: here, _elsewhere: elsewhere.ok() }
    }

    /// The one that uses an account's refresh token, of all processes that share the keychain; that of a session which
    /// the keychain lacks is held already.
    pub(super) async fn lock_flight(
        &self,
        setup: &Setup,
        subject: &Subject,
    ) -> Result<Option<Arc<LockGuard>>, AccessTokenError> {
        let held = self.core().signed_in(subject.epoch).and_then(|session| session.flight_lock.clone());
        let lock = setup.process_lock(&record::account_key(&subject.account), "flight");
        let Some(lock) = lock.filter(|_| held.is_none() && !off("process_lock")) else {
            return Ok(held);
        };
        match lock.acquire(FLIGHT_PATIENCE).await {
            Ok(guard) => Ok(Some(Arc::new(guard))),
            Err(LockError::Held) => Err(AccessTokenError::Busy),
            // Where no lock can be had there is nothing to wait for, and mostly no second process.
            Err(error @ LockError::Unusable { .. }) => {
                tracing::warn!(%error, "other processes are not excluded from a refresh");
                Ok(None)
            }
        }
    }

    /// Adopts what another process has done since, and gives the session as it is then; the caller holds the flight
    /// lock, and so nobody is doing more.
    ///
    /// Errors: `superseded` where this sign-in is no longer the current one.
    pub(super) async fn catch_up(&self, setup: &Setup, epoch: u64) -> Result<SignedIn, AccessTokenError> {
        self.still_current(setup, epoch).await?;
        let session = self.core().signed_in(epoch).cloned().ok_or(AccessTokenError::Superseded)?;
        match setup.kept(&session).await {
            Kept::Known => {}
            Kept::Newer(kept) => {
                tracing::debug!("another process has renewed the session");
                self.core().signed_in(epoch).ok_or(AccessTokenError::Superseded)?.catch_up(*kept);
            }
            Kept::Other => {
                self.follow(setup, epoch).await;
                return Err(AccessTokenError::Superseded);
            }
            // What is here is all that there is: better used than lost.
            Kept::Unknown(error) => {
                log_failure(
                    "the keychain can't be asked whether another process has renewed the session",
                    &error,
                );
            }
        }
        self.core().signed_in(epoch).cloned().ok_or(AccessTokenError::Superseded)
    }

    /// Makes sure that no other process has made another account the current one.
    ///
    /// Errors: `superseded`.
    pub(super) async fn still_current(&self, setup: &Setup, epoch: u64) -> Result<(), AccessTokenError> {
        let index = setup.read_index().await;
        let id = match self.core().signed_in(epoch) {
            Some(session) => session.identity.account.id.clone(),
            None => return Err(AccessTokenError::Superseded),
        };
        match index {
            Ok(index) if index.current.as_ref() != Some(&id) && !off("epoch") => {
                self.follow(setup, epoch).await;
                Err(AccessTokenError::Superseded)
            }
            // What is here is all that there is.
            _ => Ok(()),
        }
    }

    /// Another process has signed out, or in, or switched accounts: so does this one.
    pub(super) async fn follow(&self, setup: &Setup, epoch: u64) {
        if self.core().signed_in(epoch).is_none() {
            return;
        }
        let Ok(state) = setup.read_session().await else { return };
        {
            let mut core = self.core();
            if core.signed_in(epoch).is_none() {
                return;
            }
            self.brought_session(EventKind::SessionFollowed, &state);
            core.replace(state);
        }
        self.session_replaced();
    }

    /// A refresh that this app didn't live to finish is tried once more, at once: its answer may still be had.
    pub(super) fn finish_refresh(&self) {
        let unfinished = self.core().live().is_some_and(|session| session.answer_lost || session.unverified);
        if unfinished {
            let keyfob = self.clone();
            tokio::spawn(async move {
                let request = AccessTokenRequest { mode: Mode::Force, ..AccessTokenRequest::default() };
                keyfob.access_token(&request).await
            });
        }
    }

    /// Writes once more what the keychain didn't take.
    pub(super) async fn keep_again(&self, setup: &Setup) {
        let (epoch, mut session) = {
            let core = self.core();
            match core.live() {
                Some(session) if session.unkept => (core.epoch, session.clone()),
                _ => return,
            }
        };
        if self.keep(setup, epoch, &mut session, |_| {}).await.is_err() {
            tracing::debug!("what the keychain didn't take is no longer wanted");
        }
    }
}

impl Setup {
    fn process_lock(&self, item: &str, kind: &'static str) -> Option<ProcessLock> {
        Some(ProcessLock::new(self.vault.shared_name()?, item, kind))
    }

    /// Compares what the keychain holds of an account with a session of it.
    pub(super) async fn kept(&self, session: &SignedIn) -> Kept {
        match self.read_account(&session.identity.account.id).await {
            Ok(State::SignedIn(kept)) if kept.id == session.id => {
                if kept.revision > session.revision {
                    Kept::Newer(kept)
                } else {
                    Kept::Known
                }
            }
            Ok(_) => Kept::Other,
            Err(StoreError::Corrupt) => Kept::Known,
            Err(error) => Kept::Unknown(error),
        }
    }
}
