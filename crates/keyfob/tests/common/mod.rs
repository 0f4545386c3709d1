//! What the tests of the engine share: a provider, a person at a browser, and a store.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod store;

use std::{future::poll_fn, pin::Pin, sync::Arc, task::Poll, time::Duration};

use fake_provider::FakeProvider;
use keyfob::{
    AccessTokenError, AccessTokenRequest, Builder, CallbackOutcome, Config, ConfigError, Keyfob, ManualClock,
    Mode, Opener, Registration, Session, SignInError, SignInOptions, Snapshot, Store, TokenSet,
};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::JoinHandle};

pub(crate) use self::store::TestStore;

/// The audience that [`Scene::with_api`] binds to the provider's own origin.
pub(crate) const API: &str = "https://api.example";

/// How long access tokens live, in seconds.
const LIFETIME: u64 = 3600;

/// Nothing on this machine takes so long: what isn't there by then never comes, and the test should say so.
const NEVER: Duration = Duration::from_secs(60);

/// What somebody gets who asks for a token.
pub(crate) type Answer = Result<TokenSet, AccessTokenError>;

/// An app, its provider and its keychain.
pub(crate) struct Scene {
    pub(crate) provider: FakeProvider,
    pub(crate) store: TestStore,
    pub(crate) clock: ManualClock,
    pub(crate) keyfob: Keyfob,
    settings: Value,
    browser: mpsc::UnboundedReceiver<String>,
}

impl Scene {
    /// An app that comes back by a deep link, and knows no audiences.
    pub(crate) async fn start() -> Self {
        Self::with(json!({})).await
    }

    /// The same with other settings.
    pub(crate) async fn with(settings: Value) -> Self {
        Self::at(FakeProvider::start().await, settings)
    }

    /// An app that signs in for the API at the provider's origin.
    pub(crate) async fn with_api() -> Self {
        let provider = FakeProvider::start().await;
        let resources = json!([{ "origin": provider.origin(), "audience": API }]);
        provider.api_audience(API);
        Self::at(provider, json!({ "audience": API, "resources": resources }))
    }

    /// The same at a provider that was started before.
    pub(crate) fn at(provider: FakeProvider, settings: Value) -> Self {
        Self::over(TestStore::default(), provider, settings)
    }

    /// The same over a store that was filled before.
    pub(crate) fn over(store: TestStore, provider: FakeProvider, settings: Value) -> Self {
        let clock = ManualClock::new();
        let (keyfob, browser) = start(&provider, store.clone(), &clock, &settings);
        Self { provider, store, clock, keyfob, settings, browser }
    }

    /// An app whose links go where `registration` says.
    pub(crate) async fn registered(registration: Registration, settings: Value) -> Self {
        let provider = FakeProvider::start().await;
        let (store, clock) = (TestStore::default(), ManualClock::new());
        let (keyfob, browser) = start_registered(&provider, store.clone(), &clock, &settings, registration);
        Self { provider, store, clock, keyfob, settings, browser }
    }

    /// The app ends and starts again.
    pub(crate) fn restart(&mut self) {
        (self.keyfob, self.browser) = start(&self.provider, self.store.clone(), &self.clock, &self.settings);
    }

    /// Another engine takes the place of this one, which is given back.
    pub(crate) fn reconfigure(&mut self, settings: Value) -> Keyfob {
        self.succeed(Config::from_json(config(&self.provider, &settings)), settings)
    }

    /// An engine without a configuration takes the place of this one, which is given back.
    pub(crate) fn deconfigure(&mut self) -> Keyfob {
        self.succeed(Err(ConfigError::Missing { hint: String::new() }), json!({}))
    }

    fn succeed(&mut self, config: Result<Config, ConfigError>, settings: Value) -> Keyfob {
        let (builder, browser) = builder(&self.clock, Registration::Ours);
        let next = builder.in_place_of(&self.keyfob).start(config, self.store.clone());
        (self.browser, self.settings) = (browser, settings);
        std::mem::replace(&mut self.keyfob, next)
    }

    /// Another process of the app, which shares the keychain.
    pub(crate) async fn second_process(&self) -> Keyfob {
        let (keyfob, _) = start(&self.provider, self.store.clone(), &self.clock, &self.settings);
        let mut snapshots = keyfob.subscribe();
        let restored = snapshots.wait_for(|snapshot| snapshot.session != Session::Loading);
        within(restored).await.expect("the app runs");
        keyfob
    }

    /// The person clicks "Sign in".
    pub(crate) fn click(&self) -> JoinHandle<Result<Session, SignInError>> {
        self.click_with(SignInOptions::default())
    }

    /// The person clicks something that signs in with options.
    pub(crate) fn click_with(&self, options: SignInOptions) -> JoinHandle<Result<Session, SignInError>> {
        let keyfob = self.keyfob.clone();
        tokio::spawn(async move { keyfob.sign_in(&options).await })
    }

    /// The next URL that the browser is sent to.
    pub(crate) async fn opened(&mut self) -> String {
        within(self.browser.recv()).await.expect("the app runs")
    }

    /// How many URLs wait for the browser.
    pub(crate) fn unopened(&self) -> usize {
        self.browser.len()
    }

