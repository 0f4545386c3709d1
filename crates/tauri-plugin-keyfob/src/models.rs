//! The engine's types as they stand on the wire: camelCase, tagged unions. Every `From` is exhaustive, so that a state
//! or a code which the engine gains is missing here at compile time.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use keyfob::{AccessToken, FetchError, Mode};
use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, KeyfobErrorPayload};

/// The whole of what a window may know about the session; no token stands in it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshot {
    /// Strictly increasing: drop what is not newer.
    generation: u64,
    session: Session,
    /// The sign-in that is under way.
    sign_in: Option<PendingSignIn>,
    /// Why the last sign-in failed; cleared by the next one.
    sign_in_error: Option<KeyfobErrorPayload>,
}

/// The session.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(tag = "status", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub(crate) enum Session {
    /// It is being restored: nobody knows yet.
    Loading,
    /// Nobody is signed in.
    SignedOut,
    /// Somebody is.
    SignedIn {
        user: User,
        account: Account,
        freshness: Freshness,
        /// The provider couldn't be reached when it was last tried.
        offline: bool,
        /// Whether there is a refresh token.
        renewable: bool,
        /// The keychain didn't take what was renewed; it is tried again.
        storage_degraded: bool,
        /// When the sign-in's own access token expires, in seconds since the epoch.
        expires_at: Option<u64>,
    },
    /// Somebody was, and has to sign in again.
    ReauthRequired { user: User, account: Account, reason: ReauthReason },
    /// Nobody can know: no configuration, or no keychain.
    Unavailable { code: ErrorCode, message: String },
}

/// How fresh the sign-in's own access token is.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Freshness {
    Fresh,
    Refreshing,
    Stale,
}

/// Why a session ended by itself.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReauthReason {
    RefreshTokenRejected,
    NoRefreshToken,
    RefreshResponseLost,
    IdentityChanged,
}

/// The person, as the provider describes them.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    sub: String,
    name: Option<String>,
    email: Option<String>,
    email_verified: Option<bool>,
    /// A `data:` URL.
    picture: Option<String>,
}

/// A person at a provider.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    id: String,
    issuer: String,
    subject: String,
}

/// A sign-in that waits for the browser.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct PendingSignIn {
    id: String,
    purpose: Purpose,
    redirect: RedirectKind,
    /// Why links of the app's scheme don't reach it: a listener stands in, or, where the provider knows none, the browser
    /// may not find the way back.
    deep_link_fault: Option<DeepLinkFault>,
    /// When it is given up, in seconds since the epoch.
    deadline: u64,
    /// Whether the browser is back: what it brought is being exchanged for tokens.
    answered: bool,
}

/// What a sign-in is for.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    /// Nobody is signed in.
    First,
    /// Somebody is, and signs in as another or anew.
    Account,
    /// Somebody is, and proves or allows more: nobody else may answer.
    StepUp,
    /// The session has ended.
    Reauth,
}

/// How the browser comes back.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum RedirectKind {
    DeepLink,
    Loopback,
    ReturnPage,
}

/// Why links of the app's scheme don't reach it.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeepLinkFault {
    /// No program is registered for the scheme.
    Missing,
    /// The program that is registered is gone, or a copy of this one in another place.
    Stale,
    /// Another program is registered.
    Other,
    /// This program is registered, and links don't arrive all the same.
    NotDispatchable,
}

/// What becomes of links of the app's scheme.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(tag = "status", rename_all = "snake_case")]
pub(crate) enum Registration {
    /// They come to this program.
    Ours,
    /// No program is registered for the scheme.
    Missing,
    /// The program that is registered is gone, or a copy of this one in another place.
    Stale { path: String },
    /// Another program is registered.
    Other { handler: String },
    /// This program is registered, and links don't arrive all the same.
    NotDispatchable { reason: NotDispatchable },
}

/// Why a link that is registered doesn't arrive.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum NotDispatchable {
    /// There is no `xdg-open`.
    NoOpener,
    /// `xdg-open` finds no desktop that it knows, and by itself can't run a quoted `Exec`.
    QuotedExec,
    /// There is no session bus to find the running app by.
    NoSessionBus,
    /// It couldn't be found out in time.
    Unknown,
}

