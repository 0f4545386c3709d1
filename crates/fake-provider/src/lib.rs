//! For tests: an authorization server on loopback with scripted behaviour and faults.
//!
//! [`FakeProvider::start`] gives an honest provider: discovery, authorization code with PKCE (checked), refresh
//! tokens with rotation, resource indicators, revocation, `UserInfo`, logout, and one protected API; pushed requests
//! and proofs of possession when they are switched on. A test then scripts what should differ, and looks at what arrived:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use fake_provider::{Endpoint, FakeProvider, Fault, Rotation};
//!
//! let provider = FakeProvider::start().await;
//! provider.token().rotation(Rotation::Strict).expires_in(60);
//! provider.at(Endpoint::Token).next(Fault::AnswerLost); // rotates, but the answer never arrives
//! // ... run the client against `provider.issuer()`; then, as the person at the browser:
//! // let callback = provider.approve(&authorization_url).await;
//! assert_eq!(provider.at(Endpoint::Token).count(), 0);
//! # }
//! ```
//!
//! Concurrency is tested with a [`Gate`] instead of sleeps: `let gate = provider.at(Endpoint::Token).hold();`,
//! then `gate.arrived().await`, then `gate.release()`.
//!
//! [`ConformanceServer`] is the same many times over: each module of the relying-party suites an issuer of its own, with
//! what a client has to make of it.
//!
//! The server runs on a thread and a runtime of its own, so a paused clock in the test doesn't touch it, and
//! ends with the [`FakeProvider`]. It has a clock of its own too, which [`FakeProvider::advance`] moves.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "for tests only: a panic is how a test learns that it is used wrongly"
)]
#![expect(clippy::return_self_not_must_use, reason = "a script's verbs act when they are called")]

mod answer;
mod body;
mod browser;
mod clock;
mod conformance;
mod connection;
mod dpop;
mod endpoints;
mod fault;
mod gate;
mod grants;
mod keys;
mod person;
mod provider;
mod pushed;
mod record;
mod script;
mod secret;
mod server;
mod state;

pub use answer::Answer;
pub use browser::Callback;
pub use conformance::{Artefact, ConformanceServer, Expected, Module, Profile};
pub use dpop::{Proof, RefusedProof};
pub use endpoints::Endpoint;
pub use fault::Fault;
pub use gate::Gate;
pub use grants::{AccessToken, Rotation};
pub use keys::Algorithm;
pub use person::Person;
pub use provider::{Builder, FakeProvider};
pub use record::{Issued, Parameters, Recorded, Rotated};
pub use script::{
    AccessTokenFormat, At, DpopScript, IdTokenScript, IdTokens, ParScript, Signature, TokenScript,
};
pub use secret::fingerprint;
