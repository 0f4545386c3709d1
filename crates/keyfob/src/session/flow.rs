//! Restore, sign-in and sign-out, from top to bottom.

use std::{
    borrow::Cow,
    io::ErrorKind,
    sync::Arc,
    time::{Duration, SystemTime},
};

use oauth2::CsrfToken;
use secrecy::SecretSlice;
use tokio::sync::oneshot;

use super::{
    Keyfob, Setup,
    events::{EventKind, EventReason},
    log_failure,
    proofs::Proof,
    record::{self, Index},
    sign_ins::{AbortOnDrop, SignIn},
    state::{Account, Identity, PendingSignIn, Purpose, Session, SignInFailure, SignedIn, State, User},
    token_set::{TokenKey, TokenSet},
};
use crate::{
    clock::unix_seconds,
    config::RedirectKind,
    endpoint::EndpointUrl,
    error::{
        AuthorizationError, ConfigError, DiscoveryError, ErrorCode, Failure, IdTokenError, SignInError,
        SignOutError, TokenError,
    },
    http::{OTHER_LIMITS, TOKEN_LIMITS},
    protocol::{
        authorization::{
            self, AuthorizationResponse, AuthorizationValidation, Callback, Granted, Person, SignInOptions,
            Wish,
        },
        discovery::ProviderMetadata,
        end_session::{self, Leaving},
        id_token::{self, Claims, Expected, Occasion, Profile},
        par, resource,
        token::{self, TokenResponse},
        userinfo,
    },
    redirect::{self, DeepLinkFault, Redirect, Registration, callback_in_args, in_time},
    secret::{IdToken, RefreshToken},
    store::StoreError,
};

/// How long the browser has.
const SIGN_IN_DEADLINE: Duration = Duration::from_secs(600);

/// How often, and after how long, a port that is taken is tried again.
const BINDS: usize = 20;
const BIND_AGAIN: Duration = Duration::from_millis(25);

/// What a sign-out does besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignOutOptions {
    /// Ends the provider's own session too, which opens the browser.
    pub everywhere: bool,
}

/// What became of a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackOutcome {
    /// It belongs to a sign-in, which goes on.
    Accepted,
    /// It belongs to none, and changed nothing.
    Ignored,
}

/// What became of an address that a person has pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submission {
    /// It belongs to a sign-in, which goes on.
    Accepted,
    /// It is no address.
    NotAnAddress,
    /// It is not the one at which a sign-in that waits ends: the provider's own page, say.
    AnotherAddress,
    /// The sign-in that it belongs to is over, or was never begun here.
    NotAwaited,
}

/// Restore.
impl Keyfob {
    /// Reads the session back from the keychain. Nothing is concluded from a keychain that doesn't answer.
    pub(super) async fn restore(&self) {
        let state = match self.setup() {
            Ok(setup) => self.kept_session(setup).await.unwrap_or_else(|error| unavailable(&error)),
            Err(error) => unavailable(&error),
        };
        self.restore_as(state);
    }

    /// Says whether it was waited for.
    pub(super) fn restore_as(&self, state: State) -> bool {
        {
            let mut core = self.core();
            let waits = matches!(core.state, State::Loading | State::Unavailable { .. });
            let reason = state.reason();
            // A sign-in may have completed meanwhile; and trouble that lasts is no news.
            if !waits || self.is_over() || (reason.is_some() && core.state.reason() == reason) {
                return false;
            }
            self.brought_session(EventKind::Restored, &state);
            core.replace(state);
        }
        self.session_replaced();
        self.check_connection();
        true
    }

    async fn kept_session(&self, setup: &Setup) -> Result<State, StoreError> {
        match setup.read_session().await? {
            State::SignedOut => {
                let _record = self.lock_record(setup).await;
                if setup.migrate().await? { setup.read_session().await } else { Ok(State::SignedOut) }
            }
            state => Ok(state),
        }
    }

    /// Another session has taken the place of the one before: tells everybody, and does what it needs.
    pub(super) fn session_replaced(&self) {
        self.publish();
        self.fetch_picture();
        self.look_again();
        self.finish_refresh();
    }

    /// Looks once more where the keychain could not be read before.
    pub(super) async fn restore_if_unavailable(&self) {
        if self.waits_for_keychain() {
            self.restore().await;
        }
    }

    fn waits_for_keychain(&self) -> bool {
        matches!(
            self.core().state,
            State::Unavailable { code: ErrorCode::KeychainLocked | ErrorCode::KeychainUnavailable, .. }
        )
    }
}

