//! An app, its provider and its keychain, with a clock that is moved by hand.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fake_provider::FakeProvider;
use keyfob::{
    AccessTokenError, AccessTokenRequest, CallbackOutcome, Config, Freshness, Keyfob, ManualClock, Memory,
    Opener, Session, SignInError, SignInOptions, SignOutOptions, Snapshot, Store, StoreError, TokenSet,
};
use secrecy::{ExposeSecret, SecretSlice};
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

/// How long access tokens live, in seconds.
pub(crate) const LIFETIME: u64 = 3600;

/// Nothing on this machine takes so long.
pub(crate) const NEVER: Duration = Duration::from_secs(60);

/// What somebody gets who asks for a token.
pub(crate) type Answer = Result<TokenSet, AccessTokenError>;

/// What several apps on one machine share.
pub(crate) struct Scene {
    pub(crate) provider: Arc<FakeProvider>,
    pub(crate) store: CountedStore,
    pub(crate) clock: ManualClock,
    settings: Value,
    pub(crate) app: App,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        Self::with(json!({})).await
    }

    /// With other settings.
    pub(crate) async fn with(settings: Value) -> Self {
        Self::at(Arc::new(FakeProvider::start().await), ManualClock::new(), settings)
    }

    /// At a provider, and with a clock, that others share.
    pub(crate) fn at(provider: Arc<FakeProvider>, clock: ManualClock, settings: Value) -> Self {
        let store = CountedStore::default();
        let app = App::start(&Client::of(&provider), store.clone(), &clock, &settings);
        Self { provider, store, clock, settings, app }
    }

    /// The app, started once more.
    pub(crate) fn restarted(&self) -> App {
        App::start(&Client::of(&self.provider), self.store.clone(), &self.clock, &self.settings)
    }

    pub(crate) async fn sign_in(&mut self) {
        self.app.sign_in(&self.provider).await;
    }

    /// Time passes for everybody.
    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.provider.advance(Duration::from_secs(seconds));
    }

    /// The access tokens that are out expire.
    pub(crate) fn expire(&self) {
        self.advance(LIFETIME);
    }

    /// How many refreshes the provider has seen.
    pub(crate) fn refreshes(&self) -> usize {
        self.provider.token_requests("refresh_token")
    }

    /// How many requests of any kind.
    pub(crate) fn requests(&self) -> usize {
        self.provider.requests().len()
    }
}

/// What the app is to the provider.
pub(crate) struct Client<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) id: &'a str,
}

impl<'a> Client<'a> {
    pub(crate) fn of(provider: &'a FakeProvider) -> Self {
        Self { issuer: provider.issuer(), id: provider.client_id() }
    }
}

/// The app, and the person in front of it.
pub(crate) struct App {
    pub(crate) keyfob: Keyfob,
    /// Where the browser is sent.
    pub(crate) browser: mpsc::UnboundedReceiver<String>,
}

impl App {
    pub(crate) fn start(
        client: &Client<'_>,
        store: impl Store,
        clock: &ManualClock,
        settings: &Value,
    ) -> Self {
        let mut config = json!({
            "issuer": client.issuer,
            "clientId": client.id,
            "redirect": "deepLink",
        });
        for (key, value) in settings.as_object().expect("settings are an object") {
            config[key] = value.clone();
        }
        let (urls, browser) = mpsc::unbounded_channel();
        let opener: Opener = Arc::new(move |url| {
            urls.send(url.as_str().to_owned()).map_err(|_| std::io::Error::other("there is no browser"))
        });
        let keyfob = Keyfob::builder(opener)
            .app_name("Keyfob")
            .deep_link_scheme(Some("dev.keyfob.desktop".to_owned()))
            .clock(clock.clone())
            .start(Config::from_json(config), store);
        Self { keyfob, browser }
    }

    /// A whole sign-in, as the person whom the provider has in front of it.
    pub(crate) async fn sign_in(&mut self, provider: &FakeProvider) {
        self.try_sign_in(provider).await.expect("the provider agrees");
    }

    /// The same, which may fail before the browser opens or once it is back.
    pub(crate) async fn try_sign_in(&mut self, provider: &FakeProvider) -> Result<Session, SignInError> {
        let keyfob = self.keyfob.clone();
        let mut sign_in = tokio::spawn(async move { keyfob.sign_in(&SignInOptions::default()).await });
        let url = tokio::select! {
            ended = within(&mut sign_in) => return ended.expect("nothing panics"),
            url = self.browser.recv() => url.expect("the app runs"),
        };
        let callback = provider.approve(&url).await;
        let outcome = self.keyfob.handle_callback(&callback).await;
        assert_eq!(outcome, CallbackOutcome::Accepted);
        ended(sign_in).await
    }

