//! Errors: an enum for each operation, a [`Failure`] with a code for programs and a message for people.
//!
//! No error holds a token, a code, a verifier or a response body.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{endpoint::InvalidUrl, protocol::authorization::SignInOptions, store::StoreError};

/// What every error of this crate can say about itself.
pub trait Failure: std::error::Error {
    /// The stable code that programs match on.
    fn code(&self) -> ErrorCode;

    /// How long the provider asked to wait (`Retry-After`, RFC 9110 section 10.2.3), at most an hour.
    fn retry_after(&self) -> Option<Duration> {
        None
    }

    /// The options of a sign-in that cures it, where one does: a step-up (RFC 9470), or a grant that is missing.
    fn sign_in(&self) -> Option<&SignInOptions> {
        None
    }

    /// What the provider said, where an OAuth error response is the cause.
    fn oauth(&self) -> Option<&OauthError> {
        None
    }
}

macro_rules! error_codes {
    ($(
        #[doc = $meaning:literal]
        $variant:ident = $text:literal, $source:ident $(, $retryable:ident)?: $advice:literal;
    )*) => {
        /// The stable code of an error.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorCode { $(#[doc = $meaning] $variant,)* }

        impl ErrorCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as it stands in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What it says, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning.trim_ascii(),)* }
            }

            /// Whether the same call may succeed later, with nobody changing anything.
            pub const fn retryable(self) -> bool {
                match self { $(Self::$variant => error_codes!(@retryable $($retryable)?),)* }
            }

            /// Where it comes from.
            pub const fn source(self) -> ErrorSource {
                match self { $(Self::$variant => ErrorSource::$source,)* }
            }

            /// What the person or the developer can do, in a sentence.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)* }
            }
        }
    };
    (@retryable retryable) => { true };
    (@retryable) => { false };
}

