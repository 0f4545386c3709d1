//! A process of the app, in so far as one can be killed without the operating system: its tasks have a runtime of their
//! own, which ends at whatever they wait for, and the keychain hears no more of it.

use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fake_provider::FakeProvider;
use keyfob::{
    CallbackOutcome, Freshness, Keyfob, ManualClock, Session, SignInError, SignInOptions, Snapshot, Store,
    StoreError,
};
use secrecy::SecretSlice;
use serde_json::json;
use tokio::{
    runtime::Runtime,
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::common::{self, TestStore, within};

/// A task of a process that ends takes no longer to be dropped.
const END: Duration = Duration::from_secs(30);

pub(crate) struct Process {
    tasks: Tasks,
    pub(crate) keyfob: Keyfob,
    pub(crate) keychain: Connection,
    browser: mpsc::UnboundedReceiver<String>,
    /// Whether a generation was not greater than the one before.
    generations_fell: Arc<AtomicBool>,
}

/// All that a process does, until this is dropped.
struct Tasks(Option<Runtime>);

impl Tasks {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Self(Some(runtime.expect("the system gives a thread")))
    }

    fn runtime(&self) -> &Runtime {
        self.0.as_ref().expect("they have not ended")
    }

    /// Returns once none of them runs any more.
    async fn end(mut self) {
        let runtime = self.0.take().expect("they end once");
        let ended = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(END));
        ended.await.expect("nothing panics");
    }
}

impl Drop for Tasks {
    /// Without waiting, as a test that has failed may be among async ones.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Process {
    /// Starts it, and waits until it knows whether somebody is signed in.
    pub(crate) async fn start(provider: &FakeProvider, keychain: Connection, clock: &ManualClock) -> Self {
        let tasks = Tasks::new();
        let (keyfob, browser) = {
            let _inside = tasks.runtime().enter();
            common::start(provider, keychain.clone(), clock, &json!({}))
        };
        let generations_fell = Arc::new(AtomicBool::new(false));
        tasks.runtime().spawn(watch_generations(keyfob.subscribe(), Arc::clone(&generations_fell)));
        let mut snapshots = keyfob.subscribe();
        let restored = snapshots.wait_for(|snapshot| snapshot.session != Session::Loading);
        within(restored).await.expect("the process lives");
        Self { tasks, keyfob, keychain, browser, generations_fell }
    }

    /// Another engine takes the place of its engine, and knows whether somebody is signed in.
    pub(crate) async fn reconfigure(&mut self, provider: &FakeProvider, clock: &ManualClock) {
        (self.keyfob, self.browser) = {
            let _inside = self.tasks.runtime().enter();
            common::succeed(&self.keyfob, provider, self.keychain.clone(), clock, &json!({}))
        };
        let mut snapshots = self.keyfob.subscribe();
        let restored = snapshots.wait_for(|snapshot| snapshot.session != Session::Loading);
        within(restored).await.expect("the process lives");
    }

    /// Does something in it.
    pub(crate) fn spawn<F>(&self, act: impl FnOnce(Keyfob) -> F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.tasks.runtime().spawn(act(self.keyfob.clone()))
    }

    /// A whole sign-in. The person gives up where the provider is down.
    pub(crate) async fn sign_in(
        &mut self,
        provider: &FakeProvider,
        provider_is_down: bool,
    ) -> Result<Session, SignInError> {
        while self.browser.try_recv().is_ok() {}
        let mut sign_in = self.spawn(|keyfob| async move { keyfob.sign_in(&SignInOptions::default()).await });
        let url = tokio::select! {
            url = within(self.browser.recv()) => url.expect("the process lives"),
            outcome = within(&mut sign_in) => return outcome.expect("nothing panics"),
        };
        if provider_is_down {
            let cancelled = self.spawn(|keyfob| async move { keyfob.cancel_sign_in().await });
            within(cancelled).await.expect("nothing panics");
        } else {
            let callback = provider.approve(&url).await;
            let taken = self.spawn(|keyfob| async move { keyfob.handle_callback(&callback).await });
            assert_eq!(within(taken).await.expect("nothing panics"), CallbackOutcome::Accepted);
        }
        within(sign_in).await.expect("nothing panics")
    }

    /// Waits until no refresh is under way.
    pub(crate) async fn is_at_rest(&self) {
        let mut snapshots = self.keyfob.subscribe();
        let at_rest = snapshots.wait_for(|snapshot| !is_refreshing(&snapshot.session));
        within(at_rest).await.expect("the process lives");
    }

