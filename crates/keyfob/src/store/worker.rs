//! The thread behind a [`Vault`](super::Vault): one call to the store at a time, in the order asked.

use std::{
    collections::{HashMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender},
    },
};

use secrecy::{ExposeSecret, SecretSlice};
use tokio::sync::{oneshot, watch};

use super::{Store, StoreError};
use crate::sabotage::off;

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
    Settle,
}

/// A call and its place in the order asked.
pub(super) type Numbered = (u64, Call);

/// What the vault and its thread tell each other beside calls and answers.
#[derive(Debug, Default)]
pub(super) struct Progress {
    numbers: Mutex<Numbers>,
    unlocking: AtomicBool,
    changes: watch::Sender<u64>,
}

/// The newest call of each sort.
#[derive(Debug, Default)]
struct Numbers {
    asked: u64,
    given_up: u64,
    ended: u64,
}

impl Progress {
    /// Sends the call on its way and numbers it. `None`: the vault is stuck, and at most a change was sent.
    pub(super) fn ask(&self, calls: &Sender<Numbered>, call: Call) -> Option<u64> {
        let mut numbers = self.numbers();
        let is_stuck = numbers.is_stuck();
        if is_stuck && (!matches!(call, Call::Change { .. }) || off("fence")) {
            return None;
        }
        numbers.asked += 1;
        // If the thread has ended, this drops the call, and its caller sees that.
        drop(calls.send((numbers.asked, call)));
        (!is_stuck).then_some(numbers.asked)
    }

    pub(super) fn give_up(&self, number: u64) {
        let mut numbers = self.numbers();
        numbers.given_up = numbers.given_up.max(number);
    }

    pub(super) fn is_unlocking(&self) -> bool {
        self.unlocking.load(Ordering::Relaxed)
    }

    pub(super) fn count_change(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn end(&self, number: u64) {
        let mut numbers = self.numbers();
        let was_stuck = numbers.is_stuck();
        numbers.ended = number;
        if was_stuck && !numbers.is_stuck() {
            drop(numbers);
            self.count_change();
        }
    }

    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Numbers {
    fn is_stuck(&self) -> bool {
        self.given_up > self.ended
    }
}

pub(super) struct Worker<S> {
    store: S,
    calls: Receiver<Numbered>,
    queue: VecDeque<Numbered>,
    /// Keys that may hold something else than was asked for last: as the change failed and nobody was there to be told,
    /// as an earlier one may yet take effect, or as something is still there that was to be deleted.
    unsettled: HashMap<String, Wanted>,
    progress: Arc<Progress>,
}

impl<S: Store> Worker<S> {
    pub(super) fn new(store: S, calls: Receiver<Numbered>, progress: Arc<Progress>) -> Self {
        Self { store, calls, queue: VecDeque::new(), unsettled: HashMap::new(), progress }
    }

    /// Serves until the last vault is dropped, and then what is left in the queue.
    pub(super) fn run(mut self) {
        while let Some((number, call)) = self.next() {
            match call {
                Call::Read { key, answer } => self.read(&key, answer),
                Call::Change { key, wanted, answer } => self.change(key, wanted, answer),
                Call::Unlock { answer } => self.unlock(answer),
                Call::Probe { answer } => self.probe(answer),
                Call::Settle => drop(self.settle()),
            }
            self.progress.end(number);
        }
    }

    fn next(&mut self) -> Option<Numbered> {
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
            _ => self.call(|store| store.read(key)),
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
        if failed && (was_unsettled || !told || wanted.is_none()) {
            self.unsettled.insert(key, wanted);
        }
    }

    fn unlock(&self, answer: Answer<()>) {
        // A prompt that nobody waits for any more would startle.
        if answer.is_closed() {
            return;
        }
        self.progress.unlocking.store(true, Ordering::Relaxed);
        let result = self.call(Store::unlock);
        self.progress.unlocking.store(false, Ordering::Relaxed);
        drop(answer.send(result));
    }

    fn probe(&self, answer: Answer<()>) {
        if answer.is_closed() {
            return;
        }
        drop(answer.send(self.call(write_read_delete)));
    }

    fn is_superseded(&self, key: &str) -> bool {
        self.queue.iter().any(|(_, call)| matches!(call, Call::Change { key: later, .. } if later == key))
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
        self.call(|store| match wanted {
            Some(value) => store.write(key, value),
            None => store.delete(key),
        })
    }

    /// A store that panics must not take the thread along: every later call would fail as well.
    fn call<T>(&self, act: impl FnOnce(&S) -> Result<T, StoreError>) -> Result<T, StoreError> {
        catch_unwind(AssertUnwindSafe(|| act(&self.store)))
            .unwrap_or_else(|_| Err(StoreError::unavailable("it panicked")))
    }
}

fn write_read_delete(store: &impl Store) -> Result<(), StoreError> {
    const KEY: &str = "probe";
    let written = SecretSlice::from(b"keyfob".to_vec());
    store.write(KEY, &written)?;
    let read = store.read(KEY);
    store.delete(KEY)?;
    match read? {
        Some(read) if read.expose_secret() == written.expose_secret() => Ok(()),
        _ => Err(StoreError::unavailable("it doesn't give back what it was given")),
    }
}