error_codes! {
    /// No provider is configured.
    NotConfigured = "not_configured", Configuration:
        "Put `issuer` and `clientId` where the message says, and start the app again.";
    /// The configuration has an unknown key or a bad value; the message names it.
    InvalidConfiguration = "invalid_configuration", Configuration:
        "Correct what the message names, and start the app again.";
    /// The provider can't be reached, is overloaded, or answered with something that is not its own.
    ProviderUnreachable = "provider_unreachable", Network, retryable:
        "Check the connection and whether the provider is up, and try again.";
    /// The provider's metadata lacks something that sign-in needs, or names a URL that may not be used.
    InvalidMetadata = "invalid_metadata", Provider:
        "Check `issuer` in the configuration, or have the provider's metadata corrected.";
    /// An answer names another issuer than the one that was asked (RFC 9207, Discovery section 4.3).
    IssuerMismatch = "issuer_mismatch", Provider:
        "Configure `issuer` to the letter as the provider names it; where it is so already, trust the answer in nothing.";
    /// The person cancelled the sign-in.
    Cancelled = "cancelled", Browser:
        "Nothing; the person signs in again whenever they like.";
    /// Something newer took the place of this call: another sign-in, a sign-out, or another configuration.
    Superseded = "superseded", Session:
        "Go on with the session as it is now.";
    /// The person didn't come back from the browser in time.
    Timeout = "timeout", Browser:
        "Sign in again; the browser has ten minutes to come back.";
    /// The person, or the provider, refused the sign-in (RFC 6749 section 4.1.2.1).
    AccessDenied = "access_denied", Provider:
        "Sign in again to decide anew, or have the provider allow the person this app.";
    /// The provider answered the sign-in with another error.
    AuthorizationFailed = "authorization_failed", Provider:
        "Read the provider's own error, and correct the app's registration there.";
    /// A callback arrived that can't be an answer to this sign-in.
    InvalidCallback = "invalid_callback", Browser:
        "Sign in again, in one browser window from beginning to end.";
    /// The browser couldn't be opened.
    BrowserFailed = "browser_failed", Browser:
        "Set a default browser, or copy the link of the sign-in and open it by hand.";
    /// No port on the loopback interface could be opened.
    LoopbackUnavailable = "loopback_unavailable", Browser, retryable:
        "Free one of the ports under `loopback`, or configure none, so that any free one is taken.";
    /// The token endpoint refused the request with an OAuth error (RFC 6749 section 5.2).
    TokenRequestFailed = "token_request_failed", Provider:
        "Read the provider's own error, and correct the app's registration there.";
    /// The token endpoint's answer can't be used.
    InvalidTokenResponse = "invalid_token_response", Provider:
        "Have the provider corrected: its answer has to be that of RFC 6749 section 5.1.";
    /// The ID token failed its validation (OpenID Connect Core section 3.1.3.7).
    InvalidIdToken = "invalid_id_token", Provider:
        "Check this machine's clock, and `issuer` and `clientId` in the configuration.";
    /// Nobody is signed in.
    NotAuthenticated = "not_authenticated", Session:
        "Sign in first.";
    /// The session has ended; the person has to sign in again.
    ReauthRequired = "reauth_required", Session:
        "Sign in again.";
    /// The provider can't be reached to renew the token, and the old one is dead.
    Offline = "offline", Network, retryable:
        "Try again once the network is back.";
    /// Nobody knows yet: the session is still being restored.
    Loading = "loading", Session, retryable:
        "Try again in a moment, or follow the session and wait for its next state.";
    /// The provider granted no refresh token, so nothing can be renewed.
    MissingRefreshToken = "missing_refresh_token", Provider:
        "Have the provider grant this app `offline_access`, or sign in again when the token expires.";
    /// The provider or an API wants more of the person for this: consent, or a stronger or newer sign-in (RFC 9470).
    InteractionRequired = "interaction_required", Provider:
        "Sign in, with the options that the error carries as `signIn` if it has any.";
    /// The provider granted less than was asked for; the message names what is missing (RFC 6749 section 3.3).
    InsufficientScope = "insufficient_scope", Provider:
        "Sign in with the options that the error carries as `signIn`, or have the provider allow this app the missing scopes.";
    /// The provider answered with a token for another audience; the message names the setting to look at.
    AudienceMismatch = "audience_mismatch", Provider:
        "Allow this app the audience at the provider, or correct `resourceStyle` in the configuration.";
    /// Only a token at hand was wanted, and there is none.
    NotCached = "not_cached", Caller:
        "Ask in a way that lets a token be fetched.";
    /// Another process of this app has been renewing the session for too long.
    Busy = "busy", App, retryable:
        "Try again in a moment; if it stays so, end the app's other processes.";
    /// The proxy on the way wants a name and a password (407, RFC 9110 section 15.5.8).
    ProxyAuthenticationRequired = "proxy_authentication_required", Network:
        "Put the name and the password into the proxy's address in the system's settings.";
    /// A server's certificate is signed by nobody whom this system trusts.
    CertificateUntrusted = "certificate_untrusted", Network:
        "Where the network inspects connections, install its root certificate on this system or list it in `extraRoots`.";
    /// Somebody else signed in than the one who had to; nothing has changed.
    AccountMismatch = "account_mismatch", Browser:
        "Sign in again as the person who is asked, and sign out at the provider first if it remembers another.";
    /// No such account is signed in.
    AccountNotFound = "account_not_found", Caller:
        "List the accounts anew, or sign in with this one.";
    /// The keychain is locked.
    KeychainLocked = "keychain_locked", Keychain, retryable:
        "Unlock the keychain; signing in asks for it.";
    /// There is no keychain, or it doesn't answer.
    KeychainUnavailable = "keychain_unavailable", Keychain, retryable:
        "Start the system's keychain, which on Linux is GNOME Keyring or KWallet.";
    /// What the keychain holds can't be read.
    KeychainCorrupt = "keychain_corrupt", Keychain:
        "Sign in again, which replaces it.";
    /// A newer version of the app has written what the keychain holds; it is left as it is.
    KeychainNewer = "keychain_newer", Keychain:
        "Update the app.";
    /// A relative URL, and no base URL is configured.
    RelativeUrl = "relative_url", Configuration:
        "Configure `apiBaseUrl`, or ask for an absolute URL.";
    /// The URL's origin is not bound to an audience, or this window may not use it.
    UrlNotAllowed = "url_not_allowed", Configuration:
        "Add the origin to `resources` in the configuration, and the URL to the scope of `keyfob:fetch`.";
    /// The API can't be reached.
    Network = "network", Network, retryable:
        "Check the connection and whether the API is up, and try again.";
    /// An API refuses the proof of possession that goes with a token (DPoP), a fresh one too.
    ProofRefused = "proof_refused", Provider:
        "Check this machine's clock and the API's, and whether the API takes DPoP with ES256.";
    /// An argument can't be used; the message names it.
    InvalidArgument = "invalid_argument", Caller:
        "Correct the argument.";
    /// This window has not been granted the command, or not for this audience or scope.
    PermissionDenied = "permission_denied", Configuration:
        "Grant it in the capability of the window, with the audience and the scopes listed.";
    /// A fault in Keyfob itself.
    Internal = "internal", App:
        "Try again, and report it with what the log says.";
}

