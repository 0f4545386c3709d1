//! The async front of a store.

use std::{
    sync::{
        Arc,
        mpsc::{self, Sender},
    },
    time::Duration,
};

use secrecy::SecretSlice;
use tokio::{
    sync::{oneshot, watch},
    time::timeout,
};

use super::{
    Store, StoreError,
    worker::{Answer, Call, Numbered, Progress, Worker},
};

/// How long a caller waits for the keychain. It mostly answers within 5 ms; one that hangs does so for minutes. With the
/// network's share a caller gets its answer within 3 s.
const PATIENCE: Duration = Duration::from_millis(2500);
/// How long the person may take to type their password.
const UNLOCK_PATIENCE: Duration = Duration::from_secs(120);

/// Reads and writes a [`Store`] from async code, in the order asked, on one thread of its own.
///
/// Every answer comes within 2.5 s, also while the store hangs: then it is [`StoreError::Unavailable`], or
/// [`StoreError::Locked`] while the person is being asked to unlock. Once a call was given up on, the vault is *stuck*
/// until that call ends: what is asked meanwhile is answered `Unavailable` at once, and only changes are remembered.
///
/// A call that was given up on, or whose caller went away, still counts: of the writes and deletes of a key the newest
/// asked for is the one that lasts, however late an older one takes effect. It is brought about when the stuck call
/// ends, or else before the next call. So is a delete that failed, although its caller was told: nobody should stay
/// signed in because a keychain was locked for a moment.
///
/// Clones share the thread, which ends after the last of them is dropped and all that was asked is done.
#[derive(Clone, Debug)]
pub(crate) struct Vault {
    calls: Sender<Numbered>,
    progress: Arc<Progress>,
    shared_name: Option<Arc<str>>,
}

impl Vault {
    /// Starts the thread that owns the store.
    pub(crate) fn new(store: impl Store) -> Self {
        let (calls, receiver) = mpsc::channel();
        let progress = Arc::new(Progress::default());
        let shared_name = store.shared_name().map(Arc::from);
        let watcher = Arc::clone(&progress);
        store.watch(Box::new(move || watcher.count_change()));
        let worker = Worker::new(store, receiver, Arc::clone(&progress));
        if let Err(error) = std::thread::Builder::new().name("keyfob-vault".into()).spawn(|| worker.run()) {
            // The receiver is gone with the closure, so every call answers `Unavailable`.
            tracing::error!(%error, "the keychain's thread could not be started");
        }
        Self { calls, progress, shared_name }
    }

    /// See [`Store::shared_name`].
    pub(crate) fn shared_name(&self) -> Option<&str> {
        self.shared_name.as_deref()
    }

    /// Counts up whenever the store may answer otherwise than before: see [`Store::watch`], and when a call ended that
    /// the vault was stuck in.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.progress.changes()
    }

    /// See [`Store::read`].
    pub(crate) async fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        self.ask(PATIENCE, |answer| Call::Read { key: key.to_owned(), answer }).await
    }

    /// See [`Store::write`].
    pub(crate) async fn write(&self, key: &str, value: SecretSlice<u8>) -> Result<(), StoreError> {
        self.ask(PATIENCE, |answer| Call::Change { key: key.to_owned(), wanted: Some(value), answer }).await
    }

    /// See [`Store::delete`].
    pub(crate) async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.ask(PATIENCE, |answer| Call::Change { key: key.to_owned(), wanted: None, answer }).await
    }

    /// See [`Store::unlock`]: the one call that may take two minutes.
    pub(crate) async fn unlock(&self) -> Result<(), StoreError> {
        self.ask(UNLOCK_PATIENCE, |answer| Call::Unlock { answer }).await
    }

    /// Writes an item of its own, reads it back and deletes it: whether a session could be kept, asked before the
    /// browser opens.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        self.ask(PATIENCE, |answer| Call::Probe { answer }).await
    }

    /// Tries once more what is still to be brought about, unseen.
    pub(crate) fn settle(&self) {
        // A vault that is stuck does so by itself when it no longer is.
        let _ = self.progress.ask(&self.calls, Call::Settle);
    }

    async fn ask<T>(
        &self,
        patience: Duration,
        call: impl FnOnce(Answer<T>) -> Call,
    ) -> Result<T, StoreError> {
        let (answer, given) = oneshot::channel();
        let Some(number) = self.progress.ask(&self.calls, call(answer)) else {
            return Err(StoreError::unavailable("it doesn't answer"));
        };
        match timeout(patience, given).await {
            Ok(Ok(result)) => result,
            // The thread had ended before, and dropped the call and `answer` with it.
            Ok(Err(_)) => Err(StoreError::unavailable("its thread has ended")),
            Err(_) if self.progress.is_unlocking() => Err(StoreError::Locked),
            Err(_) => {
                self.progress.give_up(number);
                Err(StoreError::unavailable("it doesn't answer"))
            }
        }
    }
}

#[cfg(test)]
mod tests;