/// Sign-in.
impl Keyfob {
    /// Signs a person in: opens the browser and waits until it has come back, or ten minutes have passed.
    ///
    /// Dropping the future doesn't cancel the sign-in; [`cancel_sign_in`](Self::cancel_sign_in) does. A sign-in that
    /// fails or is cancelled leaves the session as it was.
    ///
    /// Errors: `cancelled`, `superseded`, `timeout`, `access_denied`, `authorization_failed`, `invalid_callback`,
    /// `issuer_mismatch`, `loopback_unavailable`, `provider_unreachable`, `invalid_metadata`, `token_request_failed`,
    /// `interaction_required`, `invalid_token_response`, `invalid_id_token`, `keychain_locked`, `keychain_unavailable`,
    /// `keychain_newer`, `account_not_found`, `account_mismatch`, `not_configured`, `invalid_configuration`,
    /// `invalid_argument`, `internal`.
    pub async fn sign_in(&self, options: &SignInOptions) -> Result<Session, SignInError> {
        let cancellations = self.sign_ins().cancellations();
        self.restored().await;
        self.core().sign_in_error = None;
        match self.begin_sign_in(options, cancellations).await {
            Ok(Begun::Restored(session)) => Ok(session),
            // Only a fault of ours drops the sender without a word.
            Ok(Begun::Waiting(outcome)) => outcome.await.unwrap_or(Err(SignInError::Internal)),
            Err(error) => {
                self.remember_failure(&error);
                self.publish();
                Err(error)
            }
        }
    }

    async fn begin_sign_in(&self, options: &SignInOptions, cancellations: u64) -> Result<Begun, SignInError> {
        let setup = self.setup()?;
        options.check(&setup.config)?;
        setup.check_redirect(options.redirect)?;
        if self.waits_for_keychain() {
            // A click: the person may be asked.
            setup.vault.unlock().await?;
            self.restore().await;
            let session = self.snapshot().session;
            if let Session::SignedIn { account, .. } = &session
                && options.account.as_ref().is_none_or(|id| *id == account.id)
                && !options.steps_up()
            {
                return Ok(Begun::Restored(session));
            }
        }
        if matches!(self.core().state, State::Unavailable { code: ErrorCode::KeychainNewer, .. }) {
            // A sign-in would put an older record in its place.
            return Err(StoreError::Newer.into());
        }
        setup.probe_store().await?;
        let person = self.person(setup, options).await?;
        let metadata = setup.current_metadata().await?;
        let (redirect, deep_link_fault) = match setup.open_redirect(options.redirect).await {
            // The ports are few, and earlier sign-ins hold them.
            Err(SignInError::Loopback { .. }) if self.give_up_oldest_listener() => {
                setup.open_redirect(options.redirect).await
            }
            opened => opened,
        }?;
        let uri = redirect.uri().to_owned();
        let now = setup.clock.wall();
        let mut request = authorization::request(&setup.config, &metadata, uri, options, &person, now)?;
        redirect.arrives_on().clone_into(&mut request.validation.arrives_on);
        let (caller, outcome) = oneshot::channel();
        let shown = PendingSignIn {
            id: CsrfToken::new_random_len(16).into_secret(),
            purpose: self.purpose(person.account.as_deref()),
            redirect: redirect.kind(),
            deep_link_fault,
            deadline: unix_seconds(now + SIGN_IN_DEADLINE),
            answered: false,
        };
        let mut tasks = vec![self.watch_deadline(&request.state)];
        tasks.extend(self.listen(redirect));
        let authorization_url = setup.authorization_url(&metadata, &request.url, &request.validation).await?;
        let url = Some(request.url);
        let sign_in = SignIn { shown, url, validation: request.validation, caller: Some(caller), tasks };
        let crowded_out = {
            let mut sign_ins = self.sign_ins();
            // There was nothing to cancel when somebody cancelled, or signed out.
            if sign_ins.cancellations() != cancellations {
                return Err(if self.is_over() { SignInError::Superseded } else { SignInError::Cancelled });
            }
            sign_ins.add(request.state, sign_in)
        };
        if let Some(oldest) = crowded_out {
            oldest.finish(Err(SignInError::Superseded));
        }
        self.keep_pending(setup).await;
        if let Some(fault) = deep_link_fault {
            self.happened(EventKind::DeepLinkUnavailable, None, Some(EventReason::DeepLink(fault)));
        }
        self.happened(EventKind::SignInStarted, None, None);
        self.publish();
        if let Err(error) = (setup.opener)(&authorization_url) {
            // The link can still be copied, so the sign-in goes on waiting.
            tracing::warn!(%error, "the browser can't be opened");
            self.remember_failure(&SignInError::Browser);
            self.publish();
        }
        Ok(Begun::Waiting(outcome))
    }