macro_rules! error_sources {
    ($(#[doc = $meaning:literal] $variant:ident = $text:literal;)*) => {
        /// Where an error comes from, and so who can do something about it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorSource { $(#[doc = $meaning] $variant,)* }

        impl ErrorSource {
            /// Every source there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The source as it stands in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What it stands for.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning.trim_ascii(),)* }
            }
        }
    };
}

error_sources! {
    /// What the app's developer configures: provider, APIs, permissions.
    Configuration = "configuration";
    /// What the provider answers, or how the app is registered there.
    Provider = "provider";
    /// The way to the provider or the API.
    Network = "network";
    /// The way through the person's browser and back.
    Browser = "browser";
    /// The operating system's keychain.
    Keychain = "keychain";
    /// The state that the session is in; nothing is broken.
    Session = "session";
    /// What the call asks for.
    Caller = "caller";
    /// The app itself, Keyfob in it.
    App = "app";
}

/// An OAuth error response (RFC 6749 sections 4.1.2.1 and 5.2), cleaned of control characters and cut to a sane length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthError {
    /// `error`
    pub error: String,
    /// `error_description`
    pub description: Option<String>,
}

impl OauthError {
    pub(crate) fn new(error: &str, description: Option<&str>) -> Self {
        Self { error: printable(error, 100), description: description.map(|text| printable(text, 500)) }
    }

    /// Whether it is about this request, its audience and scope, and would be the same the next time.
    pub(crate) fn is_about_the_request(&self) -> bool {
        self.wants_interaction()
            || matches!(self.error.as_str(), "invalid_scope" | "insufficient_scope" | "invalid_target")
    }

    /// Whether the provider asks for a step by the person rather than for a new session
    /// (OpenID Connect Core section 3.1.2.6).
    pub(crate) fn wants_interaction(&self) -> bool {
        matches!(
            self.error.as_str(),
            "interaction_required"
                | "consent_required"
                | "login_required"
                | "account_selection_required"
                | "mfa_required"
        )
    }
}

impl std::fmt::Display for OauthError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.description {
            Some(description) => write!(formatter, "{} ({description})", self.error),
            None => formatter.write_str(&self.error),
        }
    }
}

fn printable(text: &str, limit: usize) -> String {
    text.chars().filter(|character| !character.is_control() && !is_format(*character)).take(limit).collect()
}

/// Characters that can't be seen, or that turn the direction of what stands around them (Unicode's category Cf and its
/// separators of lines and paragraphs): with them a provider's text could be read as ours.
fn is_format(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// The configuration can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// There is none.
    #[error("No sign-in provider is configured. {hint}")]
    Missing {
        /// Where to put one.
        hint: String,
    },
    /// A key is unknown, is missing or has a bad value.
    #[error("The configuration can't be used: {reason}")]
    Invalid {
        /// Names the key and what is wrong with it.
        reason: String,
    },
    /// It is no longer in force.
    #[error("Another configuration has taken the place of this one.")]
    Superseded,
}

