//! The handle that a test holds.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::sync::watch;
use tokio::task;

use crate::browser::{self, Callback};
use crate::dpop::{Proof, RefusedProof};
use crate::endpoints::{self, Endpoint};
use crate::grants::AccessToken;
use crate::keys::{Algorithm, Keyring};
use crate::person::Person;
use crate::record::{Issued, Recorded, Rotated};
use crate::script::{At, DpopScript, IdTokenScript, ParScript, TokenScript};
use crate::server::{Server, bind};
use crate::state::{App, Client, Shared, State};

/// What a provider is before it starts; see [`FakeProvider::builder`].
#[derive(Clone, Debug)]
pub struct Builder {
    algorithm: Algorithm,
    issuer_path: String,
    client_id: String,
    client_secret: Option<String>,
    redirect_uris: Vec<String>,
}

impl Builder {
    /// How ID tokens are signed; RS256 at first.
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// The issuer's path, beginning with a slash; none at first. A slash at its end counts.
    #[must_use]
    pub fn issuer_path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.issuer_path);
        self
    }

    /// Makes the client one that has to prove a secret.
    #[must_use]
    pub fn client_secret(mut self, secret: &str) -> Self {
        self.client_secret = Some(secret.to_owned());
        self
    }

    /// Registers one redirect URI more. `dev.keyfob.desktop:/callback` and `/callback` on both loopback
    /// addresses, with any port, are registered already.
    #[must_use]
    pub fn redirect_uri(mut self, redirect_uri: &str) -> Self {
        self.redirect_uris.push(redirect_uri.to_owned());
        self
    }

    /// Registers these redirect URIs and no others. Where one names a port, it is that port and no other.
    #[must_use]
    pub fn only_redirect_uris<I: Into<String>>(mut self, redirect_uris: impl IntoIterator<Item = I>) -> Self {
        self.redirect_uris = redirect_uris.into_iter().map(Into::into).collect();
        self
    }

    /// Starts it.
    pub async fn start(self) -> FakeProvider {
        let listener = bind(0).expect("a free port");
        let origin = origin(&listener);
        let app = self.app(&origin, &origin).await;
        let server = Server::start(listener, endpoints::router(&app));
        FakeProvider { server: Mutex::new(Some(server)), ..FakeProvider::served_elsewhere(app) }
    }

    /// What is to be served at an origin, with the API below another address there.
    pub(crate) async fn app(self, origin: &str, api_base: &str) -> App {
        // The first RSA key of a process takes long to make.
        let keys = task::spawn_blocking(move || Keyring::new(self.algorithm)).await.expect("keys");
        let person = Person::new("fake-sub-ada")
            .name("Ada Lovelace")
            .email("ada@example.com")
            .picture(format!("{api_base}{}", Endpoint::Picture.path()));
        Arc::new(Shared {
            issuer: format!("{origin}{}", self.issuer_path),
            origin: origin.to_owned(),
            api_base: api_base.to_owned(),
            client: Client {
                id: self.client_id,
                secret: self.client_secret,
                redirect_uris: self.redirect_uris,
            },
            traffic: watch::Sender::new(()),
            state: Mutex::new(State::new(person, keys)),
        })
    }
}

/// An authorization server on loopback. It ends, with all its connections, when it is dropped.
pub struct FakeProvider {
    app: App,
    server: Mutex<Option<Server>>,
    /// The same on other ports.
    elsewhere: Mutex<Vec<Server>>,
}

/// Where it is.
impl FakeProvider {
    /// An honest provider with RS256 and a public client.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A provider that differs in what can't change later.
    pub fn builder() -> Builder {
        Builder {
            algorithm: Algorithm::default(),
            issuer_path: String::new(),
            client_id: "fake-client".to_owned(),
            client_secret: None,
            redirect_uris: [
                "dev.keyfob.desktop:/callback",
                "http://127.0.0.1/callback",
                "http://[::1]/callback",
            ]
            .map(str::to_owned)
            .into(),
        }
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.app.issuer
    }