/// An account that can be switched to.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountInfo {
    account: Account,
    /// As of the last sign-in.
    name: Option<String>,
    /// As of the last sign-in.
    email: Option<String>,
    /// Whether it is the one that tokens are given for.
    current: bool,
}

/// What is known about an access token that is at hand.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenInfo {
    /// Whom it is for; null is the provider's default.
    audience: Option<String>,
    /// What was granted, separated by spaces.
    scope: String,
    /// What was asked for beyond the scope of the sign-in.
    requested_scope: Option<String>,
    token_type: String,
    /// In seconds since the epoch; null where the provider doesn't say.
    expires_at: Option<u64>,
}

/// Something that happened to the session.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionEvent {
    /// When, in seconds since the epoch.
    at: u64,
    kind: EventKind,
    /// The audience that it was about, where it was about one.
    audience: Option<String>,
    reason: Option<EventReason>,
    /// When the access token that it brought expires, in seconds since the epoch, where it brought one and that is known.
    expires_at: Option<u64>,
}

/// What can happen.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventKind {
    Restored,
    DeepLinkUnavailable,
    SignInStarted,
    SignedIn,
    SignInFailed,
    SignedOut,
    AccountSwitched,
    AccountRemoved,
    Refreshed,
    RefreshFailed,
    Replayed,
    SessionEnded,
    SessionFollowed,
    StorageDegraded,
    StorageRecovered,
    /// The machine was asleep, and is awake again.
    WokeUp,
    /// The machine's clock was set.
    ClockChanged,
    NetworkChanged,
    /// The provider can't be reached any more.
    WentOffline,
    /// The provider can be reached again.
    CameOnline,
}

/// Why something happened.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum EventReason {
    /// An error.
    Error { code: ErrorCode },
    /// The session ended by itself.
    Reauth { reason: ReauthReason },
    /// Links of the app's scheme don't reach it.
    DeepLink { fault: DeepLinkFault },
}

/// How the engine is set up, and what it found.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Diagnostics {
    /// The engine's own version.
    version: &'static str,
    issuer: String,
    redirect: RedirectKind,
    /// The scheme of the deep link, if the app has one.
    deep_link_scheme: Option<String>,
    /// What becomes of links of that scheme.
    registration: Option<Registration>,
    keychain: KeychainPolicy,
    /// The proxy on the way to the provider, without the name and password that it may want.
    proxy: Option<String>,
    /// How many seconds the provider's clock was ahead of this machine's when it last said so.
    clock_offset: Option<i64>,
}

/// What was looked at, and how it is.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Check {
    subject: CheckSubject,
    status: CheckStatus,
    message: String,
    /// What to do, in a sentence: of a warning or a failure.
    fix: Option<String>,
}

/// What a sign-in needs.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum CheckSubject {
    /// A configuration without faults.
    Configuration,
    /// A provider that says where its endpoints are, and that it does what Keyfob needs.
    Metadata,
    /// A clock that agrees with the provider's.
    Clock,
    /// A scheme of the app's own, if the browser comes back by a link.
    Scheme,
    /// That links of the scheme come to this program.
    Handler,
    /// A way back that works, and that the provider knows.
    Redirect,
    /// A keychain that keeps the session.
    Keychain,
}

/// How it is.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum CheckStatus {
    /// As it should be.
    Ok,
    /// It works, and could be better.
    Warning,
    /// It doesn't work.
    Failed,
    /// It doesn't matter here, or can't be looked at.
    Skipped,
}

/// Where the session is kept.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeychainPolicy {
    Required,
    Memory,
}

/// What a window asks of a sign-in, or has to ask to cure an error.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignInOptions {
    /// An API that the session is to serve besides the configured ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, specta(optional))]
    audience: Option<String>,
    /// Scopes beyond the configured ones and those that the person has granted before, separated by spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, specta(optional))]
    scope: Option<String>,
    /// `prompt` (OpenID Connect Core section 3.1.2.1); `create` is sign-up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, specta(optional))]
    prompt: Option<String>,
    /// `login_hint`: what the person would type, an address for instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, specta(optional))]
    login_hint: Option<String>,
    /// `acr_values`, by preference: the sign-in fails unless the provider says that one of them was met.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, specta(optional))]
    acr_values: Option<Vec<String>>,
    /// How many seconds ago the person may have signed in at the provider, or the sign-in fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, specta(optional))]
    max_age: Option<u32>,
    /// Languages of the provider's pages, by preference (BCP 47).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, specta(optional))]
    ui_locales: Option<Vec<String>>,
    /// The id of the account that has to sign in: somebody else's answer fails the sign-in and changes nothing. While
    /// somebody is signed in it is theirs by default where `audience`, `scope`, `acrValues` or `maxAge` is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, specta(optional))]
    account: Option<String>,
    /// How the browser comes back this time, of the configured forms: where the preferred one has failed the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, specta(optional))]
    redirect: Option<RedirectKind>,
    /// Other parameters of the request, of those that the configuration lists under `allowedParameters`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, specta(optional))]
    params: Option<BTreeMap<String, String>>,
}

