//! A store that can be told to refuse, to be locked and to take its time, and that remembers what was written.

use std::{
    collections::HashMap,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::Instant,
};

use keyfob::{Store, StoreError};
use secrecy::{ExposeSecret, SecretSlice};
use serde_json::Value;
use tokio::sync::watch;

/// Clones are one store, as a keychain is one for all starts of an app.
#[derive(Clone, Default)]
pub(crate) struct TestStore(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    let_go: Condvar,
    arrivals: watch::Sender<usize>,
    deletions: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    values: HashMap<String, SecretSlice<u8>>,
    session_writes: Vec<(Instant, Value)>,
    refuses_all: Option<StoreError>,
    refuses_changes: Option<StoreError>,
    opens_when_asked: bool,
    unlocks: usize,
    held: bool,
    is_private: bool,
}

/// What should differ.
impl TestStore {
    /// A store that other processes know nothing of.
    pub(crate) fn private() -> Self {
        let store = Self::default();
        store.state().is_private = true;
        store
    }

    /// Every call fails from now on.
    pub(crate) fn refuse(&self, error: StoreError) {
        self.state().refuses_all = Some(error);
    }

    /// Every write and delete fails from now on.
    pub(crate) fn refuse_changes(&self, error: StoreError) {
        self.state().refuses_changes = Some(error);
    }

    /// It is locked; asked to unlock it, the person does so, or refuses.
    pub(crate) fn lock(&self, opens_when_asked: bool) {
        let mut state = self.state();
        state.refuses_all = Some(StoreError::Locked);
        state.opens_when_asked = opens_when_asked;
    }

    /// Nothing fails any more.
    pub(crate) fn accept(&self) {
        let mut state = self.state();
        state.refuses_all = None;
        state.refuses_changes = None;
    }

    /// Changes wait from now on, until what this gives is dropped.
    pub(crate) fn hold(&self) -> Held {
        self.state().held = true;
        Held { store: self.clone(), before: *self.0.arrivals.borrow() }
    }

    /// All that is in it now.
    pub(crate) fn copy(&self) -> HashMap<String, SecretSlice<u8>> {
        self.state().values.clone()
    }

    /// Puts back what was in it.
    pub(crate) fn restore(&self, values: HashMap<String, SecretSlice<u8>>) {
        self.state().values = values;
    }

    /// Changes the bytes of the session's item behind the engine's back.
    pub(crate) fn tamper(&self, edit: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let (_, value) = state.values.iter_mut().find(|(key, _)| is_session(key)).expect("a session is kept");
        let mut bytes = value.expose_secret().to_vec();
        edit(&mut bytes);
        *value = SecretSlice::from(bytes);
    }
}

/// What happened.
impl TestStore {
    /// The session's item.
    pub(crate) fn session(&self) -> Option<Value> {
        let state = self.state();
        let (_, value) = state.values.iter().find(|(key, _)| is_session(key))?;
        json(value)
    }

    /// The refresh token in the session's item.
    pub(crate) fn refresh_token(&self) -> Option<String> {
        refresh_token(&self.session()?)
    }

    /// The refresh token in one person's item.
    pub(crate) fn refresh_token_of(&self, subject: &str) -> Option<String> {
        let state = self.state();
        let sessions = state.values.iter().filter(|(key, _)| is_session(key));
        let mut sessions = sessions.filter_map(|(_, value)| json(value));
        refresh_token(&sessions.find(|session| session["user"]["sub"] == subject)?)
    }

    /// Whether anything is kept of one person.
    pub(crate) fn holds(&self, subject: &str) -> bool {
        let state = self.state();
        let mut sessions = state.values.iter().filter(|(key, _)| is_session(key));
        sessions.any(|(_, value)| json(value).is_some_and(|session| session["user"]["sub"] == subject))
    }

    /// Everything that was ever written to the session's item, in its order.
    pub(crate) fn session_writes(&self) -> Vec<Value> {
        self.dated_session_writes().into_iter().map(|(_, session)| session).collect()
    }

    /// The same, and when.
    pub(crate) fn dated_session_writes(&self) -> Vec<(Instant, Value)> {
        self.state().session_writes.clone()
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        self.state().values.len()
    }

    /// Waits until there are none.
    pub(crate) async fn emptied(&self) {
        let mut deletions = self.0.deletions.subscribe();
        let empty = deletions.wait_for(|()| self.len() == 0).await;
        empty.expect("the store holds its sender");
    }

    /// How often the person was asked to unlock it.
    pub(crate) fn unlocks(&self) -> usize {
        self.state().unlocks
    }

    fn change(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        self.0.arrivals.send_modify(|count| *count += 1);
        let let_go = self.0.let_go.wait_while(self.state(), |state| state.held);
        let state = let_go.expect("no test panics in here");
        let refusal = state.refuses_all.as_ref().or(state.refuses_changes.as_ref());
        refusal.cloned().map_or(Ok(()), Err)?;
        Ok(state)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no test panics in here")
    }
}

impl Store for TestStore {
    /// Unlike any other test's.
    fn shared_name(&self) -> Option<String> {
        let name = format!("keyfob-test-{}-{:p}", std::process::id(), Arc::as_ptr(&self.0));
        (!self.state().is_private).then_some(name)
    }

    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        let state = self.state();
        state.refuses_all.clone().map_or(Ok(()), Err)?;
        Ok(state.values.get(key).cloned())
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        let mut state = self.change()?;
        if is_session(key) {
            let record = json(value).expect("a record is JSON after its first line");
            state.session_writes.push((Instant::now(), record));
        }
        state.values.insert(key.to_owned(), value.clone());
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.change()?.values.remove(key);
        self.0.deletions.send_replace(());
        Ok(())
    }

    fn unlock(&self) -> Result<(), StoreError> {
        let mut state = self.state();
        state.unlocks += 1;
        if state.opens_when_asked {
            state.refuses_all = None;
        }
        state.refuses_all.clone().map_or(Ok(()), Err)
    }
}

fn json(record: &SecretSlice<u8>) -> Option<Value> {
    let record = record.expose_secret();
    let line = record.iter().position(|byte| *byte == b'\n')?;
    serde_json::from_slice(&record[line + 1..]).ok()
}

fn refresh_token(session: &Value) -> Option<String> {
    Some(session["state"]["live"]["refresh_token"].as_str()?.to_owned())
}

fn is_session(key: &str) -> bool {
    key.starts_with("account-")
}

/// Changes that wait.
pub(crate) struct Held {
    store: TestStore,
    before: usize,
}

impl Held {
    /// Waits until a change waits.
    pub(crate) async fn arrived(&self) {
        let mut arrivals = self.store.0.arrivals.subscribe();
        let waits = arrivals.wait_for(|count| *count > self.before).await;
        waits.expect("the store holds its sender");
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.store.state().held = false;
        self.store.0.let_go.notify_all();
    }
}