    /// The one client that is registered.
    pub fn client_id(&self) -> &str {
        &self.app.client.id
    }

    /// What the client has to prove, where it has to.
    pub fn client_secret(&self) -> Option<&str> {
        self.app.client.secret.as_deref()
    }

    /// `http://127.0.0.1:{port}`, which is also the origin of the API.
    pub fn origin(&self) -> &str {
        &self.app.origin
    }

    /// The address of an endpoint.
    pub fn url(&self, endpoint: Endpoint) -> String {
        self.app.url(endpoint)
    }

    /// The protected API: `GET`, answered with `{sub, scope, audience}`; below it `POST /api/echo`.
    pub fn api_url(&self) -> String {
        self.url(Endpoint::Api)
    }

    pub(crate) fn served_elsewhere(app: App) -> Self {
        Self { app, server: Mutex::new(None), elsewhere: Mutex::new(Vec::new()) }
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// One origin more, at which the same API answers: a resource server with nonces of its own.
    pub fn another_origin(&self) -> String {
        let listener = bind(0).expect("a free port");
        let origin = origin(&listener);
        let server = Server::start(listener, endpoints::router(&self.app));
        self.elsewhere.lock().unwrap().push(server);
        origin
    }

    /// A small PNG.
    pub fn picture_url(&self) -> String {
        self.url(Endpoint::Picture)
    }
}

/// The person at the browser.
impl FakeProvider {
    /// Follows an authorization URL, approves, and gives the address to which the browser is sent back. Panics
    /// with the reason if the request isn't as it should be.
    pub async fn approve(&self, authorization_url: impl AsRef<str>) -> String {
        browser::follow(authorization_url.as_ref(), None).await.to_string()
    }

    /// Like [`Self::approve`], and changes the address on its way.
    pub async fn approve_with(
        &self,
        authorization_url: impl AsRef<str>,
        edit: impl FnOnce(&mut Callback),
    ) -> String {
        let mut callback = browser::follow(authorization_url.as_ref(), None).await;
        edit(&mut callback);
        callback.to_string()
    }

    /// Like [`Self::approve`], but the person refuses: `error=access_denied`.
    pub async fn deny(&self, authorization_url: impl AsRef<str>) -> String {
        self.refuse(authorization_url, "access_denied").await
    }

    /// Like [`Self::approve`], but an error comes back (RFC 6749, section 4.1.2.1).
    pub async fn refuse(&self, authorization_url: impl AsRef<str>, error: &str) -> String {
        browser::follow(authorization_url.as_ref(), Some(error)).await.to_string()
    }

    /// Opens any other page, and gives the address to which it sends the browser on.
    pub async fn visit(&self, url: impl AsRef<str>) -> Option<String> {
        browser::visit(url.as_ref()).await
    }

    /// Who approves from now on.
    pub fn person(&self, person: Person) {
        self.state().person = person;
    }
}

/// What should differ.
impl FakeProvider {
    /// Faults, gates and requests of one endpoint.
    pub fn at(&self, endpoint: Endpoint) -> At<'_> {
        At { provider: self, endpoint }
    }

