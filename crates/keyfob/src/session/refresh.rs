//! Fresh tokens: who asks gets one that is valid now, or a typed error.

use std::time::Duration;

use super::{
    Keyfob, Setup,
    flights::{Outcome, Subject, Ticket, Wanted},
    log_failure, record,
    state::{Account, ReauthReason, SignedIn, State},
    token_set::TokenSet,
};
use crate::{
    error::{AccessTokenError, DiscoveryError, HttpError, IdTokenError, TokenError},
    http::TOKEN_LIMITS,
    protocol::{id_token::Nonce, token},
    secret::RefreshToken,
};

/// How long a caller waits for a session that is being restored.
const RESTORE_WAIT: Duration = Duration::from_secs(10);

/// Which token is wanted, and how fresh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessTokenRequest {
    /// For whom; by default the sign-in's own audience.
    pub audience: Option<String>,
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
}

impl Keyfob {
    /// An access token that is valid now. One that is due is renewed first; while that fails, the old one is given as
    /// long as it lives. All callers share one refresh, and going away cancels none.
    ///
    /// Errors: `not_authenticated`, `reauth_required`, `missing_refresh_token`, `interaction_required`,
    /// `offline`, `provider_unreachable`, `token_request_failed`, `invalid_token_response`, `invalid_id_token`, `superseded`,
    /// `loading`, `keychain_locked`, `keychain_unavailable`, `not_configured`, `invalid_configuration`, `internal`.
    pub async fn access_token(&self, request: &AccessTokenRequest) -> Result<TokenSet, AccessTokenError> {
        let wanted = match request.mode {
            Mode::Default => Wanted::Live,
            Mode::Force => Wanted::New,
        };
        self.wanted_token(request.audience.as_ref(), wanted).await
    }

    pub(crate) async fn wanted_token(&self, audience: Option<&String>, wanted: Wanted<'_>) -> Outcome {
        let _ = tokio::time::timeout(RESTORE_WAIT, self.restored()).await;
        self.restore_if_unavailable().await;
        let setup = self.setup().map_err(|error| AccessTokenError::unavailable(&error))?;
        let audience = audience.or(setup.config.audience.as_ref()).cloned();
        let holding = self.holding(audience.as_ref())?;
        let at_hand = holding.token.filter(|token| wanted.is(token) && !setup.due(token));
        if let Some(token) = at_hand {
            return Ok(token);
        }
        let subject = Subject { epoch: holding.epoch, audience };
        if holding.refresh_token.is_none() {
            return self.without_refresh_token(setup, &subject, wanted).await;
        }
        let (mut outcome, ticket) = self.shared.flights.join(&subject, wanted);
        if let Some(ticket) = ticket {
            let keyfob = self.clone();
            let subject = subject.clone();
            tokio::spawn(async move { keyfob.fly(subject, ticket).await });
        }
        // Only a panic drops the sender without a word.
        let landed = outcome.wait_for(Option::is_some).await.map(|outcome| outcome.clone());
        let renewed = landed.ok().flatten().unwrap_or(Err(AccessTokenError::Internal));
        // Whoever signed in meanwhile: a token of the session before is nobody's any more.
        let now = self.holding(subject.audience.as_ref())?;
        if now.epoch != subject.epoch {
            return Err(AccessTokenError::Superseded);
        }
        match renewed {
            Err(error) => {
                now.token.filter(|token| wanted.is(token) && !token.expired(&*setup.clock)).ok_or(error)
            }
            Ok(token) => Ok(token),
        }
    }

    /// Renews the sign-in's own token, however fresh it is.
    ///
    /// Errors: as [`access_token`](Self::access_token).
    pub async fn refresh(&self) -> Result<TokenSet, AccessTokenError> {
        self.access_token(&AccessTokenRequest { audience: None, mode: Mode::Force }).await
    }