/// What became of an address that a person has pasted.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Submission {
    /// It belongs to a sign-in, which goes on.
    Accepted,
    /// It is no address.
    NotAnAddress,
    /// It is not the one at which a sign-in that waits ends: the provider's own page, say.
    AnotherAddress,
    /// The sign-in that it belongs to is over, or was never begun here.
    NotAwaited,
}

/// What a window asks of a sign-out.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignOutOptions {
    /// Ends the provider's own session too, which opens the browser.
    #[cfg_attr(test, specta(optional))]
    everywhere: Option<bool>,
}

/// Which token a window wants.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AccessTokenOptions {
    /// For whom; by default the sign-in's own audience.
    #[cfg_attr(test, specta(optional))]
    pub(crate) audience: Option<String>,
    /// What it has to allow beyond what the sign-in was granted, separated by spaces.
    #[cfg_attr(test, specta(optional))]
    pub(crate) scope: Option<String>,
    /// How many seconds it has to live at least, in so far as the provider gives so much.
    #[cfg_attr(test, specta(optional))]
    min_ttl: Option<f64>,
    /// From a refresh that begins now, however fresh the present one is.
    #[cfg_attr(test, specta(optional))]
    refresh: Option<bool>,
}

/// An access token, under the names that Auth0's SDK gives these.
#[derive(Clone, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
pub(crate) struct AccessTokenResponse {
    token: String,
    /// In seconds since the epoch; null where the provider doesn't say.
    expires_at: Option<u64>,
    /// In seconds from now.
    expires_in: Option<u64>,
    /// The same as `expires_at`.
    #[serde(rename = "expiresAt")]
    expires_at_camel: Option<u64>,
    scope: String,
    token_type: String,
    audience: Option<String>,
}

/// An access token, with what a window has to know to keep it.
#[derive(Clone, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessTokenAnswer {
    #[serde(flatten)]
    response: AccessTokenResponse,
    /// For how many seconds it is not due: it is given again until then without asking. Null: it never is by itself.
    fresh_for: Option<f64>,
    /// Of the snapshot before the token was taken: under a newer one it may be another session's.
    generation: u64,
}

/// Of which request a proof of possession is (RFC 9449 section 4.2).
#[derive(Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DpopProofOptions {
    /// Absolute, or relative to the configured `apiBaseUrl`; of a WebSocket its `https` form.
    pub(crate) url: String,
    method: String,
    /// The access token that goes with it.
    token: String,
    /// The one that the API wants; by default the last one that it gave to an authenticated request.
    #[cfg_attr(test, specta(optional))]
    nonce: Option<String>,
}

/// A request to an API, without its body: that is the one of the call, unless it follows in pieces.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FetchRequest {
    /// Given by the window, to speak of this request later.
    pub(crate) id: u64,
    /// Absolute, or relative to the configured `apiBaseUrl`.
    pub(crate) url: String,
    method: String,
    headers: Vec<(String, String)>,
    redirect: RedirectMode,
    /// Whose token it carries, of those that the URL's origin is bound to.
    pub(crate) audience: Option<String>,
    /// What the token has to allow beyond the scope of the sign-in, separated by spaces.
    pub(crate) scope: Option<String>,
    pub(crate) pieces: Option<Pieces>,
}

/// A body that follows in pieces.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Pieces {
    /// Of all of them, in bytes.
    pub(crate) length: Option<u64>,
    /// Whether they can be sent again from the beginning.
    pub(crate) repeatable: bool,
}

/// A piece of a request's body; its bytes are the body of the call.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FetchPiece {
    pub(crate) id: u64,
    pub(crate) offset: u64,
    /// Whether it is the last one.
    pub(crate) ended: bool,
}