    /// Takes a URL that says it is a callback: from argv, another process, the operating system or the loopback
    /// listener. One that answers no sign-in changes nothing.
    pub async fn handle_callback(&self, url: &str) -> CallbackOutcome {
        let Some(callback) = Callback::parse(url) else {
            return CallbackOutcome::Ignored;
        };
        self.restored().await;
        self.recall_pending(&callback).await;
        let claimed = self.sign_ins().claim(&callback);
        let Some((state, validation)) = claimed else {
            tracing::info!("a callback that answers no sign-in was ignored");
            return CallbackOutcome::Ignored;
        };
        self.core().sign_in_error = None;
        self.publish();
        let keyfob = self.clone();
        tokio::spawn(async move {
            match keyfob.exchange(&callback, &validation).await {
                Ok(session) => keyfob.adopt(&state, session).await,
                Err(error) => keyfob.fail_sign_in(&state, error).await,
            }
        });
        CallbackOutcome::Accepted
    }

    /// Takes the address of the browser's last page, which a person has copied because the browser didn't come back: that
    /// of the loopback listener, or of the return page. A deep link leaves none.
    pub async fn submit_callback(&self, address: &str) -> Submission {
        let Some(callback) = Callback::parse(&with_scheme(address.trim())) else {
            return Submission::NotAnAddress;
        };
        let waits = self.sign_ins().newest().is_some();
        let Some(url) = self.sign_ins().callback_of(&callback) else {
            return if waits { Submission::AnotherAddress } else { Submission::NotAwaited };
        };
        match self.handle_callback(&url).await {
            CallbackOutcome::Accepted => Submission::Accepted,
            CallbackOutcome::Ignored => Submission::NotAwaited,
        }
    }

    /// Takes the callback that this process was started with. One that answers no sign-in changes nothing here either, but
    /// a person has been brought here by it, and is told: the process that waits may be another, which wasn't found.
    pub async fn handle_start_callback(&self, url: &str) -> CallbackOutcome {
        let outcome = self.handle_callback(url).await;
        if outcome == CallbackOutcome::Ignored {
            self.remember_failure(&SignInError::NotAwaited);
            self.publish();
        }
        outcome
    }

    /// Looks for a callback in the arguments of a second process, the program's own name first. May be called on any
    /// thread, and returns at once.
    pub fn handle_args<S: AsRef<str>>(&self, args: &[S]) {
        let scheme = self.deep_link_scheme();
        if let Some(url) = scheme.and_then(|scheme| callback_in_args(args, scheme)) {
            let keyfob = self.clone();
            let url = url.to_owned();
            self.shared.runtime.spawn(async move { keyfob.handle_callback(&url).await });
        }
    }

    /// From the browser's answer to a session that is not yet anybody's: judge, exchange, validate.
    async fn exchange(
        &self,
        callback: &Callback,
        validation: &AuthorizationValidation,
    ) -> Result<SignedIn, SignInError> {
        let setup = self.setup()?;
        let AuthorizationResponse { code, issuer } = authorization::judge(callback, validation)?;
        let metadata = setup.metadata().await?;
        // The code goes to the issuer that the request was sent to, and to no other (RFC 9700 section 4.4.2).
        if metadata.issuer != validation.issuer {
            return Err(AuthorizationError::IssuerMismatch.into());
        }
        let request = token::code_request(&setup.config, &metadata, &code, validation)?;
        let dpop_key = validation.dpop_key.as_ref();
        let response =
            setup.send(request, TOKEN_LIMITS, Proof::of(dpop_key)).await.map_err(TokenError::from)?;
        let response = token::without(response, &[code.expose(), validation.pkce_verifier.expose()]);
        let tokens = token::parse(&response, dpop_key, setup.clock.wall())?;
        let id_token = tokens.id_token.as_ref().ok_or(TokenError::Invalid("it lacks an ID token"))?;
        let waited = setup.waited(validation);
        let occasion = Occasion::SignIn { validation, issuer: issuer.as_deref(), waited };
        let now = setup.providers_time(&response);
        let claims = setup.validated::<SignInError>(&metadata, id_token, &tokens, occasion, now).await?;
        let account = account(setup, &claims);
        if validation.wish.account.as_ref().is_some_and(|id| *id != account.id) {
            self.turn_away(setup, &account, tokens.refresh_token).await;
            return Err(SignInError::AccountMismatch);
        }
        let key = TokenKey::plain(resource::of_the_code(&setup.config, &validation.wish).map(str::to_owned));
        let audience = key.audience.as_deref();
        let profile = setup.profile(&metadata, &claims, &tokens, audience).await;
        let own =
            TokenSet::new(&tokens, &account.id, key.clone(), &validation.requested_scope, &*setup.clock);
        let granted_scope = self.granted_scope(&account, &validation.wish, &own.scope);
        let judged =
            resource::judge(&setup.config, audience, None, &tokens.access_token, tokens.scope.as_deref());
        // The person is signed in all the same; who asks for the token learns what is wrong with it.
        let refused = judged.as_ref().err().map(|error| (key.clone(), error.clone()));
        Ok(SignedIn {
            identity: identity(account, &profile),
            authentication: claims.authentication(),
            id: CsrfToken::new_random_len(16).into_secret(),
            revision: 0,
            in_use_since: None,
            answer_lost: false,
            unverified: false,
            unkept: false,
            flight_lock: None,
            granted_scope,
            requested_audiences: validation.requested_audiences.clone(),
            refresh_token: tokens.refresh_token,
            dpop_key: validation.dpop_key.clone(),
            tokens: judged.is_ok().then_some((key, own)).into_iter().collect(),
            refused: refused.into_iter().collect(),
            offline: false,
        })
    }

