//! What people look at who want to know how things are; no secret stands in any of it.

use super::{Keyfob, Setup};
use crate::{
    config::{KeychainPolicy, RedirectKind},
    error::ConfigError,
    http::Route,
    redirect::{Registration, in_time_blocking},
    secret::IdToken,
};

/// What is known about an access token that is at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// Whom it is for; `None` is the provider's default.
    pub audience: Option<String>,
    /// What was granted, separated by spaces.
    pub scope: String,
    /// What was asked for beyond the scope of the sign-in.
    pub requested_scope: Option<String>,
    /// Always `Bearer` (RFC 6750).
    pub token_type: String,
    /// When it expires, in seconds since the epoch; `None` where the provider doesn't say.
    pub expires_at: Option<u64>,
}

/// How the engine is set up, and what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics {
    /// The engine's own version.
    pub version: &'static str,
    /// The configured issuer.
    pub issuer: String,
    /// How the browser comes back.
    pub redirect: RedirectKind,
    /// The scheme of the deep link, if the app has one.
    pub deep_link_scheme: Option<String>,
    /// What becomes of links of that scheme.
    pub registration: Option<Registration>,
    /// Where the session is kept.
    pub keychain: KeychainPolicy,
    /// The proxy on the way to the provider: its scheme, host and port, without the name and password that it may want.
    pub proxy: Option<String>,
    /// How many seconds the provider's clock was ahead of this machine's when it last said so.
    pub clock_offset: Option<i64>,
}

impl Keyfob {
    /// The access tokens at hand, without the tokens themselves.
    pub fn tokens(&self) -> Vec<TokenInfo> {
        let core = self.core();
        let tokens = core.live().into_iter().flat_map(|session| session.tokens.values());
        let info = |token: &super::TokenSet| TokenInfo {
            audience: token.audience.clone(),
            scope: token.scope.clone(),
            requested_scope: token.requested_scope.clone(),
            token_type: token.token_type().to_owned(),
            expires_at: token.expires_at(),
        };
        let mut tokens: Vec<_> = tokens.map(info).collect();
        tokens.sort_by(|one, other| {
            (&one.audience, &one.requested_scope).cmp(&(&other.audience, &other.requested_scope))
        });
        tokens
    }

    /// The ID token that came with the sign-in's own access token (OpenID Connect Core section 2): that of this run, as
    /// it is kept nowhere. `None` after a restart, until a refresh brings one.
    pub fn id_token(&self) -> Option<IdToken> {
        let own = self.setup().ok()?.own_key();
        self.core().live()?.tokens.get(&own)?.id_token.clone()
    }

    /// How the engine is set up, for a report of a fault.
    ///
    /// Errors: `not_configured`, `invalid_configuration`, `superseded`.
    pub fn diagnostics(&self) -> Result<Diagnostics, ConfigError> {
        let setup = self.setup()?;
        let registration = setup.deep_link_scheme.clone().map(|scheme| {
            let check = setup.registration.clone();
            in_time_blocking(move || check(&scheme))
        });
        Ok(Diagnostics {
            version: env!("CARGO_PKG_VERSION"),
            issuer: setup.config.issuer.as_str().to_owned(),
            redirect: setup.choose_redirect(registration.as_ref()).0,
            deep_link_scheme: setup.deep_link_scheme.clone(),
            registration,
            keychain: setup.config.keychain,
            proxy: setup.proxy(),
            clock_offset: setup.clock_offset(),
        })
    }
}

impl Setup {
    fn proxy(&self) -> Option<String> {
        match self.http.route(&self.config.issuer.to_url()?) {
            Route::Direct => None,
            Route::Proxy(proxy) => Some(proxy),
        }
    }
}