/// What becomes of redirects (Fetch standard, "redirect mode").
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum RedirectMode {
    Follow,
    Error,
    Manual,
}

/// An API's answer, without its body.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct FetchResponse {
    status: u16,
    status_text: String,
    headers: Vec<(String, String)>,
    /// Where it comes from, without the fragment.
    url: String,
    redirected: bool,
    outcome: FetchOutcome,
    /// Whether what comes with it of the body is all of it.
    ended: bool,
}

/// What happened underneath a request.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum FetchOutcome {
    Cached,
    Refreshed,
    Replayed,
}

impl From<keyfob::Snapshot> for Snapshot {
    fn from(snapshot: keyfob::Snapshot) -> Self {
        let keyfob::Snapshot { generation, session, sign_in, sign_in_error } = snapshot;
        Self {
            generation,
            session: session.into(),
            sign_in: sign_in.map(Into::into),
            sign_in_error: sign_in_error.map(KeyfobErrorPayload::of_sign_in),
        }
    }
}

impl From<keyfob::Session> for Session {
    fn from(session: keyfob::Session) -> Self {
        match session {
            keyfob::Session::Loading => Self::Loading,
            keyfob::Session::SignedOut => Self::SignedOut,
            keyfob::Session::SignedIn {
                user,
                account,
                freshness,
                offline,
                renewable,
                storage_degraded,
                expires_at,
            } => Self::SignedIn {
                user: user.into(),
                account: account.into(),
                freshness: match freshness {
                    keyfob::Freshness::Fresh => Freshness::Fresh,
                    keyfob::Freshness::Refreshing => Freshness::Refreshing,
                    keyfob::Freshness::Stale => Freshness::Stale,
                },
                offline,
                renewable,
                storage_degraded,
                expires_at,
            },
            keyfob::Session::ReauthRequired { user, account, reason } => {
                Self::ReauthRequired { user: user.into(), account: account.into(), reason: reason.into() }
            }
            keyfob::Session::Unavailable { code, message } => {
                Self::Unavailable { code: code.into(), message }
            }
        }
    }
}

impl From<keyfob::User> for User {
    fn from(user: keyfob::User) -> Self {
        let keyfob::User { subject: sub, name, email, email_verified, picture } = user;
        Self { sub, name, email, email_verified, picture }
    }
}

impl From<keyfob::Account> for Account {
    fn from(account: keyfob::Account) -> Self {
        let keyfob::Account { id, issuer, subject } = account;
        Self { id, issuer, subject }
    }
}

impl From<keyfob::PendingSignIn> for PendingSignIn {
    fn from(sign_in: keyfob::PendingSignIn) -> Self {
        let keyfob::PendingSignIn { id, purpose, redirect, deep_link_fault, deadline, answered } = sign_in;
        Self {
            id,
            purpose: match purpose {
                keyfob::Purpose::First => Purpose::First,
                keyfob::Purpose::Account => Purpose::Account,
                keyfob::Purpose::StepUp => Purpose::StepUp,
                keyfob::Purpose::Reauth => Purpose::Reauth,
            },
            redirect: redirect.into(),
            deep_link_fault: deep_link_fault.map(Into::into),
            deadline,
            answered,
        }
    }
}

impl From<keyfob::ReauthReason> for ReauthReason {
    fn from(reason: keyfob::ReauthReason) -> Self {
        match reason {
            keyfob::ReauthReason::RefreshTokenRejected => Self::RefreshTokenRejected,
            keyfob::ReauthReason::NoRefreshToken => Self::NoRefreshToken,
            keyfob::ReauthReason::RefreshResponseLost => Self::RefreshResponseLost,
            keyfob::ReauthReason::IdentityChanged => Self::IdentityChanged,
        }
    }
}

impl From<keyfob::RedirectKind> for RedirectKind {
    fn from(redirect: keyfob::RedirectKind) -> Self {
        match redirect {
            keyfob::RedirectKind::DeepLink => Self::DeepLink,
            keyfob::RedirectKind::Loopback => Self::Loopback,
            keyfob::RedirectKind::ReturnPage => Self::ReturnPage,
        }
    }
}

