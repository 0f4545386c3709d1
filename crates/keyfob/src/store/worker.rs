//! The thread behind a [`Vault`](super::Vault): one call to the store at a time, in the order asked.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
};

use secrecy::{ExposeSecret, SecretSlice};
use tokio::sync::oneshot;

use super::{Store, StoreError};

/// Where an answer goes. It is closed once its caller has given up or gone away.
pub(super) type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// What a key is to hold: a value, or nothing.
type Wanted = Option<SecretSlice<u8>>;

#[derive(Debug)]
pub(super) enum Call {
    Read { key: String, answer: Answer<Option<SecretSlice<u8>>> },
    Change { key: String, wanted: Wanted, answer: Answer<()> },
    Unlock { answer: Answer<()> },
    Probe { answer: Answer<()> },
}

pub(super) struct Worker<S> {
    store: S,
    calls: Receiver<Call>,
    queue: VecDeque<Call>,
    /// Keys that may hold something else than was asked for last, as the change failed and nobody was there to be told,
    /// or as an earlier one may yet take effect.
    unsettled: HashMap<String, Wanted>,
    unlocking: Arc<AtomicBool>,
}

impl<S: Store> Worker<S> {
    pub(super) fn new(store: S, calls: Receiver<Call>, unlocking: Arc<AtomicBool>) -> Self {
        Self { store, calls, queue: VecDeque::new(), unsettled: HashMap::new(), unlocking }
    }

    /// Serves until the last vault is dropped, and then what is left in the queue.
    pub(super) fn run(mut self) {
        while let Some(call) = self.next() {
            match call {
                Call::Read { key, answer } => self.read(&key, answer),
                Call::Change { key, wanted, answer } => self.change(key, wanted, answer),
                Call::Unlock { answer } => self.unlock(answer),
                Call::Probe { answer } => self.probe(answer),
            }
        }
    }

    fn next(&mut self) -> Option<Call> {
        self.queue.extend(self.calls.try_iter());
        if self.queue.is_empty() {
            // The last chance before what may be a long rest.
            drop(self.settle());
            self.queue.push_back(self.calls.recv().ok()?);
        }
        self.queue.pop_front()
    }

    fn read(&mut self, key: &str, answer: Answer<Option<SecretSlice<u8>>>) {
        if answer.is_closed() {
            return;
        }
        let result = match self.settle() {
            Err(error) if self.unsettled.contains_key(key) => Err(error),
            _ => self.store.read(key),
        };
        drop(answer.send(result));
    }

    fn change(&mut self, key: String, wanted: Wanted, answer: Answer<()>) {
        if answer.is_closed() && self.is_superseded(&key) {
            return;
        }
        let was_unsettled = self.unsettled.remove(&key).is_some();
        drop(self.settle());
        let result = self.apply(&key, wanted.as_ref());
        let failed = result.is_err();
        let told = answer.send(result).is_ok();
        if failed && (was_unsettled || !told) {
            self.unsettled.insert(key, wanted);
        }
    }

    fn unlock(&self, answer: Answer<()>) {
        // A prompt that nobody waits for any more would startle.
        if answer.is_closed() {
            return;
        }
        self.unlocking.store(true, Ordering::Relaxed);
        let result = self.store.unlock();
        self.unlocking.store(false, Ordering::Relaxed);
        drop(answer.send(result));
    }

    fn probe(&self, answer: Answer<()>) {
        if answer.is_closed() {
            return;
        }
        drop(answer.send(self.write_read_delete()));
    }

    fn write_read_delete(&self) -> Result<(), StoreError> {
        const KEY: &str = "probe";
        let written = SecretSlice::from(b"keyfob".to_vec());
        self.store.write(KEY, &written)?;
        let read = self.store.read(KEY);
        self.store.delete(KEY)?;
        match read? {
            Some(read) if read.expose_secret() == written.expose_secret() => Ok(()),
            _ => Err(StoreError::unavailable("it doesn't give back what it was given")),
        }
    }

    fn is_superseded(&self, key: &str) -> bool {
        self.queue.iter().any(|call| matches!(call, Call::Change { key: later, .. } if later == key))
    }

    /// Brings the unsettled keys to what is wanted, and stops at the first that fails: a store that hangs on one would
    /// hang on each.
    fn settle(&mut self) -> Result<(), StoreError> {
        while let Some(key) = self.unsettled.keys().next().cloned() {
            self.apply(&key, self.unsettled[&key].as_ref())?;
            self.unsettled.remove(&key);
        }
        Ok(())
    }

    fn apply(&self, key: &str, wanted: Option<&SecretSlice<u8>>) -> Result<(), StoreError> {
        match wanted {
            Some(value) => self.store.write(key, value),
            None => self.store.delete(key),
        }
    }
}
