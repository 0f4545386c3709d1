//! Fresh tokens: who asks gets one that is valid now, or a typed error.

use std::{
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use super::{
    Keyfob, Setup,
    across::Kept,
    backoff::{Backoff, Next},
    events::{EventKind, EventReason},
    flights::{Demand, Outcome, Subject, Ticket, Wanted},
    log_failure,
    proofs::Proof,
    record,
    state::{ReauthReason, Session, SignedIn, State},
    token_set::{TokenKey, TokenSet},
};
use http::StatusCode;

use crate::{
    clock::unix_seconds,
    error::{AccessTokenError, Failure, IdTokenError, TokenError},
    http::TOKEN_LIMITS,
    protocol::{
        authorization::SignInOptions,
        id_token::{Occasion, Original},
        resource, token,
    },
    sabotage::off,
};

/// How long a caller waits for a session that is being restored.
const RESTORE_WAIT: Duration = Duration::from_secs(10);

/// Which token is wanted, and how fresh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessTokenRequest {
    /// For whom; by default the sign-in's own audience.
    pub audience: Option<String>,
    /// What it has to allow beyond what sign-in granted, separated by spaces.
    pub scope: Option<String>,
    /// How long it has to live at least, in so far as the provider gives so much.
    pub min_ttl: Option<Duration>,
    /// How fresh.
    pub mode: Mode,
}

/// How fresh a token has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Valid now; renewed when it is due.
    #[default]
    Default,
    /// From a refresh that begins after this call.
    Force,
    /// Valid now and at hand: nothing is sent.
    CacheOnly,
}

impl Keyfob {
    /// An access token that is valid now. One that is due is renewed first; while that fails, the old one is given as
    /// long as it lives. All callers share one refresh, and going away cancels none.
    ///
    /// Errors: `not_authenticated`, `reauth_required`, `missing_refresh_token`, `interaction_required`,
    /// `insufficient_scope`, `audience_mismatch`, `not_cached`, `offline`, `busy`, `provider_unreachable`,
    /// `proxy_authentication_required`, `certificate_untrusted`, `token_request_failed`, `invalid_token_response`,
    /// `invalid_id_token`, `superseded`, `loading`, `keychain_locked`, `keychain_unavailable`, `keychain_corrupt`,
    /// `keychain_newer`, `not_configured`, `invalid_configuration`, `internal`.
    pub async fn access_token(&self, request: &AccessTokenRequest) -> Result<TokenSet, AccessTokenError> {
        let wanted = match request.mode {
            Mode::Default => Wanted::Live,
            Mode::Force => Wanted::New,
            Mode::CacheOnly => Wanted::AtHand,
        };
        self.wanted_token(request, wanted).await
    }

    /// The session as soon as it has been restored; still `Loading` if that takes longer than ten seconds.
    pub async fn restored_session(&self) -> Session {
        let _ = tokio::time::timeout(RESTORE_WAIT, self.restored()).await;
        self.snapshot().session
    }

    pub(crate) async fn wanted_token(&self, request: &AccessTokenRequest, wanted: Wanted<'_>) -> Outcome {
        self.restored_session().await;
        self.restore_if_unavailable().await;
        let setup = self.setup().map_err(|error| AccessTokenError::unavailable(&error))?;
        let key = TokenKey {
            audience: request.audience.as_ref().or(setup.config.audience.as_ref()).cloned(),
            scope: resource::normalized(request.scope.as_deref()),
        };
        let min_ttl = request.min_ttl.unwrap_or_default();
        let holding = self.holding(&key)?;
        let at_hand = holding.token.filter(|token| wanted.is(token) && !setup.due(token, min_ttl));
        if let Some(token) = at_hand
            && !off("cache")
        {
            return Ok(TokenSet { from_cache: true, ..token });
        }
        if matches!(wanted, Wanted::AtHand) {
            return Err(AccessTokenError::NotCached);
        }
        let subject = Subject { epoch: holding.epoch, account: holding.account, key: holding.key };
        if !holding.renewable {
            return self.without_refresh_token(setup, &subject, wanted).await;
        }
        if off("spawned_flight") {
            // In the caller's own future, which ends with the caller.
            return self.renew(&subject, Demand::default()).await;
        }
        let (mut outcome, ticket) = self.shared.flights.join(&subject, wanted, min_ttl);
        if let Some(ticket) = ticket {
            let keyfob = self.clone();
            let subject = subject.clone();
            let spaced = matches!(wanted, Wanted::New);
            tokio::spawn(async move {
                if spaced {
                    keyfob.shared.flights.space_out().await;
                }
                keyfob.fly(subject, ticket).await;
            });
        }
        // Only a panic drops the sender without a word.
        let landed = outcome.wait_for(Option::is_some).await.map(|outcome| outcome.clone());
        let renewed = landed.ok().flatten().unwrap_or(Err(AccessTokenError::Internal));
        // Whoever signed in meanwhile: a token of the session before is nobody's any more.
        let now = self.holding(&subject.key)?;
        if now.epoch != subject.epoch {
            return Err(AccessTokenError::Superseded);
        }
        match renewed {
            Err(error) => now
                .token
                .filter(|token| wanted.is(token) && !token.expired(&*setup.clock))
                .map(|token| TokenSet { from_cache: true, ..token })
                .ok_or(error),
            Ok(token) => Ok(token),
        }
    }