impl From<RedirectKind> for keyfob::RedirectKind {
    fn from(redirect: RedirectKind) -> Self {
        match redirect {
            RedirectKind::DeepLink => Self::DeepLink,
            RedirectKind::Loopback => Self::Loopback,
            RedirectKind::ReturnPage => Self::ReturnPage,
        }
    }
}

impl From<keyfob::Submission> for Submission {
    fn from(submission: keyfob::Submission) -> Self {
        match submission {
            keyfob::Submission::Accepted => Self::Accepted,
            keyfob::Submission::NotAnAddress => Self::NotAnAddress,
            keyfob::Submission::AnotherAddress => Self::AnotherAddress,
            keyfob::Submission::NotAwaited => Self::NotAwaited,
        }
    }
}

impl From<keyfob::DeepLinkFault> for DeepLinkFault {
    fn from(fault: keyfob::DeepLinkFault) -> Self {
        match fault {
            keyfob::DeepLinkFault::Missing => Self::Missing,
            keyfob::DeepLinkFault::Stale => Self::Stale,
            keyfob::DeepLinkFault::Other => Self::Other,
            keyfob::DeepLinkFault::NotDispatchable => Self::NotDispatchable,
        }
    }
}

impl From<keyfob::Registration> for Registration {
    fn from(registration: keyfob::Registration) -> Self {
        match registration {
            keyfob::Registration::Ours => Self::Ours,
            keyfob::Registration::Missing => Self::Missing,
            keyfob::Registration::Stale { path, is_own: _ } => {
                Self::Stale { path: path.to_string_lossy().into_owned() }
            }
            keyfob::Registration::Other { handler } => Self::Other { handler },
            keyfob::Registration::NotDispatchable { reason } => Self::NotDispatchable {
                reason: match reason {
                    keyfob::NotDispatchable::NoOpener => NotDispatchable::NoOpener,
                    keyfob::NotDispatchable::QuotedExec => NotDispatchable::QuotedExec,
                    keyfob::NotDispatchable::NoSessionBus => NotDispatchable::NoSessionBus,
                    keyfob::NotDispatchable::Unknown => NotDispatchable::Unknown,
                },
            },
        }
    }
}

impl From<keyfob::AccountInfo> for AccountInfo {
    fn from(info: keyfob::AccountInfo) -> Self {
        let keyfob::AccountInfo { account, name, email, current } = info;
        Self { account: account.into(), name, email, current }
    }
}

impl From<keyfob::TokenInfo> for TokenInfo {
    fn from(info: keyfob::TokenInfo) -> Self {
        let keyfob::TokenInfo { audience, scope, requested_scope, token_type, expires_at } = info;
        Self { audience, scope, requested_scope, token_type, expires_at }
    }
}

impl From<keyfob::Event> for SessionEvent {
    fn from(event: keyfob::Event) -> Self {
        let keyfob::Event { at, kind, audience, reason, expires_at } = event;
        Self { at, kind: kind.into(), audience, reason: reason.map(Into::into), expires_at }
    }
}

impl From<keyfob::EventKind> for EventKind {
    fn from(kind: keyfob::EventKind) -> Self {
        match kind {
            keyfob::EventKind::Restored => Self::Restored,
            keyfob::EventKind::DeepLinkUnavailable => Self::DeepLinkUnavailable,
            keyfob::EventKind::SignInStarted => Self::SignInStarted,
            keyfob::EventKind::SignedIn => Self::SignedIn,
            keyfob::EventKind::SignInFailed => Self::SignInFailed,
            keyfob::EventKind::SignedOut => Self::SignedOut,
            keyfob::EventKind::AccountSwitched => Self::AccountSwitched,
            keyfob::EventKind::AccountRemoved => Self::AccountRemoved,
            keyfob::EventKind::Refreshed => Self::Refreshed,
            keyfob::EventKind::RefreshFailed => Self::RefreshFailed,
            keyfob::EventKind::Replayed => Self::Replayed,
            keyfob::EventKind::SessionEnded => Self::SessionEnded,
            keyfob::EventKind::SessionFollowed => Self::SessionFollowed,
            keyfob::EventKind::StorageDegraded => Self::StorageDegraded,
            keyfob::EventKind::StorageRecovered => Self::StorageRecovered,
            keyfob::EventKind::WokeUp => Self::WokeUp,
            keyfob::EventKind::ClockChanged => Self::ClockChanged,
            keyfob::EventKind::NetworkChanged => Self::NetworkChanged,
            keyfob::EventKind::WentOffline => Self::WentOffline,
            keyfob::EventKind::CameOnline => Self::CameOnline,
        }
    }
}