    /// All that the person has granted. A provider may name the scopes of one API only, and this sign-in was for another
    /// one too: what was granted before or is wished for then still counts, and each token is judged by itself.
    fn granted_scope(&self, account: &Account, wish: &Wish, scope: &str) -> String {
        let own = self.setup().ok().and_then(|setup| setup.config.audience.as_ref());
        if wish.audience.is_none() || wish.audience.as_ref() == own {
            return scope.to_owned();
        }
        let core = self.core();
        let before = core.live().filter(|session| session.identity.account == *account);
        let before = before.map_or("", |session| session.granted_scope.as_str());
        resource::joined(&resource::joined(scope, before), wish.scope.as_deref().unwrap_or_default())
    }

    /// Somebody else has answered. Who is signed in here as another account stays so, at the provider too.
    async fn turn_away(&self, setup: &Setup, account: &Account, refresh_token: Option<RefreshToken>) {
        let is_listed = setup.read_index().await.is_ok_and(|index| index.holds(&account.id));
        if !is_listed {
            self.discard(account, refresh_token);
        }
    }

    /// Stores a new session, makes it the current one, and tells everybody: in this order. The first sign-in to get
    /// here wins and ends the others.
    async fn adopt(&self, state: &str, session: SignedIn) {
        // What it has brought is revoked where another engine has taken this one's place.
        let Ok(setup) = self.setup_to_the_end() else { return };
        let _record = self.lock_record(setup).await;
        let taken = self.sign_ins().take(state);
        let Some(sign_in) = taken else {
            // Cancelled, or another was first: nobody will ever use these tokens.
            return self.discard(&session.identity.account, session.refresh_token);
        };
        if let Err(error) = self.keep_sign_in(setup, &session).await {
            self.discard(&session.identity.account, session.refresh_token);
            return self.end_sign_in(sign_in, error.into()).await;
        }
        let expires_at = session.tokens.values().find_map(TokenSet::expires_at);
        let adopted = {
            let mut core = self.core();
            if self.is_over() {
                // It is kept, and the engine in this one's place reads it once this has let go of the record.
                return sign_in.finish(Err(SignInError::Superseded));
            }
            core.choose_account = false;
            self.backoff().succeeded();
            core.replace(State::SignedIn(Box::new(session)));
            self.session(&core)
        };
        let others = self.sign_ins().take_all();
        self.keep_pending(setup).await;
        self.brought(EventKind::SignedIn, None, None, expires_at);
        self.session_replaced();
        sign_in.finish(Ok(adopted));
        for other in others {
            other.finish(Err(SignInError::Superseded));
        }
    }