impl Failure for ConfigError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Superseded => ErrorCode::Superseded,
            Self::Missing { .. } => ErrorCode::NotConfigured,
            Self::Invalid { .. } => ErrorCode::InvalidConfiguration,
        }
    }
}

/// A request got no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// No connection: the request has certainly not been sent.
    #[error("no connection could be made ({reason})")]
    NotSent {
        /// What the network said.
        reason: String,
    },
    /// The server's certificate is signed by nobody whom this system trusts, is another's or has expired: nothing was
    /// sent.
    #[error(
        "the server's certificate is not trusted ({reason}); if your network inspects connections, its own root \
         certificate has to be installed on this system, or listed in `extraRoots`"
    )]
    CertificateUntrusted {
        /// What is wrong with it.
        reason: String,
    },
    /// The proxy wants a name and a password (RFC 9110 section 15.5.8): nothing was passed on.
    #[error("the proxy on the way wants a name and a password, which stand in its address")]
    ProxyAuthentication,
    /// The connection broke or time ran out: the server may have processed the request.
    #[error("the answer was lost ({reason})")]
    AnswerLost {
        /// What the network said.
        reason: String,
    },
    /// The answer is larger than it can rightly be.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}

impl HttpError {
    /// Whether the server may have done what it was asked to.
    pub(crate) fn may_have_been_processed(&self) -> bool {
        match self {
            Self::NotSent { .. } | Self::CertificateUntrusted { .. } | Self::ProxyAuthentication => false,
            Self::AnswerLost { .. } | Self::TooLarge { .. } => true,
        }
    }

    /// The code of what somebody has to set right; where nobody has, the caller's own word for no answer.
    fn code_or(&self, no_answer: ErrorCode) -> ErrorCode {
        match self {
            Self::CertificateUntrusted { .. } => ErrorCode::CertificateUntrusted,
            Self::ProxyAuthentication => ErrorCode::ProxyAuthenticationRequired,
            Self::NotSent { .. } | Self::AnswerLost { .. } | Self::TooLarge { .. } => no_answer,
        }
    }
}

/// The provider's metadata or keys can't be had or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// No answer.
    #[error("The sign-in provider can't be reached: {0}.")]
    Http(#[from] HttpError),
    /// An answer, but not 200.
    #[error("The sign-in provider answered its metadata request with HTTP status {0}.")]
    Status(u16),
    /// Not what the specification asks for.
    #[error("The sign-in provider's metadata can't be used: {0}.")]
    Invalid(&'static str),
    /// A URL in it may not be used.
    #[error("The sign-in provider's metadata can't be used: {field} {reason}.")]
    Url {
        /// The metadata's name for it.
        field: &'static str,
        /// The rule that it breaks.
        reason: InvalidUrl,
    },
    /// It speaks for another issuer (Discovery section 4.3).
    #[error(
        "The provider calls itself by another issuer than the one configured; they must match to the letter."
    )]
    IssuerMismatch,
}

impl Failure for DiscoveryError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Http(error) => error.code_or(ErrorCode::ProviderUnreachable),
            Self::Status(_) => ErrorCode::ProviderUnreachable,
            Self::Invalid(_) | Self::Url { .. } => ErrorCode::InvalidMetadata,
            Self::IssuerMismatch => ErrorCode::IssuerMismatch,
        }
    }
}