    /// Renews the sign-in's own token, however fresh it is. Of calls that come fast, one every two seconds is a request.
    ///
    /// Errors: as [`access_token`](Self::access_token).
    pub async fn refresh(&self) -> Result<TokenSet, AccessTokenError> {
        self.access_token(&AccessTokenRequest { mode: Mode::Force, ..AccessTokenRequest::default() }).await
    }

    /// How long until a token is due, and so for how long nothing would be sent to give it again; `None` where it never
    /// is by itself.
    pub fn fresh_for(&self, token: &TokenSet) -> Option<Duration> {
        let setup = self.setup().ok()?;
        token.due_in(setup.config.token_refresh_buffer, &*setup.clock)
    }

    /// What there is for an audience and scope, or why there is nothing.
    fn holding(&self, key: &TokenKey) -> Result<Holding, AccessTokenError> {
        let core = self.core();
        let session = core.session()?;
        let key = session.key_for(key);
        Ok(Holding {
            epoch: core.epoch,
            account: session.identity.account.id.clone(),
            token: session.tokens.get(&key).cloned(),
            renewable: session.refresh_token.is_some(),
            refused: session.refused.get(&key).cloned(),
            key,
        })
    }

    /// Nothing can be renewed: what lives is given to its end, and then the person has to sign in again.
    async fn without_refresh_token(&self, setup: &Setup, subject: &Subject, wanted: Wanted<'_>) -> Outcome {
        let token = self.holding(&subject.key)?.token;
        let would_do = token.as_ref().map_or(matches!(wanted, Wanted::Live), |token| wanted.is(token));
        if !would_do {
            return Err(AccessTokenError::MissingRefreshToken);
        }
        match token.filter(|token| !token.expired(&*setup.clock)) {
            Some(token) => Ok(TokenSet { from_cache: true, ..token }),
            None if subject.key == setup.own_key() => {
                self.end_session(setup, subject.epoch, ReauthReason::NoRefreshToken).await;
                Err(AccessTokenError::ReauthRequired)
            }
            None => Err(AccessTokenError::MissingRefreshToken),
        }
    }

    /// One refresh, from its place in the queue to its end.
    async fn fly(&self, subject: Subject, ticket: Ticket) {
        let family = self.shared.succession.families.turn(&subject.account).await;
        let demand = ticket.begin();
        self.publish();
        let outcome = self.renew(&subject, demand).await.map_err(|error| self.curable(&subject, error));
        if let Err(error) = &outcome {
            log_failure("a refresh failed", error);
        }
        drop(family);
        // Over for everybody before the answer is out: who has it must not find the refresh still under way.
        ticket.leave();
        self.publish();
        ticket.land(outcome);
        self.look_again();
    }

    async fn renew(&self, subject: &Subject, demand: Demand) -> Outcome {
        let setup = self.setup().map_err(|error| AccessTokenError::unavailable(&error))?;
        let flight_lock = self.lock_flight(setup, subject).await?;
        let mut session = self.catch_up(setup, subject.epoch).await?;
        session.flight_lock = flight_lock;
        // Read again: the refresh before this one may have brought what is wanted, and has rotated the refresh token.
        let holding = self.holding(&subject.key)?;
        if holding.epoch != subject.epoch {
            return Err(AccessTokenError::Superseded);
        }
        let at_hand = holding.token.as_ref().filter(|token| !setup.due(token, demand.min_ttl));
        if !demand.forced
            && let Some(token) = at_hand
            && !off("one_flight")
        {
            return Ok(token.clone());
        }
        if let Some(error) = holding.refused
            && !off("latch")
        {
            return Err(error);
        }
        self.wait_out_failures(setup).await?;
        let renewed = self.request_and_keep(setup, subject, &mut session).await;
        let renewed = match renewed {
            Err(error) => Err(self.judge_failure(setup, subject, &mut session, error).await),
            renewed => renewed,
        };
        self.note(setup, subject, &renewed);
        renewed
    }