    /// The browser comes back by the deep link.
    pub(crate) async fn comes_back(&self, callback: &str) {
        let outcome = self.keyfob.handle_callback(callback).await;
        assert_eq!(outcome, CallbackOutcome::Accepted);
    }

    /// A whole sign-in.
    pub(crate) async fn sign_in(&mut self) -> Session {
        self.try_sign_in().await.expect("the provider agrees")
    }

    /// A whole sign-in, which may fail once the browser is back.
    pub(crate) async fn try_sign_in(&mut self) -> Result<Session, SignInError> {
        let sign_in = self.click();
        let url = self.opened().await;
        let callback = self.provider.approve(&url).await;
        self.comes_back(&callback).await;
        ended(sign_in).await
    }

    /// Somebody asks for a token, and has to wait for it.
    pub(crate) async fn ask(&self, audience: Option<&str>, mode: Mode) -> JoinHandle<Answer> {
        let keyfob = self.keyfob.clone();
        let request = AccessTokenRequest {
            audience: audience.map(str::to_owned),
            mode,
            ..AccessTokenRequest::default()
        };
        waits(async move { keyfob.access_token(&request).await }).await
    }

    /// The sign-in's own token.
    pub(crate) async fn token(&self) -> Answer {
        within(self.keyfob.access_token(&AccessTokenRequest::default())).await
    }

    /// Waits until the session is as a test wants it.
    pub(crate) async fn until(&self, wanted: impl FnMut(&Snapshot) -> bool) -> Snapshot {
        let mut snapshots = self.keyfob.subscribe();
        within(snapshots.wait_for(wanted)).await.expect("the app runs").clone()
    }

    /// Waits until it is known whether somebody is signed in.
    pub(crate) async fn restored(&self) -> Session {
        self.until(|snapshot| snapshot.session != Session::Loading).await.session
    }

    /// Time passes for everybody.
    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.provider.advance(Duration::from_secs(seconds));
    }

    /// So much time passes that whoever asks next is not told to wait, however often refreshes failed.
    pub(crate) fn wait_out(&self) {
        self.advance(30);
    }

    /// The access tokens that are out expire.
    pub(crate) fn expire(&self) {
        self.advance(LIFETIME);
    }

    /// The access tokens that are out become due, and still live.
    pub(crate) fn make_due(&self) {
        self.advance(LIFETIME - 30);
    }

    /// How many refreshes the provider has seen.
    pub(crate) fn refreshes(&self) -> usize {
        self.provider.token_requests("refresh_token")
    }
}

/// Starts an engine in the place of another, and gives what its browser is sent to.
pub(crate) fn succeed(
    before: &Keyfob,
    provider: &FakeProvider,
    store: impl Store,
    clock: &ManualClock,
    settings: &Value,
) -> (Keyfob, mpsc::UnboundedReceiver<String>) {
    let (builder, browser) = builder(clock, Registration::Ours);
    (builder.in_place_of(before).start(Config::from_json(config(provider, settings)), store), browser)
}

/// Starts an engine whose links arrive, and gives what its browser is sent to.
pub(crate) fn start(
    provider: &FakeProvider,
    store: impl Store,
    clock: &ManualClock,
    settings: &Value,
) -> (Keyfob, mpsc::UnboundedReceiver<String>) {
    start_registered(provider, store, clock, settings, Registration::Ours)
}

fn start_registered(
    provider: &FakeProvider,
    store: impl Store,
    clock: &ManualClock,
    settings: &Value,
    registration: Registration,
) -> (Keyfob, mpsc::UnboundedReceiver<String>) {
    let (builder, browser) = builder(clock, registration);
    (builder.start(Config::from_json(config(provider, settings)), store), browser)
}

fn config(provider: &FakeProvider, settings: &Value) -> Value {
    let mut config = json!({
        "issuer": provider.issuer(),
        "clientId": provider.client_id(),
        "redirect": "deepLink",
    });
    for (key, value) in settings.as_object().expect("settings are an object") {
        config[key] = value.clone();
    }
    config
}

fn builder(clock: &ManualClock, registration: Registration) -> (Builder, mpsc::UnboundedReceiver<String>) {
    let (urls, browser) = mpsc::unbounded_channel();
    let opener: Opener = Arc::new(move |url| {
        urls.send(url.as_str().to_owned()).map_err(|_| std::io::Error::other("there is no browser"))
    });
    let builder = Keyfob::builder(opener)
        .app_name("Keyfob")
        .deep_link_scheme(Some("dev.keyfob.desktop".to_owned()))
        .registration(Arc::new(move |_| registration.clone()))
        .clock(clock.clone());
    (builder, browser)
}

/// What a future gives, unless it never does.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(NEVER, future).await.expect("this never came")
}

/// How a task ends.
pub(crate) async fn ended<T>(task: JoinHandle<T>) -> T {
    within(task).await.expect("nothing panics")
}

/// Begins something that has to wait. When this returns it waits already: nothing has to be slept for.
pub(crate) async fn waits<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    let mut future: Pin<Box<dyn Future<Output = T> + Send>> = Box::pin(future);
    let pending = poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await;
    assert!(pending, "it was there at once");
    tokio::spawn(future)
}
