//! Other processes of the same app, which share the keychain: whoever comes second adopts what the first has done.

use std::time::Duration;

use tokio::sync::MutexGuard;

use super::{
    AccessTokenRequest, Keyfob, Mode, Setup, log_failure, record,
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

/// What the keychain holds, against what is known here.
pub(super) enum Kept {
    /// This sign-in, and nothing that isn't known here; or damage, which a write heals.
    Known,
    /// This sign-in, with a newer refresh token.
    Newer(SignedIn),
    /// Another sign-in, the end of this one, or nobody.
    Other(State),
    /// Nobody can say.
    Unknown(StoreError),
}

/// Orders the writes to the session's item, of this process and of others.
pub(super) struct RecordGuard<'a> {
    _here: MutexGuard<'a, ()>,
    _elsewhere: Option<LockGuard>,
}

impl Keyfob {
    /// Excludes every other writer of the session's item, for a read, a comparison and a write.
    pub(super) async fn lock_record(&self, setup: &Setup) -> RecordGuard<'_> {
        let here = self.shared.record_lock.lock().await;
        let elsewhere = match setup.process_lock("record") {
            Some(lock) => lock.acquire(RECORD_PATIENCE).await,
            None => return RecordGuard { _here: here, _elsewhere: None },
        };
        if let Err(error) = &elsewhere {
            // What a process that hangs could still write is judged by its revision.
            tracing::warn!(%error, "the record is written without its lock");
        }
        RecordGuard { _here: here, _elsewhere: elsewhere.ok() }
    }

    /// Adopts what another process has done since; the caller holds the flight lock, and so nobody is doing more.
    ///
    /// Errors: `superseded` where this sign-in is no longer the current one.
    pub(super) async fn catch_up(&self, setup: &Setup, epoch: u64) -> Result<(), AccessTokenError> {
        let session = self.core().signed_in(epoch).cloned().ok_or(AccessTokenError::Superseded)?;
        match setup.kept(&session).await {
            Kept::Known => Ok(()),
            Kept::Newer(kept) => {
                tracing::debug!("another process has renewed the session");
                let mut core = self.core();
                core.signed_in(epoch).ok_or(AccessTokenError::Superseded)?.catch_up(kept);
                Ok(())
            }
            Kept::Other(state) => {
                self.follow(epoch, state);
                Err(AccessTokenError::Superseded)
            }
            // What is here is all that there is: better used than lost.
            Kept::Unknown(error) => {
                log_failure(
                    "the keychain can't be asked whether another process has renewed the session",
                    &error,
                );
                Ok(())
            }
        }
    }

    /// Another process has signed out, or in: so has this one.
    pub(super) fn follow(&self, epoch: u64, state: State) {
        {
            let mut core = self.core();
            if core.signed_in(epoch).is_none() {
                return;
            }
            core.replace(state);
        }
        tracing::info!("another process has changed the session");
        self.publish();
        self.fetch_picture();
        self.look_again();
    }

    /// A refresh that this app didn't live to finish is tried once more, at once: its answer may still be had.
    pub(super) fn finish_refresh(&self) {
        let unfinished = matches!(&self.core().state,
            State::SignedIn(session) if session.answer_lost || session.unverified);
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
        let epoch = {
            let core = self.core();
            match &core.state {
                State::SignedIn(session) if session.unkept => core.epoch,
                _ => return,
            }
        };
        if self.keep(setup, epoch, |_| {}).await.is_err() {
            tracing::debug!("what the keychain didn't take is no longer wanted");
        }
    }
}

impl Setup {
    /// The one that speaks to the provider, of all processes that share the keychain.
    pub(super) async fn lock_flight(&self) -> Result<Option<LockGuard>, AccessTokenError> {
        let Some(lock) = self.process_lock("flight").filter(|_| !off("process_lock")) else {
            return Ok(None);
        };
        match lock.acquire(FLIGHT_PATIENCE).await {
            Ok(guard) => Ok(Some(guard)),
            Err(LockError::Held) => Err(AccessTokenError::Busy),
            // Where no lock can be had there is nothing to wait for, and mostly no second process.
            Err(error @ LockError::Unusable { .. }) => {
                tracing::warn!(%error, "other processes are not excluded from a refresh");
                Ok(None)
            }
        }
    }

    fn process_lock(&self, kind: &'static str) -> Option<ProcessLock> {
        let store = self.vault.shared_name()?;
        Some(ProcessLock::new(store, &record::session_key(&self.config), kind))
    }

    /// Compares the keychain with a session.
    pub(super) async fn kept(&self, session: &SignedIn) -> Kept {
        match self.read_session().await {
            Ok(State::SignedIn(kept)) if kept.id == session.id => {
                if kept.revision > session.revision {
                    Kept::Newer(kept)
                } else {
                    Kept::Known
                }
            }
            Ok(state) => Kept::Other(state),
            Err(StoreError::Corrupt) => Kept::Known,
            Err(error) => Kept::Unknown(error),
        }
    }
}
