//! What a session can be: pure data, and the snapshots of it that windows get.

use std::{collections::HashMap, sync::Arc};

use super::{
    events::EventReason,
    token_set::{TokenKey, TokenSet},
};
use crate::{
    config::RedirectKind,
    error::{AccessTokenError, ErrorCode, Failure, OauthError},
    protocol::{authorization::Granted, dpop::DpopKey, id_token::Authentication, resource},
    redirect::DeepLinkFault,
    secret::RefreshToken,
    store::LockGuard,
};

/// The whole of what anyone may know about the session; no token stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Strictly increasing over the life of the process: a listener drops what is not newer.
    pub generation: u64,
    /// The session.
    pub session: Session,
    /// The sign-in that is under way.
    pub sign_in: Option<PendingSignIn>,
    /// Why the last sign-in failed; cleared by the next one. Cancelled sign-ins are no failures.
    pub sign_in_error: Option<SignInFailure>,
}

/// The session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Session {
    /// It is being restored: nobody knows yet.
    Loading,
    /// Nobody is signed in.
    SignedOut,
    /// Somebody is.
    SignedIn {
        /// Who.
        user: User,
        /// By which provider.
        account: Account,
        /// Of the sign-in's own access token.
        freshness: Freshness,
        /// The provider couldn't be reached when it was last tried.
        offline: bool,
        /// Whether there is a refresh token.
        renewable: bool,
        /// The keychain didn't take what was renewed, and is tried again: if the app ended now, the person might have to
        /// sign in again.
        storage_degraded: bool,
        /// When the sign-in's own access token expires, in seconds since the epoch, where that is known.
        expires_at: Option<u64>,
    },
    /// Somebody was, and has to sign in again.
    ReauthRequired {
        /// Who.
        user: User,
        /// By which provider.
        account: Account,
        /// Why.
        reason: ReauthReason,
    },
    /// Nobody can know: no configuration, or no keychain.
    Unavailable {
        /// Why.
        code: ErrorCode,
        /// In words.
        message: String,
    },
}

/// How fresh the sign-in's own access token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It can be used.
    Fresh,
    /// It is being renewed.
    Refreshing,
    /// It is due; the next use renews it.
    Stale,
}

/// Why a session ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReauthReason {
    /// The provider refused the refresh token (`invalid_grant`).
    RefreshTokenRejected,
    /// The access token expired and there is no refresh token.
    NoRefreshToken,
    /// The provider refused a refresh token whose successor was in an answer that never arrived: the network, or the end
    /// of the process, was in the way.
    RefreshResponseLost,
    /// The provider answered a refresh for another person or as another issuer.
    IdentityChanged,
}

/// The person, as the provider describes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// `sub`: unique at this issuer; the only claim to tell people apart by, together with the issuer.
    pub subject: String,
    /// `name`, else `preferred_username`.
    pub name: Option<String>,
    /// `email`
    pub email: Option<String>,
    /// `email_verified`
    pub email_verified: Option<bool>,
    /// `picture`, fetched, as a `data:` URL.
    pub picture: Option<String>,
}

/// A person at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Account {
    /// A hash of issuer, client id and subject.
    pub id: String,
    /// `iss`
    pub issuer: String,
    /// `sub`
    pub subject: String,
}

/// A sign-in that waits for the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSignIn {
    /// Names it; random.
    pub id: String,
    /// What it is for.
    pub purpose: Purpose,
    /// How the browser comes back.
    pub redirect: RedirectKind,
    /// Why links of the app's scheme don't reach it: a listener stands in, or, where the provider knows none, the
    /// browser may not find the way back.
    pub deep_link_fault: Option<DeepLinkFault>,
    /// When it is given up, in seconds since the epoch.
    pub deadline: u64,
    /// Whether the browser is back: what it brought is being exchanged for tokens.
    pub answered: bool,
}

/// What a sign-in is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Nobody is signed in.
    First,
    /// Somebody is, and signs in as another or anew.
    Account,
    /// Somebody is, and proves or allows more: nobody else may answer.
    StepUp,
    /// The session has ended.
    Reauth,
}

/// Why a sign-in failed, for those who look later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInFailure {
    /// The code.
    pub code: ErrorCode,
    /// In words.
    pub message: String,
    /// What the provider said.
    pub oauth: Option<OauthError>,
}

impl<E: Failure> From<&E> for SignInFailure {
    fn from(error: &E) -> Self {
        Self { code: error.code(), message: error.to_string(), oauth: error.oauth().cloned() }
    }
}