    /// An error with the sign-in that cures it, if one does: the same person's.
    fn curable(&self, subject: &Subject, error: AccessTokenError) -> AccessTokenError {
        let TokenKey { audience, scope } = &subject.key;
        let requested = {
            let core = self.core();
            let session = core.live().filter(|session| session.identity.account.id == subject.account);
            session.map(|session| session.requested_audiences.clone()).unwrap_or_default()
        };
        if !resource::is_cured_by_sign_in(&requested, audience.as_deref(), scope.as_deref(), &error) {
            return error;
        }
        let sign_in = SignInOptions {
            audience: audience.clone(),
            scope: scope.clone(),
            account: Some(subject.account.clone()),
            ..SignInOptions::default()
        };
        AccessTokenError::Curable { error: Box::new(error), sign_in: Box::new(sign_in) }
    }

    /// After a failure nothing is sent before its time; who asks meanwhile gets that failure at once.
    async fn wait_out_failures(&self, setup: &Setup) -> Result<(), AccessTokenError> {
        if off("backoff") {
            return Ok(());
        }
        let next = self.backoff().next(&*setup.clock);
        match next {
            Next::Try => Ok(()),
            Next::Wait(error) => Err(error),
            Next::Probe(error) => {
                if setup.can_connect().await {
                    Ok(())
                } else {
                    Err(error)
                }
            }
        }
    }

    /// What a failed refresh means for the session. Only `invalid_grant` on the sign-in's own audience and scope ends
    /// it: asked for more, providers answer so on a refresh token that is fine.
    async fn judge_failure(
        &self,
        setup: &Setup,
        subject: &Subject,
        session: &mut SignedIn,
        error: AccessTokenError,
    ) -> AccessTokenError {
        if off("transient") {
            self.end_session(setup, subject.epoch, ReauthReason::RefreshTokenRejected).await;
        }
        let AccessTokenError::Token(TokenError::Refused(refusal)) = &error else {
            return error;
        };
        if refusal.error != "invalid_grant" {
            return error;
        }
        let own = setup.own_key();
        if subject.key != own {
            let own = Subject { key: own, ..subject.clone() };
            match self.request_and_keep(setup, &own, session).await {
                Ok(_) => return AccessTokenError::InteractionRequired(refusal.clone()),
                Err(AccessTokenError::Token(TokenError::Refused(refusal)))
                    if refusal.error == "invalid_grant" => {}
                Err(error) => return error,
            }
        }
        // Another refresh token may be in it, and be good.
        if let Kept::Unknown(error) = setup.kept(session).await {
            return AccessTokenError::unavailable(&error);
        }
        let lost = self.core().signed_in(subject.epoch).is_some_and(|session| session.answer_lost);
        let reason =
            if lost { ReauthReason::RefreshResponseLost } else { ReauthReason::RefreshTokenRejected };
        self.end_session(setup, subject.epoch, reason).await;
        let lives = self.core().signed_in(subject.epoch).is_some();
        if lives { AccessTokenError::Superseded } else { AccessTokenError::ReauthRequired }
    }

    /// Remembers what the next refresh has to know about this one.
    fn note(&self, setup: &Setup, subject: &Subject, renewed: &Outcome) {
        let audience = subject.key.audience.as_deref();
        match renewed {
            Ok(token) => self.brought(EventKind::Refreshed, audience, None, token.expires_at()),
            Err(error) => {
                self.happened(EventKind::RefreshFailed, audience, Some(EventReason::of(error)));
            }
        }
        let reached = !renewed.as_ref().is_err_and(AccessTokenError::is_unreachable);
        self.note_connection(subject.epoch, reached);
        if let Some(session) = self.core().signed_in(subject.epoch)
            && let Err(error) = renewed
            && error.is_about_the_request()
        {
            session.refused.insert(subject.key.clone(), error.clone());
        }
        match renewed {
            Ok(_) => self.backoff().succeeded(),
            Err(AccessTokenError::ReauthRequired | AccessTokenError::Superseded) => {}
            Err(error) if error.is_about_the_request() => {}
            Err(error) => self.backoff().failed(error.clone(), error.retry_after(), reached, &*setup.clock),
        }
    }