    /// Puts a new session into the keychain. It is listed before it is there, or a sign-out wouldn't find what a kill in
    /// between has left; and it is there before it is the current one.
    async fn keep_sign_in(&self, setup: &Setup, session: &SignedIn) -> Result<(), StoreError> {
        let mut before = match setup.read_index().await {
            // What can't be read is worth less than a sign-in.
            Err(StoreError::Corrupt) => Index::default(),
            index => index?,
        };
        self.settle(setup).await?;
        let mut index = before.clone();
        let id = &session.identity.account.id;
        let mut kept = Ok(());
        if !before.holds(id) {
            index.list(&session.identity);
            kept = setup.write_index(&index).await;
        }
        if kept.is_ok() {
            let record = record::live(session, &setup.own_key());
            kept = setup.write_account(id, record).await;
        }
        if kept.is_ok() {
            index.adopt(&session.identity);
            kept = setup.write_index(&index).await;
        }
        if kept.is_err() {
            // What was given up on may land yet; of two changes the newer lasts.
            let record = self.live_record(setup, id);
            let restored = if let Some(record) = record {
                setup.write_account(id, record).await
            } else {
                before.remove(id);
                setup.delete_account(id).await
            };
            if let Err(error) = restored.and(setup.write_index(&before).await) {
                log_failure("the keychain is brought up to date once it answers", &error);
            }
        }
        kept
    }

    /// What the keychain should hold of an account, if it is the live one.
    fn live_record(&self, setup: &Setup, id: &str) -> Option<SecretSlice<u8>> {
        match &self.core().state {
            State::SignedIn(session) if session.identity.account.id == id => {
                Some(record::live(session, &setup.own_key()))
            }
            State::ReauthRequired { identity, reason } if identity.account.id == id => {
                Some(record::ended(identity, *reason))
            }
            _ => None,
        }
    }

    async fn fail_sign_in(&self, state: &str, error: SignInError) {
        let taken = self.sign_ins().take(state);
        if let Some(sign_in) = taken {
            self.end_sign_in(sign_in, error).await;
        }
    }

    async fn end_sign_in(&self, sign_in: SignIn, error: SignInError) {
        self.remember_failure(&error);
        if let Ok(setup) = self.setup() {
            self.keep_pending(setup).await;
        }
        self.publish();
        sign_in.finish(Err(error));
    }

    /// Ends every sign-in that waits; their callers get `cancelled`.
    pub async fn cancel_sign_in(&self) {
        let ended = self.sign_ins().cancel_all();
        self.core().sign_in_error = None;
        if let Ok(setup) = self.setup() {
            self.keep_pending(setup).await;
        }
        self.publish();
        for sign_in in ended {
            sign_in.finish(Err(SignInError::Cancelled));
        }
    }

    /// Where the browser goes for the sign-in that waits, for a "copy the link" button. A pushed request is pushed anew,
    /// as each of its URLs is good once (RFC 9126 section 4).
    ///
    /// Errors: `cancelled` if no sign-in waits; of a pushed request also `authorization_failed`, `provider_unreachable`,
    /// `invalid_metadata`, `invalid_token_response`.
    pub async fn authorization_url(&self) -> Result<EndpointUrl, SignInError> {
        let newest = self
            .sign_ins()
            .newest()
            .and_then(|sign_in| Some((sign_in.url.clone()?, sign_in.validation.clone())));
        let (url, validation) = newest.ok_or(SignInError::Cancelled)?;
        let setup = self.setup()?;
        let metadata = setup.metadata().await?;
        setup.authorization_url(&metadata, &url, &validation).await
    }

    /// Opens the browser once more, for the sign-in that waits.
    ///
    /// Errors: `browser_failed`, and those of [`authorization_url`](Self::authorization_url).
    pub async fn open_authorization_url(&self) -> Result<(), SignInError> {
        let url = self.authorization_url().await?;
        (self.setup()?.opener)(&url).map_err(|_| SignInError::Browser)
    }

    /// Who is asked to sign in.
    async fn person(&self, setup: &Setup, options: &SignInOptions) -> Result<Person, SignInError> {
        if let Some(person) = self.current_person(options) {
            return Ok(person);
        }
        let chooses = {
            let core = self.core();
            core.choose_account || core.live().is_some()
        };
        let Some(id) = &options.account else {
            return Ok(Person { chooses, ..Person::default() });
        };
        if !setup.read_index().await?.holds(id) {
            return Err(SignInError::AccountNotFound);
        }
        person_of(&setup.read_account(id).await?, chooses).ok_or(SignInError::AccountNotFound)
    }

    /// The current account's person, if it is theirs to answer.
    fn current_person(&self, options: &SignInOptions) -> Option<Person> {
        let core = self.core();
        let person = person_of(&core.state, core.choose_account)?;
        let is_theirs = match &options.account {
            Some(account) => person.account.as_ref() == Some(account),
            None => core.live().is_some() && options.steps_up(),
        };
        is_theirs.then_some(person)
    }