/// The session from inside: the same states, with what is valid in each.
#[derive(Debug)]
pub(super) enum State {
    Loading,
    SignedOut,
    SignedIn(Box<SignedIn>),
    ReauthRequired { identity: Identity, reason: ReauthReason },
    Unavailable { code: ErrorCode, message: String },
}

impl State {
    /// Who is signed in, or has to sign in again.
    pub(super) fn identity(&self) -> Option<&Identity> {
        match self {
            Self::SignedIn(session) => Some(&session.identity),
            Self::ReauthRequired { identity, .. } => Some(identity),
            Self::Loading | Self::SignedOut | Self::Unavailable { .. } => None,
        }
    }

    /// Why nobody is signed in, where there is a reason.
    pub(super) fn reason(&self) -> Option<EventReason> {
        match self {
            Self::ReauthRequired { reason, .. } => Some(EventReason::Reauth(*reason)),
            Self::Unavailable { code, .. } => Some(EventReason::Error(*code)),
            Self::Loading | Self::SignedOut | Self::SignedIn(_) => None,
        }
    }
}

/// Who is, or was, signed in.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) user: User,
    pub(super) account: Account,
    /// Where the provider says the picture is: hostile until fetched.
    pub(super) picture_url: Option<String>,
}

/// A live session.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what may be wrong with it, and any may be at once")]
pub(super) struct SignedIn {
    pub(super) identity: Identity,
    /// How the person proved who they are, at this sign-in.
    pub(super) authentication: Authentication,
    /// Tells this sign-in from every other, in this process or another; empty for one that was kept by version 1.
    pub(super) id: String,
    /// Counts the refresh tokens of this sign-in: of two records, the one that counts more is newer.
    pub(super) revision: u64,
    /// Since when the refresh token is being used, in seconds since the epoch: kept before it is sent, so that whoever
    /// finds it after the end of this process knows that the token may be spent.
    pub(super) in_use_since: Option<u64>,
    /// It was used, and the answer never came.
    pub(super) answer_lost: bool,
    /// It came in an answer that has not been validated yet.
    pub(super) unverified: bool,
    /// The keychain didn't take what is here; it is tried again.
    pub(super) unkept: bool,
    /// Held while the keychain lacks the refresh token that is here, lest another process use the one that it has.
    pub(super) flight_lock: Option<Arc<LockGuard>>,
    /// What sign-in granted, separated by spaces.
    pub(super) granted_scope: String,
    /// What it asked for (RFC 8707 section 2.2): a refresh brings tokens for no other audience.
    pub(super) requested_audiences: Vec<String>,
    pub(super) refresh_token: Option<RefreshToken>,
    /// What all its tokens are bound to (RFC 9449 section 5), for as long as it lives.
    pub(super) dpop_key: Option<DpopKey>,
    pub(super) tokens: HashMap<TokenKey, TokenSet>,
    /// What the provider won't give before the next sign-in, and why.
    pub(super) refused: HashMap<TokenKey, AccessTokenError>,
    pub(super) offline: bool,
}

impl SignedIn {
    /// Puts another refresh token in the place of the present one.
    pub(super) fn rotate(&mut self, refresh_token: RefreshToken) {
        self.refresh_token = Some(refresh_token);
        self.revision += 1;
        self.in_use_since = None;
        self.answer_lost = false;
        self.unverified = true;
    }

    /// What the person has granted, as far as this process knows.
    pub(super) fn granted(&self) -> Granted {
        let mut audiences: Vec<_> = self.tokens.keys().filter_map(|key| key.audience.clone()).collect();
        audiences.sort();
        Granted { scope: self.granted_scope.clone(), audiences }
    }

    /// Takes over what another process has kept for the same sign-in since.
    pub(super) fn catch_up(&mut self, kept: SignedIn) {
        self.refresh_token = kept.refresh_token;
        self.revision = kept.revision;
        self.in_use_since = kept.in_use_since;
        self.answer_lost = kept.answer_lost;
        self.unverified = kept.unverified;
        self.tokens.extend(kept.tokens);
    }

    /// The key of the token that serves a wish: an audience's plain one, if that allows all that is wanted.
    pub(super) fn key_for(&self, wish: &TokenKey) -> TokenKey {
        let plain = TokenKey::plain(wish.audience.clone());
        let audience = wish.audience.as_deref();
        match (&wish.scope, self.tokens.get(&plain)) {
            (Some(asked), Some(token)) if resource::covers(&token.scope, asked, audience) => plain,
            _ => wish.clone(),
        }
    }
}