    pub(crate) fn generations_fell(&self) -> bool {
        self.generations_fell.load(Ordering::Relaxed)
    }

    /// Ends it without a word. Tells whether that was in the middle of a refresh.
    pub(crate) async fn kill(self) -> bool {
        let Self { tasks, keyfob, keychain, .. } = self;
        // A refresh that begins from here on can't read the keychain, and so sends nothing.
        keychain.freeze();
        let session = keyfob.snapshot().session;
        tasks.end().await;
        keychain.cut();
        is_refreshing(&session)
    }
}

fn is_refreshing(session: &Session) -> bool {
    matches!(session, Session::SignedIn { freshness: Freshness::Refreshing, .. })
}

async fn watch_generations(mut snapshots: watch::Receiver<Snapshot>, fell: Arc<AtomicBool>) {
    let mut last = snapshots.borrow_and_update().generation;
    while snapshots.changed().await.is_ok() {
        let next = snapshots.borrow_and_update().generation;
        if next <= last {
            fell.store(true, Ordering::Relaxed);
        }
        last = next;
    }
}

/// One process's way to the keychain that all share.
#[derive(Clone)]
pub(crate) struct Connection {
    store: TestStore,
    is_shared: bool,
    line: Arc<Line>,
}

#[derive(Default)]
struct Line {
    state: Mutex<LineState>,
    moved: Condvar,
    waits: watch::Sender<bool>,
    listeners: Mutex<Vec<Box<dyn Fn() + Send + Sync>>>,
}

#[derive(Default)]
struct LineState {
    /// So many changes go through, and those that come then wait.
    changes_left: Option<usize>,
    frozen: bool,
    cut: bool,
}

impl Connection {
    /// Only where it is shared do processes lock one another out.
    pub(crate) fn to(store: &TestStore, is_shared: bool) -> Self {
        Self { store: store.clone(), is_shared, line: Arc::default() }
    }

    /// Lets so many changes through, and holds those that come then.
    pub(crate) fn hold_after(&self, changes: usize) {
        self.line.waits.send_replace(false);
        self.state().changes_left = Some(changes);
    }

    /// Waits until a change is held.
    pub(crate) async fn holds(&self) {
        let mut waits = self.line.waits.subscribe();
        within(waits.wait_for(|waits| *waits)).await.expect("the line holds its sender");
    }

    pub(crate) fn release(&self) {
        self.state().changes_left = None;
        self.line.moved.notify_all();
    }

    /// Says that the keychain may answer otherwise than before.
    pub(crate) fn tell(&self) {
        self.listeners().iter().for_each(|changed| changed());
    }

    /// Nothing goes through any more, and nothing is answered.
    fn freeze(&self) {
        self.state().frozen = true;
    }

    /// What waits, or comes later, ends without having happened.
    fn cut(&self) {
        self.state().cut = true;
        self.line.moved.notify_all();
    }

    /// What `call` gives, unless this is cut before it can begin.
    fn through<T>(
        &self,
        is_change: bool,
        call: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut state = self.state();
        if is_change && state.changes_left == Some(0) {
            self.line.waits.send_replace(true);
        }
        let has_to_wait = |state: &mut LineState| {
            !state.cut && (state.frozen || is_change && state.changes_left == Some(0))
        };
        state = self.line.moved.wait_while(state, has_to_wait).expect("no test panics in here");
        if state.cut {
            return Err(StoreError::Unavailable { reason: "its process was killed".to_owned() });
        }
        if is_change {
            state.changes_left = state.changes_left.map(|left| left - 1);
        }
        // Under the lock: who freezes waits until it has happened.
        call()
    }

    fn state(&self) -> MutexGuard<'_, LineState> {
        self.line.state.lock().expect("no test panics in here")
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<Box<dyn Fn() + Send + Sync>>> {
        self.line.listeners.lock().expect("no test panics in here")
    }
}

impl Store for Connection {
    fn shared_name(&self) -> Option<String> {
        self.store.shared_name().filter(|_| self.is_shared)
    }

    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        self.through(false, || self.store.read(key))
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        self.through(true, || self.store.write(key, value))
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.through(true, || self.store.delete(key))
    }

    fn unlock(&self) -> Result<(), StoreError> {
        self.through(false, || self.store.unlock())
    }

    fn watch(&self, changed: Box<dyn Fn() + Send + Sync>) {
        self.listeners().push(changed);
    }
}