/// A callback is not the answer to the request, or says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// A parameter stands in it more than once (RFC 6749 section 3.1).
    #[error("The browser brought back an answer that can't be used: {0} stands in it more than once.")]
    Repeated(&'static str),
    /// A parameter of a flow that wasn't asked for.
    #[error("The browser brought back an answer that can't be used: {0} has no place in it.")]
    Unexpected(&'static str),
    /// Neither a code nor an error.
    #[error("The browser brought back an answer without a code.")]
    NoCode,
    /// `iss` is missing or another's (RFC 9207 section 2.4).
    #[error("The browser brought back an answer of another provider.")]
    IssuerMismatch,
    /// The provider's error response.
    #[error("The sign-in was refused: {0}.")]
    Refused(OauthError),
}

impl Failure for AuthorizationError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Repeated(_) | Self::Unexpected(_) | Self::NoCode => ErrorCode::InvalidCallback,
            Self::IssuerMismatch => ErrorCode::IssuerMismatch,
            Self::Refused(refusal) if refusal.error == "access_denied" => ErrorCode::AccessDenied,
            Self::Refused(_) => ErrorCode::AuthorizationFailed,
        }
    }

    fn oauth(&self) -> Option<&OauthError> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Repeated(_) | Self::Unexpected(_) | Self::NoCode | Self::IssuerMismatch => None,
        }
    }
}

/// The token endpoint gave no tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No answer.
    #[error("The sign-in provider can't be reached: {0}.")]
    Http(#[from] HttpError),
    /// An answer that is not the authorization server's: overload, a gateway, a captive portal.
    #[error("The sign-in provider answered with HTTP status {status}.")]
    Transient {
        /// The status.
        status: u16,
        /// What it asked to wait.
        retry_after: Option<Duration>,
    },
    /// An OAuth error response (RFC 6749 section 5.2).
    #[error("The sign-in provider refused: {0}.")]
    Refused(OauthError),
    /// A 200 that can't be used.
    #[error("The sign-in provider's answer can't be used: {0}.")]
    Invalid(&'static str),
}

impl Failure for TokenError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Http(error) => error.code_or(ErrorCode::ProviderUnreachable),
            Self::Transient { .. } => ErrorCode::ProviderUnreachable,
            Self::Refused(refusal) if refusal.wants_interaction() => ErrorCode::InteractionRequired,
            Self::Refused(_) => ErrorCode::TokenRequestFailed,
            Self::Invalid(_) => ErrorCode::InvalidTokenResponse,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Transient { retry_after, .. } => *retry_after,
            Self::Http(_) | Self::Refused(_) | Self::Invalid(_) => None,
        }
    }

    fn oauth(&self) -> Option<&OauthError> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Http(_) | Self::Transient { .. } | Self::Invalid(_) => None,
        }
    }
}

/// An ID token is not to be trusted (OpenID Connect Core section 3.1.3.7).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// Something about it is wrong; the text says what.
    #[error("The sign-in provider's ID token can't be trusted: {0}.")]
    Invalid(&'static str),
    /// None of the provider's keys is the one that it names; they may have been rotated (section 10.1.1).
    #[error("The sign-in provider's ID token is signed with a key that the provider doesn't publish.")]
    UnknownKey,
    /// It is about another person, or by another issuer, than the session.
    #[error("The sign-in provider answered for somebody else.")]
    IdentityChanged,
}

impl Failure for IdTokenError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Invalid(_) | Self::UnknownKey | Self::IdentityChanged => ErrorCode::InvalidIdToken,
        }
    }
}

impl Failure for StoreError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Locked => ErrorCode::KeychainLocked,
            Self::Unavailable { .. } => ErrorCode::KeychainUnavailable,
            Self::Corrupt => ErrorCode::KeychainCorrupt,
            Self::Newer => ErrorCode::KeychainNewer,
        }
    }
}

