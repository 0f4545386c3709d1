//! Refresh tokens that nobody will use any more, until the provider has heard of it.
//!
//! They wait in memory: after a sign-out nothing stays in the keychain. An app that ends before it was online again
//! leaves them to expire.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{
    Keyfob, Setup,
    backoff::Backoff,
    log_failure,
    schedule::TICK,
    state::{Account, Session},
};
use crate::{
    error::{AccessTokenError, Failure, TokenError},
    http::OTHER_LIMITS,
    protocol::{revocation, token},
    secret::RefreshToken,
};

/// More never wait but by a fault; the oldest make room.
const MOST: usize = 64;

#[derive(Default)]
pub(super) struct Revocations {
    waiting: Mutex<Vec<RefreshToken>>,
    backoff: Mutex<Backoff>,
    /// One attempt at a time.
    turn: tokio::sync::Mutex<()>,
}

impl Revocations {
    fn waiting(&self) -> MutexGuard<'_, Vec<RefreshToken>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn backoff(&self) -> MutexGuard<'_, Backoff> {
        self.backoff.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keyfob {
    /// Revokes what nobody will use, unless the same person is signed in: providers that revoke a whole grant would end
    /// that session too.
    pub(super) fn discard(&self, account: &Account, refresh_token: Option<RefreshToken>) {
        if !self.is_current(account) {
            self.revoke(refresh_token);
        }
    }

    fn is_current(&self, account: &Account) -> bool {
        if !self.is_over() {
            let core = self.core();
            return core.live().is_some_and(|session| session.identity.account == *account);
        }
        match self.snapshot().session {
            Session::SignedIn { account: current, .. } => current == *account,
            // The engine in this one's place is about to find out.
            Session::Loading => true,
            Session::SignedOut | Session::ReauthRequired { .. } | Session::Unavailable { .. } => false,
        }
    }

    /// Revokes refresh tokens, unseen and until it is done: the person is signed out here whatever becomes of it.
    pub(super) fn revoke(&self, refresh_tokens: impl IntoIterator<Item = RefreshToken>) {
        {
            let mut waiting = self.shared.revocations.waiting();
            for refresh_token in refresh_tokens {
                if waiting.iter().all(|waiting| waiting.expose() != refresh_token.expose()) {
                    waiting.push(refresh_token);
                }
            }
            let surplus = waiting.len().saturating_sub(MOST);
            waiting.drain(..surplus);
        }
        let keyfob = self.clone();
        tokio::spawn(async move { keyfob.revoke_waiting().await });
    }

    /// Tries once more what failed, if it is time to.
    pub(super) fn revoke_again(&self, setup: &Setup) {
        let revocations = &self.shared.revocations;
        let is_time = revocations.backoff().unasked(&*setup.clock).is_zero();
        if is_time && !revocations.waiting().is_empty() {
            self.revoke([]);
        }
    }

    /// Goes on until the provider has heard, though nobody may hold the engine any more.
    pub(super) fn revoke_the_rest(&self) {
        let keyfob = self.clone();
        tokio::spawn(async move {
            let Ok(setup) = keyfob.setup_to_the_end() else { return };
            while !keyfob.shared.revocations.waiting().is_empty() {
                tokio::time::sleep(TICK).await;
                keyfob.revoke_again(setup);
            }
        });
    }

    /// What failed for want of a connection may be tried at once.
    pub(super) fn revocations_may_go(&self) {
        self.shared.revocations.backoff().network_changed();
    }

    async fn revoke_waiting(&self) {
        let Ok(setup) = self.setup_to_the_end() else { return };
        let revocations = &self.shared.revocations;
        let _turn = revocations.turn.lock().await;
        loop {
            let Some(refresh_token) = revocations.waiting().first().cloned() else { return };
            if let Err(error) = setup.revoke(&refresh_token).await {
                log_failure("a revocation failed, and is tried again", &error);
                let (asked_to_wait, reached) = (error.retry_after(), !error.is_unreachable());
                return revocations.backoff().failed(error, asked_to_wait, reached, &*setup.clock);
            }
            revocations.backoff().succeeded();
            revocations.waiting().retain(|waiting| waiting.expose() != refresh_token.expose());
        }
    }
}

impl Setup {
    /// Fails only where another attempt may succeed.
    async fn revoke(&self, refresh_token: &RefreshToken) -> Result<(), AccessTokenError> {
        let Some(endpoint) = &self.metadata().await?.revocation_endpoint else { return Ok(()) };
        let request = revocation::request(endpoint, &self.config, refresh_token);
        let response = self.http.execute(request, OTHER_LIMITS).await.map_err(TokenError::from)?;
        let response = token::without(response, &[refresh_token.expose()]);
        match revocation::judge(&response, self.clock.wall()) {
            Err(error @ TokenError::Refused(_)) => {
                log_failure("a revocation was refused", &error);
                Ok(())
            }
            judged => Ok(judged?),
        }
    }
}