    /// What a sign-in is for that an account's person has to answer, or anybody.
    pub(super) fn purpose(&self, account: Option<&str>) -> Purpose {
        match &self.core().state {
            State::SignedIn(session) if account == Some(session.identity.account.id.as_str()) => {
                Purpose::StepUp
            }
            State::SignedIn(_) => Purpose::Account,
            State::ReauthRequired { .. } => Purpose::Reauth,
            State::Loading | State::SignedOut | State::Unavailable { .. } => Purpose::First,
        }
    }

    pub(super) fn watch_deadline(&self, state: &str) -> AbortOnDrop {
        let keyfob = self.clone();
        let state = state.to_owned();
        let task = tokio::spawn(async move {
            tokio::time::sleep(SIGN_IN_DEADLINE).await;
            // In a task of its own: ending the sign-in aborts this one.
            tokio::spawn(async move { keyfob.fail_sign_in(&state, SignInError::Timeout).await });
        });
        AbortOnDrop(task.abort_handle())
    }

    /// Ends the oldest sign-in that holds a port; `false` if none does.
    fn give_up_oldest_listener(&self) -> bool {
        let oldest = self.sign_ins().take_oldest_listener();
        let is_there = oldest.is_some();
        if let Some(oldest) = oldest {
            oldest.finish(Err(SignInError::Superseded));
        }
        is_there
    }

    fn listen(&self, redirect: Redirect) -> Option<AbortOnDrop> {
        let Redirect::Loopback(listener) = redirect else {
            return None;
        };
        let keyfob = self.clone();
        let task = tokio::spawn(async move {
            let looking = keyfob.clone();
            let expected = move |url: &str| {
                Callback::parse(url)
                    .is_some_and(|callback| looking.sign_ins().answered_by(&callback).is_some())
            };
            let url = listener.answer(Arc::new(expected)).await;
            // In a task of its own: ending the sign-in aborts this one.
            tokio::spawn(async move { keyfob.handle_callback(&url).await });
        });
        Some(AbortOnDrop(task.abort_handle()))
    }

    fn remember_failure(&self, error: &SignInError) {
        if !matches!(error, SignInError::Cancelled | SignInError::Superseded) {
            log_failure("a sign-in failed", error);
            self.happened(EventKind::SignInFailed, None, Some(EventReason::of(error)));
            self.core().sign_in_error = Some(SignInFailure::from(error));
        }
    }
}

/// Sign-out.
impl Keyfob {
    /// Signs all accounts out: cleared here and in the keychain when this returns; the provider is told a little later,
    /// unseen, and again until it has heard.
    ///
    /// Errors: `keychain_locked`, `keychain_unavailable`: signed out in this process, but not durably; `superseded`: not
    /// signed out, as another engine has taken this one's place.
    pub async fn sign_out(&self, options: SignOutOptions) -> Result<(), SignOutError> {
        self.restored().await;
        let setup = match self.setup() {
            Ok(setup) => setup,
            Err(ConfigError::Superseded) => return Err(SignOutError::Superseded),
            Err(ConfigError::Missing { .. } | ConfigError::Invalid { .. }) => return Ok(()),
        };
        // Before anything that may take its time: nobody gets a token while a keychain thinks.
        let ended = self.forget_session();
        self.cancel_sign_in().await;
        let _record = self.lock_record(setup).await;
        if self.is_over() {
            // The engine in this one's place may have read the session already.
            return Err(SignOutError::Superseded);
        }
        // A sign-in that was being kept just now.
        let newer = self.forget_session();
        let (mut refresh_tokens, deleted) = setup.delete_accounts().await;
        let mut leaving = Leaving::default();
        for state in [ended, newer] {
            if let Some(identity) = state.identity() {
                leaving.email.clone_from(&identity.user.email);
            }
            if let State::SignedIn(session) = state {
                let own = session.tokens.get(&setup.own_key());
                leaving.id_token = own.and_then(|own| own.id_token.clone());
                refresh_tokens.extend(session.refresh_token);
            }
        }
        self.revoke(refresh_tokens);
        self.happened(EventKind::SignedOut, None, deleted.as_ref().err().map(EventReason::of));
        if options.everywhere {
            self.end_provider_session(leaving);
        }
        deleted.map_err(SignOutError::from)
    }

    pub(super) fn forget_session(&self) -> State {
        let ended = {
            let mut core = self.core();
            core.choose_account = true;
            core.replace(State::SignedOut)
        };
        self.publish();
        ended
    }