/// A sign-in ended without a session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The provider's metadata or keys.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// The keychain: probed before the browser opens, written before anyone is signed in.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The browser.
    #[error("Your browser couldn't be opened. Copy the link and open it yourself.")]
    Browser,
    /// The loopback listener.
    #[error("No port on this machine could be opened for the browser to come back to: {reason}.")]
    Loopback {
        /// What the operating system said.
        reason: String,
    },
    /// The app registers no link that the browser could come back by.
    #[error(
        "There is no way back from the browser: configure `redirect: \"loopback\"` or a scheme for deep links."
    )]
    NoRedirect,
    /// An option that can't be used.
    #[error("The sign-in can't be asked for: {reason}.")]
    InvalidArgument {
        /// Names the option and what is wrong with it.
        reason: String,
    },
    /// The account that has to sign in isn't among those that are signed in.
    #[error("No such account is signed in.")]
    AccountNotFound,
    /// Another person answered than the one who had to; nothing has changed.
    #[error("Somebody else signed in than the one who was asked to. Nothing has changed.")]
    AccountMismatch,
    /// The browser's answer started a process that waits for none.
    #[error(
        "The browser's answer started the app anew, and it waits for none. If it is open already, go on there; else sign in again."
    )]
    NotAwaited,
    /// By the person, or by the app.
    #[error("The sign-in was cancelled.")]
    Cancelled,
    /// Another sign-in completed first.
    #[error("Another sign-in took the place of this one.")]
    Superseded,
    /// The deadline passed.
    #[error("Nobody came back from the browser in time.")]
    Timeout,
    /// The callback.
    #[error(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The code exchange.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The ID token.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
    /// A fault of ours.
    #[error("Something went wrong inside Keyfob.")]
    Internal,
}

impl Failure for SignInError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Config(error) => error.code(),
            Self::Discovery(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Browser => ErrorCode::BrowserFailed,
            Self::Loopback { .. } => ErrorCode::LoopbackUnavailable,
            Self::NoRedirect => ErrorCode::InvalidConfiguration,
            Self::InvalidArgument { .. } => ErrorCode::InvalidArgument,
            Self::AccountNotFound => ErrorCode::AccountNotFound,
            Self::AccountMismatch => ErrorCode::AccountMismatch,
            Self::NotAwaited => ErrorCode::InvalidCallback,
            Self::Cancelled => ErrorCode::Cancelled,
            Self::Superseded => ErrorCode::Superseded,
            Self::Timeout => ErrorCode::Timeout,
            Self::Authorization(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::IdToken(error) => error.code(),
            Self::Internal => ErrorCode::Internal,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        if let Self::Token(error) = self { error.retry_after() } else { None }
    }

    fn oauth(&self) -> Option<&OauthError> {
        match self {
            Self::Authorization(error) => error.oauth(),
            Self::Token(error) => error.oauth(),
            _ => None,
        }
    }
}

/// No access token can be given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessTokenError {
    /// Nobody is signed in.
    #[error("Nobody is signed in.")]
    NotAuthenticated,
    /// The session has ended.
    #[error("Your session has ended. Sign in again.")]
    ReauthRequired,
    /// Nobody knows yet.
    #[error("The session is still being restored.")]
    Loading,
    /// The session can't be known: no configuration, or no keychain.
    #[error("{message}")]
    Unavailable {
        /// Why.
        code: ErrorCode,
        /// In words.
        message: String,
    },
    /// The provider granted no refresh token.
    #[error("The provider granted no refresh token, so the access token can't be renewed.")]
    MissingRefreshToken,
    /// The person signed out, or in again, meanwhile.
    #[error("The session changed while the token was being renewed.")]
    Superseded,
    /// The provider's metadata or keys.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// The token endpoint.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The refreshed ID token.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
    /// The provider wants a step of the person's for this audience or scope; the session is fine.
    #[error("The sign-in provider wants you to agree to something first: {0}.")]
    InteractionRequired(OauthError),
    /// The provider granted less than was asked for.
    #[error("The sign-in provider did not grant {}.", missing.join(", "))]
    InsufficientScope {
        /// The scopes that are missing.
        missing: Vec<String>,
    },
    /// The token that came is for another audience: never kept, never sent.
    #[error(
        "The sign-in provider answered with a token for another audience than `{audience}`. Allow this app that audience \
         at the provider (at Auth0: in the application's refresh-token policies)."
    )]
    AudienceMismatch {
        /// The audience that was asked for.
        audience: String,
    },
    /// There is no token at hand, and no other was wanted.
    #[error("There is no such token at hand.")]
    NotCached,
    /// Another process renews this session, and doesn't come to an end.
    #[error("Another process of this app has been renewing the session for too long.")]
    Busy,
    /// The last attempt failed, and the next one is not due yet.
    #[error("{error}")]
    BackingOff {
        /// What the last attempt ended in.
        error: Box<AccessTokenError>,
        /// When the next one is made, if somebody asks.
        retry_after: Duration,
    },
    /// About what was asked for, and a sign-in with these options cures it.
    #[error("{error}")]
    Curable {
        /// What is wrong.
        error: Box<AccessTokenError>,
        /// The audience and scope that were asked for, and whose account it is.
        sign_in: Box<SignInOptions>,
    },
    /// A fault of ours.
    #[error("Something went wrong inside Keyfob.")]
    Internal,
}