    pub(crate) async fn sign_out(&self) {
        within(self.keyfob.sign_out(SignOutOptions::default())).await.expect("the store obeys");
    }

    /// The sign-in's own token.
    pub(crate) async fn token(&self) -> Answer {
        self.token_for(None).await
    }

    pub(crate) async fn token_for(&self, audience: Option<&str>) -> Answer {
        within(self.keyfob.access_token(&wish(audience))).await
    }

    /// Somebody asks, and may be dropped.
    pub(crate) fn ask(&self, audience: Option<&str>) -> JoinHandle<Answer> {
        let (keyfob, request) = (self.keyfob.clone(), wish(audience));
        tokio::spawn(async move { keyfob.access_token(&request).await })
    }

    pub(crate) fn signed_in(&self) -> bool {
        matches!(self.keyfob.snapshot().session, Session::SignedIn { .. })
    }

    /// The session, once it is known.
    pub(crate) async fn restored(&self) -> Session {
        let mut snapshots = self.keyfob.subscribe();
        let known = within(snapshots.wait_for(|snapshot| snapshot.session != Session::Loading)).await;
        known.expect("the app runs").session.clone()
    }

    /// Waits until no refresh is under way.
    pub(crate) async fn at_rest(&self) {
        let mut snapshots = self.keyfob.subscribe();
        let refreshes = |snapshot: &Snapshot| {
            matches!(snapshot.session, Session::SignedIn { freshness: Freshness::Refreshing, .. })
        };
        drop(within(snapshots.wait_for(|snapshot| !refreshes(snapshot))).await.expect("the app runs"));
    }

    /// Counts from now on how often the session ends by itself.
    pub(crate) fn endings(&self) -> Endings {
        let count = Arc::new(AtomicUsize::new(0));
        let (seen, mut snapshots) = (Arc::clone(&count), self.keyfob.subscribe());
        tokio::spawn(async move {
            let mut before = true;
            while snapshots.changed().await.is_ok() {
                let now = matches!(snapshots.borrow_and_update().session, Session::SignedIn { .. });
                seen.fetch_add(usize::from(before && !now), Ordering::SeqCst);
                before = now;
            }
        });
        Endings(count)
    }
}

/// See [`App::endings`].
pub(crate) struct Endings(Arc<AtomicUsize>);

impl Endings {
    pub(crate) async fn count(&self) -> usize {
        // Whoever watches has to be let see what was published last.
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.0.load(Ordering::SeqCst)
    }
}

/// A keychain in memory that counts what it is asked. Clones are one.
#[derive(Clone, Default)]
pub(crate) struct CountedStore {
    memory: Memory,
    keys: Arc<std::sync::Mutex<std::collections::BTreeSet<String>>>,
    reads: Arc<AtomicUsize>,
    writes: Arc<watch::Sender<usize>>,
}

impl CountedStore {
    pub(crate) fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        self.keys().len()
    }

    /// Whether a text stands in any item, whatever the format of records.
    pub(crate) fn holds(&self, text: &str) -> bool {
        let keys: Vec<_> = self.keys().iter().cloned().collect();
        keys.iter()
            .filter_map(|key| self.memory.read(key).ok().flatten())
            .any(|value| value.expose_secret().windows(text.len()).any(|window| window == text.as_bytes()))
    }

    /// Waits until a text stands in an item; `false` if it doesn't come.
    pub(crate) async fn comes_to_hold(&self, text: &str, patience: Duration) -> bool {
        let mut writes = self.writes.subscribe();
        tokio::time::timeout(patience, writes.wait_for(|_| self.holds(text))).await.is_ok()
    }

    fn keys(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeSet<String>> {
        self.keys.lock().expect("nothing panics in here")
    }
}

impl Store for CountedStore {
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.memory.read(key)
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        self.memory.write(key, value)?;
        self.keys().insert(key.to_owned());
        self.writes.send_modify(|count| *count += 1);
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.memory.delete(key)?;
        self.keys().remove(key);
        Ok(())
    }

    fn unlock(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

pub(crate) fn wish(audience: Option<&str>) -> AccessTokenRequest {
    AccessTokenRequest { audience: audience.map(str::to_owned), ..AccessTokenRequest::default() }
}

/// What a future gives, unless it never does.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(NEVER, future).await.expect("this never came")
}

/// How a task ends.
pub(crate) async fn ended<T>(task: JoinHandle<T>) -> T {
    within(task).await.expect("nothing panics")
}