    /// Request, persist the refresh token, validate, persist the rest: in this order, so that a rotated refresh token
    /// is never lost to anything that is wrong with the answer it came in.
    async fn request_and_keep(&self, setup: &Setup, subject: &Subject, session: &mut SignedIn) -> Outcome {
        let refresh_token = session.refresh_token.clone().ok_or(AccessTokenError::MissingRefreshToken)?;
        let (account, granted_scope) = (session.identity.account.clone(), session.granted_scope.clone());
        let TokenKey { audience, scope } = &subject.key;
        let metadata = setup.metadata().await?;
        let naming =
            resource::in_refresh(&setup.config, audience.as_deref(), scope.as_deref(), &granted_scope)?;
        let request = token::refresh_request(&setup.config, &metadata, &refresh_token, naming)?;
        let now = unix_seconds(setup.clock.wall());
        let journal = (!off("journal")).then_some(now);
        self.keep(setup, subject.epoch, session, |session| session.in_use_since = journal).await?;
        // The key stays what it was at sign-in: the refresh token is bound to it.
        let dpop_key = session.dpop_key.clone();
        let proof = Proof::of(dpop_key.as_ref());
        let sent = setup.send(request.clone(), TOKEN_LIMITS, proof).await;
        let first_failure = !self.backoff().is_waiting();
        let sent = match sent {
            // The provider may have rotated the token already: one prompt retry falls inside its grace period.
            Err(error) if error.may_have_been_processed() => {
                self.note_lost_answer(subject.epoch);
                if first_failure { setup.send(request, TOKEN_LIMITS, proof).await } else { Err(error) }
            }
            sent => sent,
        };
        let response = match sent {
            Ok(response) => token::without(response, &[refresh_token.expose()]),
            Err(error) => {
                if error.may_have_been_processed() {
                    self.note_lost_answer(subject.epoch);
                } else {
                    self.note_not_processed(setup, subject.epoch, session).await;
                }
                return Err(TokenError::from(error).into());
            }
        };
        let rotated = token::refresh_token_of(&response);
        if let Some(rotated) = &rotated {
            let kept =
                self.keep(setup, subject.epoch, session, |session| session.rotate(rotated.clone())).await;
            if kept == Err(Lost::Unwritten) {
                self.discard(&account, Some(rotated.clone()));
            }
            kept?;
        }
        let tokens = match token::parse(&response, dpop_key.as_ref(), setup.clock.wall()) {
            Ok(tokens) => tokens,
            Err(error) => {
                match &error {
                    // A gateway's answer says nothing of what happened behind it.
                    TokenError::Transient { .. } if response.status() != StatusCode::TOO_MANY_REQUESTS => {
                        self.note_lost_answer(subject.epoch);
                    }
                    // What becomes of the session is judged next, and kept then.
                    TokenError::Refused(refusal) if refusal.error == "invalid_grant" => {}
                    _ => self.note_not_processed(setup, subject.epoch, session).await,
                }
                return Err(error.into());
            }
        };
        if let Some(id_token) = &tokens.id_token {
            let now = setup.providers_time(&response);
            let occasion = Occasion::Refresh(Original {
                issuer: &account.issuer,
                subject: &account.subject,
                authentication: &session.authentication,
            });
            let judged =
                setup.validated::<AccessTokenError>(&metadata, id_token, &tokens, occasion, now).await;
            if let Err(AccessTokenError::IdToken(IdTokenError::IdentityChanged)) = &judged {
                self.end_session(setup, subject.epoch, ReauthReason::IdentityChanged).await;
                self.discard(&account, rotated.or(Some(refresh_token)));
            }
            judged?;
        }
        resource::judge(
            &setup.config,
            audience.as_deref(),
            scope.as_deref(),
            &tokens.access_token,
            tokens.scope.as_deref(),
        )?;
        let mut token =
            TokenSet::new(&tokens, &subject.account, subject.key.clone(), &granted_scope, &*setup.clock);
        // A refresh may bring none (Core section 12.2): then the last one still says who signed in.
        token.id_token = token
            .id_token
            .or_else(|| session.tokens.get(&subject.key).and_then(|last| last.id_token.clone()));
        self.keep(setup, subject.epoch, session, |session| {
            session.in_use_since = None;
            session.answer_lost = false;
            session.unverified = false;
            session.tokens.insert(subject.key.clone(), token.clone());
        })
        .await?;
        // Or nobody would give this process' callers a token of whom another process has signed in meanwhile.
        self.still_current(setup, subject.epoch).await?;
        Ok(token)
    }

    /// An answer that may have held the refresh token's successor never came.
    fn note_lost_answer(&self, epoch: u64) {
        if let Some(session) = self.core().signed_in(epoch) {
            session.answer_lost = true;
        }
    }

