//! The session: one handle, one state, and the two files that put steps in order, [`flow`] and [`refresh`].

mod accounts;
mod across;
mod backoff;
#[cfg(any(test, fuzzing))]
pub(crate) mod bad_inputs;
mod doctor;
mod events;
mod flights;
mod flow;
mod inspection;
mod metadata;
mod picture;
mod proofs;
mod record;
mod refresh;
mod revocations;
mod schedule;
mod sign_ins;
mod state;
mod succession;
mod token_set;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
    time::{Duration, SystemTime},
};

use tokio::{runtime::Handle, sync::watch};

pub use self::{
    accounts::AccountInfo,
    doctor::{Check, CheckStatus, CheckSubject},
    events::{Event, EventKind, EventReason},
    flow::{CallbackOutcome, SignOutOptions, Submission},
    inspection::{Diagnostics, TokenInfo},
    refresh::{AccessTokenRequest, Mode},
    schedule::InUse,
    state::{
        Account, Freshness, PendingSignIn, Purpose, ReauthReason, Session, SignInFailure, Snapshot, User,
    },
    token_set::TokenSet,
};
use self::{
    backoff::Backoff,
    flights::Flights,
    metadata::RememberedMetadata,
    proofs::Nonces,
    revocations::Revocations,
    schedule::Schedule,
    sign_ins::SignIns,
    state::{SignedIn, State},
    succession::Succession,
    token_set::TokenKey,
};
pub(crate) use self::{flights::Wanted, proofs::Proof};
use crate::{
    clock::{Clock, SystemClock},
    config::{Config, RedirectKind},
    endpoint::EndpointUrl,
    error::{AccessTokenError, ConfigError, DiscoveryError, Failure, HttpError},
    http::{Http, OTHER_LIMITS},
    protocol::{
        discovery::ProviderMetadata,
        jwks::{self, Jwks},
    },
    redirect::Registration,
    resource::Refusals,
    store::{Store, Vault},
};

/// Opens a URL in the person's browser.
pub type Opener = Arc<dyn Fn(&EndpointUrl) -> std::io::Result<()> + Send + Sync>;

/// Finds out what becomes of links of a scheme; it may read files, and is given half a second.
pub type RegistrationCheck = Arc<dyn Fn(&str) -> Registration + Send + Sync>;

/// Signs a person in and keeps their access tokens fresh. A handle: cloning it is cheap, and all clones are one.
#[derive(Clone)]
pub struct Keyfob {
    shared: Arc<Shared>,
}

/// What a [`Keyfob`] is made of, besides its configuration and its store.
pub struct Builder {
    app_name: String,
    deep_link_scheme: Option<String>,
    default_redirect: RedirectKind,
    registration: RegistrationCheck,
    clock: Arc<dyn Clock>,
    opener: Opener,
    follows_system: bool,
    succession: Arc<Succession>,
}

impl Builder {
    /// What the loopback page calls the app.
    #[must_use]
    pub fn app_name(mut self, name: impl Into<String>) -> Self {
        self.app_name = name.into();
        self
    }

    /// The private-use scheme that the app is registered for; its redirect URI is `{scheme}:/callback`.
    #[must_use]
    pub fn deep_link_scheme(mut self, scheme: Option<String>) -> Self {
        self.deep_link_scheme = scheme;
        self
    }

    /// How the browser comes back where the configuration doesn't say.
    #[must_use]
    pub fn default_redirect(mut self, redirect: RedirectKind) -> Self {
        self.default_redirect = redirect;
        self
    }

    /// Finds out in another way than [`Registration::of`] what becomes of links of the app's scheme: for hosts that know
    /// it better, a sandbox say.
    #[must_use]
    pub fn registration(mut self, check: RegistrationCheck) -> Self {
        self.registration = check;
        self
    }

    /// Another clock than the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Listens to what the operating system says about sleep and the network, rather than notice it at the next tick.
    #[must_use]
    pub fn follow_system(mut self) -> Self {
        self.follows_system = true;
        self
    }