impl From<keyfob::EventReason> for EventReason {
    fn from(reason: keyfob::EventReason) -> Self {
        match reason {
            keyfob::EventReason::Error(code) => Self::Error { code: code.into() },
            keyfob::EventReason::Reauth(reason) => Self::Reauth { reason: reason.into() },
            keyfob::EventReason::DeepLink(fault) => Self::DeepLink { fault: fault.into() },
        }
    }
}

impl From<keyfob::Diagnostics> for Diagnostics {
    fn from(diagnostics: keyfob::Diagnostics) -> Self {
        let keyfob::Diagnostics {
            version,
            issuer,
            redirect,
            deep_link_scheme,
            registration,
            keychain,
            proxy,
            clock_offset,
        } = diagnostics;
        Self {
            version,
            issuer,
            redirect: redirect.into(),
            deep_link_scheme,
            registration: registration.map(Into::into),
            keychain: match keychain {
                keyfob::KeychainPolicy::Required => KeychainPolicy::Required,
                keyfob::KeychainPolicy::Memory => KeychainPolicy::Memory,
            },
            proxy,
            clock_offset,
        }
    }
}

impl From<keyfob::Check> for Check {
    fn from(check: keyfob::Check) -> Self {
        let keyfob::Check { subject, status, message, fix } = check;
        Self {
            subject: match subject {
                keyfob::CheckSubject::Configuration => CheckSubject::Configuration,
                keyfob::CheckSubject::Metadata => CheckSubject::Metadata,
                keyfob::CheckSubject::Clock => CheckSubject::Clock,
                keyfob::CheckSubject::Scheme => CheckSubject::Scheme,
                keyfob::CheckSubject::Handler => CheckSubject::Handler,
                keyfob::CheckSubject::Redirect => CheckSubject::Redirect,
                keyfob::CheckSubject::Keychain => CheckSubject::Keychain,
            },
            status: match status {
                keyfob::CheckStatus::Ok => CheckStatus::Ok,
                keyfob::CheckStatus::Warning => CheckStatus::Warning,
                keyfob::CheckStatus::Failed => CheckStatus::Failed,
                keyfob::CheckStatus::Skipped => CheckStatus::Skipped,
            },
            message,
            fix,
        }
    }
}

impl From<SignInOptions> for keyfob::SignInOptions {
    fn from(options: SignInOptions) -> Self {
        let SignInOptions {
            audience,
            scope,
            prompt,
            login_hint,
            acr_values,
            max_age,
            ui_locales,
            account,
            redirect,
            params,
        } = options;
        Self {
            audience,
            scope,
            prompt,
            login_hint,
            acr_values: acr_values.unwrap_or_default(),
            max_age: max_age.map(|seconds| Duration::from_secs(seconds.into())),
            ui_locales: ui_locales.unwrap_or_default(),
            account,
            redirect: redirect.map(Into::into),
            params: params.unwrap_or_default(),
        }
    }
}

impl From<keyfob::SignInOptions> for SignInOptions {
    fn from(options: keyfob::SignInOptions) -> Self {
        let keyfob::SignInOptions {
            audience,
            scope,
            prompt,
            login_hint,
            acr_values,
            max_age,
            ui_locales,
            account,
            redirect,
            params,
        } = options;
        Self {
            audience,
            scope,
            prompt,
            login_hint,
            acr_values: Some(acr_values).filter(|values| !values.is_empty()),
            max_age: max_age.map(|age| age.as_secs().try_into().unwrap_or(u32::MAX)),
            ui_locales: Some(ui_locales).filter(|locales| !locales.is_empty()),
            account,
            redirect: redirect.map(Into::into),
            params: Some(params).filter(|params| !params.is_empty()),
        }
    }
}

impl From<SignOutOptions> for keyfob::SignOutOptions {
    fn from(options: SignOutOptions) -> Self {
        Self { everywhere: options.everywhere.unwrap_or(false) }
    }
}