    /// How the token endpoint answers from now on.
    pub fn token(&self) -> TokenScript<'_> {
        TokenScript(self)
    }

    /// Whether authorization requests are pushed from now on.
    pub fn par(&self) -> ParScript<'_> {
        ParScript(self)
    }

    /// How proofs of possession are judged from now on.
    pub fn dpop(&self) -> DpopScript<'_> {
        DpopScript(self)
    }

    /// What ID tokens look like from now on.
    pub fn id_token(&self) -> IdTokenScript<'_> {
        IdTokenScript(self)
    }

    /// Changes the discovery document from now on.
    pub fn metadata(&self, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.state().metadata.push(edit);
    }

    /// Changes the JWKS from now on.
    pub fn jwks(&self, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.state().jwks.push(edit);
    }

    /// Changes what `UserInfo` says from now on.
    pub fn userinfo(&self, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.state().userinfo.push(edit);
    }

    /// A new key signs from now on, and replaces the old one in the JWKS.
    pub fn rotate_signing_key(&self) {
        self.state().keys.rotate();
    }

    /// A new key signs from now on, and stands in the JWKS beside the old one.
    pub fn add_signing_key(&self) {
        self.state().keys.add();
    }

    /// The API takes only access tokens for this audience from now on.
    pub fn api_audience(&self, audience: &str) {
        self.state().api_audience = Some(audience.to_owned());
    }

    /// The access tokens that are out are no good any more.
    pub fn expire_access_tokens(&self) {
        self.state().grants.expire_access_tokens();
    }

    /// All refresh and access tokens that are out are no good any more, as after a change of password.
    pub fn end_sessions(&self) {
        self.state().grants.end_all();
    }

    /// Sets the provider's clock forward: access tokens expire by it, ID tokens and `Date` headers are made with it.
    pub fn advance(&self, by: Duration) {
        self.state().clock.advance(by);
    }

    /// Sets the provider's clock, which goes on from there.
    pub fn set_clock(&self, time: SystemTime) {
        self.state().clock.set(time);
    }

    /// What the provider's clock says.
    pub fn now(&self) -> SystemTime {
        self.state().clock.time()
    }

    /// Closes the port and breaks all connections. What it knows stays.
    pub fn go_down(&self) {
        self.server.lock().unwrap().take();
    }

    /// Listens again, on the same port.
    pub fn come_back(&self) {
        let port = self.app.origin.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        let mut server = self.server.lock().unwrap();
        if server.is_none() {
            let listener = bind(port).expect("nobody has taken the port");
            *server = Some(Server::start(listener, endpoints::router(&self.app)));
        }
    }
}

/// What happened.
impl FakeProvider {
    /// All requests that have arrived, in their order.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state().requests.clone()
    }

    /// How many requests with this `grant_type` have come to the token endpoint.
    pub fn token_requests(&self, grant_type: &str) -> usize {
        self.state().grant_types.get(grant_type).copied().unwrap_or_default()
    }

    /// Every rotation of a refresh token, in their order.
    pub fn rotations(&self) -> Vec<Rotated> {
        self.state().grants.rotations().to_vec()
    }

    /// How often a refresh token was used that had been replaced, whatever the provider answered.
    pub fn replays(&self) -> usize {
        self.state().grants.replays()
    }

    /// The largest number of refreshes that were here at once with refresh tokens of one family, successors of
    /// one token that is: each from its arrival until its answer was ready.
    pub fn most_uses_at_once(&self) -> usize {
        self.state().uses.most_at_once()
    }

    /// Forgets what only grows, so that a long run measures the client's memory and not the provider's:
    /// requests, secrets, rotations, proofs, and tokens that were replaced long ago. Counts go on.
    pub fn forget(&self) {
        let mut state = self.state();
        state.requests = Vec::new();
        state.issued = Issued::default();
        state.grants.forget();
        state.dpop.forget();
    }

    /// Every proof of possession that was good, in their order.
    pub fn proofs(&self) -> Vec<Proof> {
        self.state().dpop.proofs().to_vec()
    }

    /// Every request that was refused for its proof, or for the lack of one, in their order.
    pub fn refused_proofs(&self) -> Vec<RefusedProof> {
        self.state().dpop.refused().to_vec()
    }

    /// The secrets that were given out.
    pub fn issued(&self) -> Issued {
        self.state().issued.clone()
    }

    /// What the provider knows about an access token, whether it is still good or not.
    pub fn access_token(&self, token: &str) -> Option<AccessToken> {
        self.state().grants.access_token(token).cloned()
    }

    /// Whether the revocation endpoint, a reuse or [`Self::end_sessions`] has put an end to a token.
    pub fn revoked(&self, token: &str) -> bool {
        self.state().grants.is_revoked(token)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.app.state()
    }

    pub(crate) fn traffic(&self) -> watch::Receiver<()> {
        self.app.traffic.subscribe()
    }
}

pub(crate) fn origin(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("an address"))
}
