//! An access token with what is known about it, and the one predicate that says when it is due.

use std::time::{Duration, Instant, SystemTime};

use crate::{
    clock::{Clock, unix_seconds},
    protocol::{dpop::DpopKey, token::TokenResponse},
    sabotage::off,
    secret::{AccessToken, IdToken},
};

/// An access token for one audience and scope, and what came with it.
#[derive(Clone, Debug)]
pub struct TokenSet {
    /// The token.
    pub access_token: AccessToken,
    /// The ID token that came beside it; of this run alone, as it is kept nowhere.
    pub id_token: Option<IdToken>,
    /// What was granted, separated by spaces; as requested where the provider doesn't say (RFC 6749 section 5.1).
    pub scope: String,
    /// What was asked for beyond the scope of the sign-in.
    pub requested_scope: Option<String>,
    /// Whom it is for.
    pub audience: Option<String>,
    /// Whether it was at hand, rather than brought by a refresh for this call.
    pub from_cache: bool,
    /// The key that it is bound to.
    pub(crate) bound_to: Option<DpopKey>,
    /// Whose it is: the account's id.
    pub(crate) account: String,
    pub(crate) expiry: Option<Expiry>,
}

/// What a token is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct TokenKey {
    pub(crate) audience: Option<String>,
    /// Beyond the scope of the sign-in, in one order.
    pub(crate) scope: Option<String>,
}

impl TokenKey {
    /// That of the sign-in's own scope.
    pub(crate) fn plain(audience: Option<String>) -> Self {
        Self { audience, scope: None }
    }
}

/// When a token expires, on both clocks: whichever says "expired" first is believed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expiry {
    wall: SystemTime,
    monotonic: Instant,
    lifetime: Duration,
}

impl TokenSet {
    pub(crate) fn new(
        response: &TokenResponse,
        account: &str,
        key: TokenKey,
        granted_before: &str,
        clock: &dyn Clock,
    ) -> Self {
        let as_requested = || match &key.scope {
            Some(more) => format!("{granted_before} {more}"),
            None => granted_before.to_owned(),
        };
        Self {
            access_token: response.access_token.clone(),
            id_token: response.id_token.clone(),
            scope: response.scope.clone().unwrap_or_else(as_requested),
            requested_scope: key.scope,
            audience: key.audience,
            from_cache: false,
            bound_to: response.bound_to.clone(),
            account: account.to_owned(),
            expiry: response.expires_in.map(|lifetime| Expiry::starting_now(lifetime, clock)),
        }
    }

    /// `Bearer` (RFC 6750), or `DPoP` (RFC 9449): then it is worth nothing without a proof of its key.
    pub fn token_type(&self) -> &'static str {
        if self.bound_to.is_some() { "DPoP" } else { "Bearer" }
    }

    /// When it expires, in seconds since the epoch; `None` where the provider doesn't say.
    pub fn expires_at(&self) -> Option<u64> {
        self.expiry.map(|expiry| unix_seconds(expiry.wall))
    }

    /// Whether it has to be renewed before its next use: within the buffer, which is never more than a quarter of the
    /// lifetime, or with less life left than somebody wants, in so far as the provider gives so much. The getter, the
    /// timer and a wake-up all ask this and nothing else.
    pub(crate) fn due(&self, buffer: Duration, min_ttl: Duration, clock: &dyn Clock) -> bool {
        self.expiry.is_some_and(|expiry| expiry.remaining(clock) <= expiry.needed(buffer, min_ttl))
    }

    /// How long until it is due; `None` where the provider doesn't say.
    pub(crate) fn due_in(&self, buffer: Duration, clock: &dyn Clock) -> Option<Duration> {
        self.expiry
            .map(|expiry| expiry.remaining(clock).saturating_sub(expiry.needed(buffer, Duration::ZERO)))
    }

    /// Whether it is dead.
    pub(crate) fn expired(&self, clock: &dyn Clock) -> bool {
        self.life_left(clock).is_some_and(|left| left.is_zero())
    }

    /// How long it lives on; `None` where the provider doesn't say.
    pub(crate) fn life_left(&self, clock: &dyn Clock) -> Option<Duration> {
        self.expiry.map(|expiry| expiry.remaining(clock))
    }
}

impl Expiry {
    pub(crate) fn starting_now(lifetime: Duration, clock: &dyn Clock) -> Self {
        Self { wall: clock.wall() + lifetime, monotonic: clock.monotonic() + lifetime, lifetime }
    }