    /// What there is for an audience, or why there is nothing.
    fn holding(&self, audience: Option<&String>) -> Result<Holding, AccessTokenError> {
        let core = self.core();
        match &core.state {
            State::Loading => Err(AccessTokenError::Loading),
            State::SignedOut => Err(AccessTokenError::NotAuthenticated),
            State::ReauthRequired { .. } => Err(AccessTokenError::ReauthRequired),
            State::Unavailable { code, message } => {
                Err(AccessTokenError::Unavailable { code: *code, message: message.clone() })
            }
            State::SignedIn(session) => Ok(Holding {
                epoch: core.epoch,
                account: session.identity.account.clone(),
                token: session.tokens.get(&audience.cloned()).cloned(),
                refresh_token: session.refresh_token.clone(),
            }),
        }
    }

    /// Nothing can be renewed: what lives is given to its end, and then the person has to sign in again.
    async fn without_refresh_token(&self, setup: &Setup, subject: &Subject, wanted: Wanted<'_>) -> Outcome {
        let token = self.holding(subject.audience.as_ref())?.token;
        let would_do = token.as_ref().map_or(matches!(wanted, Wanted::Live), |token| wanted.is(token));
        if !would_do {
            return Err(AccessTokenError::MissingRefreshToken);
        }
        match token.filter(|token| !token.expired(&*setup.clock)) {
            Some(token) => Ok(token),
            None if subject.audience == setup.config.audience => {
                self.end_session(setup, subject.epoch, ReauthReason::NoRefreshToken).await;
                Err(AccessTokenError::ReauthRequired)
            }
            None => Err(AccessTokenError::MissingRefreshToken),
        }
    }

    /// One refresh, from its place in the queue to its end.
    async fn fly(&self, subject: Subject, ticket: Ticket) {
        let family = self.shared.flights.family.lock().await;
        let forced = ticket.begin();
        self.publish();
        let outcome = self.renew(&subject, forced).await;
        if let Err(error) = &outcome {
            log_failure("a refresh failed", error);
        }
        drop(family);
        // Over for everybody before the answer is out: who has it must not find the refresh still under way.
        ticket.leave();
        self.publish();
        ticket.land(outcome);
    }

    async fn renew(&self, subject: &Subject, forced: bool) -> Outcome {
        let setup = self.setup().map_err(|error| AccessTokenError::unavailable(&error))?;
        // Read again: the refresh before this one may have brought what is wanted, and has rotated the refresh token.
        let Holding { epoch, account, token, refresh_token } = self.holding(subject.audience.as_ref())?;
        if epoch != subject.epoch {
            return Err(AccessTokenError::Superseded);
        }
        if !forced && let Some(token) = token.filter(|token| !setup.due(token)) {
            return Ok(token);
        }
        let refresh_token = refresh_token.ok_or(AccessTokenError::MissingRefreshToken)?;
        let renewed = self.request_and_keep(setup, subject, &refresh_token, &account).await;
        self.note_reachable(epoch, &renewed);
        if let Err(AccessTokenError::Token(TokenError::Refused(refusal))) = &renewed
            && refusal.error == "invalid_grant"
            && subject.audience == setup.config.audience
        {
            self.end_session(setup, epoch, ReauthReason::RefreshTokenRejected).await;
            return Err(AccessTokenError::ReauthRequired);
        }
        renewed
    }

