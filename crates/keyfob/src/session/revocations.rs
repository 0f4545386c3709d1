//! Refresh tokens that nobody will use any more, until the provider has heard of it.
//!
//! They wait in memory: after a sign-out nothing stays in the keychain. An app that ends before it was online again
//! leaves them to expire.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{
    Keyfob, Setup,
    backoff::Backoff,
    log_failure,
    state::{Account, State},
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
        let is_current =
            matches!(&self.core().state, State::SignedIn(session) if session.identity.account == *account);
        if !is_current {
            self.revoke(refresh_token);
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

    /// What failed for want of a connection may be tried at once.
    pub(super) fn revocations_may_go(&self) {
        self.shared.revocations.backoff().network_changed();
    }

    async fn revoke_waiting(&self) {
        let Ok(setup) = self.setup() else { return };
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