    /// From a record: only the wall clock is known, and no more life is believed than the token ever had.
    /// `None` for times that no clock can show.
    pub(crate) fn restored(expires_at: u64, lifetime: Duration, clock: &dyn Clock) -> Option<Self> {
        let wall = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(expires_at))?;
        let left = wall.duration_since(clock.wall()).unwrap_or_default().min(lifetime);
        Some(Self { wall, monotonic: clock.monotonic().checked_add(left)?, lifetime })
    }

    pub(crate) fn lifetime(self) -> Duration {
        self.lifetime
    }

    /// How much life it must have left. More than all but the buffer would mean a refresh for each call.
    fn needed(self, buffer: Duration, min_ttl: Duration) -> Duration {
        let buffer = buffer.min(self.lifetime / 4);
        buffer.max(min_ttl.min(self.lifetime.saturating_sub(buffer)))
    }

    pub(crate) fn remaining(self, clock: &dyn Clock) -> Duration {
        let by_wall = self.wall.duration_since(clock.wall()).unwrap_or_default();
        if off("monotonic") {
            return by_wall;
        }
        by_wall.min(self.monotonic.saturating_duration_since(clock.monotonic()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn token(lifetime: Option<u64>, clock: &ManualClock) -> TokenSet {
        let response = TokenResponse {
            access_token: AccessToken::new("a"),
            bound_to: None,
            expires_in: lifetime.map(Duration::from_secs),
            scope: None,
            refresh_token: None,
            id_token: None,
        };
        TokenSet::new(&response, "account", TokenKey::default(), "openid", clock)
    }

    const BUFFER: Duration = Duration::from_secs(60);

    #[test]
    fn a_token_is_due_within_the_buffer_and_expired_at_its_end() {
        let clock = ManualClock::new();
        let token = token(Some(3600), &clock);
        clock.advance(Duration::from_secs(3539));
        assert!(!token.due(BUFFER, Duration::ZERO, &clock));
        clock.advance(Duration::from_secs(1));
        assert!(token.due(BUFFER, Duration::ZERO, &clock) && !token.expired(&clock));
        clock.advance(BUFFER);
        assert!(token.expired(&clock));
    }

    #[test]
    fn the_buffer_is_never_more_than_a_quarter_of_the_lifetime() {
        let clock = ManualClock::new();
        let token = token(Some(40), &clock);
        assert!(!token.due(BUFFER, Duration::ZERO, &clock));
        clock.advance(Duration::from_secs(30));
        assert!(token.due(BUFFER, Duration::ZERO, &clock));
    }

    #[test]
    fn who_wants_more_life_than_there_is_gets_what_the_provider_gives() {
        let clock = ManualClock::new();
        let token = token(Some(3600), &clock);
        assert!(!token.due(BUFFER, Duration::from_secs(3000), &clock));
        assert!(!token.due(BUFFER, Duration::MAX, &clock), "a new one would have no more");
        clock.advance(Duration::from_secs(59));
        assert!(!token.due(BUFFER, Duration::MAX, &clock));
        clock.advance(Duration::from_secs(1));
        assert!(token.due(BUFFER, Duration::MAX, &clock));
        assert!(!token.due(BUFFER, Duration::from_secs(3000), &clock));
        assert_eq!(token.due_in(BUFFER, &clock), Some(Duration::from_secs(3480)));
    }

    #[test]
    fn sleep_and_a_clock_that_is_set_back_never_make_a_token_live_longer() {
        let clock = ManualClock::new();
        let slept = token(Some(3600), &clock);
        clock.sleep(Duration::from_secs(3600));
        assert!(slept.expired(&clock));

        let tomorrow = unix_seconds(clock.wall()) + 86_400;
        let expiry = Expiry::restored(tomorrow, Duration::from_secs(60), &clock).expect("a time");
        assert!(Expiry::restored(u64::MAX, Duration::MAX, &clock).is_none());
        clock.advance(Duration::from_secs(60));
        assert!(expiry.remaining(&clock).is_zero());
    }

    #[test]
    fn a_token_without_an_expiry_is_never_due_by_itself() {
        let clock = ManualClock::new();
        let token = token(None, &clock);
        clock.advance(Duration::from_secs(1_000_000));
        assert!(!token.due(BUFFER, Duration::ZERO, &clock) && !token.expired(&clock));
    }
}