impl AccessTokenError {
    pub(crate) fn unavailable(error: &impl Failure) -> Self {
        Self::Unavailable { code: error.code(), message: error.to_string() }
    }

    /// Whether the provider gave no answer at all.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Token(TokenError::Http(_)) | Self::Discovery(DiscoveryError::Http(_)))
    }

    /// Whether it is about the audience and scope that were asked for: the session is fine, and asking again before
    /// the next sign-in would end in the same.
    pub(crate) fn is_about_the_request(&self) -> bool {
        match self {
            Self::InteractionRequired(_) | Self::InsufficientScope { .. } | Self::AudienceMismatch { .. } => {
                true
            }
            Self::Token(TokenError::Refused(refusal)) => refusal.is_about_the_request(),
            _ => false,
        }
    }
}

impl Failure for AccessTokenError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotAuthenticated => ErrorCode::NotAuthenticated,
            Self::ReauthRequired => ErrorCode::ReauthRequired,
            Self::Loading => ErrorCode::Loading,
            Self::Unavailable { code, .. } => *code,
            Self::MissingRefreshToken => ErrorCode::MissingRefreshToken,
            Self::Superseded => ErrorCode::Superseded,
            Self::Discovery(DiscoveryError::Http(error)) | Self::Token(TokenError::Http(error)) => {
                error.code_or(ErrorCode::Offline)
            }
            Self::Discovery(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::IdToken(error) => error.code(),
            Self::InteractionRequired(_) => ErrorCode::InteractionRequired,
            Self::InsufficientScope { .. } => ErrorCode::InsufficientScope,
            Self::AudienceMismatch { .. } => ErrorCode::AudienceMismatch,
            Self::NotCached => ErrorCode::NotCached,
            Self::Busy => ErrorCode::Busy,
            Self::BackingOff { error, .. } | Self::Curable { error, .. } => error.code(),
            Self::Internal => ErrorCode::Internal,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Token(error) => error.retry_after(),
            Self::BackingOff { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }

    fn oauth(&self) -> Option<&OauthError> {
        match self {
            Self::Token(error) => error.oauth(),
            Self::InteractionRequired(refusal) => Some(refusal),
            Self::BackingOff { error, .. } | Self::Curable { error, .. } => error.oauth(),
            _ => None,
        }
    }

    fn sign_in(&self) -> Option<&SignInOptions> {
        if let Self::Curable { sign_in, .. } = self { Some(sign_in) } else { None }
    }
}

/// Another account can't be made the current one, or be removed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It isn't among those that are signed in.
    #[error("No such account is signed in.")]
    NotFound,
    /// The keychain: nothing has changed, or not durably.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Failure for AccountError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Config(error) => error.code(),
            Self::NotFound => ErrorCode::AccountNotFound,
            Self::Store(error) => error.code(),
        }
    }
}

/// A sign-out that is not durable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignOutError {
    /// The keychain still holds the session, or may.
    #[error("You are signed out here, but the keychain couldn't be cleared: {0}")]
    Store(#[from] StoreError),
    /// Another configuration has taken the place of the one whose accounts were to be signed out.
    #[error("Another configuration was put in place meanwhile; sign out once more.")]
    Superseded,
}