    /// Builds it and starts to restore the session. Needs a tokio runtime around it.
    ///
    /// A configuration that can't be used is no failure here: the session is then `unavailable` and says why.
    pub fn start(self, config: Result<Config, ConfigError>, store: impl Store) -> Keyfob {
        // Process-wide; a host that has chosen a backend of its own keeps it.
        let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
        let (follows_system, succession) = (self.follows_system, self.succession.clone());
        let setup = config.and_then(|config| Setup::new(config, self, store));
        let core = Core { state: State::Loading, epoch: 0, choose_account: false, sign_in_error: None };
        let keyfob = Keyfob {
            shared: Arc::new(Shared {
                setup,
                core: Mutex::new(core),
                sign_ins: Mutex::default(),
                flights: Flights::default(),
                backoff: Mutex::default(),
                revocations: Revocations::default(),
                schedule: Schedule::default(),
                succession,
                is_over: AtomicBool::new(false),
                runtime: Handle::current(),
            }),
        };
        let before = keyfob.succeed();
        keyfob.publish();
        keyfob.start_schedule();
        if follows_system {
            keyfob.follow_system();
        }
        tokio::spawn({
            let keyfob = keyfob.clone();
            async move {
                let inherited = match before {
                    Some((before, left)) => before.leave(left, &keyfob).await,
                    None => None,
                };
                if !inherited.is_some_and(|session| keyfob.take_over(session)) {
                    keyfob.restore().await;
                }
            }
        });
        keyfob
    }
}

impl Keyfob {
    /// Starts to build one; `opener` opens the browser.
    pub fn builder(opener: Opener) -> Builder {
        Builder {
            app_name: "the app".to_owned(),
            deep_link_scheme: None,
            default_redirect: RedirectKind::Loopback,
            registration: Arc::new(Registration::of),
            clock: Arc::new(SystemClock),
            opener,
            follows_system: false,
            succession: Arc::default(),
        }
    }

    /// The session as it is now.
    pub fn snapshot(&self) -> Snapshot {
        self.shared.succession.snapshots.borrow().clone()
    }

    /// The session as it is now and as it changes.
    pub fn subscribe(&self) -> watch::Receiver<Snapshot> {
        self.shared.succession.snapshots.subscribe()
    }

    /// The scheme of the deep link, if the app has one.
    pub fn deep_link_scheme(&self) -> Option<&str> {
        self.shared.setup.as_ref().ok()?.deep_link_scheme.as_deref()
    }

    /// The configuration.
    ///
    /// Errors: `not_configured`, `invalid_configuration`, `superseded`.
    pub fn config(&self) -> Result<&Config, ConfigError> {
        Ok(&self.setup()?.config)
    }

    pub(crate) fn setup(&self) -> Result<&Setup, ConfigError> {
        if self.is_over() { Err(ConfigError::Superseded) } else { self.setup_to_the_end() }
    }

    /// The same also after another engine has taken this one's place: for what was begun before.
    fn setup_to_the_end(&self) -> Result<&Setup, ConfigError> {
        self.shared.setup.as_ref().map_err(Clone::clone)
    }

    fn core(&self) -> MutexGuard<'_, Core> {
        self.shared.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign_ins(&self) -> MutexGuard<'_, SignIns> {
        self.shared.sign_ins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is known whether somebody is signed in.
    async fn restored(&self) {
        let mut snapshots = self.subscribe();
        // The sender lives as long as `self`.
        let _ = snapshots.wait_for(|snapshot| snapshot.session != Session::Loading).await;
    }

    /// Tells everybody what is true now, unless it is what they know already.
    fn publish(&self) {
        let core = self.core();
        if self.is_over() {
            return;
        }
        let sign_in = self.sign_ins().newest().map(|sign_in| sign_in.shown.clone());
        let session = self.session(&core);
        let sign_in_error = core.sign_in_error.clone();
        // Under the core's lock, so that generations are given in the order of the changes.
        self.shared.succession.snapshots.send_if_modified(|snapshot| {
            let next = Snapshot { generation: snapshot.generation, session, sign_in, sign_in_error };
            if next == *snapshot && snapshot.generation > 0 {
                return false;
            }
            *snapshot = Snapshot { generation: next.generation + 1, ..next };
            true
        });
    }