impl From<keyfob::TokenSet> for AccessTokenResponse {
    fn from(token: keyfob::TokenSet) -> Self {
        let expires_at = token.expires_at();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.as_secs());
        Self {
            token: token.access_token.expose().to_owned(),
            expires_at,
            expires_in: expires_at.map(|at| at.saturating_sub(now)),
            expires_at_camel: expires_at,
            token_type: token.token_type().to_owned(),
            scope: token.scope,
            audience: token.audience,
        }
    }
}

impl AccessTokenAnswer {
    pub(crate) fn new(keyfob: &keyfob::Keyfob, token: keyfob::TokenSet, generation: u64) -> Self {
        let fresh_for = keyfob.fresh_for(&token).as_ref().map(Duration::as_secs_f64);
        Self { fresh_for, generation, response: token.into() }
    }
}

impl AccessTokenOptions {
    /// Errors: `invalid_argument`.
    pub(crate) fn parse(self) -> Result<keyfob::AccessTokenRequest, KeyfobErrorPayload> {
        let Self { audience, scope, min_ttl, refresh } = self;
        let min_ttl = min_ttl.map(Duration::try_from_secs_f64).transpose().map_err(|_| {
            let message = "`minTtl` has to be a number of seconds, and not a negative one.";
            KeyfobErrorPayload::new(keyfob::ErrorCode::InvalidArgument, message)
        })?;
        let mode = if refresh.unwrap_or(false) { Mode::Force } else { Mode::Default };
        Ok(keyfob::AccessTokenRequest { audience, scope, min_ttl, mode })
    }
}

impl DpopProofOptions {
    /// Errors: `invalid_argument`.
    pub(crate) fn parse(self) -> Result<(http::Method, AccessToken, Option<String>), FetchError> {
        let method = self.method.parse().map_err(|_| FetchError::InvalidArgument("its method is none"))?;
        Ok((method, AccessToken::new(self.token), self.nonce))
    }
}

impl FetchRequest {
    /// Errors: `invalid_argument`.
    pub(crate) fn parse(self, body: keyfob::Body) -> Result<keyfob::FetchRequest, FetchError> {
        let method = self.method.parse().map_err(|_| FetchError::InvalidArgument("its method is none"))?;
        let mut headers = http::HeaderMap::new();
        for (name, value) in self.headers {
            let name = name.parse::<http::HeaderName>();
            let value = value.parse::<http::HeaderValue>();
            let (Ok(name), Ok(value)) = (name, value) else {
                return Err(FetchError::InvalidArgument("one of its headers is none"));
            };
            headers.append(name, value);
        }
        Ok(keyfob::FetchRequest {
            url: self.url,
            method,
            headers,
            body,
            redirect: match self.redirect {
                RedirectMode::Follow => keyfob::RedirectMode::Follow,
                RedirectMode::Error => keyfob::RedirectMode::Error,
                RedirectMode::Manual => keyfob::RedirectMode::Manual,
            },
            audience: self.audience,
            scope: self.scope,
        })
    }
}

impl FetchResponse {
    pub(crate) fn new(response: &keyfob::FetchResponse, ended: bool) -> Self {
        let mut url = response.url.as_url().clone();
        url.set_fragment(None);
        Self {
            status: response.status.as_u16(),
            status_text: response.status.canonical_reason().unwrap_or_default().to_owned(),
            headers: response
                .headers
                .iter()
                .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
                .collect(),
            url: url.into(),
            redirected: response.redirected,
            outcome: match response.outcome {
                keyfob::FetchOutcome::Cached => FetchOutcome::Cached,
                keyfob::FetchOutcome::Refreshed => FetchOutcome::Refreshed,
                keyfob::FetchOutcome::Replayed => FetchOutcome::Replayed,
            },
            ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_time_to_live_is_a_number_of_seconds_that_is_not_negative() {
        let min_ttl = |seconds| {
            let options = AccessTokenOptions { min_ttl: Some(seconds), ..AccessTokenOptions::default() };
            options.parse().map(|request| request.min_ttl)
        };
        assert_eq!(min_ttl(0.0).ok(), Some(Some(Duration::ZERO)));
        assert_eq!(min_ttl(90.5).ok(), Some(Some(Duration::from_millis(90_500))));
        for unusable in [-1.0, -0.001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            let error = serde_json::to_value(min_ttl(unusable).expect_err("an error")).expect("JSON");
            assert_eq!(error["code"], "invalid_argument", "{unusable}");
        }
    }
}