    fn end_provider_session(&self, leaving: Leaving) {
        let keyfob = self.clone();
        tokio::spawn(async move {
            let Ok(setup) = keyfob.setup_to_the_end() else { return };
            let Ok(metadata) = setup.metadata().await else {
                return;
            };
            let Some(endpoint) = &metadata.end_session_endpoint else {
                return;
            };
            let url = end_session::request(endpoint, &setup.config, &leaving);
            if let Some(Err(error)) = url.map(|url| (setup.opener)(&url)) {
                tracing::warn!(%error, "the browser can't be opened to end the provider's session");
            }
        });
    }
}

enum Begun {
    /// The keychain was unlocked, and the session was still in it.
    Restored(Session),
    Waiting(oneshot::Receiver<Result<Session, SignInError>>),
}

/// The single acts that the flows above put in order.
impl Setup {
    /// Before the browser opens: nobody should type a password for a session that can't be kept.
    async fn probe_store(&self) -> Result<(), StoreError> {
        match self.vault.probe().await {
            Err(StoreError::Locked) => {
                self.vault.unlock().await?;
                self.vault.probe().await
            }
            probed => probed,
        }
    }

    /// Opens the way back, and says what is wrong with links of the app's scheme where that was of interest.
    async fn open_redirect(
        &self,
        wanted: Option<RedirectKind>,
    ) -> Result<(Redirect, Option<DeepLinkFault>), SignInError> {
        let scheme = self.deep_link_scheme.as_deref();
        let (kind, fault) = match wanted {
            Some(wanted) => (wanted, None),
            None => self.working_redirect().await,
        };
        let page = self.config.return_page.as_ref();
        let redirect = match kind {
            RedirectKind::DeepLink => scheme.map(Redirect::deep_link),
            RedirectKind::ReturnPage => {
                page.zip(scheme).map(|(page, scheme)| Redirect::return_page(page, scheme))
            }
            RedirectKind::Loopback => Some(self.open_loopback().await?),
        };
        Ok((redirect.ok_or(SignInError::NoRedirect)?, fault))
    }

    /// The listener of a sign-in that was cancelled just now may hold the one port that there is for a moment.
    async fn open_loopback(&self) -> Result<Redirect, SignInError> {
        let bind = || Redirect::loopback(&self.config.loopback, &self.app_name);
        let mut bound = bind();
        for _ in 0..BINDS {
            match &bound {
                Err(error) if error.kind() == ErrorKind::AddrInUse => {}
                _ => break,
            }
            tokio::time::sleep(BIND_AGAIN).await;
            bound = bind();
        }
        bound.map_err(|error| SignInError::Loopback { reason: error.to_string() })
    }

    /// Errors: `invalid_argument` for a form that isn't among the configured ones.
    fn check_redirect(&self, wanted: Option<RedirectKind>) -> Result<(), SignInError> {
        if wanted.is_none_or(|wanted| self.redirects.contains(&wanted)) {
            return Ok(());
        }
        Err(SignInError::InvalidArgument { reason: "`redirect` is not among the configured ones".to_owned() })
    }

    /// The configured form of redirect URI that can work here.
    async fn working_redirect(&self) -> (RedirectKind, Option<DeepLinkFault>) {
        let scheme = self.deep_link_scheme.as_deref();
        let registration = match scheme.filter(|_| self.prefers_deep_link()) {
            Some(scheme) => {
                let (check, scheme) = (self.registration.clone(), scheme.to_owned());
                Some(in_time(move || check(&scheme)).await)
            }
            None => None,
        };
        let (kind, fault) = self.choose_redirect(registration.as_ref());
        if fault.is_some() {
            tracing::warn!(?registration, redirect = ?kind, "links of the app's scheme don't reach it");
        }
        (kind, fault)
    }

    fn prefers_deep_link(&self) -> bool {
        self.redirects.first().is_some_and(|first| *first != RedirectKind::Loopback)
    }

    /// An app without a scheme is registered for none.
    pub(super) fn choose_redirect(
        &self,
        registration: Option<&Registration>,
    ) -> (RedirectKind, Option<DeepLinkFault>) {
        let fault = if self.prefers_deep_link() {
            registration.map_or(Some(DeepLinkFault::Missing), Registration::fault)
        } else {
            None
        };
        (redirect::choose(&self.redirects, fault).unwrap_or(RedirectKind::Loopback), fault)
    }