    fn session(&self, core: &Core) -> Session {
        match &core.state {
            State::Loading => Session::Loading,
            State::SignedOut => Session::SignedOut,
            State::SignedIn(session) => self.signed_in(session),
            State::ReauthRequired { identity, reason } => Session::ReauthRequired {
                user: identity.user.clone(),
                account: identity.account.clone(),
                reason: *reason,
            },
            State::Unavailable { code, message } => {
                Session::Unavailable { code: *code, message: message.clone() }
            }
        }
    }

    fn signed_in(&self, session: &SignedIn) -> Session {
        let setup = self.shared.setup.as_ref().ok();
        let own = setup.and_then(|setup| session.tokens.get(&setup.own_key()));
        let usable = own.zip(setup).is_some_and(|(token, setup)| !setup.due(token, Duration::ZERO));
        let freshness = match (self.shared.flights.any(), usable) {
            (true, _) => Freshness::Refreshing,
            (false, true) => Freshness::Fresh,
            (false, false) => Freshness::Stale,
        };
        Session::SignedIn {
            user: session.identity.user.clone(),
            account: session.identity.account.clone(),
            freshness,
            offline: session.offline,
            renewable: session.refresh_token.is_some(),
            storage_degraded: session.unkept,
            expires_at: own.and_then(TokenSet::expires_at),
        }
    }
}

impl std::fmt::Debug for Keyfob {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Keyfob").field("snapshot", &self.snapshot()).finish_non_exhaustive()
    }
}

struct Shared {
    setup: Result<Setup, ConfigError>,
    core: Mutex<Core>,
    sign_ins: Mutex<SignIns>,
    flights: Flights,
    backoff: Mutex<Backoff>,
    revocations: Revocations,
    schedule: Schedule,
    succession: Arc<Succession>,
    /// Another engine has taken this one's place. Set under the core's lock.
    is_over: AtomicBool,
    /// For those who call from outside it, a thread of the window system say.
    runtime: Handle,
}

/// The truth.
struct Core {
    state: State,
    /// Counts sessions: work that began under an older one is discarded when it ends.
    epoch: u64,
    /// The next sign-in asks the provider whom to sign in.
    choose_account: bool,
    sign_in_error: Option<SignInFailure>,
}

impl Core {
    /// Puts another session in the place of this one, and gives that back.
    fn replace(&mut self, state: State) -> State {
        self.epoch += 1;
        std::mem::replace(&mut self.state, state)
    }

    /// The live session.
    fn live(&self) -> Option<&SignedIn> {
        match &self.state {
            State::SignedIn(session) => Some(session),
            _ => None,
        }
    }

    /// The live session, or why there is none.
    fn session(&self) -> Result<&SignedIn, AccessTokenError> {
        match &self.state {
            State::Loading => Err(AccessTokenError::Loading),
            State::SignedOut => Err(AccessTokenError::NotAuthenticated),
            State::ReauthRequired { .. } => Err(AccessTokenError::ReauthRequired),
            State::Unavailable { code, message } => {
                Err(AccessTokenError::Unavailable { code: *code, message: message.clone() })
            }
            State::SignedIn(session) => Ok(session),
        }
    }

    /// The live session, if it is still the one of `epoch`.
    fn signed_in(&mut self, epoch: u64) -> Option<&mut SignedIn> {
        match &mut self.state {
            State::SignedIn(session) if self.epoch == epoch => Some(session),
            _ => None,
        }
    }
}