    /// The refresh token was certainly not used, so that a later refusal has another reason.
    async fn note_not_processed(&self, setup: &Setup, epoch: u64, session: &mut SignedIn) {
        let in_doubt = self.core().signed_in(epoch).is_none_or(|session| session.answer_lost);
        if !in_doubt && self.keep(setup, epoch, session, |session| session.in_use_since = None).await.is_err()
        {
            tracing::debug!("the session changed during a refresh");
        }
    }

    /// Changes a session: first in the keychain, then for everybody. If the keychain fails, the new tokens live on in
    /// memory, as the old ones are dead.
    ///
    /// The session is the caller's own, and its account's item is written whether it still is the live one: who switched
    /// to another account meanwhile will come back to this one.
    ///
    /// Errors: `superseded` where it isn't the live one any more, or the keychain holds another sign-in of the same
    /// person or a newer state of this one.
    pub(super) async fn keep(
        &self,
        setup: &Setup,
        epoch: u64,
        session: &mut SignedIn,
        change: impl Fn(&mut SignedIn),
    ) -> Result<(), Lost> {
        let _record = self.lock_record(setup).await;
        let kept = setup.kept(session).await;
        change(session);
        let written = match kept {
            Kept::Known if off("persist") => Ok(()),
            Kept::Other if !off("epoch") => {
                self.follow(setup, epoch).await;
                return Err(Lost::Unwritten);
            }
            Kept::Known | Kept::Other => {
                let record = record::live(session, &setup.own_key());
                setup.write_account(&session.identity.account.id, record).await
            }
            Kept::Newer(_) => return Err(Lost::Unwritten),
            Kept::Unknown(error) => Err(error),
        };
        // Not the copy: what needs no record, a picture say, may have changed meanwhile.
        let mut core = self.core();
        let Some(live) = core.signed_in(epoch) else {
            drop(core);
            let is_kept = written.is_ok() || self.hand_over(setup, epoch, session);
            return Err(if is_kept { Lost::Kept } else { Lost::Unwritten });
        };
        change(live);
        let was_unkept = std::mem::replace(&mut live.unkept, written.is_err());
        live.flight_lock = session.flight_lock.clone().filter(|_| written.is_err());
        drop(core);
        match written {
            Err(error) => {
                log_failure("renewed tokens are in memory only", &error);
                if !was_unkept {
                    self.happened(EventKind::StorageDegraded, None, Some(EventReason::of(&error)));
                }
            }
            Ok(()) if was_unkept => self.happened(EventKind::StorageRecovered, None, None),
            Ok(()) => {}
        }
        Ok(())
    }

    /// The session has ended by itself: nothing more is sent until the person signs in.
    pub(super) async fn end_session(&self, setup: &Setup, epoch: u64, reason: ReauthReason) {
        let _record = self.lock_record(setup).await;
        let session = self.core().signed_in(epoch).cloned();
        let Some(session) = session else { return };
        let kept = setup.kept(&session).await;
        let identity = session.identity;
        let written = match kept {
            Kept::Other => return self.follow(setup, epoch).await,
            Kept::Newer(kept) => {
                // What was refused is not the current refresh token: this process couldn't see that, and now can.
                if let Some(live) = self.core().signed_in(epoch) {
                    live.catch_up(*kept);
                }
                return;
            }
            Kept::Known => {
                let record = record::ended(&identity, reason);
                setup.write_account(&identity.account.id, record).await
            }
            Kept::Unknown(error) => Err(error),
        };
        if let Err(error) = written {
            log_failure("the end of the session can't be kept", &error);
        }
        {
            let mut core = self.core();
            // A sign-out doesn't wait for the keychain, and wins; it deletes the record next.
            if core.signed_in(epoch).is_none() {
                return;
            }
            core.replace(State::ReauthRequired { identity, reason });
        }
        self.happened(EventKind::SessionEnded, None, Some(EventReason::Reauth(reason)));
        self.publish();
    }

    pub(super) fn backoff(&self) -> MutexGuard<'_, Backoff> {
        self.shared.backoff.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a change was not, or not only, made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// It is in the keychain, and the session is no longer the live one.
    Kept,
    /// It is nowhere: nobody will use what it brought.
    Unwritten,
}

impl From<Lost> for AccessTokenError {
    fn from(_: Lost) -> Self {
        Self::Superseded
    }
}

struct Holding {
    epoch: u64,
    /// The account's id.
    account: String,
    /// The key that serves what was asked for.
    key: TokenKey,
    token: Option<TokenSet>,
    /// Whether there is a refresh token.
    renewable: bool,
    /// Why there will be none before the next sign-in.
    refused: Option<AccessTokenError>,
}
