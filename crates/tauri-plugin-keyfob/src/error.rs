//! Errors as windows get them.

use std::time::Duration;

use keyfob::Failure;
use serde::Serialize;

use crate::models::SignInOptions;

/// An error, for programs (`code`) and for people (`message`).
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyfobErrorPayload {
    code: ErrorCode,
    message: String,
    /// Whether the same call may succeed later, with nobody changing anything.
    retryable: bool,
    /// How long the provider asked to wait, in seconds.
    retry_after: Option<f64>,
    /// `error` of the provider's response (RFC 6749 sections 4.1.2.1 and 5.2).
    oauth_error: Option<String>,
    /// `error_description` of the provider's response.
    oauth_error_description: Option<String>,
    /// The options of a sign-in that cures it, where one does.
    sign_in: Option<Box<SignInOptions>>,
}

impl KeyfobErrorPayload {
    pub(crate) fn new(code: keyfob::ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            retryable: code.retryable(),
            retry_after: None,
            oauth_error: None,
            oauth_error_description: None,
            sign_in: None,
        }
    }

    /// Why the last sign-in failed, as a snapshot tells it.
    pub(crate) fn of_sign_in(failure: keyfob::SignInFailure) -> Self {
        Self {
            oauth_error: failure.oauth.as_ref().map(|oauth| oauth.error.clone()),
            oauth_error_description: failure.oauth.and_then(|oauth| oauth.description),
            ..Self::new(failure.code, failure.message)
        }
    }
}

impl<E: Failure> From<E> for KeyfobErrorPayload {
    fn from(error: E) -> Self {
        let oauth = error.oauth();
        Self {
            retry_after: error.retry_after().as_ref().map(Duration::as_secs_f64),
            oauth_error: oauth.map(|oauth| oauth.error.clone()),
            oauth_error_description: oauth.and_then(|oauth| oauth.description.clone()),
            sign_in: error.sign_in().map(|options| Box::new(options.clone().into())),
            ..Self::new(error.code(), error.to_string())
        }
    }
}

macro_rules! error_codes {
    ($($variant:ident)*) => {
        /// What programs match on.
        #[derive(Clone, Copy, Debug, Serialize)]
        #[cfg_attr(test, derive(specta::Type))]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum ErrorCode { $($variant,)* }

        impl From<keyfob::ErrorCode> for ErrorCode {
            fn from(code: keyfob::ErrorCode) -> Self {
                match code { $(keyfob::ErrorCode::$variant => Self::$variant,)* }
            }
        }
    };
}

error_codes! {
    NotConfigured InvalidConfiguration ProviderUnreachable InvalidMetadata IssuerMismatch Cancelled Superseded Timeout
    AccessDenied AuthorizationFailed InvalidCallback BrowserFailed LoopbackUnavailable TokenRequestFailed
    InvalidTokenResponse InvalidIdToken NotAuthenticated ReauthRequired Offline Loading MissingRefreshToken InteractionRequired
    InsufficientScope AudienceMismatch NotCached Busy ProxyAuthenticationRequired CertificateUntrusted AccountMismatch
    AccountNotFound KeychainLocked KeychainUnavailable KeychainCorrupt KeychainNewer RelativeUrl UrlNotAllowed Network
    ProofRefused InvalidArgument PermissionDenied Internal
}