/// What doesn't change over the life of the engine, and what may be fetched again at any time.
pub(crate) struct Setup {
    config: Config,
    app_name: String,
    deep_link_scheme: Option<String>,
    /// The ways back that the provider knows, the one to prefer first.
    redirects: Vec<RedirectKind>,
    registration: RegistrationCheck,
    pub(crate) clock: Arc<dyn Clock>,
    opener: Opener,
    pub(crate) http: Http,
    nonces: Nonces,
    pub(crate) refusals: Refusals,
    vault: Vault,
    /// Every account that the keychain was seen to hold.
    known_accounts: Mutex<BTreeSet<String>>,
    /// How many seconds the provider's clock is ahead, by its last answer.
    clock_offset: Mutex<Option<i64>>,
    metadata: tokio::sync::Mutex<Option<RememberedMetadata>>,
    keys: tokio::sync::Mutex<Option<Arc<Jwks>>>,
}

impl Setup {
    fn new(config: Config, builder: Builder, store: impl Store) -> Result<Self, ConfigError> {
        let invalid = |error: HttpError| ConfigError::Invalid { reason: error.to_string() };
        let http = Http::new(&config.extra_roots).map_err(invalid)?;
        let redirects = match config.redirects.as_slice() {
            [] => vec![builder.default_redirect],
            known => known.to_vec(),
        };
        Ok(Self {
            config,
            app_name: builder.app_name,
            deep_link_scheme: builder.deep_link_scheme,
            redirects,
            registration: builder.registration,
            clock: builder.clock,
            opener: builder.opener,
            http,
            nonces: Nonces::default(),
            refusals: Refusals::default(),
            vault: builder.succession.vault(store),
            known_accounts: Mutex::default(),
            clock_offset: Mutex::default(),
            metadata: tokio::sync::Mutex::default(),
            keys: tokio::sync::Mutex::default(),
        })
    }

    fn due(&self, token: &TokenSet, min_ttl: Duration) -> bool {
        token.due(self.config.token_refresh_buffer, min_ttl, &*self.clock)
    }

    /// What the sign-in's own access token is for.
    fn own_key(&self) -> TokenKey {
        TokenKey::plain(self.config.audience.clone())
    }

    fn clock_offset(&self) -> Option<i64> {
        *self.clock_offset.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time by the provider's clock, as the answer that is being judged says: somebody may have set this machine's
    /// clock wrong, and an ID token from the token endpoint is as good as its connection.
    fn providers_time(&self, response: &http::Response<Vec<u8>>) -> SystemTime {
        let offset = crate::http::clock_offset(response, self.clock.wall());
        if offset.is_some() {
            *self.clock_offset.lock().unwrap_or_else(PoisonError::into_inner) = offset;
        }
        self.ahead_by(offset)
    }

    /// The time by the provider's clock, as its last answer said.
    fn providers_clock(&self) -> SystemTime {
        self.ahead_by(self.clock_offset())
    }

    fn ahead_by(&self, offset: Option<i64>) -> SystemTime {
        let here = self.clock.wall();
        match offset {
            Some(ahead @ 0..) => here.checked_add(Duration::from_secs(ahead.unsigned_abs())),
            Some(behind) => here.checked_sub(Duration::from_secs(behind.unsigned_abs())),
            None => None,
        }
        .unwrap_or(here)
    }

    /// Whether the provider takes connections.
    async fn can_connect(&self) -> bool {
        match self.config.issuer.to_url() {
            Some(url) => self.http.reachable(&url).await,
            None => false,
        }
    }

    /// The provider's keys, fetched once and then remembered; anew when a signature names one that isn't among them.
    async fn keys(&self, metadata: &ProviderMetadata, anew: bool) -> Result<Arc<Jwks>, DiscoveryError> {
        let mut remembered = self.keys.lock().await;
        match &*remembered {
            Some(keys) if !anew => Ok(keys.clone()),
            _ => {
                let response = self.http.execute(jwks::request(metadata), OTHER_LIMITS).await?;
                let keys = Arc::new(jwks::parse(&response)?);
                *remembered = Some(keys.clone());
                Ok(keys)
            }
        }
    }
}

/// Writes an error to the log: its code and its words, which hold no secret.
fn log_failure(what: &str, error: &impl Failure) {
    tracing::warn!(code = error.code().as_str(), %error, "{what}");
}