    /// What the browser is given: the request itself, or a name of it where requests are pushed to the provider.
    async fn authorization_url(
        &self,
        metadata: &ProviderMetadata,
        url: &EndpointUrl,
        validation: &AuthorizationValidation,
    ) -> Result<EndpointUrl, SignInError> {
        let Some(endpoint) = &metadata.pushed_authorization else {
            return Ok(url.clone());
        };
        let request = par::request(endpoint, &self.config, metadata, url);
        let proof = Proof::of(validation.dpop_key.as_ref());
        let response = self.send(request, OTHER_LIMITS, proof).await.map_err(DiscoveryError::from)?;
        par::authorization_url(&response, &self.config, metadata, self.clock.wall()).map_err(|error| {
            match error {
                TokenError::Refused(refusal) => AuthorizationError::Refused(refusal).into(),
                error => error.into(),
            }
        })
    }

    /// How long ago the browser was sent. A clock that was set meanwhile makes no sign-in longer than it may be.
    fn waited(&self, validation: &AuthorizationValidation) -> Duration {
        let sent = Duration::from_secs(validation.authentication.requested_at);
        let now = Duration::from_secs(unix_seconds(self.clock.wall()));
        now.saturating_sub(sent).min(SIGN_IN_DEADLINE)
    }

    /// Validates an ID token, with the keys fetched anew if it names an unknown one (Core section 10.1.1).
    pub(super) async fn validated<E: From<DiscoveryError> + From<IdTokenError>>(
        &self,
        metadata: &ProviderMetadata,
        id_token: &IdToken,
        tokens: &TokenResponse,
        occasion: Occasion<'_>,
        now: SystemTime,
    ) -> Result<Claims, E> {
        let expected = Expected {
            metadata,
            client_id: &self.config.client_id,
            occasion,
            access_token: &tokens.access_token,
            now,
        };
        let keys = self.keys(metadata, false).await?;
        match id_token::validate(id_token, &keys, &expected) {
            Err(IdTokenError::UnknownKey) => {
                let keys = self.keys(metadata, true).await?;
                Ok(id_token::validate(id_token, &keys, &expected)?)
            }
            judged => Ok(judged?),
        }
    }

    /// The ID token's profile, or UserInfo's where the ID token has none. An access token for an API's audience is
    /// not one for UserInfo, so then there is nothing more to be had.
    async fn profile(
        &self,
        metadata: &ProviderMetadata,
        claims: &Claims,
        tokens: &TokenResponse,
        audience: Option<&str>,
    ) -> Profile {
        let enough = claims.profile.name().is_some() || claims.profile.email().is_some();
        let endpoint = metadata.userinfo_endpoint.as_ref().filter(|_| !enough && audience.is_none());
        let token = &tokens.access_token;
        let proof = Proof::of_token(tokens.bound_to.as_ref(), token);
        let request = endpoint.and_then(|endpoint| userinfo::request(endpoint, token, proof.scheme()));
        let Some(request) = request else {
            return claims.profile.clone();
        };
        let response = self.send(request, OTHER_LIMITS, proof).await;
        let profile = response.ok().and_then(|response| userinfo::parse(&response, &claims.sub));
        profile.unwrap_or_else(|| claims.profile.clone())
    }
}

/// The one whose session it is, or was.
fn person_of(state: &State, chooses: bool) -> Option<Person> {
    let identity = state.identity()?;
    let granted = match state {
        State::SignedIn(session) => session.granted(),
        _ => Granted::default(),
    };
    let account = Some(identity.account.id.clone());
    Some(Person { account, email: identity.user.email.clone(), granted, chooses })
}

fn account(setup: &Setup, claims: &Claims) -> Account {
    Account {
        id: record::account_id(&claims.iss, &setup.config.client_id, &claims.sub),
        issuer: claims.iss.clone(),
        subject: claims.sub.clone(),
    }
}

fn identity(account: Account, profile: &Profile) -> Identity {
    Identity {
        user: User {
            subject: account.subject.clone(),
            name: profile.name().map(str::to_owned),
            email: profile.email().map(str::to_owned),
            email_verified: profile.email_verified(),
            picture: None,
        },
        picture_url: profile.picture().map(str::to_owned),
        account,
    }
}

/// Browsers hide the scheme of an address, and some don't copy it.
fn with_scheme(address: &str) -> Cow<'_, str> {
    let is_bare = ["127.0.0.1:", "[::1]:", "localhost:"].into_iter().any(|host| address.starts_with(host));
    if is_bare { format!("http://{address}").into() } else { address.into() }
}

fn unavailable(error: &impl Failure) -> State {
    log_failure("the session can't be restored", error);
    State::Unavailable { code: error.code(), message: error.to_string() }
}
