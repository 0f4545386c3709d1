//! Signs a person in with OpenID Connect and keeps their access tokens fresh, without the app ever holding a password,
//! a refresh token or a race condition.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! let config = keyfob::Config::from_json(serde_json::json!({
//!     "issuer": "https://id.example.com",
//!     "clientId": "my-desktop-app",
//! }));
//! let opener: keyfob::Opener = Arc::new(|url| {
//!     std::process::Command::new("xdg-open").arg(url.as_str()).spawn().map(drop)
//! });
//! let keyfob = keyfob::Keyfob::builder(opener)
//!     .app_name("My App")
//!     .start(config, keyfob::Keychain::new("com.example.my-app"));
//!
//! keyfob.sign_in(&keyfob::SignInOptions::default()).await?;
//! let token = keyfob.access_token(&keyfob::AccessTokenRequest::default()).await?;
//! println!("expires at {:?}", token.expires_at());
//! # Ok(())
//! # }
//! ```
//!
//! # Where things are
//!
//! From the ground up, and nothing knows what stands above it:
//!
//! - ground: `config`, `endpoint` (which URLs may be used), `extra_parameter`, `secret`, `clock`, `error`
//! - pure: `protocol`, which builds requests and judges responses
//! - I/O, one act each: `http`, `redirect`, `store`, `system`
//! - looked at before anything is saved: `provider`
//! - order: `session`, whose `flow` and `refresh` put the steps in sequence, and `resource` on top of it
//!
//! # The rules
//!
//! - A caller gets a token that is valid now, or an error with a [code](ErrorCode); never a stale token in silence.
//! - One refresh at a time for the whole session, whoever asks for whatever audience.
//! - What is new is in the keychain before anybody sees it.
//! - Sign-out wins over everything that is in flight.

#[cfg(any(test, fuzzing))]
pub mod bad_inputs;
mod clock;
mod config;
mod endpoint;
mod error;
mod extra_parameter;
mod http;
mod protocol;
mod provider;
mod redirect;
mod resource;
mod sabotage;
mod secret;
mod session;
mod store;
mod system;

/// Its requests and answers are those of [`Keyfob::execute`].
pub use reqwest;

pub use self::{
    clock::{Clock, ManualClock, SystemClock},
    config::{
        Config, EndSessionHint, IssuerTemplate, KeepFresh, KeychainPolicy, Loopback, LoopbackHost,
        RedirectKind, RefreshScope, Resource, ResourceStyle, RootCertificate,
    },
    endpoint::{EndpointUrl, InvalidUrl, IssuerUrl},
    error::{
        AccessTokenError, AccountError, AuthorizationError, ConfigError, DiscoveryError, ErrorCode,
        ErrorSource, Failure, FetchError, HttpError, IdTokenError, OauthError, SignInError, SignOutError,
        TokenError,
    },
    protocol::authorization::SignInOptions,
    provider::{ProviderCheck, ProviderInspection, ProviderStatus, ProviderSubject, inspect_provider},
    redirect::{DeepLinkFault, NotDispatchable, Registration, callback_in_args},
    resource::{Body, FetchOutcome, FetchRequest, FetchResponse, Pieces, RedirectMode},
    secret::{AccessToken, AuthorizationCode, ClientSecret, IdToken, PkceVerifier, RefreshToken},
    session::{
        AccessTokenRequest, Account, AccountInfo, Builder, CallbackOutcome, Check, CheckStatus, CheckSubject,
        Diagnostics, Event, EventKind, EventReason, Freshness, InUse, Keyfob, Mode, Opener, PendingSignIn,
        Purpose, ReauthReason, RegistrationCheck, Session, SignInFailure, SignOutOptions, Snapshot,
        Submission, TokenInfo, TokenSet, User,
    },
    store::{Chunked, Keychain, Memory, Store, StoreError},
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