impl Failure for SignOutError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Superseded => ErrorCode::Superseded,
            Self::Store(error) => error.code(),
        }
    }
}

/// A request to an API could not be made, or was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The token for it.
    #[error(transparent)]
    AccessToken(#[from] AccessTokenError),
    /// A relative URL without a base.
    #[error("The URL is relative and no `apiBaseUrl` is configured.")]
    RelativeUrl,
    /// An origin that the configuration binds to no audience.
    #[error("The URL's origin is not among the configured `resources`, so it gets no token.")]
    UrlNotAllowed,
    /// A bad argument.
    #[error("The request can't be made: {0}.")]
    InvalidArgument(&'static str),
    /// A redirect to what no request may be sent to.
    #[error("The API redirects to a URL that this request may not follow it to.")]
    RedirectNotAllowed,
    /// A redirect that can't be followed.
    #[error("The API's answer can't be used: {0}.")]
    Redirect(&'static str),
    /// No answer.
    #[error("The API can't be reached: {0}.")]
    Network(#[from] HttpError),
    /// An answer to the proof, rather than to the token (RFC 9449 section 7.1).
    #[error(
        "The API refuses the proof that the token is this app's. Check the clocks of both, and that it takes DPoP."
    )]
    ProofRefused,
    /// The token is good, and the API wants its owner to prove more of themselves, or anew (RFC 9470).
    #[error("The API wants you to sign in once more, or in another way, before it answers.")]
    StepUpRequired(Box<SignInOptions>),
}

impl Failure for FetchError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::AccessToken(error) => error.code(),
            Self::RelativeUrl => ErrorCode::RelativeUrl,
            Self::UrlNotAllowed | Self::RedirectNotAllowed => ErrorCode::UrlNotAllowed,
            Self::InvalidArgument(_) => ErrorCode::InvalidArgument,
            Self::Redirect(_) => ErrorCode::Network,
            Self::Network(error) => error.code_or(ErrorCode::Network),
            Self::ProofRefused => ErrorCode::ProofRefused,
            Self::StepUpRequired(_) => ErrorCode::InteractionRequired,
        }
    }

    fn sign_in(&self) -> Option<&SignInOptions> {
        match self {
            Self::AccessToken(error) => error.sign_in(),
            Self::StepUpRequired(sign_in) => Some(sign_in),
            _ => None,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        if let Self::AccessToken(error) = self { error.retry_after() } else { None }
    }

    fn oauth(&self) -> Option<&OauthError> {
        if let Self::AccessToken(error) = self { error.oauth() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_in_json_as_it_says() -> Result<(), serde_json::Error> {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_string(code)?, format!("\"{}\"", code.as_str()));
        }
        for source in ErrorSource::ALL {
            assert_eq!(serde_json::to_string(source)?, format!("\"{}\"", source.as_str()));
        }
        Ok(())
    }

    #[test]
    fn a_code_says_what_it_means_and_what_to_do_in_a_sentence_each() {
        for code in ErrorCode::ALL {
            for sentence in [code.meaning(), code.advice()] {
                assert!(sentence.ends_with('.') && !sentence.contains(". "), "{}: {sentence}", code.as_str());
                assert!(!sentence.contains(['\n', '|']), "{}: {sentence}", code.as_str());
            }
        }
    }

    #[test]
    fn every_source_is_one_of_some_code() {
        for source in ErrorSource::ALL {
            assert!(ErrorCode::ALL.iter().any(|code| code.source() == *source), "{}", source.as_str());
        }
    }

    #[test]
    fn what_a_provider_writes_into_an_error_is_cut_and_cleaned() {
        let error = OauthError::new("bad\u{1b}[2J", Some(&"x".repeat(10_000)));
        assert_eq!(error.error, "bad[2J");
        assert_eq!(error.description.map(|text| text.len()), Some(500));
    }
}