    /// Request, persist the refresh token, validate, persist the rest: in this order, so that a rotated refresh token
    /// is never lost to anything that is wrong with the answer it came in.
    async fn request_and_keep(
        &self,
        setup: &Setup,
        subject: &Subject,
        refresh_token: &RefreshToken,
        account: &Account,
    ) -> Outcome {
        let metadata = setup.metadata().await?;
        let request =
            token::refresh_request(&setup.config, &metadata, refresh_token, subject.audience.as_deref())?;
        let response = match setup.http.execute(request.clone(), TOKEN_LIMITS).await {
            // The provider may have rotated the token already: one prompt retry falls inside its grace period.
            Err(HttpError::AnswerLost { .. }) => setup.http.execute(request, TOKEN_LIMITS).await,
            answer => answer,
        };
        let response = response.map_err(TokenError::from)?;
        let rotated = token::refresh_token_of(&response);
        if let Some(rotated) = &rotated {
            let kept = self
                .keep(setup, subject.epoch, |session| {
                    session.refresh_token = Some(rotated.clone());
                })
                .await;
            if kept.is_err() {
                self.discard(account, Some(rotated.clone()));
            }
            kept?;
        }
        let tokens = token::parse(&response, setup.clock.wall())?;
        if let Some(id_token) = &tokens.id_token {
            let claims =
                setup.validated::<AccessTokenError>(&metadata, id_token, &tokens, Nonce::Refresh).await?;
            if claims.iss != account.issuer || claims.sub != account.subject {
                self.end_session(setup, subject.epoch, ReauthReason::IdentityChanged).await;
                self.discard(account, rotated.or_else(|| Some(refresh_token.clone())));
                return Err(IdTokenError::IdentityChanged.into());
            }
        }
        let granted_before = self.granted_scope(subject.epoch);
        let token = TokenSet::new(&tokens, subject.audience.clone(), &granted_before, &*setup.clock);
        self.keep(setup, subject.epoch, |session| {
            session.tokens.insert(subject.audience.clone(), token.clone());
        })
        .await?;
        Ok(token)
    }

    /// Changes the session: first in the keychain, then for everybody. If the keychain fails, the new tokens live on
    /// in memory, as the old ones are dead.
    async fn keep(
        &self,
        setup: &Setup,
        epoch: u64,
        change: impl Fn(&mut SignedIn),
    ) -> Result<(), AccessTokenError> {
        let _record = self.shared.record_lock.lock().await;
        let changed = self.core().signed_in(epoch).map(|session| {
            let mut changed = session.clone();
            change(&mut changed);
            changed
        });
        let changed = changed.ok_or(AccessTokenError::Superseded)?;
        let record = record::live(&changed, setup.config.audience.as_ref());
        if let Err(error) = setup.vault.write(&record::session_key(&setup.config), record).await {
            log_failure("renewed tokens are in memory only", &error);
        }
        // Not the copy: what needs no record, a picture say, may have changed meanwhile.
        self.core().signed_in(epoch).map(change).ok_or(AccessTokenError::Superseded)
    }

    /// The session has ended by itself: nothing more is sent until the person signs in.
    pub(super) async fn end_session(&self, setup: &Setup, epoch: u64, reason: ReauthReason) {
        let _record = self.shared.record_lock.lock().await;
        let identity = self.core().signed_in(epoch).map(|session| session.identity.clone());
        let Some(identity) = identity else { return };
        let record = record::ended(&identity, reason);
        if let Err(error) = setup.vault.write(&record::session_key(&setup.config), record).await {
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
        self.publish();
    }

    /// The scope of an answer that names none is the one that was granted before (RFC 6749 section 6).
    fn granted_scope(&self, epoch: u64) -> String {
        let own = self.shared.setup.as_ref().ok().and_then(|setup| setup.config.audience.clone());
        let scope = self
            .core()
            .signed_in(epoch)
            .and_then(|session| session.tokens.get(&own).map(|token| token.scope.clone()));
        scope.unwrap_or_default()
    }

    fn note_reachable(&self, epoch: u64, outcome: &Outcome) {
        let unreachable = matches!(
            outcome,
            Err(AccessTokenError::Token(TokenError::Http(_))
                | AccessTokenError::Discovery(DiscoveryError::Http(_)))
        );
        if let Some(session) = self.core().signed_in(epoch) {
            session.offline = unreachable;
        }
    }
}

struct Holding {
    epoch: u64,
    account: Account,
    token: Option<TokenSet>,
    refresh_token: Option<RefreshToken>,
}
